//! USDT on TRON, read from java-tron's HTTP API (full node and solidified view, or a hosted node
//! that serves both).
//!
//! A block is read together with the infos of all its transactions, because only those tell what
//! happened: payments are the configured contract's `Transfer` logs of transactions that succeeded,
//! also of those that were sent to another contract. What is final, the solidified view says.
//! Several nodes may be named: one that errs or lags behind is passed over for the next.
//!
//! | part | for |
//! |---|---|
//! | [`adapter`] | the [`crate::adapter::Chain`] that watchers use |
//! | `node` | one node: its identity, whether it is up to date, and the questions put to it |
//! | `http` | the HTTP API of one server, and what its failures mean |
//! | `block` | a block's JSON, and everything about it that can be checked |
//! | `info` | receipts and logs → transfers |
//! | `token` | the contract and its decimals |
//! | `genesis` | which first block belongs to which chain |

pub mod adapter;
mod block;
mod genesis;
mod http;
mod info;
mod node;
mod token;

#[cfg(test)]
mod tests;

pub use adapter::{Clock, TronChain, TronError, TronSettings};
