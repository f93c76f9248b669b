//! `GET /api/v1/webhook`: where the merchant's webhooks go, which, and whether they do.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::render::webhook;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let now = call.site.context.gateway.now();
    Ok(Answer::json(StatusCode::OK, webhook::answer(&caller.merchant, now)))
}
