//! Reads frames in order and checks each: checksum, sequence, and the hash of the one before.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::frame::{ChainHash, Frame, FrameFault, FrameHeader, HEADER_BYTES};
use super::segment::{self, FRAMES_BEGIN, Segment};
use super::{JournalError, survey};
use crate::disk::{Disk, SECTOR_BYTES};

/// How much of a segment is read at once, in bytes.
const WINDOW_BYTES: usize = 1 << 20;

/// Where reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Position {
    pub segment: u32,
    pub offset: u64,
}

/// What comes next.
pub(super) enum Step {
    Frame(Frame),
    /// No frame at [`JournalReader::position`].
    Nothing(FrameFault),
}

/// Reads a journal forward, holding one frame and a window of the file in memory.
pub struct JournalReader {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    segments: u32,
    segment: Segment,
    window: Window,
    pub(super) offset: u64,
    /// Sequence and hash that the next frame must continue; unknown at first when reading begins
    /// in the middle of the journal.
    pub(super) expected: Option<(u64, ChainHash)>,
    from: u64,
    through: u64,
}

impl JournalReader {
    /// Begins at the frame that holds `from` (1 is the very first record), and ends with the frame
    /// that holds `through`. None where the journal is empty.
    pub fn open(
        disk: Arc<dyn Disk>,
        dir: &Path,
        from: u64,
        through: u64,
    ) -> Result<Option<Self>, JournalError> {
        let segments = segment::count(&*disk, dir)?;
        if segments == 0 {
            return Ok(None);
        }
        let number = locate(&*disk, dir, segments, from)?;
        let mut reader = Self::at(disk, dir, number, segments)?;
        reader.from = from;
        reader.through = through;
        Ok(Some(reader))
    }

    /// Begins at the start of segment `number`.
    pub(super) fn at(
        disk: Arc<dyn Disk>,
        dir: &Path,
        number: u32,
        segments: u32,
    ) -> Result<Self, JournalError> {
        let segment = Segment::open(&*disk, dir, number)?;
        let expected = (number == 1).then(|| (1, segment.header.genesis()));
        Ok(Self {
            disk,
            dir: dir.to_owned(),
            segments,
            segment,
            window: Window::default(),
            offset: FRAMES_BEGIN,
            expected,
            from: 1,
            through: u64::MAX,
        })
    }

    /// The next frame that holds anything at or after the sequence asked for; none after the last.
    /// Bytes that are no frame before that are damage: a torn tail lies behind everything durable,
    /// and is cut before anybody reads.
    pub fn next_frame(&mut self) -> Result<Option<Frame>, JournalError> {
        loop {
            if self.expected.is_some_and(|(next, _)| next > self.through) {
                return Ok(None);
            }
            match self.step()? {
                Step::Frame(frame) if frame.last() < self.from => {}
                Step::Frame(frame) => return Ok(Some(frame)),
                Step::Nothing(fault) => {
                    if fault == FrameFault::Empty && self.through == u64::MAX {
                        return Ok(None);
                    }
                    let Position { segment, offset } = self.position();
                    return Err(JournalError::damaged(segment, offset, fault.to_string()));
                }
            }
        }
    }

    pub(super) fn position(&self) -> Position {
        Position { segment: self.segment.header.number, offset: self.offset }
    }

    pub(super) fn into_segment(self) -> Segment {
        self.segment
    }

    pub(super) fn segment(&self) -> &Segment {
        &self.segment
    }

    /// Reads the next frame, passing on to the next segment where this one has ended.
    pub(super) fn step(&mut self) -> Result<Step, JournalError> {
        loop {
            let fault = match self.read_frame()? {
                Ok(frame) => return self.accept(frame).map(Step::Frame),
                Err(fault) => fault,
            };
            let number = self.segment.header.number;
            if number >= self.segments {
                return Ok(Step::Nothing(fault));
            }
            // A later segment exists, so everything here was fsynced: nothing may follow.
            if let Some(offset) = survey::first_written(&self.segment, self.offset)? {
                let reason = format!("{fault}, and segment {:08} follows", number + 1);
                return Err(JournalError::damaged(number, offset, reason));
            }
            self.segment = self.open_next(number + 1)?;
            self.window = Window::default();
            self.offset = FRAMES_BEGIN;
        }
    }

    fn open_next(&self, number: u32) -> Result<Segment, JournalError> {
        let next = Segment::open(&*self.disk, &self.dir, number)?;
        if next.header.id != self.segment.header.id {
            let reason = "the segment belongs to another journal";
            return Err(JournalError::damaged(number, 0, reason));
        }
        Ok(next)
    }

    /// Moves past a sound frame, if it continues the chain.
    fn accept(&mut self, frame: Frame) -> Result<Frame, JournalError> {
        let Position { segment, offset } = self.position();
        if let Some((next, hash)) = self.expected {
            if frame.first != next {
                let reason = format!("sequence {next} is due, the frame holds {}", frame.first);
                return Err(JournalError::damaged(segment, offset, reason));
            }
            if frame.before != hash {
                let reason = format!("the frame of sequence {next} does not follow the one before");
                return Err(JournalError::damaged(segment, offset, reason));
            }
        }
        self.expected = Some((frame.last() + 1, frame.hash));
        self.offset += self.window.taken;
        Ok(frame)
    }

    fn read_frame(&mut self) -> Result<Result<Frame, FrameFault>, JournalError> {
        let end = self.segment.header.bytes;
        let room = end.saturating_sub(self.offset);
        if room < SECTOR_BYTES as u64 {
            return Ok(Err(FrameFault::Empty));
        }
        let head = self.window.get(&self.segment, self.offset, SECTOR_BYTES)?;
        let header = match FrameHeader::read(&head[..HEADER_BYTES], room) {
            Ok(header) => header,
            Err(fault) => return Ok(Err(fault)),
        };
        self.window.taken = header.padded();
        let length = usize::try_from(header.padded()).unwrap_or(usize::MAX);
        let bytes = self.window.get(&self.segment, self.offset, length)?;
        Ok(header.open(bytes, &self.segment.header.id))
    }
}

/// The last segment whose first frame begins at or before `from`.
fn locate(disk: &dyn Disk, dir: &Path, segments: u32, from: u64) -> Result<u32, JournalError> {
    let (mut low, mut high) = (1, segments);
    while low < high {
        let middle = low + (high - low).div_ceil(2);
        let segment = Segment::open(disk, dir, middle)?;
        let mut head = [0; HEADER_BYTES];
        segment.read_at(&mut head, FRAMES_BEGIN)?;
        match FrameHeader::read(&head, segment.header.bytes) {
            Ok(header) if header.first <= from => low = middle,
            Ok(_) | Err(_) => high = middle - 1,
        }
    }
    Ok(low)
}

/// A stretch of the segment kept in memory, so that small frames cost no read of their own.
#[derive(Default)]
struct Window {
    bytes: Vec<u8>,
    start: u64,
    /// Length of the frame that was looked at last.
    taken: u64,
}

impl Window {
    fn get(&mut self, segment: &Segment, at: u64, length: usize) -> Result<&[u8], JournalError> {
        let end = at + length as u64;
        if at < self.start || end > self.start + self.bytes.len() as u64 {
            let left = segment.header.bytes.saturating_sub(at);
            let wanted = usize::try_from(left).unwrap_or(usize::MAX).min(WINDOW_BYTES.max(length));
            self.bytes.resize(wanted.max(length), 0);
            segment.read_at(&mut self.bytes, at)?;
            self.start = at;
        }
        let from = usize::try_from(at - self.start).unwrap_or(0);
        Ok(&self.bytes[from..from + length])
    }
}
