//! Values of a known type without tags, and of an unknown one (`Json`) with a tag each.
//!
//! | type | bytes |
//! |---|---|
//! | Unit | none |
//! | Bool, Int, Instant … boxed | zigzag LEB128 |
//! | Optional | 0, or 1 and the value |
//! | Number | scale, then the mantissa, zigzag LEB128 of 128 bits |
//! | Money | three letters, then as Number |
//! | Text | see [`super::writer::Writer::text`] |
//! | enum | the variant's number from 1; or 0 and the text, for a name that the enum does not have |
//! | Record | its fields |
//! | List, Map | count, then items; keys are texts |
//! | Secret | count, then parts: 0 plain, 1 name; and the text |
//! | File | name, media type, bytes, location |
//! | Failure | kind, message, 0 or 1 and its origin |
//! | Json | a tag, then as above |

use super::cursor::{Cursor, put, text_into};
use super::writer::Writer;
use crate::machine::Loaded;
use flow_bytecode::value::{FileRef, SecretPart};
use flow_bytecode::{Money, Type, TypeId, Value};
use rust_decimal::Decimal;
use std::sync::Arc;

/// A value that is not of its type; the caller knows its name.
pub(super) struct Misfit;

impl Writer<'_> {
    /// A value of a type.
    pub fn value(&mut self, ty: TypeId, value: &Value, room: usize) -> Result<(), Misfit> {
        let program = self.program.program();
        let ty = program.types.get(usize::from(ty.0)).ok_or(Misfit)?;
        let room = room.checked_sub(1).ok_or(Misfit)?;
        match (ty, value) {
            (Type::Unit, _) => {}
            (ty, Value::Text(text)) if ty.is_text() => self.text(text),
            (Type::Optional(_), Value::Null) => self.byte(0),
            (Type::Optional(inner), _) => {
                self.byte(1);
                self.value(*inner, value, room)?;
            }
            (Type::Bool, Value::Bool(bool)) => self.byte(u8::from(*bool)),
            (
                Type::Int | Type::Duration | Type::Instant | Type::Date | Type::TimeOfDay | Type::Entity(_) | Type::Run,
                Value::Int(int),
            ) => self.scalar(*int),
            (Type::Number, Value::Number(number)) => self.decimal(*number),
            (Type::Money, Value::Money(money)) => self.money(money),
            (Type::Enum(index), Value::Text(text)) => {
                let def = program.enums.get(usize::from(*index)).ok_or(Misfit)?;
                match def.variants.iter().position(|(name, _)| name == text) {
                    Some(at) => self.number(at as u64 + 1),
                    None => {
                        self.byte(0);
                        self.text(text);
                    }
                }
            }
            (Type::Record(index), Value::Record(fields)) => {
                let def = program.records.get(usize::from(*index)).ok_or(Misfit)?;
                if def.fields.len() != fields.len() {
                    return Err(Misfit);
                }
                for (field, value) in def.fields.iter().zip(fields.iter()) {
                    self.value(field.ty, value, room)?;
                }
            }
            (Type::List(item), Value::List(items)) => {
                self.number(items.len() as u64);
                for value in items.iter() {
                    self.value(*item, value, room)?;
                }
            }
            (Type::Map(item), Value::Map(entries)) => {
                self.number(entries.len() as u64);
                for (key, value) in entries.iter() {
                    self.text(key);
                    self.value(*item, value, room)?;
                }
            }
            (Type::Secret, Value::Secret(parts)) => self.secret(parts),
            (Type::File, Value::File(file)) => self.file(file),
            (Type::Failure, Value::Failure(failure)) => self.failure(failure),
            (Type::Json, value) => self.json(value, room)?,
            _ => return Err(Misfit),
        }
        Ok(())
    }

    /// A value of no known type.
    pub fn json(&mut self, value: &Value, room: usize) -> Result<(), Misfit> {
        let room = room.checked_sub(1).ok_or(Misfit)?;
        match value {
            Value::Null => self.byte(0),
            Value::Bool(bool) => self.byte(1 + u8::from(*bool)),
            Value::Int(int) => {
                self.byte(3);
                self.scalar(*int);
            }
            Value::Number(number) => {
                self.byte(4);
                self.decimal(*number);
            }
            Value::Money(money) => {
                self.byte(5);
                self.money(money);
            }
            Value::Text(text) => {
                self.byte(6);
                self.text(text);
            }
            Value::List(items) | Value::Record(items) => {
                self.byte(if matches!(value, Value::List(_)) { 7 } else { 8 });
                self.number(items.len() as u64);
                for value in items.iter() {
                    self.json(value, room)?;
                }
            }
            Value::Map(entries) => {
                self.byte(9);
                self.number(entries.len() as u64);
                for (key, value) in entries.iter() {
                    self.text(key);
                    self.json(value, room)?;
                }
            }
            Value::Secret(parts) => {
                self.byte(10);
                self.secret(parts);
            }
            Value::File(file) => {
                self.byte(11);
                self.file(file);
            }
            Value::Failure(failure) => {
                self.byte(12);
                self.failure(failure);
            }
        }
        Ok(())
    }

    fn decimal(&mut self, number: Decimal) {
        let (scale, mantissa) = (number.scale(), number.mantissa());
        // A negative zero reads back as zero; nothing shows the difference.
        self.byte(scale as u8);
        let mut rest = ((mantissa << 1) ^ (mantissa >> 127)) as u128;
        while rest >= 0x80 {
            self.byte(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.byte(rest as u8);
    }

    fn money(&mut self, money: &Money) {
        self.bytes(&money.currency);
        self.decimal(money.amount);
    }

    fn secret(&mut self, parts: &[SecretPart]) {
        self.number(parts.len() as u64);
        for part in parts {
            match part {
                SecretPart::Text(text) => {
                    self.byte(0);
                    self.text(text);
                }
                SecretPart::Name(name) => {
                    self.byte(1);
                    self.text(name);
                }
            }
        }
    }

    fn file(&mut self, file: &FileRef) {
        self.text(&file.name);
        self.text(&file.media_type);
        self.number(file.bytes);
        self.text(&file.location);
    }
}

/// Reads a value of a type to where it belongs.
pub(super) fn read<'a>(
    program: &Loaded,
    from: Cursor<'a>,
    ty: TypeId,
    room: usize,
    slot: &mut Value,
) -> Option<Cursor<'a>> {
    let mut at = from;
    let tables = program.program();
    let ty = tables.types.get(usize::from(ty.0))?;
    let room = room.checked_sub(1)?;
    match ty {
        Type::Unit => *slot = Value::Null,
        Type::Text | Type::Email | Type::Phone | Type::Url | Type::TimeZone => return text_into(program, at, slot),
        Type::Optional(inner) => match at.byte()? {
            0 => *slot = Value::Null,
            // What is there is not missing: that is written as 0.
            1 => return read(program, at, *inner, room, slot).filter(|_| !slot.is_null()),
            _ => return None,
        },
        Type::Bool => match at.byte()? {
            bool @ (0 | 1) => put(slot, Value::Bool(bool == 1)),
            _ => return None,
        },
        Type::Int | Type::Duration | Type::Instant | Type::Date | Type::TimeOfDay | Type::Entity(_) | Type::Run => {
            put(slot, Value::Int(at.scalar()?));
        }
        Type::Number => put(slot, Value::Number(decimal(&mut at)?)),
        Type::Money => put(slot, Value::Money(money(&mut at)?)),
        Type::Enum(index) => {
            let def = tables.enums.get(usize::from(*index))?;
            match at.count(u64::from(u32::MAX))?.checked_sub(1) {
                None => {
                    at = text_into(program, at, slot)?;
                    // A name that the enum has is written by its number.
                    let known = def.variants.iter().any(|(name, _)| slot.as_text().is_some_and(|text| *text == *name));
                    return (!known).then_some(at);
                }
                Some(variant) => put(slot, Value::Text(def.variants.get(variant)?.0.clone())),
            }
        }
        Type::Record(index) => {
            let def = tables.records.get(usize::from(*index))?;
            let mut fields = missing(def.fields.len());
            for (field, slot) in def.fields.iter().zip(&mut fields) {
                at = read(program, at, field.ty, room, slot)?;
            }
            put(slot, Value::Record(Arc::new(fields)));
        }
        Type::List(item) => {
            let (count, room_for) = at.items()?;
            let mut items = missing(room_for);
            for index in 0..count {
                at = read(program, at, *item, room, slot_of(&mut items, index)?)?;
            }
            put(slot, Value::List(Arc::new(items)));
        }
        Type::Map(item) => {
            let (count, room_for) = at.items()?;
            let mut entries = Vec::with_capacity(room_for);
            for _ in 0..count {
                let (key, mut value) = (at.text(program)?, Value::Null);
                at = read(program, at, *item, room, &mut value)?;
                entries.push((key, value));
            }
            put(slot, Value::Map(Arc::new(entries)));
        }
        Type::Secret => put(slot, secret(program, &mut at)?),
        Type::File => put(slot, file(program, &mut at)?),
        Type::Failure => put(slot, Value::Failure(Arc::new(at.failure(program)?))),
        Type::Json => return read_json(program, at, room, slot),
    }
    Some(at)
}

/// Reads a value of no known type.
pub(super) fn read_json<'a>(program: &Loaded, from: Cursor<'a>, room: usize, slot: &mut Value) -> Option<Cursor<'a>> {
    let mut at = from;
    let room = room.checked_sub(1)?;
    *slot = match at.byte()? {
        0 => Value::Null,
        1 => Value::Bool(false),
        2 => Value::Bool(true),
        3 => Value::Int(at.scalar()?),
        4 => Value::Number(decimal(&mut at)?),
        5 => Value::Money(money(&mut at)?),
        6 => return text_into(program, at, slot),
        tag @ (7 | 8) => {
            let (count, room_for) = at.items()?;
            let mut items = missing(room_for);
            for index in 0..count {
                at = read_json(program, at, room, slot_of(&mut items, index)?)?;
            }
            if tag == 7 { Value::List(Arc::new(items)) } else { Value::Record(Arc::new(items)) }
        }
        9 => {
            let (count, room_for) = at.items()?;
            let mut entries = Vec::with_capacity(room_for);
            for _ in 0..count {
                let (key, mut value) = (at.text(program)?, Value::Null);
                at = read_json(program, at, room, &mut value)?;
                entries.push((key, value));
            }
            Value::Map(Arc::new(entries))
        }
        10 => secret(program, &mut at)?,
        11 => file(program, &mut at)?,
        12 => Value::Failure(Arc::new(at.failure(program)?)),
        _ => return None,
    };
    Some(at)
}

#[inline(always)]
fn decimal(at: &mut Cursor<'_>) -> Option<Decimal> {
    let scale = at.byte()?;
    let mut number: u128 = 0;
    for shift in (0..).step_by(7) {
        let byte = at.byte()?;
        // A mantissa has 96 bits, with its sign 97.
        if shift > 91 || (byte == 0 && shift > 0) {
            return None;
        }
        number |= u128::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            break;
        }
    }
    let mantissa = (number >> 1) as i128 ^ -((number & 1) as i128);
    Decimal::try_from_i128_with_scale(mantissa, u32::from(scale)).ok()
}

#[inline(always)]
fn money(at: &mut Cursor<'_>) -> Option<Money> {
    let currency = at.take(3)?.try_into().ok()?;
    Some(Money { amount: decimal(at)?, currency })
}

fn secret(program: &Loaded, at: &mut Cursor<'_>) -> Option<Value> {
    let (count, room_for) = at.items()?;
    let mut parts = Vec::with_capacity(room_for);
    for _ in 0..count {
        parts.push(match at.byte()? {
            0 => SecretPart::Text(at.text(program)?),
            1 => SecretPart::Name(at.text(program)?),
            _ => return None,
        });
    }
    Some(Value::Secret(Arc::new(parts)))
}

fn file(program: &Loaded, at: &mut Cursor<'_>) -> Option<Value> {
    let (name, media_type) = (at.text(program)?, at.text(program)?);
    let bytes = at.number()?;
    Some(Value::File(Arc::new(FileRef { name, media_type, bytes, location: at.text(program)? })))
}

/// Slots to read values to.
#[inline]
fn missing(count: usize) -> Vec<Value> {
    let mut slots = Vec::with_capacity(count);
    slots.resize_with(count, Value::default);
    slots
}

/// The slot of an item: made now when it takes no bytes, for which no room was made.
#[inline]
fn slot_of(items: &mut Vec<Value>, index: usize) -> Option<&mut Value> {
    if index == items.len() {
        items.push(Value::Null);
    }
    items.get_mut(index)
}
