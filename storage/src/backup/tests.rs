//! A backup is whole or none; what is put back is what there was; nothing half is ever used.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::time::Timestamp;

use super::*;
use crate::disk::RealDisk;
use crate::store::{Store, StoreConfig, read_facts};
use crate::testing::Story;
use crate::{audit, rebuild};

const NOW: Timestamp = Timestamp::from_unix_ms(1_705_312_800_000);

fn config(dir: &Path) -> StoreConfig {
    StoreConfig {
        segment_bytes: 64 << 10,
        min_free_bytes: 0,
        cache_bytes: 8 << 20,
        ..StoreConfig::new(dir)
    }
}

fn tell(store: &Store, story: &mut Story, commits: usize) -> u64 {
    let mut last = 0;
    for _ in 0..commits {
        last = store.append(story.next_commit()).last;
    }
    store.wait_durable(last);
    last
}

/// A data folder that has lived, closed.
fn lived(commits: usize) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(config(dir.path()), |_| {}).unwrap();
    tell(&store, &mut Story::of(3), commits);
    let checkpoint = Checkpoint { height: 7, hashes: vec![Hash32([7; 32])], solid_height: None };
    store.save_checkpoint(Network::Ltc, checkpoint);
    store.close().unwrap();
    fs::create_dir_all(dir.path().join("keys")).unwrap();
    fs::write(dir.path().join("keys/master.key"), b"sealed").unwrap();
    dir
}

fn source(dir: &Path, cut: BackupCut) -> BackupSource {
    BackupSource {
        disk: Arc::new(RealDisk),
        data_dir: dir.to_owned(),
        cut,
        files: vec!["keys/master.key".to_owned(), "keys/forgotten.key".to_owned()],
        program: "1.2.3".to_owned(),
        now: NOW,
    }
}

/// A backup of a closed folder in a folder of its own.
fn backed_up(dir: &Path) -> (tempfile::TempDir, PathBuf) {
    let (out, store) = (tempfile::tempdir().unwrap(), Store::open(config(dir), |_| {}).unwrap());
    let file = out.path().join("gateway.backup");
    let cut = BackupCut::of(&store.views()).unwrap();
    backup(&source(dir, cut), &file, |_| {}).unwrap();
    store.close().unwrap();
    (out, file)
}

fn plan() -> RestorePlan {
    RestorePlan { skipped: 1_000_000, watched: 100, now: NOW }
}

fn put_back(file: &Path, into: &Path) -> Result<RestoreReport, BackupError> {
    restore(&config(into), file, plan(), |_| {}, |_| {})
}

fn facts(dir: &Path, through: u64) -> Vec<Fact> {
    let journal = dir.join("journal");
    let facts = read_facts(Arc::new(RealDisk), &journal, 1, through).unwrap();
    let facts = facts.map(|fact| fact.unwrap()).take_while(|(seq, _)| *seq <= through);
    facts.map(|(_, fact)| fact).collect()
}

#[test]
fn a_backup_made_while_facts_are_written_is_put_back_as_it_was_at_its_cut() {
    let (dir, into) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let store = Store::open(config(dir.path()), |_| {}).unwrap();
    let mut story = Story::of(11);
    tell(&store, &mut story, 300);
    fs::create_dir_all(dir.path().join("keys")).unwrap();
    fs::write(dir.path().join("keys/master.key"), b"sealed").unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writing = std::thread::spawn({
        let (store, stop) = (store.clone(), Arc::clone(&stop));
        move || {
            while !stop.load(Ordering::Relaxed) {
                tell(&store, &mut story, 5);
            }
        }
    });
    let cut = BackupCut::of(&store.views()).unwrap();
    let file = into.path().join("gateway.backup");
    let made = backup(&source(dir.path(), cut.clone()), &file, |_| {}).unwrap();
    stop.store(true, Ordering::Relaxed);
    writing.join().unwrap();
    store.close().unwrap();
    assert!(made.manifest.seq >= cut.seq && made.bytes == fs::metadata(&file).unwrap().len());
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);

    let data = into.path().join("data");
    let report = put_back(&file, &data).unwrap();
    assert_eq!(report.manifest, made.manifest);
    let seq = made.manifest.seq;
    assert_eq!(facts(&data, seq), facts(dir.path(), seq), "seed 11");
    assert_eq!(fs::read(data.join("keys/master.key")).unwrap(), b"sealed");
    let mode = |path: &str| fs::metadata(data.join(path)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("keys"), mode("keys/master.key")), (0o700, 0o600));
    assert!(!data.join("keys/forgotten.key").exists() && !data.join(UNFINISHED).exists());

    let audited = audit(&config(&data), |_| {}).unwrap();
    assert!(audited.is_clean(), "{:?}", audited.findings);
    assert_eq!(audited.facts, seq + 1, "the restore itself is a fact");
    // It goes on like any other.
    let store = Store::open(config(&data), |_| {}).unwrap();
    let frozen = store.views().withdrawals_frozen().unwrap().unwrap();
    assert!(frozen.reason.contains("2024-01-15T10:00:00"), "{}", frozen.reason);
    tell(&store, &mut Story::of(12), 3);
    store.close().unwrap();
}

#[test]
fn counters_jump_over_what_may_have_been_shown_and_checkpoints_are_kept() {
    let (dir, into) = (lived(200), tempfile::tempdir().unwrap());
    let (_out, file) = backed_up(dir.path());
    let before = Store::open(config(dir.path()), |_| {}).unwrap();
    let report = put_back(&file, into.path()).unwrap();
    let after = Store::open(config(into.path()), |_| {}).unwrap();
    for network in Network::ALL {
        let counter = before.views().next_address_index(network).unwrap();
        let skipped = after.views().skipped_addresses(network).unwrap();
        assert_eq!(after.views().next_address_index(network).unwrap(), counter + 1_000_000);
        assert_eq!(skipped.len(), 1, "{network}");
        assert_eq!(
            (skipped[0].watched_until, skipped[0].next),
            (counter + 100, counter + 1_000_000)
        );
        assert!(report.restored.skipped.contains(&skipped[0]));
        let checkpoint = |store: &Store| store.views().checkpoint(network).unwrap();
        assert_eq!(checkpoint(&after), checkpoint(&before), "{network}");
    }
    assert!(after.views().checkpoint(Network::Ltc).unwrap().is_some());
}

#[test]
fn what_is_cut_changed_foreign_or_newer_is_told_apart_and_leaves_the_folder_empty() {
    let dir = lived(60);
    let (out, file) = backed_up(dir.path());
    let whole = fs::read(&file).unwrap();
    let (into, broken) = (tempfile::tempdir().unwrap(), out.path().join("broken"));
    let said = |bytes: &[u8]| {
        fs::write(&broken, bytes).unwrap();
        let error = put_back(&broken, into.path()).unwrap_err();
        assert_eq!(fs::read_dir(into.path()).unwrap().count(), 0, "{error} left something");
        error
    };
    for length in (0..whole.len()).step_by(whole.len() / 40).chain([1, 7, 8, 11, whole.len() - 1]) {
        match (length, said(&whole[..length])) {
            (0, BackupError::Foreign) => {}
            (_, BackupError::Cut { offset, .. }) => assert_eq!(offset, length as u64),
            (length, other) => panic!("cut at {length}: {other}"),
        }
    }
    for place in (12..whole.len()).step_by(whole.len() / 60).chain([whole.len() - 1]) {
        let mut changed = whole.clone();
        changed[place] ^= 0x10;
        let error = said(&changed);
        let found = matches!(error, BackupError::Damaged { .. } | BackupError::Cut { .. });
        assert!(found, "changed at {place}: {error}");
    }
    assert!(matches!(said(b"PK\x03\x04 a zip of something"), BackupError::Foreign));
    let newer = [&whole[..8], &9_u32.to_le_bytes(), &whole[12..]].concat();
    assert!(matches!(said(&newer), BackupError::Newer { found: 9, known: 1 }));
    assert!(matches!(said(&[&whole[..], b"\n"].concat()), BackupError::Damaged { .. }));
    put_back(&file, into.path()).unwrap();
}

#[test]
fn a_backup_never_takes_another_files_place_and_takes_over_what_a_killed_one_left() {
    let dir = lived(20);
    let (out, file) = backed_up(dir.path());
    let before = fs::read(&file).unwrap();
    let store = Store::open(config(dir.path()), |_| {}).unwrap();
    let cut = BackupCut::of(&store.views()).unwrap();
    let again = backup(&source(dir.path(), cut.clone()), &file, |_| {}).unwrap_err();
    assert!(matches!(again, BackupError::Exists(_)), "{again}");
    assert_eq!(fs::read(&file).unwrap(), before);

    let (other, left) = (out.path().join("other"), out.path().join("other.partial"));
    fs::write(&left, vec![9; before.len() * 2]).unwrap();
    let held = fs::File::open(&left).unwrap();
    held.lock().unwrap();
    let busy = backup(&source(dir.path(), cut.clone()), &other, |_| {}).unwrap_err();
    assert!(matches!(busy, BackupError::Busy(_)), "{busy}");
    drop(held);
    backup(&source(dir.path(), cut), &other, |_| {}).unwrap();
    assert_eq!(fs::metadata(&other).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!left.exists());
    assert_eq!(fs::read(&other).unwrap(), before, "the same cut is the same file");
}

#[test]
fn a_folder_in_which_something_lies_or_a_restore_did_not_end_is_refused() {
    let dir = lived(20);
    let (_out, file) = backed_up(dir.path());
    let full = put_back(&file, dir.path()).unwrap_err();
    assert!(matches!(full, BackupError::NotEmpty { .. }), "{full}");

    let half = tempfile::tempdir().unwrap();
    fs::write(half.path().join(UNFINISHED), "").unwrap();
    fs::create_dir(half.path().join("journal")).unwrap();
    let config = config(half.path());
    let refusals = [
        put_back(&file, half.path()).unwrap_err().to_string(),
        Store::open(config.clone(), |_| {}).err().unwrap().to_string(),
        audit(&config, |_| {}).err().unwrap().to_string(),
        rebuild(&config, |_| {}).unwrap_err().to_string(),
    ];
    for said in refusals {
        assert!(said.contains("half restored") && said.contains("restore` again"), "{said}");
    }
    assert!(half.path().join(UNFINISHED).exists());
}

#[test]
fn a_part_that_leads_out_of_the_folder_is_none() {
    for name in
        ["../x", "keys/../../x", "/etc/x", "keys/.x", "lock", "a/b/c", "keys/", "keys/x y", ""]
    {
        assert!(!super::format::is_plain(name), "{name}");
    }
    for name in ["keys/master.key", "wallet/seed.sealed", "journal/00000001.segment"] {
        assert!(super::format::is_plain(name), "{name}");
    }
}
