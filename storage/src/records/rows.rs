//! The stored form of the views' rows.
//!
//! A row that holds an aggregate also holds the sequence of the last fact projected into it, so
//! that a live copy knows from where on it is told.

use std::collections::BTreeMap;

use bincode::{Decode, Encode};
use cryptopayment_domain::id::{InvoiceId, MerchantId};
use cryptopayment_domain::invoice::{Invoice, Status};
use cryptopayment_domain::ledger::{CreditKey, Ledger, Obligation};
use cryptopayment_domain::merchant::{Answered, Merchant};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::operator::SetAside;
use cryptopayment_domain::payment::Hash32;
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::Delivery;
use uuid::Uuid;

use super::delivery::DeliveryRecord;
use super::invoice::InvoiceRecord;
use super::ledger::{LedgerRecord, ObligationRecord};
use super::merchant::{AnsweredRecord, MerchantRecord};
use super::operator::SetAsideRecord;
use super::parts::{
    CreditKeyRecord, HashRecord, IdRecord, InstantRecord, MoneyRecord, NetworkRecord, instant,
};
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

/// A merchant.
pub(crate) struct MerchantRow {
    pub merchant: Merchant,
    pub last_seq: u64,
}

/// How many invoices a merchant has.
#[derive(Default)]
pub(crate) struct MerchantCountsRow {
    pub invoices: u64,
    /// When the newest was listed.
    pub listed_at: Option<Timestamp>,
    pub by_standing: BTreeMap<(Status, Network), u64>,
}

/// A merchant's ledger.
#[derive(Default)]
pub(crate) struct LedgerRow {
    pub ledger: Ledger,
    pub last_seq: u64,
}

/// One coin of one merchant, summed by projection.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(crate) struct MerchantCoinRow {
    /// Statement lines so far.
    pub lines: u64,
    /// Sum of the statement lines, in base units.
    pub balance: i128,
    /// Mined and not yet deep, in base units.
    pub pending: u128,
}

/// One line of a statement.
pub(crate) struct LineRow {
    pub seq: u64,
    pub at: Timestamp,
    pub invoice: InvoiceId,
    pub cause: LineCause,
    /// What the line adds, in base units; below zero where it takes.
    pub change: i128,
    /// The balance after it.
    pub balance: i128,
}

/// What a line of a statement stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LineCause {
    /// A payment became final.
    Credit(CreditKey),
    /// A credited payment left the chain.
    Reversal(CreditKey),
    /// An admin marked the invoice paid.
    CapitalGrant,
}

/// A credit that was booked.
pub(crate) struct CreditRow {
    pub merchant: MerchantId,
    pub invoice: InvoiceId,
    pub amount: Money,
    /// Sequence of its fact.
    pub seq: u64,
    /// Sequence of the fact that reversed it.
    pub reversed: Option<u64>,
}

/// The sum of an account that belongs to no merchant: credits less debits, in base units.
#[derive(Default)]
pub(crate) struct AccountSum(pub i128);

/// A delivery.
pub(crate) struct DeliveryRow {
    pub delivery: Delivery,
    pub last_seq: u64,
    /// Sequence of its queueing: its place among the merchant's events.
    pub queued_seq: u64,
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

/// An admin.
pub(crate) struct AdminRow {
    pub email_sealed: Vec<u8>,
    pub password_sealed: Vec<u8>,
    pub registered_at: Timestamp,
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

impl Stored for MerchantRow {
    type Record = (u64, MerchantRecord);

    fn to_record(&self) -> Self::Record {
        (self.last_seq, (&self.merchant).into())
    }

    fn from_record((last_seq, merchant): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { merchant: merchant.into(), last_seq })
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

impl Stored for LedgerRow {
    type Record = (u64, LedgerRecord);

    fn to_record(&self) -> Self::Record {
        (self.last_seq, (&self.ledger).into())
    }

    fn from_record((last_seq, ledger): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { ledger: ledger.try_into()?, last_seq })
    }
}

impl Stored for MerchantCoinRow {
    type Record = (u64, i128, u128);

    fn to_record(&self) -> Self::Record {
        (self.lines, self.balance, self.pending)
    }

    fn from_record((lines, balance, pending): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { lines, balance, pending })
    }
}

/// A [`LineCause`].
#[derive(Encode, Decode)]
pub(crate) enum LineCauseRecord {
    Credit(CreditKeyRecord),
    Reversal(CreditKeyRecord),
    CapitalGrant,
}

/// A [`LineRow`].
#[derive(Encode, Decode)]
pub(crate) struct LineRecord {
    seq: u64,
    at: InstantRecord,
    invoice: IdRecord,
    cause: LineCauseRecord,
    change: i128,
    balance: i128,
}

impl Stored for LineRow {
    type Record = LineRecord;

    fn to_record(&self) -> LineRecord {
        LineRecord {
            seq: self.seq,
            at: self.at.unix_ms(),
            invoice: self.invoice.0.into_bytes(),
            cause: match self.cause {
                LineCause::Credit(key) => LineCauseRecord::Credit(key.into()),
                LineCause::Reversal(key) => LineCauseRecord::Reversal(key.into()),
                LineCause::CapitalGrant => LineCauseRecord::CapitalGrant,
            },
            change: self.change,
            balance: self.balance,
        }
    }

    fn from_record(record: LineRecord) -> Result<Self, Malformed> {
        Ok(Self {
            seq: record.seq,
            at: instant(record.at),
            invoice: invoice_id(record.invoice),
            cause: match record.cause {
                LineCauseRecord::Credit(key) => LineCause::Credit(key.into()),
                LineCauseRecord::Reversal(key) => LineCause::Reversal(key.into()),
                LineCauseRecord::CapitalGrant => LineCause::CapitalGrant,
            },
            change: record.change,
            balance: record.balance,
        })
    }
}

impl Stored for CreditRow {
    type Record = (IdRecord, IdRecord, MoneyRecord, u64, Option<u64>);

    fn to_record(&self) -> Self::Record {
        let (merchant, invoice) = (self.merchant.0.into_bytes(), self.invoice.0.into_bytes());
        (merchant, invoice, self.amount.into(), self.seq, self.reversed)
    }

    fn from_record(record: Self::Record) -> Result<Self, Malformed> {
        let (merchant, invoice, amount, seq, reversed) = record;
        Ok(Self {
            merchant: MerchantId(Uuid::from_bytes(merchant)),
            invoice: invoice_id(invoice),
            amount: amount.try_into()?,
            seq,
            reversed,
        })
    }
}

impl Stored for Obligation {
    type Record = ObligationRecord;

    fn to_record(&self) -> ObligationRecord {
        self.into()
    }

    fn from_record(record: ObligationRecord) -> Result<Self, Malformed> {
        record.try_into()
    }
}

impl Stored for AccountSum {
    type Record = i128;

    fn to_record(&self) -> i128 {
        self.0
    }

    fn from_record(record: i128) -> Result<Self, Malformed> {
        Ok(Self(record))
    }
}

impl Stored for DeliveryRow {
    type Record = (u64, u64, DeliveryRecord);

    fn to_record(&self) -> Self::Record {
        (self.last_seq, self.queued_seq, (&self.delivery).into())
    }

    fn from_record((last_seq, queued_seq, delivery): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { delivery: delivery.into(), last_seq, queued_seq })
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

impl Stored for AdminRow {
    type Record = (Vec<u8>, Vec<u8>, InstantRecord);

    fn to_record(&self) -> Self::Record {
        let (email, password) = (self.email_sealed.clone(), self.password_sealed.clone());
        (email, password, self.registered_at.unix_ms())
    }

    fn from_record((email, password, at): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { email_sealed: email, password_sealed: password, registered_at: instant(at) })
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

impl Stored for Answered {
    type Record = AnsweredRecord;

    fn to_record(&self) -> AnsweredRecord {
        self.into()
    }

    fn from_record(record: AnsweredRecord) -> Result<Self, Malformed> {
        Ok(record.into())
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

fn invoice_id(bytes: IdRecord) -> InvoiceId {
    InvoiceId(Uuid::from_bytes(bytes))
}
