//! `GET /pay/{id}.json`: what the checkout page shows, for pages whose stream does not come through.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::pages::state::State;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let invoice = context.invoice(call.invoice_id()?)?.ok_or_else(Call::no_such_invoice)?;
    let tip = context.tip(invoice.terms.network);
    let state = State::of(&invoice, tip.as_ref(), &context.payment_uri(&invoice));
    Ok(Answer::json(StatusCode::OK, state.at(context.gateway.now())))
}
