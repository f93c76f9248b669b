//! What happens to an event on its way to the merchant, in the past tense.

use super::event::EventKind;
use super::subject::Subject;
use crate::id::{EventId, MerchantId};
use crate::time::Timestamp;
use std::fmt;

/// An event that is owed to a merchant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Queued {
    /// The event's id, the `webhook-id` header.
    pub event: EventId,
    /// Who is told.
    pub merchant: MerchantId,
    /// What it is about.
    pub subject: Subject,
    /// Which event.
    pub kind: EventKind,
    /// The payload without `signature`, made once: its bytes never change.
    pub payload: Vec<u8>,
    /// The subject's event before this one: the first attempt waits until that one's has ended.
    pub after: Option<EventId>,
    /// When.
    pub at: Timestamp,
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The endpoint answered with this HTTP status.
    Answered {
        /// The status.
        status: u16,
    },
    /// No answer came in time.
    TimedOut,
    /// The connection failed, or what came was no answer.
    Unreachable {
        /// What went wrong, for the merchant's log.
        error: String,
    },
    /// The URL leads where deliveries may not go.
    Blocked {
        /// Why.
        reason: String,
    },
    /// The merchant has set no webhook URL.
    NoEndpoint,
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Outcome::Answered { status } => write!(f, "answered {status}"),
            Outcome::TimedOut => f.write_str("no answer in time"),
            Outcome::Unreachable { error } => write!(f, "not reached: {error}"),
            Outcome::Blocked { reason } => write!(f, "blocked: {reason}"),
            Outcome::NoEndpoint => f.write_str("no webhook URL is set"),
        }
    }
}

/// A fact of one delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeliveryFact {
    /// The event was queued. Written together with what it tells of.
    Queued(Box<Queued>),
    /// An attempt ended.
    Attempted(Box<Attempt>),
    /// The merchant asked for it once more: an attempt is due, and the schedule begins anew.
    Redelivered {
        /// When.
        at: Timestamp,
    },
}

/// One attempt that has ended; another follows at `next_at`, or none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// How it ended.
    pub outcome: Outcome,
    /// When the request went out.
    pub at: Timestamp,
    /// How long it took, in milliseconds.
    pub took_ms: u32,
    /// When the next attempt is due; none when it was acknowledged or given up.
    pub next_at: Option<Timestamp>,
    /// What was sent and what came back; none when nothing was sent.
    pub exchange: Option<Exchange>,
}

/// What was sent in an attempt beside the stored payload, and what came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// Where to.
    pub url: String,
    /// The `webhook-signature` header.
    pub header_signature: String,
    /// The `signature` in the body.
    pub body_signature: String,
    /// The beginning of the answer's body, as text; empty when none came.
    pub answer: String,
}

impl Exchange {
    /// The most of an answer that is kept, in bytes.
    pub const ANSWER_BYTES_MAX: usize = 1024;
}
