//! A withdrawal as its facts have made it.

use super::fact::{Requested, WithdrawalFact};
use crate::id::EventId;
use crate::time::Timestamp;
use crate::webhook::EventKind;
use std::fmt;

/// A withdrawal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Withdrawal {
    /// What was asked for.
    pub request: Box<Requested>,
    /// Where it stands.
    pub status: Status,
    /// When it was approved; at the request where nobody had to look at it.
    pub approved_at: Option<Timestamp>,
    /// When the money was given back.
    pub ended_at: Option<Timestamp>,
    /// Why it was rejected.
    pub reason: Option<String>,
    /// The last event that the merchant's endpoint was told of: the next one follows it.
    pub last_event: Option<EventId>,
}

/// Where a withdrawal stands. What comes behind `approved` belongs to whoever signs and sends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// A human decides.
    PendingReview,
    /// It waits to be handed over and paid.
    Approved,
    /// The operator rejected it; the money was given back.
    Rejected,
    /// The merchant cancelled it; the money was given back.
    Cancelled,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 4] =
        [Status::PendingReview, Status::Approved, Status::Rejected, Status::Cancelled];

    /// The `status` value of the API.
    pub const fn name(self) -> &'static str {
        match self {
            Status::PendingReview => "pending_review",
            Status::Approved => "approved",
            Status::Rejected => "rejected",
            Status::Cancelled => "cancelled",
        }
    }

    /// Whether its money is held.
    pub const fn is_open(self) -> bool {
        match self {
            Status::PendingReview | Status::Approved => true,
            Status::Rejected | Status::Cancelled => false,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl Withdrawal {
    /// A new one.
    pub fn requested(request: Requested) -> Withdrawal {
        let (status, approved_at) = match request.review {
            Some(_) => (Status::PendingReview, None),
            None => (Status::Approved, Some(request.at)),
        };
        let event = EventKind::WithdrawalRequested.id_for(request.withdrawal);
        let last_event = request.told.then_some(event);
        let request = Box::new(request);
        Withdrawal { request, status, approved_at, ended_at: None, reason: None, last_event }
    }

    /// The state that these facts make; none if they do not begin with the request.
    pub fn replay<'f>(facts: impl IntoIterator<Item = &'f WithdrawalFact>) -> Option<Withdrawal> {
        let mut facts = facts.into_iter();
        let WithdrawalFact::Requested(request) = facts.next()? else { return None };
        let mut withdrawal = Withdrawal::requested((**request).clone());
        facts.for_each(|fact| withdrawal.apply(fact));
        Some(withdrawal)
    }

    /// Takes in what happened. Never refuses.
    pub fn apply(&mut self, fact: &WithdrawalFact) {
        match fact {
            // The request made this value.
            WithdrawalFact::Requested(_) => {}
            WithdrawalFact::Approved { at, told, .. } => {
                if *told {
                    let id = self.request.withdrawal;
                    self.last_event = Some(EventKind::WithdrawalApproved.id_for(id));
                }
                self.status = Status::Approved;
                self.approved_at = Some(*at);
            }
            WithdrawalFact::Rejected { reason, at } => {
                self.status = Status::Rejected;
                self.reason = Some(reason.clone());
                self.ended_at = Some(*at);
            }
            WithdrawalFact::Cancelled { at } => {
                self.status = Status::Cancelled;
                self.ended_at = Some(*at);
            }
        }
    }
}
