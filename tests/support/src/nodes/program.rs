//! Which node programs there are, and where this machine keeps them.

use crate::failure::{Failure, Told};
use std::path::PathBuf;

/// Names, set by `tests/run`, of what no registry could deliver: only that is ever skipped.
const WITHOUT: &str = "CRYPTOPAYMENT_TEST_WITHOUT";

/// A node program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Program {
    /// Litecoin Core.
    Litecoind,
    /// Bitcoin Knots, a derivative of Bitcoin Core with the same RPC.
    Bitcoind,
}

impl Program {
    /// The program's name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Litecoind => "litecoind",
            Self::Bitcoind => "bitcoind",
        }
    }

    /// The gateway's name for the network it serves.
    #[must_use]
    pub fn network(self) -> &'static str {
        match self {
            Self::Litecoind => "ltc",
            Self::Bitcoind => "btc",
        }
    }

    /// Where it is installed; `None`, after a loud line, if it cannot be had on this machine.
    pub fn installed(self) -> Told<Option<PathBuf>> {
        let variable = format!("CRYPTOPAYMENT_TEST_{}", self.name().to_uppercase());
        find(self.name(), &variable)
    }
}

/// Looks for a program that `tests/run` installs and names in `variable`. Not installed is a
/// failure; known to be impossible to install is `None`, said loudly.
pub fn find(name: &str, variable: &str) -> Told<Option<PathBuf>> {
    let without = std::env::var(WITHOUT).unwrap_or_default();
    if without.split_whitespace().any(|missing| missing == name) {
        eprintln!("!!! SKIPPED: {name} could not be installed on this machine");
        return Ok(None);
    }
    let path = std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from);
    match path {
        Some(path) if path.exists() => Ok(Some(path)),
        Some(path) => {
            Err(Failure::new(format!("{variable} names {}, which isn't there", path.display())))
        }
        None => Err(Failure::new(format!("{variable} is not set: start the tests with tests/run"))),
    }
}
