//! What a command asks of withdrawals, and how they are shown to the operator.

use super::{Hands, merchant_named, sentence};
use crate::cli::OpenStatus;
use cryptopayment_actors::gateway::Unwilling;
use cryptopayment_domain::id::WithdrawalId;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::withdrawal::{Command, Status, Withdrawal};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

/// Withdrawals listed at once: more is no work for a human's eyes.
const LISTED_MAX: usize = 1000;

/// What can be asked of withdrawals.
#[derive(Serialize, Deserialize, Debug)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum WithdrawalRequest {
    /// Those whose money is held.
    List {
        /// Only those that stand so.
        #[serde(default)]
        status: Option<OpenStatus>,
    },
    /// Let one go.
    Approve {
        /// Which.
        id: String,
    },
    /// Refuse one.
    Reject {
        /// Which.
        id: String,
        /// Why, for the merchant.
        reason: String,
    },
    /// Put an address on a merchant's list.
    Allow {
        /// The merchant's id or e-mail address.
        merchant: String,
        /// The network.
        network: String,
        /// The address.
        address: String,
    },
}

/// Does what is asked.
pub(super) async fn execute(hands: &Hands, request: WithdrawalRequest) -> Result<Value, String> {
    match request {
        WithdrawalRequest::List { status } => list(hands, status),
        WithdrawalRequest::Approve { id } => {
            decide(hands, &id, Command::Approve { by: "operator".to_owned() }).await
        }
        WithdrawalRequest::Reject { id, reason } => {
            decide(hands, &id, Command::Reject { reason }).await
        }
        WithdrawalRequest::Allow { merchant, network, address } => {
            allow(hands, &merchant, &network, &address).await
        }
    }
}

fn list(hands: &Hands, wanted: Option<OpenStatus>) -> Result<Value, String> {
    let statuses = match wanted {
        Some(OpenStatus::PendingReview) => vec![Status::PendingReview],
        Some(OpenStatus::Approved) => vec![Status::Approved],
        None => vec![Status::PendingReview, Status::Approved],
    };
    let mut listed = Vec::new();
    for status in statuses {
        let open = hands.views.open_withdrawals(status, LISTED_MAX);
        listed.extend(open.map_err(|error| error.to_string())?.iter().map(shown));
    }
    Ok(listed.into())
}

async fn decide(hands: &Hands, id: &str, command: Command) -> Result<Value, String> {
    let nobody = || format!("there is no withdrawal {id}; `withdrawal list` shows those that wait");
    let parsed: WithdrawalId = id.parse().map_err(|_| nobody())?;
    match hands.gateway.decide_withdrawal(parsed, command).await {
        Ok(withdrawal) => Ok(shown(&withdrawal)),
        Err(Unwilling::NotFound) => Err(nobody()),
        Err(unwilling) => Err(sentence(unwilling)),
    }
}

async fn allow(
    hands: &Hands,
    merchant: &str,
    network: &str,
    address: &str,
) -> Result<Value, String> {
    let id = merchant_named(hands, merchant)?;
    let network: Network = network.parse().map_err(|error| format!("{error}"))?;
    let allowed = hands.gateway.allow_address(id, network, address).await;
    if let Err(Unwilling::NetworkUnavailable { .. }) = allowed {
        let why = "is not enabled, or the gateway does not run: start it, then allow";
        return Err(format!("{network} {why}"));
    }
    let allowed = allowed.map_err(sentence)?;
    Ok(json!({
        "merchant_id": id.to_string(),
        "network": network.name(),
        "address": address,
        "allowed_addresses": allowed.allowed_addresses.len(),
    }))
}

fn shown(withdrawal: &Withdrawal) -> Value {
    let request = &withdrawal.request;
    json!({
        "id": request.withdrawal.to_string(),
        "merchant_id": request.merchant.to_string(),
        "coin": request.amount.network().balance_key(),
        "amount": request.amount.to_string(),
        "network_fee": request.fee.to_string(),
        "net_amount": request.net().to_string(),
        "usd_value": request.usd_value.map(|value| value.to_string()),
        "address": request.address,
        "status": withdrawal.status.name(),
        "review": request.review.map(|review| review.name()),
        "reason": withdrawal.reason,
        "created_at": request.at.to_string(),
    })
}
