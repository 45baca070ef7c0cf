//! Names and places that are given a value: `let`, `var`, guards, writes.

use crate::check::body::Body;
use crate::check::fit::Why;
use crate::check::places::{Place, Step, place, present_places};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Block, Definition, Expr, ExprKind, Stmt, StmtKind, Ty};
use crate::syntax::ast;

impl Body<'_> {
    #[inline(never)]
    pub(super) fn let_(&mut self, item: &ast::Let, span: Span) -> Option<StmtKind> {
        let name = item.name.name.shared().clone();
        let declared = item.ty.as_ref().map(|ty| self.p.ty(self.module, ty, self.out));
        if let Some(written) = &item.ty {
            self.refers_type(written);
        }
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
    pub(super) fn assign(&mut self, item: &ast::Assign, span: Span) -> Option<StmtKind> {
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
            // A bare variant has no one to belong to here; that is not its own mistake.
            self.value(&item.value, Some(&Ty::Error));
            return None;
        };
        let (ty, mutable, declared) =
            self.local_info(local).map(|local| (local.ty.clone(), local.mutable, local.span))?;
        if !mutable {
            self.named(local, at);
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
        if let Some((field, ..)) = field {
            self.refers(name.span, || Definition::EntityField(entity, field));
        }
        let Some((field, def, owner)) = field else {
            self.no_member(&base, name);
            self.value(&item.value, Some(&Ty::Error));
            return None;
        };
        if def.readonly {
            let value = self.value(&item.value, Some(&def.ty));
            self.read_only(&base, entity, def, (name.span, &value, span));
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
