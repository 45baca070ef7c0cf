//! Random mutants of valid programs are refused, or run without a panic; and suspending changes nothing.

use super::samples::all;
use super::{Drive, Stub};
use crate::machine::{Limits, Loaded, Run, Status, Step, Wake, step};
use crate::snapshot::{decode, encode};
use flow_bytecode::op::Op;
use flow_bytecode::{Failure, Program, Value};
use proptest::prelude::*;
use std::sync::Arc;

/// What comes next for a run that waits, chosen by a number.
fn next(step: &Step, pick: u8, world: &mut Stub) -> Wake {
    let outcome = |path, effect| Wake::Outcome {
        path,
        effect,
        outcome: match pick % 3 {
            0 => Ok(Value::text("said")),
            1 => Ok(Value::Map(Arc::new(vec![("id".into(), Value::text("A")), ("total".into(), Value::Int(1))]))),
            _ => Err(Failure::new("timeout", "slow")),
        },
    };
    match step.status {
        Status::Ready => return Wake::Continue,
        Status::Failed { retryable: true, .. } => return Wake::Retry,
        _ => {}
    }
    let Some(wait) = step.waits.get(usize::from(pick) % step.waits.len().max(1)) else { return Wake::Due };
    match (wait.effect, wait.asks_in, pick % 5) {
        (Some(effect), _, _) => outcome(wait.path, effect),
        (None, Some(_), 0..=2) => Wake::Answer { path: wait.path, revision: wait.revision, answer: Value::text("Yes") },
        (_, _, 0) => Wake::Event { name: "email.clicked".into(), args: vec![Value::Int(3), Value::text("x")] },
        (_, _, 1) => Wake::Changed,
        (_, Some(conversation), 3) => Wake::PromptEnded { conversation, failure: Failure::new("gone", "closed") },
        _ => {
            world.now = wait.due.unwrap_or(world.now);
            Wake::Due
        }
    }
}

/// A run from its start, reloaded between steps or not; everything it did.
fn trace(drive: &mut Drive, args: Vec<Value>, picks: &[u8], reload: bool) -> Vec<String> {
    let mut said = Vec::new();
    let mut step = drive.start(args);
    for pick in picks {
        said.push(format!("{step:?}"));
        if matches!(step.status, Status::Finished(_) | Status::Failed { retryable: false, .. }) {
            break;
        }
        if reload {
            drive.reload();
        }
        let wake = next(&step, *pick, &mut drive.world);
        // An outcome of the wrong type is a fault: the run stays as it was.
        let before = drive.run.clone();
        match super::step(&drive.loaded, &mut drive.run, wake, &mut drive.world, &drive.limits) {
            Ok(after) => step = after,
            Err(fault) => {
                said.push(fault.to_string());
                drive.run = before;
            }
        }
    }
    said.push(format!("{step:?} {:?}", drive.world));
    said
}

fn mutate(program: &mut Program, (table, at, what, with): (u8, u16, u8, u16)) {
    let functions = program.functions.len();
    let function = &mut program.functions[usize::from(at) % functions];
    let length = function.code.len();
    let instr = &mut function.code[usize::from(at) / 7 % length];
    let small = with % 12;
    match table % 8 {
        0..=3 => match what % 6 {
            0 => instr.op = Op::ALL[usize::from(with) % Op::ALL.len()],
            1 => instr.k = with as u8,
            2 => instr.a = small,
            3 => instr.b = small,
            4 => instr.c = small,
            _ => (instr.a, instr.b) = (instr.b, with),
        },
        4 => match what % 4 {
            0 => function.scalars = small,
            1 => function.references = small,
            2 => drop(function.params.pop()),
            _ => function.code.swap(usize::from(with) % length, usize::from(at) % length),
        },
        5 => {
            if let Some(handler) = function.handlers.first_mut() {
                match what % 3 {
                    0 => handler.target = small,
                    1 => (handler.start, handler.end) = (0, small),
                    _ => handler.failure = small,
                }
            }
        }
        _ => {
            let places = program.places.len();
            let place = &mut program.places[usize::from(with) % places];
            match what % 4 {
                0 => place.pc = small,
                1 => drop(place.live.pop()),
                2 => {
                    if let Some(live) = place.live.first_mut() {
                        live.register = small;
                    }
                }
                _ => {
                    if let Some(live) = place.live.last_mut() {
                        live.ty.0 = small;
                    }
                }
            }
        }
    }
}

/// Runs a program without minding what it does.
fn run(loaded: &Loaded, args: &[Value], picks: &[u8], verified: bool) {
    let limits = Limits { back_edges_max: 2_000, live_bytes_max: 1 << 20, ..Limits::default() };
    let mut world = Stub { answer: Value::Int(1), ..Stub::default() };
    let mut run = Run::default();
    let mut wake = Wake::Start { flow: 0, args: args.to_vec() };
    for pick in picks {
        let Ok(done) = step(loaded, &mut run, wake, &mut world, &limits) else { return };
        if let Ok(bytes) = encode(&run, loaded) {
            match decode(&bytes, loaded) {
                Ok(back) => run = back,
                Err(error) => assert!(!verified, "what was written is not read: {error}"),
            }
        }
        wake = next(&done, *pick, &mut world);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutants_are_refused_or_run(
        sample in 0usize..5,
        mutations in prop::collection::vec(any::<(u8, u16, u8, u16)>(), 1..4),
        picks in prop::collection::vec(any::<u8>(), 6),
    ) {
        let (program, args) = all().swap_remove(sample);
        let mut program = (*program).clone();
        for mutation in mutations {
            mutate(&mut program, mutation);
        }
        let program = Arc::new(program);
        if let Ok(loaded) = Loaded::new(program.clone()) {
            run(&loaded, &args, &picks, true);
        }
        // And even unverified: faults, never a panic.
        run(&Loaded::trusted(program), &args, &picks, false);
    }

    #[test]
    fn suspending_changes_nothing(sample in 0usize..5, picks in prop::collection::vec(any::<u8>(), 1..8)) {
        let (program, args) = all().swap_remove(sample);
        let straight = trace(&mut Drive::new(program.clone()), args.clone(), &picks, false);
        let stored = trace(&mut Drive::new(program), args, &picks, true);
        prop_assert_eq!(straight, stored);
    }
}
