//! `GET /api/v1/invoices?page=&status=&network=&order_id=&from=&to=`: newest first, twenty a page.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::read_failed;
use crate::error::Failure;
use crate::json::tree::Json;
use crate::openapi::{Operation, Schema, Tag, always};
use crate::query::{PAGE_MAX, Query};
use crate::render::invoice::Shown;
use crate::render::list::{Page, Pagination};
use crate::render::shapes;
use cryptopayment_domain::invoice::Status;
use cryptopayment_storage::InvoiceFilter;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn page() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("invoices", "Newest first.", Schema::list(shapes::invoice())),
            always("pagination", "", shapes::pagination()),
        ])
    }
    let instant = || {
        let formats = ["date", "date-time"].map(|name| Schema::text().format(name));
        Schema::any_of(formats).example(Json::text("2024-01-15"))
    };
    Operation::new("listInvoices", Tag::Invoices, "List invoices")
        .about("Newest first, 20 a page; a page past the end is empty. Filters add up.")
        .query("page", "Which page, from 1.", Schema::whole(1).at_most(PAGE_MAX))
        .query("status", "Only those of this status.", shapes::status())
        .query("network", "Only those on this network.", shapes::network())
        .query("order_id", "Only those with exactly this `order_id`.", Schema::text())
        .query("from", "Only those made from this date or RFC 3339 instant on.", instant())
        .query("to", "Only those made until this date (its whole day) or instant.", instant())
        .says(
            200,
            "A page of invoices.",
            Schema::named("InvoicePage", page),
            r#"{"success":true,"invoices":[],"pagination":{"page":1,"per_page":20,"total":0,"total_pages":0,"has_more":false}}"#,
        )
        .refuses(&["invalid_page", "invalid_filter"])
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let query = Query::parse(&call.query);
    let page = query.page()?;
    let found = context.views.invoices(caller.id, &filter(&query)?, page).map_err(read_failed)?;
    let mut list = Page::new();
    for row in &found.invoices {
        let invoice = &row.value;
        let tip = context.tip(invoice.terms.network);
        let payment_uri = context.payment_uri(invoice);
        let metadata = context.metadata(invoice);
        let (tip, metadata) = (tip.as_ref(), metadata.as_deref());
        list.add(Shown { invoice, tip, payment_uri: &payment_uri, metadata });
    }
    let body = list.finish(Pagination { page, total: found.total });
    Ok(Answer::json(StatusCode::OK, body))
}

fn filter(query: &Query<'_>) -> Result<InvoiceFilter, Failure> {
    let invalid = |param, message: &'static str| Failure::invalid("invalid_filter", param, message);
    let status =
        query.read("status", |text| Status::ALL.into_iter().find(|status| status.name() == text));
    let network = query.read("network", |text| text.parse().ok());
    let from = query.read("from", |text| crate::query::instant(text, crate::query::Edge::First));
    let to = query.read("to", |text| crate::query::instant(text, crate::query::Edge::Last));
    const INSTANT: &str = "use a date such as 2024-01-15 or a time such as 2024-01-15T10:30:00Z";
    Ok(InvoiceFilter {
        status: status.map_err(|_| {
            invalid("status", "status must be one of pending, confirming, confirmed, expired")
        })?,
        network: network.map_err(|_| {
            invalid("network", "network must be one of btc, ltc, eth, trc20, bep20")
        })?,
        order_id: query.get("order_id").map(str::to_owned),
        from: from.map_err(|_| invalid("from", INSTANT))?,
        to: to.map_err(|_| invalid("to", INSTANT))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(query: &str) -> Option<(&'static str, Option<&'static str>)> {
        let query = Query::parse(query);
        let read = query.page().and_then(|_| filter(&query));
        read.err().map(|failure| (failure.code, failure.param))
    }

    #[test]
    fn pages_and_filters() {
        let good = [
            "",
            "page=1",
            "page=1000000000&status=confirmed&network=ltc",
            "page=&status=&from=",
            "order_id=ORD%2F1&unknown=x",
            "from=2024-01-15&to=2024-01-15T10:30:00Z",
            "from=2024-01-15T10:30:00+00:00",
        ];
        for query in good {
            assert_eq!(refused(query), None, "{query}");
        }
        let bad = [
            ("page=0", "invalid_page", "page"),
            ("page=-1", "invalid_page", "page"),
            ("page=%2B1", "invalid_page", "page"),
            ("page=1.5", "invalid_page", "page"),
            ("page=1000000001", "invalid_page", "page"),
            ("page=abc", "invalid_page", "page"),
            ("page=%00", "invalid_page", "page"),
            ("page=99999999999999999999999", "invalid_page", "page"),
            ("page=0&status=paid", "invalid_page", "page"),
            ("status=paid", "invalid_filter", "status"),
            ("status=PENDING", "invalid_filter", "status"),
            ("network=doge", "invalid_filter", "network"),
            ("from=yesterday", "invalid_filter", "from"),
            ("to=2024-13-01", "invalid_filter", "to"),
            ("to=2024-01-15T25:00:00Z", "invalid_filter", "to"),
        ];
        for (query, code, param) in bad {
            assert_eq!(refused(query), Some((code, Some(param))), "{query}");
        }
    }
}
