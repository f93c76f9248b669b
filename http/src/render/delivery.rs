//! Deliveries of webhooks, with what was sent and what came back.

use crate::json::write::{push, push_optional, push_string};
use cryptopayment_domain::time::Timestamp;
use cryptopayment_domain::webhook::{Attempt, Delivery, DeliveryState, Exchange, Outcome};
use cryptopayment_storage::DeliveryStanding;

/// The `state` of a delivery.
pub const fn standing_name(standing: DeliveryStanding) -> &'static str {
    match standing {
        DeliveryStanding::Pending => "pending",
        DeliveryStanding::Delivered => "delivered",
        DeliveryStanding::Failed => "failed",
    }
}

/// A delivery, and what is known of its attempts.
pub struct Shown<'d> {
    /// The delivery.
    pub delivery: &'d Delivery,
    /// Its newest attempts, the oldest of them first; none where they are not asked for.
    pub attempts: Option<&'d [Attempt]>,
    /// Whether the merchant's endpoint is paused: then what is pending waits.
    pub paused: bool,
}

/// Appends the object of one delivery.
pub fn push_delivery(out: &mut String, shown: &Shown<'_>) {
    let Shown { delivery, attempts, paused } = shown;
    let queued = &delivery.queued;
    let standing = DeliveryStanding::of(delivery.state);
    let next_at = match delivery.state {
        DeliveryState::Due(at) => Some(at),
        DeliveryState::Acknowledged | DeliveryState::Failed => None,
    };
    push(
        out,
        format_args!(
            r#"{{"id":"{id}","event":"{event}","{key}":"{subject}","state":"{state}","paused":{paused},"#,
            id = queued.event,
            event = queued.kind,
            key = queued.subject.key(),
            subject = queued.subject,
            state = standing_name(standing),
            paused = *paused && standing == DeliveryStanding::Pending,
        ),
    );
    push(out, format_args!(r#""attempts":{},"created_at":"{}","#, delivery.attempts, queued.at));
    out.push_str(r#""next_attempt_at":"#);
    push_instant(out, next_at);
    if let Some(attempts) = attempts {
        out.push_str(r#","log":["#);
        for (place, attempt) in attempts.iter().enumerate() {
            if place > 0 {
                out.push(',');
            }
            push_attempt(out, delivery, attempt);
        }
        out.push(']');
    }
    out.push('}');
}

fn push_instant(out: &mut String, instant: Option<Timestamp>) {
    match instant {
        Some(instant) => push(out, format_args!(r#""{instant}""#)),
        None => out.push_str("null"),
    }
}

fn push_attempt(out: &mut String, delivery: &Delivery, attempt: &Attempt) {
    let (status, error) = match &attempt.outcome {
        Outcome::Answered { status } => (Some(*status), None),
        Outcome::TimedOut => (None, Some("no answer came in time")),
        Outcome::Unreachable { error } => (None, Some(error.as_str())),
        Outcome::Blocked { reason } => (None, Some(reason.as_str())),
        Outcome::NoEndpoint => (None, Some("no webhook URL was set")),
    };
    push(out, format_args!(r#"{{"at":"{}","status":"#, attempt.at));
    match status {
        Some(status) => push(out, status),
        None => out.push_str("null"),
    }
    out.push_str(r#","error":"#);
    push_optional(out, error);
    push(out, format_args!(r#","duration_ms":{},"#, attempt.took_ms));
    out.push_str(r#""request":"#);
    match &attempt.exchange {
        Some(exchange) => push_request(out, delivery, attempt, exchange),
        None => out.push_str("null"),
    }
    out.push_str(r#","response":"#);
    let answer = attempt.exchange.as_ref().filter(|_| status.is_some());
    push_optional(out, answer.map(|exchange| exchange.answer.as_str()));
    out.push('}');
}

/// What was sent, as it was sent: the stored payload and the signatures of that attempt.
fn push_request(out: &mut String, delivery: &Delivery, attempt: &Attempt, exchange: &Exchange) {
    let queued = &delivery.queued;
    out.push_str(r#"{"url":"#);
    push_string(out, &exchange.url);
    push(
        out,
        format_args!(
            r#","headers":{{"content-type":"application/json","webhook-id":"{}","webhook-timestamp":"{}","webhook-signature":"#,
            queued.event,
            attempt.at.unix_s()
        ),
    );
    push_string(out, &exchange.header_signature);
    out.push_str(r#"},"body":"#);
    let payload = String::from_utf8_lossy(&queued.payload);
    let open = payload.strip_suffix('}').unwrap_or(&payload);
    let body = format!(r#"{open},"signature":"{}"}}"#, exchange.body_signature);
    push_string(out, &body);
    out.push('}');
}
