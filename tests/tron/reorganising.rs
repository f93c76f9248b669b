//! Forks, which on TRON end where blocks are solid: payments that are dropped, that move, and that do
//! so while nobody looks.

use crate::shop::{DEEP, SOLID, Shop, percent_of};
use cryptopayment_test_support::{Failure, Told};
use cryptopayment_tron_node::{Carry, Fork};

/// A fork of this depth on which these transactions never come back.
fn without(depth: u64, txids: &[&str]) -> Told<Fork> {
    let mut fork = Fork { depth, ..Fork::default() };
    for txid in txids {
        let id = hex(txid).ok_or_else(|| Failure::new(format!("{txid} is no id")))?;
        fork.dropped.insert(id);
    }
    Ok(fork)
}

fn hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (place, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(2 * place..2 * place + 2)?, 16).ok()?;
    }
    Some(bytes)
}

/// As deep as is asked for, and not solid: nothing was credited, so nothing is taken back.
#[tokio::test]
async fn a_payment_that_is_forked_away_before_it_is_solid_is_undone() -> Told<()> {
    let shop = Shop::open().await?;
    let invoice = shop.invoice().await?;
    for depth in [1, DEEP, SOLID - 1] {
        let txid = shop.pay(&invoice, 100)?;
        shop.node.mine(depth);
        shop.wait_received(&invoice, depth).await?;
        shop.node.reorganise(without(depth, &[&txid])?)?;
        let undone = shop.stands(&invoice, "pending", "reorged").await?;
        assert_eq!(undone.number("paid_amount")?, "0");
        let none = ("0".to_owned(), "0".to_owned());
        assert_eq!(shop.merchant.balance("USDT-TRC20").await?, none);
    }
    // The customer pays again, and this time it stays.
    shop.pay(&invoice, 100)?;
    shop.node.mine(SOLID);
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.wait_available(percent_of(&invoice, 100)?).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

/// It moves to another block, to another place in it, and comes back from the pool: one payment.
#[tokio::test]
async fn a_payment_that_moves_to_other_blocks_is_one_payment() -> Told<()> {
    let mut shop = Shop::open().await?;
    let (invoice, other) = (shop.invoice().await?, shop.invoice().await?);
    shop.pay(&other, 10)?;
    let half = percent_of(&invoice, 50)?;
    let to = invoice.address.as_str();
    let txid = shop.node.pay_batch(&[(to, half), (to, half)])?;
    shop.node.mine(3);
    shop.wait_received(&invoice, 3).await?;
    for carry in [Carry::Last, Carry::FirstReversed, Carry::Wait] {
        let at = shop.merchant.invoice(&invoice.id).await?.count("payments.0.block_height")?;
        let depth = shop.node.head() + 1 - at;
        shop.node.reorganise(Fork { depth, carry, ..Fork::default() })?;
        if carry == Carry::Wait {
            shop.stands(&invoice, "pending", "reorged").await?;
        }
        shop.kill_and_restart().await?;
        shop.node.mine(2);
        shop.stands(&invoice, "confirming", "none").await?;
    }
    shop.node.mine(SOLID);
    let confirmed = shop.stands(&invoice, "confirmed", "none").await?;
    let payments = confirmed.list("payments")?;
    assert_eq!(payments.len(), 2, "{confirmed}");
    for (place, payment) in (0..).zip(payments) {
        assert_eq!((payment.text("txid")?, payment.count("index")?), (txid.as_str(), place));
        assert_eq!(payment.text("state")?, "confirmed");
    }
    shop.wait_available(2 * half + percent_of(&other, 10)?).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

#[tokio::test]
async fn a_fork_while_the_gateway_was_down_is_found() -> Told<()> {
    let mut shop = Shop::open().await?;
    let (gone, kept) = (shop.invoice().await?, shop.invoice().await?);
    let txid = shop.pay(&gone, 100)?;
    shop.pay(&kept, 100)?;
    shop.node.mine(DEEP + 5);
    shop.wait_received(&gone, DEEP + 5).await?;
    shop.gateway.kill();
    shop.node.reorganise(without(DEEP + 5, &[&txid])?)?;
    shop.node.mine(SOLID + 20);
    shop.gateway.start().await?;
    shop.merchant = shop.gateway.merchant()?;
    shop.stands(&gone, "pending", "reorged").await?;
    shop.stands(&kept, "confirmed", "none").await?;
    shop.wait_available(percent_of(&kept, 100)?).await?;
    shop.wait_both_events(&kept).await?;
    shop.close_and_audit().await
}
