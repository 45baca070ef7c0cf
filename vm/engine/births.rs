//! Births: what happens is matched with the triggers of flows, and rules of entry are asked before a run comes to be. All of
//! it in the transaction in which it happened, so that a run is born exactly once.

use super::chain::Chain;
use super::desk::Desk;
use super::entry::{self, Birth};
use super::follow::{Follow, FollowWake};
use super::header::look;
use super::memory::Newest;
use super::prompts::RECEIVED;
use super::triggers::Of;
use super::turn::Trouble;
use super::world::DEPTH_MAX;
use crate::machine::{Limits, decode};
use crate::store::{NameId, Parent, RunRow, RunStatus, StoreResult, Subject, Tally, Txn, Written};
use flow_bytecode::Value;
use flow_bytecode::entry::{Entry, Exit, Overlap, Source};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Something that triggers may wait for.
pub(super) struct Happened {
    /// Its number, when it is an event.
    pub number: i64,
    pub event: NameId,
    pub args: Arc<Vec<Value>>,
    /// A run has taken it as an answer: no other one begins with it.
    pub taken: bool,
    /// Of the run that did it.
    pub chain: Option<Chain>,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    pub rule: Tally,
    /// A sentence about the flow.
    pub why: String,
}

/// Who asks for a birth.
pub(super) struct Asked<'a> {
    /// The run that starts another, with its effect.
    pub parent: Option<Parent>,
    /// What is said of it in the run's timeline: `contact.created`.
    pub by: Option<&'a str>,
    /// The event that let it in: later ones are its own.
    pub floor: Option<i64>,
}

/// Begins whatever waits for what has happened since the last look.
pub(super) fn take(desk: &mut Desk, limits: &Limits) -> Result<(), Trouble> {
    while !desk.happened.is_empty() || !desk.altered.is_empty() {
        for (subject, chain) in std::mem::take(&mut desk.altered) {
            desk.chain = chain;
            super::audience::changed(desk, limits, subject)?;
        }
        for happened in std::mem::take(&mut desk.happened) {
            desk.chain = happened.chain.clone();
            let triggers = desk.triggers()?;
            let Some(list) = triggers.events.get(&happened.event) else { continue };
            let message = desk.memory.event(RECEIVED, &mut *desk.txn)?.map(|event| event.id);
            let of_message = message == Some(happened.event);
            if of_message && happened.taken {
                continue;
            }
            let mut born: Vec<NameId> = Vec::new();
            for of in list {
                // Several `on` of one flow are *or*.
                if born.contains(&of.flow) {
                    continue;
                }
                if event(desk, limits, of, &happened)? {
                    born.push(of.flow);
                    // A message has one flow: the first that wants it and may have it.
                    if of_message {
                        break;
                    }
                }
            }
        }
    }
    desk.chain = None;
    Ok(())
}

/// As [`take`], of what a deed has done so far: how many of which flows have begun with it. With `enter` false nobody does.
pub(super) fn now(desk: &mut Desk, enter: bool) -> Result<BTreeMap<NameId, u64>, Trouble> {
    desk.memory.records.flush(&mut *desk.txn)?;
    desk.announce_changes()?;
    let limits = desk.limits;
    desk.begun.clear();
    desk.hushed = !enter;
    let taken = take(desk, &limits);
    desk.hushed = false;
    taken.map(|()| std::mem::take(&mut desk.begun))
}

/// An event that a flow waits for; whether a run was born.
fn event(desk: &mut Desk, limits: &Limits, of: &Of, happened: &Happened) -> Result<bool, Trouble> {
    let Some(trigger) = of.trigger() else { return Ok(false) };
    let linked = &of.newest.linked;
    let known = linked.events.iter().position(|event| event.name == happened.event);
    let Some(declared) = known.and_then(|at| linked.program().events.get(at)) else { return Ok(false) };
    let mut typed = Vec::with_capacity(declared.params.len());
    for (at, (_, ty)) in declared.params.iter().enumerate() {
        let value = happened.args.get(at).cloned().unwrap_or_default();
        match decode(linked.program(), *ty, &value, DEPTH_MAX) {
            Ok(value) => typed.push(value),
            Err(_) => return broken(desk, of).map(|()| false),
        }
    }
    let Some(birth) = birth(desk, &of.newest, &trigger.args, &happened.args)? else {
        return broken(desk, of).map(|()| false);
    };
    if let Some(filter) = &trigger.filter {
        let event = Value::Record(Arc::new(typed));
        if !look(desk, linked, limits, filter, &birth.args, Some(&event))?.holds {
            return Ok(false);
        }
    }
    let asked = Asked { parent: None, by: Some(&declared.name), floor: Some(happened.number) };
    Ok(admit(desk, limits, &birth, &asked)?.is_ok())
}

/// What a trigger carries does not fit the flow: counted, for there is nobody to tell.
pub(super) fn broken(desk: &mut Desk, of: &Of) -> Result<(), Trouble> {
    Ok(desk.txn.tally(of.flow, Tally::Broken)?)
}

/// The flow with the arguments that a trigger gives; `None` when they do not fit, or a record is gone.
pub(super) fn birth(
    desk: &mut Desk,
    newest: &Newest,
    sources: &[Source],
    carried: &[Value],
) -> Result<Option<Birth>, Trouble> {
    Ok(fitted(desk, newest, sources, carried)?.ok())
}

/// Likewise, or what does not fit.
pub(super) fn fitted(
    desk: &mut Desk,
    newest: &Newest,
    sources: &[Source],
    carried: &[Value],
) -> Result<Result<Birth, String>, Trouble> {
    let program = newest.linked.program();
    let Some(flow) = program.flows.get(usize::from(newest.flow)) else { return Ok(Err("the flow is gone".to_owned())) };
    let mut named = Vec::with_capacity(sources.len());
    for (source, param) in sources.iter().zip(&flow.params) {
        if let Some(value) = value_of(desk, newest, *source, carried)? {
            named.push((param.name.to_string(), value));
        }
    }
    Ok(entry::fit(newest.clone(), named))
}

/// A value that something carries, as it describes itself; `None` for a default, and for a field of a record that is gone.
fn value_of(desk: &mut Desk, newest: &Newest, source: Source, carried: &[Value]) -> Result<Option<Value>, Trouble> {
    match source {
        Source::Default => Ok(None),
        Source::Param { param } => Ok(carried.get(usize::from(param)).cloned()),
        Source::Field { param, field } => {
            let Some(id) = carried.get(usize::from(param)).and_then(Value::as_int) else { return Ok(None) };
            let Some(field) = newest.linked.fields.get(usize::from(field)) else { return Ok(None) };
            let record = desk.memory.records.get(&mut *desk.txn, (field.entity.kind, id))?;
            Ok(record.and_then(|record| record.values.get(field.position)).cloned())
        }
    }
}

/// Lets somebody in, if the rules of entry allow it.
pub(super) fn admit(
    desk: &mut Desk,
    limits: &Limits,
    birth: &Birth,
    asked: &Asked,
) -> Result<Result<Written, Refusal>, Trouble> {
    let flow = birth.newest.name_id();
    if desk.hushed {
        let why = "nobody is let in with what is done now".to_owned();
        return Ok(Err(Refusal { rule: Tally::HeldOut, why }));
    }
    if let Some(parent) = asked.parent
        && let Some(run) = desk.txn.child(parent)?
    {
        return Ok(Ok(Written::Before(run)));
    }
    let subject = entry::subject(&birth.newest, &birth.args);
    let mut queued = false;
    let mut key = None;
    if let Some(header) = birth.newest.entry() {
        match rules(desk, limits, birth, header, flow, subject)? {
            Err(refusal) => {
                desk.txn.tally(flow, refusal.rule)?;
                return Ok(Err(refusal));
            }
            Ok(found) => key = found,
        }
        let others = match header.overlap {
            Overlap::Allow | Overlap::Forbid => Vec::new(),
            _ => desk.txn.live_runs(flow, subject)?,
        };
        queued = header.overlap == Overlap::Queue && !others.is_empty();
        if header.overlap == Overlap::Replace {
            desk.follows.extend(others.into_iter().map(|run| Follow { run, wake: FollowWake::Replaced }));
        }
    }
    let held = queued || desk.is_paused(flow)?;
    let written = entry::insert(desk, birth, asked, held)?;
    if let (Written::New(run), Some(chain)) = (written, &desk.chain) {
        let chain = chain.births(flow);
        desk.memory.chained(run, chain);
    }
    super::audience::hope(desk, limits, &birth.newest, &birth.args, written.id())?;
    if let Some(key) = key {
        desk.txn.put_entry(flow, &key, desk.now)?;
    }
    if birth.newest.entry().is_some() {
        desk.txn.tally(flow, Tally::Entered)?;
    }
    if matches!(written, Written::New(_)) {
        *desk.begun.entry(flow).or_default() += 1;
    }
    if !held {
        desk.follows.push(Follow { run: written.id(), wake: FollowWake::Begin });
    }
    Ok(Ok(written))
}

/// Asks every rule; what `once per` goes by, if it allows it.
fn rules(
    desk: &mut Desk,
    limits: &Limits,
    birth: &Birth,
    header: &Entry,
    flow: NameId,
    subject: Option<Subject>,
) -> Result<Result<Option<String>, Refusal>, Trouble> {
    let no = |rule, why: &str| Ok(Err(Refusal { rule, why: why.to_owned() }));
    let linked = &birth.newest.linked;
    if header.holdout > 0
        && let Some(subject) = subject
    {
        let about = contact_of(desk, subject)?.unwrap_or(subject);
        let name = desk.txn.name(crate::store::NameClass::Flow, flow)?;
        let kind = desk.txn.name(crate::store::NameClass::Entity, about.kind)?;
        if share(&name, &kind, about.id) < header.holdout {
            return no(Tally::HeldOut, "`holdout`: belongs to the control group, which never enters");
        }
    }
    for exit in &header.exits {
        if let Exit::When { condition } = exit
            && look(desk, linked, limits, condition, &birth.args, None)?.holds
        {
            return no(Tally::Exit, "`exit when`: the condition on which runs leave holds already");
        }
    }
    let mut key = None;
    if let Some(once) = &header.once {
        let per = match once.per {
            Source::Field { param, field } => {
                let Some(field) = linked.fields.get(usize::from(field)) else { return no(Tally::Broken, "is broken") };
                let id = birth.args.get(usize::from(param)).and_then(Value::as_int).unwrap_or_default();
                let record = desk.memory.records.get(&mut *desk.txn, (field.entity.kind, id))?;
                record.and_then(|record| record.values.get(field.position)).cloned().unwrap_or_default()
            }
            Source::Param { param } => birth.args.get(usize::from(param)).cloned().unwrap_or_default(),
            Source::Default => Value::Null,
        };
        let per = entry_key(&desk.install, &per);
        if let Some(last) = desk.txn.last_entry(flow, &per)? {
            match once.every_us {
                None => return no(Tally::Once, "`once per`: has been in this flow before"),
                Some(every) if desk.now < last.saturating_add(every) => {
                    return no(Tally::Once, "`once per`: has entered too recently");
                }
                Some(_) => {}
            }
        }
        key = Some(per);
    }
    if header.overlap == Overlap::Forbid && !desk.txn.live_runs(flow, subject)?.is_empty() {
        return no(Tally::Overlap, "`overlap forbid`: another run of it is under way");
    }
    Ok(Ok(key))
}

/// What an entry is known by. The kind of a record need not be part of it: the flow's signature says it. Anything else may
/// be somebody's address, and outlives them: only a hash of it is kept, which nobody can guess back without this database.
fn entry_key(install: &[u8; 16], per: &Value) -> String {
    match per {
        Value::Int(id) => id.to_string(),
        per => {
            let mut hasher = blake3::Hasher::new();
            hasher.update(install);
            hasher.update(&serde_json::to_vec(per).unwrap_or_default());
            hasher.finalize().to_hex()[..32].to_owned()
        }
    }
}

/// Where a record falls among a million: the same for ever, and another place in every flow.
fn share(flow: &str, kind: &str, id: i64) -> u32 {
    let hash = blake3::hash(format!("{flow}\n{kind}\n{id}").as_bytes());
    let mut first = [0; 8];
    first.copy_from_slice(&hash.as_bytes()[..8]);
    (u64::from_le_bytes(first) % 1_000_000) as u32
}

/// The contact of a conversation.
pub(super) fn contact_of(desk: &mut Desk, subject: Subject) -> StoreResult<Option<Subject>> {
    let entities = desk.txn.entities();
    let Some(entity) = entities.iter().find(|entity| entity.kind == subject.kind) else { return Ok(None) };
    let Some(position) = entity.field("contact").filter(|_| &*entity.def.name != "Contact") else { return Ok(None) };
    let Some(kind) = desk.memory.kind("Contact", &mut *desk.txn)? else { return Ok(None) };
    let record = desk.memory.records.get(&mut *desk.txn, (subject.kind, subject.id))?;
    let id = record.and_then(|record| record.values.get(position)).and_then(Value::as_int);
    Ok(id.map(|id| Subject { kind, id }))
}

/// A run of a flow is over, or has become another flow: the next in its queue begins.
pub(super) fn next_in_queue(desk: &mut Desk, flow: NameId, subject: Option<Subject>) -> Result<(), Trouble> {
    if desk.triggers()?.queues.contains(&flow) {
        let waiting = desk.txn.live_runs(flow, subject)?;
        desk.follows.extend(waiting.first().map(|run| Follow { run: *run, wake: FollowWake::Begin }));
    }
    Ok(())
}

/// A run is set aside where no turn can be taken: the first of those held behind it, if that is who comes next, is due now.
/// Written with the setting aside, so that a stop between the two leaves nobody waiting for ever.
pub(super) fn next_is_due(txn: &mut dyn Txn, run: i64, now: i64) -> StoreResult<bool> {
    let read = |txn: &mut dyn Txn, id| match txn.run(id) {
        // A damaged one is its own trouble.
        Err(error) if error.is_row() => Ok(None),
        other => other,
    };
    let Some(aside) = read(txn, run)? else { return Ok(false) };
    let Some(first) = txn.live_runs(aside.flow, aside.subject)?.into_iter().next() else { return Ok(false) };
    let Some(mut next) = read(txn, first)? else { return Ok(false) };
    if next.status != RunStatus::Waiting || !super::envelope::is_pending(&next.snapshot) {
        return Ok(false);
    }
    next.due = Some(now);
    txn.save_run(&mut next)?;
    Ok(true)
}

/// Whether a run that is held may begin now: its flow is not paused, and no older one is before it in the queue.
pub(super) fn may_begin(desk: &mut Desk, row: &RunRow) -> Result<bool, Trouble> {
    if desk.is_paused(row.flow)? {
        return Ok(false);
    }
    if !desk.triggers()?.queues.contains(&row.flow) {
        return Ok(true);
    }
    Ok(desk.txn.live_runs(row.flow, row.subject)?.first().is_none_or(|first| *first >= row.id))
}

/// Makes a held run one that begins.
pub(super) fn release(desk: &mut Desk, row: &mut RunRow) -> StoreResult<()> {
    row.status = RunStatus::Ready;
    row.due = Some(desk.now);
    desk.txn.save_run(row)
}

#[cfg(test)]
mod tests {
    use super::{entry_key, share};
    use flow_bytecode::Value;

    #[test]
    fn an_address_is_known_by_its_hash() {
        let key = |install: u8, text: &str| entry_key(&[install; 16], &Value::text(text));
        assert_eq!(entry_key(&[1; 16], &Value::Int(7)), "7");
        assert!(!key(1, "ada@example.com").contains("ada"));
        assert_eq!(key(1, "ada@example.com"), key(1, "ada@example.com"));
        assert_ne!(key(1, "ada@example.com"), key(1, "bob@example.com"));
        assert_ne!(key(1, "ada@example.com"), key(2, "ada@example.com"));
    }

    #[test]
    fn a_share_is_a_share_and_stays() {
        let out = (0..10_000).filter(|id| share("welcome", "Contact", *id) < 100_000).count();
        assert!((900..1_100).contains(&out), "{out} of 10,000 for 10%");
        assert_eq!(share("welcome", "Contact", 7), share("welcome", "Contact", 7));
        let both = (0..10_000)
            .filter(|id| share("welcome", "Contact", *id) < 100_000 && share("nurture", "Contact", *id) < 100_000);
        assert!(both.count() < 200, "two flows hold out other contacts");
    }
}
