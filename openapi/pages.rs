//! Operations whose answer is a page of more: what the document shows of how one asks for the next.
//!
//! Five ways are known. A header `Link` with `rel="next"` (RFC 8288) names the next page's address; a field of the answer
//! has a cursor, or that address; the last item's id is where the next page begins (Stripe); pages are numbered; pages begin
//! at a number of items. What a document does not show, or shows wrongly, the connector says ([`Paging`]).

use crate::operation::{Answer, Operation};
use crate::problem::Problem;
use crate::shape::{Field, Shape};
use crate::signature::{Part, Taken};
use crate::types::{Types, quoted};
use std::fmt::Write;

/// How one asks for the next page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// By the header `Link` of the answer.
    Link,
    /// By what stands in a field of the answer.
    Cursor,
    /// By a field of the last item.
    Last,
    /// By its number.
    Number,
    /// By how many items there were before.
    Offset,
}

/// How an operation's answers are turned over. Fields are paths from the top of the answer, `paging.next.after`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Paging {
    /// Which way.
    pub turn: Turn,
    /// The parameter that says which page, by its name in Flow.
    pub parameter: String,
    /// Where the next cursor stands; of [`Turn::Last`] in the last item.
    pub next: Option<String>,
    /// A field that says whether there is more.
    pub more: Option<String>,
    /// Where the items are; nothing where the answer is the list, or has only one.
    pub items: Option<String>,
}

impl Turn {
    /// As it is called in settings and templates.
    pub fn word(self) -> &'static str {
        match self {
            Turn::Link => "link",
            Turn::Cursor => "cursor",
            Turn::Last => "last",
            Turn::Number => "number",
            Turn::Offset => "offset",
        }
    }

    /// The way with this word.
    pub fn named(word: &str) -> Option<Turn> {
        [Turn::Link, Turn::Cursor, Turn::Last, Turn::Number, Turn::Offset].into_iter().find(|turn| turn.word() == word)
    }
}

/// Parameters that name a page in a `Link`, the surer first.
const LINKED: &[&str] = &["page", "cursor", "after", "page_token", "pageToken", "since"];
/// Parameters that take a cursor, and where answers have it.
/// Slack: <https://docs.slack.dev/apis/web-api/pagination>; HubSpot: `paging.next.after`; Intercom: `pages.next.starting_after`;
/// Google's AIP-158 and Jira: `nextPageToken`.
const CURSORS: &[(&str, &[&str])] = &[
    (
        "cursor",
        &["response_metadata.next_cursor", "next_cursor", "nextCursor", "meta.next_cursor", "pagination.next_cursor"],
    ),
    ("after", &["paging.next.after", "next_cursor", "cursors.after", "paging.cursors.after"]),
    ("starting_after", &["pages.next.starting_after"]),
    ("page_token", &["next_page_token", "nextPageToken"]),
    ("pageToken", &["nextPageToken", "next_page_token"]),
    ("nextPageToken", &["nextPageToken"]),
    ("PageToken", &["next_page_uri", "meta.next_page_url"]),
    ("page", &["next_page"]),
];
/// Parameters that take the id of the last item, and the field that says whether there is more.
/// Stripe: <https://docs.stripe.com/api/pagination>; OpenAI has the same with `after`.
const LAST: &[&str] = &["starting_after", "after"];
const OFFSETS: &[&str] = &["offset", "startAt", "start_at", "skip"];
/// Fields that have the items where there is more than one list.
const ITEMS: &[&str] = &["data", "items", "results", "values", "entries", "records", "members"];

/// A parameter as it is sent: by its name on the wire, if it may be left out.
fn asked<'t>(all: &'t [Taken], wires: &[&str], types: &[&str]) -> Option<&'t Taken> {
    wires.iter().find_map(|wire| {
        all.iter().find(|one| {
            one.wire == *wire
                && one.part == Part::Query
                && one.fixed.is_none()
                && !one.required
                && types.contains(&one.ty.trim_end_matches('?'))
        })
    })
}

/// How the answers of an operation are turned over, where its document shows it.
pub(crate) fn paging(operation: &Operation, all: &[Taken], types: &Types<'_>) -> Option<Paging> {
    let Answer::Json(answer) = &operation.answer else { return None };
    let answer = present(answer, types);
    let items = match &answer {
        Shape::List(_) => None,
        Shape::Record(fields) => Some(list_of(fields, types)?),
        _ => return None,
    };
    let paging = |turn, one: &Taken, next: Option<&str>, more: Option<&str>| {
        let parameter = one.name.clone();
        let (next, more) = (next.map(str::to_owned), more.map(str::to_owned));
        Some(Paging { turn, parameter, next, more, items: items.clone() })
    };
    if operation.linked
        && let Some(one) = asked(all, LINKED, &["Text", "Int"])
    {
        return paging(Turn::Link, one, None, None);
    }
    if items.is_some() {
        for (wire, places) in CURSORS {
            let Some(one) = asked(all, &[wire], &["Text", "Int"]) else { continue };
            // A page that is a number is asked for by a cursor only where that is the page's address.
            let fits = |place: &&&str| at(&answer, place, types).is_some_and(|shape| is_cursor(&shape, one));
            if let Some(place) = places.iter().find(fits) {
                return paging(Turn::Cursor, one, Some(place), None);
            }
        }
        if at(&answer, "has_more", types) == Some(Shape::Bool)
            && let Some(one) = asked(all, LAST, &["Text"])
        {
            return paging(Turn::Last, one, Some("id"), Some("has_more"));
        }
    }
    let more = items
        .is_some()
        .then(|| ["has_more", "hasMore"].into_iter().find(|more| at(&answer, more, types) == Some(Shape::Bool)));
    let more = more.flatten();
    if let Some(one) = asked(all, &["page"], &["Int"]) {
        return paging(Turn::Number, one, None, more);
    }
    let one = asked(all, OFFSETS, &["Int"])?;
    paging(Turn::Offset, one, None, more)
}

fn is_cursor(shape: &Shape, one: &Taken) -> bool {
    let whole = one.ty.trim_end_matches('?') == "Int";
    matches!(shape, Shape::Text | Shape::Moment) || matches!(shape, Shape::Int) && whole
}

/// Without its null, and seen through its references.
fn present(shape: &Shape, types: &Types<'_>) -> Shape {
    match types.seen_through(shape) {
        Shape::Optional(inner) => types.seen_through(&inner),
        other => other,
    }
}

/// What stands at a path.
fn at(shape: &Shape, path: &str, types: &Types<'_>) -> Option<Shape> {
    let mut shape = shape.clone();
    for name in path.split('.') {
        let Shape::Record(fields) = shape else { return None };
        shape = present(&fields.iter().find(|field| field.wire == name)?.shape, types);
    }
    Some(shape)
}

/// The field with the items: the only list, or the one that is called so.
fn list_of(fields: &[Field], types: &Types<'_>) -> Option<String> {
    let lists: Vec<&Field> =
        fields.iter().filter(|field| matches!(present(&field.shape, types), Shape::List(_))).collect();
    match lists.as_slice() {
        [one] => Some(one.wire.clone()),
        several => {
            let named = ITEMS.iter().find(|name| several.iter().any(|field| field.wire == **name));
            named.map(|name| (*name).to_owned())
        }
    }
}

impl Paging {
    /// The line of the template.
    ///
    /// # Errors
    /// The operation has no such parameter, or no list where the items are.
    pub(crate) fn line(&self, all: &[Taken], operation: &Operation, types: &Types<'_>) -> Result<String, Problem> {
        let counts = matches!(self.turn, Turn::Number | Turn::Offset);
        let fits = |one: &&Taken| {
            let ty = one.ty.trim_end_matches('?');
            one.name == self.parameter
                && !one.required
                && one.fixed.is_none()
                && (ty == "Int" || ty == "Text" && !counts)
        };
        let Some(one) = all.iter().find(fits) else {
            let kind = if counts { "a whole number" } else { "a text or a whole number" };
            return Err(Problem::new(
                format!(
                    "Its pages are to be turned by `{}`, which is no parameter of it that is {kind} and may be left out.",
                    self.parameter.escape_debug()
                ),
                "Name one that it has, under `pages` of the connector.",
            ));
        };
        let answer = match &operation.answer {
            Answer::Json(answer) => present(answer, types),
            _ => Shape::Json,
        };
        let items = self.items.clone().or_else(|| match &answer {
            Shape::Record(fields) => list_of(fields, types),
            _ => None,
        });
        let found = match &items {
            Some(items) => at(&answer, items, types),
            None => Some(answer),
        };
        // What nobody describes may be a list; the machine says so where it is none.
        if !matches!(found, Some(Shape::List(_) | Shape::Json)) {
            return Err(Problem::new(
                match &items {
                    Some(items) => {
                        format!("Its pages are to be turned, and its answer has no list `{}`.", items.escape_debug())
                    }
                    None => "Its pages are to be turned, and its answer has no list, or several.".to_owned(),
                },
                "Say where the items are, under `pages` of the connector: `items: \"data\"`.",
            ));
        }
        let mut line = format!(
            "    pages: {{ by: \"{}\", parameter: {}, wire: {}",
            self.turn.word(),
            quoted(&one.name),
            quoted(&one.wire)
        );
        for (key, value) in [("next", &self.next), ("more", &self.more), ("items", &items)] {
            if let Some(value) = value {
                let _ = write!(line, ", {key}: {}", quoted(value));
            }
        }
        line.push_str(" }\n");
        Ok(line)
    }
}
