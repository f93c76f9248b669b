//! API keys of merchants: one more, one less, which there are. A secret is shown once and never kept.

use super::{Hands, merchant_named, sentence};
use cryptopayment_actors::gateway::Unwilling;
use cryptopayment_domain::merchant::{ApiKey, Scopes};
use serde_json::{Value, json};

pub(super) async fn issue(
    hands: &Hands,
    merchant: &str,
    scopes: Option<&str>,
) -> Result<Value, String> {
    let scopes = scopes.map_or(Ok(Scopes::ALL), str::parse);
    let scopes: Scopes =
        scopes.map_err(|error: cryptopayment_domain::merchant::UnknownScope| error.to_string())?;
    let id = merchant_named(hands, merchant)?;
    let issued = hands.gateway.issue_key(id, scopes).await;
    let (key, secret) = issued.map_err(|unwilling| said(unwilling, merchant))?;
    Ok(json!({
        "merchant_id": id.to_string(), "api_key": key, "api_secret": secret,
        "scopes": scopes.to_string(),
    }))
}

pub(super) async fn revoke(hands: &Hands, merchant: &str, key: String) -> Result<Value, String> {
    let id = merchant_named(hands, merchant)?;
    let revoked = hands.gateway.revoke_key(id, key.clone()).await;
    revoked.map_err(|unwilling| said(unwilling, merchant))?;
    Ok(json!({ "merchant_id": id.to_string(), "api_key": key, "revoked": true }))
}

pub(super) fn list(hands: &Hands, merchant: &str) -> Result<Value, String> {
    let id = merchant_named(hands, merchant)?;
    let row = hands.views.merchant(id).map_err(|error| error.to_string())?;
    let row = row.ok_or_else(|| said(Unwilling::NotFound, merchant))?;
    let shown = |ApiKey { key, scopes, revoked, .. }: &ApiKey| json!({ "api_key": key, "scopes": scopes.to_string(), "revoked": revoked });
    Ok(row.value.keys.iter().map(shown).collect::<Vec<_>>().into())
}

fn said(unwilling: Unwilling, merchant: &str) -> String {
    match unwilling == Unwilling::NotFound {
        true => format!("there is no merchant {merchant}"),
        false => sentence(unwilling),
    }
}
