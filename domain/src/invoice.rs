//! Invoices: what was agreed, what the chain says, and what follows from both.
//!
//! [`decide`] may refuse and changes nothing; [`Invoice::apply`] never refuses; [`standing`] tells
//! the status from the state alone. Everything else here is a part of one of the three.

mod command;
mod decide;
mod fact;
mod figures;
mod open;
mod payment;
mod policy;
mod refusal;
mod state;
mod status;
#[cfg(test)]
pub(crate) mod story;
mod telling;

pub use command::{Command, Observation};
pub use decide::{Decision, decide, open};
pub use fact::{InvoiceFact, Opened};
pub use figures::Figures;
pub use open::{Ask, Deposit, agree};
pub use payment::{Payment, Place};
pub use policy::{InvoicePolicy, NetworkTerms};
pub use refusal::Refusal;
pub use state::{Ending, Invoice};
pub use status::{Detail, Standing, Status, standing};

use crate::time::Span;

/// A payment first seen this long after expiry is still in time.
pub const GRACE: Span = Span::from_minutes(15);
/// An in-time payment must be in a block this long after expiry at the latest.
pub const MINING_TIME: Span = Span::from_hours(24);
