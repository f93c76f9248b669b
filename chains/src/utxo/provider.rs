//! One node: is it the right chain, and the questions that are put to it.

use super::genesis;
use super::parse::{self, Parsed};
use crate::adapter::{Block, ChainError, Head, WaitingTransaction};
use crate::chain_name::ChainName;
use crate::provider::{
    Health, Meaning, NO_SUCH_METHOD, Node, NodeError, ProviderError, Rpc, Sentences,
};
use async_trait::async_trait;
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

/// "Block height out of range", "Invalid parameter".
const OUT_OF_RANGE: i64 = -8;
/// "No such mempool transaction", "Block not found".
const NOT_FOUND: i64 = -5;
/// "Loading block index…": the node has started a moment ago.
const WARMING_UP: i64 = -28;

/// Where Bitcoin's and Litecoin's nodes decide whom they answer.
const SENTENCES: Sentences = Sentences {
    unauthorised: "compare with rpcuser, rpcpassword or rpcauth of the node",
    forbidden: "see rpcallowip of the node",
};

fn meaning(error: &NodeError) -> Meaning {
    match error.code {
        WARMING_UP => Meaning::NotReady,
        NO_SUCH_METHOD => Meaning::RefusedBecause("is this a Bitcoin or Litecoin node?"),
        _ => Meaning::Refused,
    }
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

/// A header comes a moment before its block; a node that knows of more blocks than this lacks them.
const HEADERS_AHEAD_MAX: u64 = 2;

#[derive(Deserialize)]
struct ToldChain {
    blocks: u64,
    headers: u64,
    bestblockhash: String,
    #[serde(default)]
    initialblockdownload: bool,
}

#[derive(Deserialize)]
struct ToldPool {
    /// Nodes that do not say so have loaded it before they answer anything.
    #[serde(default = "yes")]
    loaded: bool,
}

const fn yes() -> bool {
    true
}

/// The list of a node's mempool.
pub(super) struct PoolList {
    pub(super) txids: Vec<Hash32>,
    pub(super) head: Hash32,
    pub(super) is_whole: bool,
    /// Since when the node runs, where it says so.
    pub(super) uptime: Option<Duration>,
}

/// What became of the question for one waiting transaction.
pub(super) enum Read {
    /// Here it is.
    Told(WaitingTransaction),
    /// It waits no longer: mined, replaced or evicted since the list was made.
    Gone,
    /// The node could not tell it, for this reason.
    Refused(String),
}

#[async_trait]
impl Node for Provider {
    fn name(&self) -> &str {
        self.rpc.name()
    }

    fn health(&self) -> &Health {
        &self.health
    }

    /// Checks the node's first block, once.
    async fn identify(&self) -> Result<(), ChainError> {
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

    /// The best block. A node that still downloads the chain is not ready, be it all of it or what
    /// came while it was off: what it does not have yet would look unpaid. On regtest, where blocks
    /// are as old as one likes, it never knows that it has finished.
    async fn head(&self) -> Result<Head, ChainError> {
        self.identify().await?;
        let told = self.rpc.call("getblockchaininfo", json!([]), &[]).await?;
        let told = self.shape::<ToldChain>(told.ok().as_deref())?;
        let lacks = told.headers.saturating_sub(told.blocks);
        let downloads = told.initialblockdownload || lacks > HEADERS_AHEAD_MAX;
        if downloads && self.chain != ChainName::Regtest {
            let provider = self.name().to_owned();
            let detail =
                format!("it still downloads the chain: {} of {} blocks", told.blocks, told.headers);
            return Err(ChainError::NotReady { provider, detail });
        }
        let hash = parse::hash_of(&told.bestblockhash).map_err(|why| self.rpc.nonsense(why))?;
        self.health.told_height(told.blocks);
        Ok(Head { height: told.blocks, hash, solid_height: None })
    }
}

impl Provider {
    pub(super) fn new(
        network: Network,
        chain: ChainName,
        url: &str,
        time_limit: Duration,
    ) -> Result<Provider, ProviderError> {
        let health = Arc::new(Health::default());
        let rpc = Rpc::new(url, time_limit, SENTENCES, meaning, Arc::clone(&health))?;
        Ok(Provider { network, chain, rpc, identified: AtomicBool::new(false), health })
    }

    /// How often it did not answer.
    pub(super) fn outages(&self) -> u64 {
        self.health.outages()
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

    /// The list of the mempool, with what tells whose word it is. One request: the node answers in
    /// this order, so that a pool it calls loaded was so before the list was made, and a block that
    /// took something out of the list is in its chain when it names the best one.
    pub(super) async fn pool(&self) -> Result<PoolList, ChainError> {
        self.identify().await?;
        let calls = ["getmempoolinfo", "uptime", "getrawmempool", "getbestblockhash"];
        let calls = calls.map(|method| (method, json!([])));
        let replies = self.rpc.batch(&calls).await?;
        let mut answers = Vec::with_capacity(calls.len());
        for ((method, _), reply) in calls.iter().zip(replies) {
            // Some hosts know neither how full the pool is nor since when they are up.
            let may_lack = matches!(*method, "getmempoolinfo" | "uptime");
            let expected: &[i64] = if may_lack { &[NO_SUCH_METHOD] } else { &[] };
            answers.push(self.rpc.judge(method, reply, expected)?.ok());
        }
        let [info, uptime, list, head] = <[_; 4]>::try_from(answers)
            .map_err(|_| self.rpc.nonsense("it did not answer each call".to_owned()))?;
        let info = info.map(|info| self.shape::<ToldPool>(Some(&info))).transpose()?;
        let uptime_s = uptime.map(|uptime| self.shape::<u64>(Some(&uptime))).transpose()?;
        let list = list.ok_or_else(|| self.rpc.nonsense("no result".to_owned()))?;
        let txids = if list.get().len() <= INLINE_BYTES_MAX {
            parse::hashes(list.get())
        } else {
            let parsed = tokio::task::spawn_blocking(move || parse::hashes(list.get())).await;
            parsed.unwrap_or_else(|error| Err(format!("the mempool could not be read: {error}")))
        };
        let head = parse::hash_of(&self.text(head.as_deref())?);
        Ok(PoolList {
            txids: txids.map_err(|why| self.rpc.nonsense(why))?,
            head: head.map_err(|why| self.rpc.nonsense(why))?,
            is_whole: info.is_none_or(|info| info.loaded),
            uptime: uptime_s.map(Duration::from_secs),
        })
    }

    /// Waiting transactions, each told, gone, or kept back by the node for a reason of its own: the
    /// others are told all the same. Where the node makes no sense of many at once (an answer too
    /// large to be read), they are asked for in halves.
    pub(super) async fn transactions(&self, txids: &[Hash32]) -> Result<Vec<Read>, ChainError> {
        self.identify().await?;
        let mut read = Vec::with_capacity(txids.len());
        let mut rest = vec![txids];
        while let Some(some) = rest.pop() {
            match self.some_transactions(some).await {
                Ok(some) => read.extend(some),
                Err(ChainError::Nonsense { .. }) if some.len() > 1 => {
                    let (first, second) = some.split_at(some.len().div_ceil(2));
                    rest.extend([second, first]);
                }
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    async fn some_transactions(&self, txids: &[Hash32]) -> Result<Vec<Read>, ChainError> {
        const METHOD: &str = "getrawtransaction";
        let calls: Vec<(&str, Value)> =
            txids.iter().map(|txid| (METHOD, json!([txid.to_string(), true]))).collect();
        let replies = self.rpc.batch(&calls).await?;
        let read = txids.iter().zip(replies).map(|(txid, reply)| match reply.error_code() {
            Some(NOT_FOUND) => Ok(Read::Gone),
            // Not ready, or no such call at all: that is about the node, not the transaction.
            None | Some(WARMING_UP | NO_SUCH_METHOD) => {
                let told = self.rpc.judge(METHOD, reply, &[])?;
                let told = told.map_err(|error| self.rpc.nonsense(error.message))?;
                let waiting = parse::transaction(self.network, *txid, told.get());
                Ok(waiting.map_or_else(Read::Refused, Read::Told))
            }
            Some(code) => Ok(Read::Refused(format!("{METHOD} fails with code {code}"))),
        });
        read.collect()
    }

    fn text(&self, told: Option<&RawValue>) -> Result<String, ChainError> {
        self.shape::<String>(told)
    }

    fn shape<T: for<'a> Deserialize<'a>>(&self, told: Option<&RawValue>) -> Result<T, ChainError> {
        let told = told.ok_or_else(|| self.rpc.nonsense("no result".to_owned()))?;
        serde_json::from_str(told.get()).map_err(|error| self.rpc.nonsense(error.to_string()))
    }
}
