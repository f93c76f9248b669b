//! `GET /metrics`: everything counted, for Prometheus.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::openapi::operation::Body;
use crate::openapi::{Operation, Schema, Tag};
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    let media_type = "text/plain; version=0.0.4; charset=utf-8";
    let text = Body { media_type, schema: Schema::text(), example: "" };
    Operation::new("showMetrics", Tag::Operation, "Everything counted, for Prometheus").says_as(
        200,
        "The figures.",
        text,
    )
}

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let context = &call.site.context;
    context.gateway.meter_rates();
    let text = context.prometheus.render();
    let answer = Answer::bytes(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text);
    Ok(answer.with_static("cache-control", "no-store"))
}
