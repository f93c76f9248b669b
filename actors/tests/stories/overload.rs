//! Too much at once is refused at once, and what was taken on is done.

use crate::support::*;
use cryptopayment_actors::gateway::{OPENING_MAX, Unwilling};
use std::sync::Arc;
use std::time::Duration;

const NETWORK: Network = Network::Bep20;

#[test]
fn beyond_the_bound_openings_are_refused_at_once_and_the_others_are_answered() {
    story(|_| async {
        let mut world = World::of(&[NETWORK]);
        let disk = GatedDisk::default();
        world.disk = Arc::new(disk.clone());
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        disk.shut();
        let mut openings: Vec<tokio::task::JoinHandle<_>> = Vec::new();
        // The gate may have let a last group through.
        while openings.iter().filter(|opening| !opening.is_finished()).count() < OPENING_MAX {
            let gateway = running.gateway().clone();
            let id = InvoiceId(uuid::Uuid::new_v4());
            openings.push(tokio::task::spawn_local(async move {
                gateway.open_invoice(request(id, shop, NETWORK, 50, None)).await
            }));
            if openings.len() >= OPENING_MAX {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        for _ in 0..100 {
            let id = InvoiceId(uuid::Uuid::new_v4());
            let refused = running.try_open(id, shop, NETWORK, 50, None);
            let refused = tokio::time::timeout(Duration::from_secs(5), refused).await;
            assert_eq!(refused.expect("it waited"), Err(Unwilling::Overloaded));
        }
        disk.open_gate();
        for opening in openings {
            opening.await.unwrap().unwrap();
        }
        let counts = running.views().invoice_counts(shop).unwrap();
        assert!(counts[0].1 >= OPENING_MAX as u64, "{counts:?}");
        running.open(shop, NETWORK, 50).await;
        world.end(running).await;
    });
}

#[test]
fn a_client_that_goes_away_gives_its_place_to_another() {
    story(|_| async {
        let mut world = World::of(&[NETWORK]);
        let disk = GatedDisk::default();
        world.disk = Arc::new(disk.clone());
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        disk.shut();
        for _ in 0..3 {
            let openings = (0..OPENING_MAX / 2).map(|_| {
                let id = InvoiceId(uuid::Uuid::new_v4());
                running.try_open(id, shop, NETWORK, 50, None)
            });
            let all = futures::future::join_all(openings);
            assert!(tokio::time::timeout(Duration::from_millis(100), all).await.is_err());
        }
        disk.open_gate();
        running.open(shop, NETWORK, 50).await;
        world.end(running).await;
    });
}
