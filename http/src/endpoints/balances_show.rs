//! `GET /api/v1/balances`: what the merchant owns, per coin.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::read_failed;
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag, always};
use crate::render::balances::{self, CoinBalance};
use cryptopayment_domain::money::Money;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn balance() -> Schema {
        Schema::object([
            always(
                "available",
                "Free to withdraw; below zero only after a chain took a credited payment back.",
                Schema::decimal(),
            ),
            always("pending", "In a block, but not deep enough yet.", Schema::amount()),
        ])
    }
    fn answer() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("balances", "By coin.", Schema::map(Schema::named("Balance", balance))),
        ])
    }
    Operation::new("showBalances", Tag::Balances, "Get balances")
        .about("Every coin that this gateway takes, and every other that you own some of.")
        .says(
            200,
            "The balances.",
            Schema::named("Balances", answer),
            r#"{"success":true,"balances":{"USDT-TRC20":{"available":450.00,"pending":0},"BTC":{"available":0.025,"pending":0}}}"#,
        )
}

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
