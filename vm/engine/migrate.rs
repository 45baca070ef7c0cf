//! Moves runs of older versions to the newest, or says which would move and why the others do not.

use super::control::Migration;
use super::deploy;
use super::desk::Desk;
use super::envelope::{self, Stored};
use super::error::EngineError;
use super::follow::{Follow, FollowWake};
use super::job::Done;
use super::journal::Cause;
use super::link::{LinkError, Linked};
use super::turn::{Rules, Trouble, Turn};
use super::view::{MigrationReport, PlaceFate, PlaceReport};
use crate::machine::{Loaded, PathState, Run, Status};
use crate::migrate::{self, Mapping, Misfit, Plan, Verdict, transplant};
use crate::snapshot;
use crate::store::{CONDITIONS, NameClass, NameId, RunFilter, RunRow, RunStatus};
use flow_bytecode::program::Program;
use flow_bytecode::{Value, codec};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

/// Runs looked at in one go.
const PAGE: usize = 1_000;

/// The version that runs are to move to.
enum Target {
    /// As deployed.
    Deployed(Arc<Linked>),
    /// Not deployed; its id if it was before.
    Compared(Box<Loaded>, Option<i64>),
}

impl Target {
    fn loaded(&self) -> &Loaded {
        match self {
            Target::Deployed(linked) => &linked.loaded,
            Target::Compared(loaded, _) => loaded,
        }
    }

    fn id(&self) -> Option<i64> {
        match self {
            Target::Deployed(linked) => Some(linked.id),
            Target::Compared(_, id) => *id,
        }
    }
}

/// A version that runs still have, and where its places go.
struct Version {
    loaded: Loaded,
    plan: Plan,
}

pub(super) fn migrate(desk: &mut Desk, rules: &Rules, migration: &Migration) -> Result<Done, Trouble> {
    let target = match target(desk, rules, migration)? {
        Ok(target) => target,
        Err(done) => return Ok(done),
    };
    let only = match &migration.flow {
        None => None,
        Some(name) => match desk.txn.find_name(NameClass::Flow, name)? {
            Some(id) => Some(id),
            None => {
                let nearest = None;
                return Ok(Done::Refused(EngineError::UnknownFlow { name: name.clone(), nearest }));
            }
        },
    };
    let versions = versions(desk, &target, &migration.mappings, only)?;
    let olds: Vec<&Program> = versions.values().map(|version| &**version.loaded.program()).collect();
    if let Err(problem) = migrate::check(&migration.mappings, &olds, target.loaded().program()) {
        return Ok(Done::Refused(EngineError::Mapping { problem }));
    }
    let program = codec::hex(target.loaded().hash());
    let mut report = MigrationReport { program, ..MigrationReport::default() };
    let mut lines: BTreeMap<(String, String, PlaceFate), PlaceReport> = BTreeMap::new();
    let mut flows: HashMap<NameId, Arc<str>> = HashMap::new();
    let mut filter = filter(only);
    loop {
        let page = desk.txn.runs(&filter)?;
        filter.before = page.last().map(|row| row.id);
        let last = page.len() < PAGE;
        for row in page {
            if target.id() == Some(row.program) {
                report.current += 1;
                continue;
            }
            let Some(version) = versions.get(&row.program) else { continue };
            let flow = match flows.get(&row.flow) {
                Some(name) => name.clone(),
                None => {
                    let name = desk.txn.name(NameClass::Flow, row.flow)?;
                    flows.insert(row.flow, name.clone());
                    name
                }
            };
            let judged = judge(&row, &flow, version, &target, &migration.mappings)?;
            let line = |place: &str, fate, misfit: Option<Misfit>| PlaceReport {
                flow: flow.to_string(),
                place: place.to_owned(),
                fate,
                runs: 0,
                why: misfit.as_ref().map(|misfit| misfit.why.to_string()),
                suggestion: misfit.and_then(|misfit| misfit.suggestion).map(|key| key.to_string()),
            };
            let line = match &judged {
                Judged::Moves { place, .. } => line(place, PlaceFate::Stays, None),
                Judged::Stays { place, misfit } => {
                    let fate = if misfit.mappable { PlaceFate::NeedsMapping } else { PlaceFate::Breaks };
                    line(place, fate, Some(misfit.clone()))
                }
            };
            let key = (line.flow.clone(), format!("{} {}", line.place, line.why.as_deref().unwrap_or("")), line.fate);
            lines.entry(key).or_insert(line).runs += 1;
            if let (Judged::Moves { into, .. }, Target::Deployed(linked), false) = (judged, &target, migration.dry) {
                move_run(desk, rules, row, &flow, into, linked, &migration.mappings)?;
                report.moved += 1;
            }
        }
        if last {
            break;
        }
    }
    report.places = lines.into_values().collect();
    Ok(Done::Migrated(report))
}

/// Runs that may go on, and with that have a version.
fn filter(flow: Option<NameId>) -> RunFilter {
    let status = vec![RunStatus::Ready, RunStatus::Waiting, RunStatus::Retryable, RunStatus::Stranded];
    RunFilter { status, flow, limit: PAGE, ..RunFilter::default() }
}

fn target(desk: &mut Desk, rules: &Rules, migration: &Migration) -> Result<Result<Target, Done>, Trouble> {
    if let Some(deployment) = &migration.against {
        if let Done::Refused(error) = deploy::deploy(desk, rules, deployment, true)? {
            return Ok(Err(Done::Refused(error)));
        }
        let loaded = Loaded::trusted(Arc::new(deployment.program.clone()));
        let id = desk.txn.program_by_hash(loaded.hash())?;
        return Ok(Ok(Target::Compared(Box::new(loaded), id)));
    }
    let Some(newest) = desk.txn.deployments()?.first().map(|row| row.program) else {
        let message = "nothing has been deployed yet".to_owned();
        return Ok(Err(Done::Refused(EngineError::Refused { message })));
    };
    match desk.memory.program(newest, desk.registry, &mut *desk.txn) {
        Ok(linked) => Ok(Ok(Target::Deployed(linked))),
        Err(LinkError::Store(error)) => Err(error.into()),
        Err(LinkError::Stranded(why)) => {
            let message = format!("the newest version cannot run here: {why}");
            Ok(Err(Done::Refused(EngineError::Refused { message })))
        }
    }
}

/// Every older version that live runs have. One that cannot be read is left out: so are its runs.
fn versions(
    desk: &mut Desk,
    target: &Target,
    mappings: &[Mapping],
    flow: Option<NameId>,
) -> Result<HashMap<i64, Version>, Trouble> {
    let mut versions = HashMap::new();
    let mut filter = filter(flow);
    loop {
        let page = desk.txn.runs(&filter)?;
        filter.before = page.last().map(|row| row.id);
        for row in &page {
            if target.id() == Some(row.program) || versions.contains_key(&row.program) {
                continue;
            }
            let Some(stored) = desk.txn.program(row.program)? else { continue };
            let Ok((program, _)) = codec::decode(&stored.code) else { continue };
            let loaded = Loaded::trusted(Arc::new(program));
            let plan = Plan::new(loaded.program(), target.loaded().program(), mappings);
            versions.insert(row.program, Version { loaded, plan });
        }
        if page.len() < PAGE {
            return Ok(versions);
        }
    }
}

/// What a run becomes.
enum Into {
    /// One that has not begun: its flow in the new version, how often it has waited, what let it in, its arguments.
    Pending(u16, u32, Arc<str>, Vec<Value>),
    Suspended(Box<Run>, envelope::Envelope),
}

enum Judged {
    Moves { place: String, into: Into },
    Stays { place: String, misfit: Misfit },
}

fn judge(
    row: &RunRow,
    flow: &str,
    version: &Version,
    target: &Target,
    mappings: &[Mapping],
) -> Result<Judged, Trouble> {
    let corrupt = || Trouble::Fault(format!("the stored state of {} is damaged", super::view::RunId(row.id)));
    let (old, new) = (&version.loaded, target.loaded());
    let place_key = |place: u16| {
        let place = old.program().places.get(usize::from(place));
        place.map_or_else(String::new, |place| place.key.to_string())
    };
    match envelope::open(&row.snapshot).ok_or_else(corrupt)? {
        Stored::Pending { flow: _, revision, by, args } => {
            Ok(match migrate::begin(old.program(), new.program(), flow, &args, mappings) {
                Ok((flow, args)) => {
                    Judged::Moves { place: String::new(), into: Into::Pending(flow, revision, by, args) }
                }
                Err(misfit) => Judged::Stays { place: String::new(), misfit },
            })
        }
        Stored::Suspended { mut envelope, snapshot: bytes } => {
            let run = snapshot::decode(bytes, old).map_err(|_| corrupt())?;
            match transplant(&run, old, new, &version.plan).ok_or_else(corrupt)? {
                Verdict::Stays(stuck) => Ok(Judged::Stays { place: place_key(stuck.place), misfit: stuck.misfit }),
                Verdict::Moves(moved) => {
                    let top = run.paths.first().and_then(|path| path.frames.last());
                    let place = top.and_then(|frame| old.spot_at(frame.function, frame.pc));
                    let place = place.map_or_else(String::new, |(place, _)| place_key(place));
                    if let Some(header) = &mut envelope.header {
                        match migrate::begin(old.program(), new.program(), flow, &header.args, mappings) {
                            Ok((_, args)) => header.args = args,
                            Err(misfit) => return Ok(Judged::Stays { place, misfit }),
                        }
                    }
                    Ok(Judged::Moves { place, into: Into::Suspended(Box::new(moved), envelope) })
                }
            }
        }
    }
}

fn move_run(
    desk: &mut Desk,
    rules: &Rules,
    mut row: RunRow,
    flow: &str,
    into: Into,
    linked: &Arc<Linked>,
    mappings: &[Mapping],
) -> Result<(), Trouble> {
    let name = migrate::flow_name(flow, mappings);
    let at = linked.program().flows.iter().position(|flow| *flow.name == *name);
    if let Some(id) = at.and_then(|at| linked.flows.get(at)) {
        row.flow = *id;
    }
    row.program = linked.id;
    let (run, envelope) = match into {
        Into::Pending(flow, revision, by, args) => {
            row.snapshot = envelope::pending(flow, revision, &by, &args);
            if row.status == RunStatus::Stranded {
                row.status = RunStatus::Ready;
                row.failure = None;
                row.due = Some(desk.now);
            }
            return Ok(desk.txn.save_run(&mut row)?);
        }
        Into::Suspended(run, envelope) => (*run, envelope),
    };
    desk.begin_turn();
    let id = row.id;
    for mut intent in desk.txn.intents_of(id)? {
        let path = run.paths.iter().find(|path| path.id == intent.path);
        let spot = path.and_then(|path| path.frames.last()).and_then(|top| linked.loaded.spot_at(top.function, top.pc));
        if let Some((place, _)) = spot {
            (intent.program, intent.place) = (linked.id, place);
            desk.txn.put_intent(&intent)?;
        }
    }
    if row.status == RunStatus::Stranded {
        row.failure = None;
        row.status = RunStatus::Waiting;
    }
    let retryable = row.status == RunStatus::Retryable;
    let paused = run.paths.iter().any(|path| path.state == PathState::Paused);
    let mut turn = Turn::of(desk, rules, row, linked.clone(), run, envelope, true)?;
    turn.causes.push(Cause::Migrated);
    turn.obey_anew()?;
    turn.dirty = true;
    if !retryable {
        turn.waits = turn.run.waits(&linked.loaded)?;
        turn.status = Some(if paused { Status::Ready } else { Status::Waiting });
        // What the new version waits for, or lets runs leave on, may hold already; and what it reads is watched from now on.
        if turn.waits.iter().any(|wait| wait.conditions) || turn.header_mask() & CONDITIONS != 0 {
            turn.desk.follows.push(Follow { run: id, wake: FollowWake::Changed });
        }
    }
    turn.store()
}
