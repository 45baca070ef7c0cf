//! Which kinds of failure can arrive where: a flow raises what its actions and its own `fail`s raise, and what the flows
//! that it calls raise, whatever calls whatever.

use super::body::Body;
use super::expr::FAILURE_KINDS;
use super::order::Queue;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Expr, ExprKind, FlowId};
use crate::resolve::{Project, few, nearest};
use std::collections::BTreeSet;
use std::sync::Arc;

/// Built-in kinds that only a call which somebody has to approve fails with.
pub(super) const APPROVAL_KINDS: &[&str] = &["denied", "expired"];

/// Kinds of failure that something raises beside the built-in ones.
#[derive(Debug, Clone, Default)]
pub(super) struct Raised {
    /// Raised by itself.
    pub kinds: BTreeSet<Arc<str>>,
    /// Flows that it calls: what they raise, it raises.
    pub flows: BTreeSet<FlowId>,
    /// It raises a failure that came from elsewhere, of any kind.
    pub any: bool,
}

impl Raised {
    /// What another raises, too.
    pub fn add(&mut self, other: &Raised) {
        self.kinds.extend(other.kinds.iter().cloned());
        self.flows.extend(&other.flows);
        self.any |= other.any;
    }

    fn bound(&mut self) {
        if self.kinds.len() > KINDS_MAX {
            self.any = true;
        }
        if self.any {
            self.kinds.clear();
        }
    }

    /// Whether all of it is known without looking at other flows.
    pub fn is_closed(&self) -> bool {
        !self.any && self.flows.is_empty()
    }
}

/// A kind that is looked for in what a `try` has caught.
#[derive(Debug, Clone)]
pub(super) struct Looked {
    pub kind: Arc<str>,
    pub span: Span,
    /// What the `try` raises.
    pub among: Arc<Raised>,
}

/// A flow that may fail in more ways than so many is taken to fail in any way.
const KINDS_MAX: usize = 128;

/// Every kind that flows raise; `None` when it may be any.
pub(super) fn anywhere(raised: &[Raised]) -> Option<BTreeSet<Arc<str>>> {
    let known = raised.iter().all(|own| !own.any);
    known.then(|| raised.iter().flat_map(|own| own.kinds.iter().cloned()).collect())
}

/// Refuses every kind that nothing in its `try` raises.
pub(super) fn settle(p: &Project, mut raised: Vec<Raised>, looked: &[Looked], out: &mut Vec<Diagnostic>) {
    if looked.is_empty() {
        return;
    }
    let mut callers = vec![Vec::new(); raised.len()];
    for (flow, own) in raised.iter().enumerate() {
        for called in &own.flows {
            if let Some(callers) = callers.get_mut(called.0 as usize) {
                callers.push(flow);
            }
        }
    }
    // What a flow raises goes to its callers, until nobody learns anything new: sets only grow.
    let called: Vec<Vec<usize>> = raised.iter().map(|own| own.flows.iter().map(|id| id.0 as usize).collect()).collect();
    let mut queue = Queue::of(raised.len(), |at, number| called.get(at)?.get(number).copied());
    while let Some(flow) = queue.pop() {
        let Some(mut own) = raised.get_mut(flow).map(std::mem::take) else { continue };
        let before = (own.kinds.len(), own.any);
        let Raised { kinds, any, .. } = &mut own;
        for other in called.get(flow).into_iter().flatten().filter_map(|called| raised.get(*called)) {
            *any |= other.any;
            if !*any {
                kinds.extend(other.kinds.iter().cloned());
            }
        }
        own.bound();
        if before != (own.kinds.len(), own.any) {
            callers.get(flow).into_iter().flatten().for_each(|caller| queue.push(*caller));
        }
        if let Some(slot) = raised.get_mut(flow) {
            *slot = own;
        }
    }
    // What is looked for in one `try` stands together.
    let mut last: Option<(&Arc<Raised>, Raised)> = None;
    for Looked { kind, span, among } in looked {
        let all = match last.take() {
            Some((of, all)) if Arc::ptr_eq(of, among) => all,
            _ => {
                let mut all = Raised::clone(among);
                for flow in among.flows.iter().filter_map(|flow| raised.get(flow.0 as usize)) {
                    all.add(flow);
                }
                all
            }
        };
        if !all.any && !all.kinds.contains(kind) {
            out.push(never(p, kind, *span, &all));
        }
        last = Some((among, all));
    }
}

/// Nothing in a `try` fails like that.
pub(super) fn never(p: &Project, kind: &str, span: Span, raised: &Raised) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::UnknownVariant, span, format!("Nothing in the `try` fails with `.{kind}`."))
        .at("never raised");
    let own = raised.kinds.iter().map(|kind| &**kind).filter(|kind| !FAILURE_KINDS.contains(kind));
    let names = FAILURE_KINDS.iter().copied().chain(own.clone());
    Body::suggest(p, diagnostic, kind, inner(span), names, || {
        Some(match own.clone().next().is_none() {
            true => "What is called there adds no kinds of its own: a signature names them, as in `fails .declined`."
                .to_owned(),
            false => {
                let own = few(own.map(|kind| format!("`.{kind}`")));
                format!("Beside the built-in kinds, what is called there fails with {own}.")
            }
        })
    })
}

/// A variant without its dot.
fn inner(span: Span) -> Span {
    Span::new(span.file, span.start + 1, span.end)
}

impl Body<'_> {
    /// `failure.kind == .declined`.
    pub fn kinds_compared(&mut self, left: &Expr, right: &Expr) {
        for (value, kind) in [(left, right), (right, left)] {
            let ExprKind::FailureKind(name) = &kind.kind else { continue };
            match self.raised(value) {
                Some(raised) => self.look_for(name, kind.span, &raised),
                None => self.looks_right(name, kind.span),
            };
        }
    }

    /// A kind looked for in a failure that a `try` has caught: known, refused, or left until all flows are known.
    pub fn look_for(&mut self, kind: &Arc<str>, span: Span, raised: &Arc<Raised>) -> bool {
        if raised.any || FAILURE_KINDS.contains(&&**kind) || raised.kinds.contains(kind) {
            return true;
        }
        if raised.is_closed() {
            self.out.push(never(self.p, kind, span, raised));
            return false;
        }
        self.looked.push(Looked { kind: kind.clone(), span, among: Arc::clone(raised) });
        true
    }

    /// A kind that is raised, or looked for in a failure that came from anywhere: only what looks like a misspelling is
    /// refused, for a flow may raise kinds of its own.
    pub fn looks_right(&mut self, kind: &Arc<str>, span: Span) -> bool {
        let p = self.p;
        let own = p.kinds.get_or_init(|| p.hir.actions.iter().flat_map(|action| &action.fails).cloned().collect());
        if FAILURE_KINDS.contains(&&**kind) || own.contains(&**kind) {
            return true;
        }
        let names = FAILURE_KINDS.iter().copied().chain(own.iter().map(|kind| &**kind));
        if own.len() > KINDS_MAX || nearest(kind, names.clone()).is_none() {
            return true;
        }
        let diagnostic = Diagnostic::new(Code::UnknownVariant, span, format!("No action fails with `.{kind}`."))
            .at("neither built in nor declared");
        self.out.push(Self::suggest(p, diagnostic, kind, inner(span), names, || {
            Some(format!("The built-in kinds are {}.", few(FAILURE_KINDS.iter().map(|kind| format!("`.{kind}`")))))
        }));
        false
    }

    /// A kind that a test asks a run about: something in the project has to raise it.
    pub fn fails_so(&mut self, kind: &Arc<str>, span: Span) {
        let p = self.p;
        let Some(raised) = p.raised.as_ref().filter(|_| self.looks_right(kind, span)) else { return };
        let declared = p.kinds.get().is_some_and(|own| own.contains(&**kind));
        if declared || FAILURE_KINDS.contains(&&**kind) || raised.contains(kind) {
            return;
        }
        let diagnostic = Diagnostic::new(Code::UnknownVariant, span, format!("Nothing here fails with `.{kind}`."))
            .at("no `fail` and no action names it");
        let names = FAILURE_KINDS.iter().copied().chain(raised.iter().map(|kind| &**kind));
        self.out.push(Self::suggest(p, diagnostic, kind, inner(span), names, || {
            Some("A kind is raised by `fail .kind, \"why\"`, or named by the `fails` of an action.".to_owned())
        }));
    }

    /// A failure that is raised again: of the kinds of the `try` that caught it, where that is known.
    pub fn raise_again(&mut self, failure: &Expr) {
        let caught = super::places::place(failure).and_then(|place| self.caught.get(&place.root));
        let Some(raised) = self.kinds.last_mut() else { return };
        match caught {
            Some(caught) => raised.add(caught),
            None => raised.any = true,
        }
    }
}
