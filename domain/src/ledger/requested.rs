//! What a merchant has asked to withdraw lately: the sum behind the rolling 24-hour rule.

use crate::time::Timestamp;
use crate::usd::Usd;
use std::collections::BTreeMap;

const HOUR_MS: i64 = 3_600_000;
/// Hours that a sum looks back, the present one included: never less than 24 whole ones.
const HOURS: i64 = 25;

/// Hours that are kept: more than a sum takes, so that a clock that ran ahead for a moment makes
/// none forgotten that count once it is right again.
const KEPT: usize = 64;

/// Dollars asked for in each of the last hours. An hour counts as long as any part of it is within
/// the last 24, so the sum is never too small, and it never takes more than 25 numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requested {
    cents_by_hour: BTreeMap<i64, u64>,
}

impl Requested {
    /// As it was stored.
    pub fn from_parts(cents_by_hour: BTreeMap<i64, u64>) -> Requested {
        Requested { cents_by_hour }
    }

    /// Cents by hours since the Unix epoch.
    pub const fn cents_by_hour(&self) -> &BTreeMap<i64, u64> {
        &self.cents_by_hour
    }

    /// What was asked for in the 24 hours before `at`, or somewhat longer.
    pub fn within_a_day(&self, at: Timestamp) -> Usd {
        let recent = self.cents_by_hour.range(oldest(at)..);
        Usd::from_cents(recent.fold(0, |sum: u64, (_, cents)| sum.saturating_add(*cents)))
    }

    pub(super) fn add(&mut self, value: Usd, at: Timestamp) {
        let cents = self.cents_by_hour.entry(hour(at)).or_default();
        *cents = cents.saturating_add(value.cents());
        while self.cents_by_hour.len() > KEPT {
            self.cents_by_hour.pop_first();
        }
    }

    /// What was asked for then will not be paid out.
    pub(super) fn take(&mut self, value: Usd, asked_at: Timestamp) {
        if let Some(cents) = self.cents_by_hour.get_mut(&hour(asked_at)) {
            *cents = cents.saturating_sub(value.cents());
        }
        self.cents_by_hour.retain(|_, cents| *cents > 0);
    }
}

const fn hour(at: Timestamp) -> i64 {
    at.unix_ms().div_euclid(HOUR_MS)
}

const fn oldest(at: Timestamp) -> i64 {
    hour(at).saturating_sub(HOURS.saturating_sub(1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Span;

    const AT: Timestamp = Timestamp::from_unix_s(1_700_000_000);

    fn later(minutes: u64) -> Timestamp {
        AT.plus(Span::from_minutes(minutes))
    }

    #[test]
    fn a_day_is_never_counted_too_short() {
        let mut requested = Requested::default();
        requested.add(Usd::from_cents(300), AT);
        requested.add(Usd::from_cents(200), later(60));
        let rows = [(60, 500), (24 * 60, 500), (25 * 60, 200), (27 * 60, 0)];
        for (minutes, cents) in rows {
            assert_eq!(requested.within_a_day(later(minutes)).cents(), cents, "{minutes} min");
        }
    }

    #[test]
    fn a_clock_that_ran_ahead_makes_nothing_forgotten() {
        let mut requested = Requested::default();
        requested.add(Usd::from_cents(300), AT);
        requested.add(Usd::from_cents(200), later(90 * 24 * 60));
        assert_eq!(requested.within_a_day(later(60)).cents(), 500, "rather too much");
    }

    #[test]
    fn what_is_given_back_no_longer_counts_and_old_hours_are_forgotten() {
        let mut requested = Requested::default();
        requested.add(Usd::from_cents(300), AT);
        requested.add(Usd::from_cents(200), AT);
        requested.take(Usd::from_cents(300), AT);
        assert_eq!(requested.within_a_day(AT).cents(), 200);
        requested.take(Usd::from_cents(200), AT);
        assert_eq!(requested, Requested::default());
        for hours in 0..100 {
            requested.add(Usd::from_cents(1), later(hours * 60));
        }
        assert_eq!(requested.cents_by_hour().len(), 64);
        requested.take(Usd::from_cents(1), AT);
        assert_eq!(requested.within_a_day(later(99 * 60)).cents(), 25);
    }
}
