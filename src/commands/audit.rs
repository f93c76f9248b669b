//! `audit`: replays the journal from the first byte and compares everything with the views. Exit
//! code 1 on any difference.

use crate::assembly;
use crate::cli::ReportArgs;
use crate::config;
use crate::failure::Failure;
use cryptopayment_storage::{AuditReport, StoreConfig};

/// Audits a data folder whose gateway is stopped.
///
/// # Errors
/// When something does not hold, or the folder cannot be opened.
pub fn run(args: &ReportArgs) -> Result<(), Failure> {
    let data_dir = config::data_dir(&args.place)?;
    if !data_dir.is_dir() {
        return Err(Failure::at(&data_dir, "no such data folder"));
    }
    let store = StoreConfig::new(&data_dir);
    let report = cryptopayment_storage::audit(&store, assembly::say_progress);
    let report = report.map_err(Failure::new)?;
    if args.json {
        say!("{}", json(&report));
    } else {
        print_for_people(&report);
    }
    if report.is_clean() {
        return Ok(());
    }
    Err(Failure::new(format!("{} findings: the books do not hold", report.findings_total)))
}

fn json(report: &AuditReport) -> serde_json::Value {
    let findings: Vec<String> = report.findings.iter().map(ToString::to_string).collect();
    serde_json::json!({
        "clean": report.is_clean(),
        "facts": report.facts,
        "groups": report.groups,
        "hash": hash(report),
        "entries": report.entries,
        "rows": report.rows,
        "findings": findings,
        "findings_total": report.findings_total,
    })
}

fn print_for_people(report: &AuditReport) {
    let AuditReport { facts, groups, entries, rows, .. } = report;
    say!(
        "{facts} facts in {groups} groups replayed, {entries} entries added up, {rows} rows compared"
    );
    say!("hash of the journal: {}", hash(report));
    for finding in &report.findings {
        say!("FINDING {finding}");
    }
    if report.is_clean() {
        say!("everything holds");
    }
}

fn hash(report: &AuditReport) -> String {
    report.hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
