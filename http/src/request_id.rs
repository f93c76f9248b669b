//! The name of a request: in every answer's `X-Request-Id`, in errors, and in the log.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Gives every request a name of its own: `req_` and 16 hexadecimal digits. Clones share them.
#[derive(Clone)]
pub struct RequestIds {
    /// Random at each start, so that two runs do not share names in one log.
    next: Arc<AtomicU64>,
}

impl RequestIds {
    /// Names from a random place on.
    pub fn new() -> RequestIds {
        RequestIds { next: Arc::new(AtomicU64::new(rand::random())) }
    }

    /// The next name.
    pub fn next(&self) -> String {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        // An odd factor visits every number once: names that follow each other do not look alike.
        format!("req_{:016x}", number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }
}

impl Default for RequestIds {
    fn default() -> Self {
        RequestIds::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_two_requests_share_a_name() {
        let ids = RequestIds::new();
        let names: std::collections::HashSet<_> = (0..10_000).map(|_| ids.next()).collect();
        assert_eq!(names.len(), 10_000);
    }
}
