//! Instants and spans. Time is an argument everywhere; nothing here asks a clock.

use std::fmt;

/// An instant: milliseconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Timestamp {
    unix_ms: i64,
}

impl Timestamp {
    /// The instant `unix_ms` milliseconds after the epoch.
    pub const fn from_unix_ms(unix_ms: i64) -> Timestamp {
        Timestamp { unix_ms }
    }

    /// The instant `unix_s` seconds after the epoch (as block headers say it).
    pub const fn from_unix_s(unix_s: i64) -> Timestamp {
        Timestamp { unix_ms: unix_s.saturating_mul(1000) }
    }

    /// Milliseconds since the epoch.
    pub const fn unix_ms(self) -> i64 {
        self.unix_ms
    }

    /// Whole seconds since the epoch, rounded down.
    pub const fn unix_s(self) -> i64 {
        self.unix_ms.div_euclid(1000)
    }

    /// The instant `span` later.
    pub const fn plus(self, span: Span) -> Timestamp {
        Timestamp { unix_ms: self.unix_ms.saturating_add(span.ms()) }
    }

    /// The instant `span` earlier.
    pub const fn minus(self, span: Span) -> Timestamp {
        Timestamp { unix_ms: self.unix_ms.saturating_sub(span.ms()) }
    }

    /// How long after `earlier` this is; nothing if it is not.
    pub const fn since(self, earlier: Timestamp) -> Span {
        let ms = self.unix_ms.saturating_sub(earlier.unix_ms);
        Span { ms: if ms < 0 { 0 } else { ms.unsigned_abs() } }
    }
}

impl fmt::Display for Timestamp {
    /// The wire form: `2024-01-15T10:30:00+00:00`, whole seconds, always `+00:00`. What lies
    /// beyond the calendar (the years −9999 to 9999) prints as its end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (jiff::Timestamp::MIN.as_second(), jiff::Timestamp::MAX.as_second());
        let second = self.unix_s().clamp(first, last);
        let instant = jiff::Timestamp::from_second(second).map_err(|_| fmt::Error)?;
        let civil = jiff::tz::Offset::UTC.to_datetime(instant);
        write!(
            f,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+00:00",
            civil.year(),
            civil.month(),
            civil.day(),
            civil.hour(),
            civil.minute(),
            civil.second()
        )
    }
}

/// A length of time in milliseconds, never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    ms: u64,
}

impl Span {
    /// A span of milliseconds.
    pub const fn from_ms(ms: u64) -> Span {
        Span { ms }
    }

    /// A span of seconds.
    pub const fn from_s(seconds: u64) -> Span {
        Span { ms: seconds.saturating_mul(1000) }
    }

    /// A span of minutes.
    pub const fn from_minutes(minutes: u64) -> Span {
        Span::from_s(minutes.saturating_mul(60))
    }

    /// A span of hours.
    pub const fn from_hours(hours: u64) -> Span {
        Span::from_minutes(hours.saturating_mul(60))
    }

    /// The span in milliseconds.
    pub const fn ms(self) -> i64 {
        // A span of more than 292 million years is as good as that.
        0i64.saturating_add_unsigned(self.ms)
    }

    /// The span as the standard library's duration.
    pub const fn as_duration(self) -> std::time::Duration {
        std::time::Duration::from_millis(self.ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_print_in_whole_seconds_utc() {
        let rows = [
            (1_705_314_600_000, "2024-01-15T10:30:00+00:00"),
            (1_705_314_600_999, "2024-01-15T10:30:00+00:00"),
            (0, "1970-01-01T00:00:00+00:00"),
            (-1, "1969-12-31T23:59:59+00:00"),
            // A lying block header must not bring down whoever prints it.
            (i64::MAX, "9999-12-30T22:00:00+00:00"),
            (i64::MIN, "-9999-01-02T01:59:59+00:00"),
        ];
        for (unix_ms, text) in rows {
            assert_eq!(Timestamp::from_unix_ms(unix_ms).to_string(), text);
        }
    }
}
