//! The fields of requests, each read from its very text, each with the 422 it deserves.

use super::strict::{Object, measure};
use crate::error::Failure;
use crate::outgoing::endpoint_url::is_web_address;
use cryptopayment_domain::network::Network;
use cryptopayment_domain::usd::parse_amount;
use reqwest::Url;
use rust_decimal::Decimal;
use serde_json::value::RawValue;

/// The most characters of an `order_id`.
pub const ORDER_ID_CHARS_MAX: usize = 255;
/// The most bytes of `metadata`, as they were sent.
pub const METADATA_BYTES_MAX: usize = 8 * 1024;
/// The most keys of `metadata`.
pub const METADATA_KEYS_MAX: usize = 50;
/// The most levels of `metadata`, its own braces included.
pub const METADATA_DEPTH_MAX: usize = 5;
/// The most bytes of a URL.
pub const URL_BYTES_MAX: usize = 2048;

/// `network`, one of those this gateway has.
///
/// # Errors
/// 422 `invalid_network`.
pub fn network(body: &Object<'_>, enabled: &[Network]) -> Result<Network, Failure> {
    let named = body.get("network").and_then(text);
    let known = named.and_then(|name| name.parse::<Network>().ok());
    known.filter(|network| enabled.contains(network)).ok_or_else(|| {
        let names: Vec<_> = enabled.iter().map(|network| network.name()).collect();
        let message = format!("network must be one of {}", names.join(", "));
        Failure::invalid("invalid_network", "network", message)
    })
}

/// `amount_usd`, as a number or a string of one, exactly as sent.
///
/// # Errors
/// 422 `invalid_amount`.
pub fn amount_usd(body: &Object<'_>) -> Result<Decimal, Failure> {
    let amount = body.get("amount_usd").and_then(|value| match value.get().bytes().next() {
        Some(b'"') => parse_amount(&text(value)?).ok(),
        Some(b'0'..=b'9') => parse_amount(value.get()).ok(),
        _ => None,
    });
    amount.ok_or_else(|| {
        let message = "amount_usd must be a positive number of US dollars such as 50.00";
        Failure::invalid("invalid_amount", "amount_usd", message)
    })
}

/// `order_id`: absent, `null`, or a string.
///
/// # Errors
/// 422 `invalid_order_id`.
pub fn order_id(body: &Object<'_>) -> Result<Option<String>, Failure> {
    let Some(value) = body.get("order_id") else { return Ok(None) };
    let fits = |text: &String| text.chars().count() <= ORDER_ID_CHARS_MAX;
    text(value).filter(fits).map(Some).ok_or_else(|| {
        let message =
            format!("order_id must be a string of at most {ORDER_ID_CHARS_MAX} characters");
        Failure::invalid("invalid_order_id", "order_id", message)
    })
}

/// `metadata`: absent, `null`, or an object, kept as the bytes that came. An empty array, which is
/// how PHP encodes an empty map, is an empty object.
///
/// # Errors
/// 422 `invalid_metadata`.
pub fn metadata<'b>(body: &Object<'b>) -> Result<Option<&'b str>, Failure> {
    let Some(value) = body.get("metadata") else { return Ok(None) };
    let raw = value.get();
    if raw.starts_with('[') && raw[1..].trim_start() == "]" {
        return Ok(Some("{}"));
    }
    if !raw.starts_with('{') {
        return Err(invalid_metadata("metadata must be an object".to_owned()));
    }
    if raw.len() > METADATA_BYTES_MAX {
        return Err(invalid_metadata(format!(
            "metadata must have at most {METADATA_BYTES_MAX} bytes"
        )));
    }
    let (depth, keys) = measure(value)?;
    if keys > METADATA_KEYS_MAX {
        return Err(invalid_metadata(format!(
            "metadata must have at most {METADATA_KEYS_MAX} keys"
        )));
    }
    if depth > METADATA_DEPTH_MAX {
        return Err(invalid_metadata(format!(
            "metadata must be nested at most {METADATA_DEPTH_MAX} levels deep"
        )));
    }
    Ok(Some(raw))
}

fn invalid_metadata(message: String) -> Failure {
    Failure::invalid("invalid_metadata", "metadata", message)
}

/// `success_url`, `cancel_url`: absent, `null`, or an absolute web address.
///
/// # Errors
/// 422 `invalid_url`.
pub fn web_address(body: &Object<'_>, name: &'static str) -> Result<Option<String>, Failure> {
    let Some(value) = body.get(name) else { return Ok(None) };
    let is_web = |address: &String| {
        let parsed = Url::parse(address).ok().filter(|_| address.len() <= URL_BYTES_MAX);
        // Anything else, `javascript:` before all, has no business behind a button of ours.
        is_web_address(address) && parsed.is_some_and(|url| url.has_host())
    };
    text(value).filter(is_web).map(Some).ok_or_else(|| {
        let message = format!(
            "{name} must be an address such as https://shop.example/thanks, \
             at most {URL_BYTES_MAX} bytes long"
        );
        Failure::invalid("invalid_url", name, message)
    })
}

/// `expires_in`: absent, `null`, or whole seconds. The domain knows the bounds.
///
/// # Errors
/// 422 `invalid_expires_in`.
pub fn expires_in(body: &Object<'_>) -> Result<Option<u64>, Failure> {
    let Some(value) = body.get("expires_in") else { return Ok(None) };
    let seconds = parse_amount(value.get()).ok().filter(|number| number.fract().is_zero());
    seconds.and_then(|number| u64::try_from(number).ok()).map(Some).ok_or_else(|| {
        let message = "expires_in must be a whole number of seconds between 300 and 86400";
        Failure::invalid("invalid_expires_in", "expires_in", message)
    })
}

/// The text of a JSON string; none if the value is none.
pub fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

/// A whole number between two bounds; none if the value is none.
pub fn whole_number(value: &RawValue, least: u32, most: u32) -> Option<u32> {
    // As JSON Schema has it, 5.0 and 5e0 are whole: they are one number.
    let number = parse_amount(value.get()).ok().filter(|number| number.fract().is_zero())?;
    let number = u32::try_from(number).ok()?;
    (least..=most).contains(&number).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code<T: std::fmt::Debug>(
        body: &str,
        read: impl Fn(&Object<'_>) -> Result<T, Failure>,
    ) -> &'static str {
        match read(&Object::read(body.as_bytes()).unwrap()) {
            Ok(_) => "",
            Err(failure) => {
                assert_eq!(failure.status.as_u16(), 422);
                assert!(failure.param.is_some());
                failure.code
            }
        }
    }

    #[test]
    fn amounts_are_read_from_their_text() {
        let good = ["50", "50.0", "5e1", "\"50.00\"", "\"5e1\"", "0", "0.1", "1e10"];
        for amount in good {
            let body = format!("{{\"amount_usd\":{amount}}}");
            assert_eq!(code(&body, amount_usd), "", "{amount}");
        }
        let bad = [
            "true", "null", "-1", "-0", "\"-1\"", "1e400", "\"NaN\"", "\"\"", "\" 5\"", "[]", "{}",
            "\"0x5\"", "\"1,5\"", "1e-400", "[50]",
        ];
        for amount in bad {
            let body = format!("{{\"amount_usd\":{amount}}}");
            assert_eq!(code(&body, amount_usd), "invalid_amount", "{amount}");
        }
        assert_eq!(code("{}", amount_usd), "invalid_amount");
    }

    #[test]
    fn only_networks_that_this_gateway_has_are_taken() {
        let enabled = [Network::Ltc, Network::Trc20];
        let network = |body: &Object<'_>| network(body, &enabled);
        assert_eq!(code(r#"{"network":"ltc"}"#, network), "");
        let bad = ["\"btc\"", "\"LTC\"", "\"\"", "null", "5", "[\"ltc\"]", "\"ltc \"", "{}"];
        for name in bad {
            let body = format!("{{\"network\":{name}}}");
            assert_eq!(code(&body, network), "invalid_network", "{name}");
        }
        assert_eq!(code("{}", network), "invalid_network");
    }

    #[test]
    fn order_ids_are_strings_of_at_most_255_characters() {
        let rows = [
            ("\"ORD-1\"".to_owned(), ""),
            ("\"\"".to_owned(), ""),
            ("null".to_owned(), ""),
            (format!("\"{}\"", "ü".repeat(255)), ""),
            (format!("\"{}\"", "x".repeat(256)), "invalid_order_id"),
            ("5".to_owned(), "invalid_order_id"),
            ("[]".to_owned(), "invalid_order_id"),
            ("true".to_owned(), "invalid_order_id"),
        ];
        for (value, expected) in rows {
            assert_eq!(code(&format!("{{\"order_id\":{value}}}"), order_id), expected, "{value}");
        }
    }

    #[test]
    fn metadata_is_bounded_and_kept_as_it_came() {
        let keys = |count: usize| {
            let keys: Vec<_> = (0..count).map(|key| format!("\"{key}\":1")).collect();
            format!("{{{}}}", keys.join(","))
        };
        let nested = |levels: usize| format!("{}1{}", "{\"a\":".repeat(levels), "}".repeat(levels));
        let rows = [
            (keys(50), ""),
            (keys(51), "invalid_metadata"),
            (nested(5), ""),
            (nested(6), "invalid_metadata"),
            (format!("{{\"a\":\"{}\"}}", "x".repeat(METADATA_BYTES_MAX - 8)), ""),
            (format!("{{\"a\":\"{}\"}}", "x".repeat(METADATA_BYTES_MAX - 7)), "invalid_metadata"),
            ("[]".into(), ""),
            ("[ ]".into(), ""),
            ("[1]".into(), "invalid_metadata"),
            ("\"x\"".into(), "invalid_metadata"),
            ("5".into(), "invalid_metadata"),
            ("null".into(), ""),
        ];
        for (value, expected) in rows {
            let shown: String = value.chars().take(40).collect();
            let body = format!("{{\"metadata\":{value}}}");
            assert_eq!(code(&body, |body| metadata(body).map(drop)), expected, "{shown}");
        }
        let body = br#"{"metadata": {"n" : 12345678901234567890, "x":1e400 } }"#;
        let object = Object::read(body).unwrap();
        let kept = metadata(&object).unwrap();
        assert_eq!(kept, Some(r#"{"n" : 12345678901234567890, "x":1e400 }"#));
        let empty = Object::read(br#"{"metadata":[]}"#).unwrap();
        assert_eq!(metadata(&empty).unwrap(), Some("{}"));
    }

    #[test]
    fn return_addresses_are_web_addresses() {
        let long = format!("https://shop.example/{}", "x".repeat(URL_BYTES_MAX));
        let rows = [
            ("https://shop.example/thanks?order=1", ""),
            ("http://localhost:3000/", ""),
            (" https://shop.example/", "invalid_url"),
            ("https://shop.example/a b", "invalid_url"),
            ("https:/shop.example/", "invalid_url"),
            ("javascript:alert(1)", "invalid_url"),
            ("data:text/html,x", "invalid_url"),
            ("/thanks", "invalid_url"),
            ("shop.example", "invalid_url"),
            ("https://", "invalid_url"),
            ("", "invalid_url"),
            (&long, "invalid_url"),
        ];
        for (address, expected) in rows {
            let body = format!("{{\"success_url\":\"{address}\"}}");
            let read = |body: &Object<'_>| web_address(body, "success_url");
            assert_eq!(code(&body, read), expected, "{address}");
        }
        let read = |body: &Object<'_>| web_address(body, "cancel_url");
        assert_eq!(code(r#"{"cancel_url":7}"#, read), "invalid_url");
        assert_eq!(code(r#"{"cancel_url":null}"#, read), "");
    }

    #[test]
    fn whole_numbers_are_read_by_their_value() {
        let rows = [("5", Some(5)), ("5.0", Some(5)), ("0.5e1", Some(5)), ("9", Some(9))];
        let bad =
            ["5.5", "10", "0", "-1", "\"5\"", "true", "[5]", "1e400"].map(|text| (text, None));
        for (text, expected) in rows.into_iter().chain(bad) {
            let value: &RawValue = serde_json::from_str(text).unwrap();
            assert_eq!(whole_number(value, 1, 9), expected, "{text}");
        }
    }

    #[test]
    fn lifetimes_are_whole_seconds() {
        let rows = [("1800", ""), ("1.8e3", ""), ("1800.0", ""), ("null", "")];
        let bad = ["1.5", "-1", "\"1800\"", "true", "1e400", "[]", "99999999999999999999999"];
        let bad = bad.map(|value| (value, "invalid_expires_in"));
        for (value, expected) in rows.into_iter().chain(bad) {
            let body = format!("{{\"expires_in\":{value}}}");
            assert_eq!(code(&body, expires_in), expected, "{value}");
        }
    }
}
