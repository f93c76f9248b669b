//! `GET /api/v1/withdrawals/{id}`: one of the merchant's own withdrawals.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::read_failed;
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag};
use crate::render::shapes;
use crate::render::withdrawal;
use cryptopayment_domain::id::WithdrawalId;
use cryptopayment_domain::withdrawal::Withdrawal;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    Operation::new("showWithdrawal", Tag::Withdrawals, "Get a withdrawal")
        .path(Schema::id(), "The withdrawal's id.")
        .says(200, "The withdrawal.", shapes::withdrawal_answer(), shapes::WITHDRAWAL)
        .refuses(&["withdrawal_not_found"])
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let withdrawal = own(&call, &caller)?;
    Ok(Answer::json(StatusCode::OK, withdrawal::answer(&withdrawal)))
}

/// The withdrawal that the path names; somebody else's is as if it were not there.
///
/// # Errors
/// 404 `withdrawal_not_found`.
pub fn own(call: &Call, caller: &Caller) -> Result<Withdrawal, Failure> {
    let id = call.uuid().ok_or_else(missing)?;
    let views = &call.site.context.views;
    let found = views.withdrawal(WithdrawalId(id)).map_err(read_failed)?.map(|row| row.value);
    found.filter(|withdrawal| withdrawal.request.merchant == caller.id).ok_or_else(missing)
}

fn missing() -> Failure {
    let message =
        "there is no such withdrawal; check the id that POST /api/v1/withdrawals gave you";
    Failure::not_found("withdrawal_not_found", message)
}
