//! The part of a story in which merchants withdraw: requests, approvals, rejections, cancels.

use super::{Fact, Money, Rate, Story};
use cryptopayment_domain::id::WithdrawalId;
use cryptopayment_domain::webhook::EventSet;
use cryptopayment_domain::withdrawal::{
    self, Ask, Command, Destination, Rules, Withdrawal, WithdrawalPolicy, WithdrawalTerms,
};

/// Withdrawals that are still acted upon.
const OPEN_MAX: usize = 20;

impl Story {
    /// A merchant who has money asks for a part of it.
    pub(super) fn withdraw(&mut self) -> Vec<Fact> {
        let rich = self.ledgers.iter().flat_map(|(merchant, ledger)| {
            let balances = ledger.balances().iter();
            balances.filter(|(_, balance)| balance.available > 1).map(|(network, balance)| {
                (*merchant, ledger.clone(), *network, balance.available.unsigned_abs())
            })
        });
        let rich: Vec<_> = rich.collect();
        if rich.is_empty() {
            return Vec::new();
        }
        let (merchant, ledger, network, available) = rich[self.dice.below(rich.len())].clone();
        let units = available / [1, 2, 3, 5][self.dice.below(4)];
        let destination = Destination {
            address: format!("{network} wallet"),
            bytes: vec![9; 20],
            ours: None,
            allowed: true,
        };
        let amount = Money::bounded(network, units);
        let withdrawal = WithdrawalId(self.id());
        let ask = Ask { withdrawal, merchant, amount, destination };
        let terms =
            WithdrawalTerms { minimum: Money::zero(network), fee: Money::bounded(network, 1) };
        let policy = WithdrawalPolicy { review_rolling_24h: true, ..WithdrawalPolicy::default() };
        // Sometimes there is no price, and a human decides.
        let rate = (self.dice.below(2) == 0).then(|| Rate::one_to_one(self.now));
        let events = self.events();
        let rate = rate.as_ref();
        let rules = Rules { policy, terms, rate, frozen_by_operator: false, events };
        let decided = withdrawal::request(ask, &ledger, &rules, self.now);
        let Ok(decision) = decided else { return Vec::new() };
        self.withdrawals.push(decision.withdrawal);
        decision.facts
    }

    /// What a merchant wants to be told, who now does and now does not care.
    fn events(&mut self) -> EventSet {
        if self.dice.below(2) == 0 { EventSet::everything() } else { EventSet::default() }
    }

    /// Somebody decides on a withdrawal.
    pub(super) fn decide_withdrawal(&mut self) -> Vec<Fact> {
        if self.withdrawals.is_empty() {
            return Vec::new();
        }
        let command = match self.dice.below(4) {
            0 | 1 => Command::Approve { by: "operator".into() },
            2 => Command::Reject { reason: "not today".into() },
            _ => Command::Cancel,
        };
        let which = self.dice.below(self.withdrawals.len());
        let (events, at) = (self.events(), self.now);
        let withdrawal = &self.withdrawals[which];
        let Ok(decision) = withdrawal::decide(withdrawal, &command, None, events, at) else {
            return Vec::new();
        };
        self.withdrawals[which] = decision.withdrawal;
        let open = |withdrawal: &Withdrawal| withdrawal.status.is_open();
        self.withdrawals.retain(open);
        let too_many = self.withdrawals.len().saturating_sub(OPEN_MAX);
        self.withdrawals.drain(..too_many);
        decision.facts
    }
}
