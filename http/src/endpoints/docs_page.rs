//! `GET /docs`: this API as a page for people.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::openapi::operation::Body;
use crate::openapi::{Operation, Schema, Tag};
use crate::pages::shell::Page;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    let media_type = "text/html; charset=utf-8";
    let page = Body { media_type, schema: Schema::text(), example: "" };
    Operation::new("showDocumentation", Tag::Operation, "This documentation, as a page")
        .about("Made from the same document; it works without JavaScript and loads nothing.")
        .says_as(200, "The page.", page)
}

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    Ok(Page::ready(StatusCode::OK, call.site.docs.clone()))
}
