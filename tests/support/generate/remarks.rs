//! A program with comments amid its statements.

use super::Choices;
use flow_lang::diag::FileId;
use flow_lang::syntax::words;

/// Signs behind which a statement goes on in the next line.
const CARRY_ON: &[&str] =
    &[",", "=", "+=", "-=", "->", ":", ".", "?.", "+", "-", "*", "/", "==", "!=", "<=", ">=", "??", "and", "or", "not"];
/// Words that go on with the statement of the line before.
const CONTINUE: &[&str] = &["with", "undo", "and", "or", "??"];

/// The same program with comments between any two words between which a line may end: about one gap in `rarity` has one.
pub fn remarked(text: &str, rarity: u32, choices: &mut Choices) -> String {
    let spans = words(FileId(0), text);
    let mut out = String::with_capacity(text.len() * 2);
    let mut open: Vec<&str> = Vec::new();
    let (mut from, mut remarks) = (0, 0);
    for pair in spans.windows(2) {
        let word = |at: usize| &text[pair[at].range()];
        let (left, right) = (word(0), word(1));
        if left.starts_with("}}") || matches!(left, ")" | "]" | "}") {
            open.pop();
        }
        if left.ends_with("{{") {
            open.push("{{");
        } else if matches!(left, "(" | "[" | "{") {
            open.push(left);
        }
        // Before a colon that stands on its line a word is a name, whatever else it means.
        if right == ":" {
            continue;
        }
        let in_lines = open.last().is_none_or(|open| *open == "{");
        let ends = left == "{" || right.starts_with(['\n', '\r', ';']);
        if in_lines && !ends && !CARRY_ON.contains(&left) && !CONTINUE.contains(&right) || choices.below(rarity) > 0 {
            continue;
        }
        let end = pair[0].range().end;
        out.push_str(&text[from..end]);
        from = end;
        for _ in 0..1 + choices.below(2) {
            remarks += 1;
            out.push_str([" ", "\n", "\n\n   "][choices.below(3) as usize]);
            out.push_str(&format!("// remark {remarks} \" {{{{ }}\n"));
        }
    }
    out.push_str(&text[from..]);
    out
}
