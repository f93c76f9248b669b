//! A delivery's row, when it is due, and where it is found.

use cryptopayment_domain::id::EventId;
use cryptopayment_domain::webhook::{Delivery, DeliveryFact, DeliveryState, Queued};

use super::Projection;
use crate::keys;
use crate::records::DeliveryRow;
use crate::views::{ReadRows, ViewError};

/// Attempts kept of one delivery, the newest: more than two whole schedules.
const ATTEMPTS_KEPT: u32 = 20;

pub(super) fn project(
    views: &mut Projection<'_>,
    seq: u64,
    event: EventId,
    fact: &DeliveryFact,
) -> Result<(), ViewError> {
    let known = views.row::<DeliveryRow>(keys::delivery(event))?;
    match (fact, known) {
        (DeliveryFact::Queued(queued), None) => queue(views, seq, queued),
        (DeliveryFact::Queued(_), Some(_)) => {
            views.contradiction(seq, format!("event {event} was queued before"))
        }
        (DeliveryFact::Attempted(_) | DeliveryFact::Redelivered { .. }, None) => {
            views.contradiction(seq, format!("event {event} was never queued"))
        }
        (DeliveryFact::Attempted(_) | DeliveryFact::Redelivered { .. }, Some(mut row)) => {
            let before = row.delivery.state;
            row.delivery.apply(fact);
            row.last_seq = seq;
            if let DeliveryFact::Attempted(attempt) = fact {
                let number = row.delivery.attempts;
                views.put(keys::attempt(event, number), &**attempt)?;
                if let Some(outlived) = number.checked_sub(ATTEMPTS_KEPT) {
                    views.delete(keys::attempt(event, outlived));
                }
            }
            follow_state(views, &row, Some(before));
            views.put(keys::delivery(event), &row)
        }
    }
}

fn queue(views: &mut Projection<'_>, seq: u64, queued: &Queued) -> Result<(), ViewError> {
    let event = queued.event;
    let delivery = Delivery::queued(queued.clone());
    let row = DeliveryRow { delivery, last_seq: seq, queued_seq: seq };
    follow_state(views, &row, None);
    views.put_id(keys::delivery_of_subject(queued.subject, seq), event.0);
    views.put_id(keys::event_of_merchant(queued.merchant, seq), event.0);
    views.put(keys::delivery(event), &row)
}

/// Moves the delivery in the indexes of what is due and of what is in which state.
fn follow_state(views: &mut Projection<'_>, row: &DeliveryRow, before: Option<DeliveryState>) {
    let (merchant, event) = (row.delivery.queued.merchant, row.delivery.queued.event);
    let after = row.delivery.state;
    if before == Some(after) {
        return;
    }
    if let Some(before) = before {
        if let DeliveryState::Due(at) = before {
            views.delete(keys::delivery_due(at, event));
            views.delete(keys::merchant_due(merchant, at, event));
        }
        if let Some(state) = keys::events_in_state(merchant, before) {
            views.delete(state.number(row.queued_seq));
        }
    }
    if let DeliveryState::Due(at) = after {
        views.put_id(keys::delivery_due(at, event), merchant.0);
        views.put_mark(keys::merchant_due(merchant, at, event));
    }
    if let Some(state) = keys::events_in_state(merchant, after) {
        views.put_id(state.number(row.queued_seq), event.0);
    }
}
