//! An engine on a temporary database, a clock that moves when told, and a world outside that does as it is told.

use super::programs;
use crate::action::{
    ActionError, Attempt, BoxFuture, External, Implementation, Outcome, Registry, StoredRequest, Workspace,
};
use crate::engine::{Control, Cursor, Deployment, Engine, EngineConfig, RunDetail, RunId, RunStatus};
use crate::seam::ManualClock;
use flow_bytecode::{Failure, Value};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub const NOON: i64 = 1_780_000_000_000_000;

/// A request as it arrived: action, argument, key, number of the attempt.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrived {
    pub action: &'static str,
    pub bytes: Vec<u8>,
    pub key: String,
    pub number: u32,
}

/// What the other side does next.
#[derive(Clone)]
pub enum Reply {
    Outcome(Outcome),
    /// Never answers.
    Silence,
    Panic,
}

/// The world outside.
#[derive(Default)]
pub struct Outside {
    pub arrived: Mutex<Vec<Arrived>>,
    pub replies: Mutex<VecDeque<Reply>>,
    /// Attempts under way now, and the most there ever were.
    pub busy: AtomicU32,
    pub busiest: AtomicU32,
    pub delay: Mutex<Duration>,
}

struct Fake {
    name: &'static str,
    outside: Arc<Outside>,
    immediate: bool,
}

impl External for Fake {
    fn prepare(&self, args: &[Value]) -> Result<StoredRequest, Failure> {
        let number = args.first().and_then(Value::as_int).unwrap_or_default();
        if number == 666 {
            return Err(Failure::new("invalid", "no such number"));
        }
        Ok(StoredRequest { destination: "there".to_owned(), bytes: number.to_le_bytes().to_vec() })
    }

    fn is_immediate(&self) -> bool {
        self.immediate
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let arrived = Arrived {
                action: self.name,
                bytes: request.bytes.clone(),
                key: attempt.key.to_owned(),
                number: attempt.number,
            };
            // Before it is seen to arrive: a test may then kill the engine.
            let reply = self.outside.replies.lock().unwrap().pop_front();
            self.outside.arrived.lock().unwrap().push(arrived);
            if !self.immediate {
                let busy = self.outside.busy.fetch_add(1, Ordering::SeqCst) + 1;
                self.outside.busiest.fetch_max(busy, Ordering::SeqCst);
                let delay = *self.outside.delay.lock().unwrap();
                tokio::time::sleep(delay).await;
                self.outside.busy.fetch_sub(1, Ordering::SeqCst);
            }
            match reply {
                Some(Reply::Outcome(outcome)) => outcome,
                Some(Reply::Silence) => std::future::pending().await,
                Some(Reply::Panic) => panic!("the action broke"),
                None => {
                    let bytes = request.bytes.clone().try_into().unwrap_or_default();
                    Outcome::Done(Value::Int(i64::from_le_bytes(bytes)))
                }
            }
        })
    }
}

fn count(workspace: &mut dyn Workspace, args: &[Value]) -> Result<Value, ActionError> {
    let contact = args[0].as_int().unwrap();
    let count = workspace.get("Contact", contact, "count")?.as_int().unwrap();
    workspace.set("Contact", contact, "count", Value::Int(count + 1))?;
    Ok(Value::Null)
}

fn boom(workspace: &mut dyn Workspace, args: &[Value]) -> Result<Value, ActionError> {
    workspace.set("Contact", 1, "plan", Value::text("broken"))?;
    if args[0] == Value::Int(1) {
        return Err(ActionError::Fault("the disk is on fire".to_owned()));
    }
    panic!("boom")
}

pub fn registry(outside: &Arc<Outside>) -> Registry {
    let mut registry = Registry::default();
    for (name, immediate) in [("look", true), ("look_slowly", false), ("pay", false), ("charge", false)] {
        let fake = Fake { name, outside: outside.clone(), immediate };
        registry.add(name, Implementation::External(Arc::new(fake)));
    }
    registry.add("count", Implementation::Local(count));
    registry.add("boom", Implementation::Local(boom));
    registry
}

pub struct House {
    pub engine: Option<Engine>,
    pub clock: ManualClock,
    pub outside: Arc<Outside>,
    pub folder: tempfile::TempDir,
}

impl House {
    pub fn new() -> Self {
        let mut house = Self::empty();
        house.open();
        house.deploy();
        house
    }

    pub fn empty() -> Self {
        House {
            engine: None,
            clock: ManualClock::new(NOON),
            outside: Arc::default(),
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("flow.db")
    }

    pub fn config(&self) -> EngineConfig {
        let mut config = EngineConfig::new(self.path(), registry(&self.outside));
        config.clock = Arc::new(self.clock.clone());
        config
    }

    pub fn open(&mut self) {
        self.engine = Some(Engine::open(self.config()).unwrap());
    }

    /// The process ends and another begins; what was under way is cut off.
    pub fn restart(&mut self) {
        self.engine = None;
        self.open();
    }

    pub fn engine(&self) -> &Engine {
        self.engine.as_ref().unwrap()
    }

    pub fn deploy(&self) {
        let (program, schema) = (programs::program(), programs::schema());
        let deployment = Deployment { program, schema, ..Deployment::default() };
        self.engine().deploy(deployment).unwrap();
    }

    pub fn start(&self, flow: &str, args: &[(&str, Value)]) -> RunId {
        let args = args.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        self.engine().start(flow, args).unwrap()
    }

    pub fn create(&self, entity: &str, fields: &[(&str, Value)]) -> i64 {
        let fields = fields.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let act = crate::engine::Act::Create { entity: entity.to_owned(), fields };
        let done = self.engine().perform(vec![act]).unwrap().remove(0).unwrap();
        done.as_int().unwrap()
    }

    pub fn set(&self, entity: &str, id: i64, field: &str, value: Value) {
        let fields = vec![(field.to_owned(), value)];
        let act = crate::engine::Act::Set { entity: entity.to_owned(), id, fields };
        self.engine().perform(vec![act]).unwrap().remove(0).unwrap();
    }

    pub fn contact(&self) -> i64 {
        self.create("Contact", &[])
    }

    pub fn conversation(&self) -> i64 {
        let contact = self.contact();
        self.create("Conversation", &[("contact", Value::Int(contact))])
    }

    pub fn idle(&self) {
        self.engine().run_until_idle().unwrap();
    }

    /// Lets time pass, and everything that is due happen.
    pub fn advance(&self, us: i64) {
        self.clock.advance(us);
        self.idle();
    }

    pub fn show(&self, run: RunId) -> RunDetail {
        self.engine().show(run).unwrap()
    }

    pub fn status(&self, run: RunId) -> RunStatus {
        self.show(run).run.status
    }

    pub fn result(&self, run: RunId) -> Value {
        let detail = self.show(run);
        assert_eq!(detail.run.status, RunStatus::Finished, "{detail:#?}");
        detail.result.unwrap_or_default()
    }

    pub fn arrived(&self) -> Vec<Arrived> {
        self.outside.arrived.lock().unwrap().clone()
    }

    pub fn reply(&self, reply: Reply) {
        self.outside.replies.lock().unwrap().push_back(reply);
    }

    /// Waits until the world outside has got that many requests.
    pub fn until_arrived(&self, count: usize) {
        for _ in 0..2_000 {
            if self.arrived().len() >= count {
                return;
            }
            std::thread::sleep(Duration::from_millis(1));
        }
        panic!("only {} requests arrived", self.arrived().len());
    }

    /// What was said in the conversation of a run, by whom.
    pub fn said(&self, run: RunId) -> Vec<(String, String)> {
        let watched = self.engine().watch(run, Cursor::default(), Duration::ZERO).unwrap();
        watched.messages.into_iter().map(|(_, said)| (said.from.to_string(), said.text.to_string())).collect()
    }
}

pub fn failed(kind: &str, retryable: bool, retry_after_us: Option<i64>) -> Reply {
    Reply::Outcome(Outcome::Failed { failure: Failure::new(kind, "as told"), retryable, retry_after_us })
}

pub fn in_doubt() -> Reply {
    Reply::Outcome(Outcome::InDoubt { message: "no answer".to_owned() })
}
