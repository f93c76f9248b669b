//! Bitcoin or Litecoin as a watcher sees it: one of several nodes, the next when it fails or lags.

use super::pool::Pool;
use super::provider::Provider;
use super::push::{self, PushAddress};
use crate::adapter::{Block, Chain, ChainError, Head, Mempool, ProviderHealth};
use crate::chain_name::ChainName;
use crate::provider::{Nodes, ProviderError};
use async_trait::async_trait;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use std::time::Duration;
use tokio::sync::watch;

/// A Bitcoin or Litecoin chain behind one or more nodes.
pub struct UtxoChain {
    network: Network,
    nodes: Nodes<Provider>,
    pool: Pool,
    push: Option<PushAddress>,
}

impl UtxoChain {
    /// Reads `chain` of `network` from the nodes at `urls` (`http://user:password@host:port`), in
    /// this order of preference. One call to one node takes `time_limit` at most.
    ///
    /// # Errors
    /// [`ProviderError`]; nothing is asked yet.
    pub fn new(
        network: Network,
        chain: ChainName,
        urls: &[String],
        time_limit: Duration,
    ) -> Result<UtxoChain, ProviderError> {
        match network {
            Network::Btc | Network::Ltc => (),
            Network::Eth | Network::Trc20 | Network::Bep20 => {
                return Err(ProviderError::OtherNetwork(network));
            }
        }
        let providers = urls.iter().map(|url| Provider::new(network, chain, url, time_limit));
        let nodes = Nodes::new(network, providers.collect::<Result<_, _>>()?)?;
        Ok(UtxoChain { network, nodes, pool: Pool::new(network), push: None })
    }

    /// The same, told by a node's ZMQ publisher when there is something to see.
    #[must_use]
    pub fn with_push(self, push: Option<PushAddress>) -> UtxoChain {
        UtxoChain { push, ..self }
    }
}

#[async_trait]
impl Chain for UtxoChain {
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
        self.nodes.ask(|_, provider| Box::pin(provider.hash_at(height))).await
    }

    async fn block_at(&self, height: u64) -> Result<Option<Block>, ChainError> {
        self.nodes.ask(|_, provider| Box::pin(provider.block_at(height))).await
    }

    async fn mempool(&self) -> Result<Mempool, ChainError> {
        let is_alone = self.nodes.is_single();
        self.nodes.ask(|place, provider| Box::pin(self.pool.of(place, provider, is_alone))).await
    }

    fn tell_mempool_anew(&self) {
        self.pool.tell_anew();
    }

    fn pushes(&self) -> Option<watch::Receiver<u64>> {
        self.push.as_ref().map(|address| push::listen(self.network, address.clone()))
    }

    fn providers(&self) -> Vec<ProviderHealth> {
        self.nodes.reports()
    }
}
