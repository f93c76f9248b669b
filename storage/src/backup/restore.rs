//! Putting a backup back: into an empty data folder, which cannot be used before all of it is there
//! and holds.
//!
//! The folder is marked first. A restore that is killed leaves the mark, and no store opens in a
//! folder that has it. One that fails empties the folder again.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::operator::{OperatorFact, Restored, SkippedAddresses};
use cryptopayment_domain::time::Timestamp;

use super::format::Manifest;
use super::read::{Taker, read};
use super::{BackupError, Copying, UNFINISHED, checkpoint_of, hex};
use crate::Seq;
use crate::checkpoint::Checkpoint;
use crate::disk::{Disk, SECTOR_BYTES};
use crate::journal::JournalError;
use crate::journal::carry::{self, Extents, NewSegment};
use crate::keys;
use crate::project::{Projection, project};
use crate::records::{AppliedRow, Stored};
use crate::store::{Opened, Progress, StoreConfig, apply, lock_folder, open_locked};
use crate::views::Views;

/// How many bytes pass between two words of progress.
const PROGRESS_BYTES: u64 = 8 << 20;
/// How many facts pass between two words of progress.
const PROGRESS_FACTS: u64 = 10_000;

/// How a backup is put back.
#[derive(Debug, Clone, Copy)]
pub struct RestorePlan {
    /// How far every address counter jumps.
    pub skipped: u32,
    /// How many of the skipped addresses of each network are watched.
    pub watched: u32,
    /// Now.
    pub now: Timestamp,
}

/// A backup that was put back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreReport {
    /// What was in it.
    pub manifest: Manifest,
    /// The fact that was written about it.
    pub restored: Restored,
}

/// Puts the backup `file` into the data folder of `config`, which must be empty or absent.
///
/// # Errors
/// [`BackupError`]. The folder is empty again then, unless the process was killed.
pub fn restore(
    config: &StoreConfig,
    file: &Path,
    plan: RestorePlan,
    mut copying: impl FnMut(Copying),
    mut progress: impl FnMut(Progress),
) -> Result<RestoreReport, BackupError> {
    let data_dir = config.data_dir.as_path();
    must_be_empty(data_dir)?;
    let lock = lock_folder(config)?;
    mark(data_dir)?;
    let restored = unpack(config, file, &mut copying).and_then(|(manifest, checkpoints)| {
        verify(config, &manifest, &mut copying)?;
        let opened = open_locked(config, false, lock, &mut progress)?;
        let restored = note(opened, &manifest, &checkpoints, plan)?;
        Ok(RestoreReport { manifest, restored })
    });
    match &restored {
        Ok(_) => unmark(data_dir)?,
        Err(_) => empty(data_dir),
    }
    restored
}

type Checkpoints = Vec<(Network, Checkpoint)>;

/// Reads the file once and puts its parts where they belong, durably.
fn unpack(
    config: &StoreConfig,
    file: &Path,
    copying: &mut dyn FnMut(Copying),
) -> Result<(Manifest, Checkpoints), BackupError> {
    let input = File::open(file).map_err(BackupError::io(file))?;
    let mut unpacker = Unpacker::new(config, copying);
    let manifest = read(input, file, &mut unpacker)?;
    Ok((manifest, unpacker.finish()?))
}

fn must_be_empty(data_dir: &Path) -> Result<(), BackupError> {
    let failed = BackupError::io(data_dir);
    if data_dir.join(UNFINISHED).exists() {
        return Err(crate::store::OpenError::HalfRestored { path: data_dir.to_owned() }.into());
    }
    let found = match fs::read_dir(data_dir) {
        Ok(mut entries) => entries.next(),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(failed(error)),
    };
    let Some(found) = found else { return Ok(()) };
    let found = found.map_err(failed)?.file_name().to_string_lossy().into_owned();
    Err(BackupError::NotEmpty { path: data_dir.to_owned(), found })
}

/// From here on no store opens in this folder.
fn mark(data_dir: &Path) -> Result<(), BackupError> {
    let path = data_dir.join(UNFINISHED);
    let words = "A restore did not end here. Empty this folder and restore the backup again.\n";
    write_durably(&path, words.as_bytes())
}

fn unmark(data_dir: &Path) -> Result<(), BackupError> {
    let path = data_dir.join(UNFINISHED);
    sync_folder(data_dir)?;
    fs::remove_file(&path).map_err(BackupError::io(&path))?;
    sync_folder(data_dir)
}

/// Removes all that a failed restore has put into what was an empty folder; the mark goes last.
fn empty(data_dir: &Path) {
    let entries = fs::read_dir(data_dir).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()).filter(|path| !path.ends_with(UNFINISHED)) {
        let removed =
            if path.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
        if let Err(error) = removed {
            tracing::warn!(%error, path = %path.display(), "a failed restore leaves this behind");
            return;
        }
    }
    if let Err(error) = fs::remove_file(data_dir.join(UNFINISHED)) {
        tracing::warn!(%error, "a failed restore leaves its mark behind");
    }
}

/// Reads the journal back from its first frame: it must end as the backup says.
fn verify(
    config: &StoreConfig,
    manifest: &Manifest,
    copying: &mut dyn FnMut(Copying),
) -> Result<(), BackupError> {
    let (total, mut said): (Seq, Seq) = (manifest.seq, 0);
    let journal = config.data_dir.join("journal");
    let extents = Extents::of(Arc::clone(&config.disk), &journal, total, |done| {
        if done - said >= PROGRESS_FACTS || done >= total {
            said = done;
            copying(Copying::Checking { done, total });
        }
    })?;
    if (extents.last, extents.hash) != (manifest.seq, manifest.hash) || total == 0 {
        let (expected, found) = (hex(&manifest.hash), hex(&extents.hash));
        return Err(BackupError::OtherEnd { expected, found });
    }
    Ok(())
}

/// Writes that this is a restored backup, and where the watchers go on.
fn note(
    opened: Opened,
    manifest: &Manifest,
    checkpoints: &[(Network, Checkpoint)],
    plan: RestorePlan,
) -> Result<Restored, BackupError> {
    let Opened { lock: _lock, mut journal, folder, tree, applied } = opened;
    let views = Views::of(sled::Tree::clone(&tree), applied.seq, None);
    let mut skipped = Vec::new();
    for network in Network::ALL {
        let counter = views.next_address_index(network)?;
        skipped.push(SkippedAddresses::behind(network, counter, plan.skipped, plan.watched)?);
    }
    let restored =
        Restored { backup_at: manifest.made_at, backup_seq: manifest.seq, skipped, at: plan.now };
    let fact = Fact::Operator(OperatorFact::Restored(Box::new(restored.clone())));
    let group = journal.append([fact.to_bytes()?])?.ok_or(JournalError::Failed)?;
    let mut projection = Projection::over(&views);
    project(&mut projection, group.last, &fact)?;
    for (network, checkpoint) in checkpoints {
        projection.put(keys::checkpoint(*network), checkpoint)?;
    }
    let applied = AppliedRow { seq: group.last, hash: group.hash };
    apply(&tree, &projection.into_writes(), applied)?;
    folder.sync(&tree)?;
    folder.note(applied).map_err(BackupError::io(&folder.path()))?;
    Ok(restored)
}

/// Puts the parts where they belong.
struct Unpacker<'u> {
    disk: Arc<dyn Disk>,
    data_dir: PathBuf,
    checkpoints: Checkpoints,
    now: Option<(String, Now)>,
    folders: Vec<PathBuf>,
    written: u64,
    said: u64,
    copying: &'u mut dyn FnMut(Copying),
}

/// The part that is being put down.
enum Now {
    Segment { number: u32, new: Option<NewSegment> },
    Whole(Vec<u8>),
}

impl<'u> Unpacker<'u> {
    fn new(config: &StoreConfig, copying: &'u mut dyn FnMut(Copying)) -> Self {
        Self {
            disk: Arc::clone(&config.disk),
            data_dir: config.data_dir.clone(),
            checkpoints: Vec::new(),
            now: None,
            folders: Vec::new(),
            written: 0,
            said: 0,
            copying,
        }
    }

    /// Makes the names of everything durable.
    fn finish(self) -> Result<Checkpoints, BackupError> {
        for folder in &self.folders {
            sync_folder(folder)?;
        }
        sync_folder(&self.data_dir)?;
        Ok(self.checkpoints)
    }

    fn folder(&mut self, name: &str) -> Result<PathBuf, BackupError> {
        let folder = self.data_dir.join(name.split('/').next().unwrap_or_default());
        if !self.folders.contains(&folder) {
            let mode = if folder.ends_with("journal") { 0o755 } else { 0o700 };
            let made = fs::DirBuilder::new().recursive(true).mode(mode).create(&folder);
            made.map_err(BackupError::io(&folder))?;
            self.folders.push(folder.clone());
        }
        Ok(folder)
    }
}

impl Taker for Unpacker<'_> {
    fn begin(&mut self, name: &str, bytes: u64) -> Result<(), BackupError> {
        let now = match name.strip_prefix("journal/") {
            Some(file) => {
                let number = carry::number_in(file);
                let number =
                    number.ok_or_else(|| BackupError::damaged(name, "it is no segment"))?;
                self.folder(name)?;
                Now::Segment { number, new: None }
            }
            None if bytes > WHOLE_BYTES_MAX => {
                return Err(BackupError::damaged(name, "it is too long"));
            }
            None => Now::Whole(Vec::new()),
        };
        self.now = Some((name.to_owned(), now));
        Ok(())
    }

    fn take(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        let journal = self.data_dir.join("journal");
        match &mut self.now {
            Some((_, Now::Segment { new: Some(new), .. })) => new.write(bytes)?,
            Some((name, Now::Segment { number, new })) => {
                let no_header = || BackupError::damaged(name, "its header is not sound");
                let (head, rest) =
                    bytes.split_first_chunk::<SECTOR_BYTES>().ok_or_else(no_header)?;
                let begun = NewSegment::begin(&*self.disk, &journal, *number, head)?;
                let mut begun = begun.ok_or_else(no_header)?;
                begun.write(rest)?;
                *new = Some(begun);
            }
            Some((_, Now::Whole(whole))) => whole.extend_from_slice(bytes),
            None => {}
        }
        self.written += bytes.len() as u64;
        if self.written - self.said >= PROGRESS_BYTES {
            self.said = self.written;
            (self.copying)(Copying::Writing { done: self.written, total: None });
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), BackupError> {
        let Some((name, now)) = self.now.take() else { return Ok(()) };
        let whole = match now {
            Now::Segment { new: Some(new), .. } => return Ok(new.finish()?),
            Now::Segment { new: None, .. } => {
                return Err(BackupError::damaged(&name, "it is empty"));
            }
            Now::Whole(whole) => whole,
        };
        if let Some(network) = name.strip_prefix("checkpoints/") {
            let network = network.parse::<Network>();
            let network = network.map_err(|_| BackupError::damaged(&name, "no such network"))?;
            let checkpoint = checkpoint_of(&whole);
            let checkpoint =
                checkpoint.map_err(|error| BackupError::damaged(&name, error.to_string()))?;
            self.checkpoints.push((network, checkpoint));
            return Ok(());
        }
        self.folder(&name)?;
        write_durably(&self.data_dir.join(&name), &whole)
    }
}

/// The longest part that is no segment, in bytes.
const WHOLE_BYTES_MAX: u64 = 16 << 20;

fn write_durably(path: &Path, bytes: &[u8]) -> Result<(), BackupError> {
    let mut options = OpenOptions::new();
    let file = options.write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()
    });
    written.map_err(BackupError::io(path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

fn sync_folder(folder: &Path) -> Result<(), BackupError> {
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(BackupError::io(folder))
}
