//! Mempools as nodes tell them: whole, in parts, with failures in the middle, after a restart.

use super::*;
use crate::adapter::Mempool;
use parking_lot::Mutex;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

const HEAD: &str = "11";

/// What a node says of its mempool, and how often it was asked what.
struct Pool {
    waiting: Vec<Hash32>,
    loaded: bool,
    /// None: a host that knows no such call.
    uptime_s: Option<u64>,
    /// It fails for these, with this code.
    fails: HashSet<Hash32>,
    code: i64,
    /// Batches of more calls are answered with something that is no answer.
    batch_max: usize,
    dead: bool,
    /// What it says when it is dead.
    status: u16,
    /// It dies when it is asked for a transaction.
    dies: bool,
    asked: BTreeMap<String, usize>,
    requests: usize,
}

struct Node {
    stub: StubNode,
    pool: Arc<Mutex<Pool>>,
}

fn txid(number: u16) -> Hash32 {
    let mut bytes = [0x77; 32];
    bytes[..2].copy_from_slice(&number.to_be_bytes());
    Hash32(bytes)
}

fn transaction(txid: &str) -> Value {
    json!({"txid": txid, "vin": [{"txid": "aa".repeat(32), "vout": 7}],
        "vout": [{"n": 0, "value": 0.5, "scriptPubKey": {"hex": "0014"}}]})
}

impl Pool {
    fn answer(&mut self, call: &Value) -> Value {
        let (method, params) = (call["method"].as_str().unwrap(), &call["params"]);
        *self.asked.entry(method.to_owned()).or_default() += 1;
        let unknown = json!({"error": {"code": -32601, "message": "Method not found"}});
        let mut answer = match method {
            "getblockhash" => {
                json!({"result": genesis::hashes(Network::Btc, ChainName::Regtest)[0]})
            }
            "getbestblockhash" => json!({"result": HEAD.repeat(32)}),
            "getmempoolinfo" => json!({"result": {"loaded": self.loaded, "size": 1}}),
            "uptime" => self.uptime_s.map_or(unknown, |uptime_s| json!({"result": uptime_s})),
            "getrawmempool" => {
                let ids: Vec<String> = self.waiting.iter().map(Hash32::to_string).collect();
                json!({"result": ids})
            }
            "getrawtransaction" => {
                self.dead |= self.dies;
                let id = params[0].as_str().unwrap();
                if self.fails.contains(&hash(id)) {
                    json!({"error": {"code": self.code, "message": "it cannot be told"}})
                } else if self.waiting.contains(&hash(id)) {
                    json!({"result": transaction(id)})
                } else {
                    json!({"error": {"code": -5, "message": "No such mempool transaction"}})
                }
            }
            _ => unknown,
        };
        answer["id"] = call["id"].clone();
        answer
    }

    fn reply(&mut self, request: &Value) -> Reply {
        self.requests += 1;
        let Some(calls) = request.as_array() else {
            return Reply::Body(self.answer(request).to_string());
        };
        if calls.len() > self.batch_max {
            return Reply::Body("[{\"result\":".to_owned());
        }
        let answers: Vec<Value> = calls.iter().map(|call| self.answer(call)).collect();
        match self.dead {
            true => Reply::Status(self.status, String::new()),
            false => Reply::Body(Value::Array(answers).to_string()),
        }
    }
}

impl Node {
    async fn with(waiting: &[u16]) -> Node {
        let pool = Arc::new(Mutex::new(Pool {
            waiting: waiting.iter().copied().map(txid).collect(),
            loaded: true,
            uptime_s: Some(1_000),
            fails: HashSet::new(),
            code: -1,
            batch_max: usize::MAX,
            dead: false,
            status: 503,
            dies: false,
            asked: BTreeMap::new(),
            requests: 0,
        }));
        let told = pool.clone();
        let stub = StubNode::start(move |request, _| told.lock().reply(request)).await;
        Node { stub, pool }
    }

    fn change(&self, change: impl FnOnce(&mut Pool)) {
        change(&mut self.pool.lock());
    }

    fn asked(&self, method: &str) -> usize {
        self.pool.lock().asked.get(method).copied().unwrap_or(0)
    }
}

fn chain(nodes: &[&Node]) -> UtxoChain {
    let stubs: Vec<&StubNode> = nodes.iter().map(|node| &node.stub).collect();
    chain_of(Network::Btc, &stubs)
}

fn new(mempool: &Mempool) -> Vec<Hash32> {
    mempool.new.iter().map(|waiting| waiting.txid).collect()
}

fn ids(numbers: &[u16]) -> HashSet<Hash32> {
    numbers.iter().copied().map(txid).collect()
}

#[tokio::test]
async fn thousands_are_read_once_and_after_that_only_what_is_new() {
    let all: Vec<u16> = (0..5_000).collect();
    let node = Node::with(&all).await;
    let chain = chain(&[&node]);
    let mut told = Vec::new();
    for all_told in [false, false, true] {
        let mempool = chain.mempool().await.unwrap();
        assert_eq!((mempool.txids.len(), mempool.all_told), (5_000, all_told));
        told.extend(new(&mempool));
    }
    assert_eq!(told, all.iter().copied().map(txid).collect::<Vec<_>>(), "each once, in order");
    assert_eq!(node.asked("getrawtransaction"), 5_000);
    assert_eq!(node.asked("getrawmempool"), 3);
    let requests = node.pool.lock().requests;
    assert_eq!(requests, 1 + 3 + 50, "the genesis block, three lists, a hundred at once");

    for _ in 0..10 {
        assert_eq!(new(&chain.mempool().await.unwrap()), []);
    }
    node.change(|pool| pool.waiting.push(txid(6_000)));
    assert_eq!(new(&chain.mempool().await.unwrap()), [txid(6_000)]);
    assert_eq!(node.asked("getrawtransaction"), 5_001);
    assert_eq!(node.pool.lock().requests, requests + 10 + 2);
}

#[tokio::test]
async fn one_that_cannot_be_told_hides_no_other_and_comes_when_it_can() {
    let node = Node::with(&[1, 2, 3]).await;
    node.change(|pool| pool.fails = ids(&[2]));
    let chain = chain(&[&node]);
    let first = chain.mempool().await.unwrap();
    assert_eq!((new(&first), &first.txids), (vec![txid(1), txid(3)], &ids(&[1, 2, 3])));
    assert!(!first.all_told, "nobody may say that all was seen");
    assert!(!chain.mempool().await.unwrap().all_told);
    let third = chain.mempool().await.unwrap();
    assert!(third.all_told, "a node that will never tell it holds nobody up for ever");
    assert_eq!((new(&third), third.txids), (vec![], ids(&[1, 2, 3])));
    node.change(|pool| pool.fails.clear());
    assert_eq!(new(&chain.mempool().await.unwrap()), [txid(2)]);
    assert_eq!(new(&chain.mempool().await.unwrap()), []);
}

#[tokio::test]
async fn a_call_that_a_node_forbids_is_the_nodes_trouble_and_loses_nothing() {
    let node = Node::with(&[1, 2]).await;
    node.change(|pool| (pool.fails, pool.code) = (ids(&[1, 2]), -32601));
    let chain = chain(&[&node]);
    let error = chain.mempool().await.unwrap_err();
    assert!(error.to_string().contains("getrawtransaction"), "{error}");
    node.change(|pool| pool.fails.clear());
    assert_eq!(new(&chain.mempool().await.unwrap()).len(), 2);
}

#[tokio::test]
async fn an_answer_too_large_to_be_read_is_asked_for_in_halves() {
    let all: Vec<u16> = (0..250).collect();
    let node = Node::with(&all).await;
    node.change(|pool| pool.batch_max = 7);
    let mempool = chain(&[&node]).mempool().await.unwrap();
    assert_eq!(new(&mempool), all.iter().copied().map(txid).collect::<Vec<_>>());
    assert!(mempool.all_told);
}

#[tokio::test]
async fn list_transactions_and_head_come_from_one_node() {
    let (one, two) = (Node::with(&[1, 2]).await, Node::with(&[2, 3]).await);
    let chain = chain(&[&one, &two]);
    one.change(|pool| pool.dies = true);
    let mempool = chain.mempool().await.unwrap();
    assert_eq!(mempool.txids, ids(&[2, 3]), "not one node's list and the other's contents");
    assert_eq!(new(&mempool), [txid(2), txid(3)]);
    assert_eq!(mempool.head, hash(&HEAD.repeat(32)));
}

#[tokio::test]
async fn a_pool_that_is_still_being_loaded_is_not_whole() {
    let node = Node::with(&[1]).await;
    node.change(|pool| pool.loaded = false);
    let chain = chain(&[&node]);
    let mempool = chain.mempool().await.unwrap();
    assert_eq!((mempool.is_whole, new(&mempool)), (false, vec![txid(1)]));
    node.change(|pool| pool.loaded = true);
    assert!(chain.mempool().await.unwrap().is_whole);
}

#[tokio::test]
async fn a_node_keeps_its_view_until_it_restarts_and_another_has_another() {
    let (one, two) = (Node::with(&[1]).await, Node::with(&[1]).await);
    let chain = chain(&[&one, &two]);
    let view = async || chain.mempool().await.unwrap().witness.view;
    let first = view().await;
    assert_eq!(view().await, first);
    one.change(|pool| pool.dead = true);
    let second = view().await;
    assert_ne!(second, first);
    two.change(|pool| pool.dead = true);
    one.change(|pool| pool.dead = false);
    assert_eq!(view().await, first, "it was busy, and up all the time");
    two.change(|pool| pool.dead = false);
    one.change(|pool| (pool.dead, pool.status) = (true, 502));
    assert_eq!(view().await, second);
    one.change(|pool| pool.dead = false);
    two.change(|pool| pool.dead = true);
    let gone_for_a_while = view().await;
    assert!(![first, second].contains(&gone_for_a_while), "it may have been restarted");
    one.change(|pool| pool.uptime_s = Some(0));
    let restarted = view().await;
    assert!(![first, second, gone_for_a_while].contains(&restarted));
    one.change(|pool| pool.uptime_s = Some(200_000));
    let older = view().await;
    assert_ne!(older, restarted, "two nodes behind one address, or a clock that was set");
    assert_eq!(view().await, older);
    // Nobody knows whether it is one node: each answer speaks for itself.
    one.change(|pool| pool.uptime_s = None);
    let unknown = view().await;
    assert_ne!(view().await, unknown);
}

#[tokio::test]
async fn only_a_node_that_is_alone_vouches_for_what_was_seen_before() {
    let (one, two) = (Node::with(&[]).await, Node::with(&[]).await);
    let alone = chain(&[&one]).mempool().await.unwrap().witness.alone_for;
    assert_eq!(alone, Some(Duration::from_secs(1_000)));
    assert_eq!(chain(&[&one, &two]).mempool().await.unwrap().witness.alone_for, None);
    one.change(|pool| pool.uptime_s = None);
    assert_eq!(chain(&[&one]).mempool().await.unwrap().witness.alone_for, None);
}

#[tokio::test]
async fn whoever_lost_his_notes_is_told_anew() {
    let node = Node::with(&[1, 2]).await;
    let chain = chain(&[&node]);
    assert_eq!(new(&chain.mempool().await.unwrap()).len(), 2);
    chain.tell_mempool_anew();
    assert_eq!(new(&chain.mempool().await.unwrap()), [txid(1), txid(2)]);
}
