//! Invoice: the only writer of one live invoice. Told by `http` (open, cancel), by the watcher
//! (seen, mined, deep, gone) and by time. Decides nothing itself: `domain::invoice` does.

use crate::gateway::{Reservation, Unwilling};
use crate::house::House;
use crate::live::{Aggregate, Live};
use crate::registry::{LiveActor, say_left};
use actix::prelude::*;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{self, Command, Invoice, Opened};
use cryptopayment_domain::webhook::EventSet;
use cryptopayment_storage::{Row, Seq, Ticket, ViewError, Views};

/// Opens the invoice. Answered when it is durable.
#[derive(Debug)]
pub struct Open {
    /// On these terms.
    pub terms: Opened,
    /// Which events the merchant is told of.
    pub events: EventSet,
    /// The merchant's idempotency record, to be committed with it.
    pub answered: Option<Fact>,
    /// The request's idempotency key: given back when the record is durable, also where whoever
    /// asked has gone meanwhile. A key that was free before could have two effects.
    pub reservation: Option<Reservation>,
}

impl Message for Open {
    type Result = Result<Invoice, Unwilling>;
}

/// Tells it something that nobody waits for to be durable (the watcher's way). Answered when the
/// facts are appended.
#[derive(Debug)]
pub struct Tell(pub Command);

impl Message for Tell {
    type Result = Result<Appended, Unwilling>;
}

/// Asks it to do something. Answered when it is durable.
#[derive(Debug)]
pub struct Ask(pub Command);

impl Message for Ask {
    type Result = Result<Invoice, Unwilling>;
}

/// Asks for the live state, durable or not.
#[derive(Clone, Copy, Debug)]
pub struct Inspect;

impl Message for Inspect {
    type Result = Option<Invoice>;
}

/// What became of a [`Tell`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// The newest fact the invoice knows of.
    pub last_seq: Seq,
}

/// The live copy of one invoice.
pub struct InvoiceActor {
    house: House,
    live: Live<Invoice>,
}

impl Aggregate for Invoice {
    type Id = InvoiceId;
    const KIND: &'static str = "invoice";

    fn row(views: &Views, id: InvoiceId) -> Result<Option<Row<Invoice>>, ViewError> {
        views.invoice(id)
    }
}

impl LiveActor for InvoiceActor {
    type Id = InvoiceId;
    const KIND: &'static str = "invoice";

    fn load(house: &House, id: InvoiceId) -> Result<Self, Unwilling> {
        Ok(InvoiceActor { house: house.clone(), live: Live::load(house.store.clone(), id)? })
    }
}

impl Actor for InvoiceActor {
    type Context = Context<Self>;

    fn stopped(&mut self, _: &mut Self::Context) {
        say_left::<Self>(&self.house, self.live.id(), self.live.last_seq());
    }
}

impl InvoiceActor {
    fn act(
        &mut self,
        handler: &'static str,
        command: &Command,
    ) -> Result<Option<Ticket>, Unwilling> {
        let house = self.house.clone();
        self.live.guarded(handler, |live| {
            let invoice = live.existing()?;
            let merchant = house.views().merchant(invoice.terms.merchant);
            let merchant = merchant.map_err(crate::read_failed)?;
            let events = merchant.map_or(EventSet::SEED, |row| row.value.events);
            let decision = (house.rules)(invoice, command, events, house.time.now())?;
            if decision.facts.is_empty() {
                return Ok(None);
            }
            let ticket = live.commit(decision.facts.clone(), decision.invoice);
            house.post.hand_over(&ticket, &decision.facts);
            Ok(Some(ticket))
        })
    }
}

impl Handler<Open> for InvoiceActor {
    type Result = ResponseFuture<Result<Invoice, Unwilling>>;

    fn handle(&mut self, open: Open, _: &mut Self::Context) -> Self::Result {
        let Open { terms, events, answered, reservation } = open;
        let opened = self.live.guarded("open", |live| {
            if live.state().is_some() {
                // Ids are random: a second opening can only be a mistake of ours.
                return Err(Unwilling::Crashed);
            }
            let mut decision = invoice::open(terms, events);
            decision.facts.extend(answered);
            Ok((live.commit(decision.facts, decision.invoice.clone()), decision.invoice))
        });
        Box::pin(async move {
            let (ticket, invoice) = opened?;
            ticket.durable().await;
            drop(reservation);
            Ok(invoice)
        })
    }
}

impl Handler<Tell> for InvoiceActor {
    type Result = Result<Appended, Unwilling>;

    fn handle(&mut self, Tell(command): Tell, _: &mut Self::Context) -> Self::Result {
        self.act("tell", &command)?;
        Ok(Appended { last_seq: self.live.last_seq() })
    }
}

impl Handler<Ask> for InvoiceActor {
    type Result = ResponseFuture<Result<Invoice, Unwilling>>;

    fn handle(&mut self, Ask(command): Ask, _: &mut Self::Context) -> Self::Result {
        let acted = self.act("ask", &command);
        let invoice = self.live.existing().cloned();
        Box::pin(async {
            if let Some(ticket) = acted? {
                ticket.durable().await;
            }
            invoice
        })
    }
}

impl Handler<Inspect> for InvoiceActor {
    type Result = MessageResult<Inspect>;

    fn handle(&mut self, Inspect: Inspect, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.live.state().cloned())
    }
}
