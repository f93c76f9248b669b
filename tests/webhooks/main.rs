//! Webhooks to endpoints that fail: tried again on the configured schedule, with the same words
//! under the same id, through kills, and no oftener than that. Beside it: endpoints
//! that mean harm, and endpoints over TLS.

mod encrypted;
mod hostile;

use cryptopayment_test_support::gateway::{Configuration, Gateway, Merchant};
use cryptopayment_test_support::nodes::{Node, Program};
use cryptopayment_test_support::receiver::{Answer, Delivery, Receiver};
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::{Failure, Told};
use std::time::Duration;

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");

/// One try and two more.
const SCHEDULE: &str = r#"["1s", "2s"]"#;
const ATTEMPTS: usize = 3;

struct Shop {
    node: Node,
    gateway: Gateway,
    merchant: Merchant,
    told: Receiver,
}

impl Shop {
    async fn open() -> Told<Option<Self>> {
        let Some(node) = Node::start(Program::Litecoind).await? else { return Ok(None) };
        let told = Receiver::start().await?;
        let wanted = Configuration::default()
            .network(Program::Litecoind, std::slice::from_ref(&node.rpc), 1)
            .retry_after(SCHEDULE);
        let gateway = Gateway::serve(GATEWAY, &wanted, &told.url()).await?;
        let merchant = gateway.merchant()?;
        Ok(Some(Self { node, gateway, merchant, told }))
    }

    /// An invoice whose payment is in the mempool: one event, `payment_detected`.
    async fn seen(&self) -> Told<String> {
        let invoice = self.merchant.open("ltc", "50.00").await?;
        self.node.send(&invoice.address, &invoice.amount).await?;
        Ok(invoice.id)
    }

    /// All attempts so far for an invoice.
    fn attempts(&self, id: &str) -> Vec<Delivery> {
        let mine = |delivery: &Delivery| delivery.invoice_id().is_ok_and(|of| of == id);
        self.told.received().into_iter().filter(mine).collect()
    }

    async fn wait_attempts(&self, id: &str, count: usize) -> Told<Vec<Delivery>> {
        wait::until(&format!("{count} attempts for {id}"), async || {
            let attempts = self.attempts(id);
            let seen = attempts.len();
            Ok(Look::when(seen >= count, attempts, || format!("{seen} attempts")))
        })
        .await
    }
}

/// Attempts of one delivery say the same under the same id, each signed for its own time.
fn are_one_delivery(attempts: &[Delivery], app_secret: &str) -> Told<()> {
    let first = attempts.first().ok_or_else(|| Failure::new("no attempt"))?;
    for attempt in attempts {
        attempt.verify(app_secret)?;
        assert_eq!(attempt.request.body, first.request.body);
        assert_eq!(attempt.header("webhook-id")?, first.header("webhook-id")?);
    }
    Ok(())
}

#[tokio::test]
async fn a_failing_endpoint_is_tried_on_schedule_and_then_no_more() -> Told<()> {
    let Some(shop) = Shop::open().await? else { return Ok(()) };
    shop.told.from_now_on(Answer::Status(500));
    let first = shop.seen().await?;
    let attempts = shop.wait_attempts(&first, ATTEMPTS).await?;
    are_one_delivery(&attempts, &shop.merchant.app_secret)?;
    for (pair, pause) in attempts.windows(2).zip([1, 2]) {
        let gap = pair[1].at - pair[0].at;
        assert!(gap >= Duration::from_secs(pause), "only {gap:?} instead of {pause} s");
    }
    // When another delivery has been through its whole schedule, the first has had no more.
    let second = shop.seen().await?;
    shop.wait_attempts(&second, ATTEMPTS).await?;
    assert_eq!(shop.attempts(&first).len(), ATTEMPTS);
    Ok(())
}

#[tokio::test]
async fn what_is_no_acknowledgement_is_tried_again_and_what_is_one_is_not() -> Told<()> {
    let Some(shop) = Shop::open().await? else { return Ok(()) };
    for (answer, attempts) in [
        (Answer::Status(404), 2),
        (Answer::Redirect(shop.told.url()), 2),
        (Answer::Reset, 2),
        (Answer::After(Duration::from_secs(17)), 2),
        (Answer::Status(204), 1),
        (Answer::Long(100_000), 1),
    ] {
        let said = format!("{answer:?}");
        shop.told.answer([answer]);
        let id = shop.seen().await?;
        let made = shop.wait_attempts(&id, attempts).await.map_err(|one| one.while_doing(&said))?;
        are_one_delivery(&made, &shop.merchant.app_secret)?;
        // A next delivery that was acknowledged after a second of its own shows that no more came.
        shop.told.answer([Answer::Status(500)]);
        let next = shop.seen().await?;
        shop.wait_attempts(&next, 2).await?;
        assert_eq!(shop.attempts(&id).len(), attempts, "{said}");
    }
    Ok(())
}

#[tokio::test]
async fn a_kill_between_attempts_loses_none() -> Told<()> {
    let Some(mut shop) = Shop::open().await? else { return Ok(()) };
    shop.told.answer([Answer::Status(503), Answer::Status(503)]);
    let id = shop.seen().await?;
    for so_far in 1..ATTEMPTS {
        shop.wait_attempts(&id, so_far).await?;
        shop.gateway.kill_and_restart().await?;
    }
    let attempts = shop.wait_attempts(&id, ATTEMPTS).await?;
    are_one_delivery(&attempts, &shop.merchant.app_secret)
}

#[tokio::test]
async fn retry_after_only_lengthens_the_pause() -> Told<()> {
    let Some(shop) = Shop::open().await? else { return Ok(()) };
    shop.told.answer([Answer::RetryAfter(4), Answer::RetryAfter(0)]);
    let id = shop.seen().await?;
    let attempts = shop.wait_attempts(&id, ATTEMPTS).await?;
    for (pair, least) in attempts.windows(2).zip([4, 2]) {
        let gap = pair[1].at - pair[0].at;
        assert!(gap >= Duration::from_secs(least), "only {gap:?} instead of {least} s");
    }
    Ok(())
}
