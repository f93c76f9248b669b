//! The adapter that reads a simulated node, by the rules every network is read by.
//!
//! It knows nothing the node does not tell over its wire: it picks the transfers out of raw blocks,
//! numbers them as [`PaymentId`] says, and refuses answers that contradict themselves.

use super::node::SimulatedNode;
use super::rpc::{NodeBlock, NodeRpc, NodeTransaction, RpcFailure};
use crate::adapter::{Block, Chain, ChainError, Head, Mempool, Transfer};
use async_trait::async_trait;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId};
use cryptopayment_domain::time::Timestamp;
use parking_lot::Mutex;
use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;

/// A simulated network as a watcher sees it.
pub struct SimulatedChain {
    network: Network,
    rpc: NodeRpc,
    genesis: Hash32,
    token: Option<Vec<u8>>,
    time_limit: Duration,
    /// The mempool of the answer before, so that only what is new is read and reported.
    last_mempool: Mutex<HashSet<Hash32>>,
}

impl SimulatedChain {
    /// Reads this node; every question is answered within `time_limit` or fails.
    ///
    /// # Errors
    /// [`ChainError::Misconfigured`] never happens: the token addresses are constants.
    pub fn new(node: &SimulatedNode, time_limit: Duration) -> Result<SimulatedChain, ChainError> {
        let network = node.network();
        let token = super::token(network).map_err(|error| ChainError::Misconfigured {
            provider: provider(network),
            detail: error.to_string(),
        })?;
        Ok(SimulatedChain {
            network,
            rpc: node.rpc(),
            genesis: node.genesis(),
            token: token.map(|token| token.into_bytes()),
            time_limit,
            last_mempool: Mutex::default(),
        })
    }

    async fn ask<T>(
        &self,
        question: impl Future<Output = Result<T, RpcFailure>> + Send,
    ) -> Result<T, ChainError> {
        match tokio::time::timeout(self.time_limit, question).await {
            Ok(answer) => answer.map_err(|failure| self.error(failure)),
            Err(_) => Err(ChainError::Unreachable {
                provider: provider(self.network),
                detail: format!("no answer within {:?}", self.time_limit),
            }),
        }
    }

    fn error(&self, failure: RpcFailure) -> ChainError {
        let (provider, detail) = (provider(self.network), failure.to_string());
        match failure {
            RpcFailure::Unreachable => ChainError::Unreachable { provider, detail },
            RpcFailure::RateLimited => ChainError::RateLimited { provider, detail },
            RpcFailure::Garbage => ChainError::Nonsense { provider, detail },
            RpcFailure::Starting => ChainError::NotReady { provider, detail },
            RpcFailure::NoSuchMethod => ChainError::Refused { provider, detail },
        }
    }

    fn nonsense(&self, detail: String) -> ChainError {
        ChainError::Nonsense { provider: provider(self.network), detail }
    }

    fn block(&self, height: u64, told: &NodeBlock) -> Result<Block, ChainError> {
        if told.height != height {
            let detail = format!("asked for block {height}, it sent block {}", told.height);
            return Err(self.nonsense(detail));
        }
        let (said, sent) = (told.transaction_count, told.transactions.len());
        if said != sent {
            let detail = format!("block {height} has {said} transactions, it sent {sent}");
            return Err(self.nonsense(detail));
        }
        let mut transfers = Vec::new();
        for transaction in &told.transactions {
            transfers.extend(self.transfers(transaction)?);
        }
        let time = Timestamp::from_unix_s(told.time_s);
        let at = BlockRef { height, hash: told.hash, time };
        Ok(Block { at, parent: told.parent, transfers })
    }

    /// The transfers of a transaction. A place is counted before anything is left out.
    fn transfers(&self, transaction: &NodeTransaction) -> Result<Vec<Transfer>, ChainError> {
        if !transaction.succeeded {
            return Ok(Vec::new());
        }
        let txid = transaction.txid;
        let outputs = transaction.outputs.iter().map(|one| (&one.recipient, one.units));
        let logs = transaction.logs.iter();
        let ours = logs.filter(|log| Some(&log.contract) == self.token.as_ref());
        let logs = ours.map(|log| (&log.recipient, log.units));
        let numbered: Vec<(u32, (&Vec<u8>, u128))> = match self.network {
            Network::Btc | Network::Ltc | Network::Eth => (0..).zip(outputs).collect(),
            Network::Trc20 | Network::Bep20 => (0..).zip(logs).collect(),
        };
        let valuable = numbered.into_iter().filter(|(_, (_, units))| *units > 0);
        let transfers = valuable.map(|(index, (recipient, units))| {
            let payment = PaymentId { network: self.network, txid, index };
            let amount = Money::new(self.network, units)
                .map_err(|error| self.nonsense(format!("{payment}: {error}")))?;
            Ok(Transfer { payment, recipient: recipient.clone(), amount })
        });
        transfers.collect()
    }
}

fn provider(network: Network) -> String {
    format!("simulated {network}")
}

#[async_trait]
impl Chain for SimulatedChain {
    fn network(&self) -> Network {
        self.network
    }

    async fn identify(&self) -> Result<(), ChainError> {
        let genesis = self.ask(self.rpc.genesis()).await?;
        if genesis == self.genesis {
            return Ok(());
        }
        let detail = format!("its first block is {genesis}, not {}", self.genesis);
        Err(ChainError::Misconfigured { provider: provider(self.network), detail })
    }

    async fn head(&self) -> Result<Head, ChainError> {
        let head = self.ask(self.rpc.head()).await?;
        Ok(Head { height: head.height, hash: head.hash, solid_height: head.solid_height })
    }

    async fn hash_at(&self, height: u64) -> Result<Option<Hash32>, ChainError> {
        self.ask(self.rpc.block_hash(height)).await
    }

    async fn block_at(&self, height: u64) -> Result<Option<Block>, ChainError> {
        let told = self.ask(self.rpc.block(height)).await?;
        told.map(|told| self.block(height, &told)).transpose()
    }

    async fn mempool(&self) -> Result<Mempool, ChainError> {
        if !self.network.has_mempool() {
            return Ok(Mempool::default());
        }
        let last = self.last_mempool.lock().clone();
        let mut mempool = Mempool::default();
        for txid in self.ask(self.rpc.mempool()).await? {
            if !last.contains(&txid) {
                // Mined or replaced between the two questions: it is in no answer of ours.
                let Some(told) = self.ask(self.rpc.transaction(txid)).await? else { continue };
                mempool.new_transfers.extend(self.transfers(&told)?);
            }
            mempool.txids.insert(txid);
        }
        self.last_mempool.lock().clone_from(&mempool.txids);
        Ok(mempool)
    }
}
