use super::counted;
use crate::check::{Module, Purpose, check};
use crate::diag::FileId;
use crate::format::format;
use crate::lower::{SourceFile, lower};
use crate::syntax::{Parsed, parse};
use flow_bytecode::verify;

#[path = "../../stdlib/declarations.rs"]
mod declarations;
#[path = "../../bench/benches/scaling/mistakes.rs"]
mod mistakes;
#[path = "../../bench/benches/scaling/projects.rs"]
mod projects;
#[path = "../../bench/benches/scaling/repeated.rs"]
mod repeated;
#[path = "../../bench/benches/scaling/shapes.rs"]
mod shapes;

/// Bytes of the larger input: what takes the square of its length shows, and what is bounded has reached its bound.
const BYTES: usize = 40 << 10;

/// A file of a project, and the library.
fn modules<'a>(own: &'a Parsed, library: &'a [Parsed]) -> Vec<Module<'a>> {
    let module = |name, parsed: &'a Parsed, library| Module {
        name,
        tree: &parsed.tree,
        library,
        connector: false,
        flows: false,
    };
    let library = library.iter().map(|parsed| module("library", parsed, true));
    std::iter::once(module("main", own, false)).chain(library).collect()
}

/// What is spent on compiling a text, and on verifying what is made of it.
fn effort(text: &str, library: &[Parsed]) -> [u64; 2] {
    let mut lowered = None;
    let compiling = counted(|| {
        let parsed = parse(FileId(0), text);
        let modules = modules(&parsed, library);
        let checked = check(&modules, Purpose::Deploy);
        lowered = checked.hir.and_then(|hir| lower(&hir, &[SourceFile { name: "main.flow", text }]).ok());
        drop(format(text));
    });
    [compiling, lowered.map_or(0, |lowered| verify::effort(&lowered.program))]
}

/// Every shape of the benchmark `scaling`, without a clock.
#[test]
fn twice_the_input_is_twice_the_work() {
    let library: Vec<Parsed> = (declarations::declarations().iter().enumerate())
        .map(|(at, (_, text))| parse(FileId(1 + at as u32), text))
        .collect();
    let mut wrong = Vec::new();
    let mut verified = 0;
    for (name, shape) in [shapes::ALL, projects::ALL, mistakes::ALL].concat() {
        let (once, twice) = (effort(&shape(BYTES / 2), &library), effort(&shape(BYTES), &library));
        if once.iter().zip(twice).any(|(once, twice)| twice as f64 > 2.5 * *once as f64) {
            wrong.push(format!("{name}: {once:?}, then {twice:?}"));
        }
        verified += usize::from(twice[1] > 0);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(verified > 50, "what is lowered at all is verified: {verified}");
}

#[test]
fn twice_one_piece_is_twice_the_work() {
    let mut wrong = Vec::new();
    for head in repeated::HEADS {
        for part in repeated::PARTS {
            let [once, twice] =
                [BYTES / 4, BYTES / 2].map(|bytes| effort(&repeated::repeated(head, part, bytes), &[])[0]);
            if twice as f64 > 2.5 * once as f64 {
                wrong.push(format!("{part:?} behind {head:?}: {once}, then {twice}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where work is counted one thread does it all; else several do, each in its own order.
#[test]
fn what_is_said_does_not_hang_on_threads() {
    let library: Vec<Parsed> = (declarations::declarations().iter().enumerate())
        .map(|(at, (_, text))| parse(FileId(1 + at as u32), text))
        .collect();
    for (name, shape) in [projects::ALL, mistakes::ALL].concat() {
        let text = shape(BYTES);
        let parsed = parse(FileId(0), &text);
        let modules = modules(&parsed, &library);
        let mut alone = None;
        counted(|| alone = Some(check(&modules, Purpose::Deploy).diagnostics));
        assert_eq!(alone, Some(check(&modules, Purpose::Deploy).diagnostics), "{name}");
    }
}
