//! `POST /api/v1/invoices`: opens an invoice, once per idempotency key.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::HttpContext;
use crate::error::Failure;
use crate::idempotency::{self, Claim};
use crate::json::fields;
use crate::json::strict::Object;
use crate::json::tree::Json;
use crate::openapi::{Operation, Schema, Tag, always, maybe};
use crate::render::invoice::{self, Shown};
use crate::render::shapes;
use cryptopayment_actors::gateway::{OpenInvoice, RenderedAnswer};
use cryptopayment_domain::id::InvoiceId;
use cryptopayment_domain::invoice::{Ask, Invoice};
use std::sync::Arc;
use uuid::Uuid;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    Operation::new("createInvoice", Tag::Invoices, "Create an invoice")
        .about(
            "Makes an invoice with an address of its own, at the price of this moment. Send the \
             customer to `checkout_url`, or show `address` and `amount_crypto` yourself.",
        )
        .idempotent()
        .body(
            Schema::named("NewInvoice", body),
            r#"{"network":"trc20","amount_usd":50.00,"order_id":"ORD-12345","metadata":{"customer_id":"usr_001"}}"#,
        )
        .says(201, "The new invoice.", shapes::invoice_answer(), shapes::NEW_INVOICE)
        .carrying("Location", "The invoice's own path.")
        .refuses(&["invalid_network", "invalid_amount", "amount_too_small", "amount_too_large"])
        .refuses(&["invalid_order_id", "invalid_metadata", "invalid_url", "invalid_expires_in"])
        .refuses(&["network_unavailable", "rate_unavailable", "overloaded", "store_full"])
        .leads_to("showInvoice", "id", "$response.body#/invoice/id")
        .leads_to("showCheckoutState", "id", "$response.body#/invoice/id")
}

fn body() -> Schema {
    let amount = Schema::decimal().keyword("minimum", Json::token(1)).at_most(1_000_000);
    let amount = Schema::any_of([amount, Schema::amount_text()]);
    let address = || Schema::web_address().at_most_chars(fields::URL_BYTES_MAX).or_null();
    let expires_in = Schema::whole(300).at_most(86_400).or_null();
    Schema::object([
        always("network", "", shapes::network()),
        always(
            "amount_usd",
            "In US dollars, 1.00 to 1000000 unless the operator decided otherwise; rounded to cents.",
            amount,
        ),
        maybe(
            "order_id",
            "Your own name for it; need not be unique.",
            Schema::text().at_most_chars(fields::ORDER_ID_CHARS_MAX).or_null(),
        ),
        maybe(
            "metadata",
            "Whatever you want back with it: at most 8 KiB, 50 keys, 5 levels.",
            Schema::any_object().keyword("maxProperties", Json::token(50)).or_null(),
        ),
        maybe("success_url", "Where the checkout page leads once it is paid.", address()),
        maybe("cancel_url", "Where it leads when the customer gives up.", address()),
        maybe("expires_in", "Seconds until it expires; 1800 by default.", expires_in),
    ])
}

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
