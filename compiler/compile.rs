//! The whole way: sources in, a program and everything there is to say about them out.

use crate::check::{Module, check, schema};
use crate::diag::render::Sources;
use crate::diag::{Diagnostic, FileId, Severity};
use crate::hir::Hir;
use crate::lower::{Lowered, SourceFile, lower};
use crate::syntax::{Parsed, parse_bytes, readable};
use flow_bytecode::schema::Schema;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

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
    /// What its workspace holds.
    pub schema: Schema,
}

impl Compiled {
    /// Whether the project was refused.
    pub fn failed(&self) -> bool {
        self.diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error)
    }
}

/// The stack for programs that nest as deep as they may: several times what an unoptimised compiler needs.
const STACK_BYTES: usize = 16 << 20;

/// Compiles a project. Never fails: what is wrong is in [`Compiled::diagnostics`].
pub fn compile(inputs: &[Input]) -> Compiled {
    // The caller's own stack may be small, and how deep programs nest is not for the caller to know.
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, || on_this_thread(inputs));
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(compiled)) => compiled,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // No thread is to be had: most programs do without.
            Err(_) => on_this_thread(inputs),
        }
    })
}

/// From so many bytes on, files are parsed several at a time: they know nothing of one another.
const PARALLEL_BYTES: usize = 256 << 10;
/// Threads that parse, at most.
const PARSERS_MAX: usize = 8;

/// Parses every file, in order.
fn parse_all(files: &[(FileId, &Input)]) -> Vec<Parsed> {
    let bytes: usize = files.iter().map(|(_, input)| input.text.len()).sum();
    let parsers = match bytes {
        PARALLEL_BYTES.. => std::thread::available_parallelism().map_or(1, usize::from),
        _ => 1,
    };
    let next = AtomicUsize::new(0);
    let work = || {
        let mut done = Vec::new();
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            let Some((file, input)) = files.get(at) else { return done };
            done.push((at, parse_bytes(*file, &input.text)));
        }
    };
    let mut parsed: Vec<(usize, Parsed)> = std::thread::scope(|scope| {
        let helper = |_| std::thread::Builder::new().stack_size(STACK_BYTES).spawn_scoped(scope, work).ok();
        let helpers: Vec<_> = (1..parsers.min(PARSERS_MAX).min(files.len())).filter_map(helper).collect();
        let mut all = work();
        for helper in helpers {
            match helper.join() {
                Ok(done) => all.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        all
    });
    parsed.sort_unstable_by_key(|(at, _)| *at);
    parsed.into_iter().map(|(_, parsed)| parsed).collect()
}

fn on_this_thread(inputs: &[Input]) -> Compiled {
    let mut sources = Sources::new();
    let mut diagnostics = Vec::new();
    let files: Vec<(FileId, &Input)> =
        inputs.iter().map(|input| (sources.add(Arc::clone(&input.path), &*readable(&input.text)), input)).collect();
    let mut parsed = parse_all(&files);
    parsed.iter_mut().for_each(|result| diagnostics.append(&mut result.diagnostics));
    let names: Vec<String> = inputs.iter().map(Input::module).collect();
    let modules: Vec<Module<'_>> = (inputs.iter().zip(&names).zip(&parsed))
        .map(|((input, name), parsed)| Module { name, tree: &parsed.tree, library: input.library })
        .collect();
    let mut checked = check(&modules);
    diagnostics.append(&mut checked.diagnostics);
    let refused = |list: &[Diagnostic]| list.iter().any(|diagnostic| diagnostic.severity() == Severity::Error);
    let mut hir = checked.hir;
    if refused(&diagnostics) {
        hir = None;
    }
    let texts: Vec<SourceFile<'_>> =
        sources.iter().map(|(_, source)| SourceFile { name: &source.path, text: &source.text }).collect();
    let lowered =
        hir.as_ref().and_then(|hir| lower(hir, &texts).map_err(|mut list| diagnostics.append(&mut list)).ok());
    drop(texts);
    let schema = hir.as_ref().map(schema).unwrap_or_default();
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
    Compiled { sources, diagnostics, hir, lowered, schema }
}
