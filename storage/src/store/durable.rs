//! How far the journal is durable and the views show it, for all who wait for it.

use parking_lot::{Condvar, Mutex};
use tokio::sync::watch;

use crate::Seq;

/// The newest durable sequence. It only grows.
pub(super) struct Durable {
    published: watch::Sender<Seq>,
    blocking: Mutex<Seq>,
    grown: Condvar,
}

impl Durable {
    pub fn starting_at(seq: Seq) -> Self {
        let (published, _) = watch::channel(seq);
        Self { published, blocking: Mutex::new(seq), grown: Condvar::new() }
    }

    pub fn seq(&self) -> Seq {
        *self.published.borrow()
    }

    pub fn grow(&self, seq: Seq) {
        self.published.send_replace(seq);
        *self.blocking.lock() = seq;
        self.grown.notify_all();
    }

    /// Waits on this thread.
    pub fn wait(&self, seq: Seq) {
        let mut now = self.blocking.lock();
        while *now < seq {
            self.grown.wait(&mut now);
        }
    }

    /// Waits in a task.
    pub async fn when(&self, seq: Seq) {
        let mut published = self.published.subscribe();
        // The sender lives as long as `self`; were it gone, nothing could become durable any more.
        if published.wait_for(|now| *now >= seq).await.is_err() {
            std::future::pending::<()>().await;
        }
    }
}
