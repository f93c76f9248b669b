//! The few things the journal asks of a disk, as a trait, so that tests can cut its power.
//!
//! The contract is the weakest that real disks keep: what was written is only certain after
//! [`DiskFile::sync_data`] returned, a new name only after [`Disk::sync_dir`], and until then any
//! part of it, in units of a sector, may or may not be there after a power cut, in any order.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::Path;

/// The unit a disk writes whole or not at all, in bytes.
pub const SECTOR_BYTES: usize = 512;

/// How much is written at once while a new file is filled with zeros, in bytes.
const FILL_BYTES: usize = 1 << 20;

/// A disk: directories and files, as far as the store needs them.
pub trait Disk: Send + Sync {
    /// Makes a directory and its parents; each new name is durable when this returns.
    fn create_dir(&self, dir: &Path) -> io::Result<()>;
    /// Makes a new file of `bytes` zeros that take their place on the disk already.
    /// The contents are durable when this returns, the name only after [`Disk::sync_dir`].
    /// A file of that name must not exist.
    fn create(&self, path: &Path, bytes: u64) -> io::Result<Box<dyn DiskFile>>;
    /// Opens an existing file to read and write.
    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// The names in a directory, sorted; empty where there is no such directory.
    fn list(&self, dir: &Path) -> io::Result<Vec<String>>;
    /// Gives a file another name in the same directory, atomically; durable after `sync_dir`.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file; durable after `sync_dir`.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// Makes the names in a directory durable.
    fn sync_dir(&self, dir: &Path) -> io::Result<()>;
    /// Bytes that may still be written under `dir`.
    fn free_bytes(&self, dir: &Path) -> io::Result<u64>;
    /// Takes the lock file at `path` (made if absent) for as long as the answer lives.
    /// Held by another process: [`ErrorKind::WouldBlock`].
    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>>;
}

/// One open file, written and read at offsets.
pub trait DiskFile: Send + Sync {
    /// Length in bytes.
    fn bytes(&self) -> io::Result<u64>;
    /// Reads at `offset` until `buffer` is full or the file ends; returns how much was read.
    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize>;
    /// Writes all of `bytes` at `offset`; certain only after [`DiskFile::sync_data`].
    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()>;
    /// Overwrites everything from `offset` up to `end` with zeros, lengthening the file to `end`.
    fn zero(&self, offset: u64, end: u64) -> io::Result<()> {
        let zeros = vec![0_u8; FILL_BYTES];
        let mut at = offset;
        while at < end {
            let step = usize::try_from(end - at).unwrap_or(FILL_BYTES).min(FILL_BYTES);
            self.write_at(&zeros[..step], at)?;
            at += step as u64;
        }
        Ok(())
    }
    /// Makes everything written so far durable. After a failure nothing is known about it.
    fn sync_data(&self) -> io::Result<()>;
}

/// A held lock, released when dropped.
pub trait DiskLock: Send + Sync {}

/// The operating system's disk.
#[derive(Debug, Default, Clone, Copy)]
pub struct RealDisk;

struct RealFile(File);
struct RealLock(#[expect(dead_code, reason = "the lock lives as long as its file")] File);

impl DiskLock for RealLock {}

impl Disk for RealDisk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        if dir.as_os_str().is_empty() || dir.is_dir() {
            return Ok(());
        }
        let parent = dir.parent().unwrap_or(Path::new(""));
        self.create_dir(parent)?;
        match std::fs::create_dir(dir) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            Ok(()) | Err(_) => self.sync_dir(parent),
        }
    }

    fn create(&self, path: &Path, bytes: u64) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(true).create_new(true).open(path)?;
        let file = RealFile(file);
        // Zeros really written, not a sparse file: an append must not have to find blocks.
        file.zero(0, bytes)?;
        file.0.sync_all()?;
        Ok(Box::new(file))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let file = OpenOptions::new().read(true).write(true).open(path)?;
        Ok(Box::new(RealFile(file)))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let entries = match std::fs::read_dir(dir) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            other => other?,
        };
        let mut names = Vec::new();
        for entry in entries {
            names.push(entry?.file_name().to_string_lossy().into_owned());
        }
        names.sort();
        Ok(names)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        let dir = if dir.as_os_str().is_empty() { Path::new(".") } else { dir };
        File::open(dir)?.sync_all()
    }

    fn free_bytes(&self, dir: &Path) -> io::Result<u64> {
        let room = rustix::fs::statvfs(dir)?;
        Ok(room.f_bavail.saturating_mul(room.f_frsize))
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        let options =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).clone();
        let file = options.open(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Box::new(RealLock(file))),
            Err(TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl DiskFile for RealFile {
    fn bytes(&self) -> io::Result<u64> {
        Ok(self.0.metadata()?.len())
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        let mut read = 0;
        while read < buffer.len() {
            match self.0.read_at(&mut buffer[read..], offset + read as u64) {
                Ok(0) => break,
                Ok(some) => read += some,
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(read)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.0.write_all_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        self.0.sync_data()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_is_zeros_of_the_length_asked_for_and_never_replaces_another() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let file = RealDisk.create(&path, 3_000_000).unwrap();
        assert_eq!(file.bytes().unwrap(), 3_000_000);
        let mut bytes = vec![1; 3_000_001];
        assert_eq!(file.read_at(&mut bytes, 0).unwrap(), 3_000_000);
        assert!(bytes[..3_000_000].iter().all(|byte| *byte == 0));
        assert_eq!(RealDisk.create(&path, 1).err().unwrap().kind(), ErrorKind::AlreadyExists);
    }

    #[test]
    fn a_lock_is_held_until_it_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        let held = RealDisk.lock(&path).unwrap();
        assert_eq!(RealDisk.lock(&path).err().unwrap().kind(), ErrorKind::WouldBlock);
        drop(held);
        RealDisk.lock(&path).unwrap();
    }

    #[test]
    fn directories_are_made_with_their_parents_and_names_are_listed_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b");
        RealDisk.create_dir(&deep).unwrap();
        RealDisk.create_dir(&deep).unwrap();
        RealDisk.create(&deep.join("2"), 0).unwrap();
        RealDisk.create(&deep.join("1"), 0).unwrap();
        assert_eq!(RealDisk.list(&deep).unwrap(), ["1", "2"]);
        assert!(RealDisk.list(&dir.path().join("absent")).unwrap().is_empty());
        assert!(RealDisk.free_bytes(&deep).unwrap() > 0);
    }
}
