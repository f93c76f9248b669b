//! A delivery's row, when it is due, and where it is found.

use cryptopayment_domain::id::EventId;
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::{Delivery, DeliveryFact, DeliveryState, Queued};

use super::Projection;
use crate::keys;
use crate::records::DeliveryRow;
use crate::views::{ReadRows, ViewError};

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
        (DeliveryFact::Attempted { .. }, None) => {
            views.contradiction(seq, format!("event {event} was never queued"))
        }
        (DeliveryFact::Attempted { .. }, Some(mut row)) => {
            let before = due_at(&row.delivery);
            row.delivery.apply(fact);
            row.last_seq = seq;
            follow_due(views, &row.delivery, before, due_at(&row.delivery));
            views.put(keys::delivery(event), &row)
        }
    }
}

fn queue(views: &mut Projection<'_>, seq: u64, queued: &Queued) -> Result<(), ViewError> {
    let event = queued.event;
    let delivery = Delivery::queued(queued.clone());
    follow_due(views, &delivery, None, due_at(&delivery));
    views.put_id(keys::delivery_of_subject(queued.subject, seq), event.0);
    views.put_id(keys::event_of_merchant(queued.merchant, seq), event.0);
    let row = DeliveryRow { delivery, last_seq: seq, queued_seq: seq };
    views.put(keys::delivery(event), &row)
}

fn due_at(delivery: &Delivery) -> Option<Timestamp> {
    match delivery.state {
        DeliveryState::Due(at) => Some(at),
        DeliveryState::Acknowledged | DeliveryState::Failed => None,
    }
}

fn follow_due(
    views: &mut Projection<'_>,
    delivery: &Delivery,
    before: Option<Timestamp>,
    after: Option<Timestamp>,
) {
    if before == after {
        return;
    }
    let (merchant, event) = (delivery.queued.merchant, delivery.queued.event);
    if let Some(at) = before {
        views.delete(keys::delivery_due(at, event));
        views.delete(keys::merchant_due(merchant, at, event));
    }
    if let Some(at) = after {
        views.put_id(keys::delivery_due(at, event), merchant.0);
        views.put_mark(keys::merchant_due(merchant, at, event));
    }
}
