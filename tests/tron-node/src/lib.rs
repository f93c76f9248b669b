//! A small TRON node for tests. TRON's own node cannot be installed here, so this one is written
//! from the specification of its blocks, interfaces and rules alone, and shares no code with the
//! gateway's adapter: its own protobuf, its own addresses, its own signatures (`k256`). `tronweb`
//! and `tronpy` judge it (`tests/clients`). What only a live node can show is listed in
//! `docs/operations.md`.
//!
//! ```no_run
//! # async fn story() -> cryptopayment_test_support::Told<()> {
//! use cryptopayment_tron_node::{Fault, Fork, Manner, TronNode};
//! let node = TronNode::start().await?;              // head 40, solid 22, the head's time is now
//! let (_full, _solid) = (node.full_url(), node.solidity_url()); // as ports 8090 and 8091
//! let (_token, _genesis) = (node.token(), node.genesis_id()); // TR7NHq…, the id of block 0
//! let txid = node.pay("TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH", 10_000_000)?; // in the pool
//! node.mine(1);                                     // in a block, three seconds later
//! node.reorganise(Fork { depth: 1, ..Fork::default() })?; // popped: waits in the pool again
//! node.mine(19);                                    // in a block again, and solid
//! node.break_down(Fault::once("gettransactioninfobyblocknum", Manner::WithoutLastInfo));
//! # let _ = txid; Ok(())
//! # }
//! ```
//!
//! | lever | does |
//! |---|---|
//! | [`TronNode::mine`], `mine_empty`, `mine_after`, `mine_until`, `silence` | blocks; slots missed; producers that are down (nine of them: nothing becomes solid) |
//! | [`TronNode::reorganise`] | switches to a longer branch; transactions wait, move, turn round or are dropped |
//! | [`TronNode::pay`], `pay_batch`, `pay_look_alike`, `pay_failing`, `send_trx`, `call`, `broadcast` | signed transactions into the pool |
//! | [`TronNode::fund`], `mint`, `token_rules`, `delegate_energy`, `hand_over`, `set_parameter`, `doom`, `hold` | what is known, changed without a transaction |
//! | [`TronNode::break_down`], `mend`, `set_up`, `go_down`, `come_back`, `require_key` | how the node treats requests |
//! | [`TronNode::beside`] | a second node on the same chain, with faults of its own |
//!
//! `/jsonrpc` is on [`TronNode::rpc_url`] and [`TronNode::solid_rpc_url`], as ports 8545 and 8555; its
//! index of logs can have a hole (`Setup::logs_indexed_from`).
//!
//! The same levers are served on [`TronNode::levers_url`], for clients in other languages.

mod address;
mod api;
mod block;
mod chain;
mod contract;
mod digest;
mod door;
mod execution;
mod fault;
mod json;
mod jsonrpc;
mod key;
mod levers;
mod meter;
mod node;
mod parameters;
mod paying;
mod producers;
mod protobuf;
mod receipt;
mod refusal;
mod state;
mod transaction;
#[cfg(test)]
mod vectors;
mod world;

pub use address::Address;
pub use api::Setup;
pub use chain::{Carry, Fork};
pub use contract::Token;
pub use fault::{Fault, Manner};
pub use key::Key;
pub use node::TronNode;
pub use receipt::Outcome;
pub use refusal::Refusal;
pub use world::{BATCHER, Failing, LOOK_ALIKE, USDT};
