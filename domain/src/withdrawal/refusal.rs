//! Why a withdrawal is refused: one exact reason per rule, in the order in which they are checked.

use super::request::Ours;
use super::state::Status;
use crate::money::Money;
use crate::network::Network;

/// A request or command that is refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The text is no address of this coin's network.
    #[error("address is no {network} address to pay to: {why}")]
    InvalidAddress {
        /// Which network.
        network: Network,
        /// What is wrong, for people.
        why: String,
    },
    /// Less than the minimum.
    #[error("amount must be at least {minimum} {coin}, of which the network fee is {fee}", coin = .minimum.network().coin())]
    BelowMinimum {
        /// The minimum, fee included.
        minimum: Money,
        /// The fee.
        fee: Money,
    },
    /// An address that must not be paid to.
    #[error("address must be a wallet of your own: this one is {0}")]
    OwnAddress(Ours),
    /// A reversed payment has left a balance below zero.
    #[error(
        "withdrawals stand still: a reversed payment has left the {key} balance below zero; they go on when new payments have made up for it",
        key = .0.balance_key()
    )]
    Frozen(Network),
    /// The operator has stopped all withdrawals.
    #[error(
        "withdrawals stand still on this gateway at the moment, until the operator lifts the freeze"
    )]
    FrozenByOperator,
    /// Not on the merchant's list.
    #[error("this address is not on your list of allowed addresses; ask the operator to add it")]
    AddressNotAllowed,
    /// More than is available.
    #[error("the available balance is {available}, less than the {amount} asked for")]
    InsufficientBalance {
        /// What is available, as wire text.
        available: String,
        /// What was asked for.
        amount: Money,
    },
    /// Only what has not been handed over can be cancelled.
    #[error("only a pending_review or approved withdrawal can be cancelled; this one is {0}")]
    NotCancellable(Status),
    /// Only what waits for review can be approved.
    #[error("only a withdrawal in pending_review can be approved; this one is {0}")]
    NotApprovable(Status),
    /// Only what has not been handed over can be rejected.
    #[error("only a pending_review or approved withdrawal can be rejected; this one is {0}")]
    NotRejectable(Status),
}
