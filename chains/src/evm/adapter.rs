//! A chain of Ethereum's kind as a watcher sees it: one of several nodes, the next when it fails or lags.

use super::asset::{Asset, EvmSettings};
use super::node::EvmNode;
use crate::adapter::{Block, Chain, ChainError, Head, Mempool, ProviderHealth};
use crate::provider::{Nodes, ProviderError};
use async_trait::async_trait;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use std::sync::Arc;
use std::time::Duration;

/// Ethereum, BSC or another chain of their kind behind one or more nodes.
pub struct EvmAdapter {
    network: Network,
    nodes: Nodes<EvmNode>,
}

impl EvmAdapter {
    /// Reads what `settings` say from the nodes at `urls` (`http://user:password@host:port/path`),
    /// in this order of preference. One call to one node takes `time_limit` at most.
    ///
    /// # Errors
    /// [`ProviderError`]; nothing is asked yet.
    pub fn new(
        settings: EvmSettings,
        urls: &[String],
        time_limit: Duration,
    ) -> Result<EvmAdapter, ProviderError> {
        let network = settings.network;
        match (network, &settings.asset) {
            (Network::Eth, Asset::Native) | (Network::Bep20, Asset::Token(_)) => (),
            (Network::Btc | Network::Ltc | Network::Eth | Network::Trc20 | Network::Bep20, _) => {
                return Err(ProviderError::OtherNetwork(network));
            }
        }
        let settings = Arc::new(settings);
        let nodes = urls.iter().map(|url| EvmNode::new(&settings, url, time_limit));
        let nodes = Nodes::new(network, nodes.collect::<Result<_, _>>()?)?;
        Ok(EvmAdapter { network, nodes })
    }
}

#[async_trait]
impl Chain for EvmAdapter {
    fn network(&self) -> Network {
        self.network
    }

    async fn identify(&self) -> Result<(), ChainError> {
        self.nodes.identify().await
    }

    async fn head(&self) -> Result<Head, ChainError> {
        self.nodes.head().await
    }

    async fn hash_at(&self, height: u64) -> Result<Option<Hash32>, ChainError> {
        self.nodes.ask(|_, node| Box::pin(node.hash_at(height))).await
    }

    async fn block_at(&self, height: u64) -> Result<Option<Block>, ChainError> {
        self.nodes.ask(|_, node| Box::pin(node.block_at(height))).await
    }

    /// Nothing: what waits on these chains can be replaced at will, and no node tells all of it.
    async fn mempool(&self) -> Result<Mempool, ChainError> {
        Ok(Mempool::none())
    }

    fn providers(&self) -> Vec<ProviderHealth> {
        self.nodes.reports()
    }
}
