//! What the workspace has to hold for a checked program.

use crate::hir::{Convert, Event, Expr, ExprKind, Hir, Node, SymbolKind, Ty};
use flow_bytecode::schema::{CategoryDef, EntityDef, EventDef, FieldDef, LinkDef, Schema, SchemaType, event_word};
use flow_bytecode::{Money, Value};
use std::sync::Arc;

/// The schema of a project: entities with their extensions, declared names, events.
pub fn schema(hir: &Hir) -> Schema {
    Schema {
        entities: hir
            .entities
            .iter()
            .map(|entity| EntityDef {
                name: entity.name.clone(),
                fields: entity
                    .fields
                    .iter()
                    .map(|field| FieldDef {
                        name: field.name.clone(),
                        ty: schema_type(hir, &field.ty),
                        default: field.default.as_ref().map_or(Value::Null, |default| constant(hir, default)),
                        indexed: field.indexed,
                        unique: field.unique,
                        readonly: field.readonly,
                        custom: field.custom,
                    })
                    .collect(),
            })
            .collect(),
        symbols: hir.symbols.iter().map(|(kind, name, _)| (Arc::from(kind.word()), name.clone())).collect(),
        events: hir
            .events
            .iter()
            .map(|event| EventDef {
                name: event.name.clone(),
                params: event.params.iter().map(|(name, ty)| (name.clone(), schema_type(hir, ty))).collect(),
            })
            .collect(),
        categories: (hir.categories.iter())
            .map(|category| CategoryDef {
                name: category.name.clone(),
                team: category.team.clone(),
                in_turn: category.in_turn,
            })
            .collect(),
        links: (hir.links.iter())
            .map(|link| LinkDef { name: link.name.clone(), address: link.address.clone() })
            .collect(),
        calendars: hir.calendars.clone(),
        remembered: remembered(hir),
    }
}

/// The action that asks what a contact has done.
pub(super) const ASKS: &str = "Contact.has_done";

/// The events that flows ask about; all of them where it is not written which.
fn remembered(hir: &Hir) -> Vec<Arc<str>> {
    let Some(asks) = hir.actions.iter().position(|action| &*action.name == ASKS) else { return Vec::new() };
    let mut names: Vec<Arc<str>> = Vec::new();
    let mut any = false;
    let mut see = |node: Node<'_>| {
        if let Node::Expr(Expr { kind: ExprKind::Action(call), .. }) = node
            && call.action.0 as usize == asks
        {
            match call.args.get(1).map(|event| &event.kind) {
                Some(ExprKind::Symbol(SymbolKind::Event, name)) => names.push(name.clone()),
                _ => any = true,
            }
        }
    };
    for flow in hir.flows.iter().chain(&hir.tests) {
        flow.body.walk(&mut see);
        if let Some(entry) = &flow.entry {
            entry.conditions().for_each(|condition| condition.walk(&mut see));
        }
    }
    let asked = |event: &&Event| any || names.iter().any(|name| **name == *event_word(&event.name));
    hir.events.iter().filter(asked).map(|event| event.name.clone()).collect()
}

/// A type, spelled out. What no field can be is `Json`.
fn schema_type(hir: &Hir, ty: &Ty) -> SchemaType {
    match ty {
        Ty::Bool => SchemaType::Bool,
        Ty::Int => SchemaType::Int,
        Ty::Number => SchemaType::Number,
        Ty::Money(_) => SchemaType::Money,
        Ty::Text | Ty::FailureKind => SchemaType::Text,
        Ty::Email => SchemaType::Email,
        Ty::Phone => SchemaType::Phone,
        Ty::Url => SchemaType::Url,
        Ty::Duration => SchemaType::Duration,
        Ty::Instant => SchemaType::Instant,
        Ty::Date => SchemaType::Date,
        Ty::TimeOfDay => SchemaType::TimeOfDay,
        Ty::TimeZone => SchemaType::TimeZone,
        Ty::Assignee => SchemaType::Assignee,
        Ty::File => SchemaType::File,
        Ty::Symbol(kind) => SchemaType::Symbol(Arc::from(kind.word())),
        Ty::Enum(id) => match hir.enums.get(id.0 as usize) {
            Some(def) => SchemaType::Enum(def.name.clone(), def.variants.clone()),
            None => SchemaType::Json,
        },
        Ty::Record(id) => match hir.records.get(id.0 as usize) {
            Some(def) => {
                let fields = def.fields.iter().map(|field| (field.name.clone(), schema_type(hir, &field.ty)));
                SchemaType::Record(def.name.clone(), fields.collect())
            }
            None => SchemaType::Json,
        },
        Ty::Entity(id) => match hir.entities.get(id.0 as usize) {
            Some(def) => SchemaType::Entity(def.name.clone()),
            None => SchemaType::Json,
        },
        Ty::List(inner) => SchemaType::List(Box::new(schema_type(hir, inner))),
        Ty::Map(inner) => SchemaType::Map(Box::new(schema_type(hir, inner))),
        Ty::Optional(inner) => SchemaType::Optional(Box::new(schema_type(hir, inner))),
        Ty::Error | Ty::Unit | Ty::Never | Ty::Null | Ty::Secret | Ty::Json | Ty::Failure | Ty::Run | Ty::Event(_) => {
            SchemaType::Json
        }
    }
}

/// The value of a constant; the checker lets nothing else be a default.
fn constant(hir: &Hir, expr: &Expr) -> Value {
    match &expr.kind {
        ExprKind::Bool(value) => Value::Bool(*value),
        ExprKind::Int(value) | ExprKind::Duration(value) | ExprKind::TimeOfDay(value) => Value::Int(*value),
        ExprKind::Date(days) => Value::Int(i64::from(*days)),
        ExprKind::Number(value) => Value::Number(*value),
        ExprKind::Money(amount, currency) => Value::Money(Money { amount: *amount, currency: *currency }),
        ExprKind::Text(text) | ExprKind::FailureKind(text) | ExprKind::Symbol(_, text) => Value::Text(text.clone()),
        ExprKind::Variant(id, index) => {
            let variant = hir.enums.get(id.0 as usize).and_then(|def| def.variants.get(*index as usize));
            variant.map_or(Value::Null, |(name, _)| Value::Text(name.clone()))
        }
        ExprKind::List(items) => Value::List(Arc::new(items.iter().map(|item| constant(hir, item)).collect())),
        ExprKind::Record(_, fields) => {
            Value::Record(Arc::new(fields.iter().map(|field| constant(hir, field)).collect()))
        }
        ExprKind::Map(pairs) => {
            Value::Map(Arc::new(pairs.iter().map(|(key, value)| (key.clone(), constant(hir, value))).collect()))
        }
        ExprKind::Wrap(inner) => constant(hir, inner),
        ExprKind::Unary(crate::hir::Unary::Negate, inner) => match constant(hir, inner) {
            Value::Int(value) => value.checked_neg().map_or(Value::Null, Value::Int),
            Value::Number(value) => Value::Number(-value),
            Value::Money(money) => Value::Money(Money { amount: -money.amount, ..money }),
            _ => Value::Null,
        },
        ExprKind::Convert(convert, inner) => match (convert, constant(hir, inner)) {
            (Convert::IntToNumber, Value::Int(value)) => Value::Number(value.into()),
            (Convert::TeamToAssignee, Value::Text(name)) if inner.ty == Ty::Symbol(SymbolKind::Team) => {
                Value::Text(Arc::from(format!("team:{name}")))
            }
            (_, value) => value,
        },
        _ => Value::Null,
    }
}
