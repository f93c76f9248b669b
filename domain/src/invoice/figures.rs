//! The figures that an invoice shows: paid, remaining, confirmations.

use super::payment::Payment;
use super::state::Invoice;
use super::status::{Detail, Standing, Status, standing};
use crate::money::Money;
use crate::payment::{PaymentId, Tip};

/// What an invoice shows beside its terms, at a given tip.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figures {
    /// Until confirmed all that is seen and not gone; from then on what is credited.
    pub paid: Money,
    /// The latest of the payments counted in `paid`.
    pub latest: Option<PaymentId>,
    /// What is still to be paid; nothing once the amount less tolerance is reached.
    pub remaining: Money,
    /// Confirmations of the least confirmed payment needed.
    pub confirmations: u64,
}

impl Invoice {
    /// The figures when the chain's scanned tip is `tip` (none: nothing scanned yet).
    pub fn figures(&self, tip: Option<&Tip>) -> Figures {
        let paid = self.paid();
        let short = paid.units() < self.enough().units();
        let confirmed = standing(self).status == Status::Confirmed;
        let remaining = if short && !confirmed {
            self.terms.due.minus_or_zero(paid).unwrap_or(self.terms.due)
        } else {
            Money::zero(self.terms.network)
        };
        Figures { paid, latest: self.latest(), remaining, confirmations: self.confirmations(tip) }
    }

    /// What the customer is asked to send now: the amount, or the rest where a part has come. None
    /// once enough has come or the time is over, and while money that a reorganisation has undone
    /// may come back by itself.
    pub fn asked(&self) -> Option<Money> {
        let Standing { status, detail } = standing(self);
        let open = match status {
            Status::Pending | Status::Confirming => detail != Detail::Reorged,
            Status::Confirmed | Status::Expired => false,
        };
        let remaining = self.figures(None).remaining;
        (open && !remaining.is_zero()).then_some(remaining)
    }

    /// Until confirmed the sum of all payments seen and not gone; from then on of those credited.
    pub(super) fn paid(&self) -> Money {
        self.sum(|payment| self.counts(payment))
    }

    /// Whether a payment counts as paid: seen and not gone, from confirmed on credited.
    pub(super) fn counts(&self, payment: &Payment) -> bool {
        if self.confirmed_at.is_some() { payment.credited } else { payment.is_present() }
    }

    fn latest(&self) -> Option<PaymentId> {
        self.payments.iter().rev().find(|payment| self.counts(payment)).map(|payment| payment.id)
    }

    /// The least over the payments needed, deepest first, to reach the amount less tolerance;
    /// while short, over all of them; 0 with none; uncapped.
    fn confirmations(&self, tip: Option<&Tip>) -> u64 {
        let counted = self.payments.iter().filter(|payment| self.counts(payment));
        let mut by_depth: Vec<(u64, u128)> =
            counted.map(|payment| (payment.confirmations(tip), payment.amount.units())).collect();
        by_depth.sort_unstable_by(|a, b| b.cmp(a));
        let enough = self.enough().units();
        let mut sum = 0u128;
        let mut least = 0;
        for (confirmations, units) in by_depth {
            least = confirmations;
            sum = sum.saturating_add(units);
            if sum >= enough {
                break;
            }
        }
        least
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::Observation;
    use crate::invoice::story::stage::{Stage, block, cents, payment, terms};
    use crate::network::Network;
    use crate::payment::{BlockRef, Hash32};

    fn tip(height: u64) -> Tip {
        Tip { height, hash: Hash32([0; 32]), solid_height: Some(height) }
    }

    /// The `txid` of an invoice: the latest of what is seen, from confirmed on of what is credited.
    #[test]
    fn the_transaction_shown_is_the_latest_that_counts() {
        let network = Network::Eth;
        let [first, second, third] = ["a", "b", "c"].map(|name| payment(network, name, 0));
        let mut stage = Stage::new(terms(network));
        let mine = |stage: &mut Stage, id, height| {
            let block = block(height, b'a', stage.clock);
            stage.observe(id, Observation::Mined { amount: cents(network, 6000), block });
        };
        assert_eq!(stage.invoice.figures(None).latest, None);
        mine(&mut stage, first, 100);
        mine(&mut stage, second, 100);
        assert_eq!(stage.invoice.figures(None).latest, Some(second));
        let BlockRef { hash, .. } = block(100, b'a', stage.clock);
        stage.observe(second, Observation::Unmined { block: hash });
        assert_eq!(stage.invoice.figures(None).latest, Some(first));
        mine(&mut stage, second, 101);
        stage.tip = tip(103);
        stage.deepen();
        mine(&mut stage, third, 103);
        assert_eq!(stage.invoice.figures(None).latest, Some(second), "the third is not credited");
        stage.tip = tip(105);
        stage.deepen();
        assert_eq!(stage.invoice.figures(None).latest, Some(third));
    }

    #[test]
    fn the_rest_is_asked_for_while_it_may_come_and_nothing_afterwards() {
        let network = Network::Eth;
        let mut stage = Stage::new(terms(network));
        let due = stage.invoice.terms.due;
        assert_eq!(stage.invoice.asked(), Some(due));
        let mine = |stage: &mut Stage, name, amount| {
            let block = block(100, b'a', stage.clock);
            stage.observe(payment(network, name, 0), Observation::Mined { amount, block });
        };
        let part = cents(network, 6000);
        mine(&mut stage, "a", part);
        assert_eq!(stage.invoice.asked(), due.minus_or_zero(part).ok());
        mine(&mut stage, "b", due);
        assert_eq!(stage.invoice.asked(), None, "enough is on its way");
        stage.tip = tip(1000);
        stage.deepen();
        assert_eq!(standing(&stage.invoice).status, Status::Confirmed);
        assert_eq!(stage.invoice.asked(), None, "confirmed");
    }

    #[test]
    fn before_anything_is_scanned_nothing_has_confirmations() {
        let network = Network::Ltc;
        let mut stage = Stage::new(terms(network));
        let block = block(100, b'a', stage.clock);
        let id = payment(network, "a", 0);
        stage.observe(id, Observation::Mined { amount: cents(network, 10_000), block });
        for (tip, confirmations) in
            [(None, 0), (Some(tip(99)), 0), (Some(tip(100)), 1), (Some(tip(500)), 401)]
        {
            assert_eq!(stage.invoice.figures(tip.as_ref()).confirmations, confirmations);
            let payment = stage.invoice.payment(id).unwrap();
            assert_eq!(payment.confirmations(tip.as_ref()), confirmations);
        }
    }
}
