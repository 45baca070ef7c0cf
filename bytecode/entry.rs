//! What stands in a flow's header: what lets a run in, what keeps one out, what ends one early.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// The header of one flow; a flow without one has no entry.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Entry {
    /// Index into [`crate::Program::flows`].
    pub flow: u16,
    /// Whichever happens: `on`.
    pub triggers: Vec<Trigger>,
    /// `once per`
    pub once: Option<Once>,
    /// `overlap`
    pub overlap: Overlap,
    /// `exit when`, `exit on`
    pub exits: Vec<Exit>,
    /// `goal`
    pub goal: Option<Goal>,
    /// `cap`
    pub cap: Option<Cap>,
    /// `send within`: a calendar's name, one of [`crate::Program::calendars`].
    pub send_within: Option<Arc<str>>,
    /// `holdout`, in millionths of all.
    pub holdout: u32,
    /// `priority`: the highest goes first.
    pub priority: i64,
}

/// One `on`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trigger {
    /// What happens.
    pub on: TriggerKind,
    /// Per parameter of the flow, where its value comes from.
    pub args: Vec<Source>,
    /// `where`, and what the arguments of an event must be.
    pub filter: Option<Predicate>,
}

/// What a trigger waits for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TriggerKind {
    /// An event.
    Event {
        /// Index into [`crate::Program::events`].
        event: u16,
    },
    /// A record comes to match.
    Audience {
        /// Index into [`crate::Program::entities`]: records of what.
        entity: u16,
        /// What it must match; its record is the flow's parameter.
        condition: Predicate,
    },
    /// A moment of the calendar.
    Schedule {
        /// Which.
        cron: Cron,
        /// IANA name.
        zone: Arc<str>,
    },
    /// A request from outside, whose body is one of the flow's parameters.
    Webhook {
        /// `stripe/payment_failed`
        name: Arc<str>,
    },
    /// A conversation in which nobody has said anything for so long.
    Silent {
        /// Microseconds.
        after_us: i64,
    },
}

/// Where the value of a parameter comes from. What happened carries values: an event its parameters, an audience its
/// record, a webhook its body, silence its conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Source {
    /// The parameter's default, or nothing.
    Default,
    /// A value it carries.
    Param {
        /// Which.
        param: u16,
    },
    /// A field of a record it carries.
    Field {
        /// Which record.
        param: u16,
        /// Index into [`crate::Program::fields`].
        field: u16,
    },
}

/// A condition over a flow's parameters, which never change, and over what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Predicate {
    /// A function of kind `Condition`.
    pub function: u16,
    /// Its parameters, in order.
    pub captures: Vec<Captured>,
}

/// A parameter of a predicate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Captured {
    /// A parameter of the flow.
    Param {
        /// Which.
        param: u16,
    },
    /// The event, as a record of its parameters.
    Event,
}

/// `once per contact every 30 days`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Once {
    /// Per what: a parameter of the flow, or a field of one.
    pub per: Source,
    /// Microseconds since the last entry; `None`: ever.
    pub every_us: Option<i64>,
}

/// What happens to a birth while a run of the same flow about the same subject is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Overlap {
    /// Both go on.
    #[default]
    Allow,
    /// There is no birth.
    Forbid,
    /// The older one is cancelled.
    Replace,
    /// The newer one begins when the older one is over.
    Queue,
}

impl Overlap {
    /// Every one, in the order of the words people may write.
    pub const ALL: [Overlap; 4] = [Overlap::Forbid, Overlap::Allow, Overlap::Replace, Overlap::Queue];

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Overlap::Forbid => "forbid",
            Overlap::Allow => "allow",
            Overlap::Replace => "replace",
            Overlap::Queue => "queue",
        }
    }
}

/// What makes a run leave wherever it waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Exit {
    /// A condition that holds.
    When {
        /// Over the flow's parameters.
        condition: Predicate,
    },
    /// An event.
    On {
        /// Index into [`crate::Program::events`].
        event: u16,
        /// The flow's parameter that the event must be about, where one is named.
        about: Option<u16>,
        /// What it must carry, and `where`.
        filter: Option<Predicate>,
    },
}

/// What is hoped for: counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Goal {
    /// Over the flow's parameters.
    pub condition: Predicate,
    /// Microseconds from entry; `None`: while the run lives.
    pub within_us: Option<i64>,
}

/// Messages of a flow to one contact, at most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cap {
    /// How many.
    pub count: u32,
    /// In how long, microseconds.
    pub per_us: i64,
}

/// Moments of a calendar, by the minute: a bit for each number that fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Cron {
    /// 0 to 59.
    pub minutes: u64,
    /// 0 to 23.
    pub hours: u32,
    /// 1 to 31.
    pub days: u32,
    /// 1 to 12.
    pub months: u16,
    /// 0, Sunday, to 6.
    pub weekdays: u8,
    /// Days of the month and of the week are both restricted, and a day that fits one of them fits.
    pub either: bool,
}

impl Cron {
    /// Whether every number is one of its clock's, and each clock has one.
    pub fn is_sound(&self) -> bool {
        let within = |bits: u64, from: u32, to: u32| bits != 0 && bits >> from << from == bits && bits >> to >> 1 == 0;
        within(self.minutes, 0, 59)
            && within(self.hours.into(), 0, 23)
            && within(self.days.into(), 1, 31)
            && within(self.months.into(), 1, 12)
            && within(self.weekdays.into(), 0, 6)
    }

    /// Whether a day fits: month and day of the month from 1, day of the week from Sunday, 0.
    pub fn has_day(&self, month: u32, day: u32, weekday: u32) -> bool {
        let of = |bits: u32, number: u32| bits.checked_shr(number).is_some_and(|rest| rest & 1 == 1);
        let (in_month, in_week) = (of(self.days, day), of(self.weekdays.into(), weekday));
        of(self.months.into(), month) && if self.either { in_month || in_week } else { in_month && in_week }
    }

    /// Whether an hour fits.
    pub fn has_hour(&self, hour: u32) -> bool {
        self.hours.checked_shr(hour).is_some_and(|rest| rest & 1 == 1)
    }

    /// The first minute that fits, from this one on.
    pub fn minute_from(&self, minute: u32) -> Option<u32> {
        (minute..60).find(|minute| self.minutes >> minute & 1 == 1)
    }
}
