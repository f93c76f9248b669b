//! What we send: the `webhooks` section. One shape for what happens to invoices, one for
//! withdrawals.

use super::schema::{Named, Schema, always};
use crate::json::tree::Json;
use crate::render::shapes;
use cryptopayment_domain::webhook::EventKind;

/// What an event tells, in a line and in a sentence.
const fn told(kind: EventKind) -> (&'static str, &'static str) {
    match kind {
        EventKind::PaymentDetected => (
            "A payment was seen on the chain",
            "The invoice enters `confirming` for the first time. Nothing is credited yet.",
        ),
        EventKind::PaymentConfirmed => (
            "The invoice is paid, and credited",
            "Required confirmations reached, funds credited. Sent once per invoice.",
        ),
        EventKind::InvoiceCreated => ("An invoice was made", "Sent once per invoice."),
        EventKind::InvoiceExpired => (
            "An invoice is over",
            "By time, cancelled or closed. `payment_confirmed` may still follow within the grace.",
        ),
        EventKind::PaymentPartial => {
            ("A payment is short", "The amount is not reached with it. Sent once per payment.")
        }
        EventKind::PaymentLate => {
            ("A payment came too late", "Its invoice stays expired; the money is yours.")
        }
        EventKind::PaymentReverted => {
            ("A payment was undone", "A reorganisation took it out of the block it was in.")
        }
        EventKind::WithdrawalRequested => ("A withdrawal was requested", "Its money is held."),
        EventKind::WithdrawalApproved => (
            "A withdrawal was approved",
            "By the operator; one approved at once sends only the request.",
        ),
        EventKind::WithdrawalRejected => {
            ("A withdrawal was rejected", "Its money is available again.")
        }
        EventKind::WithdrawalCancelled => {
            ("A withdrawal was cancelled", "Its money is available again.")
        }
        EventKind::WebhookTest => {
            ("You asked for a test", "Of an invoice that does not exist; do nothing but answer.")
        }
    }
}

/// What the invoice's or withdrawal's status is in the example.
const fn status(kind: EventKind) -> &'static str {
    match kind {
        EventKind::PaymentDetected | EventKind::PaymentPartial => "confirming",
        EventKind::PaymentConfirmed => "confirmed",
        EventKind::InvoiceCreated | EventKind::PaymentReverted | EventKind::WebhookTest => {
            "pending"
        }
        EventKind::InvoiceExpired | EventKind::PaymentLate => "expired",
        EventKind::WithdrawalRequested => "pending_review",
        EventKind::WithdrawalApproved => "approved",
        EventKind::WithdrawalRejected => "rejected",
        EventKind::WithdrawalCancelled => "cancelled",
    }
}

fn all() -> impl Iterator<Item = EventKind> {
    EventKind::CHOICES.into_iter().chain([EventKind::WebhookTest])
}

/// Why the headers are to be trusted, and how.
const SIGNED: &str = "\n\nVerify it before you act on it, by the headers of Standard Webhooks: \
    `webhook-signature` is `v1,` and the base64 HMAC-SHA256 of `{webhook-id}.{webhook-timestamp}.\
    {body}`, keyed with the base64-decoded part of your app secret behind `whsec_`. The \
    `signature` in the body signs only `{invoice_id}.{event}` (of a withdrawal \
    `{withdrawal_id}.{event}`), keyed with the whole text of the app secret.\n\nAnswer 2xx within 15 seconds. Anything else is tried again after 1 min, 5 min, \
    15 min, 1 h and 6 h, so the same event may come twice: `webhook-id` is the same each time.";

/// The `webhooks` section.
pub fn section(named: &mut Named) -> Json {
    Json::object(all().map(|kind| (kind.name(), Json::object([("post", operation(kind, named))]))))
}

fn operation(kind: EventKind, named: &mut Named) -> Json {
    let shape = if kind.is_of_withdrawal() {
        Schema::named("WithdrawalEvent", withdrawal_event)
    } else {
        Schema::named("PaymentEvent", payment_event)
    };
    let (summary, about) = told(kind);
    let media = [("schema", named.write(&shape)), ("example", example(kind))];
    let content = Json::object([("application/json", Json::object(media))]);
    let body = [("required", Json::bool(true)), ("content", content)];
    let taken = Json::object([("description", Json::text("Taken; it is not sent again."))]);
    Json::object([
        ("operationId", Json::text(kind.name())),
        ("summary", Json::text(summary)),
        ("description", Json::text(format!("{about}{SIGNED}"))),
        ("tags", Json::texts(["Webhook"])),
        ("security", Json::List(Vec::new())),
        ("parameters", Json::List(headers(named))),
        ("requestBody", Json::object(body)),
        ("responses", Json::object([("2XX", taken)])),
    ])
}

fn headers(named: &mut Named) -> Vec<Json> {
    let rows = [
        ("webhook-id", "The event's id: the same at each attempt.", Schema::id()),
        ("webhook-timestamp", "When this attempt was made, in Unix seconds.", Schema::whole(0)),
        ("webhook-signature", "`v1,` and a signature in base64.", Schema::pattern("^v1,")),
    ];
    let row = |(name, about, schema)| {
        Json::object([
            ("name", Json::text(name)),
            ("in", Json::text("header")),
            ("required", Json::bool(true)),
            ("description", Json::text(about)),
            ("schema", named.write(&schema)),
        ])
    };
    rows.map(row).into()
}

/// The keys of the API document, in its order.
fn payment_event() -> Schema {
    let coin = Schema::one_of(["BTC", "LTC", "ETH", "USDT"]);
    Schema::object([
        always("event", "What happened.", Schema::text()),
        always("invoice_id", "To which invoice.", Schema::id()),
        always("order_id", "Yours, as you sent it.", Schema::text().or_null()),
        always("status", "", shapes::status()),
        always("network", "", shapes::network()),
        always("coin", "The coin paid in.", coin),
        always("amount_usd", "What you asked for.", Schema::amount()),
        always("amount_crypto", "What the customer had to pay.", Schema::amount()),
        always("paid_amount", "What was paid.", Schema::amount()),
        always("txid", "The latest transaction.", Schema::text().or_null()),
        always("confirmations", "At the moment of the event.", Schema::whole(0)),
        always("address", "The invoice's.", Schema::text()),
        always("timestamp", "When it happened.", Schema::instant()),
        always(
            "signature",
            "Lower-case hex HMAC-SHA256 of `{invoice_id}.{event}` under the whole app secret.",
            Schema::pattern("^[0-9a-f]{64}$"),
        ),
    ])
}

/// The keys of a withdrawal's event.
fn withdrawal_event() -> Schema {
    Schema::object([
        always("event", "What happened.", Schema::text()),
        always("withdrawal_id", "To which withdrawal.", Schema::id()),
        always("status", "", shapes::withdrawal_status()),
        always("coin", "", shapes::balance_coin()),
        always("amount", "What leaves the balance.", Schema::amount()),
        always("network_fee", "What is taken inside it.", Schema::amount()),
        always("net_amount", "What arrives.", Schema::amount()),
        always("address", "Where to.", Schema::text()),
        always("txid", "The transaction, once there is one.", Schema::text().or_null()),
        always("usd_value", "Worth at the request, if known.", Schema::amount().or_null()),
        always("timestamp", "When it happened.", Schema::instant()),
        always(
            "signature",
            "Lower-case hex HMAC-SHA256 of `{withdrawal_id}.{event}` under the whole app secret.",
            Schema::pattern("^[0-9a-f]{64}$"),
        ),
    ])
}

/// Made of nothing: what a signature looks like.
const SIGNATURE: &str = "5d41402abc4b2a76b9719d911017c5925d41402abc4b2a76b9719d911017c592";

fn example(kind: EventKind) -> Json {
    let status = status(kind);
    let text = if kind.is_of_withdrawal() {
        format!(
            r#"{{"event":"{kind}","withdrawal_id":"7d7b6e46-6537-49e8-ade3-75394aebc5e9",
            "status":"{status}","coin":"USDT-TRC20","amount":600.00,"network_fee":1.00,
            "net_amount":599.00,"address":"TXxxxxxxxxxxxxxxxxxxxxxxxxxxxx","txid":null,
            "usd_value":600.00,"timestamp":"2024-01-15T12:00:00+00:00",
            "signature":"{SIGNATURE}"}}"#
        )
    } else {
        let confirmations = if status == "confirmed" { 19 } else { 1 };
        format!(
            r#"{{"event":"{kind}","invoice_id":"550e8400-e29b-41d4-a716-446655440000",
            "order_id":"ORD-12345","status":"{status}","network":"trc20","coin":"USDT",
            "amount_usd":50.00,"amount_crypto":50.00,"paid_amount":50.00,
            "txid":"a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90",
            "confirmations":{confirmations},"address":"TXxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
            "timestamp":"2024-01-15T10:05:00+00:00","signature":"{SIGNATURE}"}}"#
        )
    };
    Json::parse(&text).unwrap_or_else(|_| Json::text(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_event_has_an_example_that_is_json() {
        for kind in all() {
            assert_eq!(example(kind).get("event").and_then(Json::as_str), Some(kind.name()));
        }
    }
}
