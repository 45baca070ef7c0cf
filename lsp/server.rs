//! One client, from its first word to its last.

use crate::capabilities::{Client, capabilities};
use crate::diagnostics;
use crate::features::completion;
use crate::machine::Machine;
use crate::roots::{Roots, path};
use gen_lsp_types as lsp;
use lsp_server::{Connection, ErrorCode, Message, Notification, ProtocolError, Request, RequestId, Response};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::collections::{BTreeMap, VecDeque};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

/// Serves one client until it says that it is done, or goes away.
///
/// # Errors
/// The client does not keep to the protocol.
pub fn serve(connection: &Connection, machine: Box<dyn Machine>) -> Result<(), ProtocolError> {
    let (id, params) = connection.initialize_start()?;
    let params: lsp::InitializeParams = serde_json::from_value(params).unwrap_or_default();
    let client = Client::new(&params);
    let result = json!({
        "capabilities": capabilities(&client),
        "serverInfo": { "name": "flow", "version": env!("CARGO_PKG_VERSION") },
    });
    connection.initialize_finish(id, result)?;
    let mut server = Server {
        connection,
        roots: Roots::new(machine),
        client,
        offered: completion::Last::default(),
        changed: None,
        complained: None,
    };
    let folders = match params.workspace_folders_initialize_params.workspace_folders {
        Some(lsp::WorkspaceFolders::WorkspaceFolderList(folders)) => folders,
        _ => Vec::new(),
    };
    server.working(true);
    for folder in folders {
        let opened = server.roots.folder(&folder.uri);
        server.say(opened);
    }
    server.tell();
    server.working(false);
    server.watch();
    server.run()
}

pub(crate) struct Server<'c> {
    connection: &'c Connection,
    pub roots: Roots,
    pub client: Client,
    /// What was offered last.
    pub offered: completion::Last,
    /// The file that was changed last, until there has been said what there is to say.
    changed: Option<lsp::Uri>,
    /// What it was told last that could not be done.
    complained: Option<String>,
}

/// What a project is made of: its programs, its settings, the words of its mails and articles, its scripts, what services say
/// of themselves.
const WATCHED: [&str; 5] =
    ["**/*.flow", "**/flow.toml", "**/{templates,articles,scripts}/*", "**/*.{json,yaml,yml}", "**/.env"];

/// The name of the work in which projects are read for the first time.
const READING: &str = "flow/reading";

/// An answer: what was asked for, or why there is none.
pub(crate) type Answer = Result<Value, (ErrorCode, String)>;

impl Server<'_> {
    fn run(&mut self) -> Result<(), ProtocolError> {
        let mut waiting: VecDeque<Message> = VecDeque::new();
        let mut leaving = false;
        loop {
            if waiting.is_empty() {
                match self.connection.receiver.recv() {
                    Ok(message) => waiting.push_back(message),
                    // The client is gone.
                    Err(_) => return Ok(()),
                }
            }
            // Whatever else is there by now is looked at first: what is not wanted any more is not worked out.
            waiting.extend(self.connection.receiver.try_iter());
            match waiting.pop_front() {
                Some(Message::Notification(notification)) if notification.method == "exit" => return Ok(()),
                // Neovim keeps back for a moment what is typed, so it may come behind the farewell.
                Some(Message::Notification(_)) if leaving => {}
                Some(Message::Request(request)) if leaving => {
                    let why = "The server has been asked to shut down.".to_owned();
                    self.answer(request.id, Err((ErrorCode::InvalidRequest, why)));
                }
                Some(Message::Request(request)) if request.method == "shutdown" => {
                    leaving = true;
                    self.answer(request.id, Ok(Value::Null));
                }
                Some(Message::Request(request)) => {
                    let answer = match cancelled(&waiting, &request.id) {
                        true => Err((ErrorCode::RequestCanceled, "It is not wanted any more.".to_owned())),
                        false => self.safely(|server| server.request(&request)),
                    };
                    self.answer(request.id, answer);
                }
                Some(Message::Notification(notification)) => self.notification(notification),
                Some(Message::Response(_)) | None => {}
            }
            if !leaving && waiting.is_empty() && self.connection.receiver.is_empty() {
                let told = self.safely(|server| {
                    server.tell();
                    Ok(Value::Null)
                });
                self.say(told.map(|_| ()).map_err(|(_, message)| message));
            }
        }
    }

    /// A fault of ours in one answer takes neither what is open with it nor the answers to come.
    fn safely(&mut self, work: impl FnOnce(&mut Self) -> Answer) -> Answer {
        catch_unwind(AssertUnwindSafe(|| work(self))).unwrap_or_else(|_| {
            self.roots.forget();
            Err((ErrorCode::InternalError, "This is a fault of Flow itself, and not of the project.".to_owned()))
        })
    }

    /// Says that projects are being read, or that they have been.
    fn working(&self, begins: bool) {
        if !self.client.progress {
            return;
        }
        if begins {
            let id = RequestId::from(READING.to_owned());
            self.send(Request::new(id, "window/workDoneProgress/create".to_owned(), json!({ "token": READING })));
        }
        let value = match begins {
            true => json!({ "kind": "begin", "title": "Flow", "message": "reading the project" }),
            false => json!({ "kind": "end" }),
        };
        let params = json!({ "token": READING, "value": value });
        self.send(Notification::new("$/progress".to_owned(), params));
    }

    /// Asks to be told of what changes beside the editor.
    fn watch(&self) {
        if !self.client.watches {
            return;
        }
        let watchers: Vec<Value> = WATCHED.iter().map(|pattern| json!({ "globPattern": pattern })).collect();
        let method = "workspace/didChangeWatchedFiles";
        let registration = json!({ "id": method, "method": method, "registerOptions": { "watchers": watchers } });
        let params = json!({ "registrations": [registration] });
        let id = RequestId::from("flow/watch".to_owned());
        self.send(Request::new(id, "client/registerCapability".to_owned(), params));
    }

    fn send(&self, message: impl Into<Message>) {
        // A client that is gone is noticed where it is listened to.
        let _ = self.connection.sender.send(message.into());
    }

    fn answer(&self, id: RequestId, answer: Answer) {
        self.send(match answer {
            Ok(result) => Response::new_ok(id, result),
            Err((code, message)) => Response::new_err(id, code as i32, message),
        });
    }

    /// Shows what could not be done, once.
    fn say(&mut self, done: Result<(), String>) {
        let Err(message) = done else {
            return;
        };
        if self.complained.as_ref() != Some(&message) {
            let params = json!({ "type": 2, "message": message });
            self.send(Notification::new("window/showMessage".to_owned(), params));
            self.complained = Some(message);
        }
    }

    /// Tells what there is to say of files of which it is something else than before.
    fn tell(&mut self) {
        let (mut out, mut again) = (Vec::new(), false);
        let open = self.roots.open_files();
        for root in self.roots.roots.iter_mut().filter(|root| root.dirty) {
            let analysis = root.analyse();
            let mut told = diagnostics::all(root, &analysis, &self.client);
            if self.client.pulls {
                // Of what is open the client asks itself; said as well it would stand there twice. Of files that it has not
                // just changed it has to be told that there is something to ask.
                let asked = told.iter().filter(|(path, _)| open.contains(&root.uri(path)));
                let asked: BTreeMap<_, _> = asked.map(|(path, list)| (Arc::clone(path), list.clone())).collect();
                let paths = asked.keys().chain(root.asked.keys());
                again |= paths.into_iter().any(|path| {
                    asked.get(path) != root.asked.get(path) && self.changed.as_ref() != Some(&root.uri(path))
                });
                told.retain(|path, _| !asked.contains_key(path));
                root.asked = asked;
            }
            let gone = root.told.keys().filter(|path| !told.contains_key(*path));
            let gone = gone.map(|path| (root.uri(path), Vec::new()));
            let new = told.iter().filter(|(path, list)| root.told.get(*path) != Some(list));
            out.extend(gone.chain(new.map(|(path, list)| (root.uri(path), list.clone()))));
            root.told = told;
            root.dirty = false;
        }
        self.changed = None;
        if again && self.client.refreshes {
            let id = RequestId::from("flow/refresh".to_owned());
            self.send(Request::new(id, "workspace/diagnostic/refresh".to_owned(), Value::Null));
        }
        for (uri, diagnostics) in out {
            let version = self.roots.version(&uri);
            let params = lsp::PublishDiagnosticsParams { uri, version, diagnostics };
            self.send(Notification::new("textDocument/publishDiagnostics".to_owned(), params));
        }
    }

    fn notification(&mut self, notification: Notification) {
        let Notification { method, params } = notification;
        let done = match method.as_str() {
            "textDocument/didOpen" => read(params).and_then(|params: lsp::DidOpenTextDocumentParams| {
                let lsp::TextDocumentItem { uri, version, text, .. } = params.text_document;
                self.roots.open(uri, version, text)
            }),
            "textDocument/didChange" => read(params).and_then(|params: lsp::DidChangeTextDocumentParams| {
                let document = params.text_document;
                let (uri, version) = (document.text_document_identifier.uri, document.version);
                self.changed = Some(uri.clone());
                self.roots.change(&uri, version, params.content_changes, self.client.encoding)
            }),
            "textDocument/didClose" => read(params)
                .and_then(|params: lsp::DidCloseTextDocumentParams| self.roots.close(&params.text_document.uri)),
            "workspace/didChangeWatchedFiles" => read(params).and_then(|params: lsp::DidChangeWatchedFilesParams| {
                params.changes.iter().try_for_each(|change| self.roots.on_disk(&path(&change.uri)))
            }),
            // Whoever does not watch files has mostly saved what has changed.
            "textDocument/didSave" if !self.client.watches => self.roots.read_again(),
            _ => Ok(()),
        };
        self.say(done);
    }
}

fn read<T: DeserializeOwned>(params: Value) -> Result<T, String> {
    serde_json::from_value(params)
        .map_err(|error| format!("The editor sent something that is not understood: {error}."))
}

/// Whether among what has arrived since stands that this is not wanted any more.
fn cancelled(waiting: &VecDeque<Message>, id: &RequestId) -> bool {
    waiting.iter().any(|message| match message {
        Message::Notification(Notification { method, params }) if method == "$/cancelRequest" => {
            serde_json::from_value::<RequestId>(params.get("id").cloned().unwrap_or_default())
                .is_ok_and(|other| other == *id)
        }
        _ => false,
    })
}
