//! What waits to be mined: replaced, unknown elsewhere, too much at once, unreadable, pushed. It is
//! shown and never credited, and what is no longer is as if it had never been.

use crate::support::*;
use cryptopayment_chains::adapter::{ChainError, Mempool, Witness};
use cryptopayment_domain::fact::Fact;
use cryptopayment_domain::invoice::InvoiceFact;
use parking_lot::Mutex;
use std::sync::Arc;
use std::time::Duration;

const SHOP: &str = "https://shop.example.com/hook";
const BTC: Network = Network::Btc;
/// Longer than a sighting stands that nobody shows any more.
const LONG: Span = Span::from_minutes(31);

/// Where a story says what the node's mempool looks like.
#[derive(Clone, Default)]
struct Dial(Arc<Mutex<Setting>>);

#[derive(Clone, Default)]
struct Setting {
    /// Another node answers, one that does not know these.
    view: u64,
    lacks: Vec<Hash32>,
    /// The node was there all the time, and alone.
    alone: bool,
    loading: bool,
    untold: bool,
    fails: bool,
}

impl Dial {
    fn on(world: &World) -> Dial {
        let dial = Dial::default();
        let setting = dial.0.clone();
        world.chains[&BTC].mempools(move |mempool| setting.lock().answer(mempool));
        dial
    }

    fn turn(&self, turn: impl FnOnce(&mut Setting)) {
        turn(&mut self.0.lock());
    }
}

impl Setting {
    fn answer(&self, mut mempool: Mempool) -> Result<Mempool, ChainError> {
        if self.fails {
            let (provider, detail) = ("node".to_owned(), "getrawmempool: forbidden".to_owned());
            return Err(ChainError::Refused { provider, detail });
        }
        mempool.txids.retain(|txid| !self.lacks.contains(txid));
        let alone_for = self.alone.then_some(Duration::MAX);
        mempool.witness = Witness { view: self.view, alone_for };
        mempool.is_whole = !self.loading;
        mempool.all_told = !self.untold;
        Ok(mempool)
    }
}

/// A shop with an invoice that is paid and seen.
async fn seen(world: &World) -> (Running, Invoice, Hash32) {
    let running = world.start().await;
    let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
    let invoice = running.open(shop, BTC, 50).await;
    let txid = world.pay(&invoice, invoice.terms.due);
    running.until_standing(&invoice, Status::Confirming, Detail::None).await;
    running.scanned(BTC).await;
    (running, invoice, txid)
}

#[test]
fn a_replacement_is_seen_in_place_of_what_it_replaces() {
    story(|_| async {
        let world = World::of(&[BTC]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let other = running.open(shop, BTC, 50).await;
        // In hundredths of what is due: to the same invoice, to the other one.
        let rows = [
            (120, 0, (Status::Confirming, Detail::Overpaid)),
            (40, 0, (Status::Confirming, Detail::Underpaid)),
            (0, 100, (Status::Pending, Detail::None)),
            (0, 0, (Status::Pending, Detail::None)),
        ];
        for (same, elsewhere, stands) in rows {
            let before = running.balance(shop, BTC);
            let invoice = running.open(shop, BTC, 50).await;
            let due = invoice.terms.due;
            let old = world.pay(&invoice, due);
            running.until_standing(&invoice, Status::Confirming, Detail::None).await;
            let mut feed = running.house().store.feed().subscribe();
            let payees: Vec<_> = [(&invoice, same), (&other, elsewhere)]
                .into_iter()
                .filter(|(_, hundredths)| *hundredths > 0)
                .map(|(invoice, hundredths)| (address_of(invoice), percent(due, hundredths)))
                .collect();
            match payees.is_empty() {
                true => world.node(BTC).double_spend(old),
                false => world.node(BTC).replace(old, &payees),
            }
            .unwrap();
            running.until_standing(&invoice, stands.0, stands.1).await;
            running.scanned(BTC).await;
            // All that belongs to it is durable; the feed tells it in its own time.
            let mut facts: Vec<InvoiceFact> = Vec::new();
            loop {
                let is_gone =
                    |fact: &InvoiceFact| matches!(fact, InvoiceFact::PaymentVanished { .. });
                let is_new = |fact: &InvoiceFact| matches!(fact, InvoiceFact::PaymentSeen { payment, .. } if payment.txid != old);
                let (gone, came) = (facts.iter().position(is_gone), facts.iter().position(is_new));
                if gone.is_some() && came.is_some() != payees.is_empty() {
                    assert!(came.is_none() || gone < came, "never both at once: {facts:?}");
                    break;
                }
                let next = tokio::time::timeout(Duration::from_secs(20), feed.next()).await;
                let told = next.unwrap().unwrap();
                facts.extend(told.facts.iter().filter_map(|fact| match fact {
                    Fact::Invoice(_, fact) => Some(fact.clone()),
                    Fact::Merchant(..)
                    | Fact::Ledger(..)
                    | Fact::Delivery(..)
                    | Fact::Operator(..)
                    | Fact::Watching(..)
                    | Fact::Withdrawal(..) => None,
                }));
            }
            assert_eq!(running.balance(shop, BTC), before, "nothing is credited before its depth");
            drop(feed);
            world.mine(BTC, 2);
            running.scanned(BTC).await;
            let expected = i128::try_from(percent(due, same).units()).unwrap();
            assert_eq!(world.on_chain(&invoice), expected);
            let paid = same >= 100;
            let events = if paid {
                vec!["payment_detected", "payment_confirmed"]
            } else {
                vec!["payment_detected"]
            };
            let id = invoice.terms.invoice;
            until("the events", || world.courier.kinds_of(id).len() >= events.len()).await;
            assert_eq!(world.courier.kinds_of(id), events);
        }
        running.until_standing(&other, Status::Confirmed, Detail::None).await;
        let due = other.terms.due;
        let credited = [120, 40, 100].map(|part| percent(due, part).units()).iter().sum::<u128>();
        assert_eq!(running.balance(shop, BTC), i128::try_from(credited).unwrap());
        world.end(running).await;
    });
}

/// Sixty hundredths replaced by sixty others are not a hundred and twenty, not even for a moment.
#[test]
fn money_that_replaces_money_is_never_counted_beside_it() {
    story(|_| async {
        let world = World::of(&[BTC]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        let invoice = running.open(shop, BTC, 50).await;
        world.clock.jump(Span::from_minutes(31));
        running.until_standing(&invoice, Status::Expired, Detail::None).await;
        let part = percent(invoice.terms.due, 60);
        let old = world.pay(&invoice, part);
        running.until_standing(&invoice, Status::Expired, Detail::PaidLate).await;
        let more = percent(invoice.terms.due, 61);
        world.node(BTC).replace(old, &[(address_of(&invoice), more)]).unwrap();
        until("both were known", || running.invoice(invoice.terms.invoice).payments.len() == 2)
            .await;
        running.scanned(BTC).await;
        assert_eq!(running.standing(&invoice), (Status::Expired, Detail::PaidLate));
        assert!(running.invoice(invoice.terms.invoice).detected_at.is_none());
        assert!(world.courier.attempts().is_empty());
        world.end(running).await;
    });
}

#[test]
fn what_another_node_lacks_stands_until_nobody_has_shown_it_for_long() {
    story(|_| async {
        let world = World::of(&[BTC]);
        let dial = Dial::on(&world);
        let (running, invoice, txid) = seen(&world).await;
        dial.turn(|setting| (setting.view, setting.lacks) = (1, vec![txid]));
        running.scanned(BTC).await;
        assert_eq!(running.standing(&invoice), (Status::Confirming, Detail::None));
        // For almost long enough; then it is shown again, and the time begins anew.
        world.clock.jump(Span::from_minutes(29));
        running.scanned(BTC).await;
        dial.turn(|setting| setting.lacks.clear());
        running.scanned(BTC).await;
        dial.turn(|setting| (setting.view, setting.lacks) = (2, vec![txid]));
        running.scanned(BTC).await;
        world.clock.jump(Span::from_minutes(29));
        running.scanned(BTC).await;
        assert!(running.invoice(invoice.terms.invoice).payments[0].is_present());
        world.clock.jump(Span::from_minutes(2));
        until("it is withdrawn", || {
            !running.invoice(invoice.terms.invoice).payments[0].is_present()
        })
        .await;
        // The node that had it comes back, and has it: it is seen again, and mined, and credited.
        dial.turn(|setting| (setting.view, setting.lacks) = (0, Vec::new()));
        world.mine(BTC, 2);
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        world.end(running).await;
    });
}

#[test]
fn the_node_that_showed_it_is_believed_at_once_and_not_while_it_loads() {
    story(|_| async {
        let world = World::of(&[BTC]);
        let dial = Dial::on(&world);
        let (running, invoice, txid) = seen(&world).await;
        dial.turn(|setting| setting.loading = true);
        dial.turn(|setting| setting.lacks = vec![txid]);
        let calls = world.chains[&BTC].calls();
        until("it was looked at", || world.chains[&BTC].calls() > calls + 6).await;
        running.durable().await;
        assert_eq!(running.standing(&invoice), (Status::Confirming, Detail::None));
        dial.turn(|setting| setting.loading = false);
        running.until_standing(&invoice, Status::Pending, Detail::None).await;
        world.end(running).await;
    });
}

#[test]
fn what_is_excluded_by_another_transaction_is_withdrawn_wherever_that_is_seen() {
    story(|_| async {
        // The double spend is seen waiting, or in a block, at a node that never had the payment.
        for mined in [false, true] {
            let world = World::of(&[BTC]);
            let dial = Dial::on(&world);
            let (running, invoice, txid) = seen(&world).await;
            dial.turn(|setting| (setting.view, setting.lacks) = (1, vec![txid]));
            running.scanned(BTC).await;
            assert_eq!(running.standing(&invoice), (Status::Confirming, Detail::None));
            if mined {
                world.node(BTC).set_faults(&[Fault::Unreachable]);
                running.until_trouble(BTC, "refused").await;
            }
            world.node(BTC).double_spend(txid).unwrap();
            if mined {
                world.mine(BTC, 1);
                world.node(BTC).set_faults(&[]);
                world.clock.jump(Span::from_s(61));
            }
            running.until_standing(&invoice, Status::Pending, Detail::None).await;
            world.end(running).await;
        }
    });
}

#[test]
fn after_a_restart_only_a_node_that_was_alone_is_believed_at_once() {
    story(|_| async {
        for alone in [true, false] {
            let world = World::of(&[BTC]);
            let dial = Dial::on(&world);
            let (running, invoice, txid) = seen(&world).await;
            running.stop().await;
            world.node(BTC).evict(txid).unwrap();
            dial.turn(|setting| setting.alone = alone);
            let running = world.start().await;
            running.scanned(BTC).await;
            if !alone {
                assert_eq!(running.standing(&invoice), (Status::Confirming, Detail::None));
                world.clock.jump(LONG);
            }
            until("it is withdrawn", || {
                !running.invoice(invoice.terms.invoice).payments[0].is_present()
            })
            .await;
            world.end(running).await;
        }
    });
}

#[test]
fn a_mempool_that_fails_or_hangs_delays_no_block_and_expires_nothing() {
    story(|_| async {
        for hangs in [false, true] {
            let world = World::of(&[BTC]);
            let dial = Dial::on(&world);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let (paid, unpaid) =
                (running.open(shop, BTC, 50).await, running.open(shop, BTC, 50).await);
            world.chains[&BTC].mempool_hangs(hangs);
            dial.turn(|setting| setting.fails = !hangs);
            if !hangs {
                running.until_trouble(BTC, "the mempool cannot be read: node refuses us").await;
            }
            world.pay(&paid, paid.terms.due);
            for height in 31..=34 {
                world.mine(BTC, 1);
                until("the block is read", || {
                    running.status(BTC).tip.is_some_and(|tip| tip.height >= height)
                })
                .await;
            }
            running.until_standing(&paid, Status::Confirmed, Detail::None).await;
            world.clock.jump(Span::from_minutes(32));
            world.mine(BTC, 1);
            until("blocks go on", || running.status(BTC).tip.is_some_and(|tip| tip.height == 35))
                .await;
            running.durable().await;
            assert_eq!(running.standing(&unpaid), (Status::Pending, Detail::None));
            world.chains[&BTC].mempool_hangs(false);
            dial.turn(|setting| setting.fails = false);
            world.clock.jump(Span::from_s(61));
            running.until_standing(&unpaid, Status::Expired, Detail::None).await;
            world.end(running).await;
        }
    });
}

#[test]
fn nothing_expires_before_all_that_waits_was_told() {
    story(|_| async {
        let world = World::of(&[BTC]);
        let dial = Dial::on(&world);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, BTC, 50).await;
        dial.turn(|setting| setting.untold = true);
        let calls = world.chains[&BTC].calls();
        until("it is asked", || world.chains[&BTC].calls() > calls + 6).await;
        world.clock.jump(Span::from_minutes(31));
        let calls = world.chains[&BTC].calls();
        until("it is asked again", || world.chains[&BTC].calls() > calls + 6).await;
        running.durable().await;
        assert_eq!(running.standing(&invoice), (Status::Pending, Detail::None));
        dial.turn(|setting| setting.untold = false);
        running.until_standing(&invoice, Status::Expired, Detail::None).await;
        world.end(running).await;
    });
}

#[test]
fn a_push_is_looked_after_at_once_and_a_quiet_node_is_asked_all_the_same() {
    story(|_| async {
        let mut world = World::of(&[BTC]);
        world.poll_interval = Span::from_hours(1);
        world.chains[&BTC].push();
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, BTC, 50).await;
        world.pay(&invoice, invoice.terms.due);
        running.until_standing(&invoice, Status::Confirming, Detail::None).await;
        world.mine(BTC, 2);
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        let calls = world.chains[&BTC].calls();
        world.clock.jump(Span::from_hours(2));
        until("it is asked", || world.chains[&BTC].calls() > calls).await;
        world.end(running).await;
    });
}
