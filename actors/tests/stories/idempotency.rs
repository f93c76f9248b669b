//! One key, one effect, one answer.

use crate::support::*;
use cryptopayment_actors::gateway::{
    Begun, IdempotencyKey, RenderedAnswer, Reservation, Unwilling,
};
use std::sync::Arc;
use std::time::Duration;
use uuid::Uuid;

const KEY: IdempotencyKey = IdempotencyKey { key_digest: [1; 32], body_digest: [2; 32] };
const NETWORK: Network = Network::Eth;

async fn begin(running: &Running, shop: MerchantId) -> Reservation {
    match running.gateway().begin(shop, KEY).await {
        Ok(Begun::Fresh(reservation)) => reservation,
        Ok(Begun::Replay(_)) => panic!("it was answered before"),
        Err(refused) => panic!("{refused}"),
    }
}

async fn replay(running: &Running, shop: MerchantId) -> RenderedAnswer {
    match running.gateway().begin(shop, KEY).await {
        Ok(Begun::Replay(answer)) => answer,
        Ok(Begun::Fresh(_)) => panic!("it was never answered"),
        Err(refused) => panic!("{refused}"),
    }
}

async fn refusal(running: &Running, shop: MerchantId, key: IdempotencyKey) -> Unwilling {
    running.gateway().begin(shop, key).await.map(|_| ()).unwrap_err()
}

fn new_id() -> InvoiceId {
    InvoiceId(Uuid::new_v4())
}

#[test]
fn the_first_answer_is_repeated_byte_for_byte_and_over_a_restart() {
    story(|_| async {
        let world = World::of(&[NETWORK]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let other = running.merchant("other", None).await.merchant_id;
        let reservation = begin(&running, shop).await;
        assert_eq!(refusal(&running, shop, KEY).await, Unwilling::InProgress);
        drop(begin(&running, other).await);
        let opened = running.try_open(new_id(), shop, NETWORK, 50, Some(reservation)).await;
        let first = opened.unwrap();
        let expected = RenderedAnswer { replayed: true, ..first.clone() };
        assert_eq!(replay(&running, shop).await, expected);
        let reused = IdempotencyKey { body_digest: [3; 32], ..KEY };
        assert_eq!(refusal(&running, shop, reused).await, Unwilling::KeyReused);
        running.stop().await;
        let running = world.start().await;
        assert_eq!(replay(&running, shop).await, expected);
        assert_eq!(refusal(&running, shop, reused).await, Unwilling::KeyReused);
        assert_eq!(running.views().invoice_counts(shop).unwrap()[0].1, 1, "one effect");
        world.end(running).await;
    });
}

#[test]
fn a_refused_or_dropped_request_leaves_the_key_free() {
    story(|_| async {
        let world = World::of(&[NETWORK]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let reservation = begin(&running, shop).await;
        let refused = running.try_open(new_id(), shop, NETWORK, 0, Some(reservation)).await;
        assert!(matches!(refused, Err(Unwilling::Refused(_))));
        let reservation = begin(&running, shop).await;
        let refused = running.try_open(new_id(), shop, Network::Btc, 50, Some(reservation)).await;
        assert!(matches!(refused, Err(Unwilling::NetworkUnavailable { .. })));
        drop(begin(&running, shop).await);
        // Even where no runtime is at hand any more.
        let reservation = begin(&running, shop).await;
        std::thread::spawn(move || drop(reservation)).join().unwrap();
        let reservation = begin(&running, shop).await;
        running.try_open(new_id(), shop, NETWORK, 50, Some(reservation)).await.unwrap();
        world.end(running).await;
    });
}

#[test]
fn a_client_that_goes_away_does_not_free_the_key_before_the_answer_is_durable() {
    story(|_| async {
        let mut world = World::of(&[NETWORK]);
        let disk = GatedDisk::default();
        world.disk = Arc::new(disk.clone());
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let reservation = begin(&running, shop).await;
        let shut = disk.shut();
        let id = new_id();
        let opening = running.try_open(id, shop, NETWORK, 50, Some(reservation));
        let opening = tokio::time::timeout(Duration::from_millis(300), opening).await;
        assert!(opening.is_err(), "it was answered before it was durable");
        // The client has gone; its repetition must not open a second invoice.
        assert_eq!(refusal(&running, shop, KEY).await, Unwilling::InProgress);
        drop(shut);
        running.durable().await;
        assert_eq!(replay(&running, shop).await.status, 201);
        assert!(running.views().invoice(id).unwrap().is_some());
        world.end(running).await;
    });
}

#[test]
fn many_repetitions_at_once_have_one_effect() {
    story(|_| async {
        let world = World::of(&[NETWORK]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        for round in 0..20_u8 {
            let key = IdempotencyKey { key_digest: [round; 32], body_digest: [2; 32] };
            let requests = (0..20).map(|_| async {
                match running.gateway().begin(shop, key).await {
                    Ok(Begun::Fresh(reservation)) => running
                        .try_open(new_id(), shop, NETWORK, 50, Some(reservation))
                        .await
                        .map(|answer| answer.body),
                    Ok(Begun::Replay(answer)) => Ok(answer.body),
                    Err(refused) => Err(refused),
                }
            });
            let answers = futures::future::join_all(requests).await;
            let mut bodies: Vec<_> = answers.iter().flatten().collect();
            bodies.dedup();
            assert_eq!(bodies.len(), 1, "round {round}: {answers:?}");
            let refused = answers.iter().filter_map(|answer| answer.as_ref().err());
            assert!(refused.into_iter().all(|refused| *refused == Unwilling::InProgress));
        }
        let invoices: u64 =
            running.views().invoice_counts(shop).unwrap().iter().map(|(_, count)| count).sum();
        assert_eq!(invoices, 20);
        world.end(running).await;
    });
}

#[test]
fn after_seven_days_a_key_is_as_good_as_new() {
    story(|_| async {
        let world = World::of(&[NETWORK]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let reservation = begin(&running, shop).await;
        let first = running.try_open(new_id(), shop, NETWORK, 50, Some(reservation)).await.unwrap();
        world.clock.jump(Span::from_hours(7 * 24 - 1));
        assert_eq!(replay(&running, shop).await.body, first.body);
        world.clock.jump(Span::from_hours(2));
        running.scanned(NETWORK).await;
        let reservation = begin(&running, shop).await;
        let second =
            running.try_open(new_id(), shop, NETWORK, 50, Some(reservation)).await.unwrap();
        assert_ne!(first.body, second.body);
        assert_eq!(replay(&running, shop).await.body, second.body);
        world.end(running).await;
    });
}

#[test]
fn one_address_has_one_account_however_many_sign_up_at_once() {
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let gateway = running.gateway();
        let sign_up = || gateway.register_merchant("Shop@example.com", None, None, true);
        let signed_up = futures::future::join_all((0..10).map(|_| sign_up())).await;
        let made: Vec<_> = signed_up.iter().flatten().collect();
        assert_eq!(made.len(), 1, "{} accounts", made.len());
        let refused = signed_up.iter().filter_map(|one| one.as_ref().err());
        assert!(refused.into_iter().all(|refused| *refused == Unwilling::EmailTaken));
        let admin = || gateway.register_admin("admin@example.com", "a long password");
        let made = futures::future::join_all((0..3).map(|_| admin())).await;
        assert_eq!(made.iter().filter(|one| one.is_ok()).count(), 1);
        assert_eq!(running.views().admins().unwrap().len(), 1);
        world.end(running).await;
    });
}
