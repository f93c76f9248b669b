//! Another branch becomes the longer one: blocks are popped, the branch is put in their place, and
//! what was in the popped ones goes back to the pool (`Manager.switchFork`).

use super::Chain;
use crate::digest::Hash;
use crate::transaction::Transaction;
use std::collections::BTreeSet;

/// After how many forks the branches' first slots are as before.
const BRANCHES: i64 = 20;

/// Where the popped transactions are on the branch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Carry {
    /// Nowhere: they wait in the pool for the next block.
    #[default]
    Wait,
    /// In its first block.
    First,
    /// In its first block, last come first.
    FirstReversed,
    /// In its last block.
    Last,
}

/// A branch to switch to.
#[derive(Clone, Debug, Default)]
pub struct Fork {
    /// How many blocks are popped.
    pub depth: u64,
    /// How many take their place; one more than popped unless given.
    pub blocks: Option<u64>,
    /// Where the popped transactions are on it.
    pub carry: Carry,
    /// Transactions that never come back.
    pub dropped: BTreeSet<Hash>,
}

impl Chain {
    /// Switches to a branch; refuses what a node would never switch to.
    pub fn reorganise(&mut self, fork: &Fork) -> Result<(), String> {
        let head = self.head().number;
        let blocks = fork.blocks.unwrap_or(fork.depth + 1);
        if fork.depth == 0 || fork.depth > head - self.solid {
            let deepest = head - self.solid;
            return Err(format!("{} blocks can't be popped, 1 to {deepest} can", fork.depth));
        }
        if blocks <= fork.depth {
            return Err("the longer branch wins: it must have more blocks than are popped".into());
        }
        let mut popped = self.pop(fork.depth);
        popped.retain(|transaction| !fork.dropped.contains(&transaction.id));
        if fork.carry == Carry::FirstReversed {
            popped.reverse();
        }
        self.forks += 1;
        for block in 0..blocks {
            let here = match fork.carry {
                Carry::Wait => false,
                Carry::First | Carry::FirstReversed => block == 0,
                Carry::Last => block + 1 == blocks,
            };
            let offered = if here { std::mem::take(&mut popped) } else { Vec::new() };
            // Another slot, so that the branch's blocks are others.
            let missed = if block == 0 { (self.forks - 1) % BRANCHES + 1 } else { 0 };
            self.produce(missed, offered);
        }
        self.push_back(popped);
        Ok(())
    }

    fn pop(&mut self, depth: u64) -> Vec<Transaction> {
        let keep = self.blocks.len() - depth as usize;
        let popped: Vec<_> =
            self.blocks.split_off(keep).into_iter().flat_map(|block| block.transactions).collect();
        for transaction in &popped {
            self.places.remove(&transaction.id);
        }
        popped
    }

    /// The pool anew: first what was popped, then what waited already.
    fn push_back(&mut self, popped: Vec<Transaction>) {
        let now_ms = self.head().time_ms;
        let waited = std::mem::take(&mut self.pool);
        self.pending = self.state_of_head();
        for transaction in popped {
            let id = transaction.id;
            if let Err(refusal) = self.push(transaction, now_ms) {
                self.lost.push((id, refusal));
            }
        }
        for waiting in waited {
            let id = waiting.transaction.id;
            if let Err(refusal) = self.push(waiting.transaction, waiting.since_ms) {
                self.lost.push((id, refusal));
            }
        }
    }
}
