//! A projection under way: rows as they are below, and what the facts make of them.

use sled::IVec;
use uuid::Uuid;

use crate::keys::{self, KeyRange};
use crate::records::Stored;
use crate::views::{Direction, Merged, RawRow, ReadRows, Rows, ViewError, Writes, writes_within};

/// Reads current rows and collects what is to be written over them.
pub(crate) struct Projection<'r> {
    below: &'r dyn Rows,
    writes: Writes,
}

impl<'r> Projection<'r> {
    pub fn over(below: &'r dyn Rows) -> Self {
        Self { below, writes: Writes::new() }
    }

    /// What was written, in the order of the keys.
    pub fn into_writes(self) -> Writes {
        self.writes
    }

    /// How many rows were written.
    pub fn len(&self) -> usize {
        self.writes.len()
    }

    pub fn put<T: Stored>(&mut self, key: impl AsRef<[u8]>, row: &T) -> Result<(), ViewError> {
        let key = key.as_ref();
        let value = row.to_bytes().map_err(|malformed| ViewError::row(key, malformed))?;
        self.writes.insert(key.into(), Some(value.into()));
        Ok(())
    }

    /// A row of an index, whose value is the id it leads to.
    pub fn put_id(&mut self, key: impl AsRef<[u8]>, id: Uuid) {
        self.writes.insert(key.as_ref().into(), Some(IVec::from(id.as_bytes())));
    }

    /// A row whose key says it all.
    pub fn put_mark(&mut self, key: impl AsRef<[u8]>) {
        self.writes.insert(key.as_ref().into(), Some(IVec::default()));
    }

    pub fn delete(&mut self, key: impl AsRef<[u8]>) {
        self.writes.insert(key.as_ref().into(), None);
    }

    pub fn has(&self, key: impl AsRef<[u8]>) -> Result<bool, ViewError> {
        Ok(self.get(key.as_ref())?.is_some())
    }

    /// Changes a row that begins as its default.
    pub fn change<T: Stored + Default>(
        &mut self,
        key: impl AsRef<[u8]>,
        change: impl FnOnce(&mut T),
    ) -> Result<T, ViewError> {
        let mut row = self.row(key.as_ref())?.unwrap_or_default();
        change(&mut row);
        self.put(key, &row)?;
        Ok(row)
    }

    /// Notes that a fact does not agree with those before it. The fact is durable and cannot be
    /// refused any more; what it should not have been is for a person to see.
    pub fn contradiction(&mut self, seq: u64, what: impl Into<String>) -> Result<(), ViewError> {
        let what = what.into();
        tracing::error!(seq, what, "a fact contradicts the facts before it");
        self.put(keys::contradiction(seq), &what)
    }
}

impl Rows for Projection<'_> {
    fn get(&self, key: &[u8]) -> Result<Option<IVec>, ViewError> {
        match self.writes.get(key) {
            Some(written) => Ok(written.clone()),
            None => self.below.get(key),
        }
    }

    fn scan<'s>(
        &'s self,
        range: &KeyRange,
        direction: Direction,
    ) -> Box<dyn Iterator<Item = Result<RawRow, ViewError>> + 's> {
        let below = self.below.scan(range, direction);
        let above = writes_within(&self.writes, range, direction)
            .map(|(key, value)| (key.clone(), value.clone()));
        Box::new(Merged::new(below, above, direction))
    }
}
