//! `GET /api/v1/invoices/{id}`: one of the merchant's own invoices.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::render::invoice::{self, Shown};
use warp::http::StatusCode;

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
