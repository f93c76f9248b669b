//! `POST /api/v1/invoices/{id}/cancel`: a pending invoice that has received nothing. 409
//! `invoice_not_cancellable` says where it stands; money that comes all the same is credited.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag};
use crate::render::invoice::{self, Shown};
use crate::render::shapes;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    Operation::new("cancelInvoice", Tag::Invoices, "Cancel an invoice")
        .about("A pending one that has received nothing. Money that comes all the same is yours.")
        .path(Schema::id(), "The invoice's id.")
        .says(200, "The invoice, expired.", shapes::invoice_answer(), "")
        .refuses(&["invoice_not_found", "invoice_not_cancellable", "overloaded", "store_full"])
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let id = call.invoice_id()?;
    // Somebody else's invoice is as if it were not there.
    let own = context.invoice(id)?.filter(|invoice| invoice.terms.merchant == caller.id);
    own.ok_or_else(Call::no_such_invoice)?;
    let invoice = context.gateway.cancel_invoice(id).await?;
    let tip = context.tip(invoice.terms.network);
    let payment_uri = context.payment_uri(&invoice);
    let metadata = context.metadata(&invoice);
    let (tip, metadata) = (tip.as_ref(), metadata.as_deref());
    let shown = Shown { invoice: &invoice, tip, payment_uri: &payment_uri, metadata };
    Ok(Answer::json(StatusCode::OK, invoice::answer(shown, &context.config.public_url)))
}
