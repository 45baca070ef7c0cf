//! An engine whose channels lead to peers on loopback, with a program of the test's own, in virtual time.

use crate::project::alone;
use crate::story::{BEGINNING_US, deployed, value};
use flow_bytecode::Value;
use flow_stdlib::channel::Channels;
use flow_stdlib::http::NetConfig;
use flow_stdlib::script::Scripts;
use flow_vm::action::Secrets;
use flow_vm::engine::{
    Act, Control, Engine, EngineConfig, RecordFilter, RecordView, RunDetail, RunFilter, RunId, RunStatus,
};
use flow_vm::seam::{Clock, ManualClock};
use std::path::Path;
use std::sync::Arc;

/// What every secret of a test is, with its name in front.
pub const SECRET: &str = "-sesame-4711-open-wide";

/// Secrets of a test: those that are given, and any other by its name and [`SECRET`].
pub struct TestSecrets(pub Vec<(String, String)>);

impl Secrets for TestSecrets {
    fn get(&self, name: &str) -> Option<String> {
        let given = self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
        Some(given.unwrap_or_else(|| format!("{name}{SECRET}")))
    }
}

/// The engine.
pub struct Office {
    /// It.
    pub engine: Option<Engine>,
    /// Its time.
    pub clock: ManualClock,
    channels: Channels,
    scripts: Scripts,
    allow: Vec<String>,
    secrets: Vec<(String, String)>,
    folder: tempfile::TempDir,
}

impl Office {
    /// Deploys a program. `secrets` are those that are not just anything.
    ///
    /// # Panics
    /// When the program does not compile, or the engine does not open.
    pub fn open(channels: Channels, allow: &[String], secrets: &[(&str, String)], program: &str) -> Office {
        Office::beside(Scripts::default(), &[], channels, allow, secrets, program)
    }

    /// As [`Office::open`], with programs that flows may run.
    ///
    /// # Panics
    /// As [`Office::open`].
    pub fn with_scripts(
        scripts: Scripts,
        channels: Channels,
        allow: &[String],
        secrets: &[(&str, String)],
        program: &str,
    ) -> Office {
        Office::beside(scripts, &[], channels, allow, secrets, program)
    }

    /// As [`Office::open`], with the words of its mails (path, text).
    ///
    /// # Panics
    /// As [`Office::open`].
    pub fn with_words(channels: Channels, allow: &[String], program: &str, words: &[(&str, &str)]) -> Office {
        Office::beside(Scripts::default(), words, channels, allow, &[], program)
    }

    fn beside(
        scripts: Scripts,
        words: &[(&str, &str)],
        channels: Channels,
        allow: &[String],
        secrets: &[(&str, String)],
        program: &str,
    ) -> Office {
        let secrets = secrets.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        let folder = tempfile::tempdir().expect("a scratch folder");
        let clock = ManualClock::new(BEGINNING_US);
        let mut office = Office { engine: None, clock, channels, scripts, allow: allow.to_vec(), secrets, folder };
        office.again();
        office.engine().deploy(deployed(alone(program, words))).expect("the program is deployed");
        office
    }

    /// The engine is closed, as if its process ended, and opened again.
    ///
    /// # Panics
    /// When it does not open.
    pub fn again(&mut self) {
        self.engine = None;
        let net = NetConfig { allow_net: self.allow.clone(), ..NetConfig::default() };
        let config = flow_stdlib::Config { net, channels: self.channels.clone(), scripts: self.scripts.clone() };
        let registry = flow_stdlib::registry(&config).expect("the library's settings are right");
        let mut config = EngineConfig::new(self.folder().join("flow.db"), registry);
        config.clock = Arc::new(self.clock.clone());
        config.secrets = Arc::new(TestSecrets(self.secrets.clone()));
        self.engine = Some(Engine::open(config).expect("the engine opens"));
    }

    /// Where its database is.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The engine.
    ///
    /// # Panics
    /// Never: it is always open.
    pub fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("the engine is open")
    }

    /// Creates a record; its fields as JSON.
    ///
    /// # Panics
    /// When it is refused.
    pub fn record(&self, entity: &str, fields: serde_json::Value) -> i64 {
        let serde_json::Value::Object(fields) = fields else { panic!("fields are an object") };
        let fields = fields.iter().map(|(name, one)| (name.clone(), value(one))).collect();
        let made = self.engine().perform(vec![Act::Create { entity: entity.to_owned(), fields }]);
        let made = made.expect("the store is well").remove(0).expect("the record is created");
        made.as_int().expect("an id")
    }

    /// Starts a flow; its arguments as JSON. Nothing has happened yet.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(&self, flow: &str, args: serde_json::Value) -> RunId {
        let serde_json::Value::Object(args) = args else { panic!("arguments are an object") };
        let args = args.iter().map(|(name, one)| (name.clone(), value(one))).collect();
        self.engine().start(&format!("main.{flow}"), args).expect("the run starts")
    }

    /// Starts a flow and lets everything happen, whenever it is due; how the run stands then.
    ///
    /// # Panics
    /// When the engine fails.
    pub fn run(&self, flow: &str, args: serde_json::Value) -> RunDetail {
        let run = self.start(flow, args);
        self.settle();
        self.shown(run)
    }

    /// Lets happen what happens now.
    ///
    /// # Panics
    /// When the engine fails.
    pub fn now(&self) {
        self.engine().run_until_idle().expect("the engine goes on");
    }

    /// Lets everything happen until nothing is due any more.
    ///
    /// # Panics
    /// When the engine fails.
    pub fn settle(&self) {
        self.now();
        while let Some(due) = self.engine().next_due().expect("it is known") {
            self.clock.advance((due - self.clock.now_us()).max(0));
            self.now();
        }
    }

    /// Seconds since the beginning.
    pub fn seconds(&self) -> f64 {
        (self.clock.now_us() - BEGINNING_US) as f64 / 1e6
    }

    /// A run as it stands.
    ///
    /// # Panics
    /// When there is no such run.
    pub fn shown(&self, run: RunId) -> RunDetail {
        self.engine().show(run).expect("the run is shown")
    }

    /// The newest run of a flow.
    ///
    /// # Panics
    /// When there is none.
    pub fn newest(&self, flow: &str) -> RunDetail {
        let filter = RunFilter { flow: Some(format!("main.{flow}")), limit: 1, ..RunFilter::default() };
        let run = self.engine().runs(&filter).expect("runs are listed").first().expect("a run").run;
        self.shown(run)
    }

    /// Every record of an entity.
    ///
    /// # Panics
    /// When the store is not well.
    pub fn records(&self, entity: &str) -> Vec<RecordView> {
        let filter = RecordFilter { entity: entity.to_owned(), limit: 1_000, ..RecordFilter::default() };
        let mut all = self.engine().records(&filter).expect("records are listed");
        all.sort_by_key(|record| record.id);
        all
    }
}

/// A field of a record.
pub fn field(record: &RecordView, name: &str) -> Value {
    record.fields.iter().find(|(known, _)| &**known == name).map(|(_, value)| value.clone()).unwrap_or_default()
}

/// The kind of failure that a run has ended with.
///
/// # Panics
/// When it has not.
pub fn kind(run: &RunDetail) -> String {
    assert!(matches!(run.run.status, RunStatus::Failed | RunStatus::InDoubt), "{:?}", run.run.status);
    run.run.failure.as_ref().expect("it says why").kind.to_string()
}

/// What the failure says.
///
/// # Panics
/// When there is none.
pub fn why(run: &RunDetail) -> String {
    run.run.failure.as_ref().expect("it says why").message.to_string()
}

/// What a run has yielded.
///
/// # Panics
/// When it has not ended well.
pub fn result(run: &RunDetail) -> Value {
    assert_eq!(run.run.status, RunStatus::Finished, "{:?}", run.run.failure);
    run.result.clone().unwrap_or_default()
}
