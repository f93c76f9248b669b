//! `POST /api/v1/webhook/test`: a `webhook_test` event to the merchant's endpoint. 202 with its
//! delivery.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::endpoints::delivery_redeliver::accepted;
use crate::error::Failure;
use crate::openapi::{Operation, Tag};
use crate::render::shapes;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    Operation::new("testWebhook", Tag::Webhook, "Test the webhook")
        .about("Sends the event `webhook_test` to your endpoint, signed as all are.")
        .says(202, "It is on its way.", shapes::delivery_answer(), "")
        .refuses(&["no_webhook_url", "overloaded", "store_full"])
        .leads_to("redeliver", "id", "$response.body#/delivery/id")
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    if caller.merchant.webhook_url.is_none() {
        let message = "no webhook URL is set; set one with PUT /api/v1/webhook first";
        return Err(Failure::new(StatusCode::CONFLICT, "no_webhook_url", message));
    }
    let delivery = call.site.context.gateway.test_webhook(caller.id).await?;
    Ok(accepted(&delivery, &caller))
}
