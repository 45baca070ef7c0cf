//! Why a text is neither JSON nor YAML, in our own words: those of the readers below are for whoever programs with them.

use crate::problem::Problem;

const AGAIN: &str = "Fetch it again: what is there may be an error page, or only a part.";

/// What a reader of JSON says, and what that comes to.
const JSON: &[(&str, &str)] = &[
    ("EOF while", "it ends in the midst"),
    ("expected value", "a value is missing"),
    ("expected ident", "a word that JSON does not have"),
    ("trailing comma", "a comma too many"),
    ("trailing characters", "something stands behind its end"),
    ("key must be a string", "a name stands between quotes"),
    ("control character", "a text has a control character in it, or no end"),
    ("invalid number", "a number that is none"),
    ("number out of range", "a number that is too large"),
    ("recursion limit exceeded", "it is nested too deep"),
    ("expected `:`", "a `:` is missing behind a name"),
    ("expected `,` or `]`", "a `,` or the end of a list is missing"),
    ("expected `,` or `}`", "a `,` or the end of an object is missing"),
    ("invalid type", "something else is expected here"),
    ("invalid", "an escape that means nothing"),
    ("lone", "an escape that means nothing"),
    ("unexpected end of hex escape", "an escape that means nothing"),
];

/// What a reader of YAML says, and what that comes to.
const YAML: &[(&str, &str)] = &[
    ("duplicate mapping key", "a name comes twice"),
    ("alias references unknown anchor", "an alias of something that is not there"),
    ("illegal placement of ':'", "a `:` in the midst of a value"),
    ("tab", "a tab where blanks are expected"),
];

/// What a parser says about a text that is no JSON.
pub(crate) fn no_json(error: &serde_json::Error) -> Problem {
    let said = error.to_string();
    let known = JSON.iter().find(|(words, _)| said.starts_with(words));
    let what = known.map_or("something that JSON does not have", |(_, what)| what);
    Problem::new(format!("The document is no JSON at line {}, column {}: {what}.", error.line(), error.column()), AGAIN)
}

/// What a parser says about a text that is no YAML, and begins like no JSON; `values` and `deep` are its limits.
pub(crate) fn no_yaml(error: &str, values: usize, deep: usize) -> Problem {
    if error.contains("budget breached") {
        return Problem::new(
            format!(
                "The document has more than {values} names and values, aliases counted as often as they are used, or is nested deeper than {deep}."
            ),
            "Cut it down to what the project calls.",
        );
    }
    let place = match (number_behind(error, "line "), number_behind(error, "column ")) {
        (Some(line), Some(column)) => format!(" at line {line}, column {column}"),
        _ => String::new(),
    };
    let known = YAML.iter().find(|(words, _)| error.contains(words));
    let what = known.map_or(String::new(), |(_, what)| format!(": {what}"));
    Problem::new(format!("The document is neither JSON nor YAML{place}{what}."), AGAIN)
}

fn number_behind(text: &str, word: &str) -> Option<usize> {
    let (_, behind) = text.split_once(word)?;
    let end = behind.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(behind.len());
    behind.get(..end)?.parse().ok()
}
