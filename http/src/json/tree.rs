//! A JSON document held as a tree: keys keep their order, numbers stay the text they were written
//! as. For documents that are put together; answers to requests are written straight into a string.

use super::write::push_string;
use serde::de::Deserializer;
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::fmt;

/// One JSON value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Json {
    /// A number, `true`, `false` or `null`, as it is written.
    Token(Cow<'static, str>),
    /// A string, not escaped yet.
    Text(Cow<'static, str>),
    /// An array.
    List(Vec<Json>),
    /// An object, in its own order.
    Object(Vec<(Cow<'static, str>, Json)>),
}

/// The text is no JSON.
#[derive(Debug, thiserror::Error)]
#[error("this is no JSON: {0}")]
pub struct NoJson(#[from] serde_json::Error);

impl Json {
    /// Reads a text; numbers and the order of keys are kept.
    ///
    /// # Errors
    /// [`NoJson`].
    pub fn parse(text: &str) -> Result<Json, NoJson> {
        let raw: &RawValue = serde_json::from_str(text)?;
        Ok(match raw.get().bytes().next() {
            Some(b'"') => Json::Text(serde_json::from_str::<String>(raw.get())?.into()),
            Some(b'[') => {
                let items: Vec<&RawValue> = serde_json::from_str(raw.get())?;
                let items = items.into_iter().map(|item| Json::parse(item.get()));
                Json::List(items.collect::<Result<_, _>>()?)
            }
            Some(b'{') => {
                let mut reader = serde_json::Deserializer::from_str(raw.get());
                let members = reader.deserialize_map(super::strict::Entries)?;
                let members = members.into_iter().map(|(key, value)| {
                    Json::parse(value.get()).map(|value| (Cow::from(key), value))
                });
                Json::Object(members.collect::<Result<_, _>>()?)
            }
            _ => Json::Token(raw.get().to_owned().into()),
        })
    }

    /// A string.
    pub fn text(text: impl Into<Cow<'static, str>>) -> Json {
        Json::Text(text.into())
    }

    /// A number, or whatever prints itself as a token.
    pub fn token(token: impl fmt::Display) -> Json {
        Json::Token(token.to_string().into())
    }

    /// `true` or `false`.
    pub const fn bool(value: bool) -> Json {
        Json::Token(Cow::Borrowed(if value { "true" } else { "false" }))
    }

    /// An object of these members.
    pub fn object<K: Into<Cow<'static, str>>>(
        members: impl IntoIterator<Item = (K, Json)>,
    ) -> Json {
        Json::Object(members.into_iter().map(|(key, value)| (key.into(), value)).collect())
    }

    /// An array of strings.
    pub fn texts<T: Into<Cow<'static, str>>>(texts: impl IntoIterator<Item = T>) -> Json {
        Json::List(texts.into_iter().map(Json::text).collect())
    }

    /// The member of that name; none if it is not there, or this is no object.
    pub fn get(&self, name: &str) -> Option<&Json> {
        self.members().iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// The members of an object; none of anything else.
    pub fn members(&self) -> &[(Cow<'static, str>, Json)] {
        match self {
            Json::Object(members) => members,
            Json::Token(_) | Json::Text(_) | Json::List(_) => &[],
        }
    }

    /// The items of an array; none of anything else.
    pub fn items(&self) -> &[Json] {
        match self {
            Json::List(items) => items,
            Json::Token(_) | Json::Text(_) | Json::Object(_) => &[],
        }
    }

    /// The text of a string or of a token.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Json::Text(text) | Json::Token(text) => Some(text),
            Json::List(_) | Json::Object(_) => None,
        }
    }

    /// For people and for comparing versions: two spaces a level, a line end at the end.
    pub fn pretty(&self) -> String {
        let mut out = String::with_capacity(64 * 1024);
        self.push_pretty(&mut out, 0);
        out.push('\n');
        out
    }

    fn push_pretty(&self, out: &mut String, level: usize) {
        let (open, close, count) = match self {
            Json::Token(token) => return out.push_str(token),
            Json::Text(text) => return push_string(out, text),
            Json::List(items) => ('[', ']', items.len()),
            Json::Object(members) => ('{', '}', members.len()),
        };
        out.push(open);
        for place in 0..count {
            out.push_str(if place > 0 { ",\n" } else { "\n" });
            out.push_str(&"  ".repeat(level + 1));
            if let Some((key, value)) = self.members().get(place) {
                push_string(out, key);
                out.push_str(": ");
                value.push_pretty(out, level + 1);
            } else if let Some(item) = self.items().get(place) {
                item.push_pretty(out, level + 1);
            }
        }
        if count > 0 {
            out.push('\n');
            out.push_str(&"  ".repeat(level));
        }
        out.push(close);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_keeps_its_numbers_and_the_order_of_its_keys() {
        let text = r#"{"b":50.00,"a":[1e3,"x/\"y",null,true],"n":12345678901234567890123,"o":{}}"#;
        let tree = Json::parse(text).unwrap();
        let pretty = tree.pretty();
        assert_eq!(Json::parse(&pretty).unwrap(), tree);
        assert!(pretty.starts_with("{\n  \"b\": 50.00,\n  \"a\": [\n    1e3,\n    \"x/\\\"y\","));
        assert!(pretty.ends_with("\"o\": {}\n}\n"), "{pretty}");
        assert_eq!(tree.get("b").and_then(Json::as_str), Some("50.00"));
        for wrong in ["", "{", "[1,]", "{\"a\":1,\"a\":2}", "nul"] {
            assert!(Json::parse(wrong).is_err(), "{wrong}");
        }
    }
}
