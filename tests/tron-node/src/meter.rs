//! Bandwidth and energy used, which come back evenly over a day.

/// Slots of three seconds in a day.
const WINDOW_SLOTS: i64 = 28_800;

/// What was used, and when that was written down.
#[derive(Clone, Copy, Debug, Default)]
pub struct Meter {
    used: i64,
    slot: i64,
}

impl Meter {
    /// What still counts as used at a slot.
    pub fn used_at(&self, slot: i64) -> i64 {
        let gone = (slot - self.slot).clamp(0, WINDOW_SLOTS);
        // In i128: energy in the billions times a day's slots.
        let left = i128::from(self.used) * i128::from(WINDOW_SLOTS - gone);
        (left / i128::from(WINDOW_SLOTS)) as i64
    }

    /// Uses more at a slot.
    pub fn add(&mut self, amount: i64, slot: i64) {
        *self = Self { used: self.used_at(slot) + amount, slot };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_used_comes_back_evenly_over_a_day() {
        let mut meter = Meter::default();
        meter.add(600, 100);
        let rows = [(100, 600), (100 + 14_400, 300), (100 + 28_800, 0), (100 + 99_999, 0)];
        for (slot, used) in rows {
            assert_eq!(meter.used_at(slot), used, "{slot}");
        }
        meter.add(100, 100 + 14_400);
        assert_eq!(meter.used_at(100 + 14_400), 400);
    }
}
