//! Rows of invoices, their lists, addresses and payments.

use std::collections::BTreeMap;

use bincode::{Decode, Encode};
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Invoice, Status};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::operator::SetAside;
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::time::Timestamp;
use uuid::Uuid;

use crate::records::invoice::InvoiceRecord;
use crate::records::operator::SetAsideRecord;
use crate::records::parts::{HashRecord, IdRecord, InstantRecord, NetworkRecord, instant};
use crate::records::{Malformed, Stored};

/// An invoice.
pub(crate) struct InvoiceRow {
    pub invoice: Invoice,
    pub last_seq: u64,
    /// Its place among the merchant's invoices, counted from 1 in the order of opening.
    pub ordinal: u64,
}

/// A stretch of a merchant's list of invoices, in the order of opening: so many lie in one row
/// that a busy merchant's next one seldom needs a row of its own.
#[derive(Default)]
pub(crate) struct ListedRow {
    pub lines: Vec<ListedLine>,
}

/// One line of a merchant's list of invoices.
#[derive(Clone, Copy)]
pub(crate) struct ListedLine {
    pub invoice: InvoiceId,
    /// When it was opened, but never earlier than the line before says: a search by time works
    /// also where the clock was set back.
    pub listed_at: Timestamp,
    pub status: Status,
    pub network: Network,
}

impl ListedRow {
    /// Lines in one row.
    pub const LINES_MAX: u64 = 32;

    /// The block and the place in it of the `ordinal`-th invoice, counted from 1.
    pub fn place(ordinal: u64) -> (u64, usize) {
        let index = ordinal.saturating_sub(1);
        let place = usize::try_from(index % Self::LINES_MAX).unwrap_or(0);
        (index / Self::LINES_MAX, place)
    }
}

/// How many invoices a merchant has.
#[derive(Default)]
pub(crate) struct MerchantCountsRow {
    pub invoices: u64,
    /// When the newest was listed.
    pub listed_at: Option<Timestamp>,
    pub by_standing: BTreeMap<(Status, Network), u64>,
}

/// A deposit address that was given to an invoice.
pub(crate) struct AddressRow {
    pub invoice: InvoiceId,
    pub index: u32,
}

/// A payment that is in a block.
pub(crate) struct MinedRow {
    pub invoice: InvoiceId,
    pub block: Hash32,
    /// The tip's height at which it is deep.
    pub deep_height: u64,
}

/// A payment set aside.
pub(crate) struct SetAsideRow {
    pub aside: SetAside,
    /// Its money lies in suspense already.
    pub booked: bool,
}

impl Stored for InvoiceRow {
    type Record = (u64, u64, InvoiceRecord);

    fn to_record(&self) -> Self::Record {
        (self.last_seq, self.ordinal, (&self.invoice).into())
    }

    fn from_record((last_seq, ordinal, invoice): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { invoice: invoice.try_into()?, last_seq, ordinal })
    }
}

impl Stored for ListedRow {
    type Record = Vec<(IdRecord, InstantRecord, StatusRecord, NetworkRecord)>;

    fn to_record(&self) -> Self::Record {
        let record = |line: &ListedLine| {
            let (id, at) = (line.invoice.0.into_bytes(), line.listed_at.unix_ms());
            (id, at, line.status.into(), line.network.into())
        };
        self.lines.iter().map(record).collect()
    }

    fn from_record(record: Self::Record) -> Result<Self, Malformed> {
        let line =
            |(invoice, at, status, network): (_, _, StatusRecord, NetworkRecord)| ListedLine {
                invoice: invoice_id(invoice),
                listed_at: instant(at),
                status: status.into(),
                network: network.into(),
            };
        Ok(Self { lines: record.into_iter().map(line).collect() })
    }
}

/// A [`Status`].
#[derive(Clone, Copy, Encode, Decode)]
pub(crate) enum StatusRecord {
    Pending,
    Confirming,
    Confirmed,
    Expired,
}

impl From<Status> for StatusRecord {
    fn from(status: Status) -> Self {
        match status {
            Status::Pending => Self::Pending,
            Status::Confirming => Self::Confirming,
            Status::Confirmed => Self::Confirmed,
            Status::Expired => Self::Expired,
        }
    }
}

impl From<StatusRecord> for Status {
    fn from(record: StatusRecord) -> Self {
        match record {
            StatusRecord::Pending => Self::Pending,
            StatusRecord::Confirming => Self::Confirming,
            StatusRecord::Confirmed => Self::Confirmed,
            StatusRecord::Expired => Self::Expired,
        }
    }
}

impl Stored for MerchantCountsRow {
    type Record = (u64, Option<InstantRecord>, Vec<((StatusRecord, NetworkRecord), u64)>);

    fn to_record(&self) -> Self::Record {
        let counts = self.by_standing.iter().filter(|(_, count)| **count > 0);
        let counts = counts
            .map(|((status, network), count)| (((*status).into(), (*network).into()), *count));
        (self.invoices, self.listed_at.map(Timestamp::unix_ms), counts.collect())
    }

    fn from_record((invoices, listed_at, counts): Self::Record) -> Result<Self, Malformed> {
        let counts = counts
            .into_iter()
            .map(|((status, network), count)| ((status.into(), network.into()), count));
        let by_standing = counts.collect();
        Ok(Self { invoices, listed_at: listed_at.map(instant), by_standing })
    }
}

impl Stored for AddressRow {
    type Record = (IdRecord, u32);

    fn to_record(&self) -> Self::Record {
        (self.invoice.0.into_bytes(), self.index)
    }

    fn from_record((invoice, index): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { invoice: invoice_id(invoice), index })
    }
}

impl Stored for MinedRow {
    type Record = (IdRecord, HashRecord, u64);

    fn to_record(&self) -> Self::Record {
        (self.invoice.0.into_bytes(), self.block.0, self.deep_height)
    }

    fn from_record((invoice, block, deep_height): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { invoice: invoice_id(invoice), block: Hash32(block), deep_height })
    }
}

impl Stored for SetAsideRow {
    type Record = (bool, SetAsideRecord);

    fn to_record(&self) -> Self::Record {
        (self.booked, (&self.aside).into())
    }

    fn from_record((booked, aside): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { aside: aside.try_into()?, booked })
    }
}

fn invoice_id(bytes: IdRecord) -> InvoiceId {
    InvoiceId(Uuid::from_bytes(bytes))
}
