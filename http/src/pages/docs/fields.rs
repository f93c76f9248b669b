//! Tables of what goes in and comes out: parameters, and the members of bodies.

use super::{prose, resolve, text};
use crate::json::tree::Json;
use maud::{Markup, html};

/// How deep members of members are shown.
const LEVELS_MAX: usize = 3;

/// A line of a table.
struct Line {
    name: String,
    kind: String,
    required: bool,
    about: String,
}

/// An operation's parameters; nothing where it has none.
pub fn parameters(document: &Json, operation: &Json) -> Markup {
    let all = operation.get("parameters").map(Json::items).unwrap_or_default();
    let lines = all.iter().map(|parameter| {
        let parameter = resolve(document, parameter);
        let schema = parameter.get("schema").unwrap_or(parameter);
        Line {
            name: format!("{} ({})", text(parameter, "name"), text(parameter, "in")),
            kind: kind(document, schema),
            required: text(parameter, "required") == "true",
            about: text(parameter, "description").to_owned(),
        }
    });
    table(&lines.collect::<Vec<_>>())
}

/// The members of a body that is an object of JSON; nothing of any other.
pub fn body(document: &Json, body: &Json) -> Markup {
    let content = body.get("content").unwrap_or(body);
    let Some(schema) = content.get("application/json").and_then(|media| media.get("schema")) else {
        return html! {};
    };
    let mut lines = Vec::new();
    members(document, schema, "", LEVELS_MAX, &mut lines);
    table(&lines)
}

fn members(document: &Json, schema: &Json, at: &str, levels: usize, lines: &mut Vec<Line>) {
    let schema = object_of(document, schema);
    let required = schema.get("required").map(Json::items).unwrap_or_default();
    let properties = schema.get("properties").map(Json::members).unwrap_or_default();
    for (name, shape) in properties {
        let name = format!("{at}{name}");
        let resolved = resolve(document, shape);
        let about = [text(shape, "description"), text(resolved, "description")];
        lines.push(Line {
            kind: kind(document, shape),
            required: required.iter().any(|one| one.as_str() == name.rsplit('.').next()),
            about: about.into_iter().find(|about| !about.is_empty()).unwrap_or_default().to_owned(),
            name: name.clone(),
        });
        if levels > 1 {
            members(document, shape, &format!("{name}."), levels - 1, lines);
        }
    }
}

/// The object that a shape is, or a list or a map of, or may be.
fn object_of<'d>(document: &'d Json, schema: &'d Json) -> &'d Json {
    let schema = resolve(document, schema);
    let inside = schema.get("items").or_else(|| {
        schema.get("additionalProperties").or_else(|| schema.get("anyOf")?.items().first())
    });
    match inside {
        Some(inside) if schema.get("properties").is_none() => object_of(document, inside),
        _ => schema,
    }
}

/// What a shape is, in a word or a few.
fn kind(document: &Json, schema: &Json) -> String {
    let schema = resolve(document, schema);
    if let Some(names) = schema.get("enum") {
        let names = names.items().iter().filter_map(Json::as_str);
        return names.collect::<Vec<_>>().join(" | ");
    }
    if let Some(shapes) = schema.get("anyOf") {
        let kinds = shapes.items().iter().map(|shape| kind(document, shape));
        return kinds.collect::<Vec<_>>().join(" or ");
    }
    match (schema.get("type"), schema.get("format").and_then(Json::as_str)) {
        (Some(Json::List(kinds)), format) => {
            let kinds = kinds.iter().filter_map(Json::as_str);
            let kinds =
                kinds.map(|kind| if kind == "string" { format.unwrap_or(kind) } else { kind });
            kinds.collect::<Vec<_>>().join(" or ")
        }
        (_, Some(format)) => format.to_owned(),
        (kind, None) => kind.and_then(Json::as_str).unwrap_or("object").to_owned(),
    }
}

fn table(lines: &[Line]) -> Markup {
    html! {
        @if !lines.is_empty() {
            div.wide {
                table {
                    thead { tr { th { "Field" } th { "Kind" } th { "Meaning" } } }
                    tbody {
                        @for line in lines {
                            tr {
                                td { code { (line.name) } }
                                td.kind { (line.kind) @if !line.required { br; "optional" } }
                                td { (prose::inline(&line.about)) }
                            }
                        }
                    }
                }
            }
        }
    }
}
