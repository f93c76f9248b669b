//! `withdrawal list | approve | reject | allow`.

use super::request;
use crate::cli::WithdrawalCommand;
use crate::control::{Request, WithdrawalRequest};
use crate::failure::Failure;

/// Has it done, and prints what came of it: JSON, or lines for people.
///
/// # Errors
/// Why not; nothing has changed then.
pub fn run(command: WithdrawalCommand) -> Result<(), Failure> {
    let mut approves = false;
    let (request, report) = match command {
        WithdrawalCommand::List { status, report } => (WithdrawalRequest::List { status }, report),
        WithdrawalCommand::Approve { id, report } => {
            approves = true;
            (WithdrawalRequest::Approve { id }, report)
        }
        WithdrawalCommand::Reject { id, reason, report } => {
            (WithdrawalRequest::Reject { id, reason }, report)
        }
        WithdrawalCommand::Allow { merchant, network, address, report } => {
            (WithdrawalRequest::Allow { merchant, network, address }, report)
        }
    };
    let done = request::send(&report.place, Request::Withdrawal(request))?;
    if report.json {
        say!("{done}");
    } else {
        print_for_people(&done);
    }
    if approves {
        eprintln!(
            "It waits: this version signs and sends nothing yet. Until then the merchant can cancel it."
        );
    }
    Ok(())
}

fn print_for_people(done: &serde_json::Value) {
    let rows = done.as_array().map_or(std::slice::from_ref(done), Vec::as_slice);
    if rows.is_empty() {
        say!("no withdrawal waits");
    }
    for row in rows.iter().filter_map(serde_json::Value::as_object) {
        for (name, value) in row.iter().filter(|(_, value)| !value.is_null()) {
            say!("{name:17} {}", value.as_str().unwrap_or(&value.to_string()));
        }
        say!();
    }
}
