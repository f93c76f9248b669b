//! Ends without notice: what was acknowledged is there, what was owed is done.

use crate::support::*;
use cryptopayment_actors::ledger::{LedgerActor, Settle};
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::invoice::{Command, Observation, decide};
use cryptopayment_domain::ledger::LedgerFact;
use cryptopayment_domain::webhook::{DeliveryState, EventSet};
use cryptopayment_storage::testing::FakeDisk;
use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

const SHOP: &str = "https://shop.example/webhook";

#[test]
fn what_was_queued_and_not_delivered_is_delivered_after_the_next_start() {
    story(|_| async {
        let network = Network::Bep20;
        let mut world = World::of(&[network]);
        world.delivers = false;
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let mut invoices = Vec::new();
        for _ in 0..5 {
            let invoice = running.open(shop, network, 50).await;
            world.pay(&invoice, invoice.terms.due);
            invoices.push(invoice);
        }
        world.mine(network, 20);
        for invoice in &invoices {
            running.until_standing(invoice, Status::Confirmed, Detail::None).await;
        }
        running.crash();
        assert!(world.courier.attempts().is_empty());

        world.delivers = true;
        let running = world.start().await;
        for invoice in &invoices {
            let id = invoice.terms.invoice;
            until("both webhooks", || world.courier.kinds_of(id).len() == 2).await;
            assert_eq!(world.courier.kinds_of(id), ["payment_detected", "payment_confirmed"]);
        }
        world.end(running).await;
    });
}

#[test]
fn a_reversal_that_no_ledger_heard_of_is_settled_at_the_next_start_and_once() {
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        world.pay(&invoice, invoice.terms.due);
        world.mine(network, 12);
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        let tip = running.status(network).tip.unwrap();
        running.stop().await;

        // The commit of a reversal, with nobody alive to hear of it.
        let style = ReorgStyle::Dropped;
        world.node(network).reorganise(12, style, world.clock.now()).unwrap();
        let store = world.open_store().await;
        let state = store.views().invoice(invoice.terms.invoice).unwrap().unwrap().value;
        let payment = state.payments[0].id;
        let block = state.payments[0].block().unwrap().hash;
        let observation = Observation::Unmined { block };
        let command = Command::Observe { payment, observation, tip };
        let facts = decide(&state, &command, EventSet::SEED, world.clock.now()).unwrap().facts;
        assert!(
            facts
                .iter()
                .any(|fact| matches!(fact, Fact::Ledger(_, LedgerFact::ReversalOwed { .. })))
        );
        store.append(facts).durable().await;
        store.close().unwrap();

        for _ in 0..2 {
            let running = world.start().await;
            running.durable().await;
            assert_eq!(running.balance(shop, network), 0);
            assert!(running.views().open_obligations().unwrap().is_empty());
            let ledger = running.house().find::<LedgerActor>(shop).await.unwrap();
            ledger.send(Settle).await.unwrap().unwrap();
            drop(ledger);
            running.scanned(network).await;
            assert_eq!(running.standing(&invoice), (Status::Confirmed, Detail::Reorged));
            world.end(running).await;
        }
    });
}

#[test]
fn after_any_power_cut_every_acknowledged_invoice_is_there_and_the_books_hold() {
    story(|mut chance| async move {
        let network = Network::Ltc;
        let mut world = World::of(&[network]);
        let disk = FakeDisk::new(chance.random());
        world.disk = Arc::new(disk.clone());
        let first = world.start().await;
        let shop = first.merchant("shop", Some(SHOP)).await.merchant_id;
        let mut running = first;
        let mut invoices: Vec<Invoice> = Vec::new();
        for life in 0..6 {
            disk.cut_power_after(chance.random_range(5..250));
            while disk.is_powered() {
                if let Some(invoice) = open_unless_cut(&running, shop, network).await {
                    invoices.push(invoice);
                }
                live_a_little(&world, &mut chance, &invoices, network);
            }
            running.crash();
            disk.restart();
            println!("  life {life}: {} invoices", invoices.len());
            running = world.start().await;
            for invoice in &invoices {
                assert_eq!(running.invoice(invoice.terms.invoice).terms, invoice.terms);
            }
        }
        world.mine(network, 40);
        settled(&world, &running, &invoices, shop, network).await;
        let indexes: BTreeSet<_> =
            invoices.iter().map(|invoice| invoice.terms.address_index).collect();
        let next = running.views().next_address_index(network).unwrap();
        assert_eq!(indexes.len(), invoices.len(), "an address was given twice");
        assert!(indexes.last().is_none_or(|last| *last < next));
        for invoice in &invoices {
            let id = invoice.terms.invoice;
            until("every webhook arrived", || {
                let deliveries = running.views().deliveries_of(id).unwrap();
                deliveries.iter().all(|row| row.value.state == DeliveryState::Acknowledged)
            })
            .await;
            let mut kinds = world.courier.kinds_of(id);
            kinds.dedup();
            assert!(kinds.len() <= 2, "out of order: {kinds:?}");
        }
        world.end(running).await;
    });
}

async fn open_unless_cut(running: &Running, shop: MerchantId, network: Network) -> Option<Invoice> {
    let id = InvoiceId(uuid::Uuid::new_v4());
    let opened = running.try_open(id, shop, network, 50, None);
    // Once the power is off nothing is ever acknowledged again.
    let opened = tokio::time::timeout(Duration::from_secs(3), opened).await;
    matches!(opened, Ok(Ok(_))).then(|| running.invoice(id))
}

/// Customers pay, blocks come and sometimes go.
fn live_a_little(world: &World, chance: &mut StdRng, invoices: &[Invoice], network: Network) {
    if let Some(last) = invoices.last() {
        world.pay(last, percent(last.terms.due, chance.random_range(30..120)));
    }
    if chance.random_bool(0.7) {
        world.mine(network, chance.random_range(1..4));
    }
    if chance.random_bool(0.2) {
        let depth = chance.random_range(1..10);
        let style = [ReorgStyle::BackToMempool, ReorgStyle::MinedAgain, ReorgStyle::Dropped];
        let style = style[chance.random_range(0..3)];
        world.node(network).reorganise(depth, style, world.clock.now()).unwrap();
    }
}

async fn settled(
    world: &World,
    running: &Running,
    invoices: &[Invoice],
    shop: MerchantId,
    network: Network,
) {
    running.scanned(network).await;
    let expected: i128 = invoices.iter().map(|invoice| world.on_chain(invoice)).sum();
    let what = format!("the balance is what the chain holds, {expected}");
    until(&what, || running.balance(shop, network) == expected).await;
    running.scanned(network).await;
    assert_eq!(running.balance(shop, network), expected, "{what}");
    assert!(running.views().open_obligations().unwrap().is_empty());
    running.until_ledgers_agree(shop).await;
}

#[test]
fn a_killed_engine_goes_on_where_it_was_and_its_successor_is_alone() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let mut opened = BTreeSet::new();
        let invoice = running.open(shop, network, 50).await;
        opened.insert(invoice.terms.address_index);
        world.pay(&invoice, invoice.terms.due);
        world.mine(network, 1);
        running.until_standing(&invoice, Status::Confirming, Detail::None).await;
        let floor = running.views().watching_floor(network).unwrap();
        running.crash();
        for _ in 0..5 {
            let running = world.start().await;
            let next = running.open(shop, network, 50).await;
            assert!(opened.insert(next.terms.address_index), "an address was given twice");
            assert_eq!(running.views().watching_floor(network).unwrap(), floor);
            running.crash();
        }
        world.mine(network, 1);
        let running = world.start().await;
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        assert_eq!(running.invoice(invoice.terms.invoice).payments.len(), 1);
        world.end(running).await;
    });
}
