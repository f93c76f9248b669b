//! `networks`: what every network says of itself, and every node of it.

use super::request;
use crate::cli::ReportArgs;
use crate::control::Request;
use crate::failure::Failure;
use serde_json::Value;

/// Prints a line a network, and one a node.
///
/// # Errors
/// When the gateway cannot be asked, or no network was ever watched.
pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    let done = request::send(&args.place, Request::Networks)?;
    if args.json {
        say!("{done}");
        return Ok(());
    }
    let rows = done.as_array().map_or(&[][..], Vec::as_slice);
    if rows.is_empty() {
        return Err(Failure::new(
            "no gateway runs on this data folder, and none has watched a network; start \
             `cryptopayment serve`",
        ));
    }
    for row in rows {
        say!(
            "{:6} scanned {} of {}{}  through {}  {}",
            text(row, "network"),
            text(row, "scanned_height"),
            text(row, "head_height"),
            match row["blocks_behind"].as_u64() {
                Some(behind) if behind > 0 => format!(" ({behind} to go)"),
                Some(_) | None => String::new(),
            },
            text(row, "scanned_through"),
            if row["trouble"].is_null() { "well".to_owned() } else { text(row, "trouble") },
        );
        row["providers"].as_array().into_iter().flatten().for_each(say_node);
    }
    Ok(())
}

fn say_node(node: &Value) {
    say!(
        "       {} {}  height {}  lag {}  {}{}",
        if node["in_use"] == true { "*" } else { " " },
        text(node, "node"),
        text(node, "height"),
        text(node, "lag"),
        if node["error"].is_null() { "well".to_owned() } else { text(node, "error") },
        match node["paused_s"].as_u64() {
            Some(seconds) => format!(" (left alone for {seconds} s)"),
            None => String::new(),
        },
    );
}

fn text(row: &Value, key: &str) -> String {
    match row[key].as_str() {
        Some(text) => text.to_owned(),
        None if row[key].is_null() => "-".to_owned(),
        None => row[key].to_string(),
    }
}
