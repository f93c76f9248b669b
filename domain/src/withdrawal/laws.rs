//! The rules of withdrawals as tables, and the laws that hold whatever happens in which order.

use super::*;
use crate::fact::Fact;
use crate::id::{InvoiceId, MerchantId, WithdrawalId};
use crate::ledger::{CreditKey, Ledger, LedgerFact, Requested as Lately};
use crate::money::Money;
use crate::network::Network;
use crate::payment::{Hash32, PaymentId};
use crate::rate::Rate;
use crate::time::{Span, Timestamp};
use crate::webhook::{DeliveryFact, EventKind, EventSet};
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

const AT: Timestamp = Timestamp::from_unix_s(1_705_312_800);
const MERCHANT: MerchantId = MerchantId(Uuid::from_u128(1));
const NETWORK: Network = Network::Trc20;

fn usdt(text: &str) -> Money {
    Money::parse(NETWORK, text).expect("an amount")
}

fn credit(number: u32, amount: Money) -> LedgerFact {
    let payment = PaymentId { network: amount.network(), txid: Hash32([7; 32]), index: number };
    let key = CreditKey { payment, round: 0 };
    LedgerFact::Credited { key, invoice: InvoiceId(Uuid::nil()), amount, at: AT }
}

fn reversal(number: u32, amount: Money) -> Vec<LedgerFact> {
    let payment = PaymentId { network: amount.network(), txid: Hash32([7; 32]), index: number };
    let (key, invoice) = (CreditKey { payment, round: 0 }, InvoiceId(Uuid::nil()));
    let owed = LedgerFact::ReversalOwed { key, invoice, amount, at: AT };
    let mut ledger = Ledger::default();
    ledger.apply(&owed);
    vec![owed, LedgerFact::Reversed { key, invoice, amount, at: AT }]
}

fn ledger_with(text: &str) -> Ledger {
    let mut ledger = Ledger::default();
    ledger.apply(&credit(0, usdt(text)));
    ledger
}

fn ask(amount: Money) -> Ask {
    let destination = Destination {
        address: "TAcN9gFvXZAxsWQQzWWbydBmscBHnEi5nZ".into(),
        bytes: vec![0x41; 21],
        ours: None,
        allowed: true,
    };
    let withdrawal = WithdrawalId(Uuid::from_u128(9));
    Ask { withdrawal, merchant: MERCHANT, amount, destination }
}

fn asked(ask: Ask, ledger: &Ledger, frozen: bool) -> Result<Decision, Refusal> {
    let rate = Rate::one_to_one(AT);
    let rules = Rules { frozen_by_operator: frozen, ..rules(Some(&rate)) };
    request(ask, ledger, &rules, AT)
}

fn rules(rate: Option<&Rate>) -> Rules<'_> {
    Rules {
        policy: WithdrawalPolicy::default(),
        terms: WithdrawalTerms::default_for(NETWORK),
        rate,
        frozen_by_operator: false,
        events: EventSet::default(),
    }
}

/// Each row breaks one rule more than the next: the first broken one is named.
#[test]
fn refusals_come_in_the_documented_order() {
    let (minimum, fee) = (usdt("5"), usdt("1"));
    let bad = |amount, ours, allowed| {
        let mut ask = ask(usdt(amount));
        ask.destination.ours = ours;
        ask.destination.allowed = allowed;
        ask
    };
    let mut owing = Ledger::default();
    owing.apply(&LedgerFact::WithdrawalsFrozen { network: Network::Ltc, at: AT });
    let zero = Some(Ours::Zero);
    let poor = |amount| Refusal::InsufficientBalance { available: "0".into(), amount };
    let none = Ledger::default();
    let rows = [
        (bad("4.999999", zero, false), &owing, true, Refusal::BelowMinimum { minimum, fee }),
        (bad("5", zero, false), &owing, true, Refusal::OwnAddress(Ours::Zero)),
        (bad("5", None, false), &owing, true, Refusal::FrozenByOperator),
        (bad("5", None, false), &owing, false, Refusal::Frozen(Network::Ltc)),
        (bad("5", None, false), &none, false, Refusal::AddressNotAllowed),
        (bad("5", None, true), &none, false, poor(usdt("5"))),
    ];
    for (ask, ledger, frozen, refusal) in rows {
        assert_eq!(asked(ask, ledger, frozen), Err(refusal));
    }
}

#[test]
fn what_is_asked_for_is_held_whole_and_the_fee_is_inside() {
    let ledger = ledger_with("100");
    // amount asked for, what arrives; the minimum is inclusive, the whole balance may go
    let rows = [("5", Some("4.00")), ("100", Some("99.00")), ("100.000001", None)];
    for (amount, net) in rows {
        let decided = asked(ask(usdt(amount)), &ledger, false);
        let arrives = decided.as_ref().ok().map(|one| one.withdrawal.request.net().to_string());
        assert_eq!(arrives.as_deref(), net, "{amount}");
        if let Ok(Decision { facts, .. }) = decided {
            let held = LedgerFact::Held {
                withdrawal: WithdrawalId(Uuid::from_u128(9)),
                amount: usdt(amount),
                usd_value: Rate::one_to_one(AT).value(usdt(amount), crate::rate::Rounding::Up).ok(),
                at: AT,
            };
            assert_eq!(facts[1], Fact::Ledger(MERCHANT, held));
            assert_eq!(facts.len(), 2, "its own fact and the ledger's, in one commit");
        }
    }
    // A minimum below the fee lets nothing through that would not arrive.
    let terms = WithdrawalTerms { minimum: usdt("0"), fee: usdt("1") };
    let refused = request(ask(usdt("1")), &ledger, &Rules { terms, ..rules(None) }, AT);
    assert!(matches!(refused, Err(Refusal::BelowMinimum { .. })));
}

#[test]
fn a_human_decides_above_five_hundred_dollars_and_where_there_is_no_price() {
    let one_to_one = Rate::one_to_one(AT);
    let worthless = Rate { usd_per_coin: 0.into(), ..one_to_one.clone() };
    let (alone, rolling) = (
        WithdrawalPolicy::default(),
        WithdrawalPolicy { review_rolling_24h: true, ..WithdrawalPolicy::default() },
    );
    let priced = Some(&one_to_one);
    let rows = [
        // amount, cents asked for an hour ago, rule, price → review
        ("500", 0, alone, priced, None),
        ("500.000001", 0, alone, priced, Some(Review::AboveLimit)),
        ("499", 49_900, alone, priced, None),
        ("499", 49_900, rolling, priced, Some(Review::AboveLimitInADay)),
        ("499", 100, rolling, priced, None),
        ("5", 0, alone, None, Some(Review::NoPrice)),
        ("5", 0, alone, Some(&worthless), Some(Review::NoPrice)),
    ];
    for (amount, cents_before, policy, rate, review) in rows {
        let hour = AT.unix_ms() / 3_600_000 - 1;
        let lately = Lately::from_parts(BTreeMap::from([(hour, cents_before)]));
        let balances = ledger_with("1000").balances().clone();
        let ledger = Ledger::from_parts(balances, BTreeMap::new(), lately);
        let rules = Rules { policy, ..rules(rate) };
        let decided = request(ask(usdt(amount)), &ledger, &rules, AT).unwrap();
        let status = if review.is_some() { Status::PendingReview } else { Status::Approved };
        assert_eq!(decided.withdrawal.request.review, review, "{amount}");
        assert_eq!(decided.withdrawal.status, status, "{amount}");
    }
}

#[test]
fn each_status_takes_its_commands_and_refuses_the_others() {
    let approve = Command::Approve { by: "operator".into() };
    let reject = Command::Reject { reason: "fraud".into() };
    let cancel = Command::Cancel;
    let (pending, approved, rejected, cancelled) =
        (Status::PendingReview, Status::Approved, Status::Rejected, Status::Cancelled);
    let rows = [
        // where it stands, command → where it stands then and how many facts, or the refusal
        (pending, &approve, Ok((approved, 1))),
        (pending, &reject, Ok((rejected, 2))),
        (pending, &cancel, Ok((cancelled, 2))),
        (approved, &approve, Ok((approved, 0))),
        (approved, &reject, Ok((rejected, 2))),
        (approved, &cancel, Ok((cancelled, 2))),
        (rejected, &approve, Err(Refusal::NotApprovable(rejected))),
        (rejected, &reject, Ok((rejected, 0))),
        (rejected, &cancel, Err(Refusal::NotCancellable(rejected))),
        (cancelled, &approve, Err(Refusal::NotApprovable(cancelled))),
        (cancelled, &reject, Err(Refusal::NotRejectable(cancelled))),
        (cancelled, &cancel, Err(Refusal::NotCancellable(cancelled))),
    ];
    let decided = asked(ask(usdt("50")), &ledger_with("100"), false).unwrap();
    for (status, command, outcome) in rows {
        let withdrawal = Withdrawal { status, ..decided.withdrawal.clone() };
        let got = decide(&withdrawal, command, None, EventSet::default(), AT);
        let got = got.map(|decision| (decision.withdrawal.status, decision.facts.len()));
        assert_eq!(got, outcome, "{status} {command:?}");
    }
}

#[test]
fn while_money_stands_still_none_is_let_go_but_all_can_be_given_back() {
    let held = asked(ask(usdt("50")), &ledger_with("100"), false).unwrap().withdrawal;
    let approve = Command::Approve { by: "operator".into() };
    let reject = Command::Reject { reason: "paid before the restore".into() };
    let mut owing = ledger_with("100");
    owing.apply(&LedgerFact::WithdrawalsFrozen { network: Network::Ltc, at: AT });
    let rows = [
        (&ledger_with("100"), false, None),
        (&ledger_with("100"), true, Some(Refusal::FrozenByOperator)),
        (&owing, false, Some(Refusal::Frozen(Network::Ltc))),
        (&owing, true, Some(Refusal::FrozenByOperator)),
    ];
    for (ledger, frozen, expected) in rows {
        let reason = standstill(ledger, frozen);
        assert_eq!(reason, expected);
        for (status, command, is_refused) in [
            (Status::PendingReview, &approve, expected.is_some()),
            (Status::Approved, &approve, false),
            (Status::PendingReview, &reject, false),
            (Status::Approved, &Command::Cancel, false),
        ] {
            let withdrawal = Withdrawal { status, ..held.clone() };
            let got = decide(&withdrawal, command, reason.clone(), EventSet::default(), AT);
            assert_eq!(got.is_err(), is_refused, "{status} {command:?} {expected:?}");
        }
    }
}

#[test]
fn who_asked_for_it_is_told_of_each_step_in_the_same_commit_and_in_order() {
    let events = EventSet::everything();
    let rate = Rate { usd_per_coin: 100.into(), ..Rate::one_to_one(AT) };
    let rules = Rules { events, ..rules(Some(&rate)) };
    let requested = request(ask(usdt("50")), &ledger_with("100"), &rules, AT).unwrap();
    let approve = Command::Approve { by: "operator".into() };
    let approved = decide(&requested.withdrawal, &approve, None, events, AT).unwrap();
    let cancelled = decide(&approved.withdrawal, &Command::Cancel, None, events, AT).unwrap();
    let id = requested.withdrawal.request.withdrawal;
    let rows = [
        (&requested, EventKind::WithdrawalRequested, None),
        (&approved, EventKind::WithdrawalApproved, Some(EventKind::WithdrawalRequested)),
        (&cancelled, EventKind::WithdrawalCancelled, Some(EventKind::WithdrawalApproved)),
    ];
    for (decision, kind, after) in rows {
        let Some(Fact::Delivery(event, DeliveryFact::Queued(queued))) = decision.facts.last()
        else {
            panic!("{kind} is not told");
        };
        assert_eq!((*event, queued.kind), (kind.id_for(id), kind));
        assert_eq!(queued.after, after.map(|after| after.id_for(id)));
    }
    let replayed = Withdrawal::replay(facts_of(&[&requested, &approved, &cancelled]));
    assert_eq!(replayed.as_ref(), Some(&cancelled.withdrawal));
    let Some(Fact::Delivery(_, DeliveryFact::Queued(queued))) = requested.facts.last() else {
        panic!("it is not told");
    };
    assert_eq!(
        std::str::from_utf8(&queued.payload).unwrap(),
        concat!(
            r#"{"event":"withdrawal_requested","#,
            r#""withdrawal_id":"00000000-0000-0000-0000-000000000009","status":"pending_review","#,
            r#""coin":"USDT-TRC20","amount":50.00,"network_fee":1.00,"net_amount":49.00,"#,
            r#""address":"TAcN9gFvXZAxsWQQzWWbydBmscBHnEi5nZ","txid":null,"usd_value":5000.00,"#,
            r#""timestamp":"2024-01-15T10:00:00+00:00"}"#
        )
    );
    let unasked = decide(&requested.withdrawal, &approve, None, EventSet::default(), AT).unwrap();
    assert_eq!(unasked.facts.len(), 1, "by default nothing is told of withdrawals");
}

fn facts_of<'d>(decisions: &[&'d Decision]) -> Vec<&'d WithdrawalFact> {
    let facts = decisions.iter().flat_map(|decision| &decision.facts);
    let own = facts.filter_map(|fact| match fact {
        Fact::Withdrawal(_, fact) => Some(fact),
        Fact::Merchant(..)
        | Fact::Invoice(..)
        | Fact::Ledger(..)
        | Fact::Delivery(..)
        | Fact::Watching(..)
        | Fact::Operator(_) => None,
    });
    own.collect()
}

/// One step of a merchant's life.
#[derive(Clone, Debug)]
enum Step {
    Credit(u64),
    Reverse(usize),
    Request(u64),
    Decide(usize, u8),
    Hours(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => (1..2_000_000_000u64).prop_map(Step::Credit),
        1 => (0..20usize).prop_map(Step::Reverse),
        4 => (1..1_500_000_000u64).prop_map(Step::Request),
        4 => ((0..20usize), (0..3u8)).prop_map(|(which, what)| Step::Decide(which, what)),
        1 => (1..40u64).prop_map(Step::Hours),
    ]
}

/// A merchant's ledger and withdrawals, as an actor would keep them.
#[derive(Default)]
struct Life {
    ledger: Ledger,
    withdrawals: Vec<Withdrawal>,
    credits: Vec<(u32, Money, bool)>,
    facts: Vec<Fact>,
    hours: u64,
}

impl Life {
    fn now(&self) -> Timestamp {
        AT.plus(Span::from_hours(self.hours))
    }

    fn happened(&mut self, facts: Vec<Fact>) {
        for fact in &facts {
            if let Fact::Ledger(_, fact) = fact {
                self.ledger.apply(fact);
            }
        }
        self.facts.extend(facts);
    }

    fn take(&mut self, step: &Step) {
        let of_ledger = |fact| Fact::Ledger(MERCHANT, fact);
        match step {
            Step::Credit(units) => {
                let number = u32::try_from(self.credits.len()).expect("few");
                let amount = Money::bounded(NETWORK, u128::from(*units));
                self.credits.push((number, amount, false));
                self.happened(vec![of_ledger(credit(number, amount))]);
            }
            Step::Reverse(which) => {
                let Some((number, amount, gone @ false)) = self.credits.get_mut(*which) else {
                    return;
                };
                *gone = true;
                let facts = reversal(*number, *amount);
                self.happened(facts.into_iter().map(of_ledger).collect());
                let below = self.ledger.balance(NETWORK).available < 0;
                if below && self.ledger.frozen_by().is_none() {
                    let frozen = LedgerFact::WithdrawalsFrozen { network: NETWORK, at: AT };
                    self.happened(vec![of_ledger(frozen)]);
                }
            }
            Step::Request(units) => {
                let mut ask = ask(Money::bounded(NETWORK, u128::from(*units)));
                let number = u128::try_from(self.withdrawals.len()).expect("few");
                ask.withdrawal = WithdrawalId(Uuid::from_u128(number));
                let rate = Rate::one_to_one(AT);
                let decided = request(ask, &self.ledger, &rules(Some(&rate)), self.now());
                if let Ok(Decision { facts, withdrawal }) = decided {
                    self.withdrawals.push(withdrawal);
                    self.happened(facts);
                }
            }
            Step::Decide(which, what) => {
                let command = match what {
                    0 => Command::Approve { by: "operator".into() },
                    1 => Command::Reject { reason: "no".into() },
                    _ => Command::Cancel,
                };
                let Some(withdrawal) = self.withdrawals.get(*which) else { return };
                if let Ok(Decision { facts, withdrawal }) = decide(
                    withdrawal,
                    &command,
                    standstill(&self.ledger, false),
                    EventSet::default(),
                    self.now(),
                ) {
                    self.withdrawals[*which] = withdrawal;
                    self.happened(facts);
                }
            }
            Step::Hours(hours) => self.hours += hours,
        }
    }

    /// What credits and reversals have made.
    fn owned(&self) -> i128 {
        let standing = self.credits.iter().filter(|(_, _, gone)| !gone);
        standing.map(|(_, amount, _)| i128::try_from(amount.units()).expect("small")).sum()
    }
}

proptest! {
    /// Whatever is requested, approved, rejected, cancelled, credited and reversed in whichever
    /// order: nothing is lost or doubled, and only a reversal leaves a balance below zero.
    #[test]
    fn no_order_of_events_loses_or_doubles_money(steps in prop::collection::vec(step(), 1..60)) {
        let mut life = Life::default();
        for step in &steps {
            let before = life.ledger.balance(NETWORK).available;
            life.take(step);
            let balance = life.ledger.balance(NETWORK);
            let held = i128::try_from(balance.held).unwrap();
            prop_assert_eq!(balance.available + held, life.owned(), "{:?}", step);
            let open = life.withdrawals.iter().filter(|one| one.status.is_open());
            prop_assert_eq!(balance.held, open.map(|one| one.request.amount.units()).sum::<u128>());
            if balance.available < before && balance.available < 0 {
                prop_assert!(matches!(step, Step::Reverse(_)), "{:?} left a debt", step);
            }
            prop_assert_eq!(balance.frozen, balance.available < 0);
        }
        // What is replayed is what lived.
        let of_ledger = life.facts.iter().filter_map(|fact| match fact {
            Fact::Ledger(_, fact) => Some(fact),
            Fact::Merchant(..) | Fact::Invoice(..) | Fact::Delivery(..) | Fact::Watching(..)
            | Fact::Operator(_) | Fact::Withdrawal(..) => None,
        });
        let mut again = Ledger::default();
        of_ledger.for_each(|fact| again.apply(fact));
        prop_assert_eq!(&again, &life.ledger);
        for withdrawal in &life.withdrawals {
            let id = withdrawal.request.withdrawal;
            let own = life.facts.iter().filter_map(|fact| match fact {
                Fact::Withdrawal(of, fact) if *of == id => Some(fact),
                Fact::Withdrawal(..) | Fact::Merchant(..) | Fact::Invoice(..) | Fact::Ledger(..)
                | Fact::Delivery(..) | Fact::Watching(..) | Fact::Operator(_) => None,
            });
            let replayed = Withdrawal::replay(own);
            prop_assert_eq!(replayed.as_ref(), Some(withdrawal));
        }
    }
}
