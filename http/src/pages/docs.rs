//! `/docs`: the API for people, made from the same document that programs read.
//!
//! - `guide`: the first payment, and how to verify a webhook, in examples to copy
//! - `operation`: one endpoint, with a `curl` line
//! - `fields`: tables of members
//! - `prose`: the few marks of CommonMark that our texts use

mod fields;
mod guide;
mod operation;
mod prose;

use super::shell::{DOCS_STYLE, Page};
use crate::json::tree::Json;
use crate::openapi::codes::CODES;
use maud::{Markup, html};

/// The page that describes this document.
pub fn page(document: &Json) -> Page {
    Page {
        title: "API documentation".to_owned(),
        style: &DOCS_STYLE,
        live: false,
        reload_s: None,
        main: main(document),
    }
}

/// An operation, and where it is.
struct Row<'d> {
    method: &'d str,
    path: &'d str,
    operation: &'d Json,
}

impl Row<'_> {
    fn text(&self, name: &str) -> &str {
        text(self.operation, name)
    }
}

/// A member's text; empty if there is none.
fn text<'d>(value: &'d Json, name: &str) -> &'d str {
    value.get(name).and_then(Json::as_str).unwrap_or_default()
}

/// What a reference leads to; anything else is itself.
fn resolve<'d>(document: &'d Json, value: &'d Json) -> &'d Json {
    let Some(to) = value.get("$ref").and_then(Json::as_str) else { return value };
    let mut steps = to.trim_start_matches("#/").split('/');
    steps.try_fold(document, |here, step| here.get(step)).unwrap_or(value)
}

fn main(document: &Json) -> Markup {
    let tags = document.get("tags").map(Json::items).unwrap_or_default();
    let rows = rows(document, "paths");
    let events = rows_of_webhooks(document);
    let of = |tag: &Json| {
        let name = text(tag, "name").to_owned();
        let mine = move |row: &&Row<'_>| {
            let tags = row.operation.get("tags").map(Json::items).unwrap_or_default();
            tags.iter().any(|tag| tag.as_str() == Some(&name))
        };
        rows.iter().filter(mine).collect::<Vec<_>>()
    };
    html! {
        a.skip href="#content" { "To the content" }
        (contents(tags, &of))
        main #content {
            h1 { "API documentation" }
            p.lead { (text(document.get("info").unwrap_or(document), "summary")) }
            p { "For programs: " a href="/openapi.json" { "openapi.json" } " (OpenAPI 3.1)." }
            (guide::quick_start(document))
            section #rules {
                h2 { "Rules for every request" }
                (prose::blocks(text(document.get("info").unwrap_or(document), "description")))
            }
            @for tag in tags {
                section id=(slug(text(tag, "name"))) {
                    h2 { (text(tag, "name")) }
                    (prose::blocks(text(tag, "description")))
                    @for row in of(tag) { (operation::section(document, row)) }
                }
            }
            (webhooks(document, &events))
            (errors())
        }
    }
}

/// Every operation under `paths`, in the document's order.
fn rows<'d>(document: &'d Json, part: &str) -> Vec<Row<'d>> {
    let paths = document.get(part).map(Json::members).unwrap_or_default();
    let methods = |(path, item): &'d (std::borrow::Cow<'static, str>, Json)| {
        let methods = item.members().iter();
        methods.map(move |(method, operation)| Row { method, path, operation })
    };
    paths.iter().flat_map(methods).collect()
}

fn rows_of_webhooks(document: &Json) -> Vec<Row<'_>> {
    rows(document, "webhooks")
}

fn slug(name: &str) -> String {
    name.to_lowercase().replace(' ', "-")
}

fn contents<'d>(tags: &'d [Json], of: &dyn Fn(&Json) -> Vec<&'d Row<'d>>) -> Markup {
    html! {
        nav aria-label="Contents" {
            ul {
                li { a href="#quick-start" { "Quick start" } }
                li { a href="#rules" { "Rules for every request" } }
                @for tag in tags {
                    li {
                        a href={ "#" (slug(text(tag, "name"))) } { (text(tag, "name")) }
                        ul {
                            @for row in of(tag) {
                                li { a href={ "#" (row.text("operationId")) } { (row.text("summary")) } }
                            }
                        }
                    }
                }
                li { a href="#webhooks" { "Webhooks" } }
                li { a href="#errors" { "Errors" } }
            }
        }
    }
}

fn webhooks(document: &Json, events: &[Row<'_>]) -> Markup {
    let first = events.first().map(|row| row.operation);
    html! {
        section #webhooks {
            h2 { "Webhooks" }
            p { "We send a POST to your webhook when one of these happens:" }
            dl {
                @for row in events {
                    dt { code { (row.path) } }
                    dd { (row.text("summary")) "." }
                }
            }
            (guide::verifying())
            @if let Some(event) = first {
                h3 { "What is sent" }
                (fields::body(document, event.get("requestBody").unwrap_or(event)))
                h3 { "Headers" }
                (fields::parameters(document, event))
            }
        }
    }
}

fn errors() -> Markup {
    html! {
        section #errors {
            h2 { "Errors" }
            p { "Every code there is. What each endpoint can answer stands with it." }
            div.wide {
                table {
                    thead { tr { th { "Status" } th { "Code" } th { "Meaning and next step" } } }
                    tbody {
                        @for entry in CODES {
                            tr {
                                td { (entry.status) }
                                td { code { (entry.code) } }
                                td { (prose::inline(entry.means)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
