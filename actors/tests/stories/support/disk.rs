//! A disk whose fsyncs wait at a gate: what it means to be acknowledged late.

use cryptopayment_storage::disk::{Disk, DiskFile, DiskLock, RealDisk};
use parking_lot::{Condvar, Mutex};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The real disk, with a gate before every fsync of a file.
#[derive(Clone, Default)]
pub struct GatedDisk {
    gate: Arc<Gate>,
}

#[derive(Default)]
struct Gate {
    shut: Mutex<bool>,
    opened: Condvar,
}

impl GatedDisk {
    /// Nothing becomes durable any more, but for a group that is through the gate already, until
    /// what is answered is dropped.
    pub fn shut(&self) -> Shut {
        *self.gate.shut.lock() = true;
        Shut(self.gate.clone())
    }
}

/// The gate is shut; dropping this opens it.
#[must_use = "dropping it opens the gate"]
pub struct Shut(Arc<Gate>);

impl Drop for Shut {
    fn drop(&mut self) {
        *self.0.shut.lock() = false;
        self.0.opened.notify_all();
    }
}

struct GatedFile {
    gate: Arc<Gate>,
    file: Box<dyn DiskFile>,
}

impl GatedDisk {
    fn gated(&self, file: Box<dyn DiskFile>) -> Box<dyn DiskFile> {
        Box::new(GatedFile { gate: self.gate.clone(), file })
    }
}

impl DiskFile for GatedFile {
    fn bytes(&self) -> io::Result<u64> {
        self.file.bytes()
    }

    fn read_at(&self, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
        self.file.read_at(buffer, offset)
    }

    fn write_at(&self, bytes: &[u8], offset: u64) -> io::Result<()> {
        self.file.write_at(bytes, offset)
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut shut = self.gate.shut.lock();
        while *shut {
            self.gate.opened.wait(&mut shut);
        }
        drop(shut);
        self.file.sync_data()
    }
}

impl Disk for GatedDisk {
    fn create_dir(&self, dir: &Path) -> io::Result<()> {
        RealDisk.create_dir(dir)
    }

    fn create(&self, path: &Path, bytes: u64) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.create(path, bytes).map(|file| self.gated(file))
    }

    fn open(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        RealDisk.open(path).map(|file| self.gated(file))
    }

    fn list(&self, dir: &Path) -> io::Result<Vec<String>> {
        RealDisk.list(dir)
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        RealDisk.rename(from, to)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        RealDisk.remove(path)
    }

    fn sync_dir(&self, dir: &Path) -> io::Result<()> {
        RealDisk.sync_dir(dir)
    }

    fn free_bytes(&self, dir: &Path) -> io::Result<u64> {
        RealDisk.free_bytes(dir)
    }

    fn lock(&self, path: &Path) -> io::Result<Box<dyn DiskLock>> {
        RealDisk.lock(path)
    }
}
