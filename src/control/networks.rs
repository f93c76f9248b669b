//! What every network says of itself: the cursor, the node's head, every node, what is wrong.

use cryptopayment_actors::gateway::{Gateway, NetworkStatus, ProviderHealth};
use cryptopayment_domain::network::Network;
use cryptopayment_storage::Views;
use serde_json::{Value, json};

/// A row per network: of the running gateway, or what the data folder remembers where none runs.
pub(super) fn rows(gateway: &Gateway, views: &Views) -> Result<Value, String> {
    let statuses = gateway.network_statuses();
    if statuses.is_empty() {
        return remembered(views);
    }
    let rows = statuses.iter().map(|status| row(status, &gateway.providers(status.network)));
    Ok(rows.collect::<Vec<_>>().into())
}

fn row(status: &NetworkStatus, providers: &[ProviderHealth]) -> Value {
    let scanned = status.tip.map(|tip| tip.height);
    let behind = status.head_height.zip(scanned).map(|(head, tip)| head.saturating_sub(tip));
    json!({
        "network": status.network.name(),
        "running": true,
        "scanned_height": scanned,
        "scanned_hash": status.tip.map(|tip| tip.hash.to_string()),
        "head_height": status.head_height,
        "blocks_behind": behind,
        "scanned_through": status.scanned_through.map(|at| at.to_string()),
        "open_for_invoices": status.open_for_invoices,
        "trouble": status.trouble,
        "providers": providers.iter().map(provider).collect::<Vec<_>>(),
    })
}

fn provider(health: &ProviderHealth) -> Value {
    let ProviderHealth { node, in_use, height, lag, error, paused_s } = health;
    json!({
        "node": node, "in_use": in_use, "height": height, "lag": lag, "error": error,
        "paused_s": paused_s,
    })
}

/// Where the watchers stood when the gateway ended.
fn remembered(views: &Views) -> Result<Value, String> {
    let mut rows = Vec::new();
    for network in Network::ALL {
        let said = |error: cryptopayment_storage::ViewError| error.to_string();
        let checkpoint = views.checkpoint(network).map_err(said)?;
        let floor = views.watching_floor(network).map_err(said)?;
        let Some(height) = checkpoint.map(|saved| saved.height).or(floor.map(|floor| floor.height))
        else {
            continue;
        };
        rows.push(json!({
            "network": network.name(),
            "running": false,
            "scanned_height": height,
            "head_height": null,
            "open_for_invoices": false,
            "trouble": "no gateway runs on this data folder",
            "providers": [],
        }));
    }
    Ok(rows.into())
}
