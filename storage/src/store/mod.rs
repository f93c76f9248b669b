//! The door to the store: append facts, read views, follow the feed.
//!
//! [`Store::append`] is quick and gives sequences in the order of the calls; a commit is durable,
//! and visible in the views, when its [`Ticket`] says so. One thread writes the journal and lays
//! each group over the views (`writer`), another brings groups into the tree (`applier`).

mod applier;
mod config;
mod durable;
mod feed;
mod folder;
mod opening;
mod pending;
mod queue;
mod sums;
mod ticket;
mod writer;

#[cfg(test)]
mod tests;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::network::Network;
use parking_lot::Mutex;
use tokio::sync::{broadcast, oneshot};

pub use config::{Fatal, FatalHook, OpenError, Progress, StoreConfig};
pub use feed::{DurableGroup, Feed, FeedError, Subscription};
pub use sums::Breach;
pub use ticket::Ticket;

pub(crate) use folder::ViewFolder;
pub use opening::read_facts;
pub(crate) use opening::{
    Opened, apply, facts_of, lock as lock_folder, open as open_folder, open_locked,
};
pub(crate) use sums::check as check_sums;

use crate::Seq;
use crate::checkpoint::Checkpoint;
use crate::disk::Disk;
use crate::views::{ViewError, Views};
use applier::Applier;
use durable::Durable;
use folder::message_of;
use pending::Pending;
use queue::{Commit, Queue, Saved};
use writer::Writer;

/// How long an answer about free space is believed.
const ROOM_BELIEVED: Duration = Duration::from_secs(1);

/// The store. Cheap to clone; when the last clone goes, it is closed.
#[derive(Clone)]
pub struct Store {
    shared: Arc<Shared>,
    threads: Arc<Threads>,
}

/// What the store's threads and its callers share.
struct Shared {
    config: StoreConfig,
    queue: Queue,
    views: Views,
    overlay: Pending,
    durable: Arc<Durable>,
    feed: Feed,
    failed: AtomicBool,
    room: Mutex<Room>,
}

/// The last answer about free space.
struct Room {
    asked: Option<Instant>,
    enough: bool,
}

/// The store could not write what was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store failed before it was closed; what was not acknowledged is lost")]
pub struct StoreFailed;

impl Store {
    /// Opens the store in its data folder: takes the lock, looks at the journal's tail, brings the
    /// views up to it. `progress` is told what happens on the way.
    ///
    /// # Errors
    /// [`OpenError`]; nothing was changed then.
    pub fn open(
        config: StoreConfig,
        mut progress: impl FnMut(Progress),
    ) -> Result<Store, OpenError> {
        let opened = opening::open(&config, false, &mut progress)?;
        let applied = opened.applied;
        let tree = sled::Tree::clone(&opened.tree);
        let views = Views::of(tree, applied.seq, Some(opened.lock));
        for breach in sums::check(&views)? {
            tracing::error!(%breach, "the ledger does not hold");
        }
        let (sender, _) = broadcast::channel(config.feed_groups.max(1));
        let group_bytes_max = Writer::group_bytes_max(config.segment_bytes);
        let shared = Arc::new(Shared {
            queue: Queue::starting_at(opened.journal.next_sequence()),
            overlay: Pending::over(views.clone()),
            views,
            durable: Arc::new(Durable::starting_at(applied.seq)),
            feed: Feed { sender },
            failed: AtomicBool::new(false),
            room: Mutex::new(Room { asked: None, enough: true }),
            config,
        });
        let folder = Arc::new(opened.folder);
        let writer = Writer {
            shared: Arc::clone(&shared),
            journal: opened.journal,
            applied,
            group_bytes_max,
        };
        let applier = Applier {
            shared: Arc::clone(&shared),
            tree: opened.tree,
            folder: Arc::clone(&folder),
            every: shared.config.checkpoint_every,
            applied,
            noted: applied,
        };
        let threads = Threads::new(Arc::clone(&shared));
        threads.start("journal", &folder, move || writer.run())?;
        threads.start("views", &folder, move || applier.run())?;
        Ok(Store { shared, threads: Arc::new(threads) })
    }

    /// Appends the facts of one commit: contiguous sequences, in the order of the calls, together
    /// in one group or nowhere. Never blocks on the disk.
    pub fn append(&self, facts: Vec<Fact>) -> Ticket {
        let (durable, told) = oneshot::channel();
        let (first, last) = self.shared.queue.append(Commit { facts, durable });
        Ticket { first, last, told, durable: Arc::clone(&self.shared.durable) }
    }

    /// The views, read-only.
    pub fn views(&self) -> Views {
        self.shared.views.clone()
    }

    /// Durable facts as they come.
    pub fn feed(&self) -> Feed {
        self.shared.feed.clone()
    }

    /// Sequence of the newest fact that is durable and visible.
    pub fn durable_seq(&self) -> Seq {
        self.shared.durable.seq()
    }

    /// Returns when everything up to `seq` is durable and visible.
    pub async fn when_durable(&self, seq: Seq) {
        self.shared.durable.when(seq).await;
    }

    /// The same for a plain thread. It blocks: never call it from an actor or a task.
    pub fn wait_durable(&self, seq: Seq) {
        self.shared.durable.wait(seq);
    }

    /// Saves where a network's watcher stands. It becomes visible and durable behind every fact
    /// appended before this call, never ahead of one.
    pub fn save_checkpoint(&self, network: Network, checkpoint: Checkpoint) {
        self.shared.queue.save(Saved { network, checkpoint: Box::new(checkpoint), kept: None });
    }

    /// The same, and returns when a process that is killed from now on finds it.
    ///
    /// # Errors
    /// When the store has failed, or is closed meanwhile.
    pub async fn keep_checkpoint(
        &self,
        network: Network,
        checkpoint: Checkpoint,
    ) -> Result<(), StoreFailed> {
        let (kept, durable) = oneshot::channel();
        let checkpoint = Box::new(checkpoint);
        self.shared.queue.save(Saved { network, checkpoint, kept: Some(kept) });
        durable.await.map_err(|_| StoreFailed)
    }

    /// Whether new business may be taken on: enough free space, and the queue is not overfull.
    pub fn has_room(&self) -> bool {
        self.is_healthy() && !self.shared.queue.is_overfull() && self.shared.has_free_space()
    }

    /// Whether what is appended can become durable.
    pub fn is_healthy(&self) -> bool {
        !self.shared.failed.load(Ordering::Acquire)
    }

    /// Checks the ledger's sums and signs from the views, at one moment. Empty: all holds.
    ///
    /// # Errors
    /// When the views cannot be read.
    pub fn check_sums(&self) -> Result<Vec<Breach>, ViewError> {
        sums::check(&self.shared.views)
    }

    /// Writes what was appended, brings all of it into the views, makes them durable, and ends the
    /// store's threads. The data folder stays locked until the last [`Views`] are gone.
    ///
    /// # Errors
    /// When the store had failed.
    pub fn close(self) -> Result<(), StoreFailed> {
        self.threads.stop();
        if self.is_healthy() { Ok(()) } else { Err(StoreFailed) }
    }

    /// Where the journal lies.
    pub(crate) fn journal(&self) -> (Arc<dyn Disk>, PathBuf) {
        let config = &self.shared.config;
        (Arc::clone(&config.disk), opening::journal_dir(config))
    }
}

impl Shared {
    fn has_free_space(&self) -> bool {
        let mut room = self.room.lock();
        if room.asked.is_none_or(|asked| asked.elapsed() >= ROOM_BELIEVED) {
            let free = self.config.disk.free_bytes(&self.config.data_dir);
            if let Err(error) = &free {
                tracing::error!(%error, "the disk does not say how much is free");
            }
            room.enough = free.is_ok_and(|free| free >= self.config.min_free_bytes);
            room.asked = Some(Instant::now());
        }
        room.enough
    }

    /// The store can no longer go on. What was not acknowledged never will be.
    fn fail(&self, fatal: &Fatal, folder: &ViewFolder) {
        self.failed.store(true, Ordering::Release);
        if matches!(fatal, Fatal::Views(_) | Fatal::Panicked { .. }) {
            folder.distrust(&fatal.to_string());
        }
        self.queue.close();
        self.overlay.close();
        (self.config.on_fatal)(fatal);
    }
}

/// Makes the views of a gateway that does not run anew from the journal. The ones there were are
/// set aside, the watchers' checkpoints among them are kept. Answers the last fact projected.
///
/// # Errors
/// As [`Store::open`]: where the journal has lost facts that the views hold, they are not
/// overwritten unless the loss is accepted.
pub fn rebuild(config: &StoreConfig, mut progress: impl FnMut(Progress)) -> Result<Seq, OpenError> {
    Ok(opening::open(config, true, &mut progress)?.applied.seq)
}

/// The writer's and the applier's thread, in the order in which they are stopped.
struct Threads {
    shared: Arc<Shared>,
    running: Mutex<Vec<JoinHandle<()>>>,
}

impl Threads {
    fn new(shared: Arc<Shared>) -> Self {
        Self { shared, running: Mutex::default() }
    }

    fn start(
        &self,
        name: &'static str,
        folder: &Arc<ViewFolder>,
        work: impl FnOnce() -> Result<(), Fatal> + Send + 'static,
    ) -> Result<(), OpenError> {
        let (shared, folder) = (Arc::clone(&self.shared), Arc::clone(folder));
        let guarded = move || {
            let fatal = match catch_unwind(AssertUnwindSafe(work)) {
                Ok(Ok(())) => return,
                Ok(Err(fatal)) => fatal,
                Err(panic) => Fatal::Panicked { thread: name, message: message_of(&*panic) },
            };
            shared.fail(&fatal, &folder);
        };
        let thread = std::thread::Builder::new().name(name.into()).spawn(guarded);
        self.running.lock().push(thread.map_err(OpenError::Thread)?);
        Ok(())
    }

    /// Ends the writer once the queue is empty, then the applier once the overlay is.
    fn stop(&self) {
        let mut running = self.running.lock();
        self.shared.queue.close();
        let mut ending = running.drain(..);
        if let Some(writer) = ending.next() {
            // A panic was caught inside the thread and told to the hook.
            let _ = writer.join();
        }
        self.shared.overlay.close();
        for thread in ending {
            let _ = thread.join();
        }
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stop();
    }
}
