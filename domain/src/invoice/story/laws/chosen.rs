//! The laws of what merchants choose to be told: each once, in one order, and never untrue.

use super::own_facts;
use crate::fact::Fact;
use crate::id::EventId;
use crate::invoice::story::stage::Stage;
use crate::invoice::{Invoice, InvoiceFact, Status, standing};
use crate::payment::PaymentId;
use crate::webhook::{DeliveryFact, EventKind, Queued};
use std::collections::BTreeSet;

/// Holds what this commit tells, and all that was told before, against every law.
pub(super) fn hold(before: &Invoice, commit: &[Fact], stage: &Stage) {
    every_event_waits_for_the_one_before(stage);
    nothing_is_told_that_was_not_chosen(stage);
    each_telling_is_queued_once(stage);
    for (event, payment) in tellings(commit) {
        is_true(event, payment, before, commit, &stage.invoice);
    }
}

fn queued(facts: &[Fact]) -> impl Iterator<Item = &Queued> {
    facts.iter().filter_map(|fact| match fact {
        Fact::Delivery(_, DeliveryFact::Queued(queued)) => Some(&**queued),
        Fact::Delivery(..) | Fact::Invoice(..) | Fact::Ledger(..) => None,
        Fact::Merchant(..) | Fact::Watching(..) | Fact::Operator(_) | Fact::Withdrawal(..) => None,
    })
}

fn tellings(facts: &[Fact]) -> impl Iterator<Item = (EventKind, Option<PaymentId>)> {
    own_facts(facts).filter_map(|fact| {
        let InvoiceFact::Told { event, payment, .. } = fact else { return None };
        Some((*event, *payment))
    })
}

fn every_event_waits_for_the_one_before(stage: &Stage) {
    let mut last: Option<EventId> = None;
    let mut ids = BTreeSet::new();
    for event in queued(&stage.facts) {
        assert_eq!(event.after, last, "{} is out of order", event.kind);
        assert!(ids.insert(event.event), "{} is told twice", event.kind);
        last = Some(event.event);
    }
    assert_eq!(stage.invoice.last_event, last);
}

fn nothing_is_told_that_was_not_chosen(stage: &Stage) {
    for event in queued(&stage.facts) {
        assert!(stage.events.contains(event.kind), "{} was not chosen", event.kind);
    }
}

fn each_telling_is_queued_once(stage: &Stage) {
    let ids: Vec<_> = tellings(&stage.facts)
        .map(|(event, payment)| stage.invoice.event_id(event, payment))
        .collect();
    let seed = [EventKind::PaymentDetected, EventKind::PaymentConfirmed];
    let chosen = queued(&stage.facts).filter(|event| !seed.contains(&event.kind));
    assert_eq!(chosen.map(|event| event.event).collect::<Vec<_>>(), ids);
}

/// What an event says holds when it is told.
fn is_true(
    event: EventKind,
    payment: Option<PaymentId>,
    before: &Invoice,
    commit: &[Fact],
    after: &Invoice,
) {
    let known = payment.and_then(|payment| after.payment(payment));
    let status = standing(after).status;
    if event == EventKind::PaymentPartial {
        let payment = known.expect("a partial payment is there");
        let in_time = after.sum(|payment| after.is_in_time(payment));
        assert!(after.is_in_time(payment), "partial, but not in time");
        assert!(in_time.units() < after.enough().units(), "partial, and yet enough");
        assert_eq!(status, Status::Confirming);
    } else if event == EventKind::PaymentLate {
        assert!(known.expect("a late payment is there").is_present());
        assert_eq!(status, Status::Expired, "late money of an invoice that is not expired");
    } else if event == EventKind::PaymentReverted {
        let was_in = before.payments.iter().find(|known| Some(known.id) == payment);
        assert!(was_in.is_some_and(|known| known.block().is_some()), "it was in no block");
    } else {
        assert_eq!(event, EventKind::InvoiceExpired, "not told by a command");
        let expired = |fact: &InvoiceFact| matches!(fact, InvoiceFact::Expired { .. });
        assert!(own_facts(commit).any(expired), "it had expired before");
    }
}
