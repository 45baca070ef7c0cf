//! Headers of flows: every index leads somewhere, every condition takes what it is given.

use super::Errors;
use crate::entry::{Captured, Entry, Exit, Predicate, Source, TriggerKind};
use crate::program::{Flow, FunctionKind, Program};
use crate::ty::{Type, TypeId};
use std::collections::HashSet;
use std::sync::Arc;

/// Checks every header, and the list of actions that send messages.
pub(super) fn check(program: &Program, errors: &mut Errors) {
    if !program.entries.windows(2).all(|pair| pair[0].flow < pair[1].flow) {
        errors.table("the headers of flows are not in order");
    }
    if !program.outbound.windows(2).all(|pair| pair[0] < pair[1]) {
        errors.table("the actions that send messages are not in order");
    }
    if program.outbound.iter().any(|action| usize::from(*action) >= program.actions.len()) {
        errors.table("an action that sends messages is out of range");
    }
    let calendars = program.calendars.iter().map(|calendar| &*calendar.name).collect();
    let named = |entity: u16| program.entities.get(usize::from(entity)).is_some_and(|name| &**name == "Conversation");
    let conversation = program.types.iter().position(|ty| matches!(ty, Type::Entity(entity) if named(*entity)));
    let conversation = conversation.and_then(|at| u16::try_from(at).ok()).map(TypeId);
    for entry in &program.entries {
        match program.flows.get(usize::from(entry.flow)) {
            None => errors.table("the flow of a header is out of range"),
            Some(flow) => {
                let header = Header { program, flow, calendars: &calendars, conversation };
                if let Err(what) = header.check(entry) {
                    errors.table(&format!("{what} of flow {} is wrong", flow.name));
                }
            }
        }
    }
}

struct Header<'a> {
    program: &'a Program,
    flow: &'a Flow,
    /// The names of all calendars.
    calendars: &'a HashSet<&'a str>,
    /// The type of conversations.
    conversation: Option<TypeId>,
}

/// Whether it is so, or what is wrong.
fn must(good: bool, what: &'static str) -> Result<(), &'static str> {
    if good { Ok(()) } else { Err(what) }
}

impl Header<'_> {
    fn check(&self, entry: &Entry) -> Result<(), &'static str> {
        for trigger in &entry.triggers {
            let carried = self.carried(&trigger.on)?;
            must(trigger.args.len() == self.flow.params.len(), "a trigger")?;
            for (source, param) in trigger.args.iter().zip(&self.flow.params) {
                let optional = matches!(self.ty(param.ty), Some(Type::Optional(_)));
                match source {
                    Source::Default => must(param.default.is_some() || optional, "an argument of a trigger")?,
                    source => self.source(*source, &carried, "an argument of a trigger")?,
                }
            }
            let event = match trigger.on {
                TriggerKind::Event { event } => Some(event),
                _ => None,
            };
            if let Some(filter) = &trigger.filter {
                self.predicate(filter, event, "the filter of a trigger")?;
            }
        }
        if let Some(once) = &entry.once {
            let params: Vec<TypeId> = self.flow.params.iter().map(|param| param.ty).collect();
            must(once.per != Source::Default, "`once per`")?;
            self.source(once.per, &params, "`once per`")?;
            must(once.every_us.is_none_or(|every| every > 0), "`once per`")?;
        }
        for exit in &entry.exits {
            match exit {
                Exit::When { condition } => self.predicate(condition, None, "an exit")?,
                Exit::On { event, about, filter } => {
                    must(usize::from(*event) < self.program.events.len(), "an exit")?;
                    let param = about.map(|about| self.flow.params.get(usize::from(about)));
                    let entity = param.map(|param| param.and_then(|param| self.ty(param.ty)));
                    must(entity.is_none_or(|ty| matches!(ty, Some(Type::Entity(_)))), "an exit")?;
                    if let Some(filter) = filter {
                        self.predicate(filter, Some(*event), "an exit")?;
                    }
                }
            }
        }
        if let Some(goal) = &entry.goal {
            self.predicate(&goal.condition, None, "the goal")?;
            must(goal.within_us.is_none_or(|within| within > 0), "the goal")?;
        }
        must(entry.cap.is_none_or(|cap| cap.count > 0 && cap.per_us > 0), "the cap")?;
        let known = |name: &Arc<str>| self.calendars.contains(&**name);
        must(entry.send_within.as_ref().is_none_or(known), "`send within`")?;
        must(entry.holdout <= 1_000_000, "the holdout")
    }

    fn ty(&self, ty: TypeId) -> Option<&Type> {
        self.program.types.get(usize::from(ty.0))
    }

    /// The types of what a trigger carries; nothing is said of a webhook's body, nor of a record of the workspace.
    fn carried(&self, on: &TriggerKind) -> Result<Vec<TypeId>, &'static str> {
        let first = |wanted: &dyn Fn(&Type) -> bool| {
            let mut params = self.flow.params.iter().map(|param| param.ty);
            params.find(|ty| self.ty(*ty).is_some_and(wanted))
        };
        match on {
            TriggerKind::Event { event } => {
                let event = self.program.events.get(usize::from(*event)).ok_or("a trigger")?;
                Ok(event.params.iter().map(|(_, ty)| *ty).collect())
            }
            TriggerKind::Audience { entity, condition } => {
                self.predicate(condition, None, "an audience")?;
                let of = |ty: &Type| matches!(ty, Type::Entity(of) if of == entity);
                Ok(vec![first(&of).ok_or("an audience")?])
            }
            TriggerKind::Schedule { cron, .. } => must(cron.is_sound(), "a schedule").map(|()| Vec::new()),
            // Whatever it is, it is decoded as the parameter's type.
            TriggerKind::Webhook { .. } => Ok(vec![TypeId(u16::MAX)]),
            TriggerKind::Silent { after_us } => {
                must(*after_us > 0, "a trigger")?;
                Ok(vec![self.conversation.ok_or("a trigger")?])
            }
        }
    }

    fn source(&self, source: Source, carried: &[TypeId], what: &'static str) -> Result<(), &'static str> {
        match source {
            Source::Default => Ok(()),
            Source::Param { param } => must(usize::from(param) < carried.len(), what),
            Source::Field { param, field } => {
                let of = carried.get(usize::from(param)).and_then(|ty| self.ty(*ty));
                let field = self.program.fields.get(usize::from(field));
                must(matches!((of, field), (Some(Type::Entity(of)), Some(field)) if *of == field.entity), what)
            }
        }
    }

    fn predicate(&self, predicate: &Predicate, event: Option<u16>, what: &'static str) -> Result<(), &'static str> {
        let function = self.program.functions.get(usize::from(predicate.function)).ok_or(what)?;
        must(function.kind == FunctionKind::Condition, what)?;
        must(function.params.len() == predicate.captures.len(), what)?;
        for (captured, ty) in predicate.captures.iter().zip(&function.params) {
            match captured {
                Captured::Param { param } => {
                    let param = self.flow.params.get(usize::from(*param)).ok_or(what)?;
                    must(param.ty == *ty, what)?;
                }
                Captured::Event => {
                    let event = event.and_then(|event| self.program.events.get(usize::from(event))).ok_or(what)?;
                    let Some(Type::Record(record)) = self.ty(*ty) else { return Err(what) };
                    let record = self.program.records.get(usize::from(*record)).ok_or(what)?;
                    let fields = record.fields.iter().map(|field| field.ty);
                    must(fields.eq(event.params.iter().map(|(_, ty)| *ty)), what)?;
                }
            }
        }
        Ok(())
    }
}
