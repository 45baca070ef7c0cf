//! One batch's transaction with everything known in it: where steps read, write and raise events.

use super::births::Happened;
use super::chain::Chain;
use super::dispatch::Planned;
use super::elsewhere;
use super::erase;
use super::follow::{Follow, FollowWake};
use super::journal::Did;
use super::memory::Memory;
use super::prompts::{CREATED, RECEIVED, REPLIED};
use super::records::Key;
use super::triggers::Triggers;
use super::turn::{AnswerAt, Trouble};
use crate::action::{ActionError, Message, Past, Registry, Workspace};
use crate::machine::next_stretch;
use crate::machine::{Limits, WorldError};
use crate::store::{
    Entity, EventRow, MessageRow, NameClass, NameId, NoteRow, StoreError, StoreResult, Subject, Txn, Written,
};
use flow_bytecode::schema::{CategoryDef, LinkDef, snake_case};
use flow_bytecode::{Failure, Value};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The transaction and what belongs to it.
pub(super) struct Desk<'t> {
    pub txn: Box<dyn Txn + 't>,
    pub memory: &'t mut Memory,
    pub registry: &'t Registry,
    /// The logical time of the whole batch.
    pub now: i64,
    /// The installation's epoch.
    pub epoch: i64,
    /// The installation: what a key is hashed with.
    pub install: [u8; 16],
    /// Records that were created or written and no condition has been asked about yet.
    pub altered: Vec<(Subject, Option<Chain>)>,
    /// What has happened and no trigger has been asked about yet.
    pub happened: Vec<Happened>,
    /// Nobody is let in with what happens now.
    pub hushed: bool,
    /// How often each flow has begun with what a person does, since that was last asked.
    pub begun: BTreeMap<NameId, u64>,
    /// What a condition may use up.
    pub limits: Limits,
    /// Wakes that what was written asks for.
    pub follows: Vec<Follow>,
    /// Whether every write is stored at once.
    pub careful: bool,
    /// Who acts: run and effect, or (0, 0) for a person.
    pub actor: (i64, u32),
    /// How the acting run came to be, where it has not waited since. `None` for a person and for time.
    pub chain: Option<Chain>,
    /// A chain of runs that never wait was ended: which.
    pub endless: Option<String>,
    /// The flow that the acting run is, 0 for a person.
    pub flow: NameId,
    /// Conversations that this turn has talked in.
    pub talked: Vec<i64>,
    /// Records changed in this turn.
    pub changed: Vec<(Key, Arc<Entity>)>,
    /// Whether this turn wrote any record.
    pub wrote: bool,
    /// Events raised in this turn: number, name, arguments.
    pub raised: Vec<(i64, NameId, Arc<Vec<Value>>)>,
    /// What the present turn did, for its journal row.
    pub did: Vec<(u32, Did)>,
    /// Intents to be carried out once the commit has returned.
    pub planned: Vec<Planned>,
    /// Intents to be carried out later: moment, run, path.
    pub delayed: Vec<(i64, i64, u16)>,
    /// Runs whose inbox is to be opened.
    pub inboxes: Vec<i64>,
    /// Runs that want their next step at once.
    pub ready: Vec<i64>,
    /// Changes are to be told to more than were told at once.
    pub fans_out: bool,
    /// What is to be done next of what is to be erased.
    pub erasing: erase::Next,
    /// The earliest moment that a run of this batch is due.
    pub earliest: Option<i64>,
    /// Steps of the machine.
    pub steps: u64,
    /// A buffer to write rows in.
    pub buffer: Vec<u8>,
    /// An error of the store that a caller could not be told: the batch must end.
    pub broken: Option<StoreError>,
}

/// What a store's error is to a step.
pub(super) fn fault(error: StoreError) -> ActionError {
    match error {
        StoreError::Taken { ref entity, ref field, .. } => {
            Failure::new("invalid", format!("another {entity} already has this {field}")).into()
        }
        StoreError::Invalid { ref what, ref detail, .. } => Failure::new("invalid", format!("{what}: {detail}")).into(),
        error => ActionError::Fault(error.to_string()),
    }
}

impl From<ActionError> for WorldError {
    fn from(error: ActionError) -> Self {
        match error {
            ActionError::Failure(failure) => WorldError::Failure(failure),
            ActionError::Fault(message) => WorldError::Fault(message),
        }
    }
}

pub(super) fn gone(entity: &str, id: i64) -> ActionError {
    Failure::new("gone", format!("there is no {entity} {id} any more")).into()
}

impl<'t> Desk<'t> {
    pub fn new(
        txn: Box<dyn Txn + 't>,
        memory: &'t mut Memory,
        registry: &'t Registry,
        now: i64,
        epoch: i64,
        careful: bool,
    ) -> Self {
        Desk {
            txn,
            memory,
            registry,
            now,
            epoch,
            install: [0; 16],
            altered: Vec::new(),
            happened: Vec::new(),
            hushed: false,
            begun: BTreeMap::new(),
            limits: Limits::default(),
            follows: Vec::new(),
            careful,
            actor: (0, 0),
            chain: None,
            endless: None,
            flow: 0,
            talked: Vec::new(),
            changed: Vec::new(),
            wrote: false,
            raised: Vec::new(),
            did: Vec::new(),
            planned: Vec::new(),
            delayed: Vec::new(),
            inboxes: Vec::new(),
            ready: Vec::new(),
            fans_out: false,
            erasing: erase::Next::Nothing,
            earliest: None,
            steps: 0,
            buffer: Vec::new(),
            broken: None,
        }
    }

    /// A run of this batch is due at a moment.
    pub fn due_at(&mut self, due: Option<i64>) {
        if let Some(due) = due {
            self.earliest = Some(self.earliest.map_or(due, |earliest| earliest.min(due)));
        }
    }

    /// Before a turn.
    pub fn begin_turn(&mut self) {
        self.did.clear();
        self.talked.clear();
        self.raised.clear();
        self.changed.clear();
        self.wrote = false;
    }

    /// The store's error, remembered when it ends the batch, as what a step sees.
    pub fn trouble(&mut self, error: StoreError) -> ActionError {
        let seen = match &error {
            StoreError::Taken { .. } | StoreError::Invalid { .. } => return fault(error),
            StoreError::CorruptRow { .. } => return ActionError::Fault(error.to_string()),
            other => ActionError::Fault(other.to_string()),
        };
        self.broken = Some(error);
        seen
    }

    pub fn entity(&mut self, name: &str) -> Result<Arc<Entity>, ActionError> {
        let entities = self.txn.entities();
        let found = entities.iter().find(|entity| *entity.def.name == *name);
        found.cloned().ok_or_else(|| ActionError::Fault(format!("the workspace has no `{name}`")))
    }

    /// A field of a record.
    pub fn read(&mut self, entity: &Entity, id: i64, position: usize) -> Result<&Value, ActionError> {
        let key = (entity.kind, id);
        // Asked twice because a borrow that is returned on one path blocks the others.
        match self.memory.records.get(&mut *self.txn, key) {
            Ok(Some(_)) => {}
            Ok(None) => return Err(gone(&entity.def.name, id)),
            Err(error) => return Err(self.trouble(error)),
        }
        match self.memory.records.get(&mut *self.txn, key) {
            Ok(Some(record)) => record
                .values
                .get(position)
                .ok_or_else(|| ActionError::Fault(format!("{} {id} lacks a field", entity.def.name))),
            _ => Err(gone(&entity.def.name, id)),
        }
    }

    /// Writes a field. One that the store may refuse is stored at once, so that its no is known here: a unique one, one
    /// whose type no compiler has checked, and every one in a batch that is taken again because a late no broke it.
    pub fn write(
        &mut self,
        entity: &Arc<Entity>,
        id: i64,
        position: usize,
        value: Value,
        checked: bool,
    ) -> Result<(), ActionError> {
        if *self.read(entity, id, position)? == value {
            return Ok(());
        }
        let key = (entity.kind, id);
        let at_once = !checked || self.careful || entity.def.fields.get(position).is_some_and(|field| field.unique);
        let Some(before) = self.memory.records.set(key, position, value) else {
            return Err(ActionError::Fault(format!("{} {id} lacks a field", entity.def.name)));
        };
        if at_once && let Err(error) = self.memory.records.flush_one(&mut *self.txn, key) {
            self.memory.records.undo(key, position, before);
            return Err(self.trouble(error));
        }
        super::former::keep(self, entity, id, position, &before).map_err(|error| self.trouble(error))?;
        self.note_change(key, entity);
        Ok(())
    }

    fn note_change(&mut self, key: Key, entity: &Arc<Entity>) {
        self.wrote = true;
        if !self.changed.iter().any(|(other, _)| *other == key) {
            self.changed.push((key, entity.clone()));
        }
    }

    /// Adds an event and notes whom it wakes. Arguments describe themselves.
    pub fn raise_event(
        &mut self,
        name: &str,
        args: Vec<Value>,
        delivery: Option<crate::store::Delivery>,
    ) -> StoreResult<Option<Written>> {
        let Some(event) = self.memory.event(name, &mut *self.txn)? else {
            self.heard(name, &args)?;
            return Ok(None);
        };
        let subject =
            event.subject.and_then(|(at, kind)| args.get(at).and_then(Value::as_int).map(|id| Subject { kind, id }));
        let encoded = serde_json::to_vec(&args).unwrap_or_default();
        let mut row = EventRow { number: 0, kind: event.id, subject, at: self.now, args: encoded, delivery };
        let written = self.txn.add_event(&mut row)?;
        let Written::New(number) = written else { return Ok(Some(written)) };
        self.memory.event_added(number);
        let args = Arc::new(args);
        self.raised.push((number, event.id, args.clone()));
        if let (true, Some(subject)) = (event.remembered, subject) {
            super::past::note(self, event.id, subject)?;
        }
        if self.triggers()?.events.contains_key(&event.id) {
            self.happened.push(Happened {
                number,
                event: event.id,
                args: args.clone(),
                taken: false,
                chain: self.chain.clone(),
            });
        }
        for run in self.txn.waiting_for_event(event.id, subject)? {
            let wake = FollowWake::Event { number, name: event.def.name.clone(), args: args.clone() };
            self.follows.push(Follow { run, wake });
        }
        self.heard(name, &args)?;
        Ok(Some(written))
    }

    /// Whatever is said in a conversation ends its silence, and so does its beginning. Where a teammate has replied, the
    /// runs that ask in that conversation are over: it is the teammate's now.
    fn heard(&mut self, event: &str, args: &[Value]) -> StoreResult<()> {
        let conversation = args.first().and_then(Value::as_int);
        let Some(conversation) = conversation.filter(|_| matches!(event, CREATED | RECEIVED | REPLIED)) else {
            return Ok(());
        };
        super::schedule::spoke(self, conversation)?;
        if event != REPLIED {
            return Ok(());
        }
        for prompt in self.txn.prompts(conversation)? {
            let wake = FollowWake::TakenOver { path: prompt.path, revision: prompt.revision };
            self.follows.push(Follow { run: prompt.run, wake });
        }
        Ok(())
    }

    /// Which flow begins when what happens.
    pub fn triggers(&mut self) -> StoreResult<Arc<Triggers>> {
        self.memory.triggers(self.registry, &mut *self.txn)
    }

    /// Whether a flow's births and wakes are held.
    pub fn is_paused(&mut self, flow: NameId) -> StoreResult<bool> {
        Ok(self.memory.paused(&mut *self.txn)?.contains(&flow))
    }

    /// The acting run talks in a conversation.
    pub fn talks(&mut self, conversation: i64) {
        if !self.talked.contains(&conversation) {
            self.talked.push(conversation);
        }
    }

    /// After a turn: raises `….changed` for every record it wrote, and wakes those with conditions on it.
    pub fn announce_changes(&mut self) -> StoreResult<()> {
        for ((kind, id), entity) in std::mem::take(&mut self.changed) {
            let event = format!("{}.changed", snake_case(&entity.def.name));
            self.raise_event(&event, vec![Value::Int(id)], None)?;
            self.look_again(Subject { kind, id })?;
        }
        Ok(())
    }

    /// Wakes those with conditions on a record.
    pub fn look_again(&mut self, subject: Subject) -> StoreResult<()> {
        self.wrote = true;
        if !self.altered.iter().any(|(other, _)| *other == subject) {
            self.altered.push((subject, self.chain.clone()));
        }
        super::fanout::wake(self, subject)
    }
}

impl Workspace for Desk<'_> {
    fn log(&mut self, line: &str) {
        self.did.push((self.actor.1, Did::Logged(line.into())));
    }

    fn now(&self) -> i64 {
        self.now
    }

    fn actor(&self) -> (i64, u32) {
        self.actor
    }

    fn flow(&mut self) -> Result<Option<Arc<str>>, ActionError> {
        if self.actor.0 == 0 {
            return Ok(None);
        }
        let name = self.txn.name(NameClass::Flow, self.flow).map_err(|error| self.trouble(error))?;
        Ok(Some(name))
    }

    fn get(&mut self, entity: &str, id: i64, field: &str) -> Result<Value, ActionError> {
        let entity = self.entity(entity)?;
        let position = position(&entity, field)?;
        self.read(&entity, id, position).cloned()
    }

    fn set(&mut self, entity: &str, id: i64, field: &str, value: Value) -> Result<(), ActionError> {
        let entity = self.entity(entity)?;
        let position = position(&entity, field)?;
        self.write(&entity, id, position, value, false)
    }

    fn create(&mut self, entity: &str, fields: Vec<(&str, Value)>) -> Result<i64, ActionError> {
        let entity = self.entity(entity)?;
        let id = elsewhere::record(self, &entity, fields)?;
        self.altered.push((Subject { kind: entity.kind, id }, self.chain.clone()));
        let event = format!("{}.created", snake_case(&entity.def.name));
        self.raise_event(&event, vec![Value::Int(id)], None).map_err(|error| self.trouble(error))?;
        if self.actor.0 == 0 && &*entity.def.name == "Conversation" {
            // Not opened by a run, so by whoever wants to talk.
            let started = self.raise_event("conversation.started", vec![Value::Int(id)], None);
            started.map_err(|error| self.trouble(error))?;
        }
        Ok(id)
    }

    fn delete(&mut self, entity: &str, id: i64) -> Result<bool, ActionError> {
        erase::delete(self, entity, id)
    }

    fn erase(&mut self, contact: i64) -> Result<(), ActionError> {
        erase::begin(self, contact)
    }

    fn find(&mut self, entity: &str, field: &str, value: &Value, limit: usize) -> Result<Vec<i64>, ActionError> {
        let entity = self.entity(entity)?;
        let flushed = self.memory.records.flush(&mut *self.txn);
        flushed.map_err(|error| self.trouble(error))?;
        self.txn.find(entity.kind, field, value, limit).map_err(|error| match error {
            StoreError::Unknown { .. } => ActionError::Fault(error.to_string()),
            error => self.trouble(error),
        })
    }

    fn search_articles(&mut self, words: &str, limit: usize) -> Result<Vec<i64>, ActionError> {
        let flushed = self.memory.records.flush(&mut *self.txn);
        flushed.map_err(|error| self.trouble(error))?;
        self.txn.search_articles(words, limit).map_err(|error| self.trouble(error))
    }

    fn add_message(&mut self, conversation: i64, message: Message) -> Result<i64, ActionError> {
        self.must_exist("Conversation", conversation)?;
        let mut row = MessageRow {
            conversation,
            number: 0,
            at: self.now,
            from: message.from,
            text: message.text,
            parts: message.parts,
            run: self.actor.0,
            flow: if self.actor.0 == 0 { 0 } else { self.flow },
        };
        self.txn.add_message(&mut row).map_err(|error| self.trouble(error))?;
        super::schedule::spoke(self, conversation).map_err(|error| self.trouble(error))?;
        self.talks(conversation);
        if &*row.from == "contact" {
            let args = vec![Value::Int(conversation), Value::Text(row.text)];
            self.raise_event(RECEIVED, args, None).map_err(|error| self.trouble(error))?;
        }
        Ok(row.number)
    }

    fn messages(&mut self, conversation: i64, limit: usize) -> Result<Vec<Message>, ActionError> {
        let rows = self.txn.messages(conversation, None, limit).map_err(|error| self.trouble(error))?;
        let message = |row: MessageRow| Message { from: row.from, text: row.text, parts: row.parts };
        Ok(rows.into_iter().rev().map(message).collect())
    }

    fn add_note(&mut self, entity: &str, id: i64, text: &str) -> Result<i64, ActionError> {
        let kind = self.must_exist(entity, id)?;
        let on = Subject { kind, id };
        let mut note = NoteRow { id: 0, on, at: self.now, run: self.actor.0, text: text.into() };
        self.txn.add_note(&mut note).map_err(|error| self.trouble(error))?;
        Ok(note.id)
    }

    fn keep(&mut self, entity: &str, fields: Vec<(&str, Value)>) -> Result<i64, ActionError> {
        let entity = self.entity(entity)?;
        elsewhere::record(self, &entity, fields)
    }

    fn keep_message(&mut self, conversation: i64, past: Past) -> Result<bool, ActionError> {
        self.must_exist("Conversation", conversation)?;
        elsewhere::message(self, conversation, past).map_err(|error| self.trouble(error))
    }

    fn keep_note(&mut self, entity: &str, id: i64, at: Option<i64>, text: &str) -> Result<bool, ActionError> {
        let kind = self.must_exist(entity, id)?;
        elsewhere::note(self, Subject { kind, id }, at, text).map_err(|error| self.trouble(error))
    }

    fn begin(&mut self, enter: bool) -> Result<Vec<(Arc<str>, u64)>, ActionError> {
        let begun = super::births::now(self, enter).map_err(|trouble| match trouble {
            Trouble::Fault(message) => ActionError::Fault(message),
            Trouble::Store(error) => self.trouble(error),
        })?;
        let names = begun.into_iter().map(|(flow, count)| Ok((self.txn.name(NameClass::Flow, flow)?, count)));
        names.collect::<StoreResult<_>>().map_err(|error| self.trouble(error))
    }

    fn has_note(&mut self, entity: &str, id: i64, at: Option<i64>, text: &str) -> Result<bool, ActionError> {
        let kind = self.must_exist(entity, id)?;
        elsewhere::has_note(self, Subject { kind, id }, at, text).map_err(|error| self.trouble(error))
    }

    fn raise(&mut self, event: &str, args: Vec<Value>) -> Result<(), ActionError> {
        match self.raise_event(event, args, None) {
            Ok(Some(_)) => Ok(()),
            Ok(None) => Err(ActionError::Fault(format!("no event `{event}` is declared"))),
            Err(error) => Err(self.trouble(error)),
        }
    }

    fn recall(&mut self, name: &str) -> Result<Option<i64>, ActionError> {
        let kept = self.txn.setting(&kept(name)).map_err(|error| self.trouble(error))?;
        let number = |bytes: Vec<u8>| std::str::from_utf8(&bytes).ok()?.parse().ok();
        Ok(kept.and_then(number))
    }

    fn remember(&mut self, name: &str, value: i64) -> Result<(), ActionError> {
        self.txn.put_setting(&kept(name), value.to_string().as_bytes()).map_err(|error| self.trouble(error))
    }

    fn key(&self, purpose: &str) -> [u8; 32] {
        super::keys::key(&self.install, purpose)
    }

    fn hear(&mut self, conversation: i64, text: &str) -> Result<bool, ActionError> {
        let prompts = self.txn.prompts(conversation).map_err(|error| self.trouble(error))?;
        let Some(prompt) = prompts.into_iter().next() else {
            let message = Message { from: "contact".into(), text: text.into(), parts: Vec::new() };
            self.add_message(conversation, message)?;
            return Ok(false);
        };
        let at = AnswerAt::Exact { path: prompt.path, revision: prompt.revision };
        let wake = FollowWake::Answer { at, answer: Value::text(text) };
        self.follows.push(Follow { run: prompt.run, wake });
        Ok(true)
    }

    fn category(&mut self, name: &str) -> Result<Option<CategoryDef>, ActionError> {
        let schema = self.memory.schema(&mut *self.txn).map_err(|error| self.trouble(error))?;
        Ok(schema.categories.iter().find(|category| *category.name == *name).cloned())
    }

    fn links(&mut self) -> Result<Vec<LinkDef>, ActionError> {
        let schema = self.memory.schema(&mut *self.txn).map_err(|error| self.trouble(error))?;
        Ok(schema.links.clone())
    }

    fn done_at(&mut self, contact: i64, event: &str) -> Result<Option<i64>, ActionError> {
        super::past::done_at(self, contact, event).map_err(|error| self.trouble(error))
    }

    fn next_open(&mut self, calendar: &str, zone: Option<&str>, at: i64) -> Result<(i64, Option<i64>), ActionError> {
        let schema = self.memory.schema(&mut *self.txn).map_err(|error| self.trouble(error))?;
        let Some(calendar) = schema.calendars.iter().find(|known| *known.name == *calendar) else {
            return Err(Failure::new("invalid", format!("there is no calendar `{calendar}`")).into());
        };
        // The schema came from outside.
        if let Err(why) = calendar.check() {
            return Err(Failure::new("invalid", format!("the calendar `{}` {why}", calendar.name)).into());
        }
        Ok(next_stretch(calendar, zone, at)?)
    }

    fn end_prompts(&mut self, conversation: i64, failure: Failure) -> Result<(), ActionError> {
        let prompts = self.txn.prompts(conversation).map_err(|error| self.trouble(error))?;
        for prompt in prompts {
            let wake = FollowWake::PromptEnded {
                conversation,
                path: prompt.path,
                revision: prompt.revision,
                failure: failure.clone(),
            };
            self.follows.push(Follow { run: prompt.run, wake });
        }
        Ok(())
    }
}

impl Desk<'_> {
    /// The kind of an entity of which there is this record.
    fn must_exist(&mut self, entity: &str, id: i64) -> Result<NameId, ActionError> {
        let entity = self.entity(entity)?;
        match self.memory.records.get(&mut *self.txn, (entity.kind, id)) {
            Ok(Some(_)) => Ok(entity.kind),
            Ok(None) => Err(gone(&entity.def.name, id)),
            Err(error) => Err(self.trouble(error)),
        }
    }
}

/// What actions keep stands apart from what the engine keeps.
fn kept(name: &str) -> String {
    format!("action.{name}")
}

pub(super) fn position(entity: &Entity, field: &str) -> Result<usize, ActionError> {
    entity.field(field).ok_or_else(|| ActionError::Fault(format!("`{}` has no field `{field}`", entity.def.name)))
}
