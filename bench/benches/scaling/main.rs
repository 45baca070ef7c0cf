//! What twice the input costs, up to a mebibyte: each phase of the compiler on ordinary programs and on nasty ones.
//!
//! `cargo bench -p flow-bench --bench scaling [PART OF A NAME]`. The shortest of several rounds, in processor time; told is how many times as
//! long as half the input each phase takes, on an average of the last three doublings, and at worst.

mod mistakes;
mod projects;
mod shapes;

use flow_bytecode::codec::encode;
use flow_bytecode::verify::verify;
use flow_lang::check::{Module, Purpose, check};
use flow_lang::diag::FileId;
use flow_lang::format::format;
use flow_lang::lower::{SourceFile, lower};
use flow_lang::syntax::{Parsed, parse, words};
use rustix::time::{ClockId, clock_gettime};

/// Bytes of the largest input: the last piece of it ends before the mebibyte that a file may have.
const BYTES_MAX: usize = (1 << 20) - (4 << 10);
/// Times that it is halved.
const HALVES: u32 = 4;
/// Twice the input may cost so many times as much.
const FACTOR_MAX: f64 = 2.5;
/// What takes less than this is not measured well enough to compare.
const SECONDS_MIN: f64 = 0.002;

const PHASES: [&str; 7] = ["lex", "parse", "check", "lower", "verify", "encode", "format"];

fn seconds(work: impl FnOnce()) -> f64 {
    let now = || {
        let time = clock_gettime(ClockId::ProcessCPUTime);
        time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
    };
    let start = now();
    work();
    now() - start
}

/// What takes so many seconds at one size is not tried at the next.
const SECONDS_MAX: f64 = 30.0;

/// Seconds of each phase, the shortest of some rounds, and how much there is to tell.
fn measure(text: &str, library: &[(String, Parsed)]) -> ([f64; 7], usize) {
    let mut least = [f64::MAX; 7];
    let mut all = 0.0;
    let mut told = 0;
    for round in 0..7 {
        // What takes long is not measured often.
        if round > 0 && all > 3.0 {
            break;
        }
        let mut parsed = None;
        let mut checked = None;
        let lex = seconds(|| drop(words(FileId(0), text)));
        let parsing = seconds(|| parsed = Some(parse(FileId(0), text)));
        let parsed = parsed.expect("it was parsed");
        let mut modules = vec![Module { name: "main", tree: &parsed.tree, library: false }];
        modules.extend(library.iter().map(|(name, parsed)| Module { name, tree: &parsed.tree, library: true }));
        let checking = seconds(|| checked = Some(check(&modules, Purpose::Deploy)));
        let checked = checked.expect("it was checked");
        told = parsed.diagnostics.len() + checked.diagnostics.len();
        let mut lowered = None;
        let lowering = checked.hir.map_or(0.0, |hir| {
            let files = [SourceFile { name: "main.flow", text }];
            seconds(|| lowered = lower(&hir, &files).ok())
        });
        let (verifying, encoding) = lowered.map_or((0.0, 0.0), |lowered| {
            let verifying = seconds(|| verify(&lowered.program).expect("it verifies"));
            (verifying, seconds(|| drop(encode(&lowered.program, Some(&lowered.debug)))))
        });
        let formatting = seconds(|| drop(format(text)));
        let found = [lex, parsing, checking, lowering, verifying, encoding, formatting];
        all += found.iter().sum::<f64>();
        least.iter_mut().zip(found).for_each(|(least, found)| *least = least.min(found));
    }
    (least, told)
}

fn main() {
    let only = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let library: Vec<(String, Parsed)> = (flow_stdlib::declarations().iter().enumerate())
        .map(|(at, (path, text))| (path.trim_end_matches(".flow").to_owned(), parse(FileId(1 + at as u32), text)))
        .collect();
    println!(
        "{:<32}{:>6}{}",
        "of 1 MiB: ms, factor, worst",
        "told",
        PHASES.map(|phase| format!("{phase:>19}")).concat()
    );
    let mut missed = Vec::new();
    for (name, shape) in [shapes::ALL, projects::ALL, mistakes::ALL].concat() {
        if !name.contains(&*only) {
            continue;
        }
        let mut measured: Vec<[f64; 7]> = Vec::new();
        let mut told = 0;
        for bytes in (0..=HALVES).rev().map(|half| BYTES_MAX >> half) {
            if measured.last().is_some_and(|last| last.iter().sum::<f64>() > SECONDS_MAX) {
                missed.push(format!("{name}, given up"));
                break;
            }
            let (seconds, found) = measure(&shape(bytes), &library);
            measured.push(seconds);
            told = found;
        }
        let last = measured.len() - 1;
        let mut row = format!("{name:<32}{told:>6}");
        for (phase, called) in PHASES.iter().enumerate() {
            let of = |at: usize| measured[at][phase];
            if of(last) < SECONDS_MIN {
                row.push_str(&format!("{:>9.1}          ", of(last) * 1e3));
                continue;
            }
            // The mean is of what doubles: it hides no step that is always too dear.
            let first =
                (0..last).find(|at| of(*at) >= SECONDS_MIN / 2.0).unwrap_or(last - 1).max(last.saturating_sub(3));
            let factor = (of(last) / of(first)).powf(1.0 / (last - first) as f64);
            let worst = (first..last).map(|at| of(at + 1) / of(at)).fold(0.0, f64::max);
            row.push_str(&format!("{:>9.1}{factor:>5.2}{worst:>5.2}", of(last) * 1e3));
            if factor > FACTOR_MAX {
                missed.push(format!("{name}, {called}: {factor:.2}"));
            }
        }
        println!("{row}");
    }
    match missed.as_slice() {
        [] => println!("twice the input never costs more than {FACTOR_MAX} times as much"),
        missed => println!("MISSED: {}", missed.join("; ")),
    }
}
