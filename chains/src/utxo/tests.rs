//! Bitcoin and Litecoin nodes: their recorded answers, and a stub that misbehaves.

mod failover;
mod misbehaviour;
mod pool;
mod pushes;
mod recorded;

use super::*;
use crate::adapter::{Block, Chain, ChainError, Transfer};
use crate::chain_name::ChainName;
use crate::provider::stub::{Reply, StubNode};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use std::time::Duration;

const TIME_LIMIT: Duration = Duration::from_millis(500);

fn chain_of(network: Network, nodes: &[&StubNode]) -> UtxoChain {
    let urls: Vec<String> = nodes.iter().map(|node| node.url()).collect();
    UtxoChain::new(network, ChainName::Regtest, &urls, TIME_LIMIT).unwrap()
}

/// A recorded answer of a real node.
fn recorded(name: &str) -> String {
    let path = format!("{}/src/utxo/recorded/{name}.json", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(path).unwrap()
}

/// The `result` of a recorded answer.
fn result_of(name: &str) -> serde_json::Value {
    let answer: serde_json::Value = serde_json::from_str(&recorded(name)).unwrap();
    answer["result"].clone()
}

fn hash(text: &str) -> Hash32 {
    Hash32::from_hex(text).unwrap()
}
