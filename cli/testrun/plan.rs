//! What all tests of a project share.

use flow_bytecode::program::Program;
use flow_lang::check::Settings;
use flow_lang::compile::{Compiled, Input, compile_within};
use flow_lang::diag::Span;
use flow_lang::diag::render::Sources;
use flow_lang::lower::Mark;
use flow_stdlib::workspace::articles::Words;
use flow_vm::action::Registry;
use flow_vm::engine::{Deployment, Engine, EngineError, Fallback};
use flow_vm::machine::Loaded;
use flow_vm::seam::Marks;
use std::sync::{Arc, OnceLock};

/// A test to be run.
#[derive(Debug, Clone)]
pub struct Test {
    /// What it is called.
    pub title: Arc<str>,
    /// Its file, relative to the project.
    pub file: String,
    /// Its title in the source.
    pub span: Span,
    /// Its flow in the program of tests.
    pub flow: u16,
}

/// A compiled project with its tests.
pub struct Plan {
    /// Its sources.
    pub sources: Sources,
    /// What is tested.
    pub deployment: Deployment,
    /// The program of tests.
    pub loaded: Loaded,
    /// In the order they stand.
    pub tests: Vec<Test>,
    /// Places that tests may reach, by number.
    pub places: Vec<Mark>,
    /// Which were.
    pub marks: Marks,
    /// What carries out what stays in the machine.
    pub registry: Registry,
    /// What the settings say for runs that fail.
    pub fallback: Option<Fallback>,
    /// The articles of the project's folder.
    pub articles: Vec<Words>,
    /// The engine that the tests' own are copies of, under its name: the project is deployed there.
    pub(super) first: OnceLock<Result<(String, Engine), EngineError>>,
}

impl Plan {
    /// Prepares a project; `Err` gives it back where it was refused.
    ///
    /// # Errors
    /// It was refused: what the compiler says is in it.
    pub fn new(inputs: &[Input], settings: &Settings, registry: Registry) -> Result<Plan, Box<Compiled>> {
        let mut compiled = compile_within(inputs, settings);
        let whole = (compiled.hir.take(), compiled.lowered.take(), compiled.tests.take());
        let (Some(hir), Some(lowered), Some(tests)) = whole else { return Err(Box::new(compiled)) };
        let Ok(loaded) = Loaded::new(Arc::new(tests.program)) else { return Err(Box::new(compiled)) };
        let found = hir.tests.iter().zip(0..).map(|(test, flow)| Test {
            title: test.name.clone(),
            file: compiled.sources.path(test.span.file).to_owned(),
            span: test.span,
            flow,
        });
        let tests = found.collect();
        let deployment = Deployment {
            program: lowered.program,
            debug: lowered.debug,
            sources: compiled
                .sources
                .iter()
                .map(|(_, source)| (source.path.to_string(), source.text.to_string()))
                .collect(),
            schema: compiled.schema,
        };
        let marks = Marks::new(lowered.marks.len());
        Ok(Plan {
            sources: compiled.sources,
            deployment,
            loaded,
            tests,
            places: lowered.marks,
            marks,
            registry,
            fallback: None,
            articles: Vec::new(),
            first: OnceLock::new(),
        })
    }

    /// The program of the flows.
    pub fn program(&self) -> &Program {
        &self.deployment.program
    }
}
