//! `GET /api/v1/networks`: what can be paid on, now, and what withdrawing costs.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::HttpContext;
use crate::error::Failure;
use crate::json::write::{push, push_optional};
use cryptopayment_domain::network::Network;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call, _: Caller) -> Result<Answer, Failure> {
    let mut out = String::with_capacity(1536);
    out.push_str(r#"{"success":true,"networks":["#);
    for (place, network) in Network::ALL.into_iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_network(&mut out, &call.site.context, network);
    }
    out.push_str("]}");
    Ok(Answer::json(StatusCode::OK, out))
}

/// A network that is not enabled says so, and nothing that would depend on it.
fn push_network(out: &mut String, context: &HttpContext, network: Network) {
    let gateway = &context.gateway;
    let status = gateway.network_status(network).map(|status| status.borrow().clone());
    let (label, coin, key) = (network.label(), network.coin(), network.balance_key());
    push(out, format_args!(r#"{{"network":"{network}","network_label":"{label}""#));
    push(out, format_args!(r#","coin":"{coin}","balance_key":"{key}""#));
    let open = status.as_ref().is_some_and(|status| status.open_for_invoices);
    let enabled = status.is_some();
    push(out, format_args!(r#","enabled":{enabled},"open_for_invoices":{open}"#));
    let tip = status.and_then(|status| status.tip);
    let withdrawal = gateway.withdrawal_terms(network);
    let required = gateway.confirmations_required(network).map(|count| count.to_string());
    let minimum = withdrawal.map(|terms| terms.minimum.to_string());
    let fee = withdrawal.map(|terms| terms.fee.to_string());
    let height = tip.map(|tip| tip.height.to_string());
    for (name, number) in [
        ("confirmations_required", required),
        ("withdrawal_minimum", minimum),
        ("withdrawal_fee", fee),
        ("tip_height", height),
    ] {
        push(out, format_args!(r#","{name}":{}"#, number.as_deref().unwrap_or("null")));
    }
    out.push_str(r#","tip_hash":"#);
    push_optional(out, tip.map(|tip| tip.hash.to_string()).as_deref());
    out.push('}');
}
