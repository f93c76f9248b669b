//! The one thread that writes: journal, then overlay, then tickets, group by group.
//!
//! Groups form by arrival: whatever came while the last group was written and fsynced is the next
//! one. No timer, so a lone commit waits for nobody.

use std::collections::VecDeque;
use std::sync::Arc;

use cryptopayment_domain::fact::Fact;
use parking_lot::Mutex;
use tokio::sync::oneshot;

use super::Shared;
use super::config::Fatal;
use super::feed::DurableGroup;
use super::pending::Applied;
use super::queue::{Item, Saved};
use crate::journal::{Journal, JournalError};
use crate::keys;
use crate::project::{Projection, project};
use crate::records::{AppliedRow, Stored};
use crate::views::Writes;

/// Commits in one group at most.
const GROUP_COMMITS_MAX: usize = 1024;
/// Bytes of records in one group at most, unless a single commit has more.
const GROUP_BYTES_MAX: u64 = 4 << 20;

pub(super) struct Writer {
    pub shared: Arc<Shared>,
    pub journal: Journal,
    pub applied: AppliedRow,
    pub group_bytes_max: u64,
}

/// What is written together.
#[derive(Default)]
struct Group {
    records: Vec<Vec<u8>>,
    facts: Vec<Fact>,
    bytes: u64,
    checkpoints: Vec<Saved>,
    tickets: Vec<oneshot::Sender<()>>,
}

impl Writer {
    /// The most bytes of records that go into one group of a journal with such segments.
    pub fn group_bytes_max(segment_bytes: u64) -> u64 {
        GROUP_BYTES_MAX.min(segment_bytes / 2)
    }

    /// Writes until the queue is closed and empty.
    pub fn run(mut self) -> Result<(), Fatal> {
        let shared = Arc::clone(&self.shared);
        while let Some(mut items) = shared.queue.take(GROUP_COMMITS_MAX) {
            while !items.is_empty() {
                let group = self.gather(&mut items)?;
                self.write(group)?;
            }
        }
        Ok(())
    }

    /// Takes items while they fit into one group; a commit is never split.
    fn gather(&self, items: &mut VecDeque<Item>) -> Result<Group, Fatal> {
        let mut group = Group::default();
        while let Some(item) = items.pop_front() {
            let commit = match item {
                Item::Commit(commit) => commit,
                Item::Checkpoint(saved) => {
                    group.checkpoints.push(saved);
                    continue;
                }
            };
            let records = encode(&commit.facts)?;
            let bytes: u64 = records.iter().map(|record| record.len() as u64 + 4).sum();
            group.bytes += bytes;
            group.records.extend(records);
            group.facts.extend(commit.facts);
            group.tickets.push(commit.durable);
            if group.bytes >= self.group_bytes_max {
                break;
            }
        }
        Ok(group)
    }

    fn write(&mut self, group: Group) -> Result<(), Fatal> {
        let first = self.journal.next_sequence();
        if let Some(written) = self.journal.append(&group.records)? {
            self.applied = AppliedRow { seq: written.last, hash: written.hash };
        }
        let writes = self.project(first, &group)?;
        let kept = group.checkpoints.into_iter().filter_map(|saved| saved.kept).collect();
        self.shared.overlay.lay(Applied { row: self.applied, writes, kept: Mutex::new(kept) });
        // From here on readers see the group; only now may anyone be told.
        self.shared.durable.grow(self.applied.seq);
        if !group.facts.is_empty() {
            // Nobody listening is no error.
            let _ =
                self.shared.feed.sender.send(Arc::new(DurableGroup { first, facts: group.facts }));
        }
        for ticket in group.tickets {
            // Whoever dropped the ticket does not want to know.
            let _ = ticket.send(());
        }
        Ok(())
    }

    fn project(&self, first: u64, group: &Group) -> Result<Writes, Fatal> {
        // No snapshot: this thread alone lays groups, so nothing changes under it, and nobody
        // waits for a long group to be projected.
        let mut views = Projection::over(&self.shared.views);
        for (seq, fact) in (first..).zip(&group.facts) {
            project(&mut views, seq, fact)?;
        }
        for Saved { network, checkpoint, .. } in &group.checkpoints {
            views.put(keys::checkpoint(*network), &**checkpoint)?;
        }
        Ok(views.into_writes())
    }
}

fn encode(facts: &[Fact]) -> Result<Vec<Vec<u8>>, Fatal> {
    let unreadable = |error: crate::records::Malformed| JournalError::Unreadable {
        seq: 0,
        reason: error.to_string(),
    };
    let records = facts.iter().map(|fact| fact.to_bytes().map_err(unreadable));
    Ok(records.collect::<Result<_, _>>()?)
}
