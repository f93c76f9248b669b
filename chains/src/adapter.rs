//! What every network looks like to a watcher: a chain of blocks that carry transfers, and where
//! there is one a mempool. An adapter reports what its node says; it concludes nothing.

use async_trait::async_trait;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId};

/// One network as its node (or several nodes in turn) reports it.
///
/// Every call asks the node anew, ends within the adapter's own time limit, and never guesses:
/// what a node did not say clearly is a [`ChainError`].
#[async_trait]
pub trait Chain: Send + Sync {
    /// Which network this is.
    fn network(&self) -> Network;

    /// Checks once at start that the node is on the configured chain (genesis, chain id).
    ///
    /// # Errors
    /// [`ChainError::Misconfigured`] when it is another chain; others as they come.
    async fn identify(&self) -> Result<(), ChainError>;

    /// The node's best block now, and what it calls solid.
    ///
    /// # Errors
    /// Any [`ChainError`].
    async fn head(&self) -> Result<Head, ChainError>;

    /// The hash of the best chain's block at `height`; `None` when the chain is shorter.
    ///
    /// # Errors
    /// Any [`ChainError`].
    async fn hash_at(&self, height: u64) -> Result<Option<Hash32>, ChainError>;

    /// The best chain's block at `height`, whole; `None` when the chain is shorter.
    ///
    /// # Errors
    /// Any [`ChainError`]; a block that could not be read wholly is an error, never a shorter block.
    async fn block_at(&self, height: u64) -> Result<Option<Block>, ChainError>;

    /// What the mempool holds now. Networks without one answer an empty [`Mempool`].
    ///
    /// # Errors
    /// Any [`ChainError`].
    async fn mempool(&self) -> Result<Mempool, ChainError>;

    /// How each of its nodes was last seen, in the order of the configuration. Asks nobody. Empty
    /// where there is no node to speak of.
    fn providers(&self) -> Vec<ProviderHealth> {
        Vec::new()
    }
}

/// How one node of a network was last seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProviderHealth {
    /// Host and port: user, password and path of its URL are not shown.
    pub node: String,
    /// It is the one that is asked first.
    pub in_use: bool,
    /// The height of its best block when it last told one.
    pub height: Option<u64>,
    /// How many blocks that is behind the node that is furthest.
    pub lag: Option<u64>,
    /// Why it could not be used the last time; none when it could.
    pub error: Option<String>,
    /// It asked for a pause, which lasts so many seconds more.
    pub paused_s: Option<u64>,
}

/// The best block of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its height.
    pub height: u64,
    /// Its hash.
    pub hash: Hash32,
    /// TRON: the newest solidified height; `None` on the other networks.
    pub solid_height: Option<u64>,
}

/// A block of the best chain with every transfer in it that could pay anybody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Which block.
    pub at: BlockRef,
    /// The block before it (all zero for the genesis block).
    pub parent: Hash32,
    /// Its transfers in the chain's order. Failed transactions, other tokens and zero values are
    /// left out by the adapter; whom a transfer pays is for the watcher to know.
    pub transfers: Vec<Transfer>,
}

/// Money moving to an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transfer {
    /// Its identity.
    pub payment: PaymentId,
    /// The recipient in the chain's own bytes: a script (btc, ltc), 20 bytes (EVM), 21 (TRON).
    pub recipient: Vec<u8>,
    /// How much.
    pub amount: Money,
}

/// The mempool of one node at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mempool {
    /// Every transaction in it.
    pub txids: std::collections::HashSet<Hash32>,
    /// The transfers of those that were not in the answer before this one. The first answer
    /// carries all. An adapter that could not read one this time reports it the next time.
    pub new_transfers: Vec<Transfer>,
}

/// Why a chain could not be asked. Each speaks to the operator: what, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainError {
    /// The node did not answer, or not in time; it may the next time.
    #[error("{provider} does not answer: {detail}")]
    Unreachable {
        /// The provider, without its password.
        provider: String,
        /// What happened.
        detail: String,
    },
    /// The node refuses us: wrong credentials, a forbidden call.
    #[error("{provider} refuses us: {detail}")]
    Refused {
        /// The provider, without its password.
        provider: String,
        /// What it said.
        detail: String,
    },
    /// The node asks us to come back later.
    #[error("{provider} limits our requests: {detail}")]
    RateLimited {
        /// The provider, without its password.
        provider: String,
        /// What it said.
        detail: String,
    },
    /// The answer makes no sense: not JSON, cut, contradicting itself or its neighbours.
    #[error("{provider} answers nonsense: {detail}")]
    Nonsense {
        /// The provider, without its password.
        provider: String,
        /// What is wrong with it.
        detail: String,
    },
    /// The node is not ready: still starting or downloading the chain.
    #[error("{provider} is not ready: {detail}")]
    NotReady {
        /// The provider, without its password.
        provider: String,
        /// What it said.
        detail: String,
    },
    /// The node is on another chain than configured; no waiting helps.
    #[error("{provider} is not the configured chain: {detail}")]
    Misconfigured {
        /// The provider, without its password.
        provider: String,
        /// What was expected and what it is.
        detail: String,
    },
}
