//! Timers, events, conditions, launches, starts.

use super::programs::HOUR_US;
use super::support::{House, Reply};
use crate::engine::{Control, EngineError, Fired, RunFilter, RunStatus};
use flow_bytecode::Value;
use std::time::Duration;

fn click(house: &House, contact: i64, delivery: Option<(&str, &str)>) -> Fired {
    let args = vec![("contact".to_owned(), Value::Int(contact)), ("link".to_owned(), Value::text("x"))];
    let delivery = delivery.map(|(source, id)| (source.to_owned(), id.to_owned()));
    house.engine().fire("email.clicked", args, delivery).unwrap()
}

#[test]
fn a_timer_fires_when_its_moment_has_come_and_not_before() {
    let house = House::new();
    let contact = house.contact();
    let run = house.start("listen", &[("contact", Value::Int(contact))]);
    house.advance(HOUR_US - 1);
    assert_eq!(house.status(run), RunStatus::Waiting);
    house.advance(1);
    assert_eq!(house.result(run), Value::text("after"));
}

#[test]
fn a_clock_that_goes_back_does_not_hold_a_timer_up_twice() {
    let house = House::new();
    let contact = house.contact();
    let run = house.start("listen", &[("contact", Value::Int(contact))]);
    house.advance(HOUR_US / 2);
    house.clock.jump(-10 * HOUR_US);
    house.idle();
    assert_eq!(house.status(run), RunStatus::Waiting);
    house.clock.jump(10 * HOUR_US + HOUR_US / 2);
    house.idle();
    assert_eq!(house.result(run), Value::text("after"));
}

#[test]
fn an_event_about_the_subject_wakes_and_another_does_not() {
    let house = House::new();
    let (contact, other) = (house.contact(), house.contact());
    let run = house.start("listen", &[("contact", Value::Int(contact))]);
    click(&house, other, None);
    house.idle();
    assert_eq!(house.status(run), RunStatus::Waiting);
    click(&house, contact, None);
    house.idle();
    assert_eq!(house.result(run), Value::text("event"));
}

#[test]
fn one_delivery_counts_once() {
    let house = House::new();
    let contact = house.contact();
    assert_eq!(click(&house, contact, Some(("mail", "7"))), Fired::Accepted);
    assert_eq!(click(&house, contact, Some(("mail", "7"))), Fired::Duplicate);
    assert_eq!(click(&house, contact, Some(("mail", "8"))), Fired::Accepted);
}

#[test]
fn a_condition_is_tried_when_its_record_changes() {
    let house = House::new();
    let contact = house.contact();
    let run = house.start("listen", &[("contact", Value::Int(contact))]);
    house.set("Contact", contact, "plan", Value::text("starter"));
    house.idle();
    assert_eq!(house.status(run), RunStatus::Waiting);
    house.set("Contact", contact, "plan", Value::text("pro"));
    house.idle();
    assert_eq!(house.result(run), Value::text("when"));
}

#[test]
fn a_condition_that_holds_already_does_not_wait() {
    let house = House::new();
    let contact = house.create("Contact", &[("plan", Value::text("pro"))]);
    let run = house.start("listen", &[("contact", Value::Int(contact))]);
    assert_eq!(house.result(run), Value::text("when"));
}

#[test]
fn nothing_falls_between_sending_and_waiting() {
    let house = House::new();
    let contact = house.contact();
    click(&house, contact, None);
    *house.outside.delay.lock().unwrap() = Duration::from_millis(30);
    let early = house.start("send_then_listen", &[("contact", Value::Int(contact))]);
    house.until_arrived(1);
    assert_eq!(house.status(early), RunStatus::Running);
    // The click before the request does not count, the one while it is under way does.
    click(&house, contact, None);
    house.idle();
    assert_eq!(house.result(early), Value::text("clicked"));
    let late = house.start("send_then_listen", &[("contact", Value::Int(contact))]);
    house.idle();
    assert_eq!(house.status(late), RunStatus::Waiting);
}

#[test]
fn a_step_that_writes_and_fires_wakes_others_in_its_transaction() {
    let house = House::new();
    let contact = house.contact();
    let by_event = house.start("listen", &[("contact", Value::Int(contact))]);
    let args = [("contact", Value::Int(contact)), ("plan", Value::text("starter"))];
    let run = house.start("change", &args);
    assert_eq!(house.status(run), RunStatus::Finished);
    assert_eq!(house.result(by_event), Value::text("event"));
    let did: Vec<_> = house.show(run).timeline.into_iter().flat_map(|entry| entry.effects).collect();
    let did: Vec<_> = did.iter().map(|(effect, what)| (*effect, what.as_str())).collect();
    assert_eq!(did, [(1, "set Contact.plan"), (2, "fired email.clicked")]);
}

#[test]
fn a_parent_starts_a_child_once_and_becomes_another_flow() {
    let house = House::new();
    let parent = house.start("parent", &[("n", Value::Int(3))]);
    house.idle();
    assert_eq!(house.show(parent).run.flow, "sequence");
    assert_eq!(house.result(parent), Value::Int(3));
    let runs = house.engine().runs(&RunFilter::default()).unwrap();
    assert_eq!(runs.len(), 2);
    let child = house.show(runs[0].run);
    assert_eq!(child.parent, Some(parent));
    assert_eq!(child.result, Some(Value::Int(3)));
    assert_eq!(house.arrived().len(), 6);
}

#[test]
fn ten_thousand_listeners_hear_one_event() {
    let house = House::new();
    let contact = house.contact();
    let start = |_| house.engine().start_soon("listen", vec![("contact".to_owned(), Value::Int(contact))]);
    let runs: Vec<_> = (0..1_000).map(start).collect();
    let runs: Vec<_> = runs.into_iter().map(|pending| pending.wait().unwrap()).collect();
    click(&house, contact, None);
    house.idle();
    assert!(runs.iter().all(|run| house.result(*run) == Value::text("event")));
}

#[test]
fn wrong_input_is_told_with_the_signature() {
    let house = House::new();
    let start = |flow: &str, args: &[(&str, Value)]| {
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        house.engine().start(flow, args).unwrap_err()
    };
    let EngineError::UnknownFlow { nearest, .. } = start("sequense", &[]) else { panic!("not unknown") };
    assert_eq!(nearest.as_deref(), Some("sequence"));
    let EngineError::Argument { message, signature } = start("sequence", &[]) else { panic!("no argument error") };
    assert_eq!((message.as_str(), signature.as_str()), ("`n` is missing", "sequence(n: Int)"));
    let wrong = start("sequence", &[("n", Value::text("x"))]);
    assert!(matches!(&wrong, EngineError::Argument { message, .. } if message.contains("`n`")), "{wrong}");
    assert_eq!(wrong.exit_code(), 2);
    let unknown = start("sequence", &[("n", Value::Int(1)), ("m", Value::Int(1))]);
    assert!(unknown.to_string().contains("`m`"), "{unknown}");
    let event = house.engine().fire("email.clickd", Vec::new(), None).unwrap_err();
    assert!(event.to_string().contains("email.clicked"), "{event}");
    assert!(matches!(house.engine().cancel(crate::engine::RunId(99)), Err(EngineError::UnknownRun { .. })));
}

#[test]
fn runs_are_listed_by_status_flow_and_subject() {
    let house = House::new();
    let contact = house.contact();
    let waiting = house.start("listen", &[("contact", Value::Int(contact))]);
    let done = house.start("sequence", &[("n", Value::Int(1))]);
    house.engine().settle(done).unwrap();
    house.reply(Reply::Silence);
    let busy = house.start("pay", &[("n", Value::Int(1))]);
    house.until_arrived(2);
    let list =
        |filter: RunFilter| house.engine().runs(&filter).unwrap().into_iter().map(|view| view.run).collect::<Vec<_>>();
    let of = |status| list(RunFilter { statuses: vec![status], ..RunFilter::default() });
    assert_eq!(of(RunStatus::Waiting), [waiting]);
    assert_eq!(of(RunStatus::Finished), [done]);
    assert_eq!(of(RunStatus::Running), [busy]);
    assert_eq!(list(RunFilter { flow: Some("listen".to_owned()), ..RunFilter::default() }), [waiting]);
    let subject = Some(("Contact".to_owned(), contact));
    assert_eq!(list(RunFilter { subject, ..RunFilter::default() }), [waiting]);
    assert_eq!(list(RunFilter { limit: 2, ..RunFilter::default() }), [busy, done]);
    assert_eq!(list(RunFilter { before: Some(done), ..RunFilter::default() }), [waiting]);
}

/// A wake that moves nothing comes to a run whose moment has come, before the moment is told: neither a fault nor a loss.
#[test]
fn a_run_that_is_due_and_hears_something_else_first_goes_on_when_it_is_asked() {
    let house = House::new();
    let contact = house.contact();
    let run = house.start("listen", &[("contact", Value::Int(contact))]);
    house.clock.advance(2 * HOUR_US);
    for _ in 0..6 {
        house.set("Contact", contact, "plan", Value::text("basic"));
    }
    assert_eq!(house.status(run), RunStatus::Waiting);
    house.idle();
    assert_eq!(house.result(run), Value::text("after"));
}
