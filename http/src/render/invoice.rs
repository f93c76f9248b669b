//! One invoice as merchants see it: the seed document's keys in its order, then ours.

use super::rates::push_rate;
use crate::json::write::{push, push_optional, push_string};
use cryptopayment_domain::invoice::{Invoice, Payment, Place, standing};
use cryptopayment_domain::payment::Tip;

/// What an invoice's JSON is made of, beside the invoice.
#[derive(Clone, Copy)]
pub struct Shown<'a> {
    /// The invoice itself.
    pub invoice: &'a Invoice,
    /// How far its chain has been scanned: confirmations are counted from here.
    pub tip: Option<&'a Tip>,
    /// What a wallet reads; asks for what is still to be sent, or for no amount.
    pub payment_uri: &'a str,
    /// The merchant's metadata, the bytes that came; none where there is none.
    pub metadata: Option<&'a str>,
}

/// `{"success":true,"invoice":{…},"checkout_url":"…"}`.
pub fn answer(shown: Shown<'_>, public_url: &str) -> String {
    let mut out = String::with_capacity(1024);
    out.push_str(r#"{"success":true,"invoice":"#);
    push_invoice(&mut out, shown);
    out.push_str(r#","checkout_url":"#);
    push_checkout_url(&mut out, shown.invoice, public_url);
    out.push('}');
    out
}

fn push_checkout_url(out: &mut String, invoice: &Invoice, public_url: &str) {
    push_string(out, public_url);
    out.pop();
    push(out, format_args!("/pay/{}\"", invoice.terms.invoice));
}

/// The object of one invoice.
pub fn push_invoice(out: &mut String, shown: Shown<'_>) {
    push_seed_keys(out, shown);
    push_our_keys(out, shown);
    out.push('}');
}

fn push_seed_keys(out: &mut String, shown: Shown<'_>) {
    let terms = &shown.invoice.terms;
    let figures = shown.invoice.figures(shown.tip);
    push(out, format_args!(r#"{{"id":"{}","order_id":"#, terms.invoice));
    push_optional(out, terms.order_id.as_deref());
    let status = standing(shown.invoice).status;
    push(out, format_args!(r#","status":"{status}","network":"{}""#, terms.network));
    push(out, format_args!(r#","network_label":"{}""#, terms.network.label()));
    push(out, format_args!(r#","coin":"{}""#, terms.network.coin()));
    push(out, format_args!(r#","amount_usd":{}"#, terms.amount_usd));
    push(out, format_args!(r#","amount_crypto":{},"address":"#, terms.due));
    push_string(out, &terms.address);
    push(out, format_args!(r#","paid_amount":{},"txid":"#, figures.paid));
    push_optional(out, figures.latest.map(|latest| latest.txid_text()).as_deref());
    let (received, required) = (figures.confirmations, terms.confirmations_required);
    push(out, format_args!(r#","confirmations":{{"received":{received},"required":{required}}}"#));
    push(out, format_args!(r#","expires_at":"{}""#, terms.expires_at));
    push(out, format_args!(r#","created_at":"{}""#, terms.at));
}

fn push_our_keys(out: &mut String, shown: Shown<'_>) {
    let invoice = shown.invoice;
    push(out, format_args!(r#","status_detail":"{}""#, standing(invoice).detail.name()));
    let remaining = invoice.figures(shown.tip).remaining;
    push(out, format_args!(r#","amount_remaining":{remaining},"payments":"#));
    push_payments(out, invoice, shown.tip);
    out.push_str(r#","rate":"#);
    push_rate(out, &invoice.terms.rate);
    out.push_str(r#","payment_uri":"#);
    push_string(out, shown.payment_uri);
    out.push_str(r#","metadata":"#);
    out.push_str(shown.metadata.unwrap_or("null"));
    out.push_str(r#","confirmed_at":"#);
    match invoice.confirmed_at {
        Some(at) => push(out, format_args!("\"{at}\"")),
        None => out.push_str("null"),
    }
}

/// The array of an invoice's payments, in the order of first sight.
pub fn push_payments(out: &mut String, invoice: &Invoice, tip: Option<&Tip>) {
    out.push('[');
    for (place, payment) in invoice.payments.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_payment(out, payment, tip);
    }
    out.push(']');
}

fn push_payment(out: &mut String, payment: &Payment, tip: Option<&Tip>) {
    let (txid, index) = (payment.id.txid_text(), payment.id.index);
    push(out, format_args!(r#"{{"txid":"{txid}","index":{index},"amount":{}"#, payment.amount));
    out.push_str(r#","block_height":"#);
    match payment.block() {
        Some(block) => push(out, block.height),
        None => out.push_str("null"),
    }
    let confirmations = payment.confirmations(tip);
    let state = state_of(payment);
    push(out, format_args!(r#","confirmations":{confirmations},"state":"{state}"}}"#));
}

/// `mempool`, `mined`, `confirmed` or `reverted`.
pub fn state_of(payment: &Payment) -> &'static str {
    match payment.place {
        Place::Mempool { .. } => "mempool",
        Place::Block(_) if payment.credited => "confirmed",
        Place::Block(_) => "mined",
        Place::Gone => "reverted",
    }
}

#[cfg(test)]
mod tests;
