//! Appends groups: one frame, one write, one fsync each.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;

use super::frame::{ChainHash, FrameBuilder};
use super::segment::{self, FRAMES_BEGIN, Segment, SegmentHeader};
use super::survey::{End, Survey};
use super::{JournalError, JournalOptions, survey};
use crate::disk::Disk;

/// A group that is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Group {
    /// Sequence of its first record.
    pub first: u64,
    /// Sequence of its last record.
    pub last: u64,
    /// Hash of its frame.
    pub hash: ChainHash,
}

/// The one writer of a journal.
pub struct Journal {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    options: JournalOptions,
    segment: Segment,
    offset: u64,
    next: u64,
    hash: ChainHash,
    builder: FrameBuilder,
    prepared: Option<JoinHandle<Result<Segment, JournalError>>>,
    failed: bool,
}

impl Survey {
    /// Makes the journal ready to be written: cuts a torn tail, makes sure of the last whole frame,
    /// makes the first segment.
    pub fn begin(mut self) -> Result<Journal, JournalError> {
        let disk = Arc::clone(&self.disk);
        let failed = |error| JournalError::io("making", &self.dir, error);
        disk.create_dir(&self.dir).map_err(failed)?;
        segment::remove_unfinished(&*disk, &self.dir)?;
        let end = match self.end.take() {
            Some(end) => make_sure(self.cut(end)?)?,
            None => self.first_segment()?,
        };
        let mut builder = FrameBuilder::default();
        builder.clear();
        Ok(Journal {
            disk,
            dir: self.dir,
            options: self.options,
            segment: end.segment,
            offset: end.offset,
            next: end.next,
            hash: end.hash,
            builder,
            prepared: None,
            failed: false,
        })
    }

    /// Zeros whatever lies behind the last whole frame, durably, before anything follows it, so
    /// that a shorter frame written there later has no stale bytes behind it.
    fn cut(&self, end: End) -> Result<End, JournalError> {
        let file = &end.segment.file;
        let failed = |error| JournalError::io("cutting", &end.segment.path, error);
        let length = file.bytes().map_err(failed)?;
        let cut_short = length < end.segment.header.bytes;
        if let Some(torn) = self.torn() {
            tracing::warn!(
                segment = torn.segment, offset = torn.offset, sequence = torn.sequence,
                reason = %torn.reason,
                "the journal's tail is torn: a group that was never acknowledged is cut"
            );
            file.zero(torn.offset, torn.end).map_err(failed)?;
        }
        if cut_short {
            tracing::warn!(
                segment = end.segment.header.number,
                length,
                "the segment was cut short"
            );
            file.zero(length.max(end.offset), end.segment.header.bytes).map_err(failed)?;
        }
        if cut_short || self.torn().is_some() {
            file.sync_data().map_err(failed)?;
        }
        Ok(end)
    }

    fn first_segment(&self) -> Result<End, JournalError> {
        let header = survey::header(&self.options, *uuid::Uuid::new_v4().as_bytes(), 1);
        let segment = Segment::prepare(&*self.disk, &self.dir, header)?;
        let segment = segment.put_in_place(&*self.disk, &self.dir)?;
        let (next, hash) = (1, header.genesis());
        Ok(End { segment, offset: FRAMES_BEGIN, next, hash, last_frame: None })
    }
}

/// Writes the last whole frame again, durably. A process that ended between writing and fsync, or
/// by an fsync that failed, leaves a frame that reads well from the page cache and is perhaps on no
/// disk, nor ever will be: it may not be told of, or written behind, before it is.
fn make_sure(end: End) -> Result<End, JournalError> {
    if let Some(begin) = end.last_frame {
        let mut frame = vec![0; usize::try_from(end.offset.saturating_sub(begin)).unwrap_or(0)];
        end.segment.read_at(&mut frame, begin)?;
        let failed = |error| JournalError::io("writing again", &end.segment.path, error);
        end.segment.file.write_at(&frame, begin).map_err(failed)?;
        end.segment.file.sync_data().map_err(failed)?;
    }
    Ok(end)
}

impl Journal {
    /// Sequence that the next record gets.
    pub fn next_sequence(&self) -> u64 {
        self.next
    }

    /// Hash of the last frame.
    pub fn last_hash(&self) -> ChainHash {
        self.hash
    }

    /// Appends the records as one group and returns when they are durable. No records: nothing is
    /// written. After an error the journal takes nothing more.
    pub fn append<R: AsRef<[u8]>>(
        &mut self,
        records: impl IntoIterator<Item = R>,
    ) -> Result<Option<Group>, JournalError> {
        if self.failed {
            return Err(JournalError::Failed);
        }
        self.failed = true;
        let group = self.append_frame(records)?;
        self.failed = false;
        Ok(group)
    }

    fn append_frame<R: AsRef<[u8]>>(
        &mut self,
        records: impl IntoIterator<Item = R>,
    ) -> Result<Option<Group>, JournalError> {
        self.builder.clear();
        for record in records {
            if !self.builder.push(record.as_ref()) {
                return Err(self.too_large(u64::from(u32::MAX)));
            }
        }
        let count = self.builder.count();
        if count == 0 {
            return Ok(None);
        }
        let (bytes, hash) = self.builder.seal(self.next, &self.hash, &self.segment.header.id);
        let length = bytes.len() as u64;
        if self.offset + length > self.segment.header.bytes {
            self.roll(length)?;
        }
        let failed = |error| JournalError::io("writing", &self.segment.path, error);
        self.segment.file.write_at(self.builder.bytes(), self.offset).map_err(failed)?;
        self.segment.file.sync_data().map_err(failed)?;
        let group = Group { first: self.next, last: self.next + u64::from(count) - 1, hash };
        self.offset += length;
        self.next = group.last + 1;
        self.hash = hash;
        self.prepare_next();
        Ok(Some(group))
    }

    fn too_large(&self, bytes: u64) -> JournalError {
        JournalError::TooLarge { bytes, segment_bytes: self.options.segment_bytes }
    }

    /// Goes on in the next segment, where a frame of `length` bytes must fit.
    fn roll(&mut self, length: u64) -> Result<(), JournalError> {
        let header = self.next_header();
        if FRAMES_BEGIN + length > header.bytes {
            return Err(self.too_large(length));
        }
        let prepared = self.prepared.take().and_then(|thread| thread.join().ok());
        let segment = match prepared {
            Some(Ok(segment)) => segment,
            // What a full disk refused a while ago may fit now; if not, this is where it ends.
            Some(Err(_)) | None => {
                segment::remove_unfinished(&*self.disk, &self.dir)?;
                Segment::prepare(&*self.disk, &self.dir, header)?
            }
        };
        self.segment = segment.put_in_place(&*self.disk, &self.dir)?;
        self.offset = FRAMES_BEGIN;
        Ok(())
    }

    fn next_header(&self) -> SegmentHeader {
        let now = self.segment.header;
        survey::header(&self.options, now.id, now.number + 1)
    }

    /// Begins to make the next segment when this one is half full.
    fn prepare_next(&mut self) {
        let half = self.segment.header.bytes / 2;
        if !self.options.prepare_ahead || self.prepared.is_some() || self.offset < half {
            return;
        }
        let (disk, dir, header) = (Arc::clone(&self.disk), self.dir.clone(), self.next_header());
        let thread = std::thread::Builder::new().name("journal-prepare".into());
        // Without the thread the segment is made when it is needed, only later.
        self.prepared = thread.spawn(move || Segment::prepare(&*disk, &dir, header)).ok();
    }
}

impl Drop for Journal {
    fn drop(&mut self) {
        if let Some(thread) = self.prepared.take() {
            // A half-made segment is removed at the next start; its thread must not outlive us.
            let _ = thread.join();
        }
    }
}
