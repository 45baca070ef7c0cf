//! Headers of flows: when they begin by themselves, and for whom.

use super::types::Ty;
use super::{Generator, Kind};

impl Generator<'_> {
    /// The lines of a header.
    pub(super) fn header(&mut self, subject: &Ty) {
        self.indent = 2;
        let score = format!("contact.{}", self.declared.properties[0].0);
        let event = self.pick(self.declared.events.len() as u32) as usize;
        let event = self.declared.events[event].name.clone();
        let about_contact = *subject == Ty::Contact;
        let mut ranked = false;
        if about_contact {
            for _ in 0..1 + self.pick(2) {
                match self.pick(7) {
                    5 => self.line(&format!("on {event}(contact: contact) as why where not why.contact.blocked")),
                    6 => self.line("on conversation.closed"),
                    0 => self.line("on contact.created"),
                    1 => self.line("on contact.created where contact.city != \"Oslo\""),
                    2 => self.line(&format!("on {event}")),
                    3 => self.line(&format!("on {event} as why where why.contact.blocked or {score} < 7")),
                    _ => {
                        let least = self.pick(9);
                        self.line(&format!("on audience({score} > {least} and not contact.blocked)"));
                    }
                }
            }
        } else {
            match self.pick(4) {
                0 => {
                    let mut silence = "on conversation.silent(for: 10 minutes)".to_owned();
                    if self.breaks(Kind::EndlessSilence) {
                        silence = self.mark("on conversation.silent");
                    }
                    self.line(&format!("{silence} where conversation.subject == null"));
                }
                1 => {
                    ranked = self.pick(2) == 1;
                    let priority = if ranked { " with priority 10" } else { "" };
                    self.line(&format!("on message.received where conversation.closed == null{priority}"));
                }
                _ => self.line("on conversation.started"),
            }
        }
        let who = if about_contact { "contact" } else { "conversation" };
        let condition = match about_contact {
            true => format!("{score} >= {}", 10 + self.pick(9)),
            false => "conversation.closed != null".to_owned(),
        };
        let once = match self.pick(3) {
            0 => None,
            1 => Some(format!("once per {who}")),
            _ => Some(format!("once per {who} every 30 days")),
        };
        if let Some(once) = once {
            self.line(&once);
            if self.breaks(Kind::RuleTwice) {
                let line = self.mark(&once);
                self.line(&line);
            }
        }
        match self.pick(5) {
            0 => {}
            at => self.line(&format!("overlap {}", ["forbid", "allow", "replace", "queue"][at as usize - 1])),
        }
        if self.pick(3) > 0 {
            self.line(&format!("exit when {condition}"));
        }
        if about_contact && self.pick(3) == 2 {
            match self.pick(2) {
                0 => self.line(&format!("exit on {event}(contact)")),
                _ => {
                    let wrong = self.breaks(Kind::NoCondition);
                    let filter = if wrong { self.mark("gone.contact") } else { "gone.contact.blocked".to_owned() };
                    self.line(&format!("exit on {event}(contact) as gone where {filter}"));
                }
            }
        }
        if about_contact && self.pick(3) == 2 {
            let within = ["", " within 30 days", " within 12 hours"][self.pick(3) as usize];
            self.line(&format!("goal {condition}{within}"));
        }
        if self.pick(3) == 2 {
            let span = ["day", "week", "12 hours"][self.pick(3) as usize];
            let count = 1 + self.pick(5);
            let mut cap = format!("cap {count} per {span}");
            if self.breaks(Kind::NoCap) {
                let none = ["cap 0 per week", "cap 3 per weak", "cap \"3\" per day"][self.pick(3) as usize];
                cap = self.mark(none);
            }
            self.line(&cap);
            if self.breaks(Kind::RuleTwice) {
                let line = self.mark("cap 3 per hour");
                self.line(&line);
            }
        }
        if !self.declared.calendars.is_empty() && self.pick(3) == 2 {
            let calendar = self.calendar();
            let mut hours = format!("send within {calendar}");
            if self.breaks(Kind::UnknownCalendar) {
                hours = self.mark(&format!("send within no_{calendar}"));
            }
            self.line(&hours);
        }
        if about_contact && self.pick(4) == 3 {
            let share = 5 + self.pick(40);
            self.line(&format!("holdout {share}%"));
        }
        if self.pick(4) == 3 && !about_contact && !ranked {
            self.line("priority 10");
        }
        self.indent = 0;
    }
}
