//! `GET /pay/{id}`: the page on which a customer pays.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::openapi::operation::Body;
use crate::openapi::{Operation, Schema, Tag};
use crate::pages::checkout;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    let page =
        || Body { media_type: "text/html; charset=utf-8", schema: Schema::text(), example: "" };
    Operation::new("showCheckout", Tag::Checkout, "The page to pay on")
        .about("For a customer's browser; the `checkout_url` of the invoice leads here.")
        .path(Schema::id(), "The invoice's id.")
        .says_as(200, "The page.", page())
        .says_as(404, "For browsers; programs are given the error as JSON.", page())
        .refuses(&["invoice_not_found"])
}

/// Answers the request. Whoever knows the id may see the page.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let found = call.invoice_id().and_then(|id| context.invoice(id));
    let found = found.and_then(|invoice| invoice.ok_or_else(Call::no_such_invoice));
    match found {
        Ok(invoice) => Ok(checkout::page(context, &invoice)?.answer(StatusCode::OK)),
        Err(failure) if failure.status == StatusCode::NOT_FOUND && wants_a_page(&call) => {
            Ok(checkout::not_found().answer(StatusCode::NOT_FOUND))
        }
        Err(failure) => Err(failure),
    }
}

/// A person's browser; programs get the JSON error that all endpoints give.
fn wants_a_page(call: &Call) -> bool {
    call.header("accept").is_some_and(|accepted| accepted.contains("text/html"))
}
