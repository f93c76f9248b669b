//! `GET /api/v1/networks`: what can be paid on, now, and what withdrawing costs.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::HttpContext;
use crate::error::Failure;
use crate::json::write::{push, push_optional};
use crate::openapi::{Operation, Schema, Tag, always};
use crate::render::shapes;
use cryptopayment_domain::network::Network;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn answer() -> Schema {
        let networks = Schema::list(Schema::named("NetworkTerms", network));
        Schema::object([
            always("success", "", Schema::success()),
            always("networks", "All there are, those not taken too.", networks),
        ])
    }
    Operation::new("listNetworks", Tag::Networks, "List networks")
        .about("What can be paid on at this moment, and what a withdrawal costs.")
        .says(200, "The networks.", Schema::named("Networks", answer), "")
}

fn network() -> Schema {
    let count = || Schema::whole(0).or_null();
    let amount = || Schema::amount().or_null();
    Schema::object([
        always("network", "", shapes::network()),
        always("network_label", "The network in words.", Schema::text()),
        always("coin", "The coin of its invoices.", Schema::text()),
        always("balance_key", "", shapes::balance_coin()),
        always("enabled", "Whether this gateway has it.", Schema::boolean()),
        always("open_for_invoices", "Whether it takes new invoices now.", Schema::boolean()),
        always("confirmations_required", "How many make a payment final.", count()),
        always("withdrawal_minimum", "The least that can be withdrawn.", amount()),
        always("withdrawal_fee", "What is taken inside a withdrawal's amount.", amount()),
        always("tip_height", "The last block scanned.", count()),
        always("tip_hash", "Its hash.", Schema::text().or_null()),
    ])
}

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
