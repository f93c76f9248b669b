//! Ethereum and its kin, read from a node's JSON-RPC (geth, reth, Erigon, Nethermind, BSC's geth).
//!
//! One adapter, two things to watch for: the chain's own coin, which moves in transactions and from
//! inside contracts, or one token, which moves by its contract's Transfer logs. Which chain and which
//! token is configuration. Everything of a block is bound to its hash; a block that a node does not
//! tell wholly is an error.
//!
//! | part | for |
//! |---|---|
//! | [`adapter`] | the [`crate::adapter::Chain`] that watchers use |
//! | [`asset`] | which chain, and what of it is money to us |
//! | `node` | one node: its identity, what it offers, and the questions put to it |
//! | `offers` | what one node offers of the ways to read a block |
//! | `block` | the header, and the transactions' own transfers |
//! | `receipts`, `logs`, `bloom` | what became of transactions; a token's transfers |
//! | `traces` | ether that moves inside contracts, as either kind of node tells it |
//! | `read` | hexadecimal quantities, hashes and addresses, exactly |

pub mod adapter;
pub mod asset;
mod block;
mod bloom;
mod logs;
mod node;
mod offers;
mod read;
mod receipts;
mod traces;

#[cfg(test)]
mod tests;

pub use adapter::EvmAdapter;
pub use asset::{Asset, EvmSettings};
