//! The start: lock, journal tail, views checked against the journal and caught up with it.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cryptopayment_domain::fact::Fact;
use parking_lot::Mutex;

use super::config::{OpenError, Progress, StoreConfig};
use super::folder::{OpenTree, ViewFolder, caught, message_of};
use super::pending::{Applied, Pending};
use crate::Seq;
use crate::backup::UNFINISHED;
use crate::disk::{Disk, DiskLock};
use crate::journal::{Frame, Journal, JournalError, JournalOptions, JournalReader, Survey};
use crate::keys::{self, Key, KeyRange, Prefix};
use crate::project::{LAYOUT, Projection, project};
use crate::records::{AppliedRow, Stored};
use crate::views::{Direction, Rows, ViewError, Views, Writes};

/// How many rows are handed over at once while the views catch up.
const BATCH_ROWS: usize = 1024;
/// How many facts pass between two words of progress.
const PROGRESS_FACTS: Seq = 10_000;

/// Everything that an opened store consists of.
pub(crate) struct Opened {
    pub lock: Box<dyn DiskLock>,
    pub journal: Journal,
    pub folder: ViewFolder,
    pub tree: sled::Db,
    pub applied: AppliedRow,
}

/// The folder of the journal.
pub(super) fn journal_dir(config: &StoreConfig) -> PathBuf {
    config.data_dir.join("journal")
}

/// Opens everything in the data folder. With `rebuild` the views are made anew although they could
/// be used; the watchers' checkpoints, which no fact makes, are kept.
pub(crate) fn open(
    config: &StoreConfig,
    rebuild: bool,
    progress: &mut dyn FnMut(Progress),
) -> Result<Opened, OpenError> {
    let lock = lock(config)?;
    if config.data_dir.join(UNFINISHED).exists() {
        return Err(OpenError::HalfRestored { path: config.data_dir.clone() });
    }
    open_locked(config, rebuild, lock, progress)
}

/// [`open`] of a folder whose lock is held, a half restored one too.
pub(crate) fn open_locked(
    config: &StoreConfig,
    rebuild: bool,
    lock: Box<dyn DiskLock>,
    progress: &mut dyn FnMut(Progress),
) -> Result<Opened, OpenError> {
    let dir = journal_dir(config);
    let options = JournalOptions { segment_bytes: config.segment_bytes, prepare_ahead: true };
    let survey = Survey::of(Arc::clone(&config.disk), &dir, options)?;
    let start = Start { config, last: survey.last_sequence(), dir };
    let folder = ViewFolder::of(&config.data_dir, config.cache_bytes);
    let mut usable = start.usable_views(&folder)?;
    let mut kept = Writes::new();
    if rebuild {
        kept = checkpoints_of(usable)?;
        usable = Err("a rebuild was asked for".to_owned());
    }
    if let Some(torn) = survey.torn() {
        progress(Progress::TornTailCut(torn.clone()));
    }
    let last_hash = survey.last_hash();
    let journal = survey.begin()?;
    let (tree, applied) = start.catch_up(&folder, usable, progress)?;
    let applied = applied.unwrap_or(AppliedRow { seq: 0, hash: last_hash });
    apply(&tree, &kept, applied)?;
    folder.sync(&tree)?;
    let noted = folder.sync_names().and_then(|()| folder.note(applied));
    noted.map_err(|source| start.folder_error(source))?;
    Ok(Opened { lock, journal, folder, tree, applied })
}

/// The rows of the watchers' checkpoints, where the views can be read at all.
fn checkpoints_of(usable: Result<OpenTree, String>) -> Result<Writes, ViewError> {
    let Ok(tree) = usable else { return Ok(Writes::new()) };
    let all = KeyRange::within(Key::of(Prefix::Checkpoint));
    let rows = Rows::scan(&*tree.db, &all, Direction::Forward);
    rows.map(|row| row.map(|(key, value)| (key, Some(value)))).collect()
}

/// Makes the data folder and takes its lock.
pub(crate) fn lock(config: &StoreConfig) -> Result<Box<dyn DiskLock>, OpenError> {
    let path = &config.data_dir;
    let folder = |source| OpenError::Folder { path: path.clone(), source };
    crate::disk::RealDisk.create_dir(path).map_err(folder)?;
    match config.disk.lock(&path.join("lock")) {
        Ok(lock) => Ok(lock),
        Err(error) if error.kind() == ErrorKind::WouldBlock => {
            Err(OpenError::Locked { path: path.clone() })
        }
        Err(error) => Err(folder(error)),
    }
}

struct Start<'c> {
    config: &'c StoreConfig,
    dir: PathBuf,
    /// Sequence of the journal's last fact.
    last: Seq,
}

impl Start<'_> {
    fn folder_error(&self, source: std::io::Error) -> OpenError {
        OpenError::Folder { path: self.config.data_dir.clone(), source }
    }

    /// The views, if they can be used, or why they cannot. An error where they, or what was noted
    /// of them, show that the journal has lost facts.
    fn usable_views(&self, folder: &ViewFolder) -> Result<Result<OpenTree, String>, OpenError> {
        let opened = folder.open();
        let noted = folder.noted();
        let held = opened.as_ref().ok().and_then(|tree| tree.applied);
        for known in [held, noted].into_iter().flatten() {
            if let Err(error) = self.check_against_journal(known) {
                if !self.config.accept_loss {
                    return Err(error);
                }
                tracing::warn!(%error, "the loss was accepted; the views are rebuilt");
                return Ok(Err(format!("the loss was accepted: {error}")));
            }
        }
        if let Some(reason) = folder.distrusted() {
            return Ok(Err(reason));
        }
        let (held, noted) = (held.map_or(0, |row| row.seq), noted.map_or(0, |row| row.seq));
        if opened.is_ok() && held < noted {
            return Ok(Err(format!("they end with fact {held} and once held fact {noted}")));
        }
        Ok(opened)
    }

    /// The views may be behind the journal, never ahead of it, and never beside it.
    fn check_against_journal(&self, known: AppliedRow) -> Result<(), OpenError> {
        let (path, seq) = (self.dir.clone(), known.seq);
        if seq > self.last {
            return Err(OpenError::ViewsAhead { views: seq, journal: self.last, path });
        }
        if seq == 0 {
            return Ok(());
        }
        let reader = JournalReader::open(Arc::clone(&self.config.disk), &self.dir, seq, seq)?;
        let frame = reader.map(|mut reader| reader.next_frame()).transpose()?.flatten();
        match frame {
            Some(frame) if frame.last() == seq && frame.hash == known.hash => Ok(()),
            Some(_) | None => Err(OpenError::ViewsDiffer { seq, path }),
        }
    }

    /// Projects what the views do not hold yet; views that cannot be used, or break while they
    /// catch up, are set aside and made anew.
    fn catch_up(
        &self,
        folder: &ViewFolder,
        usable: Result<OpenTree, String>,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(sled::Db, Option<AppliedRow>), OpenError> {
        let reason = match usable {
            Ok(tree) => match self.caught_up(&tree, progress)? {
                Ok(applied) => return Ok((tree.db, applied)),
                Err(reason) => reason,
            },
            Err(reason) => reason,
        };
        tracing::warn!(reason, "the views are set aside and rebuilt from the journal");
        let to = folder.set_aside().map_err(|source| self.folder_error(source))?;
        progress(Progress::ViewsSetAside { reason, to });
        let broken = |reason: String| OpenError::Views(ViewError::Store(reason));
        let tree = folder.open().map_err(broken)?;
        let applied = self.caught_up(&tree, progress)?.map_err(broken)?;
        Ok((tree.db, applied))
    }

    /// The inner error is the views', the outer one the journal's.
    fn caught_up(
        &self,
        tree: &OpenTree,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Result<Option<AppliedRow>, String>, JournalError> {
        let mut from_journal = None;
        let caught_up = caught(|| match self.project_rest(tree, progress) {
            Ok(applied) => Ok(applied),
            Err(CatchUpError::Views(error)) => Err(error.to_string()),
            Err(CatchUpError::Journal(error)) => {
                from_journal = Some(error);
                Ok(None)
            }
        });
        match from_journal {
            Some(error) => Err(error),
            None => Ok(caught_up),
        }
    }

    /// Projects what the tree does not hold on this thread, and applies it on another.
    fn project_rest(
        &self,
        tree: &OpenTree,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<Option<AppliedRow>, CatchUpError> {
        let held = tree.applied.map_or(0, |row| row.seq);
        let disk = Arc::clone(&self.config.disk);
        let reader = match self.last {
            last if held >= last => None,
            last => JournalReader::open(disk, &self.dir, held + 1, last)?,
        };
        let Some(reader) = reader else { return Ok(tree.applied) };
        let views = Views::of(sled::Tree::clone(&tree.db), held, None);
        let pending = Pending::over(views.clone());
        std::thread::scope(|scope| {
            let applier = scope.spawn(|| {
                // However this thread ends, the other one must not wait for it.
                let _closing = Closing(&pending);
                let mut applied = tree.applied;
                while let Some(now) = pending.apply_oldest(&tree.db, None, &mut Vec::new()) {
                    applied = now?.or(applied);
                }
                Ok(applied)
            });
            let projected = {
                let _closing = Closing(&pending);
                self.project_into(&pending, &views, reader, progress)
            };
            let applied = applier.join().unwrap_or_else(|panic| {
                Err(ViewError::Store(format!("it panicked: {}", message_of(&*panic))))
            });
            projected?;
            Ok(applied?)
        })
    }

    fn project_into(
        &self,
        pending: &Pending,
        views: &Views,
        mut reader: JournalReader,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(), CatchUpError> {
        let mut projection = Projection::over(views);
        let mut said = views.seq();
        while let Some(frame) = reader.next_frame()? {
            project_frame(&mut projection, &frame)?;
            let row = AppliedRow { seq: frame.last(), hash: frame.hash };
            let ends = row.seq >= self.last;
            if projection.len() >= BATCH_ROWS || ends {
                let full = std::mem::replace(&mut projection, Projection::over(views));
                pending.lay(Applied { row, writes: full.into_writes(), kept: Mutex::default() });
            }
            if row.seq - said >= PROGRESS_FACTS || ends {
                said = row.seq;
                progress(Progress::Projecting { done: said, total: self.last });
            }
            if pending.is_closed() {
                // The other thread has failed and says why.
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Closes the groups when it goes, however that comes about.
struct Closing<'p>(&'p Pending);

impl Drop for Closing<'_> {
    fn drop(&mut self) {
        self.0.close();
    }
}

#[derive(Debug, thiserror::Error)]
enum CatchUpError {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error(transparent)]
    Views(#[from] ViewError),
}

/// Projects every fact of a frame.
fn project_frame(views: &mut Projection<'_>, frame: &Frame) -> Result<(), CatchUpError> {
    for (seq, fact) in facts_of(frame) {
        project(views, seq, &fact?)?;
    }
    Ok(())
}

/// The facts of a frame. One that cannot be read though its checksum is right was written by a
/// newer version of this program.
pub(crate) fn facts_of(
    frame: &Frame,
) -> impl Iterator<Item = (Seq, Result<Fact, JournalError>)> + '_ {
    frame.records().map(|(seq, bytes)| {
        let fact = Fact::from_bytes(bytes);
        (seq, fact.map_err(|error| JournalError::Unreadable { seq, reason: error.to_string() }))
    })
}

/// The facts of a journal from the `from`-th to the one that ends the group of the `through`-th.
///
/// # Errors
/// Where the journal cannot be read.
pub fn read_facts(
    disk: Arc<dyn Disk>,
    journal_dir: &Path,
    from: Seq,
    through: Seq,
) -> Result<impl Iterator<Item = Result<(Seq, Fact), JournalError>>, JournalError> {
    let mut reader = JournalReader::open(disk, journal_dir, from, through)?;
    let mut facts: std::vec::IntoIter<Result<(Seq, Fact), JournalError>> = Vec::new().into_iter();
    Ok(std::iter::from_fn(move || {
        loop {
            match facts.next() {
                Some(Ok((seq, _))) if seq < from => {}
                Some(fact) => return Some(fact),
                None => match reader.as_mut()?.next_frame() {
                    Ok(None) => reader = None,
                    Ok(Some(frame)) => {
                        let read = facts_of(&frame).map(|(seq, fact)| Ok((seq, fact?)));
                        facts = read.collect::<Vec<_>>().into_iter();
                    }
                    Err(error) => {
                        reader = None;
                        return Some(Err(error));
                    }
                },
            }
        }
    }))
}

/// Writes one batch to the tree, with how far it then holds the journal.
pub(crate) fn apply(
    tree: &sled::Tree,
    writes: &Writes,
    applied: AppliedRow,
) -> Result<(), ViewError> {
    let mut batch = sled::Batch::default();
    for (key, value) in writes {
        match value {
            Some(value) => batch.insert(key, value),
            None => batch.remove(key),
        }
    }
    let key = keys::applied();
    let value = applied.to_bytes().map_err(|error| ViewError::row(key.as_ref(), error))?;
    batch.insert(key.as_ref(), value);
    let key = keys::layout();
    let value = LAYOUT.to_bytes().map_err(|error| ViewError::row(key.as_ref(), error))?;
    batch.insert(key.as_ref(), value);
    Ok(tree.apply_batch(batch)?)
}
