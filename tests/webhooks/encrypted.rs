//! Webhooks over TLS, by the binary: an authority that the configuration names is trusted, and what
//! is wrong with a certificate stands in the merchant's log.

use crate::GATEWAY;
use cryptopayment_test_support::Told;
use cryptopayment_test_support::certificates::{Authority, Flaw, TlsDoor};
use cryptopayment_test_support::gateway::{Configuration, Gateway, Merchant};
use cryptopayment_test_support::nodes::{Node, Program};
use cryptopayment_test_support::receiver::Receiver;
use cryptopayment_test_support::wait::{self, Look};

/// What came of a test of the endpoint behind `url`: the log's first entry, as text.
async fn tested(shop: &Merchant, url: &str) -> Told<String> {
    shop.set_webhook(url).await?;
    let said = shop.call("POST", "/webhook/test", "{}").await?.expect(202)?;
    let id = said.text("delivery.id")?.to_owned();
    wait::until("the attempt is in the log", async || {
        let list = shop.call("GET", "/webhook/deliveries?limit=1", "").await?.expect(200)?;
        let newest = list.at("deliveries.0")?;
        let log = newest.list("log")?;
        let is_there = newest.text("id")? == id && !log.is_empty();
        Ok(Look::when(is_there, newest.to_string(), || newest.to_string()))
    })
    .await
}

#[tokio::test]
async fn a_shop_with_a_certificate_of_the_companys_own_authority_is_told() -> Told<()> {
    let Some(node) = Node::start(Program::Litecoind).await? else { return Ok(()) };
    let told = Receiver::start().await?;
    let (ours, theirs) = (Authority::new("ours")?, Authority::new("theirs")?);
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("ca.pem");
    std::fs::write(&file, ours.pem())?;
    let wanted = Configuration::default()
        .network(Program::Litecoind, std::slice::from_ref(&node.rpc), 1)
        .extra_ca_file(&file);
    let gateway = Gateway::serve(GATEWAY, &wanted, &told.url()).await?;
    let shop = gateway.merchant()?;
    let rows = [
        (&ours, "localhost", Flaw::None, r#""status":200"#),
        (&ours, "localhost", Flaw::Expired, "the endpoint's certificate has expired"),
        (&ours, "localhost", Flaw::SelfSigned, "from no authority that is trusted here"),
        (&theirs, "localhost", Flaw::None, "from no authority that is trusted here"),
        (&ours, "shop.example", Flaw::None, "the endpoint's certificate is for another name"),
    ];
    for (authority, name, flaw, expected) in rows {
        let door = TlsDoor::to(told.address(), authority.server(name, flaw)?).await?;
        let before = told.count();
        let url = format!("https://localhost:{}/webhook", door.address.port());
        let log = tested(&shop, &url).await?;
        assert!(log.contains(expected), "{name} {flaw:?}: {log}");
        let came = told.count() - before;
        assert_eq!(came, usize::from(flaw == Flaw::None && expected.contains("200")), "{name}");
    }
    let delivery = told.take().pop().expect("one came");
    delivery.verify(&shop.app_secret)?;
    drop(gateway);

    // One that cannot be read is said at the start, and nothing runs without it.
    std::fs::write(&file, "no certificate")?;
    let gateway = Gateway::configured(GATEWAY, &wanted)?;
    gateway.run(&["init"])?.must_succeed("init")?;
    let ended = gateway.run(&["serve"])?;
    let said = String::from_utf8_lossy(&ended.0.stderr).into_owned();
    assert_eq!(ended.0.status.code(), Some(2), "{said}");
    assert!(said.contains("webhooks.extra_ca_file") && said.contains("no certificate"), "{said}");
    Ok(())
}
