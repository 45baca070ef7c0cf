//! A turn of a run as one row of its timeline: few bytes, names by their number in the program.

use super::wire::{Reader, put, put_signed, put_text};
use flow_bytecode::Failure;
use std::sync::Arc;

/// What made a run go on.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Cause {
    Start,
    Due,
    Answer,
    Event(Arc<str>),
    Changed,
    /// Of an action of the program.
    Done(u16),
    /// Of an action of the program that was in doubt: the other side says that it had happened.
    Adopted(u16),
    /// Of an action of the program; the failure's kind.
    Failed(u16, Arc<str>),
    PromptEnded,
    Continue,
    Retry,
    Cancel,
    /// What became of an action is not known, and no handler wants to hear of it.
    InDoubt(u16),
    /// Of an action that nobody waits for any more: how it ended, or the failure's kind.
    TooLate(u16, Arc<str>),
    /// A person moved it to another version.
    Migrated,
    /// A person has approved an action; who, where that was said.
    Approved(u16, Arc<str>),
    /// A person has refused an action; who and why, where that was said.
    Denied(u16, Arc<str>, Arc<str>),
    /// Nobody has approved an action in time.
    Expired(u16),
    /// The beginning, by a trigger.
    Born(Arc<str>),
    /// The condition of an exit holds, or its event has come.
    Left,
    /// A teammate has replied where it asked.
    TakenOver,
    /// A newer run took its place.
    Replaced,
    /// What it is about was erased.
    Erased,
    /// An attempt at an action of the program has failed, and which one, and there will be another.
    Tried(u16, u32),
}

/// What a turn did, by the number of the effect.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Did {
    /// Wrote a field of the program's.
    Set(u16),
    /// Called a local action of the program's.
    Called(u16),
    /// Raised an event of the program's.
    Fired(u16),
    /// Started a run of a flow the program refers to.
    Started(u16, i64),
    /// Asked for an external action of the program's.
    Requested(u16),
    /// Showed a prompt.
    Asked(Arc<str>),
    /// A path ended with a failure; its name, kind and message.
    PathFailed(Arc<str>, Arc<str>, Arc<str>),
    /// Became another flow.
    Launched(Arc<str>),
    /// Has come to keep that many bytes while it waits, more than it should; and what takes most of them.
    Grown(u32, Arc<str>),
    /// Fell on a side of a split of the program's.
    Side(u16, u16),
    /// Took back an external action before it was sent.
    Withdrew(u16),
    /// Waits no more for an external action that is being sent.
    LetGo(u16),
    /// Waits no more for an external action of which nobody knows what became.
    LetGoInDoubt(u16),
    /// Had failed, and kept the customer from silence.
    FellBack,
    /// Stored an external action that somebody has to approve first: who, and the arguments in words.
    AsksFor(u16, Arc<str>, Arc<str>),
    /// Has failed, its kind and message, and takes back what it did.
    TakesBack(Arc<str>, Arc<str>),
    /// Something could not be taken back: the failure's kind and message.
    NotTakenBack(Arc<str>, Arc<str>),
    /// Would have started a flow the program refers to; the rule that did not let it.
    Refused(u16, Arc<str>),
    /// Did not call an action of the program's: the flow has sent as much as its `cap` allows.
    Skipped(u16),
    /// Holds a message back: the calendar that is closed, and when it opens.
    HeldBack(Arc<str>, i64),
    /// An action had something to say of itself: a line.
    Logged(Arc<str>),
    /// An attempt has failed, the failure's kind and message; when the next may leave.
    TriesAgain(Arc<str>, Arc<str>, i64),
}

/// Where a turn ended.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Stop {
    /// At a place of the program's.
    At(u16),
    Ready,
    Finished,
    Failed(Failure),
    Cancelled,
}

/// One turn.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Turn {
    /// The program its numbers refer to.
    pub program: i64,
    pub causes: Vec<Cause>,
    /// (effect, what); 0 where there is no effect.
    pub did: Vec<(u32, Did)>,
    pub stop: Stop,
}

const VERSION: u8 = 1;

impl Turn {
    pub fn encode(&self, out: &mut Vec<u8>) {
        out.push(VERSION);
        put_signed(out, self.program);
        put(out, self.causes.len() as u64);
        for cause in &self.causes {
            match cause {
                Cause::Start => out.push(0),
                Cause::Due => out.push(1),
                Cause::Answer => out.push(2),
                Cause::Event(name) => text(out, 3, name),
                Cause::Changed => out.push(4),
                Cause::Done(action) => small(out, 5, *action),
                Cause::Failed(action, kind) => {
                    small(out, 6, *action);
                    put_text(out, kind);
                }
                Cause::PromptEnded => out.push(7),
                Cause::Continue => out.push(8),
                Cause::Retry => out.push(9),
                Cause::Cancel => out.push(10),
                Cause::InDoubt(action) => small(out, 11, *action),
                Cause::Adopted(action) => small(out, 27, *action),
                Cause::Approved(action, by) => {
                    small(out, 13, *action);
                    put_text(out, by);
                }
                Cause::Denied(action, by, why) => {
                    small(out, 14, *action);
                    put_text(out, by);
                    put_text(out, why);
                }
                Cause::Expired(action) => small(out, 15, *action),
                Cause::TooLate(action, how) => {
                    small(out, 12, *action);
                    put_text(out, how);
                }
                Cause::Migrated => out.push(20),
                Cause::Born(by) => text(out, 24, by),
                Cause::Left => out.push(25),
                Cause::TakenOver => out.push(28),
                Cause::Replaced => out.push(26),
                Cause::Erased => out.push(29),
                Cause::Tried(action, attempt) => {
                    small(out, 30, *action);
                    put(out, (*attempt).into());
                }
            }
        }
        put(out, self.did.len() as u64);
        for (effect, did) in &self.did {
            put(out, (*effect).into());
            match did {
                Did::Set(field) => small(out, 0, *field),
                Did::Called(action) => small(out, 1, *action),
                Did::Fired(event) => small(out, 2, *event),
                Did::Started(flow, run) => {
                    small(out, 3, *flow);
                    put_signed(out, *run);
                }
                Did::Requested(action) => small(out, 4, *action),
                Did::Asked(question) => text(out, 5, question),
                Did::PathFailed(name, kind, message) => {
                    text(out, 6, name);
                    put_text(out, kind);
                    put_text(out, message);
                }
                Did::Launched(flow) => text(out, 7, flow),
                Did::Grown(bytes, heavy) => {
                    out.push(8);
                    put(out, (*bytes).into());
                    put_text(out, heavy);
                }
                Did::Side(split, side) => {
                    small(out, 9, *split);
                    put(out, (*side).into());
                }
                Did::Withdrew(action) => small(out, 10, *action),
                Did::LetGo(action) => small(out, 11, *action),
                Did::FellBack => out.push(16),
                Did::LetGoInDoubt(action) => small(out, 15, *action),
                Did::TakesBack(kind, message) => {
                    text(out, 13, kind);
                    put_text(out, message);
                }
                Did::NotTakenBack(kind, message) => {
                    text(out, 14, kind);
                    put_text(out, message);
                }
                Did::AsksFor(action, by, args) => {
                    small(out, 12, *action);
                    put_text(out, by);
                    put_text(out, args);
                }
                Did::Refused(flow, why) => {
                    small(out, 20, *flow);
                    put_text(out, why);
                }
                Did::Skipped(action) => small(out, 21, *action),
                Did::HeldBack(calendar, at) => {
                    text(out, 22, calendar);
                    put_signed(out, *at);
                }
                Did::Logged(line) => text(out, 23, line),
                Did::TriesAgain(kind, message, at) => {
                    text(out, 24, kind);
                    put_text(out, message);
                    put_signed(out, *at);
                }
            }
        }
        match &self.stop {
            Stop::At(place) => small(out, 0, *place),
            Stop::Ready => out.push(1),
            Stop::Finished => out.push(2),
            Stop::Failed(failure) => {
                text(out, 3, &failure.kind);
                put_text(out, &failure.message);
                match failure.origin {
                    Some((function, pc)) => {
                        small(out, 1, function);
                        put(out, pc.into());
                    }
                    None => out.push(0),
                }
            }
            Stop::Cancelled => out.push(4),
        }
    }

    /// Reads what [`Turn::encode`] wrote; `None` for anything else, an erased row included.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader(bytes);
        if reader.byte()? != VERSION {
            return None;
        }
        let program = reader.signed()?;
        let mut causes = Vec::new();
        for _ in 0..reader.count()? {
            causes.push(cause(&mut reader)?);
        }
        let mut did = Vec::new();
        for _ in 0..reader.count()? {
            let effect = reader.small()?;
            did.push((effect, deed(&mut reader)?));
        }
        let stop = match reader.byte()? {
            0 => Stop::At(reader.small()?),
            1 => Stop::Ready,
            2 => Stop::Finished,
            3 => {
                let (kind, message) = (reader.text()?, reader.text()?);
                let origin = match reader.byte()? {
                    1 => Some((reader.small()?, reader.small()?)),
                    _ => None,
                };
                Stop::Failed(Failure { kind, message, origin })
            }
            4 => Stop::Cancelled,
            _ => return None,
        };
        Some(Turn { program, causes, did, stop })
    }
}

/// What an action was to be sent with when somebody was asked to approve it in this turn.
pub(super) fn asked_with(payload: &[u8], effect: u32) -> Option<Arc<str>> {
    let did = Turn::decode(payload)?.did;
    did.into_iter().find_map(|(number, did)| match did {
        Did::AsksFor(_, _, arguments) if number == effect => Some(arguments),
        _ => None,
    })
}

/// How the last attempt at an action failed that was tried again after this turn.
pub(super) fn failed_with(payload: &[u8], effect: u32) -> Option<Failure> {
    let did = Turn::decode(payload)?.did;
    did.into_iter().rev().find_map(|(number, did)| match did {
        Did::TriesAgain(kind, message, _) if number == effect => Some(Failure { kind, message, origin: None }),
        _ => None,
    })
}

fn small(out: &mut Vec<u8>, tag: u8, number: u16) {
    out.push(tag);
    put(out, number.into());
}

fn text(out: &mut Vec<u8>, tag: u8, text: &str) {
    out.push(tag);
    put_text(out, text);
}

fn cause(reader: &mut Reader) -> Option<Cause> {
    Some(match reader.byte()? {
        0 => Cause::Start,
        1 => Cause::Due,
        2 => Cause::Answer,
        3 => Cause::Event(reader.text()?),
        4 => Cause::Changed,
        5 => Cause::Done(reader.small()?),
        6 => Cause::Failed(reader.small()?, reader.text()?),
        7 => Cause::PromptEnded,
        8 => Cause::Continue,
        9 => Cause::Retry,
        10 => Cause::Cancel,
        11 => Cause::InDoubt(reader.small()?),
        27 => Cause::Adopted(reader.small()?),
        12 => Cause::TooLate(reader.small()?, reader.text()?),
        20 => Cause::Migrated,
        13 => Cause::Approved(reader.small()?, reader.text()?),
        14 => Cause::Denied(reader.small()?, reader.text()?, reader.text()?),
        15 => Cause::Expired(reader.small()?),
        24 => Cause::Born(reader.text()?),
        25 => Cause::Left,
        28 => Cause::TakenOver,
        26 => Cause::Replaced,
        29 => Cause::Erased,
        30 => Cause::Tried(reader.small()?, reader.small()?),
        _ => return None,
    })
}

fn deed(reader: &mut Reader) -> Option<Did> {
    Some(match reader.byte()? {
        0 => Did::Set(reader.small()?),
        1 => Did::Called(reader.small()?),
        2 => Did::Fired(reader.small()?),
        3 => Did::Started(reader.small()?, reader.signed()?),
        4 => Did::Requested(reader.small()?),
        5 => Did::Asked(reader.text()?),
        6 => Did::PathFailed(reader.text()?, reader.text()?, reader.text()?),
        7 => Did::Launched(reader.text()?),
        8 => Did::Grown(reader.small()?, reader.text()?),
        9 => Did::Side(reader.small()?, reader.small()?),
        10 => Did::Withdrew(reader.small()?),
        11 => Did::LetGo(reader.small()?),
        16 => Did::FellBack,
        15 => Did::LetGoInDoubt(reader.small()?),
        12 => Did::AsksFor(reader.small()?, reader.text()?, reader.text()?),
        13 => Did::TakesBack(reader.text()?, reader.text()?),
        14 => Did::NotTakenBack(reader.text()?, reader.text()?),
        20 => Did::Refused(reader.small()?, reader.text()?),
        21 => Did::Skipped(reader.small()?),
        22 => Did::HeldBack(reader.text()?, reader.signed()?),
        23 => Did::Logged(reader.text()?),
        24 => Did::TriesAgain(reader.text()?, reader.text()?, reader.signed()?),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_comes_back_and_a_cut_one_does_not() {
        let turn = Turn {
            program: 3,
            causes: vec![
                Cause::Approved(1, "Ada".into()),
                Cause::Denied(1, "".into(), "too much".into()),
                Cause::Expired(1),
                Cause::TooLate(2, "done".into()),
                Cause::Born("contact.created".into()),
                Cause::Left,
                Cause::TakenOver,
                Cause::Replaced,
                Cause::Erased,
                Cause::Tried(2, 70_000),
                Cause::Done(2),
                Cause::Event("contact.changed".into()),
                Cause::Failed(1, "timeout".into()),
            ],
            did: vec![
                (1, Did::Set(4)),
                (2, Did::Started(0, 77)),
                (3, Did::Asked("Topic?".into())),
                (0, Did::PathFailed("alert".into(), "gone".into(), "it is gone".into())),
                (4, Did::Side(1, 2)),
                (4, Did::Withdrew(3)),
                (4, Did::LetGo(3)),
                (4, Did::LetGoInDoubt(3)),
                (0, Did::FellBack),
                (0, Did::TakesBack("gone".into(), "why".into())),
                (0, Did::NotTakenBack("gone".into(), "why".into())),
                (5, Did::AsksFor(3, "team:finance".into(), "amount: EUR 20.00".into())),
                (0, Did::Grown(9_000, "`orders` takes 8900".into())),
                (4, Did::Refused(1, "`once per`".into())),
                (5, Did::Skipped(2)),
                (0, Did::HeldBack("daytime".into(), 7)),
                (2, Did::Logged("asked the register".into())),
                (2, Did::TriesAgain("timeout".into(), "no answer".into(), 1_700_000_000_000_000)),
            ],
            stop: Stop::Failed(Failure { kind: "gone".into(), message: "x".into(), origin: Some((1, 9)) }),
        };
        let mut out = Vec::new();
        turn.encode(&mut out);
        assert_eq!(Turn::decode(&out), Some(turn));
        for cut in 0..out.len() {
            assert_eq!(Turn::decode(&out[..cut]), None, "cut at {cut}");
        }
    }

    #[test]
    fn the_usual_turn_is_short() {
        let did = vec![(2, Did::Requested(0))];
        let turn = Turn { program: 1, causes: vec![Cause::Done(0)], did, stop: Stop::At(1) };
        let mut out = Vec::new();
        turn.encode(&mut out);
        assert!(out.len() <= 12, "{} bytes", out.len());
    }
}
