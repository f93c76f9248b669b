//! `POST /api/v1/withdrawals/{id}/cancel`: gives back what is held, as long as it was not handed
//! over. 409 `not_cancellable` says where it stands.

use super::withdrawal_show::own;
use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag};
use crate::render::shapes;
use crate::render::withdrawal;
use cryptopayment_domain::withdrawal::Command;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    Operation::new("cancelWithdrawal", Tag::Withdrawals, "Cancel a withdrawal")
        .about("Gives back what is held, as long as the withdrawal waits.")
        .path(Schema::id(), "The withdrawal's id.")
        .says(200, "The withdrawal, cancelled.", shapes::withdrawal_answer(), "")
        .refuses(&["withdrawal_not_found", "not_cancellable", "overloaded", "store_full"])
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let id = own(&call, &caller)?.request.withdrawal;
    let gateway = &call.site.context.gateway;
    let cancelled = gateway.decide_withdrawal(id, Command::Cancel).await?;
    Ok(Answer::json(StatusCode::OK, withdrawal::answer(&cancelled)))
}
