//! What a simulated node answers when asked over its "wire": the only way the adapter reads it.
//!
//! Raw blocks and transactions, as nodes give them: outputs, traces and logs, failed transactions
//! and other tokens among them. What of it is a payment, the client has to find out.

use super::block::SimulatedBlock;
use super::chain::SOLID_LAG;
use super::faults::Fault;
use super::node::SimulatedNode;
use super::transaction::{Movement, Transaction};
use crate::address::AddressError;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;

/// The questions a client can ask. Answers are subject to the node's faults.
pub struct NodeRpc {
    node: SimulatedNode,
}

/// Why there is no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpcFailure {
    /// Nobody listens.
    #[error("connection refused")]
    Unreachable,
    /// Too many questions.
    #[error("429 Too Many Requests")]
    RateLimited,
    /// Not an answer.
    #[error("unexpected end of JSON at byte 17")]
    Garbage,
    /// Not yet.
    #[error("the node is still starting")]
    Starting,
    /// This network's nodes know no such question.
    #[error("the method does not exist")]
    NoSuchMethod,
}

/// The newest block a node knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeHead {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: Hash32,
    /// The solidified height, on TRON.
    pub solid_height: Option<u64>,
}

/// A block as a node tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeBlock {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: Hash32,
    /// The block before it.
    pub parent: Hash32,
    /// Its time, Unix seconds.
    pub time_s: i64,
    /// How many transactions its header speaks for.
    pub transaction_count: usize,
    /// Its transactions.
    pub transactions: Vec<NodeTransaction>,
}

/// A transaction as a node tells it, with its receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeTransaction {
    /// Its id.
    pub txid: Hash32,
    /// The number of the faucet's coin that it spends.
    pub coin: u64,
    /// Whether its receipt says success. Where there are no receipts, always.
    pub succeeded: bool,
    /// Outputs (Bitcoin, Litecoin) or value transfers in the order of the trace (Ethereum).
    pub outputs: Vec<NodeOutput>,
    /// Transfer logs of all contracts, in order (TRON, BSC, and what tokens do on Ethereum).
    pub logs: Vec<NodeLog>,
}

/// An output or a transfer of value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeOutput {
    /// To whom: a script, 20 bytes.
    pub recipient: Vec<u8>,
    /// How many base units.
    pub units: u128,
}

/// A Transfer log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeLog {
    /// The contract that wrote it.
    pub contract: Vec<u8>,
    /// To whom: 20 bytes, 21 on TRON.
    pub recipient: Vec<u8>,
    /// How many base units.
    pub units: u128,
}

impl NodeRpc {
    pub(super) const fn new(node: SimulatedNode) -> NodeRpc {
        NodeRpc { node }
    }

    /// Which chain the node is on: the hash of its genesis block.
    ///
    /// # Errors
    /// [`RpcFailure`].
    pub async fn genesis(&self) -> Result<Hash32, RpcFailure> {
        self.answer().await?;
        let genesis = self.node.genesis();
        Ok(if self.has(Fault::OtherChain) { flipped(genesis) } else { genesis })
    }

    /// The newest block.
    ///
    /// # Errors
    /// [`RpcFailure`].
    pub async fn head(&self) -> Result<NodeHead, RpcFailure> {
        self.answer().await?;
        let state = self.node.inner.state.read();
        let height = self.visible(state.height());
        let block = state.block(height).ok_or(RpcFailure::Garbage)?;
        let solid = match height == state.height() {
            true => state.solid_height(),
            false => state.solid_height().min(height.saturating_sub(SOLID_LAG)),
        };
        let solid_height = self.node.network().needs_solidity().then_some(solid);
        Ok(NodeHead { height, hash: block.hash, solid_height })
    }

    /// The hash of the block at a height.
    ///
    /// # Errors
    /// [`RpcFailure`].
    pub async fn block_hash(&self, height: u64) -> Result<Option<Hash32>, RpcFailure> {
        self.answer().await?;
        let state = self.node.inner.state.read();
        if height > self.visible(state.height()) {
            return Ok(None);
        }
        Ok(state.block(height).map(|block| block.hash))
    }

    /// The block at a height.
    ///
    /// # Errors
    /// [`RpcFailure`].
    pub async fn block(&self, height: u64) -> Result<Option<NodeBlock>, RpcFailure> {
        self.answer().await?;
        let state = self.node.inner.state.read();
        if height > self.visible(state.height()) {
            return Ok(None);
        }
        let told = if self.has(Fault::OtherBlock) { height.saturating_sub(1) } else { height };
        let Some(block) = state.block(told) else { return Ok(None) };
        self.tell_block(block).map(Some)
    }

    /// The ids of the transactions that wait. Only Bitcoin and Litecoin have a pool worth reading.
    ///
    /// # Errors
    /// [`RpcFailure`].
    pub async fn mempool(&self) -> Result<Vec<Hash32>, RpcFailure> {
        self.answer().await?;
        if !self.node.network().has_mempool() {
            return Err(RpcFailure::NoSuchMethod);
        }
        Ok(self.node.inner.state.read().waiting_ids())
    }

    /// A transaction that waits; `None` when it does no longer.
    ///
    /// # Errors
    /// [`RpcFailure`].
    pub async fn transaction(&self, txid: Hash32) -> Result<Option<NodeTransaction>, RpcFailure> {
        self.answer().await?;
        if !self.node.network().has_mempool() {
            return Err(RpcFailure::NoSuchMethod);
        }
        let state = self.node.inner.state.read();
        state.waiting(txid).map(|transaction| self.tell(transaction)).transpose()
    }

    fn tell_block(&self, block: &SimulatedBlock) -> Result<NodeBlock, RpcFailure> {
        let told = block.transactions.iter().map(|transaction| self.tell(transaction));
        let mut transactions = told.collect::<Result<Vec<_>, _>>()?;
        if self.has(Fault::CutBlock) {
            transactions.pop();
        }
        let parent =
            if self.has(Fault::WrongParent) { flipped(block.parent) } else { block.parent };
        Ok(NodeBlock {
            height: block.height,
            hash: block.hash,
            parent,
            time_s: block.time_s,
            transaction_count: block.transactions.len(),
            transactions,
        })
    }

    fn tell(&self, transaction: &Transaction) -> Result<NodeTransaction, RpcFailure> {
        let mut outputs = Vec::new();
        let mut logs = Vec::new();
        let network = self.node.network();
        for movement in &transaction.movements {
            if movement.genuine && !network.is_dollar() {
                let recipient = movement.to.clone();
                outputs.push(NodeOutput { recipient, units: movement.units });
            } else if transaction.succeeded {
                // A failed transaction leaves no logs.
                logs.push(log(network, movement).map_err(|_| RpcFailure::Garbage)?);
            }
        }
        Ok(NodeTransaction {
            txid: transaction.txid,
            coin: transaction.coin,
            succeeded: transaction.succeeded,
            outputs,
            logs,
        })
    }

    fn has(&self, fault: Fault) -> bool {
        self.node.inner.faults.read().has(fault)
    }

    fn visible(&self, tip: u64) -> u64 {
        self.node.inner.faults.read().visible_height(tip)
    }

    /// Waits and fails as the faults say.
    async fn answer(&self) -> Result<(), RpcFailure> {
        let delay = self.node.inner.faults.read().delay();
        match delay {
            None => std::future::pending::<()>().await,
            Some(delay) if delay.is_zero() => (),
            Some(delay) => tokio::time::sleep(delay).await,
        }
        let failures = [
            (Fault::Unreachable, RpcFailure::Unreachable),
            (Fault::RateLimited, RpcFailure::RateLimited),
            (Fault::Garbage, RpcFailure::Garbage),
            (Fault::Starting, RpcFailure::Starting),
        ];
        let failure = failures.into_iter().find(|(fault, _)| self.has(*fault));
        failure.map_or(Ok(()), |(_, failure)| Err(failure))
    }
}

fn log(network: Network, movement: &Movement) -> Result<NodeLog, AddressError> {
    let genuine = super::token(network)?.map(|token| token.into_bytes());
    let contract = match genuine {
        Some(contract) if movement.genuine => contract,
        Some(_) | None => look_alike(network),
    };
    Ok(NodeLog { contract, recipient: movement.to.clone(), units: movement.units })
}

/// The address of the contract that only looks like the token.
fn look_alike(network: Network) -> Vec<u8> {
    let prefix: &[u8] = if network == Network::Trc20 { &[0x41] } else { &[] };
    [prefix, &[0x66; 20]].concat()
}

/// A hash that no block of this chain has.
fn flipped(hash: Hash32) -> Hash32 {
    Hash32(hash.0.map(|byte| !byte))
}
