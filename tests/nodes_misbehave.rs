//! A provider that hangs, turns us away, shows web pages, cuts its answers short, or lags behind:
//! named in `/readyz` and the log, asked again less and less often, and nothing is skipped.

use cryptopayment_test_support::Told;
use cryptopayment_test_support::gateway::merchant::Opened;
use cryptopayment_test_support::gateway::{Configuration, Gateway, Merchant};
use cryptopayment_test_support::nodes::{Door, Manners, Node, Program};
use cryptopayment_test_support::receiver::Receiver;
use cryptopayment_test_support::wait::{self, Look};
use tokio::time::Instant;

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");
const CONFIRMATIONS: u32 = 2;

/// A gateway whose only way to the node is the door.
struct Behind {
    node: Node,
    door: Door,
    gateway: Gateway,
    merchant: Merchant,
    _told: Receiver,
}

impl Behind {
    async fn start() -> Told<Option<Self>> {
        Self::start_with(Configuration::default()).await
    }

    async fn start_with(wanted: Configuration) -> Told<Option<Self>> {
        let Some(node) = Node::start(Program::Litecoind).await? else { return Ok(None) };
        let door = Door::to(&node.rpc).await?;
        let told = Receiver::start().await?;
        let wanted = wanted.network(Program::Litecoind, &[door.rpc()], CONFIRMATIONS);
        let gateway = Gateway::serve(GATEWAY, &wanted, &told.url()).await?;
        let merchant = gateway.merchant()?;
        Ok(Some(Self { node, door, gateway, merchant, _told: told }))
    }

    /// Waits until `/readyz` answers 503 and names the network.
    async fn wait_named(&self) -> Told<()> {
        wait::until("/readyz names the network that is behind", async || {
            let answer = self.gateway.get("/readyz").await?;
            let named = answer.status == 503 && answer.text().contains("ltc");
            Ok(Look::when(named, (), || format!("{} {}", answer.status, answer.text())))
        })
        .await
    }

    /// Waits until a network that stays behind takes no new invoices, and says when to ask again.
    async fn wait_closed(&self) -> Told<()> {
        let body = r#"{"network":"ltc","amount_usd":50}"#;
        let refused = wait::until("new invoices are refused", async || {
            let answer = self.merchant.call("POST", "/invoices", body).await?;
            let text = answer.text();
            Ok(Look::when(answer.status != 201, answer, || text))
        })
        .await?;
        assert!(refused.headers.get("retry-after").is_some(), "{}", refused.text());
        assert_eq!(refused.expect(503)?.text("error.code")?, "network_unavailable");
        Ok(())
    }

    async fn wait_ready_again(&mut self) -> Told<()> {
        self.gateway.wait_ready().await
    }

    /// The money that came while the door was shut is found, once.
    async fn nothing_was_skipped(&self, invoice: &Opened) -> Told<()> {
        let confirmed = self.merchant.wait_status(&invoice.id, "confirmed", "none").await?;
        assert_eq!(confirmed.list("payments")?.len(), 1);
        self.merchant.wait_available("LTC", &invoice.amount).await
    }
}

/// The one story: the door shuts in some way, money comes, the door opens.
async fn money_that_came_while_the_door_was(manners: Manners) -> Told<()> {
    let Some(mut shop) = Behind::start().await? else { return Ok(()) };
    let invoice = shop.merchant.open("ltc", "600.00").await?;
    shop.door.behave(manners);
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.node.mine(5).await?;
    shop.wait_named().await?;
    let log = shop.gateway.log();
    assert!(log.contains("ltc"), "the log does not name the network:\n{log}");
    assert!(!log.contains(&shop.node.rpc.password), "the log shows the node's password");

    shop.wait_closed().await?;
    let still = shop.merchant.invoice(&invoice.id).await?;
    assert_eq!(still.text("status")?, "pending", "{still}");

    shop.door.behave(Manners::Pass);
    shop.nothing_was_skipped(&invoice).await?;
    shop.wait_ready_again().await?;
    shop.merchant.open("ltc", "50.00").await.map(drop)
}

#[tokio::test]
async fn money_that_came_while_the_node_hung_is_found() -> Told<()> {
    money_that_came_while_the_door_was(Manners::Hang).await
}

#[tokio::test]
async fn money_that_came_while_the_node_turned_us_away_is_found() -> Told<()> {
    money_that_came_while_the_door_was(Manners::Status(401)).await
}

#[tokio::test]
async fn money_that_came_while_the_node_limited_us_is_found() -> Told<()> {
    money_that_came_while_the_door_was(Manners::Status(429)).await
}

#[tokio::test]
async fn money_that_came_while_the_node_was_broken_is_found() -> Told<()> {
    money_that_came_while_the_door_was(Manners::Status(500)).await
}

#[tokio::test]
async fn money_that_came_while_the_node_showed_a_web_page_is_found() -> Told<()> {
    money_that_came_while_the_door_was(Manners::WebPage).await
}

#[tokio::test]
async fn money_that_came_while_answers_were_cut_short_is_found() -> Told<()> {
    money_that_came_while_the_door_was(Manners::CutShort).await
}

#[tokio::test]
async fn money_that_came_while_connections_were_reset_is_found() -> Told<()> {
    money_that_came_while_the_door_was(Manners::Reset).await
}

/// Expiry waits for the scan: a lagging gateway never expires an invoice that was paid in time.
#[tokio::test]
async fn an_invoice_does_not_expire_while_nobody_looks() -> Told<()> {
    let Some(shop) = Behind::start_with(Configuration::default().expiry("4s")).await? else {
        return Ok(());
    };
    let invoice = shop.merchant.open("ltc", "600.00").await?;
    let opened = Instant::now();
    shop.door.behave(Manners::Status(500));
    shop.node.send(&invoice.address, &invoice.amount).await?;
    shop.node.mine(CONFIRMATIONS as usize).await?;
    wait::until("its time is over", async || {
        let waited = opened.elapsed();
        Ok(Look::when(waited.as_secs() > 5, (), || format!("{waited:?}")))
    })
    .await?;
    let still = shop.merchant.invoice(&invoice.id).await?;
    assert_eq!(still.text("status")?, "pending", "{still}");
    shop.door.behave(Manners::Pass);
    let confirmed = shop.merchant.wait_status(&invoice.id, "confirmed", "").await?;
    assert_eq!(confirmed.list("payments")?.len(), 1);
    shop.merchant.wait_available("LTC", &invoice.amount).await
}

#[tokio::test]
async fn an_older_height_is_lag_and_undoes_nothing() -> Told<()> {
    let Some(mut shop) = Behind::start().await? else { return Ok(()) };
    let Some(lagging) = Node::bare(Program::Litecoind).await? else { return Ok(()) };
    let height = shop.node.height().await?;
    for next in 1..=height {
        shop.node.hand_block(next, &lagging).await?;
    }
    let (paid, open) =
        (shop.merchant.open("ltc", "600.00").await?, shop.merchant.open("ltc", "600.00").await?);
    shop.node.send(&paid.address, &paid.amount).await?;
    shop.node.mine(CONFIRMATIONS as usize).await?;
    shop.nothing_was_skipped(&paid).await?;

    // The provider now answers from a node of the same chain that has not seen these blocks.
    shop.door.behave(Manners::Elsewhere(lagging.rpc.address));
    shop.node.send(&open.address, &open.amount).await?;
    shop.node.mine(CONFIRMATIONS as usize).await?;
    shop.wait_named().await?;
    let still = shop.merchant.invoice(&paid.id).await?;
    assert_eq!((still.text("status")?, still.text("status_detail")?), ("confirmed", "none"));
    assert_eq!(still.text("payments.0.state")?, "confirmed");

    shop.door.behave(Manners::Pass);
    shop.merchant.wait_status(&open.id, "confirmed", "none").await?;
    shop.wait_ready_again().await
}

#[tokio::test]
async fn a_second_provider_takes_over_and_the_network_stays_ready() -> Told<()> {
    let Some(node) = Node::start(Program::Litecoind).await? else { return Ok(()) };
    let (first, second) = (Door::to(&node.rpc).await?, Door::to(&node.rpc).await?);
    let told = Receiver::start().await?;
    let providers = [first.rpc(), second.rpc()];
    let wanted = Configuration::default().network(Program::Litecoind, &providers, CONFIRMATIONS);
    let gateway = Gateway::serve(GATEWAY, &wanted, &told.url()).await?;
    let merchant = gateway.merchant()?;
    let invoice = merchant.open("ltc", "600.00").await?;
    for (bad, good) in [(&first, &second), (&second, &first)] {
        bad.behave(Manners::Status(500));
        good.behave(Manners::Pass);
        node.send(&invoice.address, &invoice.amount).await?;
        let before = Instant::now();
        node.mine(CONFIRMATIONS as usize).await?;
        merchant.wait_status(&invoice.id, "confirmed", "").await?;
        wait::until("the good provider is asked", async || {
            Ok(Look::when(good.asked_since(before) > 0, (), || "nobody asked".to_owned()))
        })
        .await?;
    }
    let both = merchant
        .wait_invoice(&invoice.id, "has both payments confirmed", |now| {
            now.list("payments").is_ok_and(|payments| {
                payments.len() == 2
                    && payments.iter().all(|one| one.text("state").is_ok_and(|s| s == "confirmed"))
            })
        })
        .await?;
    assert_eq!(both.text("status_detail")?, "overpaid");
    assert_eq!(gateway.get("/readyz").await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn a_node_that_is_down_is_asked_less_and_less_often() -> Told<()> {
    let Some(mut shop) = Behind::start().await? else { return Ok(()) };
    shop.door.behave(Manners::Status(500));
    let when = Instant::now();
    shop.wait_named().await?;
    let asked = wait::until("the node was asked several times", async || {
        let asked = shop.door.instants_since(when);
        let count = asked.len();
        Ok(Look::when(count >= 5, asked, || format!("{count} times")))
    })
    .await?;
    // A pause begins after the answer before it, so that load can only lengthen it: 200 ms doubled
    // at each failure, the first of which may have been just before we looked.
    for (pair, least_ms) in asked.windows(2).zip([400, 800, 1_600, 3_200]) {
        let pause = pair[1] - pair[0];
        assert!(pause.as_millis() >= least_ms, "no back-off: {pause:?}, not {least_ms} ms");
    }
    shop.door.behave(Manners::Pass);
    shop.wait_ready_again().await
}

#[tokio::test]
async fn a_node_of_another_chain_is_not_believed() -> Told<()> {
    let Some(node) = Node::bare(Program::Bitcoind).await? else { return Ok(()) };
    // Litecoin's network, served by a node of Bitcoin's: a configuration mixed up.
    let wanted =
        Configuration::default().network(Program::Litecoind, std::slice::from_ref(&node.rpc), 2);
    let mut gateway = Gateway::configured(GATEWAY, &wanted)?;
    gateway.run(&["init"])?.must_succeed("init")?;
    // It either refuses to start, or starts and says that this network isn't there.
    match gateway.launch().await {
        Ok(()) => {
            let answer = gateway.get("/readyz").await?;
            assert_eq!(answer.status, 503, "{}", answer.text());
            assert!(answer.text().contains("ltc"), "{}", answer.text());
        }
        Err(failure) => assert!(failure.to_string().contains("ltc"), "{failure}"),
    }
    Ok(())
}
