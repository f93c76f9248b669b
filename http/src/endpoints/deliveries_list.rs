//! `GET /api/v1/webhook/deliveries?state=&event=&before=&limit=`: newest first, each with the log of
//! its attempts.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::read_failed;
use crate::endpoints::events_list::{limit, place};
use crate::error::Failure;
use crate::json::write::push;
use crate::openapi::{Operation, Schema, Tag, always};
use crate::query::Query;
use crate::render::delivery::{Shown, push_delivery, standing_name};
use crate::render::shapes;
use cryptopayment_storage::{DeliveryFilter, DeliveryStanding};
use warp::http::StatusCode;

const STANDINGS: [DeliveryStanding; 3] =
    [DeliveryStanding::Pending, DeliveryStanding::Delivered, DeliveryStanding::Failed];

/// What the document says of it.
pub fn doc() -> Operation {
    fn page() -> Schema {
        let next = Schema::id().or_null();
        Schema::object([
            always("success", "", Schema::success()),
            always("deliveries", "Newest first.", Schema::list(shapes::delivery())),
            always("has_more", "Whether older ones follow.", Schema::boolean()),
            always("next", "What to ask for as `before` then.", next),
        ])
    }
    Operation::new("listDeliveries", Tag::Webhook, "List deliveries")
        .about("Newest first, each with the log of its attempts: what was sent, what came back.")
        .query("state", "Only those of this state.", shapes::delivery_state())
        .query("event", "Only those of this event.", shapes::event_kind())
        .query("before", "Only those older than this one.", Schema::id())
        .query("limit", "How many, 20 unless said.", Schema::whole(1).at_most(100))
        .says(200, "Deliveries.", Schema::named("DeliveryPage", page), "")
        .refuses(&["invalid_filter"])
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let query = Query::parse(&call.query);
    // In documented order: the first that is wrong is named.
    let filter = filter(&query)?;
    let (before, limit) = (place(&query, "before")?, limit(&query)?);
    let found = context.views.deliveries(caller.id, filter, before, limit);
    let unknown = || unknown_place("before");
    let page = found.map_err(read_failed)?.ok_or_else(unknown)?;
    let paused = caller.merchant.paused.is_some();
    let mut out = String::with_capacity(16 * 1024);
    out.push_str(r#"{"success":true,"deliveries":["#);
    for (place, row) in page.deliveries.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        let delivery = &row.value;
        let attempts = context.views.attempts(delivery.queued.event).map_err(read_failed)?;
        push_delivery(&mut out, &Shown { delivery, attempts: Some(&attempts), paused });
    }
    push(&mut out, format_args!(r#"],"has_more":{},"next":"#, page.next.is_some()));
    match page.next {
        Some(next) => push(&mut out, format_args!(r#""{next}"}}"#)),
        None => out.push_str("null}"),
    }
    Ok(Answer::json(StatusCode::OK, out))
}

fn filter(query: &Query<'_>) -> Result<DeliveryFilter, Failure> {
    let invalid = |param, message: &'static str| Failure::invalid("invalid_filter", param, message);
    let standing =
        query.read("state", |text| STANDINGS.into_iter().find(|one| standing_name(*one) == text));
    let kind = query.read("event", |text| text.parse().ok());
    Ok(DeliveryFilter {
        standing: standing
            .map_err(|_| invalid("state", "state must be one of pending, delivered, failed"))?,
        kind: kind.map_err(|_| {
            invalid("event", "event must be the name of an event such as payment_confirmed")
        })?,
    })
}

/// 422: the id that the page should lie beside is none of this merchant's events.
pub fn unknown_place(param: &'static str) -> Failure {
    let message = format!(
        "{param} is the id of none of your events; leave it out to begin, then use an id of the \
         answer before"
    );
    Failure::invalid("invalid_filter", param, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters() {
        let refused = |query: &str| {
            let query = Query::parse(query);
            let read =
                filter(&query).and_then(|_| place(&query, "before")).and_then(|_| limit(&query));
            read.err().map(|failure| (failure.code, failure.param.unwrap_or_default()))
        };
        for good in ["", "state=failed&event=webhook_test", "limit=1", "limit=100&state=&event="] {
            assert_eq!(refused(good), None, "{good}");
        }
        let bad = [
            ("state=due", "state"),
            ("state=Failed", "state"),
            ("event=paid", "event"),
            ("limit=0", "limit"),
            ("limit=101", "limit"),
            ("limit=-1", "limit"),
            ("limit=1.0", "limit"),
            ("limit=%2B5", "limit"),
            ("before=1", "before"),
            ("before=550e8400e29b41d4a716446655440000", "before"),
        ];
        for (query, param) in bad {
            assert_eq!(refused(query), Some(("invalid_filter", param)), "{query}");
        }
    }
}
