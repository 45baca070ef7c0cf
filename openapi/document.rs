//! A document: its text, its index, and what a reference in it leads to.

use crate::index::{Index, Listed, not_openapi};
use crate::problem::Problem;
use crate::unread::no_yaml;
use serde_json::Value;

/// The largest document that is read, in bytes; the largest public ones have less than 20 million.
pub const DOCUMENT_BYTES_MAX: usize = 64 << 20;
/// Names and values in YAML.
const EVENTS_MAX: usize = 5_000_000;
/// How deep YAML may nest.
const DEPTH_MAX: usize = 100;
/// How many references lead to the next before one gives up.
const HOPS_MAX: usize = 32;

/// An OpenAPI document.
#[derive(Debug, Clone)]
pub struct Document {
    pub(crate) text: String,
    pub(crate) index: Index,
}

impl Document {
    /// Reads a document, in JSON or YAML. [`Document::json`] and [`Document::index`] may be kept for the next time.
    ///
    /// # Errors
    /// It is larger than [`DOCUMENT_BYTES_MAX`], no UTF-8, neither JSON nor YAML, or no OpenAPI: with the place in it.
    pub fn read(bytes: &[u8]) -> Result<Document, Problem> {
        if bytes.len() > DOCUMENT_BYTES_MAX {
            return Err(Problem::new(
                format!("The document is larger than {} MiB.", DOCUMENT_BYTES_MAX >> 20),
                "Cut it down to what the project calls.",
            ));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            Problem::new(
                format!("The document is not UTF-8, at byte {}.", error.valid_up_to() + 1),
                "Fetch it again, or save it as UTF-8.",
            )
        })?;
        let json = text.trim_start().starts_with(['{', '[']);
        let text = if json { text.to_owned() } else { from_yaml(text)? };
        let index = Index::build(&text)?;
        Ok(Document { text, index })
    }

    /// A document whose text and index were kept; `None` when they do not belong together.
    pub fn kept(json: String, index: Index) -> Option<Document> {
        index.fits(&json).then_some(Document { text: json, index })
    }

    /// Its text as JSON: as it was read, or made of YAML.
    pub fn json(&self) -> &str {
        &self.text
    }

    /// Where everything in it stands.
    pub fn index(&self) -> &Index {
        &self.index
    }

    /// What the service calls itself.
    pub fn title(&self) -> &str {
        &self.index.title
    }

    /// Every operation, by name.
    pub fn operations(&self) -> impl ExactSizeIterator<Item = Listed<'_>> {
        self.index.operations.iter().map(|one| Listed {
            name: &one.name,
            method: &one.method,
            path: &one.path,
            summary: &one.summary,
        })
    }

    /// Whether there is such an operation.
    pub fn has(&self, operation: &str) -> bool {
        self.index.operation(operation).is_some()
    }

    pub(crate) fn slice(&self, (start, end): (u32, u32)) -> &str {
        self.text.get(start as usize..end as usize).unwrap_or("null")
    }

    /// A part as a value; what is nested deeper than JSON readers go is nothing.
    pub(crate) fn value(&self, range: (u32, u32)) -> Value {
        serde_json::from_str(self.slice(range)).unwrap_or(Value::Null)
    }

    /// What a JSON pointer leads to; `#/…` of this document only.
    pub(crate) fn pointed(&self, reference: &str) -> Option<Value> {
        let pointer = decoded(reference.strip_prefix('#')?);
        // The longest part that the index has, and on from there.
        let mut end = pointer.len();
        loop {
            if let Some(range) = self.index.part(pointer.get(..end)?) {
                let value = self.value(range);
                return value.pointer(pointer.get(end..)?).cloned();
            }
            end = pointer.get(..end)?.rfind('/')?;
        }
    }

    /// The value, or what its reference leads to, however many there are in a row.
    pub(crate) fn resolved(&self, value: &Value) -> Value {
        let mut value = value.clone();
        for _ in 0..HOPS_MAX {
            let Some(reference) = value.get("$ref").and_then(Value::as_str) else { return value };
            match self.pointed(reference) {
                Some(next) => value = next,
                None => return Value::Null,
            }
        }
        Value::Null
    }

    /// A part at the top level.
    pub(crate) fn top(&self, name: &str) -> Value {
        self.index.part(&format!("/{name}")).map_or(Value::Null, |range| self.value(range))
    }
}

/// References are addresses: `%7B` stands for `{`.
fn decoded(pointer: &str) -> String {
    if !pointer.contains('%') {
        return pointer.to_owned();
    }
    let bytes = pointer.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        let hex = (*byte == b'%').then(|| pointer.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(value) => {
                out.push(value);
                at += 3;
            }
            None => {
                out.push(*byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).unwrap_or_else(|_| pointer.to_owned())
}

/// YAML as JSON. Aliases that multiply are cut off by the reader's own limits.
fn from_yaml(text: &str) -> Result<String, Problem> {
    let options = serde_saphyr::options! {
        with_snippet: false,
        budget: serde_saphyr::budget! { max_events: EVENTS_MAX, max_nodes: EVENTS_MAX, max_depth: DEPTH_MAX },
    };
    let value: Value = serde_saphyr::from_str_with_options(text, options)
        .map_err(|error| no_yaml(&error.to_string(), EVENTS_MAX, DEPTH_MAX))?;
    if !value.is_object() {
        return Err(not_openapi("its top level is no object"));
    }
    serde_json::to_string(&value).map_err(|_| not_openapi("it cannot be written as JSON"))
}
