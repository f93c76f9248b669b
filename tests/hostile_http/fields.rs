//! Every field of every endpoint wrong in every way, one table each.

use crate::shape::is_refused;
use crate::{nothing_changed, untouched};
use cryptopayment_test_support::Told;
use cryptopayment_test_support::json::quoted;

/// value, error code
type Row = (&'static str, &'static str);

const NETWORKS: &[Row] = &[
    ("null", "invalid_network"),
    ("7", "invalid_network"),
    ("true", "invalid_network"),
    ("[]", "invalid_network"),
    ("{}", "invalid_network"),
    ("[\"btc\"]", "invalid_network"),
    ("\"\"", "invalid_network"),
    ("\"doge\"", "invalid_network"),
    ("\" btc\"", "invalid_network"),
    ("\"btc\\u0000\"", "invalid_network"),
    ("1e400", "invalid_network"),
];

const AMOUNTS: &[Row] = &[
    ("null", "invalid_amount"),
    ("true", "invalid_amount"),
    ("false", "invalid_amount"),
    ("[]", "invalid_amount"),
    ("[50]", "invalid_amount"),
    ("{}", "invalid_amount"),
    ("\"\"", "invalid_amount"),
    ("\"abc\"", "invalid_amount"),
    ("\"NaN\"", "invalid_amount"),
    ("\"Infinity\"", "invalid_amount"),
    ("\"50,00\"", "invalid_amount"),
    ("\"0x32\"", "invalid_amount"),
    ("\"5 0\"", "invalid_amount"),
    ("\"1_000\"", "invalid_amount"),
    ("\"50.00 USD\"", "invalid_amount"),
    ("\"٥٠\"", "invalid_amount"),
    ("-1", "invalid_amount"),
    ("-50.00", "invalid_amount"),
    ("\"-50\"", "invalid_amount"),
    ("1e400", "invalid_amount"),
    ("\"1e400\"", "invalid_amount"),
    ("1e99999999999999999999", "invalid_amount"),
    ("0", "amount_too_small"),
    ("0.99", "amount_too_small"),
    ("0.995", "amount_too_small"),
    ("0.99999999", "amount_too_small"),
    ("\"0.5\"", "amount_too_small"),
    ("1000000.01", "amount_too_large"),
    ("1e9", "amount_too_large"),
    ("99999999999999999999", "amount_too_large"),
];

const ORDER_IDS: &[Row] = &[
    ("7", "invalid_order_id"),
    ("1.5", "invalid_order_id"),
    ("true", "invalid_order_id"),
    ("[]", "invalid_order_id"),
    ("{}", "invalid_order_id"),
];

const METADATA: &[Row] = &[
    ("7", "invalid_metadata"),
    ("true", "invalid_metadata"),
    ("\"text\"", "invalid_metadata"),
    ("[1]", "invalid_metadata"),
    ("[{}]", "invalid_metadata"),
    ("{\"a\":{\"b\":{\"c\":{\"d\":{\"e\":{\"f\":1}}}}}}", "invalid_metadata"),
];

const URLS: &[Row] = &[
    ("7", "invalid_url"),
    ("[]", "invalid_url"),
    ("\"\"", "invalid_url"),
    ("\"no url\"", "invalid_url"),
    ("\"javascript:alert(1)\"", "invalid_url"),
    ("\"ftp://example.com/\"", "invalid_url"),
    ("\"data:text/html,x\"", "invalid_url"),
    ("\"//example.com/\"", "invalid_url"),
];

const EXPIRIES: &[Row] = &[
    ("299", "invalid_expires_in"),
    ("86401", "invalid_expires_in"),
    ("0", "invalid_expires_in"),
    ("-300", "invalid_expires_in"),
    ("300.5", "invalid_expires_in"),
    ("1e400", "invalid_expires_in"),
    ("99999999999999999999999", "invalid_expires_in"),
    ("true", "invalid_expires_in"),
    ("\"soon\"", "invalid_expires_in"),
    ("[]", "invalid_expires_in"),
];

/// field, its wrong values
const INVOICE_FIELDS: &[(&str, &[Row])] = &[
    ("network", NETWORKS),
    ("amount_usd", AMOUNTS),
    ("order_id", ORDER_IDS),
    ("metadata", METADATA),
    ("success_url", URLS),
    ("cancel_url", URLS),
    ("expires_in", EXPIRIES),
];

/// A good invoice request, but for `field`, which is `value`, or missing.
fn invoice_with(field: &str, value: Option<&str>) -> String {
    let mut members = Vec::new();
    for (name, good) in [("network", "\"ltc\""), ("amount_usd", "50.00")] {
        if name != field {
            members.push(format!("\"{name}\":{good}"));
        }
    }
    if let Some(value) = value {
        members.push(format!("\"{field}\":{value}"));
    }
    format!("{{{}}}", members.join(","))
}

#[tokio::test]
async fn every_field_of_an_invoice_is_refused_when_wrong() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    for (field, rows) in INVOICE_FIELDS {
        for (value, code) in *rows {
            let body = invoice_with(field, Some(value));
            let answer = merchant.call("POST", "/invoices", &body).await?;
            is_refused(&body, &answer, 422, code, field)?;
        }
    }
    for (field, code) in [("network", "invalid_network"), ("amount_usd", "invalid_amount")] {
        let answer = merchant.call("POST", "/invoices", &invoice_with(field, None)).await?;
        is_refused(&format!("no {field}"), &answer, 422, code, field)?;
    }
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn what_is_too_long_is_refused_and_what_just_fits_is_taken() -> Told<()> {
    let (_gateway, merchant) = untouched().await?;
    let text = |length| quoted(&"x".repeat(length));
    let keys = |count: usize| {
        let members: Vec<String> = (0..count).map(|i| format!("\"k{i}\":1")).collect();
        format!("{{{}}}", members.join(","))
    };
    let bulk = |length| format!("{{\"k\":{}}}", text(length));
    for (field, value, refused) in [
        ("network", text(60_000), "invalid_network"),
        ("amount_usd", text(60_000), "invalid_amount"),
        ("amount_usd", "9".repeat(60_000), "amount_too_large"),
        ("order_id", text(256), "invalid_order_id"),
        ("order_id", text(255), ""),
        ("order_id", quoted(&"é".repeat(255)), ""),
        ("metadata", keys(51), "invalid_metadata"),
        ("metadata", keys(50), ""),
        ("metadata", bulk(9_000), "invalid_metadata"),
        ("metadata", bulk(8_000), ""),
        ("metadata", "[]".to_owned(), ""),
        ("metadata", "null".to_owned(), ""),
        ("metadata", "{\"a\":{\"b\":{\"c\":{\"d\":{}}}}}".to_owned(), ""),
        ("expires_in", "300".to_owned(), ""),
        ("expires_in", "86400".to_owned(), ""),
        ("unknown_field", "[1,2]".to_owned(), ""),
        ("amount_usd", "5e1".to_owned(), ""),
        ("amount_usd", "\"50.00\"".to_owned(), ""),
        ("amount_usd", "1".to_owned(), ""),
        ("amount_usd", "1000000".to_owned(), ""),
    ] {
        let case = format!("{field}, {} bytes, {:.40}", value.len(), value);
        let answer = merchant.call("POST", "/invoices", &invoice_with(field, Some(&value))).await?;
        if refused.is_empty() {
            assert_eq!(answer.status, 201, "{case}: {}", answer.text());
        } else if field == "amount_usd" && value.starts_with('9') {
            // Sixty thousand nines are too large, or no amount at all: both are true.
            assert_eq!(answer.status, 422, "{case}: {}", answer.text());
        } else {
            is_refused(&case, &answer, 422, refused, field)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn webhook_urls_that_lead_nowhere_or_inside_are_refused() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    for (value, code) in [
        ("7", "invalid_webhook_url"),
        ("[]", "invalid_webhook_url"),
        ("\"\"", "invalid_webhook_url"),
        ("\"shop\"", "invalid_webhook_url"),
        ("\"ftp://example.com/\"", "invalid_webhook_url"),
        ("\"file:///etc/passwd\"", "invalid_webhook_url"),
        ("\"http://example.com/\"", "invalid_webhook_url"),
        ("\"https://10.0.0.1/\"", "blocked_address"),
        ("\"https://192.168.1.1/\"", "blocked_address"),
        ("\"https://169.254.169.254/latest\"", "blocked_address"),
        ("\"https://0x0a000001/\"", "blocked_address"),
        ("\"https://167772161/\"", "blocked_address"),
        ("\"https://012.0.0.1/\"", "blocked_address"),
        ("\"https://100.64.0.1/\"", "blocked_address"),
        ("\"https://0.0.0.0/\"", "blocked_address"),
        ("\"https://[fc00::1]/\"", "blocked_address"),
        ("\"https://[fe80::1]/\"", "blocked_address"),
        ("\"https://[::ffff:10.0.0.1]/\"", "blocked_address"),
        ("\"https://[64:ff9b::a00:1]/\"", "blocked_address"),
        ("\"https://[2002:a00:1::]/\"", "blocked_address"),
        ("\"https://224.0.0.1/\"", "blocked_address"),
    ] {
        let body = format!("{{\"url\":{value}}}");
        let answer = merchant.call("PUT", "/webhook", &body).await?;
        is_refused(&body, &answer, 422, code, "url")?;
    }
    let answer = merchant.call("PUT", "/webhook", "{}").await?;
    is_refused("no url", &answer, 422, "invalid_webhook_url", "url")?;
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn wrong_pages_and_filters_are_refused() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    for (query, code, param) in [
        ("page=0", "invalid_page", "page"),
        ("page=-1", "invalid_page", "page"),
        ("page=abc", "invalid_page", "page"),
        ("page=1.5", "invalid_page", "page"),
        ("page=99999999999999999999999999", "invalid_page", "page"),
        ("page=%00", "invalid_page", "page"),
        ("status=paid", "invalid_filter", "status"),
        ("network=doge", "invalid_filter", "network"),
        ("from=yesterday", "invalid_filter", "from"),
        ("to=2024-13-01", "invalid_filter", "to"),
    ] {
        let answer = merchant.call("GET", &format!("/invoices?{query}"), "").await?;
        is_refused(query, &answer, 422, code, param)?;
    }
    let beyond = merchant.call("GET", "/invoices?page=1000000", "").await?.expect(200)?;
    assert_eq!(beyond.list("invoices")?.len(), 0);
    nothing_changed(&gateway, &merchant).await
}

#[tokio::test]
async fn ids_that_are_nobodys_are_not_found() -> Told<()> {
    let (mut gateway, merchant) = untouched().await?;
    let nobody = "550e8400-e29b-41d4-a716-446655440000";
    for id in [nobody, "7", "%00", "..", "..%2f..%2fetc%2fpasswd", "550e8400", "%F0%9F%92%A9"] {
        let answer = merchant.call("GET", &format!("/invoices/{id}"), "").await?;
        assert_eq!(answer.status, 404, "{id}: {}", answer.text());
        assert_eq!(gateway.get(&format!("/pay/{id}")).await?.status, 404, "/pay/{id}");
        assert_eq!(gateway.get(&format!("/pay/{id}/events")).await?.status, 404, "{id}");
    }
    nothing_changed(&gateway, &merchant).await?;

    // Somebody else's invoice is as if it were not there.
    let mine = merchant.open("ltc", "50.00").await?;
    gateway.make_merchant("other@example.com", "https://example.com/webhook")?;
    let other = gateway.merchant()?;
    let answer = other.call("GET", &format!("/invoices/{}", mine.id), "").await?;
    is_refused("a foreign invoice", &answer, 404, "invoice_not_found", "")?;
    let list = other.call("GET", "/invoices", "").await?.expect(200)?;
    assert_eq!(list.count("pagination.total")?, 0);
    Ok(())
}

#[tokio::test]
async fn the_sandboxs_levers_take_nonsense_without_breaking() -> Told<()> {
    let (gateway, merchant) = untouched().await?;
    for (verb, body) in [
        ("pay", "{}"),
        ("pay", "{\"address\":7}"),
        ("pay", "{\"address\":\"\"}"),
        ("pay", "{\"address\":\"nonsense\",\"amount\":1}"),
        ("pay", "{\"address\":\"nonsense\"}"),
        ("mine", "{}"),
        ("mine", "{\"network\":\"doge\",\"blocks\":1}"),
        ("mine", "{\"network\":\"btc\",\"blocks\":-1}"),
        ("mine", "{\"network\":\"btc\",\"blocks\":1e400}"),
        ("mine", "{\"network\":\"btc\",\"blocks\":\"many\"}"),
        ("mine", "{\"network\":\"btc\",\"blocks\":99999999999999999999}"),
        ("reorg", "{}"),
        ("reorg", "{\"network\":\"btc\",\"depth\":-1}"),
        ("reorg", "{\"network\":\"btc\",\"depth\":99999999999}"),
        ("reorg", "{\"network\":7,\"depth\":1}"),
    ] {
        let headers = [("Content-Type", "application/json")];
        let path = format!("/sandbox/{verb}");
        let bytes =
            cryptopayment_test_support::wire::request("POST", &path, &headers, body.as_bytes());
        let answer = cryptopayment_test_support::wire::exchange(gateway.address()?, &bytes).await?;
        let refused = (400..500).contains(&answer.status);
        assert!(refused, "{path} {body}: {} {}", answer.status, answer.text());
    }
    nothing_changed(&gateway, &merchant).await
}
