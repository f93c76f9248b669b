//! Every endpoint against every refusal that all share, in the contract's order. Nothing here
//! names an endpoint: whatever the served document describes is asked, so a new one is covered
//! the day it lands.

use crate::running::Running;
use cryptopayment_http::RateLimit;
use cryptopayment_test_support::wire::Response;
use cryptopayment_test_support::{Failure, Json, Told};

const ID: &str = "550e8400-e29b-41d4-a716-446655440000";

/// One operation of the document, with what it takes.
struct Row {
    method: String,
    path: String,
    keyed: bool,
    /// The scope that a key needs; empty where no key is asked for.
    scope: String,
    idempotent: bool,
    takes_body: bool,
    /// The members of its body in documented order, each with its part of the example.
    fields: Vec<(String, Option<String>)>,
    /// The parameters of its query that have wrong values, in documented order.
    queries: Vec<String>,
}

fn member<'a>(value: &'a Json, name: &str) -> Option<&'a Json> {
    let Json::Object(members) = value else { return None };
    members.iter().find(|(key, _)| key == name).map(|(_, value)| value)
}

fn members(value: Option<&Json>) -> &[(String, Json)] {
    match value {
        Some(Json::Object(members)) => members,
        _ => &[],
    }
}

fn items(value: Option<&Json>) -> &[Json] {
    match value {
        Some(Json::List(items)) => items,
        _ => &[],
    }
}

fn resolve<'a>(document: &'a Json, value: &'a Json) -> Told<&'a Json> {
    match member(value, "$ref") {
        Some(Json::Text(to)) => document.at(&to.trim_start_matches("#/").replace('/', ".")),
        _ => Ok(value),
    }
}

/// Every operation that the gateway says it has.
async fn rows(site: &Running) -> Told<Vec<Row>> {
    let document = site.ask("GET", "/openapi.json", &[], b"").await?.expect(200)?;
    let mut rows = Vec::new();
    for (path, item) in members(member(&document, "paths")) {
        for (method, operation) in members(Some(item)) {
            rows.push(row(&document, method, path, operation)?);
        }
    }
    // A stream that is well does not end; its refusals are those of its neighbours.
    rows.retain(|row: &Row| !row.path.ends_with("/events") || row.keyed);
    assert!(rows.len() >= 15, "only {} operations", rows.len());
    Ok(rows)
}

fn row(document: &Json, method: &str, path: &str, operation: &Json) -> Told<Row> {
    let (before, rest) = path.split_once('{').unwrap_or((path, "}"));
    let after = rest.split_once('}').map(|(_, after)| after).unwrap_or_default();
    let id = match path.contains("{coin}") {
        true => "LTC",
        false if path.contains('{') => ID,
        false => "",
    };
    let parameters = items(member(operation, "parameters")).iter();
    let parameters: Vec<&Json> =
        parameters.map(|parameter| resolve(document, parameter)).collect::<Told<_>>()?;
    let named =
        |name: &str| parameters.iter().any(|one| one.text("name").is_ok_and(|text| text == name));
    let queries = parameters.iter().filter(|one| one.text("in").is_ok_and(|text| text == "query"));
    let can_be_wrong = |one: &&&Json| {
        let schema = one.at("schema").and_then(|schema| resolve(document, schema));
        schema.is_ok_and(|schema| {
            member(schema, "enum").is_some()
                || schema.text("type").is_ok_and(|kind| kind == "integer")
        })
    };
    let queries = queries.filter(can_be_wrong).map(|one| one.text("name").map(str::to_owned));
    let security = items(member(operation, "security"));
    let scope = security.first().and_then(|one| items(member(one, "ApiKey")).first());
    Ok(Row {
        scope: scope
            .map(|scope| scope.text("").map(str::to_owned))
            .transpose()?
            .unwrap_or_default(),
        method: method.to_uppercase(),
        path: format!("{before}{id}{after}"),
        keyed: !security.is_empty(),
        idempotent: named("Idempotency-Key"),
        takes_body: method != "get",
        fields: fields(document, operation)?,
        queries: queries.collect::<Told<_>>()?,
    })
}

fn fields(document: &Json, operation: &Json) -> Told<Vec<(String, Option<String>)>> {
    let Some(body) = member(operation, "requestBody") else { return Ok(Vec::new()) };
    let media = body.at("content.application/json")?;
    let schema = resolve(document, media.at("schema")?)?;
    let example = member(media, "example");
    let names = members(member(schema, "properties")).iter().map(|(name, _)| {
        let shown = example.and_then(|example| member(example, name));
        (name.clone(), shown.map(ToString::to_string))
    });
    Ok(names.collect())
}

/// How wrong a request is.
#[derive(Default)]
struct Wrongs<'a> {
    authorization: &'a str,
    kind: &'a str,
    key: Option<&'a str>,
}

async fn ask(
    site: &Running,
    (method, path): (&str, &str),
    wrongs: &Wrongs<'_>,
    body: &[u8],
) -> Told<Response> {
    let mut headers = vec![("Content-Type", wrongs.kind)];
    if !wrongs.authorization.is_empty() {
        headers.push(("Authorization", wrongs.authorization));
    }
    headers.extend(wrongs.key.map(|key| ("Idempotency-Key", key)));
    site.ask(method, path, &headers, body).await
}

/// The answer is this refusal and no other, with all that belongs to one.
fn refuses(answer: &Response, status: u16, code: &str, of: &str) -> Told<()> {
    let body = answer.json()?;
    let said = body.text("error.code")?;
    if (answer.status, said) != (status, code) {
        let text = answer.text();
        return Err(Failure::new(format!("{of}: wanted {status} {code}, got {text}")));
    }
    assert_eq!(answer.headers.get("x-request-id"), Some(body.text("request_id")?), "{of}");
    assert!(body.text("error.message")?.len() > 10, "{of}");
    let has = |name| answer.headers.get(name).is_some();
    assert_eq!(has("www-authenticate"), status == 401, "{of}");
    assert_eq!(has("allow"), status == 405, "{of}");
    Ok(())
}

#[tokio::test]
async fn of_all_that_is_wrong_the_first_in_the_contracts_order_is_said() -> Told<()> {
    let site = Running::start().await?;
    let (good, waiting) = (site.merchant.authorization(), site.waiting.authorization());
    let long = vec![b' '; 65 * 1024];
    let json = "application/json";
    for row in rows(&site).await? {
        let of = format!("{} {}", row.method, row.path);
        let here = (row.method.as_str(), row.path.as_str());
        let nowhere = format!("{}/nothing/here", row.path);
        let all = Wrongs { authorization: "", kind: "text/plain", key: Some("") };
        // Each request has one fault less than the one before.
        let answer = ask(&site, ("DELETE", &nowhere), &all, &long).await?;
        refuses(&answer, 404, "not_found", &of)?;
        let answer = ask(&site, ("DELETE", &row.path), &all, &long).await?;
        refuses(&answer, 405, "method_not_allowed", &of)?;
        let allow = answer.headers.get("allow").unwrap_or_default();
        assert!(allow.split(", ").any(|method| method == row.method), "{of}: {allow}");
        refuses(&ask(&site, here, &all, &long).await?, 413, "body_too_large", &of)?;
        if row.keyed {
            refuses(&ask(&site, here, &all, b"{").await?, 401, "unauthorized", &of)?;
            let unapproved = Wrongs { authorization: &waiting, ..all };
            let answer = ask(&site, here, &unapproved, b"{").await?;
            refuses(&answer, 403, "account_not_approved", &of)?;
        }
        let known = Wrongs { authorization: &good, kind: "text/plain", key: Some("") };
        if row.takes_body && !row.fields.is_empty() {
            let answer = ask(&site, here, &known, b"{").await?;
            refuses(&answer, 415, "unsupported_media_type", &of)?;
            let typed = Wrongs { kind: json, ..known };
            refuses(&ask(&site, here, &typed, b"{").await?, 400, "invalid_json", &of)?;
            refuses(&ask(&site, here, &typed, b"[]").await?, 422, "invalid_body", &of)?;
            if row.idempotent {
                let answer = ask(&site, here, &typed, b"{}").await?;
                refuses(&answer, 422, "invalid_idempotency_key", &of)?;
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_key_of_one_scope_may_do_what_needs_it_and_nothing_else() -> Told<()> {
    let site = Running::start().await?;
    let mut told = 0;
    for row in rows(&site).await?.iter().filter(|row| row.keyed) {
        assert!(site.limited_to.iter().any(|(scope, _)| scope.name() == row.scope));
        for (scope, limited) in &site.limited_to {
            let of = format!("{} {} with a key for {}", row.method, row.path, scope.name());
            let authorization = limited.authorization();
            let wrong = Wrongs { authorization: &authorization, kind: "text/plain", key: None };
            let answer = ask(&site, (&row.method, &row.path), &wrong, b"{").await?;
            if scope.name() == row.scope {
                assert_ne!(answer.status, 403, "{of}: {}", answer.text());
            } else {
                refuses(&answer, 403, "insufficient_scope", &of)?;
                assert!(answer.text().contains(&row.scope), "{of}: {}", answer.text());
                told += 1;
            }
        }
    }
    assert!(told >= 45, "only {told} refusals");
    Ok(())
}

#[tokio::test]
async fn of_all_fields_that_are_wrong_the_first_in_documented_order_is_named() -> Told<()> {
    let site = Running::start().await?;
    let good = site.merchant.authorization();
    let mut asked = 0;
    for row in rows(&site).await? {
        let headers = [("Authorization", good.as_str()), ("Content-Type", "application/json")];
        for (place, (field, _)) in row.fields.iter().enumerate() {
            let right = row.fields[..place].iter();
            let right = right.filter_map(|(name, shown)| Some((name, shown.as_deref()?)));
            // The body's own order says nothing: it is turned round.
            let wrong = row.fields[place..].iter().rev().map(|(name, _)| (name, "[[7]]"));
            let all = wrong.chain(right).map(|(name, value)| format!("\"{name}\":{value}"));
            let body = format!("{{{}}}", all.collect::<Vec<_>>().join(","));
            let answer = site.ask(&row.method, &row.path, &headers, body.as_bytes()).await?;
            let of = format!("{} {} {body}: {}", row.method, row.path, answer.text());
            assert_eq!(answer.status, 422, "{of}");
            assert_eq!(answer.json()?.text("error.param")?, field, "{of}");
            asked += 1;
        }
        for (place, name) in row.queries.iter().enumerate() {
            let wrong = row.queries[place..].iter().rev().map(|name| format!("{name}=!"));
            let path = format!("{}?{}", row.path, wrong.collect::<Vec<_>>().join("&"));
            let answer = site.ask(&row.method, &path, &headers[..1], b"").await?;
            let of = format!("{} {path}: {}", row.method, answer.text());
            assert_eq!(answer.status, 422, "{of}");
            assert_eq!(answer.json()?.text("error.param")?, name, "{of}");
            asked += 1;
        }
    }
    assert!(asked >= 15, "only {asked} fields");
    Ok(())
}

#[tokio::test]
async fn a_key_used_again_with_another_body_is_refused_before_its_fields_are_looked_at() -> Told<()>
{
    let site = Running::start().await?;
    let good = site.merchant.authorization();
    let mut made = 0;
    for row in rows(&site).await?.iter().filter(|row| row.idempotent && !row.fields.is_empty()) {
        let here = (row.method.as_str(), row.path.as_str());
        let wrongs = Wrongs { authorization: &good, kind: "application/json", key: Some("k") };
        let shown = row
            .fields
            .iter()
            .filter_map(|(name, shown)| Some(format!("\"{name}\":{}", shown.as_deref()?)));
        let body = format!("{{{}}}", shown.collect::<Vec<_>>().join(","));
        let first = ask(&site, here, &wrongs, body.as_bytes()).await?;
        if !matches!(first.status, 200..=299) {
            // What the example asks for cannot be had here: nothing is kept under the key.
            continue;
        }
        made += 1;
        let again = ask(&site, here, &wrongs, body.as_bytes()).await?;
        assert_eq!((again.status, &again.body), (first.status, &first.body));
        assert_eq!(again.headers.get("idempotency-replayed"), Some("true"));
        let other = ask(&site, here, &wrongs, b"{}").await?;
        refuses(&other, 422, "idempotency_key_reused", &row.path)?;
    }
    assert!(made >= 1, "no example could be made");
    Ok(())
}

#[tokio::test]
async fn who_asks_too_much_is_told_so_after_401_and_before_415() -> Told<()> {
    // One request and never another: reading the document was the one.
    let limit = RateLimit { per_second: 0, burst: 1 };
    let open = Running::start().await?;
    let rows = rows(&open).await?;
    let site = Running::limited(limit).await?;
    let good = site.merchant.authorization();
    let known = Wrongs { authorization: &good, kind: "text/plain", key: None };
    let nobody = Wrongs { authorization: "", ..known };
    for row in rows {
        let of = format!("{} {}", row.method, row.path);
        let here = (row.method.as_str(), row.path.as_str());
        let refused = ask(&site, here, &known, b"{").await?;
        refuses(&refused, 429, "rate_limited", &of)?;
        assert_eq!(refused.headers.get("retry-after"), Some("1"), "{of}");
        if row.keyed {
            refuses(&ask(&site, here, &nobody, b"{").await?, 401, "unauthorized", &of)?;
        }
    }
    Ok(())
}

#[tokio::test]
async fn head_answers_wherever_get_does_and_says_the_same_without_a_body() -> Told<()> {
    let site = Running::start().await?;
    let good = site.merchant.authorization();
    let invoice = site.merchant.open("ltc", "50.00").await?;
    let headers = [("Authorization", good.as_str())];
    for row in rows(&site).await?.iter().filter(|row| row.method == "GET") {
        for id in [ID, &invoice.id] {
            let path = row.path.replace(ID, id);
            let get = site.ask("GET", &path, &headers, b"").await?;
            let head = site.ask("HEAD", &path, &headers, b"").await?;
            assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
            assert!(head.headers.get("x-request-id").is_some(), "{path}");
            let kind = |answer: &Response| answer.headers.get("content-type").map(str::to_owned);
            assert_eq!(kind(&head), kind(&get), "{path}");
            // What is counted at every look has another length the next time.
            if !matches!(&*path, "/metrics" | "/readyz") && get.status == 200 {
                let length = get.body.len().to_string();
                assert_eq!(head.headers.get("content-length"), Some(&*length), "{path}");
            }
        }
    }
    Ok(())
}
