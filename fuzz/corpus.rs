//! What the search begins with: every program of the examples, the library and the suite; what they compile to; and runs
//! of them, as they wait.

use crate::guess::{Dice, Guessed};
use flow_bytecode::{Program, codec};
use flow_lang::check::Settings;
use flow_lang::compile::{Input, compile, compile_within};
use flow_lang::connect::Described;
use flow_lang::template::TemplateFile;
use flow_openapi::Document;
use flow_vm::machine::{Limits, Loaded, Run, Wake, step};
use flow_vm::snapshot::encode;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What the library declares.
pub fn library() -> Vec<Input> {
    let input =
        |(path, text): &(&str, &str)| Input { path: (*path).into(), text: text.as_bytes().into(), library: true };
    flow_stdlib::declarations().iter().chain(flow_stdlib::flows()).map(input).collect()
}

/// Every `.flow` file below folders of the project, which are named from its root: (path, text), by path.
///
/// # Panics
/// When a folder is not there, or a file is no text.
pub fn files(folders: &[&str]) -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the room stands in the project's root");
    let mut folders: Vec<_> = folders.iter().map(|folder| root.join(folder)).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder is there") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "flow") {
                let text = std::fs::read_to_string(&path).expect("programs are text");
                files.push((path, text));
            }
        }
    }
    files.sort();
    files
}

/// Every text of the house that is a program, or several: parts of the suite's files are separated by lines of dashes.
pub fn texts() -> Vec<String> {
    let files = files(&["examples", "stdlib", "tests/suite"]);
    let mut texts: Vec<String> = files.iter().flat_map(|(_, text)| text.split("\n--- ")).map(str::to_owned).collect();
    texts.sort();
    texts
}

/// The examples, compiled together.
pub fn examples() -> Program {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples");
    let mut inputs = Vec::new();
    for entry in std::fs::read_dir(&folder).expect("the folder is there") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "flow") {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            inputs.push(Input { path: name.into(), text: std::fs::read(&path).expect("it is read"), library: false });
        }
    }
    inputs.sort_by(|left, right| left.path.cmp(&right.path));
    inputs.extend(library());
    let path = "specs/shopify.yaml";
    let document = std::fs::read(folder.join(path)).expect("the document of an example is read");
    let documents = vec![Described { path: path.into(), document: Document::read(&document).map(Arc::new) }];
    let words = std::fs::read_dir(folder.join("templates")).expect("the words of their mails are there");
    let mut templates: Vec<TemplateFile> = words
        .map(|entry| {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            TemplateFile {
                path: format!("templates/{name}").into(),
                bytes: std::fs::read(&path).expect("words are read"),
            }
        })
        .collect();
    templates.sort_by(|left, right| left.path.cmp(&right.path));
    let compiled = compile_within(&inputs, &Settings { documents, templates, ..Settings::default() });
    compiled.lowered.expect("the examples compile").program
}

/// Programs as they are stored, the smaller ones: each file of the suite's runs by itself, and the examples.
pub fn programs() -> Vec<Vec<u8>> {
    let mut programs = vec![codec::encode(&examples(), None)];
    for text in texts() {
        let mut inputs = library();
        inputs.push(Input { path: "main.flow".into(), text: text.into_bytes(), library: false });
        if let Some(lowered) = compile(&inputs).lowered {
            programs.push(codec::encode(&lowered.program, None));
        }
    }
    programs.sort();
    programs.dedup();
    programs
}

/// Runs of the examples, stored wherever they come to wait.
pub fn snapshots() -> Vec<Vec<u8>> {
    let program = Arc::new(examples());
    let loaded = Loaded::new(program.clone()).expect("what the compiler makes verifies");
    let mut found = Vec::new();
    for flow in 0..program.flows.len() as u16 {
        for seed in 0..20 {
            let (mut world, mut dice) = (Guessed::new(program.clone(), seed), Dice::new(seed));
            let params = &program.flows[usize::from(flow)].params;
            let args = params.iter().map(|param| dice.value(&program, param.ty, 3)).collect();
            let mut run = Run::default();
            let mut next = Some(Wake::Start { flow, args });
            for _ in 0..12 {
                let Some(wake) = next else { break };
                let done = step(&loaded, &mut run, wake, &mut world, &Limits::default()).expect("it does not fault");
                if run.is_empty() {
                    break;
                }
                found.push(encode(&run, &loaded).expect("a run that waits can be stored"));
                next = dice.wake(&program, &done, &mut world);
            }
        }
    }
    found.sort();
    found.dedup();
    found
}
