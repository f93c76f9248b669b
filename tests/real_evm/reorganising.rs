//! Payments that leave the chain again: before they are deep, after, for good, for a while.

use super::{DEEP, Shop};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::evm::Coin;

pub async fn a_reorganisation_before_confirmation_undoes_the_payment(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.pay(&invoice, 100).await?;
    shop.node.mine(DEEP - 1).await?;
    shop.wait_received(&invoice, DEEP - 1).await?;
    shop.node.reorganise(DEEP - 1, &[]).await?;
    let undone = shop.stands(&invoice, "pending", "reorged").await?;
    assert_eq!(undone.number("paid_amount")?, "0");
    assert_eq!(shop.merchant.balance(coin.balance()).await?, ("0".to_owned(), "0".to_owned()));

    // The customer pays again with the same nonce, and this time it stays.
    shop.pay(&invoice, 100).await?;
    shop.node.mine(DEEP).await?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn a_payment_mined_in_another_block_is_one_payment(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let (invoice, other) = (shop.invoice().await?, shop.invoice().await?);
    // Before the reorganisation another log comes first in the block, after it none does.
    shop.pay(&other, 10).await?;
    let outputs = [(invoice.address.as_str(), super::percent_of(&invoice, 100)?)];
    let txid = shop.node.send_all(&outputs).await?;
    let raw = shop.node.raw(&txid).await?;
    shop.node.mine(2).await?;
    let before = shop.wait_received(&invoice, 2).await?;
    let first = shop.node.raw(other_txid(&shop, &other.id).await?.as_str()).await?;
    shop.node.reorganise(2, &[&first, &raw]).await?;
    shop.wait_received(&invoice, 1).await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.stands(&invoice, "confirmed", "none").await?;
    assert_eq!(confirmed.list("payments")?.len(), 1);
    for same in ["payments.0.txid", "txid"] {
        assert_eq!(confirmed.text(same)?, before.text(same)?);
    }
    assert_eq!(confirmed.count("payments.0.index")?, before.count("payments.0.index")?);
    assert_ne!(
        confirmed.count("payments.0.block_height")?,
        before.count("payments.0.block_height")?
    );
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

async fn other_txid(shop: &Shop, id: &str) -> Told<String> {
    let invoice = shop
        .merchant
        .wait_invoice(id, "was paid", |invoice| invoice.text("payments.0.txid").is_ok());
    Ok(invoice.await?.text("payments.0.txid")?.to_owned())
}

pub async fn a_reorganisation_after_confirmation_takes_the_credit_back(coin: Coin) -> Told<()> {
    let Some(shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.pay(&invoice, 100).await?;
    shop.node.mine(DEEP + 5).await?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;

    shop.node.reorganise(DEEP + 5, &[]).await?;
    let undone = shop.stands(&invoice, "confirmed", "reorged").await?;
    assert_eq!(undone.text("payments.0.state")?, "reverted");
    shop.wait_available("0").await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn a_credit_taken_back_is_given_again_when_the_payment_is_deep_again(
    coin: Coin,
) -> Told<()> {
    let Some(mut shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let (txid, _) = shop.pay(&invoice, 100).await?;
    let raw = shop.node.raw(&txid).await?;
    shop.node.mine(DEEP).await?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;

    shop.node.reorganise(DEEP, &[]).await?;
    shop.stands(&invoice, "confirmed", "reorged").await?;
    shop.wait_available("0").await?;
    shop.gateway.kill_and_restart().await?;
    shop.find_gateway_again()?;
    shop.node.call("eth_sendRawTransaction", &format!(r#"["{raw}"]"#)).await?;
    shop.node.mine(DEEP).await?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;
    let again = shop.merchant.invoice(&invoice.id).await?;
    assert_eq!((again.list("payments")?.len(), again.text("txid")?), (1, txid.as_str()));
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn a_reorganisation_while_the_gateway_was_down_is_found(coin: Coin) -> Told<()> {
    let Some(mut shop) = Shop::open(coin).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.pay(&invoice, 100).await?;
    shop.node.mine(DEEP).await?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;
    shop.gateway.kill();
    shop.node.reorganise(DEEP, &[]).await?;
    shop.node.mine(2).await?;
    shop.gateway.start().await?;
    shop.find_gateway_again()?;
    shop.stands(&invoice, "confirmed", "reorged").await?;
    shop.wait_available("0").await?;
    shop.close_and_audit().await
}
