//! Why an invoice's command is refused: one exact reason per rule.

use super::status::Status;
use crate::usd::Usd;
use rust_decimal::Decimal;

/// A command that an invoice refuses. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Less than the operator's minimum is asked for.
    #[error("amount_usd must be at least {minimum}; you sent {got}")]
    AmountTooSmall {
        /// The operator's minimum.
        minimum: Usd,
        /// What was sent.
        got: Decimal,
    },
    /// More than the operator's maximum is asked for.
    #[error("amount_usd must be at most {maximum}; you sent {got}")]
    AmountTooLarge {
        /// The operator's maximum.
        maximum: Usd,
        /// What was sent.
        got: Decimal,
    },
    /// The lifetime asked for is out of bounds.
    #[error("expires_in must be between {min_s} and {max_s} seconds")]
    InvalidExpiresIn {
        /// The least, in seconds.
        min_s: u64,
        /// The most, in seconds.
        max_s: u64,
    },
    /// The amount cannot be priced at the present rate.
    #[error("this amount cannot be priced now; try again later or choose another network")]
    NoQuote,
    /// Only a pending invoice on which nothing was received can be cancelled.
    #[error("only a pending invoice that has received nothing can be cancelled; this one is {0}")]
    NotCancellable(Status),
    /// Only an invoice that is not yet confirmed can be marked paid.
    #[error("the invoice is confirmed already")]
    AlreadyConfirmed,
    /// Only a pending or confirming invoice can be closed.
    #[error("only a pending or confirming invoice can be closed; this one is {0}")]
    NotClosable(Status),
    /// The credit named is in another coin than the invoice.
    #[error("the credit must be in the invoice's own coin")]
    OtherCoin,
}
