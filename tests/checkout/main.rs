//! The checkout page in a real browser: what a customer sees on a phone, live, and without scripts.

use cryptopayment_test_support::gateway::Gateway;
use cryptopayment_test_support::nodes::program::find;
use cryptopayment_test_support::process::tied_to_this_test;
use cryptopayment_test_support::{Failure, Told};

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");
const BROWSER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checkout/browser.mjs");

#[tokio::test]
async fn a_customers_browser_follows_the_payment() -> Told<()> {
    let Some(node) = find("nodejs", "CRYPTOPAYMENT_TEST_NODE")? else { return Ok(()) };
    let Some(chromium) = find("chromium", "CRYPTOPAYMENT_TEST_CHROMIUM")? else { return Ok(()) };
    let Some(modules) = find("playwright", "CRYPTOPAYMENT_TEST_NODE_MODULES")? else {
        return Ok(());
    };
    let gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let shop = gateway.merchant()?;
    let invoice = shop.open("ltc", "50.00").await?;
    let base_url = format!("http://{}", gateway.address()?);
    let ended = tied_to_this_test(&node)
        .arg(BROWSER)
        .args([modules, chromium])
        .args([&base_url, &invoice.id, "ltc", &invoice.address, &invoice.amount, "6"])
        .output()?;
    let said = String::from_utf8_lossy(&ended.stdout);
    if ended.status.success() && said.trim() == "ok" {
        return Ok(());
    }
    Err(Failure::new(format!("{said}{}", String::from_utf8_lossy(&ended.stderr))))
}
