//! From a keystroke to what is told of it: a server behind pipes, as an editor starts it, a file of 2,000 lines in a project of
//! 200, 10,000 keystrokes of somebody who writes statements, changes declarations, cuts, pastes and undoes.
//!
//! `[FLOW_BENCH_DOCUMENT=PATH] cargo bench -p flow-bench --bench editor`. With a document (OpenAPI), the project has a connector for
//! it, and completion is asked for behind its name, too. Behind each keystroke the client asks for the diagnostics of the file, as editors
//! do; the time is from the first byte of the keystroke to the last of the answer.

use flow_bench::module;
use flow_cli::Io;
use lsp_server::Message;
use serde_json::{Value, json};
use std::io::BufReader;
use std::path::Path;
use std::process::{ChildStdin, ChildStdout, Command, ExitCode, Stdio};
use std::time::{Duration, Instant};

const KEYSTROKES: usize = 10_000;
const FILES: usize = 200;
/// The word by which this program is the server.
const SERVER: &str = "--server";

fn files() -> Vec<(String, Vec<u8>)> {
    let shared = ("shared.flow".to_owned(), b"extend Contact { score: Int = 0 }\n".to_vec());
    let modules = (0..FILES).map(|number| {
        let flows = if number == 0 { 42 } else { 2 };
        (format!("module_{number:03}.flow"), module(number, flows).into_bytes())
    });
    std::iter::once(shared).chain(modules).collect()
}

/// The project, on the disk. With a document, one flow more calls what it describes.
fn project(document: Option<&Path>) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let write = |path: &str, text: &[u8]| std::fs::write(folder.path().join(path), text).expect("a file");
    write("flow.toml", b"[project]\nname = \"large\"\n");
    files().into_iter().for_each(|(path, text)| write(&path, &text));
    if let Some(document) = document {
        std::fs::create_dir(folder.path().join("specs")).expect("a folder");
        std::fs::copy(document, folder.path().join("specs/service.json")).expect("the document");
        write("service.flow", b"connector service from openapi \"specs/service.json\"\n");
    }
    folder
}

/// What somebody does.
enum Act {
    /// Types this at a line's end, letter by letter, and takes it back.
    Type(usize, String),
    /// The same within a line, behind this.
    Within(usize, &'static str, String),
    /// Cuts so many lines, and pastes them again.
    Move(usize, usize),
}

/// A day's work, the same every time.
fn acts(text: &str, connected: bool) -> Vec<Act> {
    let lines: Vec<&str> = text.lines().collect();
    let mut seed = 0x5eed_u64;
    let mut dice = |sides: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % sides as u64) as usize
    };
    let statements = [
        "\n    contact.add_note(\"Asked {{count}} times\")",
        "\n    let again = contact.email ?? \"nobody\"",
        "\n    if limit > 3 { conversation.add_note(\"long\") }",
        "\n    // Nobody is asked twice.",
        "\n    wait 2 hours",
        "\n    count += limit * 3",
    ];
    let of_the_document = "\n    let found = service.";
    let mut acts = Vec::new();
    let mut keys = 0;
    while keys < KEYSTROKES {
        let line = dice(lines.len());
        let act = match dice(20) {
            0 => Act::Within(line, "flow_", "renamed_".to_owned()),
            1 => Act::Within(line, "limit: Int", "Text".to_owned()),
            2 => Act::Within(line, "/// Flow", " and some words".to_owned()),
            3 => Act::Move(line, 1 + dice(12)),
            4 if connected => Act::Type(line, of_the_document.to_owned()),
            _ => Act::Type(line, statements[dice(statements.len())].to_owned()),
        };
        let fits = match &act {
            Act::Within(line, behind, _) => lines[*line].contains(behind),
            Act::Type(line, _) => lines[*line].starts_with("    ") && lines[*line].ends_with([')', '0', '"']),
            Act::Move(line, count) => line + count < lines.len(),
        };
        if fits {
            keys += match &act {
                Act::Type(_, text) | Act::Within(_, _, text) => 2 * text.chars().count(),
                Act::Move(..) => 2,
            };
            acts.push(act);
        }
    }
    acts
}

struct Client {
    uri: String,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    version: i32,
    requests: i32,
    diagnostics: Vec<Duration>,
    completions: Vec<Duration>,
}

impl Client {
    fn send(&mut self, message: Value) {
        let message: Message = serde_json::from_value(message).expect("a message");
        message.write(&mut self.to).expect("the server is there");
    }

    /// Waits for an answer.
    fn wait(&mut self, id: i32) {
        loop {
            match Message::read(&mut self.from).expect("the server is there").expect("an answer") {
                Message::Response(response) if response.id == id.into() => return,
                _ => {}
            }
        }
    }

    fn request(&mut self, method: &str, params: Value) -> Duration {
        self.requests += 1;
        let began = Instant::now();
        self.send(json!({ "jsonrpc": "2.0", "id": self.requests, "method": method, "params": params }));
        self.wait(self.requests);
        began.elapsed()
    }

    /// One keystroke: a change, and behind it a request that is answered of the text as it then is.
    fn key(&mut self, line: usize, from: usize, to: usize, text: &str) {
        self.version += 1;
        let document = json!({ "uri": self.uri, "version": self.version });
        let range = json!({ "start": { "line": line, "character": from }, "end": { "line": line, "character": to } });
        self.change(document, range, text);
    }

    fn change(&mut self, document: Value, range: Value, text: &str) {
        let change = json!({ "range": range, "text": text });
        let params = json!({ "textDocument": document, "contentChanges": [change] });
        let began = Instant::now();
        self.send(json!({ "jsonrpc": "2.0", "method": "textDocument/didChange", "params": params }));
        self.requests += 1;
        let params = json!({ "textDocument": { "uri": self.uri } });
        self.send(
            json!({ "jsonrpc": "2.0", "id": self.requests, "method": "textDocument/diagnostic", "params": params }),
        );
        self.wait(self.requests);
        self.diagnostics.push(began.elapsed());
    }
}

fn line_of(title: &str, times: &mut [Duration]) {
    times.sort();
    let at = |part: f64| times[((times.len() - 1) as f64 * part) as usize].as_secs_f64() * 1e3;
    println!("{title:<34}{:>8}{:>10.2}{:>10.2}{:>10.2}{:>10.2}", times.len(), at(0.5), at(0.9), at(0.99), at(1.0));
}

fn main() -> ExitCode {
    if std::env::args().any(|arg| arg == SERVER) {
        return flow_cli::run(["flow", "lsp"].map(Into::into), Io::real());
    }
    let described = std::env::var_os("FLOW_BENCH_DOCUMENT");
    let project = project(described.as_deref().map(Path::new));
    let folder = format!("file://{}", project.path().display());
    let mut server = Command::new(std::env::current_exe().expect("this program"))
        .arg(SERVER)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the server starts");
    let (to, from) = (server.stdin.take().expect("its input"), server.stdout.take().expect("its output"));
    let (diagnostics, completions) = (Vec::new(), Vec::new());
    let uri = format!("{folder}/module_000.flow");
    let mut client = Client { uri, to, from: BufReader::new(from), version: 1, requests: 0, diagnostics, completions };
    let folder = json!([{ "uri": folder, "name": "project" }]);
    let capabilities = json!({ "textDocument": { "diagnostic": {} } });
    let first = client.request(
        "initialize",
        json!({ "processId": null, "rootUri": null, "capabilities": capabilities, "workspaceFolders": folder }),
    );
    client.send(json!({ "jsonrpc": "2.0", "method": "initialized", "params": {} }));
    let text = module(0, 42);
    let document = json!({ "uri": client.uri, "languageId": "flow", "version": 1, "text": text });
    client.send(json!({ "jsonrpc": "2.0", "method": "textDocument/didOpen", "params": { "textDocument": document } }));
    let opened = client.request("textDocument/documentSymbol", json!({ "textDocument": { "uri": client.uri } }));
    let lines: Vec<&str> = text.lines().collect();
    println!("{} files, {} lines in the one that is written", FILES + 1, lines.len());
    println!("said hello {:.0} ms, opened {:.0} ms", first.as_secs_f64() * 1e3, opened.as_secs_f64() * 1e3);
    for act in acts(&text, described.is_some()) {
        match act {
            Act::Type(line, typed) => {
                let width = lines[line].chars().count();
                let mut at = (line, width);
                let mut places = Vec::new();
                for letter in typed.chars() {
                    client.key(at.0, at.1, at.1, &letter.to_string());
                    places.push((at, letter));
                    at = if letter == '\n' { (at.0 + 1, 0) } else { (at.0, at.1 + 1) };
                    if letter == '.' {
                        let position = json!({ "line": at.0, "character": at.1 });
                        let params = json!({ "textDocument": { "uri": client.uri }, "position": position });
                        let took = client.request("textDocument/completion", params);
                        client.completions.push(took);
                    }
                }
                for ((line, column), letter) in places.into_iter().rev() {
                    let end = if letter == '\n' { (line + 1, 0) } else { (line, column + 1) };
                    client.version += 1;
                    let document = json!({ "uri": client.uri, "version": client.version });
                    let range = json!({
                        "start": { "line": line, "character": column },
                        "end": { "line": end.0, "character": end.1 },
                    });
                    client.change(document, range, "");
                }
            }
            Act::Within(line, behind, typed) => {
                let Some(found) = lines[line].find(behind) else { continue };
                let start = lines[line][..found + behind.len()].chars().count();
                for (at, letter) in typed.chars().enumerate() {
                    client.key(line, start + at, start + at, &letter.to_string());
                }
                for at in (0..typed.chars().count()).rev() {
                    client.key(line, start + at, start + at + 1, "");
                }
            }
            Act::Move(line, count) => {
                let cut = lines[line..line + count].join("\n") + "\n";
                for (from, to, text) in [(line, line + count, ""), (line, line, cut.as_str())] {
                    client.version += 1;
                    let document = json!({ "uri": client.uri, "version": client.version });
                    let range = json!({
                        "start": { "line": from, "character": 0 },
                        "end": { "line": to, "character": 0 },
                    });
                    client.change(document, range, text);
                }
            }
        }
    }
    println!("{:<34}{:>8}{:>10}{:>10}{:>10}{:>10}", "ms", "times", "p50", "p90", "p99", "most");
    let (mut diagnostics, mut completions) =
        (std::mem::take(&mut client.diagnostics), std::mem::take(&mut client.completions));
    line_of("keystroke to diagnostics", &mut diagnostics);
    line_of("completion", &mut completions);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap_or("?").trim();
    println!("memory of the server at most: {peak}");
    client.request("shutdown", Value::Null);
    client.send(json!({ "jsonrpc": "2.0", "method": "exit" }));
    server.wait().expect("the server ends");
    ExitCode::SUCCESS
}
