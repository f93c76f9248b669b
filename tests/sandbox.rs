//! The README's first command: a sandbox on five simulated networks, from the first invoice to the
//! merchant's balance and the last webhook, with kills in between.

use cryptopayment_test_support::events::EventStream;
use cryptopayment_test_support::gateway::merchant::{Opened, same_number};
use cryptopayment_test_support::gateway::{Gateway, Merchant};
use cryptopayment_test_support::receiver::{Answer, Receiver};
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::{Json, Told};
use std::time::Duration;

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");

/// Nothing is mined but by `/sandbox/mine`.
const NO_BLOCKS_BY_ITSELF: &str = "0";

/// The API document's invoice, key by key.
const SEED_KEYS: [&str; 14] = [
    "id",
    "order_id",
    "status",
    "network",
    "network_label",
    "coin",
    "amount_usd",
    "amount_crypto",
    "address",
    "paid_amount",
    "txid",
    "confirmations",
    "expires_at",
    "created_at",
];

/// The API document's webhook, key by key.
const SEED_WEBHOOK_KEYS: [&str; 14] = [
    "event",
    "invoice_id",
    "order_id",
    "status",
    "network",
    "coin",
    "amount_usd",
    "amount_crypto",
    "paid_amount",
    "txid",
    "confirmations",
    "address",
    "timestamp",
    "signature",
];

/// network, label, coin, balance, required confirmations
const NETWORKS: [(&str, &str, &str, &str, u64); 5] = [
    ("btc", "Bitcoin (BTC)", "BTC", "BTC", 2),
    ("ltc", "Litecoin (LTC)", "LTC", "LTC", 6),
    ("eth", "Ethereum (ETH)", "ETH", "ETH", 12),
    ("trc20", "USDT (TRC20)", "USDT", "USDT-TRC20", 19),
    ("bep20", "USDT (BEP20)", "USDT", "USDT-BEP20", 15),
];

async fn open_and_check(shop: &Merchant, row: &(&str, &str, &str, &str, u64)) -> Told<Opened> {
    let (network, label, coin, _, required) = *row;
    let invoice = shop.open(network, "50.00").await?;
    let now = shop.invoice(&invoice.id).await?;
    assert_eq!(now.keys()[..SEED_KEYS.len()], SEED_KEYS, "{network}");
    for (path, wanted) in [
        ("network", network),
        ("network_label", label),
        ("coin", coin),
        ("status", "pending"),
        ("status_detail", "none"),
    ] {
        assert_eq!(now.text(path)?, wanted, "{network}: {path}");
    }
    assert_eq!(now.number("amount_usd")?, "50.00");
    assert_eq!(now.number("paid_amount")?, "0");
    assert_eq!(*now.at("txid")?, Json::Null);
    assert_eq!(*now.at("order_id")?, Json::Null);
    assert_eq!(now.count("confirmations.received")?, 0);
    assert_eq!(now.count("confirmations.required")?, required);
    Ok(invoice)
}

#[tokio::test]
async fn on_all_five_networks_money_is_seen_credited_and_announced_through_kills() -> Told<()> {
    let mut gateway = Gateway::sandbox_with(GATEWAY, NO_BLOCKS_BY_ITSELF).await?;
    let told = Receiver::start().await?;
    let mut shop = gateway.merchant()?;
    shop.set_webhook(&told.url()).await?;
    let mut invoices = Vec::new();
    for row in &NETWORKS {
        invoices.push(open_and_check(&shop, row).await?);
    }

    gateway.kill_and_restart().await?;
    for (row, invoice) in NETWORKS.iter().zip(&invoices) {
        gateway.pay(&invoice.address, None).await?;
        gateway.mine(row.0, 1).await?;
    }
    gateway.kill_and_restart().await?;
    shop = gateway.merchant()?;
    for invoice in &invoices {
        shop.wait_status(&invoice.id, "confirming", "none").await?;
    }

    gateway.kill_and_restart().await?;
    shop = gateway.merchant()?;
    for (row, invoice) in NETWORKS.iter().zip(&invoices) {
        gateway.mine(row.0, row.4 - 1).await?;
        let confirmed = shop.wait_status(&invoice.id, "confirmed", "none").await?;
        assert!(same_number(confirmed.number("paid_amount")?, &invoice.amount), "{confirmed}");
        shop.wait_available(row.3, &invoice.amount).await?;
    }
    for (row, invoice) in NETWORKS.iter().zip(&invoices) {
        check_webhooks(&told, &shop, row, invoice).await?;
    }

    assert!(gateway.stop().await?.success());
    gateway.run(&["audit"])?.must_succeed("audit").map(drop)
}

async fn check_webhooks(
    told: &Receiver,
    shop: &Merchant,
    row: &(&str, &str, &str, &str, u64),
    invoice: &Opened,
) -> Told<()> {
    for (event, status) in [("payment_detected", "confirming"), ("payment_confirmed", "confirmed")]
    {
        let delivery = told.wait_for_event(&invoice.id, event).await?;
        delivery.verify(&shop.app_secret)?;
        let body = delivery.json()?;
        assert_eq!(body.keys(), SEED_WEBHOOK_KEYS);
        assert_eq!(body.text("status")?, status);
        assert_eq!(body.text("network")?, row.0);
        assert_eq!(body.text("coin")?, row.2);
        assert_eq!(body.text("address")?, invoice.address);
        assert_eq!(body.number("amount_usd")?, "50.00");
        assert!(same_number(body.number("amount_crypto")?, &invoice.amount), "{body}");
        if event == "payment_confirmed" {
            assert!(same_number(body.number("paid_amount")?, &invoice.amount), "{body}");
            assert!(body.count("confirmations")? >= row.4, "{body}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_chain_moves_by_itself() -> Told<()> {
    let gateway = Gateway::sandbox(GATEWAY).await?;
    let shop = gateway.merchant()?;
    let invoice = shop.open("btc", "50.00").await?;
    gateway.pay(&invoice.address, None).await?;
    shop.wait_status(&invoice.id, "confirmed", "none").await?;
    shop.wait_available("BTC", &invoice.amount).await
}

#[tokio::test]
async fn a_reorganisation_undoes_before_and_reverses_after() -> Told<()> {
    let gateway = Gateway::sandbox_with(GATEWAY, NO_BLOCKS_BY_ITSELF).await?;
    let shop = gateway.merchant()?;
    let (early, late) = (shop.open("eth", "50.00").await?, shop.open("bep20", "50.00").await?);

    gateway.pay(&early.address, None).await?;
    gateway.mine("eth", 2).await?;
    shop.wait_status(&early.id, "confirming", "none").await?;
    gateway.reorganise("eth", 2).await?;
    shop.wait_invoice(&early.id, "is reorged", |now| {
        now.text("status_detail").is_ok_and(|detail| detail == "reorged")
    })
    .await?;
    shop.wait_available("ETH", "0").await?;

    gateway.pay(&late.address, None).await?;
    gateway.mine("bep20", 15).await?;
    shop.wait_status(&late.id, "confirmed", "none").await?;
    shop.wait_available("USDT-BEP20", "50").await?;
    gateway.reorganise("bep20", 15).await?;
    shop.wait_status(&late.id, "confirmed", "reorged").await?;
    shop.wait_available("USDT-BEP20", "0").await?;
    // The coins went back to where unmined ones wait, and are mined again.
    gateway.mine("bep20", 15).await?;
    shop.wait_status(&late.id, "confirmed", "none").await?;
    shop.wait_available("USDT-BEP20", "50").await
}

#[tokio::test]
async fn the_same_idempotency_key_makes_one_invoice_also_after_a_kill() -> Told<()> {
    let mut gateway = Gateway::sandbox(GATEWAY).await?;
    let key = [("Idempotency-Key", "order-17")];
    let body = br#"{"network":"ltc","amount_usd":12.34,"metadata":{"n":12345678901234567890}}"#;
    let first = gateway.merchant()?.call_with("POST", "/invoices", &key, body).await?;
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(first.json()?.number("invoice.metadata.n")?, "12345678901234567890");

    gateway.kill_and_restart().await?;
    let shop = gateway.merchant()?;
    let again = shop.call_with("POST", "/invoices", &key, body).await?;
    assert_eq!((again.status, again.text()), (201, first.text()));
    assert_eq!(again.headers.get("idempotency-replayed"), Some("true"));
    let other = br#"{"network":"ltc","amount_usd":12.35}"#;
    let refused = shop.call_with("POST", "/invoices", &key, other).await?;
    assert_eq!(refused.expect(422)?.text("error.code")?, "idempotency_key_reused");
    let list = shop.call("GET", "/invoices", "").await?.expect(200)?;
    assert_eq!(list.count("pagination.total")?, 1);
    Ok(())
}

#[tokio::test]
async fn the_list_is_newest_first_twenty_a_page() -> Told<()> {
    let gateway = Gateway::sandbox(GATEWAY).await?;
    let shop = gateway.merchant()?;
    let mut made = Vec::new();
    for _ in 0..23 {
        made.push(shop.open("bep20", "1.00").await?.id);
    }
    made.reverse();
    let mut listed = Vec::new();
    for (page, has_more) in [(1, true), (2, false), (3, false)] {
        let path = format!("/invoices?page={page}");
        let said = shop.call("GET", &path, "").await?.expect(200)?;
        assert_eq!(*said.at("pagination.has_more")?, Json::Bool(has_more), "page {page}");
        assert_eq!(said.count("pagination.total")?, 23);
        assert_eq!(said.count("pagination.total_pages")?, 2);
        for invoice in said.list("invoices")? {
            listed.push(invoice.text("id")?.to_owned());
        }
    }
    assert_eq!(listed, made);
    Ok(())
}

#[tokio::test]
async fn the_checkout_page_follows_the_payment_live() -> Told<()> {
    let gateway = Gateway::sandbox_with(GATEWAY, NO_BLOCKS_BY_ITSELF).await?;
    let shop = gateway.merchant()?;
    let invoice = shop.open("ltc", "50.00").await?;
    let page = gateway.get(&format!("/pay/{}", invoice.id)).await?;
    assert_eq!(page.status, 200);
    for part in [invoice.address.as_str(), invoice.amount.as_str(), "<svg"] {
        assert!(page.text().contains(part), "the page lacks {part}: {}", page.text());
    }
    let path = format!("/pay/{}/events", invoice.id);
    let mut stream = EventStream::open(gateway.address()?, &path, None).await?;
    let first = stream.next().await?;
    assert!(first.data.contains("pending"), "{first:?}");

    gateway.pay(&invoice.address, None).await?;
    let seen = stream.next_where(|event| event.data.contains("confirming")).await?;
    drop(stream);
    gateway.mine("ltc", 6).await?;
    shop.wait_status(&invoice.id, "confirmed", "none").await?;
    // A phone that was away resumes where it was, and learns what it missed.
    let mut stream = EventStream::open(gateway.address()?, &path, seen.id.as_deref()).await?;
    stream.next_where(|event| event.data.contains("confirmed")).await.map(drop)
}

#[tokio::test]
async fn a_webhook_refused_is_kept_for_its_next_time_and_others_go_on() -> Told<()> {
    let gateway = Gateway::sandbox_with(GATEWAY, NO_BLOCKS_BY_ITSELF).await?;
    let told = Receiver::start().await?;
    let shop = gateway.merchant()?;
    shop.set_webhook(&told.url()).await?;
    told.answer([Answer::Status(500), Answer::Redirect("http://127.0.0.1:1/".to_owned())]);
    let (first, second) = (shop.open("btc", "50.00").await?, shop.open("btc", "50.00").await?);
    gateway.pay(&first.address, None).await?;
    told.wait_for_event(&first.id, "payment_detected").await?;
    gateway.mine("btc", 2).await?;
    // The first event's first attempt has ended, badly; the second event starts all the same.
    let confirmed = told.wait_for_event(&first.id, "payment_confirmed").await?;
    confirmed.verify(&shop.app_secret)?;
    gateway.pay(&second.address, None).await?;
    gateway.mine("btc", 2).await?;
    told.wait_for_event(&second.id, "payment_confirmed").await?;
    // Nothing follows a redirect, and nothing is retried before its minute is over.
    assert_eq!(told.received().len(), 4, "{:?}", told.events_of(&first.id)?);
    Ok(())
}

#[tokio::test]
async fn a_merchant_whose_endpoint_hangs_delays_no_other() -> Told<()> {
    let mut gateway = Gateway::sandbox_with(GATEWAY, NO_BLOCKS_BY_ITSELF).await?;
    let (hanging, quick) = (Receiver::start().await?, Receiver::start().await?);
    hanging.from_now_on(Answer::Hang);
    let slow = gateway.merchant()?;
    slow.set_webhook(&hanging.url()).await?;
    for _ in 0..20 {
        let invoice = slow.open("btc", "50.00").await?;
        gateway.pay(&invoice.address, None).await?;
    }
    hanging.wait_for("the hanging endpoint is asked", |_| true).await?;
    gateway.make_merchant("other@example.com", &quick.url())?;
    let other = gateway.merchant()?;
    let invoice = other.open("btc", "50.00").await?;
    gateway.pay(&invoice.address, None).await?;
    let told = wait::within(Duration::from_secs(10), "the other merchant is told", async || {
        let events = quick.events_of(&invoice.id)?;
        Ok(Look::when(!events.is_empty(), events, String::new))
    });
    assert_eq!(told.await?, ["payment_detected"]);
    Ok(())
}

#[tokio::test]
async fn views_rebuilt_from_the_journal_say_the_same() -> Told<()> {
    let mut gateway = Gateway::sandbox_with(GATEWAY, NO_BLOCKS_BY_ITSELF).await?;
    let shop = gateway.merchant()?;
    let invoice = shop.open("trc20", "50.00").await?;
    gateway.pay(&invoice.address, None).await?;
    gateway.mine("trc20", 19).await?;
    shop.wait_status(&invoice.id, "confirmed", "none").await?;
    let before = (shop.invoice(&invoice.id).await?, shop.balance("USDT-TRC20").await?);

    assert!(gateway.stop().await?.success());
    gateway.run(&["rebuild"])?.must_succeed("rebuild")?;
    gateway.run(&["audit"])?.must_succeed("audit")?;
    gateway.start().await?;
    let shop = gateway.merchant()?;
    let after = (shop.invoice(&invoice.id).await?, shop.balance("USDT-TRC20").await?);
    assert_eq!(after, before);
    Ok(())
}
