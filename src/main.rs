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
//! | [`output`] | what a command says on its standard output |
//! | [`failure`] | how a command fails: exit code 1 it did not hold, 2 wrong usage |

#[macro_use]
mod output;

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
use rustix::process::{Resource, Rlimit, setrlimit};
use std::process::ExitCode;

/// Memory holds keys: a crash must not write it to a disk that nobody guards.
fn keep_no_core_dumps() {
    let none = Rlimit { current: Some(0), maximum: Some(0) };
    if let Err(error) = setrlimit(Resource::Core, none) {
        eprintln!("cryptopayment: core dumps cannot be switched off: {error}");
    }
}

fn main() -> ExitCode {
    let cli = cli::Cli::parse();
    keep_no_core_dumps();
    match commands::run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("cryptopayment: {failure}");
            failure.exit_code()
        }
    }
}
