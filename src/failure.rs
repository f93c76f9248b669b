//! How a command fails, and what the shell is told.

use std::path::Path;
use std::process::ExitCode;

/// A command's failure, in a sentence with the next step.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// It did not hold, or could not be done. Exit code 1.
    #[error("{0}")]
    DidNotHold(String),
    /// It was asked wrongly: arguments or configuration. Exit code 2.
    #[error("{0}")]
    WrongUsage(String),
}

impl Failure {
    /// It did not hold.
    pub fn new(reason: impl std::fmt::Display) -> Failure {
        Failure::DidNotHold(reason.to_string())
    }

    /// It was asked wrongly.
    pub fn usage(reason: impl std::fmt::Display) -> Failure {
        Failure::WrongUsage(reason.to_string())
    }

    /// A file or folder could not be used.
    pub fn at(path: &Path, error: impl std::fmt::Display) -> Failure {
        Failure::DidNotHold(format!("{}: {error}", path.display()))
    }

    /// What the shell is told: 1 it did not hold, 2 wrong usage.
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Failure::DidNotHold(_) => ExitCode::from(1),
            Failure::WrongUsage(_) => ExitCode::from(2),
        }
    }
}
