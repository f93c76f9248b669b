//! The journal under power cuts, damage and full disks, on a disk that forgets.

use std::path::Path;
use std::sync::Arc;

use super::*;
use crate::disk::{Disk, RealDisk};
use crate::testing::FakeDisk;

const DIR: &str = "data/journal";

fn options(segment_bytes: u64) -> JournalOptions {
    JournalOptions { segment_bytes, prepare_ahead: false }
}

fn open(disk: &FakeDisk, segment_bytes: u64) -> Result<Journal, JournalError> {
    survey(disk, segment_bytes)?.begin()
}

fn survey(disk: &FakeDisk, segment_bytes: u64) -> Result<Survey, JournalError> {
    Survey::of(Arc::new(disk.clone()), Path::new(DIR), options(segment_bytes))
}

fn segment_path(number: u32) -> PathBuf {
    Path::new(DIR).join(segment::name(number))
}

/// A record that says which one it is, of a length that varies.
fn record(sequence: u64) -> Vec<u8> {
    let length = 8 + usize::try_from(sequence * 7919 % 900).unwrap();
    let mut bytes = vec![sequence as u8; length];
    bytes[..8].copy_from_slice(&sequence.to_le_bytes());
    bytes
}

fn append(journal: &mut Journal, count: u64) -> Result<u64, JournalError> {
    let next = journal.next_sequence();
    let group = journal.append((next..next + count).map(record))?.unwrap();
    assert_eq!((group.first, group.last), (next, next + count - 1));
    Ok(group.last)
}

/// Reads everything from `from` on and checks that it is what was written, without a gap.
fn read_from(disk: &FakeDisk, from: u64) -> Result<u64, JournalError> {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let Some(mut reader) = JournalReader::open(disk, Path::new(DIR), from, u64::MAX)? else {
        return Ok(0);
    };
    let mut last = 0;
    while let Some(frame) = reader.next_frame()? {
        for (sequence, bytes) in frame.records() {
            assert_eq!(bytes, record(sequence), "record {sequence}");
            assert!(last == 0 || sequence == last + 1, "{sequence} after {last}");
            last = sequence;
        }
    }
    Ok(last)
}

/// The offset of the frame that holds `sequence`, in a journal of one segment.
fn frame_offset(disk: &FakeDisk, sequence: u64) -> usize {
    let disk: Arc<dyn Disk> = Arc::new(disk.clone());
    let mut reader = JournalReader::open(disk, Path::new(DIR), 1, u64::MAX).unwrap().unwrap();
    loop {
        let offset = reader.offset;
        if reader.next_frame().unwrap().unwrap().last() >= sequence {
            return usize::try_from(offset).unwrap();
        }
    }
}

#[test]
fn groups_come_back_in_order_across_segments_and_restarts() {
    let disk = FakeDisk::new(1);
    for round in 0..5 {
        let mut journal = open(&disk, 16_384).unwrap();
        assert_eq!(journal.next_sequence(), round * 30 + 1);
        for count in [1, 2, 7, 1, 4, 15] {
            append(&mut journal, count).unwrap();
        }
    }
    assert_eq!(read_from(&disk, 1).unwrap(), 150);
    assert!(disk.list(Path::new(DIR)).unwrap().len() > 5);
    for from in 1..=150 {
        assert_eq!(read_from(&disk, from).unwrap(), 150);
    }
}

#[test]
fn a_power_cut_at_any_moment_loses_nothing_acknowledged_and_never_a_middle() {
    let mut torn = 0;
    for seed in 0..3000_u64 {
        let disk = FakeDisk::new(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) + 1);
        let mut acknowledged = 0;
        for cut in [3 + seed % 41, 5 + seed % 29, 2 + seed % 13] {
            disk.cut_power_after(cut);
            let mut work = || -> Result<(), JournalError> {
                let mut journal = open(&disk, 6144)?;
                loop {
                    let next = journal.next_sequence();
                    acknowledged = append(&mut journal, 1 + next * 31 % 9)?;
                }
            };
            work().unwrap_err();
            disk.restart();
            let survey = survey(&disk, 6144).unwrap_or_else(|error| panic!("{seed}: {error}"));
            torn += u32::from(survey.torn().is_some());
            let found = survey.last_sequence();
            assert!(found >= acknowledged, "seed {seed}: {found} found, {acknowledged} promised");
            drop(survey.begin().unwrap());
            assert_eq!(read_from(&disk, 1).unwrap(), found, "seed {seed}");
        }
    }
    assert!(torn > 500, "only {torn} torn tails: the disk is too kind");
}

#[test]
fn a_torn_tail_is_cut_and_said_and_the_next_group_takes_its_place() {
    let disk = FakeDisk::new(5);
    let mut journal = open(&disk, 1 << 16).unwrap();
    append(&mut journal, 3).unwrap();
    append(&mut journal, 9).unwrap();
    drop(journal);
    let offset = frame_offset(&disk, 4);
    // The second sector of the last frame never arrived.
    assert!(disk.damage(&segment_path(1), offset + 512, |bytes| bytes[..512].fill(0)));

    let found = survey(&disk, 1 << 16).unwrap();
    let torn = found.torn().unwrap().clone();
    assert_eq!((torn.segment, torn.offset, torn.sequence), (1, offset as u64, 4));
    assert_eq!(found.last_sequence(), 3);
    let mut journal = found.begin().unwrap();
    append(&mut journal, 1).unwrap();
    drop(journal);
    assert!(survey(&disk, 1 << 16).unwrap().torn().is_none());
    assert_eq!(read_from(&disk, 1).unwrap(), 4);
}

#[test]
fn a_frame_whose_first_sector_alone_was_lost_leaves_no_stale_bytes_behind() {
    let disk = FakeDisk::new(6);
    let mut journal = open(&disk, 1 << 16).unwrap();
    append(&mut journal, 2).unwrap();
    append(&mut journal, 20).unwrap();
    drop(journal);
    let offset = frame_offset(&disk, 3);
    assert!(disk.damage(&segment_path(1), offset, |bytes| bytes[..512].fill(0)));

    let found = survey(&disk, 1 << 16).unwrap();
    assert_eq!(found.torn().unwrap().offset, offset as u64);
    let mut journal = found.begin().unwrap();
    let mut rest = vec![1; 20_000];
    let file = disk.open(&segment_path(1)).unwrap();
    file.read_at(&mut rest, offset as u64).unwrap();
    assert!(rest.iter().all(|byte| *byte == 0));
    append(&mut journal, 1).unwrap();
    assert_eq!(read_from(&disk, 1).unwrap(), 3);
}

#[test]
fn a_frame_copied_behind_a_torn_tail_is_older_than_the_tail_and_is_cut_with_it() {
    let disk = FakeDisk::new(7);
    let mut journal = open(&disk, 1 << 16).unwrap();
    append(&mut journal, 1).unwrap();
    append(&mut journal, 1).unwrap();
    drop(journal);
    let end = frame_offset(&disk, 2) + 1024;
    let old = frame_offset(&disk, 1);
    let length = frame_offset(&disk, 2) - old;
    let mut bytes = vec![0; length];
    disk.open(&segment_path(1)).unwrap().read_at(&mut bytes, old as u64).unwrap();
    assert!(disk.damage(&segment_path(1), end, |file| {
        file[..512].fill(0xAB);
        file[1024..1024 + length].copy_from_slice(&bytes);
    }));
    drop(open(&disk, 1 << 16).unwrap());
    assert_eq!(read_from(&disk, 1).unwrap(), 2);
}

#[test]
fn damage_is_refused_by_segment_and_offset_and_changes_nothing() {
    type Harm = fn(&mut [u8]);
    let rows: [(&str, Harm); 6] = [
        ("one bit flipped in a record", |bytes| bytes[60] ^= 4),
        ("one bit flipped in the sequence", |bytes| bytes[8] ^= 1),
        ("an impossible length", |bytes| bytes[..4].fill(0xFF)),
        ("garbage", |bytes| bytes[..512].fill(0x5A)),
        ("a hole", |bytes| bytes[..512].fill(0)),
        ("a frame's padding written over", |bytes| bytes[511] = 1),
    ];
    for (name, harm) in rows {
        let disk = FakeDisk::new(11);
        let mut journal = open(&disk, 1 << 16).unwrap();
        for _ in 0..3 {
            journal.append([[1_u8; 100]]).unwrap();
        }
        drop(journal);
        assert!(disk.damage(&segment_path(1), 1024, harm), "{name}");
        let mut before = vec![0; 1 << 16];
        disk.open(&segment_path(1)).unwrap().read_at(&mut before, 0).unwrap();

        let error = open(&disk, 1 << 16).err().unwrap();
        let JournalError::Damaged { segment, offset, .. } = &error else {
            panic!("{name}: {error}");
        };
        assert_eq!((*segment, *offset), (1, 1024), "{name}: {error}");
        let mut after = vec![0; 1 << 16];
        disk.open(&segment_path(1)).unwrap().read_at(&mut after, 0).unwrap();
        assert!(before == after, "{name}");
    }
}

#[test]
fn damage_in_the_segment_before_the_last_is_found_at_the_start_and_older_damage_when_read() {
    let disk = FakeDisk::new(12);
    let mut journal = open(&disk, 4096).unwrap();
    while journal.next_sequence() < 40 {
        append(&mut journal, 2).unwrap();
    }
    drop(journal);
    let segments = u32::try_from(disk.list(Path::new(DIR)).unwrap().len()).unwrap();
    assert!(segments > 3);
    let flip = |number| disk.damage(&segment_path(number), 700, |bytes| bytes[0] ^= 1);

    assert!(flip(segments - 1));
    let error = open(&disk, 4096).err().unwrap().to_string();
    assert!(error.contains(&format!("segment {:08} at byte 512", segments - 1)), "{error}");
    assert!(flip(segments - 1));

    assert!(flip(1));
    drop(open(&disk, 4096).unwrap());
    let error = read_from(&disk, 1).unwrap_err().to_string();
    assert!(error.contains("segment 00000001 at byte 512"), "{error}");
}

#[test]
fn a_missing_or_foreign_or_shortened_segment_is_damage() {
    let prepare = || {
        let disk = FakeDisk::new(13);
        let mut journal = open(&disk, 4096).unwrap();
        while journal.next_sequence() < 30 {
            append(&mut journal, 2).unwrap();
        }
        disk
    };
    let disk = prepare();
    disk.remove(&segment_path(2)).unwrap();
    let error = open(&disk, 4096).err().unwrap().to_string();
    assert!(error.contains("segment 00000002") && error.contains("missing"), "{error}");

    let disk = prepare();
    let last = u32::try_from(disk.list(Path::new(DIR)).unwrap().len()).unwrap();
    assert!(disk.damage(&segment_path(last), 8, |bytes| bytes[0] ^= 1));
    let error = open(&disk, 4096).err().unwrap().to_string();
    assert!(error.contains("header is not sound"), "{error}");

    let disk = prepare();
    assert!(disk.truncate(&segment_path(last - 1), 600));
    assert!(matches!(open(&disk, 4096), Err(JournalError::Damaged { .. })));
}

#[test]
fn a_last_segment_cut_short_loses_its_torn_group_and_gets_its_length_back() {
    let disk = FakeDisk::new(14);
    let mut journal = open(&disk, 1 << 16).unwrap();
    append(&mut journal, 5).unwrap();
    append(&mut journal, 5).unwrap();
    drop(journal);
    let offset = frame_offset(&disk, 6);
    assert!(disk.truncate(&segment_path(1), offset + 100));
    let mut journal = open(&disk, 1 << 16).unwrap();
    assert_eq!(journal.next_sequence(), 6);
    append(&mut journal, 1).unwrap();
    assert_eq!(disk.open(&segment_path(1)).unwrap().bytes().unwrap(), 1 << 16);
    assert_eq!(read_from(&disk, 1).unwrap(), 6);
}

#[test]
fn after_a_failed_fsync_nothing_more_is_taken_and_the_next_start_finds_a_sound_journal() {
    for seed in 0..200 {
        let disk = FakeDisk::new(seed * 37 + 1);
        let mut journal = open(&disk, 1 << 16).unwrap();
        append(&mut journal, 4).unwrap();
        disk.fail_syncs(1);
        assert!(matches!(append(&mut journal, 4), Err(JournalError::Io { .. })));
        assert!(matches!(append(&mut journal, 1), Err(JournalError::Failed)));
        drop(journal);
        disk.restart();
        let mut journal = open(&disk, 1 << 16).unwrap();
        assert!([5, 9].contains(&journal.next_sequence()), "seed {seed}");
        let last = append(&mut journal, 1).unwrap();
        assert_eq!(read_from(&disk, 1).unwrap(), last);
    }
}

#[test]
fn a_frame_that_only_the_page_cache_had_is_made_sure_of_before_anything_follows_it() {
    for seed in 0..200 {
        let disk = FakeDisk::new(seed * 41 + 3);
        let mut journal = open(&disk, 1 << 16).unwrap();
        append(&mut journal, 4).unwrap();
        disk.fail_syncs(1);
        assert!(matches!(append(&mut journal, 4), Err(JournalError::Io { .. })));
        drop(journal);
        // The process starts again, the machine does not: what was written is read.
        disk.fail_syncs(0);
        let mut journal = open(&disk, 1 << 16).unwrap();
        assert_eq!(journal.next_sequence(), 9);
        if seed % 2 == 0 {
            append(&mut journal, 1).unwrap();
        }
        let told = journal.next_sequence() - 1;
        drop(journal);
        disk.restart();
        drop(open(&disk, 1 << 16).unwrap());
        assert_eq!(read_from(&disk, 1).unwrap(), told, "seed {seed}");
    }
}

#[test]
fn a_full_disk_refuses_the_next_segment_and_keeps_what_there_is() {
    let disk = FakeDisk::new(15);
    let mut journal = open(&disk, 4096).unwrap();
    disk.leave_room(6000);
    let mut last = 0;
    let error = loop {
        match append(&mut journal, 2) {
            Ok(written) => last = written,
            Err(error) => break error,
        }
    };
    assert!(
        matches!(&error, JournalError::Io { source, .. }
        if source.kind() == std::io::ErrorKind::StorageFull),
        "{error}"
    );
    drop(journal);
    disk.leave_room(u64::MAX);
    let mut journal = open(&disk, 4096).unwrap();
    assert_eq!(journal.next_sequence(), last + 1);
    append(&mut journal, 2).unwrap();
    assert_eq!(read_from(&disk, 1).unwrap(), last + 2);
}

#[test]
fn a_group_larger_than_a_segment_is_refused() {
    let disk = FakeDisk::new(16);
    let mut journal = open(&disk, 4096).unwrap();
    assert!(matches!(journal.append([vec![1; 4096]]), Err(JournalError::TooLarge { .. })));
    assert_eq!(open(&disk, 4096).unwrap().next_sequence(), 1);
}

#[test]
fn the_next_segment_is_made_ahead_and_an_unused_one_is_made_anew_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("journal");
    let options = JournalOptions { segment_bytes: 16 << 10, prepare_ahead: true };
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    for round in 0..3 {
        let mut journal = Survey::of(Arc::clone(&disk), &dir, options).unwrap().begin().unwrap();
        assert_eq!(journal.next_sequence(), round * 100 + 1);
        for _ in 0..50 {
            append(&mut journal, 2).unwrap();
        }
    }
    let mut reader = JournalReader::open(disk, &dir, 1, u64::MAX).unwrap().unwrap();
    let mut count = 0;
    while let Some(frame) = reader.next_frame().unwrap() {
        count += frame.records().inspect(|(n, bytes)| assert_eq!(*bytes, record(*n))).count();
    }
    assert_eq!(count, 300);
}

#[test]
fn a_record_log_gives_back_every_record_whose_append_returned() {
    for seed in 0..80_u64 {
        let disk = FakeDisk::new(seed * 71 + 9);
        let dir = Path::new("data/simnet/trc20");
        let mut kept = 0_u64;
        disk.cut_power_after(8 + seed % 40);
        let mut work = || -> Result<(), JournalError> {
            let (mut log, _) = RecordLog::open_on(Arc::new(disk.clone()), dir)?;
            loop {
                kept = log.append(&record(kept + 1))?;
            }
        };
        work().unwrap_err();
        disk.restart();
        let (mut log, replay) = RecordLog::open_on(Arc::new(disk.clone()), dir).unwrap();
        let records = replay.collect::<Result<Vec<_>, _>>().unwrap();
        assert!(records.len() as u64 >= kept, "seed {seed}");
        assert!((1..).zip(&records).all(|(n, bytes)| *bytes == record(n)));
        assert_eq!(log.append(b"next").unwrap(), records.len() as u64 + 1);
    }
}

#[test]
fn a_reader_beside_the_writer_stops_at_what_was_durable_when_it_began() {
    let disk = FakeDisk::new(17);
    let mut journal = open(&disk, 4096).unwrap();
    append(&mut journal, 3).unwrap();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let mut reader = JournalReader::open(shared, Path::new(DIR), 1, 3).unwrap().unwrap();
    append(&mut journal, 3).unwrap();
    assert_eq!(reader.next_frame().unwrap().unwrap().last(), 3);
    assert!(reader.next_frame().unwrap().is_none());
}
