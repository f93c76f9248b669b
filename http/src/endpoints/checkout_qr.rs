//! `GET /pay/{id}/qr.svg`: the code that a wallet's camera reads.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::openapi::operation::Body;
use crate::openapi::{Operation, Schema, Tag};
use crate::pages::qr;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    let image = Body { media_type: "image/svg+xml", schema: Schema::text(), example: "" };
    Operation::new("showCheckoutCode", Tag::Checkout, "The code that a wallet reads")
        .about("Holds the `payment_uri`; where a part is paid already, it asks for the rest.")
        .path(Schema::id(), "The invoice's id.")
        .says_as(200, "The code, as an image.", image)
        .refuses(&["invoice_not_found"])
}

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let invoice = context.invoice(call.invoice_id()?)?.ok_or_else(Call::no_such_invoice)?;
    let image = qr::svg(&context.payment_uri(&invoice))?;
    // It changes when a part has been paid: then it asks for the rest.
    Ok(Answer::bytes(StatusCode::OK, "image/svg+xml", image)
        .with_static("cache-control", "no-store"))
}
