//! Ledger: the only writer of one merchant's balances, but for credits and obligations, which the
//! invoice writes because they only add. Told of those; settles what it owes. The only writer of
//! the merchant's withdrawals until they are handed over.

mod withdrawing;

pub use withdrawing::{Decide, Request};

use crate::gateway::Unwilling;
use crate::house::House;
use crate::live::{Aggregate, Live};
use crate::registry::{LiveActor, say_left};
use actix::prelude::*;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::ledger::{Ledger, LedgerFact};
use cryptopayment_storage::{Row, Seq, ViewError, Views};

/// A fact of this ledger that an invoice has written.
#[derive(Clone, Debug)]
pub struct Told {
    /// Its place in the journal.
    pub seq: Seq,
    /// The fact.
    pub fact: LedgerFact,
}

impl Message for Told {
    type Result = Result<(), Unwilling>;
}

/// Settles every open obligation. Said at start, for those that were not told before a crash.
#[derive(Clone, Copy, Debug)]
pub struct Settle;

impl Message for Settle {
    type Result = Result<(), Unwilling>;
}

/// Asks for the live state, durable or not.
#[derive(Clone, Copy, Debug)]
pub struct Inspect;

impl Message for Inspect {
    type Result = Option<Ledger>;
}

/// The live copy of one merchant's ledger.
pub struct LedgerActor {
    house: House,
    live: Live<Ledger>,
    undurable: withdrawing::Undurable,
}

impl Aggregate for Ledger {
    type Id = MerchantId;
    const KIND: &'static str = "ledger";

    fn row(views: &Views, id: MerchantId) -> Result<Option<Row<Ledger>>, ViewError> {
        views.ledger(id).map(Some)
    }
}

impl LiveActor for LedgerActor {
    type Id = MerchantId;
    const KIND: &'static str = "ledger";

    fn load(house: &House, id: MerchantId) -> Result<Self, Unwilling> {
        let live = Live::load(house.store.clone(), id)?;
        Ok(LedgerActor { house: house.clone(), live, undurable: Default::default() })
    }
}

impl Actor for LedgerActor {
    type Context = Context<Self>;

    fn started(&mut self, ctx: &mut Self::Context) {
        ctx.set_mailbox_capacity(crate::MAILBOX_CAPACITY);
    }

    fn stopped(&mut self, _: &mut Self::Context) {
        say_left::<Self>(&self.house, self.live.id(), self.live.last_seq());
    }
}

impl LedgerActor {
    fn settle(&mut self) -> Result<(), Unwilling> {
        let now = self.house.time.now();
        self.live.guarded("settle", |live| {
            let Some(ledger) = live.state() else { return Ok(()) };
            let facts = ledger.settle(now);
            if facts.is_empty() {
                return Ok(());
            }
            let mut next = ledger.clone();
            facts.iter().for_each(|fact| next.apply(fact));
            let merchant = live.id();
            for fact in &facts {
                alarm(merchant, fact);
            }
            let facts = facts.into_iter().map(|fact| Fact::Ledger(merchant, fact)).collect();
            // Nobody waits for it and nothing leaves.
            drop(live.commit(facts, next));
            Ok(())
        })
    }
}

/// A reversal is money that was told and is gone: the operator hears of it at once.
fn alarm(merchant: MerchantId, fact: &LedgerFact) {
    match fact {
        LedgerFact::Reversed { key, invoice, amount, .. } => {
            metrics::counter!("ledger_reversals_total").increment(1);
            let (payment, coin) = (key.payment, amount.network().coin());
            tracing::error!(
                %merchant, %invoice, %payment, %amount, coin,
                "a credit was reversed: the payment left the chain"
            );
        }
        LedgerFact::WithdrawalsFrozen { network, .. } => {
            tracing::error!(%merchant, %network, "a balance is negative: withdrawals stand still");
        }
        LedgerFact::Credited { .. }
        | LedgerFact::ReversalOwed { .. }
        | LedgerFact::CapitalGranted { .. }
        | LedgerFact::Held { .. }
        | LedgerFact::Released { .. } => {}
    }
}

impl Handler<Told> for LedgerActor {
    type Result = Result<(), Unwilling>;

    fn handle(&mut self, Told { seq, fact }: Told, _: &mut Self::Context) -> Self::Result {
        self.live.guarded("told", |live| {
            live.take_foreign(seq, |ledger| ledger.get_or_insert_default().apply(&fact));
            Ok(())
        })?;
        self.settle()
    }
}

impl Handler<Settle> for LedgerActor {
    type Result = Result<(), Unwilling>;

    fn handle(&mut self, Settle: Settle, _: &mut Self::Context) -> Self::Result {
        self.settle()
    }
}

impl Handler<Inspect> for LedgerActor {
    type Result = MessageResult<Inspect>;

    fn handle(&mut self, Inspect: Inspect, _: &mut Self::Context) -> Self::Result {
        MessageResult(self.live.state().cloned())
    }
}
