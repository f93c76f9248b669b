//! Too much at once is refused at once, and what was taken on is done.

use crate::support::*;
use cryptopayment_actors::gateway::{OPENING_MAX, Unwilling};
use std::sync::Arc;
use std::task::Poll;
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
        let shut = disk.shut();
        // The gate may let a last group through, which makes room for as many as were in it.
        let (mut taken_on, mut refused) = (Vec::new(), 0);
        while refused < 100 {
            let gateway = running.gateway().clone();
            let id = InvoiceId(uuid::Uuid::new_v4());
            let mut opening = Box::pin(async move {
                gateway.open_invoice(request(id, shop, NETWORK, 50, None)).await
            });
            // Whether there is room is the first thing it learns, so that is where it is counted.
            match futures::poll!(&mut opening) {
                Poll::Pending => taken_on.push(tokio::task::spawn_local(opening)),
                Poll::Ready(answer) => {
                    assert_eq!(answer, Err(Unwilling::Overloaded));
                    let waiting = taken_on.iter().filter(|opening| !opening.is_finished()).count();
                    assert_eq!(
                        waiting, OPENING_MAX,
                        "refused although there was room, or too late"
                    );
                    refused += 1;
                }
            }
            tokio::task::yield_now().await;
        }
        drop(shut);
        for opening in taken_on {
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
