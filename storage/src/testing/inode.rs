//! What a fake disk holds of a file and of its names, and what a power cut leaves of both.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::dice::Dice;
use crate::disk::SECTOR_BYTES;

#[derive(Default, Clone)]
pub(super) struct Inode {
    pub now: Vec<u8>,
    pub durable: Vec<u8>,
    /// Writes that the next successful fsync makes durable.
    pub pending: Vec<Write>,
    /// Writes whose fsync failed: no later fsync makes them durable, chance may.
    pub abandoned: Vec<Write>,
}

#[derive(Clone)]
pub(super) struct Write {
    pub offset: usize,
    pub bytes: Vec<u8>,
}

#[derive(Clone)]
pub(super) enum NameChange {
    Added(PathBuf, usize),
    Moved(PathBuf, PathBuf),
    Removed(PathBuf),
}

impl Inode {
    pub fn write(&mut self, offset: usize, bytes: &[u8]) {
        lay(&mut self.now, offset, bytes);
        self.pending.push(Write { offset, bytes: bytes.to_vec() });
    }

    pub fn settle(&mut self, dice: &mut Dice) {
        let mut writes = std::mem::take(&mut self.abandoned);
        writes.append(&mut self.pending);
        let mut versions: BTreeMap<usize, Vec<Vec<u8>>> = BTreeMap::new();
        let mut after = self.durable.clone();
        for write in &writes {
            lay(&mut after, write.offset, &write.bytes);
            let first = write.offset / SECTOR_BYTES;
            let last = (write.offset + write.bytes.len()).div_ceil(SECTOR_BYTES);
            for sector in first..last {
                let start = sector * SECTOR_BYTES;
                let end = (start + SECTOR_BYTES).min(after.len());
                versions.entry(sector).or_default().push(after[start..end].to_vec());
            }
        }
        // Whole writes are sometimes lost or kept together, as a short cut finds them.
        let habit = dice.below(4);
        for (sector, choices) in versions {
            let chosen = match habit {
                0 => 0,
                1 => choices.len(),
                _ => dice.below(choices.len() + 1),
            };
            if chosen > 0 {
                lay(&mut self.durable, sector * SECTOR_BYTES, &choices[chosen - 1]);
            }
        }
        self.now = self.durable.clone();
    }
}

impl NameChange {
    pub fn apply(self, names: &mut BTreeMap<PathBuf, usize>) {
        match self {
            Self::Added(path, inode) => {
                names.insert(path, inode);
            }
            Self::Moved(from, to) => {
                if let Some(inode) = names.remove(&from) {
                    names.insert(to, inode);
                }
            }
            Self::Removed(path) => {
                names.remove(&path);
            }
        }
    }
}

/// Lays `bytes` over `file` at `offset`, lengthening it with zeros where needed.
pub(super) fn lay(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset + bytes.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[offset..end].copy_from_slice(bytes);
}
