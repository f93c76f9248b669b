//! The strict reader against a table of bodies, and against another reader of JSON.

use super::*;
use proptest::prelude::*;

fn refusal(body: &[u8]) -> (u16, &'static str) {
    let failure = Object::read(body).unwrap_err();
    (failure.status.as_u16(), failure.code)
}

#[test]
fn what_is_no_json_is_refused_with_400() {
    let deep = format!("{{\"a\":{}{}}}", "[".repeat(40), "]".repeat(40));
    let bottomless = "[".repeat(60_000);
    let rows: [&[u8]; 24] = [
        b"",
        b" ",
        b"{",
        b"{}{}",
        b"{} x",
        b"nul",
        b"NaN",
        b"{\"a\":NaN}",
        b"{\"a\":Infinity}",
        b"{\"a\":01}",
        b"{\"a\":1.}",
        b"{\"a\":.5}",
        b"{\"a\":+1}",
        b"{\"a\":'x'}",
        b"{a:1}",
        b"{\"a\":1,}",
        b"{\"a\":\"\xff\"}",
        b"\xef\xbb\xbf{}",
        b"{\"a\":1,\"a\":2}",
        b"{\"a\":{\"b\":[{\"c\":1,\"c\":1}]}}",
        b"{\"a\":1,\"\\u0061\":2}",
        b"{\"a\":\"\\ud800\"}",
        deep.as_bytes(),
        bottomless.as_bytes(),
    ];
    for body in rows {
        let shown = String::from_utf8_lossy(body);
        let shown: String = shown.chars().take(60).collect();
        assert_eq!(refusal(body), (400, "invalid_json"), "{shown}");
    }
}

#[test]
fn json_that_is_no_object_is_refused_with_422() {
    for body in ["null", "1", "\"x\"", "[]", "true", "[{\"a\":1}]", "1e400"] {
        assert_eq!(refusal(body.as_bytes()), (422, "invalid_body"), "{body}");
    }
}

#[test]
fn a_key_twice_in_a_long_object_is_found_too() {
    let fields: Vec<String> = (0..100).map(|number| format!("\"k{number}\":1")).collect();
    let good = format!("{{{}}}", fields.join(","));
    assert_eq!(Object::read(good.as_bytes()).unwrap().fields().len(), 100);
    let bad = format!("{{{},\"k3\":1}}", fields.join(","));
    assert_eq!(refusal(bad.as_bytes()), (400, "invalid_json"));
}

#[test]
fn fields_are_the_text_that_came() {
    let body = br#" {"n": 1e400, "big":12345678901234567890123, "o": { "x" : [ 1 ] } ,"z":null} "#;
    let object = Object::read(body).unwrap();
    let text = |name| object.get(name).map(RawValue::get);
    assert_eq!(text("n"), Some("1e400"));
    assert_eq!(text("big"), Some("12345678901234567890123"));
    assert_eq!(text("o"), Some(r#"{ "x" : [ 1 ] }"#));
    assert_eq!(text("z"), None, "null is absent");
    assert_eq!(object.raw("z").map(RawValue::get), Some("null"));
    assert_eq!(measure(object.get("o").unwrap()).unwrap(), (2, 1));
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(serde_json::Value::from),
        any::<i64>().prop_map(serde_json::Value::from),
        "\\PC{0,12}".prop_map(serde_json::Value::from),
    ];
    leaf.prop_recursive(6, 64, 8, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map("\\PC{0,6}", inner, 0..6)
                .prop_map(|map| { serde_json::Value::Object(map.into_iter().collect()) }),
        ]
    })
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused_without_a_panic(
        bytes in prop::collection::vec(any::<u8>(), 0..200)
    ) {
        let _ = Object::read(&bytes);
    }

    #[test]
    fn whatever_is_read_is_json_to_others_too(text in "[{}\\[\\]\",:0-9a-c\\\\eE.u -]{0,40}") {
        if Object::read(text.as_bytes()).is_ok() {
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok());
        }
    }

    #[test]
    fn every_object_is_read_whole(value in any_json()) {
        let body = value.to_string();
        match (Object::read(body.as_bytes()), value.as_object()) {
            (Ok(object), Some(map)) => {
                prop_assert_eq!(object.fields().len(), map.len());
                for (key, field) in object.fields() {
                    let back: serde_json::Value = serde_json::from_str(field.get()).unwrap();
                    prop_assert_eq!(Some(&back), map.get(key));
                }
            }
            (Err(failure), None) => prop_assert_eq!(failure.code, "invalid_body"),
            (read, _) => prop_assert!(false, "{read:?} of {body}"),
        }
    }
}
