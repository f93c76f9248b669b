//! Nodes on their bad days: named in the status, asked again with back-off; nothing is skipped and
//! nothing wrongly credited.

use crate::support::*;
use cryptopayment_actors::gateway::Unwilling;
use std::time::Duration;

#[test]
fn every_way_of_answering_badly_is_named_survived_and_costs_nobody_money() {
    let rows = [
        (Fault::Hangs, "no answer within"),
        (Fault::Slow(Duration::from_secs(3600)), "no answer within"),
        (Fault::Unreachable, "connection refused"),
        (Fault::RateLimited, "429"),
        (Fault::Garbage, "unexpected end"),
        (Fault::Starting, "still starting"),
        (Fault::WrongParent, "the chain changed while it was read"),
        (Fault::OtherBlock, "it sent block"),
        (Fault::CutBlock, "transactions, it sent"),
        (Fault::Behind { blocks: 100 }, "lags"),
        (Fault::Stalled { height: 20 }, "lags"),
    ];
    story(|_| async move {
        for network in [Network::Ltc, Network::Trc20] {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let mut credited = 0;
            for (fault, says) in rows {
                let invoice = running.open(shop, network, 50).await;
                let before = running.status(network).tip.unwrap();
                // Not to be seen in the mempool before the fault.
                world.node(network).set_faults(&[Fault::Unreachable]);
                world.pay(&invoice, invoice.terms.due);
                world.mine(network, 40);
                world.node(network).set_faults(&[fault]);
                world.clock.jump(Span::from_s(61));
                let trouble = running.until_trouble(network, says).await;
                println!("  {network} {fault:?}: {trouble}");
                let calls = world.chains[&network].calls();
                world.clock.jump(Span::from_s(61));
                until("it is asked again", || world.chains[&network].calls() > calls).await;
                a_while().await;
                let status = running.status(network);
                assert_eq!(status.tip, Some(before), "{fault:?} moved the cursor");
                assert_eq!(running.standing(&invoice), (Status::Pending, Detail::None));
                assert_eq!(running.balance(shop, network), credited);
                world.node(network).set_faults(&[]);
                world.clock.jump(Span::from_s(61));
                running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
                running.scanned(network).await;
                credited += i128::try_from(invoice.terms.due.units()).unwrap();
                assert_eq!(running.balance(shop, network), credited, "{fault:?}");
                assert!(running.status(network).open_for_invoices);
            }
            world.end(running).await;
        }
    });
}

#[test]
fn a_slow_node_is_waited_for() {
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        world.node(network).set_faults(&[Fault::Slow(Duration::from_millis(20))]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        world.pay(&invoice, invoice.terms.due);
        world.mine(network, 12);
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        world.end(running).await;
    });
}

#[test]
fn a_node_on_another_chain_is_never_read() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        world.node(network).set_faults(&[Fault::OtherChain]);
        let running = world.start_unready().await;
        let trouble = running.until_trouble(network, "not the configured chain").await;
        println!("  {trouble}");
        let shop = running.merchant("shop", None).await.merchant_id;
        let id = InvoiceId(uuid::Uuid::new_v4());
        let refused = running.try_open(id, shop, network, 50, None).await.unwrap_err();
        assert!(refused.to_string().contains("btc takes no new invoices now"), "{refused}");
        assert!(refused.to_string().contains("not the configured chain"), "{refused}");
        assert_eq!(running.status(network).tip, None);
        assert!(running.views().watching_floor(network).unwrap().is_none());
        world.node(network).set_faults(&[]);
        world.clock.jump(Span::from_s(61));
        running.until_open(network).await;
        world.end(running).await;
    });
}

#[test]
fn a_failing_node_is_asked_less_and_less_often() {
    story(|_| async {
        let network = Network::Eth;
        let world = World::of(&[network]);
        let running = world.start().await;
        world.node(network).set_faults(&[Fault::Unreachable]);
        running.until_trouble(network, "refused").await;
        // Ten failures on, the pause is a minute: ten seconds of real time pass faster than that.
        for _ in 0..12 {
            let calls = world.chains[&network].calls();
            world.clock.jump(Span::from_s(61));
            until("it is asked again", || world.chains[&network].calls() > calls).await;
        }
        a_while().await;
        let calls = world.chains[&network].calls();
        for _ in 0..5 {
            world.clock.jump(Span::from_s(1));
            a_while().await;
        }
        assert_eq!(world.chains[&network].calls(), calls, "it is asked again too soon");
        world.node(network).set_faults(&[]);
        world.clock.jump(Span::from_s(61));
        running.scanned(network).await;
        world.end(running).await;
    });
}

#[test]
fn a_network_in_trouble_takes_no_invoices_from_its_second_failure_on() {
    story(|_| async {
        let (network, other) = (Network::Btc, Network::Ltc);
        let world = World::of(&[network, other]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        world.node(network).set_faults(&[Fault::Unreachable]);
        running.until_trouble(network, "refused").await;
        until("it is closed", || !running.status(network).open_for_invoices).await;
        let id = InvoiceId(uuid::Uuid::new_v4());
        let refused = running.try_open(id, shop, network, 50, None).await;
        assert!(
            matches!(&refused, Err(Unwilling::NetworkUnavailable { reason, .. })
                if reason.contains("refused")),
            "{refused:?}"
        );
        running.open(shop, other, 50).await;
        world.node(network).set_faults(&[]);
        world.clock.jump(Span::from_s(61));
        running.until_open(network).await;
        running.open(shop, network, 50).await;
        world.end(running).await;
    });
}

#[test]
fn one_hiccup_is_named_and_closes_nothing() {
    story(|_| async {
        let network = Network::Btc;
        let world = World::of(&[network]);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let mut status = running.gateway().network_status(network).unwrap();
        status.wait_for(|status| status.trouble.is_none()).await.unwrap();
        // The next question finds nobody; all others are answered.
        let (node, mut answered) = (world.node(network).clone(), false);
        world.chains[&network].before(move |_| {
            let here = std::mem::replace(&mut answered, true);
            node.set_faults(if here { &[] } else { &[Fault::Unreachable] });
        });
        let named = status.wait_for(|status| status.trouble.is_some()).await.unwrap().clone();
        assert!(named.open_for_invoices, "one failure closes nothing: {named:?}");
        running.open(shop, network, 50).await;
        let well = status.wait_for(|status| status.trouble.is_none()).await.unwrap().clone();
        assert!(well.open_for_invoices, "{well:?}");
        world.end(running).await;
    });
}
