//! One line a diagnostic, as editors and grep like it.

use super::json::severity;
use super::{Sources, clean};
use crate::diag::Diagnostic;

/// `file:line:column: error[E0101]: message`, with related places and help as indented lines of the same shape below.
pub fn short(diagnostic: &Diagnostic, sources: &Sources) -> String {
    let place = |span| {
        let (start, _) = sources.positions(span);
        format!("{}:{}:{}", clean(sources.path(span.file)), start.line, start.column)
    };
    let one_line = |text: &str| clean(&text.split_whitespace().collect::<Vec<_>>().join(" ")).into_owned();
    let severity = severity(diagnostic.severity());
    let mut line = format!(
        "{}: {severity}[{}]: {}",
        place(diagnostic.primary.span),
        diagnostic.code.number(),
        one_line(&diagnostic.message)
    );
    if !diagnostic.primary.text.is_empty() {
        line.push_str(&format!(" ({})", one_line(&diagnostic.primary.text)));
    }
    for label in &diagnostic.labels {
        line.push_str(&format!("\n  {}: note: {}", place(label.span), one_line(&label.text)));
    }
    if let Some(help) = &diagnostic.help {
        line.push_str(&format!("\n  help: {}", one_line(help)));
    }
    line
}
