//! JSON-RPC: its limits, its tags, and the hole in its index of logs.

use crate::asking::{ALICE, node, raw};
use cryptopayment_test_support::Told;
use serde_json::{Value, json};

/// The result, or the error, of one method.
async fn ask(url: &str, method: &str, params: Value) -> Told<Value> {
    let base = url.trim_end_matches("/jsonrpc");
    let asked = json!({"jsonrpc": "2.0", "id": 7, "method": method, "params": params});
    let answer: Value = serde_json::from_slice(&raw(base, "/jsonrpc", &asked).await?.body)?;
    assert_eq!(answer["id"], 7);
    let error = answer.get("error").map(|error| json!({"code": error["code"]}));
    Ok(error.unwrap_or_else(|| answer["result"].clone()))
}

const TOKEN: &str = "0xa614f803b6fd780986a42c78ec9c7f77e6ded13c";

#[tokio::test]
async fn latest_is_the_head_on_one_port_and_the_solid_block_on_the_other() -> Told<()> {
    let node = node().await?;
    let rows = [
        (node.rpc_url(), "latest", "0x28"),
        (node.rpc_url(), "finalized", "0x16"),
        (node.rpc_url(), "earliest", "0x0"),
        (node.solid_rpc_url(), "latest", "0x16"),
    ];
    for (url, tag, number) in rows {
        let block = ask(&url, "eth_getBlockByNumber", json!([tag, false])).await?;
        assert_eq!(block["number"], number, "{tag}");
    }
    let block = ask(&node.rpc_url(), "eth_getBlockByNumber", json!(["0x28", true])).await?;
    assert_eq!(block["hash"], format!("0x{}", node.block_id(40).unwrap()));
    assert_eq!(block["timestamp"], format!("0x{:x}", node.head_time_ms() / 1_000));
    Ok(())
}

#[tokio::test]
async fn logs_are_found_unless_they_are_older_than_the_index() -> Told<()> {
    let node = node().await?;
    node.pay(ALICE, 5)?;
    node.pay_look_alike(ALICE, 6)?;
    node.mine(1);
    let filtered = json!([{"fromBlock": "0x1", "toBlock": "0xffff", "address": TOKEN}]);
    let unfiltered = json!([{"fromBlock": "0x29", "toBlock": "latest"}]);
    let count = async |filter: &Value| -> Told<usize> {
        let logs = ask(&node.rpc_url(), "eth_getLogs", filter.clone()).await?;
        Ok(logs.as_array().map_or(0, Vec::len))
    };
    assert_eq!((count(&filtered).await?, count(&unfiltered).await?), (1, 2));
    node.set_up(|setup| setup.logs_indexed_from = 42);
    assert_eq!((count(&filtered).await?, count(&unfiltered).await?), (0, 2), "and no error");
    node.mine(18);
    let solid = ask(&node.solid_rpc_url(), "eth_getLogs", unfiltered).await?;
    assert_eq!(solid[1]["logIndex"], "0x1");
    Ok(())
}

#[tokio::test]
async fn what_it_refuses_it_refuses_with_its_codes() -> Told<()> {
    let node = node().await?;
    node.mine(5_001);
    let rows = [
        ("eth_sendRawTransaction", json!(["0x00"]), -32_601),
        ("eth_getTransactionCount", json!([TOKEN, "latest"]), -32_601),
        ("eth_getBlockByNumber", json!(["pending", false]), -32_602),
        ("eth_getBlockByNumber", json!(["safe", false]), -32_602),
        ("eth_getLogs", json!([{"fromBlock": "0x0", "toBlock": "latest"}]), -32_602),
        (
            "eth_getLogs",
            json!([{"address": "41a614f803b6fd780986a42c78ec9c7f77e6ded13c"}]),
            -32_602,
        ),
        ("eth_call", json!([{"to": TOKEN, "data": "0x313ce567"}, "0x1"]), -32_602),
    ];
    for (method, params, code) in rows {
        let answer = ask(&node.rpc_url(), method, params).await?;
        assert_eq!(answer, json!({"code": code}), "{method}");
    }
    let decimals = json!([{"to": TOKEN, "data": "0x313ce567"}, "latest"]);
    let decimals = ask(&node.rpc_url(), "eth_call", decimals).await?;
    assert_eq!(decimals, format!("0x{:064x}", 6));
    let beyond = json!([{"fromBlock": "0xffffff", "toBlock": "0xffffff"}]);
    assert_eq!(ask(&node.rpc_url(), "eth_getLogs", beyond).await?, json!([]));
    Ok(())
}
