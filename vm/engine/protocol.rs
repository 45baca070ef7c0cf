//! What processes on one machine say to each other: every question of [`Control`] as one JSON value, and its answer.

use super::control::{Control, Deployment, Migration};
use super::error::EngineError;
use super::handle::Engine;
use super::view::{
    Act, AnswerTo, Answered, Cursor, Decision, Deployed, Fired, FlowCounts, FlowView, Health, History, Matching,
    MigrationReport, NoteOn, Numbered, RecordFilter, RecordView, Resolution, RunDetail, RunFilter, RunId, RunView,
    Watched,
};
use flow_bytecode::schema::Schema;
use flow_bytecode::{Failure, Value};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The longest a question may be waited for on the other side, so that a process that is gone is noticed.
pub(super) const PATIENCE_MAX: Duration = Duration::from_secs(30);

/// A question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Question {
    Deploy(Box<Deployment>),
    CheckDeploy(Box<Deployment>),
    Migrate(Box<Migration>),
    Start { flow: String, args: Vec<(String, Value)> },
    Pause { flow: String, on: bool },
    StartMatching { flow: String, after: i64 },
    Counts,
    Answer { to: AnswerTo, answer: Value },
    Fire { event: String, args: Vec<(String, Value)>, delivery: Option<(String, String)> },
    Cancel(RunId),
    Retry(RunId),
    Resolve(RunId, Resolution),
    Decide(RunId, Decision),
    Perform(Vec<Act>),
    Watch { run: RunId, since: Cursor, patience_ms: u64 },
    Runs(RunFilter),
    Show(RunId),
    Records(RecordFilter),
    History { entity: String, id: i64 },
    Notes { after: i64, limit: usize },
    Said { after: (i64, i64), limit: usize },
    Flows,
    Schema,
    Health,
    Idle,
}

/// Its answer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Reply {
    Done,
    Deployed(Deployed),
    Migrated(MigrationReport),
    Run(RunId),
    Paused(bool),
    Matching(Matching),
    Counts(Vec<FlowCounts>),
    Answered(Answered),
    Fired(Fired),
    Performed(Vec<Result<Value, Failure>>),
    Watched(Box<Watched>),
    Runs(Vec<RunView>),
    Detail(Box<RunDetail>),
    Records(Vec<RecordView>),
    History(History),
    Notes(Vec<NoteOn>),
    Said(Vec<Numbered>),
    Flows(Vec<FlowView>),
    Schema(Schema),
    Health(Health),
}

/// Asks the engine.
pub(super) fn ask(engine: &Engine, question: Question) -> Result<Reply, EngineError> {
    Ok(match question {
        Question::Deploy(deployment) => Reply::Deployed(engine.deploy(*deployment)?),
        Question::Migrate(migration) => Reply::Migrated(engine.migrate(*migration)?),
        Question::CheckDeploy(deployment) => engine.check_deploy(&deployment).map(|()| Reply::Done)?,
        Question::Start { flow, args } => Reply::Run(engine.start(&flow, args)?),
        Question::Pause { flow, on } => Reply::Paused(engine.pause(&flow, on)?),
        Question::StartMatching { flow, after } => Reply::Matching(engine.start_matching(&flow, after)?),
        Question::Counts => Reply::Counts(engine.counts()?),
        Question::Answer { to, answer } => Reply::Answered(engine.answer(to, answer)?),
        Question::Fire { event, args, delivery } => Reply::Fired(engine.fire(&event, args, delivery)?),
        Question::Cancel(run) => engine.cancel(run).map(|()| Reply::Done)?,
        Question::Retry(run) => engine.retry(run).map(|()| Reply::Done)?,
        Question::Resolve(run, resolution) => engine.resolve(run, resolution).map(|()| Reply::Done)?,
        Question::Decide(run, decision) => engine.decide(run, decision).map(|()| Reply::Done)?,
        Question::Perform(acts) => Reply::Performed(engine.perform(acts)?),
        Question::Watch { run, since, patience_ms } => {
            let patience = Duration::from_millis(patience_ms).min(PATIENCE_MAX);
            Reply::Watched(Box::new(engine.watch(run, since, patience)?))
        }
        Question::Runs(filter) => Reply::Runs(engine.runs(&filter)?),
        Question::Show(run) => Reply::Detail(Box::new(engine.show(run)?)),
        Question::Records(filter) => Reply::Records(engine.records(&filter)?),
        Question::History { entity, id } => Reply::History(engine.history(&entity, id)?),
        Question::Notes { after, limit } => Reply::Notes(engine.notes(after, limit)?),
        Question::Said { after, limit } => Reply::Said(engine.said(after, limit)?),
        Question::Flows => Reply::Flows(engine.flows()?),
        Question::Schema => Reply::Schema(engine.schema()?),
        Question::Health => Reply::Health(engine.health()?),
        Question::Idle => engine.run_until_idle().map(|()| Reply::Done)?,
    })
}
