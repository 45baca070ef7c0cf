//! Erasing a contact: its records at once, in the step that asks for it; then, a page at a time, what runs, journals and
//! other rows still hold; then the log of the database. Only after that it is told.

use super::desk::Desk;
use super::envelope::{self, Envelope, Stored};
use super::follow::{Follow, FollowWake};
use super::former;
use super::turn::{self, Rules, Trouble, TurnWake};
use crate::action::ActionError;
use crate::machine::spellings;
use crate::store::{Entity, RunRow, RunStatus, SearchIn, SearchPlace, Searched, StoreError, Subject, Words};
use flow_bytecode::Value;
use flow_bytecode::schema::SchemaType;
use serde::{Deserialize, Serialize};

/// Told when nothing is left.
const ERASED: &str = "contact.erased";
/// Rows looked through at once; in one transaction so many where nothing else is to be done, so that nobody waits for long.
const PAGE: usize = 1_000;
/// Rows looked through for each that is written meanwhile: with fewer it would never come to an end.
const ROWS_OF_ONE: u64 = 3;
/// After so long (microseconds) twice as many are looked through, and after as long again twice as many as that: nothing is
/// to be left after a minute, however many rows there are, and what else is to be done gives way for it by and by.
const PATIENCE_US: i64 = 8_000_000;
/// It doubles so many times at most.
const DOUBLES_MAX: u32 = 6;
/// Pages in one transaction at most.
const PAGES_MAX: u64 = 50;
/// Runs cleaned in one transaction.
const RUNS_PAGE: usize = 50;
/// More records than belong to one contact.
const RECORDS_MAX: usize = 1_000_000;
/// How often what lives is looked through at most: until once nothing is found.
const PASSES_MAX: u8 = 5;

/// What is to be erased, and how far that has come.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Erasure {
    /// The contact's number.
    contact: i64,
    /// What identifies the contact wherever it stands.
    words: Vec<String>,
    /// The contact and the records that were deleted with it: kind, id.
    subjects: Vec<(i64, i64)>,
    stage: Stage,
    /// When it was asked for: microseconds since 1970. Of one that an older program wrote down it is not known.
    #[serde(default)]
    since: i64,
}

impl Erasure {
    /// How many rows are looked through for each that is written.
    fn rows_of_one(&self, now: i64) -> u64 {
        let doubles = now.saturating_sub(self.since).max(0) / PATIENCE_US;
        ROWS_OF_ONE << u32::try_from(doubles).map_or(DOUBLES_MAX, |doubles| doubles.min(DOUBLES_MAX))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
enum Stage {
    /// Runs about the records, and events.
    About { subject: usize, after: i64 },
    /// Whatever can still write elsewhere.
    Living { pass: u8, place: SearchPlace, found: bool },
    /// Whatever is only read.
    Settled { place: SearchPlace },
    /// The log.
    Log,
}

/// What is to be done next.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum Next {
    /// Nothing is to be erased.
    #[default]
    Nothing,
    /// There is another page.
    Page,
    /// The log is to be emptied, and then [`told`].
    Log,
}

/// Deletes a contact with all that belongs to it, and writes down what is still to be erased.
pub(super) fn begin(desk: &mut Desk, contact: i64) -> Result<(), ActionError> {
    let entity = desk.entity("Contact")?;
    desk.read(&entity, contact, 0)?;
    let mut words = Vec::new();
    for (at, field) in entity.def.fields.iter().enumerate() {
        if identifies(&field.name, &field.ty) {
            gather(desk.read(&entity, contact, at)?, &mut words);
        }
    }
    let flushed = desk.memory.records.flush(&mut *desk.txn);
    flushed.map_err(|error| desk.trouble(error))?;
    for word in former::take(desk, &entity, contact).map_err(|error| desk.trouble(error))? {
        if !words.contains(&word) {
            words.push(word);
        }
    }
    let spelled: Vec<String> = words.iter().flat_map(|word| spellings(word)).collect();
    words.extend(spelled);
    let mut subjects = vec![Subject { kind: entity.kind, id: contact }];
    let entities = desk.txn.entities();
    for other in entities.iter().filter(|other| belongs(other)) {
        let found = desk.txn.find(other.kind, "contact", &Value::Int(contact), RECORDS_MAX);
        let found = found.map_err(|error| desk.trouble(error))?;
        subjects.extend(found.into_iter().map(|id| Subject { kind: other.kind, id }));
    }
    for subject in &subjects {
        remove(desk, *subject).map_err(|error| desk.trouble(error))?;
        let runs = desk.txn.runs_about(*subject, 0, RECORDS_MAX).map_err(|error| desk.trouble(error))?;
        desk.follows.extend(runs.into_iter().map(|run| Follow { run, wake: FollowWake::Erased }));
    }
    let erasure = Erasure {
        contact,
        words,
        subjects: subjects.iter().map(|subject| (subject.kind, subject.id)).collect(),
        stage: Stage::About { subject: 0, after: 0 },
        since: desk.now,
    };
    save(desk, 0, &erasure).map_err(|error| desk.trouble(error))?;
    desk.erasing = Next::Page;
    Ok(())
}

/// Deletes one record; whether it was there.
pub(super) fn delete(desk: &mut Desk, entity: &str, id: i64) -> Result<bool, ActionError> {
    let entity = desk.entity(entity)?;
    match desk.read(&entity, id, 0) {
        Ok(_) => {}
        Err(ActionError::Failure(_)) => return Ok(false),
        Err(error) => return Err(error),
    }
    remove(desk, Subject { kind: entity.kind, id }).map_err(|error| desk.trouble(error))?;
    Ok(true)
}

fn remove(desk: &mut Desk, subject: Subject) -> Result<(), StoreError> {
    desk.memory.records.forget((subject.kind, subject.id));
    desk.changed.retain(|((kind, id), _)| (*kind, *id) != (subject.kind, subject.id));
    desk.altered.retain(|(other, _)| *other != subject);
    desk.txn.delete_record(subject.kind, subject.id).map(drop)
}

/// Whether records of an entity belong to one contact, and go with it. What a project adds may name a contact without that.
fn belongs(entity: &Entity) -> bool {
    entity.def.fields.iter().any(|field| {
        let ty = if let SchemaType::Optional(inner) = &field.ty { inner } else { &field.ty };
        let contact = matches!(ty, SchemaType::Entity(name) if &**name == "Contact");
        contact && field.indexed && !field.custom && &*field.name == "contact"
    })
}

/// Whether a field says who somebody is, wherever it stands.
pub(super) fn identifies(name: &str, ty: &SchemaType) -> bool {
    match ty {
        SchemaType::Email | SchemaType::Phone => true,
        SchemaType::Optional(inner) | SchemaType::List(inner) => identifies(name, inner),
        _ => name == "external_id",
    }
}

pub(super) fn gather(value: &Value, words: &mut Vec<String>) {
    match value {
        Value::Text(text) if !words.contains(&text.to_lowercase()) => words.push(text.to_lowercase()),
        Value::List(items) => items.iter().for_each(|item| gather(item, words)),
        _ => {}
    }
}

fn save(desk: &mut Desk, id: i64, erasure: &Erasure) -> Result<i64, StoreError> {
    // Numbers and texts: nothing of it cannot be written as JSON.
    desk.txn.put_erasure(id, &serde_json::to_vec(erasure).unwrap_or_default())
}

/// The next pages of the oldest: the more is written meanwhile, the more.
pub(super) fn pages(desk: &mut Desk, rules: &Rules) -> Result<(), Trouble> {
    let Some((id, state)) = desk.txn.next_erasure()? else { return Ok(()) };
    let Ok(mut erasure) = serde_json::from_slice::<Erasure>(&state) else {
        // Of another version of this program; nothing can be done with it here.
        return Ok(());
    };
    let words = Words::new(&erasure.words);
    let written = desk.memory.erased_at.map_or(0, |before| desk.txn.rows_written().saturating_sub(before));
    let rows = written.saturating_mul(erasure.rows_of_one(desk.now));
    for _ in 0..(rows / PAGE as u64).clamp(1, PAGES_MAX) {
        erasure.stage = match (erasure.stage, &words) {
            (Stage::About { subject, after }, _) => about(desk, rules, &erasure, subject, after)?,
            (Stage::Living { pass, place, found }, Some(words)) => living(desk, words, (pass, place, found))?,
            (Stage::Settled { place }, Some(words)) => settled(desk, words, place)?,
            (Stage::Living { .. } | Stage::Settled { .. } | Stage::Log, _) => Stage::Log,
        };
    }
    if erasure.stage == Stage::Log {
        // The words themselves are the last that is left.
        erasure.words.clear();
    }
    save(desk, id, &erasure)?;
    desk.memory.erased_at = Some(desk.txn.rows_written());
    desk.erasing = if erasure.stage == Stage::Log { Next::Log } else { Next::Page };
    Ok(())
}

fn about(desk: &mut Desk, rules: &Rules, erasure: &Erasure, at: usize, after: i64) -> Result<Stage, Trouble> {
    let Some((kind, id)) = erasure.subjects.get(at).copied() else {
        return Ok(Stage::Living { pass: 1, place: SearchPlace::default(), found: false });
    };
    let subject = Subject { kind, id };
    let runs = desk.txn.runs_about(subject, after, RUNS_PAGE)?;
    for run in &runs {
        let mut wake = std::iter::once(TurnWake::Follow(FollowWake::Erased));
        turn::take(desk, rules, *run, &mut wake)?;
        empty(desk, *run)?;
    }
    if let (RUNS_PAGE, Some(last)) = (runs.len(), runs.last()) {
        return Ok(Stage::About { subject: at, after: *last });
    }
    let deleted = desk.txn.delete_events(subject, PAGE)?;
    let again = deleted == PAGE as u64;
    Ok(Stage::About { subject: at + usize::from(!again), after: if again { i64::MAX } else { 0 } })
}

/// Empties a run that is over: that it was is kept, and nothing of what it knew.
fn empty(desk: &mut Desk, run: i64) -> Result<(), Trouble> {
    let Some(mut row) = desk.txn.run(run)? else { return Ok(()) };
    desk.txn.erase_journal(run, row.journal)?;
    desk.txn.delete_goal(run)?;
    if row.status.is_live() {
        // It could not be ended: what it holds is masked like everybody else's.
        return Ok(());
    }
    if !matches!(row.status, RunStatus::Finished | RunStatus::Failed) {
        row.status = RunStatus::Cancelled;
    }
    for intent in desk.txn.intents_of(run)? {
        desk.txn.delete_intent(run, intent.path, intent.effect)?;
    }
    row.result = None;
    if let Some(failure) = &mut row.failure {
        failure.message = "erased".into();
    }
    row.snapshot.clear();
    Envelope::default().write(&mut row.snapshot);
    desk.txn.save_run(&mut row)?;
    Ok(())
}

fn living(desk: &mut Desk, words: &Words, stage: (u8, SearchPlace, bool)) -> Result<Stage, Trouble> {
    let (pass, place, found) = stage;
    let searched = search(desk, SearchIn::Living, words, place)?;
    for (kind, id) in &searched.records {
        desk.memory.records.forget((*kind, *id));
    }
    for run in &searched.runs {
        mask_run(desk, words, *run)?;
    }
    let found = found || searched.masked > 0 || !searched.records.is_empty() || !searched.runs.is_empty();
    Ok(match searched.next {
        Some(place) => Stage::Living { pass, place, found },
        // A run that was not reached yet may have written where had been looked already.
        None if found && pass < PASSES_MAX => {
            Stage::Living { pass: pass + 1, place: SearchPlace::default(), found: false }
        }
        None => Stage::Settled { place: SearchPlace::default() },
    })
}

fn settled(desk: &mut Desk, words: &Words, place: SearchPlace) -> Result<Stage, Trouble> {
    let searched = search(desk, SearchIn::Settled, words, place)?;
    Ok(searched.next.map_or(Stage::Log, |place| Stage::Settled { place }))
}

/// A page of rows. One that is damaged is passed over: nobody reads it, and `flow doctor` names it.
fn search(desk: &mut Desk, within: SearchIn, words: &Words, mut place: SearchPlace) -> Result<Searched, Trouble> {
    desk.memory.records.flush(&mut *desk.txn)?;
    let mut limit = PAGE;
    loop {
        match desk.txn.mask_rows(within, words, place, limit) {
            Err(StoreError::CorruptRow { .. }) if limit > 1 => limit = 1,
            Err(StoreError::CorruptRow { id, .. }) => place.after = (id.max(place.after.0.saturating_add(1)), 0),
            other => return Ok(other?),
        }
    }
}

/// Masks what a run holds that is about somebody else.
fn mask_run(desk: &mut Desk, words: &Words, run: i64) -> Result<(), Trouble> {
    let Some(mut row) = desk.txn.run(run)? else { return Ok(()) };
    mask_state(words, &mut row);
    if let Some(failure) = &mut row.failure
        && let Some(masked) = words.mask_text(&failure.message)
    {
        failure.message = masked;
    }
    if let Some(result) = &mut row.result {
        words.mask(result);
    }
    desk.txn.save_run(&mut row)?;
    Ok(())
}

/// The suspended state has a checksum of its own at its end.
fn mask_state(words: &Words, row: &mut RunRow) {
    let length = match envelope::open(&row.snapshot) {
        Some(Stored::Suspended { snapshot, .. }) => snapshot.len(),
        _ => 0,
    };
    if !words.mask(&mut row.snapshot) {
        return;
    }
    let from = row.snapshot.len().saturating_sub(length);
    if let Some((body, checksum)) = row.snapshot.get_mut(from..).and_then(|bytes| bytes.split_last_chunk_mut::<4>()) {
        *checksum = crc32fast::hash(body).to_le_bytes();
    }
}

/// The log is empty: nothing is left.
pub(super) fn told(desk: &mut Desk) -> Result<(), Trouble> {
    let Some((id, state)) = desk.txn.next_erasure()? else { return Ok(()) };
    // Where nobody knows whether it was told it is told again: by then another may be the oldest.
    if let Ok(Erasure { contact, stage: Stage::Log, .. }) = serde_json::from_slice(&state) {
        desk.txn.delete_erasure(id)?;
        desk.memory.erased_at = None;
        desk.raise_event(ERASED, vec![Value::Int(contact)], None)?;
    }
    if desk.txn.next_erasure()?.is_some() {
        desk.erasing = Next::Page;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_it_takes_the_more_is_looked_through() {
        let second = 1_000_000;
        let begun = 1_700_000_000 * second;
        let erasure = Erasure { contact: 1, words: Vec::new(), subjects: Vec::new(), stage: Stage::Log, since: begun };
        let after = |seconds: i64| erasure.rows_of_one(begun + seconds * second);
        assert_eq!([0, 7, 8, 16, 24, 40, 48, 60, 1_000_000].map(after), [3, 3, 6, 12, 24, 96, 192, 192, 192]);
        assert_eq!(after(-5), 3);
        // Of one that is not known it is taken to be long ago.
        let old = serde_json::from_str::<Erasure>(r#"{"contact":1,"words":[],"subjects":[],"stage":"Log"}"#).unwrap();
        assert_eq!(old.rows_of_one(begun), 192);
    }
}
