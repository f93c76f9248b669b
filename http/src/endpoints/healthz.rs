//! `GET /healthz`: the process is there and answers.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag, always};
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn answer() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("status", "`ok`.", Schema::one_of(["ok"])),
        ])
    }
    Operation::new("showHealth", Tag::Operation, "Whether the process answers").says(
        200,
        "It does.",
        Schema::named("Health", answer),
        r#"{"success":true,"status":"ok"}"#,
    )
}

/// Answers the request.
pub async fn answer(_call: Call) -> Result<Answer, Failure> {
    Ok(Answer::json(StatusCode::OK, r#"{"success":true,"status":"ok"}"#))
}
