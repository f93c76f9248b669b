//! A backup is put back: what happened after it is lost here, and known to the chains only.

use crate::support::*;
use crate::withdrawals::{
    KEY, NETWORK, WALLET, approve, ask, money, requested, shop_with, standing, usdt,
};
use cryptopayment_actors::gateway::{Begun, Reservation, Unwilling};
use cryptopayment_actors::operator::MoveFreeze;
use cryptopayment_domain::ledger::Account;
use cryptopayment_domain::withdrawal::{Command as Decision, Refusal, Status as Standing};
use std::collections::BTreeSet;

fn suspense(running: &Running, network: Network) -> i128 {
    running.views().house_sum(Account::Suspense, network).unwrap().unwrap_or(0)
}

fn units(invoice: &Invoice) -> i128 {
    i128::try_from(invoice.terms.due.units()).unwrap()
}

/// Pays in full, and mines until that is deep.
async fn paid(world: &World, running: &Running, invoice: &Invoice) {
    world.pay(invoice, invoice.terms.due);
    world.mine(invoice.terms.network, invoice.terms.confirmations_required);
    running.until_standing(invoice, Status::Confirmed, Detail::None).await;
}

#[test]
fn what_was_paid_after_the_backup_is_credited_once_or_lies_in_suspense() {
    story(|_| async {
        for network in [Network::Ltc, Network::Eth, Network::Trc20] {
            let mut world = World::of(&[network]);
            let out = tempfile::tempdir().unwrap();
            let file = out.path().join("gateway.backup");
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let before = running.open(shop, network, 40).await;
            paid(&world, &running, &before).await;
            let waiting = running.open(shop, network, 50).await;
            running.scanned(network).await;
            world.back_up(&running, &file);
            // After the backup: an old invoice is paid, new ones are opened, and paid or not.
            paid(&world, &running, &waiting).await;
            let lost = running.open(shop, network, 60).await;
            paid(&world, &running, &lost).await;
            let late = running.open(shop, network, 70).await;
            let balance = running.balance(shop, network);
            running.crash();

            world.restore(&file);
            let running = world.start().await;
            running.until_standing(&waiting, Status::Confirmed, Detail::None).await;
            until("the lost payment is booked", || suspense(&running, network) == units(&lost))
                .await;
            assert_eq!(running.balance(shop, network), balance - units(&lost), "{network}");
            assert_eq!(running.balance(shop, network), units(&before) + units(&waiting));
            // Somebody pays an address that only the lost gateway had shown.
            world.pay(&late, late.terms.due);
            world.mine(network, 2 * network.default_confirmations());
            let both = units(&lost) + units(&late);
            until("that is booked too", || suspense(&running, network) == both).await;
            let listed = running.views().payments_set_aside().unwrap();
            assert_eq!(listed.len(), 2);
            for invoice in [&lost, &late] {
                let of_it = |one: &&cryptopayment_storage::PaymentSetAside| {
                    one.aside.reason.contains(&invoice.terms.address)
                };
                let one = listed.iter().find(of_it).unwrap();
                assert_eq!((one.aside.invoice, one.booked), (None, true));
                assert_eq!(one.aside.amount, invoice.terms.due);
            }
            running.stop().await;

            // The next start watches them still, and books nothing twice.
            let running = world.start().await;
            world.pay(&late, late.terms.due);
            world.mine(network, 2 * network.default_confirmations());
            until("it is booked", || suspense(&running, network) == both + units(&late)).await;
            assert_eq!(running.balance(shop, network), units(&before) + units(&waiting));
            world.end(running).await;
        }
    });
}

#[test]
fn no_address_is_ever_given_twice_though_the_backup_knows_nothing_of_the_last_ones() {
    story(|_| async {
        let network = Network::Btc;
        let mut world = World::of(&[network]);
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("gateway.backup");
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let mut shown = BTreeSet::new();
        for _ in 0..5 {
            shown.insert(running.open(shop, network, 50).await.terms.address_index);
        }
        world.back_up(&running, &file);
        for _ in 0..5 {
            shown.insert(running.open(shop, network, 50).await.terms.address_index);
        }
        running.crash();
        for life in 1..=3 {
            if life == 1 {
                world.restore(&file);
            }
            let running = world.start().await;
            for _ in 0..5 {
                let index = running.open(shop, network, 50).await.terms.address_index;
                assert!(shown.insert(index), "address {index} was shown before");
                assert!(index >= 1_000_005, "address {index} is among the skipped");
            }
            running.stop().await;
        }
        let running = world.start().await;
        world.end(running).await;
    });
}

#[test]
fn withdrawals_are_frozen_until_somebody_lifts_that() {
    story(|_| async {
        let mut world = World::of(&[]);
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("gateway.backup");
        let running = world.start().await;
        running.merchant("shop", None).await;
        assert_eq!(running.views().withdrawals_frozen().unwrap(), None);
        world.back_up(&running, &file);
        running.crash();
        world.restore(&file);
        let running = world.start().await;
        assert!(running.views().withdrawals_frozen().unwrap().is_some());
        let lift = MoveFreeze::Lift("all payments were looked at".to_owned());
        running.gateway().move_freeze(lift).await.unwrap();
        assert_eq!(running.views().withdrawals_frozen().unwrap(), None);
        running.stop().await;
        let running = world.start().await;
        assert_eq!(running.views().withdrawals_frozen().unwrap(), None);
        world.end(running).await;
    });
}

/// The same request again, under the same key.
async fn reserved(running: &Running, shop: MerchantId) -> Option<Reservation> {
    match running.gateway().begin(shop, KEY).await.unwrap() {
        Begun::Fresh(reservation) => Some(reservation),
        Begun::Replay(_) => None,
    }
}

#[test]
fn what_was_decided_after_a_backup_is_not_paid_again_unseen() {
    story(|_| async {
        let mut world = World::of(&[NETWORK]);
        let out = tempfile::tempdir().unwrap();
        let file = out.path().join("gateway.backup");
        let running = world.start().await;
        let shop = shop_with(&running, usdt("2000")).await;
        let early = requested(&running, shop, "600").await;
        world.back_up(&running, &file);
        // What happens now may have been paid, and the backup knows nothing of it.
        running.gateway().decide_withdrawal(early, approve()).await.unwrap();
        let late = ask(&running, shop, usdt("400"), WALLET, reserved(&running, shop).await).await;
        let late = late.unwrap();
        assert_eq!(money(&running, shop), (1000, 1000));
        running.crash();

        world.restore(&file);
        let running = world.start().await;
        let gateway = running.gateway();
        assert_eq!(running.views().withdrawal(late).unwrap(), None);
        assert_eq!(standing(&running, early), Standing::PendingReview);
        assert_eq!(money(&running, shop), (1400, 600));
        let frozen = || Unwilling::from(Refusal::FrozenByOperator);
        let again = ask(&running, shop, usdt("400"), WALLET, reserved(&running, shop).await).await;
        assert_eq!(again, Err(frozen()), "the same key, and nothing is known under it");
        assert_eq!(gateway.decide_withdrawal(early, approve()).await, Err(frozen()));
        // The operator finds in the wallet that the early one was paid, and the late one was not.
        let paid = Decision::Reject { reason: "paid before the restore".into() };
        gateway.decide_withdrawal(early, paid).await.unwrap();
        let lift = MoveFreeze::Lift("the wallet was looked at".to_owned());
        gateway.move_freeze(lift).await.unwrap();
        let once = ask(&running, shop, usdt("400"), WALLET, reserved(&running, shop).await).await;
        assert_eq!(standing(&running, once.unwrap()), Standing::Approved);
        world.end(running).await;
    });
}
