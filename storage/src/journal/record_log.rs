//! A small log of opaque records on the journal's frames, one fsync per record, for those who
//! keep something of their own beside the journal: the simulated networks.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::reader::JournalReader;
use super::writer::Journal;
use super::{JournalError, JournalOptions, Survey};
use crate::disk::{Disk, RealDisk};

/// Length of one segment of a record log, in bytes.
const SEGMENT_BYTES: u64 = 1 << 20;

/// An append-only log of opaque records. One process has it open at a time: the folder is under
/// the lock of the data folder it lies in.
pub struct RecordLog {
    journal: Journal,
}

/// The records of a log in order, read as they are asked for.
pub struct Replay {
    disk: Arc<dyn Disk>,
    dir: PathBuf,
    through: u64,
    reader: Option<JournalReader>,
    records: std::vec::IntoIter<Vec<u8>>,
    begun: bool,
}

impl RecordLog {
    /// Opens the log in `dir`, made if absent, and gives what it holds. A torn tail is cut: that
    /// record's `append` never returned. Damage is an error and changes nothing.
    pub fn open(dir: &Path) -> Result<(Self, Replay), JournalError> {
        Self::open_on(Arc::new(RealDisk), dir)
    }

    /// The same on a disk of the caller's choice.
    pub fn open_on(disk: Arc<dyn Disk>, dir: &Path) -> Result<(Self, Replay), JournalError> {
        let options = JournalOptions { segment_bytes: SEGMENT_BYTES, prepare_ahead: false };
        let survey = Survey::of(Arc::clone(&disk), dir, options)?;
        let through = survey.last_sequence();
        let journal = survey.begin()?;
        let replay = Replay {
            disk,
            dir: dir.to_owned(),
            through,
            reader: None,
            records: Vec::new().into_iter(),
            begun: false,
        };
        Ok((Self { journal }, replay))
    }

    /// Appends a record and returns its number, counted from 1, once it is durable.
    /// After an error the log takes nothing more and must be opened anew.
    pub fn append(&mut self, record: &[u8]) -> Result<u64, JournalError> {
        self.journal.append([record])?;
        Ok(self.journal.next_sequence() - 1)
    }
}

impl Replay {
    fn next_record(&mut self) -> Result<Option<Vec<u8>>, JournalError> {
        if !self.begun {
            self.begun = true;
            if self.through > 0 {
                let disk = Arc::clone(&self.disk);
                self.reader = JournalReader::open(disk, &self.dir, 1, self.through)?;
            }
        }
        loop {
            if let Some(record) = self.records.next() {
                return Ok(Some(record));
            }
            let Some(reader) = &mut self.reader else { return Ok(None) };
            match reader.next_frame()? {
                Some(frame) => self.records = frame.into_records().into_iter(),
                None => self.reader = None,
            }
        }
    }
}

impl Iterator for Replay {
    type Item = Result<Vec<u8>, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_record();
        if next.is_err() {
            self.reader = None;
        }
        next.transpose()
    }
}
