//! How a node and what stands before it go wrong, and what is asked without a transaction.

use crate::asking::{ALICE, full, node, raw, solid};
use cryptopayment_test_support::Told;
use cryptopayment_tron_node::{Fault, LOOK_ALIKE, Manner};
use serde_json::{Value, json};
use std::time::Duration;

const HEAD: &str = "/wallet/getnowblock";
const INFOS: &str = "/wallet/gettransactioninfobyblocknum";

#[tokio::test]
async fn each_fault_is_what_such_a_node_says() -> Told<()> {
    let node = node().await?;
    let lite = "this API is closed because this node is a lite fullnode";
    let limit =
        r#"{"Error":"class java.lang.IllegalAccessException : lack of computing resources"}"#;
    let off = r#"{"Error":"this API is unavailable due to config"}"#;
    let rows = [
        (Manner::Status(429), INFOS, 429, "<html>"),
        (Manner::Status(503), HEAD, 503, "<html>"),
        (Manner::RateLimited, INFOS, 200, limit),
        (Manner::Lite, INFOS, 200, lite),
        (Manner::Lite, HEAD, 200, r#"{"blockID""#),
        (Manner::Disabled, INFOS, 404, off),
        (Manner::EmptyList, INFOS, 200, "[]"),
        (Manner::EmptyObject, HEAD, 200, "{}"),
        (Manner::Says("null".to_owned()), HEAD, 200, "null"),
    ];
    for (manner, path, status, begins) in rows {
        node.break_down(Fault::once("", manner.clone()));
        let answer = raw(&node.full_url(), path, &json!({"num": 40})).await?;
        assert_eq!(answer.status, status, "{manner:?}");
        assert!(answer.text().starts_with(begins), "{manner:?}: {}", answer.text());
    }
    let well = raw(&node.full_url(), HEAD, &json!({})).await?;
    assert_eq!(well.status, 200);
    Ok(())
}

#[tokio::test]
async fn answers_are_cut_short_or_less_than_whole_or_of_another_block() -> Told<()> {
    let node = node().await?;
    node.pay(ALICE, 1)?;
    node.pay(ALICE, 2)?;
    node.mine(1);
    node.pay(ALICE, 3)?;
    node.mine(1);
    let asked = json!({"num": 41});
    let infos = async || full(&node, "gettransactioninfobyblocknum", asked.clone()).await;
    assert_eq!(infos().await?.as_array().unwrap().len(), 2);
    node.break_down(Fault::once(INFOS, Manner::WithoutLastInfo));
    assert_eq!(infos().await?.as_array().unwrap().len(), 1);
    node.break_down(Fault::once(INFOS, Manner::OfBlock(42)));
    assert_eq!(infos().await?[0]["blockNumber"], 42);
    node.break_down(Fault::once(INFOS, Manner::CutShort));
    assert!(infos().await.is_err());
    Ok(())
}

#[tokio::test]
async fn heights_waver_or_lag() -> Told<()> {
    let node = node().await?;
    let height = async || {
        let head = full(&node, "getnowblock", json!({})).await?;
        Ok(head["block_header"]["raw_data"]["number"].as_i64().unwrap_or_default()) as Told<i64>
    };
    node.break_down(Fault::on(HEAD, Manner::Wavering(5)));
    assert_eq!([height().await?, height().await?, height().await?], [40, 35, 40]);
    node.mend();
    node.break_down(Fault::on("", Manner::Behind(3)));
    assert_eq!(height().await?, 37);
    let beyond = full(&node, "getblockbynum", json!({"num": 38})).await?;
    assert_eq!(beyond, json!({}), "a node that is behind has not got it");
    let solid = solid(&node, "getnowblock", json!({})).await?;
    assert_eq!(solid["block_header"]["raw_data"]["number"], 19);
    Ok(())
}

#[tokio::test]
async fn a_reply_that_is_lost_leaves_the_payment_in_the_pool() -> Told<()> {
    let node = node().await?;
    node.break_down(Fault::once("broadcasthex", Manner::Reset));
    node.break_down(Fault::on("getnowblock", Manner::Slow(Duration::from_millis(20))));
    let asked = json!({"transaction": ""});
    assert!(raw(&node.full_url(), "/wallet/broadcasthex", &asked).await.is_err());
    node.break_down(Fault::once("broadcasttransaction", Manner::LostReply));
    let built = json!({
        "owner_address": node.payer().address().hex(),
        "to_address": "41b6e708a39781c96bd399c7657780ff9fe9f052a8", "amount": 1,
    });
    let mut tx = full(&node, "createtransaction", built).await?;
    let id: [u8; 32] = hex::decode(tx["txID"].as_str().unwrap())?.try_into().unwrap();
    tx["signature"] = json!([hex::encode(node.payer().sign(&id))]);
    assert!(raw(&node.full_url(), "/wallet/broadcasttransaction", &tx).await.is_err());
    assert_eq!(node.pool(), [hex::encode(id)]);
    raw(&node.full_url(), HEAD, &json!({})).await?;
    Ok(())
}

#[tokio::test]
async fn a_node_goes_down_comes_back_and_asks_for_its_key() -> Told<()> {
    let node = node().await?;
    node.go_down();
    assert!(raw(&node.full_url(), HEAD, &json!({})).await.is_err());
    node.mine(1);
    node.come_back().await?;
    let head = full(&node, "getnowblock", json!({})).await?;
    assert_eq!(head["block_header"]["raw_data"]["number"], 41);
    node.require_key(Some("secret"));
    assert_eq!(raw(&node.hosted_url(), HEAD, &json!({})).await?.status, 401);
    assert_eq!(node.asked("getnowblock"), 2);
    Ok(())
}

#[tokio::test]
async fn each_port_serves_its_own() -> Told<()> {
    let node = node().await?;
    let rows = [
        (node.full_url(), "/wallet/getnowblock", 200),
        (node.full_url(), "/walletsolidity/getnowblock", 404),
        (node.solidity_url(), "/walletsolidity/getnowblock", 200),
        (node.solidity_url(), "/wallet/getnowblock", 404),
        (node.solidity_url(), "/walletsolidity/broadcasthex", 404),
        (node.hosted_url(), "/wallet/getnowblock", 200),
        (node.hosted_url(), "/walletsolidity/getnowblock", 200),
        (node.full_url(), "/wallet/nonsense", 404),
    ];
    for (url, path, status) in rows {
        assert_eq!(raw(&url, path, &json!({})).await?.status, status, "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn constant_calls_answer_and_revert_without_a_transaction() -> Told<()> {
    let node = node().await?;
    node.mint(ALICE, 5)?;
    let ask = async |selector: &str, parameter: &str, contract: &str| -> Told<Value> {
        let asked = json!({
            "owner_address": ALICE, "contract_address": contract, "visible": true,
            "function_selector": selector, "parameter": parameter,
        });
        full(&node, "triggerconstantcontract", asked).await
    };
    let alice = "000000000000000000000000c8599111f29c1e1e061265b4af93ea1f274ad78a";
    let rows = [("decimals()", "", 6), ("balanceOf(address)", alice, 5)];
    for (selector, parameter, value) in rows {
        let answer = ask(selector, parameter, node.token()).await?;
        assert_eq!(answer["constant_result"], json!([format!("{value:064x}")]), "{selector}");
        assert_eq!(answer["transaction"]["ret"], json!([{}]));
    }
    let symbols =
        [ask("symbol()", "", node.token()).await?, ask("symbol()", "", LOOK_ALIKE).await?];
    assert_eq!(symbols[0]["constant_result"], symbols[1]["constant_result"]);
    let too_much = format!("{alice}{:064x}", 6);
    let answer = ask("transfer(address,uint256)", &too_much, node.token()).await?;
    let result = json!({"result": true, "message": "REVERT opcode executed"});
    assert_eq!(answer["result"], result, "true, although it reverted");
    assert_eq!(answer["transaction"]["ret"], json!([{"ret": "FAILED"}]));
    assert!(answer["constant_result"][0].as_str().unwrap().starts_with("08c379a0"));
    let nowhere = ask("decimals()", "", ALICE).await?;
    assert_eq!(nowhere["result"]["code"], "CONTRACT_VALIDATE_ERROR");
    node.set_up(|setup| setup.constant_calls = false);
    let off = ask("decimals()", "", node.token()).await?;
    let sentence = "Contract validate error : this node does not support constant";
    assert_eq!(off["result"]["message"], sentence);
    Ok(())
}
