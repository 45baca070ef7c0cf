//! Shapes as types of Flow, and the records and enums that have to be declared for them.

use crate::document::Document;
use crate::names::{is_free_name, is_name, pascal, snake, unique};
use crate::schema::Schemas;
use crate::shape::{Field, Shape};
use std::cell::RefCell;
use std::collections::{HashMap, HashSet, VecDeque};
use std::fmt::Write;
use std::rc::Rc;

/// Which way a value goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Way {
    /// To the service: named as on the wire in every part, for it is written by name.
    Sent,
    /// From the service.
    Came,
}

/// Types deeper in each other are `Json`: a decoder goes no deeper than 64.
const DEPTH_MAX: usize = 24;

/// More types than any project reads; what is beyond is `Json`.
const TYPES_MAX: usize = 100_000;
/// Beyond so many bytes of declarations fields of records are declared without their documentation: most of a text is that.
const DOCUMENTED_BYTES_MAX: usize = 1 << 20;
/// A record that leads to more others is taken to lead back.
const REACH_MAX: usize = 5_000;

/// The types of one connector, declared as they are asked for.
pub(crate) struct Types<'d> {
    schemas: Schemas<'d>,
    /// Every reference's shape, read once.
    shapes: RefCell<HashMap<String, Rc<Shape>>>,
    /// To which records a record leads, by reference.
    leads: RefCell<HashMap<String, Rc<HashSet<String>>>>,
    /// Names of the document's own schemas, by reference and way.
    named: HashMap<(String, Way), String>,
    /// Their order in the document.
    order: HashMap<String, usize>,
    taken: HashSet<String>,
    asked: HashSet<(String, Way)>,
    open: VecDeque<(String, Way)>,
    declared: String,
    /// How many types may still be written.
    left: usize,
}

/// What was declared at some time.
pub(crate) struct Mark {
    written: usize,
    taken: HashSet<String>,
    asked: HashSet<(String, Way)>,
    left: usize,
}

/// Where a type stands: in which of the document's schemas, if in one; what a record or enum here is called; how deep.
#[derive(Debug, Clone, Copy)]
struct Here<'a> {
    within: Option<&'a str>,
    name: &'a str,
    way: Way,
    depth: usize,
}

impl<'d> Types<'d> {
    pub fn new(document: &'d Document) -> Self {
        let mut types = Types {
            schemas: Schemas::new(document),
            shapes: RefCell::default(),
            leads: RefCell::default(),
            named: HashMap::new(),
            order: HashMap::new(),
            taken: HashSet::new(),
            asked: HashSet::new(),
            open: VecDeque::new(),
            declared: String::new(),
            left: TYPES_MAX,
        };
        // The order of places is that of the document; names do not depend on what is called.
        let schema = |pointer: &str| {
            pointer.strip_prefix("/components/schemas/").or(pointer.strip_prefix("/definitions/")).map(str::to_owned)
        };
        let parts = document.index().parts.iter();
        let mut all: Vec<(u32, String, String)> =
            parts.filter_map(|(pointer, range)| Some((range.0, format!("#{pointer}"), schema(pointer)?))).collect();
        all.sort();
        for (at, (_, reference, name)) in all.into_iter().enumerate() {
            let name = pascal(&name.replace("~1", "/").replace("~0", "~"));
            let came = types.unique(name.clone());
            let sent = types.unique(format!("{name}Input"));
            types.named.insert((reference.clone(), Way::Came), came);
            types.named.insert((reference.clone(), Way::Sent), sent);
            types.order.insert(reference, at);
        }
        types
    }

    fn unique(&mut self, name: String) -> String {
        unique(name, &mut self.taken)
    }

    /// Asks for a schema by the name its type would have; whether there is one.
    pub fn ask(&mut self, name: &str) -> bool {
        let found = self.named.iter().find(|(_, known)| *known == name).map(|(key, _)| key.clone());
        match found {
            Some((reference, way)) => self.reference(&reference, way).is_some(),
            None => false,
        }
    }

    /// The type of a shape; `name` is what a record or an enum in it is called.
    pub fn of(&mut self, shape: &Shape, name: &str, way: Way) -> String {
        self.ty(shape, Here { within: None, name, way, depth: 0 })
    }

    /// What a reference comes to in the end, where that is no record or enum of its own.
    pub fn seen_through(&self, shape: &Shape) -> Shape {
        let mut shape = shape.clone();
        for _ in 0..DEPTH_MAX {
            match shape {
                Shape::Ref(reference) => shape = (*self.shape_at(&reference)).clone(),
                other => return other,
            }
        }
        Shape::Json
    }

    /// Declares what was asked for, with all it needs, until there are about so many bytes of it.
    pub fn declare(&mut self, most: usize) {
        while let Some((reference, way)) = self.open.pop_front().filter(|_| self.declared.len() <= most) {
            let shape = self.shape_at(&reference);
            let name = self.named.get(&(reference.clone(), way)).cloned().unwrap_or_default();
            match &*shape {
                Shape::Record(fields) => {
                    self.record(fields, Here { within: Some(&reference), name: &name, way, depth: 0 })
                }
                Shape::Enum(values) => self.enumeration(values, &name),
                _ => {}
            }
        }
    }

    /// What is declared.
    pub fn declarations(self) -> String {
        self.declared
    }

    /// How many bytes that are.
    pub fn written(&self) -> usize {
        self.declared.len()
    }

    /// What there is now; nothing may be open.
    pub fn mark(&self) -> Mark {
        Mark { written: self.declared.len(), taken: self.taken.clone(), asked: self.asked.clone(), left: self.left }
    }

    /// As it was then.
    pub fn back(&mut self, mark: Mark) {
        self.declared.truncate(mark.written);
        (self.taken, self.asked, self.left) = (mark.taken, mark.asked, mark.left);
        self.open.clear();
    }

    fn shape_at(&self, reference: &str) -> Rc<Shape> {
        if let Some(known) = self.shapes.borrow().get(reference) {
            return Rc::clone(known);
        }
        let shape = match self.schemas.document.pointed(reference) {
            Some(schema) => Rc::new(self.schemas.shape(&schema)),
            None => Rc::new(Shape::Json),
        };
        self.shapes.borrow_mut().insert(reference.to_owned(), Rc::clone(&shape));
        shape
    }

    fn ty(&mut self, shape: &Shape, here: Here<'_>) -> String {
        self.left = self.left.saturating_sub(1);
        if here.depth > DEPTH_MAX || self.left == 0 {
            return "Json".to_owned();
        }
        let deeper = Here { depth: here.depth + 1, ..here };
        match shape {
            Shape::Json => "Json".to_owned(),
            Shape::Text | Shape::Moment => "Text".to_owned(),
            Shape::Int => "Int".to_owned(),
            Shape::Number => "Number".to_owned(),
            Shape::Bool => "Bool".to_owned(),
            Shape::Optional(inner) => maybe(self.ty(inner, deeper)),
            Shape::List(item) => format!("List<{}>", self.ty(item, deeper)),
            Shape::Map(item) => format!("Map<{}>", self.ty(item, deeper)),
            Shape::Enum(values) => {
                if here.way == Way::Sent && !values.iter().all(|value| is_free_name(value))
                    || variants(values).is_none()
                {
                    return "Text".to_owned();
                }
                let name = self.unique(here.name.to_owned());
                self.enumeration(values, &name);
                name
            }
            Shape::Record(fields) => {
                if !self.can_be_record(fields, here.way) {
                    return "Json".to_owned();
                }
                let name = self.unique(here.name.to_owned());
                self.record(fields, Here { name: &name, ..deeper });
                name
            }
            Shape::Ref(reference) => {
                let target = self.shape_at(reference);
                match &*target {
                    Shape::Record(_) | Shape::Enum(_) if self.leads_back(here.within, reference) => "Json".to_owned(),
                    Shape::Record(fields) if !self.can_be_record(fields, here.way) => "Json".to_owned(),
                    Shape::Enum(values) if here.way == Way::Sent && !values.iter().all(|value| is_free_name(value)) => {
                        "Text".to_owned()
                    }
                    Shape::Enum(values) if variants(values).is_none() => "Text".to_owned(),
                    Shape::Record(_) | Shape::Enum(_) => match self.reference(reference, here.way) {
                        Some(name) => name,
                        // A part of the document that is no schema of its own, `#/paths/…`.
                        None => self.ty(&target.clone(), deeper),
                    },
                    _ => self.ty(&target.clone(), deeper),
                }
            }
        }
    }

    /// The name of a schema's type, which is declared once.
    fn reference(&mut self, reference: &str, way: Way) -> Option<String> {
        let key = (reference.to_owned(), way);
        let name = self.named.get(&key)?.clone();
        if self.asked.insert(key.clone()) {
            self.open.push_back(key);
        }
        Some(name)
    }

    fn can_be_record(&self, fields: &[Field], way: Way) -> bool {
        let mut fields = fields.iter().filter(|field| goes(field, way)).peekable();
        match way {
            // What has no name in Flow could not be sent.
            Way::Sent => fields.peek().is_some() && fields.all(|field| is_name(&field.wire)),
            Way::Came => fields.any(|field| is_name(&field.wire)),
        }
    }

    fn record(&mut self, fields: &[Field], here: Here<'_>) {
        let mut text = format!("record {} {{\n", here.name);
        let mut seen = HashSet::new();
        for field in fields.iter().filter(|field| goes(field, here.way) && is_name(&field.wire)) {
            if !seen.insert(field.wire.as_str()) {
                continue;
            }
            let name = format!("{}{}", here.name, pascal(&field.wire).trim_end_matches('_'));
            let ty = self.ty(&field.shape, Here { name: &name, ..here });
            if self.declared.len() <= DOCUMENTED_BYTES_MAX {
                docs(&field.doc, "    ", &mut text);
            }
            let _ = match field.required {
                true => writeln!(text, "    {}: {ty}", field.wire),
                false => writeln!(text, "    {}: {} = null", field.wire, maybe(ty)),
            };
        }
        text.push_str("}\n\n");
        self.declared.push_str(&text);
    }

    fn enumeration(&mut self, values: &[String], name: &str) {
        let Some(variants) = variants(values) else { return };
        let _ = writeln!(self.declared, "enum {name} {{");
        for (variant, wire) in variants {
            let _ = writeln!(self.declared, "    {variant} {}", quoted(wire));
        }
        self.declared.push_str("}\n\n");
    }

    /// Whether a record would contain itself: among schemas that lead to each other a field is typed where it leads to one
    /// that comes later in the document, and `Json` where it leads back.
    fn leads_back(&self, from: Option<&str>, to: &str) -> bool {
        let Some(from) = from else { return false };
        let later = match (self.order.get(from), self.order.get(to)) {
            (Some(from), Some(to)) => to > from,
            _ => false,
        };
        !later && (from == to || self.leads_to(to, from))
    }

    fn leads_to(&self, from: &str, to: &str) -> bool {
        let reach = self.reach(from);
        reach.len() >= REACH_MAX || reach.contains(to)
    }

    /// Every schema that one leads to, or as many as are looked at.
    fn reach(&self, from: &str) -> Rc<HashSet<String>> {
        if let Some(known) = self.leads.borrow().get(from) {
            return Rc::clone(known);
        }
        let mut found = HashSet::new();
        let mut open = vec![from.to_owned()];
        while let Some(next) = open.pop().filter(|_| found.len() < REACH_MAX) {
            let shape = self.shape_at(&next);
            let mut direct = Vec::new();
            references(&shape, &mut direct);
            for reference in direct {
                if found.insert(reference.clone()) {
                    open.push(reference);
                }
            }
        }
        let found = Rc::new(found);
        self.leads.borrow_mut().insert(from.to_owned(), Rc::clone(&found));
        found
    }
}

fn references(shape: &Shape, out: &mut Vec<String>) {
    match shape {
        Shape::Optional(inner) | Shape::List(inner) | Shape::Map(inner) => references(inner, out),
        Shape::Record(fields) => fields.iter().for_each(|field| references(&field.shape, out)),
        Shape::Ref(reference) => out.push(reference.clone()),
        _ => {}
    }
}

fn goes(field: &Field, way: Way) -> bool {
    match way {
        Way::Sent => !field.read_only,
        Way::Came => !field.write_only,
    }
}

/// The type, or null.
pub(crate) fn maybe(ty: String) -> String {
    if ty.ends_with('?') { ty } else { format!("{ty}?") }
}

/// Names for the values of an enum, beside what each is on the wire; none where two would be called the same.
fn variants(values: &[String]) -> Option<Vec<(String, &str)>> {
    let mut taken = HashSet::new();
    let name = |value: &String| match is_free_name(value) {
        true => value.clone(),
        false => snake(value),
    };
    values
        .iter()
        .map(|value| {
            let name = name(value);
            (!name.is_empty() && taken.insert(name.clone())).then_some((name, value.as_str()))
        })
        .collect()
}

/// A text as it stands in a source file.
pub(crate) fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            // `{{` would begin a hole.
            '{' => out.push_str("\\u{7b}"),
            other if is_hidden(other) => {}
            other => out.push(other),
        }
    }
    out.push('"');
    out
}

/// Characters that hide what is written.
pub(crate) fn is_hidden(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202f}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// A description as documentation: its first lines, so that what is shown while writing can be read.
pub(crate) fn docs(text: &str, indent: &str, out: &mut String) {
    const LINES: usize = 12;
    const LETTERS: usize = 200;
    let mut blank = false;
    let mut written = 0;
    for line in text.trim().lines() {
        let clean: String = line.trim_end().chars().filter(|letter| !is_hidden(*letter)).collect();
        if clean.is_empty() {
            blank = written > 0;
            continue;
        }
        if written == LINES {
            break;
        }
        if blank {
            let _ = writeln!(out, "{indent}///");
            blank = false;
        }
        let short: String = clean.chars().take(LETTERS).collect();
        let more = if short.len() < clean.len() { "…" } else { "" };
        let _ = writeln!(out, "{indent}/// {short}{more}");
        written += 1;
    }
}
