//! Where a simulated chain keeps its records: a port, which `storage` implements.

use parking_lot::Mutex;
use std::io;

/// An append-only list of records.
pub trait ChainStore: Send + Sync {
    /// Adds a record at the end. It is durable when this returns: a kill or power cut after that
    /// does not lose it. Where this fails the record may be there or not, and the node that asked
    /// stops for good; it must be opened anew.
    ///
    /// # Errors
    /// What the disk says.
    fn append(&self, record: &[u8]) -> io::Result<()>;

    /// Hands over every record, oldest first. Called once, before the first append.
    ///
    /// # Errors
    /// What the disk or `each` says; a record that is damaged is an error, never left out.
    fn replay(&self, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()>;
}

/// A store in memory, for tests: it outlives the node, as a disk does.
#[derive(Debug, Default)]
pub struct MemoryStore {
    records: Mutex<Vec<Vec<u8>>>,
}

impl MemoryStore {
    /// How many records there are.
    pub fn count(&self) -> usize {
        self.records.lock().len()
    }
}

impl ChainStore for MemoryStore {
    fn append(&self, record: &[u8]) -> io::Result<()> {
        self.records.lock().push(record.to_vec());
        Ok(())
    }

    fn replay(&self, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.records.lock().iter().try_for_each(|record| each(record))
    }
}
