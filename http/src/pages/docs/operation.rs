//! One endpoint: what it is for, what it takes, a `curl` line, what it answers.

use super::{Row, fields, prose, resolve, text};
use crate::json::tree::Json;
use maud::{Markup, html};

/// The section of one operation.
pub fn section(document: &Json, row: &Row<'_>) -> Markup {
    let body = row.operation.get("requestBody");
    html! {
        article id=(row.text("operationId")) {
            h3 { (row.text("summary")) }
            p.line { span.method { (row.method.to_uppercase()) } " " code { (row.path) } }
            (prose::blocks(row.text("description")))
            (fields::parameters(document, row.operation))
            @if let Some(body) = body {
                h4 { "Body" }
                (fields::body(document, body))
            }
            h4 { "Example" }
            pre { code { (curl(document, row)) } }
            (answers(document, row))
        }
    }
}

/// The request as a line for a terminal.
pub fn curl(document: &Json, row: &Row<'_>) -> String {
    let server = document.get("servers").and_then(|servers| servers.items().first());
    let server = server.map(|server| text(server, "url")).unwrap_or_default();
    let path = match row.path.split_once('{').zip(row.path.split_once('}')) {
        Some(((before, rest), (_, after))) => {
            let name = rest.split('}').next().unwrap_or_default();
            format!("{before}{}{after}", example_of(name))
        }
        None => row.path.to_owned(),
    };
    let mut line = format!("curl '{server}{path}'");
    if row.method != "get" {
        line.push_str(&format!(" -X {}", row.method.to_uppercase()));
    }
    let secured = row.operation.get("security").is_some_and(|all| !all.items().is_empty());
    if secured {
        line.push_str(" \\\n  -H 'Authorization: Bearer pk_your_key:sk_your_secret'");
    }
    let parameters = row.operation.get("parameters").map(Json::items).unwrap_or_default();
    let keyed = |parameter: &&Json| text(parameter, "$ref").ends_with("/IdempotencyKey");
    if parameters.iter().any(|parameter| keyed(&parameter)) {
        line.push_str(" \\\n  -H 'Idempotency-Key: order-12345'");
    }
    if let Some(example) = row.operation.get("requestBody").and_then(json_example) {
        let body = example.pretty();
        line.push_str(" \\\n  -H 'Content-Type: application/json' \\\n");
        line.push_str(&format!("  -d '{}'", body.trim_end()));
    }
    line
}

/// What stands for a name in a path.
fn example_of(name: &str) -> &'static str {
    match name {
        "coin" => "USDT-TRC20",
        _ => "550e8400-e29b-41d4-a716-446655440000",
    }
}

fn json_example(holder: &Json) -> Option<&Json> {
    holder.get("content")?.get("application/json")?.get("example")
}

fn answers(document: &Json, row: &Row<'_>) -> Markup {
    let responses = row.operation.get("responses").map(Json::members).unwrap_or_default();
    let (good, bad): (Vec<_>, Vec<_>) =
        responses.iter().partition(|(status, _)| status.starts_with('2'));
    html! {
        @for (status, answer) in good {
            h4 { "Answer: " (status) }
            p { (prose::inline(text(answer, "description"))) }
            (fields::body(document, answer))
            @if let Some(example) = json_example(answer) {
                pre { code { (example.pretty().trim_end()) } }
            }
        }
        details {
            summary { "What it can refuse" }
            ul.codes {
                @for (status, answer) in bad {
                    @for code in codes(document, answer) {
                        li { (status) " " a href="#errors" { code { (code) } } }
                    }
                }
            }
        }
    }
}

/// The codes that a refusal can carry.
fn codes<'d>(document: &'d Json, answer: &'d Json) -> Vec<&'d str> {
    let examples = || {
        let answer = resolve(document, answer);
        answer.get("content")?.get("application/json")?.get("examples")
    };
    let examples = examples().map(Json::members).unwrap_or_default();
    examples.iter().map(|(code, _)| &**code).collect()
}
