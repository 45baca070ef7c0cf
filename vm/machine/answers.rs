//! What people write, as values that describe themselves: for actions that read answers as `ask` does.

use super::intrinsics::{parse, phone};
use super::show;
use flow_bytecode::{Type, Value, address};

/// What somebody wrote as a value of a type that people are asked for, by the rules of `ask … as`: addresses and numbers in
/// their normal form, a date and a time of day as texts in theirs. `None` where it does not fit, or the type is none of
/// those.
pub fn answer(ty: &Type, text: &str) -> Option<Value> {
    let scalar = |value: i64| {
        let mut shown = String::new();
        show::scalar(ty, value, &mut shown);
        Value::text(shown)
    };
    let text = text.trim();
    match ty {
        Type::Text => (!text.is_empty()).then(|| Value::text(text)),
        Type::Email => address::email(text).map(Value::text),
        Type::Phone => phone::phone(text, None).map(Value::text),
        Type::Url => address::url(text).map(Value::text),
        Type::Int => parse::int(text).map(Value::Int),
        Type::Number => parse::number(text).map(Value::Number),
        Type::Date => parse::date(text).map(scalar),
        Type::TimeOfDay => parse::time_of_day(text).map(scalar),
        Type::Bool => parse::bool(text).map(Value::Bool),
        _ => None,
    }
}

/// Which of several labels an answer means, from 0, by the rules of `choice`: the label itself, else its number, else an
/// unambiguous beginning.
pub fn option(text: &str, labels: &[Value]) -> Option<usize> {
    parse::option(text, labels).and_then(|at| usize::try_from(at).ok())
}
