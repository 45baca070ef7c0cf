//! Names and types of what an operation takes.
//!
//! A parameter is called as on the wire, in lower case with `_`. Fields of a body that is an object are parameters of their
//! own; one that is called like a parameter is `body_…`. Of two parameters of one name the one in the path keeps it, then the
//! one in the address, then the one in a header; the others get their place before the name, `query_…`, `header_…`. What has
//! to be given stands first, in the document's order.

use crate::auth::Words;
use crate::names::{is_free_name, parameter, pascal, unique};
use crate::operation::{Carried, In, Lists, Operation};
use crate::shape::{Field, Shape};
use crate::types::{Types, Way, maybe, quoted};
use std::collections::HashSet;

/// What a parameter becomes of the request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Part {
    Path,
    Query,
    Header,
    /// A field of the JSON body.
    Json,
    /// A field of the form.
    Form,
    /// The JSON body whole.
    Whole,
    /// The text body whole.
    Text,
}

#[derive(Debug, Clone)]
pub(crate) struct Taken {
    pub name: String,
    pub wire: String,
    pub ty: String,
    pub required: bool,
    pub doc: String,
    pub part: Part,
    pub lists: Lists,
    /// What every call has there.
    pub fixed: Option<Words>,
    /// Fields of a JSON body in it that are sent though they are null, as the template names them: with this parameter's
    /// name where they are this parameter, else always.
    pub nulls: Vec<String>,
    /// A text that is a moment: an `Instant` may be given.
    pub moment: bool,
}

/// What an operation takes, required first.
pub(crate) fn taken(
    operation: &Operation,
    prefix: &str,
    key_header: Option<&str>,
    fixed: &[(String, Option<Words>)],
    types: &mut Types<'_>,
) -> Vec<Taken> {
    let mut all: Vec<Taken> = Vec::new();
    let mut names = HashSet::new();
    for place in [In::Path, In::Query, In::Header] {
        for given in operation.parameters.iter().filter(|given| given.place == place) {
            // The key is the machine's to give.
            if place == In::Header && key_header.is_some_and(|header| header.eq_ignore_ascii_case(&given.wire)) {
                continue;
            }
            let name = parameter(&given.wire);
            let (part, other) = match place {
                In::Path => (Part::Path, "path"),
                In::Query => (Part::Query, "query"),
                In::Header => (Part::Header, "header"),
            };
            let name = if names.contains(&name) { format!("{other}_{name}") } else { name };
            let name = unique(name, &mut names);
            let shape = types.seen_through(&given.shape);
            let plain = plain(&shape);
            let (ty, doc) = match place {
                In::Path => (in_path(&plain, prefix, &name, types), given.doc.clone()),
                _ => typed(&given.shape, prefix, &name, &given.doc, types),
            };
            let doc = with_values(doc, &ty, &plain);
            all.push(Taken {
                name,
                wire: given.wire.clone(),
                ty,
                required: given.required,
                doc,
                part,
                lists: given.lists,
                fixed: None,
                nulls: Vec::new(),
                moment: plain == Shape::Moment,
            });
        }
    }
    match &operation.body {
        Carried::Nothing => {}
        Carried::Text { required } => all.push(Taken {
            name: unique(if names.contains("body") { "body_text" } else { "body" }.to_owned(), &mut names),
            wire: String::new(),
            ty: "Text".to_owned(),
            required: *required,
            doc: String::new(),
            part: Part::Text,
            lists: Lists::Repeat,
            fixed: None,
            nulls: Vec::new(),
            moment: false,
        }),
        Carried::Json { shape, required, doc } => match types.seen_through(&plain(&types.seen_through(shape))) {
            Shape::Record(fields) if separate(&fields) => {
                body_fields(&fields, Part::Json, &[], prefix, &mut names, &mut all, types);
            }
            _ => {
                let (ty, doc) = typed(shape, prefix, "body", doc, types);
                let name = unique(if names.contains("body") { "body_json" } else { "body" }.to_owned(), &mut names);
                all.push(Taken {
                    name,
                    wire: String::new(),
                    ty,
                    required: *required,
                    doc,
                    part: Part::Whole,
                    lists: Lists::Repeat,
                    fixed: None,
                    nulls: Vec::new(),
                    moment: false,
                });
            }
        },
        Carried::Form { shape, lists } => match types.seen_through(&plain(&types.seen_through(shape))) {
            Shape::Record(fields) => body_fields(&fields, Part::Form, lists, prefix, &mut names, &mut all, types),
            _ => all.push(Taken {
                name: unique(if names.contains("body") { "body_form" } else { "body" }.to_owned(), &mut names),
                wire: String::new(),
                ty: "Json".to_owned(),
                required: false,
                doc: "The fields of the form.".to_owned(),
                part: Part::Form,
                lists: Lists::Repeat,
                fixed: None,
                nulls: Vec::new(),
                moment: false,
            }),
        },
    }
    all.retain_mut(|one| match fixed.iter().find(|(name, _)| *name == one.name) {
        Some((_, Some(words))) => {
            one.fixed = Some(words.clone());
            true
        }
        // What a path has cannot be left out.
        Some((_, None)) => one.part == Part::Path,
        None => true,
    });
    let (first, rest): (Vec<Taken>, Vec<Taken>) = all.into_iter().partition(|taken| taken.required);
    first.into_iter().chain(rest).collect()
}

/// More parameters than a person reads are one record.
const SEPARATE_MAX: usize = 250;

fn separate(fields: &[Field]) -> bool {
    fields.len() <= SEPARATE_MAX
}

fn body_fields(
    fields: &[Field],
    part: Part,
    lists: &[(String, Lists)],
    prefix: &str,
    names: &mut HashSet<String>,
    all: &mut Vec<Taken>,
    types: &mut Types<'_>,
) {
    for field in fields.iter().filter(|field| !field.read_only) {
        let name = parameter(&field.wire);
        let name = unique(if names.contains(&name) { format!("body_{name}") } else { name }, names);
        let (ty, doc) = typed(&field.shape, prefix, &name, &field.doc, types);
        let doc = with_values(doc, &ty, &plain(&types.seen_through(&field.shape)));
        let moment = plain(&types.seen_through(&field.shape)) == Shape::Moment;
        let nulls = if part == Part::Json { nulls_of(field, &name, types) } else { Vec::new() };
        let known = lists.iter().find(|(wire, _)| *wire == field.wire).map(|(_, lists)| *lists);
        let lists = known.unwrap_or(Lists::Repeat);
        all.push(Taken {
            name,
            wire: field.wire.clone(),
            ty,
            required: field.required,
            doc,
            part,
            lists,
            fixed: None,
            nulls,
            moment,
        });
    }
}

/// What a document lets be null in a field of a body. A field that may be left out is null where it is given so; within a
/// record only what has to be there is known to be meant. What nobody describes is sent as it is.
fn nulls_of(field: &Field, name: &str, types: &Types<'_>) -> Vec<String> {
    let mut found = Vec::new();
    let shape = types.seen_through(&field.shape);
    if matches!(shape, Shape::Optional(_) | Shape::Json) {
        found.push(format!("{}: {name}", quoted(&field.wire)));
    }
    inner_nulls(&shape, &field.wire, types, 0, &mut found);
    found
}

/// So deep, and so many, and no more are looked for.
const NULLS_DEPTH_MAX: usize = 4;
const NULLS_MAX: usize = 100;

fn inner_nulls(shape: &Shape, path: &str, types: &Types<'_>, depth: usize, found: &mut Vec<String>) {
    if depth > NULLS_DEPTH_MAX || found.len() >= NULLS_MAX || path.contains('*') {
        return;
    }
    match types.seen_through(shape) {
        Shape::Optional(inner) | Shape::List(inner) => inner_nulls(&inner, path, types, depth + 1, found),
        Shape::Map(of) if matches!(plain(&types.seen_through(&of)), Shape::Record(_) | Shape::List(_)) => {}
        Shape::Json | Shape::Map(_) => found.push(format!("{}: true", quoted(&format!("{path}/*")))),
        Shape::Record(fields) => {
            for field in fields.iter().filter(|field| !field.read_only && !field.wire.contains('/')) {
                let path = format!("{path}/{}", field.wire);
                let shape = types.seen_through(&field.shape);
                if field.required && matches!(shape, Shape::Optional(_)) {
                    found.push(format!("{}: true", quoted(&path)));
                }
                inner_nulls(&shape, &path, types, depth + 1, found);
            }
        }
        _ => {}
    }
}

/// Without its null.
fn plain(shape: &Shape) -> Shape {
    match shape {
        Shape::Optional(inner) => (**inner).clone(),
        other => other.clone(),
    }
}

fn typed(shape: &Shape, prefix: &str, name: &str, doc: &str, types: &mut Types<'_>) -> (String, String) {
    let ty = types.of(shape, &format!("{prefix}{}", pascal(name).trim_end_matches('_')), Way::Sent);
    (ty, doc.to_owned())
}

/// In a path only what can be shown in a text.
fn in_path(shape: &Shape, prefix: &str, name: &str, types: &mut Types<'_>) -> String {
    match shape {
        Shape::Int => "Int".to_owned(),
        Shape::Enum(values) if values.iter().all(|value| is_free_name(value)) => {
            types.of(shape, &format!("{prefix}{}", pascal(name)), Way::Sent)
        }
        _ => "Text".to_owned(),
    }
}

/// Of a text that may be only some texts, these stand in its documentation.
fn with_values(doc: String, ty: &str, shape: &Shape) -> String {
    let Shape::Enum(values) = shape else { return doc };
    if ty != "Text" && ty != "Text?" {
        return doc;
    }
    let shown: Vec<String> = values.iter().take(20).map(|value| format!("`{}`", value.replace('`', "'"))).collect();
    let more = if values.len() > shown.len() { ", …" } else { "" };
    format!("{}{}One of {}{more}.", doc.trim(), if doc.trim().is_empty() { "" } else { "\n" }, shown.join(", "))
}

impl Taken {
    /// What stands in the template for it.
    pub fn value(&self) -> String {
        match &self.fixed {
            None => self.name.clone(),
            Some(Words::Text(text)) => quoted(text),
            Some(Words::Secret(secret)) => format!("secret.{secret}"),
            Some(Words::Plain(plain)) => plain.clone(),
        }
    }

    /// The same, inside of a text.
    pub fn in_text(&self) -> String {
        match &self.fixed {
            None => format!("{{{{{}}}}}", self.name),
            Some(words) => words.inside(),
        }
    }

    /// `title: Text`, `labels: List<Text>? = null`
    pub fn declared(&self) -> String {
        match self.required {
            true => format!("{}: {}", self.name, self.ty),
            false => format!("{}: {} = null", self.name, maybe(self.ty.clone())),
        }
    }
}
