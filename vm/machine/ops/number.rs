//! Exact decimals and amounts of money.

use super::scalar::holds;
use crate::machine::raise::{Outcome, Raise};
use flow_bytecode::currency::minor_digits;
use flow_bytecode::{Money, Value};
use rust_decimal::{Decimal, RoundingStrategy};

/// Rounds half-even to the currency's minor unit.
pub(crate) fn to_minor(amount: Decimal, currency: [u8; 3]) -> Decimal {
    amount.round_dp_with_strategy(minor_digits(currency), RoundingStrategy::MidpointNearestEven)
}

/// The sum.
pub(crate) fn add(left: &Value, right: &Value) -> Outcome<Value> {
    alike(left, right, "+", Decimal::checked_add)
}

/// The difference.
pub(crate) fn subtract(left: &Value, right: &Value) -> Outcome<Value> {
    alike(left, right, "-", Decimal::checked_sub)
}

fn alike(left: &Value, right: &Value, sign: &str, f: fn(Decimal, Decimal) -> Option<Decimal>) -> Outcome<Value> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Ok(Value::Number(fits(f(*left, *right))?)),
        (Value::Money(left), Value::Money(right)) => {
            if left.currency != right.currency {
                return Err(currencies(sign, left, right));
            }
            Ok(Value::Money(Money { amount: fits(f(left.amount, right.amount))?, currency: left.currency }))
        }
        (Value::Number(_), other) => Err(Raise::shape("a number", other)),
        (Value::Money(_), other) => Err(Raise::shape("an amount", other)),
        (other, _) => Err(Raise::shape("a number or an amount", other)),
    }
}

/// The product.
pub(crate) fn multiply(left: &Value, right: &Value) -> Outcome<Value> {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => Ok(Value::Number(fits(left.checked_mul(*right))?)),
        (Value::Money(money), Value::Number(number)) | (Value::Number(number), Value::Money(money)) => {
            let amount = fits(money.amount.checked_mul(*number))?;
            Ok(Value::Money(Money { amount: to_minor(amount, money.currency), currency: money.currency }))
        }
        (Value::Number(_) | Value::Money(_), other) | (other, _) => Err(Raise::shape("a number", other)),
    }
}

/// The quotient.
pub(crate) fn divide(left: &Value, right: &Value) -> Outcome<Value> {
    let Value::Number(divisor) = right else { return Err(Raise::shape("a number", right)) };
    if divisor.is_zero() {
        return Err(Raise::failure("invalid", "division by zero"));
    }
    match left {
        Value::Number(left) => Ok(Value::Number(fits(left.checked_div(*divisor))?)),
        Value::Money(money) => {
            let amount = fits(money.amount.checked_div(*divisor))?;
            Ok(Value::Money(Money { amount: to_minor(amount, money.currency), currency: money.currency }))
        }
        other => Err(Raise::shape("a number or an amount", other)),
    }
}

/// The negative.
pub(crate) fn negate(value: &Value) -> Outcome<Value> {
    match value {
        Value::Number(number) => Ok(Value::Number(-*number)),
        Value::Money(money) => Ok(Value::Money(Money { amount: -money.amount, currency: money.currency })),
        other => Err(Raise::shape("a number or an amount", other)),
    }
}

/// Compares two numbers, or two amounts of one currency.
pub(crate) fn compare(k: u8, left: &Value, right: &Value) -> Outcome<bool> {
    Ok(match (left, right) {
        (Value::Number(left), Value::Number(right)) => holds(k, left, right),
        (Value::Money(left), Value::Money(right)) => {
            if left.currency != right.currency {
                return Err(currencies("with", left, right));
            }
            holds(k, &left.amount, &right.amount)
        }
        (Value::Number(_), other) => return Err(Raise::shape("a number", other)),
        (Value::Money(_), other) => return Err(Raise::shape("an amount", other)),
        (other, _) => return Err(Raise::shape("a number or an amount", other)),
    })
}

pub(crate) fn fits(result: Option<Decimal>) -> Outcome<Decimal> {
    result.ok_or_else(|| Raise::failure("overflow", "a number grew beyond 28 digits"))
}

#[cold]
fn currencies(sign: &str, left: &Money, right: &Money) -> Raise {
    let (left, right) = (left.currency.escape_ascii(), right.currency.escape_ascii());
    Raise::failure("currency", format!("{left} {sign} {right}: amounts of two currencies"))
}
