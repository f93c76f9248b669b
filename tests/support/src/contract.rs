//! The document that a gateway serves, held against what it answers: every answer that a test is
//! given over [`crate::wire::exchange`] has to be one that `/openapi.json` promises. Path, method,
//! status, media type, headers, every member of the body: what is not described is a failure too.

mod shape;

use crate::failure::{Failure, Told};
use crate::json::Json;
use crate::wire::{Response, request};
use parking_lot::Mutex;
use shape::Shapes;
use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, LazyLock};

/// The contract of each gateway that this test talks to.
static CONTRACTS: LazyLock<Mutex<HashMap<SocketAddr, Arc<Contract>>>> =
    LazyLock::new(Mutex::default);

/// A served document.
pub struct Contract {
    document: Json,
}

/// From now on, whatever the gateway at `address` answers is held against its own document.
pub async fn hold(address: SocketAddr) -> Told<()> {
    let asked = request("GET", "/openapi.json", &[("Connection", "close")], b"");
    let document = crate::wire::exchange_unheld(address, &asked).await?.expect(200)?;
    CONTRACTS.lock().insert(address, Arc::new(Contract { document }));
    Ok(())
}

/// Holds one answer against the document of the gateway that gave it, if it has one.
pub(crate) fn check(address: SocketAddr, asked: &[u8], answer: &Response) -> Told<()> {
    let contract = CONTRACTS.lock().get(&address).cloned();
    let Some(contract) = contract else { return Ok(()) };
    let line = asked.split(|byte| *byte == b'\r').next().unwrap_or_default();
    let line = String::from_utf8_lossy(line);
    let mut words = line.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    contract.check(method, target, answer).map_err(|reason| {
        Failure::new(format!(
            "{method} {target} was answered against /openapi.json: {reason}\n{} {:?}\n{}",
            answer.status,
            answer.headers.0,
            answer.text()
        ))
    })
}

impl Contract {
    /// A contract out of a document's text.
    pub fn read(document: &[u8]) -> Told<Self> {
        Ok(Self { document: Json::parse(document)? })
    }

    /// Whether the document promises this answer.
    pub fn check(&self, method: &str, target: &str, answer: &Response) -> Result<(), String> {
        let path = target.split('?').next().unwrap_or_default();
        let asked = if method == "HEAD" { "get".to_owned() } else { method.to_lowercase() };
        let promised = match self.item(path).map(|item| (item, member(item, &asked))) {
            None => return self.refused(answer, &[404, 400, 408, 414, 431]),
            Some((_, None)) => return self.refused(answer, &[405, 400, 408, 414, 431]),
            Some((_, Some(operation))) => member(operation, "responses"),
        };
        let status = answer.status.to_string();
        let found = promised.and_then(|responses| member(responses, &status));
        let found = found.ok_or_else(|| format!("a {status} is not promised"))?;
        let response = self.resolve(found)?;
        self.headers(response, answer)?;
        if method == "HEAD" {
            return Ok(());
        }
        self.body(response, answer)
    }

    /// What is refused before there is an operation to speak of.
    fn refused(&self, answer: &Response, statuses: &[u16]) -> Result<(), String> {
        // What pages load is no part of the document.
        if answer.status == 200 && answer.headers.get("cache-control").is_some() {
            return Ok(());
        }
        if !statuses.contains(&answer.status) {
            return Err(format!("no such operation, and yet {}", answer.status));
        }
        if answer.body.is_empty() {
            return Ok(());
        }
        let error = self.document.at("components.schemas.Error").map_err(|e| e.to_string())?;
        let body = answer.json().map_err(|error| error.to_string())?;
        Shapes(&self.document).fits(error, &body, "", true)
    }

    /// The path item whose template fits; one without a parameter before one with.
    fn item(&self, path: &str) -> Option<&Json> {
        let Json::Object(paths) = self.document.at("paths").ok()? else { return None };
        let fitting = paths.iter().filter(|(template, _)| fits(template, path));
        fitting.min_by_key(|(template, _)| braces(template)).map(|(_, item)| item)
    }

    fn resolve<'a>(&'a self, value: &'a Json) -> Result<&'a Json, String> {
        Shapes(&self.document).resolve(value)
    }

    fn headers(&self, response: &Json, answer: &Response) -> Result<(), String> {
        let Some(Json::Object(headers)) = member(response, "headers") else { return Ok(()) };
        for (name, header) in headers {
            let header = self.resolve(header)?;
            let required = member(header, "required") == Some(&Json::Bool(true));
            match answer.headers.get(name) {
                None if required => return Err(format!("the header {name} is missing")),
                None => {}
                Some(text) => {
                    let schema = member(header, "schema").ok_or("a header without a schema")?;
                    let number = member(schema, "type") == Some(&Json::Text("integer".into()));
                    let text = text.to_owned();
                    let value = if number { Json::Number(text) } else { Json::Text(text) };
                    Shapes(&self.document).fits(schema, &value, name, true)?;
                }
            }
        }
        Ok(())
    }

    fn body(&self, response: &Json, answer: &Response) -> Result<(), String> {
        let kind = answer.headers.get("content-type").unwrap_or_default();
        let content = member(response, "content").ok_or("no content is promised")?;
        let media = member(content, kind).ok_or_else(|| format!("`{kind}` is not promised"))?;
        if kind != "application/json" {
            return Ok(());
        }
        let body = answer.json().map_err(|error| error.to_string())?;
        let schema = member(media, "schema").ok_or("a body without a schema")?;
        Shapes(&self.document).fits(schema, &body, "", true)?;
        // A refusal shows each of its codes by an example of that name.
        match (body.text("error.code"), member(media, "examples")) {
            (Ok(code), Some(examples)) => member(examples, code)
                .map(drop)
                .ok_or_else(|| format!("the code {code} is not promised with {}", answer.status)),
            _ => Ok(()),
        }
    }

    /// Every example of the document against its shape, and where it stands if it does not fit.
    pub fn misfitting_examples(&self) -> Vec<String> {
        let mut out = Vec::new();
        self.examples(&self.document, "#", &mut out);
        out
    }

    fn examples(&self, here: &Json, at: &str, out: &mut Vec<String>) {
        if let (Some(schema), Json::Object(_)) = (member(here, "schema"), here) {
            let named = match member(here, "examples") {
                Some(Json::Object(named)) => named.as_slice(),
                _ => &[],
            };
            let examples = named.iter().filter_map(|(_, example)| member(example, "value"));
            for example in member(here, "example").into_iter().chain(examples) {
                if let Err(reason) = Shapes(&self.document).fits(schema, example, "", true) {
                    out.push(format!("{at}: {reason}"));
                }
            }
        }
        match here {
            Json::Object(members) => {
                members.iter().for_each(|(key, value)| {
                    self.examples(value, &format!("{at}/{key}"), out);
                });
            }
            Json::List(items) => items.iter().for_each(|item| self.examples(item, at, out)),
            Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) => {}
        }
    }
}

/// A member by its very name, dots and all.
fn member<'a>(value: &'a Json, name: &str) -> Option<&'a Json> {
    let Json::Object(members) = value else { return None };
    members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn braces(template: &str) -> usize {
    template.matches('{').count()
}

/// Whether a path is one of a template such as `/pay/{id}.json`.
fn fits(template: &str, path: &str) -> bool {
    let Some((before, rest)) = template.split_once('{') else { return template == path };
    let Some((_, after)) = rest.split_once('}') else { return false };
    let middle = path.strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    middle.is_some_and(|id| !id.is_empty() && !id.contains('/') && !id.ends_with(".json"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::Headers;

    const DOCUMENT: &[u8] = br##"{"paths":{"/a/{id}":{"get":{"responses":{
        "200":{"headers":{"X-Request-Id":{"required":true,"schema":{"type":"string"}}},
               "content":{"application/json":{"schema":{"$ref":"#/components/schemas/A"},
                                              "example":{"n":"x"}}}}}}}},
        "components":{"schemas":{
            "A":{"type":"object","required":["n"],"properties":{"n":{"type":"number"}}},
            "Error":{"type":"object","properties":{"code":{"type":"string"}}}}}}"##;

    fn said(status: u16, body: &str) -> Response {
        let headers = [("Content-Type", "application/json"), ("X-Request-Id", "r")];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Response { status, headers: Headers(headers.into()), body: body.as_bytes().into() }
    }

    #[test]
    fn what_is_not_promised_is_found() -> Told<()> {
        let contract = Contract::read(DOCUMENT)?;
        let rows = [
            ("GET", "/a/1?x=y", said(200, r#"{"n":50.00}"#), ""),
            ("GET", "/a/1", said(200, r#"{"n":"50.00"}"#), "n is no number"),
            ("GET", "/a/1", said(200, "{}"), "n is missing"),
            ("GET", "/a/1", said(200, r#"{"n":1,"more":2}"#), "more is not described"),
            ("GET", "/a/1", said(404, r#"{"code":"x"}"#), "a 404 is not promised"),
            ("PUT", "/a/1", said(405, r#"{"code":"x"}"#), ""),
            ("PUT", "/a/1", said(404, r#"{"code":"x"}"#), "no such operation"),
            ("GET", "/b", said(404, r#"{"code":"x"}"#), ""),
            ("GET", "/a/1/2", said(404, r#"{"code":7}"#), "code is no string"),
        ];
        for (method, target, answer, expected) in rows {
            match contract.check(method, target, &answer) {
                Ok(()) => assert_eq!(expected, "", "{method} {target} {}", answer.text()),
                Err(reason) => assert!(
                    !expected.is_empty() && reason.contains(expected),
                    "{method} {target}: {reason}"
                ),
            }
        }
        assert_eq!(contract.misfitting_examples().len(), 1);
        Ok(())
    }
}
