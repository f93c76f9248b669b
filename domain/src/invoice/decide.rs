//! What a command makes of an invoice: facts of its own, and what they cause for the ledger and
//! for webhooks, all in one commit.

use super::command::{Command, Observation};
use super::fact::{InvoiceFact, Opened};
use super::payment::{Payment, Place};
use super::refusal::Refusal;
use super::state::{Ending, Invoice};
use super::status::{Status, standing};
use super::telling;
use crate::fact::Fact;
use crate::id::EventId;
use crate::ledger::{CreditKey, LedgerFact};
use crate::money::Money;
use crate::payment::{BlockRef, Hash32, PaymentId, Tip};
use crate::time::Timestamp;
use crate::webhook::{self, DeliveryFact, EventKind, EventSet, Telling};

/// The outcome of a command: the facts of one commit, and the invoice after them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// To be appended as they are; empty when nothing has changed.
    pub facts: Vec<Fact>,
    /// The invoice with its facts applied.
    pub invoice: Invoice,
}

/// The first commit of an invoice, whose merchant wants to be told of `events`.
pub fn open(terms: Opened, events: EventSet) -> Decision {
    let (id, at) = (terms.invoice, terms.at);
    let facts = vec![Fact::Invoice(id, InvoiceFact::Opened(Box::new(terms.clone())))];
    let mut commit = Commit { facts, invoice: Invoice::opened(terms), events, at, tip: None };
    commit.tell_chosen(EventKind::InvoiceCreated, None);
    Decision { facts: commit.facts, invoice: commit.invoice }
}

/// What `command` makes of `invoice` at the instant `at`, whose merchant wants to be told of
/// `events`.
///
/// # Errors
/// A [`Refusal`] of a human's command; observations are never refused.
pub fn decide(
    invoice: &Invoice,
    command: &Command,
    events: EventSet,
    at: Timestamp,
) -> Result<Decision, Refusal> {
    let mut commit = Commit { facts: Vec::new(), invoice: invoice.clone(), events, at, tip: None };
    match command {
        Command::Observe { payment, observation, tip } => {
            commit.tip = Some(*tip);
            commit.observe(*payment, *observation);
            commit.credit_deep(tip, |deep| deep.id == *payment);
        }
        Command::Deepen { tip } => {
            commit.tip = Some(*tip);
            commit.credit_deep(tip, |_| true);
        }
        Command::ScannedThrough { instant } => commit.run_out(*instant),
        Command::Cancel => commit.cancel()?,
        Command::MarkPaid { credit, reason, tip } => {
            commit.tip = *tip;
            commit.mark_paid(*credit, reason)?;
        }
        Command::Close { reason } => commit.close(reason)?,
    }
    commit.follow_status(invoice);
    Ok(Decision { facts: commit.facts, invoice: commit.invoice })
}

/// A commit in the making: every fact is applied to the copy as it is added.
struct Commit {
    facts: Vec<Fact>,
    invoice: Invoice,
    events: EventSet,
    at: Timestamp,
    tip: Option<Tip>,
}

impl Commit {
    fn happened(&mut self, fact: InvoiceFact) {
        self.invoice.apply(&fact);
        self.facts.push(Fact::Invoice(self.invoice.terms.invoice, fact));
    }

    fn for_ledger(&mut self, fact: LedgerFact) {
        self.facts.push(Fact::Ledger(self.invoice.terms.merchant, fact));
    }

    fn observe(&mut self, payment: PaymentId, observation: Observation) {
        let at = self.at;
        let place = self.invoice.payment(payment).map(|payment| payment.place);
        match (observation, place) {
            (Observation::Seen { amount }, None | Some(Place::Gone))
                if self.pays(payment, amount) =>
            {
                self.happened(InvoiceFact::PaymentSeen { payment, amount, at });
            }
            (Observation::Mined { amount, block }, place) if self.pays(payment, amount) => {
                self.mined(payment, amount, block, place);
            }
            (Observation::Unmined { block }, Some(Place::Block(in_block)))
                if in_block.hash == block =>
            {
                self.unmined(payment, block);
            }
            (Observation::Vanished, Some(Place::Mempool { .. })) => {
                self.happened(InvoiceFact::PaymentVanished { payment, at });
            }
            // Seen twice is once; what pays nothing is nothing; what has moved on is not moved back.
            (
                Observation::Seen { .. }
                | Observation::Mined { .. }
                | Observation::Unmined { .. }
                | Observation::Vanished,
                _,
            ) => {}
        }
    }

    /// Whether this is a payment at all: of more than nothing, and in the invoice's one coin.
    fn pays(&self, payment: PaymentId, amount: Money) -> bool {
        let network = self.invoice.terms.network;
        !amount.is_zero() && amount.network() == network && payment.network == network
    }

    fn mined(&mut self, payment: PaymentId, amount: Money, block: BlockRef, place: Option<Place>) {
        match place {
            Some(Place::Block(before)) if before.hash == block.hash => return,
            // The chain's word for it: it is there now, so it is not where it was.
            Some(Place::Block(before)) => self.unmined(payment, before.hash),
            Some(Place::Mempool { .. } | Place::Gone) | None => {}
        }
        self.happened(InvoiceFact::PaymentMined { payment, amount, block, at: self.at });
    }

    fn unmined(&mut self, payment: PaymentId, block: Hash32) {
        let at = self.at;
        let Some(known) = self.invoice.payment(payment) else { return };
        if !known.credited {
            return self.happened(InvoiceFact::PaymentUnmined { payment, block, at });
        }
        let (round, amount) = (known.round, known.amount);
        self.happened(InvoiceFact::PaymentReverted { payment, round, block, at });
        let key = CreditKey { payment, round };
        let invoice = self.invoice.terms.invoice;
        self.for_ledger(LedgerFact::ReversalOwed { key, invoice, amount, at });
    }

    /// Every payment is credited when it itself is deep, whatever its invoice's status.
    fn credit_deep(&mut self, tip: &Tip, is_vouched_for: impl Fn(&Payment) -> bool) {
        let (network, required) =
            (self.invoice.terms.network, self.invoice.terms.confirmations_required);
        let deep = |block: BlockRef| tip.is_deep(network, block.height, required);
        let credits: Vec<_> = self
            .invoice
            .payments
            .iter()
            .filter(|payment| is_vouched_for(payment))
            .filter(|payment| !payment.credited && payment.block().is_some_and(deep))
            .map(|payment| {
                (CreditKey { payment: payment.id, round: payment.round }, payment.amount)
            })
            .collect();
        for (key, amount) in credits {
            let (payment, round, at) = (key.payment, key.round, self.at);
            let invoice = self.invoice.terms.invoice;
            self.happened(InvoiceFact::PaymentConfirmed { payment, round, at });
            self.for_ledger(LedgerFact::Credited { key, invoice, amount, at });
        }
    }

    fn run_out(&mut self, scanned_through: Timestamp) {
        let due = |invoice: &Invoice| invoice.due_at().is_some_and(|at| at <= scanned_through);
        if due(&self.invoice) && !self.invoice.time_over {
            self.happened(InvoiceFact::TimeRanOut { scanned_through });
        }
        if due(&self.invoice) && self.invoice.time_over {
            self.happened(InvoiceFact::MiningTimeRanOut { scanned_through });
        }
    }

    fn cancel(&mut self) -> Result<(), Refusal> {
        let status = standing(&self.invoice).status;
        let received = self.invoice.payments.iter().any(|payment| payment.is_present());
        if status != Status::Pending || received {
            return Err(Refusal::NotCancellable(status));
        }
        self.happened(InvoiceFact::Cancelled { at: self.at });
        Ok(())
    }

    fn mark_paid(&mut self, credit: Money, reason: &str) -> Result<(), Refusal> {
        if standing(&self.invoice).status == Status::Confirmed {
            return Err(Refusal::AlreadyConfirmed);
        }
        if credit.network() != self.invoice.terms.network {
            return Err(Refusal::OtherCoin);
        }
        let (at, reason) = (self.at, reason.to_owned());
        self.happened(InvoiceFact::MarkedPaid { credit, reason, at });
        if !credit.is_zero() {
            let invoice = self.invoice.terms.invoice;
            self.for_ledger(LedgerFact::CapitalGranted { invoice, amount: credit, at });
        }
        Ok(())
    }

    fn close(&mut self, reason: &str) -> Result<(), Refusal> {
        let status = standing(&self.invoice).status;
        match status {
            Status::Pending | Status::Confirming => {
                let reason = reason.to_owned();
                self.happened(InvoiceFact::Closed { reason, at: self.at });
                Ok(())
            }
            Status::Confirmed | Status::Expired => Err(Refusal::NotClosable(status)),
        }
    }

    /// Records each status entered for the first time, and queues what the merchant is told: each
    /// once, in the order in which it would be told aloud.
    fn follow_status(&mut self, before: &Invoice) {
        let at = self.at;
        for payment in telling::reverted(before, &self.facts) {
            self.tell_chosen(EventKind::PaymentReverted, Some(payment));
        }
        let status = standing(&self.invoice).status;
        // A human's hand needs no sighting; the seed's `payment_detected` is about the chain.
        let by_hand = matches!(self.invoice.ending, Some(Ending::MarkedPaid));
        let entered = matches!(status, Status::Confirming | Status::Confirmed) && !by_hand;
        if entered && self.invoice.detected_at.is_none() {
            let after = self.invoice.last_event;
            self.happened(InvoiceFact::Detected { at });
            self.tell(EventKind::PaymentDetected, None, Status::Confirming, after);
        }
        if status == Status::Confirmed && self.invoice.confirmed_at.is_none() {
            let after = self.invoice.last_event;
            self.happened(InvoiceFact::Confirmed { at });
            self.tell(EventKind::PaymentConfirmed, None, Status::Confirmed, after);
        }
        for payment in telling::partial(before, &self.invoice) {
            self.tell_chosen(EventKind::PaymentPartial, Some(payment));
        }
        if status == Status::Expired && self.invoice.expired_at.is_none() {
            self.happened(InvoiceFact::Expired { at });
            self.tell_chosen(EventKind::InvoiceExpired, None);
        }
        for payment in telling::late(before, &self.invoice) {
            self.tell_chosen(EventKind::PaymentLate, Some(payment));
        }
    }

    /// Tells what the merchant has chosen to be told, if it has not been told already.
    fn tell_chosen(&mut self, event: EventKind, payment: Option<PaymentId>) {
        if !self.events.contains(event) || self.invoice.was_told(event, payment) {
            return;
        }
        let (after, at) = (self.invoice.last_event, self.at);
        self.happened(InvoiceFact::Told { event, payment, at });
        let status = standing(&self.invoice).status;
        self.tell(event, payment, status, after);
    }

    fn tell(
        &mut self,
        kind: EventKind,
        payment: Option<PaymentId>,
        status: Status,
        after: Option<EventId>,
    ) {
        let telling = Telling { kind, payment, status, tip: self.tip.as_ref(), after, at: self.at };
        let queued = webhook::queue(&self.invoice, &telling);
        self.facts.push(Fact::Delivery(queued.event, DeliveryFact::Queued(Box::new(queued))));
    }
}
