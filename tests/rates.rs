//! A gateway on a real node whose prices come from five exchanges: configured as an operator
//! configures it, asked as a merchant asks it.

use cryptopayment_test_support::exchanges::{Exchanges, Manner};
use cryptopayment_test_support::gateway::merchant::Opened;
use cryptopayment_test_support::gateway::{Configuration, Gateway, Merchant};
use cryptopayment_test_support::nodes::{Node, Program, Rpc};
use cryptopayment_test_support::receiver::Receiver;
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::{Failure, Told};

const GATEWAY: &str = env!("CARGO_BIN_EXE_cryptopayment");

/// Soon asked, soon too old: four seconds are a few rounds even on a slow machine.
const SOON: &str = "poll_interval = \"200ms\"\ntimeout = \"1s\"\nmax_age = \"4s\"\n";

struct Shop {
    _node: Node,
    gateway: Gateway,
    merchant: Merchant,
    exchanges: Exchanges,
    _told: Receiver,
}

impl Shop {
    /// Open for business at the prices of five exchanges, with these keys besides.
    async fn open(keys: &str) -> Told<Option<Self>> {
        let Some(node) = Node::start(Program::Litecoind).await? else { return Ok(None) };
        let (exchanges, told) = (Exchanges::start().await?, Receiver::start().await?);
        exchanges.say_all("LTC", ["79.8", "79.9", "80", "80.1", "80.2"]);
        let wanted = Configuration::default()
            .network(Program::Litecoind, std::slice::from_ref(&node.rpc), 1)
            .rates(&format!("{SOON}{keys}{}", exchanges.settings()));
        let gateway = Gateway::serve(GATEWAY, &wanted, &told.url()).await?;
        let merchant = gateway.merchant()?;
        Ok(Some(Self { _node: node, gateway, merchant, exchanges, _told: told }))
    }

    /// Waits until an invoice over 80 USD costs so many LTC; answers it.
    async fn until_costs(&self, amount: &str) -> Told<Opened> {
        wait::until(&format!("80 USD cost {amount} LTC"), async || {
            let invoice = self.merchant.open("ltc", "80.00").await?;
            let seen = invoice.amount.clone();
            Ok(Look::when(invoice.amount == amount, invoice, || seen))
        })
        .await
    }

    /// Waits until an invoice is refused for want of a rate.
    async fn until_refused(&self) -> Told<()> {
        wait::until("there is no rate", async || {
            let body = r#"{"network":"ltc","amount_usd":80}"#;
            let answer = self.merchant.call("POST", "/invoices", body).await?;
            let refused = answer.status == 503 && answer.text().contains("rate_unavailable");
            Ok(Look::when(refused, (), || answer.text()))
        })
        .await
    }

    /// A gauge of LTC's, as `/metrics` prints it.
    async fn gauge(&self, name: &str) -> Told<String> {
        let text = self.gateway.get("/metrics").await?.text();
        let line = text.lines().find(|line| line.starts_with(&format!("{name}{{coin=\"LTC\"}}")));
        let value = line.and_then(|line| line.split(' ').nth(1)).map(str::to_owned);
        value.ok_or_else(|| Failure::new(format!("no {name} in {text}")))
    }
}

#[tokio::test]
async fn an_invoice_is_priced_by_the_median_through_lies_deaths_and_recovery() -> Told<()> {
    let Some(shop) = Shop::open("").await? else { return Ok(()) };
    let invoice = shop.until_costs("1.00").await?;
    let rate = shop.merchant.invoice(&invoice.id).await?.at("rate")?.clone();
    assert_eq!((rate.number("usd_per_coin")?, rate.text("source")?), ("80.00", "median"));
    assert_eq!(rate.list("sources")?.len(), 5);
    assert_eq!(shop.gauge("rate_sources").await?, "5");
    assert_eq!(shop.gauge("rate_usd").await?, "80");
    let age_s: f64 = shop.gauge("rate_age_seconds").await?.parse()?;
    assert!((0.0..4.0).contains(&age_s), "{age_s} s");

    // One lies by ten times: it is left out, named in the log, and nothing costs more or less.
    shop.exchanges.say("kraken", "LTC", "\"798\"");
    wait::until("four sources stand", async || {
        let sources = shop.gauge("rate_sources").await?;
        Ok(Look::when(sources == "4", (), || sources))
    })
    .await?;
    let invoice = shop.merchant.open("ltc", "80.05").await?;
    assert_eq!(invoice.amount, "1.00", "the median of the honest four is 80.05");
    let log = shop.gateway.log();
    assert!(log.contains("a source is left out") && log.contains("kraken"), "{log}");

    // Three die: what they said lasts for four seconds, then nothing is sold at it.
    for dead in ["kraken", "coinbase", "bitstamp"] {
        shop.exchanges.treat(dead, Manner::Status(500));
    }
    shop.until_refused().await?;
    let ready = shop.gateway.get("/readyz").await?;
    assert!(ready.status == 503 && ready.text().contains("rates: LTC"), "{}", ready.text());
    assert_eq!(shop.gauge("rate_sources").await?, "0");

    // They come back by themselves.
    shop.exchanges.say("kraken", "LTC", "\"79.8\"");
    for alive in ["kraken", "coinbase", "bitstamp"] {
        shop.exchanges.treat(alive, Manner::Well);
    }
    shop.until_costs("1.00").await?;
    Ok(())
}

#[tokio::test]
async fn a_spread_makes_it_dearer_and_is_shown() -> Told<()> {
    let Some(shop) = Shop::open("spread_percent = \"20\"\n").await? else { return Ok(()) };
    let invoice = shop.until_costs("1.25").await?;
    let rate = shop.merchant.invoice(&invoice.id).await?.at("rate")?.clone();
    assert_eq!((rate.number("usd_per_coin")?, rate.number("spread_percent")?), ("64.00", "20.00"));
    Ok(())
}

#[tokio::test]
async fn a_coin_without_any_price_is_refused_at_the_start_with_the_next_step() -> Told<()> {
    let nowhere = Rpc {
        address: "127.0.0.1:1".parse()?,
        user: "nobody".to_owned(),
        password: "none".to_owned(),
    };
    let rows = [
        (
            "sources = []",
            "networks.ltc is on, but LTC has no price: name sources in `rates.sources`",
        ),
        ("sources = [\"krakne\"]", "did you mean \"kraken\"?"),
        (
            "sources = [\"kraken\"]",
            "`rates.minimum_sources` is 3, but `rates.sources` names only 1",
        ),
        ("source_urls = { kraken = \"http://10.0.0.1\" }", "must begin with https://"),
    ];
    for (keys, said) in rows {
        let network = std::slice::from_ref(&nowhere);
        let wanted = Configuration::default().network(Program::Litecoind, network, 1).rates(keys);
        let gateway = Gateway::configured(GATEWAY, &wanted)?;
        let finished = gateway.run(&["serve"])?.0;
        let stderr = String::from_utf8_lossy(&finished.stderr);
        assert!(stderr.contains(said), "{keys}: {stderr}");
        assert_eq!(finished.status.code(), Some(2), "{keys}");
    }
    Ok(())
}
