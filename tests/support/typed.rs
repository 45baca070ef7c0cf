//! Whether a value is of a type, told apart from how the machine tells it.

use flow_bytecode::{Program, Type, TypeId, Value};
use flow_vm::machine::{World, WorldError};

/// Whether a value that crosses the machine's border is of the type.
pub fn is(program: &Program, ty: TypeId, value: &Value) -> bool {
    match (&program.types[usize::from(ty.0)], value) {
        (Type::Unit, Value::Null) | (Type::Bool, Value::Bool(_)) => true,
        (Type::Int | Type::Duration | Type::Instant | Type::Date | Type::Entity(_) | Type::Run, Value::Int(_)) => true,
        (Type::TimeOfDay, Value::Int(time)) => (0..86_400_000_000).contains(time),
        (Type::Number, Value::Number(_)) | (Type::Money, Value::Money(_)) | (Type::Text, Value::Text(_)) => true,
        (Type::Email, Value::Text(text)) => text.contains('@'),
        (Type::Phone, Value::Text(text)) => text.starts_with('+'),
        (Type::Url, Value::Text(text)) => text.starts_with("http"),
        (Type::TimeZone, Value::Text(text)) => !text.is_empty(),
        (Type::Enum(index), Value::Text(text)) => {
            program.enums[usize::from(*index)].variants.iter().any(|variant| variant.0 == *text)
        }
        (Type::Secret, Value::Secret(_) | Value::Text(_)) => true,
        (Type::File, Value::File(_)) | (Type::Failure, Value::Failure(_)) => true,
        (Type::Json, Value::Record(_) | Value::File(_) | Value::Failure(_) | Value::Secret(_)) => false,
        (Type::Json, _) => true,
        (Type::Record(index), Value::Record(parts)) => {
            let fields = &program.records[usize::from(*index)].fields;
            fields.len() == parts.len() && fields.iter().zip(&**parts).all(|(field, part)| is(program, field.ty, part))
        }
        (Type::List(item), Value::List(items)) => items.iter().all(|value| is(program, *item, value)),
        (Type::Map(item), Value::Map(entries)) => entries.iter().all(|(_, value)| is(program, *item, value)),
        (Type::Optional(_), Value::Null) => true,
        (Type::Optional(inner), value) => is(program, *inner, value),
        _ => false,
    }
}

/// A world that asserts that whatever reaches it is of the type that the program declares.
#[derive(Debug)]
pub struct Watched<W>(pub W, pub std::sync::Arc<Program>);

impl<W> Watched<W> {
    fn check(&self, what: &str, ty: TypeId, value: &Value) {
        assert!(is(&self.1, ty, value), "{what} is {value:?}, not {:?}", self.1.types[usize::from(ty.0)]);
    }

    fn check_all(&self, what: &str, types: impl Iterator<Item = TypeId>, values: &[Value]) {
        let types: Vec<TypeId> = types.collect();
        assert_eq!(types.len(), values.len(), "{what}");
        types.iter().zip(values).for_each(|(ty, value)| self.check(what, *ty, value));
    }
}

impl<W: World> World for Watched<W> {
    fn now(&self) -> i64 {
        self.0.now()
    }

    fn field(&mut self, field: u16, id: i64) -> Result<&Value, WorldError> {
        self.0.field(field, id)
    }

    fn set_field(&mut self, field: u16, id: i64, value: Value, effect: u32) -> Result<(), WorldError> {
        let declared = &self.1.fields[usize::from(field)];
        self.check(&declared.name, declared.ty, &value);
        self.0.set_field(field, id, value, effect)
    }

    fn call(&mut self, action: u16, args: &[Value], effect: u32) -> Result<Value, WorldError> {
        let declared = &self.1.actions[usize::from(action)];
        self.check_all(&declared.name, declared.params.iter().map(|(_, ty)| *ty), args);
        self.0.call(action, args, effect)
    }

    fn fire(&mut self, event: u16, args: &[Value], effect: u32) -> Result<(), WorldError> {
        let declared = &self.1.events[usize::from(event)];
        self.check_all(&declared.name, declared.params.iter().map(|(_, ty)| *ty), args);
        self.0.fire(event, args, effect)
    }

    fn start(&mut self, flow_ref: u16, args: &[Value], effect: u32) -> Result<i64, WorldError> {
        self.0.start(flow_ref, args, effect)
    }

    fn split(&mut self, split: u16, effect: u32) -> Result<u16, WorldError> {
        self.0.split(split, effect)
    }

    fn send_at(&mut self) -> Result<Option<i64>, WorldError> {
        self.0.send_at()
    }

    fn may_send(&mut self, action: u16, effect: u32) -> Result<bool, WorldError> {
        self.0.may_send(action, effect)
    }
}
