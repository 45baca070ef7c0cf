//! What was found of flows that are as they were, and lead to such alone.

use super::graph::{Graph, Leads};
use crate::diag::{Diagnostic, FileId, Span};
use crate::hir::{Block, FlowId};
use crate::resolve::Project;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// What was found of one flow.
#[derive(Debug)]
struct Kept {
    /// It as it was then, so that no other one comes to lie where it was.
    body: Arc<Block>,
    leads: Leads,
    /// The first of those that it led to and that led to it.
    group: u32,
    told: Vec<Diagnostic>,
}

/// What the analyses of groups of flows found when they were looked at last, under one outline.
#[derive(Debug, Default)]
pub(crate) struct Found {
    /// By number of the flow.
    flows: HashMap<u32, Kept>,
}

impl Found {
    /// What was found of a flow, if it is as it was.
    fn same(&self, p: &Project, flow: u32) -> Option<&Kept> {
        let body = &p.hir.flows.get(flow as usize)?.body;
        self.flows.get(&flow).filter(|kept| Arc::ptr_eq(&kept.body, body))
    }

    /// Where a flow leads, if it is as it was.
    pub(super) fn leads(&self, p: &Project, flow: usize) -> Option<Leads> {
        self.same(p, u32::try_from(flow).ok()?).map(|kept| Arc::clone(&kept.leads))
    }

    /// The flows to look at again: those that have changed, with all that they lead to and that lead to them, now or before.
    pub(super) fn changed(&self, p: &Project, graph: &Graph) -> Vec<FlowId> {
        let groups = graph.groups();
        let is_new = |flow: u32| self.same(p, flow).is_none();
        // Whoever is led to by fewer than before is looked at as well.
        let before: HashSet<u32> =
            self.flows.iter().filter(|(flow, _)| is_new(**flow)).map(|(_, kept)| kept.group).collect();
        let touched = |flow: u32| self.same(p, flow).is_none_or(|kept| before.contains(&kept.group));
        let now: HashSet<u32> =
            (0..).zip(&groups).filter(|(flow, _)| touched(*flow)).map(|(_, group)| *group).collect();
        let flows = (0..).zip(&groups).filter(|(_, group)| now.contains(group));
        flows.map(|(flow, _)| FlowId(flow)).collect()
    }

    /// Takes over what was found of the flows that were looked at, and says what there is to say of all.
    pub(super) fn keep(&mut self, p: &Project, graph: &Graph, new: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let groups = graph.groups();
        for (id, ..) in graph.flows(p) {
            self.flows.remove(&id.0);
        }
        let mut out: Vec<Diagnostic> = self.flows.values().flat_map(|kept| kept.told.iter().cloned()).collect();
        let mut places: Vec<(Span, u32)> = graph
            .flows(p)
            .map(|(id, flow, source)| (Span { end: source.decl.body.span.end, ..flow.span }, id.0))
            .collect();
        places.sort_unstable();
        let mut told: HashMap<u32, Vec<Diagnostic>> = HashMap::new();
        // Of what speaks of a place that may move without these flows nothing is kept.
        let mut moving: HashSet<u32> = HashSet::new();
        let mut unknown = false;
        for diagnostic in &new {
            let flow_of = |span: Span| {
                let after = places.partition_point(|(place, _)| (place.file, place.start) <= (span.file, span.start));
                let (place, flow) = after.checked_sub(1).and_then(|at| places.get(at))?;
                (place.file == span.file && span.start < place.end).then_some(*flow)
            };
            let Some(flow) = flow_of(diagnostic.primary.span) else {
                unknown = true;
                continue;
            };
            let group = groups.get(flow as usize).copied().unwrap_or_default();
            let is_library = |file: FileId| !p.own_files.contains(&file);
            let stays = |span: Span| {
                span.file == diagnostic.primary.span.file
                    || is_library(span.file)
                    || flow_of(span).is_some_and(|flow| groups.get(flow as usize) == Some(&group))
            };
            let edits = diagnostic.fixes.iter().flat_map(|fix| fix.edits.iter().map(|(span, _)| *span));
            if !diagnostic.labels.iter().map(|label| label.span).chain(edits).all(stays) {
                moving.insert(group);
            }
            told.entry(flow).or_default().push(diagnostic.clone());
        }
        for (id, flow, _) in graph.flows(p).filter(|_| !unknown) {
            let group = groups.get(id.0 as usize).copied().unwrap_or_default();
            let (Some(leads), false) = (graph.to.get(id.0 as usize), moving.contains(&group)) else { continue };
            let told = told.remove(&id.0).unwrap_or_default();
            let kept = Kept { body: Arc::clone(&flow.body), leads: Arc::clone(leads), group, told };
            self.flows.insert(id.0, kept);
        }
        out.extend(new);
        out
    }
}
