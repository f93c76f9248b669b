//! `rebuild`: the views made anew from the journal.

use crate::assembly;
use crate::cli::ReportArgs;
use crate::config;
use crate::failure::Failure;
use cryptopayment_storage::StoreConfig;

/// Rebuilds the views of a data folder whose gateway is stopped.
///
/// # Errors
/// When the journal cannot be read, or a gateway runs.
pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    let data_dir = config::data_dir(&args.place)?;
    if !data_dir.is_dir() {
        return Err(Failure::at(&data_dir, "no such data folder"));
    }
    let config = StoreConfig::new(&data_dir);
    let facts = cryptopayment_storage::rebuild(&config, assembly::say_progress);
    let facts = facts.map_err(Failure::new)?;
    if args.json {
        say!("{}", serde_json::json!({ "facts": facts }));
    } else {
        say!("the views were made anew from {facts} facts");
    }
    Ok(())
}
