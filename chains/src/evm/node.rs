//! One node: is it on the right chain, what it offers, and the questions that are put to it.

use super::asset::{Asset, EvmSettings};
use super::block::{self, Header};
use super::offers::{Logs, Offers, Receipts, Traces};
use super::{logs, read, receipts, traces};
use crate::adapter::{Block, ChainError, Head, Transfer};
use crate::address::Address;
use crate::provider::{
    Health, Meaning, NO_SUCH_METHOD, Node, NodeError, ProviderError, Rpc, Sentences,
};
use async_trait::async_trait;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::payment::{Hash32, PaymentId};
use parking_lot::Mutex;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

/// How often a block is asked for again when reorganisations take it away meanwhile.
const STALE_ATTEMPTS_MAX: u32 = 5;
/// Answers larger than this are read on a thread of their own, so that nobody waits for it.
const INLINE_BYTES_MAX: usize = 256 * 1024;
/// Receipts asked for in one request where a node tells them by transaction only.
const BATCH_RECEIPTS_MAX: usize = 100;
/// "Limit exceeded" (EIP-1474), and what hosts answer besides.
const LIMITED: [i64; 2] = [-32005, -32029];

const SENTENCES: Sentences = Sentences {
    unauthorised: "compare user and password, or the key in the path, with what its host gave you",
    forbidden: "see http.vhosts and allowed addresses of the node, or the key's plan",
};

fn meaning(error: &NodeError) -> Meaning {
    match error.code {
        NO_SUCH_METHOD => {
            Meaning::RefusedBecause("is this call switched on at the node (http.api)?")
        }
        code if LIMITED.contains(&code) => Meaning::Limited,
        _ => Meaning::Refused,
    }
}

/// One node of one chain.
pub(super) struct EvmNode {
    pub(super) settings: Arc<EvmSettings>,
    pub(super) rpc: Rpc,
    health: Arc<Health>,
    /// Known once it was seen to be on the right chain; nothing is believed before.
    pub(super) known_offers: Mutex<Option<Offers>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ToldProgress {
    current_block: String,
    highest_block: String,
}

impl EvmNode {
    pub(super) fn new(
        settings: &Arc<EvmSettings>,
        url: &str,
        time_limit: Duration,
    ) -> Result<EvmNode, ProviderError> {
        let health = Arc::new(Health::default());
        let rpc = Rpc::new(url, time_limit, SENTENCES, meaning, Arc::clone(&health))?;
        Ok(EvmNode { settings: Arc::clone(settings), rpc, health, known_offers: Mutex::new(None) })
    }

    pub(super) async fn hash_at(&self, height: u64) -> Result<Option<Hash32>, ChainError> {
        self.offers().await?;
        let params = json!([format!("{height:#x}"), false]);
        let told = self.ask("eth_getBlockByNumber", params).await?;
        if told.get() == "null" {
            return Ok(None);
        }
        let (number, hash) = self.sense(block::tip(told.get()))?;
        match number == height {
            true => Ok(Some(hash)),
            false => {
                Err(self.rpc.nonsense(format!("asked for block {height}, it sent block {number}")))
            }
        }
    }

    pub(super) async fn block_at(&self, height: u64) -> Result<Option<Block>, ChainError> {
        let offers = self.offers().await?;
        for _ in 0..STALE_ATTEMPTS_MAX {
            let Some(header) = self.header(height).await? else { return Ok(None) };
            let header = Arc::new(header);
            match self.transfers(offers, &header).await {
                Ok(transfers) => {
                    let (at, parent) = (header.at, header.parent);
                    return Ok(Some(Block { at, parent, transfers, spent: Vec::new() }));
                }
                // Between the questions the chain may have turned to another block at this height,
                // and the node may know this one no longer.
                Err(error) => match self.hash_at(height).await? == Some(header.at.hash) {
                    true => return Err(error),
                    false => continue,
                },
            }
        }
        let detail = format!("block {height} changed {STALE_ATTEMPTS_MAX} times while it was read");
        Err(self.rpc.nonsense(detail))
    }

    async fn header(&self, height: u64) -> Result<Option<Header>, ChainError> {
        let is_native = self.settings.asset == Asset::Native;
        let params = json!([format!("{height:#x}"), is_native]);
        let told = self.ask("eth_getBlockByNumber", params).await?;
        if told.get() == "null" {
            return Ok(None);
        }
        let read = if is_native { block::whole } else { block::ids_only };
        self.off_thread(told, move |json| read(height, json)).await.map(Some)
    }

    async fn transfers(
        &self,
        offers: Offers,
        header: &Arc<Header>,
    ) -> Result<Vec<Transfer>, ChainError> {
        match &self.settings.asset {
            Asset::Native => self.ether(offers, header).await,
            Asset::Token(token) => self.tokens(offers, header, token).await,
        }
    }

    /// What the transactions pay, by their receipts, and what contracts pay in them.
    async fn ether(
        &self,
        offers: Offers,
        header: &Arc<Header>,
    ) -> Result<Vec<Transfer>, ChainError> {
        if header.transactions.is_empty() {
            return Ok(Vec::new());
        }
        let (receipts, runs) =
            tokio::join!(self.receipts(offers, header), self.runs(offers, header));
        let of = Arc::clone(header);
        let (receipts, runs) = (receipts?, runs?);
        let successes =
            self.off_thread(receipts, move |json| receipts::successes(&of, json)).await?;
        let mut transfers = Vec::new();
        for ((own, succeeded), run) in header.transactions.iter().zip(successes).zip(runs) {
            let txid = own.txid;
            if run.failed == succeeded {
                let detail = format!("{txid}: receipt and trace contradict each other");
                return Err(self.rpc.nonsense(detail));
            }
            if !succeeded {
                continue;
            }
            let own = own.to.map(|to| (to, own.units));
            let inner = run.movements.iter().map(|movement| Some((movement.to, movement.units)));
            for (index, paid) in (0u32..).zip(std::iter::once(own).chain(inner)) {
                let Some((to, units)) = paid.filter(|(_, units)| *units > 0) else { continue };
                let payment = PaymentId { network: self.settings.network, txid, index };
                let amount = Money::new(self.settings.network, units);
                let amount = self.sense(amount.map_err(|error| format!("{payment}: {error}")))?;
                transfers.push(Transfer { payment, recipient: to.to_vec(), amount });
            }
        }
        Ok(transfers)
    }

    async fn runs(
        &self,
        offers: Offers,
        header: &Arc<Header>,
    ) -> Result<Vec<traces::Run>, ChainError> {
        type Reader = fn(&Header, &str) -> Result<Vec<traces::Run>, String>;
        let hash = format!("0x{}", header.at.hash);
        let (told, read): (_, Reader) = match offers.traces {
            Traces::List => {
                let params = json!([format!("{:#x}", header.at.height)]);
                (self.ask("trace_block", params).await?, traces::by_list)
            }
            Traces::CallTracer | Traces::NotNeeded => {
                let told = self.ask("debug_traceBlockByHash", calls_of(&hash)).await?;
                (told, traces::by_call_tracer)
            }
        };
        let of = Arc::clone(header);
        self.off_thread(told, move |json| read(&of, json)).await
    }

    /// The block's receipts as a list, however the node tells them.
    async fn receipts(&self, offers: Offers, header: &Header) -> Result<Box<RawValue>, ChainError> {
        const METHOD: &str = "eth_getTransactionReceipt";
        if offers.receipts == Receipts::OfBlock {
            let params = json!([format!("0x{}", header.at.hash)]);
            return self.ask("eth_getBlockReceipts", params).await;
        }
        let mut receipts = Vec::with_capacity(header.transactions.len());
        for some in header.transactions.chunks(BATCH_RECEIPTS_MAX) {
            let calls: Vec<(&str, Value)> =
                some.iter().map(|own| (METHOD, json!([format!("0x{}", own.txid)]))).collect();
            for reply in self.rpc.batch(&calls).await? {
                let told = self.rpc.judge(METHOD, reply, &[])?;
                let told = told.map_err(|error| self.rpc.nonsense(error.message))?;
                if told.get() == "null" {
                    let height = header.at.height;
                    let detail = format!("block {height}: it has no receipt of a transaction");
                    return Err(self.rpc.nonsense(detail));
                }
                receipts.push(told);
            }
        }
        serde_json::value::to_raw_value(&receipts)
            .map_err(|error| self.rpc.nonsense(error.to_string()))
    }

    /// The token's transfers. A node that says there are none, where the block's own filter says
    /// there may be some, has to show the receipts.
    async fn tokens(
        &self,
        offers: Offers,
        header: &Arc<Header>,
        token: &Address,
    ) -> Result<Vec<Transfer>, ChainError> {
        let contract = <[u8; 20]>::try_from(token.bytes())
            .map_err(|_| self.misconfigured(format!("{token} is no contract's address")))?;
        let signature = self.sense(read::hash(logs::TRANSFER))?;
        let bloom = &header.bloom;
        if let Some(told) = self.filtered(offers, header, token).await? {
            let may_be_more = bloom.may_hold(&contract) && bloom.may_hold(&signature.0);
            if !told.is_empty() || !may_be_more {
                return Ok(logs::transfers(self.settings.network, contract, &told));
            }
        }
        if header.transactions.is_empty() {
            return Ok(Vec::new());
        }
        let told = self.receipts(offers, header).await?;
        let of = Arc::clone(header);
        let all = self.off_thread(told, move |json| receipts::all_logs(&of, json)).await?;
        Ok(logs::transfers(self.settings.network, contract, &all))
    }

    /// The logs that the node picks out itself; none where it refuses to, for good or this time.
    async fn filtered(
        &self,
        offers: Offers,
        header: &Arc<Header>,
        token: &Address,
    ) -> Result<Option<Vec<logs::Log>>, ChainError> {
        if offers.logs == Logs::InReceipts {
            return Ok(None);
        }
        let hash = format!("0x{}", header.at.hash);
        let told = match self.ask("eth_getLogs", logs_of(&hash, token)).await {
            Ok(told) => told,
            Err(ChainError::Refused { .. }) => return Ok(None),
            Err(error) => return Err(error),
        };
        let of = Arc::clone(header);
        self.off_thread(told, move |json| logs::told(&of, json)).await.map(Some)
    }

    pub(super) async fn ask(
        &self,
        method: &str,
        params: Value,
    ) -> Result<Box<RawValue>, ChainError> {
        let told = self.rpc.call(method, params, &[]).await?;
        told.map_err(|error| self.rpc.nonsense(error.message))
    }

    /// Reads an answer, a large one on a thread of its own.
    async fn off_thread<T: Send + 'static>(
        &self,
        told: Box<RawValue>,
        read: impl FnOnce(&str) -> Result<T, String> + Send + 'static,
    ) -> Result<T, ChainError> {
        let read = if told.get().len() <= INLINE_BYTES_MAX {
            read(told.get())
        } else {
            let reading = tokio::task::spawn_blocking(move || read(told.get())).await;
            reading.unwrap_or_else(|error| Err(format!("an answer could not be read: {error}")))
        };
        self.sense(read)
    }

    pub(super) fn sense<T>(&self, read: Result<T, String>) -> Result<T, ChainError> {
        read.map_err(|why| self.rpc.nonsense(why))
    }

    pub(super) fn text(&self, told: &RawValue) -> Result<String, ChainError> {
        self.sense(serde_json::from_str(told.get()).map_err(|error| error.to_string()))
    }
}

#[async_trait]
impl Node for EvmNode {
    fn name(&self) -> &str {
        self.rpc.name()
    }

    fn health(&self) -> &Health {
        &self.health
    }

    async fn identify(&self) -> Result<(), ChainError> {
        self.offers().await.map(drop)
    }

    /// The newest block. A node that still downloads the chain is not ready.
    async fn head(&self) -> Result<Head, ChainError> {
        self.offers().await?;
        let progress = self.rpc.call("eth_syncing", json!([]), &[NO_SUCH_METHOD]).await?;
        // `false` where it has finished; some say how far they are even then.
        let progress = progress.ok().and_then(|told| serde_json::from_str(told.get()).ok());
        if let Some(ToldProgress { current_block, highest_block }) = progress {
            let current = self.sense(read::count(&current_block))?;
            let highest = self.sense(read::count(&highest_block))?;
            if current < highest {
                let provider = self.rpc.name().to_owned();
                let detail = format!("it still downloads the chain: {current} of {highest} blocks");
                return Err(ChainError::NotReady { provider, detail });
            }
        }
        let latest = self.ask("eth_getBlockByNumber", json!(["latest", false])).await?;
        let (height, hash) = self.sense(block::tip(latest.get()))?;
        self.health.told_height(height);
        Ok(Head { height, hash, solid_height: None })
    }
}

/// The parameters of `eth_getLogs` for one token's transfers in one block (EIP-234).
pub(super) fn logs_of(hash: &str, token: &Address) -> Value {
    json!([{"blockHash": hash, "address": token.to_string(), "topics": [logs::TRANSFER]}])
}

pub(super) fn calls_of(hash: &str) -> Value {
    json!([hash, {"tracer": "callTracer"}])
}
