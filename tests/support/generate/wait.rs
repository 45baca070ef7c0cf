//! Waiting.

use super::types::Ty;
use super::{Generator, Kind};

impl Generator<'_> {
    /// A length of time, and perhaps the time of the day it ends at.
    pub(super) fn moment(&mut self) -> String {
        if self.pick(4) == 3 && !self.declared.calendars.is_empty() {
            return self.business_moment();
        }
        let amount = match self.pick(3) {
            0 => {
                ["3 days", "1 month", "2 weeks", "15 minutes", "1 hour + 30 minutes"][self.pick(5) as usize].to_owned()
            }
            1 => "2 days".to_owned(),
            _ => self.literal(&Ty::Duration),
        };
        let whole_days = amount.contains("day") || amount.contains("week") || amount.contains("month");
        match self.pick(3) {
            2 if whole_days => format!("{amount}{}", self.at_time()),
            _ => amount,
        }
    }

    pub(super) fn calendar(&mut self) -> String {
        let at = self.pick(self.declared.calendars.len() as u32) as usize;
        self.declared.calendars[at].clone()
    }

    /// A length by a calendar.
    fn business_moment(&mut self) -> String {
        let calendar = self.calendar();
        if self.breaks(Kind::NoCalendar) {
            return self.mark("2 business days");
        }
        match self.pick(4) {
            0 => format!("4 business hours in {calendar}"),
            1 => format!("1 business day in {calendar}"),
            2 => format!("2 business days at {} in {calendar}", self.literal(&Ty::TimeOfDay)),
            _ => format!("8 business hours in {calendar}"),
        }
    }

    /// A moment by a calendar.
    pub(super) fn by_calendar(&mut self, from: &str) -> Option<String> {
        if self.declared.calendars.is_empty() {
            return None;
        }
        let calendar = self.calendar();
        let sign = ["+", "-"][self.pick(2) as usize];
        Some(format!(
            "({from} {sign} {} in {calendar})",
            ["2 business hours", "3 business days"][self.pick(2) as usize]
        ))
    }

    /// Whether it is open.
    pub(super) fn open(&mut self) -> Option<String> {
        (!self.declared.calendars.is_empty()).then(|| format!("{}.open_now", self.calendar()))
    }

    fn at_time(&mut self) -> String {
        let time = self.literal(&Ty::TimeOfDay);
        let zone = match self.pick(2) {
            0 => "contact.timezone".to_owned(),
            _ => self.literal(&Ty::TimeZone),
        };
        format!(" at {time} in {zone}")
    }

    pub(super) fn wait(&mut self) {
        let anchor = self.anchor();
        let doubled = self.breaks(Kind::DoubledAnchor);
        let what = match self.pick(4) {
            0 | 1 => self.moment(),
            2 => format!("until {}{}", self.value(&Ty::Date, 1).at(super::expr::POSTFIX), self.at_time()),
            _ => format!("until {}", self.value(&Ty::Instant, 2).at(super::expr::POSTFIX)),
        };
        self.line(&format!("wait {anchor}{what}"));
        if doubled {
            self.line("wait #twice 1 day");
            let line = self.mark("wait #twice 1 day");
            self.line(&line);
        }
    }

    pub(super) fn wait_arms(&mut self) {
        let anchor = self.anchor();
        let ends = self.pick(4) > 0;
        let endless = ends && self.breaks(Kind::EndlessWait);
        let forever = if ends { "" } else { "forever " };
        let head = format!("wait {forever}{anchor}{{");
        let head = if endless { self.mark(&head) } else { head };
        self.line(&head);
        self.indent += 1;
        for _ in 0..1 + self.pick(2) {
            self.event_arm();
        }
        if self.body.about_contact && self.pick(2) == 1 {
            let score = self.declared.properties[0].0.clone();
            let test = match self.pick(3) {
                0 => format!("contact.{score} > {}", self.pick(20)),
                1 => "contact.blocked".to_owned(),
                _ => format!("contact.{score} > {} and contact.city != null", self.pick(20)),
            };
            self.arm(&format!("when {test}"));
        }
        if ends && !endless {
            let time = self.moment();
            self.arm(&format!("after {time}"));
        }
        self.indent -= 1;
        self.line("}");
    }

    fn event_arm(&mut self) {
        if self.body.talks && self.pick(4) == 3 {
            let name = self.fresh("more");
            return self.with_event(&format!("on message.received(conversation) as {name}"), None);
        }
        let at = self.pick(self.declared.events.len() as u32) as usize;
        let event = self.declared.events[at].name.clone();
        if self.breaks(Kind::UnknownEvent) {
            let head = self.mark("on nothing_like_it(contact)");
            return self.with_event(&head, None);
        }
        let fields = self.declared.events[at].fields.clone();
        let mut args = vec!["contact".to_owned()];
        for (name, ty, _) in fields.iter().skip(1) {
            if self.pick(3) == 2 {
                args.push(format!("{name}: {}", self.need(ty, 1)));
            }
        }
        let head = format!("on {event}({})", args.join(", "));
        if self.pick(2) == 1 {
            let name = self.fresh("event");
            let filter = match self.pick(3) {
                2 => format!(" where {name}.contact.blocked or {name}.contact.city != null"),
                _ => String::new(),
            };
            return self.with_event(&format!("{head} as {name}{filter}"), Some((name, Ty::Event(at))));
        }
        self.with_event(&head, None);
    }

    fn with_event(&mut self, head: &str, name: Option<(String, Ty)>) {
        let before = self.body.vars.len();
        if let Some((name, ty)) = name {
            self.name(&name, &ty, false);
        }
        self.arm(head);
        self.body.vars.truncate(before);
    }

    /// Tells of something.
    pub(super) fn raise(&mut self) {
        let at = self.pick(self.declared.events.len() as u32) as usize;
        let event = self.declared.events[at].name.clone();
        let fields = self.declared.events[at].fields[1..].to_vec();
        let args = self.arguments(&fields, 2, &["contact".to_owned()]);
        self.line(&format!("fire {event}({args})"));
    }
}
