//! What stands after a dot: fields of entities and records, properties and methods of the language's own types.

use super::body::Body;
use super::builtins::{self, Builtin, Emit};
use super::fit::Why;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Action, Binary, Convert, Definition, EntityField, EntityId, Expr, ExprKind, Param, Ty};
use crate::resolve::few;
use crate::syntax::ast;
use flow_bytecode::Intrinsic;
use flow_bytecode::op::Cmp;
use std::sync::Arc;

impl Body<'_> {
    /// `base.name` or `base?.name`.
    pub fn member(&mut self, base: Expr, name: &ast::Ident, optional: bool, span: Span) -> Expr {
        match &base.ty {
            Ty::Error => self.error(span),
            Ty::Optional(inner) if optional => {
                let inner = (**inner).clone();
                self.chain(base, inner, span, |body, present| body.member_of(present, name, span))
            }
            Ty::Optional(_) | Ty::Null => self.through_missing(&base, name),
            _ => self.member_of(base, name, span),
        }
    }

    /// `base?.…`: what follows is computed of the present value.
    pub fn chain(&mut self, base: Expr, inner: Ty, span: Span, then: impl FnOnce(&mut Self, Expr) -> Expr) -> Expr {
        let base_span = base.span;
        let local = self.hidden(inner.clone(), base_span);
        let present = Expr { kind: ExprKind::Local(local), ty: inner, span: base_span };
        let then = then(self, present);
        if then.ty == Ty::Error {
            return self.error(span);
        }
        // A call that yields nothing is still only made when there is something to make it on.
        let ty = if then.ty == Ty::Unit { Ty::Unit } else { then.ty.clone().optional() };
        let kind = ExprKind::Chain { base: Box::new(base), local, then: Box::new(then) };
        self.narrowed(Expr { kind, ty, span })
    }

    /// A field of what may be missing.
    fn through_missing(&mut self, base: &Expr, name: &ast::Ident) -> Expr {
        let sentence = format!("`.{}` needs something to be there", name.name);
        let wrong = self.maybe_missing(base, &sentence, None);
        if let Some(diagnostic) = self.out.last_mut()
            && base.ty != Ty::Null
        {
            let dot = Span::new(base.span.file, base.span.end, base.span.end);
            diagnostic.fixes.push(crate::diag::Fix {
                title: "write `?.`, which is missing when what stands before it is".to_owned(),
                edits: vec![(dot, "?".to_owned())],
            });
        }
        wrong
    }

    fn member_of(&mut self, base: Expr, name: &ast::Ident, span: Span) -> Expr {
        let text = name.as_str();
        let p = self.p;
        match &base.ty {
            Ty::Error => self.error(span),
            Ty::Entity(_) | Ty::Record(_) | Ty::Event(_) => {
                let Some((field, ty)) = p.field_of(&base.ty, text) else { return self.no_member(&base, name) };
                let kind = match base.ty {
                    Ty::Record(record) => ExprKind::Part { base: Box::new(base), record, field },
                    Ty::Event(event) => ExprKind::EventPart { base: Box::new(base), event, param: field },
                    Ty::Entity(entity) => ExprKind::Field { base: Box::new(base), entity, field },
                    _ => return self.error(span),
                };
                self.refers_field(&kind, name.span);
                self.narrowed(Expr { kind, ty: ty.clone(), span })
            }
            Ty::Unit => self.no_value(base.span),
            Ty::Run if super::tests::RUN_MEMBERS.contains(&text) => match self.run_property(base, name, span) {
                Some(asked) => asked,
                None => self.error(span),
            },
            ty => match builtins::rows(ty).find(|row| row.name == text) {
                Some(row) if row.property => {
                    self.refers(name.span, || Definition::Builtin(row.of, row.name));
                    let result = row.result.ty(ty);
                    self.emit(row, Some(base), Vec::new(), result, span)
                }
                Some(row) => {
                    let end = Span::new(name.span.file, name.span.end, name.span.end);
                    let signature = row.signature();
                    self.wrong(
                        Diagnostic::new(
                            Code::OtherKindOfName,
                            name.span,
                            format!("`{text}` is called, with parentheses."),
                        )
                        .at("parentheses are missing")
                        .help(format!("It is `{signature}`."))
                        .fix("add parentheses", vec![(end, "()".to_owned())]),
                    )
                }
                None => self.no_member(&base, name),
            },
        }
    }

    /// Notes which field a name stands for.
    pub fn refers_field(&mut self, kind: &ExprKind, name: Span) {
        match *kind {
            ExprKind::Part { record, field, .. } => self.refers(name, || Definition::RecordField(record, field)),
            ExprKind::EventPart { event, param, .. } => self.refers(name, || Definition::EventParam(event, param)),
            ExprKind::Field { entity, field, .. } => self.refers(name, || Definition::EntityField(entity, field)),
            _ => {}
        }
    }

    /// A field that is not there.
    pub fn no_member(&mut self, base: &Expr, name: &ast::Ident) -> Expr {
        self.no_such_member(base, name, false)
    }

    /// A method that is not there.
    pub fn no_method(&mut self, base: &Expr, name: &ast::Ident) -> Expr {
        self.no_such_member(base, name, true)
    }

    /// The list among the fields of an entity that `has_…` asks about: `tags` for `has_tag`.
    fn list_of(&self, ty: &Ty, name: &str) -> Option<&str> {
        let Ty::Entity(id) = ty else { return None };
        let one = name.strip_prefix("has_").or_else(|| name.strip_prefix("in_"))?;
        let fields = &self.p.hir.entities.get(id.0 as usize)?.fields;
        let found = fields.iter().find(|field| {
            let list = matches!(field.ty, Ty::List(_));
            list && (*field.name == *one || field.name.strip_suffix('s') == Some(one))
        })?;
        Some(&found.name)
    }

    /// The methods of an entity, as they are called.
    fn methods_of(&self, ty: &Ty) -> String {
        let Ty::Entity(id) = ty else { return String::new() };
        let methods = self.p.methods.get(id.0 as usize).filter(|_| self.p.may_guess());
        let mut names: Vec<&str> = methods.into_iter().flat_map(|all| all.keys()).map(|name| &**name).collect();
        names.sort_unstable();
        few(names.iter().map(|name| format!("`.{name}(…)`")))
    }

    fn no_such_member(&mut self, base: &Expr, name: &ast::Ident, called: bool) -> Expr {
        let p = self.p;
        let text = name.as_str();
        let ty = p.show(&base.ty);
        if let Ty::Entity(id) = base.ty
            && p.method(id, text).is_some()
        {
            return self.wrong(
                Diagnostic::new(Code::OtherKindOfName, name.span, format!("`{text}` is called, with parentheses."))
                    .at("parentheses are missing")
                    .help(format!("Write `.{text}(…)`.")),
            );
        }
        let mut names: Vec<&str> = Vec::new();
        let mut declared = None;
        match &base.ty {
            // Enough has been guessed: what there is is not looked through again.
            _ if !p.may_guess() => {}
            Ty::Entity(id) => {
                if let Some(fields) = p.entity_fields.get(id.0 as usize) {
                    names.extend(fields.keys().map(|name| &**name));
                }
                if let Some(methods) = p.methods.get(id.0 as usize) {
                    names.extend(methods.keys().map(|name| &**name));
                }
            }
            Ty::Record(id) => {
                if let Some(record) = p.hir.records.get(id.0 as usize) {
                    names.extend(record.fields.iter().map(|field| &*field.name));
                    declared = Some(record.span);
                }
            }
            Ty::Event(id) => {
                if let Some(event) = p.hir.events.get(id.0 as usize) {
                    names.extend(event.params.iter().map(|(name, _)| &**name));
                    declared = Some(event.span);
                }
            }
            Ty::Run if self.test => names.extend(super::tests::RUN_MEMBERS),
            other => {
                names.extend(builtins::rows(other).map(|row| row.name));
                if let Ty::Symbol(kind) = other {
                    names.extend(
                        p.symbol_methods.get(*kind as usize).into_iter().flat_map(|all| all.keys()).map(|name| &**name),
                    );
                }
            }
        }
        names.sort_unstable();
        let mut diagnostic =
            Diagnostic::new(Code::UnknownField, name.span, format!("`{ty}` has no field or method `{text}`."))
                .at(format!("not part of `{ty}`"));
        if let Some(span) = declared {
            diagnostic = diagnostic.label(span, format!("`{ty}` is declared here"));
        }
        diagnostic = self.origin(diagnostic, base, &ty);
        if let Some(known) = super::elsewhere::known_as(&base.ty, text).filter(|known| names.contains(known)) {
            return self.wrong(
                diagnostic
                    .help(format!("It is called `{known}`."))
                    .fix(format!("write `{known}`"), vec![(name.span, known.to_owned())]),
            );
        }
        if let Some(list) = self.list_of(&base.ty, text) {
            let asks = format!(".{list}.contains(…)");
            return self.wrong(diagnostic.help(format!("What is in a list is asked of the list: `{asks}`.")));
        }
        let extendable = matches!(base.ty, Ty::Entity(_));
        let wanted = self.wanted.take().filter(|wanted| !matches!(wanted, Ty::Error | Ty::Null));
        let diagnostic = Self::suggest(p, diagnostic, text, name.span, names.iter().copied(), || match &base.ty {
            Ty::Json => Some("Say what the answer is first: `.decode(Order)`.".to_owned()),
            Ty::FailureKind | Ty::Enum(_) | Ty::Symbol(_) => {
                Some("Compare it, as in `x == .pro`, or `switch` over it.".to_owned())
            }
            Ty::Entity(_) if called => {
                let methods = self.methods_of(&base.ty);
                Some(match methods.is_empty() {
                    true => format!("A `{ty}` has no methods; a flow of your own is called as `{text}(…)`."),
                    false => format!("A `{ty}` has {methods}."),
                })
            }
            _ if extendable => {
                let own = match &wanted {
                    Some(Ty::Bool) => "Bool = false".to_owned(),
                    Some(wanted) => format!("{}?", p.show(wanted)),
                    None => "Text?".to_owned(),
                };
                Some(format!("Add a property of your own with `extend {ty} {{ {text}: {own} }}`."))
            }
            _ if !p.may_guess() => None,
            _ if names.is_empty() => Some(format!("A value of the type `{ty}` has none at all.")),
            _ => Some(format!("It has {}.", few(&names))),
        });
        self.wrong(diagnostic)
    }

    /// A field that flows read and never write, and what changes it. `written`: where its name stands, the value, the whole
    /// statement.
    pub fn read_only(&mut self, base: &Expr, entity: EntityId, def: &EntityField, written: (Span, &Expr, Span)) {
        let (at, value, whole) = written;
        let owner = self.p.show(&Ty::Entity(entity));
        let record = self.name_of_place(base).unwrap_or_else(|| flow_bytecode::schema::snake_case(&owner));
        // Where no method writes it, it is written when the record is made.
        let methods: Vec<&Action> = (self.p.hir.actions.iter())
            .filter(|action| action.name.split_once('.').is_some_and(|(of, _)| *of == *owner))
            .filter(|action| action.outward.writes.iter().any(|(field, _)| *field == def.name))
            .collect();
        let wanted = self.as_left(value);
        let exact = methods.iter().find(|action| {
            let leaves = action.outward.leaves.iter().find(|(field, _)| *field == def.name);
            leaves.is_some_and(|(_, left)| Some(left.trim_start_matches('.')) == wanted.as_deref())
        });
        let own = self.p.show(&def.ty.clone().optional());
        let diagnostic = Diagnostic::new(Code::ReadonlyField, at, format!("`{}` of `{owner}` is read only.", def.name))
            .at("flows read it and never write it")
            .label(def.span, "declared `@readonly` here");
        self.out.push(match (exact, methods.as_slice()) {
            (Some(action), _) => {
                let (call, complete) = called(&record, action);
                let diagnostic = diagnostic.help(format!("It changes by what is done: `{call}`."));
                match complete && self.name_of_place(base).is_some() {
                    true => diagnostic.fix(format!("write `{call}`"), vec![(whole, call)]),
                    false => diagnostic,
                }
            }
            (None, []) => diagnostic.help(format!(
                "The workspace keeps it by itself. What a flow is to remember goes into a field of your own: declare \
                 `extend {owner} {{ my_{name}: {own} }}`, and write `{record}.my_{name} = …`.",
                name = def.name
            )),
            (None, methods) => {
                let calls: Vec<String> =
                    methods.iter().map(|action| format!("`{}`", called(&record, action).0)).collect();
                diagnostic.help(format!("It changes by what is done: {}.", calls.join(" or ")))
            }
        });
    }

    /// A value as `@writes(…)` says what a field is left at.
    fn as_left(&self, value: &Expr) -> Option<String> {
        match &value.kind {
            ExprKind::Variant(id, index) => {
                let def = self.p.hir.enums.get(id.0 as usize)?;
                Some(def.variants.get(*index as usize)?.0.to_string())
            }
            ExprKind::Bool(value) => Some(value.to_string()),
            ExprKind::Null => Some("null".to_owned()),
            ExprKind::Wrap(inner) => self.as_left(inner),
            _ => None,
        }
    }

    /// `value.method(…)` of a built-in type.
    pub fn builtin_method(
        &mut self,
        base: Expr,
        name: &ast::Ident,
        call: &ast::Call,
        span: Span,
        want: Option<&Ty>,
    ) -> Expr {
        if base.ty == Ty::Json && name.as_str() == "decode" {
            return self.decode(base, call, span, want);
        }
        let row = builtins::rows(&base.ty).find(|row| row.name == name.as_str());
        let Some(row) = row else {
            self.args_in_vain(&call.args);
            return self.no_member(&base, name);
        };
        self.refers(name.span, || Definition::Builtin(row.of, row.name));
        if row.property {
            let parens = Span::new(span.file, call.args_span.start, call.args_span.end);
            return self.wrong(
                Diagnostic::new(
                    Code::OtherKindOfName,
                    parens,
                    format!("`{}` is read like a field, not called.", row.name),
                )
                .at("no parentheses here")
                .fix("remove the parentheses", vec![(parens, String::new())]),
            );
        }
        // Lists of what is a text are joined as texts.
        let receiver = if base.ty == Ty::Int { Ty::Number } else { base.ty.clone() };
        let args = self.builtin_args(row, &receiver, call);
        let result = row.result.ty(&receiver);
        self.emit(row, Some(base), args, result, span)
    }

    /// A call of a function, or after a type's name.
    pub fn builtin_call(&mut self, row: &'static Builtin, call: &ast::Call, span: Span) -> Expr {
        let args = self.builtin_args(row, &Ty::Error, call);
        let result = row.result.ty(&Ty::Error);
        self.emit(row, None, args, result, span)
    }

    fn builtin_args(&mut self, row: &'static Builtin, receiver: &Ty, call: &ast::Call) -> Vec<Expr> {
        let slots: Vec<Param> = row
            .params
            .iter()
            .map(|param| {
                let default = match param.default {
                    Some(value) => Some(Expr { kind: ExprKind::Int(value), ty: Ty::Int, span: call.args_span }),
                    None if param.ty.may_be_left_out() => {
                        Some(Expr { kind: ExprKind::Null, ty: param.ty.ty(receiver), span: call.args_span })
                    }
                    None => None,
                };
                Param {
                    name: Arc::from(param.name),
                    ty: param.ty.ty(receiver),
                    default,
                    doc: Arc::from(""),
                    span: Span::default(),
                }
            })
            .collect();
        self.no_policy(call, "what is computed here");
        let name = if row.of_type { format!("{}.{}", row.of, row.name) } else { row.name.to_owned() };
        self.args(&name, None, &slots, &call.args, call.args_span)
    }

    /// What a row of the table becomes.
    fn emit(&mut self, row: &Builtin, base: Option<Expr>, args: Vec<Expr>, ty: Ty, span: Span) -> Expr {
        let kind = match (row.emit, base) {
            (Emit::Call(intrinsic), base) => {
                let base = base.map(|base| self.as_receiver(base));
                let mut all: Vec<Expr> = base.into_iter().collect();
                all.extend(args);
                ExprKind::Intrinsic(intrinsic, all)
            }
            (_, None) => return self.error(span),
            (Emit::Hours(intrinsic), Some(base)) => return self.ask_hours(intrinsic, base, args, ty, span),
            (Emit::AsText, Some(base)) => ExprKind::Convert(Convert::ToText, Box::new(base)),
            (Emit::Len, Some(base)) => ExprKind::Len(Box::new(self.as_receiver(base))),
            (Emit::IsEmpty, Some(base)) => {
                let base = self.as_receiver(base);
                let length = Expr { kind: ExprKind::Len(Box::new(base)), ty: Ty::Int, span };
                let zero = Expr { kind: ExprKind::Int(0), ty: Ty::Int, span };
                ExprKind::Binary(Binary::Compare(Cmp::Eq), Box::new(length), Box::new(zero))
            }
            (Emit::DatePart(part), Some(base)) => {
                let part = Expr { kind: ExprKind::Int(part), ty: Ty::Int, span };
                ExprKind::Intrinsic(Intrinsic::DateParts, vec![base, part])
            }
            (Emit::ListGet, Some(base)) => {
                let list = base.ty.clone();
                let one = Expr { kind: ExprKind::Int(1), ty: Ty::Int, span };
                let mut all = vec![base];
                all.extend(args);
                all.push(one);
                let slice = Expr { kind: ExprKind::Intrinsic(Intrinsic::ListSlice, all), ty: list, span };
                ExprKind::Intrinsic(Intrinsic::ListFirst, vec![slice])
            }
            (Emit::MapHas, Some(base)) => {
                let item = match &base.ty {
                    Ty::Map(item) => (**item).clone().optional(),
                    _ => Ty::Error,
                };
                let mut all = vec![base];
                all.extend(args);
                let value = Expr { kind: ExprKind::Intrinsic(Intrinsic::MapGet, all), ty: item.clone(), span };
                let null = Expr { kind: ExprKind::Null, ty: item, span };
                ExprKind::Binary(Binary::Compare(Cmp::Ne), Box::new(value), Box::new(null))
            }
            (Emit::DateAt, Some(base)) => {
                // The intrinsic takes the time packed with what kind of day it is given.
                let mut args = args.into_iter();
                let (Some(time), Some(zone)) = (args.next(), args.next()) else { return self.error(span) };
                return self.instant_at(base, Some(time), zone, span);
            }
        };
        Expr { kind, ty, span }
    }

    /// A date, or the date of an instant, at a time of day in a zone.
    pub fn instant_at(&mut self, day: Expr, time: Option<Expr>, zone: Expr, span: Span) -> Expr {
        let optional = Ty::Json.optional();
        let is_date = Expr { kind: ExprKind::Bool(day.ty == Ty::Date), ty: Ty::Bool, span };
        let is_date = Expr { kind: ExprKind::Wrap(Box::new(is_date)), ty: Ty::Bool.optional(), span };
        let time = match time {
            Some(time) => Expr { kind: ExprKind::Wrap(Box::new(time)), ty: Ty::TimeOfDay.optional(), span },
            None => Expr { kind: ExprKind::Null, ty: Ty::TimeOfDay.optional(), span },
        };
        let packed = Expr { kind: ExprKind::List(vec![is_date, time]), ty: Ty::List(Arc::new(optional)), span };
        let zone = self.fit(zone, &Ty::TimeZone, Why::Plain("a zone is"));
        Expr { kind: ExprKind::Intrinsic(Intrinsic::At, vec![day, packed, zone]), ty: Ty::Instant, span }
    }

    fn as_receiver(&mut self, base: Expr) -> Expr {
        match base.ty {
            Ty::Email | Ty::Phone | Ty::Url => self.fit(base, &Ty::Text, Why::Plain("this is")),
            _ => base,
        }
    }

    /// `body.decode(Order)`, or `body.decode()` where the type is wanted.
    fn decode(&mut self, base: Expr, call: &ast::Call, span: Span, want: Option<&Ty>) -> Expr {
        self.no_policy(call, "what is computed here");
        let ty = match call.args.as_slice() {
            [] => match want {
                Some(Ty::Error) => return self.error(span),
                Some(want) => want.clone(),
                None => {
                    return self.wrong(
                        Diagnostic::new(Code::TypeNotKnown, call.args_span, "What the JSON should be cannot be told here.")
                            .help("Name the type, as in `.decode(Order)`, or give the name a type: `let order: Order = body.decode()`."),
                    );
                }
            },
            [arg] if arg.name.is_none() => match self.type_argument(&arg.value) {
                Some(ty) => ty,
                None => return self.error(span),
            },
            _ => {
                return self.wrong(
                    Diagnostic::new(Code::TooManyArguments, call.args_span, "`decode` takes one type.").help(
                        "Write `.decode(Order)`; a list is decoded with `let orders: List<Order> = body.decode()`.",
                    ),
                );
            }
        };
        if !self.decodable(&ty) {
            let ty = self.p.show(&ty);
            return self.wrong(
                Diagnostic::new(Code::WrongType, call.args_span, format!("JSON cannot be read as `{ty}`."))
                    .help("Decode into a record, a list, a text, a number, a date or the like."),
            );
        }
        Expr { kind: ExprKind::Decode(Box::new(base)), ty, span }
    }

    /// A type where a value usually stands.
    pub(super) fn type_argument(&mut self, expr: &ast::Expr) -> Option<Ty> {
        let Some(segments) = path_of(expr) else {
            // What the parser did not understand it has told.
            if is_broken(expr) {
                return None;
            }
            self.expr(expr, None);
            self.wrong(
                Diagnostic::new(
                    Code::OtherKindOfName,
                    expr.span,
                    "Here stands the name of a type, as in `.decode(Order)`.",
                )
                .help("Declare a record with the fields you need, and name it here."),
            );
            return None;
        };
        let path = ast::Path { span: expr.span, segments };
        let written = ast::TypeExpr { span: expr.span, kind: ast::TypeKind::Named { path, args: Vec::new() } };
        match self.p.ty(self.module, &written, self.out) {
            Ty::Error => None,
            ty => Some(ty),
        }
    }

    /// Whether a type can be read from JSON.
    pub fn decodable(&self, ty: &Ty) -> bool {
        match ty {
            Ty::Entity(_) | Ty::Secret | Ty::Failure | Ty::Run | Ty::Event(_) | Ty::File | Ty::Unit | Ty::Assignee => {
                false
            }
            Ty::List(inner) | Ty::Map(inner) | Ty::Optional(inner) => self.decodable(inner),
            Ty::Record(id) => match self.p.hir.records.get(id.0 as usize) {
                Some(record) => record.fields.iter().all(|field| self.decodable(&field.ty)),
                None => true,
            },
            _ => true,
        }
    }
}

fn path_of(expr: &ast::Expr) -> Option<Vec<ast::Ident>> {
    match &expr.kind {
        ast::ExprKind::Name(name) => Some(vec![ast::Ident { name: name.clone(), span: expr.span }]),
        ast::ExprKind::Field { base, name, optional: false } => {
            let mut path = path_of(base)?;
            path.push(name.clone());
            Some(path)
        }
        _ => None,
    }
}

/// A call of a method as it is written, and whether nothing is left to be filled in.
fn called(record: &str, action: &Action) -> (String, bool) {
    let method = action.name.rsplit('.').next().unwrap_or(&action.name);
    let needed = action.params.iter().skip(1).filter(|param| param.default.is_none() && !param.ty.is_optional());
    let args: Vec<String> = needed.map(|param| format!("{}: …", param.name)).collect();
    (format!("{record}.{method}({})", args.join(", ")), args.is_empty())
}

/// Whether a comparison lacks a side: `List<Int>` where a value is read.
fn is_broken(expr: &ast::Expr) -> bool {
    match &expr.kind {
        ast::ExprKind::Error => true,
        ast::ExprKind::Binary { left, right, .. } => is_broken(left) || is_broken(right),
        _ => false,
    }
}
