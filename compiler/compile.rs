//! The whole way: sources in, a program and everything there is to say about them out.

use crate::check::{Module, check, schema};
use crate::diag::render::Sources;
use crate::diag::{Diagnostic, FileId, Severity};
use crate::hir::Hir;
use crate::lower::{Lowered, SourceFile, lower};
use crate::syntax::{Parsed, parse_bytes, readable};
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

fn on_this_thread(inputs: &[Input]) -> Compiled {
    let mut sources = Sources::new();
    let mut diagnostics = Vec::new();
    let mut parsed: Vec<Parsed> = Vec::with_capacity(inputs.len());
    for input in inputs {
        let text = readable(&input.text);
        let file: FileId = sources.add(Arc::clone(&input.path), &*text);
        let mut result = parse_bytes(file, &input.text);
        diagnostics.append(&mut result.diagnostics);
        parsed.push(result);
    }
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
    let files: Vec<SourceFile<'_>> =
        sources.iter().map(|(_, source)| SourceFile { name: &source.path, text: &source.text }).collect();
    let lowered =
        hir.as_ref().and_then(|hir| lower(hir, &files).map_err(|mut list| diagnostics.append(&mut list)).ok());
    drop(files);
    let schema = hir.as_ref().map(schema).unwrap_or_default();
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
    Compiled { sources, diagnostics, hir, lowered, schema }
}
