//! Whether what a flow does may set off another: by what is known of the record it is done to.

use super::circles::{Deeds, Trigger};
use super::deeds::Deed;
use super::holds::{Constant, constant, holds};
use crate::hir::entry::{Exit, Source};
use crate::hir::{EventId, Expr, ExprKind, LocalId};
use crate::resolve::Project;
use flow_bytecode::Intrinsic;

/// Of a flow that does more than so much it is taken that it does something whatever is known.
pub(super) const DEEDS_MAX: usize = 32;

/// Something that a flow does, and a trigger that waits for an event which that raises.
pub(super) struct Happened<'a, 'h> {
    pub p: &'a Project,
    pub deed: &'a Deed<'h>,
    pub event: EventId,
    /// What is done in the flow that does it.
    pub own: &'a Deeds<'h>,
    pub trigger: &'a Trigger<'h>,
}

impl Happened<'_, '_> {
    /// Whether the trigger lets a run in by it, and that run may do something.
    pub fn lets_in(&self, then: &[Deed<'_>]) -> bool {
        let header = |expr: &Expr| self.known(expr, true);
        let fits = self.trigger.filter.is_none_or(|filter| holds(filter, &header) != Some(false));
        let body = |expr: &Expr| self.known(expr, false);
        let leaves = |exit: &Exit| matches!(exit, Exit::When(condition) if holds(condition, &body) == Some(true));
        if self.trigger.exits.iter().any(leaves) {
            return false;
        }
        let acts = then.len() > DEEDS_MAX || then.iter().any(|deed| deed.may_be_done(self.p, &body));
        fits && acts
    }

    /// The parameter of the event that a name stands for. In the flow itself an event is another one.
    fn param(&self, expr: &Expr, header: bool) -> Option<u32> {
        match &expr.kind {
            ExprKind::EventPart { event, param, .. } => Some(*param).filter(|_| header && *event == self.event),
            ExprKind::Local(LocalId(local)) => match self.trigger.args.get(*local as usize)? {
                Source::Param(param) => Some(*param),
                Source::Default | Source::Field(..) => None,
            },
            ExprKind::Unwrap(inner) | ExprKind::Wrap(inner) => self.param(inner, header),
            _ => None,
        }
    }

    fn known(&self, expr: &Expr, header: bool) -> Option<Constant> {
        let part = |expr: &Expr| self.deed.part(self.p, self.event, self.param(expr, header)?);
        match &expr.kind {
            ExprKind::Field { base, entity, field } => {
                self.deed.field(&self.own.1, part(base)?, (*entity, *field), None)
            }
            ExprKind::Intrinsic(Intrinsic::ListContains, args) => {
                let [list, item] = args.as_slice() else { return None };
                let ExprKind::Field { base, entity, field } = &list.kind else { return None };
                self.deed.field(&self.own.1, part(base)?, (*entity, *field), Some(item))
            }
            _ => constant(part(expr)?),
        }
    }
}
