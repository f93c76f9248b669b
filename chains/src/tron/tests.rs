//! TRON nodes: answers in the shapes that java-tron's sources give them, and a stub that misbehaves.

mod chain;
mod failover;
mod misbehaviour;
mod reading;
mod refusals;

use super::*;
use crate::adapter::{Chain, ChainError};
use crate::address::Address;
use crate::chain_name::ChainName;
use crate::provider::stub::{Reply, StubNode};
use chain::FakeChain;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::time::Timestamp;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use zeroize::Zeroizing;

const USDT: &str = "TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t";
const TIME_LIMIT: Duration = Duration::from_millis(800);

/// The token's contract as logs name it.
const CONTRACT: &str = "a614f803b6fd780986a42c78ec9c7f77e6ded13c";
const TRANSFER: &str = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

fn settings(urls: Vec<String>) -> TronSettings {
    TronSettings {
        chain: ChainName::Regtest,
        rpc: urls,
        solidity_rpc: Vec::new(),
        api_key: None,
        token: Address::parse(Network::Trc20, ChainName::Main, USDT).unwrap(),
        time_limit: TIME_LIMIT,
        now: Arc::new(|| Timestamp::from_unix_ms(chain::TIME_MS)),
    }
}

fn chain_of(nodes: &[&StubNode]) -> TronChain {
    TronChain::new(settings(nodes.iter().map(|node| node.url()).collect())).unwrap()
}

/// The path that a request names, without its slash: `wallet/getblock`.
fn path_of(head: &str) -> &str {
    head.split(' ').nth(1).unwrap_or_default().trim_start_matches('/')
}

/// A node that shows `fake`, but for what `instead` says.
async fn node_showing(
    fake: FakeChain,
    instead: impl Fn(&str, &Value) -> Option<Reply> + Send + Sync + 'static,
) -> StubNode {
    StubNode::start(move |question, head| {
        let path = path_of(head);
        instead(path, question).unwrap_or_else(|| Reply::Body(fake.answer(path, question)))
    })
    .await
}

/// 32 bytes of a small number, as in a log.
fn word(units: u128) -> String {
    format!("{units:064x}")
}

/// An address of somebody, as 20 bytes.
fn somebody(mark: u8) -> String {
    format!("{mark:02x}").repeat(20)
}

/// A `Transfer` log of `contract`.
fn log(contract: &str, to: &str, data: &str) -> Value {
    let topic = |address: &str| format!("{}{address}", "0".repeat(24));
    json!({"address": contract, "topics": [TRANSFER, topic(&somebody(9)), topic(to)], "data": data})
}
