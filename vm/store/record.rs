//! Records of the workspace, as declared by [`flow_bytecode::schema::Schema`].

use flow_bytecode::Value;
use flow_bytecode::schema::EntityDef;
use std::collections::HashMap;
use std::sync::Arc;

/// An entity as the store keeps it.
#[derive(Debug, Clone, PartialEq)]
pub struct Entity {
    /// Its interned name: what every verb on records takes.
    pub kind: i64,
    /// As declared.
    pub def: EntityDef,
    /// Position of each field by name.
    pub fields: HashMap<Arc<str>, usize>,
}

impl Entity {
    /// The position of a field in [`Record::values`].
    pub fn field(&self, name: &str) -> Option<usize> {
        self.fields.get(name).copied()
    }
}

/// A record.
#[derive(Debug, Clone, PartialEq)]
pub struct Record {
    /// Its id; never used twice in its entity.
    pub id: i64,
    /// In order of the entity's fields; one that was never written reads as its default.
    pub values: Vec<Value>,
    /// What older schemas knew and the present one does not: kept as it is.
    pub(in crate::store) extra: serde_json::Map<String, serde_json::Value>,
}
