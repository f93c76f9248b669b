//! What a command makes of a withdrawal: its own fact and the ledger's, in one commit.

use super::fact::WithdrawalFact;
use super::refusal::Refusal;
use super::state::{Status, Withdrawal};
use super::telling;
use crate::fact::Fact;
use crate::ledger::{LedgerFact, Release};
use crate::time::Timestamp;
use crate::webhook::{EventKind, EventSet};

/// What a human wants of a withdrawal that has not been handed over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Command {
    /// The operator lets it go. Said twice is once.
    Approve {
        /// Who says so.
        by: String,
    },
    /// The operator refuses it. Said twice is once.
    Reject {
        /// Why, for the merchant.
        reason: String,
    },
    /// The merchant does not want it any more.
    Cancel,
}

/// The outcome of a request or a command: the facts of one commit, and the withdrawal after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// To be appended as they are; empty when nothing has changed.
    pub facts: Vec<Fact>,
    /// The withdrawal with its facts applied.
    pub withdrawal: Withdrawal,
}

/// What `command` makes of `withdrawal` at the instant `at`; the merchant's endpoint is told of it
/// if `events` has its event. While money stands still for a reason none is let go, for behind a
/// backup that was put back it may have been paid already; it can be given back all the same.
///
/// # Errors
/// A [`Refusal`].
pub fn decide(
    withdrawal: &Withdrawal,
    command: &Command,
    standstill: Option<Refusal>,
    events: EventSet,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let status = withdrawal.status;
    let happened = match (command, status) {
        (Command::Approve { by }, Status::PendingReview) => {
            if let Some(reason) = standstill {
                return Err(reason);
            }
            let told = events.contains(EventKind::WithdrawalApproved);
            Some((WithdrawalFact::Approved { by: by.clone(), told, at }, None))
        }
        (Command::Reject { reason }, Status::PendingReview | Status::Approved) => {
            let reason = reason.clone();
            Some((WithdrawalFact::Rejected { reason, at }, Some(Release::Rejected)))
        }
        (Command::Cancel, Status::PendingReview | Status::Approved) => {
            Some((WithdrawalFact::Cancelled { at }, Some(Release::Cancelled)))
        }
        (Command::Approve { .. }, Status::Approved)
        | (Command::Reject { .. }, Status::Rejected) => None,
        (Command::Approve { .. }, Status::Rejected | Status::Cancelled) => {
            return Err(Refusal::NotApprovable(status));
        }
        (Command::Reject { .. }, Status::Cancelled) => return Err(Refusal::NotRejectable(status)),
        (Command::Cancel, Status::Rejected | Status::Cancelled) => {
            return Err(Refusal::NotCancellable(status));
        }
    };
    let mut decision = Decision { facts: Vec::new(), withdrawal: withdrawal.clone() };
    if let Some((fact, release)) = happened {
        let request = &withdrawal.request;
        decision.withdrawal.apply(&fact);
        decision.facts.push(Fact::Withdrawal(request.withdrawal, fact));
        let released = release.map(|why| LedgerFact::Released {
            withdrawal: request.withdrawal,
            amount: request.amount,
            why,
            usd_value: request.usd_value,
            held_at: request.at,
            at,
        });
        decision.facts.extend(released.map(|fact| Fact::Ledger(request.merchant, fact)));
        let kind = match release {
            None => EventKind::WithdrawalApproved,
            Some(Release::Rejected) => EventKind::WithdrawalRejected,
            Some(Release::Cancelled) => EventKind::WithdrawalCancelled,
        };
        let after = withdrawal.last_event;
        decision.facts.extend(telling::tell(&decision.withdrawal, kind, events, after, at));
    }
    Ok(decision)
}
