//! `GET /api/v1/rates`: what each coin is worth now, who says so, and why where nobody knows.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::render::rates::{self, CoinRate};
use cryptopayment_domain::network::Network;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call, _: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let enabled = context.enabled_networks();
    let coins: Vec<CoinRate> = Network::IN_BALANCE_ORDER
        .into_iter()
        .filter(|network| enabled.contains(network))
        .map(|network| CoinRate { network, rate: context.gateway.rate(network) })
        .collect();
    Ok(Answer::json(StatusCode::OK, rates::answer(&coins)))
}
