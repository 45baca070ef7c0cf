//! The program's tables, filled as they are used: types, names and constants, each once.
//!
//! Indices follow the order of first use, so the same HIR always gives the same program, and what nothing uses is absent.

use super::constant;
use super::fast::FastMap;
use crate::hir::{ActionId, EntityId, EnumId, EventId, FlowId, Hir, RecordId, SymbolKind, Ty};
use flow_bytecode::calendar::Calendar;
use flow_bytecode::program::{
    ActionRef, Asked, EffectClass, EnumDef, EventRef, FieldRef, FlowRef, Function, Program, RecordDef, RecordField,
};
use flow_bytecode::{Type, TypeId, Value};
use rust_decimal::Decimal;
use std::sync::Arc;

const ABSENT: u16 = u16::MAX;

/// What an opcode of tests is asked for: its verb, its names and its types.
type TestShape = (Arc<str>, Vec<Arc<str>>, Vec<TypeId>);

/// Interns everything the code refers to.
pub(super) struct Tables<'h> {
    pub hir: &'h Hir,
    pub program: Program,
    /// A table that outgrew its index: what is too many.
    pub overflow: Option<&'static str>,
    types: FastMap<Type, TypeId>,
    enums: Vec<u16>,
    symbols: Vec<(SymbolKind, u16)>,
    records: Vec<u16>,
    entities: Vec<u16>,
    actions: Vec<u16>,
    /// By what the source calls.
    templates: FastMap<u32, u16>,
    tests: FastMap<TestShape, u16>,
    events: Vec<u16>,
    event_records: Vec<u16>,
    flow_refs: Vec<u16>,
    fields: FastMap<(u32, u32), u16>,
    /// Those that the program does not have yet, by name.
    calendars: FastMap<&'h str, &'h Calendar>,
    scalars: FastMap<i64, u32>,
    texts: FastMap<Arc<str>, u32>,
    numbers: FastMap<([u8; 16], [u8; 3]), u32>,
}

impl<'h> Tables<'h> {
    /// Empty tables, with a function reserved for each flow.
    pub fn new(hir: &'h Hir, flows: &[crate::hir::Flow]) -> Self {
        let mut tables = Tables {
            hir,
            program: Program::default(),
            overflow: None,
            types: FastMap::default(),
            enums: vec![ABSENT; hir.enums.len()],
            symbols: Vec::new(),
            records: vec![ABSENT; hir.records.len()],
            entities: vec![ABSENT; hir.entities.len()],
            actions: vec![ABSENT; hir.actions.len()],
            templates: FastMap::default(),
            tests: FastMap::default(),
            events: vec![ABSENT; hir.events.len()],
            event_records: vec![ABSENT; hir.events.len()],
            flow_refs: vec![ABSENT; hir.flows.len()],
            fields: FastMap::default(),
            calendars: hir.calendars.iter().rev().map(|calendar| (&*calendar.name, calendar)).collect(),
            scalars: FastMap::default(),
            texts: FastMap::default(),
            numbers: FastMap::default(),
        };
        tables.program.functions = flows.iter().map(|flow| constant::placeholder(&flow.name)).collect();
        if flows.len() >= usize::from(ABSENT) {
            tables.overflow = Some("flows");
        }
        tables
    }

    /// A new index into a table of that length, whose highest index stays free to mean "none".
    pub fn index(&mut self, len: usize, what: &'static str) -> u16 {
        match u16::try_from(len) {
            Ok(index) if index != ABSENT => index,
            _ => {
                self.overflow = Some(what);
                0
            }
        }
    }

    /// Interns a type whose parts are interned.
    pub fn intern(&mut self, ty: Type) -> TypeId {
        if let Some(id) = self.types.get(&ty) {
            return *id;
        }
        let id = TypeId(self.index(self.program.types.len(), "types"));
        self.program.types.push(ty.clone());
        self.types.insert(ty, id);
        id
    }

    /// The run-time type of a checked type.
    pub fn ty(&mut self, ty: &Ty) -> TypeId {
        let ty = match ty {
            Ty::Error | Ty::Unit | Ty::Never => Type::Unit,
            Ty::Null => {
                let inner = self.intern(Type::Unit);
                Type::Optional(inner)
            }
            Ty::Bool => Type::Bool,
            Ty::Int => Type::Int,
            Ty::Number => Type::Number,
            Ty::Money(_) => Type::Money,
            Ty::Text => Type::Text,
            Ty::Email => Type::Email,
            Ty::Phone => Type::Phone,
            Ty::Url => Type::Url,
            Ty::TimeZone => Type::TimeZone,
            Ty::FailureKind | Ty::Assignee => Type::Text,
            Ty::Symbol(kind) => Type::Enum(self.symbols(*kind)),
            Ty::Duration => Type::Duration,
            Ty::Instant => Type::Instant,
            Ty::Date => Type::Date,
            Ty::TimeOfDay => Type::TimeOfDay,
            Ty::Secret => Type::Secret,
            Ty::File => Type::File,
            Ty::Json => Type::Json,
            Ty::Failure => Type::Failure,
            Ty::Run => Type::Run,
            Ty::Event(id) => Type::Record(self.event_record(*id)),
            Ty::Enum(id) => Type::Enum(self.enumeration(*id)),
            Ty::Record(id) => Type::Record(self.record(*id)),
            Ty::Entity(id) => Type::Entity(self.entity(*id)),
            Ty::List(inner) => Type::List(self.ty(inner)),
            Ty::Map(inner) => Type::Map(self.ty(inner)),
            Ty::Optional(inner) => Type::Optional(self.ty(inner)),
        };
        self.intern(ty)
    }

    /// A calendar by name; every one when which is meant is only known at run time.
    pub fn calendars(&mut self, name: Option<&str>) {
        match name {
            Some(name) => self.program.calendars.extend(self.calendars.remove(name).cloned()),
            None if self.calendars.is_empty() => {}
            None => {
                let left = self.hir.calendars.iter().filter_map(|calendar| self.calendars.remove(&*calendar.name));
                self.program.calendars.extend(left.cloned());
            }
        }
        self.index(self.program.calendars.len(), "calendars");
    }

    /// The declared names of a kind: what comes from outside has to be one of them.
    fn symbols(&mut self, kind: SymbolKind) -> u16 {
        if let Some((_, known)) = self.symbols.iter().find(|(other, _)| *other == kind) {
            return *known;
        }
        let index = self.index(self.program.enums.len(), "enums");
        self.symbols.push((kind, index));
        let declared = self.hir.symbols.iter().filter(|(other, _, _)| *other == kind);
        let variants = declared.map(|(_, name, _)| (name.clone(), name.clone())).collect();
        self.program.enums.push(EnumDef { name: Arc::from(kind.type_name()), variants });
        index
    }

    fn enumeration(&mut self, id: EnumId) -> u16 {
        let (Some(&known), Some(def)) = (self.enums.get(id.0 as usize), self.hir.enums.get(id.0 as usize)) else {
            return 0;
        };
        if known != ABSENT {
            return known;
        }
        let index = self.index(self.program.enums.len(), "enums");
        self.enums[id.0 as usize] = index;
        self.program.enums.push(EnumDef { name: def.name.clone(), variants: def.variants.clone() });
        index
    }

    /// The record type. Its index is taken before its fields are interned: a record may hold itself.
    pub fn record(&mut self, id: RecordId) -> u16 {
        let (Some(&known), Some(def)) = (self.records.get(id.0 as usize), self.hir.records.get(id.0 as usize)) else {
            return 0;
        };
        if known != ABSENT {
            return known;
        }
        let index = self.index(self.program.records.len(), "records");
        self.records[id.0 as usize] = index;
        self.program.records.push(RecordDef { name: def.name.clone(), fields: Vec::new() });
        let mut fields = Vec::with_capacity(def.fields.len());
        for field in &def.fields {
            let default = field.default.as_ref().and_then(|default| constant::value(self.hir, default));
            let default = default.map(|value| self.constant(value));
            fields.push(RecordField { name: field.name.clone(), ty: self.ty(&field.ty), default });
        }
        self.fill_record(index, fields);
        index
    }

    /// A record type that the source does not name.
    pub fn made_record(&mut self, name: Arc<str>, fields: Vec<(Arc<str>, TypeId)>) -> u16 {
        let index = self.index(self.program.records.len(), "records");
        let fields = fields.into_iter().map(|(name, ty)| RecordField { name, ty, default: None }).collect();
        self.program.records.push(RecordDef { name, fields });
        index
    }

    fn fill_record(&mut self, index: u16, fields: Vec<RecordField>) {
        if let Some(record) = self.program.records.get_mut(usize::from(index)) {
            record.fields = fields;
        }
    }

    /// The record of an event's parameters.
    pub fn event_record(&mut self, id: EventId) -> u16 {
        let (Some(&known), Some(def)) = (self.event_records.get(id.0 as usize), self.hir.events.get(id.0 as usize))
        else {
            return 0;
        };
        if known != ABSENT {
            return known;
        }
        let index = self.made_record(def.name.clone(), Vec::new());
        self.event_records[id.0 as usize] = index;
        let mut fields = Vec::with_capacity(def.params.len());
        for (name, ty) in &def.params {
            fields.push(RecordField { name: name.clone(), ty: self.ty(ty), default: None });
        }
        self.fill_record(index, fields);
        index
    }

    /// The type of an entity's records.
    pub fn intern_entity(&mut self, id: EntityId) -> TypeId {
        let index = self.entity(id);
        self.intern(Type::Entity(index))
    }

    fn entity(&mut self, id: EntityId) -> u16 {
        let (Some(&known), Some(def)) = (self.entities.get(id.0 as usize), self.hir.entities.get(id.0 as usize)) else {
            return 0;
        };
        if known != ABSENT {
            return known;
        }
        let index = self.index(self.program.entities.len(), "entities");
        self.entities[id.0 as usize] = index;
        self.program.entities.push(def.name.clone());
        index
    }

    /// A field of an entity.
    pub fn field(&mut self, entity: EntityId, field: u32) -> u16 {
        if let Some(index) = self.fields.get(&(entity.0, field)) {
            return *index;
        }
        let hir = self.hir;
        let Some(def) = hir.entities.get(entity.0 as usize).and_then(|def| def.fields.get(field as usize)) else {
            return 0;
        };
        let default = def.default.as_ref().and_then(|default| constant::value(hir, default));
        let default = default.filter(|value| !value.is_null()).map(|value| self.constant(value));
        let ty = self.ty(&def.ty);
        let entity_index = self.entity(entity);
        let index = self.index(self.program.fields.len(), "fields");
        self.program.fields.push(FieldRef { entity: entity_index, name: def.name.clone(), ty, default });
        self.fields.insert((entity.0, field), index);
        index
    }

    /// An action, or one that is called through its template.
    pub fn action(&mut self, id: ActionId, template: Option<ActionId>) -> u16 {
        let hir = self.hir;
        let Some(def) = hir.actions.get(id.0 as usize) else { return 0 };
        let called = template.and_then(|id| Some((id.0, hir.actions.get(id.0 as usize)?)));
        let known = match called {
            Some((id, _)) => self.templates.get(&id).copied(),
            None => self.actions.get(id.0 as usize).copied().filter(|known| *known != ABSENT),
        };
        if let Some(known) = known {
            return known;
        }
        let index = self.index(self.program.actions.len(), "actions");
        match called {
            Some((id, _)) => drop(self.templates.insert(id, index)),
            None => self.actions[id.0 as usize] = index,
        }
        let class = called.map_or(def.class, |(_, called)| called.class);
        if called.map_or(def, |(_, called)| called).outbound {
            self.program.outbound.push(index);
        }
        let unit = self.intern(Type::Unit);
        self.program.actions.push(ActionRef {
            name: called.map_or(&def.name, |(_, called)| &called.name).clone(),
            via: called.map(|_| def.name.clone()),
            yields: None,
            class,
            params: Vec::new(),
            result: unit,
            fails: def.fails.clone(),
        });
        let params = def.params.iter().map(|param| (param.name.clone(), self.ty(&param.ty))).collect();
        let result = self.ty(&def.result);
        let yields = called.filter(|(_, called)| called.result != Ty::Unit).map(|(_, called)| self.ty(&called.result));
        if let Some(action) = self.program.actions.get_mut(usize::from(index)) {
            action.params = params;
            action.result = result;
            action.yields = yields;
        }
        index
    }

    /// Says which action asks whether another happened.
    pub fn verified(&mut self, index: u16, by: u16) {
        if let Some(action) = self.program.actions.get_mut(usize::from(index)) {
            action.class = EffectClass::Verified { by };
        }
    }

    /// Keeps what the source calls an action with, for whoever is asked about it.
    pub fn asked(&mut self, index: u16, template: ActionId) {
        let Some(def) = self.hir.actions.get(template.0 as usize) else { return };
        if let Err(at) = self.program.asked.binary_search_by_key(&index, |asked| asked.action) {
            let params = def.params.iter().map(|param| (param.name.clone(), self.ty(&param.ty))).collect();
            self.program.asked.insert(at, Asked { action: index, params });
        }
    }

    /// Something that only tests do, as an action with the arguments that are given.
    pub fn test(&mut self, name: String, params: Vec<(Arc<str>, TypeId)>, result: TypeId) -> u16 {
        let name: Arc<str> = Arc::from(name);
        let (names, types) = params.iter().cloned().unzip();
        let key = (name.clone(), names, types);
        if let Some(known) = self.tests.get(&key) {
            return *known;
        }
        let index = self.index(self.program.actions.len(), "actions");
        self.tests.insert(key, index);
        let class = EffectClass::Local;
        self.program.actions.push(ActionRef {
            name,
            via: None,
            yields: None,
            class,
            params,
            result,
            fails: Vec::new(),
        });
        index
    }

    /// An event.
    pub fn event(&mut self, id: EventId) -> u16 {
        let (Some(&known), Some(def)) = (self.events.get(id.0 as usize), self.hir.events.get(id.0 as usize)) else {
            return 0;
        };
        if known != ABSENT {
            return known;
        }
        let params = def.params.iter().map(|(name, ty)| (name.clone(), self.ty(ty))).collect();
        let index = self.index(self.program.events.len(), "events");
        self.events[id.0 as usize] = index;
        self.program.events.push(EventRef { name: def.name.clone(), params });
        index
    }

    /// A flow entered by name.
    pub fn flow_ref(&mut self, id: FlowId) -> u16 {
        let (Some(&known), Some(flow)) = (self.flow_refs.get(id.0 as usize), self.hir.flows.get(id.0 as usize)) else {
            return 0;
        };
        if known != ABSENT {
            return known;
        }
        let mut params = Vec::with_capacity(flow.params.len());
        for param in &flow.params {
            if let Some(local) = flow.locals.get(param.local.0 as usize) {
                params.push((local.name.clone(), self.ty(&local.ty)));
            }
        }
        let index = self.index(self.program.flow_refs.len(), "flows started by name");
        self.flow_refs[id.0 as usize] = index;
        self.program.flow_refs.push(FlowRef { name: flow.name.clone(), params });
        index
    }

    /// A wide scalar.
    pub fn scalar(&mut self, value: i64) -> u32 {
        let next = self.program.scalars.len() as u32;
        let index = *self.scalars.entry(value).or_insert(next);
        if index == next {
            self.program.scalars.push(value);
        }
        index
    }

    /// A constant text.
    pub fn text(&mut self, text: &Arc<str>) -> u32 {
        if let Some(index) = self.texts.get(&**text) {
            return *index;
        }
        let index = self.program.constants.len() as u32;
        self.program.constants.push(Value::Text(text.clone()));
        self.texts.insert(text.clone(), index);
        index
    }

    /// A constant number, or amount. Equal numbers with other scales are shown otherwise, so they stay apart.
    pub fn number(&mut self, number: Decimal, currency: Option<[u8; 3]>) -> u32 {
        let next = self.program.constants.len() as u32;
        let index = *self.numbers.entry((number.serialize(), currency.unwrap_or([0; 3]))).or_insert(next);
        if index == next {
            self.program.constants.push(match currency {
                Some(currency) => Value::Money(flow_bytecode::Money { amount: number, currency }),
                None => Value::Number(number),
            });
        }
        index
    }

    /// Any constant.
    pub fn constant(&mut self, value: Value) -> u32 {
        match value {
            Value::Text(text) => self.text(&text),
            Value::Number(number) => self.number(number, None),
            Value::Money(money) => self.number(money.amount, Some(money.currency)),
            other => {
                let index = self.program.constants.len() as u32;
                self.program.constants.push(other);
                index
            }
        }
    }

    /// Reserves a function.
    pub fn reserve_function(&mut self) -> u16 {
        let index = self.index(self.program.functions.len(), "functions");
        self.program.functions.push(constant::placeholder(&Arc::from("")));
        index
    }

    /// Puts a finished function where it was reserved.
    pub fn set_function(&mut self, index: u16, function: Function) {
        if let Some(slot) = self.program.functions.get_mut(usize::from(index)) {
            *slot = function;
        }
    }
}
