//! What a checkout page shows, as JSON. Nothing of the merchant's metadata or references is in it:
//! whoever knows the page's address may read it.

use super::sentences::{Told, tell};
use crate::json::write::{push, push_optional, push_string};
use crate::render::invoice::push_payments;
use cryptopayment_domain::invoice::{Figures, Invoice, standing};
use cryptopayment_domain::payment::Tip;
use cryptopayment_domain::time::Timestamp;

/// What a page shows at one moment; equal texts are equal pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The invoice's object, open at its end: only the time is missing.
    body: String,
    expires_at: Timestamp,
}

impl State {
    /// The state of an invoice at this tip.
    pub fn of(invoice: &Invoice, tip: Option<&Tip>, payment_uri: &str) -> State {
        let mut out = String::with_capacity(1024);
        let figures = invoice.figures(tip);
        let told = tell(invoice, &figures);
        out.push_str(r#"{"success":true,"invoice":{"#);
        push_standing(&mut out, invoice, &told);
        push_amounts(&mut out, invoice, &figures);
        out.push_str(r#","payment_uri":"#);
        push_string(&mut out, payment_uri);
        out.push_str(r#","payments":"#);
        push_payments(&mut out, invoice, tip);
        out.push_str(r#","success_url":"#);
        push_optional(&mut out, invoice.terms.success_url.as_deref());
        out.push_str(r#","cancel_url":"#);
        push_optional(&mut out, invoice.terms.cancel_url.as_deref());
        State { body: out, expires_at: invoice.terms.expires_at }
    }

    /// The whole document, with the time that is left at `now`.
    pub fn at(&self, now: Timestamp) -> String {
        let left_s = self.expires_at.since(now).ms() / 1000;
        format!(r#"{},"seconds_left":{left_s}}}}}"#, self.body)
    }
}

fn push_standing(out: &mut String, invoice: &Invoice, told: &Told) {
    let at = standing(invoice);
    push(out, format_args!(r#""id":"{}""#, invoice.terms.invoice));
    push(out, format_args!(r#","status":"{}","status_detail":"{}""#, at.status, at.detail.name()));
    out.push_str(r#","headline":"#);
    push_string(out, told.headline);
    out.push_str(r#","sentence":"#);
    push_string(out, &told.sentence);
    push(out, format_args!(r#","payable":{}"#, told.payable));
}

fn push_amounts(out: &mut String, invoice: &Invoice, figures: &Figures) {
    let terms = &invoice.terms;
    let network = terms.network;
    push(out, format_args!(r#","network":"{network}","network_label":"{}""#, network.label()));
    push(out, format_args!(r#","coin":"{}","amount_usd":{}"#, network.coin(), terms.amount_usd));
    push(out, format_args!(r#","amount_crypto":{}"#, terms.due));
    push(out, format_args!(r#","amount_remaining":{}"#, figures.remaining));
    push(out, format_args!(r#","paid_amount":{},"address":"#, figures.paid));
    push_string(out, &terms.address);
    let (received, required) = (figures.confirmations, terms.confirmations_required);
    push(out, format_args!(r#","confirmations":{{"received":{received},"required":{required}}}"#));
    push(out, format_args!(r#","created_at":"{}","expires_at":"{}""#, terms.at, terms.expires_at));
}
