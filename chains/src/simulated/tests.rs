//! What a watcher sees of the simulated networks, told through the adapter.

mod adversary;
mod payments;
mod persistence;
mod properties;
mod reorganisations;

use super::*;
use crate::adapter::{Block, Chain, Mempool, Transfer};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::time::{Span, Timestamp};
use std::sync::Arc;
use std::time::Duration;

/// Long enough for any honest answer, short enough to wait for a hanging one.
const TIME_LIMIT: Duration = Duration::from_millis(100);
const BIRTH: Birth = Birth { now: Timestamp::from_unix_s(1_700_000_000), salt: [7; 32] };
const NOW: Timestamp = Timestamp::from_unix_s(1_700_000_600);

/// A network, its node, and the adapter that reads it.
struct Bench {
    network: Network,
    node: SimulatedNode,
    chain: SimulatedChain,
    store: Arc<MemoryStore>,
}

impl Bench {
    fn of(network: Network) -> Bench {
        let store = Arc::new(MemoryStore::default());
        let node = SimulatedNode::open(network, store.clone(), BIRTH).unwrap();
        let chain = SimulatedChain::new(&node, TIME_LIMIT).unwrap();
        Bench { network, node, chain, store }
    }

    /// A customer's or merchant's address, one per number.
    fn address(&self, number: u8) -> Address {
        let prefix: &[u8] = match self.network {
            Network::Btc | Network::Ltc => &[0x00, 0x14],
            Network::Eth | Network::Bep20 => &[],
            Network::Trc20 => &[0x41],
        };
        let bytes = [prefix, &[number; 20]].concat();
        Address::from_bytes(self.network, ChainName::Regtest, &bytes).unwrap()
    }

    fn money(&self, units: u128) -> Money {
        Money::new(self.network, units).unwrap()
    }

    fn pay(&self, number: u8, units: u128) -> Hash32 {
        self.node.pay(&self.address(number), self.money(units)).unwrap()
    }

    fn pay_many(&self, payees: &[(u8, u128)], style: PayStyle) -> Hash32 {
        let payee = |(number, units): &(u8, u128)| (self.address(*number), self.money(*units));
        let payees: Vec<_> = payees.iter().map(payee).collect();
        self.node.pay_many(&payees, style).unwrap()
    }

    fn mine(&self, blocks: u32) -> u64 {
        self.node.mine(blocks, NOW).unwrap()
    }

    async fn block(&self, height: u64) -> Block {
        self.chain.block_at(height).await.unwrap().unwrap()
    }

    async fn tip(&self) -> Block {
        self.block(self.node.height()).await
    }

    /// Payee number, index and units of the transfers to numbered addresses, in order.
    fn to_payees(&self, transfers: &[Transfer]) -> Vec<(u8, u32, u128)> {
        let numbered = |transfer: &Transfer| {
            let number = *transfer.recipient.last().unwrap();
            (number, transfer.payment.index, transfer.amount.units())
        };
        let to_us =
            |one: &&Transfer| one.recipient == self.address(*one.recipient.last().unwrap()).bytes();
        transfers.iter().filter(to_us).map(numbered).collect()
    }

    /// [`Bench::to_payees`] of what is new in a mempool.
    fn waiting(&self, mempool: &Mempool) -> Vec<(u8, u32, u128)> {
        mempool.new.iter().flat_map(|waiting| self.to_payees(&waiting.transfers)).collect()
    }

    /// Every block's parent is the block before it, and none is older than its parent.
    async fn is_well_linked(&self) -> bool {
        let mut before: Option<Block> = None;
        for height in 0..=self.node.height() {
            let block = self.block(height).await;
            let fits = match &before {
                None => block.parent == Hash32([0; 32]),
                Some(before) => block.parent == before.at.hash && block.at.time >= before.at.time,
            };
            if !fits || block.at.height != height {
                return false;
            }
            before = Some(block);
        }
        true
    }
}
