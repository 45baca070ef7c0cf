//! Runs that let each other in without any of them waiting. A circle of them would go on for ever, so they are counted; in
//! memory only, for none of them is ever suspended for long.

use super::desk::Desk;
use crate::machine::Limits;
use crate::store::{NameClass, NameId, StoreResult};
use flow_bytecode::Failure;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// How many runs are remembered to be in a chain; of more it is forgotten.
pub(super) const REMEMBERED_MAX: usize = 65_536;
/// Flows told of a circle.
const TOLD_MAX: usize = 8;

/// A run as the link of a chain: it was let in by the one before, which had not waited since it was let in itself.
#[derive(Clone)]
pub(super) struct Chain(Arc<Link>);

struct Link {
    flow: NameId,
    /// Links before this one.
    depth: u32,
    /// Runs that the first one has led to.
    births: Arc<AtomicU32>,
    before: Option<Chain>,
}

impl Chain {
    /// A run that nobody let in, or that has waited.
    pub fn first(flow: NameId) -> Self {
        Chain(Arc::new(Link { flow, depth: 0, births: Arc::default(), before: None }))
    }

    /// The same run as another flow.
    pub fn becomes(&self, flow: NameId) -> Self {
        let births = self.0.births.clone();
        Chain(Arc::new(Link { flow, depth: self.0.depth + 1, births, before: Some(self.clone()) }))
    }

    /// A run that this one lets in.
    pub fn births(&self, flow: NameId) -> Self {
        self.0.births.fetch_add(1, Ordering::Relaxed);
        self.becomes(flow)
    }

    pub fn is_first(&self) -> bool {
        self.0.depth == 0
    }

    /// What there is too much of.
    fn excess(&self, limits: &Limits) -> Option<String> {
        if self.0.depth > limits.chain_depth_max {
            return Some(format!("more than {} runs or launches have led to each other", limits.chain_depth_max));
        }
        let births = self.0.births.load(Ordering::Relaxed);
        (births > limits.chain_births_max && !self.is_first())
            .then(|| format!("one run has led to more than {} others", limits.chain_births_max))
    }

    /// The flows between this link and the last of the same flow, in their order; or the last few.
    fn circle(&self) -> Vec<NameId> {
        let mut flows = vec![self.0.flow];
        let mut link = &self.0.before;
        while let Some(before) = link.as_ref().filter(|_| flows.len() < TOLD_MAX) {
            flows.push(before.0.flow);
            if before.0.flow == self.0.flow {
                break;
            }
            link = &before.0.before;
        }
        flows.reverse();
        flows
    }
}

/// Why the acting run may not begin: the chain it is in is too long.
pub(super) fn too_long(desk: &mut Desk, limits: &Limits) -> StoreResult<Option<Failure>> {
    let Some(chain) = desk.chain.clone() else { return Ok(None) };
    let Some(what) = chain.excess(limits) else { return Ok(None) };
    let mut path = Vec::new();
    for flow in chain.circle() {
        path.push(desk.txn.name(NameClass::Flow, flow)?.to_string());
    }
    let message = format!("{what}, and none of them waited: {}", path.join(" → "));
    desk.endless.get_or_insert_with(|| message.clone());
    Ok(Some(Failure::new("limit", message)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: (u32, u32) = (3, 5);

    fn limits() -> Limits {
        Limits { chain_depth_max: LIMITS.0, chain_births_max: LIMITS.1, ..Limits::default() }
    }

    #[test]
    fn a_row_is_as_long_as_it_may_be_and_no_longer() {
        let mut chain = Chain::first(1);
        for length in 1..=LIMITS.0 {
            // A launch counts like a birth.
            chain = if length % 2 == 0 { chain.becomes(1) } else { chain.births(1) };
            assert_eq!(chain.excess(&limits()), None, "{length}");
        }
        let why = chain.becomes(1).excess(&limits());
        assert_eq!(why.as_deref(), Some("more than 3 runs or launches have led to each other"));
    }

    #[test]
    fn births_are_counted_over_all_branches_and_end_those_that_were_let_in() {
        let first = Chain::first(1);
        let (left, right) = (first.births(2), first.births(3));
        let more = [left.births(2), right.births(3), left.births(2)];
        assert!(more.iter().all(|run| run.excess(&limits()).is_none()));
        let over = right.births(2);
        for run in [&over, &left, &more[0]] {
            assert_eq!(run.excess(&limits()).as_deref(), Some("one run has led to more than 5 others"));
        }
        // It was there before them, and may go on.
        assert_eq!(first.excess(&limits()), None);
        assert_eq!(Chain::first(1).births(2).excess(&limits()), None);
    }

    #[test]
    fn a_circle_is_told_from_one_flow_to_the_same_again() {
        let chain = Chain::first(9).births(1).births(2).becomes(3).births(1);
        assert_eq!(chain.circle(), [1, 2, 3, 1]);
        let mut long = Chain::first(0);
        for flow in 1..100 {
            long = long.births(flow);
        }
        assert_eq!(long.circle().len(), TOLD_MAX);
    }
}
