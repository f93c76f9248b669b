//! The figures that an invoice shows: paid, remaining, confirmations.

use super::state::{Invoice, Payment};
use super::status::{Status, standing};
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
        let mut by_depth: Vec<(u64, u128)> = counted
            .map(|payment| (confirmations_of(payment, tip), payment.amount.units()))
            .collect();
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

/// Confirmations of one payment at `tip`; 0 while it is in no block.
pub(super) fn confirmations_of(payment: &Payment, tip: Option<&Tip>) -> u64 {
    payment.block().zip(tip).map_or(0, |(block, tip)| tip.confirmations(block.height))
}

impl Payment {
    /// Confirmations at `tip`; 0 while in no block.
    pub fn confirmations(&self, tip: Option<&Tip>) -> u64 {
        confirmations_of(self, tip)
    }
}
