//! Two branches of a chain, of which either may win: what is told of one is never held against the
//! other.

use crate::support::*;
use cryptopayment_domain::invoice::{Command, Observation};
use parking_lot::{Condvar, Mutex};
use std::sync::Arc;
use std::time::Duration;

/// The chain turns to another branch, we are killed while we tell of it, and it turns back.
#[test]
fn a_branch_that_wins_in_the_end_is_read_again_also_after_a_kill_in_between() {
    story(|_| async {
        for network in [Network::Btc, Network::Eth] {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let invoices =
                [running.open(shop, network, 50).await, running.open(shop, network, 70).await];
            for invoice in &invoices {
                world.pay(invoice, invoice.terms.due);
            }
            let height = world.mine(network, 1);
            for invoice in &invoices {
                running.until_standing(invoice, Status::Confirming, Detail::None).await;
            }
            running.scanned(network).await;

            // Of the first it is told, and the second never hears of it.
            let gate = Arc::new(Gate::default());
            let at_the_gate = Arc::clone(&gate);
            world.rules.break_on(u32::MAX, move |_, command| {
                let is_unmined = matches!(
                    command,
                    Command::Observe { observation: Observation::Unmined { .. }, .. }
                );
                if is_unmined {
                    at_the_gate.pass();
                }
                false
            });
            let fork = Fork { height, hash: Hash32([9; 32]), lags_from: height };
            world.chains[&network].fork(Some(fork));
            world.clock.jump(Span::from_s(61));
            let is_gone = |invoice: &Invoice| running.standing(invoice).1 == Detail::Reorged;
            until("one of them has heard", || invoices.iter().any(is_gone)).await;
            running.crash();
            world.rules.mend();
            world.chains[&network].fork(None);

            let running = world.start().await;
            world.mine(network, network.default_confirmations());
            for invoice in &invoices {
                running.until_standing(invoice, Status::Confirmed, Detail::None).await;
            }
            let expected: i128 = invoices.iter().map(|invoice| world.on_chain(invoice)).sum();
            assert_eq!(running.balance(shop, network), expected);
            world.end(running).await;
        }
    });
}

/// Lets one pass and holds the others for a second: long enough to be killed there.
#[derive(Default)]
struct Gate {
    passed: Mutex<u32>,
    never: Condvar,
}

impl Gate {
    fn pass(&self) {
        let mut passed = self.passed.lock();
        *passed += 1;
        if *passed > 1 {
            self.never.wait_for(&mut passed, Duration::from_secs(1));
        }
    }
}

#[test]
fn a_node_that_lags_while_we_look_for_the_fork_takes_nothing_back() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        world.pay(&invoice, invoice.terms.due);
        let height = world.mine(network, 4);
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        running.scanned(network).await;
        let fork = Fork { height, hash: Hash32([9; 32]), lags_from: height - 3 };
        world.chains[&network].fork(Some(fork));
        for _ in 0..3 {
            let calls = world.chains[&network].calls();
            world.clock.jump(Span::from_s(61));
            until("it is asked again", || world.chains[&network].calls() > calls + 2).await;
        }
        a_while().await;
        assert_eq!(running.standing(&invoice), (Status::Confirmed, Detail::None));
        world.chains[&network].fork(None);
        world.clock.jump(Span::from_s(61));
        running.scanned(network).await;
        assert_eq!(running.balance(shop, network), world.on_chain(&invoice));
        let payment = running.invoice(invoice.terms.invoice).payments[0].id;
        assert_eq!(running.credit(payment, 1), None, "there was no second round");
        world.end(running).await;
    });
}
