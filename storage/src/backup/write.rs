//! Making a backup: beside the gateway, into a file that appears whole or not at all.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, ErrorKind, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cryptopayment_domain::time::Timestamp;
use sha2::{Digest, Sha256};

use super::format::{FORMAT, LIST, MAGIC, Manifest, PART, Part, TAIL, is_plain};
use super::{BackupCut, BackupError, Copying};
use crate::disk::Disk;
use crate::journal::carry::{self, Extent, Extents};

/// How many bytes pass between two words of progress.
const PROGRESS_BYTES: u64 = 8 << 20;
/// How many facts pass between two words of progress.
const PROGRESS_FACTS: u64 = 10_000;
/// How much of a file is read at once, in bytes.
const CHUNK_BYTES: usize = 1 << 20;

/// What a backup is made of.
pub struct BackupSource {
    /// The disk that the journal lies on.
    pub disk: Arc<dyn Disk>,
    /// The data folder.
    pub data_dir: PathBuf,
    /// Where to cut. Everything up to it is durable.
    pub cut: BackupCut,
    /// Files beside the journal, as paths in the data folder (`keys/master.key`). Made before the
    /// facts that need them, so that those of the cut are all there now.
    pub files: Vec<String>,
    /// The version of the program.
    pub program: String,
    /// Now.
    pub now: Timestamp,
}

/// A backup that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackupReport {
    /// What is in it.
    pub manifest: Manifest,
    /// Its length in bytes.
    pub bytes: u64,
}

/// Makes a backup. Returns when `file` is durable under its name; whatever happens before leaves no
/// file of that name, and the data folder is only read.
///
/// # Errors
/// [`BackupError`].
pub fn backup(
    source: &BackupSource,
    file: &Path,
    mut progress: impl FnMut(Copying),
) -> Result<BackupReport, BackupError> {
    if file.symlink_metadata().is_ok() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let journal = source.data_dir.join("journal");
    let (total, mut said) = (source.cut.seq, 0);
    let disk = Arc::clone(&source.disk);
    let extents = Extents::of(disk, &journal, total, |done| {
        if done - said >= PROGRESS_FACTS || done >= total {
            said = done;
            progress(Copying::Checking { done, total });
        }
    })?;
    if extents.last == 0 {
        return Err(BackupError::Empty);
    }
    let partial = Partial::begin(file)?;
    let journal_bytes: u64 = extents.segments.iter().map(|extent| extent.bytes).sum();
    let writer = Writer {
        out: BufWriter::with_capacity(CHUNK_BYTES, &partial.file),
        path: &partial.path,
        written: 0,
        said: 0,
        total: journal_bytes,
        progress: &mut progress,
    };
    let written = writer.write(source, &journal, &extents);
    let done = written.and_then(|report| partial.put_in_place(file).map(|()| report));
    if done.is_err() {
        // In vain where it has its name already, or the disk is gone.
        let _ = fs::remove_file(&partial.path);
    }
    done
}

struct Writer<'w> {
    out: BufWriter<&'w File>,
    path: &'w Path,
    written: u64,
    said: u64,
    /// About how much it will be: the journal.
    total: u64,
    progress: &'w mut dyn FnMut(Copying),
}

impl Writer<'_> {
    fn write(
        mut self,
        source: &BackupSource,
        journal: &Path,
        extents: &Extents,
    ) -> Result<BackupReport, BackupError> {
        self.put(MAGIC)?;
        self.put(&FORMAT.to_le_bytes())?;
        let mut parts = Vec::new();
        for (network, bytes) in &source.cut.checkpoints {
            parts.push(self.whole(&format!("checkpoints/{network}"), bytes)?);
        }
        for name in &source.files {
            if let Some(bytes) = beside(&source.data_dir, name)? {
                parts.push(self.whole(name, &bytes)?);
            }
        }
        for extent in &extents.segments {
            parts.push(self.segment(&*source.disk, journal, extent)?);
        }
        let manifest = Manifest {
            program: source.program.clone(),
            made_at: source.now,
            seq: extents.last,
            hash: extents.hash,
            parts,
        };
        let text = manifest.to_text();
        self.put(LIST)?;
        self.put(&u32::try_from(text.len()).unwrap_or(u32::MAX).to_le_bytes())?;
        self.put(text.as_bytes())?;
        self.put(&Sha256::digest(text.as_bytes()))?;
        self.put(TAIL)?;
        self.out.flush().map_err(BackupError::io(self.path))?;
        Ok(BackupReport { manifest, bytes: self.written })
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), BackupError> {
        self.out.write_all(bytes).map_err(BackupError::io(self.path))?;
        self.written += bytes.len() as u64;
        if self.written - self.said >= PROGRESS_BYTES {
            self.said = self.written;
            let total = Some(self.total.max(self.written));
            (self.progress)(Copying::Writing { done: self.written, total });
        }
        Ok(())
    }

    fn head(&mut self, name: &str, bytes: u64) -> Result<(), BackupError> {
        self.put(PART)?;
        self.put(&u16::try_from(name.len()).unwrap_or(u16::MAX).to_le_bytes())?;
        self.put(name.as_bytes())?;
        self.put(&bytes.to_le_bytes())
    }

    fn whole(&mut self, name: &str, bytes: &[u8]) -> Result<Part, BackupError> {
        let sha256: [u8; 32] = Sha256::digest(bytes).into();
        self.head(name, bytes.len() as u64)?;
        self.put(bytes)?;
        self.put(&sha256)?;
        Ok(Part { name: name.to_owned(), bytes: bytes.len() as u64, sha256 })
    }

    fn segment(
        &mut self,
        disk: &dyn Disk,
        journal: &Path,
        extent: &Extent,
    ) -> Result<Part, BackupError> {
        let name = format!("journal/{}", carry::name_of(extent));
        self.head(&name, extent.bytes)?;
        let mut sha256 = Sha256::new();
        carry::read(disk, journal, extent, |chunk| {
            sha256.update(chunk);
            self.put(chunk)
        })?;
        let sha256: [u8; 32] = sha256.finalize().into();
        self.put(&sha256)?;
        Ok(Part { name, bytes: extent.bytes, sha256 })
    }
}

/// A small file of the data folder; none where it has just been removed (a merchant forgotten).
fn beside(data_dir: &Path, name: &str) -> Result<Option<Vec<u8>>, BackupError> {
    let path = data_dir.join(name);
    if !is_plain(name) {
        let source = io::Error::new(ErrorKind::InvalidInput, "not a file that is backed up");
        return Err(BackupError::Io { path, source });
    }
    let mut bytes = Vec::new();
    match File::open(&path).and_then(|mut file| file.read_to_end(&mut bytes)) {
        Ok(_) => Ok(Some(bytes)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(BackupError::Io { path, source }),
    }
}

/// The file under its temporary name, held by a lock so that two backups do not share it.
struct Partial {
    file: File,
    path: PathBuf,
}

impl Partial {
    fn begin(target: &Path) -> Result<Self, BackupError> {
        let mut name = target.file_name().unwrap_or_default().to_os_string();
        name.push(".partial");
        let path = target.with_file_name(name);
        let failed = BackupError::io(&path);
        // What a killed backup left is taken over and emptied; it was never a backup.
        let mut options = OpenOptions::new();
        options.write(true).create(true).truncate(false).mode(0o600);
        let file = options.open(&path).map_err(&failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(BackupError::Busy(path)),
            Err(TryLockError::Error(error)) => return Err(failed(error)),
        }
        file.set_len(0).map_err(&failed)?;
        let owner_only = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        file.set_permissions(owner_only).map_err(&failed)?;
        Ok(Self { file, path })
    }

    /// Gives the durable file its name; never over another file.
    fn put_in_place(&self, target: &Path) -> Result<(), BackupError> {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        let failed = BackupError::io(target);
        self.file.sync_all().map_err(&failed)?;
        match renameat_with(CWD, &self.path, CWD, target, RenameFlags::NOREPLACE) {
            Ok(()) => {}
            Err(rustix::io::Errno::EXIST) => return Err(BackupError::Exists(target.to_owned())),
            // A file system that does not know this (network file systems): look, then rename.
            Err(rustix::io::Errno::INVAL | rustix::io::Errno::NOSYS) => {
                if target.symlink_metadata().is_ok() {
                    return Err(BackupError::Exists(target.to_owned()));
                }
                fs::rename(&self.path, target).map_err(&failed)?;
            }
            Err(error) => return Err(failed(error.into())),
        }
        let folder = target.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
    }
}
