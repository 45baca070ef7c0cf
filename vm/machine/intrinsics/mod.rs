//! Pure operations by number: see [`Intrinsic`].

pub(crate) mod json;
mod list;
mod number;
mod pages;
pub(crate) mod parse;
pub(crate) mod phone;
mod text;

use super::exec::Cx;
use super::raise::{Outcome, Raise};
use super::time::hours::Hours;
use super::{show, time};
use flow_bytecode::address;
use flow_bytecode::value::SecretPart;
use flow_bytecode::{Failure, Intrinsic, TypeId, Value};
use std::sync::Arc;

/// Carries out intrinsic `k`.
pub(super) fn call(cx: &mut Cx<'_>, k: u8, args: &[Value]) -> Outcome<Value> {
    use Intrinsic as I;
    let Some(intrinsic) = Intrinsic::from_byte(k) else { return Err(Raise::index("intrinsic")) };
    if args.len() != usize::from(intrinsic.arity()) {
        return Err(Raise::fault(format!("{} takes {} arguments", intrinsic.mnemonic(), intrinsic.arity())));
    }
    let made = match (intrinsic, args) {
        (I::Now, _) => Value::Int(cx.world.now()),
        (I::Today, [zone]) => Value::Int(time::date_of(cx.world.now(), &zone_of(zone)?)?),
        (I::AddCalendar, [from, days, months, at, zone, elapsed]) => {
            let (days, months, at) = (int(days)?, int(months)?, optional_int(at)?);
            Value::Int(time::add_calendar(int(from)?, days, months, at, &zone_of(zone)?, int(elapsed)?)?)
        }
        (I::At, [day, packed, zone]) => {
            let [Value::Bool(is_date), at] = &items(packed)?[..] else {
                return Err(Raise::fault("at: expected a list of a bool and a time"));
            };
            Value::Int(time::at(int(day)?, *is_date, optional_int(at)?, &zone_of(zone)?)?)
        }
        (I::DateOf, [instant, zone]) => Value::Int(time::date_of(int(instant)?, &zone_of(zone)?)?),
        (I::TimeOf, [instant, zone]) => Value::Int(time::time_of(int(instant)?, &zone_of(zone)?)?),
        (I::ShowInstant, [instant, zone]) => Value::text(time::show(int(instant)?, &zone_of(zone)?)?),
        (I::DateParts, [date, part]) => Value::Int(time::part(int(date)?, int(part)?)?),
        (I::AddDate, [date, days, months]) => Value::Int(time::add_date(int(date)?, int(days)?, int(months)?)?),

        (I::IsOpen, [at, calendar, zone]) => Value::Bool(hours(cx, calendar, zone)?.is_open(int(at)?)?),
        (I::NextOpen, [at, other, calendar, zone]) => {
            let at = int(at)?.max(optional_int(other)?.unwrap_or(i64::MIN));
            Value::Int(hours(cx, calendar, zone)?.next_open(at)?)
        }
        (I::CalendarZone, [calendar, zone]) => made(hours(cx, calendar, zone)?.zone_name()),
        (I::NextClosed, [at, calendar, zone]) => {
            or_null(hours(cx, calendar, zone)?.next_closed(int(at)?)?.map(Value::Int))
        }
        (I::AddBusinessDays, [from, days, at, calendar, zone]) => {
            let (hours, at) = (hours(cx, calendar, zone)?, optional_int(at)?);
            Value::Int(hours.add_days(int(from)?, int(days)?, at, &mut cx.meter)?)
        }
        (I::AddBusinessTime, [from, elapsed, calendar, zone]) => {
            Value::Int(hours(cx, calendar, zone)?.add_time(int(from)?, int(elapsed)?, &mut cx.meter)?)
        }
        (I::AddBusinessDate, [from, days, calendar, zone]) => {
            Value::Int(hours(cx, calendar, zone)?.business_date(int(from)?, int(days)?, &mut cx.meter)?)
        }

        (I::TextTrim, [text]) => made(string(text)?.trim()),
        (I::TextLower, [text]) => text::mapped(string(text)?, str::to_lowercase, &mut cx.meter)?,
        (I::TextUpper, [text]) => text::mapped(string(text)?, str::to_uppercase, &mut cx.meter)?,
        (I::TextContains, [text, part]) => text::contains(string(text)?, string(part)?, &mut cx.meter)?,
        (I::TextStartsWith, [text, part]) => text::starts_with(string(text)?, string(part)?, &mut cx.meter)?,
        (I::TextEndsWith, [text, part]) => text::ends_with(string(text)?, string(part)?, &mut cx.meter)?,
        (I::TextReplace, [text, from, to]) => text::replace(string(text)?, string(from)?, string(to)?, &mut cx.meter)?,
        (I::TextSplit, [text, separator]) => text::split(string(text)?, string(separator)?, &mut cx.meter)?,
        (I::TextJoin, [list, separator]) => text::join(items(list)?, string(separator)?, &mut cx.meter)?,
        (I::TextConcat, [left, right]) => text::concat(left, right, &mut cx.meter)?,

        (I::ParseEmail, [text]) => or_null(address::email(string(text)?).map(Value::text)),
        (I::ParsePhone, [text, country]) => {
            let country = if country.is_null() { None } else { Some(&**string(country)?) };
            or_null(phone::phone(string(text)?, country).map(Value::text))
        }
        (I::ParseUrl, [text]) => or_null(address::url(string(text)?).map(Value::text)),
        (I::ParseInt, [text]) => or_null(parse::int(string(text)?).map(Value::Int)),
        (I::ParseNumber, [text]) => or_null(parse::number(string(text)?).map(Value::Number)),
        (I::ParseDate, [text]) => or_null(parse::date(string(text)?).map(Value::Int)),
        (I::ParseBool, [text]) => or_null(parse::bool(string(text)?).map(Value::Bool)),
        (I::ParseTime, [text]) => or_null(parse::time_of_day(string(text)?).map(Value::Int)),
        (I::MatchOption, [answer, labels]) => match answer {
            // A file fits no option.
            Value::Text(answer) => or_null(parse::option(answer, items(labels)?).map(Value::Int)),
            _ => Value::Null,
        },
        (I::ParseText, [answer]) => {
            if matches!(answer, Value::Text(_)) {
                answer.clone()
            } else {
                Value::Null
            }
        }
        (I::ParseFile, [answer]) => {
            if matches!(answer, Value::File(_)) {
                answer.clone()
            } else {
                Value::Null
            }
        }

        (I::Round, [number, digits]) => number::round(number, int(digits)?)?,
        (I::ToInt, [number]) => number::to_int(number)?,
        (I::MakeMoney, [number, code]) => number::make_money(number, string(code)?)?,
        (I::AmountOf, [Value::Money(money)]) => Value::Number(money.amount),
        (I::CurrencyOf, [Value::Money(money)]) => made(std::str::from_utf8(&money.currency).unwrap_or_default()),
        (I::AmountOf | I::CurrencyOf, [other]) => return Err(Raise::shape("an amount", other)),
        (I::Abs, [number]) => number::abs(number)?,

        (I::ListContains, [list, item]) => list::contains(items(list)?, item, &mut cx.meter)?,
        (I::ListAppend, [list, item]) => list::append(items(list)?, item, &mut cx.meter)?,
        (I::ListConcat, [left, right]) => list::concat(items(left)?, items(right)?, &mut cx.meter)?,
        (I::ListFirst, [list]) => items(list)?.first().cloned().unwrap_or_default(),
        (I::ListLast, [list]) => items(list)?.last().cloned().unwrap_or_default(),
        (I::ListSlice, [list, from, count]) => list::slice(items(list)?, int(from)?, int(count)?, &mut cx.meter)?,
        (I::ListReverse, [list]) => list::reverse(items(list)?, &mut cx.meter)?,
        (I::MapGet, [map, key]) => list::get(map, string(key)?, &mut cx.meter)?,
        (I::MapSet, [map, key, value]) => list::set(map, string(key)?, value, &mut cx.meter)?,
        (I::MapKeys, [map]) => list::keys(map, &mut cx.meter)?,
        (I::MapValues, [map]) => list::values(map, &mut cx.meter)?,
        (I::JsonText, [value]) => {
            let mut out = String::new();
            json::write(value, &mut cx.meter, &mut out)?;
            made(&out)
        }
        (I::ToJson, [value, ty]) => {
            let Ok(ty) = u16::try_from(int(ty)?) else { return Err(Raise::index("type")) };
            let depth = cx.meter.limits().depth_max;
            json::of(cx.program, TypeId(ty), value, &mut cx.meter, depth)?
        }

        (I::NextPage, [rule, headers, body, before]) => pages::text(pages::next(rule, headers, body, before)?),
        (I::NextPageNumber, [rule, headers, body, before]) => pages::number(pages::next(rule, headers, body, before)?)?,

        (I::MakeFailure, [kind, message]) => {
            Value::Failure(Arc::new(Failure::new(string(kind)?.clone(), string(message)?.clone())))
        }
        (I::FailureKind, [Value::Failure(failure)]) => Value::Text(failure.kind.clone()),
        (I::FailureMessage, [Value::Failure(failure)]) => Value::Text(failure.message.clone()),
        (I::FailureKind | I::FailureMessage, [other]) => return Err(Raise::shape("a failure", other)),
        (I::SecretNamed, [name]) => Value::Secret(Arc::new(vec![SecretPart::Name(string(name)?.clone())])),
        (I::SecretText, [text]) => Value::Secret(Arc::new(vec![SecretPart::Text(string(text)?.clone())])),
        (I::EnumLabel, [variant, index]) => {
            let Ok(index) = u16::try_from(int(index)?) else { return Err(Raise::index("enum")) };
            made(show::label(cx.program, index, string(variant)?))
        }
        _ => return Err(Raise::fault(format!("{} got other arguments than it takes", intrinsic.mnemonic()))),
    };
    if let Value::Text(text) = &made {
        cx.meter.text(text.len())?;
    }
    Ok(made)
}

fn made(text: &str) -> Value {
    Value::Text(Arc::from(text))
}

fn or_null(value: Option<Value>) -> Value {
    value.unwrap_or_default()
}

fn string(value: &Value) -> Outcome<&Arc<str>> {
    super::ops::compare::text(value)
}

fn int(value: &Value) -> Outcome<i64> {
    value.as_int().ok_or_else(|| Raise::shape("a whole number", value))
}

fn optional_int(value: &Value) -> Outcome<Option<i64>> {
    if value.is_null() { Ok(None) } else { int(value).map(Some) }
}

fn items(value: &Value) -> Outcome<&Arc<Vec<Value>>> {
    match value {
        Value::List(items) => Ok(items),
        other => Err(Raise::shape("a list", other)),
    }
}

/// A calendar of the program, on the clock of the zone.
fn hours<'p>(cx: &Cx<'p>, calendar: &Value, zone: &Value) -> Outcome<Hours<'p>> {
    let name = string(calendar)?;
    let Some(calendar) = cx.program.calendars.iter().find(|calendar| calendar.name == *name) else {
        return Err(Raise::index("calendar"));
    };
    Hours::new(calendar, if zone.is_null() { None } else { Some(&**string(zone)?) })
}

fn zone_of(value: &Value) -> Outcome<jiff::tz::TimeZone> {
    time::zone(string(value)?)
}
