//! One object out of a body: strict where lenience would hide a merchant's mistake.
//!
//! Not JSON, a key twice at any depth, text that is no UTF-8, more than [`DEPTH_MAX`] levels: 400.
//! Any other JSON than an object: 422. Numbers are never converted: a field is its text.

use crate::error::Failure;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;
use std::collections::HashSet;
use std::fmt;

/// Levels of nesting that a body may have.
pub const DEPTH_MAX: usize = 32;

/// The top-level fields of a body, each the very text that was sent.
#[derive(Debug)]
pub struct Object<'b> {
    fields: Vec<(String, &'b RawValue)>,
}

impl<'b> Object<'b> {
    /// Reads a body.
    ///
    /// # Errors
    /// 400 `invalid_json` or 422 `invalid_body`, as the module says.
    pub fn read(body: &'b [u8]) -> Result<Object<'b>, Failure> {
        let text = std::str::from_utf8(body)
            .map_err(|_| Failure::bad_json("the body is no UTF-8 text; send JSON in UTF-8"))?;
        let whole: &RawValue = serde_json::from_str(text).map_err(|error| bad_json(&error))?;
        let fields = check(whole, DEPTH_MAX)?;
        fields.map(|fields| Object { fields }).ok_or_else(no_object)
    }

    /// The text of a field; none if it is absent or `null`.
    pub fn get(&self, name: &str) -> Option<&'b RawValue> {
        self.raw(name).filter(|value| value.get() != "null")
    }

    /// The text of a field, `null` included; none if it is absent.
    pub fn raw(&self, name: &str) -> Option<&'b RawValue> {
        self.fields.iter().find(|(key, _)| key == name).map(|(_, value)| *value)
    }

    /// The fields, in the order in which they came.
    pub fn fields(&self) -> &[(String, &'b RawValue)] {
        &self.fields
    }
}

fn no_object() -> Failure {
    let message =
        "the body must be a JSON object such as {\"network\":\"trc20\",\"amount_usd\":50}";
    let status = warp::http::StatusCode::UNPROCESSABLE_ENTITY;
    Failure::new(status, "invalid_body", message)
}

fn bad_json(error: &serde_json::Error) -> Failure {
    Failure::bad_json(format!("the body is no valid JSON: {error}"))
}

/// The fields of a value; none if it is no object. Whatever it holds is strict throughout.
///
/// The same text is scanned once per level: with the depth and the body bounded that is at most
/// two megabytes, and flat bodies, the usual ones, are scanned once.
fn check(value: &RawValue, depth: usize) -> Result<Option<Vec<(String, &RawValue)>>, Failure> {
    let text = value.get();
    let first = text.bytes().next().unwrap_or(b' ');
    if matches!(first, b'{' | b'[') && depth == 0 {
        let message = format!("the body is nested deeper than {DEPTH_MAX} levels");
        return Err(Failure::bad_json(message));
    }
    let below = depth.saturating_sub(1);
    match first {
        b'{' => {
            let fields = entries(text)?;
            fields.iter().try_for_each(|(_, value)| check(value, below).map(drop))?;
            Ok(Some(fields))
        }
        b'[' => {
            items(text)?.into_iter().try_for_each(|item| check(item, below).map(drop))?;
            Ok(None)
        }
        // Raw text may hold half a surrogate pair, which is no character.
        b'"' if text.contains("\\u") => {
            serde_json::from_str::<String>(text).map_err(|error| bad_json(&error))?;
            Ok(None)
        }
        _ => Ok(None),
    }
}

/// The fields of an object; a key that comes twice is refused.
fn entries(text: &str) -> Result<Vec<(String, &RawValue)>, Failure> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_map(Entries).map_err(|error| bad_json(&error))
}

/// The items of an array.
fn items(text: &str) -> Result<Vec<&RawValue>, Failure> {
    let mut reader = serde_json::Deserializer::from_str(text);
    reader.deserialize_seq(Items).map_err(|error| bad_json(&error))
}

/// Reads the members of an object, a key that comes twice being an error.
pub(super) struct Entries;

impl<'b> Visitor<'b> for Entries {
    type Value = Vec<(String, &'b RawValue)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'b>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut fields: Vec<(String, &RawValue)> = Vec::new();
        let mut keys = HashSet::new();
        while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
            // A short object is searched, a long one looked up: neither is quadratic.
            let known = if fields.len() < SEARCHED_MAX {
                fields.iter().any(|(before, _)| *before == key)
            } else {
                if keys.is_empty() {
                    keys.extend(fields.iter().map(|(before, _)| before.clone()));
                }
                !keys.insert(key.clone())
            };
            if known {
                return Err(A::Error::custom(format_args!("the key {key:?} comes twice")));
            }
            fields.push((key, value));
        }
        Ok(fields)
    }
}

const SEARCHED_MAX: usize = 16;

struct Items;

impl<'b> Visitor<'b> for Items {
    type Value = Vec<&'b RawValue>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array")
    }

    fn visit_seq<A: SeqAccess<'b>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element::<&RawValue>()? {
            items.push(item);
        }
        Ok(items)
    }
}

/// How many levels deep a value is, and how many keys its outermost object has.
///
/// # Errors
/// None in practice: the value was read by [`Object::read`] before.
pub fn measure(value: &RawValue) -> Result<(usize, usize), Failure> {
    let text = value.get();
    let (inner, keys): (Vec<&RawValue>, usize) = match text.bytes().next() {
        Some(b'{') => {
            let fields = entries(text)?;
            let keys = fields.len();
            (fields.into_iter().map(|(_, value)| value).collect(), keys)
        }
        Some(b'[') => (items(text)?, 0),
        _ => return Ok((0, 0)),
    };
    let mut deepest = 0;
    for value in inner {
        deepest = deepest.max(measure(value)?.0);
    }
    Ok((deepest + 1, keys))
}

#[cfg(test)]
mod tests;
