//! `networks`: what every network says of itself.

use super::request;
use crate::cli::ReportArgs;
use crate::control::Request;
use crate::failure::Failure;

/// Prints a line a network.
///
/// # Errors
/// When the gateway cannot be asked.
pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    let done = request::send(&args.place, Request::Networks)?;
    if args.json {
        println!("{done}");
        return Ok(());
    }
    let rows = done.as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        return Err(Failure::new(
            "no gateway runs on this data folder; start `cryptopayment serve`",
        ));
    }
    for row in rows {
        let text = |key: &str| match row[key].as_str() {
            Some(text) => text.to_owned(),
            None if row[key].is_null() => "-".to_owned(),
            None => row[key].to_string(),
        };
        println!(
            "{:6} scanned {} of {}  through {}  {}",
            text("network"),
            text("scanned_height"),
            text("head_height"),
            text("scanned_through"),
            if row["trouble"].is_null() { "well".to_owned() } else { text("trouble") },
        );
    }
    Ok(())
}
