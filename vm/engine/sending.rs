//! What a header says of the messages that its flow sends: within which hours, and how many to one contact.

use super::births::contact_of;
use super::desk::Desk;
use super::journal::Did;
use super::link::Linked;
use super::world::StepWorld;
use crate::action::ActionError;
use crate::machine::{WorldError, next_open};
use crate::store::{NameId, StoreResult, Subject, Tally};
use flow_bytecode::Value;
use flow_bytecode::entry::{Cap, Entry};

/// The header of the flow that a run is.
fn header(linked: &Linked, flow: NameId) -> Option<&Entry> {
    let at = linked.flows.iter().position(|known| *known == flow)?;
    linked.program().entry(u16::try_from(at).ok()?)
}

/// The moment from which on a message may go out, when that is not now, and the calendar that says so.
pub(super) fn opening<'l>(
    desk: &mut Desk,
    linked: &'l Linked,
    flow: NameId,
    subject: Option<Subject>,
) -> Result<Option<(&'l str, i64)>, ActionError> {
    let Some(name) = header(linked, flow).and_then(|entry| entry.send_within.as_deref()) else { return Ok(None) };
    let found = linked.program().calendars.iter().find(|calendar| &*calendar.name == name);
    let Some(calendar) = found else { return Ok(None) };
    let whose = match calendar.zone {
        Some(_) => None,
        None => time_zone(desk, subject).map_err(|error| desk.trouble(error))?,
    };
    let now = desk.now;
    let at = next_open(calendar, whose.as_deref(), now)?;
    Ok((at > now).then_some((&*calendar.name, at)))
}

/// The time zone of the contact that a run is about.
fn time_zone(desk: &mut Desk, subject: Option<Subject>) -> StoreResult<Option<String>> {
    let Some(subject) = subject else { return Ok(None) };
    let who = contact_of(desk, subject)?.unwrap_or(subject);
    let entities = desk.txn.entities();
    let field = entities.iter().find(|entity| entity.kind == who.kind).and_then(|entity| entity.field("timezone"));
    let Some(field) = field else { return Ok(None) };
    let record = desk.memory.records.get(&mut *desk.txn, (who.kind, who.id))?;
    Ok(match record.and_then(|record| record.values.get(field)) {
        Some(Value::Text(zone)) => Some(zone.to_string()),
        _ => None,
    })
}

/// Counts one more message to whom a run is about; false when that would be more than the cap allows.
fn count(desk: &mut Desk, flow: NameId, about: Subject, cap: Cap, by: (i64, u32)) -> StoreResult<bool> {
    let since = desk.now.saturating_sub(cap.per_us);
    desk.txn.purge_sends(flow, about, since)?;
    if desk.txn.sends_since(flow, about, since)? >= u64::from(cap.count) {
        desk.txn.tally(flow, Tally::Capped)?;
        return Ok(false);
    }
    desk.txn.add_send(flow, about, desk.now, by)?;
    Ok(true)
}

impl StepWorld<'_, '_> {
    pub(super) fn sends_at(&mut self) -> Result<Option<i64>, WorldError> {
        let (flow, subject) = (self.desk.flow, self.subject);
        let found = opening(self.desk, self.linked, flow, subject)?;
        Ok(found.map(|(calendar, at)| {
            self.desk.did.push((0, Did::HeldBack(calendar.into(), at)));
            at
        }))
    }

    pub(super) fn sends(&mut self, action: u16, effect: u32) -> Result<bool, WorldError> {
        let flow = self.desk.flow;
        let (Some(cap), Some(subject)) = (header(self.linked, flow).and_then(|entry| entry.cap), self.subject) else {
            return Ok(true);
        };
        let run = self.run;
        let about = contact_of(self.desk, subject).map_err(|error| self.desk.trouble(error))?.unwrap_or(subject);
        let may = count(self.desk, flow, about, cap, (run, effect)).map_err(|error| self.desk.trouble(error))?;
        if !may {
            self.desk.did.push((effect, Did::Skipped(action)));
        }
        Ok(may)
    }
}
