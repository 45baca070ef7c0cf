//! Mails by a template: what the words of its file are filled in with, and the call that sends them.
//!
//! The holes of a file are checked once, where the file stands. Where a mail is sent, its words become the arguments
//! `subject`, `text` and `html` of the call, with the template's parameters as names around it.

use super::body::Body;
use super::fit::Why;
use super::wanted;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Expr, ExprKind, LocalId, Param, Pattern, SymbolKind, TemplatePart, Ty};
use crate::resolve::{Project, TemplateDef, nearest};
use crate::syntax::ast;
use crate::template::{HoleKind, Node, Place, Words};
use flow_bytecode::program::Escape;
use std::collections::HashSet;
use std::sync::Arc;

/// So many pieces are filled in at once: each hole of them is held until all are known.
const PIECES_MAX: usize = 64;

/// What the words of a mail fill in.
const FILLED: [&str; 3] = ["subject", "text", "html"];

/// Checks the words of every template where they stand; whether something in them could not be understood.
pub(super) fn declared(project: &mut Project, out: &mut Vec<Diagnostic>) -> bool {
    let mut broken = false;
    let mut naming = Vec::new();
    let mut references = Vec::new();
    for words in &project.words {
        let Some(at) = project.templates.by_name.get(&words.name).copied() else {
            out.push(of_nothing(project, words));
            continue;
        };
        let Some(def) = project.templates.all.get(at) else { continue };
        let mut body = Body::new(project, def.module, out);
        body.inside.words = true;
        body.flow_name = def.name.clone();
        body.enter();
        let params: Vec<LocalId> = def
            .params
            .iter()
            .map(|param| body.declare(param.name.clone(), param.ty.clone(), false, param.span, false))
            .collect();
        body.every_hole(words);
        if !def.written && params.first().is_some_and(|contact| body.is_read(*contact)) {
            naming.push(at);
        }
        broken |= body.broken;
        references.append(&mut body.references);
    }
    project.references.append(&mut references);
    for at in naming {
        if let Some(def) = project.templates.all.get_mut(at) {
            def.names_contact = true;
        }
    }
    broken
}

/// A file whose words no declaration asks for.
fn of_nothing(project: &Project, words: &Words) -> Diagnostic {
    let name = &words.name;
    let names = project.templates.all.iter().map(|def| &*def.name);
    let near = nearest(name, names.filter(|known| !project.words.iter().any(|words| *words.name == **known)));
    let diagnostic = Diagnostic::new(
        Code::WordsOfNothing,
        words.span,
        format!("No template is called `{name}`, so no mail has these words."),
    )
    .at("never sent");
    diagnostic.help(match near {
        Some(near) => format!("The template `{near}` has no words: rename the file, if they are meant for it."),
        None => format!("Declare it at the top of a file: `template {name}{}`.", wanted::params(project, words)),
    })
}

/// A template as a call names it.
pub(super) struct Named {
    /// Which.
    template: usize,
    /// Where it is named.
    at: Span,
    /// Values of its parameters.
    values: Vec<Expr>,
    /// Parameters of the action: those that the words fill in need not be given.
    pub slots: Vec<Param>,
    /// Arguments of the action.
    pub args: Vec<ast::Arg>,
    /// Which of those that the words fill in are given, and so not filled in.
    given: [bool; 3],
}

impl Body<'_> {
    /// Checks the holes of a file, each once.
    fn every_hole(&mut self, words: &Words) {
        let mut seen = HashSet::new();
        if let Some(subject) = &words.subject {
            self.holes(words, subject, &mut seen);
        }
        self.holes(words, if words.html.is_empty() { &words.text } else { &words.html }, &mut seen);
        // What Markdown leaves out is looked at all the same.
        for (number, hole) in words.holes.iter().enumerate() {
            if seen.contains(&number) {
                continue;
            }
            match &hole.kind {
                HoleKind::Shown(Some(expr)) => drop(self.shown(expr)),
                HoleKind::If(Some(condition)) => drop(self.condition(condition)),
                HoleKind::For(_, Some(list)) => drop(self.value(list, None)),
                HoleKind::Shown(None) | HoleKind::If(None) | HoleKind::For(_, None) => self.broken = true,
                HoleKind::Else | HoleKind::End => {}
            }
        }
    }

    fn holes(&mut self, words: &Words, nodes: &[Node], seen: &mut HashSet<usize>) {
        for node in nodes {
            match node {
                Node::Text(_) => {}
                Node::Hole(number, place) => {
                    seen.insert(*number);
                    let Some(HoleKind::Shown(Some(expr))) = words.holes.get(*number).map(|hole| &hole.kind) else {
                        self.broken = true;
                        continue;
                    };
                    let value = self.shown(expr);
                    self.leads_somewhere(*place, &value);
                }
                Node::If(number, then, otherwise) => {
                    seen.insert(*number);
                    let Some(HoleKind::If(Some(condition))) = words.holes.get(*number).map(|hole| &hole.kind) else {
                        self.broken = true;
                        continue;
                    };
                    let (condition, outcome) = self.condition(condition);
                    self.calls_nothing(&condition);
                    let mark = self.facts.mark();
                    self.facts.learn_all(&outcome.yes);
                    self.holes(words, then, seen);
                    self.facts.restore(&mark);
                    self.facts.learn_all(&outcome.no);
                    self.holes(words, otherwise, seen);
                    self.facts.restore(&mark);
                }
                Node::For(number, inner) => {
                    seen.insert(*number);
                    let hole = words.holes.get(*number).map(|hole| &hole.kind);
                    let Some(HoleKind::For(Some(item), Some(list))) = hole else {
                        self.broken = true;
                        // What stands in it cannot be known.
                        never_known(inner, seen);
                        continue;
                    };
                    let (list, local) = self.each(item, list, true);
                    self.calls_nothing(&list);
                    let _ = local;
                    self.holes(words, inner, seen);
                    self.leave();
                }
            }
        }
    }

    /// A list that a part is there for each item of. The name of the item is in a scope of its own, which the caller leaves.
    fn each(&mut self, item: &(Arc<str>, Span), list: &ast::Expr, reported: bool) -> (Expr, LocalId) {
        let list = self.value(list, None);
        let ty = self.item_of(&list);
        self.enter();
        let local = self.declare(item.0.clone(), ty, false, item.1, reported);
        (list, local)
    }

    /// A hole of a mail: what can be shown, is no secret, and does nothing.
    fn shown(&mut self, expr: &ast::Expr) -> Expr {
        let value = self.hole(expr);
        self.calls_nothing(&value);
        match value.ty {
            Ty::Secret => self.fit(value, &Ty::Text, Why::Plain("what a mail shows is")),
            _ => value,
        }
    }

    /// Where an address begins, only a whole one is filled in.
    pub fn leads_somewhere(&mut self, place: Place, value: &Expr) {
        if place != Place::UrlStart || matches!(value.ty, Ty::Url | Ty::Error) {
            return;
        }
        let found = self.p.show(&value.ty);
        self.out.push(
            Diagnostic::new(
                Code::HoleOutOfPlace,
                value.span,
                format!("An address begins here, and a `{found}` could lead anywhere."),
            )
            .at(format!("this is `{found}`"))
            .help("Give a `Url`; or write the address up to its host: `https://example.com/{{…}}`."),
        );
    }

    /// The template that a call names, if it names one; its arguments without what belongs to the template.
    pub fn template_named(&mut self, slots: &[Param], at: usize, call: &ast::Call) -> Option<Named> {
        let is = |position: usize, arg: &ast::Arg, index: usize| match &arg.name {
            Some(name) => slots.get(index).is_some_and(|slot| *slot.name == *name.as_str()),
            None => position == index,
        };
        let (position, arg) = call.args.iter().enumerate().find(|(position, arg)| is(*position, arg, at))?;
        if matches!(arg.value.kind, ast::ExprKind::Null | ast::ExprKind::Error) {
            return None;
        }
        let (callee, inner) = match &arg.value.kind {
            ast::ExprKind::Call(inner) => (&inner.callee, Some(&**inner)),
            _ => (&arg.value, None),
        };
        let Some(name) = template_name(callee) else {
            self.not_named(&arg.value);
            return None;
        };
        let mut args = call.args.clone();
        if let Some(own) = args.get_mut(position) {
            own.value = callee.clone();
        }
        let p = self.p;
        let Some((template, def)) =
            p.templates.by_name.get(name.as_str()).and_then(|at| Some((*at, p.templates.all.get(*at)?)))
        else {
            // That there is none is told of its name; the rest of the call is right.
            inner.into_iter().for_each(|inner| self.args_in_vain(&inner.args));
            let slots = slots.iter().map(|slot| self.filled_in(slot, &[])).collect();
            return Some(Named {
                template: usize::MAX,
                at: arg.value.span,
                values: Vec::new(),
                slots,
                args,
                given: [true; 3],
            });
        };
        let values = self.template_values(def, inner, arg.value.span);
        let mut given = [false; 3];
        for (given, filled) in given.iter_mut().zip(FILLED) {
            let Some(index) = slots.iter().position(|slot| &*slot.name == filled) else { continue };
            let Some((_, again)) = call.args.iter().enumerate().find(|(position, arg)| is(*position, arg, index))
            else {
                continue;
            };
            *given = true;
            if filled != "subject" {
                self.out.push(
                    Diagnostic::new(Code::DoubledArgument, again.span, format!("`{filled}` is given twice."))
                        .at("given again here")
                        .label(arg.span, "the words of the template")
                        .help("Leave it out; or leave the template out, and write the mail here."),
                );
            }
        }
        let slots = slots.iter().map(|slot| self.filled_in(slot, &FILLED)).collect();
        Some(Named { template, at: arg.value.span, values, slots, args, given })
    }

    /// A parameter that need not be given where the words fill it in.
    fn filled_in(&self, slot: &Param, filled: &[&str]) -> Param {
        let filled = filled.is_empty() || filled.contains(&&*slot.name);
        let stand_in = || self.error(Span::default());
        Param { default: slot.default.clone().or_else(|| filled.then(stand_in)), ..slot.clone() }
    }

    fn not_named(&mut self, value: &ast::Expr) {
        self.out.push(
            Diagnostic::new(Code::TemplateWithoutWords, value.span, "Which template it is has to be said here.")
                .at("not the name of a template")
                .help("Write `template: .welcome`; where it depends, write the call twice, with an `if`."),
        );
    }

    /// What a template is filled in with.
    fn template_values(&mut self, def: &TemplateDef, call: Option<&ast::Call>, at: Span) -> Vec<Expr> {
        let args = call.map(|call| call.args.as_slice()).unwrap_or_default();
        let contact = self.p.entity("Contact").map(Ty::Entity);
        let mut slots = def.params.clone();
        let given = |position: usize, slot: &Param| {
            let named = |arg: &ast::Arg| arg.name.as_ref().is_some_and(|name| *name.as_str() == *slot.name);
            args.iter().any(named) || args.get(position).is_some_and(|arg| arg.name.is_none())
        };
        for (position, slot) in slots.iter_mut().enumerate() {
            let own = &*slot.name == "contact" && Some(&slot.ty) == contact.as_ref() && slot.default.is_none();
            if !own || given(position, slot) {
                continue;
            }
            slot.default = Some(match def.written || def.names_contact {
                true => self.contact_of(def, at),
                false => self.error(at),
            });
        }
        let span = call.map_or(at, |call| call.args_span);
        self.args(&def.name, Some(def.span), &slots, args, span)
    }

    /// The one contact in scope, whom a mail is about where it is not said.
    fn contact_of(&mut self, def: &TemplateDef, at: Span) -> Expr {
        let Some(contact) = self.p.entity("Contact") else { return self.error(at) };
        let mut found: Vec<(String, LocalId)> = self
            .local_names()
            .filter_map(|name| Some((name.to_owned(), self.local(name)?)))
            .filter(|(_, local)| self.local_info(*local).is_some_and(|local| local.ty == Ty::Entity(contact)))
            .collect();
        found.sort();
        if let [(_, local)] = found.as_slice() {
            return self.local_expr(*local, at);
        }
        let name = &def.name;
        let ways: Vec<String> = found.iter().map(|(local, _)| format!("`.{name}(contact: {local})`")).collect();
        let (message, help) = match ways.as_slice() {
            [] => (
                format!("The mail `{name}` names a contact, and there is none here."),
                format!("Say who it is: `template: .{name}(contact: …)`."),
            ),
            ways => (
                format!("There are {} contacts here; the mail `{name}` has to be told which.", ways.len()),
                format!("Say which one: {}.", crate::resolve::few(ways)),
            ),
        };
        for (_, local) in &found {
            self.read(*local, at);
        }
        self.wrong(Diagnostic::new(Code::MissingArgument, at, message).at("which contact?").help(help))
    }

    /// Puts the words among the arguments of the action; answers what the words name.
    pub fn rendered(&mut self, named: Named, skip: usize, args: &mut [Expr]) -> Vec<(LocalId, Expr)> {
        let p = self.p;
        let Some(def) = p.templates.all.get(named.template) else { return Vec::new() };
        let Some(words) = p.words.iter().find(|words| words.name == def.name) else {
            self.without_words(def, named.at);
            return Vec::new();
        };
        if words.subject.is_none() && named.given.first() == Some(&false) {
            self.out.push(
                Diagnostic::new(Code::NoSubject, named.at, format!("The mail `{}` has no subject.", def.name))
                    .at("neither in its words nor here")
                    .label(words.span, "its first line could be `Subject: …`")
                    .help(format!(
                        "Begin `{}` with `Subject: …` and an empty line; or give `subject:` here.",
                        words.path
                    )),
            );
        }
        // As where the words stand: only the parameters can be named, and what is wrong has been said.
        let said = self.out.len();
        let names = std::mem::take(self.names_mut());
        let module = std::mem::replace(&mut self.module, def.module);
        let mut bindings = Vec::with_capacity(named.values.len());
        for (param, value) in def.params.iter().zip(named.values) {
            if value.ty == Ty::Error && !def.written && !def.names_contact {
                continue;
            }
            let local = self.hidden(param.ty.clone(), value.span);
            self.names_mut().insert(param.name.clone(), local);
            bindings.push((local, value));
        }
        let subject = words.subject.as_deref().unwrap_or_default();
        for ((filled, given), nodes) in FILLED.into_iter().zip(named.given).zip([subject, &words.text, &words.html]) {
            let position = named.slots.iter().position(|slot| &*slot.name == filled);
            let Some(arg) = position.and_then(|position| args.get_mut(skip + position)).filter(|_| !given) else {
                continue;
            };
            *arg = self.filled(words, nodes, named.at);
        }
        self.module = module;
        *self.names_mut() = names;
        self.out.truncate(said);
        bindings
    }

    fn without_words(&mut self, def: &TemplateDef, at: Span) {
        let name = &def.name;
        let files: Vec<String> = self.p.words.iter().map(|words| format!("`{}`", words.path)).collect();
        let near = nearest(name, self.p.words.iter().map(|words| &*words.name));
        let near = near.and_then(|near| self.p.words.iter().find(|words| &*words.name == near));
        let help = match (near, files.as_slice()) {
            (Some(near), _) => {
                format!("Write them in `templates/{name}.md`; or rename `{}`, if that is it.", near.path)
            }
            (None, []) => format!("Write them in `templates/{name}.md`."),
            (None, files) => format!("Write them in `templates/{name}.md`; there are {}.", crate::resolve::few(files)),
        };
        self.out.push(
            Diagnostic::new(Code::TemplateWithoutWords, at, format!("The template `{name}` has no words."))
                .at("nothing to send")
                .label(def.span, "declared here")
                .help(help),
        );
    }

    /// Pieces as a text.
    fn filled(&mut self, words: &Words, nodes: &[Node], span: Span) -> Expr {
        let mut parts: Vec<TemplatePart> = nodes.iter().map(|node| self.piece(words, node, span)).collect();
        let text = |parts: Vec<TemplatePart>| Expr { kind: ExprKind::Template(parts), ty: Ty::Text, span };
        while parts.len() > PIECES_MAX {
            let mut rest = parts.into_iter().peekable();
            parts = Vec::new();
            while rest.peek().is_some() {
                let few = text(rest.by_ref().take(PIECES_MAX).collect());
                let kind = ExprKind::Let { bindings: Vec::new(), body: Box::new(few) };
                parts.push(TemplatePart::Hole(Expr { kind, ty: Ty::Text, span }));
            }
        }
        match parts.as_slice() {
            [] => Expr { kind: ExprKind::Text("".into()), ty: Ty::Text, span },
            [TemplatePart::Text(plain)] => Expr { kind: ExprKind::Text(plain.clone()), ty: Ty::Text, span },
            _ => text(parts),
        }
    }

    fn piece(&mut self, words: &Words, node: &Node, span: Span) -> TemplatePart {
        match node {
            Node::Text(text) => TemplatePart::Text(text.clone()),
            Node::Hole(number, place) => {
                let value = match words.holes.get(*number).map(|hole| &hole.kind) {
                    Some(HoleKind::Shown(Some(expr))) => self.hole(expr),
                    _ => self.error(span),
                };
                match place.escape() {
                    Escape::None => TemplatePart::Hole(value),
                    escape => TemplatePart::Escaped(escape, value),
                }
            }
            Node::If(number, then, otherwise) => {
                let condition = match words.holes.get(*number).map(|hole| &hole.kind) {
                    Some(HoleKind::If(Some(condition))) => Some(self.condition(condition)),
                    _ => None,
                };
                let (condition, outcome) = condition.unwrap_or_else(|| (self.error(span), Default::default()));
                let mark = self.facts.mark();
                self.facts.learn_all(&outcome.yes);
                let then = self.filled(words, then, span);
                self.facts.restore(&mark);
                self.facts.learn_all(&outcome.no);
                let otherwise = self.filled(words, otherwise, span);
                self.facts.restore(&mark);
                let kind = ExprKind::Switch {
                    subject: Box::new(condition),
                    arms: vec![(vec![Pattern::Bool(true)], then)],
                    otherwise: Some(Box::new(otherwise)),
                };
                TemplatePart::Hole(Expr { kind, ty: Ty::Text, span })
            }
            Node::For(number, inner) => {
                let hole = words.holes.get(*number).map(|hole| &hole.kind);
                let Some(HoleKind::For(Some(item), Some(list))) = hole else {
                    return TemplatePart::Hole(self.error(span));
                };
                let (list, item) = self.each(item, list, false);
                let body = self.filled(words, inner, span);
                self.leave();
                let kind = ExprKind::Each { list: Box::new(list), item, body: Box::new(body) };
                TemplatePart::Hole(Expr { kind, ty: Ty::Text, span })
            }
        }
    }
}

/// Holes of a part that goes through nobody knows what: nothing is told of them.
fn never_known(nodes: &[Node], seen: &mut HashSet<usize>) {
    for node in nodes {
        match node {
            Node::Text(_) => {}
            Node::Hole(number, _) => drop(seen.insert(*number)),
            Node::If(number, then, otherwise) => {
                seen.insert(*number);
                never_known(then, seen);
                never_known(otherwise, seen);
            }
            Node::For(number, inner) => {
                seen.insert(*number);
                never_known(inner, seen);
            }
        }
    }
}

/// The name in `.welcome` or `template.welcome`.
fn template_name(expr: &ast::Expr) -> Option<&ast::Ident> {
    match &expr.kind {
        ast::ExprKind::Variant(name) => Some(name),
        ast::ExprKind::Field { base, name, optional: false } => match &base.kind {
            ast::ExprKind::Name(word) if word.as_str() == SymbolKind::Template.word() => Some(name),
            _ => None,
        },
        _ => None,
    }
}
