//! What goes along with a mail.

use crate::channel::refusal;
use crate::http::Net;
use crate::http::draft::{Draft, parse_url};
use crate::http::outcome::{Effect, explain, of_trouble};
use crate::http::secrets::{Part, Revealed};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{Attempt, Outcome};
use reqwest::header::CONTENT_TYPE;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// How large attachments are together at most, in bytes: what the large providers of mail take.
pub const TOGETHER_BYTES_MAX: usize = 25 * 1024 * 1024;
/// Attachments of one mail.
pub const COUNT_MAX: usize = 50;

/// An attachment as it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attached {
    /// What the file is called.
    pub name: String,
    /// Where it is fetched.
    pub url: Option<String>,
    /// What is in it.
    pub text: Option<String>,
}

/// An attachment with what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// What it is called.
    pub name: String,
    /// `application/pdf`.
    pub media_type: String,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The attachments of a list of `Attachment`.
///
/// # Errors
/// `.invalid`, saying which is none; `.limit` where they are too many or too large.
pub fn of(list: &Value) -> Result<Vec<Attached>, Failure> {
    let Value::List(items) = list else { return Ok(Vec::new()) };
    if items.len() > COUNT_MAX {
        return Err(Failure::new("limit", format!("a mail has at most {COUNT_MAX} attachments")));
    }
    let mut found = Vec::with_capacity(items.len());
    for item in items.iter() {
        let Value::Map(entries) = item else { return Err(Failure::new("invalid", "an attachment is no record")) };
        let entry = |name: &str| {
            let value = entries.iter().find(|(key, _)| **key == *name).map(|(_, value)| value);
            value.and_then(Value::as_text).map(ToString::to_string)
        };
        let attached = Attached { name: entry("name").unwrap_or_default(), url: entry("url"), text: entry("text") };
        let name = &attached.name;
        let strange = |one: char| one.is_control() || one == '/' || one == '\\';
        if name.trim().is_empty() || name.contains(super::compose::ENCODED) || name.chars().any(strange) {
            let message = format!("`{}` is not the name of a file", name.escape_debug());
            return Err(Failure::new("invalid", message));
        }
        if attached.url.is_some() == attached.text.is_some() {
            return Err(Failure::new(
                "invalid",
                format!("the attachment `{name}` has a `url` or a `text`, one of both"),
            ));
        }
        found.push(attached);
    }
    let written = found.iter().filter_map(|attached| attached.text.as_ref()).map(String::len).sum();
    together(written).map(|()| found)
}

fn together(bytes: usize) -> Result<(), Failure> {
    if bytes <= TOGETHER_BYTES_MAX {
        return Ok(());
    }
    Err(Failure::new("limit", "the attachments of a mail have at most 25 MB together"))
}

/// Fetches what is to be fetched. Nothing of the mail has left meanwhile.
///
/// # Errors
/// What becomes of the mail.
pub async fn fetch(net: &Net, attached: &[Attached], attempt: Attempt<'_>) -> Result<Vec<File>, Outcome> {
    let mut files = Vec::with_capacity(attached.len());
    let mut bytes = 0;
    for one in attached {
        let file = match (&one.text, &one.url) {
            (Some(text), _) => File {
                name: one.name.clone(),
                media_type: media_type(&one.name, None),
                bytes: text.clone().into_bytes(),
            },
            (None, Some(url)) => fetched(net, &one.name, url, attempt).await?,
            (None, None) => continue,
        };
        bytes += file.bytes.len();
        together(bytes).map_err(|failure| Outcome::Failed { failure, retryable: false, retry_after_us: None })?;
        files.push(file);
    }
    Ok(files)
}

async fn fetched(net: &Net, name: &str, url: &str, attempt: Attempt<'_>) -> Result<File, Outcome> {
    parse_url(url).map_err(|why| refusal("invalid", format!("the attachment `{name}`: {why}")))?;
    let draft = Draft {
        method: "GET".to_owned(),
        url: vec![Part::Text(url.to_owned())],
        query: Vec::new(),
        headers: Vec::new(),
        body: None,
        key_header: None,
        auth: None,
        basic: None,
        refused: None,
    };
    let timeout = Duration::from_micros(u64::try_from(attempt.timeout_us).unwrap_or(0));
    let mut secrets = Revealed::new(attempt.secrets);
    let reply = net.send(&draft, attempt.key, attempt.now_us, timeout, &mut secrets).await;
    // Asking for a file changes nothing: trouble is a failure.
    let reply = reply.map_err(|trouble| named(name, of_trouble(trouble, Effect::Read)))?;
    if !reply.status.is_success() {
        return Err(refusal("rejected", format!("the attachment `{name}`: {}", explain(&reply))));
    }
    let said = reply.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    Ok(File { name: name.to_owned(), media_type: media_type(name, said), bytes: reply.body })
}

fn named(name: &str, outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Failed { failure, retryable, retry_after_us } => {
            let message = format!("the attachment `{name}`: {}", failure.message);
            Outcome::Failed { failure: Failure::new(failure.kind, message), retryable, retry_after_us }
        }
        other => other,
    }
}

/// What a file is: as its server says, else by the end of its name.
fn media_type(name: &str, said: Option<&str>) -> String {
    let end = name.rsplit_once('.').map_or("", |(_, end)| end).to_ascii_lowercase();
    let known = match end.as_str() {
        "txt" => "text/plain; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "html" | "htm" => "text/html; charset=utf-8",
        "ics" => "text/calendar; charset=utf-8",
        "json" => "application/json",
        "pdf" => "application/pdf",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "zip" => "application/zip",
        _ => "application/octet-stream",
    };
    said.unwrap_or(known).to_owned()
}
