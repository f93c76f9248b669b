//! The journal: an append-only chain of groups of opaque records, and the only truth.
//!
//! One group is one frame, one write and one fsync; group n+1 is written only after group n is
//! fsynced, so a crash loses a suffix and never a middle. What a record means is none of this
//! folder's business. Frame layout: `frame`; files: `segment`; reading: `reader`; what is done
//! about a torn tail and about damage: `survey`; a small log of its own for others: `record_log`; carrying it away: `carry`.

pub(crate) mod carry;
mod frame;
mod reader;
mod record_log;
mod segment;
mod survey;
mod writer;

use std::io;
use std::path::{Path, PathBuf};

pub use frame::{ChainHash, Frame};
pub use reader::JournalReader;
pub use record_log::{RecordLog, Replay};
pub use survey::{Survey, TornTail};
pub use writer::{Group, Journal};

/// How a journal is laid out on its disk.
#[derive(Debug, Clone, Copy)]
pub struct JournalOptions {
    /// Length of one segment file in bytes; rounded up to whole sectors, at least two.
    pub segment_bytes: u64,
    /// Makes the next segment on a thread of its own when the current one is half full, so that
    /// no commit waits while a file is filled with zeros.
    pub prepare_ahead: bool,
}

impl Default for JournalOptions {
    fn default() -> Self {
        Self { segment_bytes: 64 << 20, prepare_ahead: true }
    }
}

/// Why a journal cannot be read or written. After one from [`Journal::append`] nothing more may be
/// appended, and whoever owns the journal must end the process: what a failed write or fsync left
/// behind cannot be known until the journal is opened anew.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk refused.
    #[error("{action} {}: {source}", path.display())]
    Io {
        /// What was being done.
        action: &'static str,
        /// To which file.
        path: PathBuf,
        /// What the disk said.
        source: io::Error,
    },
    /// The bytes are not what was written, and what follows shows that they were acknowledged.
    #[error(
        "the journal is damaged in segment {segment:08} at byte {offset}: {reason}; \
         nothing was changed. Restore this file from a copy or a backup"
    )]
    Damaged {
        /// Number of the segment, as in its file name.
        segment: u32,
        /// Byte offset in it.
        offset: u64,
        /// What is wrong there.
        reason: String,
    },
    /// One group is larger than a segment.
    #[error("a group of {bytes} bytes does not fit into a segment of {segment_bytes}")]
    TooLarge {
        /// Length of the frame.
        bytes: u64,
        /// Length of a segment.
        segment_bytes: u64,
    },
    /// A record is sound, but is no fact that this program knows.
    #[error("fact {seq} cannot be read: {reason}. Was it written by a newer version?")]
    Unreadable {
        /// Its sequence; 0 for one not yet written.
        seq: u64,
        /// What is wrong.
        reason: String,
    },
    /// An earlier write failed.
    #[error("an earlier write to the journal failed; it must be opened anew")]
    Failed,
}

impl JournalError {
    fn io(action: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { action, path: path.to_owned(), source }
    }

    fn damaged(segment: u32, offset: u64, reason: impl Into<String>) -> Self {
        Self::Damaged { segment, offset, reason: reason.into() }
    }
}

#[cfg(test)]
mod tests;
