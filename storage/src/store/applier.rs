//! The thread that brings groups from the overlay into the tree and makes the tree durable.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use sled::IVec;

use super::Shared;
use super::config::Fatal;
use super::folder::ViewFolder;
use super::opening::apply;
use crate::records::AppliedRow;
use crate::views::{ViewError, Views, Writes};

/// Groups that may lie in the overlay; then the writer waits.
const GROUPS_MAX: usize = 64;
/// Rows that are written to the tree in one batch, unless a single group has more.
const BATCH_ROWS_MAX: usize = 16_384;
/// How often it is noted at most how far the tree is durable.
const NOTE_EVERY: Duration = Duration::from_secs(1);

/// A group's rows, and how far the views hold the journal with it.
pub(super) struct Applied {
    pub row: AppliedRow,
    pub writes: Writes,
}

/// The groups between the journal and the tree.
pub(super) struct Pending {
    views: Views,
    groups: Mutex<Groups>,
    changed: Condvar,
}

#[derive(Default)]
struct Groups {
    waiting: VecDeque<(u64, Arc<Applied>)>,
    laid: u64,
    closed: bool,
}

impl Pending {
    pub fn over(views: Views) -> Self {
        Self { views, groups: Mutex::default(), changed: Condvar::new() }
    }

    /// Lays a group over the tree, from where the applier takes it; waits while too many lie there.
    pub fn lay(&self, group: Applied) {
        let mut groups = self.groups.lock();
        while groups.waiting.len() >= GROUPS_MAX && !groups.closed {
            self.changed.wait(&mut groups);
        }
        groups.laid += 1;
        let number = groups.laid;
        self.views.inner.overlay.write().lay(number, group.row.seq, &group.writes);
        groups.waiting.push_back((number, Arc::new(group)));
        drop(groups);
        self.changed.notify_all();
    }

    /// The oldest groups that fit into one batch; waits for one to come, at most until `timeout`.
    /// None once closed and empty.
    pub fn oldest(&self, timeout: Option<Instant>) -> Option<Vec<(u64, Arc<Applied>)>> {
        let mut groups = self.groups.lock();
        while groups.waiting.is_empty() {
            if groups.closed {
                return None;
            }
            match timeout {
                None => self.changed.wait(&mut groups),
                Some(timeout) => {
                    if self.changed.wait_until(&mut groups, timeout).timed_out() {
                        return Some(Vec::new());
                    }
                }
            }
        }
        let mut rows = 0;
        let fit = groups.waiting.iter().take_while(|(_, group)| {
            let fits = rows == 0 || rows + group.writes.len() <= BATCH_ROWS_MAX;
            rows += group.writes.len();
            fits
        });
        Some(fit.cloned().collect())
    }

    /// The tree holds these groups: lifts them and lets the writer go on.
    pub fn lift(&self, groups: &[(u64, Arc<Applied>)], rows: &Writes) {
        let Some((newest, _)) = groups.last() else { return };
        self.views.inner.overlay.write().lift(*newest, rows.keys());
        self.groups.lock().waiting.drain(..groups.len());
        self.changed.notify_all();
    }

    pub fn close(&self) {
        self.groups.lock().closed = true;
        self.changed.notify_all();
    }
}

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
    /// Applies until the queue of groups is closed and empty, then makes a last checkpoint.
    pub fn run(mut self) -> Result<(), Fatal> {
        let shared = Arc::clone(&self.shared);
        let (mut synced, mut noted) = (Instant::now(), Instant::now());
        let mut unsynced = false;
        loop {
            let due = synced + self.every;
            let Some(groups) = shared.overlay.oldest(unsynced.then_some(due)) else { break };
            self.apply(&groups)?;
            unsynced |= !groups.is_empty();
            if unsynced && Instant::now() >= due {
                self.folder.sync(&self.tree)?;
                (synced, unsynced) = (Instant::now(), false);
                if noted.elapsed() >= NOTE_EVERY {
                    self.note()?;
                    noted = Instant::now();
                }
            }
        }
        self.folder.sync(&self.tree)?;
        self.note()
    }

    fn apply(&mut self, groups: &[(u64, Arc<Applied>)]) -> Result<(), Fatal> {
        let Some((_, newest)) = groups.last() else { return Ok(()) };
        let mut rows = Writes::new();
        for (_, group) in groups {
            rows.extend(group.writes.iter().map(|(key, value)| (IVec::clone(key), value.clone())));
        }
        apply(&self.tree, &rows, newest.row)?;
        self.applied = newest.row;
        self.shared.overlay.lift(groups, &rows);
        Ok(())
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
