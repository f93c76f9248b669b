//! The stored form of the operator's facts.

use bincode::{Decode, Encode};
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::operator::{OperatorFact, Restored, SetAside, SkippedAddresses};
use uuid::Uuid;

use super::Malformed;
use super::parts::{
    BlockRecord, HashRecord, IdRecord, InstantRecord, MoneyRecord, NetworkRecord, PaymentIdRecord,
    instant,
};

/// An [`OperatorFact`].
#[derive(Encode, Decode)]
pub(crate) enum OperatorFactRecord {
    AdminRegistered {
        email_sealed: Vec<u8>,
        email_digest: HashRecord,
        password_sealed: Vec<u8>,
        at: InstantRecord,
    },
    PaymentSetAside(Box<SetAsideRecord>),
    SuspenseBooked {
        payment: PaymentIdRecord,
        amount: MoneyRecord,
        at: InstantRecord,
    },
    Restored(Box<RestoredRecord>),
    WithdrawalsFrozen {
        reason: String,
        at: InstantRecord,
    },
    FreezeLifted {
        reason: String,
        at: InstantRecord,
    },
}

/// A [`Restored`].
#[derive(Encode, Decode)]
pub(crate) struct RestoredRecord {
    backup_at: InstantRecord,
    backup_seq: u64,
    skipped: Vec<SkippedRecord>,
    at: InstantRecord,
}

/// [`SkippedAddresses`].
#[derive(Clone, Copy, Encode, Decode)]
pub(crate) struct SkippedRecord {
    network: NetworkRecord,
    watched_from: u32,
    watched_until: u32,
    next: u32,
}

/// A [`SetAside`].
#[derive(Encode, Decode)]
pub(crate) struct SetAsideRecord {
    payment: PaymentIdRecord,
    amount: MoneyRecord,
    invoice: Option<IdRecord>,
    block: Option<BlockRecord>,
    reason: String,
    at: InstantRecord,
}

impl From<&OperatorFact> for OperatorFactRecord {
    fn from(fact: &OperatorFact) -> Self {
        match fact {
            OperatorFact::AdminRegistered { email_sealed, email_digest, password_sealed, at } => {
                Self::AdminRegistered {
                    email_sealed: email_sealed.clone(),
                    email_digest: *email_digest,
                    password_sealed: password_sealed.clone(),
                    at: at.unix_ms(),
                }
            }
            OperatorFact::PaymentSetAside(aside) => {
                Self::PaymentSetAside(Box::new((&**aside).into()))
            }
            OperatorFact::SuspenseBooked { payment, amount, at } => Self::SuspenseBooked {
                payment: (*payment).into(),
                amount: (*amount).into(),
                at: at.unix_ms(),
            },
            OperatorFact::Restored(restored) => Self::Restored(Box::new((&**restored).into())),
            OperatorFact::WithdrawalsFrozen { reason, at } => {
                Self::WithdrawalsFrozen { reason: reason.clone(), at: at.unix_ms() }
            }
            OperatorFact::FreezeLifted { reason, at } => {
                Self::FreezeLifted { reason: reason.clone(), at: at.unix_ms() }
            }
        }
    }
}

impl TryFrom<OperatorFactRecord> for OperatorFact {
    type Error = Malformed;

    fn try_from(record: OperatorFactRecord) -> Result<Self, Malformed> {
        use OperatorFactRecord as Record;
        Ok(match record {
            Record::AdminRegistered { email_sealed, email_digest, password_sealed, at } => {
                let at = instant(at);
                Self::AdminRegistered { email_sealed, email_digest, password_sealed, at }
            }
            Record::PaymentSetAside(aside) => Self::PaymentSetAside(Box::new((*aside).try_into()?)),
            Record::SuspenseBooked { payment, amount, at } => Self::SuspenseBooked {
                payment: payment.into(),
                amount: amount.try_into()?,
                at: instant(at),
            },
            Record::Restored(restored) => Self::Restored(Box::new((*restored).into())),
            Record::WithdrawalsFrozen { reason, at } => {
                Self::WithdrawalsFrozen { reason, at: instant(at) }
            }
            Record::FreezeLifted { reason, at } => Self::FreezeLifted { reason, at: instant(at) },
        })
    }
}

impl From<&SetAside> for SetAsideRecord {
    fn from(aside: &SetAside) -> Self {
        Self {
            payment: aside.payment.into(),
            amount: aside.amount.into(),
            invoice: aside.invoice.map(|invoice| invoice.0.into_bytes()),
            block: aside.block.map(BlockRecord::from),
            reason: aside.reason.clone(),
            at: aside.at.unix_ms(),
        }
    }
}

impl TryFrom<SetAsideRecord> for SetAside {
    type Error = Malformed;

    fn try_from(record: SetAsideRecord) -> Result<Self, Malformed> {
        Ok(Self {
            payment: record.payment.into(),
            amount: record.amount.try_into()?,
            invoice: record.invoice.map(|bytes| InvoiceId(Uuid::from_bytes(bytes))),
            block: record.block.map(Into::into),
            reason: record.reason,
            at: instant(record.at),
        })
    }
}

impl From<&Restored> for RestoredRecord {
    fn from(restored: &Restored) -> Self {
        Self {
            backup_at: restored.backup_at.unix_ms(),
            backup_seq: restored.backup_seq,
            skipped: restored.skipped.iter().map(|skipped| (*skipped).into()).collect(),
            at: restored.at.unix_ms(),
        }
    }
}

impl From<RestoredRecord> for Restored {
    fn from(record: RestoredRecord) -> Self {
        Self {
            backup_at: instant(record.backup_at),
            backup_seq: record.backup_seq,
            skipped: record.skipped.into_iter().map(Into::into).collect(),
            at: instant(record.at),
        }
    }
}

impl From<SkippedAddresses> for SkippedRecord {
    fn from(skipped: SkippedAddresses) -> Self {
        let SkippedAddresses { network, watched_from, watched_until, next } = skipped;
        Self { network: network.into(), watched_from, watched_until, next }
    }
}

impl From<SkippedRecord> for SkippedAddresses {
    fn from(record: SkippedRecord) -> Self {
        let SkippedRecord { network, watched_from, watched_until, next } = record;
        Self { network: network.into(), watched_from, watched_until, next }
    }
}
