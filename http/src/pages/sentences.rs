//! What a customer is told in each situation: one headline, one sentence with the next step.

use cryptopayment_domain::invoice::{Detail, Figures, Invoice, Standing, Status, standing};

/// What the page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// In three words.
    pub headline: &'static str,
    /// In a sentence or two.
    pub sentence: String,
    /// Whether money should be sent now.
    pub payable: bool,
}

/// What is to be told about this invoice.
pub fn tell(invoice: &Invoice, figures: &Figures) -> Told {
    let Standing { status, detail } = standing(invoice);
    let (headline, sentence) = match status {
        Status::Pending => pending(invoice, detail),
        Status::Confirming => confirming(invoice, figures, detail),
        Status::Confirmed => confirmed(invoice, figures, detail),
        Status::Expired => expired(detail),
    };
    Told { headline, sentence, payable: invoice.asked().is_some() }
}

fn pending(invoice: &Invoice, detail: Detail) -> (&'static str, String) {
    match detail {
        Detail::Reorged => ("Payment undone", reorged()),
        Detail::Manual
        | Detail::PaidLate
        | Detail::Cancelled
        | Detail::Overpaid
        | Detail::Underpaid
        | Detail::None => {
            let (due, coin, label) =
                (invoice.asked(), invoice.terms.network.coin(), invoice.terms.network.label());
            // Dust has come where it is not the whole amount.
            let due = due.unwrap_or(invoice.terms.due);
            let sentence = format!("Send exactly {due} {coin} to this address, as {label} only.");
            ("Waiting for payment", sentence)
        }
    }
}

fn confirming(invoice: &Invoice, figures: &Figures, detail: Detail) -> (&'static str, String) {
    let coin = invoice.terms.network.coin();
    match detail {
        Detail::Underpaid => {
            let (paid, remaining) = (figures.paid, figures.remaining);
            let sentence = format!(
                "{paid} {coin} has arrived. Please send the rest, {remaining} {coin}, to the same \
                 address before the time is over."
            );
            ("Part of it arrived", sentence)
        }
        Detail::Reorged => ("Payment undone", reorged()),
        Detail::Overpaid => {
            ("Payment seen", format!("{} {}", on_its_way(), "It is more than was asked for."))
        }
        Detail::Manual | Detail::PaidLate | Detail::Cancelled | Detail::None => {
            ("Payment seen", on_its_way().to_owned())
        }
    }
}

fn confirmed(invoice: &Invoice, figures: &Figures, detail: Detail) -> (&'static str, String) {
    // Confirmed is for good, but the money may be on its way again after a reorganisation.
    let undone = figures.paid.is_zero() && invoice.payments.iter().any(|payment| payment.round > 0);
    if detail == Detail::Reorged || undone {
        return ("Payment undone", reorged());
    }
    let sentence = match detail {
        Detail::Overpaid => {
            "Your payment is confirmed. You have sent more than was asked for; the shop has \
             received all of it, so ask there for the difference."
        }
        Detail::Manual
        | Detail::Reorged
        | Detail::PaidLate
        | Detail::Cancelled
        | Detail::Underpaid
        | Detail::None => "Your payment is confirmed and credited to the shop. Thank you!",
    };
    ("Paid", sentence.to_owned())
}

fn expired(detail: Detail) -> (&'static str, String) {
    let (headline, sentence) = match detail {
        Detail::Cancelled => ("Cancelled", "The shop has cancelled this. Please send nothing."),
        Detail::Manual => ("Closed", "The shop has closed this. Please send nothing."),
        Detail::PaidLate => (
            "Too late",
            "Your payment came after the time was over. It is not lost: the shop is credited with \
             it. Please contact the shop about your order.",
        ),
        Detail::Underpaid => (
            "Time is over",
            "Only a part has arrived. It is not lost: the shop is credited with it. Please contact \
             the shop, and send nothing more here.",
        ),
        Detail::Reorged => (
            "Payment undone",
            "The network has taken your payment back, and the time is over. If it returns, the \
             shop is credited with it. Please contact the shop.",
        ),
        Detail::Overpaid | Detail::None => (
            "Time is over",
            "Nothing has arrived in time. Please send nothing more here; ask the shop for a new \
             payment page.",
        ),
    };
    (headline, sentence.to_owned())
}

fn on_its_way() -> &'static str {
    "Your payment is on its way. It is final after some confirmations by the network; you can \
     close this page."
}

fn reorged() -> String {
    "The network has taken a block back that held your payment. It usually returns by itself \
     within minutes; please do not send it again."
        .to_owned()
}
