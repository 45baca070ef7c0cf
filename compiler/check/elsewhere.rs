//! Names that fields and methods have in other languages, where the nearest spelling helps nobody.

use crate::hir::Ty;

/// What Flow calls it: of which type, what people write, what it is called.
const OTHER_NAMES: &[(&str, &[&str], &str)] = &[
    ("Text", &["len", "size", "count", "chars"], "length"),
    ("Text", &["lowercase", "to_lower", "toLowerCase", "lower_case", "downcase"], "lower"),
    ("Text", &["uppercase", "to_upper", "toUpperCase", "upper_case", "upcase"], "upper"),
    ("Text", &["includes", "has", "include"], "contains"),
    ("Text", &["startsWith", "startswith", "begins_with"], "starts_with"),
    ("Text", &["endsWith", "endswith"], "ends_with"),
    ("Text", &["strip", "stripped"], "trim"),
    ("Text", &["isEmpty", "empty", "blank"], "is_empty"),
    ("List", &["len", "size", "count"], "length"),
    ("List", &["includes", "has", "include"], "contains"),
    ("List", &["push", "add", "insert"], "append"),
    ("List", &["at", "nth", "item"], "get"),
    ("List", &["isEmpty", "empty"], "is_empty"),
    ("List", &["head"], "first"),
    ("Map", &["len", "size", "count"], "length"),
    ("Map", &["has", "includes", "has_key"], "contains"),
    ("Map", &["put", "insert", "add"], "set"),
    ("Instant", &["format", "to_text", "text"], "show"),
    ("Instant", &["to_date", "day"], "date"),
    ("Date", &["add", "add_days", "plus_days"], "plus"),
    ("Run", &["says", "say", "sent", "told", "replied", "message"], "said"),
    ("Run", &["done", "ended", "completed", "complete", "over", "stopped"], "finished"),
    ("Run", &["reply", "respond", "answers", "answered"], "answer"),
    ("Run", &["error", "errored", "fails"], "failed"),
    ("Run", &["asks", "asking", "paused", "waits"], "waiting"),
    ("Run", &["stop"], "cancel"),
];

/// What a field or method that people know from elsewhere is called here.
pub(super) fn known_as(ty: &Ty, name: &str) -> Option<&'static str> {
    let of = match ty {
        Ty::Text | Ty::Email | Ty::Phone | Ty::Url => "Text",
        Ty::List(_) => "List",
        Ty::Map(_) => "Map",
        Ty::Instant => "Instant",
        Ty::Date => "Date",
        Ty::Run => "Run",
        _ => return None,
    };
    OTHER_NAMES.iter().find(|(ty, names, _)| *ty == of && names.contains(&name)).map(|(.., known)| *known)
}
