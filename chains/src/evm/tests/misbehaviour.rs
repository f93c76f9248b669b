//! What a node can do wrong, and what the operator is told: never a shorter block, never a guess.

use super::*;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use world::{HEIGHT, hash, txid};

type Change = fn(&mut World);

async fn refused(network: Network, change: Change) -> ChainError {
    let mut world = World::of(network);
    change(&mut world);
    let node = world.node().await;
    let chain = chain_of(network, &[&node]);
    let error = chain.block_at(HEIGHT).await.unwrap_err();
    assert!(error.to_string().starts_with("127.0.0.1:"), "it names the node: {error}");
    error
}

#[tokio::test]
async fn a_block_of_ether_that_contradicts_itself_is_refused_whole() {
    let rows: [(Change, &str); 25] = [
        (|world| world.block["number"] = json!("0x21"), "asked for block 32, it sent block 33"),
        (|world| world.block["number"] = json!(null), "invalid type: null"),
        (|world| world.block["hash"] = json!("0x12"), "\"0x12\" is no hash"),
        (|world| world.block["timestamp"] = json!("0xffffffffffffffff"), "is no time"),
        (|world| world.block["parentHash"] = json!(null), "block 32: invalid type: null"),
        (|world| world.block["logsBloom"] = json!("0x00"), "its logsBloom is none"),
        (
            |world| drop(world.block.as_object_mut().unwrap().remove("transactions")),
            "missing field",
        ),
        (|world| drop(world.block["transactions"].as_array_mut().unwrap().pop()), "4 transactions"),
        (|world| world.block["transactions"][0]["value"] = json!(7), "invalid type: integer"),
        (|world| world.block["transactions"][0]["value"] = json!("7"), "is no quantity"),
        (|world| world.block["transactions"][0]["to"] = json!("0xaa"), "is no address"),
        (
            |world| world.block["transactions"][0]["value"] = json!(word(u128::MAX)),
            "the amount is too large",
        ),
        (|world| world.receipts = json!([]), "5 transactions, it sent 0 receipts"),
        (|world| world.receipts = Value::Null, "it has no receipts of block 32"),
        (|world| world.receipts.as_array_mut().unwrap().swap(0, 1), "of another block or place"),
        (|world| world.receipts[0]["blockHash"] = json!(hash(1)), "of another block or place"),
        (|world| world.receipts[0]["status"] = json!("0x2"), "has status 2"),
        (|world| world.receipts[0]["status"] = json!(null), "invalid type: null"),
        (|world| world.receipts[0]["status"] = json!("0x0"), "contradict each other"),
        (|world| world.receipts[3]["status"] = json!("0x1"), "contradict each other"),
        (|world| world.tree = json!([]), "of 5 transactions it sent 0"),
        (|world| world.tree[1]["txHash"] = json!(txid(2)), "another transaction in the place of"),
        (|world| world.tree[1] = json!({"error": "execution timeout"}), "was not traced"),
        (|world| world.tree[1]["result"]["calls"][1]["type"] = json!("EXTCALL"), "unknown kind"),
        (|world| world.tree[1]["result"]["calls"][1]["to"] = json!(null), "to nobody"),
    ];
    for (change, sentence) in rows {
        let error = refused(Network::Eth, change).await;
        assert!(matches!(error, ChainError::Nonsense { .. }), "{error}");
        assert!(error.to_string().contains(sentence), "{sentence}: {error}");
    }
}

#[tokio::test]
async fn a_list_of_traces_that_lacks_something_is_refused() {
    let rows: [(Change, &str); 6] = [
        (|world| world.list = json!([]), "of 5 transactions it sent 0"),
        (|world| drop(world.list.as_array_mut().unwrap().remove(3)), "of 5 transactions it sent 4"),
        (|world| world.list[3]["blockHash"] = json!(hash(7)), "a step is of"),
        (|world| world.list[3]["transactionPosition"] = json!(9), "at place 9"),
        (|world| world.list[3]["type"] = json!("teleport"), "unknown kind"),
        (|world| world.list[5]["transactionHash"] = json!(null), "a step of nobody's"),
    ];
    for (change, sentence) in rows {
        let mut world = World::of(Network::Eth);
        change(&mut world);
        // The node has only this way; and it must not say the block is empty.
        world.lacks.push("debug_traceBlockByHash");
        if sentence.contains("unknown kind") {
            world.list[3]["traceAddress"] = json!([0]);
        }
        let node = world.node().await;
        let error = chain_of(Network::Eth, &[&node]).block_at(HEIGHT).await.unwrap_err();
        let nobody = error.to_string().contains("calls of nobody's");
        assert!(error.to_string().contains(sentence) || nobody, "{sentence}: {error}");
    }
}

#[tokio::test]
async fn a_block_of_a_token_that_contradicts_itself_is_refused_whole() {
    let rows: [(Change, &str); 11] = [
        (|world| world.logs[0]["blockHash"] = json!(hash(7)), "block 32 is"),
        (|world| world.logs[0]["removed"] = json!(true), "a log that has been removed"),
        (|world| world.logs[0]["transactionHash"] = json!(txid(1)), "has no transaction"),
        (|world| world.logs[0]["transactionIndex"] = json!("0x9"), "at place 9"),
        (|world| world.logs[1]["logIndex"] = json!("0x0"), "its logs are not in order, or twice"),
        (|world| world.logs.as_array_mut().unwrap().swap(0, 1), "its logs are not in order"),
        (|world| world.logs[0]["logIndex"] = json!(null), "invalid type: null"),
        (|world| world.logs = Value::Null, "logs of block 32"),
        (|world| world.block["transactions"] = json!([]), "has no transaction"),
        // It says that there are none; the block's own filter says that there may be some.
        (
            |world| {
                world.logs = json!([]);
                world.receipts = json!([]);
            },
            "5 transactions, it sent 0 receipts",
        ),
        (
            |world| {
                world.lacks.push("eth_getLogs");
                world.receipts[3]["logs"] = json!([world.receipts[0]["logs"][0]]);
            },
            "failed and has logs",
        ),
    ];
    for (change, sentence) in rows {
        let error = refused(Network::Bep20, change).await;
        assert!(matches!(error, ChainError::Nonsense { .. }), "{error}");
        assert!(error.to_string().contains(sentence), "{sentence}: {error}");
    }
}

/// A node that lost its index of logs answers `[]`; the receipts show what there is.
#[tokio::test]
async fn no_logs_where_the_filter_says_some_are_looked_for_in_the_receipts() {
    let mut world = World::of(Network::Bep20);
    world.logs = json!([]);
    let node = world.node().await;
    let block = chain_of(Network::Bep20, &[&node]).block_at(HEIGHT).await.unwrap().unwrap();
    assert_eq!(block.transfers.len(), 3);
    // Where the filter says none, none are looked for.
    world.block["logsBloom"] = json!(format!("0x{}", "00".repeat(256)));
    world.lacks = vec!["eth_getTransactionReceipt", "eth_getBlockReceipts"];
    let node = world.node().await;
    let block = chain_of(Network::Bep20, &[&node]).block_at(HEIGHT).await.unwrap().unwrap();
    assert_eq!(block.transfers, []);
}

#[tokio::test]
async fn every_failure_is_told_apart_with_a_sentence() {
    type MakeReply = fn() -> Reply;
    let rows: [(MakeReply, &str); 11] = [
        (|| Reply::Hang, "does not answer: no answer in time"),
        (|| Reply::Cut("{\"result\":1".into()), "does not answer: the connection broke"),
        (|| Reply::Status(401, String::new()), "refuses us: user or password is wrong (HTTP 401)"),
        (|| Reply::Status(429, "slow down".into()), "limits our requests: HTTP 429"),
        (|| Reply::Body("<html>Welcome</html>".into()), "answers nonsense: an HTML page"),
        (|| Reply::Body("{\"result\":{\"num".into()), "answers nonsense: JSON that is cut"),
        (|| Reply::Body("{}".into()), "answers nonsense: eth_getBlockByNumber: neither result"),
        (
            || Reply::Result(json!({"number": 9_007_199_254_740_993u64})),
            "answers nonsense: invalid",
        ),
        (|| Reply::Result(Value::Null), "answers nonsense: invalid type: null"),
        (
            || Reply::Body(r#"{"error":{"code":-32005,"message":"limit exceeded"}}"#.into()),
            "limits our requests: eth_getBlockByNumber: limit exceeded (code -32005)",
        ),
        (
            || Reply::Body(r#"{"error":{"code":-32601,"message":"no such method"}}"#.into()),
            "refuses us: eth_getBlockByNumber: no such method (code -32601); is this call",
        ),
    ];
    for (reply, sentence) in rows {
        // It has been well before: now it answers the question for its head like this.
        let world = World::of(Network::Bep20);
        let asked = AtomicU64::new(0);
        let node = StubNode::start(move |request, _| {
            let method = request["method"].as_str().unwrap();
            let is_head = method == "eth_getBlockByNumber" && request["params"][0] == "latest";
            if is_head && asked.fetch_add(1, Ordering::Relaxed) > 0 {
                return reply();
            }
            Reply::Body(world.answer(method, &request["params"]).to_string())
        })
        .await;
        let chain = chain_of(Network::Bep20, &[&node]);
        chain.identify().await.unwrap();
        let error = chain.head().await.unwrap_err().to_string();
        assert!(error.starts_with(&format!("127.0.0.1:{} {sentence}", node.port())), "{error}");
    }
}

/// Between "which block is at 32?" and "what is in it?" the chain turns to another.
#[tokio::test]
async fn a_block_that_leaves_the_chain_while_it_is_read_is_asked_for_again() {
    for lost in [
        json!({"error": {"code": -32000, "message": "unknown block"}}),
        json!({ "result": null }),
        json!({ "result": [] }),
    ] {
        for network in [Network::Eth, Network::Bep20] {
            let asked = Arc::new(AtomicU64::new(0));
            let (count, world, lost) = (Arc::clone(&asked), World::of(network), lost.clone());
            let node = StubNode::answering(move |method, params| {
                let answer = world.answer(method, params);
                let is_stale = |asked: &AtomicU64| asked.load(Ordering::Relaxed) == 1;
                match (method, params[0].as_str()) {
                    ("eth_getBlockByNumber", Some("0x20")) => {
                        let mut answer = answer;
                        if count.fetch_add(1, Ordering::Relaxed) == 0 {
                            answer["result"]["hash"] = json!(word(0xdead));
                        }
                        answer
                    }
                    ("eth_chainId" | "eth_call", _) => answer,
                    _ if is_stale(&count) => lost.clone(),
                    _ => answer,
                }
            })
            .await;
            let block = chain_of(network, &[&node]).block_at(HEIGHT).await.unwrap().unwrap();
            assert_eq!(block.at.hash, Hash32::from_hex(&hash(HEIGHT)).unwrap());
            assert!(asked.load(Ordering::Relaxed) >= 2, "{network}");
        }
    }
}

#[tokio::test]
async fn a_block_above_the_head_is_none() {
    for network in [Network::Eth, Network::Bep20] {
        let node = World::of(network).node().await;
        let chain = chain_of(network, &[&node]);
        assert_eq!(chain.block_at(HEIGHT + 1).await, Ok(None));
        assert_eq!(chain.hash_at(HEIGHT + 1).await, Ok(None));
        assert!(chain.hash_at(HEIGHT - 1).await.unwrap().is_some());
    }
}
