//! What is a payment, and what only looks like one.

use super::chain::{FakeTransaction, id_at};
use super::*;
use crate::adapter::Transfer;

async fn transfers_in(transactions: &[FakeTransaction]) -> Vec<Transfer> {
    let node = node_showing(FakeChain::up_to(9, transactions), |_, _| None).await;
    chain_of(&[&node]).block_at(9).await.unwrap().unwrap().transfers
}

/// Recipient, units and place of every transfer.
fn told(transfers: &[Transfer]) -> Vec<(String, u128, u32)> {
    let of = |one: &Transfer| (hex::encode(&one.recipient), one.amount.units(), one.payment.index);
    transfers.iter().map(of).collect()
}

#[tokio::test]
async fn a_block_is_read_with_the_transfers_of_the_token_in_it() {
    let (one, two) = (somebody(1), somebody(2));
    let plain = FakeTransaction::call(1, "SUCCESS", vec![log(CONTRACT, &one, &word(50_000_000))]);
    let coins = FakeTransaction::coins(2);
    // A batcher pays several at once, one of them twice; other tokens' logs stand between.
    let batch = FakeTransaction::call(
        3,
        "SUCCESS",
        vec![
            log(&somebody(0xee), &one, &word(1)),
            log(CONTRACT, &two, &word(2)),
            log(CONTRACT, &one, &word(0)),
            log(&somebody(0xee), &one, &word(3)),
            log(CONTRACT, &two, &word(4)),
        ],
    );
    let fake = FakeChain::up_to(9, &[plain.clone(), coins, batch.clone()]);
    let node = node_showing(fake, |_, _| None).await;
    let chain = chain_of(&[&node]);
    chain.identify().await.unwrap();

    let head = chain.head().await.unwrap();
    assert_eq!((head.height, head.solid_height), (9, Some(6)));
    assert_eq!(head.hash.to_string(), id_at(9, 7));
    assert_eq!(chain.hash_at(4).await.unwrap().unwrap().to_string(), id_at(4, 7));
    assert_eq!(chain.hash_at(10).await, Ok(None));
    assert_eq!(chain.block_at(10).await, Ok(None));

    let block = chain.block_at(9).await.unwrap().unwrap();
    assert_eq!((block.at.height, block.at.hash, block.parent), (9, head.hash, hash(&id_at(8, 7))));
    assert_eq!(block.at.time.unix_ms(), chain::TIME_MS);
    let address = |bytes: &str| format!("41{bytes}");
    let rows = [(address(&one), 50_000_000, 0), (address(&two), 2, 0), (address(&two), 4, 2)];
    assert_eq!(told(&block.transfers), rows);
    let txids: Vec<Hash32> = block.transfers.iter().map(|one| one.payment.txid).collect();
    assert_eq!(txids, [plain.txid(), batch.txid(), batch.txid()]);
    // An empty block, and the first of all.
    assert_eq!(chain.block_at(8).await.unwrap().unwrap().transfers, []);
    let genesis = chain.block_at(0).await.unwrap().unwrap();
    assert_eq!((genesis.at.height, genesis.parent), (0, Hash32([0; 32])));
}

#[tokio::test]
async fn what_only_looks_like_a_payment_is_none() {
    let to = somebody(1);
    let paid = || log(CONTRACT, &to, &word(5_000_000));
    let change = |change: fn(&mut FakeTransaction)| {
        let mut made = FakeTransaction::call(1, "SUCCESS", vec![paid()]);
        change(&mut made);
        made
    };
    let rows: [(&str, FakeTransaction); 13] = [
        ("of another token", change(|made| made.info["log"][0]["address"] = json!(somebody(8)))),
        ("of nobody", change(|made| made.info["log"][0]["address"] = json!(null))),
        ("reverted", FakeTransaction::call(1, "REVERT", vec![])),
        ("out of energy", FakeTransaction::call(1, "OUT_OF_ENERGY", vec![])),
        // A node that leaves logs on what failed is not followed.
        (
            "failed, with its log",
            change(|made| {
                made.info["result"] = json!("FAILED");
                made.info["receipt"]["result"] = json!("REVERT");
                made.transaction["ret"] = json!([{"contractRet": "REVERT"}]);
            }),
        ),
        ("failed above, well below", change(|made| made.info["result"] = json!("FAILED"))),
        (
            "without a result",
            change(|made| drop(made.info["receipt"].as_object_mut().unwrap().remove("result"))),
        ),
        ("without a receipt", change(|made| made.info["receipt"] = json!(null))),
        ("of nothing", change(|made| made.info["log"][0]["data"] = json!(word(0)))),
        ("an approval", change(|made| made.info["log"][0]["topics"][0] = json!("8c".repeat(32)))),
        (
            "of a single thing",
            change(|made| {
                made.info["log"][0]["topics"].as_array_mut().unwrap().push(json!(word(1)))
            }),
        ),
        ("with data of another length", change(|made| made.info["log"][0]["data"] = json!("05"))),
        (
            "without data",
            change(|made| drop(made.info["log"][0].as_object_mut().unwrap().remove("data"))),
        ),
    ];
    for (what, transaction) in rows {
        assert_eq!(transfers_in(&[transaction]).await, [], "{what}");
    }
}

#[tokio::test]
async fn numbers_are_exact_however_large() {
    let units = [1, (1 << 53) + 1, u128::from(u64::MAX), i128::MAX.unsigned_abs()];
    for units in units {
        let paid =
            FakeTransaction::call(1, "SUCCESS", vec![log(CONTRACT, &somebody(1), &word(units))]);
        assert_eq!(told(&transfers_in(&[paid]).await)[0].1, units);
    }
}

#[tokio::test]
async fn what_newer_nodes_add_and_hosts_write_otherwise_changes_nothing() {
    let mut paid = FakeTransaction::call(1, "SUCCESS", vec![log(CONTRACT, &somebody(1), &word(7))]);
    paid.info["log"][0]["address"] = json!(format!("41{CONTRACT}").to_uppercase());
    paid.info["log"][0]["data"] = json!(format!("0x{}", word(7)));
    paid.info["log"][0]["blockTimestamp"] = json!(1.5);
    paid.info["result"] = json!("SUCESS");
    paid.info["receipt"]["energy_fee"] = json!(9_007_199_254_740_993_u64);
    paid.info["internal_transactions"] = json!([{"hash": "00"}]);
    paid.transaction["visible"] = json!(false);
    paid.transaction.as_object_mut().unwrap().remove("raw_data_hex");
    paid.transaction["ret"] = json!(null);
    assert_eq!(told(&transfers_in(&[paid]).await), [(format!("41{}", somebody(1)), 7, 0)]);
}

#[tokio::test]
async fn the_solidified_view_holds_a_block_or_not_yet_or_another_one() {
    let node = node_showing(FakeChain::up_to(9, &[]), |_, _| None).await;
    let chain = chain_of(&[&node]);
    for head_was_told in [false, true] {
        assert_eq!(chain.is_solid(6, hash(&id_at(6, 7))).await, Ok(true));
        assert_eq!(chain.is_solid(2, hash(&id_at(2, 7))).await, Ok(true));
        assert_eq!(chain.is_solid(7, hash(&id_at(7, 7))).await, Ok(false), "not yet");
        let error = chain.is_solid(6, hash(&id_at(6, 8))).await.unwrap_err();
        assert!(matches!(error, ChainError::Nonsense { .. }), "{error} {head_was_told}");
        chain.head().await.unwrap();
    }
}

fn hash(text: &str) -> Hash32 {
    Hash32::from_hex(text).unwrap()
}
