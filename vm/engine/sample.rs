//! JSON of the shape of a type, for a person who has to write some.

use flow_bytecode::{Program, Type, TypeId};
use serde_json::{Map, Value, json};

/// A text that only a person can know.
pub(super) const GAP: &str = "…";
/// Deeper than this a sample is `null`, or nothing.
const DEPTH_MAX: usize = 6;

/// JSON that fits a type, in a line: `{"id":"…","amount":12.5}`.
pub(super) fn of(program: &Program, ty: TypeId) -> String {
    value(program, ty, DEPTH_MAX).to_string()
}

fn value(program: &Program, ty: TypeId, room: usize) -> Value {
    let Some((ty, room)) = program.types.get(usize::from(ty.0)).zip(room.checked_sub(1)) else { return Value::Null };
    match ty {
        Type::Bool => json!(true),
        Type::Int | Type::Entity(_) | Type::Run => json!(1),
        Type::Number => json!(12.5),
        Type::Money => json!("12.50 EUR"),
        Type::Text => json!(GAP),
        Type::Email => json!("ada@example.com"),
        Type::Phone => json!("+4790012345"),
        Type::Url => json!("https://example.com"),
        Type::TimeZone => json!("Europe/Oslo"),
        Type::Instant => json!("2026-03-01T09:00:00Z"),
        Type::Date => json!("2026-03-01"),
        Type::TimeOfDay => json!("09:00"),
        Type::Duration => json!(60_000_000),
        Type::Enum(index) => {
            let def = program.enums.get(usize::from(*index));
            def.and_then(|def| def.variants.first()).map_or(Value::Null, |(name, _)| json!(&**name))
        }
        Type::List(item) => match room {
            0 => json!([]),
            _ => json!([value(program, *item, room)]),
        },
        Type::Map(item) => match room {
            0 => json!({}),
            _ => json!({ GAP: value(program, *item, room) }),
        },
        Type::Json => json!({}),
        Type::Optional(inner) => match room {
            0 => Value::Null,
            _ => value(program, *inner, room),
        },
        Type::Record(index) => {
            let fields = program.records.get(usize::from(*index)).map(|def| def.fields.as_slice()).unwrap_or_default();
            let object = fields.iter().map(|field| (field.name.to_string(), value(program, field.ty, room)));
            Value::Object(object.collect::<Map<_, _>>())
        }
        _ => Value::Null,
    }
}
