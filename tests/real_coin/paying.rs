//! Payments that go the ordinary ways: exact, short, over, twice in one transaction, unseen while
//! the gateway was down, late.

use super::{DEEP, Shop, assert_number, percent_of};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::gateway::Configuration;
use cryptopayment_test_support::gateway::merchant::same_number;
use cryptopayment_test_support::nodes::{Program, amount};

pub async fn an_exact_payment_is_seen_confirmed_credited_and_announced(
    program: Program,
) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let txid = shop.node.send(&invoice.address, &invoice.amount).await?;

    let seen = shop.merchant.wait_status(&invoice.id, "confirming", "none").await?;
    assert_number(&seen, "paid_amount", &invoice.amount)?;
    assert_eq!(seen.text("txid")?, txid);
    assert_eq!(seen.count("confirmations.received")?, 0);
    assert_eq!(seen.text("payments.0.state")?, "mempool");
    shop.wait_available("0").await?;

    shop.node.mine(1).await?;
    let mined = shop
        .merchant
        .wait_invoice(&invoice.id, "has one confirmation", |invoice| {
            invoice.count("confirmations.received").is_ok_and(|count| count == 1)
        })
        .await?;
    assert_eq!(mined.text("status")?, "confirming");
    assert_eq!(mined.count("payments.0.block_height")?, shop.node.height().await?);
    let (available, pending) = shop.merchant.balance(&shop.coin).await?;
    assert!(same_number(&available, "0"), "{available} is available too early");
    assert!(same_number(&pending, &invoice.amount), "{pending} is pending");

    shop.node.mine(DEEP - 1).await?;
    let confirmed = shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    assert_number(&confirmed, "paid_amount", &invoice.amount)?;
    assert_number(&confirmed, "amount_remaining", "0")?;
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    let told = shop.told.wait_for_event(&invoice.id, "payment_confirmed").await?.json()?;
    assert_eq!(told.text("txid")?, txid);
    assert_eq!(told.count("confirmations")?, DEEP as u64);
    shop.close_and_audit().await
}

pub async fn a_short_payment_waits_for_the_rest(program: Program) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let first = percent_of(&invoice, 40)?;
    let rest = amount::coins(amount::units(&invoice.amount)? - amount::units(&first)?);

    shop.node.send(&invoice.address, &first).await?;
    let short = shop.merchant.wait_status(&invoice.id, "confirming", "underpaid").await?;
    assert_number(&short, "paid_amount", &first)?;
    assert_number(&short, "amount_remaining", &rest)?;
    shop.node.mine(DEEP).await?;
    // What is deep is the merchant's, whatever the invoice still waits for.
    shop.wait_available(&first).await?;
    assert_eq!(shop.merchant.invoice(&invoice.id).await?.text("status")?, "confirming");

    shop.node.send(&invoice.address, &rest).await?;
    shop.merchant.wait_status(&invoice.id, "confirming", "none").await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    assert_eq!(confirmed.list("payments")?.len(), 2);
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn an_overpayment_is_credited_whole_and_named(program: Program) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let too_much = percent_of(&invoice, 150)?;
    shop.node.send(&invoice.address, &too_much).await?;
    shop.merchant.wait_status(&invoice.id, "confirming", "overpaid").await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.merchant.wait_status(&invoice.id, "confirmed", "overpaid").await?;
    assert_number(&confirmed, "paid_amount", &too_much)?;
    shop.wait_available(&too_much).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn two_outputs_of_one_transaction_are_two_payments(program: Program) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let (one, other) = (shop.invoice().await?, shop.invoice().await?);
    let half = percent_of(&one, 50)?;
    let outputs = [
        (one.address.as_str(), half.as_str()),
        (one.address.as_str(), half.as_str()),
        (other.address.as_str(), other.amount.as_str()),
    ];
    shop.node.send_outputs(&outputs).await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.merchant.wait_status(&one.id, "confirmed", "none").await?;
    assert_eq!(confirmed.list("payments")?.len(), 2);
    shop.merchant.wait_status(&other.id, "confirmed", "none").await?;
    let sum = amount::units(&one.amount)? + amount::units(&other.amount)?;
    shop.wait_available(&amount::coins(sum)).await?;
    shop.close_and_audit().await
}

pub async fn what_was_paid_while_the_gateway_was_down_is_found(program: Program) -> Told<()> {
    let Some(mut shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.gateway.kill();
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.node.mine(30).await?;
    shop.gateway.start().await?;
    shop.find_gateway_again()?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn a_kill_at_every_step_changes_nothing(program: Program) -> Told<()> {
    let Some(mut shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.gateway.kill_and_restart().await?;
    shop.find_gateway_again()?;
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.merchant.wait_status(&invoice.id, "confirming", "none").await?;
    for _ in 0..DEEP {
        shop.gateway.kill_and_restart().await?;
        shop.node.mine(1).await?;
    }
    shop.find_gateway_again()?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
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

pub async fn an_unpaid_invoice_expires_and_the_grace_still_takes_its_money(
    program: Program,
) -> Told<()> {
    let wanted = Configuration::default().expiry("3s");
    let Some(shop) = Shop::open_with(program, wanted).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.merchant.wait_status(&invoice.id, "expired", "none").await?;
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.merchant.wait_status(&invoice.id, "confirming", "none").await?;
    shop.node.mine(DEEP).await?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "paid_late").await?;
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn a_restarting_node_is_waited_for(program: Program) -> Told<()> {
    let Some(mut shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.node.restart().await?;
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.node.mine(DEEP).await?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;
    shop.close_and_audit().await
}
