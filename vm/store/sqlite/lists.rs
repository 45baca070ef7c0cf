//! Indexes of fields that hold several values: a row of (value, record) for each, so that whoever has a value is found
//! without looking through all.

use super::catalog::{List, Table};
use super::core::{Core, rows};
use super::records::column_value;
use crate::store::{NameId, StoreResult, from_json};
use flow_bytecode::Value;
use flow_bytecode::schema::{FieldDef, SchemaType};
use rusqlite::params;
use rusqlite::types::Value as Sql;

/// The type of the items, where the field holds several.
pub(super) fn item_type(ty: &SchemaType) -> Option<&SchemaType> {
    match ty {
        SchemaType::List(item) => Some(item),
        SchemaType::Optional(inner) => item_type(inner),
        _ => None,
    }
}

/// `e_contact__tags`. No entity's own table has two underscores.
pub(super) fn list_name(table: &str, field: &str) -> String {
    format!("{table}__{}", field.to_ascii_lowercase())
}

/// What makes the table of a list.
pub(super) fn make(name: &str) -> String {
    format!("CREATE TABLE {name} (value, record INTEGER NOT NULL, PRIMARY KEY (value, record)) WITHOUT ROWID;")
}

/// The items of a field as they stand in its index, each once.
fn items(value: &Value, field: &FieldDef) -> Result<Vec<Sql>, String> {
    let (Some(ty), Value::List(items)) = (item_type(&field.ty), value) else { return Ok(Vec::new()) };
    let mut found = Vec::with_capacity(items.len());
    for item in items.iter() {
        let item = column_value(item, ty)?;
        if !found.contains(&item) {
            found.push(item);
        }
    }
    Ok(found)
}

impl Core {
    /// Ids of the records whose list has this value.
    pub(super) fn find_in_list(
        &mut self,
        table: &Table,
        list: &List,
        value: &Value,
        limit: usize,
    ) -> StoreResult<Vec<i64>> {
        let field = &table.entity.def.fields[list.field];
        let ty = item_type(&field.ty).unwrap_or(&field.ty);
        let value = column_value(value, ty)
            .map_err(|why| self.invalid(format!("{}.{}", table.entity.def.name, field.name), why))?;
        let sql = format!("SELECT record FROM {} WHERE value = ?1 ORDER BY record LIMIT ?2", list.name);
        self.list(&list.name, &sql, params![value, rows(limit)], |row| row.get(0))
    }

    /// Brings the indexes of a record's lists from what they were to what they are.
    pub(super) fn write_lists(
        &mut self,
        table: &Table,
        id: i64,
        before: Option<&[Value]>,
        after: Option<&[Value]>,
    ) -> StoreResult<()> {
        for list in &table.lists {
            let field = &table.entity.def.fields[list.field];
            let read = |values: Option<&[Value]>| match values.and_then(|values| values.get(list.field)) {
                Some(value) => items(value, field),
                None => Ok(Vec::new()),
            };
            let wrong = |why| self.invalid(format!("{}.{}", table.entity.def.name, field.name), why);
            let (before, after) = (read(before).map_err(wrong)?, read(after).map_err(wrong)?);
            for value in before.iter().filter(|value| !after.contains(value)) {
                let sql = format!("DELETE FROM {} WHERE value = ?1 AND record = ?2", list.name);
                self.execute(&sql, params![value, id])?;
            }
            for value in after.iter().filter(|value| !before.contains(value)) {
                // Of a damaged index some rows may be there.
                let sql = format!("INSERT OR IGNORE INTO {} (value, record) VALUES (?1, ?2)", list.name);
                self.execute(&sql, params![value, id])?;
            }
        }
        Ok(())
    }

    /// Makes the indexes of lists that a schema asks for, and drops those it no longer does.
    pub(super) fn make_lists(&mut self, kind: NameId, table: &str, fields: &[FieldDef]) -> StoreResult<()> {
        let sql = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name LIKE ?1 ESCAPE '\\'";
        let have: Vec<String> =
            self.list("schema", sql, [format!("{}\\_\\_%", table.replace('_', "\\_"))], |row| row.get(0))?;
        let old = self.catalog.tables.get(&kind).cloned();
        let wanted = |name: &str| {
            let field = fields.iter().find(|field| field.indexed && list_name(table, &field.name) == name);
            let field = field.filter(|field| item_type(&field.ty).is_some())?;
            let before = old.as_ref().and_then(|old| Some(&old.entity.def.fields[old.entity.field(&field.name)?]));
            before.filter(|before| before.indexed && before.ty == field.ty)
        };
        for name in have.iter().filter(|name| wanted(name).is_none()) {
            self.execute_plain(&format!("DROP TABLE {name}"))?;
        }
        for field in fields.iter().filter(|field| field.indexed && item_type(&field.ty).is_some()) {
            let name = list_name(table, &field.name);
            if have.contains(&name) && wanted(&name).is_some() {
                continue;
            }
            self.execute_plain(&make(&name))?;
            let insert = format!("INSERT OR IGNORE INTO {name} (value, record) VALUES (?1, ?2)");
            self.each_json(table, |core, id, json| {
                let value = match json.get(&*field.name) {
                    Some(stored) => from_json(stored, &field.ty).map_err(|why| core.invalid(&*field.name, why))?,
                    None => field.default.clone(),
                };
                for item in items(&value, field).map_err(|why| core.invalid(&*field.name, why))? {
                    core.execute(&insert, params![item, id])?;
                }
                Ok(())
            })?;
        }
        Ok(())
    }

    /// What is wrong with the indexes of a table's lists: whatever they say more or less than the records do.
    pub(super) fn check_lists(&mut self, table: &Table, problems: &mut Vec<String>) -> StoreResult<()> {
        for list in &table.lists {
            let field = &table.entity.def.fields[list.field];
            let count = format!("SELECT count(*) FROM {}", list.name);
            let rows: i64 = self.first(&count, [], |row| row.get(0))?.unwrap_or(0);
            let mut said = 0;
            let mut lacking = 0;
            let find = format!("SELECT 1 FROM {} WHERE value = ?1 AND record = ?2", list.name);
            self.each_json(&table.name, |core, id, json| {
                // What does not read is told where the records are checked.
                let stored = json.get(&*field.name).map_or(Ok(field.default.clone()), |it| from_json(it, &field.ty));
                let Ok(value) = stored else { return Ok(()) };
                for item in items(&value, field).unwrap_or_default() {
                    said += 1;
                    if core.first(&find, params![item, id], |_| Ok(()))?.is_none() {
                        lacking += 1;
                    }
                }
                Ok(())
            })?;
            if lacking > 0 || rows != said {
                problems.push(format!("{}: the index differs from the records", list.name));
            }
        }
        Ok(())
    }
}
