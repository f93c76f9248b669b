//! Accounts: made once, approved once, found again; and what the gateway refuses to everybody.

use crate::support::*;
use cryptopayment_actors::gateway::Unwilling;
use cryptopayment_domain::merchant::{Approval, Refusal};
use cryptopayment_storage::testing::FakeDisk;
use std::sync::Arc;
use uuid::Uuid;

#[test]
fn an_account_is_made_approved_once_and_told_where_webhooks_go() {
    story(|_| async {
        let world = World::of(&[]);
        let running = world.start().await;
        let gateway = running.gateway();
        let made = gateway.register_merchant("a@example.com", Some("secret words"), None, false);
        let made = made.await.unwrap();
        assert!(made.api_key.starts_with("pk_test_") && made.api_secret.starts_with("sk_test_"));
        assert!(made.app_secret.starts_with("whsec_"));
        let row = running.views().merchant_by_key(&made.api_key).unwrap().unwrap();
        assert_eq!((row.0, row.1.value.approval), (made.merchant_id, Approval::Waiting));
        // Nothing secret lies open in the journal.
        let merchant = row.1.value;
        for sealed in [merchant.email_sealed, merchant.app_secret_sealed, merchant.password_sealed]
        {
            let text = String::from_utf8_lossy(&sealed).into_owned();
            assert!(
                !text.contains("example.com")
                    && !text.contains("whsec_")
                    && !text.contains("argon2")
            );
            assert!(!sealed.is_empty());
        }
        assert_eq!(
            gateway.approve_merchant(made.merchant_id).await.unwrap().approval,
            Approval::Approved
        );
        let again = gateway.approve_merchant(made.merchant_id).await;
        assert_eq!(again, Err(Unwilling::Merchant(Refusal::AlreadyApproved)));
        let url = || Some("https://shop.example".to_owned());
        let set = gateway.set_webhook(made.merchant_id, url(), None).await.unwrap();
        assert_eq!(set.webhook_url, url());
        let removed = gateway.set_webhook(made.merchant_id, None, None).await.unwrap();
        assert_eq!(removed.webhook_url, None);
        let nobody = MerchantId(Uuid::new_v4());
        assert_eq!(gateway.approve_merchant(nobody).await, Err(Unwilling::NotFound));
        assert_eq!(gateway.set_webhook(nobody, None, None).await, Err(Unwilling::NotFound));
        let taken = gateway.register_merchant("A@Example.com ", None, None, true).await;
        assert_eq!(taken, Err(Unwilling::EmailTaken));
        world.end(running).await;
    });
}

#[test]
fn what_cannot_be_opened_is_refused_with_its_reason_and_nothing_changes() {
    story(|_| async {
        let mut world = World::of(&[Network::Btc, Network::Bep20]);
        world.prices.remove(&Network::Btc);
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let new = || InvoiceId(Uuid::new_v4());
        let open = |network, usd| running.try_open(new(), shop, network, usd, None);
        assert_eq!(open(Network::Btc, 50).await, Err(Unwilling::RateUnavailable(Network::Btc)));
        assert!(matches!(open(Network::Bep20, 0).await, Err(Unwilling::Refused(_))));
        assert!(matches!(open(Network::Bep20, 2_000_000).await, Err(Unwilling::Refused(_))));
        let off = open(Network::Eth, 50).await;
        assert!(matches!(off, Err(Unwilling::NetworkUnavailable { network: Network::Eth, .. })));
        assert!(open(Network::Bep20, 50).await.is_ok(), "a dollar needs no price");
        let counts = running.views().invoice_counts(shop).unwrap();
        assert_eq!(counts.iter().map(|(_, count)| count).sum::<u64>(), 1);
        world.end(running).await;
    });
}

#[test]
fn a_full_disk_takes_no_new_invoices_and_everything_else_goes_on() {
    story(|mut chance| async move {
        let network = Network::Bep20;
        let mut world = World::of(&[network]);
        let disk = FakeDisk::new(chance.random());
        world.disk = Arc::new(disk.clone());
        world.min_free_bytes = 1 << 30;
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        let invoice = running.open(shop, network, 50).await;
        disk.leave_room(100 << 20);
        let began = std::time::Instant::now();
        // The last answer is believed for a moment.
        loop {
            let id = InvoiceId(Uuid::new_v4());
            match running.try_open(id, shop, network, 50, None).await {
                Err(refused) => {
                    assert_eq!(refused, Unwilling::StoreFull);
                    break;
                }
                Ok(_) => assert!(began.elapsed().as_secs() < 20, "the disk is full"),
            }
        }
        world.pay(&invoice, invoice.terms.due);
        world.mine(network, 15);
        running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
        disk.leave_room(u64::MAX);
        world.end(running).await;
    });
}
