//! A merchant's webhook settings.

use crate::json::write::{push, push_optional};
use cryptopayment_domain::merchant::Merchant;
use cryptopayment_domain::time::Timestamp;

/// What a paused endpoint's merchant reads.
pub const PAUSED_NOTICE: &str = "your endpoint answered 410 Gone to the last attempt of a delivery, \
                                 so nothing is sent to it; events are queued, and go out when you \
                                 set the webhook again with PUT /api/v1/webhook";

/// `{"success":true,"webhook":{"url":…,"events":[…],"paused":…,"rotation":…}}`.
pub fn answer(merchant: &Merchant, now: Timestamp) -> String {
    let mut out = String::with_capacity(512);
    out.push_str(r#"{"success":true,"webhook":{"url":"#);
    push_optional(&mut out, merchant.webhook_url.as_deref());
    out.push_str(r#","events":["#);
    for (place, kind) in merchant.events.iter().enumerate() {
        let comma = if place == 0 { "" } else { "," };
        push(&mut out, format_args!(r#"{comma}"{kind}""#));
    }
    out.push_str(r#"],"paused":"#);
    match merchant.paused {
        Some(paused) => push(
            &mut out,
            format_args!(
                r#"{{"since":"{}","delivery_id":"{}","notice":"{PAUSED_NOTICE}"}}"#,
                paused.at, paused.event
            ),
        ),
        None => out.push_str("null"),
    }
    out.push_str(r#","rotation":"#);
    push_rotation(&mut out, merchant, now);
    out.push_str("}}");
    out
}

/// `{"ends_at":…}`, or `null` where the app secret is not being rotated.
pub fn push_rotation(out: &mut String, merchant: &Merchant, now: Timestamp) {
    match merchant.rotation_ends_at(now) {
        Some(ends_at) => push(out, format_args!(r#"{{"ends_at":"{ends_at}"}}"#)),
        None => out.push_str("null"),
    }
}
