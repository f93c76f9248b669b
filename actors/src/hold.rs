//! Holds: what a live copy keeps in memory for somebody (a reserved idempotency key) keeps the copy
//! itself from being let go. Whoever has a hold gives it back by dropping it, on any thread.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the holds of one copy. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Keeper {
    holds: Arc<AtomicUsize>,
}

/// Something that a copy keeps for somebody.
#[derive(Debug)]
pub struct Hold {
    holds: Arc<AtomicUsize>,
}

impl Keeper {
    /// One more.
    pub fn hold(&self) -> Hold {
        self.holds.fetch_add(1, Ordering::AcqRel);
        Hold { holds: self.holds.clone() }
    }

    /// Whether anybody has one.
    pub fn is_held(&self) -> bool {
        self.holds.load(Ordering::Acquire) > 0
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.holds.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_is_held_until_the_last_hold_is_dropped() {
        let keeper = Keeper::default();
        let seen = keeper.clone();
        assert!(!seen.is_held());
        let (one, other) = (keeper.hold(), keeper.hold());
        drop(one);
        assert!(seen.is_held());
        drop(other);
        assert!(!seen.is_held());
    }
}
