//! The whole document, put together from the table.

use super::operation::{Body, Operation, Parameter, Said, Tag};
use super::refusals::{self, reference};
use super::schema::{Named, Schema};
use super::webhooks;
use crate::idempotency::KEY_CHARS_MAX;
use crate::json::tree::Json;
use crate::table::{Endpoint, Handler, Table};
use std::collections::BTreeSet;

/// What stands before the operations; CommonMark.
const ABOUT: &str = include_str!("about.md");

/// The document of a gateway with this table, whose customers reach it at `public_url`.
pub fn document(table: &Table, public_url: &str) -> Json {
    let mut named = Named::default();
    let rows: Vec<(&Endpoint, Operation)> =
        table.endpoints().iter().map(|row| (row, (row.doc)())).collect();
    let rows: Vec<_> = rows.iter().filter(|(_, doc)| doc.tag != Tag::Parts).collect();
    let mut paths: Vec<(&'static str, Vec<(&'static str, Json)>)> = Vec::new();
    for (row, doc) in &rows {
        let written = (method(row), operation(row, doc, &mut named));
        match paths.iter_mut().find(|(path, _)| *path == row.pattern) {
            Some((_, methods)) => methods.push(written),
            None => paths.push((row.pattern, vec![written])),
        }
    }
    let paths = Json::object(paths.into_iter().map(|(path, rows)| (path, Json::object(rows))));
    let used: BTreeSet<Tag> = rows.iter().map(|(_, doc)| doc.tag).collect();
    let webhooks = webhooks::section(&mut named);
    Json::object([
        ("openapi", Json::text("3.1.0")),
        ("info", info()),
        ("servers", Json::List(vec![server(public_url)])),
        ("tags", Json::List(used.into_iter().map(tag).collect())),
        ("paths", paths),
        ("webhooks", webhooks),
        ("components", components(named)),
    ])
}

fn info() -> Json {
    let license = "MIT OR Apache-2.0";
    let license = [("name", Json::text(license)), ("identifier", Json::text(license))];
    Json::object([
        ("title", Json::text("CryptoPayment")),
        ("version", Json::text(env!("CARGO_PKG_VERSION"))),
        (
            "summary",
            Json::text("Take BTC, LTC, ETH and USDT (TRC20, BEP20) into balances of your own."),
        ),
        ("description", Json::text(ABOUT)),
        ("license", Json::object(license)),
    ])
}

fn server(public_url: &str) -> Json {
    let about = "This gateway.";
    Json::object([("url", Json::text(public_url.to_owned())), ("description", Json::text(about))])
}

fn tag(tag: Tag) -> Json {
    let (name, about) = tag.title();
    Json::object([("name", Json::text(name)), ("description", Json::text(about))])
}

fn method(row: &Endpoint) -> &'static str {
    match row.method.as_str() {
        "GET" => "get",
        "PUT" => "put",
        _ => "post",
    }
}

fn operation(row: &Endpoint, doc: &Operation, named: &mut Named) -> Json {
    let mut out = vec![
        ("operationId", Json::text(doc.id)),
        ("tags", Json::texts([doc.tag.title().0])),
        ("summary", Json::text(doc.summary)),
    ];
    if !doc.about.is_empty() {
        out.push(("description", Json::text(doc.about)));
    }
    let security = match row.handler {
        Handler::Merchant(scope, _) => {
            vec![Json::object([("ApiKey", Json::texts([scope.name()]))])]
        }
        Handler::Open(_) => Vec::new(),
    };
    out.push(("security", Json::List(security)));
    let parameters = parameters(row, doc, named);
    if !parameters.is_empty() {
        out.push(("parameters", Json::List(parameters)));
    }
    if let Some(body) = &doc.body {
        let content = content(std::iter::once(body), named);
        out.push((
            "requestBody",
            Json::object([("required", Json::bool(!doc.body_may_be_absent)), ("content", content)]),
        ));
    }
    out.push(("responses", responses(row, doc, named)));
    Json::object(out)
}

fn parameters(row: &Endpoint, doc: &Operation, named: &mut Named) -> Vec<Json> {
    let mut out = Vec::new();
    if let (Some(name), Some((schema, about))) = (row.parameter(), &doc.path) {
        out.push(Json::object([
            ("name", Json::text(name)),
            ("in", Json::text("path")),
            ("required", Json::bool(true)),
            ("description", Json::text(*about)),
            ("schema", named.write(schema)),
        ]));
    }
    if doc.idempotent {
        out.push(reference("#/components/parameters/IdempotencyKey"));
    }
    out.extend(doc.parameters.iter().map(|parameter| optional(parameter, named)));
    out
}

fn optional(parameter: &Parameter, named: &mut Named) -> Json {
    Json::object([
        ("name", Json::text(parameter.name)),
        ("in", Json::text(parameter.place)),
        ("description", Json::text(parameter.about)),
        ("schema", named.write(&parameter.schema)),
    ])
}

/// Bodies by their media type.
fn content<'b>(bodies: impl Iterator<Item = &'b Body>, named: &mut Named) -> Json {
    Json::object(bodies.map(|body| {
        let mut media = vec![("schema", named.write(&body.schema))];
        if !body.example.is_empty() {
            // What is no JSON is shown as it is.
            let example = Json::parse(body.example).ok();
            media.push(("example", example.unwrap_or_else(|| Json::text(body.example))));
        }
        (body.media_type, Json::object(media))
    }))
}

fn responses(row: &Endpoint, doc: &Operation, named: &mut Named) -> Json {
    let mut out: Vec<(u16, Json)> = Vec::new();
    let refusals = refusals::of(row, doc);
    for (status, codes) in &refusals {
        let page = doc.says.iter().find(|said| said.status == *status);
        out.push((
            *status,
            match page {
                None => refusals::response(*status, codes, named),
                Some(page) => beside(refusals::write(*status, codes, named), page, named),
            },
        ));
    }
    for (place, said) in doc.says.iter().enumerate() {
        // A second one of that status is another form of the first.
        let is_first = !doc.says[..place].iter().any(|other| other.status == said.status);
        if is_first && !refusals.contains_key(&said.status) {
            out.push((said.status, success(doc, said, place == 0, named)));
        }
    }
    out.sort_by_key(|(status, _)| *status);
    Json::object(out.into_iter().map(|(status, answer)| (status.to_string(), answer)))
}

/// A refusal that people are given as a page.
fn beside(refusal: Json, page: &Said, named: &mut Named) -> Json {
    let pages = content(std::iter::once(&page.body), named);
    let Json::Object(members) = refusal else { return refusal };
    Json::object(members.into_iter().map(|(key, value)| match (&*key, value) {
        ("content", Json::Object(mut kinds)) => {
            kinds.extend(pages.members().iter().cloned());
            (key, Json::Object(kinds))
        }
        (_, value) => (key, value),
    }))
}

fn success(doc: &Operation, said: &Said, first: bool, named: &mut Named) -> Json {
    let same = doc.says.iter().filter(|other| other.status == said.status);
    let content = content(same.map(|said| &said.body), named);
    let mut headers = refusals::headers(said.status).members().to_vec();
    if doc.idempotent {
        let replayed = reference("#/components/headers/Idempotency-Replayed");
        headers.push(("Idempotency-Replayed".into(), replayed));
    }
    headers.extend(said.headers.iter().map(|(name, about)| ((*name).into(), header(about, true))));
    let mut out = vec![
        ("description", Json::text(said.about)),
        ("headers", Json::Object(headers)),
        ("content", content),
    ];
    if first && !doc.links.is_empty() {
        out.push(("links", links(doc)));
    }
    Json::object(out)
}

fn links(doc: &Operation) -> Json {
    Json::object(doc.links.iter().map(|link| {
        let parameters = Json::object([(link.parameter, Json::text(link.value))]);
        let to = [("operationId", Json::text(link.operation)), ("parameters", parameters)];
        (link.operation, Json::object(to))
    }))
}

fn header(about: &'static str, required: bool) -> Json {
    typed_header(about, required, Schema::text())
}

fn typed_header(about: &'static str, required: bool, schema: Schema) -> Json {
    Json::object([
        ("description", Json::text(about)),
        ("required", Json::bool(required)),
        ("schema", Named::default().write(&schema)),
    ])
}

fn components(mut named: Named) -> Json {
    let responses = refusals::shared(&mut named);
    let key = Json::object([
        ("name", Json::text("Idempotency-Key")),
        ("in", Json::text("header")),
        (
            "description",
            Json::text(
                "A name for this very request, new for each: asked again under it, the first \
                 answer is given again, and nothing is done twice. Kept for 7 days.",
            ),
        ),
        (
            "schema",
            named.write(&Schema::pattern(r"^[!-~]([ -~]*[!-~])?$").at_most_chars(KEY_CHARS_MAX)),
        ),
    ]);
    let scheme = Json::object([
        ("type", Json::text("http")),
        ("scheme", Json::text("bearer")),
        ("bearerFormat", Json::text("{api_key}:{api_secret}")),
        (
            "description",
            Json::text("`Authorization: Bearer {api_key}:{api_secret}`, with your key and secret."),
        ),
    ]);
    Json::object([
        ("securitySchemes", Json::object([("ApiKey", scheme)])),
        ("parameters", Json::object([("IdempotencyKey", key)])),
        ("headers", headers()),
        ("responses", responses),
        ("schemas", named.into_json()),
    ])
}

fn headers() -> Json {
    let seconds = Schema::whole(1);
    let replayed = Schema::one_of(["true"]);
    Json::object([
        ("X-Request-Id", header("The name of this request; the operator's log has it.", true)),
        ("Retry-After", typed_header("Seconds after which to try again.", true, seconds)),
        ("WWW-Authenticate", header("How to say who you are: `Bearer`.", true)),
        (
            "Idempotency-Replayed",
            typed_header("`true` where this is the answer given before.", false, replayed),
        ),
    ])
}
