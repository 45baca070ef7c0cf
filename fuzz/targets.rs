//! What is tried on any bytes. A target that returns has held.

use crate::corpus::{examples, library};
use crate::guess::{Dice, Guessed};
use crate::layout::{laid_out_once, same_laid_out};
use flow_bytecode::{Program, codec, disasm, verify};
use flow_lang::check::{Module, Purpose, check};
use flow_lang::compile::Input;
use flow_lang::diag::{Diagnostic, FileId, Severity, Span};
use flow_lang::lower::{SourceFile, lower};
use flow_lang::syntax::{Parsed, parse, parse_bytes, readable, words};
use flow_vm::machine::{Limits, Loaded, Run, Wake, step};
use flow_vm::snapshot::{decode, encode};
use std::sync::{Arc, OnceLock};

fn is_place(text: &str, span: Span) {
    assert!(text.get(span.range()).is_some(), "{span:?} is no place in {} bytes", text.len());
}

fn are_places(text: &str, file: FileId, diagnostics: &[Diagnostic]) {
    for diagnostic in diagnostics {
        assert!(!diagnostic.message.is_empty());
        let labels = diagnostic.labels.iter().map(|label| label.span);
        let edits = diagnostic.fixes.iter().flat_map(|fix| fix.edits.iter().map(|(span, _)| *span));
        for span in labels.chain(edits).chain([diagnostic.primary.span]).filter(|span| span.file == file) {
            is_place(text, span);
        }
    }
}

/// Words stand in order, each at its own place.
pub fn lexer(data: &[u8]) {
    let text = readable(data);
    let mut end = 0;
    for span in words(FileId(0), &text) {
        is_place(&text, span);
        // What is missing is put where it should be: it has no width, and may be asked for at a place passed before.
        assert!(span.start >= end || span.start == span.end, "{span:?} stands before {end}");
        end = end.max(span.end);
    }
}

/// A tree of every text, and everything said of it has a place.
pub fn parser(data: &[u8]) {
    let text = readable(data);
    let parsed = parse_bytes(FileId(0), data);
    are_places(&text, FileId(0), &parsed.diagnostics);
    parsed.tree.items.iter().for_each(|item| is_place(&text, item.span));
    parsed.comments.iter().for_each(|comment| is_place(&text, comment.span));
}

/// What is laid out says the same and stays as it is.
pub fn formatter(data: &[u8]) {
    let text = readable(data);
    let parsed = parse(FileId(0), &text);
    match parsed.diagnostics.iter().any(|diagnostic| diagnostic.severity() == Severity::Error) {
        true => drop(laid_out_once(&text)),
        false => drop(same_laid_out(&text)),
    }
}

/// The library, read once.
fn read_library() -> &'static [(String, Parsed)] {
    static READ: OnceLock<Vec<(String, Parsed)>> = OnceLock::new();
    READ.get_or_init(|| {
        let read = |(at, input): (usize, &Input)| (input.module(), parse_bytes(FileId(1 + at as u32), &input.text));
        library().iter().enumerate().map(read).collect()
    })
}

/// A project is refused or lowered, and what is lowered verifies and is stored and read again.
pub fn checker(data: &[u8]) {
    let text = readable(data);
    let parsed = parse(FileId(0), &text);
    let mut modules = vec![Module { name: "main", tree: &parsed.tree, library: false, connector: false, flows: false }];
    modules.extend(read_library().iter().map(|(name, parsed)| Module {
        name,
        tree: &parsed.tree,
        library: true,
        connector: false,
        flows: false,
    }));
    let refused = |list: &[Diagnostic]| list.iter().any(|diagnostic| diagnostic.severity() == Severity::Error);
    let checked = check(&modules, Purpose::Deploy);
    are_places(&text, FileId(0), &checked.diagnostics);
    if refused(&parsed.diagnostics) {
        return;
    }
    assert_eq!(checked.hir.is_none(), refused(&checked.diagnostics), "{:?}", checked.diagnostics);
    let Some(hir) = checked.hir else { return };
    let files = [SourceFile { name: "main.flow", text: &text }];
    let Ok(lowered) = lower(&hir, &files) else { return };
    verify::verify(&lowered.program).unwrap_or_else(|errors| panic!("does not verify: {errors:?}"));
    let bytes = codec::encode(&lowered.program, None);
    let (read, _) = codec::decode(&bytes).expect("what was stored is read");
    assert_eq!(codec::encode(&read, None), bytes);
}

/// Any bytes are refused or are a program; what verifies runs without a panic.
pub fn program(data: &[u8]) {
    let mut bytes = data.to_vec();
    // Nobody guesses a checksum: it is made right, so that what it guards is tried.
    let Some(at) = bytes.len().checked_sub(8) else { return };
    let checksum = blake3::hash(&bytes[..at]);
    bytes[at..].copy_from_slice(&checksum.as_bytes()[..8]);
    let Ok((program, debug)) = codec::decode(&bytes) else { return };
    assert_eq!(codec::encode(&program, debug.as_ref()), bytes, "there is one encoding of a program");
    disasm::program(&program, debug.as_ref(), None);
    let program = Arc::new(program);
    let Ok(loaded) = Loaded::new(program.clone()) else { return };
    for flow in 0..program.flows.len().min(4) as u16 {
        go(&loaded, &program, flow);
    }
}

/// A few steps of a run.
fn go(loaded: &Loaded, program: &Arc<Program>, flow: u16) {
    let limits = Limits {
        step_instructions: 2_000,
        back_edges_max: 2_000,
        text_bytes_max: 1 << 16,
        live_bytes_max: 1 << 20,
        ..Limits::default()
    };
    let (mut world, mut dice) = (Guessed::new(program.clone(), 1), Dice::new(1));
    let params = &program.flows[usize::from(flow)].params;
    let args = params.iter().map(|param| dice.value(program, param.ty, 3)).collect();
    let mut run = Run::default();
    let mut next = Some(Wake::Start { flow, args });
    for _ in 0..6 {
        let Some(wake) = next else { break };
        let Ok(done) = step(loaded, &mut run, wake, &mut world, &limits) else { break };
        if run.is_empty() {
            break;
        }
        // No run comes by a value that there is not.
        if dice.is_stuck() || world.is_stuck() {
            break;
        }
        let bytes = encode(&run, loaded).expect("what verifies can be stored");
        run = decode(&bytes, loaded).expect("what was stored is read");
        next = dice.wake(program, &done, &mut world);
    }
}

/// Any bytes are refused or are a run of the examples, which goes on without a panic.
pub fn snapshot(data: &[u8]) {
    static EXAMPLES: OnceLock<Loaded> = OnceLock::new();
    let loaded = EXAMPLES.get_or_init(|| Loaded::new(Arc::new(examples())).expect("it verifies"));
    let mut bytes = data.to_vec();
    let Some(at) = bytes.len().checked_sub(4).filter(|at| *at >= 9) else { return };
    bytes[1..9].copy_from_slice(&loaded.hash()[..8]);
    let checksum = crc32fast::hash(&bytes[..at]).to_le_bytes();
    bytes[at..].copy_from_slice(&checksum);
    let Ok(mut run) = decode(&bytes, loaded) else { return };
    assert_eq!(encode(&run, loaded).expect("what was read can be stored"), bytes, "a run has one encoding");
    let mut world = Guessed::new(loaded.program().clone(), 1);
    let limits = Limits { step_instructions: 2_000, ..Limits::default() };
    for wake in [Wake::Due, Wake::Changed, Wake::Continue] {
        if run.is_empty() || step(loaded, &mut run, wake, &mut world, &limits).is_err() {
            break;
        }
    }
}

/// A target: its name and what it tries.
pub type Target = (&'static str, fn(&[u8]));

/// Every target, by name.
pub const ALL: &[Target] = &[
    ("lexer", lexer),
    ("parser", parser),
    ("formatter", formatter),
    ("checker", checker),
    ("program", program),
    ("snapshot", snapshot),
];
