//! Calendars as they are declared: shifts of the week, closed days, a zone.

use super::args::entry_twice;
use super::literals;
use crate::diag::{Code, Diagnostic, Span};
use crate::resolve::{Map, dotted, nearest};
use crate::syntax::ast;
use flow_bytecode::calendar::{CLOSED_MAX, Calendar, DAY_MINUTES, Shift};
use std::sync::Arc;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
const FULL: [&str; 7] = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
const HOURS: &str = "Write days and times, as in `mon-fri 09:00-12:00, 13:00-17:00; sat 10:00-14:00`.";

/// Understands a calendar, or says why not.
pub(super) fn declared(decl: &ast::CalendarDecl, out: &mut Vec<Diagnostic>) -> Option<Calendar> {
    let said = out.len();
    let name = decl.name.name.shared().clone();
    let mut made = Calendar { name, zone: None, shifts: Vec::new(), closed: Vec::new() };
    let mut seen: Map<usize> = Map::default();
    for (at, entry) in decl.entries.iter().enumerate() {
        let first = *seen.entry(entry.key.name.shared().clone()).or_insert(at);
        if first < at {
            let message = format!("`{}` is given twice.", entry.key.name);
            out.push(entry_twice(Code::DuplicateName, &decl.entries, at, first, message));
        }
        let literal = match &entry.value.kind {
            ast::ExprKind::Str(text) => text.plain().map(|plain| (plain, text)),
            _ => None,
        };
        match (entry.key.as_str(), literal) {
            ("zone", Some((zone, _))) => match literals::time_zone(zone) {
                Some(zone) => made.zone = Some(Arc::from(zone)),
                None => {
                    let span = entry.value.span;
                    let diagnostic =
                        Diagnostic::new(Code::BadTimeZone, span, format!("There is no time zone `{zone}`."));
                    out.push(match literals::near_zone(zone) {
                        Some(near) => diagnostic
                            .help(format!("Did you mean `{near}`?"))
                            .fix(format!("write `{near}`"), vec![(span, format!("\"{near}\""))]),
                        None => diagnostic.help("Name a place, as in `Europe/Oslo`."),
                    });
                }
            },
            ("open", Some((hours, text))) => {
                let mut reader = Reader { text: hours, at: text_start(text), whole: entry.value.span, out };
                reader.hours(&mut made.shifts);
            }
            ("closed", None) => closed(&entry.value, &mut made.closed, out),
            ("zone" | "open" | "closed", _) => {
                out.push(bad(entry.value.span, "A calendar is made of values as written.").help(
                    "Write `zone: \"Europe/Oslo\"`, `open: \"mon-fri 09:00-17:00\"`, `closed: [date(\"2026-12-25\")]`.",
                ))
            }
            (other, _) => {
                let diagnostic =
                    Diagnostic::new(Code::UnknownSetting, entry.key.span, format!("A calendar has no `{other}`."));
                out.push(match nearest(other, ["zone", "open", "closed"]) {
                    Some(near) => diagnostic
                        .help(format!("Did you mean `{near}`?"))
                        .fix(format!("write `{near}`"), vec![(entry.key.span, near.to_owned())]),
                    None => diagnostic.help("It has `zone`, `open` and `closed`."),
                });
            }
        }
    }
    if !decl.entries.iter().any(|entry| entry.key.as_str() == "open") {
        out.push(never_open(decl.name.span));
    }
    debug_assert!(out.len() > said || made.check().is_ok(), "{:?}", made.check());
    (out.len() == said).then_some(made)
}

fn never_open(span: Span) -> Diagnostic {
    bad(span, "This calendar is never open.").help("Say when, as in `open: \"mon-fri 09:00-17:00\"`.")
}

fn bad(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::BadCalendar, span, message)
}

/// Where the first character of a text stands, when every character of it is one of the source.
fn text_start(text: &ast::StrLit) -> Option<u32> {
    match text.parts.as_slice() {
        [ast::StrPart::Text { text, span }] if span.range().len() == text.len() => Some(span.start),
        _ => None,
    }
}

fn closed(value: &ast::Expr, days: &mut Vec<i64>, out: &mut Vec<Diagnostic>) {
    let ast::ExprKind::List(items) = &value.kind else {
        return out
            .push(bad(value.span, "Closed days are a list of dates.").help("Write `closed: [date(\"2026-12-25\")]`."));
    };
    if items.len() > CLOSED_MAX {
        out.push(
            bad(value.span, format!("A calendar closes at most {CLOSED_MAX} days one by one."))
                .help("Leave days of the week out of `open` instead."),
        );
    }
    for item in items {
        let argument = match &item.kind {
            ast::ExprKind::Call(call) => match (dotted(&call.callee).as_deref(), call.args.as_slice()) {
                (Some("date"), [arg]) => match &arg.value.kind {
                    ast::ExprKind::Str(text) => text.plain(),
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        };
        match argument.map(|text| (text, literals::date(text))) {
            Some((_, Some(date))) => days.push(i64::from(date)),
            Some((text, None)) => out.push(
                Diagnostic::new(Code::BadDate, item.span, format!("There is no date `{text}`."))
                    .help("A date is a day that the calendar has, written year, month, day: `date(\"2026-12-25\")`."),
            ),
            None => out.push(
                Diagnostic::new(Code::BadDate, item.span, "A closed day is a date as written.")
                    .help("Write `date(\"2026-12-25\")`."),
            ),
        }
    }
    days.sort_unstable();
    days.dedup();
}

/// Reads opening hours: groups by `;`, each days and the times of their shifts.
struct Reader<'t, 'o> {
    text: &'t str,
    /// Where the text begins in its file; unknown when it has escapes.
    at: Option<u32>,
    /// The whole literal.
    whole: Span,
    out: &'o mut Vec<Diagnostic>,
}

impl<'t> Reader<'t, '_> {
    /// Where a part of the text stands.
    fn span(&self, part: &str) -> Span {
        let offset = part.as_ptr() as usize - self.text.as_ptr() as usize;
        match (self.at, u32::try_from(offset), u32::try_from(part.len())) {
            (Some(at), Ok(offset), Ok(length)) => {
                // An empty part is shown by what stands before it.
                let from = at + offset - u32::from(length == 0);
                Span::new(self.whole.file, from, at + offset + length)
            }
            _ => self.whole,
        }
    }

    fn bad(&mut self, part: &str, message: impl Into<String>, help: impl Into<String>) {
        let diagnostic = bad(self.span(part), message).help(help);
        self.out.push(diagnostic);
    }

    fn hours(&mut self, shifts: &mut Vec<Shift>) {
        let mut said: [Option<&'t str>; 7] = [None; 7];
        let mut made: Vec<(Shift, &'t str)> = Vec::new();
        let text = self.text;
        if text.trim().is_empty() {
            return self.out.push(never_open(self.whole));
        }
        let mut groups = text.split(';').map(str::trim).peekable();
        while let Some(group) = groups.next() {
            // A last `;` is as good as none.
            if group.is_empty() && groups.peek().is_none() {
                break;
            }
            if group.is_empty() {
                self.bad(group, "Between two `;` stand days and times.", HOURS);
                continue;
            }
            let (days, times) = group.split_at(group.find(|c: char| c.is_ascii_digit()).unwrap_or(group.len()));
            let days = self.days(days.trim(), group, &mut said);
            if times.is_empty() {
                self.bad(group, format!("`{group}` says no times."), HOURS);
                continue;
            }
            for part in times.split(',').map(str::trim) {
                let Some((from, to)) = self.times(part) else { continue };
                made.extend(days.iter().map(|day| (Shift { weekday: *day, from, to }, part)));
            }
        }
        made.sort_by_key(|(shift, _)| *shift);
        let next = made.iter().cycle().skip(1);
        let clash = made.iter().zip(next).find(|(one, next)| made.len() > 1 && one.0.overlaps(next.0));
        if let Some(((one, first), (next, second))) = clash {
            let day = DAYS.get(usize::from(next.weekday)).unwrap_or(&"");
            let diagnostic = bad(self.span(second), format!("Two shifts are on at the same time, on `{day}`."));
            let before = DAYS.get(usize::from(one.weekday)).unwrap_or(&"");
            self.out.push(
                diagnostic
                    .at("begins before the other has ended")
                    .label(self.span(first), format!("the other, of `{before}`"))
                    .help("Let one end where the other begins, or make them one."),
            );
        }
        shifts.extend(made.into_iter().map(|(shift, _)| shift));
    }

    /// `mon-fri, sun`: the days, each of which may stand in one group only.
    fn days(&mut self, days: &'t str, group: &'t str, said: &mut [Option<&'t str>; 7]) -> Vec<u8> {
        let mut found = Vec::new();
        if days.is_empty() {
            self.bad(group, format!("`{group}` says no days."), HOURS);
            return found;
        }
        for part in days.split(',').map(str::trim) {
            let range = match part.split_once('-') {
                Some((from, to)) => self.day(from.trim()).zip(self.day(to.trim())),
                None => self.day(part).map(|day| (day, day)),
            };
            let Some((from, to)) = range else { continue };
            let mut day = from;
            loop {
                if let Some(slot) = said.get_mut(usize::from(day)) {
                    let first = slot.replace(part);
                    if let Some(first) = first {
                        let name = DAYS.get(usize::from(day)).unwrap_or(&"");
                        let diagnostic = bad(self.span(part), format!("The hours of `{name}` are given twice."))
                            .at("again here")
                            .label(self.span(first), "given first here")
                            .help("Write a day's shifts in one group, with commas between them.");
                        self.out.push(diagnostic);
                        return found;
                    }
                }
                found.push(day);
                if day == to {
                    break;
                }
                day = (day + 1) % 7;
            }
        }
        found
    }

    fn day(&mut self, name: &'t str) -> Option<u8> {
        if let Some(day) = DAYS.iter().position(|day| *day == name) {
            return u8::try_from(day).ok();
        }
        if name.is_empty() {
            self.bad(name, "A day is missing here.", HOURS);
            return None;
        }
        let lower = name.to_lowercase();
        let near = FULL
            .iter()
            .position(|full| *full == lower || full.get(..3) == Some(&*lower))
            .and_then(|day| DAYS.get(day))
            .copied();
        let near = near.or_else(|| match &*lower {
            "weekday" | "weekdays" => Some("mon-fri"),
            "weekend" | "weekends" => Some("sat-sun"),
            "daily" | "everyday" | "every day" | "always" => Some("mon-sun"),
            _ => nearest(&lower, DAYS),
        });
        let span = self.span(name);
        let diagnostic = bad(span, format!("`{name}` is no day.")).at("not one of `mon`, `tue`, `wed` …");
        self.out.push(match near {
            Some(near) if self.at.is_some() => diagnostic
                .help(format!("Did you mean `{near}`?"))
                .fix(format!("write `{near}`"), vec![(span, near.to_owned())]),
            _ => diagnostic.help(HOURS),
        });
        None
    }

    /// `09:00-17:00`: minutes from midnight; an end that is not later is on the next day.
    fn times(&mut self, part: &'t str) -> Option<(u16, u16)> {
        if let Some(days) = days_before(part) {
            let diagnostic =
                bad(self.span(days), "Other days begin a group of their own.").at("in the midst of a group");
            // The comma before it stands where the `;` belongs.
            let start = (part.as_ptr() as usize).checked_sub(self.text.as_ptr() as usize);
            let comma = start.and_then(|start| self.text.get(..start)).and_then(|before| before.rfind(','));
            let comma = comma.and_then(|at| self.text.get(at..=at)).filter(|_| self.at.is_some());
            let diagnostic = diagnostic.help(format!("Between groups of days stands a `;`: `…; {part}`."));
            self.out.push(match comma {
                Some(comma) => diagnostic.fix("write `;`", vec![(self.span(comma), ";".to_owned())]),
                None => diagnostic,
            });
            return None;
        }
        let Some((from, to)) = part.split_once('-') else {
            let help = match part.contains(['–', '—']) {
                true => "Between two times stands a plain hyphen: `09:00-17:00`.",
                false => HOURS,
            };
            let message = match part.is_empty() {
                true => "A shift is missing here.".to_owned(),
                false => format!("`{part}` is no shift."),
            };
            self.bad(part, message, help);
            return None;
        };
        let (from, to) = (self.time(from.trim())?, self.time(to.trim())?);
        if from == DAY_MINUTES {
            self.bad(part, "A shift begins before midnight, or at it.", "Write `00:00` of the day after.");
            return None;
        }
        if from == to {
            self.bad(part, "This shift ends when it begins.", "For a whole day write `00:00-24:00`.");
            return None;
        }
        Some((from, if to > from { to } else { to + DAY_MINUTES }))
    }

    fn time(&mut self, text: &'t str) -> Option<u16> {
        let digits = |part: &str, least: usize| {
            let fits = (least..=2).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
            if fits { part.parse::<u16>().ok() } else { None }
        };
        let found = text
            .split_once(':')
            .and_then(|(hour, minute)| Some(digits(hour, 1)? * 60 + digits(minute, 2).filter(|minute| *minute < 60)?));
        let found = found.filter(|minutes| *minutes <= DAY_MINUTES);
        if found.is_none() {
            self.bad(text, format!("`{text}` is no time of day."), "Write hours and minutes, from `00:00` to `24:00`.");
        }
        found
    }
}

/// The days with which a part of the times begins.
fn days_before(part: &str) -> Option<&str> {
    let days = part.get(..part.find(|c: char| c.is_ascii_digit())?)?.trim();
    let first = days.split(['-', ',', ' ']).next()?;
    DAYS.contains(&first.get(..3)?).then_some(days)
}
