//! Chance for tests: the same on every machine for one seed.

/// A xorshift generator over a mixed seed.
pub(super) struct Dice(u64);

impl Dice {
    pub fn of(seed: u64) -> Self {
        // Neighbouring seeds must not tell similar stories.
        let mixed = (seed ^ 0x9E37_79B9_7F4A_7C15).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        Self((mixed ^ (mixed >> 31)) | 1)
    }

    /// A number below `bound`; 0 where there is none.
    pub fn below_u64(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % bound.max(1)
    }

    /// The same for places in a list.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.below_u64(bound as u64)).unwrap_or(0)
    }
}
