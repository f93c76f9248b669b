//! The stored form of the operator's facts.

use bincode::{Decode, Encode};
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::operator::{OperatorFact, SetAside};
use uuid::Uuid;

use super::Malformed;
use super::parts::{
    BlockRecord, HashRecord, IdRecord, InstantRecord, MoneyRecord, PaymentIdRecord, instant,
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
}

/// A [`SetAside`].
#[derive(Encode, Decode)]
pub(crate) struct SetAsideRecord {
    payment: PaymentIdRecord,
    amount: MoneyRecord,
    invoice: IdRecord,
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
        })
    }
}

impl From<&SetAside> for SetAsideRecord {
    fn from(aside: &SetAside) -> Self {
        Self {
            payment: aside.payment.into(),
            amount: aside.amount.into(),
            invoice: aside.invoice.0.into_bytes(),
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
            invoice: InvoiceId(Uuid::from_bytes(record.invoice)),
            block: record.block.map(Into::into),
            reason: record.reason,
            at: instant(record.at),
        })
    }
}
