//! Pages in a real browser: the checkout that a customer sees on a phone, live and without scripts, and
//! the documentation.

use cryptopayment_test_support::gateway::Gateway;
use cryptopayment_test_support::nodes::program::find;
use cryptopayment_test_support::process::tied_to_this_test;
use cryptopayment_test_support::{Failure, Told};
use std::path::PathBuf;

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");
const CHECKOUT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checkout/browser.mjs");
const DOCS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/checkout/docs.mjs");

/// What drives a browser.
struct Driver {
    node: PathBuf,
    modules: PathBuf,
    chromium: PathBuf,
}

impl Driver {
    /// None where something for it is not installed.
    fn find() -> Told<Option<Self>> {
        let Some(node) = find("nodejs", "CRYPTOPAYMENT_TEST_NODE")? else { return Ok(None) };
        let Some(chromium) = find("chromium", "CRYPTOPAYMENT_TEST_CHROMIUM")? else {
            return Ok(None);
        };
        let modules = find("playwright", "CRYPTOPAYMENT_TEST_NODE_MODULES")?;
        Ok(modules.map(|modules| Self { node, modules, chromium }))
    }

    /// Runs a script to its end, which must say `ok`.
    fn run(&self, script: &str, arguments: &[&str]) -> Told<()> {
        let ended = tied_to_this_test(&self.node)
            .arg(script)
            .args([&self.modules, &self.chromium])
            .args(arguments)
            .output()?;
        let said = String::from_utf8_lossy(&ended.stdout);
        if ended.status.success() && said.trim() == "ok" {
            return Ok(());
        }
        Err(Failure::new(format!("{said}{}", String::from_utf8_lossy(&ended.stderr))))
    }
}

#[tokio::test]
async fn a_customers_browser_follows_the_payment() -> Told<()> {
    let Some(driver) = Driver::find()? else { return Ok(()) };
    let gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    let shop = gateway.merchant()?;
    let invoice = shop.open("ltc", "50.00").await?;
    let base_url = format!("http://{}", gateway.address()?);
    let about = [&base_url, &invoice.id, "ltc", &invoice.address, &invoice.amount, "6"];
    driver.run(CHECKOUT, &about)
}

#[tokio::test]
async fn the_documentation_shows_text_first_however_wide_the_window_is() -> Told<()> {
    let Some(driver) = Driver::find()? else { return Ok(()) };
    let gateway = Gateway::sandbox_with(GATEWAY, "0").await?;
    driver.run(DOCS, &[&format!("http://{}", gateway.address()?)])
}
