//! Payments that go the ordinary ways, and what only looks like one.

use crate::shop::{DEEP, SOLID, Shop, assert_number, coins, percent_of};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::gateway::Configuration;
use cryptopayment_test_support::gateway::merchant::same_number;
use cryptopayment_tron_node::{Fault, Manner};
use std::time::Instant;

/// Deep enough by count long before it is solid: credited with the block that makes it solid, and
/// not one earlier.
#[tokio::test]
async fn an_exact_payment_is_seen_confirmed_when_solid_credited_and_announced() -> Told<()> {
    let shop = Shop::open().await?;
    let invoice = shop.invoice().await?;
    let txid = shop.pay(&invoice, 100)?;
    shop.node.mine(1);
    let mined = shop.wait_received(&invoice, 1).await?;
    assert_eq!((mined.text("status")?, mined.text("status_detail")?), ("confirming", "none"));
    assert_number(&mined, "paid_amount", &invoice.amount)?;
    assert_eq!(mined.text("txid")?, txid);
    assert_eq!(mined.text("payments.0.state")?, "mined");
    assert_eq!(mined.count("payments.0.block_height")?, shop.node.head());

    shop.node.mine(SOLID - 2);
    let deep = shop.wait_received(&invoice, SOLID - 1).await?;
    const { assert!(SOLID - 1 > DEEP) };
    assert_eq!(deep.text("status")?, "confirming", "deep, and not solid");
    let (available, pending) = shop.merchant.balance("USDT-TRC20").await?;
    assert!(same_number(&available, "0"), "{available} is available too early");
    assert!(same_number(&pending, &invoice.amount), "{pending} is pending");

    shop.node.mine(1);
    let confirmed = shop.stands(&invoice, "confirmed", "none").await?;
    assert_number(&confirmed, "paid_amount", &invoice.amount)?;
    assert_number(&confirmed, "amount_remaining", "0")?;
    shop.wait_available(percent_of(&invoice, 100)?).await?;
    shop.wait_both_events(&invoice).await?;
    let told = shop.told.wait_for_event(&invoice.id, "payment_confirmed").await?.json()?;
    assert_eq!((told.text("txid")?, told.count("confirmations")?), (txid.as_str(), SOLID));
    shop.close_and_audit().await
}

#[tokio::test]
async fn a_solid_payment_waits_until_it_is_deep_where_more_is_asked() -> Told<()> {
    let shop = Shop::open_with(Configuration::default(), SOLID + 6).await?;
    let invoice = shop.invoice().await?;
    shop.pay(&invoice, 100)?;
    shop.node.mine(SOLID + 5);
    let solid = shop.wait_received(&invoice, SOLID + 5).await?;
    assert_eq!(solid.text("status")?, "confirming");
    shop.node.mine(1);
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.wait_available(percent_of(&invoice, 100)?).await?;
    shop.close_and_audit().await
}

/// With nine of 27 producers silent nothing becomes solid, however many blocks there are.
#[tokio::test]
async fn a_chain_that_does_not_solidify_confirms_nothing_until_it_does() -> Told<()> {
    let shop = Shop::open().await?;
    let invoice = shop.invoice().await?;
    shop.node.silence(9);
    shop.pay(&invoice, 100)?;
    shop.node.mine(60);
    let waiting = shop.wait_received(&invoice, 60).await?;
    assert_eq!(waiting.text("status")?, "confirming");
    shop.wait_available(0).await?;
    shop.node.silence(0);
    shop.node.mine(40);
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

#[tokio::test]
async fn a_short_payment_waits_for_the_rest_and_more_than_enough_is_named() -> Told<()> {
    let shop = Shop::open().await?;
    let (short, over, later) =
        (shop.invoice().await?, shop.invoice().await?, shop.invoice().await?);
    shop.pay(&short, 40)?;
    shop.pay(&over, 150)?;
    shop.pay(&later, 100)?;
    shop.node.mine(1);
    let seen = shop.stands(&short, "confirming", "underpaid").await?;
    assert_number(&seen, "amount_remaining", &coins(percent_of(&short, 60)?))?;
    shop.stands(&over, "confirming", "overpaid").await?;
    shop.node.mine(SOLID);
    // What is solid is the merchant's, whatever the invoice still waits for.
    shop.wait_available(percent_of(&short, 290)?).await?;
    shop.stands(&short, "confirming", "underpaid").await?;
    shop.stands(&over, "confirmed", "overpaid").await?;
    shop.stands(&later, "confirmed", "none").await?;

    shop.pay(&short, 60)?;
    shop.pay(&later, 50)?;
    shop.node.mine(SOLID);
    let whole = shop.stands(&short, "confirmed", "none").await?;
    assert_eq!(whole.list("payments")?.len(), 2);
    shop.stands(&later, "confirmed", "overpaid").await?;
    shop.wait_available(percent_of(&short, 400)?).await?;
    for invoice in [&short, &over, &later] {
        shop.wait_both_events(invoice).await?;
    }
    shop.close_and_audit().await
}

/// Exchanges pay many customers at once, through another contract than the token.
#[tokio::test]
async fn what_one_transaction_pays_several_times_is_several_payments() -> Told<()> {
    let shop = Shop::open().await?;
    let (one, other) = (shop.invoice().await?, shop.invoice().await?);
    let half = percent_of(&one, 50)?;
    let batch = [
        (one.address.as_str(), half),
        (other.address.as_str(), 2 * half),
        (one.address.as_str(), half),
        (one.address.as_str(), 0),
    ];
    let txid = shop.node.pay_batch(&batch)?;
    shop.node.mine(SOLID);
    let confirmed = shop.stands(&one, "confirmed", "none").await?;
    let places = confirmed.list("payments")?.iter().map(|payment| payment.count("index"));
    assert_eq!(places.collect::<Told<Vec<u64>>>()?, [0, 2]);
    assert_eq!(confirmed.text("txid")?, txid);
    let confirmed = shop.stands(&other, "confirmed", "none").await?;
    assert_eq!(confirmed.count("payments.0.index")?, 1);
    shop.wait_available(4 * half).await?;
    shop.wait_both_events(&one).await?;
    shop.close_and_audit().await
}

#[tokio::test]
async fn what_only_looks_like_a_payment_is_none_and_dust_moves_no_status() -> Told<()> {
    let shop = Shop::open().await?;
    let invoice = shop.invoice().await?;
    let (to, whole) = (invoice.address.as_str(), percent_of(&invoice, 100)?);
    shop.node.pay_look_alike(to, whole)?;
    shop.node.pay_failing(to, whole, cryptopayment_tron_node::Failing::OutOfEnergy)?;
    shop.node.pay_failing(to, whole, cryptopayment_tron_node::Failing::Revert)?;
    shop.node.pay(to, 0)?;
    shop.node.send_trx(to, 5_000_000)?;
    // Three cents' worth; dust is up to five.
    let dust = 30_000;
    for _ in 0..2 {
        shop.node.pay(to, dust)?;
    }
    shop.node.mine(SOLID);
    shop.wait_available(2 * dust).await?;
    let still = shop.merchant.invoice(&invoice.id).await?;
    assert_eq!((still.text("status")?, still.list("payments")?.len()), ("pending", 2));

    shop.pay(&invoice, 100)?;
    shop.node.mine(SOLID);
    let confirmed = shop.stands(&invoice, "confirmed", "none").await?;
    assert_eq!(confirmed.list("payments")?.len(), 3);
    shop.wait_available(whole + 2 * dust).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

#[tokio::test]
async fn a_kill_at_every_step_changes_nothing() -> Told<()> {
    let mut shop = Shop::open().await?;
    let invoice = shop.invoice().await?;
    shop.kill_and_restart().await?;
    shop.pay(&invoice, 100)?;
    for blocks in [1, DEEP, SOLID - DEEP - 2, 1] {
        shop.gateway.kill();
        shop.node.mine(blocks);
        shop.gateway.start().await?;
    }
    shop.merchant = shop.gateway.merchant()?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.kill_and_restart().await?;
    shop.wait_available(percent_of(&invoice, 100)?).await?;
    // Told at least once: an answer that a kill cut off is asked for again.
    for event in ["payment_detected", "payment_confirmed"] {
        let told = shop.told.wait_for_event(&invoice.id, event).await?;
        told.verify(&shop.merchant.app_secret)?;
    }
    shop.close_and_audit().await
}

/// Some hundred blocks, each read: no gap, and nothing twice.
#[tokio::test]
async fn what_was_paid_while_the_gateway_was_down_is_found() -> Told<()> {
    let mut shop = Shop::open().await?;
    let mut invoices = Vec::new();
    for _ in 0..6 {
        invoices.push(shop.invoice().await?);
    }
    shop.gateway.kill();
    for invoice in &invoices {
        for _ in 0..10 {
            shop.node.pay(&shop.node.payer().address().to_string(), 1)?;
        }
        shop.pay(invoice, 100)?;
        shop.node.mine(50);
    }
    let began = Instant::now();
    shop.gateway.start().await?;
    shop.merchant = shop.gateway.merchant()?;
    for invoice in &invoices {
        let confirmed = shop.stands(invoice, "confirmed", "none").await?;
        assert_eq!(confirmed.list("payments")?.len(), 1);
    }
    eprintln!("300 blocks were caught up in {:?}, the start included", began.elapsed());
    shop.wait_available(percent_of(&invoices[0], 600)?).await?;
    shop.wait_both_events(&invoices[5]).await?;
    shop.close_and_audit().await
}

#[tokio::test]
async fn an_unpaid_invoice_expires_and_the_grace_still_takes_its_money() -> Told<()> {
    let shop = Shop::open_with(Configuration::default().expiry("3s"), DEEP).await?;
    let invoice = shop.invoice().await?;
    // While the node is silent nobody knows whether it was paid: it does not expire.
    shop.node.break_down(Fault::on("getblock", Manner::Reset));
    shop.stands(&invoice, "pending", "none").await?;
    shop.node.mend();
    shop.stands(&invoice, "expired", "none").await?;
    shop.node.mine_until(shop.node.head_time_ms() + 600_000);
    shop.pay(&invoice, 100)?;
    shop.node.mine(1);
    shop.stands(&invoice, "confirming", "none").await?;
    shop.node.mine(SOLID);
    shop.stands(&invoice, "confirmed", "paid_late").await?;
    shop.wait_available(percent_of(&invoice, 100)?).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}
