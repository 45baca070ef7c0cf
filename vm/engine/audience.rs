//! Conditions that belong to no run: who is in an audience, and which goals are reached. Looked at again when a record that
//! they have read changes, never by polling.

use super::births::{Asked, admit, birth, broken};
use super::desk::Desk;
use super::fanout;
use super::header::look;
use super::link::LinkError;
use super::memory::Newest;
use super::schedule::begin;
use super::triggers::Of;
use super::turn::Trouble;
use super::view::Matching;
use crate::machine::Limits;
use crate::store::{GoalRow, NameId, Subject, Tally};
use flow_bytecode::Value;
use flow_bytecode::entry::TriggerKind;

/// Records walked in one go.
const PAGE: usize = 500;

/// A record was written: whoever has read it is looked at again.
pub(super) fn changed(desk: &mut Desk, limits: &Limits, subject: Subject) -> Result<(), Trouble> {
    let triggers = desk.triggers()?;
    for of in triggers.audiences.get(&subject.kind).into_iter().flatten() {
        member(desk, limits, of, subject, true)?;
    }
    fanout::look_again(desk, limits, subject)
}

/// Looks at conditions again: (0, a run with a goal) or (the flow of an audience, a record).
pub(super) fn look_again(desk: &mut Desk, limits: &Limits, lookers: &[(i64, i64)]) -> Result<(), Trouble> {
    let triggers = desk.triggers()?;
    for (watcher, owner) in lookers.iter().copied() {
        if watcher == 0 {
            goal(desk, limits, owner)?;
            continue;
        }
        for (kind, list) in &triggers.audiences {
            for of in list.iter().filter(|of| of.flow == watcher) {
                member(desk, limits, of, Subject { kind: *kind, id: owner }, true)?;
            }
        }
    }
    Ok(())
}

/// Looks whether a record is in an audience, and remembers it. Who has come to match enters, unless that is only noted.
fn member(desk: &mut Desk, limits: &Limits, of: &Of, subject: Subject, enter: bool) -> Result<(), Trouble> {
    let Some(trigger) = of.trigger() else { return Ok(()) };
    let TriggerKind::Audience { condition, .. } = &trigger.on else { return Ok(()) };
    let was = desk.txn.is_member(of.flow, of.trigger, subject.id)?;
    let carried = [Value::Int(subject.id)];
    let Some(birth) = birth(desk, &of.newest, &trigger.args, &carried)? else { return broken(desk, of) };
    let looked = look(desk, &of.newest.linked, limits, condition, &birth.args, None)?;
    let others: Vec<Subject> = looked.read.into_iter().filter(|read| *read != subject).collect();
    if !others.is_empty() || of.newest.linked.kinds.len() > 1 {
        desk.txn.put_looks(of.flow, subject.id, &others)?;
    }
    if was == looked.holds {
        return Ok(());
    }
    desk.txn.set_member(of.flow, of.trigger, subject.id, looked.holds)?;
    if looked.holds && enter {
        begin(desk, limits, of, "audience", &carried)?;
    }
    Ok(())
}

/// After a deploy: whoever matches now belongs to the audience already, and has not come to match.
pub(super) fn set(desk: &mut Desk, limits: &Limits) -> Result<(), Trouble> {
    let triggers = desk.triggers()?;
    for row in desk.txn.deployments()? {
        desk.txn.clear_members(row.flow)?;
    }
    for (kind, list) in &triggers.audiences {
        let mut after = 0;
        loop {
            let page = desk.txn.records(*kind, after, PAGE)?;
            for record in &page {
                for of in list {
                    member(desk, limits, of, Subject { kind: *kind, id: record.id }, false)?;
                }
            }
            match page.last() {
                Some(last) if page.len() == PAGE => after = last.id,
                _ => break,
            }
        }
    }
    Ok(())
}

/// Lets in a page of those who are in an audience of a flow already.
pub(super) fn matching(desk: &mut Desk, limits: &Limits, newest: &Newest, after: i64) -> Result<Matching, Trouble> {
    let triggers = desk.triggers()?;
    let flow = newest.name_id();
    let mut found = Matching::default();
    for (kind, list) in &triggers.audiences {
        let mine: Vec<&Of> = list.iter().filter(|of| of.flow == flow).collect();
        if mine.is_empty() {
            continue;
        }
        found.audience = true;
        let page = desk.txn.records(*kind, after, PAGE)?;
        for record in &page {
            for of in &mine {
                if desk.txn.is_member(flow, of.trigger, record.id)? {
                    matched(desk, limits, of, record.id, &mut found)?;
                    break;
                }
            }
        }
        found.next = page.last().filter(|_| page.len() == PAGE).map(|last| last.id);
    }
    Ok(found)
}

fn matched(desk: &mut Desk, limits: &Limits, of: &Of, id: i64, found: &mut Matching) -> Result<(), Trouble> {
    let Some(trigger) = of.trigger() else { return Ok(()) };
    let Some(birth) = birth(desk, &of.newest, &trigger.args, &[Value::Int(id)])? else { return broken(desk, of) };
    match admit(desk, limits, &birth, &Asked { parent: None, by: Some("--matching"), floor: None })? {
        Ok(_) => found.started += 1,
        Err(refusal) => match found.refused.iter_mut().find(|(why, _)| *why == refusal.why) {
            Some((_, count)) => *count += 1,
            None => found.refused.push((refusal.why, 1)),
        },
    }
    Ok(())
}

/// Notes what a new run is hoped to reach. Who has reached it before is not counted.
pub(super) fn hope(desk: &mut Desk, limits: &Limits, newest: &Newest, args: &[Value], run: i64) -> Result<(), Trouble> {
    let Some(goal) = newest.entry().and_then(|entry| entry.goal.as_ref()) else { return Ok(()) };
    let looked = look(desk, &newest.linked, limits, &goal.condition, args, None)?;
    if looked.holds {
        return Ok(());
    }
    desk.txn.purge_goals(desk.now, 8)?;
    let until = goal.within_us.map(|within| desk.now.saturating_add(within));
    let args = serde_json::to_vec(args).unwrap_or_default();
    let (flow, program) = (newest.name_id(), newest.linked.id);
    desk.txn.put_goal(&GoalRow { run, flow, program, until, reached: None, args })?;
    Ok(desk.txn.put_looks(0, run, &looked.read)?)
}

/// Something that the condition of a run's goal has read was written.
fn goal(desk: &mut Desk, limits: &Limits, run: i64) -> Result<(), Trouble> {
    let Some(row) = desk.txn.goal(run)?.filter(|goal| goal.reached.is_none()) else { return Ok(()) };
    let over = match row.until {
        Some(until) => desk.now >= until,
        // What its last step has brought about counts.
        None => desk.txn.run(run)?.is_none_or(|run| !run.status.is_live() && run.updated_at < desk.now),
    };
    if over {
        return Ok(desk.txn.delete_goal(run)?);
    }
    let linked = match desk.memory.program(row.program, desk.registry, &mut *desk.txn) {
        Ok(linked) => linked,
        Err(LinkError::Store(error)) => return Err(error.into()),
        Err(LinkError::Stranded(_)) => return Ok(()),
    };
    let at: Option<NameId> =
        linked.flows.iter().position(|flow| *flow == row.flow).and_then(|at| i64::try_from(at).ok());
    let header = at.and_then(|at| u16::try_from(at).ok()).and_then(|at| linked.program().entry(at));
    let Some(goal) = header.and_then(|header| header.goal.as_ref()) else { return Ok(()) };
    let Ok(args) = serde_json::from_slice::<Vec<Value>>(&row.args) else { return Ok(()) };
    let looked = look(desk, &linked, limits, &goal.condition, &args, None)?;
    if looked.holds {
        desk.txn.put_goal(&GoalRow { reached: Some(desk.now), ..row.clone() })?;
        desk.txn.tally(row.flow, Tally::Reached)?;
        return Ok(desk.txn.put_looks(0, run, &[])?);
    }
    Ok(desk.txn.put_looks(0, run, &looked.read)?)
}
