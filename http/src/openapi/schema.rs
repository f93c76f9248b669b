//! The shapes of what goes over the wire, as JSON Schema (2020-12, which OpenAPI 3.1 uses).

use crate::json::tree::Json;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A shape. Those that several places share, and those worth a name in a client's code, are
/// [`Schema::named`]: they stand once under `components`.
#[derive(Clone)]
pub struct Schema(Kind);

#[derive(Clone)]
enum Kind {
    Named(&'static str, fn() -> Schema),
    Plain(Vec<(&'static str, Keyword)>),
}

#[derive(Clone)]
enum Keyword {
    Json(Json),
    One(Box<Schema>),
    Several(Vec<Schema>),
    Properties(Vec<(&'static str, Schema)>),
}

/// A member of an object.
pub struct Field {
    name: &'static str,
    required: bool,
    schema: Schema,
}

/// A member that is always there.
pub fn always(name: &'static str, about: &'static str, schema: Schema) -> Field {
    Field { name, required: true, schema: schema.about(about) }
}

/// A member that may be absent.
pub fn maybe(name: &'static str, about: &'static str, schema: Schema) -> Field {
    Field { name, required: false, schema: schema.about(about) }
}

impl Schema {
    /// A shape that stands once under `components/schemas`, whoever refers to it.
    pub const fn named(name: &'static str, shape: fn() -> Schema) -> Schema {
        Schema(Kind::Named(name, shape))
    }

    /// An object of these members. Others may come with a later version.
    pub fn object(fields: impl IntoIterator<Item = Field>) -> Schema {
        let fields: Vec<Field> = fields.into_iter().collect();
        let required = fields.iter().filter(|field| field.required).map(|field| field.name);
        let required: Vec<_> = required.collect();
        let properties = fields.into_iter().map(|field| (field.name, field.schema)).collect();
        let object = Schema::of_type("object").with("properties", Keyword::Properties(properties));
        if required.is_empty() { object } else { object.keyword("required", Json::texts(required)) }
    }

    /// An object whose keys are not known beforehand, and whose values have this shape.
    pub fn map(values: Schema) -> Schema {
        Schema::of_type("object").with("additionalProperties", Keyword::One(Box::new(values)))
    }

    /// An array of these.
    pub fn list(items: Schema) -> Schema {
        Schema::of_type("array").with("items", Keyword::One(Box::new(items)))
    }

    /// What has any one of these shapes.
    pub fn any_of(shapes: impl IntoIterator<Item = Schema>) -> Schema {
        let shapes = Keyword::Several(shapes.into_iter().collect());
        Schema(Kind::Plain(Vec::new())).with("anyOf", shapes)
    }

    /// What has all of these shapes.
    pub fn all_of(shapes: impl IntoIterator<Item = Schema>) -> Schema {
        let shapes = Keyword::Several(shapes.into_iter().collect());
        Schema(Kind::Plain(Vec::new())).with("allOf", shapes)
    }

    /// Any JSON object.
    pub fn any_object() -> Schema {
        Schema::of_type("object")
    }

    /// A string.
    pub fn text() -> Schema {
        Schema::of_type("string")
    }

    /// A string that this regular expression (ECMA-262) matches.
    pub fn pattern(pattern: &'static str) -> Schema {
        Schema::text().keyword("pattern", Json::text(pattern))
    }

    /// One of these strings.
    pub fn one_of(names: impl IntoIterator<Item = &'static str>) -> Schema {
        Schema::text().keyword("enum", Json::texts(names))
    }

    /// `true` or `false`.
    pub fn boolean() -> Schema {
        Schema::of_type("boolean")
    }

    /// A whole number from `least` on.
    pub fn whole(least: u64) -> Schema {
        Schema::of_type("integer").keyword("minimum", Json::token(least))
    }

    /// A decimal number, exact in its text.
    pub fn decimal() -> Schema {
        Schema::of_type("number")
    }

    /// An amount of a coin or of dollars, never below zero.
    pub fn amount() -> Schema {
        Schema::decimal().keyword("minimum", Json::token(0))
    }

    /// An amount that a request names: above zero.
    pub fn positive() -> Schema {
        Schema::decimal().keyword("exclusiveMinimum", Json::token(0))
    }

    /// An amount written as a string, for languages whose numbers are floats.
    pub fn amount_text() -> Schema {
        Schema::pattern(r"^(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]{1,4})?$")
    }

    /// A UUID v4, as we write it.
    pub fn id() -> Schema {
        Schema::text().format("uuid")
    }

    /// An instant: `2024-01-15T10:30:00+00:00`.
    pub fn instant() -> Schema {
        Schema::text().format("date-time")
    }

    /// A web address.
    pub fn address() -> Schema {
        Schema::text().format("uri")
    }

    /// A web address that a request names: no space or control character is in it.
    pub fn web_address() -> Schema {
        Schema::pattern(r"^[Hh][Tt][Tt][Pp][Ss]?://[^\u0000-\u0020]+$")
    }

    /// `true`, always.
    pub fn success() -> Schema {
        Schema::boolean().keyword("const", Json::bool(true))
    }

    fn of_type(name: &'static str) -> Schema {
        Schema(Kind::Plain(vec![("type", Keyword::Json(Json::text(name)))]))
    }

    /// This shape with one more keyword.
    #[must_use]
    pub fn keyword(self, name: &'static str, value: Json) -> Schema {
        self.with(name, Keyword::Json(value))
    }

    /// This shape, written in this format.
    #[must_use]
    pub fn format(self, name: &'static str) -> Schema {
        self.keyword("format", Json::text(name))
    }

    /// This shape, of at most so many characters.
    #[must_use]
    pub fn at_most_chars(self, most: usize) -> Schema {
        self.keyword("maxLength", Json::token(most))
    }

    /// This shape, at most so large.
    #[must_use]
    pub fn at_most(self, most: u64) -> Schema {
        self.keyword("maximum", Json::token(most))
    }

    /// This shape and what it means.
    #[must_use]
    pub fn about(self, about: &'static str) -> Schema {
        if about.is_empty() { self } else { self.keyword("description", Json::text(about)) }
    }

    /// This shape with a value to show.
    #[must_use]
    pub fn example(self, value: Json) -> Schema {
        self.keyword("examples", Json::List(vec![value]))
    }

    /// This shape, or `null`.
    #[must_use]
    pub fn or_null(self) -> Schema {
        let null = Schema::of_type("null");
        match self.0 {
            Kind::Named(..) => Schema::any_of([self, null]),
            Kind::Plain(mut keywords) => match keywords.first_mut() {
                Some(("type", Keyword::Json(kind))) => {
                    *kind = Json::List(vec![kind.clone(), Json::text("null")]);
                    Schema(Kind::Plain(keywords))
                }
                _ => Schema::any_of([Schema(Kind::Plain(keywords)), null]),
            },
        }
    }

    /// A reference may stand beside other keywords since 2020-12.
    fn with(self, name: &'static str, value: Keyword) -> Schema {
        let mut keywords = match self.0 {
            Kind::Plain(keywords) => keywords,
            Kind::Named(..) => vec![("$ref", Keyword::One(Box::new(self)))],
        };
        keywords.push((name, value));
        Schema(Kind::Plain(keywords))
    }
}

/// The named shapes that a document refers to, gathered while it is written.
#[derive(Default)]
pub struct Named(BTreeMap<&'static str, Json>);

impl Named {
    /// The shape as it stands in the document; names it refers to are gathered.
    pub fn write(&mut self, schema: &Schema) -> Json {
        match &schema.0 {
            Kind::Named(..) => Json::object([("$ref", self.reference(schema))]),
            Kind::Plain(keywords) => Json::Object(
                keywords
                    .iter()
                    .map(|(name, value)| (Cow::from(*name), self.keyword(name, value)))
                    .collect(),
            ),
        }
    }

    fn reference(&mut self, schema: &Schema) -> Json {
        let Kind::Named(name, shape) = &schema.0 else { return self.write(schema) };
        if !self.0.contains_key(name) {
            // Taken before it is written, so that a shape may hold itself.
            self.0.insert(name, Json::bool(true));
            let written = self.write(&shape());
            self.0.insert(name, written);
        }
        Json::text(format!("#/components/schemas/{name}"))
    }

    fn keyword(&mut self, name: &str, value: &Keyword) -> Json {
        match value {
            Keyword::Json(json) => json.clone(),
            Keyword::One(schema) if name == "$ref" => self.reference(schema),
            Keyword::One(schema) => self.write(schema),
            Keyword::Several(shapes) => {
                Json::List(shapes.iter().map(|shape| self.write(shape)).collect())
            }
            Keyword::Properties(properties) => {
                Json::object(properties.iter().map(|(name, shape)| (*name, self.write(shape))))
            }
        }
    }

    /// All that were gathered, by name.
    pub fn into_json(self) -> Json {
        Json::object(self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn coin() -> Schema {
        Schema::one_of(["BTC", "LTC"])
    }

    #[test]
    fn named_shapes_stand_once_and_are_referred_to() {
        let mut named = Named::default();
        let shape = Schema::object([
            always("coin", "Which.", Schema::named("Coin", coin)),
            maybe("other", "", Schema::named("Coin", coin).or_null()),
            always("txid", "", Schema::text().or_null()),
        ]);
        let expected = r##"{"type":"object","properties":{
            "coin":{"$ref":"#/components/schemas/Coin","description":"Which."},
            "other":{"anyOf":[{"$ref":"#/components/schemas/Coin"},{"type":"null"}]},
            "txid":{"type":["string","null"]}},"required":["coin","txid"]}"##;
        assert_eq!(named.write(&shape), Json::parse(expected).unwrap());
        let components = r#"{"Coin":{"type":"string","enum":["BTC","LTC"]}}"#;
        assert_eq!(named.into_json(), Json::parse(components).unwrap());
    }
}
