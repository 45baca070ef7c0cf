//! Headers of flows, listed.

use super::named;
use crate::entry::{Captured, Entry, Exit, Overlap, Predicate, Source, TriggerKind};
use crate::program::Program;
use std::fmt::Write;

/// Lists a header. Total: an index that leads nowhere is shown as a number.
pub(super) fn list(program: &Program, header: &Entry, out: &mut String) {
    let listing = Header { program, header };
    let flow = program.flows.get(usize::from(header.flow)).map(|flow| &*flow.name);
    // Writing to a String cannot fail: results are dropped throughout.
    let _ = writeln!(out, "Header of {}", named(flow, "flow", header.flow));
    for trigger in &header.triggers {
        let args: Vec<String> = trigger.args.iter().map(|source| listing.source(*source)).collect();
        let _ = write!(out, "  on {} gives {}", listing.on(&trigger.on), args.join(", "));
        if let Some(filter) = &trigger.filter {
            let _ = write!(out, " where {}", listing.predicate(filter));
        }
        out.push('\n');
    }
    if let Some(once) = &header.once {
        let every = once.every_us.map(|us| format!(" every {us} µs")).unwrap_or_default();
        let _ = writeln!(out, "  once per {}{every}", listing.source(once.per));
    }
    if header.overlap != Overlap::Allow {
        let _ = writeln!(out, "  overlap {}", header.overlap.word());
    }
    for exit in &header.exits {
        let _ = match exit {
            Exit::When { condition } => writeln!(out, "  exit when {}", listing.predicate(condition)),
            Exit::On { event, about, filter } => {
                let about = about.map(|param| format!(" about {param}")).unwrap_or_default();
                let filter = filter.as_ref().map(|filter| format!(" where {}", listing.predicate(filter)));
                writeln!(out, "  exit on {}{about}{}", listing.event(*event), filter.unwrap_or_default())
            }
        };
    }
    if let Some(goal) = &header.goal {
        let within = goal.within_us.map(|us| format!(" within {us} µs")).unwrap_or_default();
        let _ = writeln!(out, "  goal {}{within}", listing.predicate(&goal.condition));
    }
    if let Some(cap) = header.cap {
        let _ = writeln!(out, "  cap {} per {} µs", cap.count, cap.per_us);
    }
    if let Some(calendar) = &header.send_within {
        let _ = writeln!(out, "  send within {calendar}");
    }
    if header.holdout > 0 {
        let _ = writeln!(out, "  holdout {} of a million", header.holdout);
    }
    if header.priority != 0 {
        let _ = writeln!(out, "  priority {}", header.priority);
    }
}

struct Header<'a> {
    program: &'a Program,
    header: &'a Entry,
}

impl Header<'_> {
    fn event(&self, event: u16) -> String {
        named(self.program.events.get(usize::from(event)).map(|event| &*event.name), "event", event)
    }

    fn on(&self, on: &TriggerKind) -> String {
        match on {
            TriggerKind::Event { event } => self.event(*event),
            TriggerKind::Audience { condition, .. } => format!("audience({})", self.predicate(condition)),
            TriggerKind::Schedule { cron, zone } => format!(
                "schedule(minutes {:x}, hours {:x}, days {:x}, months {:x}, weekdays {:x}, either {}, in {zone})",
                cron.minutes, cron.hours, cron.days, cron.months, cron.weekdays, cron.either
            ),
            TriggerKind::Webhook { name } => format!("webhook({name})"),
            TriggerKind::Silent { after_us } => format!("silent for {after_us} µs"),
        }
    }

    fn source(&self, source: Source) -> String {
        match source {
            Source::Default => "default".to_owned(),
            Source::Param { param } => format!("value {param}"),
            Source::Field { param, field } => {
                let name = self.program.fields.get(usize::from(field)).map(|field| &*field.name);
                format!("value {param}.{}", named(name, "field", field))
            }
        }
    }

    fn predicate(&self, predicate: &Predicate) -> String {
        let function = self.program.functions.get(usize::from(predicate.function)).map(|function| &*function.name);
        let flow = self.program.flows.get(usize::from(self.header.flow));
        let captures = predicate.captures.iter().map(|captured| match captured {
            Captured::Param { param } => {
                let param_of = flow.and_then(|flow| flow.params.get(usize::from(*param)));
                named(param_of.map(|param| &*param.name), "param", *param)
            }
            Captured::Event => "event".to_owned(),
        });
        let captures: Vec<String> = captures.collect();
        format!("{}({})", named(function, "function", predicate.function), captures.join(", "))
    }
}
