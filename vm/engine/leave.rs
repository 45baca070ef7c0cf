//! Headers while a run lives: it leaves wherever it waits when an exit says so.

use super::envelope::Header;
use super::header::look;
use super::journal::Cause;
use super::turn::{Trouble, Turn};
use crate::machine::Status;
use crate::store::{CONDITIONS, NameId, RunStatus, Subject, Tally, event_bit};
use flow_bytecode::Value;
use flow_bytecode::entry::{Entry, Exit};
use flow_bytecode::program::EventRef;
use std::sync::Arc;

impl Turn<'_, '_> {
    /// The run begins as a flow, or becomes one: from now on its header counts.
    pub fn obey(&mut self, flow: u16, args: &[Value]) -> Result<(), Trouble> {
        self.begun = true;
        self.envelope.header = None;
        let linked = self.linked.clone();
        let Some(entry) = linked.program().entry(flow) else { return Ok(()) };
        // Also without exits: another version of the flow may have some.
        self.envelope.header = Some(Header { args: args.to_vec() });
        self.watch_exits(entry, args)
    }

    /// Watches for the events that end the run by the header of another version.
    pub fn obey_anew(&mut self) -> Result<(), Trouble> {
        let linked = self.linked.clone();
        match self.entry(&linked) {
            Some((entry, args)) => self.watch_exits(entry, &args),
            None => Ok(()),
        }
    }

    fn watch_exits(&mut self, entry: &Entry, args: &[Value]) -> Result<(), Trouble> {
        for exit in &entry.exits {
            if let Exit::On { event, about, .. } = exit
                && let Some((event, subject)) = self.listened(*event, *about, args)
            {
                let subject = subject.unwrap_or(Subject::any(event));
                if Some(subject) != self.row.subject {
                    self.desk.txn.watch(subject, self.row.id)?;
                }
            }
        }
        Ok(())
    }

    /// An event of an exit, and the record it must be about.
    fn listened(&self, event: u16, about: Option<u16>, args: &[Value]) -> Option<(NameId, Option<Subject>)> {
        let event = self.linked.events.get(usize::from(event))?;
        let id = about.and_then(|about| args.get(usize::from(about))).and_then(Value::as_int);
        let subject = event.subject.zip(id).map(|((_, kind), id)| Subject { kind, id });
        Some((event.name, subject))
    }

    /// The header that counts, with the arguments of its flow.
    fn entry<'e>(&self, linked: &'e super::link::Linked) -> Option<(&'e Entry, Vec<Value>)> {
        let header = self.envelope.header.as_ref()?;
        // By its name: a run that was moved to another version keeps its flow and not its number.
        let flow = linked.flows.iter().position(|flow| *flow == self.row.flow)?;
        let params = linked.program().flows.get(flow)?.params.len();
        let entry = linked.program().entry(u16::try_from(flow).ok()?)?;
        (params == header.args.len()).then(|| (entry, header.args.clone()))
    }

    /// What a run with exits must hear of.
    pub fn header_mask(&self) -> i64 {
        let Some((entry, _)) = self.entry(&self.linked) else { return 0 };
        let bits = entry.exits.iter().map(|exit| match exit {
            Exit::When { .. } => CONDITIONS,
            Exit::On { event, .. } => {
                self.linked.events.get(usize::from(*event)).map_or(0, |event| event_bit(event.name))
            }
        });
        bits.fold(0, |mask, bit| mask | bit)
    }

    /// Whether it goes on by itself: waits, or wants its next step.
    pub fn goes_on(&self) -> bool {
        match &self.status {
            Some(Status::Waiting | Status::Ready) => true,
            Some(_) => false,
            None => self.row.status.is_live(),
        }
    }

    /// At the end of a turn: leaves when an exit holds, and watches what its conditions read.
    pub fn leave_if_so(&mut self) -> Result<(), Trouble> {
        let moved = self.status.is_some() || self.stirred || self.desk.wrote;
        if self.envelope.header.is_none() || !moved || !self.goes_on() {
            return Ok(());
        }
        let linked = self.linked.clone();
        let Some((entry, args)) = self.entry(&linked) else { return Ok(()) };
        for exit in &entry.exits {
            match exit {
                Exit::When { condition } => {
                    let looked = look(self.desk, &linked, &self.rules.limits, condition, &args, None)?;
                    if looked.holds {
                        return self.leave(Cause::Left);
                    }
                    for subject in looked.read {
                        if Some(subject) != self.row.subject {
                            self.desk.txn.watch(subject, self.row.id)?;
                        }
                    }
                }
                Exit::On { event, about, .. } if self.begun => {
                    // What was raised between its birth and its first step did not find it listening.
                    let Some((event, subject)) = self.listened(*event, *about, &args) else { continue };
                    let name = linked.events.iter().position(|known| known.name == event);
                    let Some(name) = name.and_then(|at| linked.program().events.get(at)) else { continue };
                    for row in self.desk.txn.events_since(self.row.floor, &[event], subject)? {
                        let Ok(args) = serde_json::from_slice::<Vec<Value>>(&row.args) else { continue };
                        if self.event(row.number, &name.name, &args)? && !self.goes_on() {
                            return Ok(());
                        }
                    }
                }
                Exit::On { .. } => {}
            }
        }
        Ok(())
    }

    /// A change has fulfilled no condition, and may have led them to other records: these are watched from now on.
    pub fn watch_again(&mut self) -> Result<(), Trouble> {
        for wait in self.run.waits(&self.linked.loaded)? {
            if wait.conditions {
                self.listen(&wait)?;
            }
        }
        Ok(())
    }

    /// Whether the run leaves on an event; then it has.
    pub fn leaves_on(&mut self, event: &EventRef, typed: &[Value]) -> Result<bool, Trouble> {
        let linked = self.linked.clone();
        if !self.goes_on() {
            return Ok(false);
        }
        let Some((entry, args)) = self.entry(&linked) else { return Ok(false) };
        for exit in &entry.exits {
            let Exit::On { event: of, filter, .. } = exit else { continue };
            if linked.program().events.get(usize::from(*of)).is_none_or(|of| of.name != event.name) {
                continue;
            }
            let holds = match filter {
                None => true,
                Some(filter) => {
                    let carried = Value::Record(Arc::new(typed.to_vec()));
                    look(self.desk, &linked, &self.rules.limits, filter, &args, Some(&carried))?.holds
                }
            };
            if holds {
                self.leave(Cause::Left)?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Ends the run where it stands: it has finished, and nothing of what it asked for or waited for is left.
    pub fn leave(&mut self, why: Cause) -> Result<(), Trouble> {
        self.causes.push(why);
        self.desk.txn.tally(self.row.flow, Tally::Left)?;
        self.status = Some(Status::Finished(Value::Null));
        self.row.status = RunStatus::Finished;
        self.row.failure = None;
        self.run.paths.clear();
        self.waits.clear();
        self.intents.clear();
        self.requests.clear();
        self.prompts.clear();
        Ok(())
    }
}
