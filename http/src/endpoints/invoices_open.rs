//! `POST /api/v1/invoices`: opens an invoice, once per idempotency key.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::HttpContext;
use crate::error::Failure;
use crate::idempotency::{self, Claim};
use crate::json::fields;
use crate::json::strict::Object;
use crate::render::invoice::{self, Shown};
use cryptopayment_actors::gateway::{OpenInvoice, RenderedAnswer};
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Ask, Invoice};
use std::sync::Arc;
use uuid::Uuid;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let body = Object::read(&call.body)?;
    let reservation = match idempotency::claim(&call, &caller, "POST", "/api/v1/invoices").await? {
        Claim::Replay(answer) => return Answer::rendered(answer),
        Claim::Go(reservation) => reservation,
    };
    let (ask, metadata) = read_ask(context, &caller, &body)?;
    let render = renderer(context.clone(), metadata);
    let request = OpenInvoice { ask, reservation, render };
    Answer::rendered(context.gateway.open_invoice(request).await?)
}

/// The request's fields, in the documented order; the first wrong one is named.
fn read_ask(
    context: &HttpContext,
    caller: &Caller,
    body: &Object<'_>,
) -> Result<(Ask, Option<String>), Failure> {
    let policy = context.gateway.invoice_policy();
    let mut ask = Ask {
        invoice: InvoiceId(Uuid::new_v4()),
        merchant: caller.id,
        network: fields::network(body, &context.enabled_networks())?,
        amount_usd: fields::amount_usd(body)?,
        order_id: None,
        metadata_sealed: Vec::new(),
        expires_in_s: None,
        success_url: None,
        cancel_url: None,
        events: caller.merchant.events,
    };
    // The amount's bounds before the fields behind it; the lifetime's at the very end.
    ask.check(policy).map_err(cryptopayment_actors::gateway::Unwilling::from)?;
    ask.order_id = fields::order_id(body)?;
    let metadata = fields::metadata(body)?;
    ask.success_url = fields::web_address(body, "success_url")?;
    ask.cancel_url = fields::web_address(body, "cancel_url")?;
    ask.expires_in_s = fields::expires_in(body)?;
    ask.check(policy).map_err(cryptopayment_actors::gateway::Unwilling::from)?;
    if let Some(metadata) = metadata {
        let sealed = context.gateway.privacy().seal(caller.id, metadata.as_bytes());
        ask.metadata_sealed = sealed
            .map_err(|error| Failure::internal(format!("metadata could not be sealed: {error}")))?;
    }
    Ok((ask, metadata.map(str::to_owned)))
}

/// Makes the answer from the new invoice, before it is committed.
fn renderer(
    context: HttpContext,
    metadata: Option<String>,
) -> Arc<dyn Fn(&Invoice) -> RenderedAnswer + Send + Sync> {
    Arc::new(move |invoice| {
        let payment_uri = context.payment_uri(invoice);
        let metadata = metadata.as_deref();
        let shown = Shown { invoice, tip: None, payment_uri: &payment_uri, metadata };
        RenderedAnswer {
            status: StatusCode::CREATED.as_u16(),
            location: Some(format!("/api/v1/invoices/{}", invoice.terms.invoice)),
            body: invoice::answer(shown, &context.config.public_url).into_bytes(),
            replayed: false,
        }
    })
}
