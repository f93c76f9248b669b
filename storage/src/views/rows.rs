//! Reading rows: from the tree, from what is laid over it, and from what is being written.

use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::iter::Peekable;

use sled::IVec;

use crate::keys::KeyRange;
use crate::records::{Malformed, Stored};

/// The views cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum ViewError {
    /// The store below refuses.
    #[error("the views' store failed: {0}")]
    Store(String),
    /// A row is not what was written; deleting the views' folder rebuilds it from the journal.
    #[error("row {key} of the views: {malformed}")]
    Row {
        /// The row's key in hexadecimal.
        key: String,
        /// What is wrong with it.
        malformed: Malformed,
    },
}

// No other room knows what the views are stored in, so its errors pass on as what they say.
impl From<sled::Error> for ViewError {
    fn from(error: sled::Error) -> Self {
        Self::Store(error.to_string())
    }
}

impl ViewError {
    pub(crate) fn row(key: &[u8], malformed: Malformed) -> Self {
        let key = key.iter().map(|byte| format!("{byte:02x}")).collect();
        Self::Row { key, malformed }
    }
}

/// One row: key and value.
pub(crate) type RawRow = (IVec, IVec);

/// Writes not yet in the layer below: a value, or none where the row was deleted.
pub(crate) type Writes = BTreeMap<IVec, Option<IVec>>;

/// In which order a range is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    Forward,
    Backward,
}

/// Something that holds rows in the order of their keys.
pub(crate) trait Rows {
    /// The value of one row.
    fn get(&self, key: &[u8]) -> Result<Option<IVec>, ViewError>;

    /// The rows of a range, in order.
    fn scan<'s>(
        &'s self,
        range: &KeyRange,
        direction: Direction,
    ) -> Box<dyn Iterator<Item = Result<RawRow, ViewError>> + 's>;
}

/// Reading what rows stand for.
pub(crate) trait ReadRows: Rows {
    /// What the row stands for, if there is one.
    fn row<T: Stored>(&self, key: impl AsRef<[u8]>) -> Result<Option<T>, ViewError> {
        let key = key.as_ref();
        self.get(key)?.map(|value| read(key, &value)).transpose()
    }
}

impl<R: Rows + ?Sized> ReadRows for R {}

/// What a row's value stands for.
pub(crate) fn read<T: Stored>(key: &[u8], value: &[u8]) -> Result<T, ViewError> {
    T::from_bytes(value).map_err(|malformed| ViewError::row(key, malformed))
}

/// What a row's key or bare value says, which must be there.
pub(crate) fn part<T>(key: &[u8], part: Option<T>) -> Result<T, ViewError> {
    part.ok_or_else(|| ViewError::row(key, Malformed::because("a part of it is missing")))
}

impl Rows for sled::Tree {
    fn get(&self, key: &[u8]) -> Result<Option<IVec>, ViewError> {
        Ok(sled::Tree::get(self, key)?)
    }

    fn scan<'s>(
        &'s self,
        range: &KeyRange,
        direction: Direction,
    ) -> Box<dyn Iterator<Item = Result<RawRow, ViewError>> + 's> {
        if range.is_empty() {
            return Box::new(std::iter::empty());
        }
        let rows = self.range(&range.from[..]..&range.to[..]).map(|row| Ok(row?));
        match direction {
            Direction::Forward => Box::new(rows),
            Direction::Backward => Box::new(rows.rev()),
        }
    }
}

/// The rows of `below` with those of `above` laid over them, both in the given direction.
pub(crate) struct Merged<B: Iterator, A: Iterator> {
    below: Peekable<B>,
    above: Peekable<A>,
    direction: Direction,
}

impl<B, A> Merged<B, A>
where
    B: Iterator<Item = Result<RawRow, ViewError>>,
    A: Iterator<Item = (IVec, Option<IVec>)>,
{
    pub fn new(below: B, above: A, direction: Direction) -> Self {
        Self { below: below.peekable(), above: above.peekable(), direction }
    }

    /// Which side's row comes first; equal where both have the same key.
    fn first(&mut self) -> Option<Ordering> {
        match (self.below.peek(), self.above.peek()) {
            (None, None) => None,
            (Some(_), None) | (Some(Err(_)), Some(_)) => Some(Ordering::Less),
            (None, Some(_)) => Some(Ordering::Greater),
            (Some(Ok((below, _))), Some((above, _))) => Some(match self.direction {
                Direction::Forward => below.cmp(above),
                Direction::Backward => above.cmp(below),
            }),
        }
    }
}

impl<B, A> Iterator for Merged<B, A>
where
    B: Iterator<Item = Result<RawRow, ViewError>>,
    A: Iterator<Item = (IVec, Option<IVec>)>,
{
    type Item = Result<RawRow, ViewError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let first = self.first()?;
            if first == Ordering::Less {
                return self.below.next();
            }
            if first == Ordering::Equal {
                self.below.next();
            }
            // A deleted row hides the one below and shows nothing itself.
            if let (key, Some(value)) = self.above.next()? {
                return Some(Ok((key, value)));
            }
        }
    }
}

/// The writes of a range, in the given direction.
pub(crate) fn writes_within<'w, V>(
    writes: &'w BTreeMap<IVec, V>,
    range: &KeyRange,
    direction: Direction,
) -> Box<dyn Iterator<Item = (&'w IVec, &'w V)> + 'w> {
    if range.is_empty() {
        return Box::new(std::iter::empty());
    }
    let within = writes.range(IVec::from(&range.from[..])..IVec::from(&range.to[..]));
    match direction {
        Direction::Forward => Box::new(within),
        Direction::Backward => Box::new(within.rev()),
    }
}
