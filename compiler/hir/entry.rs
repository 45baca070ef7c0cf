//! Headers of flows: triggers, rules of entry, what ends a run early.

use super::{EntityId, EventId, Expr, LocalId};
use flow_bytecode::entry::{Cap, Cron, Overlap};
use std::sync::Arc;

/// A flow's header.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    /// `on`, in order.
    pub triggers: Vec<Trigger>,
    /// `once per`
    pub once: Option<Once>,
    /// `overlap`; what goes without saying where nothing is said.
    pub overlap: Overlap,
    /// `exit`, in order.
    pub exits: Vec<Exit>,
    /// `goal`
    pub goal: Option<Goal>,
    /// `cap`
    pub cap: Option<Cap>,
    /// `send within`: the name of a calendar.
    pub send_within: Option<Arc<str>>,
    /// `holdout`, in millionths.
    pub holdout: u32,
    /// `priority`
    pub priority: i64,
}

impl Entry {
    /// Every condition in it.
    pub fn conditions(&self) -> impl Iterator<Item = &Expr> {
        let triggers = self.triggers.iter().flat_map(|trigger| {
            let audience = match &trigger.on {
                TriggerKind::Audience(_, condition) => Some(condition),
                _ => None,
            };
            audience.into_iter().chain(trigger.filter.as_ref().map(|filter| &filter.condition))
        });
        let exits = self.exits.iter().filter_map(|exit| match exit {
            Exit::When(condition) => Some(condition),
            Exit::On(_, _, filter) => filter.as_ref().map(|filter| &filter.condition),
        });
        triggers.chain(exits).chain(self.goal.as_ref().map(|goal| &goal.condition))
    }
}

/// One `on`.
#[derive(Debug, Clone)]
pub struct Trigger {
    /// What happens.
    pub on: TriggerKind,
    /// Per parameter of the flow.
    pub args: Vec<Source>,
    /// What else must hold.
    pub filter: Option<Filter>,
}

/// What a trigger waits for.
#[derive(Debug, Clone)]
pub enum TriggerKind {
    /// An event.
    Event(EventId),
    /// A record comes to match.
    Audience(EntityId, Expr),
    /// A moment of the calendar, and its zone.
    Schedule(Cron, Arc<str>),
    /// A request from outside.
    Webhook(Arc<str>),
    /// A conversation in which nothing was said for so long, microseconds.
    Silent(i64),
}

/// Where the value of a parameter comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Its default, or nothing.
    Default,
    /// What the trigger carries, by position.
    Param(u32),
    /// A field of a record that the trigger carries.
    Field(u32, EntityId, u32),
}

/// A condition that may look at what happened.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Holds the event.
    pub event: Option<LocalId>,
    /// A `Bool`.
    pub condition: Expr,
}

/// `once per contact every 30 days`
#[derive(Debug, Clone)]
pub struct Once {
    /// A parameter of the flow, or a field of one.
    pub per: Source,
    /// Microseconds.
    pub every_us: Option<i64>,
}

/// What makes a run leave.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there are few exits, and each lives in a vector once")]
pub enum Exit {
    /// A condition.
    When(Expr),
    /// An event, the parameter it must be about, and what else must hold.
    On(EventId, Option<u32>, Option<Filter>),
}

/// What is hoped for.
#[derive(Debug, Clone)]
pub struct Goal {
    /// A `Bool`.
    pub condition: Expr,
    /// Microseconds from entry.
    pub within_us: Option<i64>,
}
