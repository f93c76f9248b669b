//! Durable facts as they come, in order, for streams.

use std::sync::Arc;

use cryptopayment_domain::fact::Fact;
use tokio::sync::broadcast;

use crate::Seq;

/// Facts that became durable together.
#[derive(Debug, PartialEq, Eq)]
pub struct DurableGroup {
    /// Sequence of the first fact.
    pub first: Seq,
    /// The facts, in order.
    pub facts: Vec<Fact>,
}

impl DurableGroup {
    /// The facts with their sequences.
    pub fn iter(&self) -> impl Iterator<Item = (Seq, &Fact)> {
        (self.first..).zip(&self.facts)
    }
}

/// Where durable facts can be followed. Cheap to clone.
#[derive(Clone)]
pub struct Feed {
    pub(super) sender: broadcast::Sender<Arc<DurableGroup>>,
}

/// One follower's place in the feed.
pub struct Subscription {
    receiver: broadcast::Receiver<Arc<DurableGroup>>,
}

/// A follower has no next group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FeedError {
    /// It was too slow: groups were dropped. It reads the views and subscribes again.
    #[error("{groups} groups of facts were missed")]
    Lagged {
        /// How many groups it missed.
        groups: u64,
    },
    /// The store is closed.
    #[error("the store is closed")]
    Closed,
}

impl Feed {
    /// Follows from now on. Subscribe first, then read the views: what a row already holds (its
    /// `last_seq`) is skipped when it comes by.
    pub fn subscribe(&self) -> Subscription {
        Subscription { receiver: self.sender.subscribe() }
    }
}

impl Subscription {
    /// The next group that became durable. The views show it already.
    ///
    /// # Errors
    /// [`FeedError::Lagged`] once for each gap, [`FeedError::Closed`] at the end.
    pub async fn next(&mut self) -> Result<Arc<DurableGroup>, FeedError> {
        self.receiver.recv().await.map_err(|error| match error {
            broadcast::error::RecvError::Lagged(groups) => FeedError::Lagged { groups },
            broadcast::error::RecvError::Closed => FeedError::Closed,
        })
    }
}
