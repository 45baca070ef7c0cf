//! Statements.

use super::body::{Body, Reach};
use super::fit::{Why, wrap};
use super::places::{Place, Step, place, present_places};
use super::rescan::scan;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Binary, Block, Expr, ExprKind, Stmt, StmtKind, TestOp, Ty};
use crate::resolve::few;
use crate::syntax::ast;
use flow_bytecode::Intrinsic;
use flow_bytecode::op::Cmp;
use flow_bytecode::program::EffectClass;
use std::sync::Arc;

/// Longer chains of `else if` are refused: they would be a deep tree, and nobody reads them.
const BRANCHES_MAX: usize = 200;

impl Body<'_> {
    /// A block with its own scope.
    pub fn block(&mut self, block: &ast::Block) -> Block {
        self.enter();
        let mut made = Block::default();
        self.statements(block, &mut made);
        self.leave();
        made
    }

    /// The statements of a block, in the scope that is open.
    pub fn statements(&mut self, block: &ast::Block, into: &mut Block) {
        into.stmts.reserve(block.stmts.len());
        let mut gone: Option<Reach> = None;
        for (index, stmt) in block.stmts.iter().enumerate() {
            if let (Reach::No(span, word), None) = (self.reach, gone) {
                gone = Some(self.reach);
                let rest = block.stmts.get(index..).unwrap_or_default();
                self.unreachable(rest, span, word);
            }
            if gone.is_some() {
                // What is never reached is still read for its own mistakes.
                self.reach = Reach::Yes;
            }
            self.statement(stmt, into);
            // What could not be read may have left, where nothing follows it.
            if stmt.kind == ast::StmtKind::Error && index + 1 == block.stmts.len() && self.reach == Reach::Yes {
                self.reach = Reach::Told;
            }
        }
        if let Some(gone) = gone {
            self.reach = gone;
        }
    }

    fn unreachable(&mut self, rest: &[ast::Stmt], span: Span, word: &str) {
        let (Some(first), Some(last)) = (rest.first(), rest.last()) else { return };
        let never = first.span.to(last.span);
        let diagnostic = match word {
            "launch" => Diagnostic::new(
                Code::AfterLaunch,
                never,
                "After `launch` this flow is over, so nothing may stand here.",
            )
            .at("never reached")
            .label(span, "the run becomes another flow here")
            .help("Move it before the `launch`; or call the flow without `launch`, to come back when it is done."),
            _ => Diagnostic::new(Code::Unreachable, never, "This is never reached.")
                .at("never reached")
                .label(span, format!("`{word}` always leaves here"))
                .help("Remove it, or move it before."),
        };
        self.out.push(diagnostic);
    }

    #[inline(never)]
    fn statement(&mut self, stmt: &ast::Stmt, into: &mut Block) {
        let span = stmt.span;
        if self.test && !self.test_statement(stmt, into) {
            return;
        }
        let kind = match &stmt.kind {
            ast::StmtKind::Error => {
                self.broken = true;
                return;
            }
            ast::StmtKind::Let(item) => {
                let step = self.let_(item, span);
                self.with_undo(step, item.undo.as_ref(), span)
            }
            ast::StmtKind::Assign(item) => {
                let step = self.assign(item, span);
                self.with_undo(step, item.undo.as_ref(), span)
            }
            ast::StmtKind::Call(item) => {
                let step = self.call_statement(item, span);
                self.with_undo(step, item.undo.as_ref(), span)
            }
            ast::StmtKind::If(item) => self.if_(item, span),
            ast::StmtKind::Switch(item) => self.switch(item, span),
            ast::StmtKind::For(item) => self.for_(item, span),
            ast::StmtKind::While(item) => self.while_(item),
            ast::StmtKind::Repeat(item) => self.repeat(item, span),
            ast::StmtKind::Break => self.jump(span, "break", StmtKind::Break),
            ast::StmtKind::Continue => self.jump(span, "continue", StmtKind::Continue),
            ast::StmtKind::Again => self.again(span),
            ast::StmtKind::Stop => {
                self.reach = Reach::No(span, "stop");
                Some(StmtKind::Stop)
            }
            ast::StmtKind::Return(value) => self.return_(value.as_deref(), span),
            ast::StmtKind::Fail(item) => self.fail(item, span),
            ast::StmtKind::Launch(call) => self.launch(call, span),
            ast::StmtKind::Fire(item) => self.fire(item, span),
            ast::StmtKind::Say(item) => self.say(item, span),
            ast::StmtKind::Choice(item) => self.choice(item, span),
            ast::StmtKind::Wait(item) => self.wait(item, span),
            ast::StmtKind::Parallel(item) => self.fork_paths(item, span, false),
            ast::StmtKind::Race(item) => self.fork_paths(item, span, true),
            ast::StmtKind::Split(item) => self.split(item, span),
            ast::StmtKind::Try(item) => self.try_(item, span),
            ast::StmtKind::Expect(condition) if self.test => self.expect(condition),
            ast::StmtKind::Mock(item) if self.test => self.mock(item, span),
            ast::StmtKind::Advance(kind) if self.test => self.advance(kind, span),
            ast::StmtKind::Expect(_) => self.only_in_tests(span, "expect"),
            ast::StmtKind::Mock(_) => self.only_in_tests(span, "mock"),
            ast::StmtKind::Advance(_) => self.only_in_tests(span, "advance"),
        };
        if let Some(kind) = kind {
            into.stmts.push(Stmt { kind, span });
        }
    }

    fn only_in_tests(&mut self, span: Span, word: &str) -> Option<StmtKind> {
        self.out.push(
            Diagnostic::new(Code::OnlyInTests, span, format!("`{word}` belongs in a test."))
                .help("Move it into `test \"…\" { … }`."),
        );
        None
    }

    /// The block of a guard, which has to leave.
    pub fn guard_block(&mut self, block: &ast::Block) -> Block {
        let mark = self.facts.mark();
        let reach = std::mem::replace(&mut self.reach, Reach::Yes);
        let made = self.block(block);
        if self.reach == Reach::Yes {
            let end = Span::new(block.span.file, block.span.end.saturating_sub(1), block.span.end);
            let stop = match block.stmts.last() {
                Some(last) => (Span::new(end.file, last.span.end, last.span.end), "; stop"),
                None => (Span::new(end.file, end.start, end.start), " stop "),
            };
            self.out.push(
                Diagnostic::new(
                    Code::GuardFallsThrough,
                    end,
                    "The block of a guard must leave: after it the value has to be there.",
                )
                .at("this can be reached")
                .help("End it with `stop`, `return`, `fail`, `launch`, `break` or `continue`; for a default use `??`.")
                .fix("stop here", vec![(stop.0, stop.1.to_owned())]),
            );
        }
        self.facts.restore(&mark);
        self.reach = reach;
        made
    }

    #[inline(never)]
    fn let_(&mut self, item: &ast::Let, span: Span) -> Option<StmtKind> {
        let name = item.name.name.shared().clone();
        let declared = item.ty.as_ref().map(|ty| self.p.ty(self.module, ty, self.out));
        let guarded = item.otherwise.is_some();
        let mut value = match &declared {
            Some(ty) => {
                let wanted = if guarded { ty.clone().optional() } else { ty.clone() };
                let at = item.ty.as_ref().map_or(item.name.span, |ty| ty.span);
                self.value_for(&item.value, &wanted, Why::Local(&name, at), guarded)
            }
            None => self.value(&item.value, None),
        };
        if value.ty == Ty::Null && declared.is_none() {
            value = self.wrong(
                Diagnostic::new(
                    Code::TypeNotKnown,
                    item.value.span,
                    format!("What `{name}` may hold cannot be told from `null`."),
                )
                .help(format!("Say it: `{} {name}: Text? = null`.", if item.mutable { "var" } else { "let" })),
            );
        }
        let Some(otherwise) = &item.otherwise else {
            let ty = declared.unwrap_or_else(|| value.ty.clone());
            let present = matches!(value.kind, ExprKind::Wrap(_)) && item.mutable;
            let alias = !item.mutable && self.names_subject(&value);
            let local = self.declare(name, ty, item.mutable, item.name.span, true);
            self.begun_by(local, span);
            if alias {
                self.aliases.insert(local);
            }
            // A variable that may be missing begins with a value that is there.
            if present {
                self.facts.learn(Place { root: local, steps: Vec::new() });
            }
            return Some(StmtKind::Let { local, value });
        };
        let block = self.guard_block(otherwise);
        let present = value.ty.present();
        let ty = declared.map_or(present, |ty| ty.present());
        if !value.ty.is_optional() {
            if value.ty != Ty::Error {
                self.never_missing(&value, otherwise.span);
            }
            let local = self.declare(name, ty, item.mutable, item.name.span, true);
            return Some(StmtKind::Let { local, value });
        }
        let mut known = Vec::new();
        present_places(&value, &mut known);
        self.facts.learn_all(&known);
        let local = self.declare(name, ty, item.mutable, item.name.span, true);
        self.begun_by(local, span);
        Some(StmtKind::Guard { local, value, otherwise: block })
    }

    /// Whether a value is the subject's contact, or the subject itself.
    fn names_subject(&self, value: &Expr) -> bool {
        matches!(value.ty, Ty::Entity(_)) && self.is_subject(value)
    }

    /// A value of a type; for a guard, of that type or missing.
    fn value_for(&mut self, expr: &ast::Expr, wanted: &Ty, why: Why<'_>, guarded: bool) -> Expr {
        let value = self.value(expr, Some(wanted));
        // A guard over what is never missing is warned about, so its value is left as it is.
        let present = wanted.present();
        if guarded && !value.ty.is_optional() {
            return self.fit(value, &present, why);
        }
        self.fit(value, wanted, why)
    }

    fn never_missing(&mut self, value: &Expr, guard: Span) {
        let found = self.p.show(&value.ty);
        self.out.push(
            Diagnostic::new(Code::NeverMissing, guard, "This guard is for a value that is never missing.")
                .at("never reached")
                .label(value.span, format!("this is `{found}`, always there"))
                .help("Leave the `else { … }` out.")
                .fix(
                    "remove the guard",
                    vec![(Span::new(guard.file, value.span.end.min(guard.start), guard.end), String::new())],
                ),
        );
    }

    #[inline(never)]
    fn assign(&mut self, item: &ast::Assign, span: Span) -> Option<StmtKind> {
        match &item.target.kind {
            ast::ExprKind::Name(name) => self.assign_name(name, item, span),
            ast::ExprKind::Field { base, name, optional } => self.assign_field(base, name, *optional, item, span),
            _ => {
                self.broken = true;
                self.value(&item.value, None);
                None
            }
        }
    }

    fn assign_name(&mut self, name: &ast::Name, item: &ast::Assign, span: Span) -> Option<StmtKind> {
        let at = item.target.span;
        let Some(local) = self.local(name) else {
            let diagnostic = self.unknown_name(name, at);
            self.out.push(diagnostic);
            self.value(&item.value, None);
            return None;
        };
        let (ty, mutable, declared) =
            self.local_info(local).map(|local| (local.ty.clone(), local.mutable, local.span))?;
        if !mutable {
            self.read(local, at);
            self.value(&item.value, Some(&ty));
            let (label, help) = if local.0 < self.params {
                ("a parameter", format!("Copy it into a variable of another name: `var new_{name} = {name}`."))
            } else {
                (
                    "declared here without `var`",
                    format!("Declare it with `var`, as in `var {name} = …`, to change it later."),
                )
            };
            let mut diagnostic = Diagnostic::new(Code::NotVariable, at, format!("`{name}` cannot be written again."))
                .at("not a variable")
                .label(declared, label)
                .help(help);
            if let Some(word) = self.let_word(local) {
                diagnostic = diagnostic.fix(format!("declare `{name}` with `var`"), vec![(word, "var".to_owned())]);
            }
            self.out.push(diagnostic);
            return None;
        }
        let why = Why::Local(name, declared);
        let value = match operator(item.op) {
            None => self.new_value(item, &ty, why),
            Some(op) => {
                let left = self.local_expr(local, at);
                let right = self.value(&item.value, Some(&left.ty.clone()));
                let sum = self.operate(op, item.op_span, left, right, span);
                (self.fit(sum, &ty, why), None)
            }
        };
        let (value, guard) = value;
        let present = ty.is_optional() && is_present(&value);
        self.write(local, at);
        if present {
            self.facts.learn(Place { root: local, steps: Vec::new() });
        }
        Some(with_guard(guard, StmtKind::Assign { local, value }, span))
    }

    /// The value of a write; with a guard the value is kept first.
    fn new_value(&mut self, item: &ast::Assign, ty: &Ty, why: Why<'_>) -> (Expr, Option<StmtKind>) {
        let Some(otherwise) = &item.otherwise else { return (self.need(&item.value, ty, why), None) };
        let value = self.value(&item.value, Some(ty));
        let block = self.guard_block(otherwise);
        if !value.ty.is_optional() {
            if value.ty != Ty::Error {
                self.never_missing(&value, otherwise.span);
            }
            return (self.fit(value, ty, why), None);
        }
        let (present, at) = (value.ty.present(), value.span);
        let kept = self.hidden(present.clone(), at);
        let guard = StmtKind::Guard { local: kept, value, otherwise: block };
        let read = Expr { kind: ExprKind::Local(kept), ty: present, span: at };
        (self.fit(read, ty, why), Some(guard))
    }

    fn assign_field(
        &mut self,
        base: &ast::Expr,
        name: &ast::Ident,
        optional: bool,
        item: &ast::Assign,
        span: Span,
    ) -> Option<StmtKind> {
        let base = self.expr(base, None);
        let p = self.p;
        let at = item.target.span;
        if base.ty.is_optional() {
            let sentence = format!("`.{}` is written only to what is there", name.name);
            self.maybe_missing(&base, &sentence, None);
            self.value(&item.value, Some(&Ty::Error));
            return None;
        }
        let _ = optional;
        let Ty::Entity(entity) = base.ty else {
            if base.ty != Ty::Error {
                let ty = p.show(&base.ty);
                self.out.push(
                    Diagnostic::new(Code::NotVariable, at, format!("A part of a `{ty}` cannot be written."))
                        .at("not a field of an entity")
                        .label(base.span, format!("this is `{ty}`"))
                        .help("Only fields of entities are written; make a new value instead."),
                );
            }
            self.value(&item.value, Some(&Ty::Error));
            return None;
        };
        let field = p.entity_field(entity, name.as_str()).and_then(|index| {
            let def = p.hir.entities.get(entity.0 as usize)?;
            Some((index, def.fields.get(index as usize)?, &def.name))
        });
        let Some((field, def, owner)) = field else {
            self.no_member(&base, name);
            self.value(&item.value, Some(&Ty::Error));
            return None;
        };
        if def.readonly {
            self.value(&item.value, Some(&def.ty));
            self.read_only(entity, def, name.span);
            return None;
        }
        // The base is evaluated once, also where it is read and written.
        let simple = matches!(base.kind, ExprKind::Local(_));
        let mut before = Vec::new();
        let base = if simple || item.op == ast::AssignOp::Set && item.otherwise.is_none() {
            base
        } else {
            let (ty, at) = (base.ty.clone(), base.span);
            let kept = self.hidden(ty.clone(), at);
            before.push(Stmt { kind: StmtKind::Let { local: kept, value: base }, span: at });
            Expr { kind: ExprKind::Local(kept), ty, span: at }
        };
        let why = Why::Field(owner, &def.name, def.span);
        let (value, guard) = match operator(item.op) {
            None => self.new_value(item, &def.ty, why),
            Some(op) => {
                let kind = ExprKind::Field { base: Box::new(base.clone()), entity, field };
                let left = self.narrowed(Expr { kind, ty: def.ty.clone(), span: at });
                let right = self.value(&item.value, Some(&def.ty));
                let sum = self.operate(op, item.op_span, left, right, span);
                (self.fit(sum, &def.ty, why), None)
            }
        };
        let written = place(&base);
        self.facts.field_written(Step::Entity(entity, field), span);
        if let (Some(mut place), true) = (written, def.ty.is_optional() && is_present(&value)) {
            place.steps.push(Step::Entity(entity, field));
            self.facts.learn(place);
        }
        let set = StmtKind::SetField { base: Box::new(base), entity, field, value };
        let made = with_guard(guard, set, span);
        if before.is_empty() {
            return Some(made);
        }
        before.push(Stmt { kind: made, span });
        Some(StmtKind::Block(Block { stmts: before }))
    }

    #[inline(never)]
    fn call_statement(&mut self, item: &ast::CallStmt, span: Span) -> Option<StmtKind> {
        let value = self.expr(&item.expr, None);
        if let Some(what) = self.in_vain(&value) {
            self.out.push(
                Diagnostic::new(Code::UnusedValue, value.span, format!("{what}, and nothing is done with it."))
                    .at("this value is not used")
                    .help("Keep it, as in `let value = …`, or remove the line."),
            );
        }
        match value.kind {
            ExprKind::Chain { base, local, then } if value.ty == Ty::Unit => {
                Some(self.call_if_present(*base, local, *then, span))
            }
            _ => Some(StmtKind::Expr(value)),
        }
    }

    /// `x?.do()`, which yields nothing, as a statement of its own.
    fn call_if_present(&mut self, base: Expr, local: crate::hir::LocalId, then: Expr, span: Span) -> StmtKind {
        let (ty, at) = (base.ty.clone(), base.span);
        let kept = self.hidden(ty.clone(), at);
        let read = |ty: &Ty| Expr { kind: ExprKind::Local(kept), ty: ty.clone(), span: at };
        let null = Expr { kind: ExprKind::Null, ty: ty.clone(), span: at };
        let condition = Expr {
            kind: ExprKind::Binary(Binary::Compare(Cmp::Ne), Box::new(read(&ty)), Box::new(null)),
            ty: Ty::Bool,
            span: at,
        };
        let present = wrap(ExprKind::Unwrap, read(&ty), ty.present());
        let stmt = |kind| Stmt { kind, span };
        let inner = Block { stmts: vec![stmt(StmtKind::Let { local, value: present }), stmt(StmtKind::Expr(then))] };
        let test = StmtKind::If { condition, then: inner, otherwise: Block::default() };
        StmtKind::Block(Block { stmts: vec![stmt(StmtKind::Let { local: kept, value: base }), stmt(test)] })
    }

    /// What is computed in vain when an expression stands alone.
    fn in_vain(&self, value: &Expr) -> Option<String> {
        if matches!(value.ty, Ty::Error | Ty::Unit | Ty::Never) {
            return None;
        }
        Some(match &value.kind {
            ExprKind::Action { class: EffectClass::Pure, action, .. } => {
                let name = self.p.hir.actions.get(action.0 as usize).map_or("", |action| &action.name);
                format!("`{name}` only computes a value")
            }
            ExprKind::Action { .. } | ExprKind::Send { .. } => return None,
            ExprKind::Call { .. } | ExprKind::Start { .. } | ExprKind::Ask(_) => return None,
            ExprKind::Test(TestOp::Create(_), _) => return None,
            ExprKind::Let { body, .. } => return self.in_vain_inside(body),
            ExprKind::Chain { then, .. } => return self.in_vain(then),
            ExprKind::Record(..) => "This only makes a record".to_owned(),
            ExprKind::Decode(_) => "This only reads an answer".to_owned(),
            _ => "This only computes a value".to_owned(),
        })
    }

    /// The same for a call of a template, whose decoding belongs to the call.
    fn in_vain_inside(&self, body: &Expr) -> Option<String> {
        match &body.kind {
            ExprKind::Decode(inner) => self.in_vain_inside(inner),
            ExprKind::Part { base, .. } => self.in_vain_inside(base),
            _ => self.in_vain(body),
        }
    }

    #[inline(never)]
    fn if_(&mut self, item: &ast::If, span: Span) -> Option<StmtKind> {
        if let Some(branch) = item.branches.get(BRANCHES_MAX) {
            self.out.push(
                Diagnostic::new(
                    Code::LimitReached,
                    branch.condition.span,
                    format!("An `if` has at most {BRANCHES_MAX} branches."),
                )
                .help("Use a `switch`, or split it into flows."),
            );
        }
        let mut join = self.fork();
        let mut made = Vec::with_capacity(item.branches.len());
        for branch in item.branches.iter().take(BRANCHES_MAX) {
            let (condition, outcome) = self.condition(&branch.condition);
            let mark = self.facts.mark();
            self.facts.learn_all(&outcome.yes);
            self.reach = Reach::Yes;
            let body = self.block(&branch.body);
            self.branch_end(&mut join);
            self.facts.restore(&mark);
            self.facts.learn_all(&outcome.no);
            made.push((condition, body, branch.condition.span));
        }
        self.reach = Reach::Yes;
        let mut otherwise = match &item.otherwise {
            Some(block) => self.block(block),
            None => Block::default(),
        };
        self.branch_end(&mut join);
        self.join(join);
        let mut kind = None;
        for (condition, then, at) in made.into_iter().rev() {
            if let Some(inner) = kind.take() {
                otherwise = Block { stmts: vec![Stmt { kind: inner, span: at.to(span) }] };
            }
            kind = Some(StmtKind::If { condition, then, otherwise: std::mem::take(&mut otherwise) });
        }
        kind
    }

    /// Enters a loop: what a round may make unknown is unknown from the first round on.
    fn enter_loop(&mut self, body: &ast::Block, conditions: &[&ast::Expr]) {
        let scan = scan(self.p, self.module, body, conditions);
        if let Some(span) = scan.waits {
            self.may_wait(span);
        }
        for (name, span) in &scan.variables {
            if let Some(local) = self.local(name) {
                self.facts.assigned(local, *span);
            }
        }
        for (name, span) in &scan.fields {
            for (index, names) in self.p.entity_fields.iter().enumerate() {
                if let Some(field) = names.get(&**name) {
                    self.facts.field_written(Step::Entity(crate::hir::EntityId(index as u32), *field), *span);
                }
            }
        }
    }

    #[inline(never)]
    fn for_(&mut self, item: &ast::For, span: Span) -> Option<StmtKind> {
        let list = self.value(&item.list, None);
        let ty = match &list.ty {
            Ty::List(inner) => (**inner).clone(),
            Ty::Error => Ty::Error,
            Ty::Optional(_) | Ty::Null => {
                self.maybe_missing(&list, "`for` goes through a list", None);
                Ty::Error
            }
            other => {
                let found = self.p.show(other);
                let help = match other {
                    Ty::Int => "To do something a number of times use `repeat n { … }`.",
                    Ty::Map(_) => "Go through its `.keys` or `.values`.",
                    _ => "Only lists can be gone through.",
                };
                self.out.push(
                    Diagnostic::new(
                        Code::WrongType,
                        list.span,
                        format!("`for` goes through a list; this is `{found}`."),
                    )
                    .at(format!("this is `{found}`"))
                    .help(help),
                );
                Ty::Error
            }
        };
        let conditions: Vec<&ast::Expr> = item.filter.iter().collect();
        self.enter_loop(&item.body, &conditions);
        let mark = self.facts.mark();
        let inside = self.inside;
        self.inside.loops += 1;
        self.enter();
        let local = self.declare(item.name.name.shared().clone(), ty, false, item.name.span, true);
        let filter = item.filter.as_ref().map(|filter| {
            let (filter, outcome) = self.condition(filter);
            self.facts.learn_all(&outcome.yes);
            Box::new(filter)
        });
        let body = self.block(&item.body);
        self.leave();
        self.inside = inside;
        self.facts.restore(&mark);
        self.reach = Reach::Yes;
        let _ = span;
        Some(StmtKind::For { item: local, list, filter, body })
    }

    #[inline(never)]
    fn while_(&mut self, item: &ast::While) -> Option<StmtKind> {
        self.enter_loop(&item.body, &[&item.condition]);
        let (condition, outcome) = self.condition(&item.condition);
        let mark = self.facts.mark();
        self.facts.learn_all(&outcome.yes);
        let inside = self.inside;
        self.inside.loops += 1;
        self.inside.breaks = false;
        let body = self.block(&item.body);
        let breaks = self.inside.breaks;
        self.inside = inside;
        self.facts.restore(&mark);
        self.reach = Reach::Yes;
        if condition.kind.is_true() {
            if !breaks {
                self.reach = Reach::No(item.condition.span, "while true");
            }
        } else if !breaks {
            self.facts.learn_all(&outcome.no);
        }
        Some(StmtKind::While { condition, body })
    }

    fn repeat(&mut self, item: &ast::Repeat, span: Span) -> Option<StmtKind> {
        let times = self.need(&item.count, &Ty::Int, Why::Plain("`repeat` takes"));
        self.enter_loop(&item.body, &[]);
        let mark = self.facts.mark();
        let inside = self.inside;
        self.inside.loops += 1;
        let body = self.block(&item.body);
        self.inside = inside;
        self.facts.restore(&mark);
        self.reach = Reach::Yes;
        let _ = span;
        Some(StmtKind::Repeat { times, body })
    }

    fn jump(&mut self, span: Span, word: &'static str, kind: StmtKind) -> Option<StmtKind> {
        if self.inside.loops == 0 {
            let help = match self.paths.is_empty() {
                true => "Only `for`, `while` and `repeat` have rounds; to leave the flow use `return` or `stop`.",
                false => "A path of `parallel` cannot leave a loop around it.",
            };
            self.out.push(
                Diagnostic::new(Code::OutsideLoop, span, format!("`{word}` stands in no loop."))
                    .at("no loop around it")
                    .help(help),
            );
            return None;
        }
        self.inside.breaks |= word == "break";
        self.reach = Reach::No(span, word);
        Some(kind)
    }

    fn again(&mut self, span: Span) -> Option<StmtKind> {
        if self.inside.choices == 0 {
            self.out.push(
                Diagnostic::new(Code::OutsideChoice, span, "`again` stands in no `choice`.")
                    .at("no choice to show anew")
                    .help("To do something again use `while` or `repeat`."),
            );
            return None;
        }
        self.reach = Reach::No(span, "again");
        Some(StmtKind::Again)
    }

    fn leaves_path(&mut self, span: Span, word: &str) {
        if !self.paths.is_empty() {
            self.out.push(
                Diagnostic::new(
                    Code::LeavesPath,
                    span,
                    format!("`{word}` cannot stand inside a path: the other paths are still under way."),
                )
                .at("inside a path")
                .help("Write a variable in the path and look at it after the block; `stop` ends the whole run."),
            );
        }
    }

    fn return_(&mut self, value: Option<&ast::Expr>, span: Span) -> Option<StmtKind> {
        self.leaves_path(span, "return");
        let (ty, declared) = self.result.clone().unwrap_or((Ty::Unit, span));
        let name = self.flow_name.clone();
        let value = match (value, &ty) {
            (None, Ty::Unit | Ty::Error) => None,
            (None, ty) => {
                let wanted = self.p.show(ty);
                self.out.push(
                    Diagnostic::new(
                        Code::MissingReturn,
                        span,
                        format!("`{name}` yields `{wanted}`, but nothing is returned here."),
                    )
                    .label(declared, "the result is declared here")
                    .help("Write the value after `return`."),
                );
                None
            }
            (Some(value), Ty::Unit) => {
                let value = self.value(value, None);
                if value.ty != Ty::Error {
                    let found = self.p.show(&value.ty);
                    let diagnostic = Diagnostic::new(
                        Code::WrongType,
                        value.span,
                        format!("`{name}` yields nothing, so it cannot return a value."),
                    )
                    .at(format!("this is `{found}`"))
                    .label(declared, "no result is declared here");
                    let after =
                        Span::new(span.file, span.start.saturating_add(6).min(value.span.start), value.span.end);
                    self.out.push(match &value.ty {
                        Ty::Null => diagnostic
                            .help(
                                "Write `return` alone. What a flow may yield or not is declared after its parameters, \
                                 as in `-> Text?`.",
                            )
                            .fix("return nothing", vec![(after, String::new())]),
                        _ => diagnostic.help(format!("Declare it after the parameters: `-> {found}`.")),
                    });
                }
                None
            }
            (Some(value), ty) => Some(self.need(value, ty, Why::Result(&name, declared))),
        };
        self.reach = Reach::No(span, "return");
        Some(StmtKind::Return(value))
    }

    fn launch(&mut self, call: &ast::Expr, span: Span) -> Option<StmtKind> {
        self.leaves_path(span, "launch");
        let found = self.flow_named(call, "launch");
        self.reach = Reach::No(span, "launch");
        let (flow, args) = found?;
        Some(StmtKind::Launch { flow, args })
    }

    #[inline(never)]
    fn fail(&mut self, item: &ast::Fail, span: Span) -> Option<StmtKind> {
        let failure = match &item.what.kind {
            ast::ExprKind::Variant(kind) => {
                let name = kind.name.shared().clone();
                if let Some(raised) = self.kinds.last_mut() {
                    raised.kinds.insert(name.clone());
                }
                let message = match &item.why {
                    Some(why) => self.need(why, &Ty::Text, Why::Plain("why it fails is")),
                    None => text(Arc::from(name.replace('_', " ")), span),
                };
                make_failure(name, message, span)
            }
            _ => {
                let value = self.value(&item.what, None);
                if let Some(why) = &item.why {
                    self.need(why, &Ty::Text, Why::Plain("why it fails is"));
                    self.out.push(
                        Diagnostic::new(Code::TooManyArguments, why.span, "A second text is given only after a kind.")
                            .help("Write `fail .declined, \"why\"`, or one text alone."),
                    );
                }
                if value.ty == Ty::Failure {
                    self.raise_again(&value);
                    value
                } else {
                    let message =
                        self.fit(value, &Ty::Text, Why::Plain("`fail` takes a text, a kind or a failure; a text is"));
                    make_failure(Arc::from("failed"), message, span)
                }
            }
        };
        self.reach = Reach::No(span, "fail");
        Some(StmtKind::Fail(failure))
    }

    #[inline(never)]
    fn fire(&mut self, item: &ast::Fire, span: Span) -> Option<StmtKind> {
        let Some(event) = self.event(&item.event) else {
            self.args_in_vain(&item.args);
            return None;
        };
        let p = self.p;
        let def = p.hir.events.get(event.0 as usize)?;
        let args = self.args(&def.name, Some(def.span), &def.params, &item.args, span);
        if self.test {
            // Runs go on with it at once.
            self.may_wait(span);
        }
        Some(StmtKind::Fire { event, args })
    }

    /// An event by name.
    pub fn event(&mut self, path: &ast::Path) -> Option<crate::hir::EventId> {
        let name = path.dotted();
        if let Some(id) = self.p.events.get(&*name) {
            return Some(*id);
        }
        let names = self.p.events.keys().map(|name| &**name);
        let diagnostic = Diagnostic::new(Code::UnknownEvent, path.span, format!("There is no event `{name}`."))
            .at("nothing declares it");
        let diagnostic = Self::suggest(self.p, diagnostic, &name, path.span, names, || {
            Some(match name.split_once('.') {
                None => format!("Declare it: `event {name}(contact: Contact)`."),
                Some((family, _)) => match self.events_of(family) {
                    list if list.is_empty() => "Declare one of your own: `event paid(contact: Contact)`.".to_owned(),
                    list => format!("There are {list}."),
                },
            })
        });
        self.out.push(diagnostic);
        None
    }

    /// The events that begin with this word, as they are written.
    fn events_of(&self, family: &str) -> String {
        let of = |name: &&str| name.split_once('.').is_some_and(|(first, _)| first == family);
        let known = self.p.events.keys().filter(|_| self.p.may_guess()).map(|name| &**name);
        let mut names: Vec<&str> = known.filter(of).collect();
        names.sort_unstable();
        few(names.iter().map(|name| format!("`{name}`")))
    }

    #[inline(never)]
    fn try_(&mut self, item: &ast::Try, span: Span) -> Option<StmtKind> {
        let mark = self.facts.mark();
        let mut join = self.fork();
        self.kinds.push(super::failing::Raised::default());
        self.inside.tries += 1;
        let body = self.block(&item.body);
        self.inside.tries -= 1;
        let raised = self.kinds.pop().unwrap_or_default();
        self.branch_end(&mut join);
        // It may have failed anywhere: only what held throughout holds here.
        self.facts.unbroken_since(&mark);
        self.reach = Reach::Yes;
        self.enter();
        let failure = item.name.as_ref().map(|name| {
            let local = self.declare(name.name.shared().clone(), Ty::Failure, false, name.span, true);
            self.caught.insert(local, Arc::new(raised));
            local
        });
        let mut handler = Block::default();
        self.statements(&item.handler, &mut handler);
        self.leave();
        self.branch_end(&mut join);
        self.join(join);
        let _ = span;
        Some(StmtKind::Try { body, failure, handler })
    }
}

/// The operator of a compound write.
fn operator(op: ast::AssignOp) -> Option<ast::BinaryOp> {
    match op {
        ast::AssignOp::Set => None,
        ast::AssignOp::Add => Some(ast::BinaryOp::Add),
        ast::AssignOp::Sub => Some(ast::BinaryOp::Sub),
    }
}

fn with_guard(guard: Option<StmtKind>, then: StmtKind, span: Span) -> StmtKind {
    match guard {
        None => then,
        Some(guard) => StmtKind::Block(Block { stmts: vec![Stmt { kind: guard, span }, Stmt { kind: then, span }] }),
    }
}

/// Whether an expression of optional type holds a value that is there.
fn is_present(value: &Expr) -> bool {
    matches!(value.kind, ExprKind::Wrap(_))
}

fn text(text: Arc<str>, span: Span) -> Expr {
    Expr { kind: ExprKind::Text(text), ty: Ty::Text, span }
}

fn make_failure(kind: Arc<str>, message: Expr, span: Span) -> Expr {
    let args = vec![text(kind, span), message];
    Expr { kind: ExprKind::Intrinsic(Intrinsic::MakeFailure, args), ty: Ty::Failure, span }
}

impl ExprKind {
    /// Whether it is `true` as written.
    fn is_true(&self) -> bool {
        matches!(self, ExprKind::Bool(true))
    }
}
