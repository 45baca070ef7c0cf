//! What the engine keeps beside the machine's snapshot, in the same column: what was answered, which events were used up,
//! where the run has talked.
//! Most runs need none of it, and pay one byte.

use super::wire::{Reader, put, put_signed, put_text};
use flow_bytecode::Value;
use std::sync::Arc;

/// An answer that was taken, so that the same one is known again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Taken {
    pub path: u16,
    pub revision: u32,
    pub digest: u32,
}

/// How many answers are remembered: a sender that repeats itself does so soon.
const TAKEN_MAX: usize = 4;
/// Events used up since the floor; beyond, the floor moves up to the newest of them.
const USED_MAX: usize = 16;
/// Conversations remembered, the newest: whoever follows a run that talks in more sees these.
const TALKS_MAX: usize = 16;
/// Actions let go that are remembered, the newest.
const LET_GO_MAX: usize = 16;

/// Everything in the column but the machine's bytes.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Envelope {
    /// Answers taken, oldest first.
    pub taken: Vec<Taken>,
    /// Numbers of events above the floor that an arm has taken.
    pub used: Vec<i64>,
    /// Conversations it has talked in, beside the one it is about.
    pub talks: Vec<i64>,
    /// External actions that were being sent when the run stopped waiting for them: effect, action of the program.
    pub let_go: Vec<(u32, u16)>,
    /// It has begun to take back what it did.
    pub undone: bool,
    /// What the header of the run's flow is asked with, where it has one that lasts.
    pub header: Option<Header>,
}

/// The arguments of the run's flow, which never change.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Header {
    pub args: Vec<Value>,
}

/// The column, taken apart.
pub(super) enum Stored<'a> {
    /// A run that has not begun: flow, arguments, what let it in, and how often it has waited as the flow it was before.
    Pending { flow: u16, revision: u32, by: Arc<str>, args: Vec<Value> },
    /// A run that waits: the machine's bytes.
    Suspended { envelope: Envelope, snapshot: &'a [u8] },
}

const PENDING: u8 = 0;
const PLAIN: u8 = 1;
const FULL: u8 = 2;
/// Full, and whether it is undone, and actions that are let go.
const WIDE: u8 = 3;
const PENDING_BY: u8 = 4;
/// Wide, and behind it the header.
const HEADED: u8 = 5;

impl Envelope {
    /// Notes an answer.
    pub fn take(&mut self, taken: Taken) {
        if self.taken.len() == TAKEN_MAX {
            self.taken.remove(0);
        }
        self.taken.push(taken);
    }

    /// Notes an event; returns where the floor must move up to, when too many are noted.
    pub fn use_up(&mut self, event: i64) -> Option<i64> {
        if self.used.len() < USED_MAX {
            self.used.push(event);
            return None;
        }
        let newest = self.used.iter().copied().fold(event, i64::max);
        self.used.clear();
        Some(newest)
    }

    /// Notes a conversation.
    pub fn talk(&mut self, conversation: i64) {
        if self.talks.contains(&conversation) {
            return;
        }
        if self.talks.len() == TALKS_MAX {
            self.talks.remove(0);
        }
        self.talks.push(conversation);
    }

    /// Notes an action that is being sent and no longer waited for.
    pub fn let_go(&mut self, effect: u32, action: u16) {
        if self.let_go.len() == LET_GO_MAX {
            self.let_go.remove(0);
        }
        self.let_go.push((effect, action));
    }

    /// The action of an effect that was let go: its outcome is noted once.
    pub fn was_let_go(&mut self, effect: u32) -> Option<u16> {
        let at = self.let_go.iter().position(|(other, _)| *other == effect)?;
        Some(self.let_go.remove(at).1)
    }

    fn is_wide(&self) -> bool {
        self.undone || !self.let_go.is_empty()
    }

    /// Writes what comes before the machine's bytes.
    pub fn write(&self, out: &mut Vec<u8>) {
        let plain = self.taken.is_empty() && self.used.is_empty() && self.talks.is_empty() && !self.is_wide();
        out.push(match &self.header {
            None if plain => return out.push(PLAIN),
            None if !self.is_wide() => FULL,
            None => WIDE,
            Some(_) => HEADED,
        });
        put(out, self.taken.len() as u64);
        for taken in &self.taken {
            put(out, taken.path.into());
            put(out, taken.revision.into());
            out.extend_from_slice(&taken.digest.to_le_bytes());
        }
        put(out, self.used.len() as u64);
        for event in &self.used {
            put_signed(out, *event);
        }
        put(out, self.talks.len() as u64);
        for conversation in &self.talks {
            put_signed(out, *conversation);
        }
        if self.is_wide() || self.header.is_some() {
            out.push(u8::from(self.undone));
            put(out, self.let_go.len() as u64);
            for (effect, action) in &self.let_go {
                put(out, (*effect).into());
                put(out, (*action).into());
            }
        }
        if let Some(header) = &self.header {
            // JSON of values of the machine cannot fail: keys are texts.
            put_text(out, &serde_json::to_string(&header.args).unwrap_or_default());
        }
    }

    fn read(reader: &mut Reader, wide: bool, headed: bool) -> Option<Self> {
        let mut envelope = Envelope::default();
        for _ in 0..reader.count()? {
            let (path, revision) = (reader.small()?, reader.small()?);
            let digest = [reader.byte()?, reader.byte()?, reader.byte()?, reader.byte()?];
            envelope.taken.push(Taken { path, revision, digest: u32::from_le_bytes(digest) });
        }
        for _ in 0..reader.count()? {
            envelope.used.push(reader.signed()?);
        }
        for _ in 0..reader.count()? {
            envelope.talks.push(reader.signed()?);
        }
        if wide {
            envelope.undone = match reader.byte()? {
                flag @ (0 | 1) => flag == 1,
                _ => return None,
            };
            for _ in 0..reader.count()? {
                envelope.let_go.push((reader.small()?, reader.small()?));
            }
        }
        if headed {
            envelope.header = Some(Header { args: serde_json::from_slice(reader.bytes()?).ok()? });
        }
        Some(envelope)
    }
}

/// The column of a run that has not begun.
pub(super) fn pending(flow: u16, revision: u32, by: &str, args: &[Value]) -> Vec<u8> {
    let mut out = vec![if by.is_empty() { PENDING } else { PENDING_BY }];
    put(&mut out, flow.into());
    put(&mut out, revision.into());
    if !by.is_empty() {
        put_text(&mut out, by);
    }
    // JSON of values of the machine cannot fail: keys are texts.
    out.extend(serde_json::to_vec(args).unwrap_or_default());
    out
}

/// Whether the run has not begun.
pub(super) fn is_pending(bytes: &[u8]) -> bool {
    matches!(bytes.first(), Some(&(PENDING | PENDING_BY)))
}

/// Takes the column apart.
pub(super) fn open(bytes: &[u8]) -> Option<Stored<'_>> {
    let mut reader = Reader(bytes);
    match reader.byte()? {
        tag @ (PENDING | PENDING_BY) => {
            let (flow, revision) = (reader.small()?, reader.small()?);
            let by = if tag == PENDING { Arc::from("") } else { reader.text()? };
            Some(Stored::Pending { flow, revision, by, args: serde_json::from_slice(reader.0).ok()? })
        }
        PLAIN => Some(Stored::Suspended { envelope: Envelope::default(), snapshot: reader.0 }),
        tag @ (FULL | WIDE | HEADED) => {
            let envelope = Envelope::read(&mut reader, tag != FULL, tag == HEADED)?;
            Some(Stored::Suspended { envelope, snapshot: reader.0 })
        }
        _ => None,
    }
}

/// What stands for an answer when the same one must be known again.
pub(super) fn digest(answer: &Value) -> u32 {
    crc32fast::hash(&serde_json::to_vec(answer).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_envelope_comes_back() {
        let taken = vec![Taken { path: 0, revision: 2, digest: 0xdead_beef }];
        let header = Some(Header { args: vec![Value::Int(7), Value::Null] });
        let (used, talks) = (vec![5, 9], vec![3]);
        let envelope = Envelope { taken, used, talks, let_go: vec![(7, 1)], undone: true, header };
        let mut out = Vec::new();
        envelope.write(&mut out);
        out.extend_from_slice(b"snapshot");
        let Some(Stored::Suspended { envelope: read, snapshot }) = open(&out) else { panic!("not suspended") };
        assert_eq!((read, snapshot), (envelope, b"snapshot".as_slice()));
    }

    #[test]
    fn an_empty_one_costs_a_byte() {
        let mut out = Vec::new();
        Envelope::default().write(&mut out);
        assert_eq!(out.len(), 1);
    }

    #[test]
    fn a_run_that_has_not_begun_keeps_its_arguments() {
        let args = [Value::Int(3), Value::text("x"), Value::Null];
        for by in ["", "contact.created"] {
            let bytes = pending(4, 9, by, &args);
            assert!(is_pending(&bytes));
            let Some(Stored::Pending { flow, revision, by: born, args: read }) = open(&bytes) else {
                panic!("not pending")
            };
            assert_eq!((flow, revision, &*born, read.as_slice()), (4, 9, by, args.as_slice()));
        }
    }

    #[test]
    fn a_conversation_is_remembered_once_and_the_oldest_gives_way() {
        let mut envelope = Envelope::default();
        (1..=16).chain([16]).for_each(|conversation| envelope.talk(conversation));
        assert_eq!(envelope.talks.len(), 16);
        envelope.talk(17);
        assert_eq!((envelope.talks.first(), envelope.talks.last()), (Some(&2), Some(&17)));
    }

    #[test]
    fn too_many_events_move_the_floor() {
        let mut envelope = Envelope::default();
        for event in 1..=16 {
            assert_eq!(envelope.use_up(event), None);
        }
        assert_eq!(envelope.use_up(3), Some(16));
        assert!(envelope.used.is_empty());
    }
}
