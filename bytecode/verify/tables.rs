//! The tables beside the code: every index leads somewhere, every key is unique.

use super::Errors;
use super::flow::signature;
use crate::op::Op;
use crate::program::{EffectClass, PlaceKind, Program, SPLIT_WHOLE};
use crate::ty::{Bank, Type, TypeId};
use crate::value::Value;
use std::collections::HashSet;

/// Checks every table.
pub(super) fn check(program: &Program, errors: &mut Errors) {
    let ty = |ty: TypeId| usize::from(ty.0) < program.types.len();
    let constant = |index: Option<u32>| index.is_none_or(|index| (index as usize) < program.constants.len());
    let default = |index: Option<u32>, ty: TypeId| match index.map(|index| program.constants.get(index as usize)) {
        None => true,
        Some(value) => value.is_some_and(|value| is_of(program, ty, value, DEFAULT_DEEP)),
    };
    let within = |index: u16, length: usize| usize::from(index) < length;
    let sizes = [
        program.types.len(),
        program.records.len(),
        program.enums.len(),
        program.entities.len(),
        program.fields.len(),
        program.actions.len(),
        program.events.len(),
        program.flow_refs.len(),
        program.functions.len(),
        program.flows.len(),
        program.places.len(),
        program.calendars.len(),
        program.splits.len(),
    ];
    if sizes.iter().any(|size| *size > usize::from(u16::MAX)) {
        return errors.table("a table has more than 65535 entries");
    }
    for (index, found) in program.types.iter().enumerate() {
        let good = match found {
            Type::Entity(entity) => within(*entity, program.entities.len()),
            Type::Enum(def) => within(*def, program.enums.len()),
            Type::Record(def) => within(*def, program.records.len()),
            Type::List(inner) | Type::Map(inner) | Type::Optional(inner) => usize::from(inner.0) < index,
            _ => true,
        };
        if !good {
            errors.table(&format!("type {index} refers to what is not there or comes later"));
        }
    }
    for record in &program.records {
        if !record.fields.iter().all(|field| ty(field.ty) && constant(field.default)) {
            errors.table(&format!("a field of record {} is out of range", record.name));
        }
    }
    for field in &program.fields {
        if !ty(field.ty) || !constant(field.default) || !within(field.entity, program.entities.len()) {
            errors.table(&format!("field {} is out of range", field.name));
        }
    }
    for record in &program.records {
        if !record.fields.iter().all(|field| default(field.default, field.ty)) {
            errors.table(&format!("a field of record {} has a default of another type", record.name));
        }
    }
    for field in &program.fields {
        if !default(field.default, field.ty) {
            errors.table(&format!("field {} has a default of another type", field.name));
        }
    }
    for action in &program.actions {
        let probe = match action.class {
            EffectClass::Verified { by } => within(by, program.actions.len()),
            _ => true,
        };
        if !probe
            || !ty(action.result)
            || !action.yields.is_none_or(ty)
            || !action.params.iter().all(|(_, param)| ty(*param))
        {
            errors.table(&format!("the signature of {} is out of range", action.name));
        }
    }
    let mut before = None;
    for asked in &program.asked {
        if !within(asked.action, program.actions.len()) || before >= Some(asked.action) {
            errors.table(&format!("what is asked about action {} is out of order or range", asked.action));
        }
        if !asked.params.iter().all(|(_, param)| ty(*param)) {
            errors.table(&format!("what is asked about action {} has a type out of range", asked.action));
        }
        before = Some(asked.action);
    }
    let params = program.events.iter().map(|event| (&event.name, &event.params));
    for (name, params) in params.chain(program.flow_refs.iter().map(|flow| (&flow.name, &flow.params))) {
        if !params.iter().all(|(_, param)| ty(*param)) {
            errors.table(&format!("a parameter of {name} is out of range"));
        }
    }
    for split in &program.splits {
        let whole: u64 = split.sides.iter().map(|(_, share)| u64::from(*share)).sum();
        if whole != u64::from(SPLIT_WHOLE) {
            errors.table(&format!("the sides of {} do not make a whole", split.key));
        }
    }
    for flow in &program.flows {
        let code = program.functions.get(usize::from(flow.function));
        let same = code.is_some_and(|code| code.params.iter().eq(flow.params.iter().map(|param| &param.ty)));
        let subject = flow.subject.is_none_or(|subject| within(subject, flow.params.len()));
        if !same || !subject || !flow.params.iter().all(|param| constant(param.default)) {
            errors.table(&format!("flow {} does not fit its function", flow.name));
        }
    }
    for (index, function) in (0u16..).zip(&program.functions) {
        if !function.params.iter().all(|param| ty(*param)) {
            errors.at(index, None, "a parameter's type is out of range");
        }
        if let Err(message) = signature(program, function) {
            errors.at(index, None, &message);
        }
        for handler in &function.handlers {
            let length = function.code.len();
            let range = handler.start <= handler.end && usize::from(handler.end) <= length;
            if !range || !within(handler.target, length) || handler.failure >= function.references {
                errors.at(index, None, "a handler is out of range");
            }
        }
    }
    places(program, errors);
    calendars(program, errors);
}

fn calendars(program: &Program, errors: &mut Errors) {
    let mut names = HashSet::new();
    for calendar in &program.calendars {
        if !names.insert(&calendar.name) {
            errors.table(&format!("two calendars are called {}", calendar.name));
        }
        if let Err(what) = calendar.check() {
            errors.table(&format!("calendar {} {what}", calendar.name));
        }
    }
}

fn places(program: &Program, errors: &mut Errors) {
    let mut keys = HashSet::new();
    let mut spots = HashSet::new();
    for place in &program.places {
        if !keys.insert(&place.key) {
            errors.table(&format!("two places have the key {}", place.key));
        }
        if !spots.insert((place.function, place.pc)) {
            errors.table(&format!("place {} stands where another does", place.key));
        }
        let code = program.functions.get(usize::from(place.function)).map(|function| &function.code);
        let op = code.and_then(|code| code.get(usize::from(place.pc))).map(|instr| instr.op);
        let good = match &place.kind {
            PlaceKind::Call => op == Some(Op::Call),
            PlaceKind::Pause => op == Some(Op::Pause),
            PlaceKind::Action { .. } => op == Some(Op::ActExternal),
            PlaceKind::Wait { .. } => op == Some(Op::Wait),
            PlaceKind::Join { .. } => op == Some(Op::Join),
        };
        if !good {
            errors.table(&format!("place {} does not stand at an instruction of its kind", place.key));
        }
        // Scalars first, by register: the order in which they are stored.
        if !place
            .live
            .windows(2)
            .all(|pair| (pair[0].bank as u8, pair[0].register) < (pair[1].bank as u8, pair[1].register))
        {
            errors.table(&format!("the registers kept at {} are not in order", place.key));
        }
        if place.live.iter().any(|live| usize::from(live.ty.0) >= program.types.len()) {
            errors.table(&format!("the type of a register kept at {} is out of range", place.key));
        }
    }
}

/// Values within values of a default.
const DEFAULT_DEEP: u32 = 64;

/// Whether a constant is a value of a type.
fn is_of(program: &Program, ty: TypeId, value: &Value, room: u32) -> bool {
    let (Some(ty), Some(room)) = (program.types.get(usize::from(ty.0)), room.checked_sub(1)) else { return false };
    match (ty, value) {
        (Type::Json, _) | (Type::Optional(_) | Type::Unit, Value::Null) => true,
        (Type::Optional(inner), _) => is_of(program, *inner, value, room),
        (Type::Bool, Value::Bool(_)) | (Type::Number, Value::Number(_)) | (Type::Money, Value::Money(_)) => true,
        (Type::Secret, Value::Secret(_)) | (Type::File, Value::File(_)) | (Type::Failure, Value::Failure(_)) => true,
        (Type::Enum(_), Value::Text(_)) => true,
        (ty, Value::Text(_)) => ty.is_text(),
        (ty, Value::Int(_)) => ty.bank() == Bank::Scalar && *ty != Type::Bool,
        (Type::List(item), Value::List(items)) => items.iter().all(|value| is_of(program, *item, value, room)),
        (Type::Map(item), Value::Map(entries)) => entries.iter().all(|(_, value)| is_of(program, *item, value, room)),
        (Type::Record(def), Value::Record(values)) => {
            let fields = program.records.get(usize::from(*def)).map(|def| def.fields.as_slice()).unwrap_or_default();
            fields.len() == values.len()
                && fields.iter().zip(values.iter()).all(|(field, value)| is_of(program, field.ty, value, room))
        }
        _ => false,
    }
}
