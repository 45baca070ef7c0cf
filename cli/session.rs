//! A command's way to the engine: opened here when nobody owns the database, else asked of its owner.

use crate::io::{Io, quoted};
use crate::project::{FallbackSection, Project};
use crate::talk::Preview;
use crate::trouble::Trouble;
use crate::values::{Lookup, Moments};
use flow_bytecode::Value;
use flow_bytecode::schema::SchemaType;
use flow_stdlib::workspace::articles;
use flow_stdlib::{Config, http::NetConfig};
use flow_vm::action::{Registry, Secrets};
use flow_vm::engine::{
    Act, Control, Engine, EngineConfig, EngineError, Fallback, LocalApi, Owner, RecordFilter, RecordView,
};
use flow_vm::seam::{Clock, SystemClock, SystemRng};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Which project and which database a command is about.
#[derive(Debug, Clone, clap::Args)]
pub struct Where {
    /// The database; without it what flow.toml says, or flow.db in the project
    #[arg(long, value_name = "PATH", value_hint = clap::ValueHint::FilePath)]
    pub db: Option<PathBuf>,
    /// The project's folder; without it the one this folder belongs to
    #[arg(long, value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    pub project: Option<PathBuf>,
}

impl Where {
    /// The project.
    ///
    /// # Errors
    /// It is not there, or its settings are wrong.
    pub fn project(&self, io: &Io) -> Result<Project, Trouble> {
        Project::find(&io.path(self.project.as_deref().unwrap_or(Path::new("."))))
    }

    /// The database.
    pub fn database(&self, project: &Project, io: &Io) -> PathBuf {
        project.database(self.db.as_deref().map(|path| io.path(path)).as_deref())
    }
}

/// What a command is going to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// Look; the database must be there.
    Look,
    /// Wake runs of a database that is there.
    Wake,
    /// Start something; the database is made when it is not there.
    Start,
}

/// An engine to talk to.
pub struct Session {
    /// Whoever answers.
    pub control: Arc<dyn Control>,
    /// The engine, when it runs in this process.
    pub engine: Option<Engine>,
    /// The database.
    pub database: PathBuf,
    /// The project's folder.
    pub root: PathBuf,
    /// The words of answers while they come; of another process's engine none come.
    pub preview: Arc<Preview>,
    /// Where phone numbers without a country code are from.
    country: Option<String>,
    /// Before and after the words of a command about this database: the program's name, and where it is.
    spelling: (String, String),
    /// Serves other commands meanwhile; goes before the engine does.
    api: Option<LocalApi>,
    clock: Arc<dyn Clock>,
}

impl Session {
    /// Opens the engine of a project's database.
    ///
    /// # Errors
    /// The database is not there, cannot be used, or another process has it.
    pub fn open(project: &Project, database: &Path, intent: Intent, io: &mut Io) -> Result<Session, Trouble> {
        Self::open_at(project, database, intent, Arc::new(SystemClock::default()), io)
    }

    /// As [`Session::open`], with a clock of one's own.
    ///
    /// # Errors
    /// As [`Session::open`].
    pub fn open_at(
        project: &Project,
        database: &Path,
        intent: Intent,
        clock: Arc<dyn Clock>,
        io: &mut Io,
    ) -> Result<Session, Trouble> {
        if intent != Intent::Start && !database.exists() {
            return Err(Trouble::machine(format!("there is no database at {}", database.display())).help(
                "`flow run` and `flow contacts import` make one; go to the project's folder, or name another with `--db`",
            ));
        }
        let asking = |owner: Owner| Session {
            control: Arc::new(owner),
            engine: None,
            database: database.to_owned(),
            root: project.root.clone(),
            preview: Arc::default(),
            country: project.config.project.country.clone(),
            spelling: spelling(project, database, io),
            api: None,
            clock: clock.clone(),
        };
        let actions = registry(project)?;
        let preview = Arc::new(Preview::default());
        let secrets = Arc::new(EnvironmentSecrets::load(project, io)?);
        let waits = SystemClock::default();
        let begun = waits.boot_us();
        let patience = i64::try_from(OWNER_PATIENCE.as_micros()).unwrap_or(i64::MAX);
        // Another command has the database for a moment, and serves nobody meanwhile: it is waited for.
        let engine = loop {
            let mut config = EngineConfig::new(database, actions.clone());
            config.store.create = intent == Intent::Start;
            config.clock = clock.clone();
            config.secrets = secrets.clone();
            config.progress = Some(preview.clone());
            config.country = project.config.project.country.clone();
            config.fallback = project.config.fallback.as_ref().map(fallback);
            let found = Owner::connect(database).and_then(|owner| match owner {
                Some(owner) => Ok(Ok(owner)),
                None => Engine::open(config).map(Err),
            });
            let error = match found {
                Ok(Err(engine)) => break engine,
                Ok(Ok(owner)) => match answers(&owner, database) {
                    Ok(()) => return Ok(asking(owner)),
                    // It may have ended since it was found; one that hangs has been waited for already.
                    Err(trouble) if Owner::connect(database).is_ok_and(|again| again.is_some()) => return Err(trouble),
                    Err(_) => continue,
                },
                Err(error @ EngineError::Owned { .. }) => error,
                Err(error) => return Err(error.into()),
            };
            if waits.boot_us().saturating_sub(begun) > patience {
                return Err(error.into());
            }
            std::thread::sleep(OWNER_LOOK);
        };
        Ok(Session {
            control: Arc::new(engine.clone()),
            engine: Some(engine),
            database: database.to_owned(),
            root: project.root.clone(),
            preview,
            country: project.config.project.country.clone(),
            spelling: spelling(project, database, io),
            api: None,
            clock,
        })
    }

    /// A command about this database as it can be typed here: `flow resume r_0019b --project examples`.
    pub fn command(&self, words: &str) -> String {
        let (program, place) = &self.spelling;
        format!("{program} {words}{place}")
    }

    /// For a command that stays: timers fire, and other commands are served.
    ///
    /// # Errors
    /// There is no port to serve on.
    pub fn stay(&mut self) -> Result<(), Trouble> {
        if let Some(engine) = &self.engine {
            engine.serve(true);
            self.api = Some(LocalApi::serve(engine, &self.database, &mut SystemRng)?);
        }
        Ok(())
    }

    /// Moments seen from now, in this machine's zone.
    pub fn moments(&self) -> Moments {
        Moments::here(self.clock.now_us())
    }

    /// Has an action carried out by itself.
    ///
    /// # Errors
    /// What the action says, or the store.
    pub fn call(&self, action: &str, args: Vec<Value>) -> Result<Value, Trouble> {
        self.act(Act::Call { action: action.to_owned(), args })
    }

    /// Does one thing to the workspace.
    ///
    /// # Errors
    /// What a rule refuses, or the store.
    pub fn act(&self, act: Act) -> Result<Value, Trouble> {
        match self.control.perform(vec![act])?.pop() {
            Some(Ok(value)) => Ok(value),
            Some(Err(failure)) => Err(Trouble::refused(failure.message.to_string())),
            None => Err(EngineError::Stopped.into()),
        }
    }

    /// Brings the articles of the project's folder into the workspace, where it knows articles. Nothing is written of those
    /// that are there already as they are.
    ///
    /// # Errors
    /// A file cannot be read, or the store.
    pub fn fill_articles(&self, project: &Project) -> Result<(), Trouble> {
        let Some(articles) = project.articles()? else { return Ok(()) };
        if !self.control.schema()?.entities.iter().any(|entity| &*entity.name == "Article") {
            return Ok(());
        }
        articles
            .chunks(articles::FILL_MAX)
            .try_for_each(|some| self.call(articles::FILL, vec![articles::fill_argument(some)]).map(drop))
    }

    /// The records of an entity whose field has a value.
    ///
    /// # Errors
    /// The store.
    pub fn records_by(&self, entity: &str, field: &str, value: Value) -> Result<Vec<RecordView>, Trouble> {
        let equals = Some((field.to_owned(), value));
        Ok(self.control.records(&RecordFilter { entity: entity.to_owned(), equals, ..RecordFilter::default() })?)
    }
}

/// How long the owner of a database may take to say that it is there.
const OWNER_PATIENCE: Duration = Duration::from_secs(10);

/// How long it is until the next look whether the owner has ended.
const OWNER_LOOK: Duration = Duration::from_millis(50);

/// Whether the owner answers at all: one that hangs would be waited for much longer, call by call.
fn answers(owner: &Owner, database: &Path) -> Result<(), Trouble> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let asked = owner.clone();
    let spawned = std::thread::Builder::new().name("flow-owner".to_owned()).spawn(move || {
        let _ = sender.send(asked.health());
    });
    match receiver.recv_timeout(OWNER_PATIENCE) {
        Ok(health) => Ok(health.map(drop)?),
        Err(_) if spawned.is_err() => Ok(()),
        Err(_) => {
            let (path, owner) = (database.display().to_string(), owner.describe().to_owned());
            Err(EngineError::Owned { path, owner }.into())
        }
    }
}

/// Whether there is a file without anything in it: what an interrupted copy leaves, or `touch`.
pub fn is_empty(database: &Path) -> bool {
    std::fs::metadata(database).is_ok_and(|file| file.is_file() && file.len() == 0)
}

/// The program's name, and the options that lead to a database from this folder; none where it is found by itself.
fn spelling(project: &Project, database: &Path, io: &Io) -> (String, String) {
    let same = |one: &Path, other: &Path| match (one.canonicalize(), other.canonicalize()) {
        (Ok(one), Ok(other)) => one == other,
        _ => one == other,
    };
    let mut place = String::new();
    let here = Project::find(&io.path(Path::new("."))).ok();
    if !here.is_some_and(|here| same(&here.root, &project.root)) {
        place.push_str(&format!(" --project {}", quoted(&project.root.display().to_string())));
    }
    if !same(&project.database(None), database) {
        place.push_str(&format!(" --db {}", quoted(&database.display().to_string())));
    }
    (io.program.clone(), place)
}

impl Drop for Session {
    /// Whoever opens an engine takes up the calls that were committed. One that is cut off would be in doubt: it is let
    /// come to its end, which its own time limit bounds.
    fn drop(&mut self) {
        self.api = None;
        let Some(engine) = &self.engine else { return };
        for _ in 0..CALLS_PATIENCE_MS / CALLS_LOOK_MS {
            if engine.health().map_or(0, |health| health.calls) == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(CALLS_LOOK_MS));
        }
    }
}

/// How long a command that ends waits for calls under way, milliseconds: the default time limit of a call, and some.
const CALLS_PATIENCE_MS: u64 = 35_000;

/// How often it looks, milliseconds.
const CALLS_LOOK_MS: u64 = 20;

impl Lookup for Session {
    fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }

    fn find(&self, entity: &str, text: &str) -> Result<i64, Trouble> {
        record(self, entity, text).map(|record| record.id)
    }
}

/// The record a person means: by id, or by the value of a unique or indexed text field.
///
/// # Errors
/// There is none, or several, or no such entity.
pub fn record(session: &Session, entity: &str, text: &str) -> Result<RecordView, Trouble> {
    let schema = session.control.schema()?;
    let Some(definition) = schema.entities.iter().find(|definition| &*definition.name == entity) else {
        return Err(Trouble::usage(format!("there is no kind of record `{entity}`"))
            .help("deploy the project that declares it: `flow run` does"));
    };
    let id = text.strip_prefix('#').unwrap_or(text).parse::<i64>().ok();
    if let Some(id) = id {
        let filter = RecordFilter { entity: entity.to_owned(), id: Some(id), ..RecordFilter::default() };
        if let Some(record) = session.control.records(&filter)?.into_iter().next() {
            return Ok(record);
        }
    }
    let textual = |ty: &SchemaType| {
        let inner = if let SchemaType::Optional(inner) = ty { inner } else { ty };
        matches!(inner, SchemaType::Text | SchemaType::Email | SchemaType::Phone | SchemaType::Symbol(_))
    };
    let mut fields: Vec<_> = definition.fields.iter().filter(|f| (f.unique || f.indexed) && textual(&f.ty)).collect();
    fields.sort_by_key(|field| !field.unique);
    for field in &fields {
        for spelling in [text.to_owned(), text.to_lowercase()] {
            let found = session.records_by(entity, &field.name, Value::text(spelling))?;
            if found.len() > 1 {
                let ids: Vec<String> = found.iter().map(|record| record.id.to_string()).collect();
                return Err(Trouble::usage(format!("several have the {} `{text}`", field.name))
                    .help(format!("name one by its id: {}", ids.join(", "))));
            }
            if let Some(record) = found.into_iter().next() {
                return Ok(record);
            }
        }
    }
    let by: Vec<&str> = fields.iter().map(|field| &*field.name).chain(["id"]).collect();
    let word = flow_bytecode::schema::spoken(entity);
    let help = match entity {
        "Contact" | "Company" | "Teammate" => {
            let several = crate::commands::records::plural(entity);
            format!("`flow {several} list` shows them, `flow {several} add` adds one")
        }
        _ => format!("it can be named by {}", by.join(", ")),
    };
    Err(Trouble::usage(format!("there is no {word} `{text}`")).help(help))
}

/// What carries out the library's actions, as the project has set it.
///
/// # Errors
/// The settings name an address that is none.
pub fn registry(project: &Project) -> Result<Registry, Trouble> {
    let net = &project.config.net;
    let secret_hosts = net.secret_hosts.iter().map(|(name, hosts)| (name.clone(), hosts.clone())).collect();
    let channels = project.config.channels();
    let net = NetConfig { allow_net: net.allow.clone(), secret_hosts };
    let config = Config { net, channels, scripts: project.config.scripts(&project.root) };
    flow_stdlib::registry(&config).map_err(|error| Trouble::usage(format!("[net] in flow.toml: {error}")))
}

/// What the settings say for runs that fail.
pub fn fallback(section: &FallbackSection) -> Fallback {
    Fallback { text: section.text.clone(), team: section.team.clone() }
}

/// Secrets from the environment (`FLOW_SECRET_SHOP_TOKEN`, or `SHOP_TOKEN`), then from the project's `.env`.
pub struct EnvironmentSecrets(HashMap<String, String>);

impl EnvironmentSecrets {
    /// Reads them.
    ///
    /// # Errors
    /// There is a `.env` that cannot be read.
    pub fn load(project: &Project, io: &Io) -> Result<Self, Trouble> {
        let mut values = HashMap::new();
        let path = project.root.join(".env");
        if path.is_file() {
            for line in crate::project::read(&path)?.lines() {
                let line = line.trim();
                let line = line.strip_prefix("export ").unwrap_or(line);
                if let Some((name, value)) = line.split_once('=').filter(|_| !line.starts_with('#')) {
                    let value = value.trim();
                    let quoted = ['"', '\''].iter().find_map(|q| value.strip_prefix(*q)?.strip_suffix(*q));
                    values.insert(name.trim().to_owned(), quoted.unwrap_or(value).to_owned());
                }
            }
        }
        values.extend(io.environment.iter().map(|(name, value)| (name.clone(), value.clone())));
        Ok(EnvironmentSecrets(values))
    }
}

impl Secrets for EnvironmentSecrets {
    fn get(&self, name: &str) -> Option<String> {
        let upper = name.to_uppercase();
        let value = self.0.get(&format!("FLOW_SECRET_{upper}")).or_else(|| self.0.get(&upper));
        value.filter(|value| !value.is_empty()).cloned()
    }
}
