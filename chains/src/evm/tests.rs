//! Nodes of Ethereum's kind: what they tell of a block, in each way they have, and how they fail.

mod misbehaviour;
mod nodes;
mod payments;
mod world;

use super::*;
use crate::adapter::{Block, Chain, ChainError, Transfer};
use crate::address::Address;
use crate::chain_name::ChainName;
use crate::provider::ProviderError;
use crate::provider::stub::{Reply, StubNode};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use serde_json::{Value, json};
use std::time::Duration;
use world::{World, word};

const TIME_LIMIT: Duration = Duration::from_millis(500);
const TOKEN: &str = "0x55d398326f99059fF775485246999027B3197955";

fn settings(network: Network) -> EvmSettings {
    let token = || Address::parse(Network::Bep20, ChainName::Main, TOKEN).unwrap();
    let (chain_id, asset) = match network {
        Network::Bep20 => (56, Asset::Token(token())),
        Network::Btc | Network::Ltc | Network::Eth | Network::Trc20 => (1, Asset::Native),
    };
    EvmSettings { network, chain_id, asset }
}

fn chain_of(network: Network, nodes: &[&StubNode]) -> EvmAdapter {
    let urls: Vec<String> = nodes.iter().map(|node| node.url()).collect();
    EvmAdapter::new(settings(network), &urls, TIME_LIMIT).unwrap()
}

/// Who is paid, how much, under which index.
fn paid(block: &Block) -> Vec<(u8, u128, u32)> {
    let paid = |transfer: &Transfer| {
        (transfer.recipient[19], transfer.amount.units(), transfer.payment.index)
    };
    block.transfers.iter().map(paid).collect()
}
