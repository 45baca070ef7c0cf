//! From a text with marks to pieces: what is written, holes with their places, parts that are there or not.

use super::Node;
use super::holes::{HoleKind, Marked};
use super::html::{Place, places};
use crate::diag::{Code, Diagnostic, Span};

/// Parts of a mail nest so deep.
const IF_DEPTH_MAX: usize = 16;

/// Those that are there for each item of a list nest so deep.
const FOR_DEPTH_MAX: usize = 4;

/// Who is told what is wrong.
pub(super) enum Told<'o> {
    /// This list.
    To(&'o mut Vec<Diagnostic>),
    /// Nobody: it has been told of another text with the same holes.
    Not,
}

impl Told<'_> {
    fn push(&mut self, diagnostic: Diagnostic) {
        if let Told::To(out) = self {
            out.push(diagnostic);
        }
    }
}

/// What stands on both sides of an address in a text, before the pieces are made: no mark, and nowhere else.
pub(super) fn address_sign(marked: &Marked) -> String {
    format!("{}a", marked.prefix)
}

/// The pieces of a text that is no HTML. What stands between two address signs is an address.
pub(super) fn in_text(text: &str, marked: &Marked, told: &mut Told<'_>) -> Vec<Node> {
    let mut tree = Tree::new();
    for (number, stretch) in text.split(&address_sign(marked)).enumerate() {
        let (address, mut rest, mut begun) = (number % 2 == 1, stretch, false);
        while let Some((before, hole, after)) = marked.split(rest) {
            tree.text(before);
            begun |= !before.is_empty();
            let place = match (address, begun) {
                (false, _) => Place::Plain,
                (true, false) => Place::PlainUrlStart,
                (true, true) => Place::UrlPart,
            };
            begun = true;
            tree.hole(hole, place, marked, told);
            rest = after;
        }
        tree.text(rest);
    }
    tree.done(marked, told)
}

/// The pieces of a page.
pub(super) fn in_html(page: &str, marked: &Marked, told: &mut Told<'_>) -> Vec<Node> {
    let mut tree = Tree::new();
    let mut rest = page;
    for (hole, place, in_text) in places(page, marked) {
        let Some((before, _, after)) = marked.split(rest) else { break };
        tree.text(before);
        rest = after;
        let Some(found) = marked.holes.get(hole) else { continue };
        if found.is_control() && !in_text {
            told.push(
                Diagnostic::new(Code::HoleOutOfPlace, found.span, "Parts of a mail begin and end between its tags.")
                    .at("within a tag, a comment, a script or styles")
                    .help("Put `{{if …}}` or `{{for …}}` before the tag and `{{end}}` behind its end."),
            );
        }
        if let Place::Forbidden(what) = place {
            told.push(forbidden(found.span, what));
        }
        tree.hole(hole, place, marked, told);
    }
    tree.text(rest);
    tree.done(marked, told)
}

/// What to do where nothing may be filled in.
fn instead(what: &str) -> &'static str {
    match what {
        _ if what.contains("without quotes") => "Put the attribute in quotes: `title=\"{{…}}\"`.",
        _ if what.contains("before its host") => {
            "Write the address up to its host, as in `https://example.com/{{…}}`; or fill in a whole `Url`."
        }
        _ if what.contains("styles") || what.contains("code") => {
            "Write it out; where it has to differ, write both between `{{if …}}`, `{{else}}` and `{{end}}`."
        }
        _ => "Fill in between tags, in a quoted attribute, or in an address behind its host.",
    }
}

/// Pieces being made.
struct Tree {
    /// Finished pieces of the innermost part.
    nodes: Vec<Node>,
    /// Parts that are open: their condition, what stands before them, their first half once `{{else}}` has come.
    open: Vec<(usize, Vec<Node>, Option<Vec<Node>>)>,
}

impl Tree {
    fn new() -> Tree {
        Tree { nodes: Vec::new(), open: Vec::new() }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            self.nodes.push(Node::Text(text.into()));
        }
    }

    fn hole(&mut self, number: usize, place: Place, marked: &Marked, told: &mut Told<'_>) {
        let Some(hole) = marked.holes.get(number) else { return };
        let wrong = |message: &str, help: &str| Diagnostic::new(Code::UnmatchedCloser, hole.span, message).help(help);
        match &hole.kind {
            HoleKind::Shown(_) => self.nodes.push(Node::Hole(number, place)),
            HoleKind::If(_) | HoleKind::For(..) if self.open.len() == IF_DEPTH_MAX => told.push(
                Diagnostic::new(
                    Code::NestingTooDeep,
                    hole.span,
                    format!("Parts of a mail nest at most {IF_DEPTH_MAX} deep."),
                )
                .help("Compute the text in the flow, and give it as a value."),
            ),
            HoleKind::For(..) if self.loops(marked) == FOR_DEPTH_MAX => told.push(
                Diagnostic::new(
                    Code::NestingTooDeep,
                    hole.span,
                    format!("Loops of a mail nest at most {FOR_DEPTH_MAX} deep."),
                )
                .help("Compute a list in the flow that has what is to be shown, and go through that."),
            ),
            HoleKind::If(_) | HoleKind::For(..) => self.open.push((number, std::mem::take(&mut self.nodes), None)),
            HoleKind::Else => match self.open.last_mut() {
                Some((opener, ..)) if is_loop(*opener, marked) => told.push(wrong(
                    "A `{{for …}}` has no `{{else}}`.",
                    "Around it write `{{if lines.length > 0}}`, with an `{{else}}` for a list in which nothing is.",
                )),
                Some((_, _, then @ None)) => *then = Some(std::mem::take(&mut self.nodes)),
                _ => told.push(wrong(
                    "This `{{else}}` belongs to no `{{if …}}`.",
                    "It stands between `{{if …}}` and `{{end}}`, once.",
                )),
            },
            HoleKind::End if self.open.is_empty() => {
                told.push(wrong(
                    "This `{{end}}` ends nothing.",
                    "Remove it, or write the `{{if …}}` or `{{for …}}` that it ends.",
                ));
            }
            HoleKind::End => self.end(marked),
        }
    }

    /// How many loops are open.
    fn loops(&self, marked: &Marked) -> usize {
        self.open.iter().filter(|(opener, ..)| is_loop(*opener, marked)).count()
    }

    fn end(&mut self, marked: &Marked) {
        let Some((condition, before, then)) = self.open.pop() else { return };
        let last = std::mem::replace(&mut self.nodes, before);
        if is_loop(condition, marked) {
            return self.nodes.push(Node::For(condition, last));
        }
        let (then, otherwise) = match then {
            Some(then) => (then, last),
            None => (last, Vec::new()),
        };
        self.nodes.push(Node::If(condition, then, otherwise));
    }

    fn done(mut self, marked: &Marked, told: &mut Told<'_>) -> Vec<Node> {
        if let Some(hole) = self.open.last().and_then(|(number, ..)| marked.holes.get(*number)) {
            told.push(
                Diagnostic::new(
                    Code::UnclosedBracket,
                    hole.span,
                    format!(
                        "This `{{{{{} …}}}}` is never ended.",
                        if matches!(hole.kind, HoleKind::For(..)) { "for" } else { "if" }
                    ),
                )
                .at("begins here")
                .help("Write `{{end}}` where the part ends."),
            );
        }
        while !self.open.is_empty() {
            self.end(marked);
        }
        self.nodes
    }
}

/// Whether a hole begins a loop.
fn is_loop(hole: usize, marked: &Marked) -> bool {
    marked.holes.get(hole).is_some_and(|hole| matches!(hole.kind, HoleKind::For(..)))
}

/// What is told of a hole where nothing may be filled in.
pub(crate) fn forbidden(span: Span, what: &str) -> Diagnostic {
    Diagnostic::new(Code::HoleOutOfPlace, span, format!("Nothing is filled in here: this is {what}."))
        .at("no place for a hole")
        .help(instead(what))
}
