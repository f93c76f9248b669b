//! One group of records as it lies on disk: the frame.
//!
//! ```text
//! offset bytes
//!      0     4  length of the records region, little-endian like every number here
//!      4     4  CRC-32C over the journal's id, then everything but this field, padding included
//!      8     8  sequence of the first record
//!     16     4  count of records, at least 1
//!     20    32  SHA-256 of the frame before (of the first segment's header for the first frame)
//!     52        records, each as u32 length and its bytes
//!               zeros up to a whole sector
//! ```
//! Frames begin on sectors, so no sector that was fsynced is ever written again. The journal's
//! id in the checksum keeps bytes inside a record, or left by another journal, from passing for
//! a frame.

use sha2::{Digest, Sha256};

use crate::disk::SECTOR_BYTES;

/// Bytes of a frame before its records.
pub(super) const HEADER_BYTES: usize = 52;

/// SHA-256 of a frame; binds every frame to all before it.
pub type ChainHash = [u8; 32];

/// Random at a journal's birth, the same in all of its segments.
pub(super) type JournalId = [u8; 16];

/// Why bytes are no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum FrameFault {
    #[error("no frame was written here")]
    Empty,
    #[error("the frame's length or count is impossible")]
    Length,
    #[error("the frame's checksum is wrong")]
    Checksum,
    #[error("the frame's records do not fill it")]
    Records,
}

/// The fixed part of a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct FrameHeader {
    length: u32,
    crc: u32,
    pub first: u64,
    pub count: u32,
    pub before: ChainHash,
}

/// One group read back: its records and where it stands in the chain.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Sequence of the first record.
    pub first: u64,
    /// Hash of the frame before.
    pub before: ChainHash,
    /// Hash of this frame.
    pub hash: ChainHash,
    records: Vec<Vec<u8>>,
}

impl Frame {
    /// Sequence of the last record.
    pub fn last(&self) -> u64 {
        self.first + (self.records.len() as u64).saturating_sub(1)
    }

    /// The records with their sequences.
    pub fn records(&self) -> impl Iterator<Item = (u64, &[u8])> {
        (self.first..).zip(self.records.iter().map(Vec::as_slice))
    }

    /// The records alone, given away.
    pub fn into_records(self) -> Vec<Vec<u8>> {
        self.records
    }
}

impl FrameHeader {
    /// Reads the header at the start of `bytes`; refuses what cannot be one within `room` bytes.
    pub fn read(bytes: &[u8], room: u64) -> Result<Self, FrameFault> {
        let Some(bytes) = bytes.first_chunk::<HEADER_BYTES>() else {
            return Err(FrameFault::Empty);
        };
        if bytes.iter().all(|byte| *byte == 0) {
            return Err(FrameFault::Empty);
        }
        let (length, rest) = number4(bytes);
        let (crc, rest) = number4(rest);
        let (first_low, rest) = number4(rest);
        let (first_high, rest) = number4(rest);
        let (count, rest) = number4(rest);
        let mut before = [0; 32];
        before.copy_from_slice(&rest[..32]);
        let first = u64::from(first_low) | (u64::from(first_high) << 32);
        let header = Self { length, crc, first, count, before };
        // Every record costs its length field; a count beyond that is garbage, not a frame.
        let possible = count > 0 && u64::from(count) * 4 <= u64::from(length) && first > 0;
        if possible && header.padded() <= room { Ok(header) } else { Err(FrameFault::Length) }
    }

    /// Bytes the frame takes on disk, padding included.
    pub fn padded(&self) -> u64 {
        (HEADER_BYTES as u64 + u64::from(self.length)).next_multiple_of(SECTOR_BYTES as u64)
    }

    /// Whether the whole padded frame in `bytes` carries the checksum it should.
    pub fn is_sound(&self, bytes: &[u8], id: &JournalId) -> bool {
        checksum(bytes, id) == self.crc
    }

    /// Takes the records out of a whole padded frame whose header this is.
    pub fn open(&self, bytes: &[u8], id: &JournalId) -> Result<Frame, FrameFault> {
        if !self.is_sound(bytes, id) {
            return Err(FrameFault::Checksum);
        }
        let end = HEADER_BYTES + usize::try_from(self.length).map_err(|_| FrameFault::Length)?;
        let mut rest = bytes.get(HEADER_BYTES..end).ok_or(FrameFault::Length)?;
        let mut records = Vec::new();
        while !rest.is_empty() {
            if rest.len() < 4 {
                return Err(FrameFault::Records);
            }
            let (length, after) = number4(rest);
            let length = usize::try_from(length).map_err(|_| FrameFault::Records)?;
            let (record, after) = after.split_at_checked(length).ok_or(FrameFault::Records)?;
            records.push(record.to_vec());
            rest = after;
        }
        if records.len() as u64 != u64::from(self.count) {
            return Err(FrameFault::Records);
        }
        let hash = Sha256::digest(bytes).into();
        Ok(Frame { first: self.first, before: self.before, hash, records })
    }
}

/// Builds one frame after another in the same buffer.
#[derive(Debug, Default)]
pub(super) struct FrameBuilder {
    bytes: Vec<u8>,
    count: u32,
}

impl FrameBuilder {
    /// Begins a new frame with nothing in it.
    pub fn clear(&mut self) {
        self.bytes.clear();
        self.bytes.resize(HEADER_BYTES, 0);
        self.count = 0;
    }

    /// Adds a record; false when its length or the count no longer fits its field.
    #[must_use]
    pub fn push(&mut self, record: &[u8]) -> bool {
        let Ok(length) = u32::try_from(record.len()) else { return false };
        let Some(count) = self.count.checked_add(1) else { return false };
        self.bytes.extend_from_slice(&length.to_le_bytes());
        self.bytes.extend_from_slice(record);
        self.count = count;
        u32::try_from(self.bytes.len()).is_ok()
    }

    /// Finishes the frame and gives its padded bytes and its hash.
    pub fn seal(&mut self, first: u64, before: &ChainHash, id: &JournalId) -> (&[u8], ChainHash) {
        let length = u32::try_from(self.bytes.len() - HEADER_BYTES).unwrap_or(u32::MAX);
        self.bytes.resize(self.bytes.len().next_multiple_of(SECTOR_BYTES), 0);
        self.bytes[0..4].copy_from_slice(&length.to_le_bytes());
        self.bytes[8..16].copy_from_slice(&first.to_le_bytes());
        self.bytes[16..20].copy_from_slice(&self.count.to_le_bytes());
        self.bytes[20..52].copy_from_slice(before);
        let crc = checksum(&self.bytes, id);
        self.bytes[4..8].copy_from_slice(&crc.to_le_bytes());
        (&self.bytes, Sha256::digest(&self.bytes).into())
    }

    /// The sealed frame, padding included.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Records in the frame so far.
    pub fn count(&self) -> u32 {
        self.count
    }
}

fn checksum(bytes: &[u8], id: &JournalId) -> u32 {
    let crc = crc32c::crc32c(id);
    let crc = crc32c::crc32c_append(crc, &bytes[..4]);
    crc32c::crc32c_append(crc, &bytes[8..])
}

/// Splits a little-endian u32 off; the caller has made sure that four bytes are there.
fn number4(bytes: &[u8]) -> (u32, &[u8]) {
    let (four, rest) = bytes.split_at(4);
    (u32::from_le_bytes([four[0], four[1], four[2], four[3]]), rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: JournalId = [7; 16];

    fn sealed(records: &[&[u8]]) -> Vec<u8> {
        let mut builder = FrameBuilder::default();
        builder.clear();
        for record in records {
            assert!(builder.push(record));
        }
        builder.seal(41, &[3; 32], &ID).0.to_vec()
    }

    fn read(bytes: &[u8]) -> Result<Frame, FrameFault> {
        FrameHeader::read(bytes, bytes.len() as u64)?.open(bytes, &ID)
    }

    #[test]
    fn a_frame_gives_back_its_records_and_their_sequences() {
        let bytes = sealed(&[b"one", b"", &[9; 600]]);
        assert_eq!(bytes.len(), 1024);
        let frame = read(&bytes).unwrap();
        assert_eq!((frame.first, frame.last(), frame.before), (41, 43, [3; 32]));
        let records: Vec<_> = frame.records().collect();
        assert_eq!(records, [(41, &b"one"[..]), (42, b""), (43, &[9; 600])]);
        assert_eq!(frame.hash, <[u8; 32]>::from(Sha256::digest(&bytes)));
    }

    #[test]
    fn any_flipped_bit_is_noticed_padding_included() {
        let bytes = sealed(&[b"pay 5", b"pay 6"]);
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(read(&flipped).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn impossible_headers_are_refused_before_anything_is_read() {
        let good = sealed(&[b"x"]);
        let rows: [(&str, usize, u64, FrameFault); 5] = [
            ("zeros", 0, 0, FrameFault::Empty),
            ("length beyond the room", 0, u64::from(u32::MAX), FrameFault::Length),
            ("no record", 16, 0, FrameFault::Length),
            ("more records than bytes", 16, 1_000, FrameFault::Length),
            ("sequence nought", 8, 0, FrameFault::Length),
        ];
        for (name, at, value, fault) in rows {
            let mut bytes = if fault == FrameFault::Empty { vec![0; 512] } else { good.clone() };
            let width = if at == 8 { 8 } else { 4 };
            bytes[at..at + width].copy_from_slice(&value.to_le_bytes()[..width]);
            assert_eq!(read(&bytes).err(), Some(fault), "{name}");
        }
    }

    #[test]
    fn another_journals_frame_is_none_of_ours() {
        let bytes = sealed(&[b"x"]);
        let header = FrameHeader::read(&bytes, 512).unwrap();
        assert_eq!(header.open(&bytes, &[8; 16]).err(), Some(FrameFault::Checksum));
    }
}
