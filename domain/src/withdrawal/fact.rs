//! What happens to a withdrawal, in the past tense.

use crate::id::{MerchantId, WithdrawalId};
use crate::money::Money;
use crate::time::Timestamp;
use crate::usd::Usd;

/// A fact of one withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WithdrawalFact {
    /// It was requested, and its amount held.
    Requested(Box<Requested>),
    /// The operator approved it: it waits to be handed over.
    Approved {
        /// Who did.
        by: String,
        /// Whether the merchant's endpoint is told.
        told: bool,
        /// When.
        at: Timestamp,
    },
    /// The operator rejected it: the money is available again.
    Rejected {
        /// Why, for the merchant.
        reason: String,
        /// When.
        at: Timestamp,
    },
    /// The merchant cancelled it: the money is available again.
    Cancelled {
        /// When.
        at: Timestamp,
    },
}

/// What was asked for, fixed for good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requested {
    /// The withdrawal.
    pub withdrawal: WithdrawalId,
    /// Whose money.
    pub merchant: MerchantId,
    /// What leaves the balance, fee included.
    pub amount: Money,
    /// What is kept of it for the network.
    pub fee: Money,
    /// Where it goes, as the network writes it.
    pub address: String,
    /// The canonical bytes of that address.
    pub address_bytes: Vec<u8>,
    /// What the amount was worth, rounded up to cents; none where there was no price.
    pub usd_value: Option<Usd>,
    /// Why a human decides; none where nobody needs to.
    pub review: Option<Review>,
    /// Whether the merchant's endpoint is told.
    pub told: bool,
    /// When.
    pub at: Timestamp,
}

/// Why a withdrawal waits for a human.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Review {
    /// It is worth more than the operator's bound.
    AboveLimit,
    /// With the others of the last 24 hours it is worth more than that.
    AboveLimitInADay,
    /// There was no price, so nobody knows what it is worth.
    NoPrice,
}

impl Review {
    /// Its name in lists.
    pub const fn name(self) -> &'static str {
        match self {
            Review::AboveLimit => "above_limit",
            Review::AboveLimitInADay => "above_limit_in_24h",
            Review::NoPrice => "no_price",
        }
    }
}

impl Requested {
    /// What arrives.
    pub fn net(&self) -> Money {
        // The fee was less than the amount when it was requested, and in the same coin.
        self.amount.minus_or_zero(self.fee).unwrap_or(Money::zero(self.amount.network()))
    }
}
