//! What people look at: runs, timelines, records. Read on connections of their own, never on the writer's.

use super::deploy::debug_of;
use super::error::EngineError;
use super::marshal;
use super::view::{
    Act, ApprovalView, DoubtView, FlowCounts, FlowView, GoalView, Held, ParamView, Postponed, PromptView, RecordFilter,
    RecordView, RunDetail, RunFilter, RunId, RunStatus, RunView, SourceLine, TimelineEntry, WaitToken,
};
use super::writer::store_error;
use super::{envelope, journal, sent, timeline};
use crate::action::{ActionError, Implementation, Message, Registry, Workspace};
use crate::machine::Loaded;
use crate::snapshot;
use crate::store::sqlite::Readers;
use crate::store::{
    self, IntentRow, IntentState, NameClass, Read, RunFilter as StoreFilter, RunRow, RunStatus as Stored, StoreResult,
    Subject,
};
use flow_bytecode::entry::TriggerKind;
use flow_bytecode::schema::Schema;
use flow_bytecode::{Failure, Program, Value, codec};
use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

/// A call that leaves within that time is under way.
const SOON_US: i64 = 5_000_000;
/// Rows of a list when nobody says how many.
const LIMIT: usize = 100;
/// Calls looked at in one go.
const INTENTS_PAGE: usize = 1_000;
/// Turns shown of a run.
const TIMELINE_MAX: usize = 10_000;

fn limit(given: usize) -> usize {
    if given == 0 { LIMIT } else { given }
}

/// Programs read in one question.
#[derive(Default)]
pub(super) struct Programs(HashMap<i64, Option<Arc<Loaded>>>);

impl Programs {
    pub fn get(&mut self, read: &mut dyn Read, id: i64) -> StoreResult<Option<Arc<Loaded>>> {
        if let Some(known) = self.0.get(&id) {
            return Ok(known.clone());
        }
        // It was verified when it was deployed; here it is only looked at.
        let program = read.program(id)?.and_then(|row| codec::decode(&row.code).ok());
        let loaded = program.map(|(program, _)| Arc::new(Loaded::trusted(Arc::new(program))));
        self.0.insert(id, loaded.clone());
        Ok(loaded)
    }
}

fn status(read: &mut dyn Read, row: &RunRow, now: i64) -> StoreResult<RunStatus> {
    Ok(match row.status {
        Stored::Ready => RunStatus::Running,
        Stored::Waiting => {
            let mut status = RunStatus::Waiting;
            for intent in read.intents_of(row.id)? {
                match intent.state {
                    IntentState::InDoubt => return Ok(RunStatus::InDoubt),
                    IntentState::Queued if is_postponed(&intent, now) => {}
                    IntentState::Queued | IntentState::Sending => status = RunStatus::Running,
                    IntentState::Unapproved => {}
                }
            }
            status
        }
        Stored::Finished => RunStatus::Finished,
        Stored::Failed | Stored::Retryable => RunStatus::Failed,
        Stored::Cancelled => RunStatus::Cancelled,
        Stored::Quarantined | Stored::Stranded => RunStatus::Quarantined,
    })
}

/// Whether a call leaves so much later that its run waits for that, rather than being under way.
fn is_postponed(intent: &IntentRow, now: i64) -> bool {
    intent.state == IntentState::Queued && intent.not_before > now.saturating_add(SOON_US)
}

/// The call of a run that leaves first of those that leave later.
fn postponed(read: &mut dyn Read, row: &RunRow, now: i64) -> StoreResult<Option<Postponed>> {
    let intents = read.intents_of(row.id)?;
    let first = intents.iter().filter(|intent| is_postponed(intent, now)).min_by_key(|intent| intent.not_before);
    let Some(first) = first else { return Ok(None) };
    let action = read.name(NameClass::Action, first.action)?.to_string();
    Ok(Some(Postponed { action, attempts: first.attempt, until: first.not_before }))
}

/// Whether a place is meant by its key or by the anchor in it.
pub(super) fn is_at(key: &str, at: &str) -> bool {
    key == at || key.rsplit('#').next() == Some(at.trim_start_matches('#'))
}

/// The action that is called at a place, as the source calls it.
fn called(program: &Program, place: &flow_bytecode::program::Place) -> String {
    let action = match &place.kind {
        flow_bytecode::program::PlaceKind::Action { action, .. } => program.actions.get(usize::from(*action)),
        _ => None,
    };
    action.map(|action| action.name.to_string()).unwrap_or_default()
}

/// Why a run that waits has not begun.
fn held(read: &mut dyn Read, row: &RunRow) -> StoreResult<Option<Held>> {
    if !matches!(envelope::open(&row.snapshot), Some(envelope::Stored::Pending { .. })) {
        return Ok(None);
    }
    if read.paused()?.iter().any(|(flow, _)| *flow == row.flow) {
        return Ok(Some(Held::Paused));
    }
    let before = read.live_runs(row.flow, row.subject)?.into_iter().rfind(|run| *run < row.id);
    Ok(before.map(|run| Held::Behind(RunId(run))))
}

/// A run as a list shows it.
pub(super) fn view(read: &mut dyn Read, programs: &mut Programs, row: &RunRow, now: i64) -> StoreResult<RunView> {
    let subject = match row.subject {
        Some(Subject { kind, id }) => Some((read.name(NameClass::Entity, kind)?.to_string(), id)),
        None => None,
    };
    let loaded = programs.get(read, row.program)?;
    let (mut places, mut approvals) = (Vec::new(), Vec::new());
    if let (Some(loaded), true) = (&loaded, row.status.is_live() || row.status == Stored::Retryable) {
        let waits = suspended(row, loaded).and_then(|run| run.waits(loaded).ok());
        for wait in waits.into_iter().flatten() {
            let Some(place) = loaded.program().places.get(usize::from(wait.place)) else { continue };
            places.push(place.key.to_string());
            if let (Some(by), Some(effect)) = (&wait.approver, wait.effect)
                && let Some(row) = read.intents_of(row.id)?.into_iter().find(|row| row.effect == effect)
                && row.state == IntentState::Unapproved
            {
                approvals.push(ApprovalView {
                    by: super::approval::approver(by),
                    action: called(loaded.program(), place),
                    effect,
                    place: place.key.to_string(),
                    until: (row.not_before != i64::MAX).then_some(row.not_before),
                    arguments: String::new(),
                });
            }
        }
    }
    let unbegun = places.is_empty() && row.status == Stored::Waiting;
    let held = if unbegun { held(read, row)? } else { None };
    let failure = row.failure.as_ref().map(|failure| Failure::new(&*failure.kind, &*failure.message));
    let status = status(read, row, now)?;
    let postponed = if status == RunStatus::Waiting { postponed(read, row, now)? } else { None };
    let until = if row.status == Stored::Waiting { row.due } else { None };
    Ok(RunView {
        run: RunId(row.id),
        flow: read.name(NameClass::Flow, row.flow)?.to_string(),
        subject,
        status,
        places,
        held,
        until: until.into_iter().chain(postponed.as_ref().map(|call| call.until)).min(),
        postponed,
        started: row.created_at,
        updated: row.updated_at,
        failure,
        retryable: row.status == Stored::Retryable || super::aside::may_retry(row),
        approvals,
        doubts: if status == RunStatus::InDoubt { doubts(read, loaded.as_deref(), row)? } else { Vec::new() },
        goal: read.goal(row.id)?.map(|goal| GoalView { until: goal.until, reached: goal.reached }),
    })
}

/// The state of a run that waits. One that cannot be decoded is the writer's business: it is still shown.
fn suspended(row: &RunRow, loaded: &Loaded) -> Option<crate::machine::Run> {
    let Some(envelope::Stored::Suspended { snapshot, .. }) = envelope::open(&row.snapshot) else { return None };
    snapshot::decode(snapshot, loaded).ok()
}

/// The calls of a run of which nobody knows what became of them.
fn doubts(read: &mut dyn Read, loaded: Option<&Loaded>, row: &RunRow) -> StoreResult<Vec<DoubtView>> {
    let mut found = Vec::new();
    for intent in read.intents_of(row.id)?.into_iter().filter(|intent| intent.state == IntentState::InDoubt) {
        let place = loaded.and_then(|loaded| loaded.program().places.get(usize::from(intent.place)));
        found.push(DoubtView {
            action: read.name(NameClass::Action, intent.action)?.to_string(),
            place: place.map(|place| place.key.to_string()).unwrap_or_default(),
            destination: intent.destination.to_string(),
            sent: intent.not_before,
        });
    }
    Ok(found)
}

/// Runs, newest first.
pub(super) fn runs(readers: &Readers, filter: &RunFilter, now: i64) -> Result<Vec<RunView>, EngineError> {
    let wanted = limit(filter.limit);
    let ask = |read: &mut dyn Read| -> StoreResult<Vec<RunView>> {
        let mut stored =
            StoreFilter { limit: wanted, before: filter.before.map(|run| run.0), ..StoreFilter::default() };
        for status in &filter.statuses {
            stored.status.extend_from_slice(match status {
                RunStatus::Running => &[Stored::Ready, Stored::Waiting],
                RunStatus::Waiting | RunStatus::InDoubt => &[Stored::Waiting],
                RunStatus::Finished => &[Stored::Finished],
                RunStatus::Failed => &[Stored::Failed, Stored::Retryable],
                RunStatus::Cancelled => &[Stored::Cancelled],
                RunStatus::Quarantined => &[Stored::Quarantined, Stored::Stranded],
            });
        }
        if let Some(flow) = &filter.flow {
            match read.find_name(NameClass::Flow, flow)? {
                Some(flow) => stored.flow = Some(flow),
                None => return Ok(Vec::new()),
            }
        }
        if let Some((entity, id)) = &filter.subject {
            match read.find_name(NameClass::Entity, entity)? {
                Some(kind) => stored.subject = Some(Subject { kind, id: *id }),
                None => return Ok(Vec::new()),
            }
        }
        let mut programs = Programs::default();
        let mut found = Vec::new();
        if filter.statuses.as_slice() == [RunStatus::InDoubt] {
            // Those that wait are the many: the few in doubt are found by their calls.
            for run in doubted(read, stored.before)? {
                let Some(row) = read.run(run)?.filter(|row| {
                    stored.flow.is_none_or(|flow| flow == row.flow)
                        && stored.subject.is_none_or(|subject| row.subject == Some(subject))
                }) else {
                    continue;
                };
                let view = view(read, &mut programs, &row, now)?;
                if view.status == RunStatus::InDoubt {
                    found.push(view);
                }
                if found.len() >= wanted {
                    break;
                }
            }
            return Ok(found);
        }
        loop {
            let page = read.runs(&stored)?;
            let full = page.len() == stored.limit;
            stored.before = page.last().map(|row| row.id);
            for row in &page {
                let view = view(read, &mut programs, row, now)?;
                // What is under way, in doubt or waiting is told apart by its intents.
                if filter.statuses.is_empty() || filter.statuses.contains(&view.status) {
                    found.push(view);
                }
            }
            if !full || found.len() >= wanted {
                found.truncate(wanted);
                return Ok(found);
            }
        }
    };
    readers.read(ask).map_err(|error| store_error(&error))
}

/// Runs with a call in doubt, newest first; those before one for the next page.
fn doubted(read: &mut dyn Read, before: Option<i64>) -> StoreResult<Vec<i64>> {
    let mut runs = BTreeSet::new();
    let mut after = (0, 0);
    loop {
        let page = read.intents_after(after, INTENTS_PAGE)?;
        let full = page.len() == INTENTS_PAGE;
        // A damaged one is the writer's business.
        let rows: Vec<IntentRow> = page.into_iter().flatten().collect();
        let in_doubt = rows.iter().filter(|row| row.state == IntentState::InDoubt).map(|row| row.run);
        runs.extend(in_doubt.filter(|run| before.is_none_or(|before| *run < before)));
        match rows.last() {
            Some(last) if full => after = (last.run, last.path),
            _ => return Ok(runs.into_iter().rev().collect()),
        }
    }
}

/// One run with what happened.
pub(super) fn show(readers: &Readers, registry: &Registry, run: RunId, now: i64) -> Result<RunDetail, EngineError> {
    let found = readers.read(|read| {
        let Some(row) = read.run(run.0)? else { return Ok(None) };
        let mut programs = Programs::default();
        let mut view = view(read, &mut programs, &row, now)?;
        let mut turns = read.timeline(run.0, row.journal, TIMELINE_MAX)?;
        for approval in &mut view.approvals {
            let asked = turns.iter().find_map(|turn| journal::asked_with(&turn.payload, approval.effect));
            approval.arguments = asked.map(|arguments| arguments.to_string()).unwrap_or_default();
        }
        turns.reverse();
        let mut entries = Vec::with_capacity(turns.len());
        let mut known = HashMap::new();
        for turn in &turns {
            entries.push(timeline::entry(read, &mut programs, &mut known, turn)?);
        }
        let loaded = programs.get(read, row.program)?;
        let state = loaded.as_deref().and_then(|loaded| suspended(&row, loaded));
        let last = entries.last().and_then(|entry: &TimelineEntry| entry.source.as_ref());
        let called_at = match (last.filter(|line| line.text.is_none()), &state) {
            (Some(line), Some(state)) => {
                called_at(&*timeline::known_sources(read, &mut known, row.program)?, state, line)
            }
            _ => None,
        };
        let mut calls = Vec::new();
        let intents = read.intents_of(run.0)?;
        if !intents.is_empty() {
            let sources = match known.remove(&row.program) {
                Some(sources) => sources,
                None => Arc::new(sources(read, row.program)?),
            };
            let told = sent::Told { turns: &turns, sources: &sources };
            for intent in intents {
                calls.push(sent::view(read, registry, loaded.as_deref(), state.as_ref(), &intent, &told)?);
            }
        }
        let mut asked = Vec::new();
        if row.asks_in.is_some() {
            for conversation in super::watch::talks_in(read, &row)? {
                asked.extend(prompts(read, loaded.as_deref(), conversation, Some(&row))?);
            }
        }
        asked.sort_by_key(|prompt| prompt.token.revision);
        let program = read.program(row.program)?.map(|row| row.hash).unwrap_or_default();
        Ok(Some(RunDetail {
            run: view,
            parent: row.parent.map(|parent| RunId(parent.run)),
            program: codec::hex(&program),
            result: row.result.as_deref().and_then(|bytes| serde_json::from_slice(bytes).ok()),
            timeline: entries,
            called_at,
            calls,
            prompts: asked,
        }))
    });
    found.map_err(|error| store_error(&error))?.ok_or(EngineError::UnknownRun { run })
}

/// The innermost line of the project's own source from which a run has come to a line of somebody else's.
fn called_at(sources: &timeline::Sources, state: &crate::machine::Run, at: &SourceLine) -> Option<SourceLine> {
    let lines = |stack: Vec<(u16, u16)>| -> Vec<SourceLine> {
        stack.into_iter().filter_map(|(function, pc)| sources.line(function, pc)).collect()
    };
    let stacks: Vec<Vec<SourceLine>> = state.stacks().map(lines).collect();
    let there = stacks.iter().find(|stack| stack.last().is_some_and(|line| line.file == at.file));
    there.or(stacks.first())?.iter().rev().find(|line| line.text.is_some()).cloned()
}

/// Prompts of a conversation, the one that gets the answer first; those of one run if it is given.
pub(super) fn prompts(
    read: &mut dyn Read,
    loaded: Option<&Loaded>,
    conversation: i64,
    of: Option<&RunRow>,
) -> StoreResult<Vec<PromptView>> {
    let waits = match (of, loaded) {
        (Some(row), Some(loaded)) => match envelope::open(&row.snapshot) {
            Some(envelope::Stored::Suspended { snapshot, .. }) => {
                snapshot::decode(snapshot, loaded).ok().and_then(|run| run.waits(loaded).ok()).unwrap_or_default()
            }
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let mut found = Vec::new();
    for prompt in read.prompts(conversation)? {
        if of.is_some_and(|row| row.id != prompt.run) {
            continue;
        }
        let wait = waits.iter().find(|wait| wait.path == prompt.path);
        let place = wait.zip(loaded).and_then(|(wait, loaded)| loaded.program().places.get(usize::from(wait.place)));
        found.push(PromptView {
            token: WaitToken { run: RunId(prompt.run), path: prompt.path, revision: prompt.revision },
            place: place.map(|place| place.key.to_string()).unwrap_or_default(),
            conversation,
            text: prompt.text,
            options: prompt.options,
            expects: prompt.expects,
        });
    }
    Ok(found)
}

/// Records of the workspace.
pub(super) fn records(readers: &Readers, filter: &RecordFilter) -> Result<Vec<RecordView>, EngineError> {
    let found = readers.read(|read| {
        let entities = read.entities();
        let Some(entity) = entities.iter().find(|entity| *entity.def.name == *filter.entity) else { return Ok(None) };
        let found = match (&filter.equals, filter.id) {
            (_, Some(id)) => read.record(entity.kind, id)?.into_iter().collect(),
            (Some((field, value)), None) => {
                let mut found = Vec::new();
                for id in read.find(entity.kind, field, value, limit(filter.limit))? {
                    found.extend(read.record(entity.kind, id)?);
                }
                found
            }
            (None, None) => read.records(entity.kind, filter.after, limit(filter.limit))?,
        };
        let views = found.into_iter().map(|record| RecordView {
            entity: filter.entity.clone(),
            id: record.id,
            fields: entity.def.fields.iter().map(|field| field.name.clone()).zip(record.values).collect(),
        });
        Ok(Some(views.collect()))
    });
    match found {
        Ok(Some(found)) => Ok(found),
        Ok(None) => Err(EngineError::Refused { message: format!("the workspace has no `{}`", filter.entity) }),
        Err(store::StoreError::Unknown { what, .. }) => {
            Err(EngineError::Refused { message: format!("nothing can be found by {what}: it is not indexed") })
        }
        Err(error) => Err(store_error(&error)),
    }
}

/// Flows of the newest programs.
pub(super) fn flows(readers: &Readers) -> Result<Vec<FlowView>, EngineError> {
    let found = readers.read(|read| {
        let mut programs = Programs::default();
        let mut found = Vec::new();
        for row in read.deployments()? {
            let Some(loaded) = programs.get(read, row.program)? else { continue };
            let program: &Program = loaded.program();
            let Some(flow) = program.flows.iter().find(|flow| flow.name == row.name) else { continue };
            let hash = read.program(row.program)?.map(|row| row.hash).unwrap_or_default();
            let params = flow.params.iter().map(|param| ParamView {
                name: param.name.to_string(),
                ty: marshal::spell(program, param.ty),
                optional: param.default.is_some(),
            });
            let at = program.flows.iter().position(|flow| flow.name == row.name).and_then(|at| u16::try_from(at).ok());
            let triggers = at.and_then(|at| program.entry(at)).map_or(&[][..], |entry| &entry.triggers);
            found.push(FlowView {
                begins: triggers.iter().map(|trigger| begins(program, &trigger.on)).collect(),
                name: row.name.to_string(),
                params: params.collect(),
                program: codec::hex(&hash),
            });
        }
        Ok(found)
    });
    found.map_err(|error| store_error(&error))
}

/// A trigger as people call it.
fn begins(program: &Program, on: &TriggerKind) -> String {
    match on {
        TriggerKind::Event { event } => {
            program.events.get(usize::from(*event)).map_or_else(String::new, |event| event.name.to_string())
        }
        TriggerKind::Audience { .. } => "audience".to_owned(),
        TriggerKind::Schedule { .. } => "schedule".to_owned(),
        TriggerKind::Webhook { name } => format!("webhook:{name}"),
        TriggerKind::Silent { .. } => "conversation.silent".to_owned(),
    }
}

/// What is counted of flows.
pub(super) fn counts(readers: &Readers) -> Result<Vec<FlowCounts>, EngineError> {
    let found = readers.read(|read| {
        let mut found: Vec<(i64, FlowCounts)> = Vec::new();
        let paused = read.paused()?;
        let mut of = |read: &mut dyn Read, flow: i64| -> StoreResult<usize> {
            if let Some(at) = found.iter().position(|(other, _)| *other == flow) {
                return Ok(at);
            }
            let name = read.name(NameClass::Flow, flow)?.to_string();
            let since = paused.iter().find(|(other, _)| *other == flow).map(|(_, at)| *at);
            found.push((flow, FlowCounts { flow: name, paused: since, counts: Vec::new() }));
            Ok(found.len() - 1)
        };
        let mut counted = Vec::new();
        for (flow, what, count) in read.tallies()? {
            counted.push((of(read, flow)?, what.word().to_owned(), count));
        }
        for (flow, _) in &paused {
            of(read, *flow)?;
        }
        for (at, what, count) in counted {
            if let Some((_, flow)) = found.get_mut(at) {
                flow.counts.push((what, count));
            }
        }
        found.sort_by(|(_, a), (_, b)| a.flow.cmp(&b.flow));
        Ok(found.into_iter().map(|(_, counts)| counts).collect())
    });
    found.map_err(|error| store_error(&error))
}

/// The schema as last deployed.
pub(super) fn schema(readers: &Readers) -> Result<Schema, EngineError> {
    readers.read(|read| read.schema()).map_err(|error| store_error(&error))
}

/// Sources of a program, with lines and names.
pub(super) fn sources(read: &mut dyn Read, program: i64) -> StoreResult<timeline::Sources> {
    let row = read.program_source(program)?;
    Ok(timeline::Sources { debug: debug_of(&row), files: row.files })
}

/// Does what a person asks for.
pub(super) fn perform(workspace: &mut dyn Workspace, registry: &Registry, act: &Act) -> Result<Value, ActionError> {
    match act {
        Act::Create { entity, fields } => {
            let fields = fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
            workspace.create(entity, fields).map(Value::Int)
        }
        Act::Upsert { entity, by, fields } => {
            let Some((_, key)) = fields.iter().find(|(name, _)| name == by) else {
                return Err(Failure::new("invalid", format!("`{by}` is not among the fields given")).into());
            };
            match workspace.find(entity, by, key, 1)?.first() {
                Some(id) => {
                    for (name, value) in fields {
                        workspace.set(entity, *id, name, value.clone())?;
                    }
                    Ok(Value::Int(*id))
                }
                None => {
                    let fields = fields.iter().map(|(name, value)| (name.as_str(), value.clone())).collect();
                    workspace.create(entity, fields).map(Value::Int)
                }
            }
        }
        Act::Set { entity, id, fields } => {
            for (name, value) in fields {
                workspace.set(entity, *id, name, value.clone())?;
            }
            Ok(Value::Int(*id))
        }
        Act::Call { action, args } => match registry.get(action) {
            Some(Implementation::Local(act) | Implementation::Query(act)) => act(workspace, args),
            Some(Implementation::Pure(compute)) => Ok(compute(args)?),
            Some(Implementation::External(_)) => {
                Err(Failure::new("invalid", format!("`{action}` leaves the machine: only a flow can call it")).into())
            }
            None => Err(Failure::new("invalid", format!("there is no action `{action}`")).into()),
        },
        Act::Say { conversation, from, text } => {
            let message = Message { from: from.clone(), text: text.clone(), parts: Vec::new() };
            workspace.add_message(*conversation, message).map(Value::Int)
        }
    }
}
