//! The groups between the journal and the tree: laid over it, applied to it, lifted again.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use parking_lot::{Condvar, Mutex};
use sled::IVec;
use tokio::sync::oneshot;

use super::opening::apply;
use crate::records::AppliedRow;
use crate::views::{ViewError, Views, Writes};

/// Groups that may lie in the overlay; then the writer waits.
const GROUPS_MAX: usize = 64;
/// Rows that are written to the tree in one batch, unless a single group has more.
const BATCH_ROWS_MAX: usize = 16_384;

/// A group's rows, and how far the views hold the journal with it.
pub(super) struct Applied {
    pub row: AppliedRow,
    pub writes: Writes,
    /// Who wants to know when the tree holds it durably.
    pub kept: Mutex<Vec<oneshot::Sender<()>>>,
}

/// A group and its number in the order of laying.
type Laid = (u64, Arc<Applied>);

/// The groups between the journal and the tree.
pub(super) struct Pending {
    views: Views,
    groups: Mutex<Groups>,
    changed: Condvar,
}

#[derive(Default)]
struct Groups {
    waiting: VecDeque<Laid>,
    laid: u64,
    closed: bool,
}

impl Pending {
    pub fn over(views: Views) -> Self {
        Self { views, groups: Mutex::default(), changed: Condvar::new() }
    }

    /// Lays a group over the tree, from where it is taken to be applied; waits while too many lie
    /// there.
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

    /// Brings the oldest groups that fit into one batch into the tree and lifts them; waits for
    /// one to come, at most until `timeout`. Answers what the tree then holds, if it changed.
    /// None once closed and empty. Who wants to know of a sync joins `kept`.
    pub fn apply_oldest(
        &self,
        tree: &sled::Tree,
        timeout: Option<Instant>,
        kept: &mut Vec<oneshot::Sender<()>>,
    ) -> Option<Result<Option<AppliedRow>, ViewError>> {
        let groups = self.oldest(timeout)?;
        let Some((newest, last)) = groups.last() else { return Some(Ok(None)) };
        let mut rows = Writes::new();
        for (_, group) in &groups {
            rows.extend(group.writes.iter().map(|(key, value)| (IVec::clone(key), value.clone())));
        }
        if let Err(error) = apply(tree, &rows, last.row) {
            return Some(Err(error));
        }
        groups.iter().for_each(|(_, group)| kept.append(&mut group.kept.lock()));
        self.views.inner.overlay.write().lift(*newest, rows.keys());
        self.groups.lock().waiting.drain(..groups.len());
        self.changed.notify_all();
        Some(Ok(Some(last.row)))
    }

    fn oldest(&self, timeout: Option<Instant>) -> Option<Vec<Laid>> {
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

    /// Nobody lays any more, or nobody applies any more.
    pub fn close(&self) {
        self.groups.lock().closed = true;
        self.changed.notify_all();
    }

    pub fn is_closed(&self) -> bool {
        self.groups.lock().closed
    }
}
