//! The ledger's part in withdrawals, until they are handed over: requests hold, decisions release.

use super::LedgerActor;
use crate::asks::{RenderWithdrawal, RenderedAnswer};
use crate::gateway::{Reservation, Unwilling};
use crate::house::House;
use crate::live::Live;
use actix::prelude::*;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::id::WithdrawalId;
use cryptopayment_domain::ledger::Ledger;
use cryptopayment_domain::merchant::Merchant;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::rate::Rate;
use cryptopayment_domain::withdrawal::{self, Ask, Command, Decision, Rules, Withdrawal};
use cryptopayment_storage::{Seq, Ticket, Views};
use std::collections::HashMap;

/// Live copies below which nothing is tidied up.
const TIDY_AT: usize = 64;

/// Asks for a withdrawal. Answered when it is durable, its answer recorded with it.
pub struct Request {
    /// The id it will have.
    pub withdrawal: WithdrawalId,
    /// What leaves the balance, fee included.
    pub amount: Money,
    /// Where it goes, as the merchant typed it.
    pub address: String,
    /// What the coin is worth now; none where nobody knows.
    pub rate: Option<Rate>,
    /// The request's idempotency key: given back when the record is durable.
    pub reservation: Option<Reservation>,
    /// Makes the answer, to be recorded under that key in the same commit.
    pub render: RenderWithdrawal,
}

impl Message for Request {
    type Result = Result<RenderedAnswer, Unwilling>;
}

/// Somebody decides on a withdrawal. Answered when it is durable.
#[derive(Clone, Debug)]
pub struct Decide {
    /// Which.
    pub withdrawal: WithdrawalId,
    /// What is wanted of it.
    pub command: Command,
}

impl Message for Decide {
    type Result = Result<Withdrawal, Unwilling>;
}

/// The withdrawals whose newest fact the views may not show yet; any other is in its row. Bounded
/// by the commits in flight.
#[derive(Default)]
pub(super) struct Undurable {
    copies: HashMap<WithdrawalId, (Withdrawal, Seq)>,
}

impl Undurable {
    fn find(&self, views: &Views, id: WithdrawalId) -> Result<Withdrawal, Unwilling> {
        if let Some((withdrawal, _)) = self.copies.get(&id) {
            return Ok(withdrawal.clone());
        }
        let row = views.withdrawal(id).map_err(crate::read_failed)?;
        row.map(|row| row.value).ok_or(Unwilling::NotFound)
    }

    fn keep(&mut self, withdrawal: Withdrawal, seq: Seq, views: &Views) {
        if self.copies.len() >= TIDY_AT {
            let shown = views.seq();
            self.copies.retain(|_, (_, seq)| *seq > shown);
        }
        self.copies.insert(withdrawal.request.withdrawal, (withdrawal, seq));
    }
}

impl LedgerActor {
    /// Runs a handler; where it panics, everything appended is in the rows when this returns.
    fn deciding<R>(
        &mut self,
        handler: &'static str,
        run: impl FnOnce(&mut Live<Ledger>, &mut Undurable, &House) -> Result<R, Unwilling>,
    ) -> Result<R, Unwilling> {
        let (undurable, house) = (&mut self.undurable, &self.house);
        let outcome = self.live.guarded(handler, |live| run(live, undurable, house));
        if matches!(outcome, Err(Unwilling::Crashed)) {
            self.undurable = Undurable::default();
        }
        outcome
    }
}

/// Appends a decision and what belongs to it, and swaps in the copies.
fn commit(
    live: &mut Live<Ledger>,
    undurable: &mut Undurable,
    views: &Views,
    decision: Decision,
) -> Ticket {
    let Decision { facts, withdrawal } = decision;
    let mut next = live.state().cloned().unwrap_or_default();
    for fact in &facts {
        if let Fact::Ledger(_, fact) = fact {
            next.apply(fact);
        }
    }
    let ticket = live.commit(facts, next);
    undurable.keep(withdrawal, ticket.last, views);
    ticket
}

fn merchant(live: &Live<Ledger>, views: &Views) -> Result<Merchant, Unwilling> {
    let row = views.merchant(live.id()).map_err(crate::read_failed)?;
    row.map(|row| row.value).ok_or(Unwilling::NotFound)
}

/// Whether the operator has stopped all withdrawals.
fn is_frozen(views: &Views) -> Result<bool, Unwilling> {
    Ok(views.withdrawals_frozen().map_err(crate::read_failed)?.is_some())
}

impl Handler<Request> for LedgerActor {
    type Result = ResponseFuture<Result<RenderedAnswer, Unwilling>>;

    fn handle(&mut self, request: Request, _: &mut Self::Context) -> Self::Result {
        let Request { withdrawal, amount, address, rate, reservation, render } = request;
        let requested = self.deciding("request withdrawal", |live, undurable, house| {
            let (views, network) = (house.views(), amount.network());
            let owner = merchant(live, &views)?;
            let payees = &house.payees;
            let terms = payees.terms(network).ok_or_else(|| crate::payees::not_enabled(network))?;
            let destination = payees.destination(&views, &owner, network, &address)?;
            let rules = Rules {
                policy: payees.policy,
                terms,
                rate: rate.as_ref(),
                frozen_by_operator: is_frozen(&views)?,
                events: owner.events,
            };
            let ask = Ask { withdrawal, merchant: live.id(), amount, destination };
            let ledger = live.state().cloned().unwrap_or_default();
            let mut decision = withdrawal::request(ask, &ledger, &rules, house.time.now())?;
            let answer = (render)(&decision.withdrawal);
            if let Some(reservation) = &reservation {
                decision.facts.push(reservation.answered(house, live.id(), &answer)?);
            }
            Ok((commit(live, undurable, &views, decision), answer))
        });
        Box::pin(async move {
            let (ticket, answer) = requested?;
            ticket.durable().await;
            // Only now may the key be free: before, a repetition would hold twice.
            drop(reservation);
            Ok(answer)
        })
    }
}

impl Handler<Decide> for LedgerActor {
    type Result = ResponseFuture<Result<Withdrawal, Unwilling>>;

    fn handle(&mut self, decide: Decide, _: &mut Self::Context) -> Self::Result {
        let Decide { withdrawal, command } = decide;
        let decided = self.deciding("decide withdrawal", |live, undurable, house| {
            let views = house.views();
            let known = undurable.find(&views, withdrawal)?;
            if known.request.merchant != live.id() {
                return Err(Unwilling::NotFound);
            }
            let events = merchant(live, &views)?.events;
            let ledger = live.state().cloned().unwrap_or_default();
            let standstill = withdrawal::standstill(&ledger, is_frozen(&views)?);
            let decision =
                withdrawal::decide(&known, &command, standstill, events, house.time.now())?;
            let after = decision.withdrawal.clone();
            // Said twice is once; the first may not be durable yet, so an empty commit waits for it.
            let ticket = match decision.facts.is_empty() {
                true => house.store.append(Vec::new()),
                false => commit(live, undurable, &views, decision),
            };
            Ok((ticket, after))
        });
        Box::pin(async {
            let (ticket, withdrawal) = decided?;
            ticket.durable().await;
            Ok(withdrawal)
        })
    }
}
