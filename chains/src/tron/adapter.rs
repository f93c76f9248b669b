//! USDT on TRON as a watcher sees it: one of several nodes, the next when it fails or lags.

use super::node::{Identity, TronNode};
use super::token::Token;
use crate::adapter::{Block, Chain, ChainError, Head, Mempool, ProviderHealth};
use crate::address::Address;
use crate::chain_name::ChainName;
use crate::provider::{Nodes, ProviderError};
use async_trait::async_trait;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::time::Timestamp;
use std::sync::{Arc, OnceLock};
use std::time::Duration;
use zeroize::Zeroizing;

/// What time it is: whether a node's newest block is new is a question of the clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// How TRON is read.
pub struct TronSettings {
    /// Which chain.
    pub chain: ChainName,
    /// The nodes' full API (`http://127.0.0.1:8090`), in the order of preference.
    pub rpc: Vec<String>,
    /// Their solidified view (`http://127.0.0.1:8091`), one for each in the same order; empty where
    /// the same servers show it, as hosted nodes do.
    pub solidity_rpc: Vec<String>,
    /// The key of a hosted node, sent over https and to this machine itself only.
    pub api_key: Option<Zeroizing<String>>,
    /// The token's contract.
    pub token: Address,
    /// How long one call to one node may take.
    pub time_limit: Duration,
    /// What time it is.
    pub now: Clock,
}

/// Why the configured nodes cannot be used. Never shows a URL or a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TronError {
    /// A full API cannot be used.
    #[error("rpc: {0}")]
    Rpc(ProviderError),
    /// A solidified view cannot be used.
    #[error("solidity_rpc: {0}")]
    SolidityRpc(ProviderError),
    /// The lists do not fit together.
    #[error(
        "solidity_rpc names {solidity_rpc} servers and rpc {rpc}; name one for each node in the \
         same order, or none where the same servers show the solidified view"
    )]
    Uneven {
        /// Full APIs.
        rpc: usize,
        /// Solidified views.
        solidity_rpc: usize,
    },
    /// The token is no address of TRON.
    #[error("token is no contract of TRON")]
    Token,
}

/// USDT on TRON behind one or more nodes.
pub struct TronChain {
    nodes: Nodes<TronNode>,
}

impl TronChain {
    /// Reads the chain from the nodes of `settings`.
    ///
    /// # Errors
    /// [`TronError`]; nothing is asked yet.
    pub fn new(settings: TronSettings) -> Result<TronChain, TronError> {
        let (rpc, solidity_rpc) = (settings.rpc.len(), settings.solidity_rpc.len());
        if solidity_rpc != 0 && solidity_rpc != rpc {
            return Err(TronError::Uneven { rpc, solidity_rpc });
        }
        let token = Token::at(settings.token.clone()).ok_or(TronError::Token)?;
        let identity = Identity { chain: settings.chain, token, first: OnceLock::new() };
        let identity = Arc::new(identity);
        let nodes = (0..rpc).map(|place| TronNode::new(&settings, place, &identity));
        let nodes = Nodes::new(Network::Trc20, nodes.collect::<Result<_, _>>()?);
        Ok(TronChain { nodes: nodes.map_err(TronError::Rpc)? })
    }
}

#[async_trait]
impl Chain for TronChain {
    fn network(&self) -> Network {
        Network::Trc20
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

    async fn is_solid(&self, height: u64, hash: Hash32) -> Result<bool, ChainError> {
        self.nodes.ask(|_, node| Box::pin(node.is_solid(height, hash))).await
    }

    /// What waits is not looked at: a node shows as waiting what may fail, and a payment is in a
    /// block within seconds.
    async fn mempool(&self) -> Result<Mempool, ChainError> {
        Ok(Mempool::none())
    }

    fn providers(&self) -> Vec<ProviderHealth> {
        self.nodes.reports()
    }
}
