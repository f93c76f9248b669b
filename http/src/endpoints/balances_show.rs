//! `GET /api/v1/balances`: what the merchant owns, per coin.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::read_failed;
use crate::error::Failure;
use crate::render::balances::{self, CoinBalance};
use cryptopayment_domain::money::Money;
use warp::http::StatusCode;

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let enabled = context.enabled_networks();
    let figures = context.views.balances(caller.id).map_err(read_failed)?;
    let coins: Vec<CoinBalance> = figures
        .into_iter()
        .map(|(network, coin)| {
            let pending = Money::new(network, coin.pending.min(Money::UNITS_MAX));
            let pending = pending.unwrap_or(Money::zero(network));
            CoinBalance { available_units: coin.balance, pending }
        })
        // A coin that is no longer taken is still owned.
        .filter(|coin| {
            let owned = coin.available_units != 0 || !coin.pending.is_zero();
            owned || enabled.contains(&coin.pending.network())
        })
        .collect();
    Ok(Answer::json(StatusCode::OK, balances::answer(&coins)))
}
