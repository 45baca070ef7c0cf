//! The engine as its process holds it.

use super::config::EngineConfig;
use super::control::{Control, Deployment, Migration};
use super::dispatch::{Dispatcher, Means};
use super::error::EngineError;
use super::job::{Deed, Job, Tell};
use super::lanes::{Lane, Lanes};
use super::memory::Memory;
use super::pending::Pending;
use super::shared::Shared;
use super::sidefile::SideFile;
use super::turn::{AnswerAt, Rules, TurnWake};
use super::view::{
    Act, AnswerTo, Answered, Cursor, Decision, Deployed, Fired, FlowCounts, FlowView, Health, History, Matching,
    MigrationReport, NoteOn, Numbered, RecordFilter, RecordView, Resolution, RunDetail, RunFilter, RunId, RunView,
    Watched,
};
use super::writer::{Ask, Writer, store_error};
use super::{read, watch};
use crate::action::{ActionError, Registry, Workspace};
use crate::seam::Clock;
use crate::store::sqlite::Readers;
use flow_bytecode::schema::Schema;
use flow_bytecode::{Failure, Value};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// An engine that runs in this process and owns its database. Clones share it; it stops when the last is dropped.
#[derive(Clone)]
pub struct Engine(Arc<Inner>);

pub(super) struct Inner {
    asks: Sender<Ask>,
    pub shared: Arc<Shared>,
    pub readers: Readers,
    pub clock: Arc<dyn Clock>,
    registry: Registry,
    install: [u8; 16],
    runtime: Option<tokio::runtime::Runtime>,
    threads: Mutex<Vec<JoinHandle<()>>>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        let _ = self.asks.send(Ask::Stop);
        let threads = std::mem::take(&mut *self.threads.lock().unwrap_or_else(PoisonError::into_inner));
        for thread in threads {
            // The last clone may be dropped on one of them.
            if thread.thread().id() != std::thread::current().id() {
                let _ = thread.join();
            }
        }
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Engine {
    /// Opens the database, takes up what was under way, and serves wakes from then on. Timers fire by themselves only
    /// after [`Engine::serve`], and during [`Control::run_until_idle`].
    ///
    /// # Errors
    /// [`EngineError::Owned`] when another process owns the database, and the store's errors.
    pub fn open(mut config: EngineConfig) -> Result<Engine, EngineError> {
        config.rng.fill(&mut config.store.install_id).map_err(|error| EngineError::Store {
            message: format!("this machine gives no random numbers ({error})"),
            advice: "Install ids cannot be made without them".to_owned(),
        })?;
        config.store.now_us = config.clock.now_us();
        let volatile = config.store.volatile;
        let (mut opener, readers) = config.openers();
        let store = opener().map_err(|error| store_error(&error))?;
        let readers = readers().map_err(|error| store_error(&error))?;
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .thread_name("flow-actions")
            .enable_all()
            .build()
            .map_err(|error| EngineError::internal(format!("no threads for actions: {error}")))?;
        let (asks, asked) = channel();
        let (orders, ordered) = channel();
        let means = Means { secrets: config.secrets, clock: config.clock.clone(), progress: config.progress };
        let dispatcher = Dispatcher::new(
            ordered,
            orders.clone(),
            asks.clone(),
            runtime.handle().clone(),
            means.clone(),
            (config.concurrency, config.concurrency_each),
        );
        let shared = Arc::new(Shared::default());
        let (side, left) = SideFile::open((!volatile).then_some(&*config.path));
        let install = store.install().id;
        let mut writer = Writer {
            asks: asked,
            orders,
            opener,
            rules: Rules {
                limits: config.limits,
                install,
                country: config.country,
                fallback: config.fallback,
                marks: config.marks,
            },
            store: Some(store),
            registry: config.registry.clone(),
            means,
            shared: shared.clone(),
            side,
            memory: Memory::default(),
            lanes: Lanes::default(),
            marks: Vec::new(),
            suspects: Default::default(),
            delayed: Default::default(),
            handed: Default::default(),
            backlog: Default::default(),
            earliest: Some(i64::MIN),
            timers: false,
            idle: Vec::new(),
            patience: config.patience,
            endless: None,
            crowded: 0,
            now: i64::MIN,
            batch_max: 256,
            stopped: false,
        };
        writer.resume(true).map_err(|error| store_error(&error))?;
        // Counted first: a doubt may be what killed the last process.
        writer.resume_batch(&left).map_err(|error| store_error(&error))?;
        writer.settle_doubts();
        let thread = |name: &str, work: Box<dyn FnOnce() + Send>| {
            std::thread::Builder::new()
                .name(name.to_owned())
                .spawn(work)
                .map_err(|error| EngineError::internal(format!("no thread for the {name}: {error}")))
        };
        let threads = vec![
            thread("flow-writer", Box::new(move || writer.run()))?,
            thread("flow-dispatch", Box::new(move || dispatcher.run()))?,
        ];
        Ok(Engine(Arc::new(Inner {
            asks,
            shared,
            readers,
            clock: config.clock,
            registry: config.registry,
            install,
            runtime: Some(runtime),
            threads: Mutex::new(threads),
        })))
    }

    /// Whether timers fire by themselves, as in `flow serve`; they do so until this engine is dropped or told otherwise.
    pub fn serve(&self, on: bool) {
        let _ = self.0.asks.send(Ask::Timers(on));
    }

    /// A key of this installation for a purpose, as [`Workspace::key`] has it.
    pub fn key(&self, purpose: &str) -> [u8; 32] {
        super::keys::key(&self.0.install, purpose)
    }

    /// When something is next due, microseconds since 1970: for fast-forward, and for a prompt that says so.
    ///
    /// # Errors
    /// The store's.
    pub fn next_due(&self) -> Result<Option<i64>, EngineError> {
        self.ask(Ask::NextDue).wait()
    }

    /// Says in the lock file where this engine's local API is served.
    ///
    /// # Errors
    /// The store's.
    pub fn set_address(&self, address: Option<String>) -> Result<(), EngineError> {
        self.ask(|reply| Ask::Address(address, reply)).wait()
    }

    /// Empties the log, so that nothing erased survives in it.
    ///
    /// # Errors
    /// The store's.
    pub fn truncate_log(&self) -> Result<(), EngineError> {
        self.ask(Ask::Truncate).wait()
    }

    /// [`Control::start`], to be awaited.
    pub fn start_soon(&self, flow: &str, args: Vec<(String, Value)>) -> Pending<RunId> {
        let flow = flow.to_owned();
        self.job(Lane::People, |reply| Job::Start { flow, args, reply })
    }

    /// [`Control::answer`], to be awaited.
    pub fn answer_soon(&self, to: AnswerTo, answer: Value) -> Pending<Answered> {
        let wake = |run: RunId, at: AnswerAt| {
            let wake = TurnWake::Answer { at, answer: answer.clone() };
            self.job(Lane::People, |reply| Job::Wake { run: run.0, wake, reply: Tell::Answered(reply) })
        };
        match to {
            AnswerTo::Token(token) => wake(token.run, AnswerAt::Exact { path: token.path, revision: token.revision }),
            AnswerTo::Run { run, at } => wake(run, AnswerAt::Newest { anchor: at }),
            AnswerTo::Conversation(conversation) => {
                self.job(Lane::People, |reply| Job::AnswerIn { conversation, answer: answer.clone(), reply })
            }
        }
    }

    /// [`Control::fire`], to be awaited.
    pub fn fire_soon(
        &self,
        event: &str,
        args: Vec<(String, Value)>,
        delivery: Option<(String, String)>,
    ) -> Pending<Fired> {
        let event = event.to_owned();
        self.job(Lane::People, |reply| Job::Fire { event, args, delivery, reply })
    }

    /// Does something to the workspace in a transaction: wholly, or, when it fails, not at all. It may be called more than
    /// once, each time on a fresh transaction, and must not reach outside.
    pub fn act_soon(
        &self,
        deed: impl FnMut(&mut dyn Workspace) -> Result<Value, ActionError> + Send + 'static,
    ) -> Pending<Result<Value, Failure>> {
        let deed: Deed = Box::new(deed);
        self.job(Lane::People, |reply| Job::Act { deed, reply })
    }

    fn ask<T>(&self, ask: impl FnOnce(super::pending::Reply<T>) -> Ask) -> Pending<T> {
        let (reply, pending) = Pending::new(self.0.shared.clone());
        // When the writer is gone its end of the reply goes with the message, which is how the other end hears of it.
        let _ = self.0.asks.send(ask(reply));
        pending
    }

    pub(super) fn job<T>(&self, lane: Lane, job: impl FnOnce(super::pending::Reply<T>) -> Job) -> Pending<T> {
        self.ask(|reply| Ask::Job(lane, job(reply)))
    }

    fn wake(&self, run: RunId, wake: TurnWake) -> Result<(), EngineError> {
        self.job(Lane::People, |reply| Job::Wake { run: run.0, wake, reply: Tell::Done(reply) }).wait()
    }

    /// Whether nothing is queued for a run in memory.
    pub(super) fn is_quiet(&self, run: i64) -> Result<bool, EngineError> {
        self.ask(|reply| Ask::Quiet(run, reply)).wait()
    }

    pub(super) fn inner(&self) -> &Inner {
        &self.0
    }
}

impl Control for Engine {
    fn deploy(&self, deployment: Deployment) -> Result<Deployed, EngineError> {
        let deployment = Box::new(deployment);
        self.job(Lane::People, |reply| Job::Deploy { deployment, dry: false, reply }).wait()
    }

    fn check_deploy(&self, deployment: &Deployment) -> Result<(), EngineError> {
        let deployment = Box::new(deployment.clone());
        self.job(Lane::People, |reply| Job::Deploy { deployment, dry: true, reply }).wait().map(drop)
    }

    fn migrate(&self, migration: Migration) -> Result<MigrationReport, EngineError> {
        let migration = Box::new(migration);
        self.job(Lane::People, |reply| Job::Migrate { migration, reply }).wait()
    }

    fn start(&self, flow: &str, args: Vec<(String, Value)>) -> Result<RunId, EngineError> {
        self.start_soon(flow, args).wait()
    }

    fn pause(&self, flow: &str, on: bool) -> Result<bool, EngineError> {
        let flow = flow.to_owned();
        self.job(Lane::People, |reply| Job::Pause { flow, on, reply }).wait()
    }

    fn start_matching(&self, flow: &str, after: i64) -> Result<Matching, EngineError> {
        let flow = flow.to_owned();
        self.job(Lane::FanOut, |reply| Job::Matching { flow, after, reply }).wait()
    }

    fn counts(&self) -> Result<Vec<FlowCounts>, EngineError> {
        read::counts(&self.inner().readers)
    }

    fn answer(&self, to: AnswerTo, answer: Value) -> Result<Answered, EngineError> {
        self.answer_soon(to, answer).wait()
    }

    fn fire(
        &self,
        event: &str,
        args: Vec<(String, Value)>,
        delivery: Option<(String, String)>,
    ) -> Result<Fired, EngineError> {
        self.fire_soon(event, args, delivery).wait()
    }

    fn cancel(&self, run: RunId) -> Result<(), EngineError> {
        self.wake(run, TurnWake::Cancel)
    }

    fn retry(&self, run: RunId) -> Result<(), EngineError> {
        self.wake(run, TurnWake::Retry)
    }

    fn resolve(&self, run: RunId, resolution: Resolution) -> Result<(), EngineError> {
        self.wake(run, TurnWake::Resolve(resolution))
    }

    fn decide(&self, run: RunId, decision: Decision) -> Result<(), EngineError> {
        self.wake(run, TurnWake::Decide(decision))
    }

    fn perform(&self, acts: Vec<Act>) -> Result<Vec<Result<Value, Failure>>, EngineError> {
        let pending: Vec<_> = acts
            .into_iter()
            .map(|act| {
                let registry = self.0.registry.clone();
                self.act_soon(move |workspace| read::perform(workspace, &registry, &act))
            })
            .collect();
        pending.into_iter().map(Pending::wait).collect()
    }

    fn watch(&self, run: RunId, since: Cursor, patience: Duration) -> Result<Watched, EngineError> {
        watch::watch(self, run, &since, patience)
    }

    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunView>, EngineError> {
        read::runs(&self.0.readers, filter, self.0.clock.now_us())
    }

    fn show(&self, run: RunId) -> Result<RunDetail, EngineError> {
        read::show(&self.0.readers, &self.0.registry, run, self.0.clock.now_us())
    }

    fn records(&self, filter: &RecordFilter) -> Result<Vec<RecordView>, EngineError> {
        read::records(&self.0.readers, filter)
    }

    fn history(&self, entity: &str, id: i64) -> Result<History, EngineError> {
        super::history::history(&self.0.readers, entity, id)
    }

    fn notes(&self, after: i64, limit: usize) -> Result<Vec<NoteOn>, EngineError> {
        super::history::notes(&self.0.readers, after, limit)
    }

    fn said(&self, after: (i64, i64), limit: usize) -> Result<Vec<Numbered>, EngineError> {
        super::history::messages(&self.0.readers, after, limit)
    }

    fn flows(&self) -> Result<Vec<FlowView>, EngineError> {
        read::flows(&self.0.readers)
    }

    fn schema(&self) -> Result<Schema, EngineError> {
        read::schema(&self.0.readers)
    }

    fn health(&self) -> Result<Health, EngineError> {
        self.ask(Ask::Health).wait()
    }

    fn run_until_idle(&self) -> Result<(), EngineError> {
        self.ask(Ask::Idle).wait()
    }
}
