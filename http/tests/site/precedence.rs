//! Requests that are wrong in several ways at once: the contract's order decides which is said.

use crate::running::Running;
use cryptopayment_domain::network::Network;
use cryptopayment_http::RateLimit;
use cryptopayment_test_support::Told;
use cryptopayment_test_support::wait::{self, Look};
use cryptopayment_test_support::wire::Response;

const GOOD: &[u8] = br#"{"network":"ltc","amount_usd":50.00}"#;

/// status, code and param of a refusal, whose other parts are checked to be there.
fn refusal(answer: &Response) -> Told<(u16, String, String)> {
    let body = answer.json()?;
    let kind = answer.headers.get("content-type");
    assert_eq!(kind, Some("application/json"), "{}", answer.text());
    assert_eq!(answer.headers.get("x-request-id"), Some(body.text("request_id")?));
    assert!(body.text("error.message")?.len() > 10, "{}", answer.text());
    let param = body.text("error.param").unwrap_or_default().to_owned();
    Ok((answer.status, body.text("error.code")?.to_owned(), param))
}

#[tokio::test]
async fn of_several_faults_the_first_in_the_contracts_order_is_said() -> Told<()> {
    let site = Running::start().await?;
    let (good, waiting) = (site.merchant.authorization(), site.waiting.authorization());
    let long = vec![b' '; 65 * 1024];
    let json = "application/json";
    let reused = [("Idempotency-Key", "k1")];
    let first = site.merchant.call_with("POST", "/invoices", &reused, GOOD).await?;
    assert_eq!(first.status, 201, "{}", first.text());
    // Each row has one fault less than the one before.
    type Row<'a> = (&'a str, &'a str, &'a str, &'a str, &'a [u8], (u16, &'a str, &'a str));
    let rows: [Row<'_>; 11] = [
        ("DELETE", "/api/v1/nothing", "", "text/plain", &long, (404, "not_found", "")),
        ("DELETE", "/api/v1/invoices", "", "text/plain", &long, (405, "method_not_allowed", "")),
        ("POST", "/api/v1/invoices", "", "text/plain", &long, (413, "body_too_large", "")),
        ("POST", "/api/v1/invoices", "", "text/plain", b"{", (401, "unauthorized", "")),
        (
            "POST",
            "/api/v1/invoices",
            &waiting,
            "text/plain",
            b"{",
            (403, "account_not_approved", ""),
        ),
        (
            "POST",
            "/api/v1/invoices",
            &good,
            "text/plain",
            b"{",
            (415, "unsupported_media_type", ""),
        ),
        ("POST", "/api/v1/invoices", &good, json, b"{", (400, "invalid_json", "")),
        ("POST", "/api/v1/invoices", &good, json, b"[]", (422, "invalid_body", "")),
        ("POST", "/api/v1/invoices", &good, json, b"{}", (422, "idempotency_key_reused", "")),
        ("PUT", "/api/v1/webhook", &good, json, b"{}", (422, "invalid_webhook_url", "url")),
        ("GET", "/api/v1/invoices/7", &good, json, b"", (404, "invoice_not_found", "")),
    ];
    for (method, path, authorization, kind, body, expected) in rows {
        let mut headers = vec![("Content-Type", kind), ("Idempotency-Key", "k1")];
        if !authorization.is_empty() {
            headers.push(("Authorization", authorization));
        }
        let answer = site.ask(method, path, &headers, body).await?;
        let (status, code, param) = refusal(&answer)?;
        assert_eq!((status, &*code, &*param), expected, "{method} {path}");
        let challenge = answer.headers.get("www-authenticate").is_some();
        assert_eq!(challenge, status == 401);
    }
    Ok(())
}

#[tokio::test]
async fn of_several_wrong_fields_the_first_in_the_documents_order_is_named() -> Told<()> {
    let site = Running::start().await?;
    let rest = [
        ("order_id", "invalid_order_id"),
        ("metadata", "invalid_metadata"),
        ("success_url", "invalid_url"),
        ("cancel_url", "invalid_url"),
        ("expires_in", "invalid_expires_in"),
    ];
    let first = [
        (r#""network":"doge","amount_usd":true"#, "network", "invalid_network"),
        (r#""network":"ltc","amount_usd":true"#, "amount_usd", "invalid_amount"),
        (r#""network":"ltc","amount_usd":0.5"#, "amount_usd", "amount_too_small"),
        (r#""network":"ltc","amount_usd":1e9"#, "amount_usd", "amount_too_large"),
    ];
    let mut rows: Vec<(String, &str, &str)> = Vec::new();
    // The body's own order says nothing: it is turned round.
    let wrong = |from: usize| {
        let members = rest[from..].iter().rev().map(|(field, _)| format!("\"{field}\":7,"));
        members.collect::<String>()
    };
    for (members, field, code) in first {
        rows.push((format!("{{{}{members}}}", wrong(0)), field, code));
    }
    for (place, (field, code)) in rest.iter().enumerate() {
        let body = format!(r#"{{{}"amount_usd":50,"network":"ltc"}}"#, wrong(place));
        rows.push((body, field, code));
    }
    for (body, field, code) in rows {
        let answer = site.merchant.call("POST", "/invoices", &body).await?;
        let (status, said, param) = refusal(&answer)?;
        assert_eq!((status, &*said, &*param), (422, code, field), "{body}");
    }
    Ok(())
}

#[tokio::test]
async fn too_many_requests_are_refused_before_their_content_is_looked_at() -> Told<()> {
    let limit = RateLimit { per_second: 1, burst: 40 };
    let site = Running::with(|config| config.rate_limit = Some(limit)).await?;
    let authorization = site.merchant.authorization();
    let headers = [("Content-Type", "text/plain"), ("Authorization", authorization.as_str())];
    let mut statuses = Vec::new();
    for _ in 0..60 {
        let answer = site.ask("POST", "/api/v1/invoices", &headers, b"{").await?;
        let (status, code, _) = refusal(&answer)?;
        if status == 429 {
            assert_eq!((&*code, answer.headers.get("retry-after")), ("rate_limited", Some("1")));
        }
        statuses.push(status);
    }
    assert_eq!(statuses.first(), Some(&415));
    assert_eq!(statuses.last(), Some(&429));
    // Who has no key is told so all the same: 401 comes before 429.
    let answer = site.ask("POST", "/api/v1/invoices", &[], b"{").await?;
    assert_eq!(refusal(&answer)?.0, 401);
    Ok(())
}

#[tokio::test]
async fn a_network_that_was_never_reached_takes_no_invoices_and_says_so() -> Told<()> {
    let site = Running::without(Network::Ltc).await?;
    let body = r#"{"network":"ltc","amount_usd":50}"#;
    let refused = site.merchant.call("POST", "/invoices", body).await?;
    let (status, code, _) = refusal(&refused)?;
    assert_eq!((status, &*code), (503, "network_unavailable"));
    assert!(refused.headers.get("retry-after").is_some());
    let ready = site.ask("GET", "/readyz", &[], b"").await?;
    let (status, code, _) = refusal(&ready)?;
    assert_eq!((status, &*code), (503, "not_ready"));
    assert!(ready.json()?.text("error.message")?.contains("ltc"), "{}", ready.text());
    // A field that is wrong is said first, and the other network goes on.
    let wrong = site.merchant.call("POST", "/invoices", r#"{"network":"ltc"}"#).await?;
    assert_eq!(refusal(&wrong)?.1, "invalid_amount");
    let other = wait::until("the other network is scanned", async || {
        let answer =
            site.merchant.call("POST", "/invoices", r#"{"network":"trc20","amount_usd":5}"#);
        let answer = answer.await?;
        Ok(Look::when(answer.status == 201, (), || answer.text()))
    });
    other.await
}
