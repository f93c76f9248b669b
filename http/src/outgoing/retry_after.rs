//! `Retry-After` (RFC 9110 §10.2.3): seconds, or a date.

use cryptopayment_domain::time::{Span, Timestamp};
use std::time::UNIX_EPOCH;

/// The pause that the header asks for, counted from `now`; none if it says nothing readable. How
/// much of it is heeded is the retry schedule's to say.
pub(super) fn parse(header: &str, now: Timestamp) -> Option<Span> {
    let text = header.trim();
    Some(if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // More digits than fit are as good as for ever.
        Span::from_s(text.parse().unwrap_or(u64::MAX))
    } else {
        let date = httpdate::parse_http_date(text).ok()?;
        let unix_s = date.duration_since(UNIX_EPOCH).ok()?.as_secs();
        Timestamp::from_unix_s(i64::try_from(unix_s).unwrap_or(i64::MAX)).since(now)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Tue, 15 Nov 1994 08:12:31 GMT, the date of RFC 9110's examples.
    const NOW: Timestamp = Timestamp::from_unix_s(784_887_151);

    #[test]
    fn seconds_and_dates() {
        let rows = [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Tue, 15 Nov 1994 08:14:31 GMT", Some(120)),
            ("Tuesday, 15-Nov-94 08:14:31 GMT", Some(120)),
            ("Tue Nov 15 08:14:31 1994", Some(120)),
            ("Tue, 15 Nov 1994 08:00:00 GMT", Some(0)),
            ("99999999999999999999999999", Some(u64::MAX)),
            ("Mon, 15 Nov 2094 08:14:31 GMT", Some(3_155_760_120)),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
            ("", None),
        ];
        for (header, seconds) in rows {
            assert_eq!(parse(header, NOW), seconds.map(Span::from_s), "{header:?}");
        }
    }
}
