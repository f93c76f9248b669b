//! Accounts.

use super::{Look, Object};
use crate::address::Address;
use crate::state::Account;
use serde_json::{Value, json};

/// What an active permission may do: everything that existed when accounts got one.
const OPERATIONS: &str = "7fff1fc0033ec30f000000000000000000000000000000000000000000000000";

/// An account.
pub fn account(address: Address, account: &Account, look: Look) -> Value {
    let key = look.address(account.owner_key.unwrap_or(address));
    let keys = json!([{"address": key, "weight": 1}]);
    Object::default()
        .put("address", look.address(address))
        .number("balance", account.balance)
        .number("create_time", account.created_ms)
        .put("account_resource", json!({}))
        .put(
            "owner_permission",
            json!({"permission_name": look.text("owner"), "threshold": 1, "keys": keys}),
        )
        .put(
            "active_permission",
            json!([{
                "type": "Active", "id": 2, "permission_name": look.text("active"), "threshold": 1,
                "operations": OPERATIONS, "keys": keys,
            }]),
        )
        .put("frozenV2", json!([{}, {"type": "ENERGY"}, {"type": "TRON_POWER"}]))
        .put("asset_optimized", true)
        .end()
}
