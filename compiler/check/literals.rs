//! Literals that have to be right: addresses, numbers, zones, currencies, dates, durations.
//!
//! The normal forms are those that the machine's parsers yield, so that a literal equals what was read at run time.

use super::body::Body;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Expr, ExprKind, Ty};
use crate::resolve::{nearest, unit_us};
use crate::syntax::ast;
use flow_bytecode::{address, currency};
use rust_decimal::{Decimal, RoundingStrategy};

/// A phone number as `+` and 8 to 15 digits (ITU-T E.164); as written it has its country code.
pub(super) fn phone(text: &str) -> Option<String> {
    let text = text.trim().replacen("(0)", "", 1);
    let mut digits = String::with_capacity(16);
    for (at, char) in text.chars().enumerate() {
        match char {
            '+' if at == 0 => {}
            '0'..='9' => digits.push(char),
            ' ' | '-' | '.' | '(' | ')' | '/' | '\u{a0}' => {}
            _ => return None,
        }
    }
    let digits = match text.starts_with('+') {
        true => digits,
        false => digits.strip_prefix("00")?.to_owned(),
    };
    let fits = (8..=15).contains(&digits.len()) && !digits.starts_with('0');
    (fits && (!digits.starts_with('1') || digits.len() == 11)).then(|| format!("+{digits}"))
}

/// Whether a text holds a scheme, a whole host and the beginning of a path, so that whatever is escaped behind it is a URL.
pub(super) fn url_beginning(text: &str) -> bool {
    let host_ends = text.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', '?', '#']));
    host_ends && address::url(text).is_some()
}

/// A time zone by its name in the IANA database.
pub(super) fn time_zone(name: &str) -> Option<String> {
    let zone = jiff::tz::TimeZone::get(name).ok()?;
    zone.iana_name().map(str::to_owned)
}

/// The zone that was most likely meant: nearly this name, or a zone of this place.
pub(super) fn near_zone(name: &str) -> Option<String> {
    let names: Vec<String> = jiff::tz::db().available().map(|zone| zone.as_str().to_owned()).collect();
    let wanted = name.replace(' ', "_");
    let place =
        names.iter().find(|zone| zone.rsplit('/').next().is_some_and(|last| last.eq_ignore_ascii_case(&wanted)));
    place.cloned().or_else(|| nearest(name, names.iter().map(String::as_str)).map(str::to_owned))
}

/// Days since 1970-01-01 of a date as ISO 8601 writes it.
pub(super) fn date(text: &str) -> Option<i32> {
    let shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !shape {
        return None;
    }
    let date: jiff::civil::Date = text.parse().ok()?;
    let days = jiff::civil::date(1970, 1, 1).until((jiff::Unit::Day, date)).ok()?.get_days();
    Some(days)
}

/// What is wrong with a text that is no date, and the date that was most likely meant.
pub(super) fn not_a_date(text: &str) -> (String, Option<String>) {
    let otherwise = || ("Write year, month and day, as in `2026-03-01`.".to_owned(), None);
    let parts: Option<Vec<u16>> = text.split(['-', '/', '.']).map(|part| part.trim().parse().ok()).collect();
    let Some([year, month, day]) = parts.as_deref() else { return otherwise() };
    let (Ok(of_year), Ok(of_month), Ok(of_day)) = (i16::try_from(*year), i8::try_from(*month), i8::try_from(*day))
    else {
        return otherwise();
    };
    if !(1000..=9999).contains(year) {
        return otherwise();
    }
    if !(1..=12).contains(month) {
        return (format!("There is no month {month}: write year, month and day, as in `2026-03-01`."), None);
    }
    match jiff::civil::Date::new(of_year, of_month, of_day) {
        Ok(meant) => {
            (format!("Write it as `{meant}`: year, month and day, with all their digits."), Some(meant.to_string()))
        }
        Err(_) => match jiff::civil::Date::new(of_year, of_month, 1) {
            Ok(first) => (format!("{} has {} days.", first.strftime("%B %Y"), first.days_in_month()), None),
            Err(_) => otherwise(),
        },
    }
}

impl Body<'_> {
    /// `3 days`
    #[inline(never)]
    pub fn duration(&mut self, duration: &ast::DurationLit, span: Span) -> Expr {
        match unit_us(duration.unit) {
            Some(_) if duration.calendar.is_none() => self.elapsed(duration, span),
            Some(_) => self.wrong(
                Diagnostic::new(Code::BadDuration, span, "Elapsed time is the same by every calendar.")
                    .at("no use for a calendar")
                    .help("Leave the calendar out; or count `business hours` or `business days` by it."),
            ),
            None if matches!(duration.unit, ast::Unit::Month | ast::Unit::Year) => {
                let word = duration.unit.word();
                let plural = if duration.amount == 1 { "" } else { "s" };
                self.wrong(
                    Diagnostic::new(Code::BadDuration, span, format!("A {word} has no fixed length, so it is no `Duration`."))
                        .at("depends on the calendar")
                        .help(format!("`wait {} {word}{plural}` counts by the calendar, and so does a date: `date + 1 {word}`. Elsewhere count in days.", duration.amount)),
                )
            }
            None => self.no_length(duration, span),
        }
    }

    /// A length of time, whatever stands behind it.
    pub fn elapsed(&mut self, duration: &ast::DurationLit, span: Span) -> Expr {
        match unit_us(duration.unit).and_then(|unit| duration.amount.checked_mul(unit)) {
            Some(us) => Expr { kind: ExprKind::Duration(us), ty: Ty::Duration, span },
            None => self.too_long(span),
        }
    }

    /// A length of time that overflows.
    pub fn too_long(&mut self, span: Span) -> Expr {
        self.wrong(
            Diagnostic::new(Code::BadDuration, span, "This is longer than time can be counted.")
                .at("more than 290,000 years")
                .help("Write a shorter one."),
        )
    }

    /// An amount that nobody can pay.
    pub fn too_precise(&mut self, amount: Decimal, code: [u8; 3], span: Span) -> Expr {
        let digits = currency::minor_digits(code);
        let name = super::fit::currency(&code);
        let has = match digits {
            0 => "no decimals".to_owned(),
            digits => format!("{digits} decimals"),
        };
        let rounded = amount.round_dp_with_strategy(digits, RoundingStrategy::MidpointNearestEven);
        self.wrong(
            Diagnostic::new(Code::TooPrecise, span, format!("`{amount}` is finer than {name} can be: it has {has}."))
                .at(format!("{name} has {has}"))
                .help(format!("Write what is meant, as in `{rounded}`; what is computed is rounded so by itself.")),
        )
    }

    /// `eur`, `"EUR"`: a currency's code in another form, where nothing else has this name.
    pub fn currency_without_dot(&self, expr: &ast::Expr) -> Option<String> {
        let code = match &expr.kind {
            ast::ExprKind::Name(name) if self.local(name).is_none() => name.to_ascii_lowercase(),
            ast::ExprKind::Str(text) => text.plain()?.to_ascii_lowercase(),
            _ => return None,
        };
        currency::currency(&code).is_some().then_some(code)
    }

    /// What is not a currency.
    pub fn bad_currency(&mut self, expr: &ast::Expr) -> Expr {
        let name = match &expr.kind {
            ast::ExprKind::Variant(name) => name.as_str(),
            _ => {
                let diagnostic =
                    Diagnostic::new(Code::BadCurrency, expr.span, "A currency is named as written, as in `.eur`.");
                return self.wrong(match self.currency_without_dot(expr) {
                    Some(code) => diagnostic
                        .help(format!("It begins with a dot: `.{code}`."))
                        .fix(format!("write `.{code}`"), vec![(expr.span, format!(".{code}"))]),
                    None => diagnostic.help(
                        "Write its code; where it depends on something, use a `switch` with an amount in each arm.",
                    ),
                });
            }
        };
        let diagnostic = Diagnostic::new(Code::BadCurrency, expr.span, format!("There is no currency `.{name}`."))
            .at("not a code of ISO 4217");
        let codes: Vec<String> =
            currency::CURRENCIES.iter().map(|code| super::fit::currency(code).to_lowercase()).collect();
        self.wrong(match nearest(name, codes.iter().map(String::as_str)) {
            Some(near) => diagnostic
                .help(format!("Did you mean `.{near}`?"))
                .fix(format!("replace it by `.{near}`"), vec![(expr.span, format!(".{near}"))]),
            None => diagnostic.help("Write its three letters, as in `.eur`, `.usd` or `.nok`."),
        })
    }
}
