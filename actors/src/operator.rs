//! Operator: the only writer of the operator's facts: admins, payments set aside for a human.

use crate::house::House;
use actix::prelude::*;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::operator::{OperatorFact, SetAside};
use cryptopayment_domain::payment::{PaymentId, Tip};
use cryptopayment_storage::Seq;

/// Writes an admin's registration. Answered when it is durable.
#[derive(Debug, Message)]
#[rtype(result = "()")]
pub struct RegisterAdmin(pub OperatorFact);

/// A payment could not be handled twice over: it is set aside for a human. Answered when appended,
/// with its place in the journal.
#[derive(Debug, Message)]
#[rtype(result = "Seq")]
pub struct SetPaymentAside(pub SetAside);

/// The chain grew: payments set aside on it may be final and go to suspense.
#[derive(Clone, Copy, Debug, Message)]
#[rtype(result = "()")]
pub struct BookSuspense {
    /// Which payment.
    pub payment: PaymentId,
    /// How far its chain has been scanned.
    pub tip: Tip,
    /// Confirmations asked of it.
    pub required: u32,
}

/// One per process.
pub struct Operator {
    house: House,
}

impl Operator {
    /// The operator's hand.
    pub const fn new(house: House) -> Operator {
        Operator { house }
    }
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
            payment = %set_aside.payment, invoice = %set_aside.invoice, reason = set_aside.reason,
            "a payment was set aside: it waits for a human, the watcher goes on"
        );
        metrics::counter!("payments_set_aside_total").increment(1);
        let fact = Fact::Operator(OperatorFact::PaymentSetAside(Box::new(set_aside)));
        MessageResult(self.house.store.append(vec![fact]).last)
    }
}
