//! What waits to be written: commits in the order in which they were appended.

use std::collections::VecDeque;

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::network::Network;
use parking_lot::{Condvar, Mutex};
use tokio::sync::oneshot;

use crate::Seq;
use crate::checkpoint::Checkpoint;

/// Facts that may wait before [`crate::Store::has_room`] says no.
pub(super) const FACTS_WAITING_MAX: usize = 100_000;

/// One thing to be written.
pub(super) enum Item {
    Commit(Commit),
    Checkpoint(Saved),
}

/// Where a watcher stands.
pub(super) struct Saved {
    pub network: Network,
    pub checkpoint: Box<Checkpoint>,
    /// Told when it is durable in the tree; most do not ask.
    pub kept: Option<oneshot::Sender<()>>,
}

/// Facts that lie in one group or nowhere.
pub(super) struct Commit {
    pub facts: Vec<Fact>,
    /// Told when they are durable and readers see them.
    pub durable: oneshot::Sender<()>,
}

/// The queue in front of the writer. Whoever appends gets sequences in the order of the calls.
pub(super) struct Queue {
    waiting: Mutex<Waiting>,
    arrived: Condvar,
}

struct Waiting {
    items: VecDeque<Item>,
    next: Seq,
    facts: usize,
    closed: bool,
}

impl Queue {
    pub fn starting_at(next: Seq) -> Self {
        let waiting = Waiting { items: VecDeque::new(), next, facts: 0, closed: false };
        Self { waiting: Mutex::new(waiting), arrived: Condvar::new() }
    }

    /// Queues a commit; answers its first and last sequence. Of no facts the last is one less
    /// than the first.
    pub fn append(&self, commit: Commit) -> (Seq, Seq) {
        let mut waiting = self.waiting.lock();
        let first = waiting.next;
        waiting.next += commit.facts.len() as u64;
        let last = waiting.next - 1;
        if waiting.closed {
            tracing::error!(first, last, "facts were appended to a closed store and are lost");
            return (first, last);
        }
        waiting.facts += commit.facts.len();
        waiting.items.push_back(Item::Commit(commit));
        drop(waiting);
        self.arrived.notify_one();
        (first, last)
    }

    pub fn save(&self, saved: Saved) {
        let mut waiting = self.waiting.lock();
        waiting.items.push_back(Item::Checkpoint(saved));
        drop(waiting);
        self.arrived.notify_one();
    }

    /// Takes what waits, at most `most` items; waits for something to come. None once the queue
    /// is closed and empty.
    pub fn take(&self, most: usize) -> Option<VecDeque<Item>> {
        let mut waiting = self.waiting.lock();
        while waiting.items.is_empty() {
            if waiting.closed {
                return None;
            }
            self.arrived.wait(&mut waiting);
        }
        let count = waiting.items.len().min(most);
        let taken: VecDeque<Item> = waiting.items.drain(..count).collect();
        let facts: usize = taken.iter().map(Item::facts).sum();
        waiting.facts = waiting.facts.saturating_sub(facts);
        Some(taken)
    }

    /// Takes no more; what waits is still written.
    pub fn close(&self) {
        self.waiting.lock().closed = true;
        self.arrived.notify_all();
    }

    pub fn is_overfull(&self) -> bool {
        self.waiting.lock().facts > FACTS_WAITING_MAX
    }
}

impl Item {
    fn facts(&self) -> usize {
        match self {
            Self::Commit(commit) => commit.facts.len(),
            Self::Checkpoint(..) => 0,
        }
    }
}
