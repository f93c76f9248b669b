//! A payment set aside that is deep goes to suspense: once, and never beside a credit.

use crate::support::*;
use actix::Actor;
use cryptopayment_actors::operator::{BookSuspense, Booking, Operator, SetPaymentAside};
use cryptopayment_domain::invoice::{Command, Observation};
use cryptopayment_domain::ledger::Account;
use cryptopayment_domain::operator::SetAside;
use cryptopayment_domain::payment::{BlockRef, Tip};

fn suspense(running: &Running, network: Network) -> i128 {
    running.views().house_sum(Account::Suspense, network).unwrap().unwrap()
}

fn units(invoice: &Invoice) -> i128 {
    i128::try_from(invoice.terms.due.units()).unwrap()
}

fn observes(command: &Command, what: fn(&Observation) -> bool) -> bool {
    matches!(command, Command::Observe { observation, .. } if what(observation))
}

/// Every command about this invoice breaks, for ever.
fn break_all(world: &World, invoice: &Invoice) {
    let id = invoice.terms.invoice;
    world.rules.break_on(u32::MAX, move |invoice, _| invoice.terms.invoice == id);
}

#[test]
fn a_deep_payment_set_aside_is_booked_once_on_every_network_and_over_restarts() {
    story(|_| async {
        for network in Network::ALL {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let unlucky = running.open(shop, network, 50).await;
            let other = running.open(shop, network, 50).await;
            break_all(&world, &unlucky);
            world.pay(&unlucky, unlucky.terms.due);
            world.pay(&other, other.terms.due);
            world.mine(network, network.default_confirmations() - 1);
            running.scanned(network).await;
            assert_eq!(running.views().payments_set_aside().unwrap().len(), 1);
            assert_eq!(suspense(&running, network), 0, "{network}: one confirmation is missing");
            world.mine(network, 1);
            until("it is booked", || suspense(&running, network) == units(&unlucky)).await;
            world.mine(network, 3);
            running.scanned(network).await;
            assert_eq!(suspense(&running, network), units(&unlucky));
            assert_eq!(running.balance(shop, network), units(&other));
            running.stop().await;

            // Mended rules change nothing for what waits for a human.
            world.rules.mend();
            let running = world.start().await;
            world.mine(network, 3);
            running.scanned(network).await;
            assert_eq!(suspense(&running, network), units(&unlucky));
            assert_eq!(running.balance(shop, network), units(&other));
            world.end(running).await;
        }
    });
}

#[test]
fn what_was_set_aside_in_the_mempool_or_before_a_restart_is_booked_when_its_block_is_deep() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let unlucky = running.open(shop, network, 50).await;
        break_all(&world, &unlucky);
        world.pay(&unlucky, unlucky.terms.due);
        until("it is set aside", || running.views().payments_set_aside().unwrap().len() == 1).await;
        assert_eq!(running.views().payments_set_aside().unwrap()[0].aside.block, None);
        running.stop().await;

        let running = world.start().await;
        world.mine(network, 1);
        running.scanned(network).await;
        let aside = running.views().payments_set_aside().unwrap();
        assert_eq!(aside[0].aside.block.map(|block| block.height), Some(31));
        running.stop().await;
        let running = world.start().await;
        world.mine(network, 1);
        until("it is booked", || suspense(&running, network) == units(&unlucky)).await;
        world.end(running).await;
    });
}

#[test]
fn what_was_set_aside_and_reorganised_away_is_booked_only_if_it_comes_again() {
    story(|_| async {
        for network in [Network::Ltc, Network::Eth] {
            let required = network.default_confirmations();
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let [again, gone] =
                [running.open(shop, network, 50).await, running.open(shop, network, 60).await];
            let ids = [again.terms.invoice, gone.terms.invoice];
            world.rules.break_on(u32::MAX, move |invoice, _| ids.contains(&invoice.terms.invoice));
            world.pay(&gone, gone.terms.due);
            world.mine(network, 1);
            running.scanned(network).await;
            world.node(network).reorganise(1, ReorgStyle::Dropped, world.clock.now()).unwrap();
            world.pay(&again, again.terms.due);
            world.mine(network, 1);
            running.scanned(network).await;
            let style = ReorgStyle::MinedAgain;
            world.node(network).reorganise_to(1, 1, style, world.clock.now()).unwrap();
            world.mine(network, required);
            until("it is booked", || suspense(&running, network) == units(&again)).await;
            world.mine(network, 2 * required);
            running.scanned(network).await;
            assert_eq!(suspense(&running, network), units(&again), "{network}");
            assert_eq!(running.balance(shop, network), 0);
            world.end(running).await;
        }
    });
}

#[test]
fn an_invoice_that_cannot_deepen_gives_up_only_the_payment_that_breaks_it() {
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        let bad = world.pay(&invoice, percent(invoice.terms.due, 60));
        let good = world.pay(&invoice, percent(invoice.terms.due, 70));
        world.mine(network, 1);
        running.scanned(network).await;
        let bad = PaymentId { network, txid: bad, index: 0 };
        let good = PaymentId { network, txid: good, index: 0 };
        // It breaks whenever it would credit the bad one.
        world.rules.break_on(u32::MAX, move |_, command| match command {
            Command::Deepen { .. } => true,
            Command::Observe { payment, .. } => *payment == bad,
            Command::ScannedThrough { .. }
            | Command::Cancel
            | Command::MarkPaid { .. }
            | Command::Close { .. } => false,
        });
        world.mine(network, 20);
        until("the good one is credited", || running.credit(good, 0).is_some()).await;
        let booked = i128::try_from(percent(invoice.terms.due, 60).units()).unwrap();
        until("the bad one is booked", || suspense(&running, network) == booked).await;
        // From now on nothing breaks, and still the bad one is a human's.
        world.rules.mend();
        world.pay(&invoice, percent(invoice.terms.due, 80));
        world.mine(network, 20);
        running.until_standing(&invoice, Status::Confirmed, Detail::Overpaid).await;
        running.scanned(network).await;
        assert!(running.credit(bad, 0).is_none(), "credited and booked to suspense");
        assert_eq!(suspense(&running, network), booked);
        let credited = i128::try_from(percent(invoice.terms.due, 150).units()).unwrap();
        assert_eq!(running.balance(shop, network), credited);
        running.stop().await;
        let running = world.start().await;
        world.mine(network, 20);
        running.scanned(network).await;
        assert!(running.credit(bad, 0).is_none(), "credited and booked to suspense");
        world.end(running).await;
    });
}

#[test]
fn a_payment_that_left_and_cannot_be_forgotten_is_never_credited() {
    story(|_| async {
        let network = Network::Bep20;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        world.pay(&invoice, invoice.terms.due);
        world.mine(network, 1);
        running.until_standing(&invoice, Status::Confirming, Detail::None).await;
        world.rules.break_on(u32::MAX, |_, command| {
            observes(command, |observation| matches!(observation, Observation::Unmined { .. }))
        });
        world.node(network).reorganise(1, ReorgStyle::Dropped, world.clock.now()).unwrap();
        world.mine(network, 40);
        running.scanned(network).await;
        assert_eq!(running.balance(shop, network), 0, "money that is not there was credited");
        assert_eq!(suspense(&running, network), 0, "money that is not there was booked");
        assert_eq!(running.views().payments_set_aside().unwrap().len(), 1);
        world.end(running).await;
    });
}

#[test]
fn a_credited_payment_that_cannot_be_forgotten_is_not_booked_beside_its_credit() {
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        world.pay(&invoice, invoice.terms.due);
        world.mine(network, 12);
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        world.rules.break_on(u32::MAX, |_, command| {
            observes(command, |observation| matches!(observation, Observation::Unmined { .. }))
        });
        world.node(network).reorganise(12, ReorgStyle::MinedAgain, world.clock.now()).unwrap();
        world.mine(network, 40);
        running.scanned(network).await;
        assert_eq!(running.views().payments_set_aside().unwrap().len(), 1, "a human must look");
        assert_eq!(suspense(&running, network), 0);
        assert_eq!(running.balance(shop, network), units(&invoice));
        world.end(running).await;
    });
}

#[test]
fn the_operator_books_what_is_final_and_once_though_nothing_is_durable_yet() {
    story(|_| async {
        let mut world = World::of(&[]);
        let disk = GatedDisk::default();
        world.disk = std::sync::Arc::new(disk.clone());
        let running = world.start().await;
        let operator = Operator::new(running.house().clone()).start();
        let (network, at) = (Network::Ltc, running.gateway().now());
        let payment = PaymentId { network, txid: Hash32([3; 32]), index: 1 };
        let block = BlockRef { height: 100, hash: Hash32([4; 32]), time: at };
        let tip = |height| Tip { height, hash: Hash32([5; 32]), solid_height: None };
        let book = |height| operator.send(BookSuspense { payment, tip: tip(height), required: 6 });
        assert_eq!(book(200).await.unwrap(), Ok(Booking::NotFinal), "it is not set aside");
        let aside = |block| SetAside {
            payment,
            amount: Money::new(network, 77).unwrap(),
            invoice: Some(InvoiceId(uuid::Uuid::nil())),
            block,
            reason: "a story".to_owned(),
            at,
        };
        operator.send(SetPaymentAside(aside(None))).await.unwrap();
        running.durable().await;
        assert_eq!(book(200).await.unwrap(), Ok(Booking::NotFinal), "it is in no block");
        operator.send(SetPaymentAside(aside(Some(block)))).await.unwrap();
        running.durable().await;
        assert_eq!(book(104).await.unwrap(), Ok(Booking::NotFinal), "one is missing");
        let shut = disk.shut();
        assert!(matches!(book(105).await.unwrap(), Ok(Booking::Booked(_))));
        assert_eq!(book(105).await.unwrap(), Ok(Booking::BookedBefore));
        drop(shut);
        running.durable().await;
        drop(operator);
        let next = Operator::new(running.house().clone()).start();
        let ask = BookSuspense { payment, tip: tip(300), required: 6 };
        assert_eq!(next.send(ask).await.unwrap(), Ok(Booking::BookedBefore));
        assert_eq!(suspense(&running, network), 77);
        drop(next);
        // The views are held by the actors that have just been dropped until they have ended.
        world.end(running).await;
    });
}

#[test]
fn the_freeze_is_moved_once_at_a_time_and_outlives_a_restart() {
    use cryptopayment_actors::gateway::Unwilling;
    use cryptopayment_actors::operator::MoveFreeze;
    use cryptopayment_domain::operator::freeze::Refusal;
    story(|_| async {
        let mut world = World::of(&[]);
        let disk = GatedDisk::default();
        world.disk = std::sync::Arc::new(disk.clone());
        let running = world.start().await;
        let freeze = |why: &str| running.gateway().move_freeze(MoveFreeze::Freeze(why.to_owned()));
        let lift = |why: &str| running.gateway().move_freeze(MoveFreeze::Lift(why.to_owned()));
        assert_eq!(lift("nothing").await, Err(Unwilling::Freeze(Refusal::NotFrozen)));
        assert_eq!(freeze(" ").await, Err(Unwilling::Freeze(Refusal::NoReason)));
        let shut = disk.shut();
        let (first, second) = {
            let (first, second) = (freeze("an audit"), freeze("another"));
            let opened = async {
                until("the journal waits", || running.views().withdrawals_frozen().is_ok()).await;
                assert_eq!(running.views().withdrawals_frozen().unwrap(), None);
                drop(shut);
            };
            let (first, second, ()) = futures::join!(first, second, opened);
            (first, second)
        };
        assert_eq!(first, Ok(()));
        assert_eq!(second, Err(Unwilling::Freeze(Refusal::Frozen)), "though nothing is durable");
        assert_eq!(freeze("again").await, Err(Unwilling::Freeze(Refusal::Frozen)));
        running.stop().await;

        let running = world.start().await;
        let frozen = running.views().withdrawals_frozen().unwrap();
        assert_eq!(frozen.map(|freeze| freeze.reason), Some("an audit".to_owned()));
        let again = running.gateway().move_freeze(MoveFreeze::Freeze("again".to_owned())).await;
        assert_eq!(again, Err(Unwilling::Freeze(Refusal::Frozen)));
        running.gateway().move_freeze(MoveFreeze::Lift("all is well".to_owned())).await.unwrap();
        assert_eq!(running.views().withdrawals_frozen().unwrap(), None);
        world.end(running).await;
    });
}
