//! The answers that refuse: one per status, naming every code that comes with it.

use super::codes::{self, Code};
use super::operation::Operation;
use super::schema::{Named, Schema, always, maybe};
use crate::json::tree::Json;
use crate::table::{Endpoint, Handler};
use std::collections::BTreeMap;
use warp::http::Method;

/// Codes of refusals by status, each status's in the order of the catalogue.
pub type ByStatus = BTreeMap<u16, Vec<&'static Code>>;

/// What a connection can be refused with, whatever it asks for.
const ANY: &[&str] = &[
    "bad_request",
    "incomplete_body",
    "request_timeout",
    "body_too_large",
    "uri_too_long",
    "rate_limited",
    "headers_too_large",
    "internal",
];
/// What a key can be refused with.
const KEYED: &[&str] =
    &["unauthorized", "account_not_approved", "account_suspended", "insufficient_scope"];
/// What a body can be refused with before its fields are looked at.
const WITH_BODY: &[&str] = &["invalid_json", "invalid_body"];
/// What a body can be refused with that is not JSON, asked for or not.
const TYPED: &[&str] = &["unsupported_media_type"];
/// What an `Idempotency-Key` can be refused with.
const IDEMPOTENT: &[&str] =
    &["invalid_idempotency_key", "idempotency_key_reused", "idempotency_in_progress"];

/// Groups that many operations have, under a name of their own.
const SHARED: &[(&str, u16, &[&str])] = &[
    ("BadRequest", 400, &["bad_request", "incomplete_body"]),
    ("BadJson", 400, &["bad_request", "incomplete_body", "invalid_json"]),
    ("Unauthorized", 401, &["unauthorized"]),
    ("Forbidden", 403, &["account_not_approved", "account_suspended", "insufficient_scope"]),
    ("NoSuchInvoice", 404, &["invoice_not_found"]),
    ("RequestTimeout", 408, &["request_timeout"]),
    ("BodyTooLarge", 413, &["body_too_large"]),
    ("AddressTooLong", 414, &["uri_too_long"]),
    ("UnsupportedMediaType", 415, &["unsupported_media_type"]),
    ("RateLimited", 429, &["rate_limited"]),
    ("HeadersTooLarge", 431, &["headers_too_large"]),
    ("Internal", 500, &["internal"]),
    ("Unavailable", 503, &["overloaded", "store_full"]),
];

/// Every code that this row can answer: those of the checks before it, then its own. A code that
/// is in no catalogue is left out here, and found by a test.
pub fn of(endpoint: &Endpoint, operation: &Operation) -> ByStatus {
    let takes_body = matches!(endpoint.method, Method::POST | Method::PUT);
    let keyed = matches!(endpoint.handler, Handler::Merchant(..));
    let parts = [
        (true, ANY),
        (keyed, KEYED),
        (takes_body, TYPED),
        (operation.body.is_some(), WITH_BODY),
        (operation.idempotent, IDEMPOTENT),
    ];
    let shared = parts.iter().filter(|(applies, _)| *applies).flat_map(|(_, codes)| codes.iter());
    let shared: Vec<&str> = shared.copied().collect();
    let own = |entry: &Code| {
        let meant = |status: &Option<u16>| status.is_none_or(|status| status == entry.status);
        operation.refuses.iter().any(|(code, status)| *code == entry.code && meant(status))
    };
    let applies = |entry: &&Code| shared.contains(&entry.code) || own(entry);
    let mut found = ByStatus::new();
    for entry in codes::CODES.iter().filter(applies) {
        found.entry(entry.status).or_default().push(entry);
    }
    found
}

/// The answer as an operation holds it: a reference where it is one that many have.
pub fn response(status: u16, codes: &[&'static Code], named: &mut Named) -> Json {
    let names: Vec<&str> = codes.iter().map(|entry| entry.code).collect();
    let shared = SHARED.iter().find(|(_, at, codes)| *at == status && **codes == names[..]);
    match shared {
        Some((name, ..)) => reference(&format!("#/components/responses/{name}")),
        None => write(status, codes, named),
    }
}

/// Those that many have, for `components/responses`.
pub fn shared(named: &mut Named) -> Json {
    Json::object(SHARED.iter().map(|(name, status, codes)| {
        let codes: Vec<_> = codes.iter().filter_map(|code| codes::find(code, *status)).collect();
        (*name, write(*status, &codes, named))
    }))
}

/// A reference to another place of the document.
pub fn reference(to: &str) -> Json {
    Json::object([("$ref", Json::text(to.to_owned()))])
}

/// The answer, written out.
pub fn write(status: u16, codes: &[&'static Code], named: &mut Named) -> Json {
    let lines = codes.iter().map(|entry| format!("`{}`: {}", entry.code, entry.means));
    let about = lines.collect::<Vec<_>>().join("\n\n");
    let schema = named.write(&Schema::named("Error", error));
    // An example per code, under its name: which codes can come is said by these names.
    let examples =
        codes.iter().map(|entry| (entry.code, Json::object([("value", example(entry))])));
    let json = Json::object([("schema", schema), ("examples", Json::object(examples))]);
    Json::object([
        ("description", Json::text(about)),
        ("headers", headers(status)),
        ("content", Json::object([("application/json", json)])),
    ])
}

/// The headers of an answer of this status, beside those of its own.
pub fn headers(status: u16) -> Json {
    let of_status: &[&str] = match status {
        401 => &["WWW-Authenticate"],
        429 | 503 => &["Retry-After"],
        _ => &[],
    };
    let names = std::iter::once("X-Request-Id").chain(of_status.iter().copied());
    Json::object(names.map(|name| (name, reference(&format!("#/components/headers/{name}")))))
}

fn example(entry: &Code) -> Json {
    let mut error = vec![("code", Json::text(entry.code)), ("message", Json::text(entry.means))];
    error.extend(entry.param.map(|param| ("param", Json::text(param))));
    Json::object([
        ("success", Json::bool(false)),
        ("error", Json::object(error)),
        ("request_id", Json::text("req_9e3779b97f4a7c15")),
    ])
}

/// The shape of every answer that is not 2xx.
fn error() -> Schema {
    let code = Schema::text().about("For programs: it does not change.");
    let message = Schema::text().about("For people: what is wrong, and the next step.");
    let param = Schema::text().about("The field that is wrong, the first in documented order.");
    let error = Schema::object([
        always("code", "", code),
        always("message", "", message),
        maybe("param", "", param),
    ]);
    Schema::object([
        always("success", "", Schema::boolean().keyword("const", Json::bool(false))),
        always("error", "", error),
        always("request_id", "As in `X-Request-Id`; the operator's log has it.", Schema::text()),
    ])
    .about("Why a request was not done.")
}
