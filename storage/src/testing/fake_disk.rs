//! A disk in memory that loses, at a power cut, what was not fsynced.
//!
//! Every sector written since the last fsync of its file comes back as it was before, or as any
//! of the writes left it, each sector by its own throw of the dice: so writes are dropped, torn at
//! sectors and reordered. Names not yet fsynced come back for a random prefix of what was done in
//! their directory. One seed gives one history.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use parking_lot::Mutex;

use super::dice::Dice;
use super::inode::{Inode, NameChange, lay};
use crate::disk::{Disk, DiskFile, DiskLock};

/// A disk in memory; clones share it. See the module for what a power cut does to it.
#[derive(Clone)]
pub struct FakeDisk {
    state: Arc<Mutex<State>>,
}

struct State {
    files: Vec<Inode>,
    names: BTreeMap<PathBuf, usize>,
    durable_names: BTreeMap<PathBuf, usize>,
    renames: Vec<NameChange>,
    locks: Vec<PathBuf>,
    /// Counts power cuts: a handle of an earlier life no longer works.
    life: u64,
    powered: bool,
    operations: u64,
    cut_at: Option<u64>,
    fail_syncs: u32,
    room: u64,
    dice: Dice,
}

struct FakeFile {
    disk: FakeDisk,
    inode: usize,
    life: u64,
}

struct FakeLock {
    disk: FakeDisk,
    path: PathBuf,
}

impl DiskLock for FakeLock {}

impl Drop for FakeLock {
    fn drop(&mut self) {
        self.disk.state.lock().locks.retain(|held| *held != self.path);
    }
}

impl FakeDisk {
    /// An empty disk, powered, whose every chance follows from `seed`.
    pub fn new(seed: u64) -> Self {
        let state = State {
            files: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            renames: Vec::new(),
            locks: Vec::new(),
            life: 0,
            powered: true,
            operations: 0,
            cut_at: None,
            fail_syncs: 0,
            room: u64::MAX,
            dice: Dice::of(seed),
        };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Lets the power fail at the `n`th operation from now (1 is the next one).
    pub fn cut_power_after(&self, n: u64) {
        let mut state = self.state.lock();
        state.cut_at = Some(state.operations.saturating_add(n));
    }

    /// Cuts the power now, if it is still on, and brings the disk back as chance left it.
    pub fn restart(&self) {
        let mut state = self.state.lock();
        state.settle();
        state.life += 1;
        state.powered = true;
        state.cut_at = None;
        state.fail_syncs = 0;
        state.locks.clear();
    }

    /// Whether the power is still on.
    pub fn is_powered(&self) -> bool {
        self.state.lock().powered
    }

    /// Operations asked of the disk so far.
    pub fn operations(&self) -> u64 {
        self.state.lock().operations
    }

    /// Lets the next `count` fsyncs fail, and what they should have kept be left to chance.
    pub fn fail_syncs(&self, count: u32) {
        self.state.lock().fail_syncs = count;
    }

    /// Leaves room for `bytes` more bytes written; then writes are refused as on a full disk.
    pub fn leave_room(&self, bytes: u64) {
        self.state.lock().room = bytes;
    }

    /// Changes bytes of a file as no honest disk would, durably: flips, garbage, holes.
    /// Answers false where there is no such file or it is shorter than `offset`.
    pub fn damage(&self, path: &Path, offset: usize, change: impl FnOnce(&mut [u8])) -> bool {
        let mut state = self.state.lock();
        let Some(inode) = state.names.get(path).copied() else { return false };
        let file = &mut state.files[inode];
        if file.now.len() < offset {
            return false;
        }
        change(&mut file.now[offset..]);
        file.durable = file.now.clone();
        true
    }

    /// Shortens a file, durably. Answers false where there is no such file.
    pub fn truncate(&self, path: &Path, bytes: usize) -> bool {
        let mut state = self.state.lock();
        let Some(inode) = state.names.get(path).copied() else { return false };
        let file = &mut state.files[inode];
        file.now.truncate(bytes);
        file.durable = file.now.clone();
        true
    }
}

impl State {
    /// Counts an operation, and refuses it where the power is off or goes off now.
    fn operate(&mut self) -> io::Result<()> {
        self.operations += 1;
        if self.cut_at.is_some_and(|cut| self.operations >= cut) {
            self.powered = false;
        }
        if self.powered { Ok(()) } else { Err(io::Error::other("the power is off")) }
    }

    /// What is left after the power went: every unsynced sector and name by chance.
    fn settle(&mut self) {
        for file in &mut self.files {
            file.settle(&mut self.dice);
        }
        let kept = self.dice.below(self.renames.len() + 1);
        for change in self.renames.drain(..).take(kept) {
            change.apply(&mut self.durable_names);
        }
        self.names = self.durable_names.clone();
    }

    fn take_room(&mut self, bytes: usize) -> io::Result<()> {
        let bytes = bytes as u64;
        if bytes > self.room {
            return Err(ErrorKind::StorageFull.into());
        }
        if self.room != u64::MAX {
            self.room -= bytes;
        }
        Ok(())
    }
}

impl Disk for FakeDisk {
    fn create_dir(&self, _dir: &Path) -> io::Result<()> {
        self.state.lock().operate()
    }

    fn create(&self, path: &Path, bytes: u64) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state.lock();
        state.operate()?;
        if state.names.contains_key(path) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        let length = usize::try_from(bytes).map_err(io::Error::other)?;
        state.take_room(length)?;
        let zeros = vec![0; length];
        let inode = state.files.len();
        state.files.push(Inode { durable: zeros.clone(), now: zeros, ..Inode::default() });
        let added = NameChange::Added(path.to_owned(), inode);
        added.clone().apply(&mut state.names);
        state.renames.push(added);
        Ok(Box::new(FakeFile { disk: self.clone(), inode, life: state.life }))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        let mut state = self.state.lock();
        state.operate()?;
        let Some(inode) = state.names.get(path).copied() else {
            return Err(ErrorKind::NotFound.into());
        };
        Ok(Box::new(FakeFile { disk: self.clone(), inode, life: state.life }))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        let mut state = self.state.lock();
        state.operate()?;
        let inside = state.names.keys().filter(|path| path.parent() == Some(dir));
        Ok(inside.filter_map(|path| Some(path.file_name()?.to_string_lossy().into())).collect())
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        let mut state = self.state.lock();
        state.operate()?;
        if !state.names.contains_key(from) {
            return Err(ErrorKind::NotFound.into());
        }
        let moved = NameChange::Moved(from.to_owned(), to.to_owned());
        moved.clone().apply(&mut state.names);
        state.renames.push(moved);
        Ok(())
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let mut state = self.state.lock();
        state.operate()?;
        let removed = NameChange::Removed(path.to_owned());
        removed.clone().apply(&mut state.names);
        state.renames.push(removed);
        Ok(())
    }

    fn sync_dir(&self, _dir: &Path) -> io::Result<()> {
        let mut state = self.state.lock();
        state.operate()?;
        state.renames.clear();
        state.durable_names = state.names.clone();
        Ok(())
    }

    fn free_bytes(&self, _dir: &Path) -> io::Result<u64> {
        Ok(self.state.lock().room)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        let mut state = self.state.lock();
        state.operate()?;
        if state.locks.iter().any(|held| held == path) {
            return Err(ErrorKind::WouldBlock.into());
        }
        state.locks.push(path.to_owned());
        Ok(Box::new(FakeLock { disk: self.clone(), path: path.to_owned() }))
    }
}

impl FakeFile {
    fn with<T>(&self, work: impl FnOnce(&mut State) -> io::Result<T>) -> io::Result<T> {
        let mut state = self.disk.state.lock();
        if state.life != self.life {
            return Err(io::Error::other("a handle from before the power cut"));
        }
        work(&mut state)
    }
}

impl DiskFile for FakeFile {
    fn bytes(&self) -> io::Result<u64> {
        self.with(|state| Ok(state.files[self.inode].now.len() as u64))
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.with(|state| {
            let now = &state.files[self.inode].now;
            let start = usize::try_from(offset).unwrap_or(usize::MAX).min(now.len());
            let length = buffer.len().min(now.len() - start);
            buffer[..length].copy_from_slice(&now[start..start + length]);
            Ok(length)
        })
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.with(|state| {
            let offset = usize::try_from(offset).map_err(io::Error::other)?;
            let cut = state.operate();
            let file = &mut state.files[self.inode];
            let grown = (offset + bytes.len()).saturating_sub(file.now.len());
            if cut.is_err() {
                // The write was under way when the power went: any part of it may be there.
                file.write(offset, bytes);
                return cut;
            }
            // A preallocated file has its place already; room is also refused to plain writes
            // once it is nought, as copy-on-write file systems do.
            state.take_room(grown.max(usize::from(state.room == 0)))?;
            state.files[self.inode].write(offset, bytes);
            Ok(())
        })
    }

    fn sync_data(&self) -> io::Result<()> {
        self.with(|state| {
            state.operate()?;
            let failing = state.fail_syncs > 0;
            state.fail_syncs = state.fail_syncs.saturating_sub(1);
            let file = &mut state.files[self.inode];
            let written = std::mem::take(&mut file.pending);
            if failing {
                file.abandoned.extend(written);
                return Err(io::Error::other("fsync failed"));
            }
            for write in written {
                lay(&mut file.durable, write.offset, &write.bytes);
            }
            Ok(())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::SECTOR_BYTES;

    fn contents(disk: &FakeDisk) -> Vec<u8> {
        let file = disk.open(Path::new("d/f")).unwrap();
        let mut bytes = vec![0; 4096];
        let read = file.read_at(&mut bytes, 0).unwrap();
        bytes.truncate(read);
        bytes
    }

    #[test]
    fn what_was_fsynced_survives_and_what_was_not_is_left_to_chance_sector_by_sector() {
        let (mut torn, mut kept, mut lost) = (0, 0, 0);
        for seed in 0..200 {
            let disk = FakeDisk::new(seed * 7919 + 3);
            let file = disk.create(Path::new("d/f"), 4096).unwrap();
            disk.sync_dir(Path::new("d")).unwrap();
            file.write_at(&[1; 1024], 0).unwrap();
            file.sync_data().unwrap();
            file.write_at(&[2; 2048], 1024).unwrap();
            disk.restart();
            let bytes = contents(&disk);
            assert!(bytes[..1024].iter().all(|byte| *byte == 1));
            let twos = bytes[1024..3072].iter().filter(|byte| **byte == 2).count();
            assert_eq!(twos % SECTOR_BYTES, 0);
            match twos {
                0 => lost += 1,
                2048 => kept += 1,
                _ => torn += 1,
            }
        }
        assert!(torn > 20 && kept > 20 && lost > 20, "torn {torn}, kept {kept}, lost {lost}");
    }

    #[test]
    fn a_failed_fsync_is_not_made_good_by_the_next() {
        let mut lost = 0;
        for seed in 0..50 {
            let disk = FakeDisk::new(seed * 31 + 7);
            let file = disk.create(Path::new("d/f"), 4096).unwrap();
            disk.sync_dir(Path::new("d")).unwrap();
            file.write_at(&[5; 512], 0).unwrap();
            disk.fail_syncs(1);
            assert!(file.sync_data().is_err());
            file.sync_data().unwrap();
            disk.restart();
            lost += u32::from(contents(&disk)[0] == 0);
        }
        assert!(lost > 0);
    }

    #[test]
    fn a_name_is_certain_only_after_its_directory_was_fsynced() {
        let mut gone = 0;
        for seed in 0..50 {
            let disk = FakeDisk::new(seed * 101 + 1);
            disk.create(Path::new("d/f"), 512).unwrap();
            disk.restart();
            gone += u32::from(disk.open(Path::new("d/f")).is_err());
        }
        assert!(gone > 0 && gone < 50);
    }
}
