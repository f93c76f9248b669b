//! The local socket `DATA_DIR/control.sock` (mode 0600), by which commands speak to a running
//! gateway: one JSON request a line, one JSON answer a line.
//!
//! A command first tries the data folder's lock. Free: it runs the same actors in its own process.
//! Held: it asks here, and waits for a gateway that is starting.

mod keys;
mod networks;
mod operator;
mod socket;
mod withdrawals;

pub use socket::{ask, listen};
pub use withdrawals::WithdrawalRequest;

use cryptopayment_actors::gateway::{Gateway, Unwilling};
use cryptopayment_actors::operator::MoveFreeze;
use cryptopayment_domain::id::MerchantId;
use cryptopayment_domain::merchant::{Approval, Merchant};
use cryptopayment_http::Guard;
use cryptopayment_http::outgoing::endpoint_url;
use cryptopayment_storage::Views;
use serde::{Deserialize, Serialize};

/// Merchants read in one go.
const MERCHANTS_PER_READ: usize = 1000;

/// What can be asked.
#[derive(Serialize, Deserialize, Debug)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Request {
    /// Make a merchant.
    CreateMerchant {
        /// E-mail address.
        email: String,
        /// Where its webhooks go.
        webhook: Option<String>,
        /// Approve it at once.
        approve: bool,
    },
    /// Approve a merchant, by id or e-mail address.
    ApproveMerchant {
        /// Which.
        merchant: String,
    },
    /// One more API key for a merchant.
    IssueKey {
        /// Whose: id or e-mail address.
        merchant: String,
        /// What it may do, `read,invoices`; none: everything.
        scopes: Option<String>,
    },
    /// An API key works no longer.
    RevokeKey {
        /// Whose: id or e-mail address.
        merchant: String,
        /// Its public half.
        key: String,
    },
    /// The API keys of a merchant.
    ListKeys {
        /// Whose: id or e-mail address.
        merchant: String,
    },
    /// List merchants.
    ListMerchants,
    /// What every network says of itself.
    Networks,
    /// Whether all withdrawals stand still.
    ShowFreeze,
    /// Hold all withdrawals.
    SetFreeze {
        /// Why.
        reason: String,
    },
    /// Let withdrawals go on.
    LiftFreeze {
        /// Why.
        reason: String,
    },
    /// Payments that wait for a human.
    SetAside,
    /// Where a backup is cut.
    CutBackup,
    /// Something about withdrawals.
    Withdrawal(WithdrawalRequest),
}

/// The answer: JSON for the caller, or a sentence why not.
#[derive(Serialize, Deserialize, Debug)]
#[serde(untagged)]
pub enum Answer {
    /// Done.
    Done {
        /// What to print.
        done: serde_json::Value,
    },
    /// Not done; nothing has changed.
    Refused {
        /// Why.
        refused: String,
    },
}

/// What a request is done with.
#[derive(Clone)]
pub struct Hands {
    /// The actors.
    pub gateway: Gateway,
    /// What they have done.
    pub views: Views,
    /// Where webhooks may go.
    pub guard: Guard,
}

/// Does what is asked, with the actors of this process.
pub async fn execute(hands: &Hands, request: Request) -> Answer {
    let Hands { gateway, views, guard } = hands;
    let done = match request {
        Request::CreateMerchant { email, webhook, approve } => {
            let url = webhook.as_deref().map(|url| endpoint_url::check(url, guard));
            match url.transpose() {
                Ok(_) => create_merchant(gateway, &email, webhook, approve).await,
                Err(bad) => Err(bad.to_string()),
            }
        }
        Request::ApproveMerchant { merchant } => approve_merchant(hands, &merchant).await,
        Request::Withdrawal(request) => withdrawals::execute(hands, request).await,
        Request::IssueKey { merchant, scopes } => {
            keys::issue(hands, &merchant, scopes.as_deref()).await
        }
        Request::RevokeKey { merchant, key } => keys::revoke(hands, &merchant, key).await,
        Request::ListKeys { merchant } => keys::list(hands, &merchant),
        Request::ListMerchants => list_merchants(gateway, views),
        Request::Networks => networks::rows(gateway, views),
        Request::ShowFreeze => operator::freeze(views),
        Request::SetFreeze { reason } => {
            operator::move_freeze(hands, MoveFreeze::Freeze(reason)).await
        }
        Request::LiftFreeze { reason } => {
            operator::move_freeze(hands, MoveFreeze::Lift(reason)).await
        }
        Request::SetAside => operator::set_aside(views),
        Request::CutBackup => crate::commands::backup::cut_json(views),
    };
    match done {
        Ok(done) => Answer::Done { done },
        Err(refused) => Answer::Refused { refused },
    }
}

async fn create_merchant(
    gateway: &Gateway,
    email: &str,
    webhook: Option<String>,
    approve: bool,
) -> Result<serde_json::Value, String> {
    if !email.contains('@') || email.len() > 254 || email.chars().any(char::is_whitespace) {
        return Err(format!("{email:?} is no e-mail address"));
    }
    let new = gateway.register_merchant(email, None, webhook, approve).await.map_err(sentence)?;
    Ok(serde_json::json!({
        "merchant_id": new.merchant_id.to_string(),
        "api_key": new.api_key,
        "api_secret": new.api_secret,
        "app_secret": new.app_secret,
    }))
}

/// The merchant of that id or e-mail address.
fn merchant_named(hands: &Hands, merchant: &str) -> Result<MerchantId, String> {
    if let Ok(id) = merchant.parse() {
        return Ok(id);
    }
    let salt = hands.gateway.privacy().digest_salt();
    let digest = cryptopayment_domain::merchant::email_digest(&salt, merchant);
    let found = hands.views.merchant_by_email(&digest).map_err(|error| error.to_string())?;
    found.map(|(id, _)| id).ok_or_else(|| format!("there is no merchant {merchant}"))
}

async fn approve_merchant(hands: &Hands, merchant: &str) -> Result<serde_json::Value, String> {
    let id = merchant_named(hands, merchant)?;
    if let Err(unwilling) = hands.gateway.approve_merchant(id).await {
        let missing = unwilling == Unwilling::NotFound;
        let nobody = format!("there is no merchant {merchant}");
        return Err(if missing { nobody } else { sentence(unwilling) });
    }
    Ok(serde_json::json!({ "merchant_id": id.to_string(), "approval": "approved" }))
}

fn list_merchants(gateway: &Gateway, views: &Views) -> Result<serde_json::Value, String> {
    let mut list = Vec::new();
    let mut after = None;
    loop {
        let rows = views.merchants(after, MERCHANTS_PER_READ).map_err(|error| error.to_string())?;
        let Some((last, _)) = rows.last() else { return Ok(list.into()) };
        after = Some(*last);
        list.extend(rows.iter().map(|(id, row)| merchant_json(gateway, *id, &row.value)));
    }
}

fn merchant_json(gateway: &Gateway, id: MerchantId, merchant: &Merchant) -> serde_json::Value {
    let email = gateway.privacy().open(id, &merchant.email_sealed).ok();
    let email = email.and_then(|email| String::from_utf8(email).ok());
    let approval = match merchant.approval {
        Approval::Waiting => "waiting",
        Approval::Approved => "approved",
        Approval::Suspended { .. } => "suspended",
    };
    serde_json::json!({
        "merchant_id": id.to_string(),
        "email": email,
        "approval": approval,
        "webhook_url": merchant.webhook_url,
        "registered_at": merchant.registered_at.to_string(),
    })
}

fn sentence(unwilling: Unwilling) -> String {
    unwilling.to_string()
}
