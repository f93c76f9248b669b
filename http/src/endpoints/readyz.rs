//! `GET /readyz`: whether payments can be taken and seen right now, and if not, why.

use crate::answer::Answer;
use crate::call::Call;
use crate::context::HttpContext;
use crate::error::Failure;
use crate::json::write::{push, push_optional};
use crate::openapi::{Operation, Schema, Tag, always};
use crate::render::shapes;
use cryptopayment_actors::gateway::NetworkStatus;
use cryptopayment_domain::id::InvoiceId;
use uuid::Uuid;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn network() -> Schema {
        let at = Schema::instant().or_null();
        Schema::object([
            always("network", "", shapes::network()),
            always("height", "The last block scanned.", Schema::whole(0).or_null()),
            always("head_height", "The last block there is.", Schema::whole(0).or_null()),
            always("scanned_through", "Until when payments were looked for.", at),
        ])
    }
    fn answer() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("status", "`ready`.", Schema::one_of(["ready"])),
            always("networks", "", Schema::list(Schema::named("NetworkReadiness", network))),
        ])
    }
    Operation::new("showReadiness", Tag::Operation, "Whether payments can be taken right now")
        .says(200, "They can.", Schema::named("Readiness", answer), EXAMPLE)
        .refuses(&["not_ready"])
}

const EXAMPLE: &str = r#"{"success":true,"status":"ready","networks":[{"network":"btc","height":840000,"head_height":840000,"scanned_through":"2024-01-15T10:30:00+00:00"}]}"#;

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
