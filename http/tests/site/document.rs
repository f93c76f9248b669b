//! The document that is served: the checked-in one under this gateway's address, with examples
//! that are what they exemplify.

use crate::running::Running;
use cryptopayment_test_support::Told;
use cryptopayment_test_support::contract::Contract;

#[tokio::test]
async fn the_served_document_is_the_checked_in_one_and_its_examples_fit() -> Told<()> {
    let site = Running::start().await?;
    let served = site.ask("GET", "/openapi.json", &[], b"").await?;
    assert_eq!(served.status, 200);
    assert_eq!(served.headers.get("content-type"), Some("application/json"));
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/openapi.json");
    let kept = std::fs::read_to_string(path)?;
    let server = |address: &str| format!("\"url\": \"{address}\",");
    let here =
        kept.replace(&server("https://cryptopayment.center"), &server("https://pay.example.com"));
    assert_eq!(served.text(), here);
    let misfits = Contract::read(&served.body)?.misfitting_examples();
    assert!(misfits.is_empty(), "{}", misfits.join("\n"));
    Ok(())
}
