//! Nodes on their bad days: the adapter says what is wrong and takes nothing for true.

use super::*;
use crate::adapter::ChainError;

fn kind(error: &ChainError) -> &'static str {
    match error {
        ChainError::Unreachable { .. } => "unreachable",
        ChainError::Refused { .. } => "refused",
        ChainError::RateLimited { .. } => "rate limited",
        ChainError::Nonsense { .. } => "nonsense",
        ChainError::NotReady { .. } => "not ready",
        ChainError::Misconfigured { .. } => "misconfigured",
    }
}

#[tokio::test]
async fn a_node_that_does_not_answer_is_named_and_works_again_afterwards() {
    let rows = [
        (Fault::Hangs, "unreachable"),
        (Fault::Slow(Duration::from_secs(3600)), "unreachable"),
        (Fault::Unreachable, "unreachable"),
        (Fault::RateLimited, "rate limited"),
        (Fault::Garbage, "nonsense"),
        (Fault::Starting, "not ready"),
    ];
    for network in [Network::Btc, Network::Trc20] {
        let bench = Bench::of(network);
        bench.pay(1, 10);
        bench.mine(1);
        for (fault, expected) in rows {
            bench.node.set_faults(&[fault]);
            for error in [
                bench.chain.identify().await.unwrap_err(),
                bench.chain.head().await.unwrap_err(),
                bench.chain.hash_at(1).await.unwrap_err(),
                bench.chain.block_at(1).await.unwrap_err(),
            ] {
                assert_eq!(kind(&error), expected, "{fault:?}");
                assert!(error.to_string().contains(&format!("simulated {network}")));
            }
            bench.node.set_faults(&[]);
            assert_eq!(bench.tip().await.transfers[0].amount.units(), 10);
        }
    }
}

#[tokio::test]
async fn a_slow_node_is_waited_for() {
    let bench = Bench::of(Network::Eth);
    bench.node.set_faults(&[Fault::Slow(Duration::from_millis(5))]);
    assert_eq!(bench.chain.head().await.unwrap().height, 0);
}

#[tokio::test]
async fn a_block_that_contradicts_itself_is_refused_whole() {
    let bench = Bench::of(Network::Bep20);
    bench.pay(1, 10);
    bench.mine(2);
    for (fault, reason) in [
        (Fault::CutBlock, "block 1 has 1 transactions, it sent 0"),
        (Fault::OtherBlock, "asked for block 1, it sent block 0"),
    ] {
        bench.node.set_faults(&[fault]);
        let error = bench.chain.block_at(1).await.unwrap_err();
        assert_eq!(kind(&error), "nonsense");
        assert!(error.to_string().contains(reason), "{error}");
    }
}

#[tokio::test]
async fn a_wrong_parent_is_passed_on_for_the_watcher_to_see() {
    let bench = Bench::of(Network::Ltc);
    bench.mine(2);
    let true_parent = bench.block(2).await.parent;
    bench.node.set_faults(&[Fault::WrongParent]);
    assert_ne!(bench.block(2).await.parent, true_parent);
}

#[tokio::test]
async fn a_node_on_another_chain_is_found_out() {
    for network in Network::ALL {
        let bench = Bench::of(network);
        bench.chain.identify().await.unwrap();
        bench.node.set_faults(&[Fault::OtherChain]);
        let error = bench.chain.identify().await.unwrap_err();
        assert_eq!(kind(&error), "misconfigured");
    }
}

#[tokio::test]
async fn a_stalled_or_lagging_node_shows_an_old_head_and_nothing_above_it() {
    let bench = Bench::of(Network::Trc20);
    bench.mine(30);
    let rows = [
        (Fault::Stalled { height: 25 }, 25, 7),
        (Fault::Behind { blocks: 3 }, 27, 9),
        (Fault::Behind { blocks: 300 }, 0, 0),
        (Fault::Stalled { height: 300 }, 30, 12),
    ];
    for (fault, height, solid) in rows {
        bench.node.set_faults(&[fault]);
        let head = bench.chain.head().await.unwrap();
        assert_eq!((head.height, head.solid_height), (height, Some(solid)), "{fault:?}");
        assert_eq!(bench.chain.hash_at(height).await.unwrap(), Some(head.hash));
        assert_eq!(bench.chain.hash_at(height + 1).await.unwrap(), None);
        assert_eq!(bench.chain.block_at(height + 1).await.unwrap(), None);
    }
}

#[tokio::test]
async fn a_mempool_that_could_not_be_read_is_told_the_next_time() {
    let bench = Bench::of(Network::Btc);
    bench.pay(1, 10);
    bench.node.set_faults(&[Fault::RateLimited]);
    assert!(bench.chain.mempool().await.is_err());
    bench.node.set_faults(&[]);
    let mempool = bench.chain.mempool().await.unwrap();
    assert_eq!(bench.waiting(&mempool), [(1, 0, 10)]);
}
