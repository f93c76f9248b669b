//! The shapes of what this folder writes, for the document: beside the code that writes it, so
//! that one change is seen next to the other. A test holds every answer against them.

use crate::openapi::{Schema, always, maybe};
use crate::render::rates;
use cryptopayment_domain::invoice::{Detail, Status};
use cryptopayment_domain::network::Network;
use cryptopayment_domain::webhook::EventKind;
use cryptopayment_domain::withdrawal;

/// `network`.
pub fn network() -> Schema {
    fn shape() -> Schema {
        Schema::one_of(Network::ALL.map(Network::name)).about("The network paid on.")
    }
    Schema::named("Network", shape)
}

/// The name under which balances and withdrawals know a coin.
pub fn balance_coin() -> Schema {
    fn shape() -> Schema {
        Schema::one_of(Network::IN_BALANCE_ORDER.map(Network::balance_key))
            .about("A coin, as balances and withdrawals name it.")
    }
    Schema::named("BalanceCoin", shape)
}

/// `status`.
pub fn status() -> Schema {
    fn shape() -> Schema {
        Schema::one_of(Status::ALL.map(Status::name)).about(
            "`pending`: waiting for payment. `confirming`: seen on the chain, waiting for \
             confirmations or for the rest. `confirmed`: credited, for good. `expired`: over \
             without enough in time.",
        )
    }
    Schema::named("InvoiceStatus", shape)
}

/// `status_detail`.
pub fn detail() -> Schema {
    fn shape() -> Schema {
        let details = [
            Detail::None,
            Detail::Underpaid,
            Detail::Overpaid,
            Detail::PaidLate,
            Detail::Reorged,
            Detail::Cancelled,
            Detail::Manual,
        ];
        Schema::one_of(details.map(Detail::name)).about(
            "What the status alone does not say: short of the amount, more than it, money after \
             the time, a payment undone by its chain, cancelled by you, ended by the operator.",
        )
    }
    Schema::named("InvoiceStatusDetail", shape)
}

/// One invoice.
pub fn invoice() -> Schema {
    Schema::named("Invoice", invoice_shape)
}

fn invoice_shape() -> Schema {
    let coin = Schema::one_of(["BTC", "LTC", "ETH", "USDT"]);
    Schema::object([
        always("id", "Its id; also the permission to see its checkout page.", Schema::id()),
        always("order_id", "Yours, as you sent it.", Schema::text().or_null()),
        always("status", "", status()),
        always("network", "", network()),
        always("network_label", "The network in words.", Schema::text()),
        always("coin", "The coin to pay in.", coin),
        always("amount_usd", "What you asked for.", Schema::amount()),
        always("amount_crypto", "What the customer has to pay.", Schema::amount()),
        always("address", "Where to; it belongs to this invoice alone.", Schema::text()),
        always(
            "paid_amount",
            "All that is seen and not gone again; from `confirmed` on what is credited.",
            Schema::amount(),
        ),
        always("txid", "The latest of the payments that `paid_amount` counts.", txid().or_null()),
        always("confirmations", "Of the payments needed, the least.", confirmations()),
        always("expires_at", "Until when it can be paid.", Schema::instant()),
        always("created_at", "Since when it can be paid.", Schema::instant()),
        always("status_detail", "", detail()),
        always("amount_remaining", "What is left to pay.", Schema::amount()),
        always("payments", "In the order in which they were first seen.", Schema::list(payment())),
        always("rate", "The price that the amount was agreed at.", rates::shape()),
        always("payment_uri", "What a wallet reads, from a link or a code.", Schema::text()),
        always("metadata", "Yours, byte for byte.", Schema::any_object().or_null()),
        always("confirmed_at", "When it was confirmed.", Schema::instant().or_null()),
    ])
}

fn txid() -> Schema {
    Schema::text()
}

/// How deep.
pub fn confirmations() -> Schema {
    fn shape() -> Schema {
        Schema::object([
            always("received", "Blocks on top, its own included; 0 when unseen.", Schema::whole(0)),
            always("required", "How many make it final.", Schema::whole(0)),
        ])
    }
    Schema::named("Confirmations", shape)
}

/// One payment of an invoice.
pub fn payment() -> Schema {
    fn shape() -> Schema {
        let state = Schema::one_of(["mempool", "mined", "confirmed", "reverted"]);
        Schema::object([
            always("txid", "The transaction.", txid()),
            always("index", "Which output or transfer of it.", Schema::whole(0)),
            always("amount", "How much came.", Schema::amount()),
            always("block_height", "The block it is in.", Schema::whole(0).or_null()),
            always("confirmations", "Blocks on top, its own included.", Schema::whole(0)),
            always(
                "state",
                "`mempool`: announced. `mined`: in a block. `confirmed`: deep, and credited. \
                 `reverted`: gone again.",
                state,
            ),
        ])
    }
    Schema::named("Payment", shape)
}

/// One invoice and where to send the customer.
pub fn invoice_answer() -> Schema {
    fn shape() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("invoice", "", invoice()),
            always("checkout_url", "The page to send the customer to.", Schema::address()),
        ])
    }
    Schema::named("InvoiceAnswer", shape)
}

/// Where a page lies among all that match.
pub fn pagination() -> Schema {
    fn shape() -> Schema {
        Schema::object([
            always("page", "Which page this is, from 1.", Schema::whole(1)),
            always("per_page", "How many a page holds.", Schema::whole(1)),
            always("total", "How many match in all.", Schema::whole(0)),
            always("total_pages", "How many pages there are.", Schema::whole(0)),
            always("has_more", "Whether a page follows.", Schema::boolean()),
        ])
    }
    Schema::named("Pagination", shape)
}

/// `status` of a withdrawal.
pub fn withdrawal_status() -> Schema {
    fn shape() -> Schema {
        Schema::one_of(withdrawal::Status::ALL.map(withdrawal::Status::name)).about(
            "`pending_review`: the operator decides. `approved`: it waits to be paid out. \
             `rejected`, `cancelled`: the money is available again.",
        )
    }
    Schema::named("WithdrawalStatus", shape)
}

/// One withdrawal.
pub fn withdrawal() -> Schema {
    fn shape() -> Schema {
        let instant = || Schema::instant().or_null();
        Schema::object([
            always("id", "Its id.", Schema::id()),
            always("coin", "", balance_coin()),
            always("amount", "What leaves the balance.", Schema::amount()),
            always("network_fee", "What is taken inside it.", Schema::amount()),
            always("net_amount", "What arrives.", Schema::amount()),
            always("address", "Where to.", Schema::text()),
            always("status", "", withdrawal_status()),
            always("txid", "The transaction, once there is one.", txid().or_null()),
            always("usd_value", "Worth at the request, if known.", Schema::amount().or_null()),
            always("created_at", "When it was requested.", Schema::instant()),
            always("network", "", network()),
            always("status_detail", "What that means for the money.", Schema::text()),
            always("approved_at", "When it was approved.", instant()),
            always("ended_at", "When it was rejected or cancelled.", instant()),
        ])
    }
    Schema::named("Withdrawal", shape)
}

/// One withdrawal, as an answer.
pub fn withdrawal_answer() -> Schema {
    fn shape() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("withdrawal", "", withdrawal()),
        ])
    }
    Schema::named("WithdrawalAnswer", shape)
}

/// One line of a statement.
pub fn entry() -> Schema {
    fn shape() -> Schema {
        let kinds = [
            "payment",
            "reversal",
            "grant",
            "withdrawal",
            "withdrawal_cancelled",
            "withdrawal_rejected",
        ];
        Schema::object([
            always("number", "From 1, in order.", Schema::whole(1)),
            always("type", "What changed the balance.", Schema::one_of(kinds)),
            always("amount", "By how much; below zero where it fell.", Schema::decimal()),
            always("balance", "What is available after it.", Schema::decimal()),
            always("created_at", "When.", Schema::instant()),
            always("invoice_id", "The invoice paid.", Schema::id().or_null()),
            always("order_id", "Your name for it.", Schema::text().or_null()),
            always("withdrawal_id", "The withdrawal.", Schema::id().or_null()),
            always("txid", "The transaction.", txid().or_null()),
        ])
    }
    Schema::named("StatementEntry", shape)
}

/// A withdrawal that was approved at once.
pub const WITHDRAWAL: &str = r#"{
    "success": true,
    "withdrawal": {
        "id": "7d7b6e46-6537-49e8-ade3-75394aebc5e9",
        "coin": "USDT-TRC20",
        "amount": 100.00,
        "network_fee": 1.00,
        "net_amount": 99.00,
        "address": "TXxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "status": "approved",
        "txid": null,
        "usd_value": 100.00,
        "created_at": "2024-01-15T12:00:00+00:00",
        "network": "trc20",
        "status_detail": "the amount is held; this version of the gateway does not pay out yet: it waits, and can be cancelled",
        "approved_at": "2024-01-15T12:00:00+00:00",
        "ended_at": null
    }
}"#;

/// An event that can be chosen.
pub fn event_choice() -> Schema {
    fn shape() -> Schema {
        Schema::one_of(EventKind::CHOICES.map(EventKind::name)).about("An event to choose.")
    }
    Schema::named("EventChoice", shape)
}

/// What happened.
pub fn event_kind() -> Schema {
    fn shape() -> Schema {
        let all = EventKind::CHOICES.into_iter().chain([EventKind::WebhookTest]);
        Schema::one_of(all.map(EventKind::name)).about("What happened.")
    }
    Schema::named("EventKind", shape)
}

/// While an app secret is being rotated.
pub fn rotation() -> Schema {
    fn shape() -> Schema {
        Schema::object([always("ends_at", "When the old secret ends.", Schema::instant())])
    }
    Schema::named("Rotation", shape).or_null()
}

/// `state` of a delivery.
pub fn delivery_state() -> Schema {
    fn shape() -> Schema {
        Schema::one_of(["pending", "delivered", "failed"])
            .about("Still to be sent, acknowledged, or given up after every retry.")
    }
    Schema::named("DeliveryState", shape)
}

/// One delivery.
pub fn delivery() -> Schema {
    fn shape() -> Schema {
        let log = Schema::list(Schema::named("Attempt", attempt));
        Schema::object([
            always("id", "Its event's id, as in `webhook-id`.", Schema::id()),
            always("event", "", event_kind()),
            maybe("invoice_id", "The invoice it is about.", Schema::id()),
            maybe("withdrawal_id", "The withdrawal it is about.", Schema::id()),
            always("state", "", delivery_state()),
            always("paused", "Whether it waits for a paused endpoint.", Schema::boolean()),
            always("attempts", "How many were made.", Schema::whole(0)),
            always("created_at", "When the event happened.", Schema::instant()),
            always("next_attempt_at", "When it is tried next.", Schema::instant().or_null()),
            maybe("log", "The newest attempts, the oldest of them first.", log),
        ])
    }
    Schema::named("Delivery", shape)
}

fn attempt() -> Schema {
    fn request() -> Schema {
        Schema::object([
            always("url", "Where to.", Schema::text()),
            always("headers", "As they were sent.", Schema::map(Schema::text())),
            always("body", "As it was sent.", Schema::text()),
        ])
    }
    let request = Schema::named("AttemptRequest", request).or_null();
    Schema::object([
        always("at", "When.", Schema::instant()),
        always("status", "What was answered.", Schema::whole(0).or_null()),
        always("error", "Why nothing was.", Schema::text().or_null()),
        always("duration_ms", "How long it took.", Schema::whole(0)),
        always("request", "What was sent.", request),
        always("response", "The beginning of the answer's body.", Schema::text().or_null()),
    ])
}

/// One delivery, as an answer.
pub fn delivery_answer() -> Schema {
    fn shape() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("delivery", "", delivery()),
        ])
    }
    Schema::named("DeliveryAnswer", shape)
}

/// The new invoice of the API document, with the keys that are ours.
pub const NEW_INVOICE: &str = r#"{
    "success": true,
    "invoice": {
        "id": "550e8400-e29b-41d4-a716-446655440000",
        "order_id": "ORD-12345",
        "status": "pending",
        "network": "trc20",
        "network_label": "USDT (TRC20)",
        "coin": "USDT",
        "amount_usd": 50.00,
        "amount_crypto": 50.00,
        "address": "TXxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "paid_amount": 0,
        "txid": null,
        "confirmations": { "received": 0, "required": 19 },
        "expires_at": "2024-01-15T10:30:00+00:00",
        "created_at": "2024-01-15T10:00:00+00:00",
        "status_detail": "none",
        "amount_remaining": 50.00,
        "payments": [],
        "rate": { "usd_per_coin": 1.00, "source": "1:1", "sources": [], "spread_percent": 0, "at": "2024-01-15T10:00:00+00:00" },
        "payment_uri": "TXxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "metadata": { "customer_id": "usr_001" },
        "confirmed_at": null
    },
    "checkout_url": "https://cryptopayment.center/pay/550e8400-e29b-41d4-a716-446655440000"
}"#;

/// The same invoice once it is paid.
pub const PAID_INVOICE: &str = r#"{
    "success": true,
    "invoice": {
        "id": "550e8400-e29b-41d4-a716-446655440000",
        "order_id": "ORD-12345",
        "status": "confirmed",
        "network": "trc20",
        "network_label": "USDT (TRC20)",
        "coin": "USDT",
        "amount_usd": 50.00,
        "amount_crypto": 50.00,
        "address": "TXxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "paid_amount": 50.00,
        "txid": "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90",
        "confirmations": { "received": 19, "required": 19 },
        "expires_at": "2024-01-15T10:30:00+00:00",
        "created_at": "2024-01-15T10:00:00+00:00",
        "status_detail": "none",
        "amount_remaining": 0,
        "payments": [
            {
                "txid": "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90",
                "index": 0,
                "amount": 50.00,
                "block_height": 58291034,
                "confirmations": 19,
                "state": "confirmed"
            }
        ],
        "rate": { "usd_per_coin": 1.00, "source": "1:1", "sources": [], "spread_percent": 0, "at": "2024-01-15T10:00:00+00:00" },
        "payment_uri": "TXxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "metadata": { "customer_id": "usr_001" },
        "confirmed_at": "2024-01-15T10:05:00+00:00"
    },
    "checkout_url": "https://cryptopayment.center/pay/550e8400-e29b-41d4-a716-446655440000"
}"#;
