//! What a request asks with: a JSON body, or a query.

use super::Answer;
use crate::address::Address;
use crate::digest::Hash;
use crate::json::Look;
use serde_json::{Map, Value};

/// The parameters of a request.
#[derive(Debug)]
pub struct Asked {
    pub body: Value,
    pub look: Look,
}

impl Asked {
    /// Reads a POST's body, or a GET's query.
    pub fn read(method: &str, query: &str, body: &[u8]) -> Result<Self, Answer> {
        let body = if method == "GET" {
            let pairs = form_urlencoded::parse(query.as_bytes());
            let members = pairs.map(|(key, value)| (key.into_owned(), Value::from(&*value)));
            Value::Object(members.collect::<Map<_, _>>())
        } else if body.iter().all(u8::is_ascii_whitespace) {
            Value::Object(Map::new())
        } else {
            serde_json::from_slice(body).map_err(|error| {
                Answer::error("com.alibaba.fastjson.JSONException", &error.to_string())
            })?
        };
        let visible = body.get("visible");
        let visible = visible.is_some_and(|it| it.as_bool() == Some(true) || it == "true");
        Ok(Self { body, look: Look { visible } })
    }

    /// A text; empty when it is not there.
    pub fn text(&self, key: &str) -> &str {
        self.body.get(key).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number, also one written as text; zero when it is not there.
    pub fn number(&self, key: &str) -> Result<i64, Answer> {
        let Some(value) = self.body.get(key).filter(|value| !value.is_null()) else { return Ok(0) };
        let of_text = || value.as_str().and_then(|text| text.parse().ok());
        value.as_i64().or_else(of_text).ok_or_else(|| {
            Answer::error("java.lang.NumberFormatException", &format!("For input string: {value}"))
        })
    }

    /// Whether something is asked for.
    pub fn wants(&self, key: &str) -> bool {
        self.body.get(key).is_some_and(|value| value == true || value == "true")
    }

    /// The 32 bytes of an id; `None` when it is none.
    pub fn id(&self, key: &str) -> Result<Option<Hash>, Answer> {
        let bytes = hex::decode(self.text(key)).map_err(|error| {
            let why = format!("exception decoding Hex string: {error}");
            Answer::error("org.bouncycastle.util.encoders.DecoderException", &why)
        })?;
        Ok(bytes.try_into().ok())
    }

    /// An address, written as the request says addresses are.
    pub fn address(&self, key: &str) -> Result<Option<Address>, Answer> {
        let text = self.text(key);
        if text.is_empty() {
            return Ok(None);
        }
        let read = if self.look.visible {
            Address::of_base58(text)
        } else {
            hex::decode(text).ok().and_then(|bytes| Address::of_bytes(&bytes))
        };
        let why = || format!("invalid address {text}");
        read.map(Some).ok_or_else(|| Answer::error("java.lang.IllegalArgumentException", &why()))
    }
}
