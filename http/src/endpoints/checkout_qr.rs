//! `GET /pay/{id}/qr.svg`: the code that a wallet's camera reads.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::pages::qr;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let invoice = context.invoice(call.invoice_id()?)?.ok_or_else(Call::no_such_invoice)?;
    let image = qr::svg(&context.payment_uri(&invoice))?;
    // It changes when a part has been paid: then it asks for the rest.
    Ok(Answer::bytes(StatusCode::OK, "image/svg+xml", image)
        .with_static("cache-control", "no-store"))
}
