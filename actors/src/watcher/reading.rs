//! The mempool is read beside the blocks: a step of the scan waits a moment for it and goes on. A
//! node that is slow or fails here delays no block.

use cryptopayment_chains::adapter::{Chain, ChainError, Mempool};
use cryptopayment_domain::time::{Span, Timestamp};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinHandle;

/// How long a step of the scan waits for the mempool before it looks for blocks again.
const PATIENCE: Duration = Duration::from_secs(1);
/// After a failure the mempool is asked for again after the poll interval, doubled each time up to
/// this.
const BACK_OFF_MAX: Span = Span::from_s(60);

/// Reads the mempool, one answer at a time.
#[derive(Default)]
pub(super) struct Reader {
    under_way: Option<Reading>,
    failures: u32,
    /// What went wrong last, until an answer comes.
    trouble: Option<ChainError>,
    not_before: Option<Timestamp>,
}

struct Reading {
    asked_at: Timestamp,
    task: JoinHandle<Result<Mempool, ChainError>>,
}

impl Drop for Reading {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// What there is to take in.
pub(super) enum Looked {
    /// The mempool; this is when it was asked for.
    Here(Timestamp, Mempool),
    /// Nothing yet; what is wrong, if something is; whether the answer is being waited for.
    NotYet { trouble: Option<ChainError>, is_under_way: bool },
}

impl Reader {
    /// The mempool, if it is here soon.
    pub(super) async fn look(
        &mut self,
        chain: &Arc<dyn Chain>,
        now: Timestamp,
        poll_interval: Span,
    ) -> Looked {
        if self.under_way.is_none() && self.not_before.is_some_and(|at| now < at) {
            return self.not_yet();
        }
        let reading = self.under_way.get_or_insert_with(|| {
            let chain = Arc::clone(chain);
            Reading { asked_at: now, task: tokio::spawn(async move { chain.mempool().await }) }
        });
        let asked_at = reading.asked_at;
        let Ok(ended) = tokio::time::timeout(PATIENCE, &mut reading.task).await else {
            return self.not_yet();
        };
        self.under_way = None;
        match ended {
            Ok(Ok(mempool)) => {
                *self = Reader::default();
                Looked::Here(asked_at, mempool)
            }
            Ok(Err(error)) => {
                self.failures = self.failures.saturating_add(1);
                let doubled = poll_interval.ms().unsigned_abs() << self.failures.min(10);
                self.not_before = Some(now.plus(Span::from_ms(doubled).min(BACK_OFF_MAX)));
                self.trouble = Some(error);
                self.not_yet()
            }
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is ending.
                Err(_) => self.not_yet(),
            },
        }
    }

    fn not_yet(&self) -> Looked {
        let is_under_way = self.under_way.is_some();
        Looked::NotYet { trouble: self.trouble.clone(), is_under_way }
    }
}
