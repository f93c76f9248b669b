//! `GET /pay/{id}.json`: what the checkout page shows, for pages whose stream does not come through.

use crate::answer::Answer;
use crate::call::Call;
use crate::error::Failure;
use crate::openapi::{Operation, Schema, Tag, always};
use crate::pages::state::State;
use crate::render::shapes;
use warp::http::StatusCode;

/// What the document says of it.
pub fn doc() -> Operation {
    fn answer() -> Schema {
        Schema::object([
            always("success", "", Schema::success()),
            always("invoice", "", Schema::named("CheckoutState", state)),
        ])
    }
    Operation::new("showCheckoutState", Tag::Checkout, "What the page shows, as JSON")
        .about("For checkout pages of your own. Nothing of your metadata or order is in it.")
        .path(Schema::id(), "The invoice's id.")
        .says(200, "The state of this moment.", Schema::named("CheckoutAnswer", answer), "")
        .refuses(&["invoice_not_found"])
}

fn state() -> Schema {
    let address = || Schema::address().or_null();
    Schema::object([
        always("id", "The invoice's id.", Schema::id()),
        always("status", "", shapes::status()),
        always("status_detail", "", shapes::detail()),
        always("headline", "What to tell the customer, in three words.", Schema::text()),
        always("sentence", "What to tell the customer, with the next step.", Schema::text()),
        always("payable", "Whether money should be sent now.", Schema::boolean()),
        always("network", "", shapes::network()),
        always("network_label", "The network in words.", Schema::text()),
        always("coin", "The coin to pay in.", Schema::text()),
        always("amount_usd", "What is asked for.", Schema::amount()),
        always("amount_crypto", "What is to be paid.", Schema::amount()),
        always("amount_remaining", "What is left to pay.", Schema::amount()),
        always("paid_amount", "What was paid.", Schema::amount()),
        always("address", "Where to.", Schema::text()),
        always("confirmations", "", shapes::confirmations()),
        always("created_at", "Since when it can be paid.", Schema::instant()),
        always("expires_at", "Until when it can be paid.", Schema::instant()),
        always("payment_uri", "What a wallet reads.", Schema::text()),
        always("payments", "As they were seen.", Schema::list(shapes::payment())),
        always("success_url", "Where to go once it is paid.", address()),
        always("cancel_url", "Where to go when the customer gives up.", address()),
        always("seconds_left", "Until it expires; below zero after it.", seconds()),
    ])
}

fn seconds() -> Schema {
    Schema::whole(0)
}

/// Answers the request.
pub async fn answer(call: Call) -> Result<Answer, Failure> {
    let context = &call.site.context;
    let invoice = context.invoice(call.invoice_id()?)?.ok_or_else(Call::no_such_invoice)?;
    let tip = context.tip(invoice.terms.network);
    let state = State::of(&invoice, tip.as_ref(), &context.payment_uri(&invoice));
    Ok(Answer::json(StatusCode::OK, state.at(context.gateway.now())))
}
