//! Operations on numbers and amounts.

use crate::machine::ops::number::to_minor;
use crate::machine::raise::{Outcome, Raise};
use flow_bytecode::currency::currency;
use flow_bytecode::{Money, Value};
use rust_decimal::prelude::ToPrimitive;
use rust_decimal::{Decimal, RoundingStrategy};

fn number(value: &Value) -> Outcome<Decimal> {
    match value {
        Value::Number(number) => Ok(*number),
        other => Err(Raise::shape("a number", other)),
    }
}

/// Half-even to that many digits after the point; negative digits round to tens, hundreds.
pub(super) fn round(value: &Value, digits: i64) -> Outcome<Value> {
    let value = number(value)?;
    if let Ok(digits) = u32::try_from(digits) {
        return Ok(Value::Number(value.round_dp_with_strategy(digits, RoundingStrategy::MidpointNearestEven)));
    }
    let Some(unit) = u32::try_from(digits.unsigned_abs()).ok().and_then(|power| 10i128.checked_pow(power)) else {
        return Ok(Value::Number(Decimal::ZERO));
    };
    let Ok(unit) = Decimal::try_from_i128_with_scale(unit, 0) else { return Ok(Value::Number(Decimal::ZERO)) };
    let tens =
        value.checked_div(unit).map(|tens| tens.round_dp_with_strategy(0, RoundingStrategy::MidpointNearestEven));
    let rounded = tens.and_then(|tens| tens.checked_mul(unit));
    Ok(Value::Number(crate::machine::ops::number::fits(rounded)?))
}

pub(super) fn to_int(value: &Value) -> Outcome<Value> {
    let int = number(value)?.trunc().to_i64();
    int.map(Value::Int).ok_or_else(|| Raise::failure("overflow", "a number too large for a whole number of 64 bits"))
}

pub(super) fn make_money(amount: &Value, code: &str) -> Outcome<Value> {
    let Some(currency) = currency(code) else {
        return Err(Raise::failure("invalid", format!("`{code}` is no currency's code")));
    };
    Ok(Value::Money(Money { amount: to_minor(number(amount)?, currency), currency }))
}

pub(super) fn abs(value: &Value) -> Outcome<Value> {
    match value {
        Value::Money(money) => Ok(Value::Money(Money { amount: money.amount.abs(), currency: money.currency })),
        other => Ok(Value::Number(number(other)?.abs())),
    }
}
