//! What every network looks like to a watcher: a chain of blocks that carry transfers, and where
//! there is one a mempool. An adapter reports what its node says; it concludes nothing.

use async_trait::async_trait;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::{BlockRef, Hash32, PaymentId};
use std::collections::HashSet;
use std::time::Duration;
use tokio::sync::watch;

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

    /// Whether the chain's solidified view holds this block. False as long as it has none at that
    /// height; asked only where [`Head::solid_height`] is told.
    ///
    /// # Errors
    /// Any [`ChainError`]; above all when the view holds another block there.
    async fn is_solid(&self, height: u64, hash: Hash32) -> Result<bool, ChainError> {
        Ok(self.hash_at(height).await? == Some(hash))
    }

    /// What the mempool of one node holds now. Networks without one answer [`Mempool::none`].
    ///
    /// # Errors
    /// Any [`ChainError`]; then nothing counts as told.
    async fn mempool(&self) -> Result<Mempool, ChainError>;

    /// Counts every waiting transaction as not told yet: whoever was told of them has lost his notes.
    fn tell_mempool_anew(&self) {}

    /// Counts what nodes push: whoever waits on it hears that looking now may find something new.
    /// It is a hint and no more: pushes are lost, doubled and made up, and who never heard of one
    /// still looks at its interval. `None` where nothing is pushed. Called within a tokio runtime.
    fn pushes(&self) -> Option<watch::Receiver<u64>> {
        None
    }

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
    /// Bitcoin, Litecoin: every coin that is spent in it. Empty on account chains.
    pub spent: Vec<Coin>,
}

/// A coin of Bitcoin or Litecoin: an output of an earlier transaction. Two transactions that spend
/// one coin exclude each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Coin {
    /// The transaction that made it.
    pub txid: Hash32,
    /// Which of its outputs it is.
    pub index: u32,
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
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mempool {
    /// Every transaction in it.
    pub txids: HashSet<Hash32>,
    /// That node's best block, asked after the list was made: while it is the block at the cursor,
    /// no block that is not scanned has taken anything out of the list.
    pub head: Hash32,
    /// Those transactions that no answer has told yet. What a node could not tell this time, or
    /// what one answer has no room for, comes with a later one.
    pub new: Vec<WaitingTransaction>,
    /// Whether the list is of the whole pool: a node that has just started loads it bit by bit, and
    /// what is missing meanwhile has not left.
    pub is_whole: bool,
    /// Whether every transaction of the list has been told by now.
    pub all_told: bool,
    /// Whose word it is that something has left.
    pub witness: Witness,
}

/// A transaction that waits to be mined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingTransaction {
    /// Its id.
    pub txid: Hash32,
    /// The coins it spends.
    pub spends: Vec<Coin>,
    /// Its transfers, as in a [`Block`].
    pub transfers: Vec<Transfer>,
}

/// Whose word a mempool's list is: each node has its own mempool, and loses it when it restarts
/// without having saved it. Only a pool in which a transaction was can say that it has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// The same in two answers: one node, without a restart between them.
    pub view: u64,
    /// Where the network has a single node: since how long its pool has been this one. Whatever was
    /// seen since was seen in it, also by whoever asked in an earlier life.
    pub alone_for: Option<Duration>,
}

impl Mempool {
    /// What a network without a mempool answers.
    pub fn none() -> Mempool {
        Mempool {
            txids: HashSet::new(),
            head: Hash32([0; 32]),
            new: Vec::new(),
            is_whole: true,
            all_told: true,
            witness: Witness { view: 0, alone_for: None },
        }
    }
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
