//! `GET /api/v1/webhook`: where the merchant's webhooks go.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::json::write::push_optional;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(_call: Call, caller: Caller) -> Result<Answer, Failure> {
    Ok(shown(caller.merchant.webhook_url.as_deref()))
}

/// `{"success":true,"webhook":{"url":…}}`.
pub fn shown(url: Option<&str>) -> Answer {
    let mut out = String::with_capacity(128);
    out.push_str(r#"{"success":true,"webhook":{"url":"#);
    push_optional(&mut out, url);
    out.push_str("}}");
    Answer::json(StatusCode::OK, out)
}
