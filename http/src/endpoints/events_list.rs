//! `GET /api/v1/events?after=&limit=`: every event of the merchant in order, for catching up without
//! webhooks.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::read_failed;
use crate::endpoints::deliveries_list::unknown_place;
use crate::error::Failure;
use crate::json::write::push;
use crate::openapi::{Operation, Schema, Tag, always};
use crate::query::Query;
use crate::render::shapes;
use cryptopayment_domain::id::EventId;
use cryptopayment_domain::webhook::Queued;
use warp::http::StatusCode;

/// Events in an answer where nothing else is asked for.
const LIMIT: usize = 20;
/// The most events in an answer.
const LIMIT_MAX: usize = 100;

/// What the document says of it.
pub fn doc() -> Operation {
    fn event() -> Schema {
        let data = Schema::any_object();
        Schema::object([
            always("id", "As the header `webhook-id` carries it.", Schema::id()),
            always("type", "", shapes::event_kind()),
            always("created_at", "When it happened.", Schema::instant()),
            always("data", "The body of its webhook, without `signature`.", data),
        ])
    }
    fn page() -> Schema {
        let events = Schema::list(Schema::named("Event", event));
        Schema::object([
            always("success", "", Schema::success()),
            always("events", "Oldest first.", events),
            always("has_more", "Whether more have happened.", Schema::boolean()),
        ])
    }
    Operation::new("listEvents", Tag::Events, "List events")
        .about("Every event of yours in order, sent or not: for catching up without webhooks.")
        .query("after", "Only those that happened after this one.", Schema::id())
        .query("limit", "How many, 20 unless said.", Schema::whole(1).at_most(100))
        .says(200, "Events.", Schema::named("EventPage", page), "")
        .refuses(&["invalid_filter"])
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let query = Query::parse(&call.query);
    let (after, limit) = (place(&query, "after")?, limit(&query)?);
    let found = context.views.events(caller.id, after, limit).map_err(read_failed)?;
    let page = found.ok_or_else(|| unknown_place("after"))?;
    let mut out = String::with_capacity(16 * 1024);
    out.push_str(r#"{"success":true,"events":["#);
    for (place, row) in page.events.iter().enumerate() {
        if place > 0 {
            out.push(',');
        }
        push_event(&mut out, &row.value.queued);
    }
    push(&mut out, format_args!(r#"],"has_more":{}}}"#, page.has_more));
    Ok(Answer::json(StatusCode::OK, out))
}

/// `data` is the payload as it is sent, without `signature`.
fn push_event(out: &mut String, queued: &Queued) {
    let (id, kind, at) = (queued.event, queued.kind, queued.at);
    push(out, format_args!(r#"{{"id":"{id}","type":"{kind}","created_at":"{at}","data":"#));
    out.push_str(&String::from_utf8_lossy(&queued.payload));
    out.push('}');
}

/// How many are asked for.
///
/// # Errors
/// 422 `invalid_filter`.
pub fn limit(query: &Query<'_>) -> Result<usize, Failure> {
    let Some(text) = query.get("limit") else { return Ok(LIMIT) };
    let digits_only = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| digits_only && (1..=LIMIT_MAX).contains(limit));
    limit.ok_or_else(|| {
        let message = format!("limit must be a whole number from 1 to {LIMIT_MAX}");
        Failure::invalid("invalid_filter", "limit", message)
    })
}

/// The event that an answer begins behind; none where it begins at the end of the list.
///
/// # Errors
/// 422 `invalid_filter` where the text is no id.
pub fn place(query: &Query<'_>, param: &'static str) -> Result<Option<EventId>, Failure> {
    let read = query.read(param, crate::call::read_event_id);
    read.map_err(|_| unknown_place(param))
}
