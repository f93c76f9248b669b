//! The stored form of the views' rows.
//!
//! A row that holds an aggregate also holds the sequence of the last fact projected into it, so
//! that a live copy knows from where on it is told.

mod invoices;
mod money;
mod people;
mod tallies;
mod withdrawals;

use cryptopayment_domain::payment::Hash32;

pub(crate) use invoices::{
    AddressRow, InvoiceRow, ListedLine, ListedRow, MerchantCountsRow, MinedRow, SetAsideRow,
};
pub use money::LineCause;
pub(crate) use money::{AccountSum, CreditRow, LedgerRow, LineRow, MerchantCoinRow};
pub(crate) use people::{AdminRow, DeliveryRow, MerchantRow};
pub(crate) use tallies::TallyRow;
pub(crate) use withdrawals::{WithdrawalCountsRow, WithdrawalRow};

use super::parts::HashRecord;
use super::{Malformed, Stored};
use crate::checkpoint::Checkpoint;
use crate::journal::ChainHash;

/// How far the views hold the journal, or are known to have held it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct AppliedRow {
    /// Sequence of the last fact projected; the last one of its group.
    pub seq: u64,
    /// Hash of that group's frame.
    pub hash: ChainHash,
}

/// Where the watching of a network began.
pub(crate) struct WatchingRow {
    pub height: u64,
    pub hash: Hash32,
}

impl Stored for AppliedRow {
    type Record = (u64, HashRecord);

    fn to_record(&self) -> Self::Record {
        (self.seq, self.hash)
    }

    fn from_record((seq, hash): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { seq, hash })
    }
}

impl Stored for WatchingRow {
    type Record = (u64, HashRecord);

    fn to_record(&self) -> Self::Record {
        (self.height, self.hash.0)
    }

    fn from_record((height, hash): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { height, hash: Hash32(hash) })
    }
}

impl Stored for Checkpoint {
    type Record = (u64, Vec<HashRecord>, Option<u64>);

    fn to_record(&self) -> Self::Record {
        (self.height, self.hashes.iter().map(|hash| hash.0).collect(), self.solid_height)
    }

    fn from_record((height, hashes, solid_height): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { height, hashes: hashes.into_iter().map(Hash32).collect(), solid_height })
    }
}

/// A text, for what contradicts and for markers.
impl Stored for String {
    type Record = String;

    fn to_record(&self) -> String {
        self.clone()
    }

    fn from_record(record: String) -> Result<Self, Malformed> {
        Ok(record)
    }
}

/// A plain number.
impl Stored for u64 {
    type Record = u64;

    fn to_record(&self) -> u64 {
        *self
    }

    fn from_record(record: u64) -> Result<Self, Malformed> {
        Ok(record)
    }
}

/// A plain number, for counters.
impl Stored for u32 {
    type Record = u32;

    fn to_record(&self) -> u32 {
        *self
    }

    fn from_record(record: u32) -> Result<Self, Malformed> {
        Ok(record)
    }
}
