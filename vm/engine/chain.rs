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
    let births = chain.0.births.load(Ordering::Relaxed);
    let what = if chain.0.depth > limits.chain_depth_max {
        format!("more than {} runs or launches have led to each other", limits.chain_depth_max)
    } else if births > limits.chain_births_max && !chain.is_first() {
        format!("one run has led to more than {} others", limits.chain_births_max)
    } else {
        return Ok(None);
    };
    let mut path = Vec::new();
    for flow in chain.circle() {
        path.push(desk.txn.name(NameClass::Flow, flow)?.to_string());
    }
    let message = format!("{what}, and none of them waited: {}", path.join(" → "));
    desk.endless.get_or_insert_with(|| message.clone());
    Ok(Some(Failure::new("limit", message)))
}
