//! The sandbox: pays, mines and reorganises for whoever asks.

use crate::support::*;
use cryptopayment_actors::gateway::{SandboxAsk, SandboxDid, SandboxRefusal};

async fn ask(running: &Running, ask: SandboxAsk) -> Result<SandboxDid, SandboxRefusal> {
    running.gateway().sandbox(ask).await.expect("there is a sandbox")
}

fn pay(invoice: &Invoice, amount: Option<&str>) -> SandboxAsk {
    SandboxAsk::Pay { address: invoice.terms.address.clone(), amount: amount.map(str::to_owned) }
}

#[test]
fn on_every_network_an_invoice_is_paid_what_is_due_mined_and_reorganised() {
    story(|_| async {
        let mut world = World::whole();
        world.sandbox = true;
        let running = world.start().await;
        assert!(running.gateway().has_sandbox());
        let shop = running.merchant("shop", None).await.merchant_id;
        for network in Network::ALL {
            let invoice = running.open(shop, network, 50).await;
            let part = percent(invoice.terms.due, 30).to_string();
            ask(&running, pay(&invoice, Some(&part))).await.unwrap();
            ask(&running, SandboxAsk::Mine { network, blocks: 1 }).await.unwrap();
            running.until_standing(&invoice, Status::Confirming, Detail::Underpaid).await;
            // Without an amount it is what remains.
            ask(&running, pay(&invoice, None)).await.unwrap();
            let depth = 1;
            let moved = ask(&running, SandboxAsk::Reorganise { network, depth }).await.unwrap();
            let height = world.node(network).height();
            assert_eq!(moved, SandboxDid::Moved { network, height });
            ask(&running, SandboxAsk::Mine { network, blocks: 40 }).await.unwrap();
            running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
            let due = i128::try_from(invoice.terms.due.units()).unwrap();
            assert_eq!(running.balance(shop, network), due, "{network}");
        }
        world.end(running).await;
    });
}

#[test]
fn what_cannot_be_done_is_refused_with_a_reason() {
    story(|_| async {
        let network = Network::Trc20;
        let mut world = World::of(&[network]);
        world.sandbox = true;
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        let unknown = SandboxAsk::Pay { address: "nobody's".to_owned(), amount: None };
        assert_eq!(ask(&running, unknown).await, Err(SandboxRefusal::UnknownAddress));
        for amount in ["0", "-1", "NaN", "1e400", "", "0.0000001"] {
            let refused = ask(&running, pay(&invoice, Some(amount))).await;
            assert_eq!(refused, Err(SandboxRefusal::InvalidAmount), "{amount:?}");
        }
        let out_of_bounds = [
            SandboxAsk::Mine { network, blocks: 0 },
            SandboxAsk::Mine { network, blocks: 1001 },
            SandboxAsk::Reorganise { network, depth: 0 },
            SandboxAsk::Reorganise { network, depth: 101 },
            // TRON's solid blocks stay.
            SandboxAsk::Reorganise { network, depth: 25 },
            SandboxAsk::Mine { network: Network::Btc, blocks: 1 },
        ];
        for asked in out_of_bounds {
            let refused = ask(&running, asked.clone()).await;
            assert!(
                matches!(refused, Err(SandboxRefusal::OutOfBounds(_))),
                "{asked:?} {refused:?}"
            );
        }
        assert_eq!(running.standing(&invoice), (Status::Pending, Detail::None));
        world.end(running).await;
    });
}

#[test]
fn blocks_come_by_themselves_at_the_pace_that_was_asked_for() {
    story(|_| async {
        let network = Network::Eth;
        let mut world = World::of(&[network]);
        world.sandbox = true;
        world.block_time = Some(Span::from_s(2));
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        ask(&running, pay(&invoice, None)).await.unwrap();
        for _ in 0..14 {
            let height = world.node(network).height();
            world.clock.jump(Span::from_s(2));
            until("a block came", || world.node(network).height() > height).await;
        }
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        world.end(running).await;
    });
}

#[test]
fn without_a_sandbox_nobody_is_asked() {
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        assert!(!running.gateway().has_sandbox());
        let mine = SandboxAsk::Mine { network: Network::Btc, blocks: 1 };
        assert!(running.gateway().sandbox(mine).await.is_none());
        running.stop().await;
    });
}
