//! What an invoice is told: sightings, growth, time, and the wishes of humans.

use crate::money::Money;
use crate::payment::{BlockRef, Hash32, PaymentId, Tip};
use crate::time::Timestamp;

/// What an invoice is told to do or to take note of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The watcher saw something of one payment to this invoice's address.
    Observe {
        /// Which payment.
        payment: PaymentId,
        /// What of it.
        observation: Observation,
        /// How far the chain has been scanned: this payment may be deep already. About the
        /// invoice's other payments a sighting says nothing: while a reorganisation is being
        /// told, their blocks may have left the very chain this tip belongs to.
        tip: Tip,
    },
    /// The chain grew, and all that was in it and all that has left it was told: payments may be
    /// deep now.
    Deepen {
        /// How far it has been scanned.
        tip: Tip,
    },
    /// Everything that the chain and the mempool held at this instant has been taken in.
    ScannedThrough {
        /// That instant.
        instant: Timestamp,
    },
    /// The merchant cancels it.
    Cancel,
    /// An admin marks it paid.
    MarkPaid {
        /// What is credited from the operator's capital; may be nothing.
        credit: Money,
        /// Why.
        reason: String,
        /// The scanned tip, if there is one: only shown (the webhook's `confirmations`).
        tip: Option<Tip>,
    },
    /// An admin closes it.
    Close {
        /// Why.
        reason: String,
    },
}

impl Command {
    /// Its name, for the log.
    pub const fn name(&self) -> &'static str {
        match self {
            Command::Observe { .. } => "observe",
            Command::Deepen { .. } => "deepen",
            Command::ScannedThrough { .. } => "scanned_through",
            Command::Cancel => "cancel",
            Command::MarkPaid { .. } => "mark_paid",
            Command::Close { .. } => "close",
        }
    }
}

/// What a watcher sees of one payment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// It is in the mempool.
    Seen {
        /// How much it pays.
        amount: Money,
    },
    /// It is in a block of the best chain.
    Mined {
        /// How much it pays.
        amount: Money,
        /// Which block.
        block: BlockRef,
    },
    /// The block it was in has left the best chain.
    Unmined {
        /// That block.
        block: Hash32,
    },
    /// It has left the mempool and is in no block.
    Vanished,
}
