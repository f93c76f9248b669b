//! A handler that panics costs nobody else anything: once is made good, twice is set aside.

use crate::support::*;
use cryptopayment_actors::gateway::Unwilling;
use cryptopayment_actors::invoice::{Ask, Inspect, InvoiceActor};
use cryptopayment_domain::invoice::{Command, Observation};

fn units(invoice: &Invoice) -> i128 {
    i128::try_from(invoice.terms.due.units()).unwrap()
}

fn is_about(invoice: &Invoice, id: InvoiceId) -> bool {
    invoice.terms.invoice == id
}

type Breaks = fn(&Command) -> bool;

fn is_mined(command: &Command) -> bool {
    matches!(command, Command::Observe { observation: Observation::Mined { .. }, .. })
}

#[test]
fn what_panics_once_is_told_again_and_nobody_else_notices() {
    story(|_| async {
        for network in [Network::Btc, Network::Trc20] {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let rows: [(&str, Breaks); 3] = [
                ("mined", is_mined),
                ("deep", |command| matches!(command, Command::Deepen { .. })),
                ("any", |_| true),
            ];
            let mut credited = 0;
            for (what, breaks) in rows {
                let unlucky = running.open(shop, network, 50).await;
                let others =
                    [running.open(shop, network, 50).await, running.open(shop, network, 60).await];
                let id = unlucky.terms.invoice;
                let panics = world.rules.panics();
                world
                    .rules
                    .break_on(1, move |invoice, command| is_about(invoice, id) && breaks(command));
                for invoice in [&others[0], &unlucky, &others[1]] {
                    world.pay(invoice, invoice.terms.due);
                    credited += units(invoice);
                }
                world.mine(network, 1);
                running.scanned(network).await;
                world.mine(network, 39);
                for invoice in [&others[0], &unlucky, &others[1]] {
                    running.until_standing(invoice, Status::Confirmed, Detail::None).await;
                }
                running.scanned(network).await;
                assert_eq!(world.rules.panics(), panics + 1, "{what}");
                assert_eq!(running.balance(shop, network), credited, "{network} {what}");
                let actor = running.house().find::<InvoiceActor>(id).await.unwrap();
                assert_eq!(actor.send(Inspect).await.unwrap(), Some(running.invoice(id)));
            }
            assert!(running.views().payments_set_aside().unwrap().is_empty());
            assert!(running.status(network).trouble.is_none());
            running.until_ledgers_agree(shop).await;
            world.end(running).await;
        }
    });
}

#[test]
fn what_panics_twice_is_set_aside_and_the_cursor_goes_on() {
    story(|_| async {
        let network = Network::Ltc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let unlucky = running.open(shop, network, 50).await;
        let other = running.open(shop, network, 70).await;
        let id = unlucky.terms.invoice;
        world.rules.break_on(2, move |invoice, _| is_about(invoice, id));
        world.node(network).set_faults(&[Fault::Unreachable]);
        let txid = world.pay(&unlucky, unlucky.terms.due);
        world.pay(&other, other.terms.due);
        world.mine(network, 1);
        world.node(network).set_faults(&[]);
        world.clock.jump(Span::from_s(61));
        running.until_standing(&other, Status::Confirming, Detail::None).await;
        running.scanned(network).await;
        assert_eq!(world.rules.panics(), 2);
        let aside = running.views().payments_set_aside().unwrap();
        assert_eq!(aside.len(), 1);
        let aside = &aside[0];
        assert_eq!(aside.aside.payment, PaymentId { network, txid, index: 0 });
        assert_eq!((aside.aside.invoice, aside.aside.amount), (Some(id), unlucky.terms.due));
        assert_eq!(aside.aside.block.map(|block| block.height), Some(31));
        assert!(!aside.booked && aside.aside.reason.contains("panicked"));
        world.mine(network, 10);
        running.until_standing(&other, Status::Confirmed, Detail::None).await;
        assert_eq!(running.balance(shop, network), units(&other));
        // Another payment of the same invoice is like any other.
        world.pay(&unlucky, unlucky.terms.due);
        world.mine(network, 10);
        running.until_standing(&unlucky, Status::Confirmed, Detail::None).await;
        running.scanned(network).await;
        assert_eq!(running.balance(shop, network), units(&other) + units(&unlucky));
        running.until_ledgers_agree(shop).await;
        world.end(running).await;
    });
}

#[test]
fn a_request_that_panics_is_answered_once_and_the_next_finds_the_invoice_well() {
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        let id = invoice.terms.invoice;
        world.rules.break_on(1, |_, command| matches!(command, Command::Cancel));
        let actor = running.house().find::<InvoiceActor>(id).await.unwrap();
        assert_eq!(actor.send(Ask(Command::Cancel)).await.unwrap(), Err(Unwilling::Crashed));
        assert_eq!(actor.send(Inspect).await.unwrap(), Some(invoice.clone()));
        assert!(actor.send(Ask(Command::Cancel)).await.unwrap().is_ok());
        assert_eq!(running.standing(&invoice), (Status::Expired, Detail::Cancelled));
        world.end(running).await;
    });
}

#[test]
fn what_time_does_to_an_invoice_that_panics_waits_for_better_days() {
    story(|_| async {
        let network = Network::Bep20;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let unlucky = running.open(shop, network, 50).await;
        let other = running.open(shop, network, 50).await;
        let id = unlucky.terms.invoice;
        world.rules.break_on(u32::MAX, move |invoice, command| {
            is_about(invoice, id) && matches!(command, Command::ScannedThrough { .. })
        });
        world.clock.jump(Span::from_minutes(31));
        running.until_standing(&other, Status::Expired, Detail::None).await;
        running.scanned(network).await;
        assert_eq!(running.standing(&unlucky), (Status::Pending, Detail::None));
        assert!(running.views().payments_set_aside().unwrap().is_empty());
        world.rules.mend();
        running.until_standing(&unlucky, Status::Expired, Detail::None).await;
        world.end(running).await;
    });
}

#[test]
fn a_courier_that_panics_loses_no_webhook() {
    const SHOP: &str = "https://shop.example/webhook";
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        world.courier.answer(SHOP, Answer::Panics);
        let invoice = running.open(shop, network, 50).await;
        world.pay(&invoice, invoice.terms.due);
        world.mine(network, 1);
        until("it panicked", || !world.courier.attempts().is_empty()).await;
        world.courier.answer(SHOP, Answer::Status(200));
        a_while().await;
        world.clock.jump(Span::from_s(10));
        let id = invoice.terms.invoice;
        until("it is told", || {
            let deliveries = running.views().deliveries_of(id).unwrap();
            deliveries.iter().any(|delivery| {
                delivery
                    .value
                    .last_outcome
                    .as_ref()
                    .is_some_and(|outcome| outcome.is_acknowledged())
            })
        })
        .await;
        world.end(running).await;
    });
}

#[test]
fn a_watcher_that_panics_begins_again_from_its_checkpoint() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoices =
            [running.open(shop, network, 50).await, running.open(shop, network, 60).await];
        let mut calls = 0;
        world.chains[&network].before(move |_| {
            calls += 1;
            assert!(
                calls % 7 != 0 || calls > 60,
                "the adapter breaks here because the story says so"
            );
        });
        for invoice in &invoices {
            world.pay(invoice, invoice.terms.due);
            world.mine(network, 2);
        }
        running.until_trouble(network, "panicked and begins again").await;
        for _ in 0..20 {
            world.clock.jump(Span::from_s(61));
            a_while().await;
        }
        for invoice in &invoices {
            running.until_standing(invoice, Status::Confirmed, Detail::None).await;
        }
        running.scanned(network).await;
        assert_eq!(running.balance(shop, network), units(&invoices[0]) + units(&invoices[1]));
        world.end(running).await;
    });
}
