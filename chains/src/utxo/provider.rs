//! One node: is it the right chain, and the questions that are put to it.

use super::genesis;
use super::health::Health;
use super::parse::{self, Parsed};
use super::rpc::{NOT_FOUND, OUT_OF_RANGE, Rpc};
use crate::adapter::{Block, ChainError, Head, Transfer};
use crate::chain_name::ChainName;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// How often a block is asked for again when reorganisations take it away meanwhile.
const STALE_ATTEMPTS_MAX: u32 = 5;
/// Answers larger than this are read on a thread of their own, so that nobody waits for it.
const INLINE_BYTES_MAX: usize = 256 * 1024;

/// Why the configured nodes cannot be used. Never shows the URL: it may hold a password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProviderError {
    /// No node is named.
    #[error("no node is named; give at least one URL in rpc")]
    None,
    /// Not a URL of the form `http://user:password@host:port`.
    #[error("an entry of rpc is no URL like http://user:password@127.0.0.1:8332")]
    NotAUrl,
    /// The network is not read this way.
    #[error("{0} is not a network of this kind")]
    OtherNetwork(Network),
    /// The HTTP client could not be made.
    #[error("no HTTP client: {0}")]
    Client(String),
}

/// One node of one chain.
pub(super) struct Provider {
    network: Network,
    chain: ChainName,
    rpc: Rpc,
    /// Set once its first block was seen to be the right one; nothing is believed before.
    identified: AtomicBool,
    health: Arc<Health>,
}

#[derive(Deserialize)]
struct ToldChain {
    blocks: u64,
    headers: u64,
    bestblockhash: String,
    #[serde(default)]
    initialblockdownload: bool,
}

impl Provider {
    pub(super) fn new(
        network: Network,
        chain: ChainName,
        url: &str,
        time_limit: Duration,
    ) -> Result<Provider, ProviderError> {
        let health = Arc::new(Health::default());
        let rpc = Rpc::new(url, time_limit, Arc::clone(&health))?;
        Ok(Provider { network, chain, rpc, identified: AtomicBool::new(false), health })
    }

    pub(super) fn name(&self) -> &str {
        self.rpc.name()
    }

    pub(super) fn health(&self) -> &Health {
        &self.health
    }

    /// Checks the node's first block, once.
    pub(super) async fn identify(&self) -> Result<(), ChainError> {
        if self.identified.load(Ordering::Acquire) {
            return Ok(());
        }
        let first = self.rpc.call("getblockhash", json!([0]), &[]).await?;
        let first = self.text(first.ok().as_deref())?;
        if !genesis::hashes(self.network, self.chain).contains(&first.as_str()) {
            return Err(self.misconfigured(&first));
        }
        self.identified.store(true, Ordering::Release);
        Ok(())
    }

    fn misconfigured(&self, first: &str) -> ChainError {
        let (network, chain) = (self.network, self.chain);
        let found = match genesis::name_of(first) {
            Some((network, chain)) => format!("it is on {network} {chain}"),
            None => format!("its first block is {first}, a chain unknown here"),
        };
        let detail = format!("{network} {chain} is configured, {found}");
        ChainError::Misconfigured { provider: self.name().to_owned(), detail }
    }

    /// The best block. A node that still downloads the chain is not ready; on regtest, where blocks
    /// are as old as one likes, it never knows that it has finished.
    pub(super) async fn head(&self) -> Result<Head, ChainError> {
        self.identify().await?;
        let told = self.rpc.call("getblockchaininfo", json!([]), &[]).await?;
        let told = self.shape::<ToldChain>(told.ok().as_deref())?;
        if told.initialblockdownload && self.chain != ChainName::Regtest {
            let provider = self.name().to_owned();
            let detail =
                format!("it still downloads the chain: {} of {} blocks", told.blocks, told.headers);
            return Err(ChainError::NotReady { provider, detail });
        }
        let hash = parse::hash_of(&told.bestblockhash).map_err(|why| self.rpc.nonsense(why))?;
        self.health.told_height(told.blocks);
        Ok(Head { height: told.blocks, hash, solid_height: None })
    }

    pub(super) async fn hash_at(&self, height: u64) -> Result<Option<Hash32>, ChainError> {
        self.identify().await?;
        let told = self.rpc.call("getblockhash", json!([height]), &[OUT_OF_RANGE]).await?;
        let Ok(told) = told else { return Ok(None) };
        let text = self.text(Some(&told))?;
        parse::hash_of(&text).map(Some).map_err(|why| self.rpc.nonsense(why))
    }

    pub(super) async fn block_at(&self, height: u64) -> Result<Option<Block>, ChainError> {
        for _ in 0..STALE_ATTEMPTS_MAX {
            let Some(hash) = self.hash_at(height).await? else { return Ok(None) };
            // Between the two questions the chain may turn to another block at this height.
            if let Parsed::Block(block) = self.block(height, hash).await? {
                return Ok(Some(block));
            }
        }
        let detail = format!("block {height} changed {STALE_ATTEMPTS_MAX} times while it was read");
        Err(self.rpc.nonsense(detail))
    }

    async fn block(&self, height: u64, hash: Hash32) -> Result<Parsed, ChainError> {
        let params = json!([hash.to_string(), 2]);
        let told = self.rpc.call("getblock", params, &[NOT_FOUND]).await?;
        let Ok(told) = told else { return Ok(Parsed::Stale) };
        let network = self.network;
        let parsed = if told.get().len() <= INLINE_BYTES_MAX {
            parse::block(network, height, hash, told.get())
        } else {
            let parsing = move || parse::block(network, height, hash, told.get());
            let parsed = tokio::task::spawn_blocking(parsing).await;
            parsed.unwrap_or_else(|error| Err(format!("block {height} could not be read: {error}")))
        };
        parsed.map_err(|why| self.rpc.nonsense(why))
    }

    /// The ids of all transactions in the mempool.
    pub(super) async fn mempool(&self) -> Result<Vec<Hash32>, ChainError> {
        self.identify().await?;
        let told = self.rpc.call("getrawmempool", json!([]), &[]).await?;
        let texts = self.shape::<Vec<String>>(told.ok().as_deref())?;
        let hashes: Result<Vec<Hash32>, String> =
            texts.iter().map(|text| parse::hash_of(text)).collect();
        hashes.map_err(|why| self.rpc.nonsense(why))
    }

    /// The transfers of waiting transactions; `None` for each that waits no longer.
    pub(super) async fn transactions(
        &self,
        txids: &[Hash32],
    ) -> Result<Vec<Option<Vec<Transfer>>>, ChainError> {
        self.identify().await?;
        let params: Vec<Value> = txids.iter().map(|txid| json!([txid.to_string(), true])).collect();
        let told = self.rpc.batch("getrawtransaction", &params, &[NOT_FOUND]).await?;
        let read = txids.iter().zip(told).map(|(txid, told)| {
            let Ok(told) = told else { return Ok(None) };
            parse::transaction(self.network, *txid, told.get()).map(Some)
        });
        read.collect::<Result<Vec<_>, String>>().map_err(|why| self.rpc.nonsense(why))
    }

    fn text(&self, told: Option<&RawValue>) -> Result<String, ChainError> {
        self.shape::<String>(told)
    }

    fn shape<T: for<'a> Deserialize<'a>>(&self, told: Option<&RawValue>) -> Result<T, ChainError> {
        let told = told.ok_or_else(|| self.rpc.nonsense("no result".to_owned()))?;
        serde_json::from_str(told.get()).map_err(|error| self.rpc.nonsense(error.to_string()))
    }
}
