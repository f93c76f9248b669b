//! `PUT /api/v1/webhook` `{"url": "https://…" | null}`: sets where webhooks go, or removes it.

use super::webhook_show::shown;
use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::json::fields::text;
use crate::json::strict::Object;
use crate::outgoing::endpoint_url::{self, BadEndpoint};
use crate::outgoing::guard::Guard;

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let body = Object::read(&call.body)?;
    let url = read_url(&body)?;
    if let Some(url) = &url {
        let guard = Guard::new(context.config.allow_networks.clone());
        endpoint_url::check_fully(url, &guard).await.map_err(|bad| refused(&bad))?;
    }
    let merchant = context.gateway.set_webhook(caller.id, url).await?;
    Ok(shown(merchant.webhook_url.as_deref()))
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
}
