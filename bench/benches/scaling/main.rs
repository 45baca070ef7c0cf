//! What twice the input costs, up to a mebibyte: each phase of the compiler on ordinary programs and on nasty ones.
//!
//! `cargo bench -p flow-bench --bench scaling [PART OF A NAME]` prints a table in Markdown. Told is how many times as long as half the
//! input each phase takes, on an average of the last three doublings: the shortest of several rounds, in processor time on one core,
//! for a second one ends the sooner by doing more. In brackets stand the milliseconds of the largest input, and its size where
//! that is less than a mebibyte because larger ones are refused.

mod mistakes;
mod projects;
mod repeated;
mod shapes;

use flow_bench as _;
use flow_bytecode::codec::encode;
use flow_bytecode::verify::verify;
use flow_lang::check::{Module, Purpose, check};
use flow_lang::diag::FileId;
use flow_lang::format::format;
use flow_lang::lower::{SourceFile, lower};
use flow_lang::syntax::{Parsed, parse, words};
use rustix::thread::{CpuSet, sched_setaffinity};
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
/// Rounds, and what a shape may take until there is no other.
const ROUNDS: usize = 9;
const ROUNDS_SECONDS: f64 = 8.0;

/// Seconds of each phase that was gone through; of those that refuse their input there is nothing to tell.
type Seconds = [Option<f64>; PHASES.len()];

fn measure(text: &str, library: &[(String, Parsed)]) -> Seconds {
    let mut parsed = None;
    let mut checked = None;
    let lex = seconds(|| drop(words(FileId(0), text)));
    let parsing = seconds(|| parsed = Some(parse(FileId(0), text)));
    let parsed = parsed.expect("it was parsed");
    let mut modules = vec![Module { name: "main", tree: &parsed.tree, library: false, connector: false, flows: false }];
    modules.extend(library.iter().map(|(name, parsed)| Module {
        name,
        tree: &parsed.tree,
        library: true,
        connector: false,
        flows: false,
    }));
    let checking = seconds(|| checked = Some(check(&modules, Purpose::Deploy)));
    let checked = checked.expect("it was checked");
    let formatting = seconds(|| drop(format(text)));
    let mut found = [Some(lex), Some(parsing), Some(checking), None, None, None, Some(formatting)];
    if let Some(hir) = checked.hir {
        let files = [SourceFile { name: "main.flow", text }];
        let mut lowered = None;
        let lowering = seconds(|| lowered = lower(&hir, &files).ok());
        if let Some(lowered) = lowered {
            let verifying = seconds(|| verify(&lowered.program).expect("it verifies"));
            let encoding = seconds(|| drop(encode(&lowered.program, Some(&lowered.debug))));
            (found[3], found[4], found[5]) = (Some(lowering), Some(verifying), Some(encoding));
        }
    }
    found
}

/// The shortest of several rounds, from the smallest input to the largest, each round through all of them: what neighbours take is
/// taken from all alike.
fn rounds(texts: &[String], library: &[(String, Parsed)]) -> Vec<Seconds> {
    let mut least: Vec<Seconds> = Vec::new();
    let mut all = 0.0;
    for round in 0..ROUNDS {
        if round > 0 && all > ROUNDS_SECONDS {
            break;
        }
        for (at, text) in texts.iter().enumerate() {
            let found = measure(text, library);
            let took = found.iter().flatten().sum::<f64>();
            all += took;
            match least.get_mut(at) {
                None => least.push(found),
                Some(least) => {
                    least
                        .iter_mut()
                        .zip(found)
                        .for_each(|(least, found)| *least = (*least).zip(found).map(|(a, b)| a.min(b)));
                }
            }
            if took > SECONDS_MAX || round > 0 && at + 1 == least.len() {
                break;
            }
        }
    }
    least
}

/// How many times as long as half the input the largest took.
struct Cell {
    /// None where it takes too little to tell.
    factor: Option<f64>,
    seconds: f64,
    /// Times that the largest input was halved until it was taken.
    halves: usize,
}

impl Cell {
    /// Of the seconds from the smallest input on; none where every input is refused.
    fn new(done: &[f64], sizes: usize) -> Option<Cell> {
        let (last, took) = done.iter().enumerate().next_back()?;
        // The mean is of what doubles: it hides no step that is always too dear.
        let first = (0..last).find(|at| done[*at] >= SECONDS_MIN / 2.0).map(|first| first.max(last.saturating_sub(3)));
        let factor =
            first.filter(|_| *took >= SECONDS_MIN).map(|first| (took / done[first]).powf(1.0 / (last - first) as f64));
        Some(Cell { factor, seconds: *took, halves: sizes - 1 - last })
    }

    fn is_missed(&self) -> bool {
        self.factor.is_some_and(|factor| factor > FACTOR_MAX)
    }
}

impl std::fmt::Display for Cell {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let ms = self.seconds * 1e3;
        let size = match self.halves {
            0 => String::new(),
            half => format!(", {} KiB", 1 << (10 - half)),
        };
        match self.factor {
            None => write!(f, "({ms:.1}{size})"),
            Some(factor) if self.is_missed() => write!(f, "**{factor:.2}** ({ms:.0}{size})"),
            Some(factor) => write!(f, "{factor:.2} ({ms:.0}{size})"),
        }
    }
}

/// The cells of a shape, and whether it was given up.
fn cells(shape: impl Fn(usize) -> String, library: &[(String, Parsed)]) -> ([Option<Cell>; PHASES.len()], bool) {
    let texts: Vec<String> = (0..=HALVES).rev().map(|half| shape(BYTES_MAX >> half)).collect();
    let measured = rounds(&texts, library);
    let cell = |phase: usize| {
        let done: Vec<f64> = measured.iter().map_while(|one| one[phase]).collect();
        Cell::new(&done, texts.len())
    };
    (std::array::from_fn(cell), measured.len() < texts.len())
}

fn print(name: &str, cells: &[Option<Cell>]) {
    let cells = cells.iter().map(|cell| cell.as_ref().map_or(String::new(), |cell| format!(" {cell}")));
    println!("| {name} |{} |", cells.collect::<Vec<_>>().join(" |"));
}

fn main() {
    let mut core = CpuSet::new();
    core.set(0);
    sched_setaffinity(None, &core).expect("one core is to be had");
    let only = std::env::args().skip(1).find(|arg| !arg.starts_with('-')).unwrap_or_default();
    let library: Vec<(String, Parsed)> = (flow_stdlib::declarations().iter().enumerate())
        .map(|(at, (path, text))| (path.trim_end_matches(".flow").to_owned(), parse(FileId(1 + at as u32), text)))
        .collect();
    println!("| input | {} |\n|---|{}", PHASES.join(" | "), "---|".repeat(PHASES.len()));
    let mut missed = Vec::new();
    let mut look = |name: &str, cells: &[Option<Cell>], given_up: bool| {
        missed.extend(given_up.then(|| format!("{name}, given up")));
        for (cell, phase) in cells.iter().zip(PHASES) {
            let cell = cell.as_ref().filter(|cell| cell.is_missed());
            missed.extend(cell.map(|cell| format!("{name}, {phase}: {:.2}", cell.factor.unwrap_or_default())));
        }
    };
    for (name, shape) in [shapes::ALL, projects::ALL, mistakes::ALL].concat() {
        if name.contains(&*only) {
            let (cells, given_up) = cells(shape, &library);
            look(name, &cells, given_up);
            print(name, &cells);
        }
    }
    // Of the many files of one piece the worst of each phase is told.
    const REPEATED: &str = "one piece over and over";
    let pieces = repeated::HEADS.iter().flat_map(|head| repeated::PARTS.iter().map(move |part| (head, part)));
    let named = pieces.map(|(head, part)| (format!("{REPEATED} ({head:?}, {part:?})"), head, part));
    let named: Vec<_> = named.filter(|(name, ..)| name.contains(&*only)).collect();
    if !named.is_empty() {
        let mut worst: [Option<Cell>; PHASES.len()] = Default::default();
        for (name, head, part) in named {
            let (cells, given_up) = cells(|bytes| repeated::repeated(head, part, bytes), &library);
            look(&name, &cells, given_up);
            let key = |cell: &Option<Cell>| cell.as_ref().map(|cell| (cell.factor.unwrap_or(0.0), cell.seconds));
            for (worst, cell) in worst.iter_mut().zip(cells) {
                if key(&cell).partial_cmp(&key(worst)).is_some_and(|order| order.is_gt()) {
                    *worst = cell;
                }
            }
        }
        print(REPEATED, &worst);
    }
    match missed.as_slice() {
        [] => println!("\ntwice the input never costs more than {FACTOR_MAX} times as much"),
        missed => println!("\nMISSED: {}", missed.join("; ")),
    }
}
