//! Several nodes: the next one is asked when one fails or lags, and views are not mixed needlessly.

use super::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A node on Litecoin's regtest at a height that can be moved, and that can go silent.
struct Node {
    stub: StubNode,
    height: Arc<AtomicU64>,
    silent: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
}

async fn node_at(height: u64, mark: u8) -> Node {
    let height = Arc::new(AtomicU64::new(height));
    let (silent, asked) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)));
    let (its_height, is_silent, count) = (height.clone(), silent.clone(), asked.clone());
    let stub = StubNode::start(move |request: &Value, _| {
        count.fetch_add(1, Ordering::Relaxed);
        if is_silent.load(Ordering::Relaxed) {
            return Reply::Status(502, String::new());
        }
        let height = its_height.load(Ordering::Relaxed);
        let best = format!("{mark:02x}").repeat(32);
        Reply::Result(match request["params"][0].as_u64() {
            Some(0) => json!(genesis::hashes(Network::Ltc, ChainName::Regtest)[0]),
            Some(_) => json!(best),
            None => json!({"blocks": height, "headers": height, "bestblockhash": best}),
        })
    })
    .await;
    Node { stub, height, silent, asked }
}

async fn pair() -> (Node, Node, UtxoChain) {
    let (one, two) = (node_at(10, 1).await, node_at(10, 2).await);
    let chain = chain_of(Network::Ltc, &[&one.stub, &two.stub]);
    (one, two, chain)
}

/// Which node answered, by the mark in its hashes.
async fn who_answers(chain: &UtxoChain) -> u8 {
    chain.hash_at(5).await.unwrap().unwrap().0[0]
}

#[tokio::test]
async fn the_first_node_is_asked_as_long_as_it_answers() {
    let (_one, two, chain) = pair().await;
    assert_eq!(chain.head().await.unwrap().hash.0[0], 1);
    assert_eq!(who_answers(&chain).await, 1);
    let surveyed = two.asked.load(Ordering::Relaxed);
    for _ in 0..5 {
        assert_eq!(chain.head().await.unwrap().hash.0[0], 1);
        assert_eq!(who_answers(&chain).await, 1);
    }
    assert_eq!(
        two.asked.load(Ordering::Relaxed),
        surveyed,
        "asked for its height now and then only"
    );
}

#[tokio::test]
async fn when_a_node_fails_the_next_is_asked_and_kept() {
    let (one, _two, chain) = pair().await;
    one.silent.store(true, Ordering::Relaxed);
    assert_eq!(chain.head().await.unwrap().hash.0[0], 2);
    one.silent.store(false, Ordering::Relaxed);
    assert_eq!(who_answers(&chain).await, 2);
}

#[tokio::test]
async fn a_node_that_lags_behind_what_was_told_before_is_passed_over() {
    let (one, two, chain) = pair().await;
    chain.head().await.unwrap();
    one.height.store(7, Ordering::Relaxed);
    let head = chain.head().await.unwrap();
    assert_eq!((head.height, head.hash.0[0]), (10, 2));
    assert_eq!(who_answers(&chain).await, 2);
    two.height.store(3, Ordering::Relaxed);
    let head = chain.head().await.unwrap();
    assert_eq!((head.height, head.hash.0[0]), (7, 1), "all are behind: the furthest is told");
}

#[tokio::test]
async fn a_chain_that_became_shorter_is_told_as_it_is() {
    let node = node_at(10, 1).await;
    let chain = chain_of(Network::Ltc, &[&node.stub]);
    chain.head().await.unwrap();
    node.height.store(8, Ordering::Relaxed);
    assert_eq!(chain.head().await.unwrap().height, 8);
}

#[tokio::test]
async fn when_all_fail_the_first_ones_reason_is_told() {
    let (one, two, chain) = pair().await;
    one.silent.store(true, Ordering::Relaxed);
    two.silent.store(true, Ordering::Relaxed);
    for error in [chain.head().await.unwrap_err(), chain.hash_at(5).await.unwrap_err()] {
        assert!(error.to_string().starts_with(&format!("127.0.0.1:{}", one.stub.port())));
    }
}

#[tokio::test]
async fn a_start_goes_on_with_one_node_silent_but_not_with_one_on_another_chain() {
    let (one, two, chain) = pair().await;
    one.silent.store(true, Ordering::Relaxed);
    chain.identify().await.unwrap();
    two.silent.store(true, Ordering::Relaxed);
    let chain = chain_of(Network::Ltc, &[&one.stub, &two.stub]);
    assert!(matches!(chain.identify().await, Err(ChainError::Unreachable { .. })));
    let chain = chain_of(Network::Btc, &[&one.stub, &two.stub]);
    one.silent.store(false, Ordering::Relaxed);
    assert!(matches!(chain.identify().await, Err(ChainError::Misconfigured { .. })));
}

#[tokio::test]
async fn a_node_on_another_chain_is_never_the_one_that_steps_in() {
    let (one, bitcoin) =
        (node_at(10, 1).await, StubNode::start(|_, _| Reply::Result(json!("aa".repeat(32)))).await);
    let chain = chain_of(Network::Ltc, &[&one.stub, &bitcoin]);
    assert_eq!(who_answers(&chain).await, 1);
    one.silent.store(true, Ordering::Relaxed);
    assert!(chain.hash_at(5).await.is_err());
}

#[tokio::test]
async fn a_node_that_is_stuck_is_left_for_one_that_is_seen_to_be_further() {
    let (one, two) = (node_at(10, 1).await, node_at(14, 2).await);
    let chain = chain_of(Network::Ltc, &[&one.stub, &two.stub]);
    let head = chain.head().await.unwrap();
    assert_eq!((head.height, head.hash.0[0]), (14, 2));
    let [stuck, used] = chain.providers().try_into().unwrap();
    assert_eq!((stuck.in_use, stuck.height, stuck.lag), (false, Some(10), Some(4)));
    assert_eq!((used.in_use, used.height, used.lag, used.error), (true, Some(14), Some(0), None));
    assert_eq!(used.node, format!("127.0.0.1:{}", two.stub.port()), "without user and password");
}

#[tokio::test]
async fn a_node_that_asks_for_a_pause_is_left_alone_until_it_is_over() {
    let asked = Arc::new(AtomicU64::new(0));
    let count = asked.clone();
    let limited = StubNode::start(move |_, _| {
        count.fetch_add(1, Ordering::Relaxed);
        Reply::Limited(1)
    })
    .await;
    let two = node_at(10, 2).await;
    let chain = chain_of(Network::Ltc, &[&limited, &two.stub]);
    for _ in 0..5 {
        assert_eq!(chain.head().await.unwrap().hash.0[0], 2);
    }
    assert_eq!(asked.load(Ordering::Relaxed), 1, "it was asked once and then left alone");
    let paused = &chain.providers()[0];
    assert!(!paused.in_use && paused.paused_s.is_some(), "{paused:?}");
    assert!(paused.error.as_ref().is_some_and(|error| error.contains("left alone")), "{paused:?}");
    // With nobody else there is nothing but to wait.
    two.silent.store(true, Ordering::Relaxed);
    let began = std::time::Instant::now();
    while asked.load(Ordering::Relaxed) == 1 {
        assert!(began.elapsed() < Duration::from_secs(20), "it is never asked again");
        chain.head().await.unwrap_err();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
