//! A chain between whose answers things happen.

use async_trait::async_trait;
use cryptopayment_chains::adapter::{Block, Chain, ChainError, Head, Mempool};
use cryptopayment_chains::simulated::SimulatedChain;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;

/// What a watcher asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    Identify,
    Head,
    HashAt(u64),
    BlockAt(u64),
    IsSolid(u64),
    Mempool,
}

type Before = dyn FnMut(Call) + Send;
type Answer = dyn FnMut(Mempool) -> Result<Mempool, ChainError> + Send;

/// A simulated chain, and what happens just before it is asked.
#[derive(Clone)]
pub struct Interposed {
    chain: Arc<SimulatedChain>,
    script: Arc<Mutex<Script>>,
}

/// Another block in the place of one of the chain's, which nobody ever sees whole.
#[derive(Clone, Copy)]
pub struct Fork {
    /// Where it is.
    pub height: u64,
    pub hash: Hash32,
    /// From here up to the fork hashes are asked of a node that lags and has none.
    pub lags_from: u64,
}

#[derive(Default)]
struct Script {
    fork: Option<Fork>,
    before: Option<Box<Before>>,
    mempools: Option<Box<Answer>>,
    mempool_hangs: bool,
    pushes: bool,
    solid_is_another: bool,
    solid_is_late: bool,
    calls: usize,
}

impl Interposed {
    pub fn over(chain: SimulatedChain) -> Interposed {
        Interposed { chain: Arc::new(chain), script: Arc::default() }
    }

    /// The same story over another adapter, as after a restart.
    pub fn renewed(&self, chain: SimulatedChain) -> Interposed {
        Interposed { chain: Arc::new(chain), script: self.script.clone() }
    }

    /// Does this before every answer from now on.
    pub fn before(&self, before: impl FnMut(Call) + Send + 'static) {
        self.script.lock().before = Some(Box::new(before));
    }

    /// Has every mempool told in this way from now on.
    pub fn mempools(
        &self,
        answer: impl FnMut(Mempool) -> Result<Mempool, ChainError> + Send + 'static,
    ) {
        self.script.lock().mempools = Some(Box::new(answer));
    }

    /// Whether questions for the mempool are answered at all.
    pub fn mempool_hangs(&self, hangs: bool) {
        self.script.lock().mempool_hangs = hangs;
    }

    /// Whether the solidified view holds other blocks than the head's.
    pub fn solid_is_another(&self, another: bool) {
        self.script.lock().solid_is_another = another;
    }

    /// Whether the solidified view knows a height and not yet its block.
    pub fn solid_is_late(&self, late: bool) {
        self.script.lock().solid_is_late = late;
    }

    /// Shows this fork from now on, or none.
    pub fn fork(&self, fork: Option<Fork>) {
        self.script.lock().fork = fork;
    }

    /// Hands on the node's pushes in the next life.
    pub fn push(&self) {
        self.script.lock().pushes = true;
    }

    /// How often it was asked.
    pub fn calls(&self) -> usize {
        self.script.lock().calls
    }

    fn asked(&self, call: Call) {
        let mut script = self.script.lock();
        script.calls += 1;
        if let Some(before) = &mut script.before {
            before(call);
        }
    }
}

#[async_trait]
impl Chain for Interposed {
    fn network(&self) -> Network {
        self.chain.network()
    }

    async fn identify(&self) -> Result<(), ChainError> {
        self.asked(Call::Identify);
        self.chain.identify().await
    }

    async fn head(&self) -> Result<Head, ChainError> {
        self.asked(Call::Head);
        let mut head = self.chain.head().await?;
        if let Some(fork) = self.script.lock().fork.filter(|fork| fork.height == head.height) {
            head.hash = fork.hash;
        }
        Ok(head)
    }

    async fn hash_at(&self, height: u64) -> Result<Option<Hash32>, ChainError> {
        self.asked(Call::HashAt(height));
        let fork = self.script.lock().fork;
        match fork {
            Some(fork) if fork.height == height => Ok(Some(fork.hash)),
            Some(fork) if (fork.lags_from..fork.height).contains(&height) => Ok(None),
            Some(_) | None => self.chain.hash_at(height).await,
        }
    }

    async fn block_at(&self, height: u64) -> Result<Option<Block>, ChainError> {
        self.asked(Call::BlockAt(height));
        if self.script.lock().fork.is_some_and(|fork| fork.height == height) {
            return Ok(None);
        }
        self.chain.block_at(height).await
    }

    async fn is_solid(&self, height: u64, hash: Hash32) -> Result<bool, ChainError> {
        self.asked(Call::IsSolid(height));
        let (another, late) = {
            let script = self.script.lock();
            (script.solid_is_another, script.solid_is_late)
        };
        match another {
            false => Ok(!late && self.chain.is_solid(height, hash).await?),
            true => Err(ChainError::Nonsense {
                provider: "the node".to_owned(),
                detail: "its solidified block is another".to_owned(),
            }),
        }
    }

    async fn mempool(&self) -> Result<Mempool, ChainError> {
        self.asked(Call::Mempool);
        while self.script.lock().mempool_hangs {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let mempool = self.chain.mempool().await?;
        match &mut self.script.lock().mempools {
            Some(answer) => answer(mempool),
            None => Ok(mempool),
        }
    }

    fn pushes(&self) -> Option<watch::Receiver<u64>> {
        self.chain.pushes().filter(|_| self.script.lock().pushes)
    }

    fn tell_mempool_anew(&self) {
        self.chain.tell_mempool_anew();
    }
}
