//! Bitcoin or Litecoin as a watcher sees it: one of several nodes, the next when it fails or lags.

use super::pool::Pool;
use super::provider::{Provider, ProviderError};
use super::push::{self, PushAddress};
use crate::adapter::{Block, Chain, ChainError, Head, Mempool, ProviderHealth};
use crate::chain_name::ChainName;
use async_trait::async_trait;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use parking_lot::Mutex;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How often the nodes that are not in use are asked for their height: one that is stuck looks
/// well until another is seen to be further.
const SURVEY_EVERY: Duration = Duration::from_secs(30);

/// A Bitcoin or Litecoin chain behind one or more nodes.
pub struct UtxoChain {
    network: Network,
    providers: Vec<Provider>,
    /// The node that is asked first: the last one that answered well, so that successive answers
    /// come from one view of the chain.
    preferred: AtomicUsize,
    /// The newest height that any node has told: one that tells less is passed over if it can be.
    newest_height: AtomicU64,
    /// When all nodes were last asked for their height, the ones not in use too.
    surveyed_at: Mutex<Option<Instant>>,
    pool: Pool,
    push: Option<PushAddress>,
}

type Question<'a, T> = Pin<Box<dyn Future<Output = Result<T, ChainError>> + Send + 'a>>;

impl UtxoChain {
    /// Reads `chain` of `network` from the nodes at `urls` (`http://user:password@host:port`), in
    /// this order of preference. One call to one node takes `time_limit` at most.
    ///
    /// # Errors
    /// [`ProviderError`]; nothing is asked yet.
    pub fn new(
        network: Network,
        chain: ChainName,
        urls: &[String],
        time_limit: Duration,
    ) -> Result<UtxoChain, ProviderError> {
        match network {
            Network::Btc | Network::Ltc => (),
            Network::Eth | Network::Trc20 | Network::Bep20 => {
                return Err(ProviderError::OtherNetwork(network));
            }
        }
        if urls.is_empty() {
            return Err(ProviderError::None);
        }
        let providers = urls.iter().map(|url| Provider::new(network, chain, url, time_limit));
        Ok(UtxoChain {
            network,
            providers: providers.collect::<Result<_, _>>()?,
            preferred: AtomicUsize::new(0),
            newest_height: AtomicU64::new(0),
            surveyed_at: Mutex::new(None),
            pool: Pool::new(network),
            push: None,
        })
    }

    /// The same, told by a node's ZMQ publisher when there is something to see.
    #[must_use]
    pub fn with_push(self, push: Option<PushAddress>) -> UtxoChain {
        UtxoChain { push, ..self }
    }

    /// The nodes, the preferred one first, with their places.
    fn in_turn(&self) -> impl Iterator<Item = (usize, &Provider)> {
        let first = self.preferred.load(Ordering::Relaxed);
        self.providers.iter().enumerate().cycle().skip(first).take(self.providers.len())
    }

    /// The first good answer. When all fail: what was wrong with the first.
    async fn ask<'a, T>(
        &'a self,
        question: impl Fn(usize, &'a Provider) -> Question<'a, T> + Send + Sync,
    ) -> Result<T, ChainError> {
        let mut first_error = None;
        for (place, provider) in self.in_turn() {
            match question(place, provider).await {
                Ok(answer) => {
                    self.preferred.store(place, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) => {
                    self.note_failure(place, provider, &error);
                    first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or_else(|| self.no_node()))
    }

    fn note_failure(&self, place: usize, provider: &Provider, error: &ChainError) {
        provider.health().failed(error);
        tracing::warn!(network = %self.network, %error, "a node failed");
        match error {
            ChainError::Unreachable { .. } | ChainError::NotReady { .. } => {
                self.pool.may_restart(place);
            }
            ChainError::Refused { .. }
            | ChainError::RateLimited { .. }
            | ChainError::Nonsense { .. }
            | ChainError::Misconfigured { .. } => {}
        }
    }

    /// Asks all nodes at once for their height, now and then, so that the one in use is not
    /// believed to be well only because nobody else is asked.
    async fn survey(&self) {
        let is_due = {
            let mut surveyed_at = self.surveyed_at.lock();
            let due = surveyed_at.is_none_or(|at| at.elapsed() >= SURVEY_EVERY);
            if due {
                *surveyed_at = Some(Instant::now());
            }
            due && self.providers.len() > 1
        };
        if !is_due {
            return;
        }
        let mut asked: Vec<Question<'_, ()>> = Vec::new();
        for (place, provider) in self.providers.iter().enumerate() {
            asked.push(Box::pin(async move {
                if let Err(error) = provider.head().await {
                    self.note_failure(place, provider, &error);
                }
                Ok(())
            }));
        }
        // All at once: a silent one costs its time limit once, not once each.
        std::future::poll_fn(|cx| {
            asked.retain_mut(|question| question.as_mut().poll(cx).is_pending());
            if asked.is_empty() { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
        let well = self.providers.iter().filter_map(|provider| provider.health().height());
        if let Some(newest) = well.max() {
            self.newest_height.fetch_max(newest, Ordering::Relaxed);
        }
    }

    fn no_node(&self) -> ChainError {
        let provider = self.network.to_string();
        ChainError::Unreachable { provider, detail: "no node is named".to_owned() }
    }
}

#[async_trait]
impl Chain for UtxoChain {
    fn network(&self) -> Network {
        self.network
    }

    /// Fails when any node is on another chain, or when none answers. A node that does not answer
    /// now is checked before it is first believed.
    async fn identify(&self) -> Result<(), ChainError> {
        let mut silent = None;
        let mut identified = false;
        for (place, provider) in self.providers.iter().enumerate() {
            match provider.identify().await {
                Ok(()) => identified = true,
                Err(error @ ChainError::Misconfigured { .. }) => {
                    provider.health().failed(&error);
                    return Err(error);
                }
                Err(error) => {
                    self.note_failure(place, provider, &error);
                    silent.get_or_insert(error);
                }
            }
        }
        match silent {
            Some(error) if !identified => Err(error),
            Some(_) | None => Ok(()),
        }
    }

    /// The best block of the first node that is not behind what nodes have told before; when all
    /// are (the chain may really have become shorter), of the one that is furthest.
    async fn head(&self) -> Result<Head, ChainError> {
        self.survey().await;
        let newest = self.newest_height.load(Ordering::Relaxed);
        let mut best: Option<(usize, Head)> = None;
        let mut first_error = None;
        for (place, provider) in self.in_turn() {
            match provider.head().await {
                Ok(head) => {
                    if best.is_none_or(|(_, best)| head.height > best.height) {
                        best = Some((place, head));
                    }
                    if head.height >= newest {
                        break;
                    }
                    let (node, height) = (provider.name(), head.height);
                    tracing::warn!(network = %self.network, node, height, newest, "a node is behind");
                }
                Err(error) => {
                    self.note_failure(place, provider, &error);
                    first_error.get_or_insert(error);
                }
            }
        }
        let Some((place, head)) = best else {
            return Err(first_error.unwrap_or_else(|| self.no_node()));
        };
        self.preferred.store(place, Ordering::Relaxed);
        self.newest_height.store(head.height, Ordering::Relaxed);
        Ok(head)
    }

    async fn hash_at(&self, height: u64) -> Result<Option<Hash32>, ChainError> {
        self.ask(|_, provider| Box::pin(provider.hash_at(height))).await
    }

    async fn block_at(&self, height: u64) -> Result<Option<Block>, ChainError> {
        self.ask(|_, provider| Box::pin(provider.block_at(height))).await
    }

    async fn mempool(&self) -> Result<Mempool, ChainError> {
        let is_alone = self.providers.len() == 1;
        self.ask(|place, provider| Box::pin(self.pool.of(place, provider, is_alone))).await
    }

    fn tell_mempool_anew(&self) {
        self.pool.tell_anew();
    }

    fn pushes(&self) -> Option<watch::Receiver<u64>> {
        self.push.as_ref().map(|address| push::listen(self.network, address.clone()))
    }

    fn providers(&self) -> Vec<ProviderHealth> {
        let preferred = self.preferred.load(Ordering::Relaxed);
        let heights = self.providers.iter().filter_map(|provider| provider.health().height());
        let newest = heights.max().unwrap_or(0);
        let reports = self.providers.iter().enumerate().map(|(place, provider)| {
            provider.health().report(provider.name(), place == preferred, newest)
        });
        reports.collect()
    }
}
