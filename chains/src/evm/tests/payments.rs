//! What of a block is a payment, whichever way the node tells it.

use super::*;
use world::{HEIGHT, hash, txid};

async fn block_of(world: &World) -> Block {
    let node = world.node().await;
    chain_of(world.network, &[&node]).block_at(HEIGHT).await.unwrap().unwrap()
}

#[tokio::test]
async fn ether_is_found_in_transactions_and_inside_contracts() {
    let block = block_of(&World::of(Network::Eth)).await;
    assert_eq!(
        (block.at.height, block.at.hash),
        (HEIGHT, Hash32::from_hex(&hash(HEIGHT)).unwrap())
    );
    assert_eq!(block.parent, Hash32::from_hex(&hash(HEIGHT - 1)).unwrap());
    assert_eq!(block.at.time.unix_ms(), 1_795_367_491_000);
    let expected = [
        // the first transaction's own
        (0xaa, 7, 0),
        // the second's own, and what its contract paid: the taken back has no number
        (0xf0, 100, 0),
        (0xaa, 10, 1),
        (0xbb, 20, 2),
        (0xaa, 70, 3),
        (0xf0, 5, 0),
        // the fourth failed; the fifth's contract ended
        (0xbb, 0x6b, 1),
    ];
    assert_eq!(paid(&block), expected);
    assert_eq!(block.transfers[2].payment.txid, Hash32::from_hex(&txid(1)).unwrap());
}

/// A payment keeps its identity when another node tells it in another way.
#[tokio::test]
async fn every_way_to_tell_a_block_tells_the_same_payments() {
    let rows: [(Network, &[&'static str]); 6] = [
        (Network::Eth, &["eth_getBlockReceipts"]),
        (Network::Eth, &["debug_traceBlockByHash"]),
        (Network::Eth, &["debug_traceBlockByHash", "eth_getBlockReceipts", "eth_syncing"]),
        (Network::Bep20, &["eth_getLogs"]),
        (Network::Bep20, &["eth_getBlockReceipts"]),
        (Network::Bep20, &["eth_getLogs", "eth_getBlockReceipts"]),
    ];
    for (network, lacks) in rows {
        let whole = World::of(network);
        let poor = World { lacks: lacks.to_vec(), ..whole.clone() };
        assert_eq!(block_of(&poor).await, block_of(&whole).await, "without {lacks:?}");
    }
}

#[tokio::test]
async fn a_tokens_transfers_are_its_contracts_and_counted_in_their_transaction() {
    let block = block_of(&World::of(Network::Bep20)).await;
    // Neither the zero nor the look-alike's is there; the zero has the second's number 0.
    let expected =
        [(0xaa, 1_000_000_000_000_000_000, 0), (0xbb, 9_007_199_254_740_993, 1), (0xaa, 3, 2)];
    assert_eq!(paid(&block), expected);
}

#[tokio::test]
async fn a_log_that_is_no_transfer_of_a_token_is_none() {
    let good = World::of(Network::Bep20);
    type Change = fn(&mut Value);
    let rows: [Change; 6] = [
        |log| log["topics"][0] = json!(word(1)),
        |log| drop(log["topics"].as_array_mut().unwrap().pop()),
        |log| log["topics"].as_array_mut().unwrap().push(json!(word(1))),
        |log| log["topics"] = json!([]),
        |log| log["data"] = json!("0x"),
        |log| log["topics"][2] = json!(format!("0x{}", "ff".repeat(32))),
    ];
    for change in rows {
        let mut world = good.clone();
        change(&mut world.logs[0]);
        assert_eq!(paid(&block_of(&world).await).len(), 2);
    }
    // More than there can be is nobody's money either, and stops nothing.
    for absurd in [format!("0x{}", "ff".repeat(32)), word(u128::MAX)] {
        let mut world = good.clone();
        world.logs[0]["data"] = json!(absurd);
        assert_eq!(paid(&block_of(&world).await).len(), 2);
    }
}

#[tokio::test]
async fn contracts_that_call_each_other_a_thousand_deep_are_read_to_the_end() {
    let mut world = World::of(Network::Eth);
    let call = r#"{"type":"CALL","to":"0x00000000000000000000000000000000000000aa","value":"0x1""#;
    let deep = format!("{}{}", format!("{call},\"calls\":[").repeat(1_023), call);
    let deep = format!("{deep}{}", "}]".repeat(1_023)) + "}";
    world.tree[1]["result"] = json!({"type": "CALL", "value": "0x0", "calls": "HERE"});
    let told = json!({ "result": world.tree }).to_string();
    let told = told.replace("\"HERE\"", &format!("[{deep}]"));
    let base = world.clone();
    let node = StubNode::start(move |request, _| {
        let method = request["method"].as_str().unwrap();
        match method == "debug_traceBlockByHash" {
            true => Reply::Body(told.clone()),
            false => Reply::Body(base.answer(method, &request["params"]).to_string()),
        }
    })
    .await;
    let block = chain_of(Network::Eth, &[&node]).block_at(HEIGHT).await.unwrap().unwrap();
    let ones = block.transfers.iter().filter(|transfer| transfer.amount.units() == 1);
    assert_eq!(ones.count(), 1_024);
}
