//! What holds of every program: a well-typed one compiles, verifies, runs without a fault and is stored and read again
//! wherever it waits; laid out it is the same program; one mistake in it is told where it stands.
//!
//! The programs are made from numbers. `FLOW_SEED=7 cargo test -p flow-tests --test laws` makes one alone and shows it;
//! `FLOW_PROGRAMS=1000000` makes more than the twenty thousand.

use flow_bytecode::codec;
use flow_fuzz::guess::{Dice, Guessed};
use flow_fuzz::layout::{laid_out_once, same_laid_out};
use flow_lang::compile::Compiled;
use flow_lang::diag::Severity;
use flow_tests::generate::choices::shrink;
use flow_tests::generate::{Choices, Kind, Project, project, remarked, ruffled};
use flow_tests::project::{pictures, project as compiled, sound_programs};
use flow_tests::typed::{self, Watched};
use flow_vm::machine::{Limits, Loaded, Run, Status, Wake, step};
use flow_vm::snapshot::{decode_into, encode};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Programs, each with several flows.
const PROGRAMS: u64 = 20_000;
/// So many are compiled at once, for the library's declarations are read for each compilation.
const TOGETHER: u64 = 200;
/// Mutants of each kind.
const MUTANTS: usize = 60;
/// Steps of a run, at most.
const STEPS_MAX: usize = 20;

/// A program of a seed, under names of its own.
fn program(seed: u64) -> Project {
    project(&mut Choices::seeded(seed), &format!("s{seed}"), None)
}

fn compile_all<'a>(projects: impl IntoIterator<Item = &'a Project>) -> Compiled {
    let files = projects.into_iter().flat_map(|project| &project.files);
    compiled(files.map(|(path, text)| (path.as_str(), text.as_bytes())))
}

/// The seeds to try: one alone, or all.
fn seeds() -> std::ops::Range<u64> {
    let number = |name: &str| std::env::var(name).ok().and_then(|text| text.parse::<u64>().ok());
    match number("FLOW_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number("FLOW_PROGRAMS").unwrap_or(PROGRAMS),
    }
}

/// Calls `law` with stretches of seeds, on every core. A stretch that fails is gone through one by one, and the program
/// that fails is made as small as it can be.
fn for_all(law: impl Fn(&[Project]) + Sync) {
    let seeds = seeds();
    let next = AtomicU64::new(seeds.start);
    let holds = |projects: &[Project]| catch_unwind(AssertUnwindSafe(|| law(projects))).is_ok();
    let work = || {
        loop {
            let from = next.fetch_add(TOGETHER, Ordering::Relaxed);
            if from >= seeds.end {
                break;
            }
            let projects: Vec<Project> = (from..(from + TOGETHER).min(seeds.end)).map(program).collect();
            if seeds.end - seeds.start == 1 {
                projects[0].files.iter().for_each(|(path, text)| println!("---- {path}\n{text}"));
            } else if holds(&projects) {
                continue;
            }
            for (seed, project) in (from..).zip(&projects) {
                if !holds(std::slice::from_ref(project)) {
                    fail(seed, &holds, &law);
                }
            }
            law(&projects);
        }
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
}

/// Shows the smallest program like that of the seed for which the law does not hold, and how it does not.
fn fail(seed: u64, holds: &dyn Fn(&[Project]) -> bool, law: &dyn Fn(&[Project])) -> ! {
    let mut choices = Choices::seeded(seed);
    project(&mut choices, "a", None);
    let make = |choices: &[u32]| project(&mut Choices::given(choices.to_vec()), "a", None);
    let least = shrink(choices.taken().to_vec(), 300, |choices| !holds(&[make(choices)]));
    let project = make(&least);
    let mut shown = String::new();
    for (path, text) in &project.files {
        let _ = write!(shown, "---- {path}\n{text}");
    }
    eprintln!("FLOW_SEED={seed} fails; the smallest program like it:\n{shown}");
    law(&[project]);
    panic!("FLOW_SEED={seed} fails, the smallest program like it does not");
}

fn sound(projects: &[Project]) -> Arc<flow_bytecode::Program> {
    let done = compile_all(projects);
    assert!(!done.failed(), "refused:\n{}", pictures(&errors(done)));
    Arc::new(done.lowered.expect("what is not refused is lowered").program)
}

/// Without the warnings.
fn errors(mut compiled: Compiled) -> Compiled {
    compiled.diagnostics.retain(|diagnostic| diagnostic.severity() == Severity::Error);
    compiled
}

/// What became of runs.
#[derive(Default)]
struct Tally {
    runs: AtomicU64,
    stored: AtomicU64,
    finished: AtomicU64,
    failed: AtomicU64,
    waiting: AtomicU64,
}

/// A way through a flow: whatever it meets, it goes on, ends or waits, and is stored and read again whenever it waits.
fn run(loaded: &Loaded, flow: u16, seed: u64, tally: &Tally) {
    let program = loaded.program();
    // Less than the promised limits: what reaches them fails, and goes on to be run.
    let limits = Limits {
        step_instructions: 500 * (seed % 3),
        back_edges_max: 2_000,
        text_bytes_max: 1 << 16,
        live_bytes_max: 1 << 20,
        ..Limits::default()
    };
    let mut world = Watched(Guessed::new(program.clone(), seed), program.clone());
    let mut dice = Dice::new(seed);
    let declared = &program.flows[usize::from(flow)];
    let args = declared.params.iter().map(|param| dice.value(program, param.ty, 3)).collect();
    let (mut run, mut read) = (Run::default(), Run::default());
    let mut wake = Wake::Start { flow, args };
    tally.runs.fetch_add(1, Ordering::Relaxed);
    for _ in 0..STEPS_MAX {
        let told = format!("{wake:?}");
        let done = step(loaded, &mut run, wake, &mut world, &limits)
            .unwrap_or_else(|fault| panic!("{} faults on {told}: {fault}", declared.name));
        for intent in &done.intents {
            let action = &program.actions[usize::from(intent.action)];
            for ((name, ty), arg) in action.params.iter().zip(&intent.args) {
                assert!(typed::is(program, *ty, arg), "{}: {name} is {arg:?}", action.name);
            }
        }
        if run.is_empty() {
            match done.status {
                Status::Failed { .. } => tally.failed.fetch_add(1, Ordering::Relaxed),
                _ => tally.finished.fetch_add(1, Ordering::Relaxed),
            };
            return;
        }
        let bytes = encode(&run, loaded).expect("a run that waits can be stored");
        decode_into(&bytes, loaded, &mut read).expect("what was stored is read");
        assert_eq!(encode(&read, loaded).expect("it can be stored again"), bytes);
        std::mem::swap(&mut run, &mut read);
        tally.stored.fetch_add(1, Ordering::Relaxed);
        match dice.wake(program, &done, &mut world.0) {
            Some(next) => wake = next,
            None => break,
        }
    }
    tally.waiting.fetch_add(1, Ordering::Relaxed);
}

#[test]
fn well_typed_programs_do_not_go_wrong_and_stay_the_same_laid_out() {
    let tally = Tally::default();
    for_all(|projects| {
        let program = sound(projects);
        let hash = codec::hash(&program);
        let loaded = Loaded::new(program).unwrap_or_else(|errors| panic!("does not verify: {errors:?}"));
        for flow in 0..loaded.program().flows.len() as u16 {
            run(&loaded, flow, u64::from(flow) + 1, &tally);
        }
        let mut laid_out = projects.to_vec();
        for (at, project) in laid_out.iter_mut().enumerate() {
            for (_, text) in &mut project.files {
                // Each sixth is read whole, and once more as somebody in a hurry writes it; of the others the bytecode tells.
                *text = if at % 6 == 3 {
                    commented(text, at as u64)
                } else if at % 6 == 0 {
                    let same = same_laid_out(text);
                    let hurried = ruffled(text, &mut Choices::seeded(at as u64));
                    let plain = same_laid_out(&hurried).tree;
                    assert!(plain == same.tree, "unformatted it is another program:\n{hurried}");
                    same.text
                } else {
                    laid_out_once(text)
                };
            }
        }
        assert!(codec::hash(&sound(&laid_out)) == hash, "laid out it is another program");
    });
    let count = |number: &AtomicU64| number.load(Ordering::Relaxed);
    let (runs, stored) = (count(&tally.runs), count(&tally.stored));
    let (finished, failed, waiting) = (count(&tally.finished), count(&tally.failed), count(&tally.waiting));
    println!("{runs} runs: {finished} finished, {failed} failed, {waiting} waiting; stored and read {stored} times");
    // Each end is reached: else the law would say little.
    if runs > 1_000 {
        assert!(stored > runs && finished > runs / 10 && failed > runs / 50 && waiting > runs / 200);
    }
}

/// A program with comments amid its statements, laid out: the same program.
fn commented(text: &str, seed: u64) -> String {
    let rarity = 1 + (seed % 5) as u32 * 3;
    // What has any other layout shows that it was laid out at all.
    let remarked = format!("{}\nflow  last_of_all( ){{ }}\n", remarked(text, rarity, &mut Choices::seeded(seed)));
    let parsed = flow_lang::syntax::parse(flow_lang::diag::FileId(0), &remarked);
    assert!(parsed.diagnostics.is_empty(), "no program with comments: {:?}\n{remarked}", parsed.diagnostics);
    let laid_out = same_laid_out(&remarked).text;
    let Some(text) = laid_out.strip_suffix("flow last_of_all() {}\n") else {
        panic!("it stays as it was:\n{remarked}");
    };
    text.to_owned()
}

#[test]
fn laid_out_every_program_of_the_suite_stays_the_same() {
    let programs = sound_programs();
    assert!(programs.len() > 40, "{} programs", programs.len());
    for (path, text) in &programs {
        let plain = same_laid_out(text).tree;
        for seed in 0..20 {
            let hurried = ruffled(text, &mut Choices::seeded(seed));
            assert!(same_laid_out(&hurried).tree == plain, "{path}, unformatted:\n{hurried}");
            if seed % 4 == 0 {
                let commented = commented(text, seed);
                assert!(same_laid_out(&commented).tree == plain, "{path}, with comments:\n{commented}");
            }
        }
    }
}

/// Programs with one mistake of a kind, and the seeds they are of.
fn mutants(kind: Kind) -> Vec<(u64, Project)> {
    let mut mutants = Vec::new();
    for seed in 0..2_000 {
        if mutants.len() == MUTANTS {
            break;
        }
        let tag = format!("s{seed}");
        let sites = project(&mut Choices::seeded(seed), &tag, Some((kind, u32::MAX - 1))).sites;
        if sites > 0 {
            let at = (seed % u64::from(sites)) as u32;
            mutants.push((seed, project(&mut Choices::seeded(seed), &tag, Some((kind, at)))));
        }
    }
    mutants
}

/// Whether something is said of a file at a place, on its lines or a line beside them.
fn told(done: &Compiled, path: &str, range: &std::ops::Range<usize>) -> bool {
    done.diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error).any(|diagnostic| {
        let spans = diagnostic.labels.iter().map(|label| label.span).chain([diagnostic.primary.span]);
        spans.into_iter().any(|span| {
            let Some(source) = done.sources.get(span.file).filter(|source| *source.path == *path) else { return false };
            let begin = source.text[..range.start].rfind('\n').map_or(0, |at| at + 1);
            let end = source.text[range.end..].find('\n').map_or(source.text.len(), |at| range.end + at);
            let begin = source.text[..begin.saturating_sub(1)].rfind('\n').map_or(0, |at| at + 1);
            let end = source.text[end..].match_indices('\n').nth(1).map_or(source.text.len(), |(at, _)| end + at);
            (span.start as usize) <= end && begin <= span.end as usize
        })
    })
}

#[test]
fn one_mistake_is_told_where_it_stands() {
    let mut counts = BTreeMap::new();
    let mut silent = Vec::new();
    for kind in Kind::ALL {
        let mutants = mutants(*kind);
        for stretch in mutants.chunks(20) {
            let done = compile_all(stretch.iter().map(|(_, project)| project));
            for (seed, project) in stretch {
                let broken = project.broken.as_ref().expect("there is a place for it");
                let (path, text) = &project.files[broken.file];
                if !told(&done, path, &broken.range) {
                    let line = text[..broken.range.start].matches('\n').count();
                    let shown: Vec<&str> = text.lines().skip(line.saturating_sub(1)).take(3).collect();
                    let said = done.diagnostics.iter().filter(|diagnostic| diagnostic.severity() == Severity::Error);
                    let said =
                        said.filter(|d| done.sources.get(d.primary.span.file).is_some_and(|s| *s.path == **path));
                    let said: Vec<&str> = said.map(|diagnostic| &*diagnostic.message).collect();
                    silent.push(format!(
                        "{kind:?}, seed {seed}, {:?}:\n{}\nsaid: {said:?}",
                        &text[broken.range.clone()],
                        shown.join("\n")
                    ));
                }
            }
        }
        counts.insert(*kind, mutants.len());
    }
    for (kind, count) in &counts {
        println!("{count:3} {kind:?}");
    }
    println!("{} mutants of {} kinds", counts.values().sum::<usize>(), counts.len());
    assert!(silent.is_empty(), "{} are not told where they stand:\n{}", silent.len(), silent.join("\n\n"));
    assert!(counts.values().all(|count| *count >= MUTANTS / 3), "too few mutants: {counts:?}");
}
