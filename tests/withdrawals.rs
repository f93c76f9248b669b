//! A merchant's money from the payment to the withdrawal: held, reviewed by the operator on the
//! command line, approved, rejected, cancelled, with a kill after each step; then the books add up.

use cryptopayment_test_support::gateway::{Gateway, Merchant};
use cryptopayment_test_support::{Json, Told};

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");
const NO_BLOCKS_BY_ITSELF: &str = "0";
const COIN: &str = "USDT-TRC20";
/// A wallet of nobody here.
const WALLET: &str = "TAcN9gFvXZAxsWQQzWWbydBmscBHnEi5nZ";

async fn request(shop: &Merchant, amount: &str, key: &str) -> Told<Json> {
    let body = format!(r#"{{"coin":"{COIN}","amount":{amount},"address":"{WALLET}"}}"#);
    let key = [("Idempotency-Key", key)];
    let answer = shop.call_with("POST", "/withdrawals", &key, body.as_bytes()).await?;
    answer.expect(201)
}

async fn status(shop: &Merchant, id: &str) -> Told<String> {
    let shown = shop.call("GET", &format!("/withdrawals/{id}"), "").await?.expect(200)?;
    Ok(shown.text("withdrawal.status")?.to_owned())
}

/// The ids that `withdrawal list` shows the operator.
fn listed(gateway: &Gateway, filter: &[&str]) -> Told<Vec<String>> {
    let command = [&["withdrawal", "list", "--json"], filter].concat();
    let listed = Json::parse(gateway.run(&command)?.must_succeed("list")?.trim().as_bytes())?;
    listed.list("")?.iter().map(|one| Ok(one.text("id")?.to_owned())).collect()
}

#[tokio::test]
async fn withdrawals_are_held_reviewed_and_given_back_through_kills() -> Told<()> {
    let mut gateway = Gateway::sandbox_with(GATEWAY, NO_BLOCKS_BY_ITSELF).await?;
    let shop = gateway.merchant()?;
    let invoice = shop.open("trc20", "3000.00").await?;
    gateway.pay(&invoice.address, None).await?;
    gateway.mine("trc20", 25).await?;
    shop.wait_available(COIN, "3000.00").await?;

    let mut ids = Vec::new();
    for (key, amount, wanted) in [
        ("approve", "700", "pending_review"),
        ("reject", "600", "pending_review"),
        ("cancel", "800", "pending_review"),
        ("small", "100", "approved"),
    ] {
        let first = request(&gateway.merchant()?, amount, key).await?;
        gateway.kill_and_restart().await?;
        let again = request(&gateway.merchant()?, amount, key).await?;
        assert_eq!(again, first, "asked again after a kill it is the same one");
        assert_eq!(first.text("withdrawal.status")?, wanted, "{key}");
        ids.push(first.text("withdrawal.id")?.to_owned());
    }
    let shop = gateway.merchant()?;
    shop.wait_available(COIN, "800.00").await?;

    assert_eq!(listed(&gateway, &[])?, ids, "those to review first");
    assert_eq!(listed(&gateway, &["--status", "pending_review"])?, &ids[..3]);
    assert_eq!(listed(&gateway, &["--status", "approved"])?, &ids[3..]);

    gateway.run(&["withdrawal", "approve", &ids[0]])?.must_succeed("approve")?;
    gateway.kill_and_restart().await?;
    gateway.run(&["withdrawal", "approve", &ids[0]])?.must_succeed("approve again")?;
    let reject = ["withdrawal", "reject", &ids[1], "--reason", "not your wallet"];
    gateway.run(&reject)?.must_succeed("reject")?;
    gateway.kill_and_restart().await?;
    let shop = gateway.merchant()?;
    let path = format!("/withdrawals/{}/cancel", ids[2]);
    shop.call("POST", &path, "").await?.expect(200)?;
    // While the gateway is off the command does it with the same actors.
    gateway.kill();
    let refused = gateway.run(&["withdrawal", "approve", &ids[2]])?;
    assert!(refused.must_succeed("approve what was cancelled").is_err());
    assert_eq!(listed(&gateway, &[])?, [ids[0].as_str(), ids[3].as_str()], "the approved wait");
    assert_eq!(listed(&gateway, &["--status", "pending_review"])?, [] as [&str; 0]);
    gateway.start().await?;

    let shop = gateway.merchant()?;
    let mut standings = Vec::new();
    for id in &ids {
        standings.push(status(&shop, id).await?);
    }
    assert_eq!(standings, ["approved", "rejected", "cancelled", "approved"]);
    shop.wait_available(COIN, "2200.00").await?;
    let statement = shop.call("GET", &format!("/balances/{COIN}/entries"), "").await?;
    let statement = statement.expect(200)?;
    let mut balances = Vec::new();
    for line in statement.list("entries")? {
        balances.push(line.number("balance")?.to_owned());
    }
    let expected = ["2200.00", "1400.00", "800.00", "900.00", "1700.00", "2300.00", "3000.00"];
    assert_eq!(balances, expected);
    assert!(gateway.stop().await?.success());
    gateway.run(&["audit"])?.must_succeed("audit").map(drop)
}
