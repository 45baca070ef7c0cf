//! Instructions, one family at a time.

use super::samples::single;
use super::{Drive, failure};
use crate::machine::Status;
use flow_bytecode::assemble::{Assembler, op, wide};
use flow_bytecode::op::Op;
use flow_bytecode::program::{EnumDef, Escape, Handler, Piece, SwitchTable, Template};
use flow_bytecode::{Bank, Instr, Intrinsic, Money, Type, Value};
use rust_decimal::Decimal;
use std::sync::Arc;

/// Puts constants into R0.., runs the code, returns R0.
fn refs(constants: &[Value], code: &[Instr]) -> Result<Value, (String, String)> {
    let program = single(&[], Type::Json, (4, 16), |asm| {
        let mut all = load(asm, constants);
        all.extend_from_slice(code);
        all.push(op(Op::ReturnR, 0, 0, 0, 0));
        all
    });
    result(Drive::new(program))
}

fn load(asm: &mut Assembler, constants: &[Value]) -> Vec<Instr> {
    constants.iter().enumerate().map(|(at, value)| wide(Op::ConstR, at as u16, asm.constant(value.clone()))).collect()
}

fn result(mut drive: Drive) -> Result<Value, (String, String)> {
    let step = drive.start(Vec::new());
    match &step.status {
        Status::Finished(value) => Ok(value.clone()),
        _ => Err(failure(&step)),
    }
}

/// Puts scalars into S0.., runs the code, returns S0.
fn ints(scalars: &[i64], code: &[Instr]) -> Result<Value, (String, String)> {
    let program = single(&[], Type::Int, (8, 1), |asm| {
        asm.program.scalars = scalars.to_vec();
        let mut all: Vec<_> = (0..scalars.len()).map(|at| wide(Op::ConstS, at as u16, at as u32)).collect();
        all.extend_from_slice(code);
        all.push(op(Op::ReturnS, 0, 0, 0, 0));
        all
    });
    result(Drive::new(program))
}

fn kind<T: std::fmt::Debug>(result: Result<T, (String, String)>) -> String {
    result.expect_err("fails").0
}

fn number(text: &str) -> Value {
    Value::Number(text.parse::<Decimal>().expect("a number"))
}

fn money(text: &str, currency: &[u8; 3]) -> Value {
    Value::Money(Money { amount: text.parse().expect("a number"), currency: *currency })
}

/// An intrinsic of constants.
pub(super) fn intrinsic(which: Intrinsic, args: &[Value]) -> Result<Value, (String, String)> {
    refs(args, &[op(Op::Intrinsic, which as u8, 0, which.arity(), 0)])
}

#[test]
fn whole_numbers_are_checked() {
    for (code, left, right, sum) in
        [(Op::AddI, 2, 3, 5), (Op::SubI, 2, 3, -1), (Op::MulI, 2, 3, 6), (Op::RemI, -7, 3, -1)]
    {
        assert_eq!(ints(&[left, right], &[op(code, 0, 0, 0, 1)]), Ok(Value::Int(sum)));
    }
    assert_eq!(kind(ints(&[i64::MAX, 1], &[op(Op::AddI, 0, 0, 0, 1)])), "overflow");
    assert_eq!(kind(ints(&[i64::MIN, 1], &[op(Op::SubI, 0, 0, 0, 1)])), "overflow");
    assert_eq!(kind(ints(&[i64::MAX, 2], &[op(Op::MulI, 0, 0, 0, 1)])), "overflow");
    assert_eq!(kind(ints(&[i64::MIN], &[op(Op::NegI, 0, 0, 0, 0)])), "overflow");
    assert_eq!(kind(ints(&[1, 0], &[op(Op::RemI, 0, 0, 0, 1)])), "invalid");
    assert_eq!(ints(&[i64::MIN, -1], &[op(Op::RemI, 0, 0, 0, 1)]), Ok(Value::Int(0)));
    assert_eq!(ints(&[5], &[op(Op::AddK, 0, 0, 0, (-7i16) as u16)]), Ok(Value::Int(-2)));
    assert_eq!(ints(&[1, 2], &[op(Op::CmpI, 2, 0, 0, 1)]), Ok(Value::Int(1)));
    assert_eq!(ints(&[0], &[wide(Op::IntS, 0, (-5i32) as u32)]), Ok(Value::Int(-5)));
}

#[test]
fn decimals_are_exact_and_money_keeps_its_currency() {
    let pair = |code, left: Value, right: Value| refs(&[left, right], &[op(code, 0, 0, 0, 1)]);
    assert_eq!(pair(Op::AddN, number("0.1"), number("0.2")), Ok(number("0.3")));
    assert_eq!(pair(Op::DivN, number("1"), number("4")), Ok(number("0.25")));
    assert_eq!(kind(pair(Op::DivN, number("1"), number("0"))), "invalid");
    assert_eq!(kind(pair(Op::MulN, Value::Number(Decimal::MAX), number("2"))), "overflow");
    assert_eq!(pair(Op::AddN, money("1.10", b"EUR"), money("2.20", b"EUR")), Ok(money("3.30", b"EUR")));
    assert_eq!(kind(pair(Op::AddN, money("1", b"EUR"), money("1", b"USD"))), "currency");
    assert_eq!(kind(pair(Op::CmpN, money("1", b"EUR"), money("1", b"USD"))), "currency");
    // Half-even to the minor unit: cents, whole yen, thousandths of a dinar.
    assert_eq!(pair(Op::MulN, money("0.25", b"EUR"), number("0.5")), Ok(money("0.12", b"EUR")));
    assert_eq!(pair(Op::MulN, money("0.27", b"EUR"), number("0.5")), Ok(money("0.14", b"EUR")));
    assert_eq!(pair(Op::MulN, number("0.5"), money("5", b"JPY")), Ok(money("2", b"JPY")));
    assert_eq!(pair(Op::DivN, money("1", b"KWD"), number("3")), Ok(money("0.333", b"KWD")));
}

#[test]
fn equality_is_deep() {
    let list = |items: &[i64]| Value::List(Arc::new(items.iter().map(|int| Value::Int(*int)).collect()));
    let equal = |left: Value, right: Value, k| {
        refs(&[left, right], &[op(Op::EqR, k, 0, 0, 1), op(Op::BoxB, 0, 0, 0, 0)]).expect("runs")
    };
    assert_eq!(equal(list(&[1, 2]), list(&[1, 2]), 0), Value::Bool(true));
    assert_eq!(equal(list(&[1, 2]), list(&[1, 3]), 0), Value::Bool(false));
    assert_eq!(equal(Value::Null, Value::Null, 0), Value::Bool(true));
    assert_eq!(equal(Value::Null, list(&[]), 1), Value::Bool(true));
    assert_eq!(equal(number("1.0"), number("1.00"), 0), Value::Bool(true));
}

#[test]
fn switches_jump_by_text_and_by_number() {
    for (text, expected) in [("a", 1), ("b", 2), ("c", 0)] {
        let program = single(&[], Type::Int, (1, 1), |asm| {
            let (a, b, wanted) = (asm.text("a"), asm.text("b"), asm.text(text));
            asm.program.switches.push(SwitchTable { cases: vec![(a, 2), (b, 4)], default: 6 });
            let give = |int| [wide(Op::IntS, 0, int), op(Op::ReturnS, 0, 0, 0, 0)];
            let mut code = vec![wide(Op::ConstR, 0, wanted), wide(Op::SwitchT, 0, 0)];
            code.extend([give(1), give(2), give(0)].concat());
            code
        });
        assert_eq!(result(Drive::new(program)), Ok(Value::Int(expected)));
    }
}

#[test]
fn lists_records_and_maps_are_built_and_taken_apart() {
    let (a, b) = (Value::text("a"), Value::text("b"));
    let list = refs(&[a.clone(), b.clone()], &[op(Op::List, 0, 0, 2, 0)]);
    assert_eq!(list, Ok(Value::List(Arc::new(vec![a.clone(), b.clone()]))));
    let map = refs(&[a.clone(), b.clone(), a.clone(), a.clone()], &[op(Op::Map, 0, 0, 2, 0)]);
    assert_eq!(map, Ok(Value::Map(Arc::new(vec![("a".into(), a.clone())]))), "a later value of a key wins");
    let item = |at| {
        refs(&[a.clone(), b.clone()], &[op(Op::List, 0, 0, 2, 0), wide(Op::IntS, 0, at), op(Op::ItemR, 0, 0, 0, 0)])
    };
    assert_eq!(item(1), Ok(b.clone()));
    assert_eq!(item(2), Err(("invalid".into(), "there is no item 2 in a list of 2".into())));
    let length = refs(&[Value::text("añb")], &[op(Op::Len, 0, 0, 0, 0), op(Op::BoxI, 0, 0, 0, 0)]);
    assert_eq!(length, Ok(Value::Int(3)));
    let some = refs(&[Value::Null], &[op(Op::SomeR, 0, 0, 0, 0)]);
    assert_eq!(kind(some), "invalid");
}

/// A template with one hole of a type.
fn shown(ty: Type, value: Value, escape: Escape) -> String {
    let scalar = ty.bank() == Bank::Scalar;
    let program = single(&[], Type::Text, (1, 1), |asm| {
        let label = ("trial".into(), "Trial plan".into());
        asm.program.enums.push(EnumDef { name: "Plan".into(), variants: vec![label] });
        let ty = asm.ty(ty);
        let mut code = load(asm, &[value]);
        if scalar {
            code.push(op(Op::UnboxS, 0, 0, 0, 0));
        }
        let bank = if scalar { Bank::Scalar } else { Bank::Reference };
        asm.program.templates.push(Template { pieces: vec![Piece::Hole { bank, register: 0, ty, escape }] });
        code.extend([wide(Op::Template, 0, 0), op(Op::ReturnR, 0, 0, 0, 0)]);
        code
    });
    match result(Drive::new(program)) {
        Ok(Value::Text(text)) => text.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn values_are_shown_by_their_type() {
    let show = |ty, value| shown(ty, value, Escape::None);
    const HOUR: i64 = 3_600_000_000;
    assert_eq!(show(Type::Int, Value::Int(i64::MIN)), "-9223372036854775808");
    assert_eq!(show(Type::Number, number("19.90")), "19.9");
    assert_eq!(show(Type::Number, number("-0")), "0");
    assert_eq!(show(Type::Money, money("19.9", b"EUR")), "EUR 19.90");
    assert_eq!(show(Type::Money, money("1200", b"JPY")), "JPY 1200");
    assert_eq!(show(Type::Money, money("0.0015", b"EUR")), "EUR 0.0015");
    assert_eq!(show(Type::Date, Value::Int(20_513)), "2026-03-01");
    assert_eq!(show(Type::Date, Value::Int(-1)), "1969-12-31");
    assert_eq!(show(Type::Duration, Value::Int(74 * HOUR)), "3 days 2 hours");
    assert_eq!(show(Type::Duration, Value::Int(1_500_000)), "1.5 seconds");
    assert_eq!(show(Type::Duration, Value::Int(0)), "0 seconds");
    assert_eq!(show(Type::Duration, Value::Int(-HOUR)), "-1 hour");
    assert_eq!(show(Type::TimeOfDay, Value::Int(9 * HOUR)), "09:00");
    assert_eq!(show(Type::Instant, Value::Int(20_513 * 24 * HOUR)), "2026-03-01T00:00:00Z");
    assert_eq!(show(Type::Enum(0), Value::text("trial")), "Trial plan");
    assert_eq!(show(Type::Enum(0), Value::text("gone")), "gone");
    assert_eq!(shown(Type::Text, Value::text("a b/ü~"), Escape::Url), "a%20b%2F%C3%BC~");
}

#[test]
fn a_template_too_long_is_a_failure() {
    let program = single(&[], Type::Text, (0, 1), |asm| {
        let mut code = load(asm, &[Value::text("x".repeat(1 << 19))]);
        let ty = asm.ty(Type::Text);
        let hole = Piece::Hole { bank: Bank::Reference, register: 0, ty, escape: Escape::None };
        asm.program.templates.push(Template { pieces: vec![hole.clone(), hole.clone(), hole] });
        code.extend([wide(Op::Template, 0, 0), op(Op::ReturnR, 0, 0, 0, 0)]);
        code
    });
    assert_eq!(kind(result(Drive::new(program))), "limit");
}

#[test]
fn a_text_with_a_secret_holds_its_name_only() {
    let parts = refs(
        &[Value::text("Bearer "), Value::text("shop_token")],
        &[
            op(Op::Intrinsic, Intrinsic::SecretNamed as u8, 1, 1, 1),
            op(Op::Intrinsic, Intrinsic::TextConcat as u8, 0, 2, 0),
        ],
    );
    assert!(matches!(parts, Ok(Value::Secret(parts)) if parts.len() == 2));
}

#[test]
fn a_failure_goes_to_the_innermost_handler_of_the_nearest_frame() {
    let mut program = (*single(&[], Type::Json, (2, 3), |asm| {
        let (kind, why) = (asm.text("declined"), asm.text("no"));
        vec![
            wide(Op::ConstR, 0, kind),
            wide(Op::ConstR, 1, why),
            op(Op::Intrinsic, Intrinsic::MakeFailure as u8, 0, 2, 0),
            op(Op::Fail, 0, 0, 0, 0),
            op(Op::Intrinsic, Intrinsic::FailureMessage as u8, 0, 1, 2),
            op(Op::ReturnR, 0, 0, 0, 0),
        ]
    }))
    .clone();
    program.functions[0].handlers.push(Handler { start: 3, end: 4, target: 4, failure: 2 });
    assert_eq!(result(Drive::new(Arc::new(program))), Ok(Value::text("no")));
}
