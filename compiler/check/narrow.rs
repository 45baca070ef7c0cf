//! What is known to be present, and until when.
//!
//! A test (`x != null`), a guard, an early leave or a write of a present value makes a place known. A local stays known
//! until it is written. A field of an entity is read anew each time, so it stays known only until the next place where
//! the run can wait, external calls included, or until a write to that field of any entity of its kind.

use super::body::{Body, Reach};
use super::places::{self, Place, Step};
use crate::diag::Span;
use crate::hir::{Expr, ExprKind, LocalId, Ty};
use std::collections::HashMap;

/// More facts than this about one point of a flow are not kept: beyond, a test has to be written again.
const FACTS_MAX: usize = 512;

/// What is known at a point.
#[derive(Debug, Default, Clone)]
pub(super) struct Facts {
    known: Vec<Place>,
    /// What was known and is no more, for diagnostics and for handlers: the last time, and the how manyeth loss that was.
    lost: HashMap<Place, (Span, Loss, usize)>,
    losses: usize,
}

/// Why something is no longer known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Loss {
    /// The run can wait there.
    Waits,
    /// It was written there.
    Written,
}

/// Facts to come back to. Losses are only ever added, so they are not part of it.
pub(super) struct Mark {
    known: Vec<Place>,
    losses: usize,
}

/// What follows from a condition.
#[derive(Debug, Default)]
pub(super) struct Outcome {
    /// Known when it holds.
    pub yes: Vec<Place>,
    /// Known when it does not.
    pub no: Vec<Place>,
}

impl Facts {
    /// Whether a place is known to be present.
    pub fn knows(&self, place: &Place) -> bool {
        self.known.contains(place)
    }

    /// Whether anything is known at all.
    pub fn is_empty(&self) -> bool {
        self.known.is_empty()
    }

    /// A place is present from here on.
    pub fn learn(&mut self, place: Place) {
        if self.known.len() < FACTS_MAX && !self.knows(&place) {
            self.known.push(place);
        }
    }

    /// Several places are.
    pub fn learn_all(&mut self, places: &[Place]) {
        for place in places {
            self.learn(place.clone());
        }
    }

    /// The run may have waited: nothing is known of live fields.
    pub fn waited(&mut self, span: Span) {
        self.lose(span, Loss::Waits, Place::is_live);
    }

    /// A field was written, of whichever entity.
    pub fn field_written(&mut self, step: Step, span: Span) {
        self.lose(span, Loss::Written, |place| place.steps.contains(&step));
    }

    /// A variable was written.
    pub fn assigned(&mut self, local: LocalId, span: Span) {
        self.lose(span, Loss::Written, |place| place.root == local);
    }

    fn lose(&mut self, span: Span, loss: Loss, gone: impl Fn(&Place) -> bool) {
        if self.known.is_empty() {
            return;
        }
        let Facts { known, lost, losses } = self;
        known.retain(|place| {
            let gone = gone(place);
            if gone {
                lost.insert(place.clone(), (span, loss, *losses));
                *losses += 1;
            }
            !gone
        });
    }

    /// Where and why a place ceased to be known, the last time.
    pub fn loss(&self, place: &Place) -> Option<(Span, Loss)> {
        self.lost.get(place).map(|(span, loss, _)| (*span, *loss))
    }

    /// Facts to come back to.
    pub fn mark(&self) -> Mark {
        Mark { known: self.known.clone(), losses: self.losses }
    }

    /// Back to what was known.
    pub fn restore(&mut self, mark: &Mark) {
        self.known.clone_from(&mark.known);
    }

    /// What was known at the mark and has not been lost since, not even for a moment.
    pub fn unbroken_since(&mut self, mark: &Mark) {
        let lost = |place: &Place| self.lost.get(place).is_some_and(|(.., number)| *number >= mark.losses);
        self.known = mark.known.iter().filter(|place| !lost(place)).cloned().collect();
    }

    /// Keeps what another way here knows as well.
    pub fn meet(&mut self, other: &Mark) {
        self.known.retain(|place| other.known.contains(place));
    }

    /// Only values of the flow's own are known: fields may be written beside.
    pub fn forget_live(&mut self) {
        self.known.retain(|place| !place.is_live());
    }
}

/// Branches that come together again.
pub(super) struct Join {
    start: Mark,
    end: Option<Mark>,
    /// The first branch that leaves, for when all do.
    gone: Option<Reach>,
}

impl Body<'_> {
    /// Begins branches, all from what is known here.
    pub fn fork(&self) -> Join {
        Join { start: self.facts.mark(), end: None, gone: None }
    }

    /// Begins the next branch.
    pub fn branch(&mut self, join: &Join, known: &[Place]) {
        self.facts.restore(&join.start);
        self.facts.learn_all(known);
        self.reach = Reach::Yes;
    }

    /// Ends a branch.
    pub fn branch_end(&mut self, join: &mut Join) {
        if self.reach == Reach::Yes {
            match &mut join.end {
                Some(end) => {
                    self.facts.meet(end);
                    *end = self.facts.mark();
                }
                none => *none = Some(self.facts.mark()),
            }
        } else if join.gone.is_none() || self.reach == Reach::Told {
            join.gone = Some(self.reach);
        }
    }

    /// Goes on after all branches.
    pub fn join(&mut self, join: Join) {
        match join.end {
            Some(end) => {
                self.facts.restore(&end);
                self.reach = Reach::Yes;
            }
            None => {
                self.facts.restore(&join.start);
                self.reach = join.gone.unwrap_or(Reach::Yes);
            }
        }
    }

    /// The present value of an optional expression whose place is known to be present.
    pub fn narrowed(&self, expr: Expr) -> Expr {
        if self.facts.is_empty() || !matches!(expr.ty, Ty::Optional(_)) {
            return expr;
        }
        match places::place(&expr) {
            Some(place) if self.facts.knows(&place) => {
                let (ty, span) = (expr.ty.present(), expr.span);
                Expr { kind: ExprKind::Unwrap(Box::new(expr)), ty, span }
            }
            _ => expr,
        }
    }

    /// The run can wait at this place.
    pub fn may_wait(&mut self, span: Span) {
        self.facts.waited(span);
    }
}
