//! Looking at a journal before anything is written to it: where it ends, whether its tail is
//! torn, whether it is damaged.
//!
//! A bad frame with nothing valid behind it is a torn tail: the group was never acknowledged, it
//! is cut. A bad frame with a valid one behind it is damage: acknowledged facts are unreadable,
//! and only a person can say what to do. The last two segments are looked at; the ones before
//! were whole when their successor began, and `audit` reads them all.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frame::{ChainHash, FrameFault, FrameHeader, HEADER_BYTES, JournalId};
use super::reader::{JournalReader, Position, Step};
use super::segment::{self, FRAMES_BEGIN, Segment, SegmentHeader};
use super::{JournalError, JournalOptions};
use crate::disk::{Disk, SECTOR_BYTES};

/// No segment is longer: a header that says so is not believed.
pub(super) const SEGMENT_BYTES_MAX: u64 = 1 << 36;
/// How much is searched at once for what lies behind a bad frame, in bytes.
const SEARCH_BYTES: usize = 1 << 20;

/// The end of a journal that a crash left half written; [`Survey::begin`] cuts it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Number of the segment.
    pub segment: u32,
    /// Where the torn frame begins, in bytes.
    pub offset: u64,
    /// Where the last byte of it that reached the disk lies.
    pub end: u64,
    /// The sequence that its first record would have had.
    pub sequence: u64,
    /// What is wrong with the frame.
    pub reason: String,
}

/// A journal as it was found. Nothing is changed until [`Survey::begin`].
pub struct Survey {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) dir: PathBuf,
    pub(super) options: JournalOptions,
    pub(super) end: Option<End>,
    torn: Option<TornTail>,
}

/// Where the next frame goes and what it continues.
pub(super) struct End {
    pub segment: Segment,
    pub offset: u64,
    pub next: u64,
    pub hash: ChainHash,
    /// Where the last whole frame begins, if it lies in this segment.
    pub last_frame: Option<u64>,
}

impl Survey {
    /// Looks at the journal in `dir`, which need not exist yet.
    pub fn of(
        disk: Arc<dyn Disk>,
        dir: &Path,
        options: JournalOptions,
    ) -> Result<Self, JournalError> {
        let segments = segment::count(&*disk, dir)?;
        let mut survey = Self { disk, dir: dir.to_owned(), options, end: None, torn: None };
        if segments > 0 {
            survey.look_at_tail(segments)?;
        }
        Ok(survey)
    }

    /// Sequence of the last whole record; 0 in an empty journal.
    pub fn last_sequence(&self) -> u64 {
        self.end.as_ref().map_or(0, |end| end.next - 1)
    }

    /// Hash of the last whole frame; zeros in a journal that has no segment yet.
    pub fn last_hash(&self) -> ChainHash {
        self.end.as_ref().map_or([0; 32], |end| end.hash)
    }

    /// The torn tail, if there is one.
    pub fn torn(&self) -> Option<&TornTail> {
        self.torn.as_ref()
    }

    fn look_at_tail(&mut self, segments: u32) -> Result<(), JournalError> {
        let first = segments.saturating_sub(1).max(1);
        let mut reader = JournalReader::at(Arc::clone(&self.disk), &self.dir, first, segments)?;
        let mut last_frame = None;
        let fault = loop {
            let before = reader.position();
            match reader.step()? {
                Step::Frame(_) => last_frame = Some(before),
                Step::Nothing(fault) => break fault,
            }
        };
        let Position { segment, offset } = reader.position();
        // The first frame of a segment is found from the end of the one before.
        let last_frame = last_frame
            .filter(|_| offset > FRAMES_BEGIN)
            .map(|before| if before.segment == segment { before.offset } else { FRAMES_BEGIN });
        let Some((next, hash)) = reader.expected else {
            let reason = "a segment without a single frame lies before another";
            return Err(JournalError::damaged(first, 0, reason));
        };
        refuse_valid_behind(reader.segment(), offset, next, fault)?;
        if let Some(end) = last_written(reader.segment(), offset)? {
            let reason = fault.to_string();
            self.torn = Some(TornTail { segment, offset, end, sequence: next, reason });
        }
        self.end = Some(End { segment: reader.into_segment(), offset, next, hash, last_frame });
        Ok(())
    }
}

/// The header that segment `number` of a journal gets.
pub(super) fn header(options: &JournalOptions, id: JournalId, number: u32) -> SegmentHeader {
    let sector = SECTOR_BYTES as u64;
    let bytes = options.segment_bytes.max(2 * sector).next_multiple_of(sector);
    SegmentHeader { id, number, bytes }
}

/// Damage, where any frame with a right checksum lies behind the one at `offset`. A torn write
/// leaves none: the group after it was never written.
fn refuse_valid_behind(
    segment: &Segment,
    offset: u64,
    next: u64,
    fault: FrameFault,
) -> Result<(), JournalError> {
    let number = segment.header.number;
    let mut valid = None;
    for_each_sector(segment, offset + SECTOR_BYTES as u64, |at, sector| {
        let room = segment.header.bytes - at;
        let Ok(header) = FrameHeader::read(&sector[..HEADER_BYTES], room) else {
            return Ok(true);
        };
        // Older sequences can only be what a disk kept from before a cut: no successor of ours.
        if header.first < next {
            return Ok(true);
        }
        let mut bytes = vec![0; usize::try_from(header.padded()).unwrap_or(0)];
        segment.read_at(&mut bytes, at)?;
        if header.is_sound(&bytes, &segment.header.id) {
            valid = Some((at, header.first));
        }
        Ok(valid.is_none())
    })?;
    match valid {
        None => Ok(()),
        Some((at, first)) => {
            let reason = format!("{fault}, and a whole frame (sequence {first}) follows at {at}");
            Err(JournalError::damaged(number, offset, reason))
        }
    }
}

/// The first sector at or behind `offset` that is not zeros.
pub(super) fn first_written(segment: &Segment, offset: u64) -> Result<Option<u64>, JournalError> {
    let mut found = None;
    for_each_sector(segment, offset, |at, sector| {
        if sector.iter().any(|byte| *byte != 0) {
            found = Some(at);
        }
        Ok(found.is_none())
    })?;
    Ok(found)
}

/// The end of the last sector at or behind `offset` that is not zeros.
fn last_written(segment: &Segment, offset: u64) -> Result<Option<u64>, JournalError> {
    let mut last = None;
    for_each_sector(segment, offset, |at, sector| {
        if sector.iter().any(|byte| *byte != 0) {
            last = Some(at + SECTOR_BYTES as u64);
        }
        Ok(true)
    })?;
    Ok(last)
}

/// Visits every whole sector from `offset` to the end of the segment, until told to stop.
fn for_each_sector(
    segment: &Segment,
    offset: u64,
    mut visit: impl FnMut(u64, &[u8]) -> Result<bool, JournalError>,
) -> Result<(), JournalError> {
    let mut at = offset;
    let mut chunk = vec![0; SEARCH_BYTES];
    while at < segment.header.bytes {
        let left = segment.header.bytes - at;
        let length = usize::try_from(left).unwrap_or(SEARCH_BYTES).min(SEARCH_BYTES);
        segment.read_at(&mut chunk[..length], at)?;
        for sector in chunk[..length].chunks_exact(SECTOR_BYTES) {
            if !visit(at, sector)? {
                return Ok(());
            }
            at += SECTOR_BYTES as u64;
        }
    }
    Ok(())
}
