//! The stored form of a withdrawal's facts and of its state.

use bincode::{Decode, Encode};
use cryptopayment_domain::id::{EventId, MerchantId, WithdrawalId};
use cryptopayment_domain::usd::Usd;
use cryptopayment_domain::withdrawal::{Requested, Review, Status, Withdrawal, WithdrawalFact};
use uuid::Uuid;

use super::Malformed;
use super::parts::{IdRecord, InstantRecord, MoneyRecord, instant};

/// A [`WithdrawalFact`].
#[derive(Encode, Decode)]
pub(crate) enum WithdrawalFactRecord {
    Requested(Box<RequestedRecord>),
    Approved { by: String, told: bool, at: InstantRecord },
    Rejected { reason: String, at: InstantRecord },
    Cancelled { at: InstantRecord },
}

/// A [`Requested`].
#[derive(Encode, Decode)]
pub(crate) struct RequestedRecord {
    withdrawal: IdRecord,
    merchant: IdRecord,
    amount: MoneyRecord,
    fee: MoneyRecord,
    address: String,
    address_bytes: Vec<u8>,
    usd_cents: Option<u64>,
    review: Option<ReviewRecord>,
    told: bool,
    at: InstantRecord,
}

/// A [`Review`].
#[derive(Clone, Copy, Encode, Decode)]
enum ReviewRecord {
    AboveLimit,
    AboveLimitInADay,
    NoPrice,
}

/// A [`Withdrawal`].
#[derive(Encode, Decode)]
pub(crate) struct WithdrawalRecord {
    request: RequestedRecord,
    status: WithdrawalStatusRecord,
    approved_at: Option<InstantRecord>,
    ended_at: Option<InstantRecord>,
    reason: Option<String>,
    last_event: Option<IdRecord>,
}

/// A [`Status`].
#[derive(Clone, Copy, Encode, Decode)]
pub(crate) enum WithdrawalStatusRecord {
    PendingReview,
    Approved,
    Rejected,
    Cancelled,
}

impl From<&WithdrawalFact> for WithdrawalFactRecord {
    fn from(fact: &WithdrawalFact) -> Self {
        match fact {
            WithdrawalFact::Requested(request) => Self::Requested(Box::new((&**request).into())),
            WithdrawalFact::Approved { by, told, at } => {
                Self::Approved { by: by.clone(), told: *told, at: at.unix_ms() }
            }
            WithdrawalFact::Rejected { reason, at } => {
                Self::Rejected { reason: reason.clone(), at: at.unix_ms() }
            }
            WithdrawalFact::Cancelled { at } => Self::Cancelled { at: at.unix_ms() },
        }
    }
}

impl TryFrom<WithdrawalFactRecord> for WithdrawalFact {
    type Error = Malformed;

    fn try_from(record: WithdrawalFactRecord) -> Result<Self, Malformed> {
        use WithdrawalFactRecord as Record;
        Ok(match record {
            Record::Requested(request) => Self::Requested(Box::new((*request).try_into()?)),
            Record::Approved { by, told, at } => Self::Approved { by, told, at: instant(at) },
            Record::Rejected { reason, at } => Self::Rejected { reason, at: instant(at) },
            Record::Cancelled { at } => Self::Cancelled { at: instant(at) },
        })
    }
}

impl From<&Requested> for RequestedRecord {
    fn from(request: &Requested) -> Self {
        Self {
            withdrawal: request.withdrawal.0.into_bytes(),
            merchant: request.merchant.0.into_bytes(),
            amount: request.amount.into(),
            fee: request.fee.into(),
            address: request.address.clone(),
            address_bytes: request.address_bytes.clone(),
            usd_cents: request.usd_value.map(Usd::cents),
            review: request.review.map(|review| match review {
                Review::AboveLimit => ReviewRecord::AboveLimit,
                Review::AboveLimitInADay => ReviewRecord::AboveLimitInADay,
                Review::NoPrice => ReviewRecord::NoPrice,
            }),
            told: request.told,
            at: request.at.unix_ms(),
        }
    }
}

impl TryFrom<RequestedRecord> for Requested {
    type Error = Malformed;

    fn try_from(record: RequestedRecord) -> Result<Self, Malformed> {
        Ok(Self {
            withdrawal: WithdrawalId(Uuid::from_bytes(record.withdrawal)),
            merchant: MerchantId(Uuid::from_bytes(record.merchant)),
            amount: record.amount.try_into()?,
            fee: record.fee.try_into()?,
            address: record.address,
            address_bytes: record.address_bytes,
            usd_value: record.usd_cents.map(Usd::from_cents),
            review: record.review.map(|review| match review {
                ReviewRecord::AboveLimit => Review::AboveLimit,
                ReviewRecord::AboveLimitInADay => Review::AboveLimitInADay,
                ReviewRecord::NoPrice => Review::NoPrice,
            }),
            told: record.told,
            at: instant(record.at),
        })
    }
}

impl From<&Withdrawal> for WithdrawalRecord {
    fn from(withdrawal: &Withdrawal) -> Self {
        Self {
            request: (&*withdrawal.request).into(),
            status: withdrawal.status.into(),
            approved_at: withdrawal.approved_at.map(|at| at.unix_ms()),
            ended_at: withdrawal.ended_at.map(|at| at.unix_ms()),
            reason: withdrawal.reason.clone(),
            last_event: withdrawal.last_event.map(|event| event.0.into_bytes()),
        }
    }
}

impl TryFrom<WithdrawalRecord> for Withdrawal {
    type Error = Malformed;

    fn try_from(record: WithdrawalRecord) -> Result<Self, Malformed> {
        Ok(Self {
            request: Box::new(record.request.try_into()?),
            status: record.status.into(),
            approved_at: record.approved_at.map(instant),
            ended_at: record.ended_at.map(instant),
            reason: record.reason,
            last_event: record.last_event.map(|id| EventId(Uuid::from_bytes(id))),
        })
    }
}

impl From<Status> for WithdrawalStatusRecord {
    fn from(status: Status) -> Self {
        match status {
            Status::PendingReview => Self::PendingReview,
            Status::Approved => Self::Approved,
            Status::Rejected => Self::Rejected,
            Status::Cancelled => Self::Cancelled,
        }
    }
}

impl From<WithdrawalStatusRecord> for Status {
    fn from(record: WithdrawalStatusRecord) -> Self {
        match record {
            WithdrawalStatusRecord::PendingReview => Self::PendingReview,
            WithdrawalStatusRecord::Approved => Self::Approved,
            WithdrawalStatusRecord::Rejected => Self::Rejected,
            WithdrawalStatusRecord::Cancelled => Self::Cancelled,
        }
    }
}
