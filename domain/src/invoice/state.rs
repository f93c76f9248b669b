//! The state of an invoice: the replay of its facts.

use super::fact::{InvoiceFact, Opened};
use super::payment::{Payment, Place};
use super::{GRACE, MINING_TIME};
use crate::id::EventId;
use crate::money::Money;
use crate::payment::PaymentId;
use crate::time::Timestamp;
use crate::webhook::EventKind;
use std::sync::Arc;

/// An invoice as its facts have made it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoice {
    /// What was agreed; shared by all copies, for it never changes.
    pub terms: Arc<Opened>,
    /// Every payment ever seen, in the order of first sight.
    pub payments: Vec<Payment>,
    /// The chain has been scanned through `expires_at`.
    pub time_over: bool,
    /// The chain has been scanned through 24 h after `expires_at`.
    pub mining_time_over: bool,
    /// When it first entered `confirming`.
    pub detected_at: Option<Timestamp>,
    /// When it was confirmed.
    pub confirmed_at: Option<Timestamp>,
    /// When it first entered `expired`.
    pub expired_at: Option<Timestamp>,
    /// A human's hand, if there was one.
    pub ending: Option<Ending>,
    /// The chosen events that the merchant was told of, each about which payment.
    pub told: Vec<(EventKind, Option<PaymentId>)>,
    /// The last event that the merchant was told of, behind whose first attempt the next one waits.
    pub last_event: Option<EventId>,
}

/// How a human ended an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The merchant cancelled it.
    Cancelled,
    /// An admin marked it paid.
    MarkedPaid,
    /// An admin closed it.
    Closed,
}

impl Invoice {
    /// A new invoice on these terms.
    pub fn opened(terms: Opened) -> Invoice {
        Invoice {
            terms: Arc::new(terms),
            payments: Vec::new(),
            time_over: false,
            mining_time_over: false,
            detected_at: None,
            confirmed_at: None,
            expired_at: None,
            ending: None,
            told: Vec::new(),
            last_event: None,
        }
    }

    /// The state that these facts make; none if they do not begin with the opening.
    pub fn replay<'f>(facts: impl IntoIterator<Item = &'f InvoiceFact>) -> Option<Invoice> {
        let mut facts = facts.into_iter();
        let InvoiceFact::Opened(terms) = facts.next()? else { return None };
        let mut invoice = Invoice::opened((**terms).clone());
        facts.for_each(|fact| invoice.apply(fact));
        Some(invoice)
    }

    /// Takes in what happened. Never refuses.
    pub fn apply(&mut self, fact: &InvoiceFact) {
        match fact {
            // The opening made this value; there is no second one.
            InvoiceFact::Opened(_) => {}
            InvoiceFact::PaymentSeen { payment, amount, at } => {
                let payment = self.payment_at(*payment, *amount, *at);
                (payment.amount, payment.place) = (*amount, Place::Mempool { since: *at });
            }
            InvoiceFact::PaymentMined { payment, amount, block, at } => {
                self.payment_at(*payment, *amount, *at).enter(*block, *amount, *at);
            }
            InvoiceFact::PaymentUnmined { payment, .. }
            | InvoiceFact::PaymentVanished { payment, .. } => {
                self.change(*payment, |payment| payment.place = Place::Gone);
            }
            InvoiceFact::PaymentConfirmed { payment, .. } => {
                self.change(*payment, |payment| payment.credited = true);
            }
            InvoiceFact::PaymentReverted { payment, .. } => {
                self.change(*payment, Payment::revert);
            }
            InvoiceFact::TimeRanOut { .. } => self.time_over = true,
            InvoiceFact::MiningTimeRanOut { .. } => self.mining_time_over = true,
            InvoiceFact::Detected { at } => {
                self.detected_at = Some(*at);
                self.last_event = Some(self.event_id(EventKind::PaymentDetected, None));
            }
            InvoiceFact::Confirmed { at } => {
                self.confirmed_at = Some(*at);
                self.last_event = Some(self.event_id(EventKind::PaymentConfirmed, None));
            }
            InvoiceFact::Expired { at } => self.expired_at = Some(*at),
            InvoiceFact::Cancelled { .. } => self.ending = Some(Ending::Cancelled),
            InvoiceFact::MarkedPaid { .. } => self.ending = Some(Ending::MarkedPaid),
            InvoiceFact::Closed { .. } => self.ending = Some(Ending::Closed),
            InvoiceFact::Told { event, payment, .. } => {
                self.told.push((*event, *payment));
                self.last_event = Some(self.event_id(*event, *payment));
            }
        }
    }

    /// The id of an event of this invoice, about one of its payments or about itself.
    pub fn event_id(&self, event: EventKind, payment: Option<PaymentId>) -> EventId {
        let invoice = self.terms.invoice;
        payment
            .map_or_else(|| event.id_for(invoice), |payment| event.id_for_payment(invoice, payment))
    }

    /// The payment of that identity, if it was ever seen.
    pub fn payment(&self, id: PaymentId) -> Option<&Payment> {
        self.payments.iter().find(|payment| payment.id == id)
    }

    fn change(&mut self, id: PaymentId, change: impl FnOnce(&mut Payment)) {
        if let Some(payment) = self.payments.iter_mut().find(|payment| payment.id == id) {
            change(payment);
        }
    }

    fn payment_at(&mut self, id: PaymentId, amount: Money, at: Timestamp) -> &mut Payment {
        let known = self.payments.iter().position(|payment| payment.id == id);
        let place = known.unwrap_or(self.payments.len());
        if known.is_none() {
            self.payments.push(Payment::first_seen(id, amount, at));
        }
        &mut self.payments[place]
    }

    /// The last moment a payment may first be seen, and still be in time.
    pub fn in_time_until(&self) -> Timestamp {
        self.terms.expires_at.plus(GRACE)
    }

    /// The last moment an in-time payment may enter a block.
    pub fn mined_until(&self) -> Timestamp {
        self.terms.expires_at.plus(MINING_TIME)
    }

    /// Whether a payment is *in time*: not gone, of a time within the grace, and in a block, or
    /// still able to be, by 24 h after expiry.
    pub fn is_in_time(&self, payment: &Payment) -> bool {
        let by_then = match payment.place {
            Place::Block(_) => payment.mined_at.is_some_and(|at| at <= self.mined_until()),
            Place::Mempool { since } => !self.mining_time_over && since <= self.mined_until(),
            Place::Gone => false,
        };
        by_then && payment.time <= self.in_time_until()
    }

    /// Whether a payment came before the invoice expired. By its own time and not by how far the
    /// chain is scanned: after an outage late money is read before the time is known to be over.
    pub fn is_on_time(&self, payment: &Payment) -> bool {
        payment.is_present() && payment.time <= self.terms.expires_at
    }

    /// The instant through which the chain must be scanned before anything about this invoice can
    /// change by time alone; none when nothing can.
    pub fn due_at(&self) -> Option<Timestamp> {
        if self.confirmed_at.is_some() || self.ending.is_some() {
            None
        } else if !self.time_over {
            Some(self.terms.expires_at)
        } else {
            let waits = |payment: &Payment| {
                matches!(payment.place, Place::Mempool { .. }) && self.is_in_time(payment)
            };
            self.payments.iter().any(waits).then(|| self.mined_until())
        }
    }
}
