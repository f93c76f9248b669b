//! The commands, one file each.

mod audit;
pub mod backup;
mod config_check;
mod freeze;
mod init;
mod merchant;
mod networks;
mod rebuild;
mod request;
mod restore;
mod sandbox;
mod serve;
mod set_aside;
mod withdrawal;

use crate::cli::{Command, ConfigCommand};
use crate::failure::Failure;

/// Runs a command to its end.
///
/// # Errors
/// Why it did not hold, or was asked wrongly.
pub fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Sandbox(args) => sandbox::run(&args),
        Command::Init(place) => init::run(&place),
        Command::Serve(args) => serve::run(&args),
        Command::Merchant(command) => merchant::run(command),
        Command::Audit(args) => audit::run(&args),
        Command::Rebuild(args) => rebuild::run(&args),
        Command::Networks(args) => networks::run(&args),
        Command::Freeze(command) => freeze::run(command),
        Command::SetAside(args) => set_aside::run(&args),
        Command::Backup(args) => backup::run(&args),
        Command::Restore(args) => restore::run(&args),
        Command::Config(ConfigCommand::Example) => {
            say!("{}", crate::config::EXAMPLE.trim_end());
            Ok(())
        }
        Command::Withdrawal(command) => withdrawal::run(command),
        Command::Config(ConfigCommand::Check(args)) => config_check::run(&args),
        Command::Version => {
            say!("cryptopayment {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
    }
}
