//! `POST /api/v1/webhook/deliveries/{id}/redeliver`: once more, whatever became of it before; the
//! schedule of retries begins anew. 202 with the delivery.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag};
use crate::render::delivery::{Shown, push_delivery};
use crate::render::shapes;
use cryptopayment_actors::gateway::Unwilling;
use cryptopayment_domain::webhook::Delivery;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    Operation::new("redeliver", Tag::Webhook, "Deliver once more")
        .about("Whatever became of it before; the schedule of retries begins anew.")
        .path(Schema::id(), "The delivery's id.")
        .says(202, "It is on its way.", shapes::delivery_answer(), "")
        .refuses(&["delivery_not_found", "overloaded", "store_full"])
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let event = call.event_id()?;
    match call.site.context.gateway.redeliver(caller.id, event).await {
        Ok(delivery) => Ok(accepted(&delivery, &caller)),
        // Somebody else's delivery is as if it were not there.
        Err(Unwilling::NotFound) => Err(Call::no_such_delivery()),
        Err(unwilling) => Err(unwilling.into()),
    }
}

/// `{"success":true,"delivery":{…}}`, 202.
pub fn accepted(delivery: &Delivery, caller: &Caller) -> Answer {
    let mut out = String::with_capacity(512);
    out.push_str(r#"{"success":true,"delivery":"#);
    let paused = caller.merchant.paused.is_some();
    push_delivery(&mut out, &Shown { delivery, attempts: None, paused });
    out.push('}');
    Answer::json(StatusCode::ACCEPTED, out)
}
