//! Bitcoin and Litecoin, read from a node's JSON-RPC (Bitcoin Core and Knots, Litecoin Core).
//!
//! Blocks come as JSON (`getblock HASH 2`), because Litecoin's MWEB blocks do not decode as
//! Bitcoin's; amounts are taken from their text, never through a float. Several nodes may be named:
//! one that errs or lags behind is passed over for the next.
//!
//! | part | for |
//! |---|---|
//! | [`adapter`] | the [`crate::adapter::Chain`] that watchers use |
//! | `pool` | the mempool: one node's list, what of it is new, whose word it is |
//! | [`push`], `zmtp` | a node's ZMQ publisher: a hint to look at once |
//! | `provider` | one node: its identity, and the questions put to it |
//! | `parse` | the node's JSON → blocks and transfers, exactly |
//! | `seal` | header and Merkle root: what binds a block's transactions to its hash |
//! | [`genesis`] | which first block belongs to which chain |

pub mod adapter;
pub mod genesis;
mod parse;
mod pool;
mod provider;
pub mod push;
mod seal;
mod zmtp;

#[cfg(test)]
mod tests;

pub use crate::provider::ProviderError;
pub use adapter::UtxoChain;
pub use push::PushAddress;
