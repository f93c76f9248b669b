//! Invoices over the API: opened once, shown alike, listed by filter.

use crate::running::{PANICS, Running};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::wire::{exchange, request};

#[tokio::test]
async fn an_invoice_is_shown_as_it_was_answered() -> Told<()> {
    let site = Running::start().await?;
    let body = r#"{"network":"ltc","amount_usd":"50","order_id":"ORD/1","metadata":{"n" :12345678901234567890}}"#;
    let opened = site.merchant.call("POST", "/invoices", body).await?;
    assert_eq!(opened.status, 201, "{}", opened.text());
    let id = opened.json()?.text("invoice.id")?.to_owned();
    let location = format!("/api/v1/invoices/{id}");
    assert_eq!(opened.headers.get("location"), Some(&*location));
    let shown = site.merchant.call("GET", &format!("/invoices/{id}"), "").await?;
    assert_eq!((shown.status, shown.text()), (200, opened.text()));
    let text = shown.text();
    let parts = [
        r#""order_id":"ORD/1","status":"pending""#,
        r#""amount_usd":50.00,"amount_crypto":0.625,"#,
        r#""metadata":{"n" :12345678901234567890},"#,
        &format!(r#""checkout_url":"https://pay.example.com/pay/{id}"}}"#),
    ];
    for part in parts {
        assert!(text.contains(part), "{part} in {text}");
    }

    let authorization = site.merchant.authorization();
    let headers = [("Authorization", authorization.as_str()), ("Connection", "close")];
    let head = exchange(site.address, &request("HEAD", &location, &headers, b"")).await?;
    assert_eq!((head.status, head.body.len()), (200, 0));
    assert_eq!(head.headers.get("content-length"), Some(&*text.len().to_string()));
    Ok(())
}

#[tokio::test]
async fn a_repeated_request_is_answered_as_the_first_time() -> Told<()> {
    let site = Running::start().await?;
    let key = [("Idempotency-Key", "order-1")];
    let body = br#"{"network":"trc20","amount_usd":50}"#;
    let first = site.merchant.call_with("POST", "/invoices", &key, body).await?;
    let again = site.merchant.call_with("POST", "/invoices", &key, body).await?;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(again.body, first.body);
    assert_eq!(again.headers.get("location"), first.headers.get("location"));
    assert_eq!(first.headers.get("idempotency-replayed"), None);
    assert_eq!(again.headers.get("idempotency-replayed"), Some("true"));
    for key in ["", &"k".repeat(256)] {
        let key = [("Idempotency-Key", key)];
        let refused = site.merchant.call_with("POST", "/invoices", &key, body).await?;
        assert_eq!(refused.expect(422)?.text("error.code")?, "invalid_idempotency_key");
    }
    // A refusal is not kept: the same key may be used for the request set right.
    let key = [("Idempotency-Key", "order-2")];
    let wrong = site.merchant.call_with("POST", "/invoices", &key, b"{}").await?;
    assert_eq!(wrong.expect(422)?.text("error.code")?, "invalid_network");
    let right = site.merchant.call_with("POST", "/invoices", &key, body).await?;
    assert_eq!(right.status, 201, "{}", right.text());
    Ok(())
}

#[tokio::test]
async fn lists_are_narrowed_by_filters() -> Told<()> {
    let site = Running::start().await?;
    for (network, order_id) in [("ltc", "A"), ("trc20", "A"), ("ltc", "B")] {
        let body = format!(r#"{{"network":"{network}","amount_usd":5,"order_id":"{order_id}"}}"#);
        site.merchant.call("POST", "/invoices", &body).await?.expect(201)?;
    }
    let rows = [
        ("", 3),
        ("?network=ltc", 2),
        ("?order_id=A", 2),
        ("?order_id=A&network=ltc", 1),
        ("?status=pending", 3),
        ("?status=confirmed", 0),
        ("?from=2020-01-01", 3),
        ("?to=2020-01-01", 0),
        ("?page=2", 3),
    ];
    for (query, total) in rows {
        let list =
            site.merchant.call("GET", &format!("/invoices{query}"), "").await?.expect(200)?;
        assert_eq!(list.count("pagination.total")?, total, "{query}");
        let shown = if query == "?page=2" { 0 } else { total };
        assert_eq!(u64::try_from(list.list("invoices")?.len())?, shown, "{query}");
    }
    Ok(())
}

#[tokio::test]
async fn balances_have_every_enabled_coin_in_order() -> Told<()> {
    let site = Running::start().await?;
    let balances = site.merchant.call("GET", "/balances", "").await?;
    let expected = concat!(
        r#"{"success":true,"balances":{"USDT-TRC20":{"available":0,"pending":0},"#,
        r#""LTC":{"available":0,"pending":0}}}"#
    );
    assert_eq!((balances.status, &*balances.text()), (200, expected));
    Ok(())
}

#[tokio::test]
async fn a_handler_that_panics_answers_500_once_and_changes_nothing() -> Told<()> {
    let site = Running::start().await?;
    let key = [("Idempotency-Key", "order-1")];
    let body = format!(r#"{{"network":"ltc","amount_usd":5,"order_id":"{PANICS}"}}"#);
    for _ in 0..2 {
        let answer = site.merchant.call_with("POST", "/invoices", &key, body.as_bytes()).await?;
        assert_eq!(answer.expect(500)?.text("error.code")?, "internal");
        assert!(!answer.text().contains("asked for by a test"), "{}", answer.text());
    }
    let list = site.merchant.call("GET", "/invoices", "").await?.expect(200)?;
    assert_eq!(list.count("pagination.total")?, 0);
    site.merchant.open("ltc", "5.00").await.map(drop)
}
