//! Which nodes are believed, and which of several is asked.

use super::*;
use world::HEIGHT;

#[tokio::test]
async fn a_node_of_another_chain_or_without_the_token_is_never_believed() {
    let answer = |method: &'static str, result: Value| {
        let world = World::of(Network::Bep20);
        StubNode::answering(move |asked, params| match asked == method {
            true => result.clone(),
            false => world.answer(asked, params),
        })
    };
    let rows = [
        (
            "eth_chainId",
            json!({"result": "0x61"}),
            "bep20 with chain id 56 is configured, its id is 97",
        ),
        ("eth_call", json!({"result": word(6)}), "has 6 decimals, 18 are counted here"),
        (
            "eth_call",
            json!({"result": "0x"}),
            "there is no token at 0x55d398326f99059fF775485246999027B3197955",
        ),
        ("eth_call", json!({"result": word(1 << 64)}), "decimals, 18 are counted here"),
        (
            "eth_call",
            json!({"error": {"code": 3, "message": "execution reverted"}}),
            "there is no token at",
        ),
    ];
    for (method, result, sentence) in rows {
        let node = answer(method, result).await;
        let chain = chain_of(Network::Bep20, &[&node]);
        for error in [
            chain.identify().await.unwrap_err(),
            chain.head().await.unwrap_err(),
            chain.hash_at(1).await.unwrap_err(),
            chain.block_at(1).await.unwrap_err(),
        ] {
            assert!(matches!(error, ChainError::Misconfigured { .. }), "{error}");
            assert!(error.to_string().contains(sentence), "{error}");
        }
    }
}

#[tokio::test]
async fn ether_is_not_watched_through_a_node_that_has_no_traces() {
    let blind =
        World { lacks: vec!["debug_traceBlockByHash", "trace_block"], ..World::of(Network::Eth) };
    let (blind, seeing) = (blind.node().await, World::of(Network::Eth).node().await);
    let error = chain_of(Network::Eth, &[&blind]).identify().await.unwrap_err();
    assert!(matches!(error, ChainError::Refused { .. }), "{error}");
    assert!(
        error.to_string().contains("neither debug_traceBlockByHash nor trace_block"),
        "{error}"
    );
    // With another beside it the start goes on, and it is the other that is asked.
    let chain = chain_of(Network::Eth, &[&blind, &seeing]);
    chain.identify().await.unwrap();
    assert_eq!(chain.block_at(HEIGHT).await.unwrap().unwrap().transfers.len(), 7);
    assert!(chain.providers()[1].in_use);
}

#[tokio::test]
async fn a_node_that_fails_hides_or_lags_is_left_for_the_next() {
    let good = World::of(Network::Bep20);
    let mut lying = good.clone();
    lying.receipts[0]["blockHash"] = json!(word(1));
    lying.lacks.push("eth_getLogs");
    let behind = World { head: HEIGHT - 5, ..good.clone() };
    let (lying, behind, good) = (lying.node().await, behind.node().await, good.node().await);
    let chain = chain_of(Network::Bep20, &[&lying, &good]);
    assert_eq!(chain.block_at(HEIGHT).await.unwrap().unwrap().transfers.len(), 3);
    let [first, second] = chain.providers().try_into().unwrap();
    assert!(second.in_use && first.error.is_some_and(|error| error.contains("another block")));
    let chain = chain_of(Network::Bep20, &[&behind, &good]);
    assert_eq!(chain.head().await.unwrap().height, HEIGHT);
    assert_eq!(chain.providers()[0].lag, Some(5));
}

#[tokio::test]
async fn a_node_that_still_downloads_is_not_ready_and_one_that_has_finished_is() {
    for (current, highest, ready) in [("0x1", "0x9", false), ("0x9", "0x9", true)] {
        let world = World::of(Network::Eth);
        let node = StubNode::answering(move |method, params| match method {
            "eth_syncing" => json!({"result": {"currentBlock": current, "highestBlock": highest,
                "startingBlock": "0x0", "stages": []}}),
            _ => world.answer(method, params),
        })
        .await;
        match chain_of(Network::Eth, &[&node]).head().await {
            Ok(head) => assert!(ready && head.height == HEIGHT && head.solid_height.is_none()),
            Err(error) => {
                assert!(!ready && matches!(error, ChainError::NotReady { .. }));
                assert!(error.to_string().contains("1 of 9 blocks"), "{error}");
            }
        }
    }
}

#[test]
fn a_network_of_another_kind_or_without_nodes_makes_no_adapter() {
    let of =
        |network, urls: &[String]| EvmAdapter::new(settings(network), urls, TIME_LIMIT).map(|_| ());
    assert_eq!(of(Network::Eth, &[]), Err(ProviderError::None));
    let urls = ["http://127.0.0.1".to_owned()];
    assert_eq!(of(Network::Trc20, &urls), Err(ProviderError::OtherNetwork(Network::Trc20)));
    let native = EvmSettings { asset: Asset::Native, ..settings(Network::Bep20) };
    let made = EvmAdapter::new(native, &urls, TIME_LIMIT).map(|_| ());
    assert_eq!(made, Err(ProviderError::OtherNetwork(Network::Bep20)));
}
