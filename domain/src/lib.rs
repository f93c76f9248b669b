//! The rules of the house: money, invoices, ledger, webhooks, merchants.
//!
//! No I/O, clock, randomness or async: time and chance are arguments. Everyone may call this
//! room; it calls nobody. Its parts:
//!
//! - [`money`], [`usd`], [`rate`]: amounts that travel with their coin, exact in and out
//! - [`network`], [`payment`], [`coin`]: what chains are and what they say, what has a price
//! - [`invoice`]: terms, payments, the status table
//! - [`ledger`]: accounts, balanced entries, reversals
//! - [`withdrawal`]: requests, review, what is held and given back
//! - [`webhook`]: events, payload, signatures, retries
//! - [`merchant`], [`operator`]: accounts of people
//! - [`fact`]: everything that can happen, for the journal
// Money: no silent overflow, no lossy cast, no float. Tests may count on their fingers.
#![cfg_attr(
    not(test),
    deny(clippy::arithmetic_side_effects, clippy::as_conversions, clippy::float_arithmetic)
)]

pub mod coin;
pub mod fact;
pub mod id;
pub mod invoice;
pub mod ledger;
pub mod merchant;
pub mod money;
pub mod network;
pub mod operator;
pub mod payment;
pub mod rate;
pub mod time;
pub mod usd;
pub mod webhook;
pub mod withdrawal;
