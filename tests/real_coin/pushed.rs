//! Nodes that publish, or should, what happens.

use super::{DEEP, Shop};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::gateway::Configuration;
use cryptopayment_test_support::nodes::{Node, Program, free_address};
use cryptopayment_test_support::wait::{self, Look};
use std::net::SocketAddr;
use std::time::Duration;
use tokio::time::Instant;

/// Bitcoin's node publishes: the gateway asks it every half minute, and hears of payment and block
/// long before, also after the publisher was away. Litecoin's is built without ZMQ: a publisher that
/// is not there is named, and costs nothing.
pub async fn a_push_is_looked_after_at_once_and_without_one_the_node_is_polled(
    program: Program,
) -> Told<()> {
    let address = free_address()?;
    let options = match program {
        Program::Bitcoind => ["hashblock", "hashtx", "sequence"]
            .map(|topic| format!("-zmqpub{topic}=tcp://{address}"))
            .to_vec(),
        Program::Litecoind => Vec::new(),
    };
    let Some(node) = Node::start_with(program, &options).await? else { return Ok(()) };
    match program {
        Program::Bitcoind => pushed(node, address).await,
        Program::Litecoind => polled(node).await,
    }
}

/// Well under the poll interval of 30 s: nobody but a push told it so early.
const PUSHED: Duration = Duration::from_secs(25);

async fn pushed(node: Node, address: SocketAddr) -> Told<()> {
    let rpc = node.rpc.clone();
    let wanted = Configuration::default().poll_interval("30s").zmq(address);
    let mut shop = Shop::open_at(node, &[rpc], wanted).await?;
    let credited = credited_after(&shop).await?;
    assert!(credited < PUSHED, "that was a poll: {credited:?}");
    shop.node.restart().await?;
    let heard = "the node's pushes are heard";
    wait::until("the publisher is heard again", async || {
        let log = shop.gateway.log();
        Ok(Look::when(log.matches(heard).count() == 2, (), || log.clone()))
    })
    .await?;
    let credited = credited_after(&shop).await?;
    assert!(credited < PUSHED, "that was a poll: {credited:?}");
    shop.close_and_audit().await
}

/// How long it takes from the payment of an invoice to its money.
async fn credited_after(shop: &Shop) -> Told<Duration> {
    let invoice = shop.invoice().await?;
    let when = Instant::now();
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.merchant.wait_status(&invoice.id, "confirming", "none").await?;
    let seen = when.elapsed();
    shop.node.mine(DEEP).await?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    let credited = when.elapsed();
    println!("seen after {seen:?}, credited after {credited:?}");
    Ok(credited)
}

async fn polled(node: Node) -> Told<()> {
    let rpc = node.rpc.clone();
    let wanted = Configuration::default().zmq(free_address()?);
    let shop = Shop::open_at(node, &[rpc], wanted).await?;
    let invoice = shop.invoice().await?;
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.merchant.wait_status(&invoice.id, "confirming", "none").await?;
    shop.node.mine(DEEP).await?;
    shop.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
    assert!(shop.gateway.log().contains("the node's pushes are not heard; it is polled"));
    shop.close_and_audit().await
}
