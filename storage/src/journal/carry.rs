//! Carrying a journal away while it is being written, and putting it down elsewhere.
//!
//! Segments only ever grow, so what is durable can be copied beside the writer: up to the end of the
//! frame that holds the last durable record. What lies behind it in the copy is zeros.

use std::path::Path;
use std::sync::Arc;

use super::frame::ChainHash;
use super::reader::JournalReader;
use super::segment::{self, Segment, SegmentHeader};
use super::{JournalError, survey};
use crate::disk::{Disk, DiskFile, SECTOR_BYTES};

/// How much is read and written at once, in bytes.
const CHUNK_BYTES: usize = 1 << 20;

/// The used part of one segment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extent {
    /// Which segment.
    pub number: u32,
    /// How many of its bytes are used, header included.
    pub bytes: u64,
}

/// The used part of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Extents {
    pub segments: Vec<Extent>,
    /// Sequence of the last record; the last one of its group.
    pub last: u64,
    /// Hash of that group's frame.
    pub hash: ChainHash,
}

impl Extents {
    /// Reads every frame from the first to the one that holds `through`, checking checksums and the
    /// chain of hashes, and says where they lie. `each` is told of every frame.
    pub fn of(
        disk: Arc<dyn Disk>,
        dir: &Path,
        through: u64,
        mut each: impl FnMut(u64),
    ) -> Result<Self, JournalError> {
        let mut extents = Self { segments: Vec::new(), last: 0, hash: [0; 32] };
        let Some(mut reader) = JournalReader::open(disk, dir, 1, through)? else {
            return Ok(extents);
        };
        while let Some(frame) = reader.next_frame()? {
            let at = reader.position();
            match extents.segments.last_mut().filter(|extent| extent.number == at.segment) {
                Some(extent) => extent.bytes = at.offset,
                None => extents.segments.push(Extent { number: at.segment, bytes: at.offset }),
            }
            (extents.last, extents.hash) = (frame.last(), frame.hash);
            each(frame.last());
        }
        Ok(extents)
    }
}

/// Reads the used part of a segment from its first byte to its last.
pub(crate) fn read<E: From<JournalError>>(
    disk: &dyn Disk,
    dir: &Path,
    extent: &Extent,
    mut each: impl FnMut(&[u8]) -> Result<(), E>,
) -> Result<(), E> {
    let segment = Segment::open(disk, dir, extent.number)?;
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut at = 0;
    while at < extent.bytes {
        let length = usize::try_from(extent.bytes - at).unwrap_or(CHUNK_BYTES).min(CHUNK_BYTES);
        segment.read_at(&mut chunk[..length], at)?;
        each(&chunk[..length])?;
        at += length as u64;
    }
    Ok(())
}

/// The number in the name of a segment's file; none where it is no such name.
pub(crate) fn number_in(name: &str) -> Option<u32> {
    let number = name.get(..8)?.parse::<u32>().ok()?;
    (number > 0 && name == segment::name(number)).then_some(number)
}

/// The file name of a segment.
pub(crate) fn name_of(extent: &Extent) -> String {
    segment::name(extent.number)
}

/// A segment that is being put down.
pub(crate) struct NewSegment {
    file: Box<dyn DiskFile>,
    path: std::path::PathBuf,
    /// Length of the whole file.
    length: u64,
    at: u64,
}

impl NewSegment {
    /// Makes segment `number`, of the length that its header says. None where these first bytes
    /// are no header of that segment.
    pub fn begin(
        disk: &dyn Disk,
        dir: &Path,
        number: u32,
        head: &[u8; SECTOR_BYTES],
    ) -> Result<Option<Self>, JournalError> {
        let header = SegmentHeader::decode(head).filter(|header| header.number == number);
        let Some(header) = header.filter(|header| header.bytes <= survey::SEGMENT_BYTES_MAX) else {
            return Ok(None);
        };
        let path = dir.join(segment::name(number));
        let failed = |error| JournalError::io("making", &path, error);
        let file = disk.create(&path, header.bytes).map_err(failed)?;
        let mut new = Self { file, path, length: header.bytes, at: 0 };
        new.write(head)?;
        Ok(Some(new))
    }

    /// Writes what follows.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        let end = self.at + bytes.len() as u64;
        if end > self.length {
            return Err(JournalError::TooLarge { bytes: end, segment_bytes: self.length });
        }
        let written = self.file.write_at(bytes, self.at);
        written.map_err(|error| JournalError::io("writing", &self.path, error))?;
        self.at = end;
        Ok(())
    }

    /// Makes it durable; its name is only after the folder was synced.
    pub fn finish(self) -> Result<(), JournalError> {
        self.file.sync_data().map_err(|error| JournalError::io("writing", &self.path, error))
    }
}
