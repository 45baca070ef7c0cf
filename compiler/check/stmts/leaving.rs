//! What ends a flow, fails, hands over to another, tells the world; and what catches a failure.

use crate::check::body::{Body, Reach};
use crate::check::failing::Raised;
use crate::check::fit::Why;
use crate::check::probe::{MARK, Probe};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Block, Definition, EventId, Expr, ExprKind, StmtKind, Ty};
use crate::resolve::few;
use crate::syntax::ast;
use flow_bytecode::Intrinsic;
use std::sync::Arc;

impl Body<'_> {
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

    pub(super) fn return_(&mut self, value: Option<&ast::Expr>, span: Span) -> Option<StmtKind> {
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

    pub(super) fn launch(&mut self, call: &ast::Expr, span: Span) -> Option<StmtKind> {
        self.leaves_path(span, "launch");
        let found = self.flow_named(call, "launch");
        self.reach = Reach::No(span, "launch");
        let (flow, args) = found?;
        Some(StmtKind::Launch { flow, args })
    }

    #[inline(never)]
    pub(super) fn fail(&mut self, item: &ast::Fail, span: Span) -> Option<StmtKind> {
        let failure = match &item.what.kind {
            ast::ExprKind::Variant(kind) => {
                let name = kind.name.shared().clone();
                self.looks_right(&name, item.what.span);
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
    pub(super) fn fire(&mut self, item: &ast::Fire, span: Span) -> Option<StmtKind> {
        let Some(event) = self.event(&item.event) else {
            self.args_in_vain(&item.args);
            return None;
        };
        let p = self.p;
        let def = p.hir.events.get(event.0 as usize)?;
        self.refers_args(&item.args, |name| p.event_param(event, name));
        let args = self.args(&def.name, Some(def.span), &def.params, &item.args, span);
        if self.test {
            // Runs go on with it at once.
            self.may_wait(span);
        }
        Some(StmtKind::Fire { event, args })
    }

    /// An event by name.
    pub fn event(&mut self, path: &ast::Path) -> Option<EventId> {
        let name = path.dotted();
        if self.probing.is_some() && name.contains(MARK) {
            self.probed(|_| Probe::Event);
            return None;
        }
        if let Some(id) = self.p.events.get(&*name) {
            self.refers(path.span, || Definition::Event(*id));
            return Some(*id);
        }
        let names = self.p.events.keys().map(|name| &**name);
        let diagnostic = Diagnostic::new(Code::UnknownEvent, path.span, format!("There is no event `{name}`."))
            .at("nothing declares it");
        let diagnostic = Self::suggest(self.p, diagnostic, &name, path.span, names, || {
            Some(match name.split_once('.') {
                Some(("form", "submitted")) => {
                    "Say which form, as in `form.submitted(.demo)`; it is declared as in `form demo { email: Email }`."
                        .to_owned()
                }
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
    pub(super) fn try_(&mut self, item: &ast::Try, span: Span) -> Option<StmtKind> {
        let mark = self.facts.mark();
        let mut join = self.fork();
        self.kinds.push(Raised::default());
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

fn text(text: Arc<str>, span: Span) -> Expr {
    Expr { kind: ExprKind::Text(text), ty: Ty::Text, span }
}

fn make_failure(kind: Arc<str>, message: Expr, span: Span) -> Expr {
    let args = vec![text(kind, span), message];
    Expr { kind: ExprKind::Intrinsic(Intrinsic::MakeFailure, args), ty: Ty::Failure, span }
}
