//! `freeze show | set | lift`: the switch that holds the withdrawals of all merchants.

use super::request;
use crate::cli::FreezeCommand;
use crate::control::Request;
use crate::failure::Failure;

/// Shows the switch, or moves it.
///
/// # Errors
/// Why not; nothing has changed then.
pub fn run(command: FreezeCommand) -> Result<(), Failure> {
    let (request, report) = match command {
        FreezeCommand::Show { report } => (Request::ShowFreeze, report),
        FreezeCommand::Set { reason, report } => (Request::SetFreeze { reason }, report),
        FreezeCommand::Lift { reason, report } => (Request::LiftFreeze { reason }, report),
    };
    let done = request::send(&report.place, request)?;
    if report.json {
        say!("{done}");
        return Ok(());
    }
    match (done["reason"].as_str(), done["since"].as_str()) {
        (Some(reason), Some(since)) => say!("withdrawals are frozen since {since}: {reason}"),
        (Some(_) | None, _) => say!("withdrawals are not frozen"),
    }
    Ok(())
}
