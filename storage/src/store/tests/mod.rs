//! The store as its callers see it. What it does when things go wrong: `damage`, `power`.

mod damage;
mod power;

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicU64;

use cryptopayment_domain::payment::Hash32;

use super::pending::Applied;
use super::*;
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
    let tree = open_views(dir);
    let all = KeyRange { from: vec![0], to: vec![0xFF; 64] };
    let rows = Rows::scan(&*tree.db, &all, Direction::Forward).map(|row| row.unwrap());
    rows.filter(|(key, _)| key[0] != Prefix::Checkpoint as u8)
        .map(|(key, value)| (key.to_vec(), value.to_vec()))
        .collect()
}

/// The views of a closed store. sled's own threads may hold its lock for a moment longer.
fn open_views(dir: &Path) -> folder::OpenTree {
    let began = Instant::now();
    loop {
        match ViewFolder::of(dir, 8 << 20).open() {
            Ok(tree) => return tree,
            Err(error) => {
                let held = error.to_string().contains("acquire lock");
                assert!(held && began.elapsed() < Duration::from_secs(10), "{error}");
                std::thread::yield_now();
            }
        }
    }
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
    assert!(matches!(runtime.block_on(feed.next()), Err(FeedError::Lagged { .. })));
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
fn at_most_sixty_four_groups_wait_for_the_tree_then_the_writer_waits() {
    let db = sled::Config::new().temporary(true).flush_every_ms(None).open().unwrap();
    let views = Views::of(sled::Tree::clone(&db), 0, None);
    let pending = Arc::new(Pending::over(views.clone()));
    let group = |seq: Seq| {
        let key = keys::contradiction(seq);
        let writes = Writes::from([(sled::IVec::from(key.as_ref()), Some(sled::IVec::from(b"x")))]);
        Applied { row: AppliedRow { seq, hash: [0; 32] }, writes, kept: Mutex::default() }
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
    let held = pending.apply_oldest(&db, None, &mut Vec::new()).unwrap().unwrap().unwrap();
    assert_eq!(held.seq, 64);
    told.recv().unwrap();
    writer.join().unwrap();
    assert_eq!(views.inner.overlay.read().rows().len(), 1);
}

#[test]
fn a_queue_that_nobody_writes_away_is_overfull_at_its_bound_and_still_takes_facts() {
    let queue = Queue::starting_at(1);
    let mut story = Story::of(14);
    let facts: Vec<Fact> = (0..100).flat_map(|_| story.next_commit()).collect();
    let mut queued = 0;
    while queued <= queue::FACTS_WAITING_MAX {
        assert!(!queue.is_overfull());
        let (durable, _told) = oneshot::channel();
        queue.append(Commit { facts: facts.clone(), durable });
        queued += facts.len();
    }
    assert!(queue.is_overfull());
    queue.take(1).unwrap();
    assert!(!queue.is_overfull());
}
