//! `merchant create | approve | list`, `merchant key create | revoke | list`.

use super::request;
use crate::cli::{KeyCommand, MerchantCommand};
use crate::control::Request;
use crate::failure::Failure;

/// Has it done, and prints what came of it: JSON, or lines for people.
///
/// # Errors
/// Why not; nothing has changed then.
pub fn run(command: MerchantCommand) -> Result<(), Failure> {
    let mut waits = None;
    let (request, report) = match command {
        MerchantCommand::Create { email, webhook, approve, report } => {
            waits = (!approve).then(|| email.clone());
            (Request::CreateMerchant { email, webhook, approve }, report)
        }
        MerchantCommand::Approve { merchant, report } => {
            (Request::ApproveMerchant { merchant }, report)
        }
        MerchantCommand::Key(KeyCommand::Create { merchant, scopes, report }) => {
            (Request::IssueKey { merchant, scopes }, report)
        }
        MerchantCommand::Key(KeyCommand::Revoke { merchant, key, report }) => {
            (Request::RevokeKey { merchant, key }, report)
        }
        MerchantCommand::Key(KeyCommand::List { merchant, report }) => {
            (Request::ListKeys { merchant }, report)
        }
        MerchantCommand::List { report } => (Request::ListMerchants, report),
    };
    let done = request::send(&report.place, request)?;
    if report.json {
        say!("{done}");
    } else {
        print_for_people(&done);
    }
    if let Some(email) = waits {
        eprintln!("Its keys work once it is approved: `cryptopayment merchant approve {email}`.");
    }
    Ok(())
}

fn print_for_people(done: &serde_json::Value) {
    let rows = done.as_array().map_or(std::slice::from_ref(done), Vec::as_slice);
    if rows.is_empty() {
        say!("no merchants yet; `cryptopayment merchant create EMAIL --approve` makes one");
    }
    for row in rows.iter().filter_map(serde_json::Value::as_object) {
        for (name, value) in row.iter().filter(|(_, value)| !value.is_null()) {
            say!("{name:14} {}", value.as_str().unwrap_or(&value.to_string()));
        }
        say!();
    }
    if done.get("api_secret").is_some() {
        eprintln!("The secrets are shown once; keep them now.");
    }
}
