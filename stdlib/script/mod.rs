//! The family `script`: programs of the project, run beside its flows.

mod process;

use crate::channel::{map, refusal};
use crate::http::json;
use crate::http::secrets::{Part, Revealed};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{
    ActionError, Attempt, BoxFuture, External, Implementation, Outcome, Registry, StoredRequest, Workspace,
};
use process::{Ended, Job};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Where scripts are, and what they may use.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scripts {
    /// The folder they are in; `None` where there is none, so that no script can run.
    pub folder: Option<PathBuf>,
    /// How long one may take.
    pub timeout: Duration,
    /// What each of its processes may have of memory, bytes: what it writes to, without what it only reserves.
    pub memory: u64,
    /// How much is kept of each of its outputs, bytes.
    pub output: usize,
    /// Variables of this process's environment that it sees.
    pub environment: Vec<String>,
    /// Variables that are secrets: by the variable, the secret's name.
    pub secrets: BTreeMap<String, String>,
}

impl Default for Scripts {
    fn default() -> Self {
        Scripts {
            folder: None,
            timeout: Duration::from_secs(60),
            memory: 512 << 20,
            output: 64 << 10,
            environment: Vec::new(),
            secrets: BTreeMap::new(),
        }
    }
}

/// Adds the family's actions.
pub fn register(registry: &mut Registry, scripts: &Scripts) {
    let action = Execute { scripts: scripts.clone() };
    registry.add("script.execute", Implementation::External(Arc::new(action)));
}

struct Execute {
    scripts: Scripts,
}

/// A call as it is stored.
#[derive(Serialize, Deserialize)]
struct Call {
    name: String,
    /// JSON.
    input: String,
}

/// Lines of a script's log that stand in the run's timeline, and how much of each; the whole is what the action yields.
const LOG_LINES: usize = 20;
const LOG_CHARS: usize = 300;

impl External for Execute {
    fn prepare(&self, args: &[Value]) -> Result<StoredRequest, Failure> {
        let invalid = |message: String| Failure::new("invalid", message);
        let [Value::Text(name), input] = args else {
            return Err(invalid("a script has a name".to_owned()));
        };
        if !is_name(name) {
            return Err(invalid(format!(
                "`{name}` is no script's name: it has letters, digits, `-`, `_` and `.` only"
            )));
        }
        let mut text = String::new();
        for part in json::write(input).map_err(|why| invalid(format!("the input of `{name}`: {why}")))? {
            match part {
                Part::Text(plain) => text.push_str(&plain),
                Part::Secret(_) => {
                    let message =
                        "a secret cannot be the input of a script; `[scripts] secrets` in flow.toml gives it one";
                    return Err(invalid(message.to_owned()));
                }
            }
        }
        let call = Call { name: name.to_string(), input: text };
        let bytes = serde_json::to_vec(&call).map_err(|error| invalid(error.to_string()))?;
        Ok(StoredRequest { destination: format!("scripts/{name}"), bytes })
    }

    fn keeps_record(&self) -> bool {
        true
    }

    fn finish(
        &self,
        workspace: &mut dyn Workspace,
        _request: &StoredRequest,
        outcome: &Result<Value, Failure>,
    ) -> Result<(), ActionError> {
        // A `ScriptResult`: its fields in the order in which they are declared.
        let Ok(Value::Record(result)) = outcome else { return Ok(()) };
        let Some(log) = result.get(1).and_then(Value::as_text) else { return Ok(()) };
        let lines: Vec<&str> = log.lines().filter(|line| !line.trim().is_empty()).collect();
        for line in lines.iter().take(LOG_LINES) {
            workspace.log(&line.chars().take(LOG_CHARS).collect::<String>());
        }
        if let Some(more @ 1..) = lines.len().checked_sub(LOG_LINES) {
            workspace.log(&format!("… and {more} more lines"));
        }
        Ok(())
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let Ok(call) = serde_json::from_slice::<Call>(&request.bytes) else {
                return refusal("invalid", "the stored call of a script cannot be read");
            };
            let path = match self.scripts.folder.as_deref() {
                Some(folder) => find(folder, &call.name),
                None => Err("this project has no folder `scripts`".to_owned()),
            };
            let path = match path {
                Ok(path) => path,
                Err(why) => return refusal("invalid", why),
            };
            let mut revealed = Revealed::new(attempt.secrets);
            let mut environment = self.environment(attempt.key);
            for (variable, name) in &self.scripts.secrets {
                match revealed.text(&[Part::Secret(name.clone())], str::to_owned) {
                    Ok(value) => environment.push((variable.clone().into(), value.into())),
                    Err(why) => return refusal("invalid", format!("`{}` was not run: {why}", call.name)),
                }
            }
            let allowed = Duration::from_micros(attempt.timeout_us.max(0).unsigned_abs());
            let job = Job {
                path: &path,
                input: call.input.into_bytes(),
                environment,
                timeout: self.scripts.timeout.min(allowed),
                memory: self.scripts.memory,
                output: self.scripts.output,
            };
            outcome(&call.name, job.run().await, &revealed)
        })
    }
}

impl Execute {
    /// What a script sees of the environment: what programs need to be found and to speak, and what is asked for.
    fn environment(&self, key: &str) -> Vec<(std::ffi::OsString, std::ffi::OsString)> {
        const ALWAYS: [&str; 6] = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR"];
        let asked = self.scripts.environment.iter().map(String::as_str);
        let mut seen: Vec<_> =
            (ALWAYS.into_iter().chain(asked)).filter_map(|name| Some((name.into(), std::env::var_os(name)?))).collect();
        seen.push(("FLOW_KEY".into(), key.into()));
        seen
    }
}

/// What a script's end is to the flow.
fn outcome(name: &str, ended: Ended, revealed: &Revealed<'_>) -> Outcome {
    let text = |bytes: process::Kept| revealed.redact(bytes.text());
    match ended {
        Ended::NotBegun(why) => refusal("invalid", format!("`{name}` was not run: {why}")),
        Ended::TooLong(after, log) => {
            let said = last_line(&text(log));
            refusal("timeout", format!("`{name}` was ended after {} seconds{said}", after.as_secs_f64()))
        }
        Ended::Badly(how, log) => refusal("failed", format!("`{name}` {how}{}", last_line(&text(log)))),
        Ended::Well(output, log) => {
            let cut = output.cut();
            let output = text(output);
            // The beginning of JSON is none: that it was cut says more than where it does not fit.
            if let (Some((kept, dropped)), true) = (cut, output.trim_start().starts_with(['{', '['])) {
                let said = format!(
                    "`{name}` ended well, and its output was cut at {kept} bytes: {dropped} more would not fit; `output` under [scripts] says how much is kept"
                );
                return refusal("limit", said);
            }
            let read = match output.trim() {
                "" => Value::Null,
                trimmed => json::parse(trimmed.as_bytes()).unwrap_or_else(|_| Value::text(trimmed)),
            };
            Outcome::Done(map(vec![("output", read), ("log", Value::text(text(log).trim_end()))]))
        }
    }
}

/// `: the last line`, cut where it is long; nothing where there is none.
fn last_line(log: &str) -> String {
    match log.lines().rev().find(|line| !line.trim().is_empty()) {
        Some(line) => format!(": {}", line.trim().chars().take(LOG_CHARS).collect::<String>()),
        None => String::new(),
    }
}

/// Whether something can be the name of a script: nothing that leads out of its folder.
fn is_name(name: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.');
    !name.is_empty() && name.len() <= 100 && !name.starts_with('.') && name.bytes().all(plain)
}

/// The file of a script, by its name with or without its extension.
fn find(folder: &Path, name: &str) -> Result<PathBuf, String> {
    let entries = std::fs::read_dir(folder).map_err(|error| format!("the folder `scripts` cannot be read: {error}"))?;
    let mut found: Vec<PathBuf> = Vec::new();
    for path in entries.filter_map(|entry| Some(entry.ok()?.path())) {
        if path.file_name().is_some_and(|file| file == name) {
            found = vec![path];
            break;
        }
        if path.file_stem().is_some_and(|stem| stem == name) {
            found.push(path);
        }
    }
    let path = match found.as_slice() {
        [] => return Err(format!("there is no script `{name}` in `scripts`")),
        [one] => one,
        _ => return Err(format!("there are several scripts `{name}` in `scripts`: name it with its extension")),
    };
    let (inside, target) = match (folder.canonicalize(), path.canonicalize()) {
        (Ok(folder), Ok(path)) => (path.starts_with(folder), path),
        _ => return Err(format!("the script `{name}` cannot be read")),
    };
    if !inside || !target.is_file() {
        return Err(format!("`{name}` is no file of the folder `scripts`"));
    }
    Ok(target)
}
