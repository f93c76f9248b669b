//! JSON as it was written: numbers stay text, keys keep their order, and a key that comes twice is
//! an error. A parser of its own, so that no float and no library decides what a test sees.

mod reader;

use crate::failure::{Failure, Told};
use reader::Reader;
use std::fmt;

/// One JSON value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Json {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number's token, exactly as written.
    Number(String),
    /// A string, unescaped.
    Text(String),
    /// An array.
    List(Vec<Json>),
    /// An object, in its own order.
    Object(Vec<(String, Json)>),
}

impl Json {
    /// Reads one document; whatever follows it is an error.
    pub fn parse(bytes: &[u8]) -> Told<Self> {
        Reader::of(std::str::from_utf8(bytes)?).document()
    }

    /// The value at a dotted path: `invoice.payments.0.txid`; an empty path is this very value.
    pub fn at(&self, path: &str) -> Told<&Self> {
        if path.is_empty() {
            return Ok(self);
        }
        path.split('.').try_fold(self, |here, step| {
            let next = match here {
                Self::Object(members) => {
                    members.iter().find(|(key, _)| key == step).map(|(_, value)| value)
                }
                Self::List(items) => step.parse().ok().and_then(|index: usize| items.get(index)),
                Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) => None,
            };
            next.ok_or_else(|| Failure::new(format!("no `{path}` in {self}")))
        })
    }

    /// The string at `path`.
    pub fn text(&self, path: &str) -> Told<&str> {
        let there = self.at(path)?;
        if let Self::Text(text) = there { Ok(text) } else { Err(there.is_no("string", path)) }
    }

    /// The number's token at `path`, as written.
    pub fn number(&self, path: &str) -> Told<&str> {
        let there = self.at(path)?;
        if let Self::Number(token) = there { Ok(token) } else { Err(there.is_no("number", path)) }
    }

    /// The whole number at `path`.
    pub fn count(&self, path: &str) -> Told<u64> {
        Ok(self.number(path)?.parse()?)
    }

    /// The array at `path`.
    pub fn list(&self, path: &str) -> Told<&[Self]> {
        let there = self.at(path)?;
        if let Self::List(items) = there { Ok(items) } else { Err(there.is_no("list", path)) }
    }

    fn is_no(&self, kind: &str, path: &str) -> Failure {
        let path = if path.is_empty() { "this" } else { path };
        Failure::new(format!("`{path}` is no {kind} but {self}"))
    }

    /// The keys of an object, in its order; none of anything else.
    pub fn keys(&self) -> Vec<&str> {
        match self {
            Self::Object(members) => members.iter().map(|(key, _)| key.as_str()).collect(),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Text(_) | Self::List(_) => {
                Vec::new()
            }
        }
    }
}

/// Compact, as it would go over the wire.
impl fmt::Display for Json {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Number(token) => f.write_str(token),
            Self::Text(text) => f.write_str(&quoted(text)),
            Self::List(items) => {
                let items: Vec<String> = items.iter().map(ToString::to_string).collect();
                write!(f, "[{}]", items.join(","))
            }
            Self::Object(members) => {
                let members: Vec<String> =
                    members.iter().map(|(key, value)| format!("{}:{value}", quoted(key))).collect();
                write!(f, "{{{}}}", members.join(","))
            }
        }
    }
}

/// `text` as a JSON string, quotes included.
#[must_use]
pub fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c < ' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_stay_the_text_they_came_as() -> Told<()> {
        let value = Json::parse(br#"{"a":50.00,"b":[1,0.00000001],"c":12345678901234567890123}"#)?;
        assert_eq!(value.number("a")?, "50.00");
        assert_eq!(value.number("b.1")?, "0.00000001");
        assert_eq!(value.number("c")?, "12345678901234567890123");
        assert_eq!(value.keys(), ["a", "b", "c"]);
        Ok(())
    }

    #[test]
    fn what_is_no_json_is_refused() {
        for text in [
            "",
            "{",
            "[1,]",
            "{\"a\":1,\"a\":2}",
            "01",
            "1.",
            "1e",
            "-",
            "nul",
            "\"\n\"",
            "1 2",
            "\"\\x\"",
        ] {
            assert!(Json::parse(text.as_bytes()).is_err(), "{text} was read");
        }
    }

    #[test]
    fn text_goes_out_as_it_came_in() -> Told<()> {
        let value = Json::parse("{\"k\":\"a\\\"\\\\\\u0001\\ud83d\\ude00é\"}".as_bytes())?;
        assert_eq!(value.text("k")?, "a\"\\\u{1}😀é");
        assert_eq!(Json::parse(value.to_string().as_bytes())?, value);
        Ok(())
    }
}
