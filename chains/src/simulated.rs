//! Simulated networks: a little chain for each of the five, honest in what it does.
//!
//! It is the sandbox, and in tests the adversary. Blocks have parents and times, transactions have
//! several outputs or logs, a mempool waits, forks replace blocks, coins are spent twice; ids and
//! addresses have the real format. The node only keeps a chain: confirmations, matching and credit
//! are nobody's business here, and [`SimulatedChain`] reads it through [`rpc`] as it would any node.
//!
//! A change is a [`record`], durable in a [`ChainStore`] before anybody can see it; the state is the
//! replay of the records, so a kill at any instant loses nothing that was seen. Nothing moves on its
//! own: no block passes while nobody mines.
//!
//! | part | for |
//! |---|---|
//! | [`node`] | the node: faucet, mining, reorganisations |
//! | [`chain`] | its state: blocks, mempool, who has what |
//! | [`transaction`], [`block`] | what is in it, and their ids |
//! | [`record`], [`store`] | what is kept, and where |
//! | [`rpc`], [`faults`] | what a client may ask, and how the answers go wrong |
//! | [`adapter`] | the [`crate::adapter::Chain`] that reads it |

pub mod adapter;
pub mod block;
pub mod chain;
pub mod faults;
pub mod node;
pub mod record;
pub mod rpc;
pub mod store;
pub mod transaction;

#[cfg(test)]
mod tests;

pub use adapter::SimulatedChain;
pub use faults::Fault;
pub use node::{Birth, NodeError, SimulatedNode};
pub use record::{PayStyle, ReorgStyle};
pub use store::{ChainStore, MemoryStore};

use crate::address::{Address, AddressError};
use crate::chain_name::ChainName;
use cryptopayment_domain::network::Network;

/// The chain id of simulated Ethereum and BSC: one that no real chain of value has, so that a
/// wallet reading the QR code of a sandbox sends nothing.
pub const CHAIN_ID: u64 = 31_337;

/// The token whose transfers are money on a simulated network; `None` where the coin itself is.
///
/// # Errors
/// None: the addresses are constants, checked by a test.
pub fn token(network: Network) -> Result<Option<Address>, AddressError> {
    let text = match network {
        Network::Btc | Network::Ltc | Network::Eth => return Ok(None),
        Network::Trc20 => "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t",
        Network::Bep20 => "0x55d398326f99059fF775485246999027B3197955",
    };
    Address::parse(network, ChainName::Main, text).map(Some)
}
