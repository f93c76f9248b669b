//! Rate limits: a token bucket per API key and per address, in bounded memory.

use crate::config::RateLimit;
use crate::error::Failure;
use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};
use warp::http::StatusCode;

/// Buckets kept at once; beyond it the full ones are dropped, for a full bucket is as good as none.
const BUCKETS_MAX: usize = 65_536;

/// Whose requests are counted together.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// Those made with one API key.
    Key(Box<str>),
    /// Those from one address; of IPv6 a /64, which is what one subscriber is given.
    Address(IpAddr),
    /// Those for which there is no room left.
    Everyone,
}

impl Subject {
    /// The subject for requests from this address.
    pub fn address(address: IpAddr) -> Subject {
        match address.to_canonical() {
            IpAddr::V4(address) => Subject::Address(IpAddr::V4(address)),
            IpAddr::V6(address) => {
                let network = address.to_bits() & (u128::MAX << 64);
                Subject::Address(IpAddr::V6(network.into()))
            }
        }
    }
}

/// Every bucket there is.
pub struct Limits {
    limit: Option<RateLimit>,
    /// Held for a lookup at a time, never across an await.
    buckets: Mutex<HashMap<Subject, Bucket>>,
}

#[derive(Clone, Copy)]
struct Bucket {
    /// In thousandths of a request: a tenth of a second at 100/s is ten of them.
    tokens_milli: u64,
    filled_at: Instant,
}

impl Limits {
    /// Buckets of this size; none: nothing is limited.
    pub fn new(limit: Option<RateLimit>) -> Limits {
        Limits { limit, buckets: Mutex::new(HashMap::new()) }
    }

    /// Takes one request out of the subject's bucket.
    ///
    /// # Errors
    /// 429 `rate_limited` when it is empty.
    pub fn take(&self, subject: Subject, now: Instant) -> Result<(), Failure> {
        let Some(limit) = self.limit else { return Ok(()) };
        let mut buckets = self.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        let subject = room_for(subject, &mut buckets, limit, now);
        let bucket = buckets.entry(subject).or_insert_with(|| Bucket::full(limit, now));
        bucket.refill(limit, now);
        match bucket.tokens_milli.checked_sub(1000) {
            Some(rest) => {
                bucket.tokens_milli = rest;
                Ok(())
            }
            None => Err(too_many(limit)),
        }
    }
}

/// The subject itself where it has a bucket or can have one.
fn room_for(
    subject: Subject,
    buckets: &mut HashMap<Subject, Bucket>,
    limit: RateLimit,
    now: Instant,
) -> Subject {
    if buckets.len() < BUCKETS_MAX || buckets.contains_key(&subject) {
        return subject;
    }
    let needed = |bucket: &mut Bucket| {
        bucket.refill(limit, now);
        bucket.tokens_milli < limit.full_milli()
    };
    buckets.retain(|_, bucket| needed(bucket));
    if buckets.len() < BUCKETS_MAX { subject } else { Subject::Everyone }
}

impl Bucket {
    fn full(limit: RateLimit, now: Instant) -> Bucket {
        Bucket { tokens_milli: limit.full_milli(), filled_at: now }
    }

    fn refill(&mut self, limit: RateLimit, now: Instant) {
        let passed = now.saturating_duration_since(self.filled_at);
        // One token a second is a thousandth of one a millisecond.
        let passed_ms = u64::try_from(passed.as_millis()).unwrap_or(u64::MAX);
        let earned = passed_ms.saturating_mul(u64::from(limit.per_second));
        self.tokens_milli = self.tokens_milli.saturating_add(earned).min(limit.full_milli());
        // What is less than a millisecond is not lost, but counted next time.
        self.filled_at += Duration::from_millis(passed_ms);
    }
}

impl RateLimit {
    fn full_milli(self) -> u64 {
        u64::from(self.burst.max(1)).saturating_mul(1000)
    }
}

fn too_many(limit: RateLimit) -> Failure {
    let per_second = limit.per_second;
    let message =
        format!("more than {per_second} requests a second; wait a second and send fewer at once");
    let failure = Failure::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message);
    Failure { retry_after_s: Some(1), ..failure }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit { per_second: 10, burst: 20 };

    fn address(text: &str) -> Subject {
        Subject::address(text.parse().unwrap())
    }

    fn passes(limits: &Limits, subject: Subject, at: Instant, tries: usize) -> usize {
        (0..tries).filter(|_| limits.take(subject.clone(), at).is_ok()).count()
    }

    #[test]
    fn a_burst_passes_then_so_many_a_second() {
        let limits = Limits::new(Some(LIMIT));
        let start = Instant::now();
        let rows = [(0, 20), (0, 0), (100, 1), (1_000, 9), (1_050, 0), (1_100, 1), (60_000, 20)];
        for (after_ms, expected) in rows {
            let at = start + Duration::from_millis(after_ms);
            assert_eq!(passes(&limits, address("192.0.2.1"), at, 100), expected, "{after_ms} ms");
        }
        let refused = limits.take(address("192.0.2.1"), start).unwrap_err();
        assert_eq!((refused.status.as_u16(), refused.retry_after_s), (429, Some(1)));
    }

    #[test]
    fn subjects_do_not_share_a_bucket_but_one_subscriber_does() {
        let limits = Limits::new(Some(LIMIT));
        let now = Instant::now();
        assert_eq!(passes(&limits, address("2001:db8::1"), now, 100), 20);
        assert_eq!(passes(&limits, address("2001:db8::2"), now, 100), 0, "the same /64");
        assert_eq!(passes(&limits, address("2001:db8:0:1::1"), now, 100), 20);
        assert_eq!(passes(&limits, address("192.0.2.1"), now, 100), 20);
        assert_eq!(passes(&limits, address("::ffff:192.0.2.1"), now, 100), 0, "the same host");
        let key = |text: &str| Subject::Key(text.into());
        assert_eq!(passes(&limits, key("pk_1"), now, 100), 20);
        assert_eq!(passes(&limits, key("pk_2"), now, 100), 20, "another key of the same merchant");
        assert_eq!(passes(&limits, key("pk_1"), now, 100), 0);
    }

    #[test]
    fn memory_is_bounded_and_the_rest_share_one_bucket() {
        let limits = Limits::new(Some(LIMIT));
        let now = Instant::now();
        let nth = |number: u32| Subject::address(IpAddr::V4(number.into()));
        let most = u32::try_from(BUCKETS_MAX).unwrap();
        assert!((0..most).all(|number| limits.take(nth(number), now).is_ok()));
        assert_eq!(passes(&limits, nth(most), now, 15), 15);
        assert_eq!(passes(&limits, nth(most + 1), now, 15), 5, "together twenty");
        // Two requests' time later every early bucket is full again, and makes room.
        let later = now + Duration::from_millis(200);
        assert_eq!(passes(&limits, nth(most + 2), later, 100), 20);
        assert!(limits.buckets.lock().unwrap().len() < 10);
    }

    #[test]
    fn the_sandbox_limits_nothing() {
        assert_eq!(passes(&Limits::new(None), Subject::Everyone, Instant::now(), 1000), 1000);
    }
}
