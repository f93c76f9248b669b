//! Which endpoints keep their connections: a bounded number of them. Whoever sets one URL after
//! another, each with a host of its own, must not fill the process with idle connections.

use parking_lot::Mutex;
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// The endpoints whose connections are kept, by host and port.
pub(super) struct Kept {
    endpoints_max: usize,
    /// How long an unused connection is kept.
    unused_max: Duration,
    /// Held for a look-up, at most [`Kept::endpoints_max`] of them.
    used_at: Mutex<HashMap<String, Instant>>,
}

impl Kept {
    pub(super) fn new(endpoints_max: usize, unused_max: Duration) -> Kept {
        Kept { endpoints_max, unused_max, used_at: Mutex::default() }
    }

    /// Whether the connection to this endpoint, used at `now`, is kept afterwards.
    pub(super) fn admits(&self, endpoint: String, now: Instant) -> bool {
        let mut used_at = self.used_at.lock();
        if used_at.len() >= self.endpoints_max && !used_at.contains_key(&endpoint) {
            used_at.retain(|_, at| now.saturating_duration_since(*at) <= self.unused_max);
        }
        let is_room = used_at.len() < self.endpoints_max || used_at.contains_key(&endpoint);
        if is_room {
            used_at.insert(endpoint, now);
        }
        is_room
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_many_as_there_is_room_for_until_they_are_long_unused() {
        let kept = Kept::new(2, Duration::from_secs(60));
        let began = Instant::now();
        let rows = [
            ("a", 0, true),
            ("b", 30, true),
            ("c", 40, false),
            ("a", 50, true),
            ("c", 80, false),
            ("c", 91, true),
            ("b", 92, false),
            ("a", 93, true),
        ];
        for (endpoint, second, admitted) in rows {
            let now = began + Duration::from_secs(second);
            assert_eq!(kept.admits(endpoint.to_owned(), now), admitted, "{endpoint} at {second}");
        }
        let none = Kept::new(0, Duration::from_secs(60));
        assert!(!none.admits("a".to_owned(), began));
    }
}
