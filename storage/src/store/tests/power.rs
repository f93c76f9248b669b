//! The store on a disk that loses power, fails to fsync, or is full.

use std::fs;
use std::sync::atomic::Ordering;
use std::time::Duration;

use cryptopayment_domain::fact::Fact;

use super::super::*;
use super::{config, tell};
use crate::audit;
use crate::journal::JournalReader;
use crate::testing::{FakeDisk, Story};

/// One life of a store whose disk loses power: what was acknowledged, and all that was appended.
fn live_until_the_power_goes(
    config: StoreConfig,
    story: &mut Story,
    told: &mut Vec<Fact>,
) -> Result<Seq, OpenError> {
    let store = Store::open(config, |_| {})?;
    told.truncate(usize::try_from(store.durable_seq()).unwrap());
    while store.is_healthy() {
        let mut last = 0;
        for _ in 0..3 {
            let facts = story.next_commit();
            told.extend(facts.clone());
            last = store.append(facts).last;
        }
        while store.is_healthy() && store.durable_seq() < last {
            std::thread::yield_now();
        }
    }
    Ok(store.durable_seq())
}

#[test]
fn no_acknowledged_fact_is_lost_when_the_power_goes_and_the_views_agree() {
    // A sample; `POWER_CUTS=2000` for as many as there is patience for.
    let histories = std::env::var("POWER_CUTS").ok().and_then(|count| count.parse().ok());
    for seed in 0..histories.unwrap_or(12_u64) {
        let dir = tempfile::tempdir().unwrap();
        let disk = FakeDisk::new(seed * 17 + 3);
        let (config, _) = config(dir.path());
        let config =
            StoreConfig { disk: Arc::new(disk.clone()), segment_bytes: 96 << 10, ..config };
        let mut told = Vec::new();
        for life in 0..3 {
            // What the crash cut off is told anew by another story.
            let mut story = Story::of(seed * 10 + life);
            disk.cut_power_after(20 + seed * 7 % 60 + life * 20);
            let lived = live_until_the_power_goes(config.clone(), &mut story, &mut told);
            disk.restart();
            let acknowledged = lived.unwrap_or(0);
            if seed % 3 == 0 {
                fs::remove_dir_all(dir.path().join("views")).unwrap();
            }
            let store = Store::open(config.clone(), |_| {}).unwrap();
            let found = store.durable_seq();
            assert!(found >= acknowledged, "seed {seed}: {found} of {acknowledged}");
            store.close().unwrap();
            assert_eq!(journal_facts(&config), told[..usize::try_from(found).unwrap()]);
        }
        // Stories of several lives contradict each other; the rows must agree all the same.
        let report = audit::audit(&config, |_| {}).unwrap();
        let differs = |finding: &audit::Finding| matches!(finding, audit::Finding::Row { .. });
        assert!(!report.findings.iter().any(differs), "seed {seed}: {:?}", report.findings);
    }
}

fn journal_facts(config: &StoreConfig) -> Vec<Fact> {
    let dir = opening::journal_dir(config);
    let reader = JournalReader::open(Arc::clone(&config.disk), &dir, 1, Seq::MAX).unwrap();
    let mut facts = Vec::new();
    if let Some(mut reader) = reader {
        while let Some(frame) = reader.next_frame().unwrap() {
            facts.extend(facts_of(&frame).map(|(_, fact)| fact.unwrap()));
        }
    }
    facts
}

#[test]
fn a_failed_fsync_acknowledges_nothing_more_and_is_told_to_the_hook() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FakeDisk::new(9);
    let (config, fatal) = config(dir.path());
    let config = StoreConfig { disk: Arc::new(disk.clone()), ..config };
    let store = Store::open(config, |_| {}).unwrap();
    let mut story = Story::of(8);
    let durable = tell(&store, &mut story, 10);
    disk.fail_syncs(1);
    let ticket = store.append(story.next_commit());
    while fatal.load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    assert!(!store.is_healthy() && !store.has_room());
    assert_eq!(store.durable_seq(), durable);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    let waited = runtime.block_on(async {
        tokio::time::timeout(Duration::from_millis(50), ticket.durable()).await
    });
    assert!(waited.is_err(), "an answer left before it was durable");
    assert_eq!(store.close(), Err(StoreFailed));
}

#[test]
fn a_full_disk_ends_the_store_and_loses_nothing_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FakeDisk::new(10);
    let (config, fatal) = config(dir.path());
    let config = StoreConfig { disk: Arc::new(disk.clone()), segment_bytes: 64 << 10, ..config };
    let store = Store::open(config.clone(), |_| {}).unwrap();
    let mut story = Story::of(11);
    disk.leave_room(100 << 10);
    let mut told = Vec::new();
    while fatal.load(Ordering::SeqCst) == 0 {
        let facts = story.next_commit();
        told.extend(facts.clone());
        let last = store.append(facts).last;
        while store.is_healthy() && store.durable_seq() < last {
            std::thread::yield_now();
        }
    }
    let durable = store.durable_seq();
    drop(store);
    disk.leave_room(u64::MAX);
    let store = Store::open(config.clone(), |_| {}).unwrap();
    assert!(store.durable_seq() >= durable);
    store.close().unwrap();
    let facts = journal_facts(&config);
    assert!(facts.len() as u64 >= durable);
    assert_eq!(facts, told[..facts.len()]);
}
