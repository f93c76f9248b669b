//! What happens to a merchant's money, in the past tense.

use crate::id::{InvoiceId, WithdrawalId};
use crate::money::Money;
use crate::network::Network;
use crate::payment::PaymentId;
use crate::time::Timestamp;
use crate::usd::Usd;

/// What a credit stands on: one payment, in one round of its life on the chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CreditKey {
    /// The on-chain payment.
    pub payment: PaymentId,
    /// 0 at first; one more each time the payment left the chain after having been deep.
    pub round: u32,
}

/// A fact of one merchant's ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LedgerFact {
    /// A payment became final and was credited. Written by the invoice: it only adds.
    Credited {
        /// What it stands on.
        key: CreditKey,
        /// The invoice that was paid.
        invoice: InvoiceId,
        /// How much.
        amount: Money,
        /// When.
        at: Timestamp,
    },
    /// A credited payment left the chain: the ledger owes a reversing entry. Written by the invoice.
    ReversalOwed {
        /// The credit to reverse.
        key: CreditKey,
        /// The invoice that had been paid.
        invoice: InvoiceId,
        /// How much had been credited.
        amount: Money,
        /// When it was found gone.
        at: Timestamp,
    },
    /// A credit was reversed; an obligation is settled. The balance may become negative.
    Reversed {
        /// The credit that is undone.
        key: CreditKey,
        /// The invoice that had been paid.
        invoice: InvoiceId,
        /// How much.
        amount: Money,
        /// When.
        at: Timestamp,
    },
    /// A reversal left a balance below zero: this merchant's withdrawals stand still.
    WithdrawalsFrozen {
        /// The coin whose balance is negative.
        network: Network,
        /// When.
        at: Timestamp,
    },
    /// An admin credited an invoice from the operator's capital. Written by the invoice.
    CapitalGranted {
        /// The invoice marked paid.
        invoice: InvoiceId,
        /// How much.
        amount: Money,
        /// When.
        at: Timestamp,
    },
    /// A withdrawal was requested: its amount is no longer available, and still the merchant's.
    Held {
        /// For which withdrawal.
        withdrawal: WithdrawalId,
        /// How much, fee included.
        amount: Money,
        /// What it was worth then; none where there was no price.
        usd_value: Option<Usd>,
        /// When.
        at: Timestamp,
    },
    /// A withdrawal will not happen: what was held for it is available again.
    Released {
        /// Of which withdrawal.
        withdrawal: WithdrawalId,
        /// How much had been held.
        amount: Money,
        /// Why.
        why: Release,
        /// What it was worth when it was requested.
        usd_value: Option<Usd>,
        /// When it had been requested.
        held_at: Timestamp,
        /// When.
        at: Timestamp,
    },
}

/// Why held money is available again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Release {
    /// The merchant cancelled the withdrawal.
    Cancelled,
    /// The operator rejected it.
    Rejected,
}
