//! A call as whoever has to say what became of it sees it: what it was made with, when it left, and how it is found on the
//! other side.

use super::outcome::request_of;
use super::timeline::Sources;
use super::view::CallView;
use super::{approval, doubt, journal};
use crate::action::{Implementation, Registry, StoredRequest};
use crate::machine::{Loaded, Run};
use crate::store::{IntentRow, IntentState, JournalRow, NameClass, Read, StoreResult};
use flow_bytecode::Program;
use flow_bytecode::program::{ActionRef, EffectClass, PlaceKind};

/// What is known of a run's calls beside the calls.
pub(super) struct Told<'a> {
    /// Its turns, the newest last.
    pub turns: &'a [JournalRow],
    /// Its program's source.
    pub sources: &'a Sources,
}

/// A call of a run that waits for it.
pub(super) fn view(
    read: &mut dyn Read,
    registry: &Registry,
    loaded: Option<&Loaded>,
    run: Option<&Run>,
    row: &IntentRow,
    told: &Told<'_>,
) -> StoreResult<CallView> {
    let place = loaded.and_then(|loaded| loaded.program().places.get(usize::from(row.place)));
    let declared = loaded.and_then(|loaded| declared(loaded.program(), row.place));
    let asked = run.zip(loaded).and_then(|(run, loaded)| run.call(loaded, row.effect));
    let wanted = match (loaded, row.state) {
        (Some(loaded), IntentState::InDoubt) if known(registry, declared, row).is_none() => {
            doubt::wanted(loaded.program(), row.place)
        }
        _ => None,
    };
    let (wanted, sample) = wanted.unzip();
    let left = matches!(row.state, IntentState::Sending | IntentState::InDoubt);
    Ok(CallView {
        place: place.map(|place| place.key.to_string()).unwrap_or_default(),
        action: read.name(NameClass::Action, row.action)?.to_string(),
        effect: row.effect,
        state: state(row).to_owned(),
        attempt: row.attempt,
        not_before: (row.state == IntentState::Queued).then_some(row.not_before),
        destination: row.destination.to_string(),
        wanted,
        sample,
        arguments: asked
            .zip(loaded)
            .map(|(asked, loaded)| approval::in_words(loaded.program(), &asked))
            .unwrap_or_default(),
        key: matches!(row.class, EffectClass::Keyed { .. }).then(|| row.key.to_string()),
        sent: left.then_some(row.not_before),
        failure: told.turns.iter().rev().find_map(|turn| journal::failed_with(&turn.payload, row.effect)),
        source: place.and_then(|place| told.sources.line(place.function, place.pc)),
        traces: traces(registry, declared, row),
    })
}

fn state(row: &IntentRow) -> &'static str {
    match row.state {
        IntentState::Queued if is_asked(row, 0) => "asking",
        IntentState::Sending if is_asked(row, 1) => "asking",
        IntentState::Queued if row.attempt > 0 => "retrying",
        IntentState::Queued => "queued",
        IntentState::Sending => "sending",
        IntentState::InDoubt => "in_doubt",
        IntentState::Unapproved => "unapproved",
    }
}

/// Whether the other side is asked before an intent is sent again; `begun`: attempts that say nothing of it yet.
fn is_asked(row: &IntentRow, begun: u32) -> bool {
    matches!(row.class, EffectClass::Verified { .. }) && row.attempt > begun
}

/// The action that is called at a place.
pub(super) fn declared(program: &Program, place: u16) -> Option<&ActionRef> {
    match program.places.get(usize::from(place))?.kind {
        PlaceKind::Action { action, .. } => program.actions.get(usize::from(action)),
        _ => None,
    }
}

fn request(row: &IntentRow) -> StoredRequest {
    StoredRequest { destination: row.destination.to_string(), bytes: request_of(row).to_vec() }
}

/// What an action in doubt yields, as far as its request says.
fn known(registry: &Registry, declared: Option<&ActionRef>, row: &IntentRow) -> Option<flow_bytecode::Value> {
    match registry.get(declared?.implementation())? {
        Implementation::External(external) => external.known_result(&request(row)),
        _ => None,
    }
}

fn traces(registry: &Registry, declared: Option<&ActionRef>, row: &IntentRow) -> Vec<(String, String)> {
    match declared.and_then(|declared| registry.get(declared.implementation())) {
        Some(Implementation::External(external)) => {
            external.traces(&request(row)).into_iter().map(|(what, text)| (what.to_owned(), text)).collect()
        }
        _ => Vec::new(),
    }
}
