//! External actions: in sequence, retried, in doubt, after a restart.

use super::programs::{BACKOFF_US, HOUR_US};
use super::support::{House, Reply, failed, in_doubt};
use crate::engine::{Control, EngineError, Resolved, RunStatus};
use flow_bytecode::{Failure, Value};
use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::Duration;

#[test]
fn a_sequence_of_calls_runs_to_its_end() {
    let house = House::new();
    let run = house.start("sequence", &[("n", Value::Int(10))]);
    house.idle();
    assert_eq!(house.result(run), Value::Int(10));
    let arrived = house.arrived();
    let keys: HashSet<_> = arrived.iter().map(|arrived| &arrived.key).collect();
    assert_eq!((arrived.len(), keys.len()), (10, 10));
    // Each effect once, in its order.
    let effects: Vec<u32> =
        house.show(run).timeline.iter().flat_map(|entry| entry.effects.iter().map(|(effect, _)| *effect)).collect();
    assert_eq!(effects, (1..=10).collect::<Vec<_>>());
}

#[test]
fn a_call_that_takes_its_time_goes_the_same_way() {
    let house = House::new();
    *house.outside.delay.lock().unwrap() = Duration::from_millis(2);
    let run = house.start("slowly", &[("n", Value::Int(3))]);
    house.idle();
    assert_eq!(house.result(run), Value::Int(3));
}

#[test]
fn a_request_that_cannot_be_made_is_a_failure() {
    let house = House::new();
    let run = house.start("pay_handled", &[("n", Value::Int(666))]);
    house.idle();
    assert_eq!(house.result(run), Value::text("invalid"));
    assert!(house.arrived().is_empty());
}

#[test]
fn retries_wait_longer_each_time_and_keep_the_key() {
    let house = House::new();
    house.reply(failed("unreachable", true, None));
    house.reply(failed("unreachable", true, None));
    let run = house.start("slowly", &[("n", Value::Int(1))]);
    house.idle();
    assert_eq!(house.arrived().len(), 1);
    assert_eq!(house.engine().next_due().unwrap(), Some(super::support::NOON + BACKOFF_US));
    house.advance(BACKOFF_US - 1);
    assert_eq!(house.arrived().len(), 1);
    house.advance(1);
    assert_eq!(house.arrived().len(), 2);
    house.advance(2 * BACKOFF_US - 1);
    assert_eq!(house.arrived().len(), 2);
    house.advance(1);
    let arrived = house.arrived();
    assert_eq!(arrived.iter().map(|arrived| arrived.number).collect::<Vec<_>>(), [1, 2, 3]);
    assert!(arrived.iter().all(|other| other.key == arrived[0].key));
    assert_eq!(house.result(run), Value::Int(1));
}

#[test]
fn a_retry_survives_a_restart_and_keeps_its_moment() {
    let mut house = House::new();
    house.reply(failed("unreachable", true, None));
    let run = house.start("slowly", &[("n", Value::Int(1))]);
    house.idle();
    house.restart();
    house.advance(BACKOFF_US - 1);
    assert_eq!(house.arrived().len(), 1);
    house.advance(1);
    assert_eq!(house.result(run), Value::Int(1));
}

#[test]
fn the_other_side_may_ask_for_more_time() {
    let house = House::new();
    house.reply(failed("rate_limited", true, Some(60_000_000)));
    let run = house.start("slowly", &[("n", Value::Int(1))]);
    house.idle();
    house.advance(59_999_999);
    assert_eq!(house.arrived().len(), 1);
    house.advance(1);
    assert_eq!(house.result(run), Value::Int(1));
}

#[test]
fn when_retries_run_out_the_run_fails_and_a_person_retries_with_a_new_key() {
    let house = House::new();
    house.reply(failed("rejected", false, None));
    let run = house.start("slowly", &[("n", Value::Int(1))]);
    house.idle();
    let view = house.show(run).run;
    assert_eq!((view.status, view.retryable), (RunStatus::Failed, true));
    assert_eq!(&*view.failure.unwrap().kind, "rejected");
    house.engine().retry(run).unwrap();
    house.idle();
    assert_eq!(house.result(run), Value::Int(1));
    let arrived = house.arrived();
    assert_ne!(arrived[0].key, arrived[1].key);
    assert!(matches!(house.engine().retry(run), Err(EngineError::State { .. })));
}

#[test]
fn nothing_is_retried_that_has_not_failed() {
    let house = House::new();
    let until = super::support::NOON + HOUR_US;
    let run = house.start("nap_then_pay", &[("until", Value::Int(until))]);
    let refused = house.engine().retry(run).unwrap_err().to_string();
    assert!(refused.contains("has not failed"), "{refused}");
    assert_eq!((house.status(run), house.arrived().len()), (RunStatus::Waiting, 0));
}

#[test]
fn a_result_of_another_type_is_a_failure_not_a_fault() {
    let house = House::new();
    house.reply(Reply::Outcome(crate::action::Outcome::Done(Value::text("seven"))));
    let run = house.start("slowly", &[("n", Value::Int(1))]);
    house.idle();
    assert_eq!(&*house.show(run).run.failure.unwrap().kind, "invalid");
}

#[test]
fn once_in_doubt_parks_until_a_person_decides() {
    let house = House::new();
    house.reply(in_doubt());
    let run = house.start("pay", &[("n", Value::Int(1))]);
    house.idle();
    assert_eq!(house.status(run), RunStatus::InDoubt);
    house.engine().resolve(run, Resolved::Done(Some(Value::Int(0))).into()).unwrap();
    house.idle();
    assert_eq!(house.result(run), Value::Int(1));
    assert_eq!(house.arrived().len(), 1);
}

#[test]
fn a_run_in_doubt_is_shown_where_it_sent_and_not_where_it_last_waited() {
    let house = House::new();
    let until = super::support::NOON + HOUR_US;
    let run = house.start("nap_then_pay", &[("until", Value::Int(until))]);
    assert_eq!(house.show(run).run.places, ["nap/wait"]);
    house.reply(in_doubt());
    house.advance(HOUR_US);
    let shown = house.show(run);
    assert_eq!((shown.run.status, shown.run.places), (RunStatus::InDoubt, vec!["nap/pay".to_owned()]));
    let last = shown.timeline.iter().max_by_key(|entry| entry.at).unwrap();
    assert_eq!(last.place.as_deref(), Some("nap/pay"));
}

#[test]
fn in_doubt_can_be_failed_or_sent_again_with_the_same_key() {
    let house = House::new();
    house.reply(in_doubt());
    house.reply(in_doubt());
    let run = house.start("pay", &[("n", Value::Int(1))]);
    let other = house.start("pay", &[("n", Value::Int(1))]);
    house.idle();
    house.engine().resolve(run, Resolved::Failed(Failure::new("failed", "it did not happen")).into()).unwrap();
    let refused = house.engine().retry(other).unwrap_err().to_string();
    assert!(refused.contains("flow resolve"), "{refused}");
    house.engine().resolve(other, Resolved::Retry.into()).unwrap();
    assert_eq!(house.show(other).run.failure, None);
    house.idle();
    assert_eq!(house.status(run), RunStatus::Failed);
    assert_eq!(house.result(other), Value::Int(1));
    let arrived = house.arrived();
    assert_eq!(arrived.len(), 3);
    assert!(arrived[..2].iter().any(|first| first.key == arrived[2].key));
}

#[test]
fn in_doubt_reaches_a_handler() {
    let house = House::new();
    house.reply(in_doubt());
    let run = house.start("pay_handled", &[("n", Value::Int(1))]);
    house.idle();
    assert_eq!(house.result(run), Value::text("in_doubt"));
}

#[test]
fn after_a_kill_once_is_in_doubt_and_keyed_is_sent_again_with_its_key() {
    let mut house = House::new();
    house.reply(Reply::Silence);
    house.reply(Reply::Silence);
    house.reply(Reply::Silence);
    let once = house.start("pay", &[("n", Value::Int(1))]);
    let keyed = house.start("charge", &[("n", Value::Int(1))]);
    let read = house.start("slowly", &[("n", Value::Int(1))]);
    house.until_arrived(3);
    house.restart();
    house.idle();
    assert_eq!(house.status(once), RunStatus::InDoubt);
    assert_eq!(house.result(keyed), Value::Int(1));
    assert_eq!(house.result(read), Value::Int(1));
    let arrived = house.arrived();
    let of = |action: &str| arrived.iter().filter(|arrived| arrived.action == action).collect::<Vec<_>>();
    assert_eq!(of("pay").len(), 1);
    assert_eq!(of("charge").len(), 2);
    assert_eq!(of("charge")[0].key, of("charge")[1].key);
    assert_eq!(of("charge").iter().map(|arrived| arrived.number).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(of("look_slowly").iter().map(|arrived| arrived.number).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_key_is_not_used_after_its_window() {
    let mut house = House::new();
    house.reply(Reply::Silence);
    let keyed = house.start("charge", &[("n", Value::Int(1))]);
    house.until_arrived(1);
    house.clock.advance(25 * super::programs::HOUR_US);
    house.restart();
    house.idle();
    assert_eq!(house.status(keyed), RunStatus::InDoubt);
    assert_eq!(house.arrived().len(), 1);
}

#[test]
fn an_action_that_panics_is_in_doubt_and_gives_its_slot_back() {
    let house = House::new();
    for _ in 0..40 {
        house.reply(Reply::Panic);
    }
    let runs: Vec<_> = (0..40).map(|_| house.start("pay", &[("n", Value::Int(1))])).collect();
    house.idle();
    assert!(runs.iter().all(|run| house.status(*run) == RunStatus::InDoubt));
    let run = house.start("pay", &[("n", Value::Int(1))]);
    house.idle();
    assert_eq!(house.result(run), Value::Int(1));
}

#[test]
fn no_more_calls_leave_than_there_are_slots() {
    let house = House::new();
    *house.outside.delay.lock().unwrap() = Duration::from_millis(1);
    let runs: Vec<_> = (0..100).map(|_| house.start("slowly", &[("n", Value::Int(1))])).collect();
    house.idle();
    assert!(runs.iter().all(|run| house.result(*run) == Value::Int(1)));
    let busiest = house.outside.busiest.load(Ordering::SeqCst);
    assert!((2..=16).contains(&busiest), "{busiest} at once");
}

#[test]
fn both_paths_ask_at_once_and_both_outcomes_count() {
    let house = House::new();
    let run = house.start("both", &[("n", Value::Int(5))]);
    house.idle();
    assert_eq!(house.result(run), Value::Int(2));
}

#[test]
fn a_failed_path_is_logged_and_the_other_counts() {
    let house = House::new();
    house.reply(failed("rejected", false, None));
    let run = house.start("both", &[("n", Value::Int(5))]);
    house.idle();
    assert_eq!(house.result(run), Value::Int(1));
    let told = house.show(run).timeline.iter().any(|entry| entry.did.iter().any(|did| did.contains("path ")));
    assert!(told, "{:#?}", house.show(run).timeline);
}

#[test]
fn cancelling_drops_what_is_under_way() {
    let house = House::new();
    house.reply(Reply::Silence);
    let run = house.start("pay", &[("n", Value::Int(1))]);
    house.until_arrived(1);
    house.engine().cancel(run).unwrap();
    let detail = house.show(run);
    assert_eq!(detail.run.status, RunStatus::Cancelled);
    assert!(detail.calls.is_empty());
    assert!(matches!(house.engine().cancel(run), Err(EngineError::State { .. })));
}

#[test]
fn two_thousand_runs_end() {
    let house = House::new();
    let pending: Vec<_> =
        (0..2_000).map(|_| house.engine().start_soon("sequence", vec![("n".to_owned(), Value::Int(5))])).collect();
    let runs: Vec<_> = pending.into_iter().map(|pending| pending.wait().unwrap()).collect();
    house.idle();
    assert_eq!(house.arrived().len(), 10_000);
    let keys: HashSet<_> = house.arrived().into_iter().map(|arrived| arrived.key).collect();
    assert_eq!(keys.len(), 10_000);
    assert!(runs.iter().step_by(97).all(|run| house.result(*run) == Value::Int(5)));
}
