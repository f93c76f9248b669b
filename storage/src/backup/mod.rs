//! Backups: one file with everything that must not be lost, made while the gateway runs, and put
//! back into an empty data folder.
//!
//! The layout is in `format`; making it in `write`; reading it back in `read`; what becomes of a
//! data folder in `restore`. Decided in `docs/adr`.

mod format;
mod read;
mod restore;
#[cfg(test)]
mod tests;
mod write;

use std::io;
use std::path::PathBuf;

use cryptopayment_domain::network::Network;
use cryptopayment_domain::operator::restored::OutOfAddresses;

pub use format::{Manifest, Part};
pub use restore::{RestorePlan, RestoreReport, restore};
pub use write::{BackupReport, BackupSource, backup};

use crate::Seq;
use crate::checkpoint::Checkpoint;
use crate::journal::{ChainHash, JournalError};
use crate::records::{Malformed, Stored};
use crate::store::OpenError;
use crate::views::{ViewError, Views};

/// The name of the file that marks a data folder in which a restore did not end.
pub const UNFINISHED: &str = "restore.unfinished";

/// Where a backup is cut: everything up to here is durable, and nothing in it is ahead of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupCut {
    /// The last fact of the backup.
    pub seq: Seq,
    /// Where the watchers stood, as stored bytes; never ahead of `seq`.
    pub checkpoints: Vec<(Network, Vec<u8>)>,
}

impl BackupCut {
    /// The cut at what is durable and visible now.
    ///
    /// # Errors
    /// When the views cannot be read.
    pub fn of(views: &Views) -> Result<Self, ViewError> {
        let mut checkpoints = Vec::new();
        for network in Network::ALL {
            if let Some(checkpoint) = views.checkpoint(network)? {
                let bytes = checkpoint.to_bytes();
                let bytes = bytes.map_err(|error| ViewError::Store(error.to_string()))?;
                checkpoints.push((network, bytes));
            }
        }
        // Only now: a checkpoint is visible only when every fact before it is durable.
        Ok(Self { seq: views.seq(), checkpoints })
    }
}

fn checkpoint_of(bytes: &[u8]) -> Result<Checkpoint, Malformed> {
    Checkpoint::from_bytes(bytes)
}

/// Why a backup was not made, or not put back.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// A file is in the way.
    #[error("{} is there already and is not overwritten; name another file, or move it away", .0.display())]
    Exists(PathBuf),
    /// Somebody writes it.
    #[error("{} is being written by another backup", .0.display())]
    Busy(PathBuf),
    /// There is nothing in the journal.
    #[error("there is nothing to back up: the journal is empty")]
    Empty,
    /// A file or folder could not be used.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
    /// The journal cannot be read or written.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// No backup at all.
    #[error("this is no backup of CryptoPayment: it does not begin as one")]
    Foreign,
    /// Made by a newer version.
    #[error(
        "this backup has format {found}, this program reads format {known}: it was made by a newer \
         version; restore it with that one"
    )]
    Newer {
        /// Its format.
        found: u32,
        /// The newest format known here.
        known: u32,
    },
    /// The end is missing.
    #[error(
        "this backup is cut short: it ends in {part} after {offset} bytes. It was not copied whole; \
         copy it again from where it was made, or take another one"
    )]
    Cut {
        /// Where in it the file ends.
        part: String,
        /// Length of what there is.
        offset: u64,
    },
    /// The bytes are not those that were written.
    #[error(
        "this backup is damaged in {part}: {reason}. Copy it again from where it was made, or take another one"
    )]
    Damaged {
        /// Which part.
        part: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The data folder has something in it.
    #[error(
        "{} is not empty: it holds {found}. A backup is restored into an empty folder only; name \
         another one in data_dir, or move what is there away", path.display()
    )]
    NotEmpty {
        /// The folder.
        path: PathBuf,
        /// What is in it.
        found: String,
    },
    /// The journal of the backup ends with another group than the backup says.
    #[error(
        "the journal in this backup ends with hash {found}, not with {expected}; nothing of it can be believed"
    )]
    OtherEnd {
        /// What the backup says.
        expected: String,
        /// What its journal ends with.
        found: String,
    },
    /// The restored folder does not open.
    #[error(transparent)]
    Open(#[from] OpenError),
    /// The views cannot be made.
    #[error(transparent)]
    Views(#[from] ViewError),
    /// The counters cannot jump so far.
    #[error(transparent)]
    OutOfAddresses(#[from] OutOfAddresses),
    /// What is to be written cannot be encoded.
    #[error("{0}")]
    Malformed(#[from] Malformed),
}

impl BackupError {
    fn io(path: &std::path::Path) -> impl Fn(io::Error) -> Self + use<> {
        let path = path.to_owned();
        move |source| Self::Io { path: path.clone(), source }
    }

    fn damaged(part: &str, reason: impl Into<String>) -> Self {
        Self::Damaged { part: part.to_owned(), reason: reason.into() }
    }
}

/// What happens while a backup is made or put back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Copying {
    /// The journal is read through, up to this fact of so many.
    Checking {
        /// Up to this one.
        done: Seq,
        /// The last one.
        total: Seq,
    },
    /// So many bytes are written.
    Writing {
        /// So far.
        done: u64,
        /// In all; none while it is not known.
        total: Option<u64>,
    },
}

fn hex(hash: &ChainHash) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}
