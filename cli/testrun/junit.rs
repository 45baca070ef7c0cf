//! Tests as JUnit's XML, which every CI reads: a suite per file.

use super::plan::{Plan, Test};
use super::{Diff, Outcome, words};
use flow_lang::compile::Compiled;
use flow_lang::diag::render::short;
use flow_lang::diag::{Diagnostic, Severity};
use std::fmt::Write;
use std::time::Duration;

/// The report of one project: its suites, and what they come to.
#[derive(Debug, Default)]
pub struct Report {
    suites: String,
    sum: Counts,
}

/// What a suite comes to, and all suites together.
#[derive(Debug, Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    took: Duration,
}

impl Counts {
    fn add(&mut self, other: Counts) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.took += other.took;
    }
}

impl std::fmt::Display for Counts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Counts { tests, failures, errors, took } = self;
        let time = seconds(*took);
        write!(f, "tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\" skipped=\"0\" time=\"{time}\"")
    }
}

/// One document, however many projects there are: a reader takes no second one from the same file.
pub fn document(name: &str, reports: &[Report]) -> String {
    let mut sum = Counts::default();
    reports.iter().for_each(|report| sum.add(report.sum));
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let _ = writeln!(xml, "<testsuites name=\"{}\" {sum}>", escaped(name));
    reports.iter().for_each(|report| xml.push_str(&report.suites));
    xml.push_str("</testsuites>\n");
    xml
}

impl Report {
    /// Tests with what became of them. Of several projects each one's files are told apart by its name, `within`.
    pub fn of(plan: &Plan, within: Option<&str>, tests: &[(&Test, &Outcome)]) -> Report {
        let mut report = Report::default();
        for suite in tests.chunk_by(|(test, _), (other, _)| test.file == other.file) {
            let Some((first, _)) = suite.first() else { continue };
            let counts = Counts {
                tests: suite.len(),
                failures: suite.iter().filter(|(_, outcome)| outcome.failure.is_some()).count(),
                errors: 0,
                took: suite.iter().map(|(_, outcome)| outcome.took).sum(),
            };
            report.suite(&named(within, &first.file), counts, |xml| {
                suite.iter().for_each(|(test, outcome)| case(plan, within, test, outcome, xml));
            });
        }
        report
    }

    /// A project that was refused, so that no test of it could run: a suite per file, a case per error.
    pub fn refused(compiled: &Compiled, within: Option<&str>) -> Report {
        let sources = &compiled.sources;
        let errors: Vec<&Diagnostic> =
            compiled.diagnostics.iter().filter(|one| one.severity() == Severity::Error).collect();
        let mut report = Report::default();
        for suite in errors.chunk_by(|error, other| error.primary.span.file == other.primary.span.file) {
            let Some(first) = suite.first() else { continue };
            let path = sources.path(first.primary.span.file);
            let counts = Counts { tests: suite.len(), errors: suite.len(), ..Counts::default() };
            report.suite(&named(within, path), counts, |xml| {
                for error in suite {
                    let (number, line) = (error.code.number(), sources.positions(error.primary.span).0.line);
                    let (message, class, file) = (escaped(&error.message), escaped(&named(within, path)), escaped(path));
                    let _ = write!(
                        xml,
                        "    <testcase name=\"{number}: {message}\" classname=\"{class}\" file=\"{file}\" line=\"{line}\" time=\"0\">\n      \
                         <error message=\"{message}\" type=\"{number}\">{}</error>\n    </testcase>\n",
                        escaped(&short(error, sources))
                    );
                }
            });
        }
        report
    }

    fn suite(&mut self, name: &str, counts: Counts, cases: impl FnOnce(&mut String)) {
        let _ = writeln!(self.suites, "  <testsuite name=\"{}\" {counts}>", escaped(name));
        cases(&mut self.suites);
        self.suites.push_str("  </testsuite>\n");
        self.sum.add(counts);
    }
}

fn named(within: Option<&str>, path: &str) -> String {
    within.map_or_else(|| path.to_owned(), |project| format!("{project}/{path}"))
}

fn seconds(took: Duration) -> String {
    format!("{:.6}", took.as_secs_f64())
}

fn case(plan: &Plan, within: Option<&str>, test: &Test, outcome: &Outcome, xml: &mut String) {
    let module = named(within, test.file.strip_suffix(".flow").unwrap_or(&test.file)).replace('/', ".");
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
