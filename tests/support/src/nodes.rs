//! Real nodes on regtest, and a door in front of one that misbehaves.
//!
//! [`Litecoind`](program::Program::Litecoind) and [`Bitcoind`](program::Program::Bitcoind) answer
//! the same RPC, so there is one [`Node`].

pub mod amount;
pub mod chain;
pub mod crowd;
pub mod door;
pub mod node;
pub mod program;
pub mod rpc;
pub mod wallet;

pub use door::{Door, Manners};
pub use node::{Node, free_address};
pub use program::Program;
pub use rpc::Rpc;
