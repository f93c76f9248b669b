//! Asking a node.

use cryptopayment_test_support::Told;
use cryptopayment_test_support::wire::{self, Response};
use cryptopayment_tron_node::TronNode;
use serde_json::{Value, json};

/// A key whose address has nothing at first.
pub const ALICE: &str = "TUEZSdKsoDHQMeZwihtdoBiN46zxhGWYdH";
pub const BOB: &str = "TSeJkUh4Qv67VNFwY8LaAxERygNdy6NQZK";
pub const CAROL: &str = "TYJPRrdB5APNeRs4R7fYZSwW3TcrTKw2gx";

/// A moment to begin at: the same chain in every run.
pub const MOMENT_MS: i64 = 1_790_000_000_000;

/// A node that began at [`MOMENT_MS`].
pub async fn node() -> Told<TronNode> {
    TronNode::start_at(MOMENT_MS).await
}

/// The answer to a POST, as it came.
pub async fn raw(url: &str, path: &str, body: &Value) -> Told<Response> {
    let address = url.trim_start_matches("http://").parse()?;
    let body = body.to_string();
    wire::exchange(address, &wire::request("POST", path, &[], body.as_bytes())).await
}

/// What `/wallet/{name}` answers.
pub async fn full(node: &TronNode, name: &str, body: Value) -> Told<Value> {
    let answer = raw(&node.full_url(), &format!("/wallet/{name}"), &body).await?;
    Ok(serde_json::from_slice(&answer.body)?)
}

/// What `/walletsolidity/{name}` answers.
pub async fn solid(node: &TronNode, name: &str, body: Value) -> Told<Value> {
    let answer = raw(&node.solidity_url(), &format!("/walletsolidity/{name}"), &body).await?;
    Ok(serde_json::from_slice(&answer.body)?)
}

/// What became of a transaction, seen from the head.
pub async fn info(node: &TronNode, txid: &str) -> Told<Value> {
    full(node, "gettransactioninfobyid", json!({"value": txid})).await
}

/// The ids in a block.
pub async fn ids(node: &TronNode, number: u64) -> Told<Vec<String>> {
    let block = full(node, "getblockbynum", json!({"num": number})).await?;
    let all = block["transactions"].as_array().cloned().unwrap_or_default();
    Ok(all.iter().map(|tx| tx["txID"].as_str().unwrap_or_default().to_owned()).collect())
}
