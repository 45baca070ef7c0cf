//! How fast a project compiles: parsed, checked, lowered, verified; each phase apart.
//!
//! `cargo bench -p flow-bench --bench compile`. Medians of several rounds over modules of ordinary flows.

use flow_bench::module;
use flow_bytecode::verify;
use flow_lang::check::{Module, Purpose, check};
use flow_lang::compile::{Input, compile};
use flow_lang::diag::FileId;
use flow_lang::lower::lower;
use flow_lang::syntax::parse;
use std::time::{Duration, Instant};

const MODULES: usize = 40;
const FLOWS: usize = 30;
const ROUNDS: usize = 9;

fn median(mut rounds: Vec<Duration>) -> f64 {
    rounds.sort();
    rounds[rounds.len() / 2].as_secs_f64()
}

fn main() {
    let mut inputs: Vec<Input> = flow_stdlib::declarations()
        .iter()
        .map(|(path, text)| Input { path: (*path).into(), text: text.as_bytes().to_vec(), library: true })
        .collect();
    let shared = "extend Contact { score: Int = 0 }\n";
    inputs.push(Input { path: "shared.flow".into(), text: shared.into(), library: false });
    for number in 0..MODULES {
        let path = format!("module_{number}.flow").into();
        inputs.push(Input { path, text: module(number, FLOWS).into_bytes(), library: false });
    }
    let lines: usize = inputs.iter().map(|input| input.text.iter().filter(|byte| **byte == b'\n').count()).sum();
    let bytes: usize = inputs.iter().map(|input| input.text.len()).sum();

    let first = compile(&inputs);
    assert!(!first.failed(), "{:#?}", first.diagnostics.first());
    let texts: Vec<&str> = inputs.iter().map(|input| std::str::from_utf8(&input.text).expect("UTF-8")).collect();
    let names: Vec<String> = inputs.iter().map(Input::module).collect();

    let (mut parsing, mut checking, mut lowering, mut verifying, mut all) = (vec![], vec![], vec![], vec![], vec![]);
    for _ in 0..ROUNDS {
        let start = Instant::now();
        let parsed: Vec<_> = texts.iter().enumerate().map(|(index, text)| parse(FileId(index as u32), text)).collect();
        parsing.push(start.elapsed());

        let modules: Vec<Module<'_>> = (inputs.iter().zip(&names).zip(&parsed))
            .map(|((input, name), parsed)| Module {
                name,
                tree: &parsed.tree,
                library: input.library,
                connector: false,
                flows: false,
            })
            .collect();
        let start = Instant::now();
        let checked = check(&modules, Purpose::Deploy);
        checking.push(start.elapsed());

        let hir = checked.hir.expect("no errors");
        let start = Instant::now();
        let lowered = lower(&hir, &[]).expect("it fits");
        lowering.push(start.elapsed());

        let start = Instant::now();
        verify::verify(&lowered.program).expect("it verifies");
        verifying.push(start.elapsed());

        let start = Instant::now();
        let compiled = compile(&inputs);
        verify::verify(&compiled.lowered.expect("no errors").program).expect("it verifies");
        all.push(start.elapsed());
    }
    println!("{lines} lines, {:.1} MB, {} flows", bytes as f64 / 1e6, MODULES * FLOWS);
    println!("{:<24}{:>14}{:>14}", "phase", "ms", "M lines/s");
    for (name, rounds) in [
        ("parse", parsing),
        ("resolve and check", checking),
        ("lower", lowering),
        ("verify", verifying),
        ("all, with line table", all),
    ] {
        let seconds = median(rounds);
        println!("{name:<24}{:>14.1}{:>14.2}", seconds * 1e3, lines as f64 / seconds / 1e6);
    }
}
