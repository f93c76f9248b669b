//! The store as its callers see it, and what it does when things go wrong.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use cryptopayment_domain::operator::OperatorFact;
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::time::Timestamp;

use super::pending::Applied;
use super::*;
use crate::audit;
use crate::journal::JournalReader;
use crate::keys::{self, KeyRange, Prefix};
use crate::records::AppliedRow;
use crate::testing::{FakeDisk, Story};
use crate::views::{Direction, Rows, Writes};

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

/// Tells `commits` of the story and waits for the last.
fn tell(store: &Store, story: &mut Story, commits: usize) -> Seq {
    let mut last = 0;
    for _ in 0..commits {
        last = store.append(story.next_commit()).last;
    }
    store.wait_durable(last);
    last
}

/// Keys and values.
type PlainRows = Vec<(Vec<u8>, Vec<u8>)>;

/// Every row of the views in a closed data folder, checkpoints left out.
fn all_rows(dir: &Path) -> PlainRows {
    let tree = ViewFolder::of(dir, 8 << 20).open().unwrap();
    let all = KeyRange { from: vec![0], to: vec![0xFF; 64] };
    let rows = Rows::scan(&*tree.db, &all, Direction::Forward).map(|row| row.unwrap());
    rows.filter(|(key, _)| key[0] != Prefix::Checkpoint as u8)
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

fn copy_dir(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_dir(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn what_was_acknowledged_is_read_at_once_and_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut story = Story::of(1);
    let store = open(dir.path());
    let mut last = 0;
    for _ in 0..300 {
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
    assert_eq!(tell(&store, &mut story, 50), store.durable_seq());
    assert!(store.views().contradictions(10).unwrap().is_empty());
}

#[test]
fn commits_of_many_threads_lie_each_together_in_the_order_of_their_sequences() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut feed = store.feed().subscribe();
    let told: Vec<(Seq, Vec<Fact>)> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|seed| {
                let store = store.clone();
                scope.spawn(move || {
                    let mut story = Story::of(100 + seed);
                    let commits = (0..100).map(|_| {
                        let facts = story.next_commit();
                        let ticket = store.append(facts.clone());
                        let first = ticket.first;
                        assert_eq!(ticket.last, first + facts.len() as u64 - 1);
                        ticket.wait();
                        assert!(store.durable_seq() >= first);
                        (first, facts)
                    });
                    commits.collect::<Vec<_>>()
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    let mut in_order = told;
    in_order.sort_by_key(|(first, _)| *first);
    let expected: Vec<_> = in_order.into_iter().flat_map(|(_, facts)| facts).collect();

    let mut followed = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    while followed.len() < expected.len() {
        let group = match runtime.block_on(feed.next()) {
            Ok(group) => group,
            Err(error) => panic!("{error}"),
        };
        assert_eq!(group.first, followed.len() as u64 + 1);
        followed.extend(group.iter().map(|(_, fact)| fact.clone()));
    }
    assert_eq!(followed, expected);
}

#[test]
fn a_follower_who_is_too_slow_is_told_so() {
    let dir = tempfile::tempdir().unwrap();
    let config = StoreConfig { feed_groups: 4, ..config(dir.path()).0 };
    let store = Store::open(config, |_| {}).unwrap();
    let mut feed = store.feed().subscribe();
    let mut story = Story::of(2);
    for _ in 0..20 {
        store.append(story.next_commit()).wait();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    assert!(matches!(runtime.block_on(feed.next()), Err(FeedError::Lagged { groups: 16.. })));
    assert!(runtime.block_on(feed.next()).is_ok());
}

#[test]
fn tickets_and_sequences_are_awaited_in_tasks_too() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mut story = Story::of(3);
    runtime.block_on(async {
        for _ in 0..20 {
            let ticket = store.append(story.next_commit());
            let last = ticket.last;
            ticket.durable().await;
            assert!(store.durable_seq() >= last);
        }
        let later = store.append(story.next_commit()).last;
        store.when_durable(later).await;
        let empty = store.append(Vec::new());
        assert_eq!((empty.first, empty.last), (later + 1, later));
        empty.durable().await;
    });
}

#[test]
fn a_checkpoint_is_never_ahead_of_the_facts_before_it_and_survives() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut story = Story::of(4);
    let checkpoint = |height: u64| {
        let hashes = vec![Hash32([6; 32]), Hash32([7; 32])];
        Checkpoint { height, hashes, solid_height: Some(height - 1) }
    };
    for height in 10..200 {
        let last = store.append(story.next_commit()).last;
        store.save_checkpoint(Network::Ltc, checkpoint(height));
        if let Some(seen) = store.views().checkpoint(Network::Ltc).unwrap()
            && seen.height == height
        {
            assert!(store.views().seq() >= last);
        }
    }
    store.save_checkpoint(Network::Trc20, checkpoint(77));
    store.close().unwrap();
    let store = open(dir.path());
    assert_eq!(store.views().checkpoint(Network::Ltc).unwrap(), Some(checkpoint(199)));
    assert_eq!(store.views().checkpoint(Network::Trc20).unwrap(), Some(checkpoint(77)));
    store.close().unwrap();
    rebuild(&config(dir.path()).0, |_| {}).unwrap();
    let store = open(dir.path());
    assert_eq!(store.views().checkpoint(Network::Trc20).unwrap(), Some(checkpoint(77)));
    assert_eq!(store.views().checkpoint(Network::Btc).unwrap(), None);
}

#[test]
fn one_data_folder_has_one_store() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let second = Store::open(config(dir.path()).0, |_| {});
    assert!(matches!(second, Err(OpenError::Locked { .. })));
    // Whoever still reads views holds the folder.
    let views = store.views();
    store.close().unwrap();
    let second = Store::open(config(dir.path()).0, |_| {});
    assert!(matches!(second, Err(OpenError::Locked { .. })));
    drop(views);
    open(dir.path()).close().unwrap();
}

#[test]
fn views_rebuilt_from_the_journal_are_the_same_to_the_byte_however_facts_were_grouped() {
    let dir = tempfile::tempdir().unwrap();
    let store = open(dir.path());
    let mut story = Story::of(5);
    tell(&store, &mut story, 400);
    for _ in 0..50 {
        store.append(story.next_commit()).wait();
    }
    store.close().unwrap();
    let before = all_rows(dir.path());
    assert!(before.len() > 500);

    fs::remove_dir_all(dir.path().join("views")).unwrap();
    open(dir.path()).close().unwrap();
    assert!(all_rows(dir.path()) == before, "after the folder was deleted");
    rebuild(&config(dir.path()).0, |_| {}).unwrap();
    assert!(all_rows(dir.path()) == before, "after a rebuild");

    // The same story, one commit per group; only the groups' hashes differ.
    let other = tempfile::tempdir().unwrap();
    let store = open(other.path());
    let mut story = Story::of(5);
    for _ in 0..450 {
        store.append(story.next_commit()).wait();
    }
    store.close().unwrap();
    let facts = |rows: PlainRows| -> PlainRows {
        rows.into_iter().filter(|(key, _)| key[0] != Prefix::Applied as u8).collect()
    };
    assert!(facts(all_rows(other.path())) == facts(before));
}

/// What a start must do about a harm done to a closed data folder.
#[derive(Debug, PartialEq)]
enum Outcome {
    /// Open with all facts, views as before.
    Opens,
    /// The same, and say that the views were rebuilt.
    Rebuilds,
    /// Open without the last group, and say that the tail was torn.
    CutsTail,
    /// Refuse, and change nothing.
    Refuses(&'static str),
}

#[test]
fn every_harm_to_a_data_folder_is_met_as_it_should_be() {
    type Harm = fn(&Path);
    let rows: [(&str, Harm, Outcome); 14] = [
        ("none", |_| {}, Outcome::Opens),
        ("views deleted", |dir| remove(dir, &["views"]), Outcome::Rebuilds),
        ("views and note deleted", |dir| remove(dir, &["views", "views.noted"]), Outcome::Opens),
        ("note deleted", |dir| remove(dir, &["views.noted"]), Outcome::Opens),
        (
            "note overwritten",
            |dir| fs::write(dir.join("views.noted"), b"x").unwrap(),
            Outcome::Opens,
        ),
        (
            "views' file emptied",
            |dir| fs::write(dir.join("views/db"), b"").unwrap(),
            Outcome::Rebuilds,
        ),
        ("views' file cut short", |dir| cut_short(&dir.join("views/db")), Outcome::Rebuilds),
        ("views' file garbage", |dir| garbage(&dir.join("views/db")), Outcome::Rebuilds),
        ("views from long ago", |dir| swap(dir, "old/views", "views"), Outcome::Rebuilds),
        (
            "views distrusted",
            |dir| {
                fs::write(dir.join("views.distrusted"), "a thread panicked").unwrap();
            },
            Outcome::Rebuilds,
        ),
        (
            "journal from long ago",
            |dir| swap(dir, "old/journal", "journal"),
            Outcome::Refuses("lost acknowledged facts"),
        ),
        (
            "journal of another gateway",
            |dir| swap(dir, "other/journal", "journal"),
            Outcome::Refuses("not the one the views were made from"),
        ),
        (
            "a bit flipped in the journal's middle",
            |dir| flip(dir, 5000),
            Outcome::Refuses("damaged in segment 00000001 at byte"),
        ),
        (
            "the last frame torn, views gone",
            |dir| {
                tear_tail(dir);
                remove(dir, &["views", "views.noted"]);
            },
            Outcome::CutsTail,
        ),
    ];
    let template = tempfile::tempdir().unwrap();
    let (expected, last) = harmed_template(template.path());
    for (name, harm, outcome) in rows {
        let dir = tempfile::tempdir().unwrap();
        copy_dir(template.path(), dir.path());
        harm(dir.path());
        let mut said = Vec::new();
        let opened = Store::open(config(dir.path()).0, |progress| said.push(progress));
        let rebuilt = said.iter().any(|one| matches!(one, Progress::ViewsSetAside { .. }));
        let cut = said.iter().any(|one| matches!(one, Progress::TornTailCut(_)));
        match (outcome, opened) {
            (Outcome::Refuses(why), opened) => {
                let error = opened.err().unwrap_or_else(|| panic!("{name}: it opened"));
                assert!(error.to_string().contains(why), "{name}: {error}");
            }
            (outcome, Err(error)) => panic!("{name}: {error}, not {outcome:?}"),
            (outcome, Ok(store)) => {
                let lost = Seq::from(outcome == Outcome::CutsTail);
                assert_eq!((rebuilt, cut), (outcome == Outcome::Rebuilds, lost == 1), "{name}");
                assert_eq!(store.durable_seq(), last - lost, "{name}");
                store.close().unwrap();
                assert!(lost == 1 || all_rows(dir.path()) == expected, "{name}");
                let report = audit::audit(&config(dir.path()).0, |_| {}).unwrap();
                assert!(report.is_clean(), "{name}: {:?}", report.findings);
            }
        }
    }
}

/// A data folder with a history, an older copy of itself in `old`, another gateway's in `other`.
fn harmed_template(dir: &Path) -> (PlainRows, Seq) {
    let mut story = Story::of(6);
    let store = open(dir);
    tell(&store, &mut story, 100);
    store.close().unwrap();
    let old = tempfile::tempdir().unwrap();
    copy_dir(dir, old.path());
    let store = open(dir);
    tell(&store, &mut story, 200);
    // A last commit of exactly one fact, in a group of its own.
    let single = Fact::Operator(OperatorFact::AdminRegistered {
        email_sealed: vec![1],
        email_digest: [2; 32],
        password_sealed: vec![3],
        at: Timestamp::from_unix_s(1_800_000_000),
    });
    let ticket = store.append(vec![single]);
    let last = ticket.last;
    ticket.wait();
    store.close().unwrap();

    let other = tempfile::tempdir().unwrap();
    let store = open(other.path());
    let mut story = Story::of(9);
    while tell(&store, &mut story, 1) < last {}
    store.close().unwrap();
    copy_dir(old.path(), &dir.join("old"));
    copy_dir(other.path(), &dir.join("other"));
    (all_rows(dir), last)
}

fn remove(dir: &Path, names: &[&str]) {
    for name in names {
        let path = dir.join(name);
        if path.is_dir() {
            fs::remove_dir_all(path).unwrap()
        } else {
            fs::remove_file(path).unwrap()
        }
    }
}

fn swap(dir: &Path, from: &str, to: &str) {
    remove(dir, &[to]);
    copy_dir(&dir.join(from), &dir.join(to));
}

fn cut_short(path: &Path) {
    let file = fs::OpenOptions::new().write(true).open(path).unwrap();
    file.set_len(40_000).unwrap();
}

fn garbage(path: &Path) {
    let mut bytes = fs::read(path).unwrap();
    bytes.iter_mut().zip(0_u64..).for_each(|(byte, at)| *byte = (at * 31 % 251) as u8);
    fs::write(path, bytes).unwrap();
}

fn flip(dir: &Path, at: usize) {
    let path = dir.join("journal/00000001.segment");
    let mut bytes = fs::read(&path).unwrap();
    bytes[at] ^= 0x10;
    fs::write(&path, bytes).unwrap();
}

/// The last frame's first sector never arrived.
fn tear_tail(dir: &Path) {
    let path = dir.join("journal/00000001.segment");
    let mut bytes = fs::read(&path).unwrap();
    let last = bytes.iter().rposition(|byte| *byte != 0).unwrap() / 512 * 512;
    bytes[last + 60] ^= 1;
    fs::write(&path, bytes).unwrap();
}

#[test]
fn views_ahead_of_the_journal_are_given_up_only_when_the_loss_is_accepted() {
    let dir = tempfile::tempdir().unwrap();
    let (_, last) = harmed_template(dir.path());
    swap(dir.path(), "old/journal", "journal");
    let (config, _) = config(dir.path());
    let Err(OpenError::ViewsAhead { views, journal, .. }) = Store::open(config.clone(), |_| {})
    else {
        panic!("the loss went unnoticed");
    };
    assert_eq!(views, last);
    assert!(journal < last);
    assert!(matches!(rebuild(&config, |_| {}), Err(OpenError::ViewsAhead { .. })));
    // Deleting the views does not hide the loss: it was noted how far they were.
    remove(dir.path(), &["views"]);
    assert!(matches!(Store::open(config.clone(), |_| {}), Err(OpenError::ViewsAhead { .. })));

    let accepting = StoreConfig { accept_loss: true, ..config.clone() };
    let store = Store::open(accepting, |_| {}).unwrap();
    assert_eq!(store.durable_seq(), journal);
    store.close().unwrap();
    Store::open(config, |_| {}).unwrap().close().unwrap();
}

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

#[test]
fn below_the_bound_of_free_space_there_is_no_room_for_new_business() {
    let dir = tempfile::tempdir().unwrap();
    let disk = FakeDisk::new(11);
    let (config, _) = config(dir.path());
    let config = StoreConfig { disk: Arc::new(disk.clone()), min_free_bytes: 1 << 30, ..config };
    let store = Store::open(config, |_| {}).unwrap();
    assert!(store.has_room());
    disk.leave_room(1 << 20);
    // The last answer is believed for a moment.
    while store.has_room() {
        std::thread::yield_now();
    }
    assert!(store.is_healthy());
    store.append(Story::of(12).next_commit()).wait();
}

#[test]
fn a_broken_row_ends_the_store_and_the_next_start_rebuilds_the_views() {
    let dir = tempfile::tempdir().unwrap();
    let (config, fatal) = config(dir.path());
    let store = Store::open(config.clone(), |_| {}).unwrap();
    let mut story = Story::of(13);
    tell(&store, &mut story, 30);
    store.close().unwrap();
    let merchant = story.merchants()[0];
    {
        let tree = ViewFolder::of(dir.path(), 8 << 20).open().unwrap();
        tree.db.insert(keys::merchant(merchant).as_ref(), b"garbage").unwrap();
    }
    let store = Store::open(config.clone(), |_| {}).unwrap();
    let about_it = Fact::Merchant(
        merchant,
        cryptopayment_domain::merchant::MerchantFact::Approved { at: Timestamp::from_unix_s(1) },
    );
    let last = store.append(vec![about_it]).last;
    while fatal.load(Ordering::SeqCst) == 0 {
        std::thread::yield_now();
    }
    drop(store);
    let mut said = Vec::new();
    let store = Store::open(config, |progress| said.push(progress)).unwrap();
    assert!(said.iter().any(|one| matches!(one, Progress::ViewsSetAside { .. })));
    // It was durable in the journal, though nobody was told.
    assert_eq!(store.durable_seq(), last);
    assert_eq!(store.views().merchant(merchant).unwrap().unwrap().last_seq, last);
}

#[test]
fn at_most_sixty_four_groups_wait_for_the_tree_then_the_writer_waits() {
    let db = sled::Config::new().temporary(true).flush_every_ms(None).open().unwrap();
    let views = Views::of(sled::Tree::clone(&db), 0, None);
    let pending = Arc::new(Pending::over(views.clone()));
    let group = |seq: Seq| {
        let key = keys::contradiction(seq);
        let writes = Writes::from([(sled::IVec::from(key.as_ref()), Some(sled::IVec::from(b"x")))]);
        Applied { row: AppliedRow { seq, hash: [0; 32] }, writes }
    };
    for seq in 1..=64 {
        pending.lay(group(seq));
    }
    let (laid, told) = std::sync::mpsc::channel();
    let one_more = Arc::clone(&pending);
    let writer = std::thread::spawn(move || {
        one_more.lay(group(65));
        laid.send(()).unwrap();
    });
    assert!(told.recv_timeout(Duration::from_millis(50)).is_err(), "the 65th group did not wait");
    assert_eq!(views.seq(), 64);
    let held = pending.apply_oldest(&db, None).unwrap().unwrap().unwrap();
    assert_eq!(held.seq, 64);
    told.recv().unwrap();
    writer.join().unwrap();
    assert_eq!(views.inner.overlay.read().rows().len(), 1);
}
