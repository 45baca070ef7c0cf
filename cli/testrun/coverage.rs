//! What no test reached.

use super::plan::Plan;
use flow_lang::diag::Span;
use flow_lang::lower::MarkKind;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What tests reached of a project, flow by flow.
#[derive(Debug, Clone, Default)]
pub struct Coverage {
    /// In the order they stand.
    pub flows: Vec<FlowCoverage>,
}

/// What tests reached of one flow.
#[derive(Debug, Clone)]
pub struct FlowCoverage {
    /// Its qualified name.
    pub flow: Arc<str>,
    /// Reached, and how many there are.
    pub statements: (usize, usize),
    /// Likewise: branches of `if`, arms, blocks of guards.
    pub arms: (usize, usize),
    /// Likewise: what is done about failures.
    pub failures: (usize, usize),
    /// What was not reached: a place that is inside another one is left out.
    pub missed: Vec<(MarkKind, Span)>,
}

impl Coverage {
    /// What the tests that have run reached.
    pub fn of(plan: &Plan) -> Coverage {
        // What is taken apart has several marks in one place: it is reached when one of them is.
        let mut order: Vec<Arc<str>> = Vec::new();
        let mut places: BTreeMap<(usize, Span, MarkKind), bool> = BTreeMap::new();
        for (number, mark) in plan.places.iter().enumerate() {
            if plan.sources.is_library(mark.span.file) {
                continue;
            }
            let flow = order.iter().position(|flow| *flow == mark.flow).unwrap_or_else(|| {
                order.push(mark.flow.clone());
                order.len() - 1
            });
            *places.entry((flow, mark.span, mark.kind)).or_default() |= plan.marks.reached(number);
        }
        let mut flows: Vec<FlowCoverage> = order
            .into_iter()
            .map(|flow| FlowCoverage { flow, statements: (0, 0), arms: (0, 0), failures: (0, 0), missed: Vec::new() })
            .collect();
        for ((flow, span, kind), reached) in places {
            let Some(flow) = flows.get_mut(flow) else { continue };
            let count = match kind {
                MarkKind::Statement => &mut flow.statements,
                MarkKind::Arm => &mut flow.arms,
                MarkKind::Failure => &mut flow.failures,
            };
            count.0 += usize::from(reached);
            count.1 += 1;
            let inside = |(_, other): &(MarkKind, Span)| other.start <= span.start && span.end <= other.end;
            if !reached && !flow.missed.iter().any(inside) {
                flow.missed.push((kind, span));
            }
        }
        Coverage { flows }
    }

    /// Reached of all statements, and how many there are.
    pub fn statements(&self) -> (usize, usize) {
        self.flows.iter().fold((0, 0), |sum, flow| (sum.0 + flow.statements.0, sum.1 + flow.statements.1))
    }
}
