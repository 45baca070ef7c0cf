//! Flows that set each other off in a circle: what one does is what another begins with, and so on, back to the first.
//!
//! Flows, events and triggers are the nodes of one graph, so that it stays as small as the project: a flow leads to what
//! it calls, launches and starts and to the events it raises, an event to the triggers that wait for it, a trigger to its
//! flow. Where a header says `once per`, runs are bounded, and no trigger of it is part of a circle. Nor is one whose
//! condition does not hold any more after what set it off, or whose flow then does nothing, for a condition of its own.

use super::deeds::{Deed, deeds};
use super::effects::Look;
use super::graph::Graph;
use super::spent;
use super::web::Web;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::entry::{Exit, Once, Source, TriggerKind};
use crate::hir::{EventId, Expr, Ty};
use crate::resolve::Project;
use crate::syntax::ast::ClauseKind;

/// So many steps are gone in search of circles: no project that people write comes near.
const STEPS_MAX: usize = 5_000_000;

/// A trigger that lets runs in again and again.
pub(super) struct Trigger<'h> {
    pub flow: usize,
    pub kind: &'h TriggerKind,
    /// Per parameter of the flow.
    pub args: &'h [Source],
    /// What else must hold.
    pub filter: Option<&'h Expr>,
    /// `exit when`, which is asked at entry too.
    pub exits: &'h [Exit],
    pub span: Span,
}

/// What a flow does, with its own names for things.
pub(super) type Deeds<'h> = (Vec<Deed<'h>>, Look<'h>);

/// Warns of every circle, once for the flows that are in it.
pub(super) fn look(p: &Project, _: &Graph, out: &mut Vec<Diagnostic>) {
    let triggers = triggers(p);
    if triggers.is_empty() {
        return;
    }
    let done: Vec<Deeds<'_>> = p.hir.flows.iter().map(|flow| deeds(p, flow)).collect();
    let mut web = Web::of(p, &triggers, &done);
    web.group();
    while spent::take_out(p, &triggers, &done, &mut web) {
        web.group();
    }
    let mut steps = STEPS_MAX;
    let mut told = vec![false; web.to.len()];
    for (at, trigger) in triggers.iter().enumerate() {
        let node = web.trigger(at);
        let Some(circle) = web.circle(node, &told, &mut steps) else { continue };
        for (node, _) in &circle {
            if let Some(told) = told.get_mut(*node) {
                *told = true;
            }
        }
        if let Some(told) = told.get_mut(trigger.flow) {
            *told = true;
        }
        out.push(warning(p, &web, &triggers, &circle));
    }
}

fn triggers<'h>(p: &'h Project) -> Vec<Trigger<'h>> {
    let mut triggers = Vec::new();
    for (flow, (def, source)) in p.hir.flows.iter().zip(&p.flow_sources).enumerate() {
        let Some(entry) = &def.entry else { continue };
        let clauses = source.decl.clauses.iter().filter(|clause| matches!(clause.kind, ClauseKind::On(_)));
        for (trigger, clause) in entry.triggers.iter().zip(clauses) {
            // What has just been made is another each time: `once per` it lets everyone in.
            let new = match (&entry.once, &trigger.on) {
                (Some(Once { per: Source::Param(param), .. }), TriggerKind::Event(event)) => {
                    makes(p, *event) && trigger.args.get(*param as usize) == Some(&Source::Param(0))
                }
                _ => false,
            };
            if entry.once.is_some() && !new {
                continue;
            }
            let filter = trigger.filter.as_ref().map(|filter| &filter.condition);
            let exits = &entry.exits;
            triggers.push(Trigger { flow, kind: &trigger.on, args: &trigger.args, filter, exits, span: clause.span });
        }
    }
    triggers
}

/// Whether an event says that a record has been made: its first parameter.
fn makes(p: &Project, event: EventId) -> bool {
    p.hir.events.get(event.0 as usize).is_some_and(|event| event.name.ends_with(".created"))
}

/// What a header may go by that is the same in the next round: a parameter, or for a record that is new each time whom it
/// is about.
fn once_per(p: &Project, trigger: &Trigger<'_>) -> Option<String> {
    let flow = p.hir.flows.get(trigger.flow)?;
    let entities = flow.params.iter().filter_map(|param| flow.locals.get(param.local.0 as usize));
    let (local, entity) = entities
        .filter_map(|local| match local.ty {
            Ty::Entity(id) => Some((local, p.hir.entities.get(id.0 as usize)?)),
            _ => None,
        })
        .next()?;
    match trigger.kind {
        TriggerKind::Event(event) if makes(p, *event) => {
            let contact = entity.fields.iter().find(|field| &*field.name == "contact")?;
            Some(format!("{}.{}", local.name, contact.name))
        }
        _ => Some(local.name.to_string()),
    }
}

fn warning(p: &Project, web: &Web, triggers: &[Trigger<'_>], circle: &[(usize, Option<Span>)]) -> Diagnostic {
    let name = |flow: usize| p.hir.flows.get(flow).map_or("?", |flow| &flow.name);
    let flows: Vec<usize> = circle.iter().map(|(node, _)| *node).filter(|node| *node < web.flows).collect();
    let first = flows.first().copied().unwrap_or_default();
    let way: Vec<String> = flows.iter().chain([&first]).map(|flow| format!("`{}`", name(*flow))).collect();
    let message = match flows.len() {
        1 => format!("{} sets itself off again and again: it begins with what it does.", way[0]),
        _ => format!("These flows set each other off in a circle: {}.", way.join(" → ")),
    };
    let trigger = circle.iter().find_map(|(node, _)| triggers.get(web.trigger_of(*node)?));
    let head = trigger.map_or_else(Span::default, |trigger| trigger.span);
    let mut diagnostic = Diagnostic::new(Code::TriggerCircle, head, message).at(format!("begins `{}`", name(first)));
    for (at, (node, span)) in circle.iter().enumerate() {
        if let Some(trigger) = web.trigger_of(*node).and_then(|at| triggers.get(at)).filter(|_| at > 0) {
            diagnostic = diagnostic.label(trigger.span, format!("begins `{}`", name(trigger.flow)));
        }
        if let (Some(span), true) = (span, *node < web.flows) {
            let next = circle.iter().skip(at + 1).map(|(node, _)| *node).find(|node| *node < web.flows);
            let text = format!("sets off `{}`", name(next.unwrap_or(first)));
            diagnostic = diagnostic.label(*span, text);
        }
    }
    let bound = circle
        .iter()
        .filter_map(|(node, _)| triggers.get(web.trigger_of(*node)?))
        .find_map(|trigger| Some((once_per(p, trigger)?, name(trigger.flow))));
    diagnostic.help(match bound {
        Some((per, flow)) => {
            format!(
                "Let nobody in again at once: `once per {per} every 1 day` in the header of `{flow}` bounds the circle."
            )
        }
        None => {
            "Do it only where something is still to be done, under a condition that it does not meet again.".to_owned()
        }
    })
}
