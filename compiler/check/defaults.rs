//! Defaults of fields and parameters, and calendars: constants, checked before any body.

use super::body::Body;
use super::fit::Why;
use super::{http, literals};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Expr, ExprKind, Ty};
use crate::resolve::{DefaultFor, Defaults, Project};
use crate::syntax::ast;

/// Fills in every default; whether something could not be understood.
pub(super) fn fill<'a>(project: &mut Project<'a>, defaults: Defaults<'a>, out: &mut Vec<Diagnostic>) -> bool {
    let mut broken = false;
    for default in defaults.0 {
        let name = name_of(project, default.target);
        let mut body = Body::new(project, default.module, out);
        body.enter();
        let value = body.need(default.value, &default.ty, Why::Local(&name, default.span));
        broken |= body.broken;
        if value.ty != Ty::Error && !is_constant(&value) {
            body.out.push(
                Diagnostic::new(Code::NotConstant, default.value.span, "A default is a value as written.")
                    .at("computed")
                    .help("Make it optional, and compute it where it is missing."),
            );
        }
        store(project, default.target, value);
    }
    broken | http::templates(project, out)
}

fn name_of(project: &Project<'_>, target: DefaultFor) -> String {
    let hir = &project.hir;
    let name = match target {
        DefaultFor::Record(id, at) => {
            hir.records.get(id.0 as usize).and_then(|it| it.fields.get(at)).map(|it| &it.name)
        }
        DefaultFor::Entity(id, at) => {
            hir.entities.get(id.0 as usize).and_then(|it| it.fields.get(at)).map(|it| &it.name)
        }
        DefaultFor::Action(id, at) => {
            hir.actions.get(id.0 as usize).and_then(|it| it.params.get(at)).map(|it| &it.name)
        }
        DefaultFor::Flow(id, at) => hir.flows.get(id.0 as usize).and_then(|it| it.locals.get(at)).map(|it| &it.name),
    };
    name.map_or_else(String::new, |name| name.to_string())
}

fn store(project: &mut Project<'_>, target: DefaultFor, value: Expr) {
    let hir = &mut project.hir;
    let place = match target {
        DefaultFor::Record(id, at) => {
            hir.records.get_mut(id.0 as usize).and_then(|it| it.fields.get_mut(at)).map(|it| &mut it.default)
        }
        DefaultFor::Entity(id, at) => {
            hir.entities.get_mut(id.0 as usize).and_then(|it| it.fields.get_mut(at)).map(|it| &mut it.default)
        }
        DefaultFor::Action(id, at) => {
            hir.actions.get_mut(id.0 as usize).and_then(|it| it.params.get_mut(at)).map(|it| &mut it.default)
        }
        DefaultFor::Flow(id, at) => {
            hir.flows.get_mut(id.0 as usize).and_then(|it| it.params.get_mut(at)).map(|it| &mut it.default)
        }
    };
    if let Some(place) = place {
        *place = Some(value);
    }
}

/// Whether an expression is a value as written.
fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Number(_)
        | ExprKind::Money(..)
        | ExprKind::Text(_)
        | ExprKind::Duration(_)
        | ExprKind::Date(_)
        | ExprKind::TimeOfDay(_)
        | ExprKind::Variant(..)
        | ExprKind::FailureKind(_)
        | ExprKind::Symbol(..)
        | ExprKind::Secret(_) => true,
        ExprKind::List(items) | ExprKind::Record(_, items) => items.iter().all(is_constant),
        ExprKind::Map(pairs) => pairs.iter().all(|(_, value)| is_constant(value)),
        ExprKind::Wrap(inner) | ExprKind::Convert(_, inner) | ExprKind::Unary(_, inner) => is_constant(inner),
        _ => false,
    }
}

/// Checks a calendar as far as it can be understood without being carried out.
pub(super) fn calendar(decl: &ast::CalendarDecl, out: &mut Vec<Diagnostic>) {
    let mut open = false;
    for entry in &decl.entries {
        let plain = match &entry.value.kind {
            ast::ExprKind::Str(text) => text.plain().map(|plain| (plain, entry.value.span)),
            _ => None,
        };
        match (entry.key.as_str(), plain) {
            ("zone", Some((zone, span))) => {
                if literals::time_zone(zone).is_none() {
                    let diagnostic =
                        Diagnostic::new(Code::BadTimeZone, span, format!("There is no time zone `{zone}`."));
                    out.push(match literals::near_zone(zone) {
                        Some(near) => diagnostic.help(format!("Did you mean `{near}`?")),
                        None => diagnostic.help("Name a place, as in `Europe/Oslo`."),
                    });
                }
            }
            ("open", Some((hours, span))) => {
                open = true;
                if let Some(part) = bad_hours(hours) {
                    out.push(bad(
                        span,
                        &format!("`{part}` is not understood."),
                        "Write days and times, as in `mon-fri 09:00-12:00, 13:00-17:00; sat 10:00-14:00`.",
                    ));
                }
            }
            ("closed", None) => closed(&entry.value, out),
            ("zone" | "open" | "closed", _) => {
                out.push(bad(
                    entry.value.span,
                    "A calendar is made of values as written.",
                    "Write `zone: \"Europe/Oslo\"`, `open: \"mon-fri 09:00-17:00\"`, `closed: [date(\"2026-12-25\")]`.",
                ));
            }
            (other, _) => out.push(
                Diagnostic::new(Code::UnknownSetting, entry.key.span, format!("A calendar has no `{other}`."))
                    .help("It has `zone`, `open` and `closed`."),
            ),
        }
    }
    if !open {
        out.push(bad(
            decl.name.span,
            "This calendar is never open.",
            "Say when, as in `open: \"mon-fri 09:00-17:00\"`.",
        ));
    }
}

fn bad(span: Span, message: &str, help: &str) -> Diagnostic {
    Diagnostic::new(Code::BadCalendar, span, message).help(help)
}

fn closed(value: &ast::Expr, out: &mut Vec<Diagnostic>) {
    let ast::ExprKind::List(items) = &value.kind else {
        out.push(bad(value.span, "Closed days are a list of dates.", "Write `closed: [date(\"2026-12-25\")]`."));
        return;
    };
    for item in items {
        let date = match &item.kind {
            ast::ExprKind::Call(call) => {
                match (crate::resolve::dotted(&call.callee).as_deref(), call.args.as_slice()) {
                    (Some("date"), [arg]) => match &arg.value.kind {
                        ast::ExprKind::Str(text) => text.plain().and_then(literals::date),
                        _ => None,
                    },
                    _ => None,
                }
            }
            _ => None,
        };
        if date.is_none() {
            out.push(
                Diagnostic::new(Code::BadDate, item.span, "A closed day is a date as written.")
                    .help("Write `date(\"2026-12-25\")`."),
            );
        }
    }
}

/// The first part of opening hours that is not understood: groups by `;`, each days and ranges of times.
fn bad_hours(hours: &str) -> Option<String> {
    const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let time = |text: &str| -> Option<u32> {
        let (hour, minute) = text.trim().split_once(':')?;
        let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
        (hour * 60 + minute <= 24 * 60 && minute < 60).then_some(hour * 60 + minute)
    };
    for group in hours.split(';') {
        let group = group.trim();
        let Some((days, times)) = group.split_once(' ') else { return Some(group.to_owned()) };
        for day in days.split(',') {
            let known = match day.split_once('-') {
                Some((from, to)) => DAYS.contains(&from) && DAYS.contains(&to),
                None => DAYS.contains(&day),
            };
            if !known {
                return Some(day.to_owned());
            }
        }
        for range in times.split(',') {
            let fits = range.trim().split_once('-').and_then(|(from, to)| Some(time(from)? < time(to)?));
            if fits != Some(true) {
                return Some(range.trim().to_owned());
            }
        }
    }
    None
}
