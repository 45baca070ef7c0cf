//! Arguments: by position, then by name; what is not given takes its default.

use super::body::Body;
use super::fit::Why;
use super::templates::UrlStart;
use crate::diag::{Code, Diagnostic, Span};
use crate::effort;
use crate::hir::{Definition, Expr, ExprKind, Param, RecordField, Reference, TemplatePart, Ty};
use crate::resolve::{Project, few};
use crate::syntax::ast;
use std::collections::HashMap;
use std::sync::Arc;

/// So many parameters are looked through one by one.
const FEW: usize = 16;

/// Something that an argument fills.
pub(super) trait Slot {
    fn name(&self) -> &Arc<str>;
    fn ty(&self) -> &Ty;
    fn default(&self) -> Option<&Expr>;
    /// Where it is declared, where a reference to it says so.
    fn declared(&self) -> Option<Span> {
        None
    }
}

impl Slot for Param {
    fn name(&self) -> &Arc<str> {
        &self.name
    }
    fn ty(&self) -> &Ty {
        &self.ty
    }
    fn default(&self) -> Option<&Expr> {
        self.default.as_ref()
    }
    fn declared(&self) -> Option<Span> {
        Some(self.span).filter(|span| *span != Span::default())
    }
}

impl Slot for RecordField {
    fn name(&self) -> &Arc<str> {
        &self.name
    }
    fn ty(&self) -> &Ty {
        &self.ty
    }
    fn default(&self) -> Option<&Expr> {
        self.default.as_ref()
    }
}

impl Slot for (Arc<str>, Ty) {
    fn name(&self) -> &Arc<str> {
        &self.0
    }
    fn ty(&self) -> &Ty {
        &self.1
    }
    fn default(&self) -> Option<&Expr> {
        None
    }
}

/// The signature of anything with parameters, `sms.send(to: Phone, text: Text)`.
pub(super) fn signature<S: Slot>(body: &Body<'_>, name: &str, slots: &[S]) -> String {
    let parts = slots.iter().map(|slot| {
        // What may be left out without having a default has none that is written anywhere.
        let written = slot.default().is_some_and(|default| default.span != Span::default());
        let default = if written { " = …" } else { "" };
        // Of a type that could not be read, that has been said where it stands.
        match slot.ty() {
            Ty::Error => format!("{}{default}", slot.name()),
            ty => format!("{}: {}{default}", slot.name(), body.p.show(ty)),
        }
    });
    // The statement has no parentheses, and is told where it speaks.
    if name == "say" {
        return format!("say \"…\", {}", few(parts.chain(["in: Conversation".to_owned()])));
    }
    format!("{name}({})", few(parts))
}

/// The one parameter that has a name among its words, `days_left` for `days`.
fn by_half<'s, S: Slot>(slots: &'s [S], name: &str) -> Option<&'s str> {
    let names = slots.iter().map(|slot| &**slot.name()).inspect(|_| effort::spent(1));
    let mut found = names.filter(|known| known.split('_').any(|word| word == name));
    found.next().filter(|_| found.next().is_none())
}

/// The parameter that a name which is none is near to, and that no other argument gives.
fn meant<S: Slot>(p: &Project, slots: &[S], args: &[ast::Arg], name: &str) -> Option<usize> {
    if !p.may_guess() {
        return None;
    }
    let near = p.nearest(name, slots.iter().map(|slot| &**slot.name())).or_else(|| by_half(slots, name))?;
    let index = slots.iter().position(|slot| **slot.name() == *near)?;
    let given = args.iter().enumerate().any(|(position, arg)| match &arg.name {
        Some(other) => other.as_str() == near,
        None => position == index,
    });
    (!given).then_some(index)
}

/// Whether this is the JSON of a request: it goes where the address goes, which may hold a secret too.
fn is_sent<S: Slot>(to_secret: bool, slot: &S) -> bool {
    to_secret && slot.ty().present() == Ty::Json
}

/// Where a parameter of a name is. Few are looked through; of many an index is made.
#[derive(Default)]
struct Positions<'s> {
    by_name: HashMap<&'s str, usize>,
}

impl<'s> Positions<'s> {
    fn of<S: Slot>(&mut self, slots: &'s [S], name: &str) -> Option<usize> {
        if slots.len() <= FEW {
            return slots.iter().position(|slot| **slot.name() == *name);
        }
        if self.by_name.is_empty() {
            // Of two that are called the same the first counts.
            self.by_name.extend(slots.iter().enumerate().rev().map(|(at, slot)| (&**slot.name(), at)));
        }
        self.by_name.get(name).copied()
    }
}

/// Something that is given a second time by the argument at a position, the first time in `first`.
pub(super) fn given_twice(args: &[ast::Arg], position: usize, first: Span, name: &str) -> Diagnostic {
    let again = args.get(position);
    let span = again.map_or(first, |arg| arg.span);
    let mut diagnostic = Diagnostic::new(Code::DoubledArgument, span, format!("`{name}` is given twice."))
        .at("given again here")
        .label(first, "given first here")
        .help("Keep one of them: which value is meant cannot be told.");
    let before = args.iter().find(|arg| arg.span == first);
    for (arg, title) in [(again, "keep the first one"), (before, "keep the second one")] {
        if let Some(span) = arg.and_then(|arg| without(args, arg)) {
            diagnostic = diagnostic.fix(title, vec![(span, String::new())]);
        }
    }
    diagnostic
}

/// An entry between `{ }` that has been given before: `at` and `first` are their places.
pub(super) fn entry_twice(code: Code, entries: &[ast::Entry], at: usize, first: usize, message: String) -> Diagnostic {
    let [again, before] = [at, first].map(|at| entries.get(at).map(|entry| entry.span).unwrap_or_default());
    let mut diagnostic = Diagnostic::new(code, again, message)
        .at("given again here")
        .label(before, "given first here")
        .help("Keep one of them: which value is meant cannot be told.");
    for (gone, title) in [(at, "keep the first one"), (first, "keep the second one")] {
        let spans = |at: Option<usize>| at.and_then(|at| entries.get(at)).map(|entry| entry.span);
        let Some(own) = spans(Some(gone)) else { continue };
        let span = match (spans(gone.checked_sub(1)), spans(Some(gone + 1))) {
            (Some(before), _) => Span::new(own.file, before.end, own.end),
            (None, Some(next)) => Span::new(own.file, own.start, next.start),
            (None, None) => own,
        };
        diagnostic = diagnostic.fix(title, vec![(span, String::new())]);
    }
    diagnostic
}

/// What to take out so that an argument is gone, with the comma that it leaves over.
fn without(args: &[ast::Arg], arg: &ast::Arg) -> Option<Span> {
    let at = args.iter().position(|other| other.span == arg.span)?;
    let before = at.checked_sub(1).and_then(|at| args.get(at));
    Some(match (before, args.get(at + 1)) {
        (Some(before), _) => Span::new(arg.span.file, before.span.end, arg.span.end),
        (None, Some(next)) => Span::new(arg.span.file, arg.span.start, next.span.start),
        (None, None) => arg.span,
    })
}

/// A moment as services read it, in UTC: what a text shows where one is filled in.
fn written(moment: Expr) -> Expr {
    let span = moment.span;
    Expr { kind: ExprKind::Template(vec![TemplatePart::Hole(moment)]), ty: Ty::Text, span }
}

impl Body<'_> {
    /// A moment as RFC 3339 writes it, where there is one; anything else stays.
    fn as_rfc3339(&mut self, value: Expr) -> Expr {
        match &value.ty {
            Ty::Instant => written(value),
            Ty::Optional(inner) if **inner == Ty::Instant => {
                let span = value.span;
                let local = self.hidden(Ty::Instant, span);
                let then = Box::new(written(Expr { kind: ExprKind::Local(local), ty: Ty::Instant, span }));
                Expr { kind: ExprKind::Chain { base: Box::new(value), local, then }, ty: Ty::Text.optional(), span }
            }
            _ => value,
        }
    }

    /// Checks arguments and puts them in the order of the parameters, defaults filled in. Arguments are evaluated in that
    /// order too. `of` is what is called, `declared` where it is declared, `at` where the arguments stand.
    pub fn args<S: Slot>(
        &mut self,
        of: &str,
        declared: Option<Span>,
        slots: &[S],
        args: &[ast::Arg],
        at: Span,
    ) -> Vec<Expr> {
        // Not those of a call that stands in an argument.
        let moments = std::mem::take(&mut self.moments);
        if self.probing.is_some() {
            self.probe_args(of, slots, args);
        }
        let mut given: Vec<Option<Expr>> = Vec::with_capacity(slots.len());
        given.resize_with(slots.len(), || None);
        let mut spans: Vec<Span> = vec![Span::default(); slots.len()];
        let mut named = false;
        let mut superfluous: Option<Span> = None;
        // What could not be read may be any of them.
        let to_secret = slots.iter().any(|slot| *slot.ty() == Ty::Secret && &**slot.name() == "url");
        let mut positions = Positions::default();
        let unread = args.iter().any(|arg| matches!(arg.value.kind, ast::ExprKind::Error));
        for (position, arg) in args.iter().enumerate() {
            let index = match &arg.name {
                Some(name) => {
                    named = true;
                    let known = positions.of(slots, name.as_str());
                    known.or_else(|| {
                        let meant = meant(self.p, slots, args, name.as_str());
                        if !unread {
                            self.unknown_argument(of, declared, slots, name, meant);
                        }
                        // What was most likely meant is not missing as well.
                        meant
                    })
                }
                None if named && unread => {
                    self.expr(&arg.value, None);
                    continue;
                }
                None if named => {
                    self.out.push(
                        Diagnostic::new(
                            Code::UnknownArgument,
                            arg.span,
                            "An argument without a name stands before those with one.",
                        )
                        .at("which parameter is meant cannot be told")
                        .help(format!("Name it too: `{}`.", signature(self, of, slots))),
                    );
                    self.expr(&arg.value, None);
                    continue;
                }
                None => Some(position).filter(|position| *position < slots.len()),
            };
            let Some(index) = index else {
                // A bare variant has no one to belong to here; that is not its own mistake.
                self.expr(&arg.value, Some(&Ty::Error));
                if arg.name.is_none() && !unread {
                    superfluous = Some(superfluous.map_or(arg.span, |span| span.to(arg.span)));
                }
                continue;
            };
            let (Some(slot), Some(place)) = (slots.get(index), given.get_mut(index)) else { continue };
            if let (Some(name), Some(declared)) = (&arg.name, slot.declared()) {
                self.refers(name.span, || Definition::Local(declared));
            }
            if place.is_some() {
                let first = spans.get(index).copied().unwrap_or(at);
                self.expr(&arg.value, None);
                self.out.push(given_twice(args, position, first, slot.name()));
                continue;
            }
            let why = Why::Param(of, slot.name(), declared.unwrap_or(at));
            let why = if declared.is_some() { why } else { Why::Plain(&format!("`{}` of `{of}` takes", slot.name())) };
            // In an address each hole is escaped for where it stands.
            let value = match &arg.value.kind {
                ast::ExprKind::Str(text) if &**slot.name() == "url" && *slot.ty() == Ty::Secret => {
                    let value = self.url_text(text, UrlStart::Any);
                    self.fit(value, slot.ty(), why)
                }
                _ if moments.contains(slot.name()) => {
                    let value = self.expr(&arg.value, Some(slot.ty()));
                    let value = self.as_rfc3339(value);
                    self.fit(value, slot.ty(), why)
                }
                _ => {
                    let before = std::mem::replace(&mut self.json_leaves, is_sent(to_secret, slot));
                    let value = self.need(&arg.value, slot.ty(), why);
                    self.json_leaves = before;
                    value
                }
            };
            if let (Some(place), Some(span)) = (given.get_mut(index), spans.get_mut(index)) {
                *place = Some(value);
                *span = arg.span;
            }
        }
        if let Some(span) = superfluous {
            self.too_many(of, declared, slots, span, args);
        }
        if unread {
            let error = self.error(at);
            given.iter_mut().for_each(|place| *place = place.take().or_else(|| Some(error.clone())));
        }
        self.fill(of, declared, slots, given, at)
    }

    /// Notes what the names of arguments stand for.
    pub fn refers_args(&mut self, args: &[ast::Arg], to: impl Fn(&str) -> Option<Definition>) {
        if self.p.keeps_references {
            let names = args.iter().filter_map(|arg| arg.name.as_ref());
            let noted = names.filter_map(|name| Some(Reference { span: name.span, to: to(name.as_str())? }));
            self.references.extend(noted);
        }
    }

    /// Fills in defaults; what is missing and has none is reported once.
    pub fn fill<S: Slot>(
        &mut self,
        of: &str,
        declared: Option<Span>,
        slots: &[S],
        given: Vec<Option<Expr>>,
        at: Span,
    ) -> Vec<Expr> {
        let mut missing: Vec<String> = Vec::new();
        let all = slots
            .iter()
            .zip(given)
            .map(|(slot, value)| match (value, slot.default()) {
                (Some(value), _) => value,
                (None, Some(default)) => Expr { span: at, ..default.clone() },
                (None, None) => {
                    missing.push(format!("`{}`", slot.name()));
                    self.error(at)
                }
            })
            .collect();
        if !missing.is_empty() {
            let (list, verb) = (few(&missing), if missing.len() == 1 { "is" } else { "are" });
            let mut diagnostic =
                Diagnostic::new(Code::MissingArgument, at, format!("`{of}` needs {list}, which {verb} not given."))
                    .at(format!("{list} {verb} missing"))
                    .help(format!("It takes `{}`.", signature(self, of, slots)));
            if let Some(span) = declared {
                diagnostic = diagnostic.label(span, format!("`{of}` is declared here"));
            }
            self.out.push(diagnostic);
        }
        all
    }

    fn unknown_argument<S: Slot>(
        &mut self,
        of: &str,
        declared: Option<Span>,
        slots: &[S],
        name: &ast::Ident,
        meant: Option<usize>,
    ) {
        let text = name.as_str();
        let mut diagnostic = Diagnostic::new(Code::UnknownArgument, name.span, format!("`{of}` takes no `{text}`."));
        if let Some(span) = declared {
            diagnostic = diagnostic.label(span, format!("`{of}` is declared here"));
        }
        let near = meant.and_then(|index| slots.get(index)).map(|slot| &**slot.name());
        diagnostic = match near {
            Some(near) => diagnostic
                .help(format!("Did you mean `{near}`? It takes `{}`.", signature(self, of, slots)))
                .fix(format!("replace `{text}` by `{near}`"), vec![(name.span, near.to_owned())]),
            None => diagnostic.help(format!("It takes `{}`.", signature(self, of, slots))),
        };
        self.out.push(diagnostic);
    }

    fn too_many<S: Slot>(&mut self, of: &str, declared: Option<Span>, slots: &[S], span: Span, args: &[ast::Arg]) {
        let count = match slots.len() {
            0 => "no arguments".to_owned(),
            1 => "one argument".to_owned(),
            count => format!("{count} arguments"),
        };
        let mut diagnostic =
            Diagnostic::new(Code::TooManyArguments, span, format!("`{of}` takes {count}; this is too much."))
                .at("too much")
                .help(format!("It takes `{}`.", signature(self, of, slots)));
        if let Some(declared) = declared {
            diagnostic = diagnostic.label(declared, format!("`{of}` is declared here"));
        }
        // They stand before what is named.
        let extra = args.iter().skip(slots.len()).filter(|arg| arg.name.is_none());
        let edits = extra.filter_map(|arg| Some((without(args, arg)?, String::new()))).collect();
        self.out.push(diagnostic.fix("leave out what is too much", edits));
    }

    /// Checks arguments whose call means nothing, for the mistakes in them.
    pub fn args_in_vain(&mut self, args: &[ast::Arg]) {
        for arg in args {
            // A bare variant has no one to belong to here; that is not its own mistake.
            self.expr(&arg.value, Some(&Ty::Error));
        }
    }
}
