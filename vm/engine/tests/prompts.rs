//! Prompts: answered once, stacked, told apart when late.

use super::programs::HOUR_US;
use super::support::House;
use crate::engine::{AnswerTo, Answered, Control, Cursor, RunStatus, WaitToken};
use flow_bytecode::{Failure, Value};
use std::time::Duration;

fn answer(house: &House, token: WaitToken, text: &str) -> Answered {
    house.engine().answer(AnswerTo::Token(token), Value::text(text)).unwrap()
}

#[test]
fn a_prompt_is_answered_and_both_are_in_the_transcript() {
    let house = House::new();
    let conversation = house.conversation();
    let run = house.start("ask", &[("conversation", Value::Int(conversation))]);
    let watched = house.engine().watch(run, Cursor::default(), Duration::ZERO).unwrap();
    assert!(watched.at_rest);
    let prompt = watched.prompts.into_iter().next().unwrap();
    assert_eq!((&*prompt.text, prompt.token.run, prompt.place.as_str()), ("Which order?", run, "ask#which"));
    assert_eq!(answer(&house, prompt.token, "A1"), Answered::Accepted(run));
    assert_eq!(house.result(run), Value::text("A1"));
    let said = [("flow", "Which order?"), ("contact", "A1")].map(|(from, text)| (from.to_owned(), text.to_owned()));
    assert_eq!(house.said(run), said);
    assert!(house.show(run).prompts.is_empty());
}

#[test]
fn the_same_answer_twice_is_known_and_another_is_late() {
    let house = House::new();
    let conversation = house.conversation();
    let run = house.start("ask", &[("conversation", Value::Int(conversation))]);
    let token = house.show(run).prompts[0].token;
    assert_eq!(answer(&house, token, "A1"), Answered::Accepted(run));
    assert_eq!(answer(&house, token, "A1"), Answered::Duplicate(run));
    assert_eq!(answer(&house, token, "B2"), Answered::Late(run));
    assert_eq!(house.result(run), Value::text("A1"));
    let to = AnswerTo::Conversation(conversation);
    assert_eq!(house.engine().answer(to, Value::text("x")).unwrap(), Answered::NotWaiting);
    let to = AnswerTo::Run { run, at: None };
    assert_eq!(house.engine().answer(to, Value::text("x")).unwrap(), Answered::NotWaiting);
    assert_eq!(house.said(run).len(), 2);
}

#[test]
fn an_answer_after_the_time_limit_is_late() {
    let house = House::new();
    let conversation = house.conversation();
    let run = house.start("ask", &[("conversation", Value::Int(conversation))]);
    let token = house.show(run).prompts[0].token;
    house.advance(HOUR_US);
    assert_eq!(house.result(run), Value::text("late"));
    assert_eq!(answer(&house, token, "A1"), Answered::Late(run));
}

#[test]
fn the_newest_prompt_gets_the_answer_and_the_older_is_shown_again() {
    let house = House::new();
    let conversation = house.conversation();
    let older = house.start("ask", &[("conversation", Value::Int(conversation))]);
    let newer = house.start("ask_too", &[("conversation", Value::Int(conversation))]);
    let shown = |house: &House, run| {
        let watched = house.engine().watch(run, Cursor::default(), Duration::ZERO).unwrap();
        watched.prompts.into_iter().map(|prompt| prompt.text.to_string()).collect::<Vec<_>>()
    };
    assert_eq!((shown(&house, older), shown(&house, newer)), (vec![], vec!["How did we do?".to_owned()]));
    let to = || AnswerTo::Conversation(conversation);
    assert_eq!(house.engine().answer(to(), Value::text("well")).unwrap(), Answered::Accepted(newer));
    assert_eq!((shown(&house, older), shown(&house, newer)), (vec!["Which order?".to_owned()], vec![]));
    assert_eq!(house.engine().answer(to(), Value::text("A1")).unwrap(), Answered::Accepted(older));
    assert_eq!(house.result(newer), Value::text("well"));
    assert_eq!(house.result(older), Value::text("A1"));
}

#[test]
fn an_anchor_finds_its_prompt() {
    let house = House::new();
    let conversation = house.conversation();
    let run = house.start("ask", &[("conversation", Value::Int(conversation))]);
    let to = |at: &str| AnswerTo::Run { run, at: Some(at.to_owned()) };
    assert_eq!(house.engine().answer(to("other"), Value::text("x")).unwrap(), Answered::NotWaiting);
    assert_eq!(house.engine().answer(to("which"), Value::text("x")).unwrap(), Answered::Accepted(run));
}

#[test]
fn a_prompt_survives_a_restart() {
    let mut house = House::new();
    let conversation = house.conversation();
    let run = house.start("ask", &[("conversation", Value::Int(conversation))]);
    house.restart();
    let token = house.show(run).prompts[0].token;
    assert_eq!(answer(&house, token, "A1"), Answered::Accepted(run));
    assert_eq!(house.result(run), Value::text("A1"));
}

#[test]
fn closing_ends_the_prompts_of_the_moment() {
    let house = House::new();
    let conversation = house.conversation();
    let run = house.start("ask", &[("conversation", Value::Int(conversation))]);
    let ended = house.engine().act_soon(move |workspace| {
        workspace.end_prompts(conversation, Failure::new("gone", "closed"))?;
        Ok(Value::Null)
    });
    ended.wait().unwrap().unwrap();
    house.idle();
    let view = house.show(run).run;
    assert_eq!((view.status, &*view.failure.unwrap().kind), (RunStatus::Failed, "gone"));
    let to = AnswerTo::Conversation(conversation);
    assert_eq!(house.engine().answer(to, Value::text("x")).unwrap(), Answered::NotWaiting);
}

#[test]
fn cancelling_takes_the_prompt_off() {
    let house = House::new();
    let conversation = house.conversation();
    let run = house.start("ask", &[("conversation", Value::Int(conversation))]);
    house.engine().cancel(run).unwrap();
    let to = AnswerTo::Conversation(conversation);
    assert_eq!(house.engine().answer(to, Value::text("x")).unwrap(), Answered::NotWaiting);
}
