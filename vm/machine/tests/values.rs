//! Intrinsics, parsing and decoding.

use super::ops::intrinsic;
use crate::machine::{decode, describe};
use flow_bytecode::program::{EnumDef, RecordDef, RecordField};
use flow_bytecode::{Intrinsic as I, Program, Type, TypeId, Value};
use std::sync::Arc;

fn text(text: &str) -> Value {
    Value::text(text)
}

fn parsed(which: I, input: &str) -> Value {
    let mut args = vec![text(input)];
    args.resize(usize::from(which.arity()), Value::Null);
    intrinsic(which, &args).expect("never fails")
}

/// Microseconds since 1970 of an RFC 3339 moment.
fn at(moment: &str) -> i64 {
    moment.parse::<jiff::Timestamp>().expect("a moment").as_microsecond()
}

#[test]
fn calendar_arithmetic_knows_gaps_folds_and_month_ends() {
    let add = |from: &str, days, months, time: Option<i64>, zone: &str, elapsed| {
        let args = [
            Value::Int(at(from)),
            Value::Int(days),
            Value::Int(months),
            time.map_or(Value::Null, Value::Int),
            text(zone),
            Value::Int(elapsed),
        ];
        match intrinsic(I::AddCalendar, &args) {
            Ok(Value::Int(micros)) => jiff::Timestamp::from_microsecond(micros).expect("a moment").to_string(),
            other => panic!("{other:?}"),
        }
    };
    const HALF_PAST_TWO: Option<i64> = Some(9_000_000_000);
    // Oslo skips 02:00 to 03:00 on 2026-03-29: 02:30 becomes 03:30.
    assert_eq!(add("2026-03-28T08:00:00Z", 1, 0, HALF_PAST_TWO, "Europe/Oslo", 0), "2026-03-29T01:30:00Z");
    // It repeats 02:00 to 03:00 on 2026-10-25: the earlier is taken.
    assert_eq!(add("2026-10-24T08:00:00Z", 1, 0, HALF_PAST_TWO, "Europe/Oslo", 0), "2026-10-25T00:30:00Z");
    assert_eq!(add("2026-01-31T12:00:00Z", 0, 1, None, "UTC", 0), "2026-02-28T12:00:00Z");
    // Three calendar days keep the clock's time over the change.
    assert_eq!(add("2026-03-27T08:00:00Z", 3, 0, None, "Europe/Oslo", 0), "2026-03-30T07:00:00Z");
    assert_eq!(add("2026-03-01T00:00:00Z", 0, 0, None, "UTC", 1_000_000), "2026-03-01T00:00:01Z");
    let wrong = intrinsic(I::Today, &[text("Mars/Base")]);
    assert_eq!(wrong, Err(("invalid".into(), "there is no time zone `Mars/Base`".into())));
}

#[test]
fn dates_come_apart() {
    let part = |part| intrinsic(I::DateParts, &[Value::Int(20_513), Value::Int(part)]);
    assert_eq!(
        (part(0), part(1), part(2), part(3)),
        (Ok(Value::Int(2026)), Ok(Value::Int(3)), Ok(Value::Int(1)), Ok(Value::Int(7)))
    );
    assert_eq!(intrinsic(I::AddDate, &[Value::Int(20_513), Value::Int(1), Value::Int(-1)]), Ok(Value::Int(20_486)));
    assert!(intrinsic(I::AddDate, &[Value::Int(i64::MAX), Value::Int(1), Value::Int(1)]).is_err());
    let shown = intrinsic(I::ShowInstant, &[Value::Int(at("2026-03-01T08:00:59Z")), text("Europe/Oslo")]);
    assert_eq!(shown, Ok(text("2026-03-01 09:00")));
}

#[test]
fn emails_are_parsed() {
    assert_eq!(parsed(I::ParseEmail, " Ada.Lovelace+x@Example.COM "), text("ada.lovelace+x@example.com"));
    for bad in
        ["", "ada", "ada@", "@example.com", "a b@example.com", "a@b", "a@-b.com", "a..b@c.de", "a@b.c@", "a@1.2.3.4"]
    {
        assert_eq!(parsed(I::ParseEmail, bad), Value::Null, "{bad}");
    }
}

#[test]
fn phones_are_parsed() {
    let phone = |input: &str, country: Option<&str>| {
        intrinsic(I::ParsePhone, &[text(input), country.map_or(Value::Null, text)]).expect("never fails")
    };
    for (input, country, full) in [
        ("+47 22 22 55 55", None, "+4722225555"),
        ("0047 22225555", None, "+4722225555"),
        ("22 22 55 55", Some("NO"), "+4722225555"),
        ("020 7946 0958", Some("gb"), "+442079460958"),
        ("+44 (0)20 7946 0958", None, "+442079460958"),
        ("(415) 555-2671", Some("US"), "+14155552671"),
        ("1-415-555-2671", Some("US"), "+14155552671"),
        ("06 1234 5678", Some("IT"), "+390612345678"),
        ("030/901820", Some("DE"), "+4930901820"),
    ] {
        assert_eq!(phone(input, country), text(full), "{input}");
    }
    for (input, country) in [
        ("22225555", None),
        ("+47 abc", None),
        ("+999 12345678", None),
        ("12", Some("NO")),
        ("", Some("NO")),
        ("22225555", Some("XX")),
        ("+1 415 555", None),
    ] {
        assert_eq!(phone(input, country), Value::Null, "{input}");
    }
}

#[test]
fn other_answers_are_parsed() {
    assert_eq!(parsed(I::ParseUrl, "HTTPS://Example.com:8080/A?b#c"), text("https://example.com:8080/A?b#c"));
    for bad in [
        "example.com",
        "ftp://example.com",
        "http://",
        "http://a b.com",
        "http://u:p@h.com",
        "http://h.com:99999",
        "javascript://x",
    ] {
        assert_eq!(parsed(I::ParseUrl, bad), Value::Null, "{bad}");
    }
    assert_eq!(parsed(I::ParseInt, " -12 "), Value::Int(-12));
    assert_eq!(parsed(I::ParseInt, "12.0"), Value::Null);
    assert_eq!(parsed(I::ParseNumber, "19,90"), Value::Number("19.90".parse().expect("a number")));
    for bad in ["1e5", "1,000.5", ".", "", "0x1", "1_000", "123456789012345678901234567890"] {
        assert_eq!(parsed(I::ParseNumber, bad), Value::Null, "{bad}");
    }
    assert_eq!(parsed(I::ParseDate, "2026-03-01"), Value::Int(20_513));
    assert_eq!(parsed(I::ParseDate, "1.3.2026"), Value::Int(20_513));
    assert_eq!(parsed(I::ParseDate, "2026-02-30"), Value::Null);
    assert_eq!(parsed(I::ParseDate, "é026-02-3"), Value::Null);
    assert_eq!(parsed(I::ParseBool, "YES"), Value::Bool(true));
    assert_eq!(parsed(I::ParseBool, "maybe"), Value::Null);
    assert_eq!(parsed(I::ParseTime, "9:30"), Value::Int(34_200_000_000));
    for bad in ["24:00", "9", "9:3", "09:00:60", "09:00:00:00", "+9:00"] {
        assert_eq!(parsed(I::ParseTime, bad), Value::Null, "{bad}");
    }
}

#[test]
fn options_match_by_label_number_and_beginning() {
    let labels = Value::List(Arc::new(vec![text("Refund an order"), text("Refer a friend"), text("2")]));
    let choice = |answer: &str| intrinsic(I::MatchOption, &[text(answer), labels.clone()]).expect("never fails");
    assert_eq!(choice(" refund an ORDER "), Value::Int(0));
    assert_eq!(choice("refer"), Value::Int(1));
    assert_eq!(choice("ref"), Value::Null, "two begin so");
    assert_eq!(choice("1."), Value::Int(0));
    assert_eq!(choice("2"), Value::Int(2), "the label itself comes before its number");
    assert_eq!((choice(""), choice("4")), (Value::Null, Value::Null));
}

#[test]
fn texts_and_lists() {
    assert_eq!(intrinsic(I::TextContains, &[text("Grüße"), text("RÜSS")]), Ok(Value::Bool(false)));
    assert_eq!(intrinsic(I::TextContains, &[text("Grüße"), text("RÜ")]), Ok(Value::Bool(true)));
    let parts = intrinsic(I::TextSplit, &[text("a,b"), text(",")]).expect("runs");
    assert_eq!(parts, Value::List(Arc::new(vec![text("a"), text("b")])));
    assert_eq!(intrinsic(I::TextJoin, &[parts.clone(), text("-")]), Ok(text("a-b")));
    assert_eq!(intrinsic(I::ListSlice, &[parts.clone(), Value::Int(-3), Value::Int(99)]), Ok(parts.clone()));
    assert_eq!(
        intrinsic(I::ListSlice, &[parts.clone(), Value::Int(9), Value::Int(1)]),
        Ok(Value::List(Arc::new(vec![])))
    );
    let huge = intrinsic(I::TextReplace, &[text(&"a".repeat(2000)), text("a"), text(&"b".repeat(2000))]);
    assert_eq!(huge.expect_err("too long").0, "limit");
    let json = Value::Map(Arc::new(vec![("a\"".into(), parts), ("n".into(), Value::Null)]));
    assert_eq!(intrinsic(I::JsonText, &[json]), Ok(text(r#"{"a\"":["a","b"],"n":null}"#)));
}

#[test]
fn decoding_says_where_what_and_fills_defaults() {
    let types = vec![
        Type::Text,
        Type::Number,
        Type::Enum(0),
        Type::Record(0),
        Type::List(TypeId(3)),
        Type::Record(1),
        Type::Date,
    ];
    let field = |name: &str, ty, default| RecordField { name: name.into(), ty: TypeId(ty), default };
    let program = Program {
        types,
        records: vec![
            RecordDef {
                name: "Item".into(),
                fields: vec![field("total", 1, None), field("plan", 2, Some(0)), field("on", 6, Some(1))],
            },
            RecordDef { name: "Order".into(), fields: vec![field("items", 4, None)] },
        ],
        enums: vec![EnumDef { name: "Plan".into(), variants: vec![("pro".into(), "Professional".into())] }],
        constants: vec![text("pro"), Value::Int(0)],
        ..Program::default()
    };
    let object = |entries: Vec<(&str, Value)>| {
        Value::Map(Arc::new(entries.into_iter().map(|(key, value)| (key.into(), value)).collect()))
    };
    let list = |items| object(vec![("items", Value::List(Arc::new(items)))]);
    let order = TypeId(5);
    let bad = list(vec![object(vec![("total", Value::Int(1))]), object(vec![("total", text("x"))])]);
    assert_eq!(
        decode(&program, order, &bad, 64),
        Err("at `items[1].total`: expected a number, found text \"x\"".into())
    );
    let missing = decode(&program, order, &list(vec![object(vec![])]), 64);
    assert_eq!(missing, Err("at `items[0].total`: expected a value, found nothing".into()));
    let plan = object(vec![
        ("total", Value::Int(1)),
        ("plan", text("Professional")),
        ("on", text("1970-01-02")),
        ("more", Value::Null),
    ]);
    let good = decode(&program, order, &list(vec![plan]), 64).expect("decodes");
    assert!(
        decode(&program, order, &list(vec![object(vec![("total", Value::Int(1)), ("plan", text("basic"))])]), 64)
            .is_err()
    );
    let described = describe(&program, order, &good);
    let item = object(vec![("total", Value::Number(1.into())), ("plan", text("pro")), ("on", Value::Int(1))]);
    assert_eq!(described, list(vec![item]));
    assert_eq!(decode(&program, order, &described, 64), Ok(good));
}

#[test]
fn an_amount_that_nobody_can_pay_does_not_fit() {
    let program = Program { types: vec![Type::Money], ..Program::default() };
    let read = |text: &str| decode(&program, TypeId(0), &Value::text(text), 8);
    assert!(read("20.500 EUR").is_ok());
    assert_eq!(
        read("20.505 EUR"),
        Err("expected an amount as fine as its currency can be, found text \"20.505 EUR\"".into())
    );
    assert!(read("20.5 JPY").is_err() && read("20.505 KWD").is_ok());
}
