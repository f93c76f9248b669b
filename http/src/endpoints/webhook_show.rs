//! `GET /api/v1/webhook`: where the merchant's webhooks go, which, and whether they do.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag, always};
use crate::render::{shapes, webhook};
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    Operation::new("showWebhook", Tag::Webhook, "Get the webhook")
        .about("Where your events are sent.")
        .says(200, "The webhook.", shape(), EXAMPLE)
}

/// The answer's shape; setting the webhook answers the same.
pub fn shape() -> Schema {
    fn webhook() -> Schema {
        let paused = Schema::named("Pause", pause).or_null();
        Schema::object([
            always("url", "Where events are sent; null: nowhere.", Schema::address().or_null()),
            always("events", "Which are sent.", Schema::list(shapes::event_choice())),
            always("paused", "Why nothing is sent at the moment.", paused),
            always("rotation", "While the app secret is being rotated.", shapes::rotation()),
        ])
    }
    fn pause() -> Schema {
        Schema::object([
            always("since", "Since when.", Schema::instant()),
            always("delivery_id", "What was answered 410.", Schema::id()),
            always("notice", "What to do, in words.", Schema::text()),
        ])
    }
    fn answer() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("webhook", "", Schema::named("Webhook", webhook)),
        ])
    }
    Schema::named("WebhookAnswer", answer)
}

/// What it looks like.
pub const EXAMPLE: &str = r#"{"success":true,"webhook":{"url":"https://shop.example/webhook","events":["payment_detected","payment_confirmed"],"paused":null,"rotation":null}}"#;

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let now = call.site.context.gateway.now();
    Ok(Answer::json(StatusCode::OK, webhook::answer(&caller.merchant, now)))
}
