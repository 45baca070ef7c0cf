//! Triggers that are in no circle though what they wait for goes round: each run of theirs sees to it that the next one
//! finds nothing to do, and nothing else in the circle undoes that.

use super::circles::{Deeds, Trigger};
use super::deeds::Deed;
use super::happened::DEEDS_MAX;
use super::holds::{Constant, holds};
use super::web::Web;
use crate::effort;
use crate::hir::entry::{Source, TriggerKind};
use crate::hir::{EntityId, Expr, ExprKind, LocalId, Node};
use crate::resolve::Project;
use flow_bytecode::Intrinsic;
use std::collections::HashMap;

/// Of a circle in which more is done nothing is taken out.
const GROUP_MAX: usize = 2_000;

/// Takes such triggers out of the graph; whether there were any.
pub(super) fn take_out(p: &Project, triggers: &[Trigger<'_>], done: &[Deeds<'_>], web: &mut Web) -> bool {
    let mut groups: HashMap<usize, Vec<&Deed<'_>>> = HashMap::new();
    for (group, (deeds, _)) in web.groups.iter().take(web.flows).zip(done) {
        effort::spent(deeds.len());
        groups.entry(*group).or_default().extend(deeds);
    }
    groups.retain(|_, all| all.len() <= GROUP_MAX && !all.iter().any(|deed| deed.makes()));
    let mut any = false;
    for (at, trigger) in triggers.iter().enumerate() {
        let node = web.trigger(at);
        let group = web.groups.get(node).copied().unwrap_or(usize::MAX);
        let (Some(all), Some((own, _))) = (groups.get(&group), done.get(trigger.flow)) else { continue };
        if web.groups.get(trigger.flow) != Some(&group) || web.is_cut(node) || own.len() > DEEDS_MAX {
            continue;
        }
        if let Some(record) = record(trigger)
            && (settles(p, trigger, record, own, all) || is_spent(p, trigger, record, own, all))
        {
            web.cut(node);
            any = true;
        }
    }
    any
}

/// The parameter that holds the record that a trigger is about.
fn record(trigger: &Trigger<'_>) -> Option<LocalId> {
    let TriggerKind::Event(_) = trigger.kind else { return None };
    let at = trigger.args.iter().position(|source| *source == Source::Param(0))?;
    Some(LocalId(at as u32))
}

/// The record's name in the header: the parameter, or a part of what happened.
fn is_record(trigger: &Trigger<'_>, record: LocalId, expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Local(local) => *local == record,
        ExprKind::EventPart { event, param: 0, .. } => {
            matches!(trigger.kind, TriggerKind::Event(of) if of == event)
        }
        ExprKind::Wrap(inner) | ExprKind::Unwrap(inner) => is_record(trigger, record, inner),
        _ => false,
    }
}

/// Whether everything is done only once: the header says which records are meant, and what is written into them is there
/// already the second time.
fn settles(p: &Project, trigger: &Trigger<'_>, record: LocalId, own: &[Deed<'_>], all: &[&Deed<'_>]) -> bool {
    let mut asks = false;
    if let Some(filter) = trigger.filter {
        each_read(filter, &mut |_| asks = true);
    }
    asks && own.iter().all(|deed| {
        let against = |other: &&Deed<'_>| other.span != deed.span && deed.is_against(p, other);
        deed.settles() && deed.is_done_to(record) && !all.iter().any(against)
    })
}

/// Whether after anything it does nothing is let in again, or nothing done, and nobody makes that otherwise.
fn is_spent(p: &Project, trigger: &Trigger<'_>, record: LocalId, own: &[Deed<'_>], all: &[&Deed<'_>]) -> bool {
    let over = own.iter().all(|deed| {
        let known = |expr: &Expr| {
            let (base, field, item) = read(expr)?;
            deed.own_field(record, field, item).filter(|_| is_record(trigger, record, base))
        };
        let shut = trigger.filter.is_some_and(|filter| holds(filter, &known) == Some(false));
        shut || !own.iter().any(|next| next.may_be_done(p, &known))
    });
    over && !all.iter().any(|deed| {
        let known = |expr: &Expr| -> Option<Constant> {
            let (_, field, item) = read(expr)?;
            deed.writes_into(p, field, item).1
        };
        let touches = |condition: &Expr| {
            let mut found = false;
            each_read(condition, &mut |(_, field, item)| found |= deed.writes_into(p, field, item).0);
            found
        };
        let opens = |condition: &Expr| touches(condition) && holds(condition, &known) != Some(false);
        trigger.filter.is_some_and(opens)
            || own.iter().any(|next| next.conditions().any(touches) && next.may_be_done(p, &known))
    })
}

/// A read of a field, or of whether something is in it: of which record, which field, what.
type Read<'e> = (&'e Expr, (EntityId, u32), Option<&'e Expr>);

fn read(expr: &Expr) -> Option<Read<'_>> {
    match &expr.kind {
        ExprKind::Field { base, entity, field } => Some((base, (*entity, *field), None)),
        ExprKind::Intrinsic(Intrinsic::ListContains, args) => {
            let [list, item] = args.as_slice() else { return None };
            let ExprKind::Field { base, entity, field } = &list.kind else { return None };
            Some((base, (*entity, *field), Some(item)))
        }
        _ => None,
    }
}

/// Every read in a condition; the list of a `contains` is not one of its own.
fn each_read(condition: &Expr, see: &mut dyn FnMut(Read<'_>)) {
    let mut lists = Vec::new();
    condition.walk(&mut |node| {
        let Node::Expr(expr) = node else { return };
        let Some(found @ (_, _, item)) = read(expr) else { return };
        if item.is_some() {
            lists.push(expr.span);
        } else if lists.last().is_some_and(|list| list.contains(expr.span)) {
            return;
        }
        see(found);
    });
}
