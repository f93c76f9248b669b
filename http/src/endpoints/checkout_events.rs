//! `GET /pay/{id}/events`: the checkout page's state as it changes, as server-sent events.
//!
//! Each event is the whole state, with the invoice's newest sequence as its id. So nothing can be
//! missed: whoever comes back, with `Last-Event-ID` or without, is given the state of that moment
//! first.

use crate::answer::Answer;
use crate::call::Call;
use crate::context::HttpContext;
use crate::error::Failure;
use crate::openapi::operation::Body;
use crate::openapi::{Operation, Schema, Tag};
use crate::pages::live::{Closed, Place};
use crate::pages::state::State;
use cryptopayment_actors::gateway::NetworkStatus;
use cryptopayment_domain::id::InvoiceId;
use futures::stream;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::watch;
use warp::Reply;
use warp::http::StatusCode;
use warp::sse::Event;

/// A silent stream is proven alive this often, so that no proxy closes it.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a browser waits before it comes back.
const COME_BACK: Duration = Duration::from_secs(2);

/// What the document says of it.
pub fn doc() -> Operation {
    let stream = Body { media_type: "text/event-stream", schema: Schema::text(), example: "" };
    Operation::new("followCheckout", Tag::Checkout, "The page's state as it changes")
        .about(
            "Server-sent events named `invoice`, each the whole state as `showCheckoutState` \
             answers it; the first comes at once. The stream does not end by itself.",
        )
        .path(Schema::id(), "The invoice's id.")
        .says_as(200, "The stream.", stream)
        .refuses(&["invoice_not_found", "too_many_streams"])
}

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let id = call.invoice_id()?;
    let invoice = context.invoice(id)?.ok_or_else(Call::no_such_invoice)?;
    if call.head_only {
        return Ok(Answer::bytes(StatusCode::OK, "text/event-stream", ""));
    }
    // Joined before the state is read: what changes in between wakes the page again.
    let place = call.site.live.join(id, call.client).ok_or_else(full)?;
    let follower = Follower {
        id,
        place,
        tip: context.gateway.network_status(invoice.terms.network),
        context: Arc::new(context.clone()),
        shown: None,
    };
    let events = stream::unfold(follower, |mut follower| async move {
        let event = follower.next().await?;
        Some((Ok::<_, Infallible>(event), follower))
    });
    let answer = Answer::from_response(warp::sse::reply(events).into_response());
    // A proxy that collects answers would hold back every event.
    Ok(answer.with_static("cache-control", "no-store").with_static("x-accel-buffering", "no"))
}

fn full() -> Failure {
    let message = "too many payment pages are held open; ask for the .json of this page instead";
    Failure::unavailable("too_many_streams", message, 10)
}

/// One open page.
struct Follower {
    id: InvoiceId,
    place: Place,
    tip: Option<watch::Receiver<NetworkStatus>>,
    context: Arc<HttpContext>,
    shown: Option<State>,
}

impl Follower {
    /// The next event; none when the server stops or the views fail: the page comes back then.
    async fn next(&mut self) -> Option<Event> {
        loop {
            let first = self.shown.is_none();
            if let Some(event) = self.look()? {
                return Some(if first { event.retry(COME_BACK) } else { event });
            }
            match tokio::time::timeout(KEEP_ALIVE, self.woken()).await {
                Ok(woken) => woken.ok()?,
                Err(_) => return Some(Event::default().comment("still here")),
            }
        }
    }

    /// Ends when something may look otherwise than before.
    async fn woken(&mut self) -> Result<(), Closed> {
        tokio::select! {
            changed = self.place.changed() => changed,
            () = tip_moves(&mut self.tip) => Ok(()),
        }
    }

    /// The state as an event, if it is another than the one shown last.
    fn look(&mut self) -> Option<Option<Event>> {
        self.place.looked();
        let tip = self.tip.as_mut().and_then(|status| status.borrow_and_update().tip);
        let row = self.context.views.invoice(self.id).ok()??;
        let uri = self.context.payment_uri(&row.value);
        let state = State::of(&row.value, tip.as_ref(), &uri);
        if self.shown.as_ref() == Some(&state) {
            return Some(None);
        }
        let data = state.at(self.context.gateway.now());
        self.shown = Some(state);
        Some(Some(Event::default().event("invoice").id(row.last_seq.to_string()).data(data)))
    }
}

/// Ends at a new tip. A network says much else of itself in between, every poll.
async fn tip_moves(status: &mut Option<watch::Receiver<NetworkStatus>>) {
    let Some(status) = status else { return std::future::pending().await };
    let before = status.borrow().tip;
    if status.wait_for(|status| status.tip != before).await.is_err() {
        // The watcher has ended; the invoice's own facts still come.
        std::future::pending().await
    }
}
