//! Rows of ledgers, statements, credits and the house's accounts.

use bincode::{Decode, Encode};
use cryptopayment_domain::id::{InvoiceId, MerchantId, WithdrawalId};
use cryptopayment_domain::ledger::{CreditKey, Ledger, Obligation, Release};
use cryptopayment_domain::money::Money;
use cryptopayment_domain::time::Timestamp;
use uuid::Uuid;

use crate::records::ledger::{LedgerRecord, ObligationRecord, ReleaseRecord};
use crate::records::parts::{CreditKeyRecord, IdRecord, InstantRecord, MoneyRecord, instant};
use crate::records::{Malformed, Stored};

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
    /// Held for withdrawals under way, in base units.
    pub held: u128,
}

/// One line of a statement.
pub(crate) struct LineRow {
    pub seq: u64,
    pub at: Timestamp,
    pub invoice: Option<InvoiceId>,
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
    /// A withdrawal was requested.
    Held(WithdrawalId),
    /// A withdrawal will not happen.
    Released(WithdrawalId, Release),
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
    type Record = (u64, i128, u128, u128);

    fn to_record(&self) -> Self::Record {
        (self.lines, self.balance, self.pending, self.held)
    }

    fn from_record((lines, balance, pending, held): Self::Record) -> Result<Self, Malformed> {
        Ok(Self { lines, balance, pending, held })
    }
}

/// A [`LineCause`].
#[derive(Encode, Decode)]
pub(crate) enum LineCauseRecord {
    Credit(CreditKeyRecord),
    Reversal(CreditKeyRecord),
    CapitalGrant,
    Held(IdRecord),
    Released(IdRecord, ReleaseRecord),
}

/// A [`LineRow`].
#[derive(Encode, Decode)]
pub(crate) struct LineRecord {
    seq: u64,
    at: InstantRecord,
    invoice: Option<IdRecord>,
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
            invoice: self.invoice.map(|invoice| invoice.0.into_bytes()),
            cause: match self.cause {
                LineCause::Credit(key) => LineCauseRecord::Credit(key.into()),
                LineCause::Reversal(key) => LineCauseRecord::Reversal(key.into()),
                LineCause::CapitalGrant => LineCauseRecord::CapitalGrant,
                LineCause::Held(id) => LineCauseRecord::Held(id.0.into_bytes()),
                LineCause::Released(id, why) => {
                    LineCauseRecord::Released(id.0.into_bytes(), why.into())
                }
            },
            change: self.change,
            balance: self.balance,
        }
    }

    fn from_record(record: LineRecord) -> Result<Self, Malformed> {
        Ok(Self {
            seq: record.seq,
            at: instant(record.at),
            invoice: record.invoice.map(invoice_id),
            cause: match record.cause {
                LineCauseRecord::Credit(key) => LineCause::Credit(key.into()),
                LineCauseRecord::Reversal(key) => LineCause::Reversal(key.into()),
                LineCauseRecord::CapitalGrant => LineCause::CapitalGrant,
                LineCauseRecord::Held(id) => LineCause::Held(withdrawal_id(id)),
                LineCauseRecord::Released(id, why) => {
                    LineCause::Released(withdrawal_id(id), why.into())
                }
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

fn invoice_id(bytes: IdRecord) -> InvoiceId {
    InvoiceId(Uuid::from_bytes(bytes))
}

fn withdrawal_id(bytes: IdRecord) -> WithdrawalId {
    WithdrawalId(Uuid::from_bytes(bytes))
}
