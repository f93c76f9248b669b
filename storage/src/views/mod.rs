//! The views: read-only rows projected from the facts. This is what http and the pages read.
//!
//! [`Views`] is cheap to clone and never wakes an actor. Every read sees everything that was
//! acknowledged before it began; a list that is read in several chunks may see later facts in its
//! later chunks. One file per subject.

mod accounts;
mod addresses;
mod deliveries;
mod invoices;
mod merchants;
mod operators;
mod overlay;
mod payments;
mod rows;
mod standing;
mod withdrawals;

#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::{RwLock, RwLockReadGuard};
use sled::IVec;

pub use accounts::{CoinFigures, Credit, OpenObligation, StatementLine, StatementPage};
pub use addresses::WatchedAddress;
pub use deliveries::{DeliveryFilter, DeliveryPage, DeliveryStanding, DueDelivery, EventPage};
pub use invoices::{INVOICES_PER_PAGE, InvoiceFilter, InvoicePage};
pub use operators::{Admin, Contradiction, PaymentSetAside, WatchingFloor};
pub use payments::{DeepeningPayment, MinedPayment};
pub use rows::ViewError;
pub use withdrawals::{WithdrawalFilter, WithdrawalPage};

pub(crate) use overlay::Overlay;
pub(crate) use rows::{
    Direction, Merged, RawRow, ReadRows, Rows, Writes, part, read, writes_within,
};

use crate::Seq;
use crate::disk::DiskLock;
use crate::keys::KeyRange;

/// How many rows a scan reads at first, and then at most, before it lets writers in again.
const CHUNK_ROWS: [usize; 2] = [32, 512];

/// An aggregate as its facts have made it, and how far it knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<T> {
    /// The aggregate.
    pub value: T,
    /// Sequence of the last fact projected into it; 0 where there was none.
    pub last_seq: Seq,
}

/// Read-only access to the views.
#[derive(Clone)]
pub struct Views {
    pub(crate) inner: Arc<Layers>,
}

/// The tree, and what is laid over it.
pub(crate) struct Layers {
    pub tree: sled::Tree,
    pub overlay: RwLock<Overlay>,
    /// The data folder stays locked as long as anyone can read its views.
    _lock: Option<Box<dyn DiskLock>>,
}

impl Views {
    pub(crate) fn of(tree: sled::Tree, seq: Seq, lock: Option<Box<dyn DiskLock>>) -> Self {
        let overlay = RwLock::new(Overlay::empty(seq));
        Self { inner: Arc::new(Layers { tree, overlay, _lock: lock }) }
    }

    /// Sequence of the newest fact that reads see.
    pub fn seq(&self) -> Seq {
        self.inner.overlay.read().seq
    }

    /// Everything at one moment. Writers wait while it lives: for the projection and for short,
    /// bounded reads.
    pub(crate) fn snapshot(&self) -> Snapshot<'_> {
        Snapshot { tree: &self.inner.tree, overlay: self.inner.overlay.read() }
    }

    /// The rows of a range, read in chunks between which writers are let in.
    pub(crate) fn rows(&self, range: KeyRange, direction: Direction) -> Chunked<'_> {
        Chunked { views: self, range, direction, chunk: VecDeque::new(), size: 0, ended: false }
    }
}

impl Rows for Views {
    fn get(&self, key: &[u8]) -> Result<Option<IVec>, ViewError> {
        let overlay = self.inner.overlay.read();
        if let Some(laid) = overlay.rows().get(key) {
            return Ok(laid.value.clone());
        }
        // What is not laid now is in the tree now, and only newer later: the lock can go, so that
        // a read from a cold disk holds up no writer.
        drop(overlay);
        self.inner.tree.get(key).map_err(ViewError::from)
    }

    fn scan<'s>(
        &'s self,
        range: &KeyRange,
        direction: Direction,
    ) -> Box<dyn Iterator<Item = Result<RawRow, ViewError>> + 's> {
        Box::new(self.rows(range.clone(), direction))
    }
}

/// The tree and the overlay at one moment.
pub(crate) struct Snapshot<'v> {
    tree: &'v sled::Tree,
    overlay: RwLockReadGuard<'v, Overlay>,
}

impl Snapshot<'_> {
    /// Sequence of the newest fact in it.
    pub fn seq(&self) -> Seq {
        self.overlay.seq
    }
}

impl Rows for Snapshot<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<IVec>, ViewError> {
        match self.overlay.rows().get(key) {
            Some(laid) => Ok(laid.value.clone()),
            None => Rows::get(self.tree, key),
        }
    }

    fn scan<'s>(
        &'s self,
        range: &KeyRange,
        direction: Direction,
    ) -> Box<dyn Iterator<Item = Result<RawRow, ViewError>> + 's> {
        let below = Rows::scan(self.tree, range, direction);
        let above = writes_within(self.overlay.rows(), range, direction)
            .map(|(key, laid)| (key.clone(), laid.value.clone()));
        Box::new(Merged::new(below, above, direction))
    }
}

/// A range read in chunks.
pub(crate) struct Chunked<'v> {
    views: &'v Views,
    range: KeyRange,
    direction: Direction,
    chunk: VecDeque<RawRow>,
    size: usize,
    ended: bool,
}

impl Chunked<'_> {
    fn read_chunk(&mut self) -> Result<(), ViewError> {
        self.size = if self.size == 0 { CHUNK_ROWS[0] } else { CHUNK_ROWS[1] };
        let snapshot = self.views.snapshot();
        for row in snapshot.scan(&self.range, self.direction).take(self.size) {
            self.chunk.push_back(row?);
        }
        self.ended = self.chunk.len() < self.size;
        if let Some((last, _)) = self.chunk.back() {
            match self.direction {
                Direction::Forward => self.range = self.range.clone().after(last),
                Direction::Backward => self.range = self.range.clone().before(last),
            }
        }
        Ok(())
    }
}

impl Iterator for Chunked<'_> {
    type Item = Result<RawRow, ViewError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.chunk.is_empty()
            && !self.ended
            && let Err(error) = self.read_chunk()
        {
            self.ended = true;
            return Some(Err(error));
        }
        self.chunk.pop_front().map(Ok)
    }
}
