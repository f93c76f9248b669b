//! `GET /api/v1/balances/{coin}/entries`: the statement of one coin, with running balances. JSON by
//! pages, newest first; as CSV (`Accept: text/csv`) the whole of it in one stream, oldest first.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::read_failed;
use crate::error::Failure;
use crate::openapi::operation::Body;
use crate::openapi::{Operation, Schema, Tag, always};
use crate::query::PAGE_MAX;
use crate::query::Query;
use crate::render::list::{PER_PAGE, Pagination};
use crate::render::shapes;
use crate::render::statement::{self, Entry};
use bytes::Bytes;
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::network::Network;
use cryptopayment_storage::{StatementLine, ViewError, Views};
use futures::stream;
use warp::Reply;
use warp::http::StatusCode;

/// Lines of a CSV read and sent at once.
const LINES_PER_PIECE: usize = 500;

/// What the document says of it.
pub fn doc() -> Operation {
    fn page() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("coin", "", shapes::balance_coin()),
            always("entries", "Newest first.", Schema::list(shapes::entry())),
            always("pagination", "", shapes::pagination()),
        ])
    }
    let csv = Body { media_type: CSV, schema: Schema::text(), example: "" };
    Operation::new("listBalanceEntries", Tag::Balances, "Get a statement")
        .about(
            "Every change of one balance. JSON by pages, newest first; with `Accept: text/csv` the \
             whole of it as a file, oldest first.",
        )
        .path(shapes::balance_coin(), "The coin, as balances name it.")
        .query("page", "Which page, from 1.", Schema::whole(1).at_most(PAGE_MAX))
        .says(200, "The statement.", Schema::named("Statement", page), "")
        .says_as(200, "The statement.", csv)
        .refuses_with(404, "unknown_coin")
        .refuses(&["invalid_page"])
}

/// The statement as a file (RFC 4180).
const CSV: &str = "text/csv; charset=utf-8; header=present";

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let key = call.id.as_deref().unwrap_or_default();
    let network = Network::of_balance_key(key).ok_or_else(unknown_coin)?;
    if wants_csv(call.header("accept").unwrap_or_default()) {
        let name = format!("attachment; filename=\"statement-{key}.csv\"");
        return Ok(csv(&call, caller.id, network)?.with_header("content-disposition", name));
    }
    let views = &call.site.context.views;
    let page = Query::parse(&call.query).page()?;
    let found = views.statement(caller.id, network, page, PER_PAGE).map_err(read_failed)?;
    let lines = found.lines.into_iter();
    let entries = lines.map(|line| entry(views, line)).collect::<Result<Vec<_>, _>>();
    let pagination = Pagination { page, total: found.total };
    let body = statement::page(network, &entries.map_err(read_failed)?, pagination);
    Ok(Answer::json(StatusCode::OK, body))
}

fn unknown_coin() -> Failure {
    let message = "there is no such coin; use one of USDT-TRC20, BTC, LTC, ETH, USDT-BEP20";
    Failure::not_found("unknown_coin", message)
}

/// Whether CSV is named, and not as unwanted (RFC 9110 §12.5.1).
fn wants_csv(accept: &str) -> bool {
    accept.split(',').any(|range| {
        let mut parts = range.split(';').map(str::trim);
        let named = parts.next().is_some_and(|range| range.eq_ignore_ascii_case("text/csv"));
        let refused = |part: &str| {
            let weight = part.strip_prefix("q=").or_else(|| part.strip_prefix("Q="));
            weight.is_some_and(|weight| weight.bytes().all(|byte| matches!(byte, b'0' | b'.')))
        };
        named && !parts.any(refused)
    })
}

fn entry(views: &Views, line: StatementLine) -> Result<Entry, ViewError> {
    let invoice = line.invoice.map(|id| views.invoice(id)).transpose()?.flatten();
    let order_id = invoice.and_then(|row| row.value.terms.order_id.clone());
    Ok(Entry { line, order_id })
}

/// The statement as it is read: a piece is made when the client has taken the one before, so a
/// million lines take no more memory than five hundred.
fn csv(call: &Call, merchant: MerchantId, network: Network) -> Result<Answer, Failure> {
    let views = call.site.context.views.clone();
    // Read once before the status is said: views that cannot be read are a 500, not a torn file.
    let first = piece(&views, merchant, network, 0).map_err(read_failed)?;
    if call.head_only {
        return Ok(Answer::bytes(StatusCode::OK, CSV, "").with_static("cache-control", "no-store"));
    }
    let titles = Some((statement::CSV_TITLES.to_owned(), 0));
    let pieces = stream::try_unfold((titles, Some(first)), move |(titles, ready)| {
        let views = views.clone();
        async move {
            if let Some((titles, _)) = titles {
                return Ok(Some((Bytes::from(titles), (None, ready))));
            }
            let Some((text, after)) = ready else { return Ok(None) };
            if text.is_empty() {
                return Ok(None);
            }
            let next = piece(&views, merchant, network, after)?;
            Ok::<_, ViewError>(Some((Bytes::from(text), (None, Some(next)))))
        }
    });
    let response = warp::reply::with_header(warp::reply::stream(pieces), "content-type", CSV);
    let answer = Answer::from_response(response.into_response());
    Ok(answer.with_static("cache-control", "no-store"))
}

/// The lines behind that number, and the number of the last.
fn piece(
    views: &Views,
    merchant: MerchantId,
    network: Network,
    after: u64,
) -> Result<(String, u64), ViewError> {
    let lines = views.statement_after(merchant, network, after, LINES_PER_PIECE)?;
    let mut text = String::with_capacity(lines.len() * 160);
    let mut last = after;
    for line in lines {
        last = line.number;
        statement::push_csv(&mut text, network, &entry(views, line)?);
    }
    Ok((text, last))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_is_sent_to_who_names_it() {
        let rows = [
            ("", false),
            ("*/*", false),
            ("application/json", false),
            ("text/csv", true),
            ("Text/CSV; charset=utf-8", true),
            ("application/json;q=0.5, text/csv", true),
            ("text/csv;q=0, application/json", false),
            ("text/csv; q=0.0", false),
            ("text/csv;q=0.1", true),
        ];
        for (accept, csv) in rows {
            assert_eq!(wants_csv(accept), csv, "{accept}");
        }
    }
}
