//! `GET /metrics`: everything counted, for Prometheus.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let context = &call.site.context;
    context.gateway.meter_rates();
    let text = context.prometheus.render();
    let answer = Answer::bytes(StatusCode::OK, "text/plain; version=0.0.4; charset=utf-8", text);
    Ok(answer.with_static("cache-control", "no-store"))
}
