//! The operator's side: admins, payments set aside for a human, restored backups, and the freeze
//! that holds all withdrawals.
//!
//! - [`fact`](OperatorFact): what happened
//! - [`freeze`]: when withdrawals stand still, and who may let them go on
//! - [`restored`]: what follows from a backup that was put back

mod fact;
pub mod freeze;
pub mod restored;

pub use fact::{OperatorFact, SetAside};
pub use freeze::Freeze;
pub use restored::{Restored, SkippedAddresses};
