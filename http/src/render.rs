//! Answers, written straight into a string: money as exact number tokens, keys in their order.
//!
//! - [`invoice`]: one invoice, the seed document's keys first
//! - [`list`]: pages of them
//! - [`balances`], [`statement`]: what a merchant owns, and how it came to it
//! - [`withdrawal`]: one withdrawal, and pages of them
//! - [`rates`]: what coins are worth, in an invoice and by themselves
//! - [`shapes`]: the same as the document describes it

pub mod balances;
pub mod delivery;
pub mod invoice;
pub mod list;
pub mod rates;
pub mod shapes;
pub mod statement;
pub mod webhook;
pub mod withdrawal;
