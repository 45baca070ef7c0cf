//! Values and patterns as people write them.

use crate::hir::{Hir, Pattern, Ty};
use flow_bytecode::program::EffectClass;
use jiff::Span;
use jiff::civil::date;

/// A pattern of a switch over a subject of that type.
pub(super) fn pattern(pattern: &Pattern, ty: &Ty, hir: &Hir) -> String {
    match (pattern, ty.present()) {
        (Pattern::Text(name), Ty::Enum(id)) => hir
            .enums
            .get(id.0 as usize)
            .filter(|item| item.labelled)
            .and_then(|item| item.variants.iter().find(|(variant, _)| variant == name))
            .map_or_else(|| name.to_string(), |(_, label)| label.to_string()),
        (Pattern::Text(name), Ty::Text | Ty::Email | Ty::Phone | Ty::Url | Ty::TimeZone) => format!("\"{name}\""),
        (Pattern::Text(name), _) => name.to_string(),
        (Pattern::Scalar(value), Ty::Date) => day(*value),
        (Pattern::Scalar(value), Ty::Duration) => duration(*value),
        (Pattern::Scalar(value), Ty::TimeOfDay) => {
            let minutes = value / 60_000_000;
            format!("{:02}:{:02}", minutes / 60, minutes % 60)
        }
        (Pattern::Scalar(value), _) => value.to_string(),
        (Pattern::Number(value), _) => value.to_string(),
        (Pattern::Bool(value), _) => if *value { "yes" } else { "no" }.to_owned(),
        (Pattern::Null, _) => "missing".to_owned(),
    }
}

/// Days since 1970-01-01 as a date.
fn day(days: i64) -> String {
    let span: Option<Span> = Span::new().try_days(days).ok();
    let found = span.and_then(|span| date(1970, 1, 1).checked_add(span).ok());
    found.map_or_else(|| days.to_string(), |found| found.to_string())
}

/// Microseconds in the largest unit that measures them whole.
pub(crate) fn duration(us: i64) -> String {
    let units = [
        (604_800_000_000, "week"),
        (86_400_000_000, "day"),
        (3_600_000_000, "hour"),
        (60_000_000, "minute"),
        (1_000_000, "second"),
    ];
    for (size, name) in units {
        if us != 0 && us % size == 0 {
            let count = us / size;
            return format!("{count} {name}{}", if count == 1 { "" } else { "s" });
        }
    }
    format!("{} seconds", rust_decimal::Decimal::new(us, 6).normalize())
}

/// An effect class as an annotation says it.
pub(crate) fn class(class: EffectClass) -> String {
    match class {
        EffectClass::Pure => "@pure".to_owned(),
        EffectClass::Local => "@local".to_owned(),
        EffectClass::Query => "@query".to_owned(),
        EffectClass::Read => "@read".to_owned(),
        EffectClass::Keyed { window_us } => format!("@keyed({})", duration(window_us)),
        EffectClass::Verified { .. } => "@verified".to_owned(),
        EffectClass::Once => "@once".to_owned(),
        EffectClass::Repeatable => "@repeatable".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_they_are_written() {
        assert_eq!(duration(86_400_000_000), "1 day");
        assert_eq!(duration(90_000_000), "90 seconds");
        assert_eq!(duration(1_500_000), "1.5 seconds");
        assert_eq!(day(0), "1970-01-01");
        assert_eq!(day(i64::MAX), i64::MAX.to_string());
        assert_eq!(class(EffectClass::Keyed { window_us: 86_400_000_000 }), "@keyed(1 day)");
        let time = pattern(&Pattern::Scalar(9 * 3_600_000_000), &Ty::TimeOfDay, &Hir::default());
        assert_eq!(time, "09:00");
    }
}
