//! `switch`, as a statement and as a value.

use super::body::{Body, Reach};
use super::expr::FAILURE_KINDS;
use super::failing::APPROVAL_KINDS;
use super::failing::Raised;
use super::fit::Why;
use super::places::{Place, place, present_places};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Block, Convert, Expr, ExprKind, Pattern, StmtKind, SwitchArm, Ty};
use crate::resolve::few;
use crate::syntax::{ast, is_otherwise};
use flow_bytecode::Intrinsic;
use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What a switch looks at.
struct Subject {
    value: Expr,
    /// The type without its `?`.
    ty: Ty,
    /// It may be missing, so `null` is a case.
    optional: bool,
    /// Known to be present where the case is not `null`.
    places: Vec<Place>,
    /// The kinds a failure may have, for a switch over one.
    raised: Option<Arc<Raised>>,
    /// Cases that have been handled, and where.
    seen: HashMap<Pattern, Span>,
    /// Cases were given that could not be understood.
    broken: bool,
}

/// Which cases the arms handle.
#[derive(Clone, Copy, PartialEq)]
enum Cover {
    All,
    /// Not all, and they need not.
    Some,
    /// Not all, or it cannot be told; an error says so.
    Told,
}

/// Where more arms are missing nobody writes one for each.
const ARMS_MAX: usize = 40;

impl Body<'_> {
    fn subject(&mut self, written: &ast::Expr) -> Subject {
        let value = self.value(written, None);
        let ty = value.ty.present();
        let switchable = matches!(
            ty,
            Ty::Enum(_)
                | Ty::Symbol(_)
                | Ty::FailureKind
                | Ty::Assignee
                | Ty::Text
                | Ty::Email
                | Ty::Phone
                | Ty::Url
                | Ty::TimeZone
                | Ty::Int
                | Ty::Number
                | Ty::Bool
                | Ty::Date
                | Ty::TimeOfDay
                | Ty::Duration
                | Ty::Error
        );
        let mut broken = ty == Ty::Error;
        if !switchable {
            broken = true;
            let found = self.p.show(&value.ty);
            let help = match ty {
                Ty::Failure => "Switch over its kind: `switch failure.kind { … }`.".to_owned(),
                Ty::Entity(id) => {
                    let fields = self.p.hir.entities.get(id.0 as usize).map_or(&[][..], |entity| &entity.fields);
                    match (fields.iter().find(|field| matches!(field.ty, Ty::Enum(_))), &written.kind) {
                        (Some(field), ast::ExprKind::Name(name)) => {
                            format!("Switch over one of its fields, as in `switch {name}.{} {{ … }}`.", field.name)
                        }
                        _ => "Switch over one of its fields.".to_owned(),
                    }
                }
                Ty::Record(_) => "Switch over one of its fields.".to_owned(),
                _ => "Use `if` and `else if`.".to_owned(),
            };
            self.out.push(
                Diagnostic::new(Code::NotSwitchable, value.span, format!("A `{found}` has no cases to switch over."))
                    .at(format!("this is `{found}`"))
                    .help(help),
            );
        }
        let mut places = Vec::new();
        present_places(&value, &mut places);
        let raised = self.raised(&value);
        let optional = value.ty.is_optional();
        Subject {
            ty: if broken { Ty::Error } else { ty },
            optional,
            places,
            raised,
            seen: HashMap::new(),
            broken,
            value,
        }
    }

    /// The kinds that a failure may have: those of the `try` that caught it.
    pub fn raised(&self, value: &Expr) -> Option<Arc<Raised>> {
        let ExprKind::Intrinsic(Intrinsic::FailureKind, args) = &value.kind else { return None };
        self.caught.get(&place(args.first()?)?.root).cloned()
    }

    #[inline(never)]
    pub fn switch(&mut self, item: &ast::Switch) -> Option<StmtKind> {
        let mut subject = self.subject(&item.subject);
        let mut join = self.fork();
        let mut arms = Vec::with_capacity(item.arms.len());
        let mut otherwise: Option<(Block, Span)> = None;
        for arm in &item.arms {
            let patterns = self.arm(&mut subject, &arm.patterns, arm.span, otherwise.as_ref().map(|(_, span)| *span));
            let known = self.known_in(&subject, &patterns, arm.patterns.is_empty());
            self.branch(&join, &known);
            let body = self.block(&arm.body);
            self.branch_end(&mut join);
            if arm.patterns.is_empty() {
                otherwise.get_or_insert((body, arm.span));
            } else {
                arms.push(SwitchArm { patterns, body });
            }
        }
        let cover = if otherwise.is_some() { Cover::All } else { self.exhaustive(&subject, Some(item.close)) };
        if cover != Cover::All {
            // Nothing fits: the switch does nothing and goes on.
            self.branch(&join, &[]);
            self.reach = if cover == Cover::Told { Reach::Told } else { Reach::Yes };
            self.branch_end(&mut join);
        }
        self.join(join);
        let otherwise = otherwise.map_or_else(Block::default, |(block, _)| block);
        Some(StmtKind::Switch { subject: subject.value, arms, otherwise })
    }

    #[inline(never)]
    pub fn switch_value(&mut self, item: &ast::SwitchExpr, span: Span, want: Option<&Ty>) -> Expr {
        let mut subject = self.subject(&item.subject);
        let mut join = self.fork();
        let mut values: Vec<(Vec<Pattern>, Expr)> = Vec::with_capacity(item.arms.len());
        let mut otherwise: Option<(Expr, Span)> = None;
        let mut common: Option<Ty> = None;
        let mut differ = false;
        for arm in &item.arms {
            let patterns = self.arm(&mut subject, &arm.patterns, arm.span, otherwise.as_ref().map(|(_, span)| *span));
            let known = self.known_in(&subject, &patterns, arm.patterns.is_empty());
            self.branch(&join, &known);
            let value = self.value(&arm.value, want.or(common.as_ref()));
            self.branch_end(&mut join);
            common = match common.take() {
                // One arm that does not go with the others is told, not all that come after it.
                Some(before) if differ => Some(before),
                None => Some(value.ty.clone()),
                Some(before) => match self.common(&before, &value.ty) {
                    Some(ty) => Some(ty),
                    None => {
                        let (was, found) = (self.p.show(&before), self.p.show(&value.ty));
                        self.out.push(
                            Diagnostic::new(
                                Code::WrongType,
                                value.span,
                                format!("All arms yield one type; this is `{found}`, the ones before are `{was}`."),
                            )
                            .at(format!("this is `{found}`"))
                            .help(format!("Let this arm yield `{was}` too.")),
                        );
                        differ = true;
                        Some(before)
                    }
                },
            };
            if arm.patterns.is_empty() {
                otherwise.get_or_insert((value, arm.span));
            } else {
                values.push((patterns, value));
            }
        }
        self.join(join);
        if otherwise.is_none() {
            self.exhaustive(&subject, None);
        }
        let ty = common.unwrap_or(Ty::Error);
        if ty == Ty::Error || subject.broken || differ {
            return self.error(span);
        }
        let why = Why::Plain("the other arms are");
        let arms = values.into_iter().map(|(patterns, value)| (patterns, self.fit(value, &ty, why))).collect();
        let otherwise = otherwise.map(|(value, _)| Box::new(self.fit(value, &ty, why)));
        Expr { kind: ExprKind::Switch { subject: Box::new(subject.value), arms, otherwise }, ty, span }
    }

    fn known_in(&self, subject: &Subject, patterns: &[Pattern], otherwise: bool) -> Vec<Place> {
        let null_handled = subject.seen.contains_key(&Pattern::Null);
        let present = if otherwise { null_handled } else { !patterns.is_empty() && !patterns.contains(&Pattern::Null) };
        if present && subject.optional { subject.places.clone() } else { Vec::new() }
    }

    /// The cases of an arm.
    fn arm(
        &mut self,
        subject: &mut Subject,
        written: &[ast::Expr],
        span: Span,
        after_else: Option<Span>,
    ) -> Vec<Pattern> {
        let unread = matches!(written, [ast::Expr { kind: ast::ExprKind::Error, .. }]);
        if let Some(first) = after_else.filter(|_| !unread) {
            let (message, help) = match written.is_empty() {
                true => ("There can be one `else` arm only.", "Put them together."),
                false => ("This arm stands after `else`, which takes everything.", "Move `else` to the end."),
            };
            self.out
                .push(Diagnostic::new(Code::MisplacedArm, span, message).label(first, "`else` stands here").help(help));
        }
        let mut patterns = Vec::with_capacity(written.len());
        for each in written {
            match self.pattern(subject, each) {
                Some(pattern) => match subject.seen.entry(pattern) {
                    Entry::Occupied(seen) => self.out.push(
                        Diagnostic::new(Code::DuplicateArm, each.span, "This case has been handled already.")
                            .at("handled again here")
                            .label(*seen.get(), "handled first here")
                            .help("Keep one of them: only the first is ever taken."),
                    ),
                    Entry::Vacant(free) => {
                        patterns.push(free.key().clone());
                        free.insert(each.span);
                    }
                },
                None => subject.broken = true,
            }
        }
        patterns
    }

    fn pattern(&mut self, subject: &Subject, written: &ast::Expr) -> Option<Pattern> {
        if matches!(written.kind, ast::ExprKind::Null) {
            if !subject.optional && subject.ty != Ty::Error {
                self.out.push(
                    Diagnostic::new(Code::NeverMissing, written.span, "What is looked at is never missing.")
                        .at("never the case")
                        .help("Leave this arm out."),
                );
            }
            return Some(Pattern::Null);
        }
        if let ast::ExprKind::Name(name) = &written.kind
            && is_otherwise(name)
            && self.local(name).is_none()
        {
            self.out.push(
                Diagnostic::new(Code::ForeignSpelling, written.span, format!("No arm begins with `{name}`."))
                    .at("expected `else`")
                    .help("The last arm, which takes everything else, is written `else -> …`.")
                    .fix("write `else`", vec![(written.span, "else".to_owned())]),
            );
            return None;
        }
        if subject.ty == Ty::FailureKind
            && let ast::ExprKind::Variant(name) = &written.kind
        {
            return self.kind_pattern(subject, name, written.span);
        }
        let value = self.expr(written, Some(&subject.ty));
        let value = self.fit(value, &subject.ty, Why::Plain("what is looked at is"));
        if value.ty == Ty::Error {
            return None;
        }
        let pattern = self.constant_pattern(&value);
        if pattern.is_none() {
            self.out.push(
                Diagnostic::new(
                    Code::NotConstant,
                    written.span,
                    "A case is a value as written: a variant, a text, a number, a date.",
                )
                .at("computed")
                .help("Compare with `if`, or use `else`."),
            );
        }
        pattern
    }

    fn constant_pattern(&self, value: &Expr) -> Option<Pattern> {
        Some(match &value.kind {
            ExprKind::Variant(id, index) => {
                let def = self.p.hir.enums.get(id.0 as usize)?;
                Pattern::Text(def.variants.get(*index as usize)?.0.clone())
            }
            ExprKind::Symbol(_, name) | ExprKind::FailureKind(name) | ExprKind::Text(name) => {
                Pattern::Text(name.clone())
            }
            ExprKind::Convert(Convert::TeamToAssignee, inner) => match &inner.kind {
                ExprKind::Symbol(_, name) => Pattern::Text(Arc::from(format!("team:{name}"))),
                _ => return None,
            },
            ExprKind::Convert(Convert::ToText, inner) => return self.constant_pattern(inner),
            ExprKind::Convert(Convert::IntToNumber, inner) => match inner.kind {
                ExprKind::Int(value) => Pattern::Number(value.into()),
                _ => return None,
            },
            ExprKind::Int(value) | ExprKind::Duration(value) | ExprKind::TimeOfDay(value) => Pattern::Scalar(*value),
            ExprKind::Date(days) => Pattern::Scalar(i64::from(*days)),
            ExprKind::Number(value) => Pattern::Number(*value),
            ExprKind::Bool(value) => Pattern::Bool(*value),
            _ => return None,
        })
    }

    fn kind_pattern(&mut self, subject: &Subject, name: &ast::Ident, span: Span) -> Option<Pattern> {
        let kind = name.name.shared();
        let fits = match &subject.raised {
            Some(raised) => self.look_for(kind, span, raised),
            None => self.looks_right(kind, span),
        };
        fits.then(|| Pattern::Text(kind.clone()))
    }

    /// Whether every case is handled; reports it where it has to be. A statement goes on where no case fits: `close` is
    /// where further arms of one can be put.
    fn exhaustive(&mut self, subject: &Subject, close: Option<Span>) -> Cover {
        if subject.broken {
            return Cover::Told;
        }
        let texts = subject.seen.keys().filter_map(|pattern| match pattern {
            Pattern::Text(text) => Some(&**text),
            _ => None,
        });
        let texts: HashSet<&str> = texts.collect();
        let seen = |name: &str| texts.contains(name);
        let mut missing: Vec<String> = Vec::new();
        let mut open = false;
        let mut declared = None;
        match &subject.ty {
            Ty::Enum(id) => {
                if let Some(def) = self.p.hir.enums.get(id.0 as usize) {
                    declared = Some((self.p.show(&subject.ty), def.span));
                    let names = def.variants.iter().filter(|(name, _)| !seen(name));
                    missing.extend(names.map(|(name, _)| format!(".{name}")));
                }
            }
            Ty::Bool => {
                for value in [true, false] {
                    if !subject.seen.contains_key(&Pattern::Bool(value)) {
                        missing.push(value.to_string());
                    }
                }
            }
            Ty::FailureKind => match &subject.raised {
                Some(raised) if raised.is_closed() => {
                    let own = || raised.kinds.iter().map(|kind| &**kind);
                    let arrives = |kind: &&str| !APPROVAL_KINDS.contains(kind) || own().any(|own| own == *kind);
                    let mut names: Vec<&str> = FAILURE_KINDS.iter().copied().filter(arrives).collect();
                    names.extend(own().filter(|kind| !FAILURE_KINDS.contains(kind)));
                    missing.extend(names.into_iter().filter(|name| !seen(name)).map(|name| format!(".{name}")));
                }
                _ => open = true,
            },
            // A statement over anything else does nothing where no case fits; a value has to be something.
            _ if close.is_some() => return Cover::Some,
            _ => open = true,
        }
        if subject.optional && !subject.seen.contains_key(&Pattern::Null) {
            missing.push("null".to_owned());
        }
        if missing.is_empty() && !open {
            return Cover::All;
        }
        let at = subject.value.span;
        let many = subject.ty == Ty::FailureKind;
        let message = if open || many {
            "This switch leaves cases out.".to_owned()
        } else {
            format!("This switch leaves out {}.", few(missing.iter().map(|name| format!("`{name}`"))))
        };
        let mut diagnostic = Diagnostic::new(Code::NotExhaustive, at, message).at("not every case is handled");
        if let Some((name, span)) = declared {
            diagnostic = diagnostic.label(span, format!("`{name}` is declared here"));
        }
        diagnostic = diagnostic.help(match &*missing {
            [first, second, third, _, ..] if many => {
                let more = missing.len() - 3;
                format!("Add `else -> …` for everything else: `{first}`, `{second}`, `{third}` and {more} more can arrive too.")
            }
            _ if open || many => "Add `else -> …` for everything else.".to_owned(),
            _ if missing.len() > ARMS_MAX => {
                format!("Add `else -> …` for the {} that are left out.", missing.len())
            }
            _ => "Add an arm for each, or `else -> …` for all of them.".to_owned(),
        });
        // The arms go before the closing brace; what they should do only the author knows: `…` leaves it to a person.
        let other = open || many || missing.len() > ARMS_MAX;
        let arms = if other { vec!["else".to_owned()] } else { missing };
        if let Some(place) = close {
            let text: String = arms.iter().map(|arm| format!("\n    {arm} -> fail \"…\"")).collect();
            diagnostic = diagnostic.fix("add the missing arms", vec![(place, format!("{text}\n"))]);
        }
        self.out.push(diagnostic);
        Cover::Told
    }
}
