//! Makes a program the newest version, if this installation has what it asks for and live runs keep what they need.

use super::control::Deployment;
use super::desk::Desk;
use super::error::EngineError;
use super::job::Done;
use super::link::problems;
use super::turn::{Rules, Trouble};
use super::view::Deployed;
use crate::machine::Loaded;
use crate::store::{NameClass, RunFilter, RunStatus, SourceRow, StoreError, Written};
use flow_bytecode::codec;
use flow_bytecode::program::Program;
use flow_bytecode::schema::Schema;
use std::collections::BTreeSet;
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
    if takes_away(&before, &deployment.schema) {
        found.extend(live_problems(desk, &deployment.schema)?);
    }
    if !found.is_empty() {
        return refuse(found);
    }
    let code = codec::encode(&program, None);
    let hash = *blake3::hash(&code).as_bytes();
    let flows: Vec<String> = program.flows.iter().map(|flow| flow.name.to_string()).collect();
    let name = hash.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    if dry {
        let new = desk.txn.program_by_hash(&hash)?.is_none();
        return Ok(Done::Deployed(Deployed { program: name, new, flows }));
    }
    if before != deployment.schema {
        match desk.txn.apply_schema(&deployment.schema) {
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

/// What runs that are alive would miss under a schema.
fn live_problems(desk: &mut Desk, schema: &Schema) -> Result<Vec<String>, Trouble> {
    let mut programs = BTreeSet::new();
    let status = vec![RunStatus::Ready, RunStatus::Waiting, RunStatus::Retryable];
    let mut filter = RunFilter { status, limit: PAGE, ..RunFilter::default() };
    loop {
        let page = desk.txn.runs(&filter)?;
        programs.extend(page.iter().map(|run| run.program));
        match page.last() {
            Some(last) if page.len() == PAGE => filter.before = Some(last.id),
            _ => break,
        }
    }
    let mut found = Vec::new();
    for id in programs {
        let Some(row) = desk.txn.program(id)? else { continue };
        let Ok((program, _)) = codec::decode(&row.code) else { continue };
        for problem in problems(&program, desk.registry, schema) {
            let problem = format!("runs of an older version are alive: {problem}");
            if !found.contains(&problem) {
                found.push(problem);
            }
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
