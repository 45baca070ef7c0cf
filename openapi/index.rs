//! Where in a document everything stands that can be asked for by name.

use crate::names::{snake, unique};
use crate::part::{Pairs, Range, pairs, range, text_of};
use crate::plain::plain;
use crate::problem::Problem;
use crate::unread::no_json;
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// Changed whenever an index is made otherwise: one that was kept by another version is made anew.
pub(crate) const FORMAT: u32 = 3;
/// More operations than the largest public document has, tenfold.
const OPERATIONS_MAX: usize = 20_000;
/// Parts that can be referred to.
const PARTS_MAX: usize = 200_000;
/// The methods that Flow sends.
const METHODS: [&str; 6] = ["get", "put", "post", "delete", "head", "patch"];

/// Which kind of document it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Version {
    /// Swagger 2.0
    V2,
    /// OpenAPI 3.0
    V30,
    /// OpenAPI 3.1 and later
    V31,
}

/// An operation, as the index has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Indexed {
    /// `issues_create`
    pub name: String,
    /// `post`
    pub method: String,
    /// `/repos/{owner}/{repo}/issues`
    pub path: String,
    /// One line.
    pub summary: String,
    /// The path's object, whose parameters are all its operations'.
    pub item: Range,
    /// The operation's own object.
    pub range: Range,
}

/// An operation for people who look for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed<'a> {
    /// What it is called in Flow, without the connector's name.
    pub name: &'a str,
    /// `post`
    pub method: &'a str,
    /// As in the document, with `{…}` for parameters.
    pub path: &'a str,
    /// What the document says in a line; may be empty.
    pub summary: &'a str,
}

/// Where everything in a document stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Index {
    pub(crate) format: u32,
    pub(crate) version: Version,
    pub(crate) title: String,
    pub(crate) text_bytes: u32,
    /// By name.
    pub(crate) operations: Vec<Indexed>,
    /// JSON pointers and where they lead, by pointer.
    pub(crate) parts: Vec<(String, Range)>,
}

impl Index {
    /// How long the text is that this is the index of.
    pub fn text_bytes(&self) -> usize {
        self.text_bytes as usize
    }

    pub(crate) fn part(&self, pointer: &str) -> Option<Range> {
        let at = self.parts.binary_search_by(|(known, _)| known.as_str().cmp(pointer)).ok()?;
        self.parts.get(at).map(|(_, range)| *range)
    }

    pub(crate) fn operation(&self, name: &str) -> Option<&Indexed> {
        let at = self.operations.binary_search_by(|known| known.name.as_str().cmp(name)).ok()?;
        self.operations.get(at)
    }

    /// Reads through a document once.
    pub(crate) fn build(text: &str) -> Result<Index, Problem> {
        let Pairs(top) = serde_json::from_str(text).map_err(|error| match error.is_data() {
            true => not_openapi("its top level is no object"),
            false => no_json(&error),
        })?;
        let version = version(&top)?;
        let mut builder = Builder { text, parts: Vec::new(), operations: Vec::new(), taken: HashSet::new() };
        let mut title = String::new();
        for (name, part) in &top {
            builder.part(format!("/{}", escaped(name)), part)?;
            match &**name {
                "paths" => builder.paths(part.get())?,
                "components" => {
                    for (kind, list) in pairs(part.get()).0 {
                        let before = format!("/components/{}", escaped(&kind));
                        builder.part(before.clone(), list)?;
                        builder.named(&before, list.get())?;
                    }
                }
                "definitions" | "parameters" | "responses" | "securityDefinitions" => {
                    builder.named(&format!("/{name}"), part.get())?;
                }
                "info" => {
                    let info = pairs(part.get()).0;
                    title = info
                        .iter()
                        .find(|(key, _)| key == "title")
                        .and_then(|(_, part)| text_of(part))
                        .unwrap_or_default();
                }
                _ => {}
            }
        }
        let Builder { mut parts, mut operations, .. } = builder;
        // Of a name that comes twice the last counts, as in most readers of JSON.
        parts.reverse();
        parts.sort_by(|(a, _), (b, _)| a.cmp(b));
        parts.dedup_by(|(a, _), (b, _)| a == b);
        operations.sort_by(|a, b| a.name.cmp(&b.name));
        if operations.is_empty() {
            return Err(not_openapi("it describes no operation"));
        }
        Ok(Index { format: FORMAT, version, title, text_bytes: text.len() as u32, operations, parts })
    }

    /// Whether every place is one of this text.
    pub(crate) fn fits(&self, text: &str) -> bool {
        let inside = |(start, end): Range| text.get(start as usize..end as usize).is_some();
        self.format == FORMAT
            && self.text_bytes() == text.len()
            && self.parts.iter().all(|(_, range)| inside(*range))
            && self.operations.iter().all(|one| inside(one.item) && inside(one.range))
            && self.parts.is_sorted_by(|(a, _), (b, _)| a < b)
            && self.operations.is_sorted_by(|a, b| a.name < b.name)
    }
}

pub(crate) fn not_openapi(why: &str) -> Problem {
    Problem::new(
        format!("This is no OpenAPI document: {why}."),
        "Name a document of Swagger 2.0, OpenAPI 3.0 or 3.1, in JSON or YAML.",
    )
}

fn version(top: &[(std::borrow::Cow<'_, str>, &serde_json::value::RawValue)]) -> Result<Version, Problem> {
    let find = |key: &str| top.iter().find(|(name, _)| name == key).map(|(_, part)| part.get().trim_matches('"'));
    match (find("swagger"), find("openapi")) {
        (Some(version), _) if version == "2.0" || version == "2" => Ok(Version::V2),
        (_, Some(version)) if version.starts_with("3.0") => Ok(Version::V30),
        (_, Some(version)) if version.starts_with("3.") => Ok(Version::V31),
        (Some(version), _) | (_, Some(version)) => {
            let shown: String = version.chars().take(20).filter(|letter| !letter.is_control()).collect();
            Err(not_openapi(&format!("its version is `{shown}`")))
        }
        (None, None) => Err(not_openapi("it has neither `openapi` nor `swagger` at its top level")),
    }
}

/// A name in a JSON pointer (RFC 6901).
pub(crate) fn escaped(name: &str) -> String {
    name.replace('~', "~0").replace('/', "~1")
}

struct Builder<'a> {
    text: &'a str,
    parts: Vec<(String, Range)>,
    operations: Vec<Indexed>,
    taken: HashSet<String>,
}

impl<'a> Builder<'a> {
    fn part(&mut self, pointer: String, part: &serde_json::value::RawValue) -> Result<(), Problem> {
        if self.parts.len() == PARTS_MAX {
            return Err(too_many(PARTS_MAX, "parts"));
        }
        self.parts.push((pointer, range(self.text, part)));
        Ok(())
    }

    fn named(&mut self, before: &str, list: &'a str) -> Result<(), Problem> {
        for (name, part) in pairs(list).0 {
            self.part(format!("{before}/{}", escaped(&name)), part)?;
        }
        Ok(())
    }

    fn paths(&mut self, paths: &'a str) -> Result<(), Problem> {
        for (path, item) in pairs(paths).0 {
            self.part(format!("/paths/{}", escaped(&path)), item)?;
            if !path.starts_with('/') {
                continue;
            }
            for (method, operation) in pairs(item.get()).0 {
                let Some(method) = METHODS.iter().find(|known| **known == method) else { continue };
                let fields = pairs(operation.get()).0;
                let text = |key: &str| fields.iter().find(|(name, _)| name == key).and_then(|(_, part)| text_of(part));
                let id = text("operationId").map(|id| snake(&id)).filter(|id| !id.is_empty());
                let name = id.unwrap_or_else(|| format!("{method}_{}", snake(&path)).trim_end_matches('_').to_owned());
                let summary = text("summary").or_else(|| text("description")).unwrap_or_default();
                if self.operations.len() == OPERATIONS_MAX {
                    return Err(too_many(OPERATIONS_MAX, "operations"));
                }
                self.operations.push(Indexed {
                    name: unique(name, &mut self.taken),
                    method: (*method).to_owned(),
                    path: path.to_string(),
                    summary: line(&plain(&summary)),
                    item: range(self.text, item),
                    range: range(self.text, operation),
                });
            }
        }
        Ok(())
    }
}

fn too_many(max: usize, what: &str) -> Problem {
    Problem::new(format!("The document has more than {max} {what}."), "Cut it down to what the project calls.")
}

/// The first line, at most a hundred letters.
fn line(text: &str) -> String {
    let first = text.trim().lines().next().unwrap_or_default().trim();
    let clean = first.chars().filter(|letter| !letter.is_control());
    match first.chars().count() {
        0..=100 => clean.collect(),
        _ => format!("{}…", clean.take(99).collect::<String>()),
    }
}
