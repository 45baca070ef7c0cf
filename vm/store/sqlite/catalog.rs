//! The workspace's tables: one per entity, its indexed fields as columns beside the readable JSON.

use super::core::Core;
use super::lists::{item_type, list_name, make};
use crate::store::{Entity, NameClass, NameId, StoreError, StoreResult, from_json};
use flow_bytecode::schema::{EntityDef, FieldDef, Schema, snake_case};
use rusqlite::params;
use serde_json::Value as Json;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// Under this name the schema is kept among the settings, and its version beside it.
const SCHEMA: &str = "schema";
const SCHEMA_VERSION: &str = "schema_version";

/// The schema as deployed, with what is derived from it.
#[derive(Debug, Default)]
pub(super) struct Catalog {
    /// Grows with every deployed schema.
    pub(super) version: u64,
    pub(super) schema: Schema,
    pub(super) entities: Arc<Vec<Arc<Entity>>>,
    pub(super) tables: HashMap<NameId, Arc<Table>>,
}

/// An entity's table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) entity: Arc<Entity>,
    /// `e_order_item`.
    pub(super) name: String,
    /// (position of the field, column), in order of the fields.
    pub(super) columns: Vec<(usize, String)>,
    /// Indexed fields that hold several values.
    pub(super) lists: Vec<List>,
    pub(super) select: String,
    pub(super) insert: String,
    /// An update that changes no indexed field.
    pub(super) update: String,
}

/// An indexed field that holds several values.
#[derive(Debug)]
pub(super) struct List {
    /// Its position.
    pub(super) field: usize,
    /// Its index, a table: `e_contact__tags`.
    pub(super) name: String,
}

impl Table {
    fn new(entity: Arc<Entity>) -> Self {
        let name = table_name(&entity.def.name);
        let columns: Vec<_> = (entity.def.fields.iter().enumerate())
            .filter(|(_, field)| is_column(field))
            .map(|(at, field)| (at, column_name(&field.name)))
            .collect();
        let lists = (entity.def.fields.iter().enumerate())
            .filter(|(_, field)| field.indexed && item_type(&field.ty).is_some())
            .map(|(field, def)| List { field, name: list_name(&name, &def.name) })
            .collect();
        let listed: String = columns.iter().map(|(_, column)| format!(", {column}")).collect();
        let marks: String = (0..columns.len()).map(|at| format!(", ?{}", at + 4)).collect();
        Table {
            select: format!("SELECT id, data, crc FROM {name}"),
            insert: format!("INSERT INTO {name} (id, data, crc{listed}) VALUES (?1, ?2, ?3{marks})"),
            update: format!("UPDATE {name} SET data = ?2, crc = ?3 WHERE id = ?1"),
            name,
            columns,
            lists,
            entity,
        }
    }
}

fn is_column(field: &FieldDef) -> bool {
    (field.indexed && item_type(&field.ty).is_none()) || field.unique
}

/// `OrderItem` is kept in `e_order_item`.
fn table_name(entity: &str) -> String {
    format!("e_{}", snake_case(entity))
}

pub(super) fn column_name(field: &str) -> String {
    format!("f_{}", field.to_ascii_lowercase())
}

/// What makes the index of a column.
fn index(table: &str, column: &str, field: &FieldDef) -> String {
    let unique = if field.unique { "UNIQUE " } else { "" };
    format!("CREATE {unique}INDEX {table}_{column} ON {table} ({column}) WHERE {column} IS NOT NULL;")
}

/// Names become part of SQL, so only letters, digits and underscores are let through.
fn is_plain(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.len() <= 120
        && name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
}

impl Core {
    /// Reads the schema anew when another one was deployed.
    pub(super) fn refresh_catalog(&mut self) -> StoreResult<()> {
        let version = match self.setting(SCHEMA_VERSION)? {
            Some(bytes) => {
                String::from_utf8_lossy(&bytes).parse().map_err(|_| self.bad_schema("its version does not read"))?
            }
            None => 0,
        };
        if version == self.catalog.version {
            return Ok(());
        }
        let bytes = self.setting(SCHEMA)?.unwrap_or_default();
        let schema = serde_json::from_slice(&bytes).map_err(|error| self.bad_schema(&error.to_string()))?;
        self.catalog = Arc::new(self.catalog_of(version, schema)?);
        Ok(())
    }

    fn bad_schema(&self, detail: &str) -> StoreError {
        StoreError::Corrupt { file: self.file.to_path_buf(), detail: format!("the schema: {detail}") }
    }

    fn catalog_of(&mut self, version: u64, schema: Schema) -> StoreResult<Catalog> {
        let mut catalog = Catalog { version, schema, ..Catalog::default() };
        let mut entities = Vec::with_capacity(catalog.schema.entities.len());
        for def in &catalog.schema.entities {
            let kind = self
                .find_name(NameClass::Entity, &def.name)?
                .ok_or_else(|| self.bad_schema(&format!("{} has no number", def.name)))?;
            let fields = def.fields.iter().enumerate().map(|(at, field)| (field.name.clone(), at)).collect();
            let entity = Arc::new(Entity { kind, def: def.clone(), fields });
            entities.push(entity.clone());
            catalog.tables.insert(kind, Arc::new(Table::new(entity)));
        }
        catalog.entities = Arc::new(entities);
        Ok(catalog)
    }

    pub(super) fn table(&self, kind: NameId) -> StoreResult<Arc<Table>> {
        self.catalog.tables.get(&kind).cloned().ok_or_else(|| self.unknown(format!("entity number {kind}")))
    }

    pub(super) fn apply_schema(&mut self, schema: &Schema) -> StoreResult<()> {
        let mut taken = HashSet::new();
        for entity in &schema.entities {
            if !is_plain(&entity.name) || !taken.insert(table_name(&entity.name)) {
                return Err(self.invalid(&*entity.name, "an entity needs a plain name unlike every other's"));
            }
            let mut columns = HashSet::new();
            for field in &entity.fields {
                if !is_plain(&field.name) || !columns.insert(column_name(&field.name)) {
                    return Err(self.invalid(
                        format!("{}.{}", entity.name, field.name),
                        "a field needs a plain name unlike every other's of its entity",
                    ));
                }
            }
        }
        for entity in &schema.entities {
            let kind = self.intern(NameClass::Entity, &entity.name)?;
            // One that an older schema had is there still.
            let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?1";
            if self.first(sql, [table_name(&entity.name)], |row| row.get::<_, i64>(0))?.is_some() {
                self.check_types(kind, entity)?;
                self.make_columns(kind, entity)?;
                self.make_lists(kind, &table_name(&entity.name), &entity.fields)?;
            } else {
                self.make_table(entity)?;
            }
        }
        for event in &schema.events {
            self.intern(NameClass::Event, &event.name)?;
        }
        let version = self.catalog.version + 1;
        let json = serde_json::to_vec(schema).map_err(|error| self.invalid("the schema", error.to_string()))?;
        self.put_setting(SCHEMA, &json)?;
        self.put_setting(SCHEMA_VERSION, version.to_string().as_bytes())?;
        self.catalog = Arc::new(self.catalog_of(version, schema.clone())?);
        Ok(())
    }

    /// A new entity's table, with its columns and indexes: to add them one by one would read the whole schema anew each time.
    fn make_table(&mut self, entity: &EntityDef) -> StoreResult<()> {
        let table = table_name(&entity.name);
        let columns: Vec<(String, &FieldDef)> = (entity.fields.iter())
            .filter(|field| is_column(field))
            .map(|field| (column_name(&field.name), field))
            .collect();
        let listed: String = columns.iter().map(|(column, _)| format!(", {column}")).collect();
        let mut sql =
            format!("CREATE TABLE {table} (id INTEGER PRIMARY KEY, data TEXT NOT NULL, crc INTEGER NOT NULL{listed});");
        for (column, field) in &columns {
            sql.push_str(&index(&table, column, field));
        }
        for field in entity.fields.iter().filter(|field| field.indexed && item_type(&field.ty).is_some()) {
            sql.push_str(&make(&list_name(&table, &field.name)));
        }
        self.execute_plain(&sql)
    }

    /// A field whose type changed must still read what is stored.
    fn check_types(&mut self, kind: NameId, entity: &EntityDef) -> StoreResult<()> {
        let Some(old) = self.catalog.tables.get(&kind).cloned() else { return Ok(()) };
        let changed: Vec<_> = (entity.fields.iter())
            .filter(|field| old.entity.field(&field.name).is_some_and(|at| old.entity.def.fields[at].ty != field.ty))
            .collect();
        if changed.is_empty() {
            return Ok(());
        }
        self.each_json(&old.name, |core, id, json| {
            for field in &changed {
                let Some(stored) = json.get(&*field.name) else { continue };
                from_json(stored, &field.ty).map_err(|why| {
                    core.invalid(
                        format!("{}.{} of record {id}", entity.name, field.name),
                        format!("its type changed, but {why}"),
                    )
                })?;
            }
            Ok(())
        })
    }

    /// Calls for every record's JSON, by id, a page at a time so that memory stays small.
    pub(super) fn each_json(
        &mut self,
        table: &str,
        mut each: impl FnMut(&mut Core, i64, &Json) -> StoreResult<()>,
    ) -> StoreResult<()> {
        let sql = format!("SELECT id, data FROM {table} WHERE id > ?1 ORDER BY id LIMIT 500");
        let mut after = 0;
        loop {
            let page: Vec<(i64, String)> = self.list(table, &sql, [after], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let Some((last, _)) = page.last() else { return Ok(()) };
            after = *last;
            for (id, data) in &page {
                let json = serde_json::from_str(data)
                    .map_err(|_| self.row_error(table, *id, super::core::damaged("its JSON does not read")))?;
                each(self, *id, &json)?;
            }
        }
    }

    /// Adds the columns and indexes a schema asks for and drops those it no longer does: the JSON holds every field anyway.
    fn make_columns(&mut self, kind: NameId, entity: &EntityDef) -> StoreResult<()> {
        let table = table_name(&entity.name);
        let sql = "SELECT cid, name FROM pragma_table_info(?1) WHERE name LIKE 'f\\_%' ESCAPE '\\'";
        let have: Vec<String> = self.list("schema", sql, [&table], |row| row.get(1))?;
        let old = self.catalog.tables.get(&kind).cloned();
        let mut wanted: BTreeMap<String, &FieldDef> = entity
            .fields
            .iter()
            .filter(|field| is_column(field))
            .map(|field| (column_name(&field.name), field))
            .collect();
        for column in have {
            let same = wanted.get(&column).is_some_and(|field| {
                let before = old.as_ref().and_then(|old| Some(&old.entity.def.fields[old.entity.field(&field.name)?]));
                before.is_some_and(|before| before.unique == field.unique && before.ty == field.ty)
            });
            if same {
                wanted.remove(&column);
            } else {
                self.execute_plain(&format!("DROP INDEX IF EXISTS {table}_{column}"))?;
                self.execute_plain(&format!("ALTER TABLE {table} DROP COLUMN {column}"))?;
            }
        }
        for (column, field) in wanted {
            self.execute_plain(&format!("ALTER TABLE {table} ADD COLUMN {column}"))?;
            let update = format!("UPDATE {table} SET {column} = ?2 WHERE id = ?1");
            self.each_json(&table, |core, id, json| {
                let value = match json.get(&*field.name) {
                    Some(stored) => from_json(stored, &field.ty).map_err(|why| core.invalid(&*field.name, why))?,
                    None => field.default.clone(),
                };
                let value =
                    super::records::column_value(&value, &field.ty).map_err(|why| core.invalid(&*field.name, why))?;
                core.execute(&update, params![id, value]).map(drop)
            })?;
            self.conn
                .execute_batch(&index(&table, &column, field))
                .map_err(|error| self.unique_error(&entity.name, &field.name, error))?;
        }
        Ok(())
    }

    /// Runs a statement that is not worth keeping prepared.
    pub(super) fn execute_plain(&self, sql: &str) -> StoreResult<()> {
        self.still_open()?;
        self.conn.execute_batch(sql).map_err(|error| self.error(error))
    }

    pub(super) fn unique_error(&self, entity: &str, field: &str, error: rusqlite::Error) -> StoreError {
        match error.sqlite_extended_error_code() {
            Some(rusqlite::ffi::SQLITE_CONSTRAINT_UNIQUE) => {
                StoreError::Taken { file: self.file.to_path_buf(), entity: entity.into(), field: field.into() }
            }
            _ => self.error(error),
        }
    }
}
