//! When a failed delivery is tried again: the seed document's schedule, as data.

use crate::time::Span;

/// How long after each failed attempt the next one follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RetrySchedule {
    /// One pause per retry; after the last the delivery is given up.
    pub pauses: Vec<Span>,
}

impl Default for RetrySchedule {
    /// Five retries: 1 min, 5 min, 15 min, 1 h, 6 h.
    fn default() -> Self {
        let minutes = [1, 5, 15, 60, 360];
        RetrySchedule { pauses: minutes.into_iter().map(Span::from_minutes).collect() }
    }
}

impl RetrySchedule {
    /// The most that jitter lengthens a pause, in percent. It never shortens one.
    pub const JITTER_PERCENT_MAX: u64 = 10;
    /// The most that an endpoint's `Retry-After` is heeded: a broken or hostile header must not park
    /// a delivery for years.
    pub const ASKED_MAX: Span = Span::from_hours(24);

    /// The pause after the `attempts`-th attempt (1 is the first), lengthened by `chance` of the
    /// full jitter (0 to 255 stands for none to all), and to `retry_after` where the endpoint asks
    /// for more, up to [`RetrySchedule::ASKED_MAX`]. None when it was the last.
    pub fn pause_after(
        &self,
        attempts: u32,
        chance: u8,
        retry_after: Option<Span>,
    ) -> Option<Span> {
        let before = usize::try_from(attempts.checked_sub(1)?).ok()?;
        let pause = *self.pauses.get(before)?;
        let pause_ms = pause.ms().unsigned_abs();
        let jitter_ms = pause_ms
            .checked_mul(RetrySchedule::JITTER_PERCENT_MAX)
            .and_then(|ms| ms.checked_mul(u64::from(chance)))
            .and_then(|ms| ms.checked_div(100 * 255))
            .unwrap_or(0);
        let lengthened = Span::from_ms(pause_ms.saturating_add(jitter_ms));
        Some(retry_after.map_or(lengthened, |asked| lengthened.max(asked.min(Self::ASKED_MAX))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn five_retries_each_at_its_pause_and_at_most_a_tenth_later() {
        let schedule = RetrySchedule::default();
        let rows = [(1, 60), (2, 300), (3, 900), (4, 3600), (5, 21_600)];
        for (attempts, seconds) in rows {
            let exact = Span::from_s(seconds);
            assert_eq!(schedule.pause_after(attempts, 0, None), Some(exact));
            let latest = Span::from_ms(seconds * 1100);
            assert_eq!(schedule.pause_after(attempts, 255, None), Some(latest));
        }
        assert_eq!(schedule.pause_after(6, 0, None), None, "the sixth attempt is the last");
    }

    #[test]
    fn retry_after_only_lengthens_and_by_a_day_at_most() {
        let days = RetrySchedule { pauses: vec![Span::from_hours(48)] };
        let schedule = RetrySchedule::default();
        // Schedule, seconds asked for, seconds until the next attempt.
        let rows = [
            (&schedule, 5, 60),
            (&schedule, 600, 600),
            (&schedule, 86_400, 86_400),
            (&schedule, 86_401, 86_400),
            (&schedule, u64::MAX, 86_400),
            (&days, u64::MAX, 2 * 86_400),
        ];
        for (schedule, asked, pause) in rows {
            let given = schedule.pause_after(1, 0, Some(Span::from_s(asked)));
            assert_eq!(given, Some(Span::from_s(pause)), "asked for {asked} s");
        }
    }

    #[test]
    fn the_jitter_is_the_share_of_a_tenth_that_chance_gives() {
        let schedule = RetrySchedule::default();
        // Attempts that have ended, chance of 255, milliseconds until the next.
        let rows = [
            (1, 0, 60_000),
            (1, 1, 60_023),
            (1, 51, 61_200),
            (1, 128, 63_011),
            (1, 255, 66_000),
            (3, 51, 918_000),
            (5, 255, 23_760_000),
        ];
        for (attempts, chance, ms) in rows {
            let pause = schedule.pause_after(attempts, chance, None);
            assert_eq!(pause, Some(Span::from_ms(ms)), "{attempts} attempts, chance {chance}");
        }
    }

    #[test]
    fn without_pauses_there_is_one_try() {
        let schedule = RetrySchedule { pauses: Vec::new() };
        assert_eq!(schedule.pause_after(1, 255, Some(Span::from_s(5))), None);
        assert_eq!(RetrySchedule::default().pause_after(0, 0, None), None, "nothing was tried");
        assert_eq!(RetrySchedule::default().pause_after(u32::MAX, 0, None), None);
    }

    proptest! {
        #[test]
        fn a_pause_is_never_shorter_than_written_nor_longer_than_a_tenth_more_or_asked(
            pause_s in 0u64..1_000_000_000_000, chance in any::<u8>(),
            asked_s in prop::option::of(0u64..1_000_000),
        ) {
            let schedule = RetrySchedule { pauses: vec![Span::from_s(pause_s)] };
            let asked = asked_s.map(Span::from_s);
            let heeded = asked.map(|asked| asked.min(RetrySchedule::ASKED_MAX));
            let pause = schedule.pause_after(1, chance, asked).unwrap();
            let written = Span::from_s(pause_s);
            let longest = Span::from_ms(written.ms().unsigned_abs() / 10 * 11);
            prop_assert!(pause >= written);
            prop_assert!(pause.ms() <= longest.ms() || Some(pause) == heeded);
        }
    }
}
