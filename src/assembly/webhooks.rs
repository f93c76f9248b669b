//! Webhooks: the certificate authorities that the operator trusts beside the system's.

use crate::failure::Failure;
use cryptopayment_http::Authorities;
use std::path::Path;

/// The longest such file: a whole system's store has a quarter of this.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// The authorities in this file; none without a file.
///
/// # Errors
/// A file that cannot be read, or that holds none.
pub fn authorities(file: Option<&Path>) -> Result<Authorities, Failure> {
    let Some(path) = file else { return Ok(Authorities::default()) };
    let wrong = |error: &dyn std::fmt::Display| {
        Failure::usage(format!("webhooks.extra_ca_file {}: {error}", path.display()))
    };
    let length = std::fs::metadata(path).map_err(|error| wrong(&error))?.len();
    if length > FILE_BYTES_MAX {
        return Err(wrong(&format!(
            "it has more than {FILE_BYTES_MAX} bytes; is it the right one?"
        )));
    }
    let text = std::fs::read(path).map_err(|error| wrong(&error))?;
    Authorities::from_pem(&text).map_err(|error| wrong(&error))
}
