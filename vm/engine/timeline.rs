//! A journal row in words, with the line of source where the turn ended.

use super::journal::{Cause, Did, Stop, Turn};
use super::read::{Programs, sources};
use super::view::{SourceLine, TimelineEntry};
use crate::store::{JournalRow, Read, StoreResult};
use flow_bytecode::Program;
use flow_bytecode::program::Debug;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::collections::HashMap;
use std::sync::Arc;

/// What people see of a program's source.
pub(super) struct Sources {
    pub debug: Debug,
    pub files: Vec<(String, String)>,
}

impl Sources {
    /// The line of an instruction.
    pub fn line(&self, function: u16, pc: u16) -> Option<SourceLine> {
        let lines = self.debug.lines.get(usize::from(function))?;
        let at = lines.partition_point(|(first, ..)| *first <= pc).checked_sub(1)?;
        let (_, file, line, column) = *lines.get(at)?;
        let file = self.debug.files.get(usize::from(file))?;
        let text = self.files.iter().find(|(name, _)| **name == **file);
        let text = text.and_then(|(_, text)| text.lines().nth(line.saturating_sub(1) as usize));
        Some(SourceLine { file: file.to_string(), line, column, text: text.map(|text| text.trim().to_owned()) })
    }
}

/// The source of a program, read once.
pub(super) fn known_sources(
    read: &mut dyn Read,
    known: &mut HashMap<i64, Arc<Sources>>,
    program: i64,
) -> StoreResult<Arc<Sources>> {
    if let Some(sources) = known.get(&program) {
        return Ok(sources.clone());
    }
    let read = Arc::new(sources(read, program)?);
    known.insert(program, read.clone());
    Ok(read)
}

/// A row in words.
pub(super) fn entry(
    read: &mut dyn Read,
    programs: &mut Programs,
    known: &mut HashMap<i64, Arc<Sources>>,
    row: &JournalRow,
) -> StoreResult<TimelineEntry> {
    let erased = |wake: &str| TimelineEntry {
        at: row.at,
        wake: wake.to_owned(),
        did: Vec::new(),
        place: None,
        source: None,
        effects: Vec::new(),
    };
    if row.payload.is_empty() {
        return Ok(erased("erased"));
    }
    let Some(turn) = Turn::decode(&row.payload) else { return Ok(erased("unreadable")) };
    let loaded = programs.get(read, turn.program)?;
    let empty = Program::default();
    let program = loaded.as_ref().map_or(&empty, |loaded| loaded.program());
    let sources = known_sources(read, known, turn.program)?;
    let wake: Vec<String> = turn.causes.iter().map(|cause| cause_words(program, cause)).collect();
    let mut did = Vec::new();
    let mut effects = Vec::new();
    for (effect, deed) in &turn.did {
        let words = deed_words(program, deed);
        if *effect != 0 {
            effects.push((*effect, words.clone()));
        }
        did.push(words);
    }
    let (mut place, mut source) = (None, None);
    match &turn.stop {
        Stop::At(index) => {
            if let Some(found) = program.places.get(usize::from(*index)) {
                place = Some(found.key.to_string());
                source = sources.line(found.function, found.pc);
            }
        }
        Stop::Ready => did.push("goes on in the next step".to_owned()),
        Stop::Finished => did.push("finished".to_owned()),
        Stop::Cancelled => did.push("was cancelled".to_owned()),
        Stop::Failed(failure) => {
            did.push(format!("failed: .{}, {}", failure.kind, failure.message));
            source = failure.origin.and_then(|(function, pc)| sources.line(function, pc));
        }
    }
    Ok(TimelineEntry { at: row.at, wake: wake.join(", "), did, place, source, effects })
}

fn action(program: &Program, index: u16) -> &str {
    program.actions.get(usize::from(index)).map_or("an action", |action| &action.name)
}

fn by_whom(by: &str) -> String {
    if by.is_empty() { String::new() } else { format!(" by {by}") }
}

fn cause_words(program: &Program, cause: &Cause) -> String {
    match cause {
        Cause::Start => "start".to_owned(),
        Cause::Due => "due".to_owned(),
        Cause::Answer => "answer".to_owned(),
        Cause::Event(name) => format!("event {name}"),
        Cause::Changed => "changed".to_owned(),
        Cause::Done(index) => format!("done {}", action(program, *index)),
        Cause::Adopted(index) => format!("had been done, says the other side: {}", action(program, *index)),
        Cause::Failed(index, kind) => format!("failed {} .{kind}", action(program, *index)),
        Cause::PromptEnded => "prompt ended".to_owned(),
        Cause::Continue => "continue".to_owned(),
        Cause::Retry => "retry".to_owned(),
        Cause::Cancel => "cancel".to_owned(),
        Cause::Migrated => "moved to another version".to_owned(),
        Cause::InDoubt(index) => format!("in doubt {}", action(program, *index)),
        Cause::Approved(index, by) => format!("approved {}{}", action(program, *index), by_whom(by)),
        Cause::Denied(index, by, why) => {
            let why = if why.is_empty() { String::new() } else { format!(": {why}") };
            format!("denied {}{}{why}", action(program, *index), by_whom(by))
        }
        Cause::Expired(index) => format!("{} was not approved in time", action(program, *index)),
        Cause::TooLate(index, how) => format!("{how} {}, which nobody waits for", action(program, *index)),
        Cause::Born(by) => format!("start on {by}"),
        Cause::Left => "exit".to_owned(),
        Cause::TakenOver => "taken over by a teammate".to_owned(),
        Cause::Replaced => "replaced by a newer run".to_owned(),
        Cause::Erased => "what it was about is erased".to_owned(),
        Cause::Tried(index, attempt) => format!("attempt {attempt} of {} failed", action(program, *index)),
    }
}

fn deed_words(program: &Program, deed: &Did) -> String {
    match deed {
        Did::Set(index) => match program.fields.get(usize::from(*index)) {
            Some(field) => {
                let entity = program.entities.get(usize::from(field.entity)).map_or("?", |name| name);
                format!("set {entity}.{}", field.name)
            }
            None => "set a field".to_owned(),
        },
        Did::Called(index) => format!("called {}", action(program, *index)),
        Did::Fired(index) => {
            let event = program.events.get(usize::from(*index)).map_or("an event", |event| &event.name);
            format!("fired {event}")
        }
        Did::Started(index, run) => {
            let flow = program.flow_refs.get(usize::from(*index)).map_or("a flow", |flow| &flow.name);
            format!("started {flow} as {}", super::view::RunId(*run))
        }
        Did::Requested(index) => format!("requested {}", action(program, *index)),
        Did::Refused(index, why) => {
            let flow = program.flow_refs.get(usize::from(*index)).map_or("a flow", |flow| &flow.name);
            format!("did not start {flow}: {why}")
        }
        Did::Skipped(index) => format!("skipped {}: as many messages as `cap` allows", action(program, *index)),
        Did::HeldBack(calendar, at) => match opening(program, calendar, *at) {
            Some(at) => format!("holds a message back until {at}: `{calendar}` is closed"),
            None => format!("holds a message back: `{calendar}` is closed"),
        },
        Did::Asked(question) => format!("asked: {question}"),
        Did::PathFailed(name, kind, message) => format!("path {name} failed: .{kind}, {message}"),
        Did::Side(split, side) => {
            let found = program.splits.get(usize::from(*split));
            let name = found.and_then(|split| split.sides.get(usize::from(*side)));
            match (found, name) {
                (Some(split), Some((name, _))) => format!("fell on `{name}` of {}", split.key),
                _ => "fell on a side".to_owned(),
            }
        }
        Did::Withdrew(index) => format!("took back {}", action(program, *index)),
        Did::AsksFor(index, by, args) => {
            format!("asked {} to approve {}({args})", super::approval::approver(by), action(program, *index))
        }
        Did::TakesBack(kind, message) => format!("takes back what it did, because of .{kind}, {message}"),
        Did::NotTakenBack(kind, message) => format!("could not take a step back: .{kind}, {message}"),
        Did::LetGo(index) => format!("let go of {}, which is being sent", action(program, *index)),
        Did::FellBack => "kept the customer from silence".to_owned(),
        Did::LetGoInDoubt(index) => {
            format!("let go of {}, of which it is not known whether it happened", action(program, *index))
        }
        Did::Logged(line) => format!("wrote: {line}"),
        Did::TriesAgain(kind, message, at) => {
            let at = Timestamp::from_microsecond(*at).map(|at| at.to_zoned(TimeZone::UTC));
            let at = at.map(|at| format!(" at {}", at.strftime("%a %-d %b %Y %H:%M:%S UTC"))).unwrap_or_default();
            format!("tries again{at}, because of .{kind}, {message}")
        }
        Did::Launched(flow) => format!("became {flow}"),
        Did::Grown(bytes, heavy) => format!("keeps {bytes} bytes while it waits, which is much: {heavy}"),
    }
}

/// A moment as people read it, on the calendar's own clock where it has one: `Mon 2 Mar 2026 09:00 in Europe/Oslo`.
fn opening(program: &Program, calendar: &str, at: i64) -> Option<String> {
    let own = program.calendars.iter().find(|known| *known.name == *calendar).and_then(|known| known.zone.as_deref());
    let zone = own.and_then(|name| Some((TimeZone::get(name).ok()?, name))).unwrap_or((TimeZone::UTC, "UTC"));
    let moment = Timestamp::from_microsecond(at).ok()?.to_zoned(zone.0);
    Some(format!("{} in {}", moment.strftime("%a %-d %b %Y %H:%M"), zone.1))
}
