//! The whole way: sources in, a program and everything there is to say about them out.

use crate::STACK_BYTES;
use crate::check::{Purpose, Settings, schema};
use crate::diag::render::Sources;
use crate::diag::{Diagnostic, Severity};
use crate::front::Front;
use crate::hir::Hir;
use crate::lower::{Lowered, SourceFile, lower, lower_marked, lower_tests};
use flow_bytecode::schema::Schema;
use std::sync::Arc;

/// A file of a project, or of the standard library.
#[derive(Debug, Clone)]
pub struct Input {
    /// Relative to the project's folder, with `/`: `billing/refunds.flow`.
    pub path: Arc<str>,
    /// What is in it; bytes that are not UTF-8 are told like any other mistake.
    pub text: Vec<u8>,
    /// Part of the standard library: visible everywhere, and taken to be right.
    pub library: bool,
}

impl Input {
    /// What other files call it: its path without `.flow`, dots for slashes.
    pub fn module(&self) -> String {
        module_name(&self.path)
    }
}

/// The module name of a path, `billing/refunds.flow` is `billing.refunds`.
pub fn module_name(path: &str) -> String {
    path.strip_suffix(".flow").unwrap_or(path).replace('/', ".")
}

/// What became of a project.
#[derive(Debug, Clone, Default)]
pub struct Compiled {
    /// Its files, in the order given; spans refer to them.
    pub sources: Sources,
    /// Everything there is to say, by file and place.
    pub diagnostics: Vec<Diagnostic>,
    /// The checked program; `None` when something was refused.
    pub hir: Option<Hir>,
    /// The program; `None` when something was refused.
    pub lowered: Option<Lowered>,
    /// The program of its tests, a flow without parameters for each of [`Hir::tests`], in order: only where it was compiled
    /// to be tested.
    pub tests: Option<Lowered>,
    /// What its workspace holds.
    pub schema: Schema,
}

impl Compiled {
    /// Whether the project was refused.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
    }
}

/// Compiles a project for which nothing is set. Never fails: what is wrong is in [`Compiled::diagnostics`].
pub fn compile(inputs: &[Input]) -> Compiled {
    compile_within(inputs, &Settings::default())
}

/// Compiles a project to be deployed, or to be tested: then what its flows reach is marked, and what has a template is one
/// action that can be mocked.
pub fn compile_within(inputs: &[Input], settings: &Settings) -> Compiled {
    // The caller's own stack may be small, and how deep programs nest is not for the caller to know.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || on_this_thread(inputs, settings));
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(compiled)) => compiled,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // No thread is to be had: most programs do without.
            Err(_) => on_this_thread(inputs, settings),
        }
    })
}

fn on_this_thread(inputs: &[Input], settings: &Settings) -> Compiled {
    let front = Front::read(inputs, settings);
    let mut known = front.understand(settings, None);
    let mut diagnostics = std::mem::take(&mut known.diagnostics);
    let mut hir = (!known.broken).then_some(known.project.hir);
    if diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error) {
        hir = None;
    }
    let sources = front.sources;
    let texts: Vec<SourceFile<'_>> =
        sources.iter().map(|(_, source)| SourceFile { name: &source.path, text: &source.text }).collect();
    let mut made =
        |lowered: Result<Lowered, Vec<Diagnostic>>| lowered.map_err(|mut list| diagnostics.append(&mut list)).ok();
    let lowered = hir.as_ref().and_then(|hir| {
        made(match settings.purpose {
            Purpose::Deploy => lower(hir, &texts),
            Purpose::Test => lower_marked(hir, &texts),
        })
    });
    let tests =
        hir.as_ref().filter(|_| settings.purpose == Purpose::Test).and_then(|hir| made(lower_tests(hir, &texts)));
    drop(texts);
    let schema = hir.as_ref().map(schema).unwrap_or_default();
    in_order(&mut diagnostics);
    Compiled { sources, diagnostics, hir, lowered, tests, schema }
}

/// Everything there is to say, as it is shown.
pub(crate) fn in_order(diagnostics: &mut [Diagnostic]) {
    diagnostics.iter_mut().for_each(Diagnostic::complete);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::FileId;
    use crate::front::PARALLEL_BYTES;

    /// Two mistakes and a warning, after text that makes it long.
    fn module(number: usize) -> Input {
        let text = format!(
            "{}flow one(contact: Contact) {{\n    contact.nmae = \"x\"\n}}\n\n\
             flow two(contact: Contact) {{\n    let unused = 1\n    say \"{{{{missing}}}}\"\n}}\n",
            "// A comment of some length, so that the project is a large one.\n".repeat(100)
        );
        Input { path: format!("module_{number:03}.flow").into(), text: text.into_bytes(), library: false }
    }

    fn library() -> Input {
        let text = "entity Contact { name: Text }\n";
        Input { path: "library.flow".into(), text: text.into(), library: true }
    }

    #[test]
    fn of_a_large_project_the_same_is_told_as_of_its_files() {
        let modules: Vec<Input> = (0..60).map(module).collect();
        assert!(modules.iter().map(|module| module.text.len()).sum::<usize>() > PARALLEL_BYTES);
        let told = |compiled: &Compiled, file: u32| {
            let here = |diagnostic: &&Diagnostic| diagnostic.primary.span.file == FileId(file);
            let told = compiled.diagnostics.iter().filter(here);
            let plain = |d: &Diagnostic| (d.code, d.primary.span.start, d.primary.span.end, d.message.clone());
            told.map(plain).collect::<Vec<_>>()
        };
        let alone = told(&compile(&[library(), module(0)]), 1);
        assert!(alone.len() >= 3, "{alone:#?}");
        let together: Vec<Input> = std::iter::once(library()).chain(modules).collect();
        let compiled = compile(&together);
        for file in 1..=60 {
            assert_eq!(told(&compiled, file), alone, "file {file}");
        }
        let places: Vec<_> = compiled.diagnostics.iter().map(|diagnostic| diagnostic.primary.span).collect();
        assert!(places.is_sorted());
    }
}
