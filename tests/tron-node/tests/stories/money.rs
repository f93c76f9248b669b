//! What payments come to: logs, receipts, energy, bandwidth, activation.

use crate::asking::{ALICE, BOB, CAROL, full, info, node};
use cryptopayment_test_support::Told;
use cryptopayment_tron_node::{Failing, Key, Outcome, TronNode};
use serde_json::{Value, json};

const TRANSFER: &str = "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef";

fn word(units: u128) -> String {
    format!("{units:064x}")
}

/// What a log says: its contract, whom it pays, how much.
fn said(log: &Value) -> (String, String, u128) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    assert_eq!(log["topics"][0], TRANSFER);
    let amount = u128::from_str_radix(&text(&log["data"])[32..], 16).expect("a word is hex");
    (text(&log["address"]), text(&log["topics"][2])[24..].to_owned(), amount)
}

/// TRX is never made or lost, only burned.
fn nothing_is_lost(node: &TronNode) {
    let (_, all) = node.sun_in_all();
    assert_eq!(all, 1_000_001_000_000_000);
}

#[tokio::test]
async fn a_transfer_says_false_and_logs_what_it_moved() -> Told<()> {
    let node = node().await?;
    let txid = node.pay(ALICE, 10_000_000)?;
    node.mine(1);
    let info = info(&node, &txid).await?;
    assert_eq!(info["contractResult"], json!([word(0)]), "false, although it succeeded");
    assert_eq!(info["receipt"]["result"], "SUCCESS");
    assert!(info.get("result").is_none(), "success is left out");
    assert_eq!(info["contract_address"], "41a614f803b6fd780986a42c78ec9c7f77e6ded13c");
    let log = &info["log"][0];
    let alice = "c8599111f29c1e1e061265b4af93ea1f274ad78a".to_owned();
    let token = "a614f803b6fd780986a42c78ec9c7f77e6ded13c".to_owned();
    assert_eq!(said(log), (token, alice, 10_000_000));
    assert_eq!(info["log"].as_array().unwrap().len(), 1);
    assert_eq!(node.units_of(node.token(), ALICE), 10_000_000);
    nothing_is_lost(&node);
    Ok(())
}

#[tokio::test]
async fn one_transaction_pays_many_and_the_same_one_twice() -> Told<()> {
    let node = node().await?;
    let txid = node.pay_batch(&[(ALICE, 1), (BOB, 2), (ALICE, 3), (CAROL, 0)])?;
    node.mine(1);
    let info = info(&node, &txid).await?;
    let logs: Vec<_> = info["log"].as_array().unwrap().iter().map(|log| said(log).2).collect();
    assert_eq!(logs, [1, 2, 3, 0]);
    assert_ne!(info["contract_address"], "41a614f803b6fd780986a42c78ec9c7f77e6ded13c");
    assert_eq!(node.units_of(node.token(), ALICE), 4);
    nothing_is_lost(&node);
    Ok(())
}

#[tokio::test]
async fn a_look_alike_logs_the_same_from_elsewhere_and_says_true() -> Told<()> {
    let node = node().await?;
    let txid = node.pay_look_alike(ALICE, 5)?;
    node.mine(1);
    let info = info(&node, &txid).await?;
    assert_eq!(info["contractResult"], json!([word(1)]));
    let (token, _, units) = said(&info["log"][0]);
    assert_ne!(token, "a614f803b6fd780986a42c78ec9c7f77e6ded13c");
    assert_eq!((units, node.units_of(node.token(), ALICE)), (5, 0));
    Ok(())
}

#[tokio::test]
async fn what_fails_has_no_log_costs_its_fee_and_is_in_a_block_all_the_same() -> Told<()> {
    let rows =
        [(Failing::OutOfEnergy, "OUT_OF_ENERGY", 10_000), (Failing::Revert, "REVERT", 13_164)];
    for (why, result, energy) in rows {
        let node = node().await?;
        let txid = node.pay_failing(ALICE, 5, why)?;
        node.mine(1);
        let info = info(&node, &txid).await?;
        assert_eq!(info["result"], "FAILED");
        assert_eq!(info["receipt"]["result"], result);
        assert_eq!(info["receipt"]["energy_usage_total"], energy, "{result}");
        assert_eq!(info["receipt"]["energy_fee"], energy * 100, "{result}");
        assert!(info.get("log").is_none(), "{result}");
        let block = full(&node, "getblockbynum", json!({"num": 41})).await?;
        assert_eq!(block["transactions"][0]["ret"][0]["contractRet"], result);
        assert_eq!(node.units_of(node.token(), ALICE), 0);
        nothing_is_lost(&node);
    }
    Ok(())
}

#[tokio::test]
async fn anything_can_happen_to_a_call_when_it_is_in_a_block() -> Told<()> {
    let node = node().await?;
    node.doom(&[Outcome::OutOfTime, Outcome::IllegalOperation]);
    let doomed = [node.pay(ALICE, 1)?, node.pay(ALICE, 2)?];
    let fine = node.pay(ALICE, 4)?;
    node.mine(1);
    let results = ["OUT_OF_TIME", "ILLEGAL_OPERATION"];
    for (txid, result) in doomed.iter().zip(results) {
        assert_eq!(info(&node, txid).await?["receipt"]["result"], result);
    }
    assert_eq!(info(&node, &fine).await?["receipt"]["result"], "SUCCESS");
    assert_eq!(node.units_of(node.token(), ALICE), 4);
    nothing_is_lost(&node);
    Ok(())
}

#[tokio::test]
async fn energy_depends_on_what_the_payee_holds_and_stake_pays_first() -> Told<()> {
    let node = node().await?;
    let mut cost = Vec::new();
    for _ in 0..2 {
        let txid = node.pay(ALICE, 1)?;
        node.mine(1);
        cost.push(info(&node, &txid).await?["receipt"]["energy_usage_total"].clone());
    }
    assert_eq!(cost, [130_285, 64_285], "an empty slot is dear, a full one is not");
    let payer = node.payer().address().base58();
    node.delegate_energy(&payer, 64_000)?;
    let txid = node.pay(ALICE, 1)?;
    node.mine(1);
    let receipt = info(&node, &txid).await?["receipt"].clone();
    assert_eq!(receipt["energy_usage"], 64_000);
    assert_eq!(receipt["energy_fee"], 28_500);
    let asked = json!({"address": node.payer().address().hex()});
    let left = full(&node, "getaccountresource", asked).await?;
    // One slot of a day's 28,800 has brought a little back.
    assert_eq!((&left["EnergyLimit"], &left["EnergyUsed"]), (&json!(64_000), &json!(63_997)));
    nothing_is_lost(&node);
    Ok(())
}

#[tokio::test]
async fn bandwidth_is_free_once_a_day_and_then_burned() -> Told<()> {
    let node = node().await?;
    let first = node.pay(ALICE, 10_000_000)?;
    let second = node.pay(ALICE, 10_000_000)?;
    node.mine(1);
    let (first, second) = (info(&node, &first).await?, info(&node, &second).await?);
    assert_eq!(first["receipt"]["net_usage"], 346, "with the fee limit of these payments");
    assert!(first["receipt"].get("net_fee").is_none());
    assert_eq!(second["receipt"]["net_fee"], 346_000);
    let energy = second["receipt"]["energy_fee"].as_i64().unwrap();
    assert_eq!(second["fee"], 346_000 + energy);
    nothing_is_lost(&node);
    Ok(())
}

#[tokio::test]
async fn an_address_exists_when_trx_came_and_not_when_dollars_did() -> Told<()> {
    let node = node().await?;
    node.pay(ALICE, 10_000_000)?;
    node.mine(1);
    let asked = json!({"address": "41c8599111f29c1e1e061265b4af93ea1f274ad78a"});
    assert_eq!(full(&node, "getaccount", asked.clone()).await?, json!({}));
    let txid = node.send_trx(ALICE, 5_000_000)?;
    node.mine(1);
    let info = info(&node, &txid).await?;
    assert_eq!(info["fee"], 1_100_000, "one TRX and a tenth, and no free bandwidth");
    assert!(info["receipt"].get("result").is_none(), "no contract ran");
    assert_eq!(info["contractResult"], json!([""]));
    let account = full(&node, "getaccount", asked).await?;
    assert_eq!(account["balance"], 5_000_000);
    nothing_is_lost(&node);
    Ok(())
}

#[tokio::test]
async fn a_paused_token_a_blacklist_and_a_fee() -> Told<()> {
    let node = node().await?;
    let owner = Key::named("issuer").address();
    node.token_rules(node.token(), |token| token.fee = Some((10, owner)))?;
    let txid = node.pay(ALICE, 10_000)?;
    node.mine(1);
    let logs = info(&node, &txid).await?["log"].clone();
    let moved: Vec<_> = logs.as_array().unwrap().iter().map(|log| said(log).2).collect();
    assert_eq!(moved, [9_990, 10], "credited is what the log says, not what was asked for");
    node.token_rules(node.token(), |token| token.paused = true)?;
    let txid = node.pay(ALICE, 1)?;
    node.mine(1);
    assert_eq!(info(&node, &txid).await?["receipt"]["result"], "REVERT");
    Ok(())
}
