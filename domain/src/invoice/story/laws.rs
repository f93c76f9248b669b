//! The laws: what must hold after every decision, whatever the invoice was told and in which order.

mod chosen;

use super::stage::Stage;
use crate::fact::Fact;
use crate::invoice::{Command, Ending, Invoice, InvoiceFact, Payment, Status, decide, standing};
use crate::ledger::{CreditKey, Entry, LedgerFact, entry_of};
use crate::time::{Span, Timestamp};
use crate::webhook::{DeliveryFact, EventKind};

/// Holds the commit that led from `before` to the stage's invoice against every law.
pub(super) fn hold(before: &Invoice, command: &Command, commit: &[Fact], stage: &Stage) {
    a_replay_is_the_state(stage);
    every_entry_balances(commit);
    credits_and_reversals_take_turns(stage);
    what_is_credited_is_in_the_books(stage);
    each_event_is_told_once_with_its_fact(commit, stage);
    chosen::hold(before, commit, stage);
    confirmed_is_for_good_and_means_credited(before, commit, stage);
    expired_means_short_in_time(stage);
    detected_means_money_in_time(commit, stage);
    told_twice_is_told_once(command, stage);
    time_is_asked_for_and_decided_once(stage);
}

fn own_facts(facts: &[Fact]) -> impl Iterator<Item = &InvoiceFact> {
    facts.iter().filter_map(|fact| if let Fact::Invoice(_, own) = fact { Some(own) } else { None })
}

fn a_replay_is_the_state(stage: &Stage) {
    assert_eq!(Invoice::replay(own_facts(&stage.facts)).as_ref(), Some(&stage.invoice));
}

fn every_entry_balances(commit: &[Fact]) {
    for fact in commit {
        let moves_money = matches!(
            fact,
            Fact::Ledger(_, LedgerFact::Credited { .. } | LedgerFact::CapitalGranted { .. })
        );
        let entry = entry_of(fact);
        assert_eq!(entry.is_some(), moves_money, "{fact:?}");
        if let Some(entry) = entry {
            assert_eq!(Entry::new(entry.postings().to_vec()), Ok(entry), "{fact:?}");
        }
    }
}

/// Within a round: one credit, then at most one reversal owed, then at most one reversal.
fn credits_and_reversals_take_turns(stage: &Stage) {
    let mut steps: Vec<(CreditKey, u8)> = Vec::new();
    for fact in &stage.facts {
        let Fact::Ledger(_, fact) = fact else { continue };
        let (key, step) = match fact {
            LedgerFact::Credited { key, .. } => (*key, 1),
            LedgerFact::ReversalOwed { key, .. } => (*key, 2),
            LedgerFact::Reversed { key, .. } => (*key, 3),
            LedgerFact::CapitalGranted { .. }
            | LedgerFact::WithdrawalsFrozen { .. }
            | LedgerFact::Held { .. }
            | LedgerFact::Released { .. } => continue,
        };
        let steps_before = steps.iter().filter(|(known, _)| *known == key).count();
        assert_eq!(steps_before + 1, usize::from(step), "out of turn: {fact:?}");
        let last_round = steps.iter().rfind(|(known, _)| known.payment == key.payment);
        let round_due = last_round.map_or(0, |(last, step)| last.round + u32::from(*step >= 2));
        assert!(step > 1 || key.round == round_due, "not its round: {fact:?}");
        steps.push((key, step));
    }
}

/// A payment is marked credited exactly while the books hold a credit of its amount, which is not
/// reversed or about to be; and no money is in the books that no payment or grant stands for.
fn what_is_credited_is_in_the_books(stage: &Stage) {
    let owed = |payment: &Payment| {
        let obligations = stage.ledger.obligations().iter();
        let of_payment = obligations.filter(|(key, _)| key.payment == payment.id);
        of_payment.map(|(_, owed)| owed.amount.units()).sum::<u128>()
    };
    for payment in &stage.invoice.payments {
        let due = if payment.credited { payment.amount.units() } else { 0 };
        let booked = i128::try_from(due + owed(payment)).unwrap();
        assert_eq!(stage.net_credit(payment.id), booked, "{payment:?}");
    }
    let network = stage.invoice.terms.network;
    let payments = stage.invoice.payments.iter().map(|payment| stage.net_credit(payment.id));
    let available = stage.ledger.balance(network).available;
    assert_eq!(available, payments.sum::<i128>() + granted(stage), "the balance has a source");
}

fn granted(stage: &Stage) -> i128 {
    let mut units = 0;
    for fact in &stage.facts {
        if let Fact::Ledger(_, LedgerFact::CapitalGranted { amount, .. }) = fact {
            units += i128::try_from(amount.units()).unwrap();
        }
    }
    units
}

fn each_event_is_told_once_with_its_fact(commit: &[Fact], stage: &Stage) {
    type Is = fn(&InvoiceFact) -> bool;
    let milestones: [(Is, Option<EventKind>); 3] = [
        (|fact| matches!(fact, InvoiceFact::Detected { .. }), Some(EventKind::PaymentDetected)),
        (|fact| matches!(fact, InvoiceFact::Confirmed { .. }), Some(EventKind::PaymentConfirmed)),
        (|fact| matches!(fact, InvoiceFact::Expired { .. }), None),
    ];
    for (is_it, kind) in milestones {
        assert!(own_facts(&stage.facts).filter(|fact| is_it(fact)).count() <= 1, "{kind:?} twice");
        let happened = own_facts(commit).any(is_it);
        let queued = commit.iter().filter(|fact| {
            let Fact::Delivery(id, DeliveryFact::Queued(queued)) = fact else { return false };
            assert_eq!(*id, queued.event);
            Some(queued.kind) == kind && *id == queued.kind.id_for(stage.invoice.terms.invoice)
        });
        assert_eq!(queued.count(), usize::from(happened && kind.is_some()), "{kind:?}");
    }
}

fn confirmed_is_for_good_and_means_credited(before: &Invoice, commit: &[Fact], stage: &Stage) {
    let now = &stage.invoice;
    let is_confirmed = standing(now).status == Status::Confirmed;
    assert!(standing(before).status != Status::Confirmed || is_confirmed, "confirmed no more");
    assert_eq!(now.confirmed_at.is_some(), is_confirmed);
    let happened = own_facts(commit).any(|fact| matches!(fact, InvoiceFact::Confirmed { .. }));
    if happened && now.ending != Some(Ending::MarkedPaid) {
        let credited = now.sum(|payment| payment.credited && now.is_in_time(payment));
        assert!(credited.units() >= now.enough().units(), "confirmed with {credited} credited");
    }
}

/// Only a human's hand can end an invoice whose money came in time.
fn expired_means_short_in_time(stage: &Stage) {
    let invoice = &stage.invoice;
    if standing(invoice).status == Status::Expired && invoice.ending.is_none() {
        let in_time = invoice.sum(|payment| invoice.is_in_time(payment));
        assert!(in_time.units() < invoice.enough().units(), "expired with {in_time} in time");
    }
}

/// Late money is never announced as if it still counted.
fn detected_means_money_in_time(commit: &[Fact], stage: &Stage) {
    if own_facts(commit).any(|fact| matches!(fact, InvoiceFact::Detected { .. })) {
        let (invoice, terms) = (&stage.invoice, &stage.invoice.terms);
        let in_time = invoice.sum(|payment| invoice.is_in_time(payment));
        let before_expiry = invoice.payments.iter().any(|payment| {
            payment.time <= terms.expires_at && payment.amount.units() > terms.dust.units()
        });
        let enough = in_time.units() >= invoice.enough().units();
        assert!(enough || before_expiry, "detected late money");
    }
}

fn told_twice_is_told_once(command: &Command, stage: &Stage) {
    match command {
        Command::Observe { .. } | Command::Deepen { .. } | Command::ScannedThrough { .. } => {
            let again = decide(&stage.invoice, command, stage.events, stage.clock).unwrap();
            assert_eq!(again.facts, [], "{command:?} told twice");
        }
        Command::Cancel | Command::Close { .. } | Command::MarkPaid { .. } => {}
    }
}

/// Before `due_at` nothing changes by time; at it something does, and at most twice in all.
fn time_is_asked_for_and_decided_once(stage: &Stage) {
    let scan = |invoice: &Invoice, instant: Timestamp| {
        decide(invoice, &Command::ScannedThrough { instant }, stage.events, stage.clock).unwrap()
    };
    let mut invoice = stage.invoice.clone();
    let is_over = invoice.confirmed_at.is_some() || invoice.ending.is_some();
    assert!(!is_over || invoice.due_at().is_none(), "it is over, and yet waits");
    for _ in 0..2 {
        let Some(due) = invoice.due_at() else { break };
        assert_eq!(scan(&invoice, due.minus(Span::from_ms(1))).facts, [], "before its time");
        let decided = scan(&invoice, due);
        assert!(!decided.facts.is_empty(), "asked for {due} and decided nothing");
        assert_eq!(scan(&decided.invoice, due).facts, [], "decided twice");
        invoice = decided.invoice;
    }
    assert_eq!(invoice.due_at(), None, "it would wait for ever");
    let for_ever = stage.clock.plus(Span::from_hours(1_000_000));
    assert_eq!(scan(&invoice, for_ever).facts, [], "it waits for nothing, and yet changed");
}
