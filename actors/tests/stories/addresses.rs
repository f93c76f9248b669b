//! Addresses: none twice, none shown before it is watched.

use crate::support::*;
use std::collections::BTreeSet;

#[test]
fn in_a_burst_no_index_is_given_twice_and_every_address_is_watched() {
    story(|mut chance| async move {
        for network in [Network::Btc, Network::Trc20] {
            let world = World::of(&[network]);
            let running = world.start().await;
            let shop = running.merchant("shop", None).await.merchant_id;
            let mut given = BTreeSet::new();
            let mut invoices = Vec::new();
            for _ in 0..3 {
                // More than the pool holds when it is fresh.
                let opened = (0..1200).map(|_| running.open(shop, network, 50));
                invoices.extend(futures::future::join_all(opened).await);
            }
            for invoice in &invoices {
                assert!(given.insert(invoice.terms.address_index), "an index was given twice");
            }
            let addresses: BTreeSet<_> =
                invoices.iter().map(|invoice| &*invoice.terms.address).collect();
            assert_eq!(addresses.len(), invoices.len(), "an address was given twice");
            let next = running.views().next_address_index(network).unwrap();
            assert!(given.last().is_some_and(|last| *last < next));
            for _ in 0..20 {
                let invoice = &invoices[chance.random_range(0..invoices.len())];
                world.pay(invoice, invoice.terms.due);
                world.mine(network, 40);
                running.scanned(network).await;
                assert_eq!(running.standing(invoice).0, Status::Confirmed);
            }
            running.crash();

            let running = world.start().await;
            for _ in 0..50 {
                let invoice = running.open(shop, network, 50).await;
                assert!(given.insert(invoice.terms.address_index), "an index was given twice");
            }
            // Old addresses are watched for ever.
            let old = &invoices[0];
            let before = running.balance(shop, network);
            world.pay(old, old.terms.due);
            world.mine(network, 40);
            let due = i128::try_from(old.terms.due.units()).unwrap();
            until("an old address is paid", || running.balance(shop, network) == before + due)
                .await;
            world.end(running).await;
        }
    });
}
