//! What flows' headers remember: who entered when, what is paused, moments of triggers, audiences, goals.

use super::{NameId, StoreResult, Subject};

/// What is counted of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tally {
    /// Runs born by a trigger, a person or a `start`.
    Entered = 0,
    /// Births refused by `once per`.
    Once = 1,
    /// Births refused by `overlap forbid`.
    Overlap = 2,
    /// Births refused by `exit when`.
    Exit = 3,
    /// Births refused by `holdout`.
    HeldOut = 4,
    /// Births that could not be: what a trigger carries did not fit.
    Broken = 5,
    /// Runs that left by an `exit`.
    Left = 6,
    /// Messages skipped by `cap`.
    Capped = 7,
    /// Goals reached.
    Reached = 8,
}

impl Tally {
    /// Every one, in order of their numbers.
    pub const ALL: [Tally; 9] = [
        Tally::Entered,
        Tally::Once,
        Tally::Overlap,
        Tally::Exit,
        Tally::HeldOut,
        Tally::Broken,
        Tally::Left,
        Tally::Capped,
        Tally::Reached,
    ];

    /// The word people see.
    pub fn word(self) -> &'static str {
        match self {
            Tally::Entered => "entered",
            Tally::Once => "once per",
            Tally::Overlap => "overlap",
            Tally::Exit => "exit when",
            Tally::HeldOut => "holdout",
            Tally::Broken => "unfit",
            Tally::Left => "left",
            Tally::Capped => "capped",
            Tally::Reached => "reached",
        }
    }
}

/// A moment of a trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimerRow {
    /// The flow.
    pub flow: NameId,
    /// Which of its triggers.
    pub trigger: u16,
    /// The record it is about; 0 for none.
    pub record: i64,
    /// When.
    pub due: i64,
    /// What it is the moment of, so that another can be told from it.
    pub spec: String,
}

/// What a run is hoped to reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GoalRow {
    /// The run.
    pub run: i64,
    /// The flow whose goal it is.
    pub flow: NameId,
    /// The program that has the condition.
    pub program: i64,
    /// It counts before that moment; `None`: while the run lives.
    pub until: Option<i64>,
    /// When it was reached.
    pub reached: Option<i64>,
    /// The flow's arguments, encoded by the engine.
    pub args: Vec<u8>,
}

/// A change that many must be told of, and how far that has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FanoutRow {
    /// Its id; 0 until it is added.
    pub id: i64,
    /// The record that changed.
    pub subject: Subject,
    /// Runs up to this one were told.
    pub run: i64,
    /// Conditions up to this one were looked at: (watcher, owner).
    pub look: (i64, i64),
    /// When it changed.
    pub at: i64,
}

/// The reading half.
pub trait ReadRules {
    /// When somebody last entered a flow under this key.
    fn last_entry(&mut self, flow: NameId, key: &str) -> StoreResult<Option<i64>>;
    /// Flows that are paused, and since when.
    fn paused(&mut self) -> StoreResult<Vec<(NameId, i64)>>;
    /// (flow, what, how often), by flow.
    fn tallies(&mut self) -> StoreResult<Vec<(NameId, Tally, u64)>>;
    /// Live runs of a flow about a record, or about nobody, by id.
    fn live_runs(&mut self, flow: NameId, subject: Option<Subject>) -> StoreResult<Vec<i64>>;
    /// Timers whose moment has come, earliest first.
    fn timers_due(&mut self, now: i64, limit: usize) -> StoreResult<Vec<TimerRow>>;
    /// The earliest moment of any timer.
    fn next_timer(&mut self) -> StoreResult<Option<i64>>;
    /// A timer.
    fn timer(&mut self, flow: NameId, trigger: u16, record: i64) -> StoreResult<Option<TimerRow>>;
    /// Timers of a record, or of none (0), of a flow.
    fn timers_of(&mut self, flow: NameId, record: i64) -> StoreResult<Vec<TimerRow>>;
    /// Whether a record is in an audience.
    fn is_member(&mut self, flow: NameId, trigger: u16, record: i64) -> StoreResult<bool>;
    /// Conditions that have read a record, after this (watcher, owner), in that order.
    fn lookers(&mut self, subject: Subject, after: (i64, i64), limit: usize) -> StoreResult<Vec<(i64, i64)>>;
    /// The goal of a run.
    fn goal(&mut self, run: i64) -> StoreResult<Option<GoalRow>>;
    /// Messages of a flow about a record since a moment.
    fn sends_since(&mut self, flow: NameId, subject: Subject, since: i64) -> StoreResult<u64>;
    /// The oldest change that many must still be told of.
    fn next_fanout(&mut self) -> StoreResult<Option<FanoutRow>>;
    /// Changes of a record that many must still be told of.
    fn fanouts_of(&mut self, subject: Subject) -> StoreResult<Vec<FanoutRow>>;
    /// Live runs with conditions about a record or watching it, after this one, by id.
    fn changed_after(&mut self, subject: Subject, run: i64, limit: usize) -> StoreResult<Vec<i64>>;
}

/// The writing half.
pub trait WriteRules {
    /// Notes an entry under a key.
    fn put_entry(&mut self, flow: NameId, key: &str, at: i64) -> StoreResult<()>;
    /// Holds a flow from that moment on, or no longer; false when it was so before.
    fn pause(&mut self, flow: NameId, at: Option<i64>) -> StoreResult<bool>;
    /// Counts something.
    fn tally(&mut self, flow: NameId, what: Tally) -> StoreResult<()>;
    /// Sets a timer, whatever it was.
    fn put_timer(&mut self, timer: &TimerRow) -> StoreResult<()>;
    /// Removes a timer; false when there was none.
    fn delete_timer(&mut self, flow: NameId, trigger: u16, record: i64) -> StoreResult<bool>;
    /// Removes every timer of a flow.
    fn delete_timers(&mut self, flow: NameId) -> StoreResult<()>;
    /// Notes that a record is in an audience, or no longer.
    fn set_member(&mut self, flow: NameId, trigger: u16, record: i64, is: bool) -> StoreResult<()>;
    /// Empties the audiences of a flow.
    fn clear_members(&mut self, flow: NameId) -> StoreResult<()>;
    /// Notes what a condition has read, in place of what it had read before.
    fn put_looks(&mut self, watcher: i64, owner: i64, read: &[Subject]) -> StoreResult<()>;
    /// Writes a goal.
    fn put_goal(&mut self, goal: &GoalRow) -> StoreResult<()>;
    /// Removes goals that were not reached by then, with what they look at, at most `limit`; returns how many.
    fn purge_goals(&mut self, before: i64, limit: usize) -> StoreResult<u64>;
    /// Removes a goal.
    fn delete_goal(&mut self, run: i64) -> StoreResult<()>;
    /// Notes a message of a flow about a record.
    fn add_send(&mut self, flow: NameId, subject: Subject, at: i64, by: (i64, u32)) -> StoreResult<()>;
    /// Forgets messages of a flow about a record before a moment.
    fn purge_sends(&mut self, flow: NameId, subject: Subject, before: i64) -> StoreResult<()>;
    /// Adds a change that many must be told of, and sets its id; or writes how far it has come.
    fn put_fanout(&mut self, fanout: &mut FanoutRow) -> StoreResult<()>;
    /// Everybody has been told.
    fn delete_fanout(&mut self, id: i64) -> StoreResult<()>;
}
