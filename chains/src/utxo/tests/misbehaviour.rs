//! What a node can do wrong, and what the operator is told.

use super::*;
use serde_json::{Value, json};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

const FIRST: &str = "0f9188f13cb7b2c71f2a335e3a4fc328bf5beb436012afca590b1a11466e2206";

/// What a node on Bitcoin's regtest answers to the question which chain it is on.
fn identity(request: &Value) -> Option<Reply> {
    let first = request["method"] == "getblockhash" && request["params"] == json!([0]);
    first.then(|| Reply::Result(json!(FIRST)))
}

type MakeReply = fn() -> Reply;

#[tokio::test]
async fn every_failure_is_told_apart_with_a_sentence() {
    let rows: [(MakeReply, &str); 18] = [
        (|| Reply::Hang, "does not answer: no answer in time"),
        (|| Reply::Cut("{\"result\":1".into()), "does not answer: the connection broke"),
        (|| Reply::Status(401, String::new()), "refuses us: user or password is wrong (HTTP 401)"),
        (|| Reply::Status(403, String::new()), "refuses us: this machine may not call it"),
        (|| Reply::Status(301, String::new()), "refuses us: it redirects elsewhere"),
        (|| Reply::Status(429, "slow down".into()), "limits our requests: HTTP 429"),
        (
            || Reply::Status(503, "Work queue depth exceeded".into()),
            "limits our requests: its work queue is full",
        ),
        (|| Reply::Status(500, "oops".into()), "does not answer: HTTP 500"),
        (|| Reply::Status(502, "<html>".into()), "does not answer: HTTP 502"),
        (|| Reply::Body("<html>Welcome</html>".into()), "answers nonsense: an HTML page"),
        (|| Reply::Body("{\"result\":{\"blo".into()), "answers nonsense: JSON that is cut"),
        (|| Reply::Body("hello".into()), "answers nonsense: no JSON"),
        (|| Reply::Body(String::new()), "answers nonsense: an empty answer"),
        (|| Reply::Body("{}".into()), "answers nonsense: getblockchaininfo: neither result"),
        (|| Reply::Result(json!({"blocks": "7"})), "answers nonsense: invalid type"),
        (
            || Reply::Result(json!({"blocks": 7, "headers": 7, "bestblockhash": "xyz"})),
            "answers nonsense: \"xyz\" is no hash",
        ),
        (
            || Reply::Status(500, r#"{"error":{"code":-28,"message":"Verifying blocks…"}}"#.into()),
            "is not ready: Verifying blocks…",
        ),
        (
            || Reply::Status(404, recorded("btc-method-unknown")),
            "refuses us: getblockchaininfo: Method not found (code -32601)",
        ),
    ];
    for (reply, sentence) in rows {
        let node = StubNode::start(move |request, _| identity(request).unwrap_or_else(reply)).await;
        let chain = chain_of(Network::Btc, &[&node]);
        let error = chain.head().await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("127.0.0.1:{} {sentence}", node.port())), "{error}");
    }
}

#[tokio::test]
async fn nobody_there_is_told_apart_too() {
    let node = StubNode::start(|_, _| Reply::Hang).await;
    let urls = [node.url()];
    drop(node);
    let chain = UtxoChain::new(Network::Ltc, ChainName::Regtest, &urls, TIME_LIMIT).unwrap();
    let error = chain.head().await.unwrap_err();
    assert!(
        matches!(&error, ChainError::Unreachable { detail, .. }
        if detail.contains("no connection")),
        "{error}"
    );
}

#[tokio::test]
async fn a_node_of_another_chain_or_coin_is_never_believed() {
    let rows = [
        (FIRST, Network::Ltc, "ltc regtest is configured, it is on btc regtest"),
        (
            "12a765e31ffd4059bada1e25190f6e98c99d9714d334efa41a195a7e7e04bfe2",
            Network::Ltc,
            "ltc regtest is configured, it is on ltc main",
        ),
        (
            "00000000da84f2bafbbc53dee25a72ae507ff4914b867c565be350b0da8bf043",
            Network::Btc,
            "btc regtest is configured, it is on btc test",
        ),
        (
            "0000000000000000000000000000000000000000000000000000000000000001",
            Network::Btc,
            "a chain unknown here",
        ),
    ];
    for (first, network, sentence) in rows {
        let node = StubNode::start(move |_, _| Reply::Result(json!(first))).await;
        let chain = chain_of(network, &[&node]);
        for error in [
            chain.identify().await.unwrap_err(),
            chain.head().await.unwrap_err(),
            chain.hash_at(1).await.unwrap_err(),
            chain.block_at(1).await.unwrap_err(),
            chain.mempool().await.unwrap_err(),
        ] {
            assert!(matches!(error, ChainError::Misconfigured { .. }), "{error}");
            assert!(error.to_string().contains(sentence), "{error}");
        }
    }
}

#[tokio::test]
async fn a_node_that_still_downloads_is_not_ready_except_on_regtest() {
    // From nothing, and after a night's rest: then it calls itself ready.
    let rows = [
        (ChainName::Regtest, FIRST, true),
        (ChainName::Main, genesis_main(), true),
        (ChainName::Main, genesis_main(), false),
    ];
    for (name, first, initial) in rows {
        let told = json!({"blocks": 5, "headers": 9, "bestblockhash": FIRST,
            "initialblockdownload": initial});
        let node = StubNode::answering(move |method, _| match method {
            "getblockhash" => json!({"result": first}),
            _ => json!({"result": told}),
        })
        .await;
        let chain = UtxoChain::new(Network::Btc, name, &[node.url()], TIME_LIMIT).unwrap();
        match name {
            ChainName::Regtest => assert_eq!(chain.head().await.unwrap().height, 5),
            ChainName::Main | ChainName::Test => {
                let error = chain.head().await.unwrap_err();
                assert!(matches!(error, ChainError::NotReady { .. }));
                assert!(error.to_string().contains("5 of 9 blocks"), "{error}");
            }
        }
    }
}

fn genesis_main() -> &'static str {
    genesis::hashes(Network::Btc, ChainName::Main)[0]
}

#[tokio::test]
async fn a_block_that_contradicts_itself_is_refused_whole() {
    let good = result_of("btc-block");
    let hash = good["hash"].clone();
    let change = |change: fn(&mut Value)| {
        let mut block = good.clone();
        change(&mut block);
        block
    };
    let rows = [
        (change(|block| block["height"] = json!(101)), "it sent block 101"),
        (change(|block| block["hash"] = json!(FIRST)), "asked for block 102"),
        (change(|block| block["nTx"] = json!(4)), "has 4 transactions, it sent 3"),
        (
            change(|block| drop(block["tx"].as_array_mut().unwrap().pop())),
            "3 transactions, it sent 2",
        ),
        (change(|block| drop(block.as_object_mut().unwrap().remove("tx"))), "missing field `tx`"),
        (change(|block| block["previousblockhash"] = json!(null)), "names no parent"),
        // Hidden with care: the counts agree, and yet the block's own hash speaks for all three.
        (
            change(|block| {
                block["tx"].as_array_mut().unwrap().pop();
                block["nTx"] = json!(2);
            }),
            "block 102: its transactions hash to",
        ),
        (
            change(|block| {
                let another = block["tx"][2].clone();
                block["tx"].as_array_mut().unwrap().push(another);
                block["nTx"] = json!(4);
            }),
            "or the same ones twice",
        ),
        (change(|block| block["tx"].as_array_mut().unwrap().swap(1, 2)), "not to its Merkle root"),
        (change(|block| block["tx"][1]["txid"] = json!(FIRST)), "not to its Merkle root"),
        (change(|block| block["merkleroot"] = json!(FIRST)), "block 102: its header hashes to"),
        (change(|block| block["previousblockhash"] = json!(FIRST)), "its header hashes to"),
        (change(|block| block["time"] = json!(1)), "its header hashes to"),
        (change(|block| block["time"] = json!(-1)), "-1 is no time"),
        (change(|block| block["bits"] = json!("xyz")), "\"xyz\" is no target"),
        (change(|block| block["tx"][0]["txid"] = json!("12")), "is no hash"),
        (change(|block| block["tx"][0]["vout"][0]["value"] = json!(null)), "has no value"),
        (change(|block| block["tx"][0]["vout"][0]["value"] = json!("1")), "not a decimal amount"),
        (change(|block| block["tx"][0]["vout"][0]["value"] = json!(-1)), "not a decimal amount"),
        (change(|block| block["tx"][0]["vout"][0]["n"] = json!(1)), "not in order"),
        (change(|block| block["tx"][0]["vout"][0]["scriptPubKey"] = json!(null)), "has no script"),
        (
            change(|block| block["tx"][0]["vout"][0]["scriptPubKey"]["hex"] = json!("0g")),
            "has no readable script",
        ),
    ];
    for (block, sentence) in rows {
        let hash = hash.clone();
        let node = StubNode::answering(move |method, params| match (method, params[0].as_u64()) {
            ("getblockhash", Some(0)) => json!({"result": FIRST}),
            ("getblockhash", _) => json!({"result": hash}),
            _ => json!({"result": block}),
        })
        .await;
        let error = chain_of(Network::Btc, &[&node]).block_at(102).await.unwrap_err();
        assert!(matches!(error, ChainError::Nonsense { .. }), "{error}");
        assert!(error.to_string().contains(sentence), "{error}");
    }
}

/// Between "which block is at 102?" and "give me that block" the chain turns to another.
#[tokio::test]
async fn a_block_that_leaves_the_chain_while_it_is_read_is_asked_for_again() {
    let good = result_of("btc-block");
    let true_hash = good["hash"].clone();
    let mut stale = good.clone();
    stale["confirmations"] = json!(-1);
    stale["hash"] = json!("aa".repeat(32));
    let asked = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&asked);
    let node = StubNode::answering(move |method, params| match (method, params[0].as_u64()) {
        ("getblockhash", Some(0)) => json!({"result": FIRST}),
        ("getblockhash", _) => match counted.fetch_add(1, Ordering::Relaxed) {
            0 => json!({"result": stale["hash"]}),
            1 => json!({"result": "bb".repeat(32)}),
            _ => json!({"result": true_hash}),
        },
        _ if params[0] == stale["hash"] => json!({"result": stale}),
        _ if params[0] == true_hash => json!({"result": good}),
        _ => json!({"error": {"code": -5, "message": "Block not found"}}),
    })
    .await;
    let block = chain_of(Network::Btc, &[&node]).block_at(102).await.unwrap().unwrap();
    assert_eq!(block.at.hash.to_string(), result_of("btc-block")["hash"].as_str().unwrap());
    assert_eq!(asked.load(Ordering::Relaxed), 3);
}

#[tokio::test]
async fn a_batch_with_answers_missing_or_doubled_is_refused_and_told_again_later() {
    let bad = Arc::new(AtomicU64::new(0));
    let turn = Arc::clone(&bad);
    let many = result_of("btc-mempool-many");
    let node = StubNode::start(move |request, _| {
        if let Some(reply) = identity(request) {
            return reply;
        }
        if request[2]["method"] == "getrawmempool" {
            let results = [json!({}), json!(9), json!([many["txid"]]), json!("00".repeat(32))];
            let replies =
                (0..).zip(results).map(|(id, result)| json!({"id": id, "result": result}));
            return Reply::Body(Value::Array(replies.collect()).to_string());
        }
        let whole = json!({"id": 0, "result": many});
        Reply::Body(match turn.load(Ordering::Relaxed) {
            0 => json!([]).to_string(),
            1 => json!([whole, whole]).to_string(),
            2 => json!([{"id": 7, "result": many}]).to_string(),
            3 => json!([{"id": 0, "result": result_of("ltc-mempool-many")}]).to_string(),
            _ => json!([whole]).to_string(),
        })
    })
    .await;
    let chain = chain_of(Network::Btc, &[&node]);
    for turn in 0..3 {
        bad.store(turn, Ordering::Relaxed);
        assert!(matches!(chain.mempool().await, Err(ChainError::Nonsense { .. })), "{turn}");
    }
    // Another transaction than the one asked for: that one is still to be told.
    bad.store(3, Ordering::Relaxed);
    let mempool = chain.mempool().await.unwrap();
    assert_eq!((mempool.new, mempool.all_told), (vec![], false));
    bad.store(4, Ordering::Relaxed);
    assert_eq!(chain.mempool().await.unwrap().new[0].transfers.len(), 6);
}

#[tokio::test]
async fn credentials_go_into_the_header_and_nowhere_else() {
    let node = StubNode::start(|request, head| {
        // base64 of "user:p@ss:w%rd"
        let right = head.contains("authorization: basic dxnlcjpwqhnzonclcmq=");
        if right { identity(request).unwrap_or(Reply::Hang) } else { Reply::Status(401, "".into()) }
    })
    .await;
    let url = format!("http://user:p%40ss:w%25rd@127.0.0.1:{}/path/key", node.port());
    let chain = UtxoChain::new(Network::Btc, ChainName::Regtest, &[url], TIME_LIMIT).unwrap();
    chain.identify().await.unwrap();
    let error = chain.head().await.unwrap_err();
    for secret in ["user", "p@ss", "p%40ss", "key"] {
        assert!(!format!("{error} {error:?}").contains(secret), "{error:?}");
    }
}

#[test]
fn urls_that_are_none_are_refused_without_repeating_them() {
    let rows = [
        ("", ProviderError::NotAUrl),
        ("127.0.0.1:8332", ProviderError::NotAUrl),
        ("user:secret@127.0.0.1:8332", ProviderError::NotAUrl),
        ("ftp://user:secret@127.0.0.1", ProviderError::NotAUrl),
        ("http://user:%zz@127.0.0.1", ProviderError::NotAUrl),
        ("http://user:%ff@127.0.0.1", ProviderError::NotAUrl),
    ];
    let of = |network, urls: &[String]| {
        UtxoChain::new(network, ChainName::Main, urls, TIME_LIMIT).map(|_| ())
    };
    for (url, refusal) in rows {
        let refused = of(Network::Btc, &[url.to_owned()]).unwrap_err();
        assert!(!refused.to_string().contains("secret"));
        assert_eq!(refused, refusal, "{url}");
    }
    assert_eq!(of(Network::Btc, &[]), Err(ProviderError::None));
    let tron = of(Network::Trc20, &["http://127.0.0.1".to_owned()]);
    assert_eq!(tron, Err(ProviderError::OtherNetwork(Network::Trc20)));
}
