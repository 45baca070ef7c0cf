//! Plays a story against the whole of Flow: compiler, machine, store and engine, in virtual time, with a real server as
//! the other side; and writes down what people would have seen.

use crate::ledger::Ledger;
use crate::office::TestSecrets;
use crate::openapi::compile_with_words;
use crate::post::{Does, Post};
use crate::project::library;
use crate::project::words_of;
use crate::script::{Act, ActKind, Given, note, parse};
use flow_bytecode::{Failure, Value};
use flow_lang::compile::{Compiled, Input};
use flow_lang::diag::render::short;
use flow_stdlib::channel::{Channels, Email, Server, Slack, Sms, Teams, Webhook};
use flow_stdlib::http::NetConfig;
use flow_vm::engine::{
    Act as Deed, AnswerTo, Answered, Control, Cursor, Decision, Deployment, Engine, EngineConfig, Migration,
    RecordFilter, Resolved, RunFilter, RunId,
};
use flow_vm::seam::ManualClock;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Monday 2026-03-02 08:00 UTC: before the change to summer time on both sides of the ocean.
pub const BEGINNING_US: i64 = 1_772_438_400_000_000;

/// How a story is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// In one go.
    Straight,
    /// The engine is closed and opened again after every act: nothing may be lost, nothing may differ.
    Interrupted,
}

type Answers = Arc<Mutex<BTreeMap<(String, String), VecDeque<(u16, String)>>>>;

struct Player {
    database: PathBuf,
    clock: ManualClock,
    shop: Ledger,
    post: Post,
    answers: Answers,
    engine: Option<Engine>,
    records: HashMap<String, (String, i64)>,
    entries: HashMap<RunId, usize>,
    cursors: HashMap<RunId, Cursor>,
    transcript: String,
}

/// Plays the script at `path` and gives its transcript.
///
/// # Panics
/// When the script is wrong, the project does not compile, or the engine fails: a story is a test.
pub fn play(path: &Path, manner: Manner) -> String {
    let script = std::fs::read_to_string(path).expect("the story can be read");
    let folder = tempfile::tempdir().expect("a scratch folder");
    let answers = Answers::default();
    let given = Arc::clone(&answers);
    let shop = Ledger::start(Duration::ZERO, move |arrival, _| {
        let key = (arrival.method.clone(), arrival.path.clone());
        let mut given = given.lock().expect("no thread panicked");
        given
            .get_mut(&key)
            .and_then(VecDeque::pop_front)
            .unwrap_or_else(|| (404, r#"{"error":"nothing here"}"#.to_owned()))
    });
    let mut player = Player {
        database: folder.path().join("flow.db"),
        clock: ManualClock::new(BEGINNING_US),
        shop,
        post: Post::start(|_, _| Does::Goes),
        answers,
        engine: None,
        records: HashMap::new(),
        entries: HashMap::new(),
        cursors: HashMap::new(),
        transcript: String::new(),
    };
    player.open();
    for act in parse(&script) {
        note(&mut player.transcript, format!("> {}", act.text));
        player.act(&act, path);
        player.settle();
        if manner == Manner::Interrupted {
            player.engine = None;
            player.open();
        }
    }
    let arrivals = player.shop.arrivals();
    if !arrivals.is_empty() {
        note(&mut player.transcript, "what the other side saw:");
        for arrival in arrivals {
            let key = if arrival.key.is_some() { " with a key" } else { "" };
            note(
                &mut player.transcript,
                format!("  {} {}{key} {}", arrival.method, arrival.path, arrival.body).trim_end(),
            );
        }
    }
    for mail in player.post.received() {
        let text = String::from_utf8_lossy(&mail.data).into_owned();
        let subject = text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap_or_default();
        note(&mut player.transcript, format!("a mail to {}: {subject}", mail.to.join(", ")));
    }
    let address = player.shop.url();
    player.transcript.replace(&address, "http://shop.test").replace(&player.shop.host(), "shop.test")
}

/// Every `.flow` file of a project's folder, or the one file, after the standard library.
pub fn inputs(program: &Path) -> Vec<Input> {
    let mut inputs = library();
    let mut files = vec![program.to_path_buf()];
    if program.is_dir() {
        files = std::fs::read_dir(program)
            .expect("the project is there")
            .map(|entry| entry.expect("an entry").path())
            .collect();
        files.retain(|file| file.extension().is_some_and(|extension| extension == "flow"));
        files.sort();
    }
    for file in files {
        let name = file.file_name().expect("a file has a name").to_string_lossy().into_owned();
        inputs.push(Input { path: name.into(), text: std::fs::read(&file).expect("readable"), library: false });
    }
    inputs
}

/// Compiles a project that has no mistakes.
///
/// # Panics
/// With its diagnostics when it has some.
pub fn deployment(program: &Path) -> Deployment {
    deployed(compile_with_words(&inputs(program), words_of(program)))
}

/// What is deployed of a project that has no mistakes.
///
/// # Panics
/// With its diagnostics when it has some.
pub fn deployed(compiled: Compiled) -> Deployment {
    let said: Vec<String> = compiled.diagnostics.iter().map(|one| short(one, &compiled.sources)).collect();
    assert!(!compiled.failed(), "it does not compile:\n{}", said.join("\n"));
    let lowered = compiled.lowered.expect("no errors, so a program");
    Deployment {
        program: lowered.program,
        debug: lowered.debug,
        sources: compiled
            .sources
            .iter()
            .map(|(_, source)| (source.path.to_string(), source.text.to_string()))
            .collect(),
        schema: compiled.schema,
    }
}

impl Player {
    fn open(&mut self) {
        let allow_net = vec![self.shop.host(), self.post.host()];
        let net = NetConfig { allow_net, ..NetConfig::default() };
        let registry =
            flow_stdlib::registry(&flow_stdlib::Config { net, channels: self.channels(), ..Default::default() })
                .expect("the library's settings are right");
        let mut config = EngineConfig::new(&self.database, registry);
        config.clock = Arc::new(self.clock.clone());
        let signs = ("hook_secret".to_owned(), "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let hook = ("teams_hook".to_owned(), format!("{}/teams", self.shop.url()));
        config.secrets = Arc::new(TestSecrets(vec![signs, hook]));
        self.engine = Some(Engine::open(config).expect("the engine opens"));
    }

    /// Every channel leads to the other side.
    fn channels(&self) -> Channels {
        let server = Server::parse(&format!("smtp://{}", self.post.host())).expect("a server");
        let from = "Acme <hello@acme.example>".to_owned();
        let token = Some("token".to_owned());
        let webhooks = [("Support/Mail".to_owned(), "teams_hook".to_owned())].into();
        Channels {
            email: Some(Email { server, user: None, password: None, from, reply_to: None, track: None }),
            sms: Some(Sms {
                server: self.shop.url(),
                account: "AC1".to_owned(),
                token: "token".to_owned(),
                from: "+4721000000".to_owned(),
            }),
            slack: Some(Slack { server: self.shop.url(), token: token.clone(), webhooks: BTreeMap::new() }),
            teams: Some(Teams { server: self.shop.url(), token, graph: None, webhooks }),
            ai: None,
            webhook: Some(Webhook { secret: "hook_secret".to_owned() }),
            hooks: BTreeMap::new(),
            mail: None,
        }
    }

    fn engine(&self) -> &Engine {
        self.engine.as_ref().expect("the engine is open")
    }

    fn act(&mut self, act: &Act, path: &Path) {
        match &act.kind {
            ActKind::Program(program) => {
                let program = path.parent().expect("a story lies in a folder").join(program);
                self.engine().deploy(deployment(&program)).expect("the program is deployed");
            }
            ActKind::Record(name, entity, fields) => {
                let create = Deed::Create { entity: entity.clone(), fields: self.values(fields) };
                let id = self.perform(create).and_then(|id| id.as_int().ok_or_else(|| "no id".to_owned()));
                let id = id.unwrap_or_else(|why| panic!("line {}: {why}", act.line));
                self.records.insert(name.clone(), (entity.clone(), id));
            }
            ActKind::Set(name, fields) => {
                let (entity, id) = self.records[name].clone();
                let set = Deed::Set { entity, id, fields: self.values(fields) };
                if let Err(why) = self.perform(set) {
                    note(&mut self.transcript, format!("  refused: {why}"));
                }
            }
            ActKind::Start(flow, args) => {
                if let Err(error) = self.engine().start(flow, self.values(args)) {
                    note(&mut self.transcript, format!("  refused: {error}"));
                }
            }
            ActKind::Fire(event, args) => {
                if let Err(error) = self.engine().fire(event, self.values(args), None) {
                    note(&mut self.transcript, format!("  refused: {error}"));
                }
            }
            ActKind::AnswerIn(name, text) => {
                let to = AnswerTo::Conversation(self.records[name].1);
                match self.engine().answer(to, Value::text(text.as_str())).expect("the engine answers") {
                    Answered::Accepted(_) => {}
                    other => note(&mut self.transcript, format!("  {}", answered(&other))),
                }
            }
            ActKind::Migrate(mappings, dry) => self.migrate(mappings, *dry),
            ActKind::Notes(name) => {
                let (entity, id) = self.records[name].clone();
                let history = self.engine().history(&entity, id).expect("a history");
                for noted in history.notes {
                    note(&mut self.transcript, format!("  {}", noted.text));
                }
            }
            ActKind::Answer(text) => match self.newest() {
                Some(run) => {
                    let to = AnswerTo::Run { run, at: None };
                    match self.engine().answer(to, Value::text(text.as_str())).expect("the engine answers") {
                        Answered::Accepted(_) => {}
                        other => note(&mut self.transcript, format!("  {}", answered(&other))),
                    }
                }
                None => note(&mut self.transcript, "  nobody asks"),
            },
            ActKind::Advance(us) => self.clock.advance(*us),
            ActKind::Http(method, path, status, body) => {
                let mut answers = self.answers.lock().expect("no thread panicked");
                answers.entry((method.clone(), path.clone())).or_default().push_back((*status, body.clone()));
            }
            ActKind::Show(name, fields) => self.show(name, fields),
            ActKind::Pause(flow) | ActKind::Unpause(flow) => {
                let on = matches!(act.kind, ActKind::Pause(_));
                let news = self.engine().pause(flow, on).expect("the flow is known");
                if !news {
                    note(&mut self.transcript, "  it was so before");
                }
            }
            ActKind::Matching(flow) => {
                let found = self.engine().start_matching(flow, 0).expect("the flow is known");
                note(&mut self.transcript, format!("  {} entered", found.started));
                for (why, count) in found.refused {
                    note(&mut self.transcript, format!("  {count} not: {why}"));
                }
            }
            ActKind::Counts => {
                for flow in self.engine().counts().expect("flows are counted") {
                    let said: Vec<String> = flow.counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
                    let paused = if flow.paused.is_some() { " (paused)" } else { "" };
                    note(&mut self.transcript, format!("  {}{paused}: {}", flow.flow, said.join(", ")));
                }
            }
            ActKind::Retry => self.decide(Control::retry),
            ActKind::Cancel => self.decide(Control::cancel),
            ActKind::Approve => self.decide(|engine, run| engine.decide(run, decision(true, None))),
            ActKind::Deny(why) => self.decide(|engine, run| engine.decide(run, decision(false, why.clone()))),
            ActKind::Resolve(what, result) => {
                let what = match what.as_str() {
                    "done" => Resolved::Done(result.as_ref().map(value)),
                    "retry" => Resolved::Retry,
                    _ => Resolved::Failed(Failure::new("failed", "it did not happen")),
                };
                self.decide(|engine, run| engine.resolve(run, what.clone().into()));
            }
        }
    }

    fn migrate(&mut self, mappings: &[String], dry: bool) {
        let mappings = mappings.iter().map(|text| text.parse().expect("old=new")).collect();
        match self.engine().migrate(Migration { mappings, dry, ..Migration::default() }) {
            Err(error) => note(&mut self.transcript, format!("  refused: {error}")),
            Ok(report) => {
                for place in report.places {
                    let why = place.why.map(|why| format!(": {why}")).unwrap_or_default();
                    let hint = place.suggestion.map(|key| format!(" ({key}?)")).unwrap_or_default();
                    let (fate, runs) = (place.fate.word(), place.runs);
                    note(
                        &mut self.transcript,
                        format!("  {fate} {runs} in {} at {}{why}{hint}", place.flow, place.place),
                    );
                }
                note(&mut self.transcript, format!("  moved {}, current {}", report.moved, report.current));
            }
        }
    }

    fn decide(&mut self, decision: impl Fn(&Engine, RunId) -> Result<(), flow_vm::engine::EngineError>) {
        let run = self.newest().expect("a run to decide about");
        if let Err(error) = decision(self.engine(), run) {
            note(&mut self.transcript, format!("  refused: {error}"));
        }
    }

    fn perform(&self, deed: Deed) -> Result<Value, String> {
        let mut results = self.engine().perform(vec![deed]).expect("the store is well");
        results.remove(0).map_err(|failure| failure.message.to_string())
    }

    fn newest(&self) -> Option<RunId> {
        let runs = self.engine().runs(&RunFilter { limit: 1, ..RunFilter::default() }).expect("runs are listed");
        runs.first().map(|run| run.run)
    }

    fn show(&mut self, name: &str, fields: &[String]) {
        let (entity, id) = self.records[name].clone();
        let filter = RecordFilter { entity, id: Some(id), ..RecordFilter::default() };
        let record = self.engine().records(&filter).expect("records are listed").into_iter().next();
        for field in fields {
            let value = record.as_ref().and_then(|record| record.fields.iter().find(|(name, _)| **name == **field));
            let value = value.map_or("no such field".to_owned(), |(_, value)| plain(value));
            note(&mut self.transcript, format!("  {field} is {value}"));
        }
    }

    /// Lets everything happen that happens now, and writes it down.
    fn settle(&mut self) {
        self.engine().run_until_idle().expect("the engine goes on");
        let mut runs = self.engine().runs(&RunFilter::default()).expect("runs are listed");
        runs.sort_by_key(|run| run.run);
        for run in runs {
            let detail = self.engine().show(run.run).expect("a run is shown");
            let seen = self.entries.entry(run.run).or_insert(0);
            let new = detail.timeline.iter().skip(*seen);
            for entry in new {
                let wake = &entry.wake;
                let did = if entry.did.is_empty() { "nothing".to_owned() } else { entry.did.join("; ") };
                let place = entry.place.as_ref().map(|place| format!(" ⏸ {place}")).unwrap_or_default();
                note(&mut self.transcript, format!("  [{}] {wake}: {did}{place}", run.run));
            }
            *seen = detail.timeline.len();
            let cursor = self.cursors.get(&run.run).cloned().unwrap_or_default();
            let engine = self.engine.as_ref().expect("the engine is open");
            let watched = engine.watch(run.run, cursor, Duration::ZERO).expect("a run is watched");
            for (_, said) in &watched.messages {
                let parts: Vec<String> = said.parts.iter().map(|(kind, value)| format!(" [{kind}: {value}]")).collect();
                note(&mut self.transcript, format!("  {}: {}{}", said.from, said.text, parts.concat()));
            }
            self.cursors.insert(run.run, watched.cursor);
        }
    }

    fn values(&self, given: &[(String, Given)]) -> Vec<(String, Value)> {
        given.iter().map(|(name, given)| (name.clone(), self.value(given))).collect()
    }

    fn value(&self, given: &Given) -> Value {
        match given {
            Given::Record(name) => Value::Int(self.records[name].1),
            Given::Shop => Value::text(self.shop.url()),
            Given::Json(json) => value(json),
        }
    }
}

/// What Grace says.
fn decision(approve: bool, reason: Option<String>) -> Decision {
    Decision { approve, by: Some("Grace".to_owned()), reason, at: None }
}

fn answered(answered: &Answered) -> &'static str {
    match answered {
        Answered::Accepted(_) => "accepted",
        Answered::Duplicate(_) => "that answer was given before",
        Answered::Late(_) => "too late",
        Answered::NotWaiting => "nobody asks",
    }
}

/// A JSON value as a self-describing one.
pub fn value(json: &serde_json::Value) -> Value {
    match json {
        serde_json::Value::Null => Value::Null,
        serde_json::Value::Bool(bool) => Value::Bool(*bool),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            None => Value::Number(number.to_string().parse().expect("a decimal")),
        },
        serde_json::Value::String(text) => Value::text(text.as_str()),
        serde_json::Value::Array(items) => Value::List(Arc::new(items.iter().map(value).collect())),
        serde_json::Value::Object(fields) => {
            Value::Map(Arc::new(fields.iter().map(|(name, item)| (name.as_str().into(), value(item))).collect()))
        }
    }
}

/// A value as a transcript shows it.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => "missing".to_owned(),
        Value::Bool(bool) => bool.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::List(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        other => format!("{other:?}"),
    }
}
