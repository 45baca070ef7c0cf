//! Scripts of stories: what people and the world do while flows run. One line, one act.
//!
//! ```text
//! program ../../../examples            a project's folder, or one file, relative to the script
//! record ada Contact email="ada@example.com" first_name="Ada"
//! record chat Conversation contact=@ada
//! start front_desk.front_desk conversation=@chat
//! answer "Change my plan"
//! advance 15 minutes
//! fire guide_opened contact=@ada
//! set @ada plan="pro"
//! http POST /refunds 200 {"id":"r1"}   what the other side answers to the next such request; `drop` breaks off
//! show @ada plan tags
//! answer in chat "Change my plan"      to whoever asks last in that conversation
//! migrate old_ask=new_ask              `migrate dry` says what would happen
//! notes ada                            what was noted about a record
//! retry | cancel | approve | deny "why" | resolve done {"id":1} | resolve retry | resolve fail
//! pause onboarding.welcome             and `unpause`, `matching`
//! counts
//! ```

use std::fmt::Write as _;

/// An act, with the line it stands on.
#[derive(Debug, Clone, PartialEq)]
pub struct Act {
    /// From 1.
    pub line: usize,
    /// As written, for the transcript.
    pub text: String,
    /// What to do.
    pub kind: ActKind,
}

/// What a line asks for.
#[derive(Debug, Clone, PartialEq)]
pub enum ActKind {
    /// The project to compile and deploy.
    Program(String),
    /// A record to create: name in the script, entity, fields.
    Record(String, String, Vec<(String, Given)>),
    /// A run to start.
    Start(String, Vec<(String, Given)>),
    /// An answer to the newest prompt of the newest run.
    Answer(String),
    /// An answer to the newest prompt of a conversation: its name in the script.
    AnswerIn(String, String),
    /// Runs of older versions move: mappings; whether only to say so.
    Migrate(Vec<String>, bool),
    /// Notes about a record.
    Notes(String),
    /// Time that passes, in microseconds.
    Advance(i64),
    /// An event.
    Fire(String, Vec<(String, Given)>),
    /// Fields written by a person.
    Set(String, Vec<(String, Given)>),
    /// Method, path, status (0 breaks the connection off) and body of an answer of the other side.
    Http(String, String, u16, String),
    /// Fields to show.
    Show(String, Vec<String>),
    /// `flow retry`.
    Retry,
    /// `flow cancel`.
    Cancel,
    /// `flow approve`, by Grace.
    Approve,
    /// `flow deny`, and why.
    Deny(Option<String>),
    /// `flow resolve`: `done`, `retry` or `fail`, and the result as JSON.
    Resolve(String, Option<serde_json::Value>),
    /// `flow pause`, `flow unpause`, `flow start --matching` of a flow.
    Pause(String),
    /// See [`ActKind::Pause`].
    Unpause(String),
    /// See [`ActKind::Pause`].
    Matching(String),
    /// What is counted of flows.
    Counts,
}

/// A value as a script gives it.
#[derive(Debug, Clone, PartialEq)]
pub enum Given {
    /// `@ada`: the id of a record.
    Record(String),
    /// `"text"`, `12`, `true`, `null`, `[1]`: JSON.
    Json(serde_json::Value),
    /// `$shop`: the address of the other side.
    Shop,
}

/// Reads a script.
///
/// # Panics
/// On a line that is none: a script is part of a test.
pub fn parse(script: &str) -> Vec<Act> {
    let lines = script.lines().enumerate();
    let meaningful = lines.filter(|(_, line)| !line.trim().is_empty() && !line.trim_start().starts_with("//"));
    meaningful
        .map(|(index, line)| Act { line: index + 1, text: line.trim().to_owned(), kind: act(line.trim(), index + 1) })
        .collect()
}

fn act(line: &str, number: usize) -> ActKind {
    let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
    let rest = rest.trim();
    let word = |text: &str| text.split(' ').next().unwrap_or_default().to_owned();
    let after = |text: &str, count: usize| text.splitn(count + 1, ' ').nth(count).unwrap_or_default().trim().to_owned();
    match verb {
        "program" => ActKind::Program(rest.to_owned()),
        "record" => ActKind::Record(word(rest), word(&after(rest, 1)), pairs(&after(rest, 2), number)),
        "start" => ActKind::Start(word(rest), pairs(&after(rest, 1), number)),
        "fire" => ActKind::Fire(word(rest), pairs(&after(rest, 1), number)),
        "set" => ActKind::Set(word(rest).trim_start_matches('@').to_owned(), pairs(&after(rest, 1), number)),
        "show" => {
            let fields = after(rest, 1).split_whitespace().map(str::to_owned).collect();
            ActKind::Show(word(rest).trim_start_matches('@').to_owned(), fields)
        }
        "answer" if rest.starts_with("in ") => {
            let text = after(rest, 2);
            ActKind::AnswerIn(word(&after(rest, 1)), serde_json::from_str(&text).unwrap_or(text))
        }
        "migrate" => {
            let words = words(rest);
            let dry = words.first().is_some_and(|word| word == "dry");
            ActKind::Migrate(words.into_iter().skip(usize::from(dry)).collect(), dry)
        }
        "notes" => ActKind::Notes(rest.to_owned()),
        "answer" => match serde_json::from_str(rest) {
            Ok(text) => ActKind::Answer(text),
            Err(_) => ActKind::Answer(rest.to_owned()),
        },
        "advance" => ActKind::Advance(duration(rest, number)),
        "http" => {
            let status = word(&after(rest, 2));
            let status = if status == "drop" { 0 } else { status.parse().expect("a status") };
            ActKind::Http(word(rest), word(&after(rest, 1)), status, after(rest, 3))
        }
        "retry" => ActKind::Retry,
        "cancel" => ActKind::Cancel,
        "approve" => ActKind::Approve,
        "deny" => ActKind::Deny(serde_json::from_str(rest).ok()),
        "resolve" => ActKind::Resolve(word(rest), serde_json::from_str(&after(rest, 1)).ok()),
        "pause" => ActKind::Pause(rest.to_owned()),
        "unpause" => ActKind::Unpause(rest.to_owned()),
        "matching" => ActKind::Matching(rest.to_owned()),
        "counts" => ActKind::Counts,
        other => panic!("line {number}: `{other}` is no act"),
    }
}

/// Words between blanks, but for those in quotes.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut quoted, mut before) = (vec![String::new()], false, ' ');
    for c in text.chars() {
        quoted ^= c == '"' && before != '\\';
        before = c;
        match words.last_mut() {
            Some(word) if quoted || !c.is_whitespace() => word.push(c),
            _ => words.push(String::new()),
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn duration(text: &str, number: usize) -> i64 {
    let (count, unit) = text.split_once(' ').unwrap_or_else(|| panic!("line {number}: a duration has a unit"));
    let second = 1_000_000;
    let unit = match unit.trim_end_matches('s') {
        "second" => second,
        "minute" => 60 * second,
        "hour" => 3_600 * second,
        "day" => 86_400 * second,
        "week" => 7 * 86_400 * second,
        other => panic!("line {number}: `{other}` is no unit of time"),
    };
    count.parse::<i64>().expect("a whole number") * unit
}

/// `name=value name=value`, values as in [`Given`].
fn pairs(text: &str, number: usize) -> Vec<(String, Given)> {
    let mut pairs = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let (name, value) = rest.split_once('=').unwrap_or_else(|| panic!("line {number}: `{rest}` is no name=value"));
        let name = name.trim().to_owned();
        if let Some(reference) = value.strip_prefix('@') {
            let (id, left) = reference.split_once(' ').unwrap_or((reference, ""));
            pairs.push((name, Given::Record(id.to_owned())));
            rest = left.trim_start();
        } else if let Some(left) = value.strip_prefix("$shop") {
            pairs.push((name, Given::Shop));
            rest = left.trim_start();
        } else {
            let mut values = serde_json::Deserializer::from_str(value).into_iter();
            let parsed = values.next().and_then(Result::ok);
            pairs.push((name, Given::Json(parsed.unwrap_or_else(|| panic!("line {number}: `{value}` is no JSON")))));
            rest = value[values.byte_offset()..].trim_start();
        }
    }
    pairs
}

/// Writes a line of a transcript.
pub fn note(transcript: &mut String, line: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = writeln!(transcript, "{line}");
}
