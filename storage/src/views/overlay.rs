//! What is durable in the journal and not yet in the tree: an ordered layer that every read merges.
//!
//! A group is laid over the tree before its tickets fire and lifted once the tree holds it, so a
//! reader always sees what was acknowledged.

use std::collections::BTreeMap;

use sled::IVec;

use super::rows::Writes;

/// The layer over the tree.
pub(crate) struct Overlay {
    rows: BTreeMap<IVec, Laid>,
    /// Sequence of the newest fact that was laid, or that the tree held at the start.
    pub seq: u64,
}

/// The newest value of a row, and the group that wrote it.
pub(crate) struct Laid {
    group: u64,
    pub value: Option<IVec>,
}

impl Overlay {
    /// Nothing laid over a tree that holds the facts up to `seq`.
    pub fn empty(seq: u64) -> Self {
        Self { rows: BTreeMap::new(), seq }
    }

    pub fn rows(&self) -> &BTreeMap<IVec, Laid> {
        &self.rows
    }

    /// Lays what the `group`-th group wrote; groups are laid in order.
    pub fn lay(&mut self, group: u64, seq: u64, writes: &Writes) {
        for (key, value) in writes {
            self.rows.insert(key.clone(), Laid { group, value: value.clone() });
        }
        self.seq = seq;
    }

    /// Lifts what the tree now holds of the groups up to `group`. A row that a later group wrote
    /// again stays.
    pub fn lift<'w>(&mut self, group: u64, keys: impl Iterator<Item = &'w IVec>) {
        for key in keys {
            if self.rows.get(key).is_some_and(|laid| laid.group <= group) {
                self.rows.remove(key);
            }
        }
    }
}
