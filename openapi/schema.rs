//! Schemas of all three versions as [`Shape`]s.

use crate::document::Document;
use crate::plain::plain;
use crate::shape::{Field, Shape};
use serde_json::{Map, Value};
use std::cell::Cell;

/// A schema nested deeper in itself is anything.
const DEPTH_MAX: usize = 24;
/// More values than a person chooses from are any text.
const ENUM_MAX: usize = 200;
/// More fields than that are a map of anything.
const FIELDS_MAX: usize = 1_000;

/// One schema says no more than that, with everything that stands in it.
const NODES_MAX: usize = 20_000;

/// Reads schemas of a document.
pub(crate) struct Schemas<'d> {
    pub document: &'d Document,
    /// How much of the schema that is being read may still be looked at.
    left: Cell<usize>,
}

impl<'d> Schemas<'d> {
    pub fn new(document: &'d Document) -> Self {
        Schemas { document, left: Cell::new(NODES_MAX) }
    }

    /// The shape of a schema. References in it stay references.
    pub fn shape(&self, schema: &Value) -> Shape {
        self.left.set(NODES_MAX);
        self.at(schema, 0)
    }

    fn spend(&self) -> bool {
        let left = self.left.get();
        self.left.set(left.saturating_sub(1));
        left > 0
    }

    fn at(&self, schema: &Value, depth: usize) -> Shape {
        let Some(object) = schema.as_object().filter(|_| depth < DEPTH_MAX && self.spend()) else { return Shape::Json };
        if let Some(reference) = object.get("$ref").and_then(Value::as_str) {
            let target = Shape::Ref(reference.to_owned());
            return if flag(object, "nullable") { target.optional() } else { target };
        }
        let shape = self.present(object, depth);
        if nullable(object) { shape.optional() } else { shape }
    }

    /// The shape without its null.
    fn present(&self, object: &Map<String, Value>, depth: usize) -> Shape {
        for key in ["oneOf", "anyOf"] {
            if let Some(choices) = object.get(key).and_then(Value::as_array)
                && let Some(shape) = self.choice(object, choices, depth)
            {
                return shape;
            }
        }
        if let Some(parts) = object.get("allOf").and_then(Value::as_array) {
            return self.all(object, parts, depth);
        }
        if let Some(values) = object.get("enum").and_then(Value::as_array)
            && let Some(shape) = enumeration(values)
        {
            return shape;
        }
        if let Some(Value::String(value)) = object.get("const") {
            return Shape::Enum(vec![value.clone()]);
        }
        match kind(object) {
            Some("string") if object.get("format").and_then(Value::as_str) == Some("date-time") => Shape::Moment,
            Some("string") => Shape::Text,
            Some("integer") => Shape::Int,
            Some("number") => Shape::Number,
            Some("boolean") => Shape::Bool,
            Some("array") => {
                let item = object.get("items").map_or(Shape::Json, |items| self.at(items, depth + 1));
                Shape::List(Box::new(item))
            }
            Some("object") => self.object(object, depth),
            None if object.contains_key("properties") => self.object(object, depth),
            None if object.contains_key("items") => {
                Shape::List(Box::new(object.get("items").map_or(Shape::Json, |items| self.at(items, depth + 1))))
            }
            _ => Shape::Json,
        }
    }

    fn object(&self, object: &Map<String, Value>, depth: usize) -> Shape {
        let fields = self.fields(object, depth);
        if !fields.is_empty() {
            return if fields.len() > FIELDS_MAX { Shape::Json } else { Shape::Record(fields) };
        }
        match object.get("additionalProperties") {
            Some(Value::Object(of)) if !of.is_empty() => {
                Shape::Map(Box::new(self.at(&Value::Object(of.clone()), depth + 1)))
            }
            _ => Shape::Json,
        }
    }

    /// The properties of one object, in the document's order.
    fn fields(&self, object: &Map<String, Value>, depth: usize) -> Vec<Field> {
        let Some(properties) = object.get("properties").and_then(Value::as_object) else { return Vec::new() };
        let required: Vec<&str> = match object.get("required") {
            Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        let field = |(wire, schema): (&String, &Value)| Field {
            wire: wire.clone(),
            shape: self.at(schema, depth + 1),
            required: required.contains(&wire.as_str()),
            doc: described(schema),
            read_only: schema.get("readOnly").and_then(Value::as_bool).unwrap_or(false),
            write_only: schema.get("writeOnly").and_then(Value::as_bool).unwrap_or(false),
        };
        properties.iter().map(field).collect()
    }

    /// One of several: the one that is left without null, a record with every choice's fields where a field says which it
    /// is, or what all have in common.
    fn choice(&self, object: &Map<String, Value>, choices: &[Value], depth: usize) -> Option<Shape> {
        let choices: Vec<&Value> = choices.iter().filter(|choice| !is_null(choice)).collect();
        // Which fields go together is no type: what stands beside it is.
        let only_required = |choice: &&Value| {
            choice.as_object().is_some_and(|choice| {
                choice.keys().all(|key| matches!(key.as_str(), "required" | "not" | "title" | "description"))
            })
        };
        if choices.iter().all(only_required) || object.contains_key("properties") {
            return None;
        }
        if let [one] = choices.as_slice() {
            return Some(self.at(one, depth + 1));
        }
        if let Some(shape) = self.tagged(object, &choices, depth) {
            return Some(shape);
        }
        let mut shapes = choices.iter().map(|choice| match self.at(choice, depth + 1) {
            Shape::Enum(_) => Shape::Text,
            Shape::Optional(inner) => *inner,
            other => other,
        });
        let first = shapes.next()?;
        let common = shapes.fold(first, |common, next| match (common, next) {
            (a, b) if a == b => a,
            (Shape::Int | Shape::Number, Shape::Int | Shape::Number) => Shape::Number,
            (Shape::Text | Shape::Moment, Shape::Text | Shape::Moment) => Shape::Text,
            _ => Shape::Json,
        });
        // Which of several records it is nobody says.
        Some(match common {
            Shape::Text | Shape::Moment | Shape::Int | Shape::Number | Shape::Bool | Shape::Ref(_) => common,
            _ => Shape::Json,
        })
    }

    /// A choice whose `discriminator` names the field that says which it is: every field of every choice, those that not
    /// all have may be missing.
    fn tagged(&self, object: &Map<String, Value>, choices: &[&Value], depth: usize) -> Option<Shape> {
        let discriminator = object.get("discriminator")?;
        let tag = discriminator.get("propertyName").and_then(Value::as_str)?;
        let mapping = discriminator.get("mapping").and_then(Value::as_object);
        let mut tags: Vec<String> = mapping.map(|mapping| mapping.keys().cloned().collect()).unwrap_or_default();
        let mut all: Vec<Field> = Vec::new();
        for (at, choice) in choices.iter().enumerate() {
            let reference = choice.get("$ref").and_then(Value::as_str)?;
            if mapping.is_none() {
                tags.push(reference.rsplit('/').next().unwrap_or_default().to_owned());
            }
            let Shape::Record(fields) = self.expanded(&self.document.resolved(choice), depth + 1)? else { return None };
            // What the choices before had and this one lacks is not always there, and the other way round.
            for known in all.iter_mut().filter(|known| !fields.iter().any(|field| field.wire == known.wire)) {
                known.required = false;
            }
            for mut field in fields {
                match all.iter_mut().find(|known| known.wire == field.wire) {
                    Some(known) => {
                        known.required &= field.required;
                        if known.shape != field.shape {
                            known.shape = Shape::Json;
                        }
                    }
                    None => {
                        field.required &= at == 0;
                        all.push(field);
                    }
                }
            }
        }
        let values: Vec<Value> = tags.into_iter().map(Value::String).collect();
        let shape = enumeration(&values)?;
        match all.iter_mut().find(|field| field.wire == tag) {
            Some(field) => {
                field.shape = shape;
                field.required = true;
            }
            None => all.insert(
                0,
                Field {
                    wire: tag.to_owned(),
                    shape,
                    required: true,
                    doc: "Which it is.".to_owned(),
                    read_only: false,
                    write_only: false,
                },
            ),
        }
        Some(Shape::Record(all))
    }

    /// Everything that several schemas say together.
    fn all(&self, object: &Map<String, Value>, parts: &[Value], depth: usize) -> Shape {
        let says = |part: &&Value| part.as_object().is_some_and(|part| part.keys().any(|key| is_structure(key)));
        let telling: Vec<&Value> = parts.iter().filter(says).collect();
        if let ([one], false) = (telling.as_slice(), object.contains_key("properties")) {
            return self.at(one, depth + 1);
        }
        let mut fields: Vec<Field> = Vec::new();
        let own = Value::Object(
            object.iter().filter(|(key, _)| *key != "allOf").map(|(k, v)| (k.clone(), v.clone())).collect(),
        );
        let mut required: Vec<String> = Vec::new();
        for part in telling.iter().copied().chain(object.contains_key("properties").then_some(&own)) {
            let part = self.document.resolved(part);
            if let Some(names) = part.get("required").and_then(Value::as_array) {
                required.extend(names.iter().filter_map(Value::as_str).map(str::to_owned));
            }
            match self.expanded(&part, depth + 1) {
                Some(Shape::Record(more)) => {
                    for field in more {
                        match fields.iter_mut().find(|known| known.wire == field.wire) {
                            Some(known) => *known = field,
                            None => fields.push(field),
                        }
                    }
                }
                // A part that only requires what others describe.
                None => {}
                Some(_) => return Shape::Json,
            }
        }
        for field in &mut fields {
            field.required |= required.contains(&field.wire);
        }
        match fields.len() {
            0 => Shape::Json,
            count if count > FIELDS_MAX => Shape::Json,
            _ => Shape::Record(fields),
        }
    }

    /// The shape of a schema that stands here whole; `None` where it describes nothing.
    fn expanded(&self, schema: &Value, depth: usize) -> Option<Shape> {
        let object = schema.as_object()?;
        if !self.spend() {
            return Some(Shape::Json);
        }
        if !object.keys().any(|key| is_structure(key)) || depth >= DEPTH_MAX {
            return (depth >= DEPTH_MAX).then_some(Shape::Json);
        }
        Some(match self.present(object, depth) {
            Shape::Ref(reference) => {
                let target = self.document.resolved(&serde_json::json!({ "$ref": reference }));
                return self.expanded(&target, depth + 1);
            }
            // An object without properties adds none.
            Shape::Json if kind(object) == Some("object") => return None,
            other => other,
        })
    }
}

fn is_structure(key: &str) -> bool {
    matches!(
        key,
        "$ref"
            | "type"
            | "properties"
            | "allOf"
            | "oneOf"
            | "anyOf"
            | "enum"
            | "items"
            | "const"
            | "additionalProperties"
    )
}

fn flag(object: &Map<String, Value>, key: &str) -> bool {
    object.get(key).and_then(Value::as_bool).unwrap_or(false)
}

fn is_null(schema: &Value) -> bool {
    schema.get("type").is_some_and(|kind| kind == "null")
        || schema.get("enum").and_then(Value::as_array).is_some_and(|values| values.iter().all(Value::is_null))
}

fn nullable(object: &Map<String, Value>) -> bool {
    let list = |key: &str| object.get(key).and_then(Value::as_array).into_iter().flatten();
    flag(object, "nullable")
        || flag(object, "x-nullable")
        || list("type").any(|kind| kind == "null")
        || list("enum").any(Value::is_null)
        || ["oneOf", "anyOf"]
            .iter()
            .any(|key| list(key).any(|choice| is_null(choice) || choice.as_object().is_some_and(nullable)))
}

/// Its type; of several beside null none.
fn kind(object: &Map<String, Value>) -> Option<&str> {
    match object.get("type")? {
        Value::String(kind) => Some(kind),
        Value::Array(kinds) => {
            let mut kinds = kinds.iter().filter_map(Value::as_str).filter(|kind| *kind != "null");
            match (kinds.next(), kinds.next()) {
                (Some(one), None) => Some(one),
                (Some("integer" | "number"), Some("integer" | "number")) => Some("number"),
                _ => Some("several"),
            }
        }
        _ => None,
    }
}

fn enumeration(values: &[Value]) -> Option<Shape> {
    let mut texts: Vec<String> = Vec::with_capacity(values.len().min(ENUM_MAX));
    for value in values.iter().filter(|value| !value.is_null()) {
        let text = value.as_str()?;
        if texts.len() == ENUM_MAX || text.chars().any(char::is_control) {
            return Some(Shape::Text);
        }
        if !texts.iter().any(|known| known == text) {
            texts.push(text.to_owned());
        }
    }
    match texts.is_empty() || texts.iter().any(String::is_empty) {
        true => Some(Shape::Text),
        false => Some(Shape::Enum(texts)),
    }
}

/// What a document says of something.
pub(crate) fn described(value: &Value) -> String {
    plain(value.get("description").and_then(Value::as_str).unwrap_or_default()).into_owned()
}
