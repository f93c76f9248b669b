//! The checkout page, its code, its JSON and its stream.

use crate::running::Running;
use cryptopayment_test_support::events::{Event, EventStream};
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::wire::{Response, exchange, request};
use cryptopayment_test_support::{Json, Told};

const INVOICE: &str = r#"{"network":"ltc","amount_usd":50,"order_id":"ORD-SECRET",
    "metadata":{"customer":"<script>alert(1)</script> SECRET"},
    "success_url":"https://shop.example/?a=1&b=\"><script>","cancel_url":null}"#;

struct Opened {
    id: String,
    address: String,
}

async fn open(site: &Running) -> Told<Opened> {
    let said = site.merchant.call("POST", "/invoices", INVOICE).await?.expect(201)?;
    let text = |path| said.text(path).map(str::to_owned);
    Ok(Opened { id: text("invoice.id")?, address: text("invoice.address")? })
}

async fn get(site: &Running, path: &str, accept: &str) -> Told<Response> {
    let headers = [("Accept", accept), ("Connection", "close")];
    exchange(site.address, &request("GET", path, &headers, b"")).await
}

#[tokio::test]
async fn the_page_stands_without_scripts_and_shows_no_metadata() -> Told<()> {
    let site = Running::start().await?;
    let invoice = open(&site).await?;
    let page = get(&site, &format!("/pay/{}", invoice.id), "text/html").await?;
    let text = page.text();
    assert_eq!(page.status, 200);
    let policy = page.headers.get("content-security-policy").unwrap_or_default();
    assert!(policy.starts_with("default-src 'none'; style-src 'self'; script-src 'self'"));
    assert!(!policy.contains("unsafe"), "{policy}");
    for part in [&*invoice.address, "0.625", "Litecoin (LTC)", "<svg", "noscript", "viewport"] {
        assert!(text.contains(part), "{part}");
    }
    for part in ["SECRET", "<script>", "style=", "onclick", "http://", "javascript:"] {
        // The only address in it is the namespace of SVG.
        let text = text.replace("http://www.w3.org/2000/svg", "");
        assert!(!text.contains(part), "{part}");
    }
    for asset in ["/assets/checkout.js?v=", "/assets/checkout.css?v=", "/assets/icon.svg?v="] {
        let (_, rest) = text.split_once(asset).unwrap_or_default();
        let path = format!("{asset}{}", rest.split('"').next().unwrap_or_default());
        let file = get(&site, &path, "*/*").await?;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.headers.get("x-content-type-options"), Some("nosniff"));
        assert!(file.headers.get("cache-control").is_some_and(|value| value.contains("immutable")));
    }
    let code = get(&site, &format!("/pay/{}/qr.svg", invoice.id), "*/*").await?;
    assert_eq!(code.headers.get("content-type"), Some("image/svg+xml"));
    assert!(text.contains(&code.text()), "the page holds the same code");
    Ok(())
}

#[tokio::test]
async fn whoever_has_no_invoice_is_told_so_in_his_own_language() -> Told<()> {
    let site = Running::start().await?;
    let person = get(&site, "/pay/7", "text/html,*/*").await?;
    assert_eq!(person.status, 404);
    assert!(person.text().contains("Nothing to pay here"));
    assert!(person.headers.get("content-security-policy").is_some());
    let program = get(&site, "/pay/7", "*/*").await?;
    assert_eq!(program.expect(404)?.text("error.code")?, "invoice_not_found");
    Ok(())
}

#[tokio::test]
async fn the_stream_tells_of_the_payment_and_of_each_new_tip() -> Told<()> {
    let site = Running::start().await?;
    let invoice = open(&site).await?;
    let path = format!("/pay/{}/events", invoice.id);
    let mut stream = EventStream::open(site.address, &path, None).await?;
    let first = stream.next().await?;
    assert_eq!(first.name.as_deref(), Some("invoice"));
    let state = Json::parse(first.data.as_bytes())?;
    assert_eq!(state.text("invoice.status")?, "pending");
    assert_eq!(*state.at("invoice.payable")?, Json::Bool(true));
    assert!(!first.data.contains("SECRET"), "{}", first.data);
    let now = get(&site, &format!("/pay/{}.json", invoice.id), "*/*").await?.expect(200)?;
    assert_eq!(now.text("invoice.headline")?, state.text("invoice.headline")?);

    let pay = format!(r#"{{"address":"{}","amount":"0.5"}}"#, invoice.address);
    site.lever("pay", &pay).await?;
    let short = stream.next_where(|event| event.data.contains("underpaid")).await?;
    let state = Json::parse(short.data.as_bytes())?;
    assert_eq!(state.number("invoice.amount_remaining")?, "0.125");
    let uri = format!("pay:{}?amount=0.125", invoice.address);
    assert_eq!(state.text("invoice.payment_uri")?, uri, "the code asks for the rest");
    assert!(short.id > first.id, "ids are sequences");

    site.lever("pay", &format!(r#"{{"address":"{}"}}"#, invoice.address)).await?;
    let mut told = short.clone();
    for depth in 1..=6 {
        site.lever("mine", r#"{"network":"ltc","blocks":1}"#).await?;
        let received = format!(r#""confirmations":{{"received":{depth},"#);
        told = stream.next_where(|event| event.data.contains(&received)).await?;
    }
    let paid = |event: &Event| event.data.contains(r#""status":"confirmed""#);
    // Whoever looks late is told of the sixth block and of what it made of the invoice at once.
    let last = if paid(&told) { told } else { stream.next_where(paid).await? };
    let state = Json::parse(last.data.as_bytes())?;
    let uri = format!("pay:{}", invoice.address);
    assert_eq!(state.text("invoice.payment_uri")?, uri, "the code asks for nothing any more");
    let mut back = EventStream::open(site.address, &path, short.id.as_deref()).await?;
    assert!(paid(&back.next().await?), "who comes back learns what was missed first");
    Ok(())
}

#[tokio::test]
async fn streams_are_bounded_and_end_when_the_server_stops() -> Told<()> {
    let mut site = Running::with(|config| config.streams_max = 2).await?;
    let invoice = open(&site).await?;
    let path = format!("/pay/{}/events", invoice.id);
    let mut first = EventStream::open(site.address, &path, None).await?;
    let mut second = EventStream::open(site.address, &path, None).await?;
    first.next().await?;
    second.next().await?;
    let refused = get(&site, &path, "text/event-stream").await?;
    assert_eq!(refused.expect(503)?.text("error.code")?, "too_many_streams");
    assert!(refused.headers.get("retry-after").is_some());
    drop(first);
    wait::until("the place is given back", async || {
        let answer = EventStream::open(site.address, &path, None).await;
        Ok(Look::when(answer.is_ok(), (), String::new))
    })
    .await?;
    site.stop();
    assert!(second.next().await.is_err(), "closed, so that the browser comes back");
    site.stopped().await
}
