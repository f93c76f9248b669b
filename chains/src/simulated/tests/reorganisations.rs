//! Blocks that leave, and what becomes of what was in them.

use super::*;

/// A payment to address 1 in block 3 of 5.
fn paid_in_block_3(network: Network) -> (Bench, Hash32) {
    let bench = Bench::of(network);
    bench.mine(2);
    let txid = bench.pay(1, 10);
    bench.mine(3);
    (bench, txid)
}

async fn where_paid(bench: &Bench) -> Vec<u64> {
    let mut heights = Vec::new();
    for height in 0..=bench.node.height() {
        if !bench.to_payees(&bench.block(height).await.transfers).is_empty() {
            heights.push(height);
        }
    }
    heights
}

#[tokio::test]
async fn every_style_leaves_the_payment_where_it_says() {
    let rows: [(ReorgStyle, &[u64], usize); 4] = [
        (ReorgStyle::BackToMempool, &[], 1),
        (ReorgStyle::MinedAgain, &[3], 0),
        (ReorgStyle::DoubleSpent, &[], 0),
        (ReorgStyle::Dropped, &[], 0),
    ];
    for network in Network::ALL {
        for (style, heights, waiting) in rows {
            let (bench, txid) = paid_in_block_3(network);
            let before: Vec<Hash32> =
                vec![bench.block(2).await.at.hash, bench.block(3).await.at.hash];
            assert_eq!(bench.node.reorganise(3, style, NOW).unwrap(), 6);
            assert_eq!(where_paid(&bench).await, heights, "{network} {style:?}");
            assert_eq!(bench.node.inner.state.read().waiting_ids().len(), waiting);
            assert_eq!(bench.block(2).await.at.hash, before[0]);
            assert_ne!(bench.block(3).await.at.hash, before[1], "{network} {style:?}");
            assert!(bench.is_well_linked().await);
            if waiting == 1 {
                bench.mine(1);
                assert_eq!(where_paid(&bench).await, [7]);
                assert_eq!(bench.tip().await.transfers[0].payment.txid, txid);
            }
        }
    }
}

#[tokio::test]
async fn a_payment_back_in_the_mempool_is_told_again() {
    let (bench, txid) = paid_in_block_3(Network::Btc);
    bench.chain.mempool().await.unwrap();
    bench.node.reorganise(3, ReorgStyle::BackToMempool, NOW).unwrap();
    let mempool = bench.chain.mempool().await.unwrap();
    assert_eq!(mempool.txids, [txid].into());
    assert_eq!(bench.waiting(&mempool), [(1, 0, 10)]);
}

#[tokio::test]
async fn the_new_chain_may_be_shorter() {
    let (bench, _) = paid_in_block_3(Network::Ltc);
    let old = bench.block(4).await.at.hash;
    assert_eq!(bench.node.reorganise_to(3, 2, ReorgStyle::Dropped, NOW).unwrap(), 4);
    assert_ne!(bench.block(4).await.at.hash, old);
    assert_eq!(bench.chain.block_at(5).await.unwrap(), None);
    assert_eq!(bench.chain.hash_at(5).await.unwrap(), None);
}

#[tokio::test]
async fn the_same_blocks_mined_again_are_other_blocks() {
    let (bench, _) = paid_in_block_3(Network::Eth);
    let mut seen = std::collections::HashSet::new();
    for _ in 0..5 {
        bench.node.reorganise_to(3, 3, ReorgStyle::MinedAgain, NOW).unwrap();
        assert!(seen.insert(bench.block(3).await.at.hash));
    }
}

#[tokio::test]
async fn a_chain_cannot_be_reorganised_below_its_floor() {
    for network in Network::ALL {
        let bench = Bench::of(network);
        bench.mine(30);
        let most = if network == Network::Trc20 { 18 } else { 30 };
        for depth in [0, most + 1] {
            let refused = bench.node.reorganise(depth, ReorgStyle::Dropped, NOW).unwrap_err();
            assert_eq!(refused.to_string(), format!("at most {most} blocks can be replaced now"));
        }
        assert!(bench.node.reorganise(most, ReorgStyle::Dropped, NOW).is_ok(), "{network}");
    }
}

#[tokio::test]
async fn what_is_solid_on_tron_stays_solid_when_the_chain_gets_shorter() {
    let bench = Bench::of(Network::Trc20);
    bench.mine(30);
    bench.node.reorganise_to(10, 2, ReorgStyle::Dropped, NOW).unwrap();
    let head = bench.chain.head().await.unwrap();
    assert_eq!((head.height, head.solid_height), (22, Some(12)));
}

#[tokio::test]
async fn blocks_are_never_older_than_their_parents() {
    let bench = Bench::of(Network::Btc);
    let earlier = NOW.minus(Span::from_hours(5));
    bench.mine(1);
    bench.node.mine(2, earlier).unwrap();
    bench.node.reorganise(1, ReorgStyle::Dropped, earlier).unwrap();
    assert!(bench.is_well_linked().await);
    assert_eq!(bench.tip().await.at.time, NOW);
}
