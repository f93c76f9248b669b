//! Rates over real sockets: five exchanges that fail, hang, lie and talk nonsense one after the
//! other, and what merchants are told meanwhile.

use crate::running::Running;
use cryptopayment_actors::rates::RateParts;
use cryptopayment_domain::rate::RateRules;
use cryptopayment_domain::time::Span;
use cryptopayment_http::price_sources;
use cryptopayment_test_support::exchanges::{EXCHANGES, Exchanges, Manner};
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::{Failure, Json, Told};
use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

/// How long an exchange may take here.
const TIME_MAX: Duration = Duration::from_millis(300);
/// How old a price may be here: time for a slow machine to ask a few times.
const MAX_AGE: Span = Span::from_s(4);

/// A site that asks these exchanges every tenth of a second.
async fn site(exchanges: &Exchanges) -> Told<Running> {
    let names = EXCHANGES.map(str::to_owned);
    let urls: BTreeMap<String, String> =
        names.iter().map(|name| (name.clone(), exchanges.url(name))).collect();
    let sources = price_sources(&names, &urls, TIME_MAX)?;
    Running::priced_by(RateParts {
        fixed: HashMap::new(),
        sources,
        rules: RateRules { max_age: MAX_AGE, ..RateRules::default() },
        poll_interval: Span::from_ms(100),
    })
    .await
}

/// The `rates.LTC` of the answer.
async fn ltc(site: &Running) -> Told<Json> {
    let said = site.merchant.call("GET", "/rates", "").await?.expect(200)?;
    said.at("rates.LTC").cloned()
}

/// Waits until LTC has a rate by exactly these sources; answers it.
async fn until_by(site: &Running, sources: &[&str]) -> Told<String> {
    wait::until(&format!("LTC is priced by {sources:?}"), async || {
        let rate = ltc(site).await?;
        let mut names = Vec::new();
        for source in rate.list("sources")? {
            names.push(source.text("source")?.to_owned());
        }
        names.sort();
        let there = names == sources;
        let price = rate.number("usd_per_coin").unwrap_or_default().to_owned();
        Ok(Look::when(there, price, || rate.to_string()))
    })
    .await
}

/// Waits until kraken has been asked so many times more.
async fn until_asked(exchanges: &Exchanges, times: usize) -> Told<()> {
    let wanted = exchanges.asked("kraken") + times;
    wait::until("kraken is asked again", async || {
        let asked = exchanges.asked("kraken");
        Ok(Look::when(asked >= wanted, (), || format!("{asked} of {wanted} times")))
    })
    .await
}

async fn until_reason(site: &Running, reason: &str) -> Told<()> {
    wait::until(&format!("LTC has no rate: {reason}"), async || {
        let rate = ltc(site).await?;
        let said = rate.text("reason").is_ok_and(|text| text == reason);
        Ok(Look::when(said, (), || rate.to_string()))
    })
    .await
}

#[tokio::test]
async fn rates_say_who_says_what_and_an_invoice_keeps_it() -> Told<()> {
    let exchanges = Exchanges::start().await?;
    exchanges.say_all("LTC", ["80.1", "80.2", "80.3", "80.4", "80.5"]);
    let site = site(&exchanges).await?;
    let all = ["bitfinex", "bitstamp", "coinbase", "gemini", "kraken"];
    assert_eq!(until_by(&site, &all).await?, "80.30");
    let said = site.merchant.call("GET", "/rates", "").await?.expect(200)?;
    assert_eq!(said.at("rates")?.keys(), ["USDT-TRC20", "LTC"], "in the order of balances");
    let usdt = said.at("rates.USDT-TRC20")?;
    assert_eq!((usdt.number("usd_per_coin")?, usdt.text("source")?), ("1.00", "1:1"));
    let rate = said.at("rates.LTC")?;
    let keys = ["usd_per_coin", "source", "sources", "spread_percent", "updated_at", "reason"];
    assert_eq!((rate.keys(), rate.text("source")?), (keys.to_vec(), "median"));
    assert_eq!(rate.at("sources.0")?.keys(), ["source", "usd_per_coin", "at"]);
    assert_eq!(*rate.at("reason")?, Json::Null);

    wait::until("LTC is open", async || {
        let ready = site.ask("GET", "/readyz", &[], b"").await?;
        Ok(Look::when(ready.status == 200, (), || ready.text()))
    })
    .await?;
    let invoice = site.merchant.open("ltc", "803.00").await?;
    assert_eq!(invoice.amount, "10.00");
    let rate = site.merchant.invoice(&invoice.id).await?.at("rate")?.clone();
    assert_eq!(rate.keys(), ["usd_per_coin", "source", "sources", "spread_percent", "at"]);
    assert_eq!((rate.number("usd_per_coin")?, rate.list("sources")?.len()), ("80.30", 5));
    assert_eq!(rate.text("sources.0.source")?, "kraken");
    assert_eq!(rate.number("sources.0.usd_per_coin")?, "80.10");
    let refused = site.ask("GET", "/api/v1/rates", &[], b"").await?;
    assert_eq!(refused.status, 401);
    Ok(())
}

#[tokio::test]
async fn no_misbehaviour_of_one_exchange_moves_the_rate() -> Told<()> {
    let exchanges = Exchanges::start().await?;
    exchanges.say_all("LTC", ["80", "80", "80", "80", "80"]);
    let site = site(&exchanges).await?;
    let all = ["bitfinex", "bitstamp", "coinbase", "gemini", "kraken"];
    let body = |text: &str| Manner::Body(text.to_owned());
    let kraken = |token: &str| {
        let pair = format!(r#"{{"error":[],"result":{{"XLTCZUSD":{{"c":[{token},"1"]}}}}}}"#);
        Manner::Body(pair)
    };
    let misbehaviours = [
        kraken(r#""800""#),
        kraken(r#""8""#),
        kraken("NaN"),
        kraken(r#""NaN""#),
        kraken("1e400"),
        kraken("-80"),
        kraken("0"),
        kraken("null"),
        body(""),
        body("<html>down for maintenance</html>"),
        body(r#"{"error":["EGeneral:Too many requests"]}"#),
        body("[[[[[[[["),
        Manner::Status(500),
        Manner::Status(429),
        Manner::Status(204),
        Manner::TooLong,
        Manner::Trickle,
        Manner::Hang,
        Manner::Reset,
        Manner::RedirectTo("gemini"),
    ];
    for manner in misbehaviours {
        let said = format!("{manner:?}");
        let doing = |failure: Failure| failure.while_doing(&said);
        exchanges.treat("kraken", manner);
        // When it is asked for the second time, what it said the first time has been dealt with.
        until_asked(&exchanges, 2).await.map_err(doing)?;
        let rate = ltc(&site).await?;
        assert_eq!(rate.number("usd_per_coin")?, "80.00", "{said}");
        for source in rate.list("sources")? {
            assert_eq!(source.number("usd_per_coin")?, "80.00", "{said}");
        }
        exchanges.treat("kraken", Manner::Well);
        until_asked(&exchanges, 2).await.map_err(doing)?;
        assert_eq!(until_by(&site, &all).await.map_err(doing)?, "80.00", "after {said}");
    }
    Ok(())
}

#[tokio::test]
async fn when_three_die_ltc_is_refused_usdt_goes_on_and_it_comes_back_by_itself() -> Told<()> {
    let exchanges = Exchanges::start().await?;
    exchanges.say_all("LTC", ["80", "80", "80", "80", "80"]);
    let site = site(&exchanges).await?;
    let all = ["bitfinex", "bitstamp", "coinbase", "gemini", "kraken"];
    until_by(&site, &all).await?;
    for dead in ["kraken", "coinbase", "bitstamp"] {
        exchanges.treat(dead, Manner::Reset);
    }
    until_reason(&site, "only 2 of the 3 sources needed have a fresh price").await?;
    let none = ltc(&site).await?;
    assert_eq!((none.at("usd_per_coin")?, none.at("updated_at")?), (&Json::Null, &Json::Null));
    let refused = site.merchant.call("POST", "/invoices", r#"{"network":"ltc","amount_usd":50}"#);
    let refused = refused.await?;
    assert_eq!(refused.headers.get("retry-after"), Some("30"));
    assert_eq!(refused.expect(503)?.text("error.code")?, "rate_unavailable");
    site.merchant.open("trc20", "50.00").await?;
    let ready = site.ask("GET", "/readyz", &[], b"").await?;
    assert!(ready.status == 503 && ready.text().contains("rates: LTC: only 2"), "{}", ready.text());

    for alive in ["kraken", "coinbase", "bitstamp"] {
        exchanges.treat(alive, Manner::Well);
    }
    until_by(&site, &all).await?;
    site.merchant.open("ltc", "50.00").await?;
    Ok(())
}

#[tokio::test]
async fn exchanges_that_contradict_each_other_or_jump_are_not_believed() -> Told<()> {
    let exchanges = Exchanges::start().await?;
    exchanges.say_all("LTC", ["80", "80", "80", "80", "80"]);
    let site = site(&exchanges).await?;
    let all = ["bitfinex", "bitstamp", "coinbase", "gemini", "kraken"];
    until_by(&site, &all).await?;
    exchanges.say_all("LTC", ["60", "70", "80", "90", "100"]);
    until_reason(
        &site,
        "the sources disagree: only 1 of the 3 needed are close to the median \
         (far from it: kraken, coinbase, bitfinex, gemini)",
    )
    .await?;
    exchanges.say_all("LTC", ["60", "60", "60", "80", "80"]);
    until_reason(
        &site,
        "the price jumped from 80 to 60, and only 3 of the 4 sources needed for that say so",
    )
    .await?;
    exchanges.say_all("LTC", ["60", "60", "60", "60", "80"]);
    assert_eq!(until_by(&site, &["bitfinex", "bitstamp", "coinbase", "kraken"]).await?, "60.00");
    Ok(())
}
