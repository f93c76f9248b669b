//! `PUT /api/v1/webhook` `{"url": "https://…" | null, "events": […]}`: sets where webhooks go, or
//! removes it, and which events go there. A paused endpoint goes on.

use super::webhook_show::{EXAMPLE, shape};
use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::json::fields::text;
use crate::json::strict::Object;
use crate::openapi::{Operation, Schema, Tag, always, maybe};
use crate::outgoing::endpoint_url::{self, BadEndpoint};
use crate::outgoing::guard::Guard;
use crate::render::{shapes, webhook};
use cryptopayment_domain::webhook::{EventKind, EventSet};
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn body() -> Schema {
        let url = Schema::web_address().at_most_chars(endpoint_url::URL_BYTES_MAX).or_null();
        let events = Schema::list(shapes::event_choice()).or_null();
        Schema::object([
            always("url", "An https address; null removes it.", url),
            maybe("events", "Which are sent; as before unless said.", events),
        ])
    }
    Operation::new("setWebhook", Tag::Webhook, "Set the webhook")
        .about(
            "Sets where your events are sent and which; the first two of them always are. A paused \
             endpoint goes on.",
        )
        .body(Schema::named("NewWebhook", body), r#"{"url":"https://shop.example/webhook"}"#)
        .says(200, "The webhook as it is now.", shape(), EXAMPLE)
        .refuses(&["invalid_webhook_url", "blocked_address", "invalid_events"])
        .refuses(&["overloaded", "store_full"])
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let body = Object::read(&call.body)?;
    let url = read_url(&body)?;
    if let Some(url) = &url {
        let guard = Guard::new(context.config.allow_networks.clone());
        endpoint_url::check_fully(url, &guard).await.map_err(|bad| refused(&bad))?;
    }
    let events = read_events(&body)?;
    let merchant = context.gateway.set_webhook(caller.id, url, events).await?;
    Ok(Answer::json(StatusCode::OK, webhook::answer(&merchant, context.gateway.now())))
}

/// Names of events; absent: as before. The seed's two are sent whether named or not.
fn read_events(body: &Object<'_>) -> Result<Option<EventSet>, Failure> {
    let Some(value) = body.get("events") else { return Ok(None) };
    let all: Vec<_> = EventKind::CHOICES.into_iter().map(EventKind::name).collect();
    let must_be = format!("events must be a list of names out of {}", all.join(", "));
    let refused = |message| Failure::invalid("invalid_events", "events", message);
    let names: Vec<String> =
        serde_json::from_str(value.get()).map_err(|_| refused(must_be.clone()))?;
    match names.iter().find(|name| choice(name).is_none()) {
        None => Ok(Some(names.iter().filter_map(|name| choice(name)).collect())),
        Some(wrong) => {
            let shown: String = wrong.chars().take(40).collect();
            Err(refused(format!("{must_be}; {shown:?} is none of them")))
        }
    }
}

fn choice(name: &str) -> Option<EventKind> {
    EventKind::CHOICES.into_iter().find(|kind| kind.name() == name)
}

/// A string, or a `null` that is really there: forgetting the field removes nothing.
fn read_url(body: &Object<'_>) -> Result<Option<String>, Failure> {
    match body.raw("url") {
        Some(value) if value.get() == "null" => Ok(None),
        value => {
            let url = value.and_then(text).ok_or_else(|| refused(&BadEndpoint::NoUrl))?;
            Ok(Some(url))
        }
    }
}

fn refused(bad: &BadEndpoint) -> Failure {
    let code = match bad {
        BadEndpoint::Blocked(_) => "blocked_address",
        BadEndpoint::NoUrl | BadEndpoint::TooLong | BadEndpoint::NotEncrypted => {
            "invalid_webhook_url"
        }
    };
    Failure::invalid(code, "url", bad.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_url_is_refused_and_null_removes() {
        let rows = [
            (r#"{"url":"https://shop.example/"}"#, Ok(Some("https://shop.example/".to_owned()))),
            (r#"{"url":null}"#, Ok(None)),
            ("{}", Err("invalid_webhook_url")),
            (r#"{"url":7}"#, Err("invalid_webhook_url")),
            (r#"{"url":["https://shop.example/"]}"#, Err("invalid_webhook_url")),
        ];
        for (body, expected) in rows {
            let object = Object::read(body.as_bytes()).unwrap();
            assert_eq!(read_url(&object).map_err(|failure| failure.code), expected, "{body}");
        }
    }

    #[test]
    fn events_are_chosen_by_name_and_absent_ones_stay_as_they_are() {
        let chosen = |names: &str| {
            let body = format!(r#"{{"url":null,"events":{names}}}"#);
            let object = Object::read(body.as_bytes()).unwrap();
            read_events(&object).map_err(|failure| (failure.code, failure.param))
        };
        let late: EventSet = [EventKind::PaymentLate].into_iter().collect();
        assert_eq!(chosen(r#"["payment_late","payment_detected"]"#), Ok(Some(late)));
        assert_eq!(chosen("[]"), Ok(Some(EventSet::SEED)));
        assert_eq!(chosen("null"), Ok(None));
        let object = Object::read(br#"{"url":null}"#).unwrap();
        assert!(matches!(read_events(&object), Ok(None)));
        for bad in [r#"["paid"]"#, r#"["webhook_test"]"#, r#""payment_late""#, "[1]", "{}", "7"] {
            assert_eq!(chosen(bad), Err(("invalid_events", Some("events"))), "{bad}");
        }
    }
}
