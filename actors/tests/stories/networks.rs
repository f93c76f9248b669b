//! Invoices on each of the five networks, from opening to both webhooks.

use crate::support::*;
use cryptopayment_domain::webhook::{AppSecret, EventKind};

const SHOP: &str = "https://shop.example/webhook";

#[test]
fn an_invoice_is_opened_paid_confirmed_and_told_on_every_network() {
    story(|_| async {
        let world = World::whole();
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await;
        for network in Network::ALL {
            let invoice = running.open(shop.merchant_id, network, 50).await;
            let (due, required) = (invoice.terms.due, network.default_confirmations());
            let units = i128::try_from(due.units()).unwrap();
            assert_eq!(running.standing(&invoice), (Status::Pending, Detail::None));

            let txid = world.pay(&invoice, due);
            if network.has_mempool() {
                running.until_standing(&invoice, Status::Confirming, Detail::None).await;
            }
            world.mine(network, 1);
            running.scanned(network).await;
            assert_eq!(running.standing(&invoice), (Status::Confirming, Detail::None));
            assert_eq!(running.pending(shop.merchant_id, network), due.units());
            if required > 2 {
                world.mine(network, required - 2);
                running.scanned(network).await;
            }
            assert_eq!(
                running.balance(shop.merchant_id, network),
                0,
                "one confirmation is missing"
            );
            world.mine(network, 1);
            running.until_standing(&invoice, Status::Confirmed, Detail::None).await;

            assert_eq!(running.balance(shop.merchant_id, network), units, "{network}");
            assert_eq!(running.pending(shop.merchant_id, network), 0);
            let id = invoice.terms.invoice;
            until("both webhooks", || world.courier.kinds_of(id).len() == 2).await;
            assert_eq!(world.courier.kinds_of(id), ["payment_detected", "payment_confirmed"]);
            check_payloads(&world, &invoice, &shop.app_secret, txid);
        }
        running.until_ledgers_agree(shop.merchant_id).await;
        world.end(running).await;
    });
}

fn check_payloads(world: &World, invoice: &Invoice, app_secret: &str, txid: Hash32) {
    let (terms, network) = (&invoice.terms, invoice.terms.network);
    let id = terms.invoice.to_string();
    let detected_at = if network.has_mempool() { 0 } else { 1 };
    let rows = [
        (EventKind::PaymentDetected, "confirming", detected_at),
        (EventKind::PaymentConfirmed, "confirmed", u64::from(network.default_confirmations())),
    ];
    let attempts = world.courier.attempts();
    let own: Vec<_> = attempts.iter().filter(|one| one.body["invoice_id"] == *id).collect();
    for ((kind, status, confirmations), attempt) in rows.into_iter().zip(own) {
        let body = &attempt.body;
        assert_eq!(attempt.event, kind.id_for(terms.invoice));
        assert_eq!(attempt.url, SHOP);
        assert_eq!(body["event"], kind.name());
        assert_eq!(body["status"], status);
        assert_eq!(body["order_id"], format!("order {id}"));
        assert_eq!(
            (&body["network"], &body["coin"]),
            (&network.name().into(), &network.coin().into())
        );
        let due = format!(r#""amount_crypto":{due},"paid_amount":{due},"#, due = terms.due);
        assert!(attempt.text.contains(&due), "{} in {}", due, attempt.text);
        assert_eq!(body["address"], *terms.address);
        assert_eq!(body["confirmations"], confirmations, "{network} {kind}");
        let payment = PaymentId { network, txid, index: 0 };
        assert_eq!(body["txid"], payment.txid_text());
        let secret = AppSecret::parse(app_secret).unwrap();
        assert_eq!(body["signature"], secret.sign_body(terms.invoice, kind));
        assert!(attempt.signature.starts_with("v1,"));
    }
}

#[test]
fn short_then_the_rest_over_and_several_payments_in_one_transaction() {
    story(|_| async {
        let world = World::whole();
        let running = world.start().await;
        let shop = running.merchant("shop", None).await.merchant_id;
        for network in Network::ALL {
            let required = network.default_confirmations();
            let rest = running.open(shop, network, 50).await;
            let over = running.open(shop, network, 50).await;
            let twice = running.open(shop, network, 50).await;
            let due = rest.terms.due;

            world.pay(&rest, percent(due, 40));
            world.pay(&over, percent(due, 150));
            // Two outputs of one transaction pay one invoice, a third another.
            let half = percent(due, 50);
            let other_half = Money::new(network, due.units() - half.units()).unwrap();
            let payees = [
                (address_of(&twice), half),
                (address_of(&rest), percent(due, 10)),
                (address_of(&twice), other_half),
            ];
            world.node(network).pay_many(&payees, PayStyle::Plain).unwrap();
            world.mine(network, 1);
            running.scanned(network).await;
            assert_eq!(running.standing(&rest), (Status::Confirming, Detail::Underpaid));
            assert_eq!(running.standing(&over), (Status::Confirming, Detail::Overpaid));
            assert_eq!(running.standing(&twice), (Status::Confirming, Detail::None));

            world.pay(&rest, percent(due, 50));
            world.mine(network, required - 1);
            running.until_standing(&over, Status::Confirmed, Detail::Overpaid).await;
            running.until_standing(&twice, Status::Confirmed, Detail::None).await;
            world.mine(network, required);
            running.until_standing(&rest, Status::Confirmed, Detail::None).await;
            running.scanned(network).await;
            let on_chain = [&rest, &over, &twice].map(|invoice| world.on_chain(invoice));
            assert_eq!(running.balance(shop, network), on_chain.iter().sum::<i128>(), "{network}");
            assert_eq!(running.invoice(twice.terms.invoice).payments.len(), 2);
            assert_eq!(running.invoice(rest.terms.invoice).payments.len(), 3);
        }
        world.end(running).await;
    });
}

#[test]
fn dust_is_credited_but_moves_no_status_and_sends_no_webhook() {
    story(|_| async {
        let world = World::whole();
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        for network in Network::ALL {
            let invoice = running.open(shop, network, 50).await;
            let dust = invoice.terms.dust;
            for _ in 0..20 {
                world.pay(&invoice, dust);
            }
            world.mine(network, network.default_confirmations());
            running.scanned(network).await;
            until("the dust is credited", || {
                running.balance(shop, network) == i128::try_from(dust.units() * 20).unwrap()
            })
            .await;
            assert_eq!(running.standing(&invoice), (Status::Pending, Detail::None), "{network}");
        }
        assert!(world.courier.attempts().is_empty());
        world.end(running).await;
    });
}

#[test]
fn look_alike_tokens_and_failed_transactions_pay_nothing() {
    story(|_| async {
        let world = World::of(&[Network::Eth, Network::Trc20, Network::Bep20]);
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        for network in [Network::Eth, Network::Trc20, Network::Bep20] {
            let invoice = running.open(shop, network, 50).await;
            let payee = [(address_of(&invoice), invoice.terms.due)];
            for style in [PayStyle::Failed, PayStyle::LookAlike] {
                world.node(network).pay_many(&payee, style).unwrap();
            }
            world.mine(network, 40);
            running.scanned(network).await;
            assert_eq!(running.standing(&invoice), (Status::Pending, Detail::None), "{network}");
            assert!(running.invoice(invoice.terms.invoice).payments.is_empty());
            assert_eq!(running.balance(shop, network), 0);
            if network.is_dollar() {
                world.node(network).pay_many(&payee, PayStyle::AmongLookAlikes).unwrap();
                world.mine(network, 40);
                running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
                let due = i128::try_from(invoice.terms.due.units()).unwrap();
                assert_eq!(running.balance(shop, network), due);
            }
        }
        world.end(running).await;
    });
}

#[test]
fn a_payment_that_is_deep_when_it_is_first_seen_is_credited_and_told_in_order() {
    story(|_| async {
        let world = World::whole();
        let running = world.start().await;
        let shop = running.merchant("shop", Some(SHOP)).await.merchant_id;
        for network in Network::ALL {
            let invoice = running.open(shop, network, 50).await;
            world.node(network).set_faults(&[Fault::Unreachable]);
            running.until_trouble(network, "refused").await;
            world.pay(&invoice, invoice.terms.due);
            world.mine(network, 40);
            world.node(network).set_faults(&[]);
            world.clock.jump(Span::from_s(60));
            running.until_standing(&invoice, Status::Confirmed, Detail::None).await;
            let id = invoice.terms.invoice;
            until("both webhooks", || world.courier.kinds_of(id).len() == 2).await;
            assert_eq!(world.courier.kinds_of(id), ["payment_detected", "payment_confirmed"]);
        }
        world.end(running).await;
    });
}
