//! The 27 who build blocks in turn, one slot of three seconds each (`DposService`).

use crate::key::Key;
use std::collections::BTreeSet;

/// How many there are.
pub const COUNT: usize = 27;
/// A slot.
pub const SLOT_MS: i64 = 3_000;
/// Between two votes' counts; after each, two slots pass without a block.
pub const MAINTENANCE_MS: i64 = 21_600_000;
pub const MAINTENANCE_SLOTS: i64 = 2;
/// A block is solid when so many producers less this index have built at it or past it:
/// `27 * (1 - 0.70)`.
const SOLID_INDEX: usize = 8;

/// The newest block of each producer.
pub type Latest = [u64; COUNT];

/// Who they are, and who of them is silent.
pub struct Producers {
    keys: Vec<Key>,
    pub silent: BTreeSet<usize>,
}

impl Producers {
    pub fn new() -> Self {
        let keys = (0..COUNT).map(|number| Key::named(&format!("producer {number}"))).collect();
        Self { keys, silent: BTreeSet::new() }
    }

    /// Whose turn a slot is.
    pub fn of_slot(slot: i64) -> usize {
        usize::try_from(slot.rem_euclid(COUNT as i64)).unwrap_or_default()
    }

    pub fn key(&self, producer: usize) -> &Key {
        &self.keys[producer]
    }

    /// The first slot from `slot` on whose producer is not silent.
    pub fn next_manned(&self, slot: i64) -> i64 {
        let manned = |slot: &i64| !self.silent.contains(&Self::of_slot(*slot));
        (slot..slot + COUNT as i64).find(manned).unwrap_or(slot)
    }
}

/// The block that is solid once these are the producers' newest.
pub fn solid(latest: &Latest) -> u64 {
    let mut sorted = *latest;
    sorted.sort_unstable();
    sorted[SOLID_INDEX]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nineteen_of_twenty_seven_make_a_block_solid() {
        let all: Latest = std::array::from_fn(|index| 974 + index as u64);
        assert_eq!(solid(&all), 1_000 - 18, "in steady state eighteen blocks follow");
        let rows = [(8, 500), (9, 10)];
        for (silent, expected) in rows {
            let mut latest = [500; COUNT];
            latest[..silent].fill(10);
            assert_eq!(solid(&latest), expected, "{silent} are silent");
        }
    }
}
