//! Whole runs: waits, wakes, calls, paths, retries.

use super::samples::{listens, long_loop, paths, refund, single};
use super::{Drive, failure};
use crate::machine::{Busy, Status, Wake};
use flow_bytecode::assemble::{op, wide};
use flow_bytecode::op::Op;
use flow_bytecode::program::{Arm, ArmKind, JoinMode, JoinPath, PlaceKind};
use flow_bytecode::{Bank, Failure, Type, Value};
use std::sync::Arc;

fn finished(status: &Status) -> &Value {
    match status {
        Status::Finished(value) => value,
        other => panic!("not finished: {other:?}"),
    }
}

fn order() -> Value {
    Value::Map(Arc::new(vec![("id".into(), Value::text("A1")), ("total".into(), Value::Int(20))]))
}

fn asked(drive: &mut Drive) -> u32 {
    let step = drive.start(vec![Value::Int(5), Value::text("Ada")]);
    assert_eq!(step.status, Status::Waiting);
    assert_eq!(&*step.prompts[0].text, "Hello Ada, which order?");
    assert_eq!(step.prompts[0].options.len(), 2);
    assert_eq!((step.waits[0].asks_in, step.waits[0].due), (Some(5), Some(900_000_000)));
    step.prompts[0].revision
}

#[test]
fn an_answer_goes_on_to_the_call_and_its_outcome_ends_the_run() {
    let mut drive = Drive::new(refund());
    let revision = asked(&mut drive);
    drive.reload();
    let stale = drive.wake(Wake::Answer { path: 0, revision: revision + 1, answer: Value::text("x") });
    assert!(!stale.moved);
    let step = drive.wake(Wake::Answer { path: 0, revision, answer: Value::text("A1") });
    assert_eq!(step.intents[0].args, [Value::text("A1")]);
    let effect = step.intents[0].effect;
    drive.reload();
    assert!(!drive.wake(Wake::Outcome { path: 0, effect: effect + 1, outcome: Ok(order()) }).moved);
    let step = drive.wake(Wake::Outcome { path: 0, effect, outcome: Ok(order()) });
    assert_eq!(finished(&step.status), &Value::text("A1 is worth 20"));
    assert!(drive.run.is_empty());
    drive.reload();
    assert!(!drive.wake(Wake::Due).moved);
}

#[test]
fn a_moment_that_comes_first_takes_its_arm() {
    let mut drive = Drive::new(refund());
    asked(&mut drive);
    assert!(!drive.wake(Wake::Due).moved);
    drive.world.now = 900_000_000;
    assert_eq!(finished(&drive.wake(Wake::Due).status), &Value::text("too late"));
}

#[test]
fn what_does_not_decode_is_caught_and_says_where() {
    let mut drive = Drive::new(refund());
    let revision = asked(&mut drive);
    let step = drive.wake(Wake::Answer { path: 0, revision, answer: Value::text("A1") });
    let bad = Value::Map(Arc::new(vec![("id".into(), Value::text("A1")), ("total".into(), Value::text("x"))]));
    let step = drive.wake(Wake::Outcome { path: 0, effect: step.intents[0].effect, outcome: Ok(bad) });
    assert_eq!(finished(&step.status), &Value::text("invalid"));
}

#[test]
fn an_uncaught_failure_at_a_call_can_be_retried_with_a_new_number_unless_in_doubt() {
    for (kind, same) in [("unreachable", false), ("in_doubt", true)] {
        let mut drive = Drive::new(refund());
        let revision = asked(&mut drive);
        let step = drive.wake(Wake::Answer { path: 0, revision, answer: Value::text("A1") });
        let effect = step.intents[0].effect;
        let failed = drive.wake(Wake::Outcome { path: 0, effect, outcome: Err(Failure::new(kind, "no")) });
        assert!(matches!(failed.status, Status::Failed { retryable: true, .. }));
        drive.reload();
        let step = drive.wake(Wake::Retry);
        assert_eq!(step.intents[0].args, [Value::text("A1")]);
        assert_eq!(step.intents[0].effect == effect, same);
        let step = drive.wake(Wake::Outcome { path: 0, effect: step.intents[0].effect, outcome: Ok(order()) });
        assert_eq!(finished(&step.status), &Value::text("A1 is worth 20"));
    }
}

#[test]
fn a_prompt_that_ends_fails_at_its_wait() {
    let mut drive = Drive::new(refund());
    asked(&mut drive);
    let ended = |conversation| Wake::PromptEnded { conversation, failure: Failure::new("gone", "closed") };
    assert!(!drive.wake(ended(6)).moved);
    let step = drive.wake(ended(5));
    assert_eq!(failure(&step), ("gone".into(), "closed".into()));
    assert!(matches!(step.status, Status::Failed { retryable: false, .. }));
}

#[test]
fn a_parallel_waits_for_all_and_reports_who_failed() {
    let mut drive = Drive::new(paths(JoinMode::All));
    let step = drive.start(vec![Value::text("q")]);
    assert_eq!(step.intents.iter().map(|intent| (intent.path, intent.effect)).collect::<Vec<_>>(), [(1, 1), (2, 2)]);
    drive.reload();
    let step = drive.wake(Wake::Outcome { path: 2, effect: 2, outcome: Err(Failure::new("timeout", "slow")) });
    assert_eq!((step.status, &*step.failed_paths[0].0), (Status::Waiting, "right"));
    drive.reload();
    let step = drive.wake(Wake::Outcome { path: 1, effect: 1, outcome: Ok(Value::text("left said")) });
    // Both are in: the call that follows asks on the main path.
    assert_eq!((step.intents[0].path, step.intents[0].effect), (0, 3));
    drive.reload();
    let step = drive.wake(Wake::Outcome { path: 0, effect: 3, outcome: Ok(Value::text("r")) });
    assert_eq!(finished(&step.status), &Value::text("left said"));
}

#[test]
fn a_race_is_won_by_the_first_and_the_others_are_cancelled() {
    let mut drive = Drive::new(paths(JoinMode::First));
    drive.start(vec![Value::text("q")]);
    let step = drive.wake(Wake::Outcome { path: 2, effect: 2, outcome: Ok(Value::text("right said")) });
    assert_eq!(step.waits.len(), 1);
    drive.reload();
    assert!(!drive.wake(Wake::Outcome { path: 1, effect: 1, outcome: Ok(Value::text("late")) }).moved);
    let step = drive.wake(Wake::Outcome { path: 0, effect: 3, outcome: Ok(Value::text("r")) });
    assert_eq!(finished(&step.status), &Value::text("right said"));
}

#[test]
fn a_race_that_all_lose_fails_where_they_meet() {
    let mut drive = Drive::new(paths(JoinMode::First));
    drive.start(vec![Value::text("q")]);
    let lose = |path, effect, why| Wake::Outcome { path, effect, outcome: Err(Failure::new("failed", why)) };
    assert_eq!(drive.wake(lose(1, 1, "first")).status, Status::Waiting);
    drive.reload();
    let step = drive.wake(lose(2, 2, "last"));
    assert_eq!(finished(&step.status), &Value::text("last"));
}

#[test]
fn events_conditions_and_moments_wake_their_arms() {
    let start = || {
        let mut drive = Drive::new(listens());
        let step = drive.start(vec![Value::Int(3), Value::Int(1_000)]);
        assert_eq!((step.waits[0].due, step.waits[0].events.len(), step.waits[0].conditions), (Some(1_000), 1, true));
        drive.reload();
        drive
    };
    let clicked =
        |contact| Wake::Event { name: "email.clicked".into(), args: vec![Value::Int(contact), Value::text("link")] };
    let mut drive = start();
    assert!(!drive.wake(clicked(4)).moved);
    assert_eq!(finished(&drive.wake(clicked(3)).status), &Value::text("link"));

    let mut drive = start();
    assert!(!drive.wake(Wake::Changed).moved);
    drive.world.fields.insert((0, 3), Value::text("pro"));
    assert_eq!(finished(&drive.wake(Wake::Changed).status), &Value::text("when"));

    let mut drive = Drive::new(listens());
    drive.world.now = 1_000;
    let step = drive.start(vec![Value::Int(3), Value::Int(1_000)]);
    assert_eq!(finished(&step.status), &Value::text("after"));

    let mut drive = Drive::new(listens());
    drive.world.fields.insert((0, 3), Value::text("pro"));
    let step = drive.start(vec![Value::Int(3), Value::Int(1_000)]);
    assert_eq!(finished(&step.status), &Value::text("when"));
}

#[test]
fn a_long_loop_gives_way_at_its_pause() {
    let mut drive = Drive::new(long_loop());
    let mut step = drive.start(vec![Value::Int(600)]);
    let mut steps = 1;
    while step.status == Status::Ready {
        drive.reload();
        step = drive.wake(Wake::Continue);
        steps += 1;
    }
    assert_eq!(finished(&step.status), &Value::Int(600));
    assert_eq!((steps, drive.world.calls.len()), (3, 600));
    let effects: Vec<u32> = drive.world.calls.iter().map(|(_, _, effect)| *effect).collect();
    assert!(effects.iter().copied().eq(1..=600));
}

#[test]
fn a_loop_that_never_waits_fails_with_its_place() {
    let program = single(&[], Type::Unit, (1, 1), |_| vec![wide(Op::Jump, 0, 0)]);
    let step = Drive::new(program).start(Vec::new());
    let Status::Failed { failure, retryable: false } = step.status else { panic!() };
    assert_eq!((&*failure.kind, failure.origin), ("limit", Some((0, 0))));
}

#[test]
fn a_loop_that_gives_way_but_never_waits_fails_too() {
    let mut drive = Drive::new(long_loop());
    drive.limits.back_edges_max = 500;
    let mut step = drive.start(vec![Value::Int(600)]);
    while step.status == Status::Ready {
        drive.reload();
        step = drive.wake(Wake::Continue);
    }
    assert_eq!(failure(&step), ("limit".into(), "a loop went round more than 500 times without waiting".into()));
    assert_eq!(drive.world.calls.len(), 501);
}

#[test]
fn a_loop_of_calls_without_a_wait_fails() {
    let mut drive = Drive::new(refund());
    let revision = asked(&mut drive);
    drive.limits.calls_max = 0;
    let step = drive.wake(Wake::Answer { path: 0, revision, answer: Value::text("A1") });
    assert_eq!(failure(&step), ("limit".into(), "more than 0 calls with no wait between them".into()));

    let mut drive = Drive::new(refund());
    let revision = asked(&mut drive);
    assert_eq!(drive.run.busy, Busy::default());
    drive.wake(Wake::Answer { path: 0, revision, answer: Value::text("A1") });
    assert_eq!(drive.run.busy.calls, 1);
    drive.reload();
    drive.wake(Wake::Due);
    assert_eq!(drive.run.busy.calls, 1);
}

#[test]
fn a_wait_that_leads_to_itself_fails() {
    let program = single(&[Type::Instant], Type::Unit, (1, 0), |asm| {
        let arms = vec![Arm { on: ArmKind::After { due: 0 }, target: 0 }];
        let int = asm.ty(Type::Instant);
        asm.place("main/wait", (0, 0), &[(Bank::Scalar, 0, int)], PlaceKind::Wait { arms });
        vec![wide(Op::Wait, 0, 0)]
    });
    let step = Drive::new(program).start(vec![Value::Int(0)]);
    let (kind, message) = failure(&step);
    assert_eq!((&*kind, &*message), ("limit", "a loop went round more than 1000000 times without waiting"));
}

#[test]
fn a_state_too_large_fails_at_its_wait() {
    let mut drive = Drive::new(refund());
    let name = "x".repeat(300 << 10);
    let step = drive.start(vec![Value::Int(5), Value::text(name)]);
    let (kind, message) = failure(&step);
    assert_eq!(kind, "limit");
    assert!(message.contains("more than 262144; `Reference1` takes 3072"), "{message}");
    assert!(step.prompts.is_empty());
}

#[test]
fn recursion_ends_at_its_limit() {
    let program = single(&[], Type::Unit, (0, 0), |asm| {
        asm.place("main/main", (0, 0), &[], PlaceKind::Call);
        vec![op(Op::Call, 0, 0, 0, 0), op(Op::Return, 0, 0, 0, 0)]
    });
    let step = Drive::new(program).start(Vec::new());
    assert_eq!(failure(&step), ("limit".into(), "flows call each other more than 256 deep".into()));
}

#[test]
fn too_many_paths_fail() {
    let program = single(&[], Type::Unit, (65, 65), |asm| {
        let unit = asm.ty(Type::Unit);
        let nothing = vec![op(Op::Return, 0, 0, 0, 0)];
        // Function 0 is the path, the flow's own comes behind it.
        asm.function("path", flow_bytecode::program::FunctionKind::Path, &[], unit, (0, 0), nothing);
        let join = |k: u16| JoinPath { name: "p".into(), done: k, result: k };
        let paths = (0..65).map(join).collect();
        let kind = PlaceKind::Join { mode: JoinMode::All, paths };
        asm.place("join", (1, 65), &[], kind);
        let mut code: Vec<_> = (0..65).map(|k| op(Op::Fork, k, 0, 0, 0)).collect();
        code.extend([wide(Op::Join, 0, 0), op(Op::Return, 0, 0, 0, 0)]);
        code
    });
    let step = Drive::new(program).start(Vec::new());
    assert_eq!(failure(&step), ("limit".into(), "more than 64 paths at once".into()));
}
