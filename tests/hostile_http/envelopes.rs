//! Wrong routes, methods, credentials and content types, alone and together: the checks come in the
//! contract's order, 404 before 405, 413 before 401, 415 before 400.

use crate::shape::is_refused;
use crate::{nothing_changed, untouched};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::wire::{exchange, request};

#[tokio::test]
async fn routes_that_are_not_there_are_not_found_whoever_asks() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    for path in [
        "/",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v1/invoice",
        "/api/v1/invoices/",
        "/api/v2/invoices",
        "/API/V1/INVOICES",
        "/api/v1/invoices/a/b",
        "//api/v1/invoices",
        "/api/v1/../../etc/passwd",
        "/api/v1/%69nvoices%00",
        "/.env",
    ] {
        let answer = gateway.get(path).await?;
        is_refused(path, &answer, 404, "not_found", "")?;
    }
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn methods_that_are_not_there_are_named_with_those_that_are() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    for (path, methods, allowed) in [
        (
            "/api/v1/invoices",
            &["PUT", "DELETE", "PATCH", "TRACE", "BREW"][..],
            &["GET", "POST"][..],
        ),
        ("/api/v1/invoices/7", &["POST", "PUT", "DELETE"][..], &["GET"][..]),
        ("/api/v1/balances", &["POST", "PUT", "DELETE"][..], &["GET"][..]),
        ("/api/v1/webhook", &["POST", "DELETE"][..], &["GET", "PUT"][..]),
        ("/healthz", &["POST", "DELETE"][..], &["GET"][..]),
    ] {
        for method in methods {
            // Without credentials: 405 comes before 401.
            let answer = exchange(gateway.address()?, &request(method, path, &[], b"")).await?;
            let case = format!("{method} {path}");
            is_refused(&case, &answer, 405, "method_not_allowed", "")?;
            let allow = answer.headers.get("allow").unwrap_or_default();
            for method in allowed {
                assert!(allow.contains(method), "{case}: Allow is {allow}");
            }
        }
    }
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn wrong_credentials_are_refused_and_all_alike() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    let (key, secret) = (&merchant.key, &merchant.secret);
    let swapped = format!("Bearer {secret}:{key}");
    let longer = format!("Bearer {key}:{secret}x");
    let shorter = format!("Bearer {key}:{}", &secret[..secret.len() - 1]);
    let upper = format!("Bearer {key}:{}", secret.to_uppercase());
    let elsewhere = format!("Bearer pk_test_nobody:{secret}");
    let huge = format!("Bearer {key}:{}", "x".repeat(8_000));
    let spaced = format!("Bearer {key} : {secret}");
    let mut messages = Vec::new();
    for value in [
        "",
        "Bearer",
        "Bearer ",
        "Bearer :",
        "Bearer x",
        "Bearer pk_abc123:sk_xyz789",
        "Basic cGs6c2s=",
        "Token x:y",
        "Bearer \u{fffd}:\u{fffd}",
        &swapped,
        &longer,
        &shorter,
        &upper,
        &elsewhere,
        &huge,
        &spaced,
    ] {
        for (method, path, body) in [
            ("GET", "/api/v1/invoices", &b""[..]),
            ("GET", "/api/v1/balances", b""),
            ("POST", "/api/v1/invoices", br#"{"network":"ltc","amount_usd":50}"#),
            ("PUT", "/api/v1/webhook", br#"{"url":"https://example.com/"}"#),
        ] {
            let headers = [("Authorization", value), ("Content-Type", "application/json")];
            let answer =
                exchange(gateway.address()?, &request(method, path, &headers, body)).await?;
            let case = format!("{method} {path} with {value:.60}");
            is_refused(&case, &answer, 401, "unauthorized", "")?;
            assert!(answer.headers.get("www-authenticate").is_some(), "{case}");
            if value.contains(':') && value.contains("sk_") {
                messages.push(answer.json()?.text("error.message")?.to_owned());
            }
        }
    }
    // A wrong secret and an unknown key are told apart by nobody.
    messages.dedup();
    assert_eq!(messages.len(), 1, "{messages:?}");
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn the_schemes_name_may_be_written_in_any_case() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    for scheme in ["bearer", "BEARER", "Bearer"] {
        let value = format!("{scheme} {}:{}", merchant.key, merchant.secret);
        let headers = [("authorization", value.as_str())];
        let bytes = request("GET", "/api/v1/balances", &headers, b"");
        assert_eq!(exchange(gateway.address()?, &bytes).await?.status, 200, "{scheme}");
    }
    Ok(())
}

#[tokio::test]
async fn a_content_type_that_is_no_json_is_refused_before_the_body_is_read() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    let authorization = merchant.authorization();
    for kind in
        ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json", ""]
    {
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", kind)];
        let bytes = request("POST", "/api/v1/invoices", &headers, b"no json at all");
        let answer = exchange(gateway.address()?, &bytes).await?;
        is_refused(kind, &answer, 415, "unsupported_media_type", "")?;
    }
    nothing_changed(&gateway, &merchant).await?;
    for kind in ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"] {
        let headers = [("Authorization", authorization.as_str()), ("Content-Type", kind)];
        let body = br#"{"network":"ltc","amount_usd":50}"#;
        let bytes = request("POST", "/api/v1/invoices", &headers, body);
        assert_eq!(exchange(gateway.address()?, &bytes).await?.status, 201, "{kind}");
    }
    Ok(())
}

#[tokio::test]
async fn head_answers_as_get_does_without_a_body() -> Told<()> {
    let (gateway, _) = untouched().await?;
    for path in ["/healthz", "/readyz", "/metrics"] {
        let answer = exchange(gateway.address()?, &request("HEAD", path, &[], b"")).await?;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.body.is_empty(), "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn idempotency_keys_that_are_too_long_are_refused() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    let body = br#"{"network":"ltc","amount_usd":50}"#;
    let long = "k".repeat(256);
    let key = [("Idempotency-Key", long.as_str())];
    let answer = merchant.call_with("POST", "/invoices", &key, body).await?;
    assert!((400..500).contains(&answer.status), "{}: {}", answer.status, answer.text());
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn bytes_that_are_no_http_end_the_connection_and_nothing_else() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    let authorization = merchant.authorization();
    let head = format!(
        "POST /api/v1/invoices HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/json\r\n"
    );
    let body = r#"{"network":"ltc","amount_usd":50}"#;
    let rows = [
        ("noise", "\u{0}\u{1}\u{2}\u{3}\r\n\r\n".to_owned()),
        ("TLS", "\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}\r\n\r\n".to_owned()),
        ("no version", "GET /\r\n\r\n".to_owned()),
        ("another version", "GET / HTTP/9.9\r\n\r\n".to_owned()),
        ("a space before the colon", format!("{head}X-A : b\r\nContent-Length: 0\r\n\r\n")),
        ("a negative length", format!("{head}Content-Length: -1\r\n\r\n{body}")),
        ("no number as length", format!("{head}Content-Length: ten\r\n\r\n{body}")),
        ("two lengths", format!("{head}Content-Length: 5\r\nContent-Length: 33\r\n\r\n{body}")),
        (
            "a bad chunk",
            format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n{body}\r\n0\r\n\r\n"),
        ),
        ("a header of 200 KB", format!("{head}X-Long: {}\r\n\r\n", "x".repeat(200_000))),
        ("a path of 200 KB", format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(200_000))),
        ("a thousand headers", format!("{head}{}\r\n\r\n", "X-A: b\r\n".repeat(1000))),
    ];
    for (case, bytes) in rows {
        // Refused in HTTP's words, or not answered at all; never done, never an error of ours.
        if let Ok(answer) = exchange(gateway.address()?, bytes.as_bytes()).await {
            let refused = (400..500).contains(&answer.status);
            assert!(refused, "{case}: {} {}", answer.status, answer.text());
        }
    }
    nothing_changed(&gateway, &merchant).await
}
