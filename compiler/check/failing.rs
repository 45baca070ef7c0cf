//! Which kinds of failure can arrive where: a flow raises what its actions and its own `fail`s raise, and what the flows
//! that it calls raise, whatever calls whatever.

use super::body::Body;
use super::expr::FAILURE_KINDS;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Expr, ExprKind, FlowId};
use crate::resolve::nearest;
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

    /// Whether all of it is known without looking at other flows.
    pub fn is_closed(&self) -> bool {
        !self.any && self.flows.is_empty()
    }
}

/// A kind that is looked for in what a `try` has caught.
#[derive(Debug)]
pub(super) struct Looked {
    pub kind: Arc<str>,
    pub span: Span,
    /// What the `try` raises.
    pub among: Raised,
}

/// Refuses every kind that nothing in its `try` raises.
pub(super) fn settle(mut raised: Vec<Raised>, looked: &[Looked], out: &mut Vec<Diagnostic>) {
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
    let mut news: Vec<usize> = (0..raised.len()).collect();
    while let Some(flow) = news.pop() {
        let Some(own) = raised.get(flow).map(|own| (own.kinds.clone(), own.any)) else { continue };
        for caller in callers.get(flow).into_iter().flatten() {
            let Some(theirs) = raised.get_mut(*caller) else { continue };
            let before = (theirs.kinds.len(), theirs.any);
            theirs.kinds.extend(own.0.iter().cloned());
            theirs.any |= own.1;
            if before != (theirs.kinds.len(), theirs.any) {
                news.push(*caller);
            }
        }
    }
    for Looked { kind, span, among } in looked {
        let mut all = among.clone();
        for flow in &among.flows {
            all.add(&raised.get(flow.0 as usize).cloned().unwrap_or_default());
        }
        if !all.any && !all.kinds.contains(kind) {
            out.push(never(kind, *span, &all));
        }
    }
}

/// Nothing in a `try` fails like that.
pub(super) fn never(kind: &str, span: Span, raised: &Raised) -> Diagnostic {
    let diagnostic = Diagnostic::new(Code::UnknownVariant, span, format!("Nothing in the `try` fails with `.{kind}`."))
        .at("never raised");
    let own: Vec<&str> = raised.kinds.iter().map(|kind| &**kind).filter(|kind| !FAILURE_KINDS.contains(kind)).collect();
    let names: Vec<&str> = FAILURE_KINDS.iter().copied().chain(own.iter().copied()).collect();
    Body::suggest(diagnostic, kind, inner(span), names.iter().copied(), || {
        Some(match own.is_empty() {
            true => "What is called there adds no kinds of its own: a signature names them, as in `fails .declined`."
                .to_owned(),
            false => {
                let own: Vec<String> = own.iter().map(|kind| format!("`.{kind}`")).collect();
                format!("Beside the built-in kinds, what is called there fails with {}.", own.join(", "))
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
    pub fn look_for(&mut self, kind: &Arc<str>, span: Span, raised: &Raised) -> bool {
        if raised.any || FAILURE_KINDS.contains(&&**kind) || raised.kinds.contains(kind) {
            return true;
        }
        if raised.is_closed() {
            self.out.push(never(kind, span, raised));
            return false;
        }
        self.looked.push(Looked { kind: kind.clone(), span, among: raised.clone() });
        true
    }

    /// A kind looked for in a failure that came from anywhere: only what looks like a misspelling is refused.
    pub fn looks_right(&mut self, kind: &Arc<str>, span: Span) -> bool {
        let own: BTreeSet<&str> =
            self.p.hir.actions.iter().flat_map(|action| &action.fails).map(|kind| &**kind).collect();
        if FAILURE_KINDS.contains(&&**kind) || own.contains(&**kind) {
            return true;
        }
        let names: Vec<&str> = FAILURE_KINDS.iter().copied().chain(own).collect();
        if nearest(kind, names.iter().copied()).is_none() {
            return true;
        }
        let diagnostic =
            Diagnostic::new(Code::UnknownVariant, span, format!("No action fails with `.{kind}`.")).at("never raised");
        self.out.push(Self::suggest(diagnostic, kind, inner(span), names, || {
            Some(format!("The built-in kinds are .{}.", FAILURE_KINDS.join(", .")))
        }));
        false
    }

    /// A failure that is raised again: of the kinds of the `try` that caught it, where that is known.
    pub fn raise_again(&mut self, failure: &Expr) {
        let from = super::places::place(failure).map(|place| place.root);
        let caught = self.caught.iter().rev().find(|(local, _)| Some(*local) == from).map(|(_, raised)| raised.clone());
        let Some(raised) = self.kinds.last_mut() else { return };
        match caught {
            Some(caught) => raised.add(&caught),
            None => raised.any = true,
        }
    }
}
