//! Whatever is nested in whatever: it lowers, and the verifier accepts it.

use super::build::*;
use crate::hir::*;
use flow_bytecode::op::Cmp;
use proptest::prelude::*;

/// A statement in outline; names are given when it is built.
#[derive(Debug, Clone)]
enum Shape {
    Count(i8),
    Say,
    Charge,
    Ask,
    Wait(u8),
    If(Vec<Shape>, Vec<Shape>),
    While(Vec<Shape>),
    For(Vec<Shape>),
    Repeat(i8, Vec<Shape>),
    Switch(Vec<Shape>, Vec<Shape>),
    Try(Vec<Shape>, Vec<Shape>),
    Choice(bool, Vec<Shape>, Vec<Shape>),
    Fork(bool, Vec<Shape>, Vec<Shape>),
    Guard(Vec<Shape>),
    Break,
    Continue,
    Again,
    Return,
    Fail,
}

fn shapes() -> impl Strategy<Value = Vec<Shape>> {
    let leaf = prop_oneof![
        any::<i8>().prop_map(Shape::Count),
        Just(Shape::Say),
        Just(Shape::Charge),
        Just(Shape::Ask),
        (0_u8..4).prop_map(Shape::Wait),
        Just(Shape::Break),
        Just(Shape::Continue),
        Just(Shape::Again),
        Just(Shape::Return),
        Just(Shape::Fail),
    ];
    let one = leaf.prop_recursive(5, 40, 4, |inner| {
        let some = || prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            (some(), some()).prop_map(|(a, b)| Shape::If(a, b)),
            some().prop_map(Shape::While),
            some().prop_map(Shape::For),
            (any::<i8>(), some()).prop_map(|(n, a)| Shape::Repeat(n, a)),
            (some(), some()).prop_map(|(a, b)| Shape::Switch(a, b)),
            (some(), some()).prop_map(|(a, b)| Shape::Try(a, b)),
            (any::<bool>(), some(), some()).prop_map(|(guard, a, b)| Shape::Choice(guard, a, b)),
            (any::<bool>(), some(), some()).prop_map(|(race, a, b)| Shape::Fork(race, a, b)),
            some().prop_map(Shape::Guard),
        ]
    });
    prop::collection::vec(one, 0..8)
}

struct Maker {
    flow: FlowBuilder,
    conversation: Expr,
    contact: Expr,
    names: Expr,
    /// The variable that may be written here, and whether a loop, a choice or a path is around.
    count: Expr,
    in_loop: bool,
    in_choice: bool,
    in_path: bool,
}

impl Maker {
    fn block(&mut self, shapes: &[Shape]) -> Vec<Stmt> {
        shapes.iter().filter_map(|shape| self.stmt(shape)).collect()
    }

    fn within(&mut self, in_loop: bool, shapes: &[Shape]) -> Vec<Stmt> {
        let before = self.in_loop;
        self.in_loop |= in_loop;
        let stmts = self.block(shapes);
        self.in_loop = before;
        stmts
    }

    fn condition(&self) -> Expr {
        let pro = compare(Cmp::Eq, plan_of(self.contact.clone()), plan(1));
        let many = compare(Cmp::Gt, self.count.clone(), score_of(self.contact.clone()));
        binary(Binary::Or, not(pro), binary(Binary::And, many, truth(true)))
    }

    fn stmt(&mut self, shape: &Shape) -> Option<Stmt> {
        Some(match shape {
            Shape::Count(n) => assign(&self.count, add(self.count.clone(), int(i64::from(*n)))),
            Shape::Say => say(self.conversation.clone(), text("words")),
            Shape::Charge => {
                let paid = self.flow.local("paid", Ty::Int);
                let sum = add(self.count.clone(), charge(text("A1"), charge(text("A2"), self.count.clone())));
                set(&paid, sum)
            }
            Shape::Ask => {
                let rating = self.flow.local("rating", opt(Ty::Int));
                let mut question = ask(self.conversation.clone(), "How many?", AskKind::As(Ty::Int), opt(Ty::Int));
                question.0.retries = Some(self.count.clone());
                question.0.max = Some(add(self.count.clone(), int(1)));
                set(&rating, asked(question))
            }
            Shape::Wait(arms) => {
                let bound = self.flow.local("ending", Ty::Event(TRIAL_ENDING));
                let all = [
                    ArmKind::After(Due::After(days(1))),
                    ArmKind::When(self.condition()),
                    ArmKind::Event {
                        event: TRIAL_ENDING,
                        matches: vec![(1, self.count.clone())],
                        bind: Some(id(&bound)),
                        filter: None,
                    },
                ];
                let left = ExprKind::EventPart { base: Box::new(bound), event: TRIAL_ENDING, param: 1 };
                let left = assign(&self.count, expr(left, Ty::Int));
                let arms = all.into_iter().take(usize::from(*arms)).map(|kind| {
                    let body = if matches!(kind, ArmKind::Event { .. }) { vec![left.clone()] } else { vec![] };
                    arm(kind, body)
                });
                wait(None, arms.collect())
            }
            Shape::If(a, b) => when(self.condition(), self.block(a), self.block(b)),
            Shape::While(a) => stmt(StmtKind::While { condition: self.condition(), body: block(self.within(true, a)) }),
            Shape::For(a) => {
                let name = self.flow.local("name", Ty::Text);
                let filter = Box::new(compare(Cmp::Ne, name.clone(), text("")));
                let body = block(self.within(true, a));
                stmt(StmtKind::For {
                    item: id(&name),
                    pages: None,
                    list: self.names.clone(),
                    filter: Some(filter),
                    body,
                })
            }
            Shape::Repeat(n, a) => {
                let times = if *n > 0 { int(i64::from(*n)) } else { self.count.clone() };
                stmt(StmtKind::Repeat { times, body: block(self.within(true, a)) })
            }
            Shape::Switch(a, b) => stmt(StmtKind::Switch {
                subject: plan_of(self.contact.clone()),
                arms: vec![SwitchArm { patterns: vec![Pattern::Text("pro".into())], body: block(self.block(a)) }],
                otherwise: block(self.block(b)),
            }),
            Shape::Try(a, b) => {
                let failure = self.flow.local("failure", Ty::Failure);
                let body = block(self.block(a));
                let mut handler = self.block(b);
                handler.push(when(self.condition(), vec![stmt(StmtKind::Fail(failure.clone()))], vec![]));
                stmt(StmtKind::Try { body, failure: Some(id(&failure)), handler: block(handler) })
            }
            Shape::Choice(guard, a, b) => {
                let before = std::mem::replace(&mut self.in_choice, true);
                let guard = guard.then(|| self.condition());
                let options = vec![option("A", None, self.block(a)), option("B", guard, self.block(b))];
                self.in_choice = before;
                let mut made = choice(self.conversation.clone(), None, "Pick", options);
                let other = self.flow.local("text", Ty::Text);
                made.otherwise = Some((Some(id(&other)), block(vec![say(self.conversation.clone(), other)])));
                stmt(StmtKind::Choice(Box::new(made)))
            }
            Shape::Fork(race, a, b) => {
                let outer = (self.in_loop, self.in_choice, self.in_path, self.count.clone());
                (self.in_loop, self.in_choice, self.in_path) = (false, false, true);
                let first = path("a", self.block(a), vec![id(&outer.3)]);
                // The other path has a variable of its own: two must not write one.
                self.count = self.flow.local("own", Ty::Int);
                let mut own = vec![set(&self.count.clone(), int(0))];
                own.extend(self.block(b));
                let second = path("b", own, vec![]);
                (self.in_loop, self.in_choice, self.in_path, self.count) = outer;
                stmt(StmtKind::Fork(Fork { race: *race, anchor: None, paths: vec![first, second] }))
            }
            Shape::Guard(a) => {
                let name = self.flow.local("present", Ty::Text);
                let mut otherwise = self.block(a);
                otherwise.push(stmt(StmtKind::Stop));
                let value = name_of(self.contact.clone());
                stmt(StmtKind::Guard { local: id(&name), value, otherwise: block(otherwise) })
            }
            Shape::Break => self.in_loop.then(|| stmt(StmtKind::Break))?,
            Shape::Continue => self.in_loop.then(|| stmt(StmtKind::Continue))?,
            Shape::Again => self.in_choice.then(|| stmt(StmtKind::Again))?,
            Shape::Return => (!self.in_path).then(|| stmt(StmtKind::Return(Some(self.count.clone()))))?,
            Shape::Fail => {
                let args = vec![text("failed"), text("no")];
                let failure = ExprKind::Intrinsic(flow_bytecode::Intrinsic::MakeFailure, args);
                stmt(StmtKind::Fail(expr(failure, Ty::Failure)))
            }
        })
    }
}

/// A flow of that shape.
fn project(shapes: &[Shape]) -> Project {
    let mut flow = FlowBuilder::new("m.f").returns(Ty::Int);
    let conversation = flow.param("conversation", Ty::Entity(CONVERSATION));
    let contact = flow.param("contact", Ty::Entity(CONTACT));
    let names = flow.param("names", Ty::List(std::sync::Arc::new(Ty::Text)));
    let count = flow.local("count", Ty::Int);
    let mut maker = Maker {
        flow,
        conversation,
        contact,
        names,
        count: count.clone(),
        in_loop: false,
        in_choice: false,
        in_path: false,
    };
    let mut body = vec![set(&count, int(0))];
    body.extend(maker.block(shapes));
    body.push(stmt(StmtKind::Return(Some(count))));
    Project::with(maker.flow, body)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nested_control_lowers_and_verifies(shapes in shapes()) {
        let lowered = super::lowered(&project(&shapes));
        let again = super::lowered(&project(&shapes));
        prop_assert_eq!(lowered.program, again.program);
    }
}
