//! The views' folder: opening sled so that its panics are ours to handle, making it really durable,
//! noting how far it is, setting it aside.
//!
//! sled's own `flush` is `sync_file_range`, after which a power cut has been seen to leave a store
//! that panics when opened or has forgotten what it was given. So every checkpoint is `flush` and
//! then our own fsync, and the applied sequence is noted beside it.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

use crate::keys;
use crate::project::LAYOUT;
use crate::records::{AppliedRow, Stored};
use crate::views::{ReadRows, ViewError};

/// The folder of the views beside the journal, and the two files that speak of it.
pub(crate) struct ViewFolder {
    data_dir: PathBuf,
    cache_bytes: u64,
}

/// An open tree of views and how far it holds the journal; none where it is new.
pub(crate) struct OpenTree {
    pub db: sled::Db,
    pub applied: Option<AppliedRow>,
}

impl ViewFolder {
    pub fn of(data_dir: &Path, cache_bytes: u64) -> Self {
        Self { data_dir: data_dir.to_owned(), cache_bytes }
    }

    pub fn path(&self) -> PathBuf {
        self.data_dir.join("views")
    }

    fn noted_path(&self) -> PathBuf {
        self.data_dir.join("views.noted")
    }

    fn distrusted_path(&self) -> PathBuf {
        self.data_dir.join("views.distrusted")
    }

    /// Opens the views, or says why they cannot be used.
    pub fn open(&self) -> Result<OpenTree, String> {
        let config = sled::Config::new()
            .path(self.path())
            .cache_capacity(self.cache_bytes)
            .flush_every_ms(None);
        caught(|| {
            let db = config.open().map_err(|error| error.to_string())?;
            let applied = db.row(keys::applied()).map_err(|error| error.to_string())?;
            let layout = db.row::<u32>(keys::layout()).map_err(|error| error.to_string())?;
            match (applied, layout) {
                (Some(_), layout) if layout != Some(LAYOUT) => {
                    Err("another version of this program made them".to_owned())
                }
                (applied, _) => Ok(OpenTree { db, applied }),
            }
        })
    }

    /// Makes everything the tree was given durable.
    pub fn sync(&self, db: &sled::Db) -> Result<(), ViewError> {
        db.flush()?;
        let synced = File::open(self.path().join("db")).and_then(|file| file.sync_data());
        synced.map_err(|error| ViewError::Store(error.to_string()))
    }

    /// Makes the names of a newly made folder durable, and what sled does not sync itself.
    pub fn sync_names(&self) -> io::Result<()> {
        for entry in fs::read_dir(self.path())? {
            let path = entry?.path();
            if path.is_file() {
                File::open(path)?.sync_all()?;
            }
        }
        File::open(self.path())?.sync_all()?;
        File::open(&self.data_dir)?.sync_all()
    }

    /// Notes durably that the views durably hold this much.
    pub fn note(&self, applied: AppliedRow) -> io::Result<()> {
        let bytes = applied.to_bytes().map_err(io::Error::other)?;
        let mut noted = crc32c::crc32c(&bytes).to_le_bytes().to_vec();
        noted.extend(bytes);
        let new = self.data_dir.join("views.noted.new");
        let mut file = File::create(&new)?;
        file.write_all(&noted)?;
        file.sync_all()?;
        fs::rename(&new, self.noted_path())?;
        File::open(&self.data_dir)?.sync_all()
    }

    /// How much the views are known to have held durably; none where that was never noted.
    pub fn noted(&self) -> Option<AppliedRow> {
        let noted = fs::read(self.noted_path()).ok()?;
        let (crc, bytes) = noted.split_first_chunk::<4>()?;
        (crc32c::crc32c(bytes) == u32::from_le_bytes(*crc)).then_some(())?;
        AppliedRow::from_bytes(bytes).ok()
    }

    /// Marks the views as not to be believed at the next start.
    pub fn distrust(&self, reason: &str) {
        if let Err(error) = fs::write(self.distrusted_path(), reason) {
            tracing::error!(%error, "the views could not be marked as not to be believed");
        }
    }

    /// Why the views are not to be believed, if they were marked so.
    pub fn distrusted(&self) -> Option<String> {
        fs::read_to_string(self.distrusted_path()).ok()
    }

    /// Moves the views out of the way, with what was noted of them; the ones set aside before
    /// are removed. Answers where they lie.
    pub fn set_aside(&self) -> io::Result<PathBuf> {
        let aside = self.data_dir.join("views.set-aside");
        absent_is_fine(fs::remove_dir_all(&aside))?;
        absent_is_fine(fs::rename(self.path(), &aside))?;
        absent_is_fine(fs::remove_file(self.noted_path()))?;
        File::open(&self.data_dir)?.sync_all()?;
        absent_is_fine(fs::remove_file(self.distrusted_path()))?;
        Ok(aside)
    }
}

fn absent_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

/// Runs what may panic inside sled; the panic becomes the reason of a refusal.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, String>) -> Result<T, String> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(done) => done,
        Err(panic) => Err(format!("it panicked: {}", message_of(&*panic))),
    }
}

/// What a panic said.
pub(crate) fn message_of(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "no message".into())
}
