//! What a store is opened with, what it says while it opens, and why it may refuse.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::Seq;
use crate::disk::{Disk, RealDisk};
use crate::journal::{JournalError, TornTail};
use crate::views::ViewError;

/// What a store is opened with.
#[derive(Clone)]
pub struct StoreConfig {
    /// The data folder; made if absent. The journal lies in `journal`, the views in `views`.
    pub data_dir: PathBuf,
    /// Length of one journal segment in bytes; a single commit must fit into it.
    pub segment_bytes: u64,
    /// Below this many free bytes on the disk [`crate::Store::has_room`] says no.
    pub min_free_bytes: u64,
    /// Goes on although the views hold facts that the journal has lost.
    pub accept_loss: bool,
    /// Memory that the views' store may use to cache, in bytes.
    pub cache_bytes: u64,
    /// The views are made durable at most this often while facts flow; zero: after every batch.
    pub checkpoint_every: Duration,
    /// How many groups the feed keeps for slow readers.
    pub feed_groups: usize,
    /// The disk the journal lies on.
    pub disk: Arc<dyn Disk>,
    /// Called when the store can no longer keep what it promises. The default ends the process,
    /// which is the only right thing outside of tests: what a failed write or fsync left behind
    /// is known only when the journal is opened anew.
    pub on_fatal: FatalHook,
}

/// What is called when the store can no longer go on.
pub type FatalHook = Arc<dyn Fn(&Fatal) + Send + Sync>;

/// Why the store can no longer go on.
#[derive(Debug, thiserror::Error)]
pub enum Fatal {
    /// A write or fsync of the journal failed.
    #[error("the journal cannot be written: {0}")]
    Journal(#[from] JournalError),
    /// The views failed; at the next start they are rebuilt from the journal.
    #[error("the views cannot be written: {0}")]
    Views(#[from] ViewError),
    /// A thread of the store panicked; at the next start the views are rebuilt from the journal.
    #[error("the {thread} thread panicked: {message}")]
    Panicked {
        /// Which thread.
        thread: &'static str,
        /// What it said.
        message: String,
    },
}

impl StoreConfig {
    /// A store in `data_dir` with everything else as it usually is: 64 MiB segments, 1 GiB kept
    /// free, 256 MiB of cache.
    pub fn new(data_dir: impl Into<PathBuf>) -> Self {
        Self {
            data_dir: data_dir.into(),
            segment_bytes: 64 << 20,
            min_free_bytes: 1 << 30,
            accept_loss: false,
            cache_bytes: 256 << 20,
            checkpoint_every: Duration::ZERO,
            feed_groups: 256,
            disk: Arc::new(RealDisk),
            on_fatal: Arc::new(end_process),
        }
    }
}

fn end_process(fatal: &Fatal) {
    tracing::error!(%fatal, "the store cannot go on; the process ends and starts from the journal");
    // Also where nobody listens to the log: this is the last thing the process says.
    eprintln!("cryptopayment: {fatal}; ending the process");
    std::process::abort();
}

/// What happens while a store opens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Progress {
    /// A group that was never acknowledged was cut from the journal's end.
    TornTailCut(TornTail),
    /// The views were not usable; they are rebuilt from the journal.
    ViewsSetAside {
        /// What is wrong with them.
        reason: String,
        /// Where they lie now.
        to: PathBuf,
    },
    /// Facts are projected into the views.
    Projecting {
        /// Up to this one.
        done: Seq,
        /// The last one.
        total: Seq,
    },
}

/// Why a store does not open. Nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Another process has this data folder open, or this one still does.
    #[error("{} is in use by another process; stop it first", path.display())]
    Locked {
        /// The data folder.
        path: PathBuf,
    },
    /// A restore did not end in this folder.
    #[error(
        "{} is half restored: a `restore` was interrupted there. Empty the folder and run \
         `cryptopayment restore` again; nothing in it may be used", path.display()
    )]
    HalfRestored {
        /// The data folder.
        path: PathBuf,
    },
    /// The data folder cannot be used.
    #[error("{}: {source}", path.display())]
    Folder {
        /// The data folder.
        path: PathBuf,
        /// What the disk said.
        source: std::io::Error,
    },
    /// The journal cannot be read, or is damaged.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The views cannot be made.
    #[error(transparent)]
    Views(#[from] ViewError),
    /// The views hold facts that the journal does not: it has lost acknowledged facts.
    #[error(
        "the views hold fact {views} but the journal in {} ends with fact {journal}: the journal \
         has lost acknowledged facts. Restore it from a copy or a backup; only if that cannot be, \
         start it with --accept-loss to go on without them", path.display()
    )]
    ViewsAhead {
        /// The last fact that the views hold.
        views: Seq,
        /// The last fact of the journal.
        journal: Seq,
        /// The journal's folder.
        path: PathBuf,
    },
    /// The journal holds another fact than the one the views were made from.
    #[error(
        "fact {seq} in the journal in {} is not the one the views were made from: the journal was \
         exchanged or has lost acknowledged facts. Restore it from a copy or a backup; only if that \
         cannot be, start it with --accept-loss to go on with the journal as it is", path.display()
    )]
    ViewsDiffer {
        /// The last fact that the views hold.
        seq: Seq,
        /// The journal's folder.
        path: PathBuf,
    },
    /// A thread could not be started.
    #[error("a thread of the store could not be started: {0}")]
    Thread(std::io::Error),
}
