//! The stored form of a delivery's facts and of its state.

use std::sync::Arc;

use bincode::{Decode, Encode};
use cryptopayment_domain::id::{EventId, MerchantId};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::{
    Attempt, Delivery, DeliveryFact, DeliveryState, EventKind, Exchange, Outcome, Queued,
};
use uuid::Uuid;

use super::parts::{IdRecord, InstantRecord, instant};

/// A [`DeliveryFact`].
#[derive(Encode, Decode)]
pub(crate) enum DeliveryFactRecord {
    Queued(Box<QueuedRecord>),
    Attempted {
        outcome: OutcomeRecord,
        at: InstantRecord,
        took_ms: u32,
        next_at: Option<InstantRecord>,
    },
    Exchanged(Box<AttemptRecord>),
    Redelivered {
        at: InstantRecord,
    },
}

/// An [`Attempt`] in which something was sent.
#[derive(Encode, Decode)]
pub(crate) struct AttemptRecord {
    outcome: OutcomeRecord,
    at: InstantRecord,
    took_ms: u32,
    next_at: Option<InstantRecord>,
    url: String,
    header_signature: String,
    body_signature: String,
    answer: String,
}

/// A [`Queued`].
#[derive(Encode, Decode)]
pub(crate) struct QueuedRecord {
    event: IdRecord,
    merchant: IdRecord,
    /// The subject's id; which kind of subject it is, the event says.
    subject: IdRecord,
    kind: EventKindRecord,
    payload: Vec<u8>,
    after: Option<IdRecord>,
    at: InstantRecord,
}

/// An [`EventKind`].
#[derive(Encode, Decode)]
pub(crate) enum EventKindRecord {
    PaymentDetected,
    PaymentConfirmed,
    InvoiceCreated,
    InvoiceExpired,
    PaymentPartial,
    PaymentLate,
    PaymentReverted,
    WithdrawalRequested,
    WithdrawalApproved,
    WithdrawalRejected,
    WithdrawalCancelled,
    WebhookTest,
}

/// An [`Outcome`].
#[derive(Encode, Decode)]
pub(crate) enum OutcomeRecord {
    Answered { status: u16 },
    TimedOut,
    Unreachable { error: String },
    Blocked { reason: String },
    NoEndpoint,
}

/// A [`Delivery`].
#[derive(Encode, Decode)]
pub(crate) struct DeliveryRecord {
    queued: QueuedRecord,
    attempts: u32,
    tries: u32,
    last_outcome: Option<OutcomeRecord>,
    state: DeliveryStateRecord,
}

/// A [`DeliveryState`].
#[derive(Encode, Decode)]
enum DeliveryStateRecord {
    Due(InstantRecord),
    Acknowledged,
    Failed,
}

impl From<&DeliveryFact> for DeliveryFactRecord {
    fn from(fact: &DeliveryFact) -> Self {
        match fact {
            DeliveryFact::Queued(queued) => Self::Queued(Box::new((&**queued).into())),
            DeliveryFact::Attempted(attempt) => (&**attempt).into(),
            DeliveryFact::Redelivered { at } => Self::Redelivered { at: at.unix_ms() },
        }
    }
}

impl From<&Attempt> for DeliveryFactRecord {
    fn from(attempt: &Attempt) -> Self {
        let Attempt { outcome, at, took_ms, next_at, exchange } = attempt;
        let (outcome, at, took_ms) = (outcome.into(), at.unix_ms(), *took_ms);
        let next_at = next_at.map(Timestamp::unix_ms);
        let Some(exchange) = exchange else {
            return Self::Attempted { outcome, at, took_ms, next_at };
        };
        let Exchange { url, header_signature, body_signature, answer } = exchange.clone();
        Self::Exchanged(Box::new(AttemptRecord {
            outcome,
            at,
            took_ms,
            next_at,
            url,
            header_signature,
            body_signature,
            answer,
        }))
    }
}

impl From<DeliveryFactRecord> for DeliveryFact {
    fn from(record: DeliveryFactRecord) -> Self {
        match record {
            DeliveryFactRecord::Queued(queued) => Self::Queued(Box::new((*queued).into())),
            DeliveryFactRecord::Attempted { outcome, at, took_ms, next_at } => {
                Self::Attempted(Box::new(Attempt {
                    outcome: outcome.into(),
                    at: instant(at),
                    took_ms,
                    next_at: next_at.map(instant),
                    exchange: None,
                }))
            }
            DeliveryFactRecord::Exchanged(attempt) => Self::Attempted(Box::new((*attempt).into())),
            DeliveryFactRecord::Redelivered { at } => Self::Redelivered { at: instant(at) },
        }
    }
}

impl From<AttemptRecord> for Attempt {
    fn from(record: AttemptRecord) -> Self {
        let AttemptRecord { url, header_signature, body_signature, answer, .. } = record;
        Self {
            outcome: record.outcome.into(),
            at: instant(record.at),
            took_ms: record.took_ms,
            next_at: record.next_at.map(instant),
            exchange: Some(Exchange { url, header_signature, body_signature, answer }),
        }
    }
}

impl From<&Queued> for QueuedRecord {
    fn from(queued: &Queued) -> Self {
        Self {
            event: queued.event.0.into_bytes(),
            merchant: queued.merchant.0.into_bytes(),
            subject: queued.subject.uuid().into_bytes(),
            kind: queued.kind.into(),
            payload: queued.payload.clone(),
            after: queued.after.map(|event| event.0.into_bytes()),
            at: queued.at.unix_ms(),
        }
    }
}

impl From<QueuedRecord> for Queued {
    fn from(record: QueuedRecord) -> Self {
        let kind = EventKind::from(record.kind);
        Self {
            event: EventId(Uuid::from_bytes(record.event)),
            merchant: MerchantId(Uuid::from_bytes(record.merchant)),
            subject: kind.subject(Uuid::from_bytes(record.subject)),
            kind,
            payload: record.payload,
            after: record.after.map(|event| EventId(Uuid::from_bytes(event))),
            at: instant(record.at),
        }
    }
}

impl From<EventKind> for EventKindRecord {
    fn from(kind: EventKind) -> Self {
        match kind {
            EventKind::PaymentDetected => Self::PaymentDetected,
            EventKind::PaymentConfirmed => Self::PaymentConfirmed,
            EventKind::InvoiceCreated => Self::InvoiceCreated,
            EventKind::InvoiceExpired => Self::InvoiceExpired,
            EventKind::PaymentPartial => Self::PaymentPartial,
            EventKind::PaymentLate => Self::PaymentLate,
            EventKind::PaymentReverted => Self::PaymentReverted,
            EventKind::WithdrawalRequested => Self::WithdrawalRequested,
            EventKind::WithdrawalApproved => Self::WithdrawalApproved,
            EventKind::WithdrawalRejected => Self::WithdrawalRejected,
            EventKind::WithdrawalCancelled => Self::WithdrawalCancelled,
            EventKind::WebhookTest => Self::WebhookTest,
        }
    }
}

impl From<EventKindRecord> for EventKind {
    fn from(record: EventKindRecord) -> Self {
        match record {
            EventKindRecord::PaymentDetected => Self::PaymentDetected,
            EventKindRecord::PaymentConfirmed => Self::PaymentConfirmed,
            EventKindRecord::InvoiceCreated => Self::InvoiceCreated,
            EventKindRecord::InvoiceExpired => Self::InvoiceExpired,
            EventKindRecord::PaymentPartial => Self::PaymentPartial,
            EventKindRecord::PaymentLate => Self::PaymentLate,
            EventKindRecord::PaymentReverted => Self::PaymentReverted,
            EventKindRecord::WithdrawalRequested => Self::WithdrawalRequested,
            EventKindRecord::WithdrawalApproved => Self::WithdrawalApproved,
            EventKindRecord::WithdrawalRejected => Self::WithdrawalRejected,
            EventKindRecord::WithdrawalCancelled => Self::WithdrawalCancelled,
            EventKindRecord::WebhookTest => Self::WebhookTest,
        }
    }
}

impl From<&Outcome> for OutcomeRecord {
    fn from(outcome: &Outcome) -> Self {
        match outcome {
            Outcome::Answered { status } => Self::Answered { status: *status },
            Outcome::TimedOut => Self::TimedOut,
            Outcome::Unreachable { error } => Self::Unreachable { error: error.clone() },
            Outcome::Blocked { reason } => Self::Blocked { reason: reason.clone() },
            Outcome::NoEndpoint => Self::NoEndpoint,
        }
    }
}

impl From<OutcomeRecord> for Outcome {
    fn from(record: OutcomeRecord) -> Self {
        match record {
            OutcomeRecord::Answered { status } => Self::Answered { status },
            OutcomeRecord::TimedOut => Self::TimedOut,
            OutcomeRecord::Unreachable { error } => Self::Unreachable { error },
            OutcomeRecord::Blocked { reason } => Self::Blocked { reason },
            OutcomeRecord::NoEndpoint => Self::NoEndpoint,
        }
    }
}

impl From<&Delivery> for DeliveryRecord {
    fn from(delivery: &Delivery) -> Self {
        Self {
            queued: (&*delivery.queued).into(),
            attempts: delivery.attempts,
            tries: delivery.tries,
            last_outcome: delivery.last_outcome.as_ref().map(OutcomeRecord::from),
            state: match delivery.state {
                DeliveryState::Due(at) => DeliveryStateRecord::Due(at.unix_ms()),
                DeliveryState::Acknowledged => DeliveryStateRecord::Acknowledged,
                DeliveryState::Failed => DeliveryStateRecord::Failed,
            },
        }
    }
}

impl From<DeliveryRecord> for Delivery {
    fn from(record: DeliveryRecord) -> Self {
        Self {
            queued: Arc::new(record.queued.into()),
            attempts: record.attempts,
            tries: record.tries,
            last_outcome: record.last_outcome.map(Outcome::from),
            state: match record.state {
                DeliveryStateRecord::Due(at) => DeliveryState::Due(instant(at)),
                DeliveryStateRecord::Acknowledged => DeliveryState::Acknowledged,
                DeliveryStateRecord::Failed => DeliveryState::Failed,
            },
        }
    }
}
