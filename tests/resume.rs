//! Every flow of every example is stored and read again at every place where it can wait, and goes on as if it had
//! never been: the same steps, the same deeds, byte for byte the same state.

use flow_bytecode::Program;
use flow_bytecode::program::PlaceKind;
use flow_fuzz::guess::{Dice, Guessed};
use flow_tests::story::deployment;
use flow_vm::machine::{Limits, Loaded, Run, Wake, step};
use flow_vm::snapshot::{decode, decode_into, encode};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Ways through each flow.
const WAYS: u64 = 400;
/// Steps of a way, at most.
const STEPS_MAX: usize = 60;
/// Where nobody ever waits: its moment has passed, which is what that program shows.
const NEVER: [&str; 1] = ["moments.moments/wait~6"];

/// The examples, and the programs that show one part of the language each.
fn programs() -> Vec<PathBuf> {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut programs = vec![here.join("../examples")];
    let suite = std::fs::read_dir(here.join("suite/run")).expect("the suite is there");
    let mut files: Vec<PathBuf> = suite.map(|entry| entry.expect("an entry").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "flow"));
    files.sort();
    programs.extend(files);
    programs
}

/// What a way does with the run between two steps.
trait Between {
    fn rest(&mut self, run: &mut Run, loaded: &Loaded, at: &[&str]);
}

/// Nothing: the run stays in memory from its first step to its last.
struct Uninterrupted;

impl Between for Uninterrupted {
    fn rest(&mut self, _: &mut Run, _: &Loaded, _: &[&str]) {}
}

/// Stores it and reads it again, into the memory of some run before.
#[derive(Default)]
struct Stored {
    used: Run,
    /// Places with a run whose bytes were damaged one by one.
    places: BTreeSet<String>,
}

impl Between for Stored {
    fn rest(&mut self, run: &mut Run, loaded: &Loaded, at: &[&str]) {
        let bytes = encode(run, loaded).expect("a run that waits can be stored");
        let new: Vec<&str> = at.iter().copied().filter(|place| !self.places.contains(*place)).collect();
        if !new.is_empty() {
            damage(&bytes, loaded, &new);
            self.places.extend(new.into_iter().map(str::to_owned));
        }
        decode_into(&bytes, loaded, &mut self.used).expect("what was stored is read");
        assert_eq!(encode(&self.used, loaded).expect("it can be stored again"), bytes);
        std::mem::swap(run, &mut self.used);
    }
}

/// No byte may be another one, none missing, none too many.
fn damage(bytes: &[u8], loaded: &Loaded, at: &[&str]) {
    let mut bad = bytes.to_vec();
    for index in 0..bytes.len() {
        for other in 0..=u8::MAX {
            bad[index] = other;
            assert_eq!(decode(&bad, loaded).is_ok(), other == bytes[index], "{at:?}: byte {index} as {other}");
        }
        bad[index] = bytes[index];
        assert!(decode(&bytes[..index], loaded).is_err(), "{at:?}: cut at {index}");
    }
    bad.push(0);
    assert!(decode(&bad, loaded).is_err(), "{at:?}: a byte too many");
}

/// One way through a flow: everything that could be seen of it.
fn way(loaded: &Loaded, flow: u16, seed: u64, between: &mut dyn Between) -> Vec<String> {
    let program = loaded.program();
    // Every `pause` is one, so that loops wait too.
    let limits = Limits { step_instructions: 0, ..Limits::default() };
    let mut world = Guessed::new(program.clone(), seed);
    let mut dice = Dice::new(seed);
    let params = &program.flows[usize::from(flow)].params;
    let args = params.iter().map(|param| dice.value(program, param.ty, 3)).collect();
    let mut run = Run::default();
    let mut wake = Wake::Start { flow, args };
    let mut seen = Vec::new();
    for _ in 0..STEPS_MAX {
        let told = format!("{wake:?}");
        let done = step(loaded, &mut run, wake, &mut world, &limits)
            .unwrap_or_else(|fault| panic!("{} faults on {told}: {fault}", program.flows[usize::from(flow)].name));
        seen.push(format!("{told} → {done:?}"));
        seen.append(&mut world.did);
        if run.is_empty() {
            break;
        }
        let places: Vec<&str> = done.waits.iter().map(|wait| &*program.places[usize::from(wait.place)].key).collect();
        between.rest(&mut run, loaded, &places);
        match dice.wake(program, &done, &mut world) {
            Some(next) => wake = next,
            None => break,
        }
    }
    seen
}

/// Where a run can wait, calls of other flows apart: there the flow that is called waits.
fn places(program: &Program) -> BTreeSet<String> {
    let waits = program.places.iter().filter(|place| !matches!(place.kind, PlaceKind::Call));
    waits.map(|place| place.key.to_string()).collect()
}

#[test]
fn stored_and_read_at_every_suspension_of_every_example_a_run_goes_on_the_same() {
    for path in programs() {
        let loaded = Loaded::new(Arc::new(deployment(&path).program)).expect("what was compiled is verified");
        let mut stored = Stored::default();
        for flow in 0..loaded.program().flows.len() as u16 {
            for seed in 0..WAYS {
                let uninterrupted = way(&loaded, flow, seed, &mut Uninterrupted);
                let interrupted = way(&loaded, flow, seed, &mut stored);
                assert_eq!(interrupted, uninterrupted, "{}, flow {flow}, way {seed}", path.display());
            }
        }
        let all = places(loaded.program());
        let missed: Vec<&String> = all.difference(&stored.places).filter(|place| !NEVER.contains(&&***place)).collect();
        assert!(missed.is_empty(), "{}: no way waited at {missed:?} of {} places", path.display(), all.len());
    }
}
