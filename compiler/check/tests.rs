//! Tests: what only they do, and what they leave to flows.

use super::body::{Body, CheckedFlow, Reach};
use super::expr::FAILURE_KINDS;
use super::fit::{Why, wrap};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{ActionId, Arm, ArmKind};
use crate::hir::{
    Binary, Block, Definition, Due, EntityId, Expr, ExprKind, Flow, FlowId, Local, Node, Param, Reference, Stmt,
    StmtKind, TestOp, Ty, Unary, Wait,
};
use crate::resolve::{Project, dotted, few};
use crate::syntax::ast::{self, MockOutcome, WaitKind};
use std::collections::HashSet;
use std::sync::Arc;

/// What can be asked of a run in a test; with parentheses also of which text, place or kind.
pub(super) const RUN_MEMBERS: &[&str] =
    &["answer", "said", "waiting", "finished", "failed", "cancelled", "refused", "cancel", "retry", "approve", "deny"];

/// Checks a test.
pub(super) fn test<'a>(
    p: &'a Project,
    module: usize,
    decl: &'a ast::TestDecl,
    out: &'a mut Vec<Diagnostic>,
) -> (Flow, bool, Arc<[Reference]>) {
    let span = decl.title.span;
    let mut body = Body::new(p, module, out);
    body.test = true;
    body.flow_name = Arc::from("this test");
    let title: Arc<str> = match decl.title.plain() {
        Some(title) => Arc::from(title),
        None => {
            body.out.push(
                Diagnostic::new(Code::NotConstant, span, "A test is called by words that stand there as they are.")
                    .at("it has holes")
                    .help("Leave the braces out, so that `flow test --filter` can find it."),
            );
            Arc::from("")
        }
    };
    let CheckedFlow { locals, body, broken, entry, references, .. } = body.whole_test(&decl.body);
    let flow =
        Flow { name: title, params: Vec::new(), locals, result: Ty::Unit, body, entry, doc: Arc::from(""), span };
    (flow, broken, references)
}

/// A statement that belongs in a flow, with what a test does instead.
fn of_flows(kind: &ast::StmtKind) -> Option<(&'static str, &'static str)> {
    use ast::StmtKind as S;
    Some(match kind {
        S::Say(_) => ("say", "Let a flow say it, and look: `expect run.said(\"…\")`."),
        S::Choice(_) => ("choice", "Let a flow offer it, and answer: `run.answer(\"…\")`."),
        S::Wait(_) => ("wait", "Let the time pass with `advance 3 days`."),
        S::Parallel(_) => ("parallel", "A test does one thing after the other; start several flows for that."),
        S::Race(_) => ("race", "A test does one thing after the other; start several flows for that."),
        S::Split(_) => ("split", "Let a flow split, and look at what became of it."),
        S::Launch(_) => ("launch", "Write `let run = start …`, and ask the run."),
        S::Try(_) => ("try", "Let a flow try, and look: `expect run.failed(.declined)`."),
        S::Return(_) => ("return", "A test ends with its last line."),
        S::Stop => ("stop", "A test that cannot go on fails: `fail \"why\"`, or `expect` what has to be so."),
        _ => return None,
    })
}

fn int(value: u32, span: Span) -> Expr {
    Expr { kind: ExprKind::Int(i64::from(value)), ty: Ty::Int, span }
}

/// Where something stands, as arguments.
fn place(span: Span) -> [(Arc<str>, Expr); 2] {
    [(Arc::from("start"), int(span.start, span)), (Arc::from("end"), int(span.end, span))]
}

fn operation(op: TestOp, args: Vec<(Arc<str>, Expr)>, ty: Ty, span: Span) -> Expr {
    Expr { kind: ExprKind::Test(op, args), ty, span }
}

/// Whether this is the past of an action's last word: `sms.sent` asks about `sms.send`.
fn is_past(word: &str, past: &str) -> bool {
    const IRREGULAR: &[(&str, &str)] = &[
        ("send", "sent"),
        ("pay", "paid"),
        ("make", "made"),
        ("find", "found"),
        ("get", "got"),
        ("set", "set"),
        ("put", "put"),
        ("buy", "bought"),
        ("sell", "sold"),
        ("give", "given"),
        ("take", "taken"),
        ("write", "written"),
        ("hold", "held"),
        ("withdraw", "withdrawn"),
    ];
    if let Some((_, irregular)) = IRREGULAR.iter().find(|(present, _)| *present == word) {
        return *irregular == past;
    }
    let rest = past.strip_prefix(word);
    // `ship` has become `shipped`, `verify` `verified`.
    let doubled = word.chars().last().filter(|last| !"aeiouwxy".contains(*last));
    let is_doubled = |rest: &str| {
        rest.strip_suffix("ed").is_some_and(|letter| doubled.is_some_and(|last| letter.chars().eq([last])))
    };
    rest.is_some_and(|rest| rest == if word.ends_with('e') { "d" } else { "ed" } || is_doubled(rest))
        || word.strip_suffix('y').and_then(|stem| past.strip_prefix(stem)).is_some_and(|rest| rest == "ied")
}

/// So many parts of an `or` are looked at each by itself.
const ALTERNATIVES_MAX: usize = 16;

/// How many parts `or` joins.
fn alternatives(condition: &Expr) -> usize {
    match &condition.kind {
        ExprKind::Binary(Binary::Or, left, right) => alternatives(left) + alternatives(right),
        _ => 1,
    }
}

/// A short value as it was written, in a help.
fn shown(value: &ast::Expr) -> String {
    match &value.kind {
        ast::ExprKind::Str(text) => text.plain().map(|text| format!("\"{text}\"")),
        ast::ExprKind::Name(name) => Some(name.to_string()),
        ast::ExprKind::Variant(name) => Some(format!(".{}", name.name)),
        ast::ExprKind::Int(number) => Some(number.to_string()),
        _ => dotted(value),
    }
    .unwrap_or_else(|| "…".to_owned())
}

/// What `or` joins, in order.
fn apart(condition: Expr, into: &mut Vec<Expr>) {
    match condition.kind {
        ExprKind::Binary(Binary::Or, left, right) => {
            apart(*left, into);
            apart(*right, into);
        }
        _ => into.push(condition),
    }
}

impl Body<'_> {
    /// Refuses a statement that belongs in a flow; notes where the test is.
    pub fn test_statement(&mut self, stmt: &ast::Stmt, into: &mut Block) -> bool {
        if let Some((word, instead)) = of_flows(&stmt.kind) {
            self.only_in_flows(stmt.span, format!("`{word}` belongs in a flow."), instead);
            if matches!(word, "stop" | "return" | "launch") && self.reach == Reach::Yes {
                self.reach = Reach::Told;
            }
            return false;
        }
        if !matches!(stmt.kind, ast::StmtKind::Expect(_) | ast::StmtKind::Error) {
            let step = operation(TestOp::Step, place(stmt.span).into(), Ty::Unit, stmt.span);
            into.stmts.push(Stmt { kind: StmtKind::Expr(step), span: stmt.span });
        }
        true
    }

    /// Says that something belongs in a flow.
    pub fn only_in_flows(&mut self, span: Span, message: String, instead: &str) {
        self.out.push(Diagnostic::new(Code::OnlyInFlows, span, message).help(instead));
    }

    /// `expect …`: of an `and` each part by itself, of a comparison both sides are kept, to be told when it does not hold.
    pub fn expect(&mut self, condition: &ast::Expr) -> Option<StmtKind> {
        let (checked, outcome) = self.condition(condition);
        self.facts.learn_all(&outcome.yes);
        if checked.ty == Ty::Error {
            return None;
        }
        let mut block = Block::default();
        self.expect_each(checked, &mut block);
        Some(StmtKind::Block(block))
    }

    fn expect_each(&mut self, condition: Expr, into: &mut Block) {
        let span = condition.span;
        if let ExprKind::Binary(Binary::And, left, right) = condition.kind {
            self.expect_each(*left, into);
            return self.expect_each(*right, into);
        }
        // What was asked for a part that holds has no say in why another does not.
        let begin = operation(TestOp::Expecting, place(span).into(), Ty::Unit, span);
        into.stmts.push(Stmt { kind: StmtKind::Expr(begin), span });
        let told: Vec<(Arc<str>, Expr)> = place(span).into();
        let mut parts = Vec::new();
        match alternatives(&condition) {
            2..=ALTERNATIVES_MAX => apart(condition, &mut parts),
            _ => parts.push(condition),
        }
        self.expect_one(parts.into_iter(), 1, told, span, into);
    }

    /// Of what `or` joins each part is looked at only where those before do not hold; in the end all sides are told.
    fn expect_one(
        &mut self,
        mut parts: std::vec::IntoIter<Expr>,
        number: usize,
        mut told: Vec<(Arc<str>, Expr)>,
        span: Span,
        into: &mut Block,
    ) {
        let Some(part) = parts.next() else {
            let unmet = operation(TestOp::Unmet, told, Ty::Unit, span);
            into.stmts.push(Stmt { kind: StmtKind::Expr(unmet), span });
            return;
        };
        let at = part.span;
        told.push((Arc::from(format!("{number} start")), int(at.start, at)));
        told.push((Arc::from(format!("{number} end")), int(at.end, at)));
        let condition = self.with_sides(part, number, into, &mut told);
        let condition = wrap(|inner| ExprKind::Unary(Unary::Not, inner), condition, Ty::Bool);
        let mut then = Block::default();
        self.expect_one(parts, number + 1, told, span, &mut then);
        let otherwise = Block::default();
        into.stmts.push(Stmt { kind: StmtKind::If { condition, then, otherwise }, span });
    }

    /// The condition with the sides of its comparison computed before.
    fn with_sides(
        &mut self,
        condition: Expr,
        number: usize,
        into: &mut Block,
        told: &mut Vec<(Arc<str>, Expr)>,
    ) -> Expr {
        let Expr { kind, ty, span } = condition;
        let kind = match kind {
            ExprKind::Unary(Unary::Not, inner) => {
                ExprKind::Unary(Unary::Not, Box::new(self.with_sides(*inner, number, into, told)))
            }
            ExprKind::Binary(Binary::Compare(cmp), left, right) => {
                let left = self.side(&format!("{number} left"), *left, into, told);
                let right = self.side(&format!("{number} right"), *right, into, told);
                ExprKind::Binary(Binary::Compare(cmp), Box::new(left), Box::new(right))
            }
            other => other,
        };
        Expr { kind, ty, span }
    }

    fn side(&mut self, name: &str, value: Expr, into: &mut Block, told: &mut Vec<(Arc<str>, Expr)>) -> Expr {
        let (ty, span) = (value.ty.clone(), value.span);
        if matches!(value.kind, ExprKind::Null) {
            return value;
        }
        let local = self.hidden(ty.clone(), span);
        into.stmts.push(Stmt { kind: StmtKind::Let { local, value }, span });
        let read = Expr { kind: ExprKind::Local(local), ty, span };
        told.push((Arc::from(name), read.clone()));
        told.push((Arc::from(format!("{name} start")), int(span.start, span)));
        told.push((Arc::from(format!("{name} end")), int(span.end, span)));
        read
    }

    /// `advance …`: the test itself waits.
    pub fn advance(&mut self, kind: &WaitKind, span: Span) -> Option<StmtKind> {
        let due: Due = match kind {
            WaitKind::For(moment) => self.due(moment)?,
            WaitKind::Until(moment) => self.until(moment)?,
            WaitKind::Arms { .. } => return None,
        };
        self.may_wait(span);
        let arm = Arm { kind: ArmKind::After(due), body: Block::default(), span };
        Some(StmtKind::Wait(Wait { anchor: None, arms: vec![arm] }))
    }

    /// `mock action(…) returns … then fails …`
    pub fn mock(&mut self, item: &ast::Mock, span: Span) -> Option<StmtKind> {
        let name = item.action.dotted();
        let found = self.action_named(&name);
        let Some(id) = found else {
            let p = self.p;
            if self.mocked_by_value(&item.action) {
                self.args_in_vain(item.args.as_deref().unwrap_or_default());
                return None;
            }
            let names = p.actions.keys().map(|name| &**name);
            let diagnostic =
                Diagnostic::new(Code::UnknownFunction, item.action.span, format!("There is no action `{name}`."))
                    .at("nothing declares it");
            self.out.push(Self::suggest(self.p, diagnostic, &name, item.action.span, names, || {
                Some("Only actions are mocked; a flow is carried out as it stands.".to_owned())
            }));
            self.args_in_vain(item.args.as_deref().unwrap_or_default());
            return None;
        };
        if !self.leaves_the_machine(id, item.action.span) {
            self.args_in_vain(item.args.as_deref().unwrap_or_default());
            return None;
        }
        let p = self.p;
        let action = p.hir.actions.get(id.0 as usize)?;
        let mut args = match &item.args {
            Some(args) => self.matching(id, args, span)?,
            None => Vec::new(),
        };
        if item.outcomes.is_empty() && !matches!(action.result, Ty::Unit | Ty::Optional(_)) {
            let result = p.show(&action.result);
            self.out.push(
                Diagnostic::new(Code::MissingArgument, span, format!("What `{name}` yields has to be said."))
                    .at(format!("it yields `{result}`"))
                    .label(action.span, "declared here")
                    .help(format!("Write `mock {name} returns …`, or `mock {name} fails .timeout`.")),
            );
            return None;
        }
        for outcome in &item.outcomes {
            match outcome {
                MockOutcome::Returns(value) => {
                    let value = match (&action.result, &value.kind) {
                        (Ty::Unit, ast::ExprKind::Null) => {
                            Expr { kind: ExprKind::Null, ty: Ty::Text.optional(), span: value.span }
                        }
                        (Ty::Unit, _) => {
                            self.out.push(
                                Diagnostic::new(Code::NoValue, value.span, format!("`{name}` yields nothing."))
                                    .label(action.span, "declared here")
                                    .help(format!("Write `mock {name}` alone.")),
                            );
                            continue;
                        }
                        (result, _) => self.need(value, result, Why::Plain(&format!("`{name}` yields"))),
                    };
                    args.push((Arc::from("then returns"), value));
                }
                MockOutcome::Fails(fail) => {
                    let (kind, why) = self.mock_failure(id, fail)?;
                    args.push((Arc::from("then fails"), kind));
                    args.push((Arc::from("why"), why));
                }
            }
        }
        Some(StmtKind::Expr(operation(TestOp::Mock(id), args, Ty::Unit, span)))
    }

    /// `mock c.block()`: the action of a value, which is mocked for all of its type.
    fn mocked_by_value(&mut self, action: &ast::Path) -> bool {
        let [value, method] = action.segments.as_slice() else { return false };
        let Some(local) = self.local(&value.name) else { return false };
        self.named(local, value.span);
        let Some(Ty::Entity(id)) = self.local_info(local).map(|local| local.ty.clone()) else { return false };
        let Some(found) = self.p.method(id, method.as_str()) else { return false };
        if !self.leaves_the_machine(found, action.span) {
            return true;
        }
        let of = self.p.show(&Ty::Entity(id));
        let whole = format!("{of}.{}", method.name);
        self.out.push(
            Diagnostic::new(Code::OtherKindOfName, action.span, "An action is mocked for all values of its type.")
                .at(format!("`{}` is one `{of}`", value.name))
                .help(format!("Write `mock {whole} …`."))
                .fix(format!("write `{whole}`"), vec![(action.span, whole)]),
        );
        true
    }

    fn mock_failure(&mut self, id: ActionId, fail: &ast::Fail) -> Option<(Expr, Expr)> {
        let span = fail.what.span;
        let text = |text: &str, span| Expr { kind: ExprKind::Text(Arc::from(text)), ty: Ty::Text, span };
        let ast::ExprKind::Variant(kind) = &fail.what.kind else {
            self.expr(&fail.what, Some(&Ty::Error));
            self.out.push(
                Diagnostic::new(Code::OtherKindOfName, span, "`fails` takes the kind of a failure.")
                    .help("Write `fails .timeout`, or with a text `fails .declined, \"no funds\"`."),
            );
            return None;
        };
        let action = self.p.hir.actions.get(id.0 as usize)?;
        let known = |name: &str| FAILURE_KINDS.contains(&name) || action.fails.iter().any(|own| **own == *name);
        if !known(kind.as_str()) {
            let name = kind.as_str();
            let own = action.fails.iter().map(|own| &**own);
            let names: Vec<&str> = own.clone().chain(FAILURE_KINDS.iter().copied()).collect();
            let listed = few(names.iter().map(|name| format!("`.{name}`")));
            let diagnostic =
                Diagnostic::new(Code::UnknownVariant, kind.span, format!("`{}` does not fail `.{name}`.", action.name))
                    .label(action.span, "what it may fail with stands here");
            self.out.push(Self::suggest(self.p, diagnostic, name, kind.span, names, || {
                Some(format!("It may fail {listed}."))
            }));
            return None;
        }
        let why = match &fail.why {
            Some(why) => self.need(why, &Ty::Text, Why::Plain("why it fails is")),
            None => text(&kind.as_str().replace('_', " "), span),
        };
        Some((text(kind.as_str(), span), why))
    }

    /// The action that a path names: the module's own, a dotted one, or the method of an entity.
    fn action_named(&self, name: &str) -> Option<ActionId> {
        let p = self.p;
        let own = p.modules.get(self.module).and_then(|scope| scope.actions.get(name));
        let found = own.or_else(|| p.actions.get(name)).or_else(|| p.library.actions.get(name));
        if let Some(id) = found {
            return Some(*id);
        }
        let (entity, method) = name.rsplit_once('.')?;
        p.method(p.entity(entity)?, method)
    }

    /// Whether calls of an action are mocked and recorded.
    fn leaves_the_machine(&mut self, id: ActionId, at: Span) -> bool {
        let Some(action) = self.p.hir.actions.get(id.0 as usize) else { return false };
        if action.class.is_external() {
            return true;
        }
        self.out.push(
            Diagnostic::new(
                Code::OtherKindOfName,
                at,
                format!("`{}` does not leave the machine: in a test it is carried out as it stands.", action.name),
            )
            .label(action.span, "declared here")
            .help(match &*action.name {
                "chat.send" | "Conversation.say" => "Ask the run for what it said: `expect run.said(\"…\")`.",
                _ => "Look at what it changed: `expect contact.tags.contains(.vip)`.",
            }),
        );
        false
    }

    /// Arguments that narrow down which calls are meant, by name.
    fn matching(&mut self, id: ActionId, args: &[ast::Arg], span: Span) -> Option<Vec<(Arc<str>, Expr)>> {
        let action = self.p.hir.actions.get(id.0 as usize)?;
        let open = Expr { kind: ExprKind::Null, ty: Ty::Error, span: Span::default() };
        let slots: Vec<Param> = action
            .params
            .iter()
            .map(|param| Param {
                name: param.name.clone(),
                ty: param.ty.clone().optional(),
                default: Some(open.clone()),
                doc: param.doc.clone(),
                span: param.span,
            })
            .collect();
        let errors = self.out.len();
        self.moments = action.moments();
        let given = self.args(&action.name, Some(action.span), &slots, args, span);
        if self.out.len() > errors {
            return None;
        }
        let mut given: Vec<Expr> = given;
        // As a flow's call has it.
        for (at, escape) in &action.outward.escapes {
            if let Some(value) = given.get_mut(*at as usize) {
                self.escape_argument(value, *escape);
            }
        }
        let given = action.params.iter().zip(given).filter(|(_, value)| value.ty != Ty::Error);
        Some(given.map(|(param, value)| (param.name.clone(), value)).collect())
    }

    /// `called(http.post, url: …)`, `calls(…)`, `started(onboarding)`, `latest(onboarding)`.
    pub fn test_function(&mut self, name: &str, call: &ast::Call, span: Span) -> Option<Expr> {
        if !self.test || !matches!(name, "called" | "calls" | "started" | "latest") {
            return None;
        }
        self.no_policy(call, "what a test asks");
        let named = call.args.first().filter(|arg| arg.name.is_none());
        let path = named.and_then(|arg| Some((dotted(&arg.value)?, arg.value.span)));
        let Some((path, at)) = path else {
            if let Some((args, diagnostic)) = named.and_then(|arg| self.called_inside(name, &arg.value)) {
                self.args_in_vain(args);
                self.args_in_vain(call.args.get(1..).unwrap_or_default());
                return Some(self.wrong(diagnostic));
            }
            self.args_in_vain(&call.args);
            let what = if matches!(name, "called" | "calls") { "an action" } else { "a flow" };
            let example = if matches!(name, "called" | "calls") { "http.post" } else { "onboarding" };
            return Some(
                self.wrong(
                    Diagnostic::new(Code::MissingArgument, call.args_span, format!("`{name}` takes {what} first."))
                        .help(format!("Name it: `{name}({example})`.")),
                ),
            );
        };
        let rest = call.args.get(1..).unwrap_or_default();
        if matches!(name, "called" | "calls") {
            let Some(id) = self.action_named(&path) else {
                self.args_in_vain(rest);
                let names = self.p.actions.keys().map(|name| &**name);
                let diagnostic = Diagnostic::new(Code::UnknownFunction, at, format!("There is no action `{path}`."))
                    .at("nothing declares it");
                return Some(self.wrong(Self::suggest(self.p, diagnostic, &path, at, names, || {
                    Some("Name it as it is called, as in `called(http.post)`.".to_owned())
                })));
            };
            return Some(self.recorded(id, name == "calls", rest, at, span));
        }
        let p = self.p;
        let own = p.modules.get(self.module).and_then(|scope| scope.flows.get(&*path));
        let Some(id) = own.or_else(|| p.flows.get(&*path)).copied() else {
            let names = p.flows.keys().map(|name| &**name);
            let diagnostic = Diagnostic::new(Code::UnknownFunction, at, format!("There is no flow `{path}`."))
                .at("nothing declares it");
            return Some(self.wrong(Self::suggest(self.p, diagnostic, &path, at, names, || {
                Some("Name it with its file, as in `front_desk.front_desk`.".to_owned())
            })));
        };
        if let Some(more) = rest.first() {
            self.args_in_vain(rest);
            return Some(
                self.wrong(
                    Diagnostic::new(
                        Code::TooManyArguments,
                        more.span,
                        format!("`{name}` takes a flow and nothing more."),
                    )
                    .at("too much"),
                ),
            );
        }
        Some(match name {
            "started" => operation(TestOp::Started(id), Vec::new(), Ty::Bool, span),
            _ => operation(TestOp::Latest(id), Vec::new(), Ty::Run, span),
        })
    }

    /// `called(shop.ship(item: "x"))`
    fn called_inside<'g>(&self, name: &str, given: &'g ast::Expr) -> Option<(&'g [ast::Arg], Diagnostic)> {
        let ast::ExprKind::Call(inner) = &given.kind else { return None };
        let path = dotted(&inner.callee)?;
        let is_action = matches!(name, "called" | "calls");
        let known = match is_action {
            true => self.action_named(&path).is_some(),
            false => self.p.flows.contains_key(&*path) || self.p.modules.get(self.module)?.flows.contains_key(&*path),
        };
        if !known {
            return None;
        }
        let diagnostic = Diagnostic::new(
            Code::MissingArgument,
            given.span,
            format!(
                "`{name}` takes the name of {} first, without calling it.",
                if is_action { "an action" } else { "a flow" }
            ),
        );
        let (open, close) = (inner.args_span.start, inner.args_span.end);
        let edit = |start: u32, end: u32, text: &str| (Span { start, end, ..given.span }, text.to_owned());
        let all = edit(open, close, "");
        if !is_action || inner.args.is_empty() {
            let diagnostic = diagnostic.help(format!("Write `{name}({path})`."));
            return Some((&inner.args, diagnostic.fix(format!("write `{name}({path})`"), vec![all])));
        }
        let args: Option<Vec<String>> =
            inner.args.iter().map(|arg| Some(format!("{}: {}", arg.name.as_ref()?.name, shown(&arg.value)))).collect();
        let args = args.map_or_else(|| "…".to_owned(), |args| args.join(", "));
        let edits = vec![edit(open, open + 1, ", "), edit(close.saturating_sub(1), close, "")];
        let diagnostic =
            diagnostic.help(format!("What it was given follows behind a comma: `{name}({path}, {args})`."));
        Some((&inner.args, diagnostic.fix("write a comma", edits)))
    }

    fn recorded(&mut self, id: ActionId, count: bool, args: &[ast::Arg], at: Span, span: Span) -> Expr {
        if !self.leaves_the_machine(id, at) {
            self.args_in_vain(args);
            return self.error(span);
        }
        let Some(args) = self.matching(id, args, span) else { return self.error(span) };
        match count {
            true => operation(TestOp::Calls(id), args, Ty::Int, span),
            false => operation(TestOp::Called(id), args, Ty::Bool, span),
        }
    }

    /// `sms.sent(to: …)`: whether `sms.send` was called.
    pub fn in_the_past(&mut self, path: &str, call: &ast::Call, span: Span) -> Option<Expr> {
        if !self.test {
            return None;
        }
        let (before, last) = path.rsplit_once('.')?;
        let p = self.p;
        let found = p.actions.iter().find(|(name, _)| {
            name.rsplit_once('.').is_some_and(|(space, word)| space == before && is_past(word, last))
        });
        let id = *found?.1;
        self.no_policy(call, "what a test asks");
        Some(self.recorded(id, false, &call.args, call.callee.span, span))
    }

    /// `Contact(first_name: "Ada")`
    pub fn given(&mut self, id: EntityId, call: &ast::Call, span: Span) -> Expr {
        self.no_policy(call, "what a test makes");
        let Some(entity) = self.p.hir.entities.get(id.0 as usize) else { return self.error(span) };
        let open = Expr { kind: ExprKind::Null, ty: Ty::Error, span: Span::default() };
        let slots: Vec<Param> = entity
            .fields
            .iter()
            .map(|field| Param {
                name: field.name.clone(),
                ty: field.ty.clone(),
                // What has to be given has no stand-in: a record cannot be without it.
                default: (field.readonly || field.default.is_some() || field.ty.is_optional()).then(|| open.clone()),
                doc: field.doc.clone(),
                span: Span::default(),
            })
            .collect();
        let errors = self.out.len();
        self.refers_args(&call.args, |name| Some(Definition::EntityField(id, self.p.entity_field(id, name)?)));
        let given = self.args(&entity.name, Some(entity.span), &slots, &call.args, call.args_span);
        self.may_wait(span);
        if self.out.len() > errors {
            return self.error(span);
        }
        let given = slots.iter().zip(given).filter(|(_, value)| value.ty != Ty::Error);
        let given = given.map(|(slot, value)| (slot.name.clone(), value)).collect();
        operation(TestOp::Create(id), given, Ty::Entity(id), span)
    }

    /// A place is named by its anchor: a text could name one that there is not.
    fn anchors_only(&mut self, args: &[ast::Arg]) {
        let Some(ast::Arg { value, .. }) = args.first() else { return };
        let ast::ExprKind::Str(text) = &value.kind else { return };
        let diagnostic =
            Diagnostic::new(Code::OtherKindOfName, value.span, "A place where a run waits is named by its anchor.")
                .at("a text");
        let name = match text.parts.as_slice() {
            [ast::StrPart::Text { text, .. }] => text.trim_start_matches('#'),
            _ => "",
        };
        let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
        let shown = if is_name { name } else { "name" };
        let help = format!("Write `#{shown}`, and the same behind the `wait` or the question.");
        self.out.push(diagnostic.help(help));
    }

    /// What a test asks of a run without parentheses.
    pub fn run_property(&mut self, base: Expr, name: &ast::Ident, span: Span) -> Option<Expr> {
        if !RUN_MEMBERS.contains(&name.as_str()) {
            return None;
        }
        if !self.test {
            return Some(self.asked_outside_tests(name));
        }
        let op = match name.as_str() {
            "finished" => TestOp::Finished,
            "failed" => TestOp::Failed,
            "waiting" => TestOp::Waiting,
            "cancelled" => TestOp::Cancelled,
            "refused" => TestOp::Refused,
            text => {
                let end = Span::new(name.span.file, name.span.end, name.span.end);
                let message = format!("`{text}` is called, with parentheses.");
                return Some(
                    self.wrong(
                        Diagnostic::new(Code::OtherKindOfName, name.span, message)
                            .at("parentheses are missing")
                            .fix("add parentheses", vec![(end, "()".to_owned())]),
                    ),
                );
            }
        };
        Some(operation(op, vec![(Arc::from("run"), base)], Ty::Bool, span))
    }

    fn asked_outside_tests(&mut self, name: &ast::Ident) -> Expr {
        self.wrong(
            Diagnostic::new(
                Code::OnlyInTests,
                name.span,
                format!("What became of a run is asked in tests: `.{}` belongs there.", name.name),
            )
            .help("A flow that needs the result of another calls it without `start`: `let result = other(…)`."),
        )
    }

    /// What a test asks of a run, or does to it.
    pub fn run_method(&mut self, base: Expr, name: &ast::Ident, call: &ast::Call, span: Span) -> Option<Expr> {
        if !RUN_MEMBERS.contains(&name.as_str()) {
            return None;
        }
        if !self.test {
            self.args_in_vain(&call.args);
            return Some(self.asked_outside_tests(name));
        }
        self.no_policy(call, "what a test does");
        let mut args = vec![(Arc::from("run"), base)];
        let slot = |name: &str, ty: Ty, optional: bool| {
            let open = Expr { kind: ExprKind::Null, ty: Ty::Error, span: Span::default() };
            Param {
                name: Arc::from(name),
                ty,
                default: optional.then_some(open),
                doc: Arc::from(""),
                span: Span::default(),
            }
        };
        let (op, ty, slots) = match name.as_str() {
            "answer" => (TestOp::Answer, Ty::Unit, vec![slot("text", Ty::Text, false), slot("at", Ty::Text, true)]),
            "said" => (TestOp::Said, Ty::Bool, vec![slot("text", Ty::Text, false)]),
            "waiting" => (TestOp::Waiting, Ty::Bool, vec![slot("at", Ty::Text, true)]),
            "finished" => (TestOp::Finished, Ty::Bool, Vec::new()),
            "failed" => (TestOp::Failed, Ty::Bool, vec![slot("kind", Ty::FailureKind, true)]),
            "cancelled" => (TestOp::Cancelled, Ty::Bool, Vec::new()),
            "refused" => (TestOp::Refused, Ty::Bool, Vec::new()),
            "cancel" => (TestOp::Cancel, Ty::Unit, Vec::new()),
            "approve" => (TestOp::Approve, Ty::Unit, vec![slot("at", Ty::Text, true)]),
            "deny" => (TestOp::Deny, Ty::Unit, vec![slot("reason", Ty::Text, true), slot("at", Ty::Text, true)]),
            _ => (TestOp::Retry, Ty::Unit, Vec::new()),
        };
        self.anchors_allowed = matches!(op, TestOp::Answer | TestOp::Waiting | TestOp::Approve | TestOp::Deny);
        let op_names_place = matches!(op, TestOp::Waiting);
        let given = self.args(name.as_str(), None, &slots, &call.args, call.args_span);
        self.anchors_allowed = false;
        if op_names_place {
            self.anchors_only(&call.args);
        }
        if let (TestOp::Failed, Some(Expr { kind: ExprKind::FailureKind(kind), span, .. })) = (&op, given.first()) {
            self.fails_so(kind, *span);
        }
        if ty == Ty::Unit {
            self.may_wait(span);
        }
        let given = slots.iter().zip(given).filter(|(_, value)| value.ty != Ty::Error);
        args.extend(given.map(|(slot, value)| (slot.name.clone(), value)));
        Some(operation(op, args, ty, span))
    }

    /// `#nudge` as an argument.
    pub fn anchor_value(&mut self, anchor: &ast::Anchor, span: Span) -> Expr {
        if self.anchors_allowed {
            if self.p.sound
                && let Some(diagnostic) = self.no_anchor(anchor)
            {
                return self.wrong(diagnostic);
            }
            return Expr { kind: ExprKind::Text(anchor.name.shared().clone()), ty: Ty::Text, span };
        }
        self.wrong(
            Diagnostic::new(
                Code::OtherKindOfName,
                span,
                format!("`#{}` names a place, which is no value.", anchor.name),
            )
            .help("A test asks for it: `expect run.waiting(#nudge)`, `run.answer(\"Yes\", at: #nudge)`."),
        )
    }

    /// What to say of a place that no flow has.
    fn no_anchor(&self, anchor: &ast::Anchor) -> Option<Diagnostic> {
        let span = anchor.span;
        let wanted = anchor.name.as_str();
        // Every test asks for places: the flows are gone through once.
        let known = self.p.anchors.get_or_init(|| {
            let mut known = HashSet::new();
            for flow in &self.p.hir.flows {
                flow.body.walk(&mut |node| known.extend(anchor_of(node).map(Arc::from)));
            }
            known
        });
        if known.contains(wanted) {
            return None;
        }
        let diagnostic =
            Diagnostic::new(Code::UnknownName, span, format!("No flow of the project has a place `#{wanted}`."))
                .at("no run waits there");
        Some(match self.p.nearest(wanted, known.iter().map(|name| &**name)) {
            Some(near) => diagnostic
                .help(format!("Did you mean `#{near}`?"))
                .fix(format!("replace `#{wanted}` by `#{near}`"), vec![(span, format!("#{near}"))]),
            None => diagnostic.help(format!("Name the question or wait so, as in `wait #{wanted} {{ … }}`.")),
        })
    }

    /// Refuses what a test leaves to flows, where a call is one.
    pub fn not_called_in_a_test(&mut self, what: &str, instead: &str, span: Span) {
        if self.test {
            self.only_in_flows(span, format!("{what} belongs in a flow."), instead);
        }
    }

    /// The flow's own name for messages.
    pub fn flow_title(&self, id: FlowId) -> String {
        let name = self.p.hir.flows.get(id.0 as usize).map_or("", |flow| &*flow.name);
        self.p.near_name(self.module, name).to_owned()
    }
}

/// The name of a place where a run can wait.
fn anchor_of(node: Node<'_>) -> Option<&str> {
    let anchor = match node {
        Node::Stmt(Stmt { kind: StmtKind::Choice(choice), .. }) => &choice.anchor,
        Node::Stmt(Stmt { kind: StmtKind::Wait(wait), .. }) => &wait.anchor,
        // What waits in there may go by its name.
        Node::Stmt(Stmt { kind: StmtKind::Fork(fork), .. }) => &fork.anchor,
        Node::Stmt(Stmt { kind: StmtKind::Split(split), .. }) => &split.anchor,
        Node::Expr(Expr { kind: ExprKind::Ask(ask), .. }) => &ask.anchor,
        _ => return None,
    };
    anchor.as_deref()
}

/// Whether two tests are called the same in one file, which `--filter` and reports could not tell apart.
pub(super) fn same_titles(tests: &[Flow], out: &mut Vec<Diagnostic>) {
    let mut seen: std::collections::HashMap<(u32, &str), Span> = std::collections::HashMap::new();
    for test in tests.iter().filter(|test| !test.name.is_empty()) {
        if let Some(first) = seen.insert((test.span.file.0, &*test.name), test.span) {
            out.push(
                Diagnostic::new(
                    Code::DuplicateName,
                    test.span,
                    format!("Two tests of this file are called \"{}\".", test.name),
                )
                .at("called the same")
                .label(first, "the first of this name")
                .help("Say in the name what is different."),
            );
        }
    }
}

/// Whether something in a test could not be typed.
pub(super) fn has_errors(test: &Flow) -> bool {
    test.locals.iter().any(|local: &Local| local.ty == Ty::Error)
}
