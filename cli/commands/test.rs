//! `flow test`

use super::check;
use crate::io::Io;
use crate::project::{Project, inputs};
use crate::session::fallback;
use crate::testrun::{
    Coverage, JunitReport, Outcome, Plan, Test, coverage_json, junit, run_all, show_coverage, show_failure, test_json,
};
use crate::trouble::Trouble;
use clap::ValueEnum;
use flow_lang::diag::render::clean;
use flow_stdlib::Config;
use flow_stdlib::channel::Channels;
use flow_vm::seam::{Clock, SystemClock};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

/// Options of `flow test`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow test                           the tests of this folder's project
  flow test refund.flow --filter declined
  flow test --coverage                and what no test reached
  flow test --format junit > tests.xml")]
pub struct Options {
    /// Projects, or files of them; the project of this folder when none is given
    pub paths: Vec<PathBuf>,
    /// Only tests whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// Show which statements, arms and handled failures no test reached
    #[arg(long)]
    pub coverage: bool,
    /// How to show what became of the tests
    #[arg(long, value_enum, default_value_t = Format::Human)]
    pub format: Format,
    /// The same as `--format json`
    #[arg(long, conflicts_with = "format")]
    pub json: bool,
}

/// A form of output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// Drawn, with source lines
    Human,
    /// One JSON object a line
    Json,
    /// JUnit's XML, for CI
    Junit,
}

/// A project, and which of its files are meant; none for all.
struct Chosen {
    project: Project,
    files: BTreeSet<String>,
}

/// Runs the tests and shows what became of them.
///
/// # Errors
/// A test failed, or the project was refused: exit code 1.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let format = if options.json { Format::Json } else { options.format };
    let clock = SystemClock::default();
    let began = clock.boot_us();
    let (mut passed, mut failed, mut refused) = (0, 0, false);
    let mut reports = Vec::new();
    let projects = chosen(options, io)?;
    let names: Vec<String> = projects.iter().map(|chosen| chosen.project.name()).collect();
    for (chosen, name) in projects.iter().zip(&names) {
        let within = (projects.len() > 1).then_some(name.as_str());
        match one(chosen, options, format, within, io)? {
            Err(report) => {
                refused = true;
                reports.extend(report);
            }
            Ok((plan, outcomes)) => {
                failed += outcomes.iter().filter(|(_, outcome)| outcome.failure.is_some()).count();
                passed += outcomes.iter().filter(|(_, outcome)| outcome.failure.is_none()).count();
                if format == Format::Junit {
                    let tests: Vec<(&Test, &Outcome)> =
                        outcomes.iter().map(|(test, outcome)| (test, outcome)).collect();
                    reports.push(JunitReport::of(&plan, within, &tests));
                }
            }
        }
    }
    if format == Format::Junit {
        io.write(&junit(&names.join(", "), &reports))?;
    }
    io.flush()?;
    let took = Duration::from_micros(clock.boot_us().abs_diff(began));
    if format == Format::Human && !(refused && passed + failed == 0) {
        summary(passed, failed, took, options, io)?;
    }
    if failed > 0 || refused || (passed == 0 && options.filter.is_some()) { Err(Trouble::Said(1)) } else { Ok(()) }
}

/// The projects that paths belong to, each once.
fn chosen(options: &Options, io: &Io) -> Result<Vec<Chosen>, Trouble> {
    let here = [PathBuf::from(".")];
    let mut all: Vec<Chosen> = Vec::new();
    for path in if options.paths.is_empty() { &here[..] } else { &options.paths } {
        let path = io.path(path);
        let project = Project::find(&path)?;
        let same = |other: &Chosen| other.project.root == project.root && other.project.lone_file == project.lone_file;
        let at = all.iter().position(same).unwrap_or_else(|| {
            all.push(Chosen { project, files: BTreeSet::new() });
            all.len() - 1
        });
        let Some(chosen) = all.get_mut(at) else { continue };
        if path.is_file()
            && let Some(file) = chosen.project.relative(&path)
        {
            chosen.files.insert(file);
        }
    }
    Ok(all)
}

/// The tests of one project with what became of them; where it was refused, which has been said then, the report for CI.
type Ran = Result<(Plan, Vec<(Test, Outcome)>), Option<JunitReport>>;

fn one(chosen: &Chosen, options: &Options, format: Format, within: Option<&str>, io: &mut Io) -> Result<Ran, Trouble> {
    let own = chosen.project.sources()?;
    // Messages count as sent: every channel is set, and leads nowhere.
    let config = Config { channels: Channels::nowhere(), ..Config::default() };
    let registry = flow_stdlib::registry(&config).map_err(|error| Trouble::machine(error.to_string()))?;
    let plan =
        match Plan::new(&inputs(&own), &chosen.project.settings_for(flow_lang::check::Purpose::Test, &own), registry) {
            Ok(mut plan) => {
                plan.articles = chosen.project.articles()?.unwrap_or_default();
                plan.fallback = chosen.project.config.fallback.as_ref().map(fallback);
                plan
            }
            Err(compiled) if format == Format::Junit => {
                return Ok(Err(Some(JunitReport::refused(&compiled, within))));
            }
            Err(compiled) => {
                let format = if format == Format::Json { check::Format::Json } else { check::Format::Human };
                check::show(&compiled, format, io)?;
                return Ok(Err(None));
            }
        };
    let wanted = |test: &&Test| {
        (chosen.files.is_empty() || chosen.files.contains(&test.file))
            && options.filter.as_ref().is_none_or(|filter| test.title.contains(filter.as_str()))
    };
    let tests: Vec<&Test> = plan.tests.iter().filter(wanted).collect();
    let mut file = None;
    let paint = io.paint();
    let outcomes = run_all(&plan, &tests, |test, outcome| match format {
        Format::Human => {
            if file.as_ref() != Some(&test.file) {
                io.line(paint.bold(&test.file))?;
                file = Some(test.file.clone());
            }
            let word = if outcome.failure.is_none() { paint.good("ok    ") } else { paint.bad("FAILED") };
            io.line(format!("  {word}  {}", clean(&test.title)))?;
            io.flush()
        }
        Format::Json => io.line(test_json(&plan, test, outcome).to_string()),
        Format::Junit => Ok(()),
    })?;
    if format == Format::Human {
        for (test, outcome) in tests.iter().zip(&outcomes) {
            if let Some(failure) = &outcome.failure {
                show_failure(&plan, test, failure, io)?;
            }
        }
    }
    if options.coverage {
        let coverage = Coverage::of(&plan);
        match format {
            Format::Human => show_coverage(&plan, &coverage, io)?,
            Format::Json => {
                for flow in coverage_json(&plan, &coverage) {
                    io.line(flow.to_string())?;
                }
            }
            Format::Junit => {}
        }
    }
    let tests: Vec<Test> = tests.into_iter().cloned().collect();
    Ok(Ok((plan, tests.into_iter().zip(outcomes).collect())))
}

fn summary(passed: usize, failed: usize, took: Duration, options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let paint = io.err_paint();
    let all = passed + failed;
    let tests = format!("{all} test{}", if all == 1 { "" } else { "s" });
    let ms = took.as_millis();
    let text = match (&options.filter, all, failed) {
        (Some(filter), 0, _) => format!("{} no test is called like \"{}\"", paint.bad("failed:"), clean(filter)),
        (None, 0, _) => format!(
            "{} there are no tests here; a test stands in any file: test \"what must hold\" {{ … }}",
            paint.warn("ok:")
        ),
        (_, _, 0) => format!("\n{} {tests} passed in {ms} ms", paint.good("ok:")),
        (..) => format!("\n{} {failed} of {tests} in {ms} ms", paint.bad("failed:")),
    };
    io.write_err(&format!("{text}\n"))
}
