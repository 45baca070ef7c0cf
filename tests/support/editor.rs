//! An editor: a client of the language server, in memory, whose disk is a list of files.

use crate::project::{library, settings};
use flow_lang::check::Settings;
use flow_lang::compile::Input;
use flow_lang::ide::Host;
use flow_lsp::{Connection, Found, Machine, serve};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

/// The folder of the project.
pub const FOLDER: &str = "/project";

/// Files in it are a part of the library, beside the standard one.
const BESIDE: &str = "library/";

/// How many runs wait where: `3 main.first#nudge`, a line each.
pub const WAITING: &str = "waiting";

/// Monday 23 November 2026, 9:00 UTC.
const NOW_US: i64 = 1_795_424_400_000_000;

/// The files of the disk, by path relative to the folder.
type Files = Arc<Mutex<BTreeMap<String, Vec<u8>>>>;

struct Memory(Files);

impl Memory {
    fn all(&self) -> Vec<(String, Vec<u8>)> {
        let files = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        files.iter().map(|(path, text)| (path.clone(), text.clone())).collect()
    }
}

impl Machine for Memory {
    fn library(&self) -> Vec<Input> {
        let beside = self.all().into_iter().filter(|(path, _)| path.starts_with(BESIDE));
        let beside = beside.map(|(path, text)| Input { path: path.into(), text, library: true });
        library().into_iter().chain(beside).collect()
    }

    fn project(&self, path: &Path) -> Result<Found, String> {
        let all = self.all();
        let has_settings = |folder: &&Path| {
            let settings = folder.strip_prefix(FOLDER).ok().map(|folder| folder.join("flow.toml"));
            settings.is_some_and(|settings| all.iter().any(|(path, _)| settings == Path::new(path)))
        };
        let root = path.ancestors().find(has_settings).unwrap_or(Path::new(FOLDER)).to_owned();
        let own = |(path, text): &(String, Vec<u8>)| {
            let whole = Path::new(FOLDER).join(path);
            let path = whole.strip_prefix(&root).ok()?.to_str()?.to_owned();
            (path.ends_with(".flow") && !path.starts_with(BESIDE)).then(|| (path, text.clone()))
        };
        Ok(Found { files: all.iter().filter_map(own).collect(), root, lone: None })
    }

    fn read(&self, path: &Path) -> Option<Vec<u8>> {
        let path = path.strip_prefix(FOLDER).ok()?.to_str()?.to_owned();
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&path).cloned()
    }

    fn settings(&self, _: &Path, _: &[(String, Vec<u8>)]) -> Result<Settings, String> {
        let files = self.all();
        let words = files.iter().filter(|(path, _)| path.starts_with("templates/"));
        Ok(settings(words.map(|(path, text)| (path.as_str(), text.as_slice())), &["email", "sms", "slack", "webhook"]))
    }

    fn now(&self) -> i64 {
        NOW_US
    }

    fn waiting(&self, _: &Path) -> BTreeMap<String, usize> {
        let files = self.all();
        let counts = files.iter().find(|(path, _)| path == WAITING).map(|(_, text)| String::from_utf8_lossy(text));
        let count = |line: &str| line.split_once(' ').map(|(count, key)| (key.to_owned(), count.parse().unwrap_or(0)));
        counts.iter().flat_map(|text| text.lines()).filter_map(count).collect()
    }
}

/// A client that has said hello.
pub struct Editor {
    connection: Connection,
    server: Option<JoinHandle<()>>,
    disk: Files,
    requests: i32,
    /// What was said of each file last, by path.
    pub told: BTreeMap<String, Value>,
    /// What the server said that it can do.
    pub capabilities: Value,
    /// Messages for the person.
    pub shown: Vec<String>,
    /// What the server asked for, by method.
    pub asked: Vec<String>,
}

/// How long an answer may take: far longer than any does.
const PATIENCE: Duration = Duration::from_secs(60);

impl Editor {
    /// Starts a server on files (path, text), and says hello.
    ///
    /// # Panics
    /// The server does not answer.
    pub fn new<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>, capabilities: Value) -> Editor {
        Editor::with(files, capabilities, Value::Null)
    }

    /// The same, with what the client wants beside the protocol.
    ///
    /// # Panics
    /// The server does not answer.
    pub fn with<'a>(files: impl IntoIterator<Item = (&'a str, &'a str)>, capabilities: Value, wishes: Value) -> Editor {
        let files = files.into_iter().map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec())).collect();
        let disk: Files = Arc::new(Mutex::new(files));
        let (own, connection) = Connection::memory();
        let memory = Memory(Arc::clone(&disk));
        let server = std::thread::Builder::new().stack_size(Host::STACK_BYTES).spawn(move || {
            serve(&connection, Box::new(memory)).expect("the client keeps to the protocol");
        });
        let mut editor = Editor {
            connection: own,
            server: Some(server.expect("a thread")),
            disk,
            requests: 0,
            told: BTreeMap::new(),
            capabilities: Value::Null,
            shown: Vec::new(),
            asked: Vec::new(),
        };
        let folder = json!([{ "uri": format!("file://{FOLDER}"), "name": "project" }]);
        let hello = json!({
            "processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folder,
            "initializationOptions": wishes,
        });
        editor.capabilities = editor.request("initialize", hello)["capabilities"].clone();
        editor.notify("initialized", json!({}));
        editor
    }

    /// The URI of a file.
    pub fn uri(path: &str) -> String {
        format!("file://{FOLDER}/{path}")
    }

    /// Changes what is on the disk, and tells nobody.
    pub fn behind_its_back(&mut self, path: &str, text: &str) {
        let mut files = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        files.insert(path.to_owned(), text.as_bytes().to_vec());
    }

    /// Changes what is on the disk, and tells the server of it.
    pub fn on_disk(&mut self, path: &str, text: Option<&str>) {
        let mut files = self.disk.lock().unwrap_or_else(PoisonError::into_inner);
        match text {
            Some(text) => files.insert(path.to_owned(), text.as_bytes().to_vec()),
            None => files.remove(path),
        };
        drop(files);
        let change = json!({ "uri": Editor::uri(path), "type": if text.is_some() { 2 } else { 3 } });
        self.notify("workspace/didChangeWatchedFiles", json!({ "changes": [change] }));
    }

    /// Opens a file.
    pub fn open(&self, path: &str, text: &str) {
        let document = json!({ "uri": Editor::uri(path), "languageId": "flow", "version": 1, "text": text });
        self.notify("textDocument/didOpen", json!({ "textDocument": document }));
    }

    /// Replaces the text of an open file.
    pub fn replace(&self, path: &str, version: i32, text: &str) {
        let document = json!({ "uri": Editor::uri(path), "version": version });
        self.notify(
            "textDocument/didChange",
            json!({ "textDocument": document, "contentChanges": [{ "text": text }] }),
        );
    }

    /// Sends a notification.
    ///
    /// # Panics
    /// The server is gone.
    pub fn notify(&self, method: &str, params: Value) {
        let message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        let message = serde_json::from_value(message).expect("a message");
        self.connection.sender.send(message).expect("the server is there");
    }

    /// Asks for something, and waits for it.
    ///
    /// # Panics
    /// The server refuses, is gone, or takes longer than a minute.
    pub fn request(&mut self, method: &str, params: Value) -> Value {
        let answer = self.ask(method, params);
        assert!(answer.get("error").is_none(), "{method}: {answer}");
        answer.get("result").cloned().unwrap_or_default()
    }

    /// Asks for something, and waits for the answer, whatever it is.
    ///
    /// # Panics
    /// The server is gone, or takes longer than a minute.
    pub fn ask(&mut self, method: &str, params: Value) -> Value {
        self.requests += 1;
        let id = self.requests;
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        let message = serde_json::from_value(message).expect("a message");
        self.connection.sender.send(message).expect("the server is there");
        loop {
            let message = self.connection.receiver.recv_timeout(PATIENCE).expect("an answer");
            let message = serde_json::to_value(message).expect("a message");
            if message["id"] == json!(id) && message.get("method").is_none() {
                return message;
            }
            self.heard(&message);
        }
    }

    fn heard(&mut self, message: &Value) {
        let params = &message["params"];
        if !message["id"].is_null() {
            self.asked.push(message["method"].as_str().unwrap_or_default().to_owned());
        }
        match message["method"].as_str() {
            Some("textDocument/publishDiagnostics") => {
                let uri = params["uri"].as_str().unwrap_or_default();
                let path = uri.strip_prefix(&format!("file://{FOLDER}/")).unwrap_or(uri).to_owned();
                self.told.insert(path, params["diagnostics"].clone());
            }
            Some("window/showMessage") => self.shown.push(params["message"].as_str().unwrap_or_default().to_owned()),
            _ => {}
        }
    }

    /// What is said of a file once all that was sent has been looked at.
    pub fn told_of(&mut self, path: &str) -> Vec<Value> {
        // What is asked is answered after what was told before; what there is to say follows when nothing is left to do.
        self.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": Editor::uri(path) } }));
        self.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": Editor::uri(path) } }));
        while let Ok(message) = self.connection.receiver.try_recv() {
            let message = serde_json::to_value(message).unwrap_or_default();
            self.heard(&message);
        }
        self.told.get(path).and_then(Value::as_array).cloned().unwrap_or_default()
    }

    /// Asks about a place of a file.
    pub fn at(&mut self, method: &str, path: &str, line: usize, character: usize) -> Value {
        let document = json!({ "uri": Editor::uri(path) });
        let position = json!({ "line": line, "character": character });
        let context = json!({ "includeDeclaration": true });
        self.request(method, json!({ "textDocument": document, "position": position, "context": context }))
    }
}

impl Editor {
    /// Says farewell and ends, and waits for no answer.
    ///
    /// # Panics
    /// The server does not end in peace.
    pub fn leave(mut self) {
        let farewell = json!({ "jsonrpc": "2.0", "id": self.requests + 1, "method": "shutdown", "params": null });
        let farewell = serde_json::from_value(farewell).expect("a message");
        self.connection.sender.send(farewell).expect("the server is there");
        self.notify("exit", Value::Null);
        if let Some(server) = self.server.take() {
            server.join().expect("the server ends in peace");
        }
    }
}

impl Drop for Editor {
    fn drop(&mut self) {
        if std::thread::panicking() || self.server.is_none() {
            return;
        }
        self.request("shutdown", Value::Null);
        self.notify("exit", Value::Null);
        if let Some(server) = self.server.take() {
            server.join().expect("the server ends in peace");
        }
    }
}
