//! `set-aside`: payments that no invoice could take and that wait for a human.

use super::request;
use crate::cli::ReportArgs;
use crate::control::Request;
use crate::failure::Failure;

/// Lists them, one a line.
///
/// # Errors
/// When the gateway cannot be asked.
pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    let done = request::send(&args.place, Request::SetAside)?;
    if args.json {
        say!("{done}");
        return Ok(());
    }
    let rows = done.as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        say!("no payment is set aside");
    }
    for row in rows {
        let text = |key: &str| row[key].as_str().unwrap_or("-").to_owned();
        say!(
            "{}  {}  {}  invoice {}\n    {}",
            text("amount"),
            text("payment"),
            if row["booked"] == true { "in suspense" } else { "not final yet" },
            text("invoice"),
            text("reason"),
        );
    }
    Ok(())
}
