//! Every credit that was not reversed has exactly one payment behind it, and no payment has two.

use cryptopayment_domain::ledger::CreditKey;
use cryptopayment_domain::network::Network;

use super::{AuditReport, Finding};
use crate::keys::{self, Key, KeyRange, Parts, Prefix};
use crate::records::{CreditRow, InvoiceRow};
use crate::views::{Direction, ReadRows, Rows, ViewError, Views, part, read};

pub(super) fn check(views: &Views, report: &mut AuditReport) -> Result<(), ViewError> {
    for network in Network::ALL {
        let all = KeyRange::within(Key::of(Prefix::Credit).network(network));
        for row in views.rows(all, Direction::Forward) {
            let (key, value) = row?;
            let credit_key = part(&key, Parts::of(&key).credit())?;
            if !has_payment(views, credit_key, &read(&key, &value)?)? {
                report.found(Finding::CreditWithoutPayment(credit_key));
            }
        }
    }
    for row in views.rows(KeyRange::within(Key::of(Prefix::Invoice)), Direction::Forward) {
        let (key, value) = row?;
        let invoice = read::<InvoiceRow>(&key, &value)?.invoice;
        for payment in invoice.payments.iter().filter(|payment| payment.credited) {
            let key = CreditKey { payment: payment.id, round: payment.round };
            let credit = views.credit(key)?;
            let booked = credit.is_some_and(|credit| {
                credit.reversed.is_none()
                    && credit.amount == payment.amount
                    && credit.invoice == invoice.terms.invoice
                    && credit.merchant == invoice.terms.merchant
            });
            if !booked {
                report.found(Finding::PaymentWithoutCredit(key));
            }
        }
    }
    Ok(())
}

/// A payment is credited in one round at a time, so a credit of another round must be reversed,
/// or the reversal must at least be owed.
fn has_payment(views: &Views, key: CreditKey, credit: &CreditRow) -> Result<bool, ViewError> {
    let owed = keys::obligation(credit.merchant, key);
    if credit.reversed.is_some() || views.get(owed.as_ref())?.is_some() {
        return Ok(true);
    }
    let row = views.row::<InvoiceRow>(keys::invoice(credit.invoice))?;
    let payment = row.as_ref().and_then(|row| row.invoice.payment(key.payment));
    Ok(payment.is_some_and(|payment| {
        payment.credited && payment.round == key.round && payment.amount == credit.amount
    }))
}
