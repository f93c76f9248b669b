//! What is seen is kept; what is not kept is never seen.

use super::*;
use crate::simulated::node::NodeError;
use parking_lot::Mutex;
use std::io;

fn reopened(bench: &Bench) -> SimulatedNode {
    let other = Birth { now: NOW, salt: [9; 32] };
    SimulatedNode::open(bench.network, bench.store.clone(), other).unwrap()
}

fn states_are_equal(one: &SimulatedNode, other: &SimulatedNode) -> bool {
    *one.inner.state.read() == *other.inner.state.read()
}

#[tokio::test]
async fn a_chain_goes_on_where_it_was_after_every_single_step() {
    for network in Network::ALL {
        let bench = Bench::of(network);
        let steps: [&dyn Fn(); 7] = [
            &|| {
                bench.pay(1, 10);
            },
            &|| {
                bench.mine(3);
            },
            &|| {
                bench.pay_many(&[(1, 5), (2, 6)], PayStyle::Plain);
            },
            &|| {
                bench.node.reorganise(2, ReorgStyle::BackToMempool, NOW).unwrap();
            },
            &|| {
                bench.node.double_spend(bench.pay(3, 7)).unwrap();
            },
            &|| bench.node.evict(bench.pay(4, 7)).unwrap(),
            &|| {
                bench.mine(1);
            },
        ];
        for step in steps {
            step();
            assert!(states_are_equal(&bench.node, &reopened(&bench)), "{network}");
        }
    }
}

#[test]
fn no_block_passes_while_it_is_off() {
    let bench = Bench::of(Network::Btc);
    bench.mine(4);
    let records = bench.store.count();
    assert_eq!(reopened(&bench).height(), 4);
    assert_eq!(bench.store.count(), records);
}

#[test]
fn a_run_of_blocks_is_one_record() {
    let bench = Bench::of(Network::Eth);
    bench.mine(1_000);
    assert_eq!((bench.node.height(), bench.store.count()), (1_000, 2));
}

/// Looks at the node each time something is written, and can fail.
#[derive(Default)]
struct Spy {
    kept: MemoryStore,
    node: Mutex<Option<SimulatedNode>>,
    heights_while_writing: Mutex<Vec<u64>>,
    broken: Mutex<bool>,
}

impl ChainStore for Spy {
    fn append(&self, record: &[u8]) -> io::Result<()> {
        if let Some(node) = &*self.node.lock() {
            self.heights_while_writing.lock().push(node.height());
        }
        if *self.broken.lock() {
            return Err(io::Error::from(io::ErrorKind::StorageFull));
        }
        self.kept.append(record)
    }

    fn replay(&self, each: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        self.kept.replay(each)
    }
}

#[test]
fn a_block_is_kept_before_anybody_can_see_it() {
    let spy = Arc::new(Spy::default());
    let node = SimulatedNode::open(Network::Btc, spy.clone(), BIRTH).unwrap();
    *spy.node.lock() = Some(node.clone());
    for height in 1..=5 {
        assert_eq!(node.mine(1, NOW).unwrap(), height);
    }
    assert_eq!(*spy.heights_while_writing.lock(), [0, 1, 2, 3, 4]);
}

#[test]
fn after_a_failed_write_nothing_changes_any_more_until_it_is_opened_anew() {
    let spy = Arc::new(Spy::default());
    let node = SimulatedNode::open(Network::Btc, spy.clone(), BIRTH).unwrap();
    node.mine(1, NOW).unwrap();
    *spy.broken.lock() = true;
    assert!(matches!(node.mine(1, NOW), Err(NodeError::Store(_))));
    *spy.broken.lock() = false;
    assert!(matches!(node.mine(1, NOW), Err(NodeError::Store(_))));
    assert_eq!(node.height(), 1);
    let node = SimulatedNode::open(Network::Btc, spy, BIRTH).unwrap();
    assert_eq!(node.mine(1, NOW).unwrap(), 2);
}

#[test]
fn a_refused_change_stops_nothing() {
    let bench = Bench::of(Network::Btc);
    assert!(bench.node.evict(Hash32([1; 32])).is_err());
    assert_eq!(bench.mine(1), 1);
}

#[test]
fn records_that_make_no_chain_are_named() {
    let good = Bench::of(Network::Btc);
    good.mine(1);
    let rows: [(&[u8], &str); 5] = [
        (b"", "record 3 of the simulated chain is damaged: it is empty"),
        (b"\x09", "record 3 of the simulated chain is damaged: unknown version 9"),
        (b"\x01{\"Mined\":{\"blocks\":0,\"time_s\":0}}", "1 to 10000 blocks at once"),
        (b"\x01{\"Evicted\":{\"txid\":\"00\"}}", "transaction 00 is not waiting"),
        (
            b"\x01{\"Sent\":{\"style\":\"Plain\",\"payees\":[[\"0g\",1]]}}",
            "the record does not fit: payee",
        ),
    ];
    for (record, reason) in rows {
        let store = Arc::new(MemoryStore::default());
        good.store.replay(&mut |bytes| store.append(bytes)).unwrap();
        store.append(record).unwrap();
        let error = SimulatedNode::open(Network::Btc, store, BIRTH).map(|_| ()).unwrap_err();
        assert!(error.to_string().contains(reason), "{error}");
    }
    let headless = Arc::new(MemoryStore::default());
    headless.append(b"\x01{\"Mined\":{\"blocks\":1,\"time_s\":0}}").unwrap();
    assert!(SimulatedNode::open(Network::Btc, headless, BIRTH).is_err());
}

#[test]
fn another_networks_chain_is_not_taken_over() {
    let bench = Bench::of(Network::Btc);
    let error = SimulatedNode::open(Network::Ltc, bench.store.clone(), BIRTH).map(|_| ());
    assert!(matches!(error, Err(NodeError::OtherChain(Network::Btc, Network::Ltc))));
}

#[tokio::test]
async fn whoever_waits_hears_of_every_change() {
    let bench = Bench::of(Network::Eth);
    let mut changes = bench.node.changes();
    let node = bench.node.clone();
    let miner = std::thread::spawn(move || node.mine(1, NOW).unwrap());
    changes.changed().await.unwrap();
    assert_eq!(bench.chain.head().await.unwrap().height, 1);
    miner.join().unwrap();
}
