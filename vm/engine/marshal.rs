//! The machine's types, as people and channels need them.

pub(super) use flow_bytecode::disasm::type_name as name;
use flow_bytecode::program::Program;
use flow_bytecode::schema::SchemaType;
use flow_bytecode::{Type, TypeId};

/// Whether values of a type are the same on both sides: no record in it.
pub(super) fn is_plain(program: &Program, ty: TypeId) -> bool {
    match program.types.get(usize::from(ty.0)) {
        Some(Type::Record(_)) => false,
        Some(Type::List(inner) | Type::Map(inner) | Type::Optional(inner)) => {
            // Parts refer to smaller indices, which is what ends the recursion.
            *inner < ty && is_plain(program, *inner)
        }
        _ => true,
    }
}

/// A type, spelled out for channels and the command line.
pub(super) fn spell(program: &Program, ty: TypeId) -> SchemaType {
    let Some(kind) = program.types.get(usize::from(ty.0)) else { return SchemaType::Json };
    let inner = |part: TypeId| Box::new(if part < ty { spell(program, part) } else { SchemaType::Json });
    match kind {
        Type::Bool => SchemaType::Bool,
        Type::Int | Type::Run => SchemaType::Int,
        Type::Duration => SchemaType::Duration,
        Type::Instant => SchemaType::Instant,
        Type::Date => SchemaType::Date,
        Type::TimeOfDay => SchemaType::TimeOfDay,
        Type::Entity(index) => {
            SchemaType::Entity(program.entities.get(usize::from(*index)).cloned().unwrap_or_else(|| "?".into()))
        }
        Type::Number => SchemaType::Number,
        Type::Money => SchemaType::Money,
        Type::Text | Type::Secret => SchemaType::Text,
        Type::Email => SchemaType::Email,
        Type::Phone => SchemaType::Phone,
        Type::Url => SchemaType::Url,
        Type::TimeZone => SchemaType::TimeZone,
        Type::Enum(index) => match program.enums.get(usize::from(*index)) {
            Some(def) => SchemaType::Enum(def.name.clone(), def.variants.clone()),
            None => SchemaType::Text,
        },
        Type::File => SchemaType::File,
        Type::Unit | Type::Json | Type::Failure => SchemaType::Json,
        Type::Record(index) => match program.records.get(usize::from(*index)) {
            Some(def) => SchemaType::Record(
                def.name.clone(),
                def.fields
                    .iter()
                    .map(|field| {
                        let part = if field.ty < ty { spell(program, field.ty) } else { SchemaType::Json };
                        (field.name.clone(), part)
                    })
                    .collect(),
            ),
            None => SchemaType::Json,
        },
        Type::List(part) => SchemaType::List(inner(*part)),
        Type::Map(part) => SchemaType::Map(inner(*part)),
        Type::Optional(part) => SchemaType::Optional(inner(*part)),
    }
}
