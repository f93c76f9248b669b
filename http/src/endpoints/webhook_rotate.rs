//! `POST /api/v1/webhook/rotate-secret`: begins a rotation and shows the new app secret once; with
//! `{"finish":true}` ends it. Until then, and for a day at most, both sign.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::json::strict::Object;
use crate::json::write::push_string;
use crate::openapi::{Operation, Schema, Tag, always, maybe};
use crate::render::shapes;
use crate::render::webhook::push_rotation;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn body() -> Schema {
        let finish = Schema::boolean().or_null();
        Schema::object([maybe("finish", "`true` ends the rotation.", finish)])
    }
    fn answer() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            maybe("app_secret", "The new one, shown this once.", Schema::pattern("^whsec_")),
            always("rotation", "Until when both sign.", shapes::rotation()),
        ])
    }
    Operation::new("rotateSecret", Tag::Webhook, "Rotate the app secret")
        .about(
            "Begins a rotation: until it ends, after a day at the latest, the header \
             `webhook-signature` carries a signature under each secret, and the one in the body \
             stays on the old. Ask again with `finish` when your server knows the new one.",
        )
        .body(Schema::named("Rotating", body), r#"{"finish":true}"#)
        .body_may_be_absent()
        .says(
            200,
            "How it stands.",
            Schema::named("Rotated", answer),
            r#"{"success":true,"rotation":null}"#,
        )
        .refuses(&["invalid_finish", "not_rotating", "overloaded", "store_full"])
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let gateway = &call.site.context.gateway;
    let mut out = String::with_capacity(256);
    out.push_str(r#"{"success":true"#);
    let merchant = if is_finish(&call.body)? {
        gateway.end_rotation(caller.id).await?
    } else {
        let (secret, merchant) = gateway.begin_rotation(caller.id).await?;
        out.push_str(r#","app_secret":"#);
        push_string(&mut out, &secret);
        merchant
    };
    out.push_str(r#","rotation":"#);
    push_rotation(&mut out, &merchant, gateway.now());
    out.push('}');
    Ok(Answer::json(StatusCode::OK, out))
}

/// An empty body begins, as does one without `finish`.
fn is_finish(body: &[u8]) -> Result<bool, Failure> {
    if body.is_empty() {
        return Ok(false);
    }
    let body = Object::read(body)?;
    match body.get("finish").map(|value| value.get()) {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => {
            let message = "finish must be true or false; leave it out to begin a rotation";
            Err(Failure::invalid("invalid_finish", "finish", message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_begins_and_what_ends() {
        let rows = [
            ("", Ok(false)),
            ("{}", Ok(false)),
            (r#"{"finish":false}"#, Ok(false)),
            (r#"{"finish":null}"#, Ok(false)),
            (r#"{"finish":true}"#, Ok(true)),
            (r#"{"finish":"true"}"#, Err("invalid_finish")),
            (r#"{"finish":1}"#, Err("invalid_finish")),
            ("[]", Err("invalid_body")),
            ("{", Err("invalid_json")),
        ];
        for (body, expected) in rows {
            assert_eq!(
                is_finish(body.as_bytes()).map_err(|failure| failure.code),
                expected,
                "{body}"
            );
        }
    }
}
