//! The documentation's examples compile.

use flow_lang::compile::{Input, compile};
use flow_lang::diag::render::short;
use flow_tests::story::inputs;
use std::path::Path;

/// Blocks fenced as `flow`, with the line they begin on.
fn blocks(text: &str) -> Vec<(usize, String)> {
    let mut blocks = Vec::new();
    let mut block: Option<(usize, String)> = None;
    for (index, line) in text.lines().enumerate() {
        block = match (block, line.trim()) {
            (None, "```flow") => Some((index + 2, String::new())),
            (None, _) => None,
            (Some(done), "```") => {
                blocks.push(done);
                None
            }
            (Some((start, text)), _) => Some((start, format!("{text}{line}\n"))),
        };
    }
    blocks
}

#[test]
fn examples_in_the_documentation_compile() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the project's root");
    let mut pages = vec![root.join("README.md")];
    pages.extend(std::fs::read_dir(root.join("docs")).expect("docs").map(|entry| entry.expect("an entry").path()));
    pages.retain(|page| page.extension().is_some_and(|extension| extension == "md"));
    pages.sort();
    let mut seen = 0;
    let library = inputs(Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/crash/journey.flow").as_path());
    for page in pages {
        for (line, text) in blocks(&std::fs::read_to_string(&page).expect("a page")) {
            seen += 1;
            let mut inputs: Vec<Input> = library.iter().filter(|input| input.library).cloned().collect();
            inputs.push(Input { path: "example.flow".into(), text: text.into_bytes(), library: false });
            let compiled = compile(&inputs);
            let said: Vec<String> = compiled.diagnostics.iter().map(|one| short(one, &compiled.sources)).collect();
            assert!(!compiled.failed(), "{}:{line}:\n{}", page.display(), said.join("\n"));
        }
    }
    assert!(seen >= 2, "only {seen} examples were found");
}
