//! Waiting for durability.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::durable::Durable;
use crate::Seq;

/// The promise of a commit: its sequences at once, its durability to be waited for. Dropping it
/// is fine; the facts are written all the same.
#[must_use = "nothing may leave the process before its ticket is durable"]
pub struct Ticket {
    /// Sequence of the commit's first fact.
    pub first: Seq,
    /// Sequence of its last fact; one less than `first` where it has none.
    pub last: Seq,
    pub(super) told: oneshot::Receiver<()>,
    pub(super) durable: Arc<Durable>,
}

impl Ticket {
    /// Returns when the facts are durable and the views show them. Where that can no longer
    /// happen the process is ending, and this never returns: nothing may leave.
    pub async fn durable(self) {
        if self.told.await.is_err() {
            std::future::pending::<()>().await;
        }
    }

    /// The same for a plain thread. It blocks: never call it from an actor or a task.
    pub fn wait(self) {
        self.durable.wait(self.last);
    }
}
