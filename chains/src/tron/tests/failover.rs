//! Several nodes: the next one steps in when one fails, lags, limits or contradicts itself.

use super::*;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

#[tokio::test]
async fn a_node_that_cannot_be_used_is_passed_over_for_the_next() {
    let rows: [fn() -> Reply; 4] = [
        || Reply::Status(502, String::new()),
        || Reply::Body("this API is closed because this node is a lite fullnode".to_owned()),
        || Reply::Body("[{\"id\":\"".to_owned()),
        || Reply::Body("[]".to_owned()),
    ];
    for reply in rows {
        let transactions = [chain::FakeTransaction::coins(1)];
        let fake = FakeChain::up_to(9, &transactions);
        let one = node_showing(fake.clone(), move |path, _| {
            path.ends_with("gettransactioninfobyblocknum").then(reply)
        })
        .await;
        let two = node_showing(fake, |_, _| None).await;
        let chain = chain_of(&[&one, &two]);
        chain.block_at(9).await.unwrap().unwrap();
        let [failed, used] = chain.providers().try_into().unwrap();
        assert!(!failed.in_use && failed.error.is_some() && used.in_use, "{failed:?} {used:?}");
    }
}

/// Its history is there, its head stands still: the other one is asked.
#[tokio::test]
async fn a_node_that_is_behind_or_goes_back_is_left_for_the_other() {
    let height = Arc::new(AtomicU64::new(9));
    let its_height = height.clone();
    let whole = FakeChain::up_to(12, &[]);
    let one = StubNode::start(move |question, head| {
        let mut shown = whole.clone();
        shown.blocks.truncate(its_height.load(Ordering::Relaxed) as usize + 1);
        Reply::Body(shown.answer(path_of(head), question))
    })
    .await;
    let two = node_showing(FakeChain::up_to(12, &[]), |_, _| None).await;
    let chain = chain_of(&[&one, &two]);
    assert_eq!(chain.head().await.unwrap().height, 12);
    let [behind, used] = chain.providers().try_into().unwrap();
    assert_eq!((behind.in_use, behind.lag, used.in_use), (false, Some(3), true));

    // Alone, a height that goes back is told as it is: who reads knows what to make of it.
    let alone = chain_of(&[&one]);
    assert_eq!(alone.head().await.unwrap().height, 9);
    height.store(7, Ordering::Relaxed);
    assert_eq!(alone.head().await.unwrap().height, 7);
}

#[tokio::test]
async fn a_host_that_is_asked_too_much_is_left_alone_as_long_as_it_says() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    let limited = StubNode::start(move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        let words =
            "The key exceeds the frequency limit(15), and the query server is suspended for 30s";
        Reply::Status(403, json!({"Error": words}).to_string())
    })
    .await;
    let two = node_showing(FakeChain::up_to(9, &[]), |_, _| None).await;
    let chain = chain_of(&[&limited, &two]);
    for _ in 0..5 {
        assert_eq!(chain.head().await.unwrap().height, 9);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1, "it was asked once and then left alone");
    let paused = &chain.providers()[0];
    assert!(paused.paused_s.is_some_and(|seconds| seconds > 20), "{paused:?}");
}

/// Constant calls are off on one node: the other has said what the token is, and that serves both.
#[tokio::test]
async fn the_token_need_be_looked_at_on_one_node_only() {
    let silent = Arc::new(AtomicBool::new(false));
    let is_silent = silent.clone();
    let without_calls = node_showing(FakeChain::up_to(9, &[]), |path, _| {
        path.ends_with("triggerconstantcontract").then(|| {
            let message = hex::encode("this node does not support constant");
            let result = json!({"code": "CONTRACT_VALIDATE_ERROR", "message": message});
            Reply::Body(json!({ "result": result }).to_string())
        })
    })
    .await;
    let well = node_showing(FakeChain::up_to(9, &[]), move |_, _| {
        is_silent.load(Ordering::Relaxed).then(|| Reply::Status(502, String::new()))
    })
    .await;
    let chain = chain_of(&[&without_calls, &well]);
    chain.identify().await.unwrap();
    silent.store(true, Ordering::Relaxed);
    assert_eq!(chain.head().await.unwrap().height, 9);
}
