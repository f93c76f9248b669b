//! Where watching begins, and how far back a fork is followed.

use crate::support::*;
use cryptopayment_storage::Checkpoint;

fn units(invoice: &Invoice) -> i128 {
    i128::try_from(invoice.terms.due.units()).unwrap()
}

#[test]
fn a_fork_right_after_the_very_first_start_is_nothing_special() {
    story(|_| async {
        for network in Network::ALL {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let invoice = running.open(shop, network, 50).await;
            world.pay(&invoice, invoice.terms.due);
            // The block that was the tip at the first start leaves, and two below it.
            world
                .node(network)
                .reorganise(3, ReorgStyle::BackToMempool, world.clock.now())
                .unwrap();
            world.mine(network, 40);
            running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
            assert_eq!(running.balance(shop, network), units(&invoice));
            world.end(running).await;
        }
    });
}

#[test]
fn a_node_that_answers_little_at_a_time_still_lets_the_network_open_and_remember() {
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        // Every fifth question is one too many.
        let (node, mut calls) = (world.node(network).clone(), 0);
        world.chains[&network].before(move |_| {
            calls += 1;
            match calls % 5 == 0 && calls < 200 {
                true => node.set_faults(&[Fault::RateLimited]),
                false => node.set_faults(&[]),
            }
        });
        let running = world.start_unready().await;
        let began = std::time::Instant::now();
        while !running.status(network).open_for_invoices {
            assert!(began.elapsed().as_secs() < 20, "{:?}", running.status(network));
            world.clock.jump(Span::from_s(61));
            a_while().await;
        }
        world.mine(network, 2);
        running.scanned(network).await;
        until("all blocks below are remembered", || {
            let saved = running.views().checkpoint(network).unwrap().unwrap();
            saved.hashes.len() as u64 > saved.height
        })
        .await;
        world.end(running).await;
    });
}

#[test]
fn a_fork_at_the_floor_while_off_without_a_checkpoint_loses_no_payment() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        running.stop().await;
        let store = world.open_store().await;
        let saved = store.views().checkpoint(network).unwrap().unwrap();
        store.save_checkpoint(network, Checkpoint { hashes: Vec::new(), ..saved });
        store.close().unwrap();
        // The payment enters a block at the height at which watching began.
        let node = world.node(network);
        node.reorganise_to(2, 0, ReorgStyle::BackToMempool, world.clock.now()).unwrap();
        world.pay(&invoice, invoice.terms.due);
        world.mine(network, 5);
        let running = world.start().await;
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        assert_eq!(running.balance(shop, network), units(&invoice));
        world.end(running).await;
    });
}

#[test]
fn a_fork_below_everything_remembered_stops_that_network_and_says_so() {
    story(|_| async {
        let (network, other) = (Network::Btc, Network::Ltc);
        let world = World::of(&[network, other]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        world.mine(network, 140);
        running.scanned(network).await;
        let invoice = running.open(shop, network, 50).await;
        world.node(network).reorganise(110, ReorgStyle::Dropped, world.clock.now()).unwrap();
        world.pay(&invoice, invoice.terms.due);
        world.mine(network, 10);
        let trouble = running.until_trouble(network, "forked below block").await;
        assert!(trouble.contains("crediting has stopped"), "{trouble}");
        world.clock.jump(Span::from_s(61));
        until("it takes no invoices", || !running.status(network).open_for_invoices).await;
        assert_eq!(running.standing(&invoice), (Status::Pending, Detail::None));
        assert_eq!(running.balance(shop, network), 0);
        let healthy = running.open(shop, other, 50).await;
        world.pay(&healthy, healthy.terms.due);
        world.mine(other, 10);
        running.until_standing(&healthy, Status::Confirmed, Detail::None).await;
        world.end(running).await;
    });
}

#[test]
fn hashes_of_another_fork_are_never_remembered_below_ours() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        running.stop().await;
        let store = world.open_store().await;
        let saved = store.views().checkpoint(network).unwrap().unwrap();
        let (height, hashes) = (saved.height, vec![*saved.hashes.last().unwrap()]);
        store.save_checkpoint(network, Checkpoint { height, hashes, ..saved });
        store.close().unwrap();
        // While the blocks below are asked for, the chain is reorganised, and the payment enters a
        // block below the only one that is remembered.
        let (node, now) = (world.node(network).clone(), world.clock.now());
        let (address, due, mut done) = (address_of(&invoice), invoice.terms.due, false);
        world.chains[&network].before(move |call| {
            if call == Call::HashAt(height - 1) && !done {
                done = true;
                node.reorganise_to(4, 0, ReorgStyle::Dropped, now).unwrap();
                node.pay(&address, due).unwrap();
                node.mine(8, now).unwrap();
            }
        });
        let running = world.start_unready().await;
        // It cannot know where the fork begins, and says so rather than pass over the payment.
        running.until_trouble(network, "forked below block").await;
        assert_eq!(running.standing(&invoice), (Status::Pending, Detail::None));
        world.end(running).await;
    });
}
