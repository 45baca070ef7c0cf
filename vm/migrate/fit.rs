//! Whether values of a type of one program are values of a type of another, and the values made over.

use flow_bytecode::disasm::type_name;
use flow_bytecode::{Program, Type, TypeId, Value};
use std::sync::Arc;

/// Types within types that are looked at; deeper ones are decided by the values themselves.
const DEPTH_MAX: usize = 32;

/// A type in its program.
#[derive(Clone, Copy)]
pub(super) struct Typed<'p> {
    pub program: &'p Program,
    pub id: TypeId,
}

impl<'p> Typed<'p> {
    pub fn ty(self) -> Option<&'p Type> {
        self.program.types.get(usize::from(self.id.0))
    }

    fn of(self, id: TypeId) -> Self {
        Typed { id, ..self }
    }

    /// What people call it.
    pub fn name(self) -> String {
        type_name(self.program, self.id)
    }
}

/// Why values of one type cannot be values of the other, as far as types tell: a sentence without a subject. `None` when every
/// one may be.
pub(super) fn misfit(old: Typed<'_>, new: Typed<'_>) -> Option<String> {
    misfit_within(old, new, DEPTH_MAX)
}

fn misfit_within(old: Typed<'_>, new: Typed<'_>, room: usize) -> Option<String> {
    let other = || Some(format!("was {} and is {} now", old.name(), new.name()));
    let (Some(from), Some(to)) = (old.ty(), new.ty()) else { return other() };
    let room = room.checked_sub(1)?;
    let fits = match (from, to) {
        (Type::Optional(from), Type::Optional(to))
        | (Type::List(from), Type::List(to))
        | (Type::Map(from), Type::Map(to)) => {
            let why = misfit_within(old.of(*from), new.of(*to), room)?;
            return if matches!(new.of(*to).ty(), Some(Type::Record(_))) { Some(why) } else { other() };
        }
        (_, Type::Optional(to)) => return misfit_within(old, new.of(*to), room),
        (Type::Entity(_), Type::Entity(_)) => old.name() == new.name(),
        (Type::Enum(from), Type::Enum(to)) => {
            let enums = |typed: Typed<'_>, index: &u16| typed.program.enums.get(usize::from(*index)).cloned();
            matches!((enums(old, from), enums(new, to)), (Some(from), Some(to)) if from.name == to.name)
        }
        (Type::Record(from), Type::Record(to)) => {
            let from = old.program.records.get(usize::from(*from));
            let to = new.program.records.get(usize::from(*to));
            let (Some(from), Some(to)) = (from, to) else { return other() };
            return to.fields.iter().find_map(|field| {
                match from.fields.iter().find(|other| other.name == field.name) {
                    Some(before) => misfit_within(old.of(before.ty), new.of(field.ty), room)
                        .map(|why| format!("has a field `{}` that {why}", field.name)),
                    None if field.default.is_some() => None,
                    None if matches!(new.of(field.ty).ty(), Some(Type::Optional(_))) => None,
                    None => {
                        Some(format!("lacks the field `{}` that {} has now, without a default", field.name, new.name()))
                    }
                }
            });
        }
        (Type::Email | Type::Phone | Type::Url | Type::TimeZone, Type::Text) => true,
        (from, to) => std::mem::discriminant(from) == std::mem::discriminant(to),
    };
    if fits { None } else { other() }
}

/// Whether the types are the same, part by part and in the same order: what one side wrote the other reads.
pub(super) fn same(old: Typed<'_>, new: Typed<'_>) -> bool {
    same_within(old, new, DEPTH_MAX)
}

fn same_within(old: Typed<'_>, new: Typed<'_>, room: usize) -> bool {
    let (Some(from), Some(to)) = (old.ty(), new.ty()) else { return false };
    let Some(room) = room.checked_sub(1) else { return false };
    match (from, to) {
        (Type::Optional(from), Type::Optional(to))
        | (Type::List(from), Type::List(to))
        | (Type::Map(from), Type::Map(to)) => same_within(old.of(*from), new.of(*to), room),
        (Type::Entity(_), Type::Entity(_)) => old.name() == new.name(),
        (Type::Enum(from), Type::Enum(to)) => {
            let (from, to) = (old.program.enums.get(usize::from(*from)), new.program.enums.get(usize::from(*to)));
            matches!((from, to), (Some(from), Some(to))
                if from.name == to.name
                    && from.variants.iter().all(|(name, _)| to.variants.iter().any(|(other, _)| other == name)))
        }
        (Type::Record(from), Type::Record(to)) => {
            let from = old.program.records.get(usize::from(*from));
            let to = new.program.records.get(usize::from(*to));
            matches!((from, to), (Some(from), Some(to)) if from.fields.len() == to.fields.len()
            && from.fields.iter().zip(&to.fields).all(|(from, to)| {
                from.name == to.name && same_within(old.of(from.ty), new.of(to.ty), room)
            }))
        }
        (from, to) => std::mem::discriminant(from) == std::mem::discriminant(to),
    }
}

/// A value of the old type as one of the new; why it is none.
///
/// # Errors
/// A sentence without a subject: `holds .trial, which Plan no longer has`.
pub(super) fn convert(old: Typed<'_>, new: Typed<'_>, value: &Value, room: usize) -> Result<Value, String> {
    let misfit = || format!("was {} and is {} now", old.name(), new.name());
    let (Some(from), Some(to)) = (old.ty(), new.ty()) else { return Err(misfit()) };
    let Some(room) = room.checked_sub(1) else { return Err("is nested too deeply".to_owned()) };
    match (from, to, value) {
        (_, Type::Optional(_), Value::Null) => Ok(Value::Null),
        (Type::Optional(from), Type::Optional(to), value) => convert(old.of(*from), new.of(*to), value, room),
        (_, Type::Optional(to), value) => convert(old, new.of(*to), value, room),
        (Type::Entity(_), Type::Entity(_), value) if old.name() == new.name() => Ok(value.clone()),
        (Type::Enum(_), Type::Enum(to), Value::Text(variant)) => {
            let def = new.program.enums.get(usize::from(*to)).ok_or_else(misfit)?;
            match def.variants.iter().any(|(name, _)| name == variant) {
                true => Ok(value.clone()),
                false => Err(format!("holds .{variant}, which {} no longer has", new.name())),
            }
        }
        (Type::Record(from), Type::Record(to), Value::Record(fields)) => {
            let from = old.program.records.get(usize::from(*from)).ok_or_else(misfit)?;
            let to = new.program.records.get(usize::from(*to)).ok_or_else(misfit)?;
            let mut made = Vec::with_capacity(to.fields.len());
            for field in &to.fields {
                let before = from.fields.iter().zip(fields.iter()).find(|(other, _)| other.name == field.name);
                made.push(match (before, field.default) {
                    (Some((other, value)), _) => convert(old.of(other.ty), new.of(field.ty), value, room)
                        .map_err(|why| format!("has a field `{}` that {why}", field.name))?,
                    (None, Some(default)) => new.program.constants.get(default as usize).cloned().unwrap_or_default(),
                    (None, None) if matches!(new.of(field.ty).ty(), Some(Type::Optional(_))) => Value::Null,
                    (None, None) => return Err(format!("lacks the field `{}` of {}", field.name, new.name())),
                });
            }
            Ok(Value::Record(Arc::new(made)))
        }
        (Type::List(from), Type::List(to), Value::List(items)) => {
            let made = items.iter().map(|item| convert(old.of(*from), new.of(*to), item, room));
            Ok(Value::List(Arc::new(made.collect::<Result<_, _>>()?)))
        }
        (Type::Map(from), Type::Map(to), Value::Map(entries)) => {
            let made =
                entries.iter().map(|(key, value)| Ok((key.clone(), convert(old.of(*from), new.of(*to), value, room)?)));
            Ok(Value::Map(Arc::new(made.collect::<Result<_, String>>()?)))
        }
        (Type::Email | Type::Phone | Type::Url | Type::TimeZone, Type::Text, value) => Ok(value.clone()),
        (from, to, value) if std::mem::discriminant(from) == std::mem::discriminant(to) => match from {
            // Their values have been looked at above; what is left of these is no value of theirs.
            Type::Entity(_) | Type::Enum(_) | Type::Record(_) | Type::List(_) | Type::Map(_) => Err(misfit()),
            _ => Ok(value.clone()),
        },
        _ => Err(misfit()),
    }
}
