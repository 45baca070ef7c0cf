//! Which flow begins when what happens: made from the headers of the newest programs, kept until the next deploy.

use super::memory::{Memory, Missing, Newest};
use crate::action::Registry;
use crate::store::{NameId, StoreResult, Txn};
use flow_bytecode::entry::{Entry, Exit, Overlap, Trigger, TriggerKind};
use std::cmp::Reverse;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// One `on` of a flow.
#[derive(Clone)]
pub(super) struct Of {
    pub newest: Newest,
    /// The flow.
    pub flow: NameId,
    /// Which of its triggers.
    pub trigger: u16,
}

impl Of {
    pub fn entry(&self) -> Option<&Entry> {
        self.newest.entry()
    }

    pub fn trigger(&self) -> Option<&Trigger> {
        self.entry()?.triggers.get(usize::from(self.trigger))
    }
}

impl Newest {
    /// The flow's header.
    pub fn entry(&self) -> Option<&Entry> {
        self.linked.program().entry(self.flow)
    }

    /// The id of the flow's name.
    pub fn name_id(&self) -> NameId {
        self.linked.flows.get(usize::from(self.flow)).copied().unwrap_or_default()
    }
}

/// Every trigger, by what it waits for.
#[derive(Default)]
pub(super) struct Triggers {
    /// By event, the highest priority first.
    pub events: HashMap<NameId, Vec<Of>>,
    /// By the kind of the record.
    pub audiences: HashMap<NameId, Vec<Of>>,
    pub schedules: Vec<Of>,
    pub webhooks: HashMap<Arc<str>, Vec<Of>>,
    pub silences: Vec<Of>,
    /// Flows whose births wait for each other.
    pub queues: HashSet<NameId>,
    /// Flows that end by a condition or have a goal: their runs are told of changes.
    pub watchful: bool,
}

impl Triggers {
    pub fn read(memory: &mut Memory, registry: &Registry, txn: &mut dyn Txn) -> StoreResult<Self> {
        let mut triggers = Triggers::default();
        for row in txn.deployments()? {
            let newest = match memory.newest(&row.name, registry, txn) {
                Ok(newest) => newest,
                // A program that cannot run here lets nobody in.
                Err(Missing::Flow | Missing::Stranded(_)) => continue,
                Err(Missing::Store(error)) => return Err(error),
            };
            let Some(entry) = newest.entry() else { continue };
            if entry.overlap == Overlap::Queue {
                triggers.queues.insert(row.flow);
            }
            triggers.watchful |=
                entry.goal.is_some() || entry.exits.iter().any(|exit| matches!(exit, Exit::When { .. }));
            for (at, trigger) in (0..).zip(&entry.triggers) {
                let of = Of { newest: newest.clone(), flow: row.flow, trigger: at };
                match &trigger.on {
                    TriggerKind::Event { event } => {
                        if let Some(event) = newest.linked.events.get(usize::from(*event)) {
                            triggers.events.entry(event.name).or_default().push(of);
                        }
                    }
                    TriggerKind::Audience { entity, .. } => {
                        if let Some(kind) = newest.linked.kinds.get(usize::from(*entity)) {
                            triggers.audiences.entry(*kind).or_default().push(of);
                        }
                    }
                    TriggerKind::Schedule { .. } => triggers.schedules.push(of),
                    TriggerKind::Webhook { name } => triggers.webhooks.entry(name.clone()).or_default().push(of),
                    TriggerKind::Silent { .. } => triggers.silences.push(of),
                }
            }
        }
        // Stable: flows of one priority stay in the order of their names.
        for list in triggers.events.values_mut() {
            list.sort_by_key(|of| Reverse(of.entry().map_or(0, |entry| entry.priority)));
        }
        Ok(triggers)
    }
}
