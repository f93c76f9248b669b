//! Idle copies go, and come again when they are asked for: never two of one, nothing lost between.

use crate::support::*;
use cryptopayment_actors::gateway::{Begun, IdempotencyKey, Unwilling};
use cryptopayment_actors::invoice::{Inspect, InvoiceActor};
use cryptopayment_actors::ledger::{LedgerActor, Told};
use cryptopayment_actors::registry::{CountLive, LetIdleGo};
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::ledger::LedgerFact;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

#[test]
fn who_is_idle_for_two_rounds_goes_and_comes_again_as_it_was() {
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        let id = invoice.terms.invoice;
        let registry = running.house().registry.clone();
        assert_eq!(registry.send(CountLive).await.unwrap().invoices, 1);
        registry.send(LetIdleGo).await.unwrap();
        assert_eq!(registry.send(CountLive).await.unwrap().invoices, 1, "it was asked for");
        registry.send(LetIdleGo).await.unwrap();
        let began = std::time::Instant::now();
        loop {
            let live = registry.send(CountLive).await.unwrap();
            if live.invoices + live.merchants + live.ledgers + live.deliveries == 0 {
                break;
            }
            assert!(began.elapsed() < Duration::from_secs(20), "{live:?}");
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let actor = running.house().find::<InvoiceActor>(id).await.unwrap();
        assert_eq!(actor.send(Inspect).await.unwrap(), Some(invoice));
        world.end(running).await;
    });
}

#[test]
fn messages_that_come_while_a_copy_leaves_get_the_next_and_there_are_never_two() {
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let id = running.open(shop, network, 50).await.terms.invoice;
        let house = running.house().clone();
        let held = house.find::<InvoiceActor>(id).await.unwrap();
        running.let_idle_go().await;
        // Somebody still holds the old copy: the next one does not come.
        let next = tokio::spawn({
            let house = house.clone();
            async move { house.find::<InvoiceActor>(id).await.unwrap() }
        });
        a_while().await;
        assert!(!next.is_finished(), "there are two copies");
        assert!(held.send(Inspect).await.unwrap().is_some(), "the old copy still answers");
        drop(held);
        let next = next.await.unwrap();
        assert!(next.send(Inspect).await.unwrap().is_some());
        assert_eq!(house.registry.send(CountLive).await.unwrap().invoices, 1);
        drop((house, next));
        world.end(running).await;
    });
}

#[test]
fn nothing_is_lost_or_doubled_while_everybody_comes_and_goes() {
    story(|mut chance| async move {
        let networks = [Network::Btc, Network::Bep20];
        let world = World::of(&networks);
        let running = world.start().await;
        let mut shops = Vec::new();
        for name in ["one", "two", "three"] {
            let url = format!("https://{name}.example/hook");
            shops.push(running.merchant(name, Some(&url)).await.merchant_id);
        }
        let over = Arc::new(AtomicBool::new(false));
        let sweeps = Arc::new(AtomicU32::new(0));
        let sweeper = tokio::spawn({
            let (registry, over) = (running.house().registry.clone(), over.clone());
            let sweeps = sweeps.clone();
            async move {
                while !over.load(Ordering::SeqCst) {
                    registry.send(LetIdleGo).await.unwrap();
                    tokio::time::sleep(Duration::from_micros(500)).await;
                    sweeps.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let mut invoices = Vec::new();
        for _ in 0..30 {
            let network = networks[chance.random_range(0..2)];
            let shop = shops[chance.random_range(0..3)];
            let invoice = running.open(shop, network, chance.random_range(10..90)).await;
            for _ in 0..chance.random_range(1..4) {
                world.pay(&invoice, percent(invoice.terms.due, chance.random_range(20..90)));
            }
            invoices.push(invoice);
            if chance.random_bool(0.4) {
                world.mine(network, chance.random_range(1..4));
            }
            if chance.random_bool(0.2) {
                let node = world.node(network);
                let (depth, now) = (chance.random_range(1..20), world.clock.now());
                node.reorganise(depth, ReorgStyle::BackToMempool, now).unwrap();
            }
        }
        for network in networks {
            world.mine(network, 40);
        }
        for shop in &shops {
            for network in networks {
                let own = invoices.iter().filter(|invoice| {
                    invoice.terms.merchant == *shop && invoice.terms.network == network
                });
                let expected: i128 = own.map(|invoice| world.on_chain(invoice)).sum();
                let what = format!("{network}: {expected} units are credited");
                until(&what, || running.balance(*shop, network) == expected).await;
            }
        }
        for network in networks {
            running.scanned(network).await;
        }
        for shop in &shops {
            running.until_ledgers_agree(*shop).await;
        }
        until("everybody was let go often", || sweeps.load(Ordering::SeqCst) > 100).await;
        over.store(true, Ordering::SeqCst);
        sweeper.await.unwrap();
        for invoice in &invoices {
            let id = invoice.terms.invoice;
            let actor = running.house().find::<InvoiceActor>(id).await.unwrap();
            assert_eq!(actor.send(Inspect).await.unwrap(), Some(running.invoice(id)));
            let queued = running.views().deliveries_of(id).unwrap().len();
            until("its webhooks went out", || world.courier.kinds_of(id).len() == queued).await;
        }
        world.end(running).await;
    });
}

#[test]
fn a_reserved_key_stays_reserved_while_idle_copies_go() {
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let key = IdempotencyKey { key_digest: [1; 32], body_digest: [2; 32] };
        let Begun::Fresh(reservation) = running.gateway().begin(shop, key).await.unwrap() else {
            panic!("the key is new");
        };
        for _ in 0..3 {
            running.let_idle_go().await;
        }
        a_while().await;
        let again =
            tokio::time::timeout(Duration::from_secs(20), running.gateway().begin(shop, key));
        match again.await.expect("it is answered at once") {
            Err(refused) => assert_eq!(refused, Unwilling::InProgress),
            Ok(_) => panic!("one key was given to two requests"),
        }
        drop(reservation);
        world.end(running).await;
    });
}

#[test]
fn a_foreign_fact_is_taken_exactly_once_whether_the_row_had_it_or_not() {
    story(|mut chance| async move {
        let world = World::of(&[]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let network = Network::Ltc;
        for _ in 0..60 {
            let amount = Money::new(network, chance.random_range(1..1000)).unwrap();
            let (invoice, at) = (InvoiceId(shop.0), running.gateway().now());
            let fact = LedgerFact::CapitalGranted { invoice, amount, at };
            let ticket = running.house().store.append(vec![Fact::Ledger(shop, fact.clone())]);
            let told = Told { seq: ticket.last, fact };
            // The copy is loaded before or after the fact is durable, and told once or more often.
            if chance.random_bool(0.5) {
                ticket.durable().await;
            }
            if chance.random_bool(0.5) {
                running.let_idle_go().await;
            }
            for _ in 0..chance.random_range(1..4) {
                let ledger = running.house().find::<LedgerActor>(shop).await.unwrap();
                ledger.send(told.clone()).await.unwrap().unwrap();
            }
            running.until_ledgers_agree(shop).await;
        }
        world.end(running).await;
    });
}
