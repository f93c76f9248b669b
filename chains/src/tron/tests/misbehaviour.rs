//! What a node can say that cannot be: every such answer is refused whole, with a sentence.

use super::chain::{FakeBlock, FakeTransaction, id_at};
use super::*;
use std::sync::atomic::{AtomicU64, Ordering};

type Change = fn(&mut FakeBlock);

/// A chain whose newest block, 9, holds two payments; and that block changed.
fn changed(change: Change) -> FakeChain {
    let paid = |number| {
        FakeTransaction::call(number, "SUCCESS", vec![log(CONTRACT, &somebody(1), &word(7))])
    };
    let mut fake = FakeChain::up_to(9, &[paid(1), paid(2)]);
    change(&mut fake.blocks[9]);
    fake
}

#[tokio::test]
async fn a_block_that_contradicts_itself_or_its_infos_is_refused_whole() {
    let rows: [(Change, &str); 21] = [
        (|at| at.block["blockID"] = json!(id_at(8, 7)), "is the id of another height"),
        (|at| at.block["blockID"] = json!("12"), "is no hash"),
        (|at| at.block["blockID"] = json!(null), "without id or header"),
        (|at| at.block["block_header"] = json!(null), "without id or header"),
        (|at| at.block["block_header"]["raw_data"]["number"] = json!(8), "another height"),
        (
            |at| at.block["block_header"]["raw_data"]["number"] = json!(9_007_199_254_740_993_u64),
            "block 9007199254740993 is called",
        ),
        (|at| at.block["block_header"]["raw_data"]["number"] = json!(9.5), "floating point"),
        (|at| at.block["block_header"]["raw_data"]["number"] = json!(-9), "invalid value"),
        (|at| at.block["block_header"]["raw_data"]["parentHash"] = json!(null), "names no parent"),
        (
            |at| at.block["block_header"]["raw_data"]["parentHash"] = json!(id_at(7, 7)),
            "as its parent",
        ),
        (|at| at.block["transactions"][0]["txID"] = json!("xyz"), "is no hash"),
        (|at| at.block["transactions"][0]["raw_data_hex"] = json!("0a0200"), "hashes to"),
        (|at| at.block["transactions"][0]["raw_data_hex"] = json!("0g"), "unreadable raw data"),
        (
            |at| at.block["transactions"][1]["ret"][0]["contractRet"] = json!("REVERT"),
            "succeeded by its receipt, and is REVERT by its block",
        ),
        (|at| drop(at.infos.as_array_mut().unwrap().pop()), "2 transactions, it sent infos of 1"),
        (|at| at.infos = json!([]), "2 transactions, it sent infos of 0; if it stays so"),
        (|at| drop(at.block.as_object_mut().unwrap().remove("transactions")), "has 0 transactions"),
        (|at| at.infos.as_array_mut().unwrap().swap(0, 1), "it sent the info of"),
        (|at| at.infos[1]["blockNumber"] = json!(8), "is of block 8, not of 9"),
        (|at| at.infos[1]["blockTimeStamp"] = json!(chain::TIME_MS - 1), "is of another block 9"),
        (
            |at| at.infos[0]["log"][0]["data"] = json!(format!("01{}", "00".repeat(31))),
            "larger than any there can be",
        ),
    ];
    for (change, sentence) in rows {
        let node = node_showing(changed(change), |_, _| None).await;
        let error = chain_of(&[&node]).block_at(9).await.unwrap_err();
        assert!(matches!(error, ChainError::Nonsense { .. }), "{error}");
        assert!(error.to_string().contains(sentence), "{sentence}: {error}");
    }
}

#[tokio::test]
async fn a_block_is_not_taken_for_another_one() {
    let eight = FakeChain::up_to(9, &[]).blocks[8].block.to_string();
    let node = node_showing(FakeChain::up_to(9, &[]), move |path, question| {
        let asks_for_nine = question["num"] == 9 || question["id_or_num"] == "9";
        (asks_for_nine && !path.ends_with("bynum")
            || question["num"] == 9 && path.ends_with("getblockbynum"))
        .then(|| Reply::Body(eight.clone()))
    })
    .await;
    let chain = chain_of(&[&node]);
    for error in [chain.block_at(9).await.unwrap_err(), chain.hash_at(9).await.unwrap_err()] {
        assert!(error.to_string().contains("asked for block 9, it sent block 8"), "{error}");
    }
}

/// A node shows a block a moment before its infos, and turns to another one between two answers.
#[tokio::test]
async fn a_block_and_its_infos_are_read_until_they_belong_together() {
    let good = changed(|_| {});
    let other = FakeChain::marked(9, 8, &[FakeTransaction::coins(5)]);
    let turn = Arc::new(AtomicU64::new(0));
    let count = turn.clone();
    let node = node_showing(good.clone(), move |path, question| {
        let asked = path.ends_with("gettransactioninfobyblocknum");
        let turn = if asked { count.fetch_add(1, Ordering::Relaxed) } else { u64::MAX };
        match turn {
            0 => Some(Reply::Body("[]".to_owned())),
            1 => Some(Reply::Body(other.answer(path, question))),
            _ => None,
        }
    })
    .await;
    let block = chain_of(&[&node]).block_at(9).await.unwrap().unwrap();
    assert_eq!((block.transfers.len(), turn.load(Ordering::Relaxed)), (2, 3));
}

#[tokio::test]
async fn a_head_that_makes_no_sense_is_not_told() {
    let fork = FakeChain::marked(12, 8, &[]);
    let rows: [(&str, &'static str, String, &str); 7] = [
        ("walletsolidity/getnowblock", "", "{}".into(), "is not ready: it has no block yet"),
        ("wallet/getblock", "", "{}".into(), "is not ready: it has no block yet"),
        (
            "walletsolidity/getnowblock",
            "",
            FakeChain::up_to(12, &[]).blocks[10].block.to_string(),
            "its head, block 9, is behind its solidified block 10",
        ),
        // The two views are of two chains: a fork, or two servers that do not belong together.
        (
            "walletsolidity/getnowblock",
            "",
            fork.blocks[6].block.to_string(),
            "the two are of different chains",
        ),
        ("wallet/getblock", "6", "{}".into(), "does not tell its solidified block 6"),
        ("walletsolidity/getnowblock", "", "[]".into(), "answers nonsense"),
        ("wallet/getblock", "", "{\"blockID\":\"00".into(), "JSON that is cut or malformed"),
    ];
    for (path, number, answer, sentence) in rows {
        let node = node_showing(FakeChain::up_to(9, &[]), move |asked, question| {
            let same = question["id_or_num"].as_str().unwrap_or_default() == number;
            (asked == path && same).then(|| Reply::Body(answer.clone()))
        })
        .await;
        let error = chain_of(&[&node]).head().await.unwrap_err().to_string();
        assert!(error.contains(sentence), "{sentence}: {error}");
    }
}

#[tokio::test]
async fn a_public_chains_head_that_is_old_or_of_the_future_is_not_told() {
    let rows = [(59, None), (61, Some("is 61 s old")), (-59, None), (-61, Some("clock"))];
    for (age_s, sentence) in rows {
        let mut fake = FakeChain::up_to(9, &[]);
        fake.blocks[0].id = MAIN.to_owned();
        fake.blocks[0].block["blockID"] = json!(MAIN);
        fake.blocks[1].block["block_header"]["raw_data"]["parentHash"] = json!(MAIN);
        let node = node_showing(fake, |_, _| None).await;
        let now = Timestamp::from_unix_ms(chain::TIME_MS + age_s * 1000);
        let settings = TronSettings {
            chain: ChainName::Main,
            now: Arc::new(move || now),
            ..settings(vec![node.url()])
        };
        let told = TronChain::new(settings).unwrap().head().await;
        match sentence {
            None => assert_eq!(told.unwrap().height, 9),
            Some(sentence) => {
                let error = told.unwrap_err();
                assert!(matches!(error, ChainError::NotReady { .. }));
                assert!(error.to_string().contains(sentence), "{error}");
            }
        }
    }
}

const MAIN: &str = "00000000000000001ebf88508a03865c71d452e25f4d51194196a1d22b6653dc";

#[test]
fn no_answer_whatever_brings_the_parser_down() {
    let good = changed(|_| {});
    let (whole, infos) = (good.blocks[9].block.to_string(), good.blocks[9].infos.to_string());
    let contract: [u8; 20] = hex::decode(CONTRACT).unwrap().try_into().unwrap();
    for cut in 0..whole.len() {
        assert!(block::block(9, &contract, &whole.as_bytes()[..cut], infos.as_bytes()).is_err());
    }
    for cut in 0..infos.len() {
        assert!(block::block(9, &contract, whole.as_bytes(), &infos.as_bytes()[..cut]).is_err());
    }
    // A byte anywhere set to another: read, refused or apart, but never brought down, and never
    // worth more than it was.
    for place in 0..infos.len() {
        let mut changed = infos.clone().into_bytes();
        changed[place] = b'9';
        let _ = block::block(9, &contract, whole.as_bytes(), &changed);
    }
}
