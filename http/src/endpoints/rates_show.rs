//! `GET /api/v1/rates`: what each coin is worth now, who says so, and why where nobody knows.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag, always};
use crate::render::rates::{self, CoinRate};
use cryptopayment_domain::network::Network;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn answer() -> Schema {
        let rates = Schema::map(Schema::named("CoinRate", coin_rate));
        Schema::object([
            always("success", "", Schema::success()),
            always("rates", "By coin, named and ordered as in balances.", rates),
        ])
    }
    Operation::new("listRates", Tag::Networks, "List rates")
        .about(
            "What each coin that is taken is worth at this moment. One that cannot be priced has a \
             `reason`, and its invoices are refused with `rate_unavailable`.",
        )
        .says(200, "The rates.", Schema::named("Rates", answer), "")
}

fn coin_rate() -> Schema {
    let amount = || Schema::amount().or_null();
    Schema::object([
        always("usd_per_coin", "US dollars for one coin.", amount()),
        always("source", "As in an invoice's `rate`.", Schema::text().or_null()),
        always(
            "sources",
            "What each said that the median is of.",
            Schema::list(rates::source_shape()),
        ),
        always("spread_percent", "How much the rate lies below that median.", amount()),
        always("updated_at", "When it was so.", Schema::instant().or_null()),
        always("reason", "Why there is none.", Schema::text().or_null()),
    ])
}

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
