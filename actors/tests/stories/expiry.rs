//! Expiry follows what was scanned, never the wall clock alone.

use crate::support::*;

const SHOP: &str = "https://shop.example/webhook";

/// A network that sees payments before they are mined, and one that does not.
const TWO: [Network; 2] = [Network::Btc, Network::Trc20];

#[test]
fn a_quiet_chain_holds_no_invoice() {
    story(|_| async {
        let world = World::whole();
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let mut invoices = Vec::new();
        for network in Network::ALL {
            invoices.push(running.open(shop, network, 50).await);
        }
        world.clock.jump(Span::from_minutes(29));
        for network in Network::ALL {
            running.scanned(network).await;
        }
        for invoice in &invoices {
            assert_eq!(running.standing(invoice), (Status::Pending, Detail::None));
        }
        world.clock.jump(Span::from_minutes(1));
        for invoice in &invoices {
            running.until_standing(invoice, Status::Expired, Detail::None).await;
        }
        assert!(world.courier.attempts().is_empty());
        world.end(running).await;
    });
}

#[test]
fn a_node_that_cannot_be_asked_or_lags_holds_expiry() {
    story(|_| async {
        for network in TWO {
            let faults = [
                (Fault::Unreachable, "refused"),
                (Fault::Behind { blocks: 2 }, "lags"),
                (Fault::Stalled { height: 20 }, "lags"),
                (Fault::Hangs, "no answer"),
            ];
            for (fault, says) in faults {
                let world = World::of(&[network]);
                let running = world.start().await;
                let shop = running.merchant("shop", None).await.merchant_id;
                let invoice = running.open(shop, network, 50).await;
                world.node(network).set_faults(&[fault]);
                running.until_trouble(network, says).await;
                for _ in 0..5 {
                    world.clock.jump(Span::from_minutes(15));
                    let calls = world.chains[&network].calls();
                    until("it is asked again", || world.chains[&network].calls() > calls).await;
                }
                a_while().await;
                let standing = running.standing(&invoice);
                assert_eq!(standing, (Status::Pending, Detail::None), "{network} {fault:?}");
                world.node(network).set_faults(&[]);
                world.clock.jump(Span::from_s(60));
                running.until_standing(&invoice, Status::Expired, Detail::None).await;
                world.end(running).await;
            }
        }
    });
}

#[test]
fn a_payment_made_before_expiry_and_read_long_after_is_in_time() {
    story(|_| async {
        for network in TWO {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
            let invoice = running.open(shop, network, 50).await;
            world.node(network).set_faults(&[Fault::Unreachable]);
            running.until_trouble(network, "refused").await;
            world.clock.jump(Span::from_minutes(20));
            world.pay(&invoice, invoice.terms.due);
            world.mine(network, 1);
            world.clock.jump(Span::from_hours(3));
            world.mine(network, 40);
            world.node(network).set_faults(&[]);
            world.clock.jump(Span::from_s(60));
            running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
            let id = invoice.terms.invoice;
            until("both webhooks", || world.courier.kinds_of(id).len() == 2).await;
            world.end(running).await;
        }
    });
}

#[test]
fn a_payment_made_while_the_engine_was_off_over_expiry_is_in_time() {
    story(|_| async {
        for network in TWO {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let invoice = running.open(shop, network, 50).await;
            let unpaid = running.open(shop, network, 50).await;
            running.stop().await;
            world.pay(&invoice, invoice.terms.due);
            world.mine(network, 1);
            world.clock.jump(Span::from_hours(2));
            world.mine(network, 40);
            let running = world.start().await;
            running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
            running.until_standing(&unpaid, Status::Expired, Detail::None).await;
            world.end(running).await;
        }
    });
}

#[test]
fn within_the_grace_a_late_payment_confirms_and_says_that_it_was_late() {
    story(|_| async {
        for network in TWO {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
            let invoice = running.open(shop, network, 50).await;
            world.clock.jump(Span::from_minutes(35));
            running.until_standing(&invoice, Status::Expired, Detail::None).await;
            world.pay(&invoice, invoice.terms.due);
            world.mine(network, 1);
            running.until_standing(&invoice, Status::Confirming, Detail::None).await;
            world.mine(network, 40);
            running.until_standing(&invoice, Status::Confirmed, Detail::PaidLate).await;
            let id = invoice.terms.invoice;
            until("both webhooks", || world.courier.kinds_of(id).len() == 2).await;
            assert_eq!(world.courier.kinds_of(id), ["payment_detected", "payment_confirmed"]);
            world.end(running).await;
        }
    });
}

#[test]
fn after_the_grace_money_is_credited_but_the_invoice_stays_expired() {
    story(|_| async {
        for network in TWO {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
            let invoice = running.open(shop, network, 50).await;
            world.clock.jump(Span::from_minutes(46));
            running.until_standing(&invoice, Status::Expired, Detail::None).await;
            world.pay(&invoice, invoice.terms.due);
            world.mine(network, 40);
            let due = i128::try_from(invoice.terms.due.units()).unwrap();
            until("it is credited", || running.balance(shop, network) == due).await;
            assert_eq!(running.standing(&invoice), (Status::Expired, Detail::PaidLate));
            assert!(world.courier.attempts().is_empty());
            world.end(running).await;
        }
    });
}

#[test]
fn what_is_not_mined_a_day_after_expiry_is_late() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        world.pay(&invoice, invoice.terms.due);
        running.until_standing(&invoice, Status::Confirming, Detail::None).await;
        world.clock.jump(Span::from_hours(24));
        running.scanned(network).await;
        assert_eq!(running.standing(&invoice), (Status::Confirming, Detail::None));
        world.clock.jump(Span::from_minutes(31));
        running.until_standing(&invoice, Status::Expired, Detail::PaidLate).await;
        world.mine(network, 10);
        let due = i128::try_from(invoice.terms.due.units()).unwrap();
        until("it is credited", || running.balance(shop, network) == due).await;
        assert_eq!(running.standing(&invoice), (Status::Expired, Detail::PaidLate));
        world.end(running).await;
    });
}

#[test]
fn more_invoices_run_out_at_once_than_are_read_at_once() {
    story(|_| async {
        let network = Network::Bep20;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let opened = (0..2100).map(|_| running.open(shop, network, 50));
        let invoices = futures::future::join_all(opened).await;
        world.clock.jump(Span::from_minutes(31));
        let counted = || running.views().invoice_counts(shop).unwrap();
        let expired = || counted().into_iter().find(|(status, _)| *status == Status::Expired);
        until("all are expired", || {
            expired().is_some_and(|(_, count)| count == invoices.len() as u64)
        })
        .await;
        world.end(running).await;
    });
}
