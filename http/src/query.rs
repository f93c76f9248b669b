//! The text after `?`, field by field.

use crate::error::Failure;
use cryptopayment_domain::time::{Span, Timestamp};
use std::borrow::Cow;

/// The fields of a query; of a repeated one the first counts, an empty one is absent.
pub struct Query<'q> {
    fields: Vec<(Cow<'q, str>, Cow<'q, str>)>,
}

/// A value that is not what its field asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable;

/// Which instant of a day a bare date means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edge {
    /// Its first.
    First,
    /// Its last.
    Last,
}

impl<'q> Query<'q> {
    /// Takes the text apart (`application/x-www-form-urlencoded`).
    pub fn parse(text: &'q str) -> Query<'q> {
        Query { fields: form_urlencoded::parse(text.as_bytes()).collect() }
    }

    /// A field's text; none if it is absent or empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        let field = self.fields.iter().find(|(key, _)| key == name);
        field.map(|(_, value)| &**value).filter(|value| !value.is_empty())
    }

    /// What a field stands for; none if it is absent.
    ///
    /// # Errors
    /// [`Unreadable`].
    pub fn read<T>(
        &self,
        name: &str,
        read: impl Fn(&str) -> Option<T>,
    ) -> Result<Option<T>, Unreadable> {
        self.get(name).map(|text| read(text).ok_or(Unreadable)).transpose()
    }
}

/// The last page that can be asked for; no merchant has so many of anything.
pub const PAGE_MAX: u64 = 1_000_000_000;

impl Query<'_> {
    /// Which page is asked for, from 1 on; 1 where it is not said.
    ///
    /// # Errors
    /// 422 `invalid_page`.
    pub fn page(&self) -> Result<u64, Failure> {
        let Some(text) = self.get("page") else { return Ok(1) };
        let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text.parse().ok().filter(|page| (1..=PAGE_MAX).contains(page) && digits_only);
        number.ok_or_else(|| {
            let message = format!("page must be a whole number from 1 to {PAGE_MAX}");
            Failure::invalid("invalid_page", "page", message)
        })
    }
}

/// An instant: RFC 3339, or a date, which means the given edge of that day in UTC.
pub fn instant(text: &str, edge: Edge) -> Option<Timestamp> {
    // In a query a bare `+` is a space; nobody means a space here.
    let text = text.replace(' ', "+");
    if let Ok(instant) = text.parse::<jiff::Timestamp>() {
        return Some(Timestamp::from_unix_ms(instant.as_millisecond()));
    }
    let date = text.parse::<jiff::civil::Date>().ok().filter(|_| text.len() == DATE_CHARS)?;
    let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?.timestamp();
    let first = Timestamp::from_unix_ms(midnight.as_millisecond());
    Some(match edge {
        Edge::First => first,
        Edge::Last => first.plus(Span::from_hours(24)).minus(Span::from_ms(1)),
    })
}

const DATE_CHARS: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_and_days() {
        let rows = [
            ("2024-01-15T10:30:00Z", Edge::First, Some(1_705_314_600_000)),
            ("2024-01-15T10:30:00+00:00", Edge::Last, Some(1_705_314_600_000)),
            ("2024-01-15T10:30:00 00:00", Edge::First, Some(1_705_314_600_000)),
            ("2024-01-15T12:30:00+02:00", Edge::First, Some(1_705_314_600_000)),
            ("2024-01-15", Edge::First, Some(1_705_276_800_000)),
            ("2024-01-15", Edge::Last, Some(1_705_363_199_999)),
            ("2024-02-30", Edge::First, None),
            ("2024-01-15T10:30", Edge::First, None),
            ("1705314600", Edge::First, None),
            ("", Edge::First, None),
        ];
        for (text, edge, unix_ms) in rows {
            let expected = unix_ms.map(Timestamp::from_unix_ms);
            assert_eq!(instant(text, edge), expected, "{text} {edge:?}");
        }
    }
}
