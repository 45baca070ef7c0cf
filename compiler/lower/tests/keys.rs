//! A text edit moves nobody: keys of places under edits.

use super::build::*;
use super::lowered;
use crate::hir::*;
use flow_bytecode::op::Cmp;
use std::collections::BTreeMap;

/// What may change without moving anybody.
#[derive(Default)]
struct Edit {
    words: &'static str,
    reordered: bool,
    other_branch: bool,
}

fn project(edit: &Edit) -> Project {
    let mut project = Project::new();
    let words = if edit.words.is_empty() { "Pick" } else { edit.words };
    let main = |project: &mut Project| {
        let mut flow = FlowBuilder::new("onboarding.onboarding");
        let conversation = flow.param("conversation", Ty::Entity(CONVERSATION));
        let email = flow.local("email", Ty::Email);
        let paid = flow.local("paid", Ty::Int);
        let number = flow.local("number", Ty::Int);
        let mut body = vec![];
        if edit.other_branch {
            body.push(set(&number, int(4)));
            body.push(when(
                compare(Cmp::Gt, number, int(3)),
                vec![
                    say(conversation.clone(), text("an unrelated branch")),
                    wait(Some("patience"), vec![arm(ArmKind::After(Due::After(days(9))), vec![])]),
                ],
                vec![],
            ));
        }
        body.extend([
            wait(None, vec![arm(ArmKind::After(Due::After(days(1))), vec![])]),
            set(&email, asked(ask(conversation.clone(), words, AskKind::As(Ty::Email), Ty::Email))),
            stmt(StmtKind::Choice(Box::new(choice(
                conversation.clone(),
                Some("topic"),
                words,
                vec![
                    option(words, None, vec![set(&paid, charge(text(words), int(1)))]),
                    option("No", None, vec![wait(None, vec![arm(ArmKind::After(Due::After(days(2))), vec![])])]),
                ],
            )))),
            wait(None, vec![arm(ArmKind::After(Due::After(days(1))), vec![])]),
            stmt(StmtKind::Expr(charge(text("x"), int(1)))),
            stmt(StmtKind::Expr(charge(text("y"), int(1)))),
            stmt(StmtKind::Repeat { times: int(2), body: block(vec![say(conversation, text(words))]) }),
        ]);
        project.add(flow, body);
    };
    let other = |project: &mut Project| {
        let mut flow = FlowBuilder::new("other.other");
        let conversation = flow.param("conversation", Ty::Entity(CONVERSATION));
        let paths = vec![
            path("a", vec![stmt(StmtKind::Expr(charge(text("x"), int(1))))], vec![]),
            path("b", vec![stmt(StmtKind::Expr(charge(text("x"), int(1)))), say(conversation, text("b"))], vec![]),
        ];
        project.add(flow, vec![stmt(StmtKind::Fork(Fork { race: true, anchor: None, paths }))]);
    };
    if edit.reordered {
        other(&mut project);
        main(&mut project);
    } else {
        main(&mut project);
        other(&mut project);
    }
    project
}

/// Keys with what is kept there, without numbers of registers.
fn keys(edit: &Edit) -> BTreeMap<String, Vec<String>> {
    let lowered = lowered(&project(edit));
    let places = lowered.program.places.iter();
    let kept = places.map(|place| {
        let names = place.live.iter().map(|live| live.name.to_string());
        (place.key.to_string(), names.collect())
    });
    kept.collect()
}

#[test]
fn they_follow_the_structure() {
    let keys: Vec<String> = keys(&Edit::default()).into_keys().collect();
    assert_eq!(
        keys,
        [
            "onboarding.onboarding#topic",
            "onboarding.onboarding#topic/call:shop.charge:paid",
            "onboarding.onboarding#topic/wait",
            "onboarding.onboarding/ask:email",
            "onboarding.onboarding/call:shop.charge",
            "onboarding.onboarding/call:shop.charge~2",
            "onboarding.onboarding/repeat",
            "onboarding.onboarding/wait",
            "onboarding.onboarding/wait~2",
            "other.other/a/call:shop.charge",
            "other.other/b/call:shop.charge",
            "other.other/race",
        ]
    );
}

#[test]
fn words_do_not_move_them() {
    assert_eq!(keys(&Edit::default()), keys(&Edit { words: "Quite other words", ..Edit::default() }));
}

#[test]
fn words_change_constants_only() {
    let mut one = lowered(&project(&Edit::default())).program;
    let mut other = lowered(&project(&Edit { words: "Quite other words", ..Edit::default() })).program;
    one.constants.clear();
    other.constants.clear();
    assert_eq!(one, other);
}

#[test]
fn the_order_of_flows_does_not_move_them() {
    assert_eq!(keys(&Edit::default()), keys(&Edit { reordered: true, ..Edit::default() }));
}

#[test]
fn an_unrelated_branch_does_not_move_them() {
    let mut with = keys(&Edit { other_branch: true, ..Edit::default() });
    with.remove("onboarding.onboarding#patience");
    assert_eq!(keys(&Edit::default()), with);
}

#[test]
fn the_same_program_twice() {
    let (one, other) = (lowered(&project(&Edit::default())), lowered(&project(&Edit::default())));
    assert_eq!(one.program, other.program);
    assert_eq!(flow_bytecode::codec::hash(&one.program), flow_bytecode::codec::hash(&other.program));
}
