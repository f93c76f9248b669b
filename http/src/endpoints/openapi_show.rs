//! `GET /openapi.json`: this API as a document for programs (OpenAPI 3.1).

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag};
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    Operation::new("showDocument", Tag::Operation, "This document")
        .about("OpenAPI 3.1, made from the endpoints of this very gateway.")
        .says(200, "The document.", Schema::any_object(), "")
}

/// Answers the request. It changes only with the program, and with where it is reached.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let document = call.site.document.clone();
    Ok(Answer::bytes(StatusCode::OK, "application/json", document)
        .with_static("cache-control", "public, max-age=300")
        .with_static("access-control-allow-origin", "*"))
}
