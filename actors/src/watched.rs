//! The watched set: which addresses are ours, as 8-byte keyed fingerprints.
//!
//! The fingerprint's key is drawn at start, so nobody outside can make addresses that collide; a
//! hit is verified in the views by whoever acts on it. About 9 to 18 bytes an address.

use parking_lot::RwLock;
use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};

/// The addresses of one network that are watched, for ever.
#[derive(Default)]
pub struct Watched {
    key: RandomState,
    /// Read by the watcher for each output of each block, written when an address is taken: a
    /// read-write lock, because reads outnumber writes by thousands and neither waits for I/O.
    fingerprints: RwLock<HashSet<u64, BuildHasherDefault<AlreadyHashed>>>,
}

impl Watched {
    /// Watches an address from now on.
    pub fn add(&self, address_bytes: &[u8]) {
        self.fingerprints.write().insert(self.key.hash_one(address_bytes));
    }

    /// Watches all of these; for the start, with one lock for all.
    pub fn extend<'a>(&self, addresses: impl Iterator<Item = &'a [u8]>) {
        let mut fingerprints = self.fingerprints.write();
        fingerprints.extend(addresses.map(|bytes| self.key.hash_one(bytes)));
    }

    /// The positions of those recipients that may be ours.
    pub fn matches<'a>(&self, recipients: impl Iterator<Item = &'a [u8]>) -> Vec<usize> {
        let fingerprints = self.fingerprints.read();
        recipients
            .enumerate()
            .filter(|(_, bytes)| fingerprints.contains(&self.key.hash_one(bytes)))
            .map(|(place, _)| place)
            .collect()
    }

    /// How many are watched.
    pub fn len(&self) -> usize {
        self.fingerprints.read().len()
    }

    /// Whether none is.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A fingerprint is a hash already.
#[derive(Default)]
struct AlreadyHashed(u64);

impl Hasher for AlreadyHashed {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_found_and_nothing_else() {
        let watched = Watched::default();
        watched.add(b"ours");
        watched.extend([b"ours too".as_slice()].into_iter());
        let recipients: [&[u8]; 4] = [b"theirs", b"ours", b"", b"ours too"];
        assert_eq!(watched.matches(recipients.into_iter()), [1, 3]);
        assert_eq!(watched.len(), 2);
    }
}
