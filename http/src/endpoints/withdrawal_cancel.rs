//! `POST /api/v1/withdrawals/{id}/cancel`: gives back what is held, as long as it was not handed
//! over. 409 `not_cancellable` says where it stands.

use super::withdrawal_show::own;
use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::render::withdrawal;
use cryptopayment_domain::withdrawal::Command;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let id = own(&call, &caller)?.request.withdrawal;
    let gateway = &call.site.context.gateway;
    let cancelled = gateway.decide_withdrawal(id, Command::Cancel).await?;
    Ok(Answer::json(StatusCode::OK, withdrawal::answer(&cancelled)))
}
