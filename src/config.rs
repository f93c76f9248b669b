//! The settings: one TOML file, every value with a documented default, every one overridable by
//! environment (`CRYPTOPAYMENT_HTTP__LISTEN`). Unknown keys are errors with the nearest name.

mod evm;
mod example;
mod file;
mod known;
mod rates;
mod read;
mod settings;
mod tron;

pub use example::EXAMPLE;
pub use settings::{NetworkSettings, RateSettings, Settings};

use crate::cli::Place;
use crate::failure::Failure;
use std::path::{Path, PathBuf};

/// The configuration file where none is named.
pub const DEFAULT_FILE: &str = "cryptopayment.toml";

/// Reads the settings of a file; where none is named and the default one is missing, the defaults.
///
/// # Errors
/// Wrong usage, naming the file, the key and what would be right.
pub fn settings(named: Option<&Path>) -> Result<Settings, Failure> {
    let path = named.unwrap_or(Path::new(DEFAULT_FILE));
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if named.is_none() && error.kind() == std::io::ErrorKind::NotFound => {
            String::new()
        }
        Err(error) => {
            let next = "`cryptopayment config example` prints one to begin with";
            return Err(Failure::usage(format!("{}: {error}; {next}", path.display())));
        }
    };
    let in_file = |reason: String| Failure::usage(format!("{}: {reason}", path.display()));
    read::settings(&text, std::env::vars()).map_err(in_file)
}

/// The data folder of a place: a sandbox's, or the one the configuration names.
///
/// # Errors
/// As [`settings()`].
pub fn data_dir(place: &Place) -> Result<PathBuf, Failure> {
    match &place.data_dir {
        Some(data_dir) => Ok(data_dir.clone()),
        None => Ok(settings(place.config.as_deref())?.data_dir),
    }
}
