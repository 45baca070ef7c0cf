//! How an engine is opened.

use super::writer::Opener;
use crate::action::{Progress, Registry, Secrets};
use crate::machine::Limits;
use crate::seam::{Clock, Marks, Rng, SystemClock, SystemRng};
use crate::store::sqlite::{Options, Readers, SqliteStore};
use crate::store::{Store, StoreResult};
use std::path::PathBuf;
use std::sync::Arc;

/// What an engine needs. Made by [`EngineConfig::new`]; every part can be replaced.
pub struct EngineConfig {
    /// The database.
    pub path: PathBuf,
    /// How it is opened; `install_id` and `now_us` are filled in.
    pub store: Options,
    /// What carries actions out.
    pub registry: Registry,
    /// Where secrets are kept.
    pub secrets: Arc<dyn Secrets>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Randomness, for ids and tokens.
    pub rng: Box<dyn Rng>,
    /// Where phone numbers without a country code are from that people answer with (ISO 3166, `NO`).
    pub country: Option<String>,
    /// What keeps a customer from silence when the run that they talk with fails.
    pub fallback: Option<Fallback>,
    /// Of a step and of a run.
    pub limits: Limits,
    /// External calls under way, at most.
    pub concurrency: usize,
    /// External calls under way to one destination, at most.
    pub concurrency_each: usize,
    /// Connections that read, at most.
    pub readers: usize,
    /// How long a question may take, milliseconds.
    pub read_limit_ms: u64,
    /// After so many crowded batches in a row, at one moment, whoever waits for the engine to come to rest is told that it
    /// does not, and it stops. Without it they wait.
    pub patience: Option<u32>,
    /// Who is shown the words of an answer while they come.
    pub progress: Option<Arc<dyn Progress>>,
    /// Keeps what tests reach of the programs.
    pub marks: Option<Marks>,
    /// Opens the store some other way: for tests.
    pub opener: Option<StoreOpener>,
}

/// What is said to a customer, and who gets the conversation, when the run that they talked with fails.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fallback {
    /// The words.
    pub text: Option<String>,
    /// The team's name.
    pub team: Option<String>,
}

/// Opens a store, at first and again after a commit whose outcome is unknown.
pub type StoreOpener = Box<dyn FnMut() -> StoreResult<Box<dyn Store>> + Send>;

/// No secret is set.
struct NoSecrets;

impl Secrets for NoSecrets {
    fn get(&self, _name: &str) -> Option<String> {
        None
    }
}

impl EngineConfig {
    /// The usual: SQLite at a path, made when it is not there; the machine's clock and randomness; no secrets.
    pub fn new(path: impl Into<PathBuf>, registry: Registry) -> Self {
        EngineConfig {
            path: path.into(),
            store: Options { create: true, ..Options::default() },
            registry,
            secrets: Arc::new(NoSecrets),
            clock: Arc::new(SystemClock::default()),
            rng: Box::new(SystemRng),
            country: None,
            fallback: None,
            limits: Limits::default(),
            concurrency: 32,
            concurrency_each: 16,
            readers: 4,
            read_limit_ms: 2_000,
            patience: None,
            progress: None,
            marks: None,
            opener: None,
        }
    }

    /// An engine whose database lives in memory and is gone with it: for tests. No two at a time may have one name.
    pub fn in_memory(name: &str, registry: Registry) -> Self {
        let store = Options { create: true, lock: false, volatile: true, ..Options::default() };
        let path = PathBuf::from(format!("/{name}"));
        EngineConfig { store, readers: 1, ..EngineConfig::new(path, registry) }
    }

    /// The same, beginning with what the engine of that other name holds, which has to be open still.
    pub fn copy_in_memory(name: &str, other: &str, registry: Registry) -> Self {
        let mut config = Self::in_memory(name, registry);
        config.store.copy_of = Some(PathBuf::from(format!("/{other}")));
        config
    }

    /// What opens the store, and the pool that reads it.
    pub(super) fn openers(&mut self) -> (Opener, impl FnOnce() -> StoreResult<Readers> + use<>) {
        let (path, options) = (self.path.clone(), self.store.clone());
        let opener: Opener = match self.opener.take() {
            Some(opener) => opener,
            None => {
                let (path, options) = (path.clone(), options.clone());
                Box::new(move || SqliteStore::open(&path, &options).map(|store| Box::new(store) as Box<dyn Store>))
            }
        };
        let (most, limit_ms) = (self.readers.max(1), self.read_limit_ms);
        (opener, move || Readers::open(&path, &options, most, limit_ms))
    }
}
