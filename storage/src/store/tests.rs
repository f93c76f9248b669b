//! The store as its callers see it, and what it does when things go wrong.

use std::path::Path;
use std::sync::atomic::AtomicU64;

use super::*;
use crate::testing::Story;

/// A configuration in `dir` with a hook that counts instead of ending the test.
fn config(dir: &Path) -> (StoreConfig, Arc<AtomicU64>) {
    let fatal = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&fatal);
    let config = StoreConfig {
        segment_bytes: 1 << 20,
        min_free_bytes: 0,
        cache_bytes: 8 << 20,
        on_fatal: Arc::new(move |_| {
            counted.fetch_add(1, Ordering::SeqCst);
        }),
        ..StoreConfig::new(dir)
    };
    (config, fatal)
}

fn open(dir: &Path) -> Store {
    Store::open(config(dir).0, |_| {}).unwrap()
}

#[test]
fn what_was_acknowledged_is_read_at_once_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut story = Story::of(1);
    let store = open(dir.path());
    let mut last = 0;
    for _ in 0..500 {
        let ticket = store.append(story.next_commit());
        assert_eq!(ticket.first, last + 1);
        last = ticket.last;
        ticket.wait();
        assert_eq!(store.views().seq(), last);
    }
    assert!(store.views().contradictions(10).unwrap().is_empty());
    assert_eq!(store.check_sums().unwrap(), []);
    store.close().unwrap();
    let store = open(dir.path());
    assert_eq!(store.durable_seq(), last);
}
