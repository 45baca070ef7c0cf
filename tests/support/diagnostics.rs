//! The index of diagnostics, made from the catalogue.

use flow_lang::diag::{Code, Severity};
use std::fmt::Write;

/// Families by the first two digits of a number, with what they are about.
const FAMILIES: &[(&str, &str)] = &[
    ("00", "Text and syntax"),
    ("01", "Names"),
    ("02", "Types"),
    ("03", "Missing values"),
    ("04", "Flow of control"),
    ("05", "Literals and texts"),
    ("06", "Effects and secrets"),
    ("07", "Headers of flows"),
    ("08", "Connectors"),
    ("09", "Too much, and not yet"),
];

/// The whole page.
///
/// # Panics
/// A code belongs to no family.
pub fn diagnostics_page() -> String {
    let mut out = String::from(
        "# Diagnostics\n\nMade from the catalogue in `compiler/diag/codes.rs` by a test; do not edit.\n\nEverything the compiler \
         says has a code that never changes its meaning. `E` refuses the program, `W` warns. `flow explain E0101`\nshows the page \
         that stands behind each link: what it means, why it matters, an example, and what to write instead.\n`flow check --fix` \
         carries out the edits that are offered, but those that leave something to decide; `--format json` and `--format sarif`\n\
         hand everything to other tools, and `--deny warnings` lets warnings fail a build.\n",
    );
    let family = |code: &Code| code.number().get(1..3).unwrap_or_default();
    for code in Code::ALL {
        assert!(FAMILIES.iter().any(|(digits, _)| *digits == family(code)), "{} has no family", code.number());
    }
    for (digits, about) in FAMILIES {
        write!(out, "\n## {about}\n\n| code | about | |\n|---|---|---|\n").expect("a text");
        for code in Code::ALL.iter().filter(|code| family(code) == *digits) {
            let number = code.number();
            let does = match code.severity() {
                Severity::Error => "refused",
                Severity::Warning => "warned of",
            };
            let title = code.title();
            writeln!(out, "| [{number}](../../compiler/diag/pages/{number}.md) | {title} | {does} |").expect("a text");
        }
    }
    out
}
