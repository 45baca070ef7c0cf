//! Laid out, a program is the same program.

use flow_lang::diag::FileId;
use flow_lang::format::format;
use flow_lang::syntax::{Comment, parse};
use std::fmt::Write;

/// Debug output without the places: what a tree says.
#[derive(Default)]
struct Placeless {
    text: String,
    within: bool,
}

impl Write for Placeless {
    fn write_str(&mut self, part: &str) -> std::fmt::Result {
        match (self.within, part) {
            (true, _) => self.within = part != " }",
            (false, "Span") => self.within = true,
            _ => self.text.push_str(part),
        }
        Ok(())
    }
}

/// A tree without its places, and the comments.
fn tree(text: &str) -> (String, Vec<String>) {
    let parsed = parse(FileId(0), text);
    let mut out = Placeless::default();
    write!(out, "{:?}", parsed.tree).expect("writing to a text does not fail");
    let comment = |comment: &Comment| text[comment.span.range()].trim_end().to_owned();
    (out.text, parsed.comments.iter().map(comment).collect())
}

/// Where two texts begin to differ.
fn difference(left: &str, right: &str) -> String {
    let at = left.bytes().zip(right.bytes()).take_while(|(left, right)| left == right).count();
    let part = |text: &str| text.get(at.saturating_sub(60)..).map(|rest| rest.chars().take(120).collect::<String>());
    format!("`{}` has become `{}`", part(left).unwrap_or_default(), part(right).unwrap_or_default())
}

/// A text laid out; laid out again it stays as it is.
pub fn laid_out_once(text: &str) -> String {
    let laid_out = format(text).text;
    assert!(format(&laid_out).text == laid_out, "laid out twice it changes:\n{text}\n----\n{laid_out}");
    laid_out
}

/// A text laid out, and what it says.
#[derive(Debug)]
pub struct Same {
    /// As laid out.
    pub text: String,
    /// The tree of both, without places.
    pub tree: String,
}

/// Laid out, a text says the same, has the same comments, and stays as it is.
pub fn same_laid_out(text: &str) -> Same {
    let laid_out = laid_out_once(text);
    let (before, after) = (tree(text), tree(&laid_out));
    assert!(before.0 == after.0, "another tree, {}:\n{text}\n----\n{laid_out}", difference(&before.0, &after.0));
    assert_eq!(before.1, after.1, "other comments:\n{text}\n----\n{laid_out}");
    Same { text: laid_out, tree: before.0 }
}
