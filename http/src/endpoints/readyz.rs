//! `GET /readyz`: whether payments can be taken and seen right now, and if not, why.

use crate::answer::Answer;
use crate::call::Call;
use crate::context::HttpContext;
use crate::error::Failure;
use crate::json::write::{push, push_optional};
use cryptopayment_actors::gateway::NetworkStatus;
use cryptopayment_domain::id::InvoiceId;
use uuid::Uuid;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let networks = context.gateway.network_statuses();
    let reasons = reasons(context, &networks);
    if !reasons.is_empty() {
        let message = format!("not ready: {}", reasons.join("; "));
        return Err(Failure::unavailable("not_ready", message, 5));
    }
    Ok(Answer::json(StatusCode::OK, ready(&networks)))
}

/// Why not: the store, a chain behind or in trouble, a coin without a rate.
fn reasons(context: &HttpContext, networks: &[NetworkStatus]) -> Vec<String> {
    let unread = context.views.invoice(InvoiceId(Uuid::nil())).err();
    let store = unread.map(|error| format!("store: {error}"));
    let probed = context.probes.iter().filter_map(|probe| probe());
    let chains = networks.iter().filter_map(|status| {
        let waiting = (!status.open_for_invoices).then_some("it is not caught up yet");
        let trouble = status.trouble.as_deref().or(waiting)?;
        Some(format!("{}: {trouble}", status.network))
    });
    let rates = networks.iter().filter_map(|status| {
        let none = context.gateway.rate(status.network).err()?;
        Some(format!("rates: {}: {none}", status.network.coin()))
    });
    store.into_iter().chain(probed).chain(chains).chain(rates).collect()
}

/// `{"success":true,"status":"ready","networks":[{network, height, head_height, …},…]}`.
fn ready(networks: &[NetworkStatus]) -> String {
    let mut out = String::with_capacity(512);
    out.push_str(r#"{"success":true,"status":"ready","networks":["#);
    for (place, status) in networks.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push(&mut out, format_args!(r#"{{"network":"{}","height":"#, status.network));
        push_number(&mut out, status.tip.map(|tip| tip.height));
        out.push_str(r#","head_height":"#);
        push_number(&mut out, status.head_height);
        out.push_str(r#","scanned_through":"#);
        let scanned_through = status.scanned_through.map(|at| at.to_string());
        push_optional(&mut out, scanned_through.as_deref());
        out.push('}');
    }
    out.push_str("]}");
    out
}

fn push_number(out: &mut String, number: Option<u64>) {
    match number {
        Some(number) => push(out, number),
        None => out.push_str("null"),
    }
}
