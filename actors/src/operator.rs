//! Operator: the only writer of the operator's facts: admins, payments set aside for a human, where
//! the money of those lies, and the freeze of all withdrawals.

use crate::gateway::Unwilling;
use crate::house::House;
use crate::panics::survive;
use actix::prelude::*;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::ledger::CreditKey;
use cryptopayment_domain::operator::{Freeze, OperatorFact, SetAside, freeze};
use cryptopayment_domain::payment::{PaymentId, Tip};
use cryptopayment_storage::{PaymentSetAside, Seq, Ticket, ViewError, Views};
use std::collections::HashSet;

/// Writes an admin's registration. Answered when it is durable.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct RegisterAdmin(pub OperatorFact);

/// A payment could not be handled twice over: it is set aside for a human. Said again when it is
/// found in another block. Answered when appended, with its place in the journal.
#[derive(Debug, Message)]
#[rtype(result = "Seq")]
pub struct SetPaymentAside(pub SetAside);

/// The block of a payment set aside may be final: then its money goes to suspense. Said by the
/// watcher, when everything it told before is durable and that block is in the chain.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "Result<Booking, Unwilling>")]
pub struct BookSuspense {
    /// Which payment.
    pub payment: PaymentId,
    /// How far its chain has been scanned.
    pub tip: Tip,
    /// Confirmations asked of it.
    pub required: u32,
}

/// What became of a [`BookSuspense`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Booking {
    /// It is appended, at this place in the journal.
    Booked(Seq),
    /// It was booked before: never twice.
    BookedBefore,
    /// A merchant has been credited with it and nothing has reversed that: never both.
    Credited,
    /// It is not final, or not set aside at all.
    NotFinal,
}

/// Holds the withdrawals of all merchants, or lets them go on. Answered when it is durable.
#[derive(Clone, Debug, Message)]
#[rtype(result = "Result<(), Unwilling>")]
pub enum MoveFreeze {
    /// Hold them, for this reason.
    Freeze(String),
    /// Let them go on, for this reason.
    Lift(String),
}

/// One per process.
pub struct Operator {
    house: House,
    /// The freeze as it was left by the last move since the start: the views show it only when it
    /// is durable.
    moved: Option<Option<Freeze>>,
    /// Booked since the start: the views show it only when it is durable.
    booked: HashSet<PaymentId>,
}

impl Operator {
    /// The operator's hand.
    pub fn new(house: House) -> Operator {
        Operator { house, moved: None, booked: HashSet::new() }
    }

    fn move_freeze(&mut self, ask: &MoveFreeze) -> Result<Ticket, Unwilling> {
        let now = match &self.moved {
            Some(moved) => moved.clone(),
            None => self.house.views().withdrawals_frozen().map_err(crate::read_failed)?,
        };
        let at = self.house.time.now();
        let fact = match ask {
            MoveFreeze::Freeze(reason) => freeze::freeze(now.as_ref(), reason, at)?,
            MoveFreeze::Lift(reason) => freeze::lift(now.as_ref(), reason, at)?,
        };
        let next = freeze::after(now, &fact);
        tracing::warn!(frozen = next.is_some(), ?ask, "the freeze of all withdrawals was moved");
        let ticket = self.house.store.append(vec![Fact::Operator(fact)]);
        self.moved = Some(next);
        Ok(ticket)
    }

    fn book(&mut self, ask: &BookSuspense) -> Result<Booking, ViewError> {
        let BookSuspense { payment, tip, required } = *ask;
        let views = self.house.views();
        let Some(PaymentSetAside { aside, booked }) = set_aside(&views, payment)? else {
            return Ok(Booking::NotFinal);
        };
        if booked || self.booked.contains(&payment) {
            return Ok(Booking::BookedBefore);
        }
        let deep = |height| tip.is_deep(payment.network, height, required);
        if !aside.block.is_some_and(|block| deep(block.height)) {
            return Ok(Booking::NotFinal);
        }
        if is_credited(&views, payment)? {
            return Ok(Booking::Credited);
        }
        let (amount, at) = (aside.amount, self.house.time.now());
        tracing::error!(%payment, invoice = ?aside.invoice, %amount, "booked to suspense");
        metrics::counter!("payments_booked_to_suspense_total").increment(1);
        let fact = Fact::Operator(OperatorFact::SuspenseBooked { payment, amount, at });
        let ticket = self.house.store.append(vec![fact]);
        self.booked.insert(payment);
        Ok(Booking::Booked(ticket.last))
    }
}

fn set_aside(views: &Views, payment: PaymentId) -> Result<Option<PaymentSetAside>, ViewError> {
    let all = views.payments_set_aside()?;
    Ok(all.into_iter().find(|one| one.aside.payment == payment))
}

/// Whether a credit of this payment stands, in whatever round. A round begins only when the one
/// before was credited.
fn is_credited(views: &Views, payment: PaymentId) -> Result<bool, ViewError> {
    for round in 0.. {
        match views.credit(CreditKey { payment, round })? {
            Some(credit) if credit.reversed.is_none() => return Ok(true),
            Some(_) => {}
            None => break,
        }
    }
    Ok(false)
}

impl Actor for Operator {
    type Context = Context<Self>;
}

impl Handler<RegisterAdmin> for Operator {
    type Result = ResponseFuture<()>;

    fn handle(
        &mut self,
        RegisterAdmin(fact): RegisterAdmin,
        _: &mut Self::Context,
    ) -> Self::Result {
        let ticket = self.house.store.append(vec![Fact::Operator(fact)]);
        Box::pin(ticket.durable())
    }
}

impl Handler<SetPaymentAside> for Operator {
    type Result = MessageResult<SetPaymentAside>;

    fn handle(
        &mut self,
        SetPaymentAside(set_aside): SetPaymentAside,
        _: &mut Self::Context,
    ) -> Self::Result {
        tracing::error!(
            payment = %set_aside.payment, invoice = ?set_aside.invoice, reason = set_aside.reason,
            "a payment was set aside: it waits for a human, the watcher goes on"
        );
        metrics::counter!("payments_set_aside_total").increment(1);
        let fact = Fact::Operator(OperatorFact::PaymentSetAside(Box::new(set_aside)));
        MessageResult(self.house.store.append(vec![fact]).last)
    }
}

impl Handler<BookSuspense> for Operator {
    type Result = Result<Booking, Unwilling>;

    fn handle(&mut self, ask: BookSuspense, _: &mut Self::Context) -> Self::Result {
        let booked = survive("operator", "book", || self.book(&ask));
        booked.ok_or(Unwilling::Crashed)?.map_err(crate::read_failed)
    }
}

impl Handler<MoveFreeze> for Operator {
    type Result = ResponseFuture<Result<(), Unwilling>>;

    fn handle(&mut self, ask: MoveFreeze, _: &mut Self::Context) -> Self::Result {
        let moved = survive("operator", "move_freeze", || self.move_freeze(&ask));
        Box::pin(async move {
            moved.ok_or(Unwilling::Crashed)??.durable().await;
            Ok(())
        })
    }
}
