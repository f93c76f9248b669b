//! The adapter that reads a simulated node, by the rules every network is read by.
//!
//! It knows nothing the node does not tell over its wire: it picks the transfers out of raw blocks,
//! numbers them as [`PaymentId`] says, and refuses answers that contradict themselves.

use super::node::SimulatedNode;
use super::rpc::{NodeBlock, NodeRpc, NodeTransaction, RpcFailure};
use crate::adapter::{
    Block, Chain, ChainError, Coin, Head, Mempool, Transfer, WaitingTransaction, Witness,
};
use async_trait::async_trait;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId};
use cryptopayment_domain::time::Timestamp;
use parking_lot::Mutex;
use std::collections::HashSet;
use std::future::Future;
use std::time::Duration;
use tokio::sync::watch;

/// A simulated network as a watcher sees it.
pub struct SimulatedChain {
    network: Network,
    rpc: NodeRpc,
    genesis: Hash32,
    token: Option<Vec<u8>>,
    time_limit: Duration,
    /// The waiting transactions that were told, so that each is told once.
    told: Mutex<HashSet<Hash32>>,
    changes: watch::Receiver<u64>,
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
            told: Mutex::default(),
            changes: node.changes(),
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
        let mut spent = Vec::new();
        for transaction in &told.transactions {
            transfers.extend(self.transfers(transaction)?);
            spent.extend(self.spends(transaction));
        }
        let time = Timestamp::from_unix_s(told.time_s);
        let at = BlockRef { height, hash: told.hash, time };
        Ok(Block { at, parent: told.parent, transfers, spent })
    }

    /// The faucet's coin, where there are coins.
    fn spends(&self, transaction: &NodeTransaction) -> Vec<Coin> {
        let index = u32::try_from(transaction.coin).unwrap_or(u32::MAX);
        let coin = Coin { txid: self.genesis, index };
        if self.network.has_mempool() { vec![coin] } else { Vec::new() }
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
            return Ok(Mempool::none());
        }
        let before = self.told.lock().clone();
        let list = self.ask(self.rpc.mempool()).await?;
        let head = self.ask(self.rpc.head()).await?.hash;
        let mut new = Vec::new();
        for txid in list.iter().copied().filter(|txid| !before.contains(txid)) {
            // Mined or replaced since the list was made: there is nothing to tell.
            let Some(told) = self.ask(self.rpc.transaction(txid)).await? else { continue };
            let (spends, transfers) = (self.spends(&told), self.transfers(&told)?);
            new.push(WaitingTransaction { txid, spends, transfers });
        }
        let txids: HashSet<Hash32> = list.into_iter().collect();
        let told = before.intersection(&txids).copied();
        *self.told.lock() = told.chain(new.iter().map(|waiting| waiting.txid)).collect();
        // The node is never without its mempool, not even while it fails.
        let witness = Witness { view: 0, alone_for: Some(Duration::MAX) };
        Ok(Mempool { txids, head, new, is_whole: true, all_told: true, witness })
    }

    fn tell_mempool_anew(&self) {
        self.told.lock().clear();
    }

    fn pushes(&self) -> Option<watch::Receiver<u64>> {
        Some(self.changes.clone())
    }
}
