//! `POST /api/v1/webhook/test`: a `webhook_test` event to the merchant's endpoint. 202 with its
//! delivery.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::endpoints::delivery_redeliver::accepted;
use crate::error::Failure;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    if caller.merchant.webhook_url.is_none() {
        let message = "no webhook URL is set; set one with PUT /api/v1/webhook first";
        return Err(Failure::new(StatusCode::CONFLICT, "no_webhook_url", message));
    }
    let delivery = call.site.context.gateway.test_webhook(caller.id).await?;
    Ok(accepted(&delivery, &caller))
}
