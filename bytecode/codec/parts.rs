//! How each part of a program is written and read. A struct is its fields in order, an enum a tag and its fields.

use super::CodecError;
use super::reader::Reader;
use super::writer::Writer;
use crate::calendar::{Calendar, Shift};
use crate::entry::{Cap, Captured, Cron, Entry, Exit, Goal, Once, Overlap, Predicate, Source, Trigger, TriggerKind};
use crate::op::{Instr, Op};
use crate::program::{
    ActionRef, Arm, ArmKind, Asked, Debug, EffectClass, EnumDef, Escape, EventFilter, EventRef, Expects, FieldRef,
    Flow, FlowParam, FlowRef, Function, FunctionKind, Handler, JoinMode, JoinPath, Live, Piece, Place, PlaceKind,
    Policy, RecordDef, RecordField, Split, SwitchTable, Template,
};
use crate::ty::{Bank, Type, TypeId};
use crate::value::{Failure, FileRef, Money, SecretPart, Value};
use rust_decimal::Decimal;
use std::sync::Arc;

/// A part of a program.
pub(super) trait Code: Sized {
    fn write(&self, writer: &mut Writer);
    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError>;
}

macro_rules! unsigned {
    ($($ty:ty)*) => {$(
        impl Code for $ty {
            fn write(&self, writer: &mut Writer) {
                writer.number(u64::from(*self));
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                reader.narrow()
            }
        }
    )*};
}

unsigned!(u8 u16 u32 u64);

impl Code for i64 {
    fn write(&self, writer: &mut Writer) {
        writer.number(((self << 1) ^ (self >> 63)) as u64);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let number = reader.number()?;
        Ok((number >> 1) as i64 ^ -((number & 1) as i64))
    }
}

impl Code for bool {
    fn write(&self, writer: &mut Writer) {
        writer.byte(u8::from(*self));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        match reader.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(CodecError::Corrupt("a bool")),
        }
    }
}

impl Code for Arc<str> {
    fn write(&self, writer: &mut Writer) {
        writer.number(self.len() as u64);
        writer.bytes(self.as_bytes());
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let length = reader.count()?;
        let bytes = reader.take(length)?;
        std::str::from_utf8(bytes).map(Arc::from).map_err(|_| CodecError::Corrupt("a text"))
    }
}

impl Code for Decimal {
    fn write(&self, writer: &mut Writer) {
        let mantissa = self.mantissa();
        writer.byte(self.scale() as u8);
        writer.wide(((mantissa << 1) ^ (mantissa >> 127)) as u128);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let scale = u32::from(reader.byte()?);
        let number = reader.wide()?;
        let mantissa = (number >> 1) as i128 ^ -((number & 1) as i128);
        Decimal::try_from_i128_with_scale(mantissa, scale).map_err(|_| CodecError::Corrupt("a number"))
    }
}

impl Code for [u8; 3] {
    fn write(&self, writer: &mut Writer) {
        writer.bytes(self);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        reader.take(3)?.try_into().map_err(|_| CodecError::Corrupt("a currency"))
    }
}

impl Code for Instr {
    fn write(&self, writer: &mut Writer) {
        writer.byte(self.op as u8);
        (self.k, self.a).write(writer);
        (self.b, self.c).write(writer);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let op = Op::from_byte(reader.byte()?).ok_or(CodecError::Corrupt("an opcode"))?;
        let ((k, a), (b, c)) = Code::read(reader)?;
        Ok(Instr { op, k, a, b, c })
    }
}

impl<T: Code> Code for Vec<T> {
    fn write(&self, writer: &mut Writer) {
        writer.number(self.len() as u64);
        self.iter().for_each(|item| item.write(writer));
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        let count = reader.count()?;
        // Items are larger in memory than on disk: room is made as they come.
        let mut items = Vec::with_capacity(count.min(1024));
        for _ in 0..count {
            items.push(T::read(reader)?);
        }
        Ok(items)
    }
}

impl<T: Code> Code for Arc<T> {
    fn write(&self, writer: &mut Writer) {
        (**self).write(writer);
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        T::read(reader).map(Arc::new)
    }
}

impl<T: Code> Code for Option<T> {
    fn write(&self, writer: &mut Writer) {
        match self {
            None => writer.byte(0),
            Some(value) => {
                writer.byte(1);
                value.write(writer);
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        match reader.byte()? {
            0 => Ok(None),
            1 => T::read(reader).map(Some),
            _ => Err(CodecError::Corrupt("an option")),
        }
    }
}

macro_rules! tuple {
    ($($name:ident)*) => {
        impl<$($name: Code),*> Code for ($($name,)*) {
            #[allow(non_snake_case, reason = "the type's name is the part's")]
            fn write(&self, writer: &mut Writer) {
                let ($($name,)*) = self;
                $($name.write(writer);)*
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                Ok(($($name::read(reader)?,)*))
            }
        }
    };
}

tuple!(A B);
tuple!(A B C);
tuple!(A B C D);

macro_rules! structs {
    ($($name:ident { $($field:tt),* })*) => {$(
        impl Code for $name {
            fn write(&self, writer: &mut Writer) {
                $(self.$field.write(writer);)*
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                // A struct's fields are read in the order they are written here, which is the order of evaluation.
                Ok($name { $($field: Code::read(reader)?),* })
            }
        }
    )*};
}

structs! {
    TypeId { 0 }
    RecordDef { name, fields }
    RecordField { name, ty, default }
    EnumDef { name, variants }
    FieldRef { entity, name, ty, default }
    ActionRef { name, via, yields, class, params, result, fails }
    Asked { action, params }
    EventRef { name, params }
    FlowRef { name, params }
    Template { pieces }
    SwitchTable { cases, default }
    Split { key, sides }
    EventFilter { function, captures }
    Function { name, kind, params, result, scalars, references, code, handlers }
    Handler { start, end, target, failure }
    Flow { name, function, params, subject }
    FlowParam { name, ty, default }
    Place { key, function, pc, live, kind }
    Live { bank, register, ty, name }
    JoinPath { name, done, result }
    Entry { flow, triggers, once, overlap, exits, goal, cap, send_within, holdout, priority }
    Trigger { on, args, filter }
    Predicate { function, captures }
    Once { per, every_us }
    Goal { condition, within_us }
    Cap { count, per_us }
    Cron { minutes, hours, days, months, weekdays, either }
    Policy { timeout_us, retry, backoff_us }
    Arm { on, target }
    Calendar { name, zone, shifts, closed }
    Shift { weekday, from, to }
    Debug { files, lines, names }
    Money { amount, currency }
    FileRef { name, media_type, bytes, location }
    Failure { kind, message, origin }
}

macro_rules! enums {
    ($($name:ident { $($tag:literal: $variant:ident { $($field:tt: $part:ident),* })* })*) => {$(
        impl Code for $name {
            fn write(&self, writer: &mut Writer) {
                match self {
                    $($name::$variant { $($field: $part),* } => {
                        writer.byte($tag);
                        $($part.write(writer);)*
                    })*
                }
            }

            fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
                reader.depth += 1;
                if reader.depth > 64 {
                    return Err(CodecError::Corrupt("nested too deep"));
                }
                let value = match reader.byte()? {
                    $($tag => $name::$variant { $($field: Code::read(reader)?),* },)*
                    _ => return Err(CodecError::Corrupt(concat!("a tag of ", stringify!($name)))),
                };
                reader.depth -= 1;
                Ok(value)
            }
        }
    )*};
}

enums! {
    Bank { 0: Scalar {} 1: Reference {} }
    Type {
        0: Unit {} 1: Bool {} 2: Int {} 3: Duration {} 4: Instant {} 5: Date {} 6: TimeOfDay {} 7: Entity { 0: entity }
        8: Run {} 9: Number {} 10: Money {} 11: Text {} 12: Enum { 0: def } 13: Secret {} 14: File {} 15: Json {}
        16: Failure {} 17: Record { 0: def } 18: List { 0: item } 19: Map { 0: item } 20: Optional { 0: inner }
        21: Email {} 22: Phone {} 23: Url {} 24: TimeZone {}
    }
    EffectClass {
        0: Pure {} 1: Local {} 2: Read {} 3: Keyed { window_us: window_us } 4: Verified { by: by } 5: Once {}
        6: Repeatable {}
        7: Query {}
    }
    FunctionKind { 0: Flow {} 1: Path {} 2: Condition {} 3: Undo {} }
    Piece { 0: Text { 0: text } 1: Hole { bank: bank, register: register, ty: ty, escape: escape } }
    Escape { 0: None {} 1: Url {} 2: Html {} 3: Mrkdwn {} 4: Markdown {} 5: Path { name: name } }
    PlaceKind {
        0: Call {} 1: Pause {} 2: Action { action: action, policy: policy } 3: Wait { arms: arms }
        4: Join { mode: mode, paths: paths }
    }
    JoinMode { 0: All {} 1: First {} }
    Expects {
        0: Choice {} 1: Text {} 2: Email {} 3: Phone {} 4: Url {} 5: Int {} 6: Number {} 7: Date {} 8: File {} 9: Bool {}
    }
    TriggerKind {
        0: Event { event: event } 1: Audience { entity: entity, condition: condition }
        2: Schedule { cron: cron, zone: zone } 3: Webhook { name: name } 4: Silent { after_us: after_us }
    }
    Source { 0: Default {} 1: Param { param: param } 2: Field { param: param, field: field } }
    Captured { 0: Param { param: param } 1: Event {} }
    Overlap { 0: Allow {} 1: Forbid {} 2: Replace {} 3: Queue {} }
    Exit { 0: When { condition: condition } 1: On { event: event, about: about, filter: filter } }
    SecretPart { 0: Text { 0: text } 1: Name { 0: name } }
    Value {
        0: Null {} 1: Bool { 0: bool } 2: Int { 0: int } 3: Number { 0: number } 4: Money { 0: money } 5: Text { 0: text }
        6: List { 0: items } 7: Record { 0: fields } 8: Map { 0: entries } 9: Secret { 0: parts } 10: File { 0: file }
        11: Failure { 0: failure }
    }
}

impl Code for ArmKind {
    fn write(&self, writer: &mut Writer) {
        match self {
            ArmKind::After { due } => {
                writer.byte(0);
                due.write(writer);
            }
            ArmKind::Event { event, matches, bind, filter } => {
                // A filter is younger than the format: an arm without one keeps its bytes.
                writer.byte(if filter.is_some() { 4 } else { 1 });
                event.write(writer);
                matches.write(writer);
                bind.write(writer);
                if let Some(filter) = filter {
                    filter.write(writer);
                }
            }
            ArmKind::When { function, captures, reads } => {
                writer.byte(2);
                function.write(writer);
                captures.write(writer);
                reads.write(writer);
            }
            ArmKind::Answer { conversation, prompt, options, labels, expects, bind } => {
                // So are labels.
                writer.byte(if labels.is_empty() { 3 } else { 5 });
                conversation.write(writer);
                prompt.write(writer);
                options.write(writer);
                expects.write(writer);
                bind.write(writer);
                if !labels.is_empty() {
                    labels.write(writer);
                }
            }
        }
    }

    fn read(reader: &mut Reader<'_>) -> Result<Self, CodecError> {
        Ok(match reader.byte()? {
            0 => ArmKind::After { due: Code::read(reader)? },
            tag @ (1 | 4) => ArmKind::Event {
                event: Code::read(reader)?,
                matches: Code::read(reader)?,
                bind: Code::read(reader)?,
                filter: if tag == 4 { Some(Code::read(reader)?) } else { None },
            },
            2 => ArmKind::When {
                function: Code::read(reader)?,
                captures: Code::read(reader)?,
                reads: Code::read(reader)?,
            },
            tag @ (3 | 5) => {
                let (conversation, prompt, options) = (Code::read(reader)?, Code::read(reader)?, Code::read(reader)?);
                let (expects, bind) = (Code::read(reader)?, Code::read(reader)?);
                let labels: Vec<u32> = if tag == 5 { Code::read(reader)? } else { Vec::new() };
                if tag == 5 && labels.is_empty() {
                    return Err(CodecError::Corrupt("labels of no option"));
                }
                ArmKind::Answer { conversation, prompt, options, labels, expects, bind }
            }
            _ => return Err(CodecError::Corrupt("a tag of ArmKind")),
        })
    }
}
