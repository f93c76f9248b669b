//! Payments that wait: replaced, double-spent, evicted, forgotten, in chains, in a crowd, pushed.

use super::{DEEP, Shop, percent_of};
use cryptopayment_test_support::gateway::Configuration;
use cryptopayment_test_support::gateway::merchant::Opened;
use cryptopayment_test_support::nodes::{Door, Manners, Node, Program, amount};
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::{Json, Told};
use tokio::time::Instant;

/// Longer than the node keeps a transaction that is not mined (336 hours).
const EXPIRY_S: u64 = 337 * 3600;

impl Shop {
    async fn stands(&self, invoice: &Opened, status: &str, detail: &str) -> Told<Json> {
        self.merchant.wait_status(&invoice.id, status, detail).await
    }

    /// Nothing was ever taken for gone that was not.
    fn nothing_was_withdrawn(&self) {
        let log = self.gateway.log();
        assert!(!log.contains("a sighting is withdrawn"), "{log}");
    }

    /// Only what the customer saw first is told, and nothing is the merchant's.
    async fn only_detected(&self, invoice: &Opened) -> Told<()> {
        self.told.wait_for_event(&invoice.id, "payment_detected").await?;
        assert_eq!(self.told.events_of(&invoice.id)?, ["payment_detected"]);
        self.wait_available("0").await
    }

    /// Waits until the watcher has looked at the node several times more.
    async fn looked_at_again(&self, door: &Door) -> Told<()> {
        let when = Instant::now();
        wait::until("the mempool is read several times", async || {
            let times = door.called_since("getrawmempool", when);
            Ok(Look::when(times >= 4, (), || format!("{times} times")))
        })
        .await
    }
}

pub async fn a_replaced_payment_is_as_if_never_seen(program: Program) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let (one, other) = (shop.invoice().await?, shop.invoice().await?);
    let (more, less) = (percent_of(&one, 150)?, percent_of(&one, 40)?);
    let first = shop.node.send(&one.address, &one.amount).await?;
    shop.stands(&one, "confirming", "none").await?;

    // BIP125: more, then less, and the rest to another invoice of ours, then nothing of it.
    let second = shop.node.replace(&first, &[(&one.address, &more)]).await?;
    let seen = shop.stands(&one, "confirming", "overpaid").await?;
    assert_eq!(seen.text("txid")?, second);
    let both = [(one.address.as_str(), less.as_str()), (&other.address, &other.amount)];
    let third = shop.node.replace(&second, &both).await?;
    shop.stands(&one, "confirming", "underpaid").await?;
    shop.stands(&other, "confirming", "none").await?;
    shop.node.double_spend(&third).await?;
    for invoice in [&one, &other] {
        let withdrawn = shop.stands(invoice, "pending", "none").await?;
        assert_eq!(withdrawn.number("paid_amount")?, "0");
        assert_eq!(*withdrawn.at("txid")?, Json::Null);
        shop.only_detected(invoice).await?;
    }
    shop.node.mine(DEEP).await?;

    shop.node.send(&one.address, &one.amount).await?;
    shop.node.mine(DEEP).await?;
    shop.stands(&one, "confirmed", "none").await?;
    shop.wait_available(&one.amount).await?;
    shop.wait_both_events(&one).await?;
    shop.close_and_audit().await
}

pub async fn a_payment_that_said_it_was_final_is_replaced_all_the_same(
    program: Program,
) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let first = shop.node.send_final(&invoice.address, &invoice.amount).await?;
    shop.stands(&invoice, "confirming", "none").await?;
    match program {
        // Full replacement: who pays more is taken, signalled or not.
        Program::Bitcoind => drop(shop.node.replace(&first, &[]).await?),
        // Nobody relays it, but a miner may take the other one.
        Program::Litecoind => {
            let conflict = shop.node.spend_instead(&first).await?;
            shop.node.mine_exactly(&[&conflict]).await?;
        }
    }
    shop.stands(&invoice, "pending", "none").await?;
    shop.only_detected(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn an_evicted_payment_is_withdrawn_and_may_come_back(program: Program) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let invoice = shop.invoice().await?;
    let txid = shop.node.send(&invoice.address, &invoice.amount).await?;
    let raw = shop.node.raw(&txid).await?;
    shop.stands(&invoice, "confirming", "none").await?;

    // Two weeks pass for the node; the next that comes has it throw out what is too old.
    let tip = shop.node.hash_at(shop.node.height().await?).await?;
    let now =
        shop.node.rpc.call("getblockheader", &format!(r#"["{tip}"]"#)).await?.count("time")?;
    shop.node.rpc.call("setmocktime", &format!("[{}]", now + EXPIRY_S)).await?;
    shop.node.send(&shop.node.new_address().await?, "1").await?;
    assert!(!shop.node.waiting().await?.contains(&txid), "{txid} has not expired");
    shop.stands(&invoice, "pending", "none").await?;

    assert_eq!(shop.node.broadcast(&raw).await?, txid);
    shop.stands(&invoice, "confirming", "none").await?;
    shop.node.mine(DEEP).await?;
    let confirmed = shop.stands(&invoice, "confirmed", "none").await?;
    assert_eq!(confirmed.list("payments")?.len(), 1);
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

/// Change of unmined change: each pays an invoice, and all of them fall with the first.
pub async fn a_chain_of_unmined_payments_stands_and_falls_with_its_first(
    program: Program,
) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let mut invoices = Vec::new();
    for _ in 0..3 {
        invoices.push(shop.invoice().await?);
    }
    let home = shop.node.new_address().await?;
    let first = shop.node.send(&home, "49.5").await?;
    let chain = async || {
        let start = shop.node.replace(&first, &[]).await?;
        let mut last = (start.clone(), 0);
        for invoice in &invoices {
            let outputs = [(invoice.address.as_str(), invoice.amount.as_str())];
            let child = shop.node.spend_output(&last.0, last.1, &outputs).await?;
            last = (child, 1);
        }
        for invoice in &invoices {
            shop.stands(invoice, "confirming", "none").await?;
        }
        Told::Ok(start)
    };
    let start = chain().await?;
    shop.node.double_spend(&start).await?;
    for invoice in &invoices {
        shop.stands(invoice, "pending", "none").await?;
        shop.only_detected(invoice).await?;
    }

    chain().await?;
    shop.node.mine(DEEP).await?;
    let mut sum = 0;
    for invoice in &invoices {
        shop.stands(invoice, "confirmed", "none").await?;
        shop.wait_both_events(invoice).await?;
        sum += amount::units(&invoice.amount)?;
    }
    shop.wait_available(&amount::coins(sum)).await?;
    shop.close_and_audit().await
}

pub async fn many_outputs_are_seen_waiting_and_never_missed_between_pool_and_block(
    program: Program,
) -> Told<()> {
    let Some(shop) = Shop::open(program).await? else { return Ok(()) };
    let (one, other) = (shop.invoice().await?, shop.invoice().await?);
    let half = percent_of(&one, 50)?;
    let outputs = [
        (one.address.as_str(), half.as_str()),
        (other.address.as_str(), other.amount.as_str()),
        (one.address.as_str(), half.as_str()),
    ];
    shop.node.send_outputs(&outputs).await?;
    for invoice in [&one, &other] {
        shop.stands(invoice, "confirming", "none").await?;
    }
    shop.node.mine(DEEP).await?;
    let confirmed = shop.stands(&one, "confirmed", "none").await?;
    assert_eq!(confirmed.list("payments")?.len(), 2);
    shop.stands(&other, "confirmed", "none").await?;

    // Out of the mempool into a block that is not scanned yet, again and again.
    for _ in 0..6 {
        let next = shop.invoice().await?;
        shop.node.send(&next.address, &next.amount).await?;
        shop.stands(&next, "confirming", "none").await?;
        shop.node.mine(DEEP).await?;
        shop.stands(&next, "confirmed", "none").await?;
        shop.wait_both_events(&next).await?;
    }
    shop.nothing_was_withdrawn();
    shop.close_and_audit().await
}

pub async fn a_node_that_restarts_takes_no_sighting_with_it(program: Program) -> Told<()> {
    let Some(node) = Node::start(program).await? else { return Ok(()) };
    let door = Door::to(&node.rpc).await?;
    let rpc = door.rpc();
    let mut shop = Shop::open_at(node, &[rpc], Configuration::default()).await?;
    let invoice = shop.invoice().await?;
    let txid = shop.node.send(&invoice.address, &invoice.amount).await?;
    let raw = shop.node.raw(&txid).await?;
    shop.stands(&invoice, "confirming", "none").await?;

    // First with what it saved; then it has forgotten everything, and nobody tells it again.
    shop.node.restart().await?;
    assert_eq!(shop.node.waiting().await?, [txid.as_str()]);
    shop.looked_at_again(&door).await?;
    shop.node.restart_with(&["-persistmempool=0", "-walletbroadcast=0"]).await?;
    assert_eq!(shop.node.waiting().await?, Vec::<String>::new());
    shop.looked_at_again(&door).await?;
    let still = shop.merchant.invoice(&invoice.id).await?;
    assert_eq!((still.text("status")?, still.text("status_detail")?), ("confirming", "none"));

    // Others have not forgotten it: it comes in a block.
    shop.node.mine_exactly(&[&raw]).await?;
    shop.node.mine(DEEP - 1).await?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.nothing_was_withdrawn();
    shop.wait_available(&invoice.amount).await?;
    shop.wait_both_events(&invoice).await?;
    shop.close_and_audit().await
}

pub async fn what_a_second_node_lacks_stands_until_it_is_spent_otherwise(
    program: Program,
) -> Told<()> {
    let Some(node) = Node::start(program).await? else { return Ok(()) };
    let Some(second) = Node::bare(program).await? else { return Ok(()) };
    for height in 1..=node.height().await? {
        node.hand_block(height, &second).await?;
    }
    let (first, next) = (Door::to(&node.rpc).await?, Door::to(&second.rpc).await?);
    let providers = [first.rpc(), next.rpc()];
    let shop = Shop::open_at(node, &providers, Configuration::default()).await?;
    let (kept, lost) = (shop.invoice().await?, shop.invoice().await?);
    shop.node.send(&kept.address, &kept.amount).await?;
    let txid = shop.node.send(&lost.address, &lost.amount).await?;
    for invoice in [&kept, &lost] {
        shop.stands(invoice, "confirming", "none").await?;
    }
    first.behave(Manners::Status(500));
    shop.looked_at_again(&next).await?;
    shop.nothing_was_withdrawn();

    // One is mined as it is, of the other a conflict: both in blocks that only the second tells.
    let conflict = shop.node.spend_instead(&txid).await?;
    let wanted: Vec<String> =
        shop.node.waiting().await?.into_iter().filter(|waiting| *waiting != txid).collect();
    shop.node.mine_exactly(&[&wanted[0], &conflict]).await?;
    let height = shop.node.height().await?;
    shop.node.hand_block(height, &second).await?;
    shop.stands(&lost, "pending", "none").await?;
    shop.only_detected(&lost).await?;
    shop.node.mine(1).await?;
    shop.node.hand_block(height + 1, &second).await?;
    shop.stands(&kept, "confirmed", "none").await?;
    shop.wait_available(&kept.amount).await?;
    shop.wait_both_events(&kept).await?;
    shop.close_and_audit().await
}

/// What waits is read once; a poll of a mempool in which nothing is new costs one list.
pub async fn a_crowd_is_read_once(program: Program) -> Told<()> {
    const CROWD: u32 = 600;
    let Some(node) = Node::start(program).await? else { return Ok(()) };
    let coins = node.crowd_coins(CROWD as usize + 50).await?;
    node.crowd(&coins, 0..CROWD).await?;
    let door = Door::to(&node.rpc).await?;
    let rpc = door.rpc();
    let began = Instant::now();
    let shop = Shop::open_at(node, &[rpc], Configuration::default()).await?;
    let invoice = shop.invoice().await?;
    shop.looked_at_again(&door).await?;
    assert_eq!(door.called_since("getrawtransaction", began), CROWD as usize);

    let when = Instant::now();
    shop.node.crowd(&coins, CROWD..CROWD + 50).await?;
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.stands(&invoice, "confirming", "none").await?;
    shop.looked_at_again(&door).await?;
    assert_eq!(door.called_since("getrawtransaction", when), 51);
    let (polls, lists) =
        (door.called_since("getblockchaininfo", when), door.called_since("getrawmempool", when));
    assert!(lists <= polls + 1, "{lists} lists in {polls} polls");
    shop.node.mine(DEEP).await?;
    shop.stands(&invoice, "confirmed", "none").await?;
    shop.close_and_audit().await
}
