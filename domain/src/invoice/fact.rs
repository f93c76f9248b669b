//! What happens to an invoice, in the past tense.

use crate::id::{InvoiceId, MerchantId};
use crate::money::Money;
use crate::network::Network;
use crate::payment::{BlockRef, Hash32, PaymentId};
use crate::rate::Rate;
use crate::time::Timestamp;
use crate::usd::Usd;
use crate::webhook::EventKind;

/// What was agreed when the invoice was opened. Nothing here ever changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The invoice's own id.
    pub invoice: InvoiceId,
    /// Whose invoice it is.
    pub merchant: MerchantId,
    /// When it was opened.
    pub at: Timestamp,
    /// When it expires, once the chain has been scanned through that instant.
    pub expires_at: Timestamp,
    /// Where it is to be paid.
    pub network: Network,
    /// What the merchant asked for.
    pub amount_usd: Usd,
    /// What that is in the network's coin, rounded up.
    pub due: Money,
    /// How much less than `due` is still enough (and how much more is not yet too much).
    pub tolerance: Money,
    /// A payment of this or less moves no status by itself.
    pub dust: Money,
    /// The rate at which it was priced.
    pub rate: Rate,
    /// Confirmations after which a payment is credited.
    pub confirmations_required: u32,
    /// The deposit address as the customer sees it.
    pub address: String,
    /// The address in the chain's own bytes: a script (btc, ltc), 20 bytes (EVM), 21 (TRON).
    pub address_bytes: Vec<u8>,
    /// The address's index on its deposit branch; never used twice.
    pub address_index: u32,
    /// The merchant's own reference.
    pub order_id: Option<String>,
    /// The merchant's metadata, sealed with the merchant's data key; empty when none was given.
    pub metadata_sealed: Vec<u8>,
    /// Where the checkout sends the customer afterwards.
    pub success_url: Option<String>,
    /// Where the checkout sends a customer who gives up.
    pub cancel_url: Option<String>,
}

/// A fact of one invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvoiceFact {
    /// It was opened on these terms.
    Opened(Box<Opened>),
    /// A payment was seen in the mempool.
    PaymentSeen {
        /// Which payment.
        payment: PaymentId,
        /// How much it pays.
        amount: Money,
        /// When we first saw it.
        at: Timestamp,
    },
    /// A payment is in a block of the best chain.
    PaymentMined {
        /// Which payment.
        payment: PaymentId,
        /// How much it pays.
        amount: Money,
        /// The block it is in.
        block: BlockRef,
        /// When we saw it there.
        at: Timestamp,
    },
    /// The block a payment was in left the best chain before the payment was credited.
    PaymentUnmined {
        /// Which payment.
        payment: PaymentId,
        /// The block that left.
        block: Hash32,
        /// When we saw it.
        at: Timestamp,
    },
    /// A payment left the mempool without a block: replaced, evicted or double-spent.
    PaymentVanished {
        /// Which payment.
        payment: PaymentId,
        /// When we saw it.
        at: Timestamp,
    },
    /// A payment is deep enough; the ledger's credit lies in the same commit.
    PaymentConfirmed {
        /// Which payment.
        payment: PaymentId,
        /// 0 at first; one more each time it left the chain after having been deep.
        round: u32,
        /// When it was found deep.
        at: Timestamp,
    },
    /// The block of a credited payment left the best chain; the ledger is owed a reversal.
    PaymentReverted {
        /// Which payment.
        payment: PaymentId,
        /// The round in which it had been credited.
        round: u32,
        /// The block that left.
        block: Hash32,
        /// When we saw it.
        at: Timestamp,
    },
    /// The chain has been scanned through `expires_at`.
    TimeRanOut {
        /// The instant through which it was scanned.
        scanned_through: Timestamp,
    },
    /// The chain has been scanned through 24 h after `expires_at`: what is not mined is late.
    MiningTimeRanOut {
        /// The instant through which it was scanned.
        scanned_through: Timestamp,
    },
    /// It entered `confirming` for the first time.
    Detected {
        /// When.
        at: Timestamp,
    },
    /// It was confirmed, for good: deep in-time payments reach the amount less tolerance.
    Confirmed {
        /// When.
        at: Timestamp,
    },
    /// It entered `expired` for the first time.
    Expired {
        /// When.
        at: Timestamp,
    },
    /// The merchant cancelled it; nothing had been received.
    Cancelled {
        /// When.
        at: Timestamp,
    },
    /// An admin marked it paid.
    MarkedPaid {
        /// What the admin credits from the operator's capital (may be nothing).
        credit: Money,
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// An admin closed it.
    Closed {
        /// Why.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// The merchant is told of an event that it chose: never again of the same.
    Told {
        /// Which event.
        event: EventKind,
        /// About which payment; none where the event is the invoice's own.
        payment: Option<PaymentId>,
        /// When.
        at: Timestamp,
    },
}
