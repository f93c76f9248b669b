//! The files of a journal: numbered, preallocated, never deleted.
//!
//! A segment is filled with zeros and given its header under another name, fsynced, and only then
//! renamed, so a segment of the right name is whole. Its first sector is the header; frames follow
//! from the second on. A frame that no longer fits goes into the next segment.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::JournalError;
use super::frame::{ChainHash, JournalId};
use crate::disk::{Disk, DiskFile, SECTOR_BYTES};

const MAGIC: &[u8; 8] = b"CPJRNL01";
const SUFFIX: &str = ".segment";
const NEW_SUFFIX: &str = ".new";

/// Where the first frame of a segment begins.
pub(super) const FRAMES_BEGIN: u64 = SECTOR_BYTES as u64;

/// What the first sector of a segment says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SegmentHeader {
    pub id: JournalId,
    pub number: u32,
    /// Length of the whole file in bytes.
    pub bytes: u64,
}

/// An open segment.
pub(super) struct Segment {
    pub header: SegmentHeader,
    pub file: Box<dyn DiskFile>,
    pub path: PathBuf,
}

impl SegmentHeader {
    fn encode(&self) -> [u8; SECTOR_BYTES] {
        let mut sector = [0; SECTOR_BYTES];
        sector[0..8].copy_from_slice(MAGIC);
        sector[8..24].copy_from_slice(&self.id);
        sector[24..28].copy_from_slice(&self.number.to_le_bytes());
        sector[28..36].copy_from_slice(&self.bytes.to_le_bytes());
        let crc = crc32c::crc32c(&sector[..36]);
        sector[36..40].copy_from_slice(&crc.to_le_bytes());
        sector
    }

    pub(super) fn decode(sector: &[u8; SECTOR_BYTES]) -> Option<Self> {
        let id = sector[8..24].try_into().ok()?;
        let number = u32::from_le_bytes(sector[24..28].try_into().ok()?);
        let bytes = u64::from_le_bytes(sector[28..36].try_into().ok()?);
        let header = Self { id, number, bytes };
        (header.encode() == *sector).then_some(header)
    }

    /// The hash that the very first frame names as the one before it.
    pub fn genesis(&self) -> ChainHash {
        Sha256::digest(self.encode()).into()
    }
}

impl Segment {
    /// Makes segment `number` durable under its temporary name, to be put in place when needed.
    pub fn prepare(
        disk: &dyn Disk,
        dir: &Path,
        header: SegmentHeader,
    ) -> Result<Self, JournalError> {
        let path = dir.join(format!("{:08}{SUFFIX}{NEW_SUFFIX}", header.number));
        let failed = |error| JournalError::io("making", &path, error);
        let file = disk.create(&path, header.bytes).map_err(failed)?;
        file.write_at(&header.encode(), 0).map_err(failed)?;
        file.sync_data().map_err(failed)?;
        Ok(Self { header, file, path })
    }

    /// Gives a prepared segment its name, durably.
    pub fn put_in_place(mut self, disk: &dyn Disk, dir: &Path) -> Result<Self, JournalError> {
        let path = dir.join(name(self.header.number));
        let failed = |error| JournalError::io("naming", &path, error);
        disk.rename(&self.path, &path).map_err(failed)?;
        disk.sync_dir(dir).map_err(failed)?;
        self.path = path;
        Ok(self)
    }

    /// Opens segment `number` and checks what its header says of it.
    pub fn open(disk: &dyn Disk, dir: &Path, number: u32) -> Result<Self, JournalError> {
        let path = dir.join(name(number));
        let failed = |error| JournalError::io("reading", &path, error);
        let file = disk.open(&path).map_err(failed)?;
        let mut sector = [0; SECTOR_BYTES];
        file.read_at(&mut sector, 0).map_err(failed)?;
        let header = SegmentHeader::decode(&sector).filter(|header| header.number == number);
        let Some(header) = header else {
            return Err(JournalError::damaged(number, 0, "the segment's header is not sound"));
        };
        Ok(Self { header, file, path })
    }

    /// Reads at `offset`; what lies past the end of a file that was cut short reads as zeros.
    pub fn read_at(&self, buffer: &mut [u8], offset: u64) -> Result<(), JournalError> {
        let failed = |error: io::Error| JournalError::io("reading", &self.path, error);
        let read = self.file.read_at(buffer, offset).map_err(failed)?;
        buffer[read..].fill(0);
        Ok(())
    }
}

/// The file name of segment `number`.
pub(super) fn name(number: u32) -> String {
    format!("{number:08}{SUFFIX}")
}

/// How many segments a folder holds: they are numbered from 1 without a gap.
pub(super) fn count(disk: &dyn Disk, dir: &Path) -> Result<u32, JournalError> {
    let names = disk.list(dir).map_err(|error| JournalError::io("listing", dir, error))?;
    let mut count = 0_u32;
    for found in names.iter().filter(|name| name.ends_with(SUFFIX)) {
        if *found != name(count + 1) {
            return Err(JournalError::damaged(count + 1, 0, "the segment is missing"));
        }
        count += 1;
    }
    Ok(count)
}

/// Removes segments that were prepared but never put in place.
pub(super) fn remove_unfinished(disk: &dyn Disk, dir: &Path) -> Result<(), JournalError> {
    let names = disk.list(dir).map_err(|error| JournalError::io("listing", dir, error))?;
    for name in names.iter().filter(|name| name.ends_with(NEW_SUFFIX)) {
        let path = dir.join(name);
        disk.remove(&path).map_err(|error| JournalError::io("removing", &path, error))?;
    }
    Ok(())
}
