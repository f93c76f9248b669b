//! Answers, written straight into a string: money as exact number tokens, keys in their order.
//!
//! - [`invoice`]: one invoice, the seed document's keys first
//! - [`list`]: pages of them
//! - [`balances`]: what a merchant owns

pub mod balances;
pub mod invoice;
pub mod list;
