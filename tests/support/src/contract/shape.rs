//! JSON Schema (2020-12), as far as our document uses it; a keyword it does not know is an error,
//! so that no promise goes unheld.

use super::member;
use crate::json::Json;

/// The document in which references are looked up.
#[derive(Clone, Copy)]
pub struct Shapes<'d>(pub &'d Json);

type Held = Result<(), String>;

impl<'d> Shapes<'d> {
    /// What a reference leads to; anything else is itself.
    pub fn resolve(self, value: &'d Json) -> Result<&'d Json, String> {
        let Some(Json::Text(to)) = member(value, "$ref") else { return Ok(value) };
        let steps = to.trim_start_matches("#/").split('/');
        let there = steps.into_iter().try_fold(self.0, |here, step| member(here, step));
        there.ok_or_else(|| format!("{to} leads nowhere"))
    }

    /// Whether a value has a shape. `whole`: members that the shape does not describe are wrong.
    pub fn fits(self, schema: &'d Json, value: &Json, at: &str, whole: bool) -> Held {
        let Json::Object(keywords) = schema else { return Ok(()) };
        keywords.iter().try_for_each(|(keyword, wanted)| {
            self.keyword((keyword, wanted), schema, value, at, whole)
        })
    }

    fn keyword(
        self,
        (keyword, wanted): (&str, &'d Json),
        schema: &'d Json,
        value: &Json,
        at: &str,
        whole: bool,
    ) -> Held {
        match (keyword, wanted) {
            ("$ref", _) => self.fits(self.resolve(schema)?, value, at, whole),
            ("type", Json::Text(kind)) => held(is(value, kind), || format!("{at} is no {kind}")),
            ("type", Json::List(kinds)) => {
                let any =
                    kinds.iter().any(|kind| matches!(kind, Json::Text(kind) if is(value, kind)));
                held(any, || format!("{at} is none of {wanted}"))
            }
            ("enum", Json::List(those)) => {
                held(those.contains(value), || format!("{at} is {value}, none of {wanted}"))
            }
            ("const", one) => held(value == one, || format!("{at} is {value}, not {one}")),
            ("properties", Json::Object(shapes)) => self.members(shapes, schema, value, at, whole),
            ("required", Json::List(names)) => required(names, value, at),
            ("additionalProperties", shape) => self.others(shape, schema, value, at),
            ("items", shape) => {
                let Json::List(items) = value else { return Ok(()) };
                items.iter().try_for_each(|item| self.fits(shape, item, &below(at, "[]"), whole))
            }
            ("anyOf", Json::List(shapes)) => {
                let fits = |shape| self.fits(shape, value, at, whole);
                let tried: Vec<Held> = shapes.iter().map(fits).collect();
                let reasons = tried.iter().filter_map(|held| held.as_ref().err());
                let reasons: Vec<&str> = reasons.map(String::as_str).collect();
                held(reasons.len() < tried.len(), || reasons.join("; "))
            }
            // The first shape describes all members, the others narrow some.
            ("allOf", Json::List(shapes)) => shapes
                .iter()
                .enumerate()
                .try_for_each(|(nth, shape)| self.fits(shape, value, at, whole && nth == 0)),
            _ => scalar(keyword, wanted, value, at),
        }
    }

    fn members(
        self,
        shapes: &'d [(String, Json)],
        schema: &Json,
        value: &Json,
        at: &str,
        whole: bool,
    ) -> Held {
        let Json::Object(members) = value else { return Ok(()) };
        let open = member(schema, "additionalProperties").is_some();
        members.iter().try_for_each(|(name, value)| {
            let at = below(at, name);
            match shapes.iter().find(|(known, _)| known == name) {
                Some((_, shape)) => self.fits(shape, value, &at, whole),
                None => held(open || !whole, || format!("{at} is not described")),
            }
        })
    }

    fn others(self, shape: &'d Json, schema: &Json, value: &Json, at: &str) -> Held {
        let Json::Object(members) = value else { return Ok(()) };
        let known = |name: &str| {
            member(schema, "properties").is_some_and(|all| member(all, name).is_some())
        };
        let mut others = members.iter().filter(|(name, _)| !known(name));
        others.try_for_each(|(name, value)| {
            let at = below(at, name);
            held(*shape != Json::Bool(false), || format!("{at} is one too many"))?;
            self.fits(shape, value, &at, true)
        })
    }
}

fn below(at: &str, name: &str) -> String {
    if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") }
}

fn held(holds: bool, reason: impl FnOnce() -> String) -> Held {
    if holds { Ok(()) } else { Err(reason()) }
}

fn required(names: &[Json], value: &Json, at: &str) -> Held {
    let Json::Object(_) = value else { return Ok(()) };
    names.iter().try_for_each(|name| {
        let name = name.text("").map_err(|error| error.to_string())?;
        held(member(value, name).is_some(), || format!("{} is missing", below(at, name)))
    })
}

fn is(value: &Json, kind: &str) -> bool {
    match value {
        Json::Null => kind == "null",
        Json::Bool(_) => kind == "boolean",
        Json::Number(token) => {
            kind == "number" || (kind == "integer" && !token.contains(['.', 'e', 'E']))
        }
        Json::Text(_) => kind == "string",
        Json::List(_) => kind == "array",
        Json::Object(_) => kind == "object",
    }
}

fn scalar(keyword: &str, wanted: &Json, value: &Json, at: &str) -> Held {
    let wrong = || format!("{at} is {value}, against {keyword} {wanted}");
    match (keyword, wanted, value) {
        ("description" | "examples" | "title", ..) => Ok(()),
        // Bounds of ours are whole numbers; a sign or the digits before the point decide.
        ("minimum", Json::Number(least), Json::Number(token)) => {
            held(number(token)? >= number(least)?, wrong)
        }
        ("exclusiveMinimum", Json::Number(least), Json::Number(token)) => {
            held(number(token)? > number(least)?, wrong)
        }
        ("maxProperties", Json::Number(most), Json::Object(members)) => {
            held(members.len() <= most.parse().unwrap_or(usize::MAX), wrong)
        }
        ("maximum", Json::Number(most), Json::Number(token)) => {
            held(number(token)? <= number(most)?, wrong)
        }
        ("maxLength", Json::Number(most), Json::Text(text)) => {
            held(text.chars().count() <= most.parse().unwrap_or(usize::MAX), wrong)
        }
        ("minLength", Json::Number(least), Json::Text(text)) => {
            held(text.chars().count() >= least.parse().unwrap_or(0), wrong)
        }
        ("format", Json::Text(format), Json::Text(text)) => held(has_format(format, text)?, wrong),
        ("pattern", Json::Text(pattern), Json::Text(text)) => held(matches(pattern, text)?, wrong),
        ("minimum" | "maximum" | "maxLength" | "minLength" | "format" | "pattern", ..) => Ok(()),
        ("exclusiveMinimum" | "maxProperties", ..) => Ok(()),
        _ => Err(format!("this test does not know the keyword {keyword}")),
    }
}

/// For comparing with bounds only.
fn number(token: &str) -> Result<f64, String> {
    token.parse().map_err(|_| format!("{token} is no number"))
}

fn has_format(format: &str, text: &str) -> Result<bool, String> {
    let shaped = |shape: &str| {
        text.len() == shape.len()
            && text.chars().zip(shape.chars()).all(|(c, wanted)| match wanted {
                '0' => c.is_ascii_digit(),
                'x' => c.is_ascii_digit() || ('a'..='f').contains(&c),
                other => c == other,
            })
    };
    Ok(match format {
        "uuid" => shaped("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx"),
        "date-time" => shaped("0000-00-00T00:00:00+00:00"),
        "uri" => text.starts_with("https://") || text.starts_with("http://"),
        _ => return Err(format!("this test does not know the format {format}")),
    })
}

/// The few patterns that answers are held against; those of requests are for strangers' tools.
fn matches(pattern: &str, text: &str) -> Result<bool, String> {
    match pattern {
        "^[!-~]+$" => Ok(!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())),
        "^[0-9a-f]{64}$" => {
            Ok(text.len() == 64
                && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f')))
        }
        "^v1," => Ok(text.starts_with("v1,")),
        _ => Ok(true),
    }
}
