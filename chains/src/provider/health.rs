//! How one node was last seen: its height, what is wrong with it, and until when it wants to be
//! left alone.

use crate::adapter::{ChainError, ProviderHealth};
use parking_lot::Mutex;
use std::time::{Duration, Instant};

/// A node that asks for a longer pause is asked again after this one all the same.
const PAUSE_MAX: Duration = Duration::from_secs(600);

/// What is remembered of a node between two questions.
#[derive(Default)]
pub struct Health {
    /// Held for a moment at a time, never across an await.
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    height: Option<u64>,
    error: Option<String>,
    paused_until: Option<Instant>,
    outages: u64,
}

impl Health {
    /// It told its best block.
    pub fn told_height(&self, height: u64) {
        let mut seen = self.seen.lock();
        seen.height = Some(height);
        seen.error = None;
    }

    /// It failed.
    pub fn failed(&self, error: &ChainError) {
        let mut seen = self.seen.lock();
        seen.error = Some(error.to_string());
        match error {
            ChainError::Unreachable { .. } | ChainError::NotReady { .. } => {
                seen.outages = seen.outages.saturating_add(1);
            }
            ChainError::Refused { .. }
            | ChainError::RateLimited { .. }
            | ChainError::Nonsense { .. }
            | ChainError::Misconfigured { .. } => {}
        }
    }

    /// How often it did not answer: when it does again, it may have been restarted.
    pub fn outages(&self) -> u64 {
        self.seen.lock().outages
    }

    /// It asked to be left alone for so long (`Retry-After`).
    pub fn pause(&self, pause: Duration) {
        let until = Instant::now().checked_add(pause.min(PAUSE_MAX));
        self.seen.lock().paused_until = until;
    }

    /// How many seconds it is still to be left alone; none when it may be asked.
    pub fn paused_s(&self) -> Option<u64> {
        let left = self.seen.lock().paused_until?.checked_duration_since(Instant::now())?;
        (!left.is_zero()).then(|| left.as_secs().saturating_add(1))
    }

    /// The height it told last, if it was well then.
    pub fn height(&self) -> Option<u64> {
        let seen = self.seen.lock();
        seen.height.filter(|_| seen.error.is_none())
    }

    /// For the operator. `newest` is the height of the node that is furthest.
    pub fn report(&self, node: &str, in_use: bool, newest: u64) -> ProviderHealth {
        let paused_s = self.paused_s();
        let seen = self.seen.lock();
        let lag = seen.height.map(|height| newest.saturating_sub(height));
        let error = seen.error.clone();
        ProviderHealth { node: node.to_owned(), in_use, height: seen.height, lag, error, paused_s }
    }
}
