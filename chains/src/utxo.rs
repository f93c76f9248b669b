//! Bitcoin and Litecoin, read from a node's JSON-RPC (Bitcoin Core and Knots, Litecoin Core).
//!
//! Blocks come as JSON (`getblock HASH 2`), because Litecoin's MWEB blocks do not decode as
//! Bitcoin's; amounts are taken from their text, never through a float. Several nodes may be named:
//! one that errs or lags behind is passed over for the next.
//!
//! | part | for |
//! |---|---|
//! | [`adapter`] | the [`crate::adapter::Chain`] that watchers use |
//! | [`provider`] | one node: its address, credentials, identity, and the questions put to it |
//! | `rpc` | JSON-RPC over HTTP, and what its failures mean |
//! | `parse` | the node's JSON → blocks and transfers, exactly |
//! | [`genesis`] | which first block belongs to which chain |

pub mod adapter;
pub mod genesis;
mod health;
mod parse;
pub mod provider;
mod rpc;

#[cfg(test)]
mod tests;

pub use adapter::UtxoChain;
pub use provider::ProviderError;
