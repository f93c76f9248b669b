//! The status table: one pure function of an invoice's state.

use super::payment::Payment;
use super::state::{Ending, Invoice};
use crate::money::Money;
use std::fmt;

/// The seed document's four.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Status {
    /// Waiting for payment.
    Pending,
    /// Payment seen, waiting for confirmations or the rest.
    Confirming,
    /// Paid for good; the money is credited.
    Confirmed,
    /// Over without enough in time.
    Expired,
}

impl Status {
    /// All four, in the seed document's order.
    pub const ALL: [Status; 4] =
        [Status::Pending, Status::Confirming, Status::Confirmed, Status::Expired];

    /// The `status` value of the API.
    pub const fn name(self) -> &'static str {
        match self {
            Status::Pending => "pending",
            Status::Confirming => "confirming",
            Status::Confirmed => "confirmed",
            Status::Expired => "expired",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What a status alone does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Detail {
    /// A human ended it.
    Manual,
    /// A payment once in a block is missing.
    Reorged,
    /// Money came after the time, or was needed from there.
    PaidLate,
    /// The merchant cancelled it.
    Cancelled,
    /// More than the tolerance over.
    Overpaid,
    /// More than the tolerance short.
    Underpaid,
    /// Nothing to add.
    None,
}

impl Detail {
    /// The `status_detail` value of the API.
    pub const fn name(self) -> &'static str {
        match self {
            Detail::Manual => "manual",
            Detail::Reorged => "reorged",
            Detail::PaidLate => "paid_late",
            Detail::Cancelled => "cancelled",
            Detail::Overpaid => "overpaid",
            Detail::Underpaid => "underpaid",
            Detail::None => "none",
        }
    }
}

/// Where an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// The seed's status.
    pub status: Status,
    /// The detail beside it.
    pub detail: Detail,
}

/// Where this invoice stands, from its state alone.
pub fn standing(invoice: &Invoice) -> Standing {
    let status = status(invoice);
    Standing { status, detail: detail(invoice, status) }
}

fn status(invoice: &Invoice) -> Status {
    match invoice.ending {
        _ if invoice.confirmed_at.is_some() => return Status::Confirmed,
        Some(Ending::MarkedPaid) => return Status::Confirmed,
        Some(Ending::Cancelled | Ending::Closed) => return Status::Expired,
        None => {}
    }
    let in_time = |payment: &Payment| invoice.is_in_time(payment);
    if invoice.reaches(|payment| payment.credited && in_time(payment)) {
        Status::Confirmed
    } else if invoice.reaches(in_time)
        || (!invoice.time_over && invoice.has_above_dust(|payment| invoice.is_on_time(payment)))
    {
        Status::Confirming
    } else if invoice.time_over {
        Status::Expired
    } else {
        Status::Pending
    }
}

/// The first that holds, in the documented order.
fn detail(invoice: &Invoice, status: Status) -> Detail {
    let rows = [
        (Detail::Manual, is_manual(invoice)),
        (Detail::Reorged, is_reorged(invoice)),
        (Detail::PaidLate, is_paid_late(invoice, status)),
        (Detail::Cancelled, invoice.ending == Some(Ending::Cancelled)),
        (Detail::Overpaid, is_overpaid(invoice)),
        (Detail::Underpaid, is_underpaid(invoice, status)),
    ];
    rows.into_iter().find_map(|(detail, holds)| holds.then_some(detail)).unwrap_or(Detail::None)
}

fn is_manual(invoice: &Invoice) -> bool {
    matches!(invoice.ending, Some(Ending::MarkedPaid | Ending::Closed))
}

/// A payment once mined is missing, until it is mined again or the amount is reached without it:
/// by what counts as paid, so that a confirmed invoice asks for credited money.
fn is_reorged(invoice: &Invoice) -> bool {
    let stays = |payment: &Payment| invoice.counts(payment) && !payment.is_missing();
    if invoice.reaches(stays) {
        return false;
    }
    let missing_tips_the_scale = invoice.reaches(|payment| payment.is_missing() || stays(payment));
    invoice.payments.iter().filter(|payment| payment.is_missing()).any(|payment| {
        missing_tips_the_scale || payment.amount.units() > invoice.terms.dust.units()
    })
}

fn is_paid_late(invoice: &Invoice, status: Status) -> bool {
    let on_time = |payment: &Payment| invoice.is_on_time(payment);
    match status {
        // Money from after expiry was needed. What was credited once and is on its way to be
        // credited again still counts: nothing became late, or timely, by moving between blocks.
        Status::Confirmed => {
            let counted = |payment: &Payment| payment.block().is_some() && payment.was_credited();
            invoice.reaches(counted)
                && !invoice.reaches(|payment| counted(payment) && on_time(payment))
        }
        // Any came after expiry (after cancelling: any at all), or was not mined in time. Dust says
        // so only where with it the amount is reached; had it all been in time, it would be paid.
        Status::Expired => {
            let cancelled = invoice.ending == Some(Ending::Cancelled);
            let in_time = |payment: &Payment| on_time(payment) && invoice.is_in_time(payment);
            invoice
                .has_above_dust(|payment| payment.is_present() && (cancelled || !in_time(payment)))
                || invoice.reaches(Payment::is_present)
        }
        Status::Pending | Status::Confirming => false,
    }
}

fn is_overpaid(invoice: &Invoice) -> bool {
    let most = invoice.terms.due.plus(invoice.terms.tolerance);
    most.is_ok_and(|most| invoice.paid().units() > most.units())
}

fn is_underpaid(invoice: &Invoice, status: Status) -> bool {
    matches!(status, Status::Confirming | Status::Expired)
        && invoice.has_above_dust(Payment::is_present)
        && invoice.paid().units() < invoice.enough().units()
}

impl Invoice {
    /// The amount less tolerance: what must be reached.
    pub fn enough(&self) -> Money {
        self.terms.due.minus_or_zero(self.terms.tolerance).unwrap_or(self.terms.due)
    }

    /// Whether the payments that `counts` reach the amount less tolerance.
    pub(super) fn reaches(&self, counts: impl Fn(&Payment) -> bool) -> bool {
        self.sum(counts).units() >= self.enough().units()
    }

    fn has_above_dust(&self, counts: impl Fn(&Payment) -> bool) -> bool {
        let above = |payment: &Payment| payment.amount.units() > self.terms.dust.units();
        self.payments.iter().any(|payment| counts(payment) && above(payment))
    }

    /// The sum of the payments that `counts`, held at the most that money can be.
    pub(super) fn sum(&self, counts: impl Fn(&Payment) -> bool) -> Money {
        let network = self.terms.network;
        let counted = self.payments.iter().filter(|payment| counts(payment));
        let units = counted.fold(0u128, |sum, payment| sum.saturating_add(payment.amount.units()));
        Money::new(network, units.min(Money::UNITS_MAX)).unwrap_or(Money::zero(network))
    }
}
