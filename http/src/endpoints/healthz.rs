//! `GET /healthz`: the process is there and answers.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(_call: Call) -> Result<Answer, Failure> {
    Ok(Answer::json(StatusCode::OK, r#"{"success":true,"status":"ok"}"#))
}
