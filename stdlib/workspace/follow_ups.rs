//! Actions of follow-ups: what teammates have to do, and the time it takes in their diaries.

use super::args;
use super::assign::owner_or_of_contact;
use super::notifications::{About, tell};
use super::shared::Done;
use super::teammates::{members, takes_work};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{ActionError, Workspace};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::sync::Arc;

const MINUTE_US: i64 = 60_000_000;
const DAY_US: i64 = 24 * 60 * MINUTE_US;
/// How far ahead a time is looked for where nothing else is said.
const AHEAD_US: i64 = 60 * DAY_US;
/// The longest that one follow-up takes: what a diary is looked through by.
const LENGTH_MAX_US: i64 = DAY_US;
/// Follow-ups begin at full quarters of an hour.
const STEP_US: i64 = 15 * MINUTE_US;
/// More follow-ups than a diary has on one day.
const PER_DAY_MAX: usize = 10_000;

/// `follow_ups.create(contact, title, kind, due, owner)`
pub fn create(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    const NAMES: [&str; 4] = ["contact", "title", "kind", "due"];
    let fields = args::fields(&NAMES, args, 0);
    let owner = owner_or_of_contact(workspace, args::value(args, NAMES.len()), args::id(args, 0)?)?;
    made(workspace, fields, owner)
}

fn made(workspace: &mut dyn Workspace, mut fields: Vec<(&str, Value)>, owner: Option<Arc<str>>) -> Done {
    fields.push(("created", Value::Int(workspace.now())));
    if let Some(owner) = &owner {
        fields.push(("owner", Value::Text(owner.clone())));
    }
    let id = workspace.create("FollowUp", fields)?;
    if let Some(owner) = owner {
        tell(workspace, &owner, About::FollowUp(id))?;
    }
    Ok(Value::Int(id))
}

/// `follow_ups.book(contact, title, kind, length, within, earliest, latest, owner)`
pub fn book(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let contact = args::id(args, 0)?;
    let length = args::value(args, 3).as_int().unwrap_or(0);
    if !(MINUTE_US..=LENGTH_MAX_US).contains(&length) {
        return Err(Failure::new("invalid", "a follow-up in a diary takes a minute to 24 hours").into());
    }
    let Some(owner) = owner_or_of_contact(workspace, args::value(args, 7), contact)? else {
        let message = "the contact has no owner: say whose diary is meant, as in `owner: team.sales`";
        return Err(Failure::new("invalid", message).into());
    };
    let now = workspace.now();
    let from = args::value(args, 5).as_int().map_or(now, |earliest| earliest.max(now));
    let until = args::value(args, 6).as_int().unwrap_or_else(|| from.saturating_add(AHEAD_US));
    let search = Search { length, until, within: args::value(args, 4).as_text().cloned() };
    let mut found: Option<(i64, i64)> = None;
    for teammate in candidates(workspace, &owner)? {
        if let Some(at) = search.first_free(workspace, teammate, from)?
            && found.is_none_or(|(best, _)| at < best)
        {
            found = Some((at, teammate));
        }
    }
    let Some((at, teammate)) = found else { return Ok(Value::Null) };
    let mut fields = args::fields(&["contact", "title", "kind"], args, 0);
    fields.push(("due", Value::Int(at)));
    fields.push(("ends", Value::Int(at.saturating_add(length))));
    fields.push(("diary", page(teammate, at)));
    made(workspace, fields, Some(format!("teammate:{teammate}").into()))
}

/// Whose diaries are looked into: the teammate's, or those of everybody of the team who takes work.
fn candidates(workspace: &mut dyn Workspace, owner: &str) -> Result<Vec<i64>, ActionError> {
    if let Some(teammate) = owner.strip_prefix("teammate:").and_then(|id| id.parse().ok()) {
        return Ok(vec![teammate]);
    }
    let Some(team) = owner.strip_prefix("team:") else {
        return Err(Failure::new("invalid", "the assistant has no diary: name a teammate or a team").into());
    };
    let mut there = Vec::new();
    for teammate in members(workspace, team)? {
        if takes_work(workspace, teammate)? {
            there.push(teammate);
        }
    }
    Ok(there)
}

/// The page of a diary on which something stands that begins then: one a day, by UTC.
pub(super) fn page(teammate: i64, at: i64) -> Value {
    Value::text(format!("teammate:{teammate} {}", at.div_euclid(DAY_US)))
}

struct Search {
    length: i64,
    until: i64,
    within: Option<Arc<str>>,
}

impl Search {
    /// The first time from `from` on at which the teammate works, is not away, and has nothing else to do.
    fn first_free(&self, workspace: &mut dyn Workspace, teammate: i64, from: i64) -> Result<Option<i64>, ActionError> {
        let away = workspace.get("Teammate", teammate, "away_until")?.as_int();
        let hours = match &self.within {
            Some(within) => Some(within.clone()),
            None => workspace.get("Teammate", teammate, "hours")?.as_text().cloned(),
        };
        let zone = workspace.get("Teammate", teammate, "timezone")?.as_text().cloned();
        let mut diary = Diary { teammate, pages: BTreeMap::new() };
        let mut at = from.max(away.unwrap_or(from));
        while at < self.until {
            let (opens, closes) = match &hours {
                Some(hours) => workspace.next_open(hours, zone.as_deref(), at)?,
                None => (at, None),
            };
            at = opens.saturating_add((-opens).rem_euclid(STEP_US));
            let ends = at.saturating_add(self.length);
            if at >= self.until {
                return Ok(None);
            }
            if let Some(closes) = closes.filter(|closes| ends > *closes) {
                // Too short: the next opening is after its end.
                at = closes.max(at + 1);
                continue;
            }
            match diary.busy_until(workspace, at, ends)? {
                Some(later) => at = later,
                None => return Ok(Some(at)),
            }
        }
        Ok(None)
    }
}

/// What a teammate has to do, a page of the diary at a time.
struct Diary {
    teammate: i64,
    /// By day: from, to.
    pages: BTreeMap<i64, Vec<(i64, i64)>>,
}

impl Diary {
    /// When whatever the teammate does between two moments is over; `None` when there is nothing.
    fn busy_until(&mut self, workspace: &mut dyn Workspace, from: i64, to: i64) -> Result<Option<i64>, ActionError> {
        let mut later = None;
        // What began the day before may still go on.
        for day in from.div_euclid(DAY_US) - 1..=to.div_euclid(DAY_US) {
            for (due, ends) in self.page(workspace, day)? {
                if *due < to && *ends > from {
                    later = later.max(Some(*ends));
                }
            }
        }
        Ok(later)
    }

    fn page(&mut self, workspace: &mut dyn Workspace, day: i64) -> Result<&[(i64, i64)], ActionError> {
        match self.pages.entry(day) {
            Entry::Occupied(page) => Ok(page.into_mut()),
            Entry::Vacant(place) => {
                let mut page = Vec::new();
                let on = self::page(self.teammate, day.saturating_mul(DAY_US));
                for id in workspace.find("FollowUp", "diary", &on, PER_DAY_MAX)? {
                    let due = workspace.get("FollowUp", id, "due")?.as_int();
                    let ends = workspace.get("FollowUp", id, "ends")?.as_int();
                    page.extend(due.zip(ends));
                }
                Ok(place.insert(page))
            }
        }
    }
}

/// `follow_up.complete()`
pub fn complete(workspace: &mut dyn Workspace, args: &[Value]) -> Done {
    let id = args::id(args, 0)?;
    if !workspace.get("FollowUp", id, "done")?.is_null() {
        return Ok(Value::Null);
    }
    let now = workspace.now();
    workspace.set("FollowUp", id, "done", Value::Int(now))?;
    // What is done takes no time any more.
    workspace.set("FollowUp", id, "diary", Value::Null)?;
    workspace.raise("follow_up.done", vec![Value::Int(id)])?;
    Ok(Value::Null)
}
