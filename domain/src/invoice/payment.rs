//! One payment to an invoice, as the invoice knows it: where it is, since when, and whether it is
//! credited.

use crate::money::Money;
use crate::payment::{BlockRef, PaymentId, Tip};
use crate::time::Timestamp;

/// One payment to the invoice's address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Payment {
    /// Its identity.
    pub id: PaymentId,
    /// How much it pays.
    pub amount: Money,
    /// Its time: the earlier of our first sighting and its block's.
    pub time: Timestamp,
    /// Where it is now.
    pub place: Place,
    /// The earliest time at which it is known to have been in a block; none if it never was. A
    /// payment mined in time stays so when a reorganisation moves it to a later block.
    pub mined_at: Option<Timestamp>,
    /// It is deep and credited, in the round below.
    pub credited: bool,
    /// How often it has left the chain after having been credited.
    pub round: u32,
}

/// Where a payment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the mempool, since then.
    Mempool {
        /// When it was last seen to enter.
        since: Timestamp,
    },
    /// In this block of the best chain.
    Block(BlockRef),
    /// Nowhere: replaced, evicted, double-spent or reorganised away.
    Gone,
}

impl Payment {
    /// Whether it is anywhere to be seen now.
    pub const fn is_present(&self) -> bool {
        !matches!(self.place, Place::Gone)
    }

    /// Whether it was in a block once and is in none now, be it back in the mempool.
    pub const fn is_missing(&self) -> bool {
        self.mined_at.is_some() && !matches!(self.place, Place::Block(_))
    }

    /// Whether it is or was credited, in whatever round.
    pub const fn was_credited(&self) -> bool {
        self.credited || self.round > 0
    }

    /// The block it is in, if any.
    pub const fn block(&self) -> Option<BlockRef> {
        match self.place {
            Place::Block(block) => Some(block),
            Place::Mempool { .. } | Place::Gone => None,
        }
    }

    /// Confirmations at `tip` (none: nothing scanned yet); 0 while it is in no block.
    pub fn confirmations(&self, tip: Option<&Tip>) -> u64 {
        self.block().zip(tip).map_or(0, |(block, tip)| tip.confirmations(block.height))
    }

    pub(super) fn first_seen(id: PaymentId, amount: Money, at: Timestamp) -> Payment {
        let place = Place::Gone;
        Payment { id, amount, time: at, place, mined_at: None, credited: false, round: 0 }
    }

    pub(super) fn enter(&mut self, block: BlockRef, amount: Money, at: Timestamp) {
        // A token transfer's amount can differ when the transaction runs again in another block.
        self.amount = amount;
        self.time = self.time.min(block.time);
        let mined_at = block.time.min(at);
        self.mined_at = Some(self.mined_at.map_or(mined_at, |before| before.min(mined_at)));
        self.place = Place::Block(block);
    }

    pub(super) fn revert(&mut self) {
        self.place = Place::Gone;
        self.credited = false;
        self.round = self.round.saturating_add(1);
    }
}
