//! Reorganisations are ordinary events: what left is forgotten or reversed, what came is credited
//! once.

use crate::support::*;
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::invoice::InvoiceFact;
use cryptopayment_domain::ledger::LedgerFact;
use cryptopayment_storage::Checkpoint;
use std::time::Duration;

const STYLES: [ReorgStyle; 4] = [
    ReorgStyle::BackToMempool,
    ReorgStyle::MinedAgain,
    ReorgStyle::DoubleSpent,
    ReorgStyle::Dropped,
];

fn units(invoice: &Invoice) -> i128 {
    i128::try_from(invoice.terms.due.units()).unwrap()
}

#[test]
fn before_confirmation_a_payment_is_undone_and_credited_only_if_it_comes_again() {
    story(|_| async {
        let world = World::whole();
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        for network in Network::ALL {
            let mut credited = 0;
            for style in STYLES {
                let invoice = running.open(shop, network, 50).await;
                world.pay(&invoice, invoice.terms.due);
                world.mine(network, 1);
                running.until_standing(&invoice, Status::Confirming, Detail::None).await;
                world.node(network).reorganise_to(1, 1, style, world.clock.now()).unwrap();
                running.scanned(network).await;
                let standing = running.standing(&invoice);
                println!("  {network} {style:?}: {standing:?}");
                match style {
                    ReorgStyle::MinedAgain => {
                        assert_eq!(standing, (Status::Confirming, Detail::None));
                    }
                    ReorgStyle::BackToMempool if network.has_mempool() => {
                        assert_eq!(standing, (Status::Confirming, Detail::Reorged));
                    }
                    ReorgStyle::BackToMempool | ReorgStyle::DoubleSpent | ReorgStyle::Dropped => {
                        assert_eq!(standing, (Status::Pending, Detail::Reorged));
                    }
                }
                world.mine(network, 40);
                running.scanned(network).await;
                let comes_again =
                    matches!(style, ReorgStyle::BackToMempool | ReorgStyle::MinedAgain);
                if comes_again {
                    running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
                    credited += units(&invoice);
                } else {
                    assert_eq!(running.standing(&invoice), (Status::Pending, Detail::Reorged));
                }
                assert_eq!(running.balance(shop, network), credited, "{network} {style:?}");
            }
        }
        running.until_ledgers_agree(shop).await;
        world.end(running).await;
    });
}

/// Networks whose simulated chain can lose blocks that are deep already.
const UNSOLID: [Network; 4] = [Network::Btc, Network::Ltc, Network::Eth, Network::Bep20];

#[test]
fn after_confirmation_the_credit_is_reversed_and_given_again_once_in_the_next_round() {
    const SHOP: &str = "https://shop.example/webhook";
    story(|_| async {
        let world = World::of(&UNSOLID);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        for network in UNSOLID {
            let required = network.default_confirmations();
            let invoice = running.open(shop, network, 50).await;
            let txid = world.pay(&invoice, invoice.terms.due);
            let payment = PaymentId { network, txid, index: 0 };
            world.mine(network, required);
            running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
            for round in 0..3 {
                let node = world.node(network);
                let depth = required + round * required;
                node.reorganise(depth, ReorgStyle::BackToMempool, world.clock.now()).unwrap();
                running.until_standing(&invoice, Status::Confirmed, Detail::Reorged).await;
                until("the credit is reversed", || running.balance(shop, network) == 0).await;
                assert!(running.credit(payment, round).unwrap().reversed.is_some());
                world.mine(network, required);
                running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
                running.scanned(network).await;
                assert_eq!(running.balance(shop, network), units(&invoice));
                assert!(running.credit(payment, round + 1).unwrap().reversed.is_none());
                assert!(running.credit(payment, round + 2).is_none());
            }
            // A last time, and for good.
            let depth = required * 5;
            world.node(network).reorganise(depth, ReorgStyle::Dropped, world.clock.now()).unwrap();
            world.mine(network, 2 * required);
            until("the credit is reversed", || running.balance(shop, network) == 0).await;
            running.scanned(network).await;
            assert_eq!(running.standing(&invoice), (Status::Confirmed, Detail::Reorged));
            assert_eq!(running.balance(shop, network), 0);
            let told = ["payment_detected", "payment_confirmed"];
            assert_eq!(world.courier.kinds_of(invoice.terms.invoice), told, "told once, for good");
        }
        running.until_ledgers_agree(shop).await;
        assert!(running.views().open_obligations().unwrap().is_empty());
        world.end(running).await;
    });
}

#[test]
fn a_balance_below_zero_freezes_withdrawals_and_obligations_are_settled_at_start() {
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let amount = Money::new(Network::Btc, 500).unwrap();
        let payment = PaymentId { network: Network::Btc, txid: Hash32([9; 32]), index: 0 };
        let key = cryptopayment_domain::ledger::CreditKey { payment, round: 0 };
        let (invoice, at) = (InvoiceId(shop.0), running.gateway().now());
        let owed = LedgerFact::ReversalOwed { key, invoice, amount, at };
        running.write(vec![Fact::Ledger(shop, owed)]).await;
        running.stop().await;

        let running = world.start().await;
        running.durable().await;
        until("the obligation is settled", || {
            running.views().open_obligations().unwrap().is_empty()
        })
        .await;
        let balance = running.views().ledger(shop).unwrap().value.balance(Network::Btc);
        assert_eq!((balance.available, balance.frozen), (-500, true));
        running.until_ledgers_agree(shop).await;
        running.stop().await;
    });
}

#[test]
fn to_a_shorter_chain_is_a_reorganisation_too() {
    story(|_| async {
        for network in [Network::Btc, Network::Bep20] {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let required = network.default_confirmations();
            let invoice = running.open(shop, network, 50).await;
            world.pay(&invoice, invoice.terms.due);
            world.mine(network, required);
            running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
            let node = world.node(network);
            let height = node
                .reorganise_to(required, 1, ReorgStyle::BackToMempool, world.clock.now())
                .unwrap();
            until("the credit is reversed", || running.balance(shop, network) == 0).await;
            until("the tip is the shorter chain's", || {
                running.status(network).tip.is_some_and(|tip| tip.height == height)
            })
            .await;
            world.mine(network, required);
            running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
            running.scanned(network).await;
            assert_eq!(running.balance(shop, network), units(&invoice));
            world.end(running).await;
        }
    });
}

#[test]
fn a_chain_that_only_lost_its_last_blocks_is_waited_for() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let node = world.node(network);
        node.reorganise_to(2, 0, ReorgStyle::BackToMempool, world.clock.now()).unwrap();
        running.until_trouble(network, "lags").await;
        world.mine(network, 3);
        world.clock.jump(Span::from_s(60));
        running.scanned(network).await;
        world.end(running).await;
    });
}

#[test]
fn a_fork_while_the_engine_was_off_is_found_from_a_checkpoint_behind_the_facts() {
    story(|_| async {
        let network = Network::Ltc;
        let required = network.default_confirmations();
        for (back, depth, style) in [
            (3, required, ReorgStyle::Dropped),
            (3, required, ReorgStyle::MinedAgain),
            (3, required, ReorgStyle::BackToMempool),
            (10, required, ReorgStyle::DoubleSpent),
            (3, 2, ReorgStyle::Dropped),
            // No checkpoint at all.
            (0, required, ReorgStyle::Dropped),
        ] {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            world.mine(network, 20);
            let early = running.open(shop, network, 50).await;
            let late = running.open(shop, network, 70).await;
            world.pay(&early, early.terms.due);
            world.mine(network, required - 1);
            world.pay(&late, late.terms.due);
            world.mine(network, 1);
            running.until_standing(&early, Status::Confirmed, Detail::None).await;
            running.until_standing(&late, Status::Confirming, Detail::None).await;
            running.stop().await;

            // The facts are known, the cursor is not.
            let store = world.open_store().await;
            let saved = store.views().checkpoint(network).unwrap().unwrap();
            let kept = saved.hashes.len().saturating_sub(back);
            let height = saved.height - back as u64;
            let hashes = saved.hashes[..kept].to_vec();
            let hashes = if back == 0 { Vec::new() } else { hashes };
            store.save_checkpoint(network, Checkpoint { height, hashes, ..saved });
            store.close().unwrap();
            world.node(network).reorganise(depth, style, world.clock.now()).unwrap();

            let running = world.start().await;
            world.mine(network, 2 * required);
            running.scanned(network).await;
            let expected = world.on_chain(&early) + world.on_chain(&late);
            let what = format!("{back} {depth} {style:?}: the balance is {expected}");
            until(&what, || running.balance(shop, network) == expected).await;
            running.scanned(network).await;
            assert_eq!(running.balance(shop, network), expected, "{what}");
            running.until_ledgers_agree(shop).await;
            world.end(running).await;
        }
    });
}

#[test]
fn what_leaves_the_mempool_without_a_block_is_withdrawn_again() {
    story(|_| async {
        for network in [Network::Btc, Network::Ltc] {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            for spent_twice in [true, false] {
                let invoice = running.open(shop, network, 50).await;
                let txid = world.pay(&invoice, invoice.terms.due);
                running.until_standing(&invoice, Status::Confirming, Detail::None).await;
                match spent_twice {
                    true => drop(world.node(network).double_spend(txid).unwrap()),
                    false => world.node(network).evict(txid).unwrap(),
                }
                running.until_standing(&invoice, Status::Pending, Detail::None).await;
                world.mine(network, 10);
                running.scanned(network).await;
                assert_eq!(running.standing(&invoice), (Status::Pending, Detail::None));
                let kinds = world.courier.kinds_of(invoice.terms.invoice);
                assert!(kinds.is_empty(), "no endpoint is set");
            }
            assert_eq!(running.balance(shop, network), 0);
            world.end(running).await;
        }
    });
}

#[test]
fn a_payment_that_falls_back_into_the_mempool_while_it_is_being_read_is_seen_there() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        world.pay(&invoice, invoice.terms.due);
        running.until_standing(&invoice, Status::Confirming, Detail::None).await;
        // The block with the payment is read; before the mempool is, it leaves again.
        let (node, clock, height) = (world.node(network).clone(), world.clock.clone(), 31);
        let (mut was_read, mut done) = (false, false);
        world.chains[&network].before(move |call| {
            was_read |= call == Call::BlockAt(height);
            if was_read && !done && call == Call::Mempool {
                done = true;
                node.reorganise(1, ReorgStyle::BackToMempool, clock.now()).unwrap();
            }
        });
        world.mine(network, 1);
        until("the chain was reorganised", || {
            running.status(network).tip.is_some_and(|tip| tip.height == height + 1)
        })
        .await;
        running.scanned(network).await;
        assert_eq!(running.standing(&invoice), (Status::Confirming, Detail::Reorged));
        world.end(running).await;
    });
}

#[test]
fn a_payment_that_is_mined_while_the_mempool_is_read_has_not_vanished() {
    story(|_| async {
        let network = Network::Ltc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        world.pay(&invoice, invoice.terms.due);
        running.until_standing(&invoice, Status::Confirming, Detail::None).await;
        let mut feed = running.house().store.feed().subscribe();
        let (node, clock, mut done) = (world.node(network).clone(), world.clock.clone(), false);
        world.chains[&network].before(move |call| {
            if call == Call::Mempool && !done {
                done = true;
                node.mine(1, clock.now()).unwrap();
            }
        });
        until("it is mined", || running.pending(shop, network) > 0).await;
        world.mine(network, 6);
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        running.scanned(network).await;
        let mut facts = Vec::new();
        while let Ok(Ok(group)) = tokio::time::timeout(Duration::from_millis(50), feed.next()).await
        {
            facts.extend(group.facts.clone());
        }
        let vanished =
            |fact: &&Fact| matches!(fact, Fact::Invoice(_, InvoiceFact::PaymentVanished { .. }));
        assert!(!facts.is_empty());
        assert_eq!(facts.iter().filter(vanished).count(), 0);
        drop(feed);
        world.end(running).await;
    });
}
