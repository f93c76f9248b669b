//! Payments that go the ordinary ways: exact, short, over, several at once, dust, unseen while the
//! gateway was down, late.

use super::{DEEP, Shop, assert_number, percent_of};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::evm::{Coin, wei};
use cryptopayment_test_support::gateway::Configuration;
use cryptopayment_test_support::gateway::merchant::same_number;

pub async fn an_exact_payment_is_seen_confirmed_credited_and_announced(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let (txid, _) = shop.pay(&invoice, 100).await?;
    shop.node.mine(1).await?;
    let mined = shop.wait_received(&invoice, 1).await?;
    assert_eq!((mined.text("status")?, mined.text("status_detail")?), ("confirming", "none"));
    assert_number(&mined, "paid_amount", &invoice.amount)?;
    assert_eq!(mined.text("txid")?, txid);
    assert_eq!(mined.text("payments.0.state")?, "mined");
    assert_eq!(mined.count("payments.0.index")?, 0);
    assert_eq!(mined.count("payments.0.block_height")?, shop.node.height().await?);
    let (available, pending) = shop.merchant.balance(coin.balance()).await?;
    assert!(same_number(&available, "0"), "{available} is available too early");
    assert!(same_number(&pending, &invoice.amount), "{pending} is pending");

    shop.node.mine(DEEP - 1).await?;
    let confirmed = shop.stands(&invoice, "confirmed", "none").await?;
    assert_number(&confirmed, "paid_amount", &invoice.amount)?;
    assert_number(&confirmed, "amount_remaining", "0")?;
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    let told = shop.told.wait_for_event(&invoice.id, "payment_confirmed").await?.json()?;
    assert_eq!(told.text("txid")?, txid);
    assert_eq!(told.count("confirmations")?, DEEP);
    shop.close_and_audit().await
}

pub async fn a_short_payment_waits_for_the_rest(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let (_, first) = shop.pay(&invoice, 40).await?;
    shop.node.mine(1).await?;
    let short = shop.stands(&invoice, "confirming", "underpaid").await?;
    assert_number(&short, "paid_amount", &first)?;
    shop.node.mine(DEEP).await?;
    // What is deep is the merchant's, whatever the invoice still waits for.
    shop.wait_available(&first).await?;
    assert_eq!(shop.merchant.invoice(&invoice.id).await?.text("status")?, "confirming");

    shop.pay(&invoice, 60).await?;
    shop.node.mine(1).await?;
    shop.stands(&invoice, "confirming", "none").await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.stands(&invoice, "confirmed", "none").await?;
    assert_eq!(confirmed.list("payments")?.len(), 2);
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

/// Over at once, and more to an invoice that was confirmed before.
pub async fn an_overpayment_is_credited_whole_and_named(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let (one, other) = (shop.invoice().await?, shop.invoice().await?);
    let (_, too_much) = shop.pay(&one, 150).await?;
    shop.pay(&other, 100).await?;
    shop.node.mine(1).await?;
    shop.stands(&one, "confirming", "overpaid").await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.stands(&one, "confirmed", "overpaid").await?;
    assert_number(&confirmed, "paid_amount", &too_much)?;
    shop.stands(&other, "confirmed", "none").await?;
    shop.pay(&other, 50).await?;
    shop.node.mine(DEEP).await?;
    shop.stands(&other, "confirmed", "overpaid").await?;
    let sum = percent_of(&one, 150)? + percent_of(&other, 150)?;
    shop.wait_available(&wei::coins(sum)).await?;
    shop.wait_both_events(&one).await?;
    shop.wait_both_events(&other).await?;
    shop.close_and_audit().await
}

/// Exchanges pay many customers at once, from inside a contract.
pub async fn what_one_transaction_pays_several_times_is_several_payments(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let (one, other) = (shop.invoice().await?, shop.invoice().await?);
    let half = percent_of(&one, 50)?;
    let whole = percent_of(&other, 100)?;
    let outputs = [
        (one.address.as_str(), half),
        (other.address.as_str(), whole),
        (one.address.as_str(), half),
        (one.address.as_str(), 0),
    ];
    let txid = shop.node.send_all(&outputs).await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.stands(&one, "confirmed", "none").await?;
    let of_one: Vec<u64> = confirmed
        .list("payments")?
        .iter()
        .map(|payment| payment.count("index"))
        .collect::<Told<_>>()?;
    let first = match coin {
        Coin::Ether => 1,
        Coin::Dollars => 0,
    };
    assert_eq!(of_one, [first, first + 2]);
    assert_eq!(confirmed.text("txid")?, txid);
    let confirmed = shop.stands(&other, "confirmed", "none").await?;
    assert_eq!(confirmed.count("payments.0.index")?, first + 1);
    shop.wait_available(&wei::coins(2 * half + whole)).await?;
    shop.wait_both_events(&one).await?;
    shop.close_and_audit().await
}

pub async fn dust_moves_no_status_and_is_credited_all_the_same(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    // Three cents' worth; dust is up to five.
    let dust = percent_of(&invoice, 100)? / 20_000;
    for _ in 0..3 {
        shop.node.send(&invoice.address, dust).await?;
    }
    shop.node.mine(DEEP).await?;
    shop.wait_available(&wei::coins(3 * dust)).await?;
    let still = shop.merchant.invoice(&invoice.id).await?;
    assert_eq!((still.text("status")?, still.list("payments")?.len()), ("pending", 3));
    shop.pay(&invoice, 100).await?;
    shop.node.mine(DEEP).await?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.wait_available(&wei::coins(percent_of(&invoice, 100)? + 3 * dust)).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

/// Some hundred blocks, each read: no gap, and nothing twice.
pub async fn what_was_paid_while_the_gateway_was_down_is_found(coin: Coin) -> Told<()> {
    let Some(mut shop) = Shop::open(coin).await? else { return Ok(()) };
    let mut invoices = Vec::new();
    for _ in 0..6 {
        invoices.push(shop.invoice().await?);
    }
    shop.gateway.kill();
    let mut sum = 0;
    for invoice in &invoices {
        shop.pay(invoice, 100).await?;
        shop.node.mine(50).await?;
        sum += percent_of(invoice, 100)?;
    }
    let began = std::time::Instant::now();
    shop.gateway.start().await?;
    shop.find_gateway_again()?;
    for invoice in &invoices {
        let confirmed = shop.stands(invoice, "confirmed", "none").await?;
        assert_eq!(confirmed.list("payments")?.len(), 1);
    }
    eprintln!("300 blocks of {} were caught up in {:?}", coin.network(), began.elapsed());
    shop.wait_available(&wei::coins(sum)).await?;
    shop.wait_both_events(&invoices[0]).await?;
    shop.close_and_audit().await
}

pub async fn a_kill_at_every_step_changes_nothing(coin: Coin) -> Told<()> {
    let Some(mut shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.gateway.kill_and_restart().await?;
    shop.pay(&invoice, 100).await?;
    for _ in 0..DEEP {
        shop.gateway.kill_and_restart().await?;
        shop.node.mine(1).await?;
    }
    shop.find_gateway_again()?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.gateway.kill_and_restart().await?;
    shop.find_gateway_again()?;
    shop.wait_available(&invoice.amount).await?;
    // Told at least once: an answer that a kill cut off is asked for again.
    for event in ["payment_detected", "payment_confirmed"] {
        let told = shop.told.wait_for_event(&invoice.id, event).await?;
        told.verify(&shop.merchant.app_secret)?;
    }
    shop.close_and_audit().await
}

pub async fn an_unpaid_invoice_expires_and_the_grace_still_takes_its_money(coin: Coin) -> Told<()> {
    let wanted = Configuration::default().expiry("3s");
    let Some(shop) = Shop::open_with(coin, wanted).await? else { return Ok(()) };
    let (whole, short) = (shop.invoice().await?, shop.invoice().await?);
    shop.stands(&whole, "expired", "none").await?;
    shop.stands(&short, "expired", "none").await?;
    shop.pay(&whole, 100).await?;
    let (_, part) = shop.pay(&short, 30).await?;
    shop.node.let_pass(5).await?;
    shop.node.mine(1).await?;
    shop.stands(&whole, "confirming", "none").await?;
    shop.stands(&short, "expired", "paid_late").await?;
    shop.node.mine(DEEP).await?;
    shop.stands(&whole, "confirmed", "paid_late").await?;
    let sum = wei::units(&whole.amount)? + wei::units(&part)?;
    shop.wait_available(&wei::coins(sum)).await?;
    shop.wait_both_events(&whole).await?;
    shop.close_and_audit().await
}

/// While the node says nothing, nothing is concluded.
pub async fn a_node_that_falls_silent_is_waited_for(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.pay(&invoice, 100).await?;
    shop.node.mine(1).await?;
    shop.wait_received(&invoice, 1).await?;
    shop.node.pause(true)?;
    let ready = cryptopayment_test_support::wait::until(
        "the network is said to be in trouble",
        async || {
            let answer = shop.gateway.get("/readyz").await?;
            let said = answer.text();
            let troubled = answer.status == 503 && said.contains(coin.network());
            Ok(cryptopayment_test_support::wait::Look::when(troubled, (), || said))
        },
    )
    .await;
    shop.node.pause(false)?;
    ready?;
    shop.node.mine(DEEP).await?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;
    shop.close_and_audit().await
}
