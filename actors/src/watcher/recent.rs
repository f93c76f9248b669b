//! The hashes of the last scanned blocks: what tells lag from fork, and how far back a fork goes.

use cryptopayment_domain::payment::Hash32;
use std::collections::VecDeque;

/// A run of consecutive blocks ending at the cursor; never empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recent {
    /// The height of the newest.
    height: u64,
    /// Newest last.
    hashes: VecDeque<Hash32>,
    keep: usize,
}

impl Recent {
    /// A run of one block, of which at most `keep` will be kept.
    pub fn starting_at(height: u64, hash: Hash32, keep: usize) -> Recent {
        Recent { height, hashes: VecDeque::from([hash]), keep: keep.max(1) }
    }

    /// A run as it was saved, oldest first; none if there is nothing in it.
    pub fn from_saved(height: u64, hashes: &[Hash32], keep: usize) -> Option<Recent> {
        let (newest, before) = hashes.split_last()?;
        let mut recent = Recent::starting_at(height, *newest, keep);
        before.iter().rev().take(recent.keep - 1).for_each(|hash| recent.hashes.push_front(*hash));
        Some(recent)
    }

    /// The height of the cursor.
    pub const fn height(&self) -> u64 {
        self.height
    }

    /// The hash at the cursor.
    pub fn hash(&self) -> Hash32 {
        self.hashes.back().copied().unwrap_or(Hash32([0; 32]))
    }

    /// All hashes, oldest first.
    pub fn hashes(&self) -> Vec<Hash32> {
        self.hashes.iter().copied().collect()
    }

    /// The lowest height of which the hash is known.
    pub fn lowest(&self) -> u64 {
        self.height + 1 - self.hashes.len() as u64
    }

    /// The hash at `height`, if it is within the window.
    pub fn hash_at(&self, height: u64) -> Option<Hash32> {
        let back = usize::try_from(self.height.checked_sub(height)?).ok()?;
        let place = self.hashes.len().checked_sub(back + 1)?;
        self.hashes.get(place).copied()
    }

    /// Takes in the next block.
    pub fn push(&mut self, hash: Hash32) {
        self.height += 1;
        self.hashes.push_back(hash);
        if self.hashes.len() > self.keep {
            self.hashes.pop_front();
        }
    }

    /// How many more blocks below would be kept.
    pub fn room(&self) -> usize {
        self.keep.saturating_sub(self.hashes.len())
    }

    /// Takes in the block below the lowest.
    pub fn push_below(&mut self, hash: Hash32) {
        self.hashes.push_front(hash);
    }

    /// Goes back to `height`, which must be within the window; otherwise nothing changes.
    pub fn go_back_to(&mut self, height: u64) {
        if self.hash_at(height).is_some() {
            self.hashes.truncate(self.hashes.len() - (self.height - height) as usize);
            self.height = height;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(byte: u8) -> Hash32 {
        Hash32([byte; 32])
    }

    #[test]
    fn the_window_slides_and_goes_back() {
        let mut recent = Recent::starting_at(10, hash(10), 3);
        (11..=14).for_each(|height| recent.push(hash(height)));
        assert_eq!((recent.height(), recent.lowest(), recent.hash()), (14, 12, hash(14)));
        assert_eq!(recent.hash_at(12), Some(hash(12)));
        assert_eq!(recent.hash_at(11), None);
        assert_eq!(recent.hash_at(15), None);
        recent.go_back_to(11);
        assert_eq!(recent.height(), 14, "what is not known cannot be gone back to");
        recent.go_back_to(12);
        assert_eq!((recent.height(), recent.hash()), (12, hash(12)));
        let saved = Recent::from_saved(recent.height(), &recent.hashes(), 3);
        assert_eq!(saved, Some(recent));
    }

    #[test]
    fn what_lies_below_is_taken_in_from_the_top_as_far_as_there_is_room() {
        let mut recent = Recent::starting_at(10, hash(10), 3);
        assert_eq!(recent.room(), 2);
        recent.push_below(hash(9));
        recent.push_below(hash(8));
        assert_eq!((recent.room(), recent.lowest(), recent.height()), (0, 8, 10));
        assert_eq!(recent.hashes(), [hash(8), hash(9), hash(10)]);
        recent.push(hash(11));
        assert_eq!((recent.room(), recent.lowest()), (0, 9));
        recent.go_back_to(9);
        assert_eq!(recent.room(), 2);
    }

    #[test]
    fn a_longer_saved_run_is_cut_to_the_newest() {
        let recent = Recent::from_saved(5, &[hash(3), hash(4), hash(5)], 2).unwrap();
        assert_eq!(recent.hashes(), [hash(4), hash(5)]);
        assert_eq!(Recent::from_saved(5, &[], 2), None);
    }
}
