//! The thread that brings groups from the overlay into the tree and makes the tree durable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::oneshot;

use super::Shared;
use super::config::Fatal;
use super::folder::ViewFolder;
use crate::records::AppliedRow;
use crate::views::ViewError;

/// How often it is noted at most how far the tree is durable.
const NOTE_EVERY: Duration = Duration::from_secs(1);

pub(super) struct Applier {
    pub shared: Arc<Shared>,
    pub tree: sled::Db,
    pub folder: Arc<ViewFolder>,
    pub every: Duration,
    /// What the tree holds.
    pub applied: AppliedRow,
    /// What is noted of it.
    pub noted: AppliedRow,
}

impl Applier {
    /// Applies until the groups are closed and empty, then makes a last checkpoint.
    pub fn run(mut self) -> Result<(), Fatal> {
        let shared = Arc::clone(&self.shared);
        let (mut synced, mut noted) = (Instant::now(), Instant::now());
        let mut unsynced = false;
        let mut kept = Vec::new();
        loop {
            let due = synced + self.every;
            let timeout = unsynced.then_some(due);
            let Some(applied) = shared.overlay.apply_oldest(&self.tree, timeout, &mut kept) else {
                break;
            };
            if let Some(applied) = applied? {
                self.applied = applied;
                unsynced = true;
            }
            if unsynced && Instant::now() >= due {
                self.folder.sync(&self.tree)?;
                (synced, unsynced) = (Instant::now(), false);
                for kept in kept.drain(..) {
                    // Whoever dropped the other end does not want to know.
                    let _ = oneshot::Sender::send(kept, ());
                }
                if noted.elapsed() >= NOTE_EVERY {
                    self.note()?;
                    noted = Instant::now();
                }
            }
        }
        self.folder.sync(&self.tree)?;
        self.note()
    }

    /// Notes what the tree durably holds: only after a sync.
    fn note(&mut self) -> Result<(), Fatal> {
        if self.noted != self.applied {
            let noted = self.folder.note(self.applied);
            noted.map_err(|error| Fatal::Views(ViewError::Store(error.to_string())))?;
            self.noted = self.applied;
        }
        Ok(())
    }
}
