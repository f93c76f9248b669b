//! `GET /assets/…`: the files that pages load.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::openapi::operation::Body;
use crate::openapi::{Operation, Schema, Tag};
use crate::pages::shell::{DOCS_STYLE, ICON, SCRIPT, STYLE};

/// `checkout.css`.
pub async fn style(_call: Call) -> Result<Answer, Failure> {
    Ok(STYLE.answer())
}

/// `docs.css`.
pub async fn docs_style(_call: Call) -> Result<Answer, Failure> {
    Ok(DOCS_STYLE.answer())
}

/// `checkout.js`.
pub async fn script(_call: Call) -> Result<Answer, Failure> {
    Ok(SCRIPT.answer())
}

/// `icon.svg`.
pub async fn icon(_call: Call) -> Result<Answer, Failure> {
    Ok(ICON.answer())
}

/// What there is to say of each: pages load them, and nobody else.
pub fn doc() -> Operation {
    let file = Body { media_type: "*/*", schema: Schema::text(), example: "" };
    Operation::new("showAsset", Tag::Parts, "A file that pages load").says_as(200, "It.", file)
}
