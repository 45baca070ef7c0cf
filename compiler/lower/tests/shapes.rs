//! The code of each construct.

use super::build::*;
use super::listed;
use crate::hir::*;
use flow_bytecode::op::Cmp;

macro_rules! golden {
    ($project:expr) => {
        insta::assert_snapshot!(listed(&$project))
    };
}

#[test]
fn arithmetic_loop() {
    let mut flow = FlowBuilder::new("m.f").returns(Ty::Int);
    let (n, i) = (flow.local("n", Ty::Int), flow.local("i", Ty::Int));
    golden!(Project::with(
        flow,
        vec![
            set(&n, int(0)),
            set(&i, int(0)),
            stmt(StmtKind::While {
                condition: compare(Cmp::Lt, i.clone(), int(1_000_000)),
                body: block(vec![
                    assign(&n, add(n.clone(), binary(Binary::Multiply, i.clone(), int(3)))),
                    assign(&i, add(i.clone(), int(1))),
                ]),
            }),
            stmt(StmtKind::Return(Some(n))),
        ],
    ));
}

#[test]
fn conditions_branch() {
    let mut flow = FlowBuilder::new("m.f");
    let contact = flow.param("contact", Ty::Entity(CONTACT));
    let flag = flow.local("flag", Ty::Bool);
    let pro = || compare(Cmp::Eq, plan_of(contact.clone()), plan(1));
    let busy = || compare(Cmp::Gt, score_of(contact.clone()), int(50));
    let named = || compare(Cmp::Ne, name_of(contact.clone()), null(Ty::Text));
    golden!(Project::with(
        flow,
        vec![
            when(
                binary(Binary::Or, binary(Binary::And, pro(), busy()), not(named())),
                vec![stmt(StmtKind::Stop)],
                vec![set(&flag, binary(Binary::And, named(), busy()))],
            ),
            when(compare(Cmp::Eq, name_of(contact.clone()), wrap(text("Ada"))), vec![stmt(StmtKind::Stop)], vec![]),
        ],
    ));
}

#[test]
fn missing_values() {
    let mut flow = FlowBuilder::new("m.f").returns(Ty::Text);
    let contact = flow.param("contact", Ty::Entity(CONTACT));
    let name = flow.local("name", Ty::Text);
    let due = flow.local("due", Ty::Date);
    let held = flow.local("", Ty::Text);
    let renewal = field(contact.clone(), CONTACT, 3, opt(Ty::Date));
    let length = expr(
        ExprKind::Chain {
            base: Box::new(name_of(contact.clone())),
            local: id(&held),
            then: Box::new(expr(ExprKind::Len(Box::new(held)), Ty::Int)),
        },
        opt(Ty::Int),
    );
    golden!(Project::with(
        flow,
        vec![
            stmt(StmtKind::Guard { local: id(&due), value: renewal, otherwise: block(vec![stmt(StmtKind::Stop)]) }),
            set(
                &name,
                expr(
                    ExprKind::Coalesce { left: Box::new(name_of(contact.clone())), right: Box::new(text("there")) },
                    Ty::Text,
                ),
            ),
            when(compare(Cmp::Ne, length, null(Ty::Int)), vec![stmt(StmtKind::Return(Some(name)))], vec![]),
            stmt(StmtKind::Return(Some(unwrap(name_of(contact))))),
        ],
    ));
}

#[test]
fn texts_are_put_together() {
    let mut flow = FlowBuilder::new("m.f").returns(Ty::Text);
    let contact = flow.param("contact", Ty::Entity(CONTACT));
    let score = score_of(contact.clone());
    let template = expr(
        ExprKind::Template(vec![
            TemplatePart::Text("Hello, ".into()),
            TemplatePart::Hole(text("dear ")),
            TemplatePart::Hole(plan_of(contact)),
            TemplatePart::Text(": ".into()),
            TemplatePart::Hole(score),
        ]),
        Ty::Text,
    );
    golden!(Project::with(flow, vec![stmt(StmtKind::Return(Some(add(template, text("!")))))]));
}

#[test]
fn loops_that_do_something_may_rest() {
    let mut flow = FlowBuilder::new("m.f");
    let conversation = flow.param("conversation", Ty::Entity(CONVERSATION));
    let names = flow.param("names", Ty::List(std::sync::Arc::new(Ty::Text)));
    let name = flow.local("name", Ty::Text);
    golden!(Project::with(
        flow,
        vec![
            stmt(StmtKind::For {
                pages: None,
                item: id(&name),
                list: names,
                filter: Some(Box::new(compare(Cmp::Ne, name.clone(), text("")))),
                body: block(vec![
                    when(compare(Cmp::Eq, name.clone(), text("x")), vec![stmt(StmtKind::Continue)], vec![]),
                    when(compare(Cmp::Eq, name.clone(), text("y")), vec![stmt(StmtKind::Break)], vec![]),
                    say(conversation.clone(), name),
                ]),
            }),
            stmt(StmtKind::Repeat { times: int(3), body: block(vec![say(conversation, text("again"))]) }),
        ],
    ));
}

#[test]
fn switches_look_into_tables() {
    let mut flow = FlowBuilder::new("m.f").returns(Ty::Int);
    let contact = flow.param("contact", Ty::Entity(CONTACT));
    let n = flow.local("n", Ty::Int);
    let value = expr(
        ExprKind::Switch {
            subject: Box::new(plan_of(contact.clone())),
            arms: vec![
                (vec![Pattern::Text("trial".into())], int(1)),
                (vec![Pattern::Text("pro".into())], score_of(contact)),
            ],
            otherwise: None,
        },
        Ty::Int,
    );
    golden!(Project::with(
        flow,
        vec![
            set(&n, value),
            stmt(StmtKind::Switch {
                subject: n.clone(),
                arms: vec![SwitchArm {
                    patterns: vec![Pattern::Scalar(1), Pattern::Scalar(2)],
                    body: block(vec![assign(&n, int(0))]),
                }],
                otherwise: block(vec![assign(&n, int(9))]),
            }),
            stmt(StmtKind::Return(Some(n))),
        ],
    ));
}

#[test]
fn external_calls_keep_their_arguments() {
    let mut flow = FlowBuilder::new("m.f").returns(Ty::Int);
    let count = flow.param("count", Ty::Int);
    let unused = flow.param("unused", Ty::Int);
    let paid = flow.local("paid", Ty::Int);
    let failure = flow.local("failure", Ty::Failure);
    golden!(Project::with(
        flow,
        vec![
            set(&paid, int(0)),
            stmt(StmtKind::Try {
                body: block(vec![assign(&paid, add(charge(text("A1"), count.clone()), charge(text("A2"), unused)))]),
                failure: Some(id(&failure)),
                handler: block(vec![when(
                    compare(Cmp::Eq, count, int(1)),
                    vec![stmt(StmtKind::Fail(failure))],
                    vec![assign(&paid, int(-1))],
                )]),
            }),
            stmt(StmtKind::Return(Some(paid))),
        ],
    ));
}

#[test]
fn flows_call_flows() {
    let mut project = Project::new();
    let mut callee = FlowBuilder::new("m.callee").returns(Ty::Int);
    let (a, b) = (callee.param("a", Ty::Int), callee.param("b", Ty::Text));
    let called =
        project.add(callee, vec![stmt(StmtKind::Return(Some(add(a, expr(ExprKind::Len(Box::new(b)), Ty::Int)))))]);
    let mut flow = FlowBuilder::new("m.f").returns(Ty::Int);
    let n = flow.param("n", Ty::Int);
    let call = |a, b| expr(ExprKind::Call { flow: called, args: vec![a, b] }, Ty::Int);
    let sum = add(call(n.clone(), text("x")), call(call(n, text("y")), text("z")));
    let run = flow.local("run", Ty::Run);
    let start = expr(ExprKind::Start { flow: called, args: vec![int(1), text("s")] }, Ty::Run);
    let total = flow.local("total", Ty::Int);
    project.add(
        flow,
        vec![
            set(&run, start),
            set(&total, sum),
            when(
                compare(Cmp::Lt, total.clone(), int(0)),
                vec![stmt(StmtKind::Launch { flow: called, args: vec![total.clone(), text("l")] })],
                vec![],
            ),
            stmt(StmtKind::Return(Some(total))),
        ],
    );
    golden!(project);
}

#[test]
fn a_choice() {
    let mut flow = FlowBuilder::new("m.f");
    let conversation = flow.param("conversation", Ty::Entity(CONVERSATION));
    let other = flow.local("text", Ty::Text);
    let contact = field(conversation.clone(), CONVERSATION, 0, Ty::Entity(CONTACT));
    let guard = compare(Cmp::Ne, plan_of(contact), plan(0));
    let mut choice = choice(
        conversation.clone(),
        Some("topic"),
        "Pick",
        vec![
            option("Refund", None, vec![say(conversation.clone(), text("r"))]),
            option("Change", Some(guard), vec![stmt(StmtKind::Stop)]),
            option("Else", None, vec![stmt(StmtKind::Again)]),
        ],
    );
    choice.otherwise = Some((Some(id(&other)), block(vec![say(conversation, other), stmt(StmtKind::Again)])));
    choice.after = Some((Due::After(days(1)), block(vec![])));
    golden!(Project::with(flow, vec![stmt(StmtKind::Choice(Box::new(choice)))]));
}

#[test]
fn questions() {
    let mut flow = FlowBuilder::new("m.f").returns(opt(Ty::Int));
    let conversation = flow.param("conversation", Ty::Entity(CONVERSATION));
    let email = flow.local("email", opt(Ty::Email));
    let rating = flow.local("rating", Ty::Int);
    let plan = flow.local("plan", Ty::Enum(PLAN));
    let mut first = ask(conversation.clone(), "Email?", AskKind::As(Ty::Email), opt(Ty::Email));
    first.0.retries = Some(int(2));
    first.0.timeout = Some(Due::After(days(1)));
    first.0.hint = Some(text("like a@b.c"));
    let mut second = ask(conversation.clone(), "Rating?", AskKind::As(Ty::Int), Ty::Int);
    second.0.min = Some(int(1));
    second.0.max = Some(int(5));
    let third = ask(conversation, "Plan?", AskKind::Enum(PLAN), Ty::Enum(PLAN));
    golden!(Project::with(
        flow,
        vec![
            set(&email, asked(first)),
            set(&rating, asked(second)),
            set(&plan, asked(third)),
            when(compare(Cmp::Ne, email, null(Ty::Email)), vec![stmt(StmtKind::Return(Some(wrap(rating))))], vec![]),
            stmt(StmtKind::Return(Some(null(Ty::Int)))),
        ],
    ));
}

#[test]
fn picking_from_a_list() {
    let mut flow = FlowBuilder::new("m.f").returns(opt(Ty::Entity(CONTACT)));
    let conversation = flow.param("conversation", Ty::Entity(CONVERSATION));
    let contacts = flow.param("contacts", Ty::List(std::sync::Arc::new(Ty::Entity(CONTACT))));
    let item = flow.local("item", Ty::Entity(CONTACT));
    let show = expr(ExprKind::Coalesce { left: Box::new(name_of(item.clone())), right: Box::new(text("?")) }, Ty::Text);
    let kind = AskKind::From { list: contacts, item: id(&item), show };
    let question = ask(conversation, "Who?", kind, opt(Ty::Entity(CONTACT)));
    golden!(Project::with(flow, vec![stmt(StmtKind::Return(Some(asked(question))))]));
}

#[test]
fn waits() {
    let mut flow = FlowBuilder::new("m.f");
    let contact = flow.param("contact", Ty::Entity(CONTACT));
    let limit = flow.param("limit", Ty::Int);
    let bound = flow.local("ending", Ty::Event(TRIAL_ENDING));
    let left = expr(ExprKind::EventPart { base: Box::new(bound.clone()), event: TRIAL_ENDING, param: 1 }, Ty::Int);
    let zone = field(contact.clone(), CONTACT, 4, Ty::TimeZone);
    let at = expr(ExprKind::TimeOfDay(0), Ty::TimeOfDay);
    let due = flow.local("due", Ty::Date);
    golden!(Project::with(
        flow,
        vec![
            set(&due, expr(ExprKind::Date(20_000), Ty::Date)),
            wait(None, vec![arm(ArmKind::After(Due::After(days(3))), vec![])]),
            wait(
                Some("nudge"),
                vec![
                    arm(
                        ArmKind::Event {
                            event: TRIAL_ENDING,
                            matches: vec![(0, contact.clone())],
                            bind: Some(id(&bound)),
                            filter: None,
                        },
                        vec![when(compare(Cmp::Lt, left, int(2)), vec![stmt(StmtKind::Stop)], vec![])],
                    ),
                    arm(ArmKind::When(compare(Cmp::Gt, score_of(contact.clone()), limit)), vec![stmt(StmtKind::Stop)]),
                    arm(
                        ArmKind::After(Due::Calendar {
                            days: int(3),
                            months: int(0),
                            at: Some(at),
                            zone: zone.clone()
                        }),
                        vec![],
                    ),
                ],
            ),
            wait(None, vec![arm(ArmKind::After(Due::UntilDate { date: due, at: None, zone }), vec![])]),
            wait(None, vec![arm(ArmKind::After(Due::Never), vec![])]),
        ],
    ));
}

#[test]
fn paths_side_by_side() {
    let mut flow = FlowBuilder::new("m.f").returns(Ty::Int);
    let conversation = flow.param("conversation", Ty::Entity(CONVERSATION));
    let n = flow.local("n", Ty::Int);
    let m = flow.local("m", Ty::Text);
    golden!(Project::with(
        flow,
        vec![
            set(&n, int(1)),
            set(&m, text("a")),
            stmt(StmtKind::Fork(Fork {
                race: false,
                anchor: None,
                paths: vec![
                    path(
                        "count",
                        vec![
                            assign(&n, add(n.clone(), charge(m.clone(), int(1)))),
                            assign(&m, text("b")),
                            stmt(StmtKind::Fork(Fork {
                                race: true,
                                anchor: Some("inner".into()),
                                paths: vec![
                                    path("one", vec![say(conversation.clone(), m.clone())], vec![]),
                                    path("two", vec![assign(&n, int(7))], vec![id(&n)]),
                                ],
                            })),
                        ],
                        vec![id(&n), id(&m)],
                    ),
                    path("tell", vec![say(conversation, text("hi"))], vec![]),
                ],
            })),
            stmt(StmtKind::Return(Some(add(n, expr(ExprKind::Len(Box::new(m)), Ty::Int))))),
        ],
    ));
}

#[test]
fn values_of_all_kinds() {
    let mut flow = FlowBuilder::new("m.f");
    let contact = flow.param("contact", Ty::Entity(CONTACT));
    let order = flow.local("order", Ty::Record(ORDER));
    let json = flow.local("json", Ty::Json);
    let number = flow.local("number", Ty::Number);
    let secret = flow.local("secret", Ty::Secret);
    let to = flow.local("to", Ty::Assignee);
    let made = expr(ExprKind::Record(ORDER, vec![text("A1"), int(2)]), Ty::Record(ORDER));
    let count = expr(ExprKind::Part { base: Box::new(order.clone()), record: ORDER, field: 1 }, Ty::Int);
    let convert = |convert, inner: Expr, ty| expr(ExprKind::Convert(convert, Box::new(inner)), ty);
    let pairs = vec![("a".into(), convert(Convert::ToJson, int(1), Ty::Json)), ("b".into(), json.clone())];
    let half = expr(ExprKind::Binary(Binary::Divide, Box::new(count.clone()), Box::new(int(2))), Ty::Number);
    golden!(Project::with(
        flow,
        vec![
            set(&order, made),
            set(&json, convert(Convert::ToJson, order, Ty::Json)),
            assign(
                &json,
                convert(Convert::ToJson, expr(ExprKind::Map(pairs), Ty::Map(std::sync::Arc::new(Ty::Json))), Ty::Json)
            ),
            set(&number, half),
            when(
                compare(Cmp::Ge, number, convert(Convert::IntToNumber, count, Ty::Number)),
                vec![stmt(StmtKind::Fire { event: TRIAL_ENDING, args: vec![contact.clone(), int(3)] })],
                vec![],
            ),
            set(
                &secret,
                add(
                    convert(Convert::TextToSecret, text("Bearer "), Ty::Secret),
                    expr(ExprKind::Secret("token".into()), Ty::Secret)
                )
            ),
            set(
                &to,
                convert(
                    Convert::TeamToAssignee,
                    expr(ExprKind::Symbol(SymbolKind::Team, "support".into()), Ty::Symbol(SymbolKind::Team)),
                    Ty::Assignee
                )
            ),
            stmt(StmtKind::SetField {
                base: Box::new(contact.clone()),
                entity: CONTACT,
                field: 2,
                value: add(score_of(contact), int(5))
            }),
        ],
    ));
}
