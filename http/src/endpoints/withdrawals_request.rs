//! `POST /api/v1/withdrawals` `{coin, amount, address}`: holds the amount, once per idempotency key.

use crate::answer::Answer;
use crate::call::{Call, Caller};
use crate::context::HttpContext;
use crate::error::Failure;
use crate::idempotency::{self, Claim};
use crate::json::fields;
use crate::json::strict::Object;
use crate::openapi::{Operation, Schema, Tag, always};
use crate::render::shapes;
use crate::render::withdrawal;
use cryptopayment_actors::gateway::{RenderedAnswer, RequestWithdrawal};
use cryptopayment_domain::id::WithdrawalId;
use cryptopayment_domain::money::Money;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::withdrawal::Withdrawal;
use std::sync::Arc;
use uuid::Uuid;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn body() -> Schema {
        let amount = Schema::any_of([Schema::positive(), Schema::amount_text()]);
        Schema::object([
            always("coin", "", shapes::balance_coin()),
            always("amount", "What leaves your balance; the fee is taken inside it.", amount),
            always("address", "Where to, in your own wallet.", Schema::text()),
        ])
    }
    Operation::new("requestWithdrawal", Tag::Withdrawals, "Request a withdrawal")
        .about(
            "Holds the amount at once. Worth more than 500 USD, or without a known price, it waits \
             for the operator's review. This version signs and sends nothing yet: an approved \
             withdrawal waits, says so, and can be cancelled.",
        )
        .idempotent()
        .body(
            Schema::named("NewWithdrawal", body),
            r#"{"coin":"USDT-TRC20","amount":100.00,"address":"TXxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}"#,
        )
        .says(201, "The new withdrawal.", shapes::withdrawal_answer(), shapes::WITHDRAWAL)
        .carrying("Location", "The withdrawal's own path.")
        .refuses(&["invalid_amount", "invalid_address", "below_minimum", "own_address"])
        .refuses_with(422, "unknown_coin")
        .refuses(&["withdrawals_frozen", "address_not_allowed", "insufficient_balance"])
        .refuses(&["overloaded", "store_full"])
        .leads_to("showWithdrawal", "id", "$response.body#/withdrawal/id")
        .leads_to("cancelWithdrawal", "id", "$response.body#/withdrawal/id")
}

/// Answers the request.
pub async fn answer(call: Call, caller: Caller) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let body = Object::read(&call.body)?;
    let claimed = idempotency::claim(&call, &caller, "POST", "/api/v1/withdrawals").await?;
    let reservation = match claimed {
        Claim::Replay(answer) => return Answer::rendered(answer),
        Claim::Go(reservation) => reservation,
    };
    let network = coin(context, &body)?;
    let request = RequestWithdrawal {
        merchant: caller.id,
        withdrawal: WithdrawalId(Uuid::new_v4()),
        amount: amount(&body, network)?,
        // What no text is, is no address either: the engine says so.
        address: body.get("address").and_then(fields::text).unwrap_or_default(),
        reservation,
        render: Arc::new(render),
    };
    Answer::rendered(context.gateway.request_withdrawal(request).await?)
}

/// `coin`, one that this gateway has, by its balance key.
fn coin(context: &HttpContext, body: &Object<'_>) -> Result<Network, Failure> {
    let enabled = context.enabled_networks();
    let named = body.get("coin").and_then(fields::text);
    let known = named.and_then(|name| Network::of_balance_key(&name));
    known.filter(|network| enabled.contains(network)).ok_or_else(|| {
        let keys: Vec<_> = enabled.iter().map(|network| network.balance_key()).collect();
        let message = format!("coin must be one of {}", keys.join(", "));
        Failure::invalid("unknown_coin", "coin", message)
    })
}

/// `amount`, as a number or a string of one, exactly as sent.
fn amount(body: &Object<'_>, network: Network) -> Result<Money, Failure> {
    let amount = body.get("amount").and_then(|value| match value.get().bytes().next() {
        Some(b'"') => Money::parse_number(network, &fields::text(value)?).ok(),
        Some(b'0'..=b'9') => Money::parse_number(network, value.get()).ok(),
        _ => None,
    });
    amount.ok_or_else(|| {
        let (key, decimals) = (network.balance_key(), network.decimals());
        let message = format!(
            "amount must be a positive number of {key} with at most {decimals} decimals, such as 25.5"
        );
        Failure::invalid("invalid_amount", "amount", message)
    })
}

/// Makes the answer from the new withdrawal, before it is committed.
fn render(withdrawal: &Withdrawal) -> RenderedAnswer {
    RenderedAnswer {
        status: StatusCode::CREATED.as_u16(),
        location: Some(format!("/api/v1/withdrawals/{}", withdrawal.request.withdrawal)),
        body: withdrawal::answer(withdrawal).into_bytes(),
        replayed: false,
    }
}
