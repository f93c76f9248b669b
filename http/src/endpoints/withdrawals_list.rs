//! `GET /api/v1/withdrawals?page=&status=&coin=`: newest first, twenty a page.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::read_failed;
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag, always};
use crate::query::PAGE_MAX;
use crate::query::Query;
use crate::render::list::Pagination;
use crate::render::shapes;
use crate::render::withdrawal;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::withdrawal::Status;
use cryptopayment_storage::WithdrawalFilter;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn page() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("withdrawals", "Newest first.", Schema::list(shapes::withdrawal())),
            always("pagination", "", shapes::pagination()),
        ])
    }
    Operation::new("listWithdrawals", Tag::Withdrawals, "List withdrawals")
        .about("Newest first, 20 a page; a page past the end is empty. Filters add up.")
        .query("page", "Which page, from 1.", Schema::whole(1).at_most(PAGE_MAX))
        .query("status", "Only those of this status.", shapes::withdrawal_status())
        .query("coin", "Only those of this coin.", shapes::balance_coin())
        .says(200, "A page of withdrawals.", Schema::named("WithdrawalPage", page), "")
        .refuses(&["invalid_page", "invalid_filter"])
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let query = Query::parse(&call.query);
    let page = query.page()?;
    let found = context.views.withdrawals(caller.id, filter(&query)?, page).map_err(read_failed)?;
    let pagination = Pagination { page, total: found.total };
    Ok(Answer::json(StatusCode::OK, withdrawal::page(&found.withdrawals, pagination)))
}

fn filter(query: &Query<'_>) -> Result<WithdrawalFilter, Failure> {
    let invalid = |param, message: &'static str| Failure::invalid("invalid_filter", param, message);
    let status =
        query.read("status", |text| Status::ALL.into_iter().find(|status| status.name() == text));
    let network = query.read("coin", Network::of_balance_key);
    Ok(WithdrawalFilter {
        status: status.map_err(|_| {
            invalid("status", "status must be one of pending_review, approved, rejected, cancelled")
        })?,
        network: network.map_err(|_| {
            invalid("coin", "coin must be one of USDT-TRC20, BTC, LTC, ETH, USDT-BEP20")
        })?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        let rows = [
            ("", None),
            ("status=approved&coin=USDT-BEP20", None),
            ("status=done", Some("status")),
            ("coin=usdt", Some("coin")),
            ("status=done&coin=usdt", Some("status")),
        ];
        for (query, param) in rows {
            let refused = filter(&Query::parse(query)).err();
            assert_eq!(refused.and_then(|failure| failure.param), param, "{query}");
        }
    }
}
