//! The binary: command line, configuration, assembly, shutdown.
//!
//! | part | for |
//! |---|---|
//! | [`cli`] | what can be asked |
//! | [`config`] | the settings, from one file and the environment |
//! | [`commands`] | one file a command |
//! | [`assembly`] | store, vault, chains, actors and HTTP put together |
//! | [`control`] | the local socket by which commands speak to a running gateway |
//! | [`keys`] | the passphrase and what it opens |
//! | [`simnet`] | simulated chains on the store's record log |
//! | [`failure`] | how a command fails: exit code 1 it did not hold, 2 wrong usage |

mod assembly;
mod cli;
mod commands;
mod config;
mod control;
mod failure;
mod keys;
mod logging;
mod simnet;

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    match commands::run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("cryptopayment: {failure}");
            failure.exit_code()
        }
    }
}
