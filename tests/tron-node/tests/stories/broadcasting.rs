//! Every way a transaction is taken or refused, in the words of `Wallet.broadcastTransaction`.

use crate::asking::{ALICE, BOB, full, node};
use cryptopayment_test_support::Told;
use cryptopayment_tron_node::{Fork, Key, Refusal, TronNode};
use serde_json::{Value, json};

const HOUR_MS: i64 = 3_600_000;

/// An unsigned token transfer, built by the node.
async fn transfer(node: &TronNode, from: &Key, to: &str, fee_limit: i64) -> Told<Value> {
    let to = Address::of(to)?;
    let asked = json!({
        "owner_address": from.address().hex(),
        "contract_address": "41a614f803b6fd780986a42c78ec9c7f77e6ded13c",
        "function_selector": "transfer(address,uint256)",
        "parameter": format!("{to}{:064x}", 1),
        "fee_limit": fee_limit,
    });
    Ok(full(node, "triggersmartcontract", asked).await?["transaction"].clone())
}

/// An unsigned TRX transfer, built by the node.
async fn trx(node: &TronNode, from: &Key, to: &str, sun: i64) -> Told<Value> {
    let to = cryptopayment_tron_node::Address::of_base58(to).map(|to| to.hex());
    let asked = json!({"owner_address": from.address().hex(), "to_address": to, "amount": sun});
    full(node, "createtransaction", asked).await
}

/// An address as an argument.
struct Address;

impl Address {
    fn of(text: &str) -> Told<String> {
        let read = cryptopayment_tron_node::Address::of_base58(text);
        let read = read.ok_or_else(|| cryptopayment_test_support::Failure::new("no address"))?;
        Ok(hex::encode(read.word()))
    }
}

/// Signs what the node would make of the JSON: the id is asked for by offering it unsigned.
async fn signed(node: &TronNode, mut tx: Value, key: &Key) -> Told<Value> {
    tx["signature"] = json!([]);
    let refused = full(node, "broadcasttransaction", tx.clone()).await?;
    let id = hex::decode(refused["txid"].as_str().unwrap_or_default())?;
    let id = id.try_into().map_err(|_| cryptopayment_test_support::Failure::new("no id"))?;
    tx["signature"] = json!([hex::encode(key.sign(&id))]);
    Ok(tx)
}

/// Offers it: its code, and the sentence.
async fn offered(node: &TronNode, tx: Value) -> Told<(String, String)> {
    let answer = full(node, "broadcasttransaction", tx).await?;
    if answer["result"] == true {
        return Ok(("SUCCESS".to_owned(), String::new()));
    }
    let message = hex::decode(answer["message"].as_str().unwrap_or_default())?;
    let code = answer["code"].as_str().unwrap_or_default().to_owned();
    Ok((code, String::from_utf8(message)?))
}

fn changed(mut tx: Value, key: &str, value: Value) -> Value {
    tx["raw_data"][key] = value;
    tx
}

#[tokio::test]
async fn a_signed_transfer_is_taken_once() -> Told<()> {
    let node = node().await?;
    let tx = transfer(&node, &node.payer(), ALICE, 30_000_000).await?;
    let tx = signed(&node, tx, &node.payer()).await?;
    assert_eq!(offered(&node, tx.clone()).await?.0, "SUCCESS");
    let twice = ("DUP_TRANSACTION_ERROR".to_owned(), "Dup transaction.".to_owned());
    assert_eq!(offered(&node, tx.clone()).await?, twice, "in the pool");
    node.mine(1);
    assert_eq!(offered(&node, tx.clone()).await?, twice, "in a block");
    node.reorganise(Fork { depth: 1, ..Fork::default() })?;
    assert_eq!(offered(&node, tx).await?, twice, "popped, and in the pool again");
    Ok(())
}

#[tokio::test]
async fn what_is_wrong_with_time_reference_and_signature_is_said() -> Told<()> {
    let node = node().await?;
    let head = node.head_time_ms();
    let good = transfer(&node, &node.payer(), ALICE, 30_000_000).await?;
    let far = json!(head + 24 * HOUR_MS + 1);
    let rows = [
        (changed(good.clone(), "expiration", json!(head + 2_999)), "TRANSACTION_EXPIRATION_ERROR"),
        (changed(good.clone(), "expiration", json!(head + 3_000)), "SUCCESS"),
        (changed(good.clone(), "expiration", far), "TRANSACTION_EXPIRATION_ERROR"),
        (changed(good.clone(), "expiration", json!(head + 24 * HOUR_MS)), "SUCCESS"),
        (changed(good.clone(), "ref_block_hash", json!("0102030405060708")), "TAPOS_ERROR"),
        (changed(good.clone(), "ref_block_bytes", json!("ffff")), "TAPOS_ERROR"),
        (changed(good.clone(), "ref_block_bytes", json!("")), "TAPOS_ERROR"),
        (changed(good.clone(), "data", json!("aa".repeat(520_000))), "TOO_BIG_TRANSACTION_ERROR"),
        (changed(good.clone(), "contract", json!([])), "CONTRACT_VALIDATE_ERROR"),
        (changed(good.clone(), "fee_limit", json!(-1)), "CONTRACT_VALIDATE_ERROR"),
        (changed(good.clone(), "fee_limit", json!(15_000_000_001_i64)), "CONTRACT_VALIDATE_ERROR"),
    ];
    for (tx, code) in rows {
        let said = offered(&node, signed(&node, tx.clone(), &node.payer()).await?).await?;
        assert_eq!(said.0, code, "{said:?}");
    }
    let rows = [
        (json!([]), "Validate signature error: miss sig or contract"),
        (json!(["aabb"]), "Validate signature error: Signature size is 2"),
        (
            json!(["00".repeat(65)]),
            "Validate signature error: Could not recover public key from signature",
        ),
    ];
    for (signature, sentence) in rows {
        let mut tx = good.clone();
        tx["signature"] = signature;
        let said = offered(&node, tx).await?;
        assert_eq!(said, ("SIGERROR".to_owned(), sentence.to_owned()));
    }
    let other = signed(&node, good, &Key::named("somebody else")).await?;
    let (code, sentence) = offered(&node, other).await?;
    assert_eq!(code, "SIGERROR");
    assert!(sentence.ends_with("but it is not contained of permission."), "{sentence}");
    Ok(())
}

#[tokio::test]
async fn who_can_not_pay_or_does_not_exist_is_refused() -> Told<()> {
    let node = node().await?;
    let (poor, stranger) = (Key::named("poor"), Key::named("stranger"));
    node.fund(&poor.address().base58(), 1_200_000)?;
    let payer = node.payer();
    let own = payer.address().base58();
    let rows = [
        (&stranger, transfer(&node, &stranger, ALICE, 1_000).await?, "CONTRACT_VALIDATE_ERROR"),
        (&poor, trx(&node, &poor, ALICE, 100_000).await?, "SUCCESS"),
        (&poor, trx(&node, &poor, BOB, 1).await?, "BANDWITH_ERROR"),
    ];
    for (key, tx, code) in rows {
        let said = offered(&node, signed(&node, tx, key).await?).await?;
        assert_eq!(said.0, code, "{said:?}");
    }
    let unbuilt = trx(&node, &payer, &own, 1).await?;
    let class = "class org.tron.core.exception.ContractValidateException";
    let sentence = format!("{class} : Contract validate error : Cannot transfer TRX to yourself.");
    assert_eq!(unbuilt["Error"], sentence);
    Ok(())
}

#[tokio::test]
async fn an_account_in_other_hands_answers_to_those_hands_only() -> Told<()> {
    let node = node().await?;
    let (owner, thief) = (Key::named("owner"), Key::named("thief"));
    node.fund(&owner.address().base58(), 50_000_000)?;
    node.hand_over(&owner.address().base58(), &thief.address().base58())?;
    let tx = trx(&node, &owner, &node.payer().address().base58(), 1).await?;
    assert_eq!(offered(&node, signed(&node, tx.clone(), &owner).await?).await?.0, "SIGERROR");
    assert_eq!(offered(&node, signed(&node, tx, &thief).await?).await?.0, "SUCCESS");
    let asked = json!({"address": owner.address().hex()});
    let account = full(&node, "getaccount", asked).await?;
    assert_eq!(account["owner_permission"]["keys"][0]["address"], thief.address().hex());
    Ok(())
}

#[tokio::test]
async fn a_payment_that_waits_a_minute_is_forgotten_and_can_be_offered_again() -> Told<()> {
    let node = node().await?;
    let tx = transfer(&node, &node.payer(), ALICE, 30_000_000).await?;
    let tx = changed(tx, "expiration", json!(node.head_time_ms() + HOUR_MS));
    let tx = signed(&node, tx, &node.payer()).await?;
    assert_eq!(offered(&node, tx.clone()).await?.0, "SUCCESS");
    node.mine_empty(19);
    assert_eq!(node.pool().len(), 1);
    node.mine_empty(1);
    assert_eq!(node.pool().len(), 0);
    assert_eq!(offered(&node, tx).await?.0, "SUCCESS");
    node.mine(1);
    assert_eq!(node.units_of(node.token(), ALICE), 1);
    Ok(())
}

#[tokio::test]
async fn what_expires_in_the_pool_never_comes_into_a_block() -> Told<()> {
    let node = node().await?;
    let tx = transfer(&node, &node.payer(), ALICE, 30_000_000).await?;
    let soon = changed(tx, "expiration", json!(node.head_time_ms() + 6_000));
    let tx = signed(&node, soon, &node.payer()).await?;
    assert_eq!(offered(&node, tx.clone()).await?.0, "SUCCESS");
    node.mine_empty(2);
    node.mine(1);
    assert_eq!(node.units_of(node.token(), ALICE), 0);
    assert_eq!(offered(&node, tx).await?.0, "TRANSACTION_EXPIRATION_ERROR");
    Ok(())
}

#[tokio::test]
async fn a_node_that_tells_nobody_has_taken_it_all_the_same() -> Told<()> {
    let node = node().await?;
    let rows = [
        (Refusal::Busy, "SERVER_BUSY", 0),
        (Refusal::Unsolidified, "BLOCK_UNSOLIDIFIED", 0),
        (
            Refusal::FewConnections("P2P broadcast failed.".into()),
            "NOT_ENOUGH_EFFECTIVE_CONNECTION",
            1,
        ),
    ];
    for (refusal, code, waiting) in rows {
        node.set_up(|setup| setup.broadcasts = Some(refusal));
        let tx = transfer(&node, &node.payer(), ALICE, 30_000_000).await?;
        let tx = signed(&node, tx, &node.payer()).await?;
        assert_eq!(offered(&node, tx).await?.0, code);
        assert_eq!(node.pool().len(), waiting, "{code}");
    }
    Ok(())
}

#[tokio::test]
async fn bytes_are_taken_as_they_are_and_said_back() -> Told<()> {
    let node = node().await?;
    for nonsense in ["zz", "ffff", "0a05"] {
        let answer = full(&node, "broadcasthex", json!({"transaction": nonsense})).await?;
        assert!(answer["Error"].is_string(), "{nonsense}: {answer}");
    }
    let vectors = concat!(env!("CARGO_MANIFEST_DIR"), "/../vectors/tron.json");
    let vectors: Value = serde_json::from_slice(&std::fs::read(vectors)?)?;
    let row = &vectors["trc20_transfers"][0];
    let asked = json!({"transaction": row["signed_transaction_hex"]});
    let answer = full(&node, "broadcasthex", asked).await?;
    assert_eq!((&answer["result"], &answer["txid"]), (&json!(false), &row["txID"]));
    assert_eq!(answer["code"], "TRANSACTION_EXPIRATION_ERROR");
    let said: Value = serde_json::from_str(answer["transaction"].as_str().unwrap())?;
    assert_eq!(said["raw_data"], row["raw_data_json"]);
    Ok(())
}
