//! A program joined to this installation: its fields to the workspace's, its actions to the registry, its names to ids.

use super::marshal::is_plain;
use crate::action::{Implementation, Registry};
use crate::machine::Loaded;
use crate::store::{Entity, NameClass, NameId, StoreResult, Txn};
use flow_bytecode::program::{ActionRef, EffectClass, Program};
use flow_bytecode::schema::Schema;
use flow_bytecode::{Type, TypeId};
use std::sync::Arc;

/// A program that can be run here.
pub(super) struct Linked {
    /// Its id in the store.
    pub id: i64,
    pub loaded: Loaded,
    pub fields: Vec<LinkedField>,
    pub actions: Vec<LinkedAction>,
    pub events: Vec<LinkedEvent>,
    /// The id of every flow's name.
    pub flows: Vec<NameId>,
    /// The kind of every entity.
    pub kinds: Vec<NameId>,
}

pub(super) struct LinkedField {
    pub entity: Arc<Entity>,
    pub position: usize,
    pub ty: TypeId,
    /// Whether the stored value is the machine's value as it is.
    pub plain: bool,
    /// The constant a null reads as.
    pub default: Option<u32>,
}

pub(super) struct LinkedAction {
    pub name: NameId,
    pub class: EffectClass,
    pub implementation: Implementation,
    /// Whether every argument is the same on both sides of the border.
    pub plain_args: bool,
}

pub(super) struct LinkedEvent {
    pub name: NameId,
    /// The first parameter that is an entity, and its kind.
    pub subject: Option<(u16, NameId)>,
}

/// Why a stored program cannot run here.
pub(super) enum LinkError {
    /// It cannot be read, or asks for what is not there: its runs are stranded until it is.
    Stranded(String),
    Store(crate::store::StoreError),
}

impl From<crate::store::StoreError> for LinkError {
    fn from(error: crate::store::StoreError) -> Self {
        LinkError::Store(error)
    }
}

impl Linked {
    pub fn program(&self) -> &Program {
        self.loaded.program()
    }

    /// The kind of the records of a type, when it is an entity.
    pub fn kind_of(&self, ty: TypeId) -> Option<NameId> {
        match self.program().types.get(usize::from(ty.0)) {
            Some(Type::Entity(index)) => self.kinds.get(usize::from(*index)).copied(),
            _ => None,
        }
    }
}

/// Everything a program asks for that is not there, a sentence each.
pub(super) fn problems(program: &Program, registry: &Registry, schema: &Schema) -> Vec<String> {
    let mut problems = Vec::new();
    for action in &program.actions {
        match registry.get(action.implementation()) {
            None => problems.push(format!("nothing here carries out `{}`", action.implementation())),
            Some(implementation) if !fits(action.class, implementation) => problems.push(format!(
                "`{}` is declared as {} but is carried out as {}",
                action.name,
                class_name(action.class),
                implementation_name(implementation)
            )),
            Some(_) => {}
        }
    }
    let entity = |index: u16| {
        let name = program.entities.get(usize::from(index))?;
        schema.entities.iter().find(|entity| entity.name == *name)
    };
    for (index, name) in program.entities.iter().enumerate() {
        if u16::try_from(index).ok().and_then(entity).is_none() {
            problems.push(format!("the workspace has no `{name}`"));
        }
    }
    for field in &program.fields {
        let Some(def) = entity(field.entity) else { continue };
        match def.fields.iter().find(|other| other.name == field.name) {
            None => problems.push(format!("`{}` has no field `{}`", def.name, field.name)),
            Some(other) => {
                let wanted = super::marshal::spell(program, field.ty);
                if !same_kind(&wanted, &other.ty) {
                    let name = super::marshal::name(program, field.ty);
                    problems.push(format!("`{}.{}` is read as {name}, which it is not", def.name, field.name));
                }
            }
        }
    }
    for event in &program.events {
        match schema.events.iter().find(|other| other.name == event.name) {
            None => problems.push(format!("no event `{}` is declared", event.name)),
            Some(other) if other.params.len() != event.params.len() => {
                problems.push(format!("the event `{}` has other parameters", event.name));
            }
            Some(_) => {}
        }
    }
    problems
}

/// Whether values of one type can be read as the other: the outermost kind decides, the rest is checked when read.
fn same_kind(wanted: &flow_bytecode::schema::SchemaType, stored: &flow_bytecode::schema::SchemaType) -> bool {
    use flow_bytecode::schema::SchemaType as S;
    let texts = |ty: &S| {
        matches!(ty, S::Text | S::Email | S::Phone | S::Url | S::TimeZone | S::Enum(..) | S::Symbol(_) | S::Assignee)
    };
    match (wanted, stored) {
        (S::Optional(wanted), S::Optional(stored)) => same_kind(wanted, stored),
        // A field that became required is still readable as optional; the other way is what the default is for.
        (S::Optional(wanted), stored) => same_kind(wanted, stored),
        (wanted, S::Optional(stored)) => same_kind(wanted, stored),
        (S::List(wanted), S::List(stored)) | (S::Map(wanted), S::Map(stored)) => same_kind(wanted, stored),
        (S::Entity(wanted), S::Entity(stored)) => wanted == stored,
        (S::Json, _) => true,
        (wanted, stored) if texts(wanted) => texts(stored),
        (wanted, stored) => std::mem::discriminant(wanted) == std::mem::discriminant(stored),
    }
}

fn fits(class: EffectClass, implementation: &Implementation) -> bool {
    match implementation {
        Implementation::Pure(_) => class == EffectClass::Pure,
        Implementation::Local(_) => class == EffectClass::Local,
        Implementation::Query(_) => class == EffectClass::Query,
        Implementation::External(_) => class.is_external(),
    }
}

pub(super) fn class_name(class: EffectClass) -> &'static str {
    match class {
        EffectClass::Pure => "@pure",
        EffectClass::Local => "@local",
        EffectClass::Query => "@query",
        EffectClass::Read => "@read",
        EffectClass::Keyed { .. } => "@keyed",
        EffectClass::Verified { .. } => "@verified",
        EffectClass::Once => "@once",
        EffectClass::Repeatable => "@repeatable",
    }
}

fn implementation_name(implementation: &Implementation) -> &'static str {
    match implementation {
        Implementation::Pure(_) => "@pure",
        Implementation::Local(_) => "@local",
        Implementation::Query(_) => "@query",
        Implementation::External(_) => "an action that leaves the machine",
    }
}

/// Joins a stored program to this installation.
pub(super) fn link(id: i64, loaded: Loaded, registry: &Registry, txn: &mut dyn Txn) -> Result<Linked, LinkError> {
    let program = loaded.program().clone();
    let entities = txn.entities();
    let mut kinds = Vec::with_capacity(program.entities.len());
    let mut known = Vec::with_capacity(program.entities.len());
    for name in &program.entities {
        let entity = entities.iter().find(|entity| entity.def.name == *name);
        let entity = entity.ok_or_else(|| LinkError::Stranded(format!("the workspace has no `{name}`")))?;
        kinds.push(entity.kind);
        known.push(entity.clone());
    }
    let mut fields = Vec::with_capacity(program.fields.len());
    for field in &program.fields {
        let entity = known.get(usize::from(field.entity));
        let found = entity.and_then(|entity| entity.field(&field.name).map(|position| (entity.clone(), position)));
        let Some((entity, position)) = found else {
            return Err(LinkError::Stranded(format!("the workspace has no field `{}`", field.name)));
        };
        let plain = is_plain(&program, field.ty);
        fields.push(LinkedField { entity, position, ty: field.ty, plain, default: field.default });
    }
    let mut actions = Vec::with_capacity(program.actions.len());
    for action in &program.actions {
        actions.push(link_action(&program, action, registry, txn)?);
    }
    let mut events = Vec::with_capacity(program.events.len());
    for event in &program.events {
        let subject =
            event.params.iter().enumerate().find_map(|(at, (_, ty))| match program.types.get(usize::from(ty.0)) {
                Some(Type::Entity(index)) => Some((u16::try_from(at).ok()?, *kinds.get(usize::from(*index))?)),
                _ => None,
            });
        events.push(LinkedEvent { name: txn.intern(NameClass::Event, &event.name)?, subject });
    }
    let flows = program.flows.iter().map(|flow| txn.intern(NameClass::Flow, &flow.name));
    let flows = flows.collect::<StoreResult<Vec<_>>>()?;
    Ok(Linked { id, loaded, fields, actions, events, flows, kinds })
}

fn link_action(
    program: &Program,
    action: &ActionRef,
    registry: &Registry,
    txn: &mut dyn Txn,
) -> Result<LinkedAction, LinkError> {
    let implementation =
        registry.get(action.implementation()).filter(|implementation| fits(action.class, implementation));
    let implementation = implementation
        .ok_or_else(|| LinkError::Stranded(format!("nothing here carries out `{}`", action.implementation())))?;
    Ok(LinkedAction {
        name: txn.intern(NameClass::Action, &action.name)?,
        class: action.class,
        implementation: implementation.clone(),
        plain_args: action.params.iter().all(|(_, ty)| is_plain(program, *ty)),
    })
}
