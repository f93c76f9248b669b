//! The document as a whole: checked in, complete, and true to what the code can say.

use super::codes::{self, CODES};
use super::document;
use crate::json::tree::Json;
use crate::table::Table;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Set to `write`, it writes the document instead of comparing it (`just openapi`).
const VARIABLE: &str = "CRYPTOPAYMENT_TEST_OPENAPI";

fn checked_in() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/openapi.json")
}

fn fresh() -> Json {
    document(&Table::new(true), "https://cryptopayment.center")
}

#[test]
fn the_checked_in_document_is_the_one_that_is_served() {
    let text = fresh().pretty();
    if std::env::var(VARIABLE).is_ok_and(|said| said == "write") {
        std::fs::write(checked_in(), &text).unwrap();
    }
    let kept = std::fs::read_to_string(checked_in()).unwrap_or_default();
    let differs = text.lines().zip(kept.lines()).position(|(new, old)| new != old);
    let line = differs.unwrap_or(text.lines().count().min(kept.lines().count())) + 1;
    assert!(
        text == kept,
        "docs/openapi.json is not what the endpoints say, from line {line} on; `just openapi` \
         writes it, and the difference belongs into the same commit"
    );
}

#[test]
fn every_endpoint_is_described_and_under_a_name_of_its_own() {
    let table = Table::new(true);
    let mut names = BTreeSet::new();
    for row in table.endpoints() {
        let doc = (row.doc)();
        let of = format!("{} {}", row.method, row.pattern);
        assert!(doc.summary.len() > 2 && !doc.summary.ends_with('.'), "{of}: no summary");
        assert!(!doc.says.is_empty(), "{of}: no answer");
        assert_eq!(row.parameter().is_some(), doc.path.is_some(), "{of}: its path's parameter");
        assert!(names.insert(doc.id) || doc.id == "showAsset", "{of}: {} twice", doc.id);
        let takes_body = matches!(row.method.as_str(), "POST" | "PUT");
        assert!(takes_body || doc.body.is_none(), "{of}: a body");
        for body in doc.body.iter().chain(doc.says.iter().map(|said| &said.body)) {
            let is_json = body.media_type == "application/json" && !body.example.is_empty();
            assert!(!is_json || Json::parse(body.example).is_ok(), "{of}: {}", body.example);
        }
        for link in &doc.links {
            let there = |other: &crate::table::Endpoint| {
                let found = (other.doc)();
                let named =
                    |parameter: &super::operation::Parameter| parameter.name == link.parameter;
                found.id == link.operation
                    && (other.parameter() == Some(link.parameter)
                        || found.parameters.iter().any(named))
            };
            assert!(table.endpoints().iter().any(there), "{of}: leads to {}", link.operation);
        }
    }
}

/// The program's own text, without documentation and tests: what remains can make a failure.
fn code_of_the_room() -> String {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src")];
    let mut out = String::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() && !path.ends_with("openapi") && !path.ends_with("tests") {
                folders.push(path);
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = std::fs::read_to_string(path).unwrap();
                let code = text.split("\n#[cfg(test)]\nmod ").next().unwrap();
                // From `pub fn doc()` to the end of that function.
                let mut parts = code.split("\npub fn doc() -> Operation {\n");
                out.push_str(parts.next().unwrap());
                for part in parts {
                    out.push_str(part.split_once("\n}\n").unwrap().1);
                }
            }
        }
    }
    out
}

#[test]
fn only_codes_that_can_be_answered_are_documented() {
    let code = code_of_the_room();
    let mut named: BTreeSet<&str> = BTreeSet::from(["not_found", "method_not_allowed"]);
    for row in Table::new(true).endpoints() {
        let doc = (row.doc)();
        for (code, status) in &doc.refuses {
            let meant = |entry: &&codes::Code| status.is_none_or(|status| status == entry.status);
            let known = CODES.iter().filter(meant).any(|entry| entry.code == *code);
            assert!(known, "{}: {code} is not in openapi/codes.rs", doc.id);
        }
        let refusals = super::refusals::of(row, &doc);
        named.extend(refusals.values().flatten().map(|entry| entry.code));
    }
    for entry in CODES {
        let made = code.contains(&format!("\"{}\"", entry.code));
        assert!(made, "{} is in openapi/codes.rs, but nothing answers it", entry.code);
        assert!(named.contains(entry.code), "{} is no endpoint's", entry.code);
    }
}
