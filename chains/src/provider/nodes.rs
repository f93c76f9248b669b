//! Several nodes of one network: the next one is asked when one fails or lags.

use super::ProviderError;
use super::health::Health;
use crate::adapter::{ChainError, Head, ProviderHealth};
use async_trait::async_trait;
use cryptopayment_domain::network::Network;
use parking_lot::Mutex;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::task::Poll;
use std::time::{Duration, Instant};

/// How often the nodes that are not in use are asked for their height: one that is stuck looks
/// well until another is seen to be further.
const SURVEY_EVERY: Duration = Duration::from_secs(30);

/// One node, as choosing between several needs it.
#[async_trait]
pub trait Node: Send + Sync {
    /// Host and port.
    fn name(&self) -> &str;

    /// How it was last seen. It notes the heights that it tells there itself.
    fn health(&self) -> &Health;

    /// Checks, until it has succeeded once, that it is on the configured chain.
    async fn identify(&self) -> Result<(), ChainError>;

    /// Its best block, told only when it is on the configured chain.
    async fn head(&self) -> Result<Head, ChainError>;
}

/// The nodes of one network, in the order of preference.
pub struct Nodes<N> {
    network: Network,
    nodes: Vec<N>,
    /// The node that is asked first: the last one that answered well, so that successive answers
    /// come from one view of the chain.
    preferred: AtomicUsize,
    /// The newest height that any node has told: one that tells less is passed over if it can be.
    newest_height: AtomicU64,
    /// When all nodes were last asked for their height, the ones not in use too.
    surveyed_at: Mutex<Option<Instant>>,
}

/// A question that is being put to a node.
pub type Question<'a, T> = Pin<Box<dyn Future<Output = Result<T, ChainError>> + Send + 'a>>;

impl<N: Node> Nodes<N> {
    /// These nodes; nothing is asked yet.
    pub fn new(network: Network, nodes: Vec<N>) -> Result<Nodes<N>, ProviderError> {
        if nodes.is_empty() {
            return Err(ProviderError::None);
        }
        Ok(Nodes {
            network,
            nodes,
            preferred: AtomicUsize::new(0),
            newest_height: AtomicU64::new(0),
            surveyed_at: Mutex::new(None),
        })
    }

    /// Whether there is but one.
    pub fn is_single(&self) -> bool {
        self.nodes.len() == 1
    }

    /// The nodes, the preferred one first, with their places.
    fn in_turn(&self) -> impl Iterator<Item = (usize, &N)> {
        let first = self.preferred.load(Ordering::Relaxed);
        self.nodes.iter().enumerate().cycle().skip(first).take(self.nodes.len())
    }

    /// The first good answer. When all fail: what was wrong with the first.
    pub async fn ask<'a, T>(
        &'a self,
        question: impl Fn(usize, &'a N) -> Question<'a, T> + Send + Sync,
    ) -> Result<T, ChainError> {
        let mut first_error = None;
        for (place, node) in self.in_turn() {
            match question(place, node).await {
                Ok(answer) => {
                    self.preferred.store(place, Ordering::Relaxed);
                    return Ok(answer);
                }
                Err(error) => {
                    self.note_failure(node, &error);
                    first_error.get_or_insert(error);
                }
            }
        }
        Err(first_error.unwrap_or_else(|| self.no_node()))
    }

    fn note_failure(&self, node: &N, error: &ChainError) {
        node.health().failed(error);
        tracing::warn!(network = %self.network, %error, "a node failed");
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
            due && self.nodes.len() > 1
        };
        if !is_due {
            return;
        }
        let mut asked: Vec<Question<'_, ()>> = Vec::new();
        for node in &self.nodes {
            asked.push(Box::pin(async move {
                if let Err(error) = node.head().await {
                    self.note_failure(node, &error);
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
        let well = self.nodes.iter().filter_map(|node| node.health().height());
        if let Some(newest) = well.max() {
            self.newest_height.fetch_max(newest, Ordering::Relaxed);
        }
    }

    fn no_node(&self) -> ChainError {
        let provider = self.network.to_string();
        ChainError::Unreachable { provider, detail: "no node is named".to_owned() }
    }

    /// Fails when any node is on another chain, or when none answers. A node that does not answer
    /// now is checked before it is first believed.
    pub async fn identify(&self) -> Result<(), ChainError> {
        let mut silent = None;
        let mut identified = false;
        for node in &self.nodes {
            match node.identify().await {
                Ok(()) => identified = true,
                Err(error @ ChainError::Misconfigured { .. }) => {
                    node.health().failed(&error);
                    return Err(error);
                }
                Err(error) => {
                    self.note_failure(node, &error);
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
    pub async fn head(&self) -> Result<Head, ChainError> {
        self.survey().await;
        let newest = self.newest_height.load(Ordering::Relaxed);
        let mut best: Option<(usize, Head)> = None;
        let mut first_error = None;
        for (place, node) in self.in_turn() {
            match node.head().await {
                Ok(head) => {
                    if best.is_none_or(|(_, best)| head.height > best.height) {
                        best = Some((place, head));
                    }
                    if head.height >= newest {
                        break;
                    }
                    let (node, height) = (node.name(), head.height);
                    tracing::warn!(network = %self.network, node, height, newest, "a node is behind");
                }
                Err(error) => {
                    self.note_failure(node, &error);
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

    /// How each was last seen, in the order of the configuration. Asks nobody.
    pub fn reports(&self) -> Vec<ProviderHealth> {
        let preferred = self.preferred.load(Ordering::Relaxed);
        let newest = self.nodes.iter().filter_map(|node| node.health().height()).max().unwrap_or(0);
        let reports = self
            .nodes
            .iter()
            .enumerate()
            .map(|(place, node)| node.health().report(node.name(), place == preferred, newest));
        reports.collect()
    }
}
