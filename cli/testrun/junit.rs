//! Tests as JUnit's XML, which every CI reads: a suite per file.

use super::plan::{Plan, Test};
use super::{Diff, Outcome, words};
use flow_lang::compile::Compiled;
use flow_lang::diag::render::short;
use flow_lang::diag::{Diagnostic, Severity};
use std::fmt::Write;
use std::time::Duration;

/// Writes the report of tests with what became of them.
pub fn junit(plan: &Plan, name: &str, tests: &[(&Test, &Outcome)]) -> String {
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites name=\"{}\" {}>", escaped(name), counts(tests));
    let mut rest = tests;
    while let Some((first, _)) = rest.first() {
        let end = rest.iter().position(|(test, _)| test.file != first.file).unwrap_or(rest.len());
        let (suite, others) = rest.split_at(end);
        rest = others;
        let _ = writeln!(xml, "  <testsuite name=\"{}\" {}>", escaped(&first.file), counts(suite));
        for (test, outcome) in suite {
            case(plan, test, outcome, &mut xml);
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

/// The report of a project that was refused, so that no test of it could run: a suite per file, a case per error.
pub fn junit_refused(compiled: &Compiled, name: &str) -> String {
    let sources = &compiled.sources;
    let errors: Vec<&Diagnostic> = compiled.diagnostics.iter().filter(|d| d.severity() == Severity::Error).collect();
    let counted =
        |count: usize| format!("tests=\"{count}\" failures=\"0\" errors=\"{count}\" skipped=\"0\" time=\"0\"");
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites name=\"{}\" {}>", escaped(name), counted(errors.len()));
    let mut rest = errors.as_slice();
    while let Some(first) = rest.first() {
        let file = first.primary.span.file;
        let end = rest.iter().position(|other| other.primary.span.file != file).unwrap_or(rest.len());
        let (suite, others) = rest.split_at(end);
        rest = others;
        let path = escaped(sources.path(file));
        let _ = writeln!(xml, "  <testsuite name=\"{path}\" {}>", counted(suite.len()));
        for error in suite {
            let (number, line) = (error.code.number(), sources.positions(error.primary.span).0.line);
            let message = escaped(&error.message);
            let _ = write!(
                xml,
                "    <testcase name=\"{number}: {message}\" classname=\"{path}\" file=\"{path}\" line=\"{line}\" time=\"0\">\n      \
                 <error message=\"{message}\" type=\"{number}\">{}</error>\n    </testcase>\n",
                escaped(&short(error, sources))
            );
        }
        xml.push_str("  </testsuite>\n");
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn counts(tests: &[(&Test, &Outcome)]) -> String {
    let failures = tests.iter().filter(|(_, outcome)| outcome.failure.is_some()).count();
    let took = tests.iter().map(|(_, outcome)| outcome.took).sum();
    format!("tests=\"{}\" failures=\"{failures}\" errors=\"0\" skipped=\"0\" time=\"{}\"", tests.len(), seconds(took))
}

fn seconds(took: Duration) -> String {
    format!("{:.6}", took.as_secs_f64())
}

fn case(plan: &Plan, test: &Test, outcome: &Outcome, xml: &mut String) {
    let module = test.file.strip_suffix(".flow").unwrap_or(&test.file).replace('/', ".");
    let line = plan.sources.positions(test.span).0.line;
    let _ = write!(
        xml,
        "    <testcase name=\"{}\" classname=\"{}\" file=\"{}\" line=\"{line}\" time=\"{}\"",
        escaped(&test.title),
        escaped(&module),
        escaped(&test.file),
        seconds(outcome.took)
    );
    let Some(failure) = &outcome.failure else {
        xml.push_str("/>\n");
        return;
    };
    let at = plan.sources.positions(failure.span).0;
    let mut text = format!("{}:{}:{}: {}\n", plan.sources.path(failure.span.file), at.line, at.column, failure.label);
    for line in &failure.diff {
        let _ = match line {
            Diff::Wanted(line) => writeln!(text, "- expected: {line}"),
            Diff::Found(line) => writeln!(text, "+ found: {line}"),
            Diff::Same(line) => writeln!(text, "  {line}"),
        };
    }
    if let Some(help) = &failure.help {
        let _ = writeln!(text, "help: {help}");
    }
    for line in &failure.transcript {
        let _ = writeln!(text, "{} {}: {}", words::moment(line.at), line.who, line.what);
    }
    let message = escaped(&failure.message);
    let _ = writeln!(xml, ">\n      <failure message=\"{message}\" type=\"failed\">{}</failure>", escaped(&text));
    xml.push_str("    </testcase>\n");
}

/// A text as it may stand in XML, between tags and in attributes. What XML cannot hold at all is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            '\n' | '\t' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c if c.is_control() || matches!(c, '\u{fffe}' | '\u{ffff}') => {}
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_of_a_text_is_taken_for_xml() {
        assert_eq!(
            escaped("a < b & \"c\" 'd' ]]>\n\u{1b}[1m\u{0}é"),
            "a &lt; b &amp; &quot;c&quot; &apos;d&apos; ]]&gt;&#10;[1mé"
        );
    }
}
