//! The API document's own PHP, Node and Python examples make invoices here, and its PHP verifier
//! accepts a webhook really delivered. The document is the contract: if one of these fails, we
//! are wrong, not it. Webhooks are judged by libraries of Standard Webhooks, too, and by the examples of
//! our own documentation.

mod document;
mod judges;
mod php;
mod rotating;

use cryptopayment_test_support::gateway::{Gateway, Merchant};
use cryptopayment_test_support::nodes::program::find;
use cryptopayment_test_support::process::tied_to_this_test;
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::{Failure, Json, Told};
use document::Document;
use php::PhpServer;
use std::path::Path;

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");

/// A shop's script around the document's verifier: it keeps what the verifier lets through.
const VERIFYING_SHOP: &str = "
$raw = file_get_contents('php://input');
$body = json_decode($raw, true);
$invoiceId = $body['invoice_id'];
$event = $body['event'];
$receivedSignature = $body['signature'];
VERIFIER
file_put_contents('accepted', $raw . \"\\n\", FILE_APPEND);
";

/// Runs `program` on `code` in a file and answers its output's last line.
fn output_of(program: &Path, file_name: &str, code: &str) -> Told<String> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join(file_name);
    std::fs::write(&file, code)?;
    let ended = tied_to_this_test(program).arg(&file).output()?;
    let said = String::from_utf8_lossy(&ended.stdout);
    let last = said.lines().last().unwrap_or_default().to_owned();
    if ended.status.success() {
        return Ok(last);
    }
    let complaint = String::from_utf8_lossy(&ended.stderr);
    Err(Failure::new(format!("{file_name} ended with {}: {complaint}", ended.status)))
}

/// The one invoice this merchant has is the one the examples ask for, and `checkout_url` leads to
/// its page.
async fn made_the_documents_invoice(
    gateway: &Gateway,
    shop: &Merchant,
    checkout_url: &str,
) -> Told<()> {
    let list = shop.call("GET", "/invoices", "").await?.expect(200)?;
    assert_eq!(list.list("invoices")?.len(), 1, "{list}");
    let invoice = list.at("invoices.0")?;
    for (path, wanted) in [
        ("order_id", "ORD-001"),
        ("network", "trc20"),
        ("network_label", "USDT (TRC20)"),
        ("coin", "USDT"),
        ("status", "pending"),
    ] {
        assert_eq!(invoice.text(path)?, wanted, "{path}");
    }
    assert_eq!(invoice.number("amount_usd")?, "50.00");
    assert_eq!(invoice.number("amount_crypto")?, "50.00");
    let page = format!("/pay/{}", invoice.text("id")?);
    assert!(checkout_url.ends_with(&page), "{checkout_url} does not lead to {page}");
    assert_eq!(gateway.get(&page).await?.status, 200);
    Ok(())
}

#[tokio::test]
async fn the_documents_php_example_sends_the_customer_to_the_checkout() -> Told<()> {
    let Some(php) = find("php-cli", "CRYPTOPAYMENT_TEST_PHP")? else { return Ok(()) };
    let gateway = Gateway::sandbox(GATEWAY).await?;
    let shop = gateway.merchant()?;
    let code = Document::read()?.example("PHP Example", Some("Node.js Example"), &shop)?;
    let site = PhpServer::start(&php, &format!("<?php\n{code}")).await?;
    let answer = site.ask("GET", b"").await?;
    assert_eq!(answer.status, 302, "{}", answer.text());
    let location = answer.headers.get("location").unwrap_or_default();
    made_the_documents_invoice(&gateway, &shop, location).await
}

#[tokio::test]
async fn the_documents_node_example_gets_a_checkout_url() -> Told<()> {
    let Some(node) = find("nodejs", "CRYPTOPAYMENT_TEST_NODE")? else { return Ok(()) };
    let gateway = Gateway::sandbox(GATEWAY).await?;
    let shop = gateway.merchant()?;
    let code = Document::read()?.example("Node.js Example", Some("Python Example"), &shop)?;
    let code = format!("{code}\nconsole.log(data.checkout_url);\n");
    let checkout_url = output_of(&node, "example.mjs", &code)?;
    made_the_documents_invoice(&gateway, &shop, &checkout_url).await
}

#[tokio::test]
async fn the_documents_python_example_gets_a_checkout_url() -> Told<()> {
    let Some(python) = find("python", "CRYPTOPAYMENT_TEST_PYTHON")? else { return Ok(()) };
    let gateway = Gateway::sandbox(GATEWAY).await?;
    let shop = gateway.merchant()?;
    let code = Document::read()?.example("Python Example", None, &shop)?;
    let code = format!("{code}\nprint(checkout_url)\n");
    let checkout_url = output_of(&python, "example.py", &code)?;
    made_the_documents_invoice(&gateway, &shop, &checkout_url).await
}

#[tokio::test]
async fn the_documents_php_verifier_accepts_our_webhooks_and_no_others() -> Told<()> {
    let Some(php) = find("php-cli", "CRYPTOPAYMENT_TEST_PHP")? else { return Ok(()) };
    let gateway = Gateway::sandbox(GATEWAY).await?;
    let shop = gateway.merchant()?;
    let document = Document::read()?;
    let verifier = document.section("Verify Webhook Signature", Some("PHP Example"))?;
    let script = format!(
        "<?php\nconst YOUR_APP_SECRET = '{}';{}",
        shop.app_secret,
        VERIFYING_SHOP.replace("VERIFIER", verifier)
    );
    let site = PhpServer::start(&php, &script).await?;
    shop.set_webhook(&site.url()).await?;

    let invoice = shop.open("trc20", "50.00").await?;
    gateway.pay(&invoice.address, None).await?;
    gateway.mine("trc20", 20).await?;
    shop.wait_status(&invoice.id, "confirmed", "none").await?;
    let accepted = wait::until("PHP has accepted both webhooks", async || {
        let lines = site.lines("accepted");
        Ok(Look::when(lines.len() == 2, lines, || site.lines("php.log").join("\n")))
    })
    .await?;

    for (line, event) in accepted.iter().zip(["payment_detected", "payment_confirmed"]) {
        let body = Json::parse(line.as_bytes())?;
        assert_eq!(body.text("event")?, event);
        assert_eq!(body.text("invoice_id")?, invoice.id);
        let forged = [
            line.replace(event, "payment_refunded"),
            line.replace(&invoice.id, "550e8400-e29b-41d4-a716-446655440000"),
            line.replace(body.text("signature")?, &"0".repeat(64)),
        ];
        for forgery in forged {
            assert_eq!(site.ask("POST", forgery.as_bytes()).await?.status, 401, "{forgery}");
        }
    }
    assert_eq!(site.lines("accepted").len(), 2, "a forgery was accepted");
    Ok(())
}
