//! Whatever levers are pulled in whatever order: blocks follow each other, what is solid stays,
//! nothing is twice on the chain, no TRX is made, and the logs tell all of what everybody has.

use crate::asking::{ALICE, BOB, CAROL, full, node};
use cryptopayment_test_support::{Told, seed};
use cryptopayment_tron_node::{Address, Carry, Failing, Fork, TronNode};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const STEPS: usize = 250;
const PEOPLE: [&str; 3] = [ALICE, BOB, CAROL];

#[tokio::test]
async fn the_chain_holds_whatever_happens() -> Told<()> {
    let mut chance = seed::chance_for("tron chaos");
    let node = node().await?;
    let mut solid = BTreeMap::new();
    let mut paid = Vec::new();
    for _ in 0..STEPS {
        pull(&node, &mut chance, &mut paid)?;
        assert_eq!(node.sun_in_all().1, 1_000_001_000_000_000, "TRX was made or lost");
        let newest = node.solid();
        solid.insert(newest, node.block_id(newest));
    }
    assert!(solid.len() > 10 && paid.len() > 50, "not much happened");
    node.silence(0);
    node.mine(3);
    for (number, id) in &solid {
        assert_eq!(node.block_id(*number), *id, "block {number} was solid");
    }
    let told = read_whole_chain(&node).await?;
    for person in PEOPLE {
        let units = told.get(person).copied().unwrap_or_default();
        assert_eq!(node.units_of(node.token(), person), units, "{person}");
    }
    Ok(())
}

/// One lever at random.
fn pull(node: &TronNode, chance: &mut StdRng, paid: &mut Vec<String>) -> Told<()> {
    let to = PEOPLE[chance.random_range(0..PEOPLE.len())];
    let units = chance.random_range(0..5_000_000_u128);
    match chance.random_range(0..12) {
        0..4 => paid.push(node.pay(to, units)?),
        4 => paid.push(node.pay_batch(&[(to, units), (ALICE, 1), (to, 2)])?),
        5 => paid.push(node.send_trx(to, 1_000_000)?),
        6 => {
            node.pay_look_alike(to, units)?;
            // The pauper's TRX may have run out.
            let _ = node.pay_failing(to, units, Failing::Revert);
            node.pay_failing(to, units, Failing::OutOfEnergy)?;
        }
        7 => node.mine_empty(chance.random_range(1..4)),
        8 => node.silence(chance.random_range(0..12)),
        9 | 10 => node.mine(chance.random_range(1..8)),
        _ => fork(node, chance, paid)?,
    }
    Ok(())
}

fn fork(node: &TronNode, chance: &mut StdRng, paid: &[String]) -> Told<()> {
    let deepest = node.head() - node.solid();
    if deepest == 0 {
        return Ok(());
    }
    let carries = [Carry::Wait, Carry::First, Carry::FirstReversed, Carry::Last];
    let carry = carries[chance.random_range(0..carries.len())];
    let depth = chance.random_range(1..=deepest);
    let dropped = paid.iter().filter(|_| chance.random_bool(0.1));
    let dropped = dropped.filter_map(|id| hex::decode(id).ok()?.try_into().ok());
    let dropped: BTreeSet<[u8; 32]> = dropped.collect();
    node.reorganise(Fork { depth, blocks: None, carry, dropped })
}

/// What the logs of the dollar token say everybody has, from the first block to the head.
async fn read_whole_chain(node: &TronNode) -> Told<BTreeMap<String, u128>> {
    let (mut told, mut seen) = (BTreeMap::new(), BTreeSet::new());
    let mut parent = node.genesis_id();
    for number in 1..=node.head() {
        let block = full(node, "getblockbynum", json!({"num": number})).await?;
        assert_eq!(block["block_header"]["raw_data"]["parentHash"], parent);
        parent = block["blockID"].as_str().unwrap_or_default().to_owned();
        let infos = full(node, "gettransactioninfobyblocknum", json!({"num": number})).await?;
        let transactions = block["transactions"].as_array().cloned().unwrap_or_default();
        let infos = infos.as_array().cloned().unwrap_or_default();
        assert_eq!(transactions.len(), infos.len());
        for (transaction, info) in transactions.iter().zip(&infos) {
            assert_eq!(transaction["txID"], info["id"]);
            assert!(seen.insert(info["id"].to_string()), "{} is there twice", info["id"]);
            for log in info["log"].as_array().into_iter().flatten() {
                if log["address"] != "a614f803b6fd780986a42c78ec9c7f77e6ded13c" {
                    continue;
                }
                let word =
                    |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
                let to = Address::of_evm(&hex::decode(&word(&log["topics"][2])[24..])?);
                let units = u128::from_str_radix(&word(&log["data"])[32..], 16)?;
                *told.entry(to.base58()).or_default() += units;
            }
        }
    }
    Ok(told)
}
