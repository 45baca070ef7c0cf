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

use super::SnapshotError;
use super::reader::Reader;
use super::writer::Writer;
use flow_bytecode::value::{FileRef, SecretPart};
use flow_bytecode::{Money, Type, TypeId, Value};
use rust_decimal::Decimal;
use std::sync::Arc;

/// A value that is not of its type; the caller knows its name.
fn shape() -> SnapshotError {
    SnapshotError::Shape(String::new())
}

impl Writer<'_> {
    /// A value of a type.
    pub fn value(&mut self, ty: TypeId, value: &Value, room: usize) -> Result<(), SnapshotError> {
        let program = self.program.program();
        let ty = program.types.get(usize::from(ty.0)).ok_or_else(shape)?;
        let room = room.checked_sub(1).ok_or_else(shape)?;
        match (ty, value) {
            (Type::Unit, _) => {}
            (Type::Text, Value::Text(text)) => self.text(text),
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
                let def = program.enums.get(usize::from(*index)).ok_or_else(shape)?;
                match def.variants.iter().position(|(name, _)| name == text) {
                    Some(at) => self.number(at as u64 + 1),
                    None => {
                        self.byte(0);
                        self.text(text);
                    }
                }
            }
            (Type::Record(index), Value::Record(fields)) => {
                let def = program.records.get(usize::from(*index)).ok_or_else(shape)?;
                if def.fields.len() != fields.len() {
                    return Err(shape());
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
            _ => return Err(shape()),
        }
        Ok(())
    }

    /// A value of no known type.
    pub fn json(&mut self, value: &Value, room: usize) -> Result<(), SnapshotError> {
        let room = room.checked_sub(1).ok_or_else(shape)?;
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

impl Reader<'_> {
    /// A value of a type.
    pub fn value(&mut self, ty: TypeId, room: usize) -> Result<Value, SnapshotError> {
        let corrupt = SnapshotError::Corrupt;
        let program = self.program.program();
        let ty = program.types.get(usize::from(ty.0)).ok_or(corrupt("type"))?;
        let room = room.checked_sub(1).ok_or(corrupt("nested too deep"))?;
        Ok(match ty {
            Type::Unit => Value::Null,
            Type::Text => Value::Text(self.text()?),
            Type::Optional(inner) => match self.byte()? {
                0 => Value::Null,
                1 => self.value(*inner, room)?,
                _ => return Err(corrupt("an optional")),
            },
            Type::Bool => match self.byte()? {
                0 => Value::Bool(false),
                1 => Value::Bool(true),
                _ => return Err(corrupt("a bool")),
            },
            Type::Int | Type::Duration | Type::Instant | Type::Date | Type::TimeOfDay | Type::Entity(_) | Type::Run => {
                Value::Int(self.scalar()?)
            }
            Type::Number => Value::Number(self.decimal()?),
            Type::Money => Value::Money(self.money()?),
            Type::Enum(index) => {
                let def = program.enums.get(usize::from(*index)).ok_or(corrupt("enum"))?;
                match self.count(u64::from(u32::MAX))?.checked_sub(1) {
                    None => Value::Text(self.text()?),
                    Some(at) => Value::Text(def.variants.get(at).ok_or(corrupt("variant"))?.0.clone()),
                }
            }
            Type::Record(index) => {
                let def = program.records.get(usize::from(*index)).ok_or(corrupt("record"))?;
                let mut fields = Vec::with_capacity(def.fields.len());
                for field in &def.fields {
                    fields.push(self.value(field.ty, room)?);
                }
                Value::Record(Arc::new(fields))
            }
            Type::List(item) => {
                let (count, room_for) = self.items()?;
                let mut items = Vec::with_capacity(room_for);
                for _ in 0..count {
                    items.push(self.value(*item, room)?);
                }
                Value::List(Arc::new(items))
            }
            Type::Map(item) => {
                let (count, room_for) = self.items()?;
                let mut entries = Vec::with_capacity(room_for);
                for _ in 0..count {
                    entries.push((self.text()?, self.value(*item, room)?));
                }
                Value::Map(Arc::new(entries))
            }
            Type::Secret => self.secret()?,
            Type::File => self.file()?,
            Type::Failure => Value::Failure(Arc::new(self.failure()?)),
            Type::Json => self.json(room)?,
        })
    }

    /// A value of no known type.
    pub fn json(&mut self, room: usize) -> Result<Value, SnapshotError> {
        let corrupt = SnapshotError::Corrupt;
        let room = room.checked_sub(1).ok_or(corrupt("nested too deep"))?;
        Ok(match self.byte()? {
            0 => Value::Null,
            1 => Value::Bool(false),
            2 => Value::Bool(true),
            3 => Value::Int(self.scalar()?),
            4 => Value::Number(self.decimal()?),
            5 => Value::Money(self.money()?),
            6 => Value::Text(self.text()?),
            tag @ (7 | 8) => {
                let (count, room_for) = self.items()?;
                let mut items = Vec::with_capacity(room_for);
                for _ in 0..count {
                    items.push(self.json(room)?);
                }
                if tag == 7 { Value::List(Arc::new(items)) } else { Value::Record(Arc::new(items)) }
            }
            9 => {
                let (count, room_for) = self.items()?;
                let mut entries = Vec::with_capacity(room_for);
                for _ in 0..count {
                    entries.push((self.text()?, self.json(room)?));
                }
                Value::Map(Arc::new(entries))
            }
            10 => self.secret()?,
            11 => self.file()?,
            12 => Value::Failure(Arc::new(self.failure()?)),
            _ => return Err(corrupt("a tag")),
        })
    }

    fn decimal(&mut self) -> Result<Decimal, SnapshotError> {
        let corrupt = || SnapshotError::Corrupt("a number");
        let scale = self.byte()?;
        let mut number: u128 = 0;
        for shift in (0..).step_by(7) {
            let byte = self.byte()?;
            // A mantissa has 96 bits, with its sign 97.
            if shift > 91 || (byte == 0 && shift > 0) {
                return Err(corrupt());
            }
            number |= u128::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                break;
            }
        }
        let mantissa = (number >> 1) as i128 ^ -((number & 1) as i128);
        Decimal::try_from_i128_with_scale(mantissa, u32::from(scale)).map_err(|_| corrupt())
    }

    fn money(&mut self) -> Result<Money, SnapshotError> {
        let currency = self.take(3)?.try_into().map_err(|_| SnapshotError::Corrupt("a currency"))?;
        Ok(Money { amount: self.decimal()?, currency })
    }

    fn secret(&mut self) -> Result<Value, SnapshotError> {
        let (count, room_for) = self.items()?;
        let mut parts = Vec::with_capacity(room_for);
        for _ in 0..count {
            parts.push(match self.byte()? {
                0 => SecretPart::Text(self.text()?),
                1 => SecretPart::Name(self.text()?),
                _ => return Err(SnapshotError::Corrupt("a secret")),
            });
        }
        Ok(Value::Secret(Arc::new(parts)))
    }

    fn file(&mut self) -> Result<Value, SnapshotError> {
        let (name, media_type) = (self.text()?, self.text()?);
        let bytes = self.number()?;
        Ok(Value::File(Arc::new(FileRef { name, media_type, bytes, location: self.text()? })))
    }
}
