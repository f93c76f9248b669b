//! The ledger: what is final, or reversed, in balanced entries.
//!
//! A fact that moves money has exactly one [`Entry`], made by [`entry_of`]; a merchant's balances
//! are the sum of the entries. What a merchant's ledger decides is in [`Ledger`].

mod account;
mod entry;
mod fact;
mod requested;
mod state;

pub use account::Account;
pub use entry::{Entry, Posting, Side, Unbalanced, entry_of};
pub use fact::{CreditKey, LedgerFact, Release};
pub use requested::Requested;
pub use state::{Balance, Ledger, Obligation};
