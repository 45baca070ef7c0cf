//! The whole way: sources in, a program and everything there is to say about them out.

use crate::STACK_BYTES;
use crate::check::{Module, Purpose, Settings, check_connected, schema, unused};
use crate::connect::{self, Around, CONNECTOR_FILE, Connected};
use crate::diag::render::Sources;
use crate::diag::{Diagnostic, FileId, Severity};
use crate::hir::Hir;
use crate::lower::{Lowered, SourceFile, lower, lower_marked, lower_tests};
use crate::syntax::{Parsed, parse_bytes, parse_made, readable};
use crate::template::{self, Words};
use flow_bytecode::parallel;
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

/// From so many bytes on, files are parsed several at a time.
const PARALLEL_BYTES: usize = 256 << 10;

/// Parses every file, in order: they know nothing of one another.
fn parse_all(files: &[(FileId, &Input)]) -> Vec<Parsed> {
    let parse = |(file, input): &(FileId, &Input)| parse_bytes(*file, &input.text);
    let bytes: usize = files.iter().map(|(_, input)| input.text.len()).sum();
    parallel::map(files, bytes >= PARALLEL_BYTES, STACK_BYTES, parse)
}

/// The words of the project's mails.
fn words(settings: &Settings, sources: &mut Sources, out: &mut Vec<Diagnostic>) -> Vec<Words> {
    let files: Vec<(FileId, Arc<str>, &[u8])> = settings
        .templates
        .iter()
        .map(|file| {
            let shown = readable(file.bytes.get(..template::TEMPLATE_BYTES_MAX + 1).unwrap_or(&file.bytes));
            (sources.add(Arc::clone(&file.path), &*shown), Arc::clone(&file.path), file.bytes.as_slice())
        })
        .collect();
    template::read(&files, out)
}

/// The project's connectors, with what it names of them.
fn connected(
    inputs: &[Input],
    parsed: &[Parsed],
    sources: &Sources,
    settings: &Settings,
    out: &mut Vec<Diagnostic>,
) -> Vec<Arc<Connected>> {
    let trees = || inputs.iter().zip(parsed).map(|(input, parsed)| (&parsed.tree, input.library));
    let texts: Vec<&str> =
        sources.iter().filter(|(file, _)| !sources.is_library(*file)).map(|(_, source)| &*source.text).collect();
    connect::connected(
        trees(),
        &Around { documents: &settings.documents, texts: &texts, allow_net: &settings.allow_net },
        out,
    )
}

/// Flows of the library stand in `flows/MODULE.FLOW.flow`.
const LIBRARY_FLOWS: &str = "flows/";

/// A flow of the library by its whole name, `ai.assist`, where this is one.
fn library_flow(input: &Input) -> Option<&str> {
    let path = input.library.then(|| input.path.strip_prefix(LIBRARY_FLOWS))??;
    path.strip_suffix(".flow")
}

/// The inputs without those flows of the library that no file of the project names: what is not called is no part of it.
fn called(inputs: &[Input]) -> Option<Vec<Input>> {
    let own = || inputs.iter().filter(|input| !input.library);
    let names = |flow: &str| {
        let Some((module, name)) = flow.rsplit_once('.') else { return false };
        own().any(|input| connect::names(module, name, &readable(&input.text)))
    };
    let wanted = |input: &&Input| library_flow(input).is_none_or(names);
    inputs.iter().any(|input| library_flow(input).is_some()).then(|| inputs.iter().filter(wanted).cloned().collect())
}

fn on_this_thread(inputs: &[Input], settings: &Settings) -> Compiled {
    let called = called(inputs);
    let inputs = called.as_deref().unwrap_or(inputs);
    let mut sources = Sources::new();
    let mut diagnostics = Vec::new();
    let files: Vec<(FileId, &Input)> =
        inputs.iter().map(|input| (sources.add(Arc::clone(&input.path), &*readable(&input.text)), input)).collect();
    files.iter().filter(|(_, input)| input.library).for_each(|(file, _)| sources.of_library(*file));
    let mut parsed = parse_all(&files);
    parsed.iter_mut().for_each(|result| diagnostics.append(&mut result.diagnostics));
    let words = words(settings, &mut sources, &mut diagnostics);
    let connectors = connected(inputs, &parsed, &sources, settings, &mut diagnostics);
    let declared: Vec<Parsed> = connectors
        .iter()
        .map(|connector| {
            let file = sources.add(format!("{CONNECTOR_FILE}{}", connector.name), &*connector.source);
            sources.of_library(file);
            parse_made(file, &connector.source)
        })
        .collect();
    diagnostics.extend(declared.iter().flat_map(|parsed| parsed.diagnostics.iter().cloned()));
    let names: Vec<String> = inputs.iter().map(Input::module).collect();
    let own = (inputs.iter().zip(&names).zip(&parsed)).map(|((input, name), parsed)| {
        let tree = &parsed.tree;
        match library_flow(input).and_then(|flow| flow.rsplit_once('.')) {
            // Called by its module's name, and none of the project's own files.
            Some((module, _)) => Module { name: module, tree, library: false, connector: true, flows: true },
            None => Module { name, tree, library: input.library, connector: false, flows: false },
        }
    });
    let made = (connectors.iter().zip(&declared)).map(|(connector, parsed)| Module {
        name: &connector.name,
        tree: &parsed.tree,
        library: false,
        connector: true,
        flows: false,
    });
    let modules: Vec<Module<'_>> = own.chain(made).collect();
    let mut checked = check_connected(&modules, settings, &connectors, words);
    diagnostics.append(&mut checked.diagnostics);
    let refused = |list: &[Diagnostic]| list.iter().any(|diagnostic| diagnostic.severity() == Severity::Error);
    let mut hir = checked.hir;
    if refused(&diagnostics) {
        hir = None;
    } else {
        let texts: Vec<&str> = sources.iter().map(|(_, source)| &*source.text).collect();
        diagnostics.extend(unused(&modules, &texts));
    }
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
    diagnostics.iter_mut().for_each(Diagnostic::complete);
    diagnostics.sort_by_key(|diagnostic| (diagnostic.primary.span, diagnostic.code));
    Compiled { sources, diagnostics, hir, lowered, tests, schema }
}

#[cfg(test)]
mod tests {
    use super::*;

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
