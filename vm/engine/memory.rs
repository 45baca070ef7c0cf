//! What the writer knows without asking the store. All of it can be thrown away and read again.

use super::chain::{Chain, REMEMBERED_MAX};
use super::link::{LinkError, Linked, link};
use super::records::{Ids, Records};
use super::triggers::Triggers;
use crate::action::Registry;
use crate::machine::{Busy, Loaded, Run};
use crate::store::{NameClass, NameId, StoreError, StoreResult, Txn};
use flow_bytecode::codec;
use flow_bytecode::schema::{EventDef, Schema, SchemaType};
use std::collections::{HashMap, HashSet};
use std::hash::BuildHasherDefault;
use std::sync::Arc;

#[derive(Default)]
pub(super) struct Memory {
    pub records: Records,
    programs: HashMap<i64, Arc<Linked>, BuildHasherDefault<Ids>>,
    /// Why a program cannot run here.
    stranded: HashMap<i64, String>,
    flows: HashMap<Arc<str>, Option<Newest>>,
    events: HashMap<Arc<str>, Arc<KnownEvent>>,
    kinds: HashMap<Arc<str>, NameId>,
    schema: Option<Arc<Schema>>,
    last_event: Option<i64>,
    triggers: Option<Arc<Triggers>>,
    paused: Option<Arc<HashSet<NameId>>>,
    /// Runs that were let in by another and have not waited since.
    chains: HashMap<i64, Chain, BuildHasherDefault<Ids>>,
    /// Runs that have not waited since their last step, and how busy they have been.
    busy: HashMap<i64, Busy, BuildHasherDefault<Ids>>,
    /// Rows of the store that were written when something was last erased.
    pub erased_at: Option<u64>,
    /// The run of the turn before, whose memory the next one is read into.
    pub spare: Run,
}

/// The newest version of a flow.
#[derive(Clone)]
pub(super) struct Newest {
    pub linked: Arc<Linked>,
    /// Which of its flows.
    pub flow: u16,
}

/// An event that is declared.
pub(super) struct KnownEvent {
    pub id: NameId,
    pub def: EventDef,
    /// The first parameter that is an entity, and its kind.
    pub subject: Option<(usize, NameId)>,
    /// Flows ask about it later.
    pub remembered: bool,
}

/// Why a flow cannot be entered.
pub(super) enum Missing {
    /// No program has it.
    Flow,
    /// Its program cannot run here.
    Stranded(String),
    Store(StoreError),
}

impl From<StoreError> for Missing {
    fn from(error: StoreError) -> Self {
        Missing::Store(error)
    }
}

impl Memory {
    /// Forgets what a deploy may have changed.
    pub fn deployed(&mut self) {
        let (chains, busy) = (std::mem::take(&mut self.chains), std::mem::take(&mut self.busy));
        *self = Memory { last_event: self.last_event, chains, busy, ..Memory::default() };
    }

    /// Forgets everything.
    pub fn forget(&mut self) {
        *self = Memory::default();
    }

    /// A program, read and verified once.
    pub fn program(&mut self, id: i64, registry: &Registry, txn: &mut dyn Txn) -> Result<Arc<Linked>, LinkError> {
        if let Some(linked) = self.programs.get(&id) {
            return Ok(linked.clone());
        }
        if let Some(why) = self.stranded.get(&id) {
            return Err(LinkError::Stranded(why.clone()));
        }
        match read_program(id, registry, txn) {
            Ok(linked) => {
                let linked = Arc::new(linked);
                self.programs.insert(id, linked.clone());
                Ok(linked)
            }
            Err(LinkError::Stranded(why)) => {
                self.stranded.insert(id, why.clone());
                Err(LinkError::Stranded(why))
            }
            Err(error) => Err(error),
        }
    }

    /// The newest version of a flow.
    pub fn newest(&mut self, name: &str, registry: &Registry, txn: &mut dyn Txn) -> Result<Newest, Missing> {
        if let Some(known) = self.flows.get(name) {
            return known.clone().ok_or(Missing::Flow);
        }
        let found = match txn.find_name(NameClass::Flow, name)? {
            Some(id) => txn.deployment(id)?,
            None => None,
        };
        let newest = match found {
            None => None,
            Some(row) => {
                let linked = self.program(row.program, registry, txn).map_err(|error| match error {
                    LinkError::Stranded(why) => Missing::Stranded(why),
                    LinkError::Store(error) => Missing::Store(error),
                })?;
                let flow = linked.program().flows.iter().position(|flow| *flow.name == *name);
                flow.and_then(|flow| u16::try_from(flow).ok()).map(|flow| Newest { linked, flow })
            }
        };
        self.flows.insert(name.into(), newest.clone());
        newest.ok_or(Missing::Flow)
    }

    /// The workspace as last deployed.
    pub fn schema(&mut self, txn: &mut dyn Txn) -> StoreResult<Arc<Schema>> {
        if let Some(schema) = &self.schema {
            return Ok(schema.clone());
        }
        let schema = Arc::new(txn.schema()?);
        self.schema = Some(schema.clone());
        Ok(schema)
    }

    /// An event, if it is declared.
    pub fn event(&mut self, name: &str, txn: &mut dyn Txn) -> StoreResult<Option<Arc<KnownEvent>>> {
        if let Some(event) = self.events.get(name) {
            return Ok(Some(event.clone()));
        }
        let schema = self.schema(txn)?;
        let Some(def) = schema.events.iter().find(|event| *event.name == *name) else { return Ok(None) };
        let mut subject = None;
        for (at, (_, ty)) in def.params.iter().enumerate() {
            if let SchemaType::Entity(entity) = ty {
                subject = self.kind(entity, txn)?.map(|kind| (at, kind));
                break;
            }
        }
        let id = txn.intern(NameClass::Event, name)?;
        let remembered = schema.remembered.contains(&def.name);
        let event = Arc::new(KnownEvent { id, def: def.clone(), subject, remembered });
        self.events.insert(def.name.clone(), event.clone());
        Ok(Some(event))
    }

    /// Which flow begins when what happens.
    pub fn triggers(&mut self, registry: &Registry, txn: &mut dyn Txn) -> StoreResult<Arc<Triggers>> {
        if let Some(triggers) = &self.triggers {
            return Ok(triggers.clone());
        }
        let triggers = Arc::new(Triggers::read(self, registry, txn)?);
        self.triggers = Some(triggers.clone());
        Ok(triggers)
    }

    /// Flows that are paused.
    pub fn paused(&mut self, txn: &mut dyn Txn) -> StoreResult<Arc<HashSet<NameId>>> {
        if let Some(paused) = &self.paused {
            return Ok(paused.clone());
        }
        let paused: Arc<HashSet<NameId>> = Arc::new(txn.paused()?.into_iter().map(|(flow, _)| flow).collect());
        self.paused = Some(paused.clone());
        Ok(paused)
    }

    /// Forgets which flows are paused.
    pub fn paused_or_not(&mut self) {
        self.paused = None;
    }

    /// The id of an entity's name, if there is such an entity.
    pub fn kind(&mut self, entity: &str, txn: &mut dyn Txn) -> StoreResult<Option<NameId>> {
        if let Some(kind) = self.kinds.get(entity) {
            return Ok(Some(*kind));
        }
        let entities = txn.entities();
        let Some(found) = entities.iter().find(|other| *other.def.name == *entity) else { return Ok(None) };
        self.kinds.insert(found.def.name.clone(), found.kind);
        Ok(Some(found.kind))
    }

    /// The number of the newest event ever.
    pub fn last_event(&mut self, txn: &mut dyn Txn) -> StoreResult<i64> {
        match self.last_event {
            Some(number) => Ok(number),
            None => {
                let number = txn.last_event()?;
                self.last_event = Some(number);
                Ok(number)
            }
        }
    }

    /// Notes that an event was added.
    pub fn event_added(&mut self, number: i64) {
        self.last_event = Some(number);
    }

    /// The chain that a run is in.
    pub fn chain(&self, run: i64) -> Option<Chain> {
        self.chains.get(&run).cloned()
    }

    /// A run is in a chain, and has not waited.
    pub fn chained(&mut self, run: i64, chain: Chain) {
        if !chain.is_first() && self.chains.len() < REMEMBERED_MAX {
            self.chains.insert(run, chain);
        }
    }

    /// A run has waited, or is over: what it lets in begins a chain of its own.
    pub fn unchained(&mut self, run: i64) {
        self.chains.remove(&run);
    }

    /// How busy a run has been since it last waited.
    pub fn busy(&self, run: i64) -> Busy {
        self.busy.get(&run).copied().unwrap_or_default()
    }

    /// A run has been that busy; not at all when it has waited, or is over.
    pub fn been_busy(&mut self, run: i64, busy: Busy) {
        if busy == Busy::default() {
            self.busy.remove(&run);
        } else if self.busy.len() < REMEMBERED_MAX {
            self.busy.insert(run, busy);
        }
    }

    /// After a rollback: what this transaction wrote, names and programs included, is not there.
    pub fn undone(&mut self) {
        // Whoever goes in a circle must not be able to begin anew by being undone.
        let (chains, busy) = (std::mem::take(&mut self.chains), std::mem::take(&mut self.busy));
        let erased_at = self.erased_at;
        self.forget();
        (self.chains, self.busy, self.erased_at) = (chains, busy, erased_at);
    }
}

fn read_program(id: i64, registry: &Registry, txn: &mut dyn Txn) -> Result<Linked, LinkError> {
    let row = txn.program(id)?.ok_or_else(|| LinkError::Stranded("its program is not in the database".to_owned()))?;
    let (program, _) = codec::decode(&row.code).map_err(|error| LinkError::Stranded(error.to_string()))?;
    let loaded = Loaded::new(Arc::new(program)).map_err(|errors| {
        let first = errors.first().map(ToString::to_string).unwrap_or_default();
        LinkError::Stranded(format!("its program does not pass the verifier: {first}"))
    })?;
    link(id, loaded, registry, txn)
}
