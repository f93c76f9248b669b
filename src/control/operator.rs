//! The operator's own requests: the freeze, and payments set aside.

use super::Hands;
use cryptopayment_actors::operator::MoveFreeze;
use cryptopayment_domain::operator::SetAside;
use cryptopayment_storage::{PaymentSetAside, Views};
use serde_json::{Value, json};

/// Whether all withdrawals stand still, and why.
pub(super) fn freeze(views: &Views) -> Result<Value, String> {
    let frozen = views.withdrawals_frozen().map_err(|error| error.to_string())?;
    Ok(match frozen {
        Some(freeze) => {
            json!({ "frozen": true, "reason": freeze.reason, "since": freeze.since.to_string() })
        }
        None => json!({ "frozen": false }),
    })
}

/// Moves the freeze, and says how it stands.
pub(super) async fn move_freeze(hands: &Hands, ask: MoveFreeze) -> Result<Value, String> {
    hands.gateway.move_freeze(ask).await.map_err(|unwilling| unwilling.to_string())?;
    freeze(&hands.views)
}

/// Every payment that waits for a human.
pub(super) fn set_aside(views: &Views) -> Result<Value, String> {
    let all = views.payments_set_aside().map_err(|error| error.to_string())?;
    Ok(all.into_iter().map(row).collect::<Vec<_>>().into())
}

fn row(PaymentSetAside { aside, booked }: PaymentSetAside) -> Value {
    let SetAside { payment, amount, invoice, block, reason, at } = aside;
    json!({
        "payment": payment.to_string(),
        "network": payment.network.name(),
        "txid": payment.txid.to_string(),
        "index": payment.index,
        "amount": amount.to_string(),
        "invoice": invoice.map(|invoice| invoice.to_string()),
        "block_height": block.map(|block| block.height),
        "booked": booked,
        "reason": reason,
        "set_aside_at": at.to_string(),
    })
}
