//! Bodies that are no JSON object, or too much of one.

use crate::shape::is_refused;
use crate::{nothing_changed, untouched};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::wire::exchange;

const GOOD: &str = r#"{"network":"ltc","amount_usd":50.00}"#;

#[tokio::test]
async fn what_is_no_json_is_said_to_be_none() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    let deep = "[".repeat(30_000);
    let deep_objects = "{\"a\":".repeat(10_000);
    let deep_metadata = format!(
        "{{\"network\":\"ltc\",\"amount_usd\":50,\"metadata\":{}{}}}",
        "[".repeat(5_000),
        "]".repeat(5_000)
    );
    let rows: &[(&str, &[u8])] = &[
        ("spaces", b"   "),
        ("half an object", b"{"),
        ("a form", b"network=ltc&amount_usd=50"),
        ("XML", b"<invoice/>"),
        ("a trailing comma", br#"{"network":"ltc","amount_usd":50,}"#),
        ("something behind it", br#"{"network":"ltc","amount_usd":50}{}"#),
        ("a duplicate key", br#"{"network":"ltc","amount_usd":1,"amount_usd":50}"#),
        ("a duplicate key, escaped", br#"{"network":"ltc","amount_usd":1,"amount\u005fusd":50}"#),
        (
            "a duplicate key inside",
            br#"{"network":"ltc","amount_usd":50,"metadata":{"a":1,"a":2}}"#,
        ),
        ("bare NaN", br#"{"network":"ltc","amount_usd":NaN}"#),
        ("bare Infinity", br#"{"network":"ltc","amount_usd":-Infinity}"#),
        ("a leading zero", br#"{"network":"ltc","amount_usd":050}"#),
        ("a hanging point", br#"{"network":"ltc","amount_usd":50.}"#),
        ("a plus", br#"{"network":"ltc","amount_usd":+50}"#),
        ("single quotes", b"{'network':'ltc','amount_usd':50}"),
        ("a comment", br#"{"network":"ltc"/*x*/,"amount_usd":50}"#),
        ("bad UTF-8", b"{\"network\":\"ltc\",\"amount_usd\":50,\"order_id\":\"\xff\xfe\"}"),
        ("a lone surrogate", br#"{"network":"ltc","amount_usd":50,"order_id":"\ud800"}"#),
        ("a control character", b"{\"network\":\"ltc\",\"amount_usd\":50,\"order_id\":\"a\nb\"}"),
        ("bytes of nothing", &[0; 64]),
        ("UTF-16", b"\xff\xfe{\0}\0"),
        ("a bomb of brackets", deep.as_bytes()),
        ("a bomb of objects", deep_objects.as_bytes()),
    ];
    for (case, body) in rows {
        let answer = merchant.call_with("POST", "/invoices", &[], body).await?;
        is_refused(case, &answer, 400, "invalid_json", "")?;
    }
    for path in ["/invoices", "/webhook"] {
        let method = if path == "/webhook" { "PUT" } else { "POST" };
        let headers = [("Content-Type", "application/json")];
        let answer = merchant.call_with(method, path, &headers, b"").await?;
        is_refused("nothing at all", &answer, 400, "invalid_json", "")?;
    }
    let answer = merchant.call("POST", "/invoices", &deep_metadata).await?;
    assert!(matches!(answer.status, 400 | 422), "deep metadata: {}", answer.status);
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn a_body_that_is_no_object_is_said_to_be_none() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    for body in ["[]", "[{}]", "7", "\"network\"", "null", "true"] {
        let answer = merchant.call("POST", "/invoices", body).await?;
        is_refused(body, &answer, 422, "invalid_body", "")?;
        let answer = merchant.call("PUT", "/webhook", body).await?;
        is_refused(body, &answer, 422, "invalid_body", "")?;
    }
    nothing_changed(&gateway, &merchant).await
}

fn chunked(authorization: &str, chunks: &[&[u8]]) -> Vec<u8> {
    let mut bytes = format!(
        "POST /api/v1/invoices HTTP/1.1\r\nHost: localhost\r\nAuthorization: {authorization}\r\n\
         Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    .into_bytes();
    for chunk in chunks {
        bytes.extend_from_slice(format!("{:x}\r\n", chunk.len()).as_bytes());
        bytes.extend_from_slice(chunk);
        bytes.extend_from_slice(b"\r\n");
    }
    bytes.extend_from_slice(b"0\r\n\r\n");
    bytes
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_whole_or_in_chunks() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    let padding = " ".repeat(65 * 1024);
    let long = format!("{GOOD}{padding}");
    let answer = merchant.call("POST", "/invoices", &long).await?;
    is_refused("65 KiB", &answer, 413, "body_too_large", "")?;
    let pieces: Vec<&[u8]> = long.as_bytes().chunks(1000).collect();
    let answer = exchange(gateway.address()?, &chunked(&merchant.authorization(), &pieces)).await?;
    is_refused("65 KiB in chunks", &answer, 413, "body_too_large", "")?;
    let announced = "POST /api/v1/invoices HTTP/1.1\r\nHost: localhost\r\n\
                     Content-Type: application/json\r\nContent-Length: 99999999999\r\n\r\n{";
    let answer = exchange(gateway.address()?, announced.as_bytes()).await?;
    is_refused("93 GiB announced", &answer, 413, "body_too_large", "")?;
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn a_body_in_chunks_is_as_good_as_any() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    let pieces: Vec<&[u8]> = GOOD.as_bytes().chunks(3).collect();
    let answer = exchange(gateway.address()?, &chunked(&merchant.authorization(), &pieces)).await?;
    assert_eq!(answer.status, 201, "{}", answer.text());
    Ok(())
}
