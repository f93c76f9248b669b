//! Too much at once is refused at once, and what was taken on is done.

use crate::support::*;
use cryptopayment_actors::gateway::{OPENING_MAX, Unwilling};
use std::sync::Arc;
use std::time::{Duration, Instant};

const NETWORK: Network = Network::Bep20;

#[test]
fn beyond_the_bound_openings_are_refused_at_once_and_the_others_are_answered() {
    story(|_| async {
        let mut world = World::of(&[NETWORK]);
        let disk = GatedDisk::default();
        world.disk = Arc::new(disk.clone());
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let shut = disk.shut();
        let open_one = || {
            let gateway = running.gateway().clone();
            let id = InvoiceId(uuid::Uuid::new_v4());
            tokio::task::spawn_local(async move {
                gateway.open_invoice(request(id, shop, NETWORK, 50, None)).await
            })
        };
        let mut openings: Vec<_> = (0..OPENING_MAX).map(|_| open_one()).collect();
        // The gate may let a last group through, which makes room for as many as were in it.
        let mut refused = 0;
        while refused < 100 {
            let opening = open_one();
            let began = Instant::now();
            while !opening.is_finished() && began.elapsed() < Duration::from_secs(3) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            match opening.is_finished() {
                true => {
                    assert_eq!(opening.await.unwrap(), Err(Unwilling::Overloaded));
                    refused += 1;
                }
                false => openings.push(opening),
            }
            let waiting = openings.iter().filter(|opening| !opening.is_finished()).count();
            assert!(waiting <= OPENING_MAX, "{waiting} were taken on at once");
        }
        drop(shut);
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
        let shut = disk.shut();
        for _ in 0..3 {
            let openings = (0..OPENING_MAX / 2).map(|_| {
                let id = InvoiceId(uuid::Uuid::new_v4());
                running.try_open(id, shop, NETWORK, 50, None)
            });
            let all = futures::future::join_all(openings);
            assert!(tokio::time::timeout(Duration::from_millis(100), all).await.is_err());
        }
        drop(shut);
        running.open(shop, NETWORK, 50).await;
        world.end(running).await;
    });
}
