//! Headers of flows: each condition becomes a function of its own.

use super::func::Gen;
use super::ir::Reg;
use crate::hir::entry::{self as hir, Exit, Filter};
use crate::hir::{EntityId, Expr, LocalId, Ty};
use flow_bytecode::entry::{self as out, Captured, Predicate};
use flow_bytecode::program::FunctionKind;
use flow_bytecode::{Op, Type};

impl<'h> Gen<'_, 'h> {
    /// The flow's header, in terms of the program's tables.
    pub fn header(&mut self, entry: &'h hir::Entry, flow: u16) -> out::Entry {
        out::Entry {
            flow,
            triggers: entry.triggers.iter().map(|trigger| self.trigger(trigger)).collect(),
            once: entry.once.as_ref().map(|once| out::Once { per: self.source(once.per), every_us: once.every_us }),
            overlap: entry.overlap,
            exits: entry.exits.iter().map(|exit| self.exit(exit)).collect(),
            goal: entry.goal.as_ref().map(|goal| out::Goal {
                condition: self.predicate("goal", &goal.condition, None),
                within_us: goal.within_us,
            }),
            cap: entry.cap,
            send_within: entry.send_within.as_ref().map(|name| {
                self.tables.calendars(Some(name));
                name.clone()
            }),
            holdout: entry.holdout,
            priority: entry.priority,
        }
    }

    fn trigger(&mut self, trigger: &'h hir::Trigger) -> out::Trigger {
        let on = match &trigger.on {
            hir::TriggerKind::Event(event) => out::TriggerKind::Event { event: self.tables.event(*event) },
            hir::TriggerKind::Audience(entity, condition) => out::TriggerKind::Audience {
                entity: self.entity_index(*entity),
                condition: self.predicate("audience", condition, None),
            },
            hir::TriggerKind::Schedule(cron, zone) => out::TriggerKind::Schedule { cron: *cron, zone: zone.clone() },
            hir::TriggerKind::Webhook(name) => out::TriggerKind::Webhook { name: name.clone() },
            hir::TriggerKind::Silent(after_us) => {
                let conversation = self.hir.entities.iter().position(|entity| &*entity.name == "Conversation");
                if let Some(id) = conversation.and_then(|at| u32::try_from(at).ok()) {
                    self.entity_index(EntityId(id));
                }
                out::TriggerKind::Silent { after_us: *after_us }
            }
        };
        out::Trigger {
            on,
            args: trigger.args.iter().map(|source| self.source(*source)).collect(),
            filter: trigger.filter.as_ref().map(|filter| self.filter("on", filter)),
        }
    }

    fn exit(&mut self, exit: &'h Exit) -> out::Exit {
        match exit {
            Exit::When(condition) => out::Exit::When { condition: self.predicate("exit", condition, None) },
            Exit::On(event, about, filter) => out::Exit::On {
                event: self.tables.event(*event),
                about: about.map(|param| self.tables.index(param as usize, "parameters")),
                filter: filter.as_ref().map(|filter| self.filter("exit", filter)),
            },
        }
    }

    fn source(&mut self, source: hir::Source) -> out::Source {
        match source {
            hir::Source::Default => out::Source::Default,
            hir::Source::Param(param) => out::Source::Param { param: self.tables.index(param as usize, "parameters") },
            hir::Source::Field(param, entity, field) => out::Source::Field {
                param: self.tables.index(param as usize, "parameters"),
                field: self.tables.field(entity, field),
            },
        }
    }

    fn entity_index(&mut self, entity: EntityId) -> u16 {
        // An entity that is used as a type is in the table of types.
        let ty = self.tables.intern_entity(entity);
        match self.tables.program.types.get(usize::from(ty.0)) {
            Some(Type::Entity(index)) => *index,
            _ => 0,
        }
    }

    fn filter(&mut self, what: &str, filter: &'h Filter) -> Predicate {
        self.predicate(what, &filter.condition, filter.event)
    }

    fn predicate(&mut self, what: &str, condition: &'h Expr, event: Option<LocalId>) -> Predicate {
        self.span = condition.span;
        let name = self.names.function(what);
        let outer = self.enter(FunctionKind::Condition);
        let holds = self.value(condition);
        self.op2(Op::ReturnS, holds, Reg(0));
        let inner = self.leave_function(outer, name, &Ty::Bool);
        let captures = inner.captured.iter().map(|local| match local {
            local if event == Some(*local) => Captured::Event,
            LocalId(param) => Captured::Param { param: self.tables.index(*param as usize, "parameters") },
        });
        Predicate { function: inner.index, captures: captures.collect() }
    }
}
