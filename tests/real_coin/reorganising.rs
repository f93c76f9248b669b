//! Payments that leave the chain again: before they are deep, after, for good, for a while.

use super::{DEEP, Shop};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::gateway::merchant::Opened;
use cryptopayment_test_support::nodes::Program;

impl Shop {
    /// Mines `depth` blocks on the paid invoice, then replaces them by a longer chain in which the
    /// customer's coins went elsewhere.
    async fn undo_for_good(&self, txid: &str, depth: usize) -> Told<()> {
        let conflict = self.node.spend_instead(txid).await?;
        let first_gone = self.node.height().await? + 1 - depth as u64;
        self.node.invalidate(&self.node.hash_at(first_gone).await?).await?;
        self.node.mine_exactly(&[&conflict]).await?;
        self.node.mine_empty(depth).await
    }

    async fn wait_received(&self, invoice: &Opened, received: u64) -> Told<()> {
        self.merchant
            .wait_invoice(&invoice.id, &format!("has {received} confirmations"), |invoice| {
                invoice.count("confirmations.received").is_ok_and(|count| count == received)
            })
            .await
            .map(drop)
    }
}

pub async fn a_reorganisation_before_confirmation_undoes_the_payment(program: Program) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let txid = shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.node.mine(1).await?;
    shop.wait_received(&invoice, 1).await?;
    shop.undo_for_good(&txid, 1).await?;
    let undone = shop.merchant.wait_status(&invoice.id, "pending", "reorged").await?;
    assert_eq!(undone.number("paid_amount")?, "0");
    assert_eq!(shop.merchant.balance(&shop.coin).await?, ("0".to_owned(), "0".to_owned()));

    // The customer pays again, and this time it stays.
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.node.mine(DEEP).await?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn a_payment_mined_in_another_block_is_one_payment(program: Program) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.node.mine(1).await?;
    shop.wait_received(&invoice, 1).await?;
    shop.node.reorganise(1, 2).await?;
    shop.merchant.wait_status(&invoice.id, "confirming", "reorged").await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    assert_eq!(confirmed.list("payments")?.len(), 1);
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn a_reorganisation_after_confirmation_takes_the_credit_back(
    program: Program,
) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let txid = shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.node.mine(DEEP).await?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;

    shop.undo_for_good(&txid, DEEP).await?;
    let undone = shop.merchant.wait_status(&invoice.id, "confirmed", "reorged").await?;
    assert_eq!(undone.text("payments.0.state")?, "reverted");
    shop.wait_available("0").await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn a_credit_taken_back_is_given_again_when_the_payment_is_deep_again(
    program: Program,
) -> Told<()> {
    let Some(mut shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.node.mine(DEEP).await?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;

    shop.node.reorganise(DEEP as u64, DEEP + 1).await?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "reorged").await?;
    shop.wait_available("0").await?;
    shop.gateway.kill_and_restart().await?;
    shop.find_gateway_again()?;
    shop.node.mine(DEEP).await?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn a_reorganisation_while_the_gateway_was_down_is_found(program: Program) -> Told<()> {
    let Some(mut shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let txid = shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.node.mine(DEEP).await?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    shop.wait_available(&invoice.amount).await?;
    shop.gateway.kill();
    shop.undo_for_good(&txid, DEEP).await?;
    shop.gateway.start().await?;
    shop.find_gateway_again()?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "reorged").await?;
    shop.wait_available("0").await?;
    shop.close_and_audit().await
}

pub async fn a_double_spent_sighting_is_as_if_never_seen(program: Program) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let txid = shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.merchant.wait_status(&invoice.id, "confirming", "none").await?;
    shop.node.double_spend(&txid).await?;
    shop.node.mine(1).await?;
    let withdrawn = shop.merchant.wait_status(&invoice.id, "pending", "none").await?;
    assert_eq!(withdrawn.number("paid_amount")?, "0");
    shop.close_and_audit().await
}
