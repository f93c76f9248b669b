//! Every harm that can come to a data folder, and what the next start must do about it.

use std::fs;
use std::path::Path;
use std::sync::atomic::Ordering;

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::merchant::MerchantFact;
use cryptopayment_domain::operator::OperatorFact;
use cryptopayment_domain::time::Timestamp;

use super::super::*;
use super::{PlainRows, all_rows, config, copy_dir, open, tell};
use crate::audit;
use crate::keys;
use crate::testing::Story;

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
    let rows: [(&str, Harm, Outcome); 15] = [
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
        ("views of another version", |dir| other_layout(dir), Outcome::Rebuilds),
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

fn other_layout(dir: &Path) {
    let tree = ViewFolder::of(dir, 8 << 20).open().unwrap();
    tree.db.insert(keys::layout().as_ref(), &[1, 99]).unwrap();
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
    let about_it =
        Fact::Merchant(merchant, MerchantFact::Approved { at: Timestamp::from_unix_s(1) });
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
