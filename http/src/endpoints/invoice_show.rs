//! `GET /api/v1/invoices/{id}`: one of the merchant's own invoices.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag};
use crate::render::invoice::{self, Shown};
use crate::render::shapes;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    Operation::new("showInvoice", Tag::Invoices, "Get an invoice")
        .about("Its status, and every payment that was seen, as of this moment.")
        .path(Schema::id(), "The invoice's id.")
        .says(200, "The invoice.", shapes::invoice_answer(), shapes::PAID_INVOICE)
        .refuses(&["invoice_not_found"])
        .leads_to("showCheckoutState", "id", "$response.body#/invoice/id")
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let found = context.invoice(call.invoice_id()?)?;
    // Somebody else's invoice is as if it were not there.
    let own = found.filter(|invoice| invoice.terms.merchant == caller.id);
    let invoice = own.ok_or_else(Call::no_such_invoice)?;
    let tip = context.tip(invoice.terms.network);
    let payment_uri = context.payment_uri(&invoice);
    let metadata = context.metadata(&invoice);
    let shown = Shown {
        invoice: &invoice,
        tip: tip.as_ref(),
        payment_uri: &payment_uri,
        metadata: metadata.as_deref(),
    };
    Ok(Answer::json(StatusCode::OK, invoice::answer(shown, &context.config.public_url)))
}
