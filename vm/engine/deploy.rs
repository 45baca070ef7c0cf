//! Makes a program the newest version, if this installation has what it asks for and live runs keep what they need.

use super::control::Deployment;
use super::desk::Desk;
use super::error::EngineError;
use super::job::Done;
use super::link::problems;
use super::turn::{Rules, Trouble};
use super::view::Deployed;
use crate::machine::Loaded;
use crate::store::{NameClass, NameId, RunFilter, RunStatus, SourceRow, StoreError, Written};
use flow_bytecode::codec;
use flow_bytecode::program::Program;
use flow_bytecode::schema::Schema;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Runs looked at in one go when a schema takes something away.
const PAGE: usize = 1_000;

pub(super) fn deploy(desk: &mut Desk, rules: &Rules, deployment: &Deployment, dry: bool) -> Result<Done, Trouble> {
    let refuse = |problems: Vec<String>| Ok(Done::Refused(EngineError::Link { problems }));
    let program = Arc::new(deployment.program.clone());
    if let Err(errors) = Loaded::new(program.clone()) {
        return refuse(errors.iter().map(|error| format!("the verifier refuses it: {error}")).collect());
    }
    let mut found = problems(&program, desk.registry, &deployment.schema);
    let before = desk.txn.schema()?;
    let mut schema = deployment.schema.clone();
    if takes_away(&before, &schema) {
        let alive = alive(desk)?;
        keep(&alive, &before, &mut schema);
        found.extend(live_problems(desk, &alive, &schema)?);
    }
    if !found.is_empty() {
        return refuse(found);
    }
    let code = codec::encode(&program, None);
    let hash = *blake3::hash(&code).as_bytes();
    let flows: Vec<String> = program.flows.iter().map(|flow| flow.name.to_string()).collect();
    let name = codec::hex(&hash);
    if dry {
        let new = desk.txn.program_by_hash(&hash)?.is_none();
        return Ok(Done::Deployed(Deployed { program: name, new, flows }));
    }
    if before != schema {
        match desk.txn.apply_schema(&schema) {
            Ok(()) => {}
            Err(error @ (StoreError::Invalid { .. } | StoreError::Taken { .. })) => {
                // Nothing of a schema that is refused may stay: the batch is taken again without this job.
                return Err(Trouble::Fault(error.to_string()));
            }
            Err(error) => return Err(error.into()),
        }
    }
    let written = desk.txn.put_program(&hash, &code, desk.now)?;
    let source = SourceRow {
        debug: codec::encode(&Program::default(), Some(&deployment.debug)),
        files: deployment.sources.clone(),
    };
    desk.txn.put_program_source(written.id(), &source)?;
    let mut stay = BTreeSet::new();
    for flow in &program.flows {
        let id = desk.txn.intern(NameClass::Flow, &flow.name)?;
        desk.txn.deploy(id, written.id(), desk.now)?;
        stay.insert(id);
    }
    for row in desk.txn.deployments()? {
        if !stay.contains(&row.flow) {
            desk.txn.undeploy(row.flow)?;
            desk.txn.delete_timers(row.flow)?;
            desk.txn.clear_members(row.flow)?;
        }
    }
    wake_stranded(desk)?;
    desk.memory.deployed();
    super::schedule::set(desk)?;
    super::audience::set(desk, &rules.limits)?;
    Ok(Done::Deployed(Deployed { program: name, new: matches!(written, Written::New(_)), flows }))
}

/// Whether anything that was there is gone or another kind of thing.
fn takes_away(before: &Schema, after: &Schema) -> bool {
    let fields_stay = before.entities.iter().all(|entity| {
        let now = after.entities.iter().find(|other| other.name == entity.name);
        now.is_some_and(|now| {
            entity
                .fields
                .iter()
                .all(|field| now.fields.iter().any(|other| other.name == field.name && other.ty == field.ty))
        })
    });
    let events_stay = before.events.iter().all(|event| after.events.contains(event));
    !(fields_stay && events_stay)
}

/// Programs that runs which are alive have, with how many of each flow there are.
type Alive = Vec<(Program, BTreeMap<NameId, usize>)>;

fn alive(desk: &mut Desk) -> Result<Alive, Trouble> {
    let mut programs: BTreeMap<i64, BTreeMap<NameId, usize>> = BTreeMap::new();
    let status = vec![RunStatus::Ready, RunStatus::Waiting, RunStatus::Retryable];
    let mut filter = RunFilter { status, limit: PAGE, ..RunFilter::default() };
    loop {
        let page = desk.txn.runs(&filter)?;
        for run in &page {
            *programs.entry(run.program).or_default().entry(run.flow).or_default() += 1;
        }
        match page.last() {
            Some(last) if page.len() == PAGE => filter.before = Some(last.id),
            _ => break,
        }
    }
    let mut alive = Vec::with_capacity(programs.len());
    for (id, flows) in programs {
        let Some(row) = desk.txn.program(id)? else { continue };
        let Ok((program, _)) = codec::decode(&row.code) else { continue };
        alive.push((program, flows));
    }
    Ok(alive)
}

/// Adds to a schema what was there before and runs that are alive still need: events that they wait for or raise, fields
/// that they read or write. What is there with another type is not touched.
fn keep(alive: &Alive, before: &Schema, after: &mut Schema) {
    for (program, _) in alive {
        for event in &program.events {
            let old = before.events.iter().find(|old| old.name == event.name);
            if let Some(old) = old.filter(|old| after.events.iter().all(|new| new.name != old.name)) {
                after.events.push(old.clone());
            }
        }
        for field in &program.fields {
            let Some(entity) = program.entities.get(usize::from(field.entity)) else { continue };
            let old = before.entities.iter().find(|old| old.name == *entity);
            let old = old.and_then(|old| old.fields.iter().find(|old| old.name == field.name));
            let new = after.entities.iter_mut().find(|new| new.name == *entity);
            if let (Some(old), Some(new)) = (old, new)
                && new.fields.iter().all(|new| new.name != old.name)
            {
                new.fields.push(old.clone());
            }
        }
    }
}

/// What runs that are alive would miss under a schema.
fn live_problems(desk: &mut Desk, alive: &Alive, schema: &Schema) -> Result<Vec<String>, Trouble> {
    let mut found = Vec::new();
    for (program, flows) in alive {
        let problems = problems(program, desk.registry, schema);
        if problems.is_empty() {
            continue;
        }
        for (flow, runs) in flows {
            let flow = desk.txn.name(NameClass::Flow, *flow)?;
            let runs = if *runs == 1 { "1 run".to_owned() } else { format!("{runs} runs") };
            found.extend(problems.iter().map(|problem| format!("{runs} of an older version of `{flow}`: {problem}")));
        }
    }
    Ok(found)
}

/// Runs that were stranded may have what they lacked.
fn wake_stranded(desk: &mut Desk) -> Result<(), Trouble> {
    let filter = RunFilter { status: vec![RunStatus::Stranded], limit: PAGE, ..RunFilter::default() };
    for mut row in desk.txn.runs(&filter)? {
        row.status = RunStatus::Ready;
        row.due = Some(desk.now);
        row.failure = None;
        desk.txn.save_run(&mut row)?;
    }
    Ok(())
}

/// Reads what people see of a source.
pub(super) fn debug_of(source: &SourceRow) -> flow_bytecode::program::Debug {
    codec::decode(&source.debug).ok().and_then(|(_, debug)| debug).unwrap_or_default()
}
