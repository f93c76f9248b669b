//! What one node offers of the ways in which a block can be read, found out when it is seen to be on
//! the right chain.

use super::asset::Asset;
use super::node::{EvmNode, calls_of, logs_of};
use super::{block, read};
use crate::adapter::ChainError;
use crate::address::Address;
use serde_json::{Value, json};

/// The ways that are taken with one node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Offers {
    pub(super) logs: Logs,
    pub(super) receipts: Receipts,
    pub(super) traces: Traces,
}

/// How a token's transfers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Logs {
    /// By `eth_getLogs` for the block's hash.
    Filtered,
    /// Only in the receipts of the transactions.
    InReceipts,
}

/// How receipts are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Receipts {
    /// All of a block at once: `eth_getBlockReceipts`.
    OfBlock,
    /// One by one: `eth_getTransactionReceipt`, many in one request.
    OfTransaction,
}

/// How ether is told that moves inside contracts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Traces {
    /// A token is paid with: its logs say everything.
    NotNeeded,
    /// By `debug_traceBlockByHash`.
    CallTracer,
    /// By `trace_block`.
    List,
}

impl EvmNode {
    /// What the node offers, found out once, when it is seen to be on the right chain.
    pub(super) async fn offers(&self) -> Result<Offers, ChainError> {
        let known = *self.known_offers.lock();
        if let Some(offers) = known {
            return Ok(offers);
        }
        let told = self.ask("eth_chainId", json!([])).await?;
        let chain_id = self.sense(read::count(&self.text(&told)?))?;
        let wanted = self.settings.chain_id;
        if chain_id != wanted {
            let network = self.settings.network;
            let detail =
                format!("{network} with chain id {wanted} is configured, its id is {chain_id}");
            return Err(self.misconfigured(detail));
        }
        if let Some(token) = self.settings.token() {
            self.check_token(token).await?;
        }
        let offers = self.probe().await?;
        let Offers { logs, receipts, traces } = offers;
        let (network, node) = (self.settings.network, self.rpc.name());
        tracing::info!(%network, node, ?logs, ?receipts, ?traces, "a node says what it offers");
        *self.known_offers.lock() = Some(offers);
        Ok(offers)
    }

    pub(super) fn misconfigured(&self, detail: String) -> ChainError {
        ChainError::Misconfigured { provider: self.rpc.name().to_owned(), detail }
    }

    /// The token must be there, and count as we do: a wrong number of decimals is money lost by the
    /// million.
    async fn check_token(&self, token: &Address) -> Result<(), ChainError> {
        const DECIMALS: &str = "0x313ce567";
        /// "Execution reverted".
        const REVERTED: i64 = 3;
        let call = json!([{"to": token.to_string(), "data": DECIMALS}, "latest"]);
        let told = self.rpc.call("eth_call", call, &[REVERTED]).await?;
        let told = told.map_or_else(|_| Ok("0x".to_owned()), |told| self.text(&told))?;
        let wanted = self.settings.network.decimals();
        match read::quantity(&told) {
            Ok(decimals) if decimals == u128::from(wanted) => Ok(()),
            Ok(decimals) => Err(self.misconfigured(format!(
                "the token {token} has {decimals} decimals, {wanted} are counted here"
            ))),
            Err(_) => Err(self.misconfigured(format!(
                "there is no token at {token}: decimals() answers {told:?}"
            ))),
        }
    }

    /// Asks for what is needed of the newest block, in the ways there are.
    async fn probe(&self) -> Result<Offers, ChainError> {
        let told = self.ask("eth_getBlockByNumber", json!(["latest", false])).await?;
        let (number, hash) = self.sense(block::tip(told.get()))?;
        let hash = format!("0x{hash}");
        let receipts = match self.has("eth_getBlockReceipts", json!([hash])).await? {
            true => Receipts::OfBlock,
            false => Receipts::OfTransaction,
        };
        let (mut logs, mut traces) = (Logs::Filtered, Traces::NotNeeded);
        match &self.settings.asset {
            Asset::Token(token) => {
                if !self.has("eth_getLogs", logs_of(&hash, token)).await? {
                    logs = Logs::InReceipts;
                }
            }
            Asset::Native => {
                let list = json!([format!("{number:#x}")]);
                traces = match self.has("debug_traceBlockByHash", calls_of(&hash)).await? {
                    true => Traces::CallTracer,
                    false if self.has("trace_block", list).await? => Traces::List,
                    false => return Err(self.no_traces()),
                };
            }
        }
        Ok(Offers { logs, receipts, traces })
    }

    fn no_traces(&self) -> ChainError {
        let detail = "it offers neither debug_traceBlockByHash nor trace_block, and without them \
                      ether that is paid from inside a contract is not seen; switch one of them on \
                      (http.api) or name a node that has it"
            .to_owned();
        ChainError::Refused { provider: self.rpc.name().to_owned(), detail }
    }

    /// Whether the node answers this question. What it refuses today it may offer after a restart.
    async fn has(&self, method: &str, params: Value) -> Result<bool, ChainError> {
        match self.rpc.call(method, params, &[]).await {
            Ok(_) => Ok(true),
            Err(ChainError::Refused { detail, .. }) => {
                let (network, node) = (self.settings.network, self.rpc.name());
                tracing::debug!(%network, node, detail, "a node does not offer a call");
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }
}
