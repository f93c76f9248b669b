//! Blocks, solidity, views and forks.

use crate::asking::{ALICE, BOB, MOMENT_MS, full, ids, info, node, solid};
use cryptopayment_test_support::Told;
use cryptopayment_tron_node::{Carry, Fork};
use serde_json::json;
use std::collections::BTreeSet;

#[tokio::test]
async fn a_new_chain_is_in_steady_state_and_of_this_moment() -> Told<()> {
    let node = node().await?;
    let head = full(&node, "getnowblock", json!({})).await?;
    let solid = solid(&node, "getnowblock", json!({})).await?;
    assert_eq!(head["block_header"]["raw_data"]["number"], 40);
    assert_eq!(solid["block_header"]["raw_data"]["number"], 22, "eighteen follow a solid block");
    let time = head["block_header"]["raw_data"]["timestamp"].as_i64().unwrap();
    assert_eq!(time, MOMENT_MS - MOMENT_MS % 3_000);
    let genesis = full(&node, "getblockbynum", json!({"num": 0})).await?;
    assert_eq!(genesis["blockID"], node.genesis_id());
    assert!(genesis["block_header"]["raw_data"].get("number").is_none(), "zero is left out");
    Ok(())
}

#[tokio::test]
async fn each_block_names_its_parent_and_its_own_number() -> Told<()> {
    let node = node().await?;
    node.pay(ALICE, 1)?;
    node.mine(2);
    let mut parent = node.genesis_id();
    for number in 1..=node.head() {
        let block = full(&node, "getblockbynum", json!({"num": number})).await?;
        assert_eq!(block["block_header"]["raw_data"]["parentHash"], parent);
        parent = block["blockID"].as_str().unwrap().to_owned();
        assert_eq!(u64::from_str_radix(&parent[..16], 16)?, number);
        let by_id = full(&node, "getblockbyid", json!({"value": parent})).await?;
        assert_eq!(by_id, block);
    }
    for beyond in [json!({"num": 43}), json!({"num": -1})] {
        assert_eq!(full(&node, "getblockbynum", beyond).await?, json!({}));
    }
    Ok(())
}

#[tokio::test]
async fn a_payment_is_seen_at_the_head_and_eighteen_blocks_later_on_the_other_port() -> Told<()> {
    let node = node().await?;
    let txid = node.pay(ALICE, 10_000_000)?;
    assert_eq!(info(&node, &txid).await?, json!({}), "nothing has become of it yet");
    let waiting = full(&node, "gettransactionbyid", json!({"value": txid})).await?;
    assert_eq!(waiting["txID"], txid, "but it is shown: the pool is part of the head's view");
    node.mine(1);
    let mined = info(&node, &txid).await?;
    assert_eq!(mined["blockNumber"], 41);
    for solid_at in 1..=18 {
        let seen = solid(&node, "gettransactioninfobyid", json!({"value": txid})).await?;
        assert_eq!(seen, json!({}), "{solid_at}");
        node.mine(1);
    }
    let seen = solid(&node, "gettransactioninfobyid", json!({"value": txid})).await?;
    assert_eq!(seen, mined);
    Ok(())
}

#[tokio::test]
async fn infos_of_a_block_come_in_its_order_and_look_the_same_where_there_is_none() -> Told<()> {
    let node = node().await?;
    let paid: Vec<_> = [(ALICE, 1), (BOB, 2), (ALICE, 3)]
        .iter()
        .map(|(to, units)| node.pay(to, *units))
        .collect::<Told<_>>()?;
    node.mine(1);
    let infos = full(&node, "gettransactioninfobyblocknum", json!({"num": 41})).await?;
    let order: Vec<_> = infos.as_array().unwrap().iter().map(|info| info["id"].clone()).collect();
    assert_eq!(order, paid);
    assert_eq!(ids(&node, 41).await?, paid);
    let rows = [(40, json!([])), (42, json!([])), (9_999, json!([])), (0, json!({}))];
    for (number, answer) in rows {
        let asked = json!({"num": number});
        assert_eq!(full(&node, "gettransactioninfobyblocknum", asked).await?, answer, "{number}");
    }
    Ok(())
}

#[tokio::test]
async fn producers_that_are_silent_hold_back_what_is_solid_and_never_take_it_back() -> Told<()> {
    let node = node().await?;
    node.silence(8);
    node.mine(60);
    assert!(node.solid() > 60, "nineteen are enough: {}", node.solid());
    node.silence(9);
    node.mine(27);
    let stuck = node.solid();
    node.mine(60);
    assert_eq!(node.solid(), stuck, "eighteen are not");
    node.silence(0);
    node.mine(27);
    assert_eq!(node.solid(), node.head() - 18);
    Ok(())
}

#[tokio::test]
async fn slots_are_missed_and_time_goes_on() -> Told<()> {
    let node = node().await?;
    let before = node.head_time_ms();
    node.mine_after(5);
    assert_eq!(node.head_time_ms() - before, 6 * 3_000);
    node.mine_until(before + 3_600_000);
    assert!((before + 3_600_000 - node.head_time_ms()) < 3_000);
    assert_eq!(node.head(), 42);
    Ok(())
}

#[tokio::test]
async fn a_fork_takes_payments_back_and_brings_them_again() -> Told<()> {
    let rows: [(Carry, &[u64]); 4] = [
        (Carry::Wait, &[]),
        (Carry::First, &[42]),
        (Carry::FirstReversed, &[42]),
        (Carry::Last, &[45]),
    ];
    for (carry, there) in rows {
        let node = node().await?;
        node.mine(1);
        let first = node.pay(ALICE, 1)?;
        node.mine(1);
        let second = node.pay(BOB, 2)?;
        node.mine(1);
        let left = node.block_id(42);
        node.reorganise(Fork { depth: 2, blocks: Some(4), carry, ..Fork::default() })?;
        assert_eq!((node.head(), node.block_id(42) == left), (45, false), "{carry:?}");
        let mut expected = vec![first.clone(), second.clone()];
        if carry == Carry::FirstReversed {
            expected.reverse();
        }
        for number in there {
            assert_eq!(ids(&node, *number).await?, expected, "{carry:?}");
        }
        if there.is_empty() {
            assert_eq!(node.pool(), expected, "what was popped waits again");
            assert_eq!(info(&node, &first).await?, json!({}));
            node.mine(1);
            assert_eq!(ids(&node, 46).await?, expected);
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_a_fork_drops_is_gone_and_what_is_solid_stays() -> Told<()> {
    let node = node().await?;
    let txid = node.pay(ALICE, 7)?;
    node.mine(1);
    assert_eq!(node.units_of(node.token(), ALICE), 7);
    let dropped = BTreeSet::from([<[u8; 32]>::try_from(hex::decode(&txid)?).unwrap()]);
    node.reorganise(Fork { depth: 1, dropped, ..Fork::default() })?;
    node.mine(20);
    assert_eq!(node.units_of(node.token(), ALICE), 0);
    assert_eq!(full(&node, "gettransactionbyid", json!({"value": txid})).await?, json!({}));
    let rows = [(0, None), (19, None), (2, Some(2)), (2, Some(1))];
    for (depth, blocks) in rows {
        let fork = Fork { depth, blocks, ..Fork::default() };
        assert!(node.reorganise(fork.clone()).is_err(), "{fork:?}");
    }
    node.reorganise(Fork { depth: 18, ..Fork::default() })?;
    Ok(())
}

#[tokio::test]
async fn two_nodes_know_the_same_chain() -> Told<()> {
    let node = node().await?;
    let other = node.beside().await?;
    node.pay(ALICE, 1)?;
    other.mine(1);
    assert_eq!(ids(&node, 41).await?, ids(&other, 41).await?);
    assert_eq!(ids(&node, 41).await?.len(), 1);
    Ok(())
}

#[tokio::test]
async fn what_was_decreed_outlives_a_fork_and_is_known_on_both_ports() -> Told<()> {
    let node = node().await?;
    node.mine(3);
    node.mint(ALICE, 5)?;
    node.fund(ALICE, 1_000_000)?;
    node.reorganise(Fork { depth: 10, ..Fork::default() })?;
    assert_eq!((node.units_of(node.token(), ALICE), node.sun_of(ALICE)), (5, 1_000_000));
    let asked = json!({"address": "41c8599111f29c1e1e061265b4af93ea1f274ad78a"});
    assert_eq!(solid(&node, "getaccount", asked).await?["balance"], 1_000_000);
    Ok(())
}
