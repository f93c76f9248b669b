//! What the faucet sends and how it is numbered.

use super::*;
use crate::simulated::node::NodeError;

#[tokio::test]
async fn a_payment_is_in_the_next_block_on_every_network() {
    for network in Network::ALL {
        let bench = Bench::of(network);
        let txid = bench.pay(1, 2_500_000);
        assert_eq!(bench.mine(1), 1);
        let block = bench.tip().await;
        assert_eq!(bench.to_payees(&block.transfers), [(1, 0, 2_500_000)], "{network}");
        assert_eq!(block.transfers[0].payment.txid, txid);
        assert_eq!(block.at.time, NOW);
        assert_eq!(bench.node.balance(&bench.address(1)).unwrap(), bench.money(2_500_000));
        assert!(bench.is_well_linked().await);
    }
}

#[tokio::test]
async fn one_transaction_may_pay_several_and_the_same_twice() {
    let payees = [(1, 10), (2, 20), (1, 30)];
    let rows = [
        (Network::Btc, PayStyle::Plain, [(1, 0, 10), (2, 1, 20), (1, 2, 30)]),
        (Network::Ltc, PayStyle::Plain, [(1, 0, 10), (2, 1, 20), (1, 2, 30)]),
        // Place 0 is the transaction's own value, which goes to the contract that pays them.
        (Network::Eth, PayStyle::Plain, [(1, 1, 10), (2, 2, 20), (1, 3, 30)]),
        (Network::Trc20, PayStyle::Plain, [(1, 0, 10), (2, 1, 20), (1, 2, 30)]),
        // Other contracts' logs between ours do not count.
        (Network::Trc20, PayStyle::AmongLookAlikes, [(1, 0, 10), (2, 1, 20), (1, 2, 30)]),
        (Network::Bep20, PayStyle::AmongLookAlikes, [(1, 0, 10), (2, 1, 20), (1, 2, 30)]),
    ];
    for (network, style, expected) in rows {
        let bench = Bench::of(network);
        bench.pay_many(&payees, style);
        bench.mine(1);
        let block = bench.tip().await;
        assert_eq!(bench.to_payees(&block.transfers), expected, "{network} {style:?}");
        assert_eq!(bench.node.balance(&bench.address(1)).unwrap(), bench.money(40));
    }
}

#[tokio::test]
async fn a_failed_payment_and_a_look_alike_are_in_the_block_and_pay_nobody() {
    for network in [Network::Eth, Network::Trc20, Network::Bep20] {
        for style in [PayStyle::Failed, PayStyle::LookAlike] {
            let bench = Bench::of(network);
            bench.pay_many(&[(1, 10), (2, 20)], style);
            bench.mine(1);
            let told = bench.node.rpc().block(1).await.unwrap().unwrap();
            assert_eq!(told.transactions.len(), 1, "{network} {style:?}");
            assert_eq!(bench.tip().await.transfers, [], "{network} {style:?}");
            assert!(bench.node.balance(&bench.address(1)).unwrap().is_zero());
        }
    }
}

#[tokio::test]
async fn the_mempool_tells_each_transaction_once_and_empties_into_a_block() {
    for network in [Network::Btc, Network::Ltc] {
        let bench = Bench::of(network);
        let first = bench.pay(1, 10);
        let mempool = bench.chain.mempool().await.unwrap();
        assert_eq!(bench.waiting(&mempool), [(1, 0, 10)]);
        let second = bench.pay(2, 20);
        let mempool = bench.chain.mempool().await.unwrap();
        assert_eq!(bench.waiting(&mempool), [(2, 0, 20)]);
        assert_eq!(mempool.txids, [first, second].into());
        bench.mine(1);
        assert!(bench.chain.mempool().await.unwrap().txids.is_empty());
        assert_eq!(bench.to_payees(&bench.tip().await.transfers), [(1, 0, 10), (2, 0, 20)]);
    }
}

#[tokio::test]
async fn account_chains_have_no_mempool_to_read() {
    for network in [Network::Eth, Network::Trc20, Network::Bep20] {
        let bench = Bench::of(network);
        bench.pay(1, 10);
        assert_eq!(bench.chain.mempool().await.unwrap(), Mempool::none());
        assert!(bench.node.rpc().mempool().await.is_err());
    }
}

#[tokio::test]
async fn a_double_spend_takes_the_place_of_the_payment() {
    let bench = Bench::of(Network::Btc);
    let lost = bench.pay(1, 10);
    bench.chain.mempool().await.unwrap();
    let won = bench.node.double_spend(lost).unwrap();
    let mempool = bench.chain.mempool().await.unwrap();
    assert_eq!(mempool.txids, [won].into());
    assert_eq!(bench.waiting(&mempool), []);
    bench.mine(1);
    assert_eq!(bench.to_payees(&bench.tip().await.transfers), []);
    assert!(bench.node.balance(&bench.address(1)).unwrap().is_zero());
}

#[tokio::test]
async fn an_evicted_payment_is_as_if_never_sent() {
    let bench = Bench::of(Network::Ltc);
    let txid = bench.pay(1, 10);
    bench.node.evict(txid).unwrap();
    assert!(bench.chain.mempool().await.unwrap().txids.is_empty());
    bench.mine(1);
    assert_eq!(bench.tip().await.transfers, []);
    assert!(bench.node.evict(txid).is_err());
    assert!(bench.node.double_spend(txid).is_err());
}

#[tokio::test]
async fn trons_solidified_block_lies_18_below_the_head() {
    let bench = Bench::of(Network::Trc20);
    for (mined, solid) in [(1, 0), (17, 0), (1, 1), (20, 21)] {
        bench.mine(mined);
        assert_eq!(bench.chain.head().await.unwrap().solid_height, Some(solid));
    }
    let hash = bench.chain.hash_at(39).await.unwrap().unwrap();
    assert!(hash.to_string().starts_with("0000000000000027"), "the number leads the hash");
    assert_eq!(Bench::of(Network::Bep20).chain.head().await.unwrap().solid_height, None);
}

#[test]
fn ids_are_unlike_between_networks_and_between_chains_of_one() {
    let txid = |network, salt| {
        let store = Arc::new(MemoryStore::default());
        let node = SimulatedNode::open(network, store, Birth { salt, ..BIRTH }).unwrap();
        let bench = Bench::of(network);
        (node.pay(&bench.address(1), bench.money(5)).unwrap(), node.genesis())
    };
    for network in Network::ALL {
        let (one, other) = (txid(network, [1; 32]), txid(network, [2; 32]));
        assert_ne!(one.0, other.0);
        assert_ne!(one.1, other.1);
        assert_eq!(one, txid(network, [1; 32]));
    }
}

#[test]
fn what_cannot_be_paid_is_refused_and_keeps_nothing() {
    let bench = Bench::of(Network::Btc);
    let too_much = transaction::coin_units(Network::Btc) + 1;
    let address = || bench.address(1);
    let ether = Bench::of(Network::Eth);
    let rows: [(Result<Hash32, NodeError>, &str); 6] = [
        (bench.node.pay(&address(), bench.money(0)), "more than nothing"),
        (bench.node.pay(&address(), bench.money(too_much)), "at most"),
        (bench.node.pay(&ether.address(1), bench.money(1)), "does not belong to btc"),
        (bench.node.pay(&address(), ether.money(1)), "does not belong to btc"),
        (bench.node.pay_many(&[], PayStyle::Plain), "1 to 1000 payees"),
        (bench.node.pay_many(&[(address(), bench.money(1))], PayStyle::Failed), "no Failed"),
    ];
    for (refused, reason) in rows {
        let text = refused.unwrap_err().to_string();
        assert!(text.contains(reason), "{text}");
    }
    assert!(bench.node.mine(0, NOW).is_err());
    assert!(bench.node.mine(10_001, NOW).is_err());
    assert_eq!(bench.store.count(), 1);
}
