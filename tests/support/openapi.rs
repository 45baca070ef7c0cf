//! The documents of `suite/openapi`, as connectors of test programs name them: `specs/shop.json`.

use crate::project::library;
use crate::story::{BEGINNING_US, deployed};
use flow_bytecode::Value;
use flow_lang::check::Settings;
use flow_lang::compile::{Compiled, Input, compile_within};
use flow_lang::connect::Described;
use flow_lang::template::TemplateFile;
use flow_openapi::Document;
use flow_stdlib::http::NetConfig;
use flow_vm::action::Secrets;
use flow_vm::engine::{Control, Engine, EngineConfig, RunId, RunStatus};
use flow_vm::seam::{Clock, ManualClock};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

/// Where a document lies.
pub fn place(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("suite/openapi").join(name)
}

/// Every document, read once.
///
/// # Panics
/// The folder cannot be read.
pub fn documents() -> Vec<Described> {
    static READ: OnceLock<Vec<Described>> = OnceLock::new();
    let read = || {
        let entries = std::fs::read_dir(place("")).expect("the folder is there");
        let files = entries.map(|entry| entry.expect("an entry").path());
        let documents = files.filter(|path| path.extension().is_some_and(|kind| kind == "json" || kind == "yaml"));
        let described = documents.map(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            let bytes = std::fs::read(&path).expect("a document can be read");
            Described { path: format!("specs/{name}").into(), document: Document::read(&bytes).map(Arc::new) }
        });
        described.collect()
    };
    READ.get_or_init(read).clone()
}

/// Compiles a project to which the documents belong.
pub fn compile(inputs: &[Input]) -> Compiled {
    compile_with_words(inputs, Vec::new())
}

/// The same, with the words of its mails (path, text).
pub fn compile_with_words(inputs: &[Input], words: Vec<(String, Vec<u8>)>) -> Compiled {
    let words = words.into_iter().map(|(path, bytes)| TemplateFile { path: path.into(), bytes });
    let templates = words.collect();
    compile_within(inputs, &Settings { documents: documents(), templates, ..Settings::default() })
}

/// What [`run`] has as `secret token`.
pub const SECRET: &str = "sesame-4711";

struct OneSecret;

impl Secrets for OneSecret {
    fn get(&self, name: &str) -> Option<String> {
        (name == "token").then(|| SECRET.to_owned())
    }
}

/// Compiles a program that may call these hosts, `127.0.0.1:PORT`.
///
/// # Panics
/// A host has no port.
pub fn compiled(program: &str, hosts: &[String]) -> Compiled {
    let mut inputs = library();
    inputs.push(Input { path: "main.flow".into(), text: program.as_bytes().to_vec(), library: false });
    let split = |host: &String| {
        let (name, port) = host.rsplit_once(':').expect("a port");
        (name.to_owned(), port.parse().expect("a number"))
    };
    let allow_net = hosts.iter().map(split).collect();
    compile_within(&inputs, &Settings { documents: documents(), allow_net, ..Settings::default() })
}

/// What the flow `f` of a program yields, or how it failed, when all has been tried that is tried again by itself.
///
/// # Errors
/// It has not finished: its status and failure.
///
/// # Panics
/// The program does not compile, or cannot be started.
pub fn run(program: &str, hosts: &[String]) -> Result<Value, String> {
    let begun = begin(program, hosts);
    while let Some(due) = begun.engine.next_due().expect("it is known") {
        begun.clock.advance(due - begun.clock.now_us());
        begun.engine.run_until_idle().expect("the engine goes on");
    }
    let shown = begun.engine.show(begun.run).expect("the run is shown");
    match shown.run.status {
        RunStatus::Finished => Ok(shown.result.unwrap_or(Value::Null)),
        status => Err(format!("{status:?}: {:?}", shown.run.failure)),
    }
}

/// A run of the flow `f` of a program, with a clock that stands still.
pub struct Begun {
    /// It has come as far as it comes at once.
    pub engine: Engine,
    /// What the engine goes by.
    pub clock: ManualClock,
    /// The run.
    pub run: RunId,
    _folder: tempfile::TempDir,
}

/// Begins the flow `f` of a program.
///
/// # Panics
/// The program does not compile, or cannot be started.
pub fn begin(program: &str, hosts: &[String]) -> Begun {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let net = NetConfig { allow_net: hosts.to_vec(), ..NetConfig::default() };
    let registry = flow_stdlib::registry(&flow_stdlib::Config { net, ..Default::default() })
        .expect("the library's settings are right");
    let clock = ManualClock::new(BEGINNING_US);
    let mut config = EngineConfig::new(folder.path().join("flow.db"), registry);
    config.clock = Arc::new(clock.clone());
    config.secrets = Arc::new(OneSecret);
    let engine = Engine::open(config).expect("the engine opens");
    engine.deploy(deployed(compiled(program, hosts))).expect("the program is deployed");
    let run = engine.start("main.f", Vec::new()).expect("the run starts");
    engine.run_until_idle().expect("the engine goes on");
    Begun { engine, clock, run, _folder: folder }
}
