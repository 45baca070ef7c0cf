//! What was meant by a value of another type: a literal in the wrong form, a name without its dot.

use super::body::Body;
use crate::diag::{Diagnostic, Span};
use crate::hir::{Expr, ExprKind, SymbolKind, Ty};

/// Units that a length of time is written with.
const UNITS: &[&str] = &["second", "minute", "hour", "day", "week", "month", "year"];

/// `3 days`
fn is_duration(text: &str) -> bool {
    let mut words = text.split_ascii_whitespace();
    let (Some(amount), Some(unit), None) = (words.next(), words.next(), words.next()) else { return false };
    amount.bytes().all(|byte| byte.is_ascii_digit()) && UNITS.contains(&unit.strip_suffix('s').unwrap_or(unit))
}

/// `9:00`, `09:00`
fn is_time(text: &str) -> bool {
    let Some((hour, minute)) = text.split_once(':') else { return false };
    let number = |text: &str, most: u32| text.parse::<u32>().is_ok_and(|number| number <= most);
    (1..=2).contains(&hour.len()) && minute.len() == 2 && number(hour, 23) && number(minute, 59)
}

/// A date as it is written in Flow, from `2026-03-01`, `2026/3/1`, `2026.3.1`; days and months that could be swapped are
/// left to who wrote them.
fn written_date(text: &str) -> Option<String> {
    let mut parts = text.trim().split(['-', '/', '.']);
    let (year, month, day, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next()) else { return None };
    let number = |part: &str, digits: std::ops::RangeInclusive<usize>| -> Option<u32> {
        let plain = digits.contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
        part.parse().ok().filter(|_| plain)
    };
    let (year, month, day) = (number(year, 4..=4)?, number(month, 1..=2)?, number(day, 1..=2)?);
    let written = format!("{year:04}-{month:02}-{day:02}");
    super::literals::date(&written).is_some().then_some(written)
}

/// The kind of declared names that a type takes.
pub(super) fn symbols_of(ty: &Ty) -> Option<SymbolKind> {
    match ty {
        Ty::Symbol(kind) => Some(*kind),
        Ty::Assignee => Some(SymbolKind::Team),
        _ => None,
    }
}

impl Body<'_> {
    /// How the literal would be written where `wanted` is wanted: what to do, and the text for its place.
    pub(super) fn in_its_form(&self, expr: &Expr, wanted: &Ty) -> Option<(String, Option<String>)> {
        match (&expr.kind, wanted) {
            (ExprKind::Int(hour @ 0..=23), Ty::TimeOfDay) => {
                let time = format!("{hour:02}:00");
                Some((format!("A time of day is written with its minutes: `{time}`."), Some(time)))
            }
            (ExprKind::Text(text), _) => self.text_in_its_form(text, wanted),
            _ => None,
        }
    }

    fn text_in_its_form(&self, text: &str, wanted: &Ty) -> Option<(String, Option<String>)> {
        let fits = match wanted {
            Ty::Duration => is_duration(text),
            Ty::TimeOfDay => is_time(text),
            Ty::Int => text.parse::<i64>().is_ok(),
            Ty::Number => text.parse::<rust_decimal::Decimal>().is_ok(),
            Ty::Bool => matches!(text, "true" | "false"),
            _ => false,
        };
        if fits {
            return Some((format!("Drop the quotes: `{text}`."), Some(text.to_owned())));
        }
        if *wanted == Ty::Date
            && let Some(date) = written_date(text)
        {
            let literal = format!("date(\"{date}\")");
            return Some((format!("A date is written `{literal}`."), Some(literal)));
        }
        if let Ty::List(item) = wanted {
            let (help, one) = self.text_in_its_form(text, item)?;
            return Some(match one {
                Some(one) => {
                    let list = format!("[{one}]");
                    (format!("A list of them is wanted, in `[ ]`: `{list}`."), Some(list))
                }
                None => (format!("A list is wanted, in `[ ]`. {help}"), None),
            });
        }
        if let Ty::Enum(id) = wanted {
            let def = self.p.hir.enums.get(id.0 as usize)?;
            let looked = def.variants.iter().filter(|_| self.p.may_guess());
            let (name, _) = looked.into_iter().find(|(name, label)| **name == *text || **label == *text)?;
            return Some((format!("A variant is written with a dot: `.{name}`."), Some(format!(".{name}"))));
        }
        if *wanted == Ty::FailureKind {
            let plain = text.starts_with(|c: char| c.is_ascii_lowercase())
                && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
            return plain
                .then(|| (format!("A kind of failure is written with a dot: `.{text}`."), Some(format!(".{text}"))));
        }
        let kind = symbols_of(wanted)?;
        let (word, what) = (kind.word(), kind.article());
        Some(match self.declared_near(text, wanted) {
            Some(name) => (
                format!("The name of {what} is written with a dot: `.{name}`."),
                Some(format!(".{name}")).filter(|_| *name == *text),
            ),
            None => {
                (format!("The name of {what} is written with a dot, and declared: `{word} {}`.", example(text)), None)
            }
        })
    }

    /// The declared name of that type that is spelt so, or nearest to it.
    fn declared_near(&self, text: &str, wanted: &Ty) -> Option<String> {
        if !self.p.may_guess() {
            return None;
        }
        let names: Vec<&str> = match wanted {
            Ty::Enum(id) => self.p.hir.enums.get(id.0 as usize)?.variants.iter().map(|(name, _)| &**name).collect(),
            _ => self.p.symbol_names(symbols_of(wanted)?).collect(),
        };
        let exact = names.iter().copied().find(|name| *name == text);
        exact.or_else(|| self.p.nearest(text, names)).map(str::to_owned)
    }

    /// What to do about a bare name that means nothing, where a variant or a declared name is wanted.
    pub(super) fn without_its_dot(&self, diagnostic: Diagnostic, name: &str, span: Span, wanted: &Ty) -> Diagnostic {
        if let Ty::List(item) = wanted
            && let Ty::Enum(_) = **item
            && diagnostic.fixes.is_empty()
        {
            return Self::suggest(self.p, diagnostic, name, span, [&*self.p.show(item)], || None);
        }
        if let Ty::List(item) = wanted
            && let Some(kind) = symbols_of(item)
            && let Some(near) = self.declared_near(name, item)
        {
            let list = format!("[.{near}]");
            return Diagnostic { fixes: Vec::new(), ..diagnostic }
                .help(format!("A list is wanted, and the name of {} has a dot: `{list}`.", kind.article()))
                .fix(format!("write `{list}`"), vec![(span, list)]);
        }
        let what = match (wanted, symbols_of(wanted)) {
            (_, Some(kind)) => format!("The name of {}", kind.article()),
            (Ty::Enum(_), None) => "A variant".to_owned(),
            _ => return diagnostic,
        };
        match (self.declared_near(name, wanted), symbols_of(wanted)) {
            (Some(near), _) => Diagnostic { fixes: Vec::new(), ..diagnostic }
                .help(format!("{what} is written with a dot: `.{near}`."))
                .fix(format!("write `.{near}`"), vec![(span, format!(".{near}"))]),
            (None, Some(kind)) if diagnostic.fixes.is_empty() => diagnostic.help(format!(
                "{what} is written with a dot, `.{name}`, and declared at the top of a file: `{} {name}`.",
                kind.word()
            )),
            _ => diagnostic,
        }
    }
}

/// A text as a name that can be declared.
fn example(text: &str) -> String {
    let name: String =
        text.chars().take(40).map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect();
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("name_{name}") }
}
