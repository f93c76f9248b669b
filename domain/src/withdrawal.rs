//! Withdrawals: what a merchant asks to be paid out, from the request to the hand-over.
//!
//! A request holds its whole amount, fee included, in the same commit; rejecting or cancelling
//! gives it back. What is approved waits to be handed over and paid; nothing here signs or sends.

mod command;
mod fact;
mod policy;
mod refusal;
mod request;
mod state;
mod telling;

#[cfg(test)]
mod laws;

pub use command::{Command, Decision, decide};
pub use fact::{Requested, Review, WithdrawalFact};
pub use policy::{WithdrawalPolicy, WithdrawalTerms};
pub use refusal::Refusal;
pub use request::{Ask, Destination, Ours, Rules, request, standstill};
pub use state::{Status, Withdrawal};
