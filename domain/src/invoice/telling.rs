//! Which of a commit's payments a merchant may want to hear of, beside the seed document's two
//! events: from the invoice before the commit and after it alone, so that nothing is told again
//! because something else has happened. Dust tells nothing by itself, unless with it the amount
//! is reached.

use super::fact::InvoiceFact;
use super::payment::Payment;
use super::state::{Ending, Invoice};
use super::status::{Status, standing};
use crate::fact::Fact;
use crate::payment::PaymentId;
use crate::webhook::EventKind;

/// Payments that a reorganisation has taken out of their block, whether or not they are in
/// another one already.
pub(super) fn reverted(before: &Invoice, commit: &[Fact]) -> Vec<PaymentId> {
    let mut reverted = Vec::new();
    for fact in commit {
        if let Fact::Invoice(
            _,
            InvoiceFact::PaymentUnmined { payment, .. }
            | InvoiceFact::PaymentReverted { payment, .. },
        ) = fact
            && before.payment(*payment).is_some_and(|known| before.is_weighty(known))
        {
            reverted.push(*payment);
        }
    }
    reverted
}

/// Payments that have come in time to an invoice that waits, and leave it short.
pub(super) fn partial(before: &Invoice, after: &Invoice) -> Vec<PaymentId> {
    if standing(after).status != Status::Confirming || after.reaches(|paid| after.is_in_time(paid))
    {
        return Vec::new();
    }
    let is_partial = |payment: &&Payment| {
        appeared(before, payment) && after.is_in_time(payment) && after.is_above_dust(payment)
    };
    after.payments.iter().filter(is_partial).map(|payment| payment.id).collect()
}

/// Payments that have come too late, or have become too late, and leave their invoice expired.
pub(super) fn late(before: &Invoice, after: &Invoice) -> Vec<PaymentId> {
    if standing(after).status != Status::Expired {
        return Vec::new();
    }
    let was_expired = standing(before).status == Status::Expired;
    let is_late = |payment: &&Payment| {
        let appeared = appeared(before, payment);
        let is_late = match after.ending {
            // The invoice was over when it came, however early that is.
            Some(Ending::Cancelled | Ending::Closed | Ending::MarkedPaid) => appeared,
            None => {
                let known = before.payment(payment.id).filter(|known| known.is_present());
                let was_late = known.is_some_and(|known| before.is_after_the_time(known));
                after.is_after_the_time(payment) && !(was_expired && was_late)
            }
        };
        let is_money = after.is_above_dust(payment) || (appeared && after.is_weighty(payment));
        payment.is_present() && is_late && is_money
    };
    after.payments.iter().filter(is_late).map(|payment| payment.id).collect()
}

fn appeared(before: &Invoice, payment: &Payment) -> bool {
    payment.is_present() && !before.payment(payment.id).is_some_and(Payment::is_present)
}

impl Invoice {
    /// Whether the merchant was told of that event about that payment, or about the invoice.
    pub(super) fn was_told(&self, event: EventKind, payment: Option<PaymentId>) -> bool {
        self.told.contains(&(event, payment))
    }

    /// Whether a payment came after expiry, or was not mined in time.
    fn is_after_the_time(&self, payment: &Payment) -> bool {
        !(self.is_on_time(payment) && self.is_in_time(payment))
    }

    /// Whether a payment is more than dust, or with it the amount is reached.
    fn is_weighty(&self, payment: &Payment) -> bool {
        let others = |other: &Payment| other.is_present() && other.id != payment.id;
        self.is_above_dust(payment) || (self.reaches(Payment::is_present) && !self.reaches(others))
    }

    fn is_above_dust(&self, payment: &Payment) -> bool {
        payment.amount.units() > self.terms.dust.units()
    }
}
