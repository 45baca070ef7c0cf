//! What becomes of an attempt: retried, told to the flow, or in doubt, by the action's effect class.

use super::link::Linked;
use super::world::DEPTH_MAX;
use crate::action::{Outcome, StoredRequest};
use crate::machine::{Path, decode};
use crate::store::{IntentRow, IntentState};
use flow_bytecode::program::{ActionRef, EffectClass, PlaceKind, Program};
use flow_bytecode::{Failure, Type, Value};
use std::sync::Arc;

/// What the writer does about an attempt.
#[derive(Debug, Clone)]
pub(super) enum Verdict {
    /// The flow hears of it: a typed result, or a failure.
    Finished(Result<Value, Failure>),
    /// The other side says that it had happened: likewise.
    Adopted(Result<Value, Failure>),
    /// Another attempt, not before a moment.
    Again { row: Box<IntentRow>, not_before: i64, failure: Failure },
    /// It may have happened, and must not be done again by itself.
    Doubt { row: Box<IntentRow>, message: String },
}

impl Verdict {
    /// How an attempt ended, in a word, for a run that does not wait for it.
    pub fn word(&self) -> Arc<str> {
        match self {
            Verdict::Finished(Ok(_)) | Verdict::Adopted(Ok(_)) => "done".into(),
            Verdict::Finished(Err(failure)) | Verdict::Adopted(Err(failure)) => {
                format!("failed .{}", failure.kind).into()
            }
            Verdict::Again { .. } => "failed".into(),
            Verdict::Doubt { .. } => "in doubt".into(),
        }
    }
}

/// Longest pause between two attempts: a day.
const BACKOFF_MAX_US: i64 = 86_400_000_000;

/// The pause before the attempt after this one.
pub(super) fn backoff(base_us: i64, attempt: u32) -> i64 {
    let doubled = base_us.max(0).checked_shl(attempt.saturating_sub(1).min(40)).unwrap_or(BACKOFF_MAX_US);
    // A shift that lost bits is smaller than what was shifted.
    if doubled < base_us { BACKOFF_MAX_US } else { doubled.min(BACKOFF_MAX_US) }
}

/// How long a service may ask to be left alone: a day. One that says more, or nonsense, holds nobody up for ever.
const RETRY_AFTER_MAX_US: i64 = 86_400_000_000;

/// How long a service asks to wait, as far as it is heard.
pub(super) fn asked_for(retry_after_us: Option<i64>) -> Option<i64> {
    retry_after_us.map(|wait| wait.clamp(0, RETRY_AFTER_MAX_US))
}

/// Characters kept of why an attempt failed that is followed by another.
const WHY_CHARS_MAX: usize = 500;

/// The beginning of why an attempt failed.
pub(super) fn cut(message: &str) -> &str {
    let end = message.char_indices().nth(WHY_CHARS_MAX).map_or(message.len(), |(at, _)| at);
    message.get(..end).unwrap_or_default()
}

/// Judges an attempt. `row.attempt` counts the attempts begun, this one included; `begun` is when the intent was made.
pub(super) fn judge(row: &IntentRow, linked: &Linked, outcome: Outcome, now: i64) -> Verdict {
    let again = |row: &IntentRow, wait: i64, failure: Failure| {
        let not_before = now.saturating_add(wait);
        let row = Box::new(IntentRow { state: IntentState::Queued, not_before, ..row.clone() });
        Verdict::Again { row, not_before, failure }
    };
    let attempts_left = row.attempt <= row.policy.retry;
    let pause = backoff(row.policy.backoff_us, row.attempt);
    let (failure, retryable) = match outcome {
        // It happened; what came of it is nothing that the flow can go on with.
        Outcome::Done(value) => match typed(row, linked, value) {
            Ok(value) => return Verdict::Finished(Ok(value)),
            Err(failure) => (failure, false),
        },
        Outcome::Failed { retryable: true, retry_after_us, failure } if attempts_left => {
            return again(&as_if_new(row), pause.max(asked_for(retry_after_us).unwrap_or(0)), failure);
        }
        Outcome::Failed { failure, .. } => return Verdict::Finished(Err(failure)),
        Outcome::Unclear { failure, retryable } => (failure, retryable),
        Outcome::InDoubt { message } => (Failure::new("timeout", message), true),
    };
    match row.class {
        // Nothing was changed, or a change may be repeated.
        EffectClass::Pure | EffectClass::Local | EffectClass::Query | EffectClass::Read | EffectClass::Repeatable => {
            match retryable && attempts_left {
                true => again(row, pause, failure),
                false => Verdict::Finished(Err(failure)),
            }
        }
        EffectClass::Keyed { window_us }
            if retryable && attempts_left && now.saturating_add(pause) < made_at(row).saturating_add(window_us) =>
        {
            again(row, pause, failure)
        }
        // It is asked for first.
        EffectClass::Verified { .. } if row.attempt <= sends_max(row) => again(row, pause, failure),
        EffectClass::Keyed { .. } | EffectClass::Verified { .. } | EffectClass::Once => {
            Verdict::Doubt { row: Box::new(row.clone()), message: failure.message.to_string() }
        }
    }
}

/// What is known not to have happened need not be asked for before the next attempt: of an action that can be verified the
/// first attempt is not counted then, and there is one less.
fn as_if_new(row: &IntentRow) -> IntentRow {
    let mut row = row.clone();
    if matches!(row.class, EffectClass::Verified { .. }) && row.attempt == 1 {
        row.attempt = 0;
        row.policy.retry = row.policy.retry.saturating_sub(1);
        row.policy.backoff_us = backoff(row.policy.backoff_us, 2);
    }
    row
}

/// What an action yields, by its type. Of one that a template describes the body has to be what the template makes of it,
/// too.
fn typed(row: &IntentRow, linked: &Linked, value: Value) -> Result<Value, Failure> {
    let program = linked.program();
    let broken = || Failure::new("invalid", "the action is not in the program");
    let place = program.places.get(usize::from(row.place)).ok_or_else(broken)?;
    let PlaceKind::Action { action, .. } = &place.kind else { return Err(broken()) };
    let declared = program.actions.get(usize::from(*action)).ok_or_else(broken)?;
    let other = |why: String| {
        Failure::new("invalid", format!("{} returned something else than it declares: {why}", declared.name))
    };
    let value = decode(program, declared.result, &value, DEPTH_MAX).map_err(other)?;
    match misfit(program, declared, &value) {
        Some(why) => Err(other(why)),
        None => Ok(value),
    }
}

/// Why the body of an answer is not what a template makes of it. A text is any body.
fn misfit(program: &Program, declared: &ActionRef, answer: &Value) -> Option<String> {
    let yields = declared.via.as_ref().and(declared.yields).filter(|yields| *yields != declared.result)?;
    if matches!(program.types.get(usize::from(yields.0)), Some(Type::Text | Type::Json)) {
        return None;
    }
    // An `HttpResponse`: status, headers, text, body.
    let Value::Record(fields) = answer else { return None };
    let [_, _, Value::Text(text), body] = fields.as_slice() else { return None };
    let why = decode(program, yields, body, DEPTH_MAX).err()?;
    let is_json = *body != Value::Null || matches!(text.trim(), "" | "null");
    Some(if is_json { why } else { "it is no JSON".to_owned() })
}

/// What the other side says had happened. Where the flow can do nothing with it a person has to say what came of it.
pub(super) fn adopt(row: &IntentRow, linked: &Linked, value: Value) -> Verdict {
    match typed(row, linked, value) {
        Ok(value) => Verdict::Adopted(Ok(value)),
        Err(failure) => Verdict::Doubt { row: Box::new(row.clone()), message: failure.message.to_string() },
    }
}

/// Marks when an intent was made, in front of its request: what a window counts from.
pub(super) fn stamp(made_at: i64, request: &[u8]) -> Vec<u8> {
    let mut stamped = Vec::with_capacity(8 + request.len());
    stamped.extend_from_slice(&made_at.to_le_bytes());
    stamped.extend_from_slice(request);
    stamped
}

/// The request as the action made it.
pub(super) fn request_of(row: &IntentRow) -> &[u8] {
    let request = row.request.get(8..).unwrap_or_default();
    match row.class {
        EffectClass::Verified { .. } => request.get(..inquiry_at(request)).unwrap_or_default(),
        _ => request,
    }
}

/// Puts behind a stamped request what is asked when it is in doubt: destination, bytes, and how long each of the two and
/// the request is.
pub(super) fn with_inquiry(stamped: &mut Vec<u8>, inquiry: &StoredRequest) {
    let request = stamped.len().saturating_sub(8);
    stamped.extend_from_slice(inquiry.destination.as_bytes());
    stamped.extend_from_slice(&inquiry.bytes);
    for length in [request, inquiry.destination.len()] {
        stamped.extend_from_slice(&(length as u64).to_le_bytes());
    }
}

/// Where the inquiry begins in what is stored of a verified action.
fn inquiry_at(request: &[u8]) -> usize {
    length_at(request, 16).unwrap_or(request.len())
}

/// A length that stands so many bytes before the end.
fn length_at(request: &[u8], before_end: usize) -> Option<usize> {
    let at = request.len().checked_sub(before_end)?;
    let bytes = request.get(at..at + 8)?;
    usize::try_from(u64::from_le_bytes(bytes.try_into().ok()?)).ok()
}

/// What is asked when it is not known whether an action has happened.
pub(super) fn inquiry_of(row: &IntentRow) -> Option<StoredRequest> {
    let request = row.request.get(8..)?;
    let inquiry = request.get(inquiry_at(request)..request.len().checked_sub(16)?)?;
    let (destination, bytes) = inquiry.split_at_checked(length_at(request, 8)?)?;
    Some(StoredRequest { destination: String::from_utf8(destination.to_vec()).ok()?, bytes: bytes.to_vec() })
}

/// Whether the other side is asked first: it is not the first attempt at an action that can be verified.
pub(super) fn asks_first(row: &IntentRow) -> bool {
    matches!(row.class, EffectClass::Verified { .. }) && row.attempt > 1
}

/// How often an action that can be verified is sent: once more than its policy says where it says nothing, for asking
/// makes that safe.
pub(super) fn sends_max(row: &IntentRow) -> u32 {
    row.policy.retry.max(1).saturating_add(1)
}

/// When an intent was made.
pub(super) fn made_at(row: &IntentRow) -> i64 {
    row.request.get(..8).and_then(|bytes| bytes.try_into().ok()).map_or(i64::MIN, i64::from_le_bytes)
}

/// The action a path waits for.
pub(super) fn action_of(linked: &Linked, path: &Path) -> Option<u16> {
    let frame = path.frames.last()?;
    let function = linked.program().functions.get(usize::from(frame.function))?;
    function.code.get(usize::from(frame.pc)).map(|instr| instr.a)
}

/// Whether a failure of the call a path waits for would be caught: in doubt parks only where nothing does.
pub(super) fn is_handled(linked: &Linked, path: &Path) -> bool {
    path.frames.iter().any(|frame| {
        let function = linked.program().functions.get(usize::from(frame.function));
        let handlers = function.map(|function| function.handlers.as_slice()).unwrap_or_default();
        handlers.iter().any(|handler| (handler.start..handler.end).contains(&frame.pc))
    })
}

#[cfg(test)]
mod tests {
    use super::backoff;

    #[test]
    fn pauses_double_and_are_bounded() {
        assert_eq!([1, 2, 3, 4].map(|attempt| backoff(2, attempt)), [2, 4, 8, 16]);
        assert_eq!(backoff(2_000_000, 90), super::BACKOFF_MAX_US);
        assert_eq!(backoff(0, 5), 0);
        assert_eq!(backoff(i64::MAX, 2), super::BACKOFF_MAX_US);
    }
}
