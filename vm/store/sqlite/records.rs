//! Records of the workspace.

use super::catalog::{Table, column_name};
use super::core::{Core, damaged, rows, verify};
use super::crc::Crc;
use super::words::ARTICLE;
use crate::store::{NameId, Record, StoreResult, from_json, to_json};
use flow_bytecode::Value;
use flow_bytecode::schema::SchemaType;
use rusqlite::types::Value as Sql;
use rusqlite::{Row, params_from_iter};
use serde_json::Map;

/// A value as it stands in the column of an indexed field. Equal values are equal there.
pub(super) fn column_value(value: &Value, ty: &SchemaType) -> Result<Sql, String> {
    Ok(match value {
        Value::Null => Sql::Null,
        Value::Bool(bool) => Sql::Integer((*bool).into()),
        Value::Int(int) if matches!(ty, SchemaType::Number) => Sql::Text(int.to_string()),
        Value::Int(int) => Sql::Integer(*int),
        Value::Text(text) => Sql::Text(text.to_string()),
        Value::Number(number) => Sql::Text(number.normalize().to_string()),
        Value::Money(money) => {
            Sql::Text(format!("{} {}", money.amount.normalize(), String::from_utf8_lossy(&money.currency)))
        }
        other => Sql::Text(to_json(other, ty)?.to_string()),
    })
}

fn crc_of(kind: NameId, id: i64, data: &str) -> i64 {
    Crc::of(b'w').int(kind).int(id).text(data).end()
}

/// Reads a record from (id, data, crc).
pub(super) fn read(row: &Row<'_>, table: &Table) -> rusqlite::Result<Record> {
    let id = row.get(0)?;
    let data = row.get_ref(1)?.as_str()?;
    verify(row.get(2)?, crc_of(table.entity.kind, id, data))?;
    let mut json: Map<String, serde_json::Value> =
        serde_json::from_str(data).map_err(|_| damaged("its JSON does not read"))?;
    let mut values = Vec::with_capacity(table.entity.def.fields.len());
    for field in &table.entity.def.fields {
        values.push(match json.shift_remove(&*field.name) {
            Some(stored) => from_json(&stored, &field.ty).map_err(|_| damaged("a field does not fit its type"))?,
            None => field.default.clone(),
        });
    }
    Ok(Record { id, values, extra: json })
}

impl Core {
    pub(super) fn record(&mut self, kind: NameId, id: i64) -> StoreResult<Option<Record>> {
        let table = self.table(kind)?;
        let sql = format!("{} WHERE id = ?1", table.select);
        self.first_of(&table.name, id, &sql, [id], |row| read(row, &table))
    }

    pub(super) fn records(&mut self, kind: NameId, after: i64, limit: usize) -> StoreResult<Vec<Record>> {
        let table = self.table(kind)?;
        let sql = format!("{} WHERE id > ?1 ORDER BY id LIMIT ?2", table.select);
        self.list(&table.name, &sql, rusqlite::params![after, rows(limit)], |row| read(row, &table))
    }

    pub(super) fn count_records(&mut self, kind: NameId) -> StoreResult<u64> {
        let table = self.table(kind)?;
        Ok(self
            .first(&format!("SELECT count(*) FROM {}", table.name), [], |row| row.get::<_, i64>(0))?
            .unwrap_or(0)
            .unsigned_abs())
    }

    pub(super) fn find(&mut self, kind: NameId, field: &str, value: &Value, limit: usize) -> StoreResult<Vec<i64>> {
        let table = self.table(kind)?;
        let name = &table.entity.def.name;
        let position = table.entity.field(field);
        if let Some(list) = table.lists.iter().find(|list| Some(list.field) == position) {
            return self.find_in_list(&table, list, value, limit);
        }
        let position = position.filter(|at| table.columns.iter().any(|(column, _)| column == at));
        let Some(position) = position else {
            return Err(self.unknown(format!("index on {name}.{field}")));
        };
        let value = column_value(value, &table.entity.def.fields[position].ty)
            .map_err(|why| self.invalid(format!("{name}.{field}"), why))?;
        let column = column_name(field);
        let sql = format!("SELECT id FROM {} WHERE {column} = ?1 ORDER BY id LIMIT ?2", table.name);
        self.list(&table.name, &sql, rusqlite::params![value, rows(limit)], |row| row.get(0))
    }

    pub(super) fn insert_record(&mut self, kind: NameId, values: &[Value]) -> StoreResult<i64> {
        let table = self.table(kind)?;
        let id = self.next_id(&table.name)?;
        let data = self.data_of(&table, values, &Map::new())?;
        let mut params = vec![Sql::Integer(id), Sql::Integer(crc_of(kind, id, &data))];
        params.insert(1, Sql::Text(data));
        for (at, _) in &table.columns {
            params.push(self.column_of(&table, *at, values)?);
        }
        self.write_record(&table, &table.insert, params)?;
        self.write_lists(&table, id, None, Some(values))?;
        self.index_words(&table, id, values)?;
        Ok(id)
    }

    pub(super) fn put_record(&mut self, kind: NameId, record: &Record, changed: &[usize]) -> StoreResult<()> {
        let table = self.table(kind)?;
        let data = self.data_of(&table, &record.values, &record.extra)?;
        let crc = crc_of(kind, record.id, &data);
        let mut params = vec![Sql::Integer(record.id), Sql::Text(data), Sql::Integer(crc)];
        let indexed: Vec<_> = table.columns.iter().filter(|(at, _)| changed.contains(at)).collect();
        if table.lists.iter().any(|list| changed.contains(&list.field))
            && let Some(before) = self.record(kind, record.id)?
        {
            self.write_lists(&table, record.id, Some(&before.values), Some(&record.values))?;
        }
        let rows = if indexed.is_empty() {
            self.write_record(&table, &table.update, params)?
        } else {
            // Only indexes of fields that changed are named: each one named dirties a page.
            let mut sql = format!("UPDATE {} SET data = ?2, crc = ?3", table.name);
            for (at, column) in indexed {
                params.push(self.column_of(&table, *at, &record.values)?);
                sql.push_str(&format!(", {column} = ?{}", params.len()));
            }
            sql.push_str(" WHERE id = ?1");
            self.write_record(&table, &sql, params)?
        };
        self.index_words(&table, record.id, &record.values)?;
        match rows {
            1 => Ok(()),
            _ => Err(self.unknown(format!("{} {}", table.entity.def.name, record.id))),
        }
    }

    pub(super) fn delete_record(&mut self, kind: NameId, id: i64) -> StoreResult<bool> {
        let table = self.table(kind)?;
        if !table.lists.is_empty()
            && let Some(before) = self.record(kind, id)?
        {
            self.write_lists(&table, id, Some(&before.values), None)?;
        }
        let deleted = self.execute(&format!("DELETE FROM {} WHERE id = ?1", table.name), [id])? == 1;
        self.execute("DELETE FROM notes WHERE kind = ?1 AND record = ?2", [kind, id])?;
        let sends = "DELETE FROM sends
                     WHERE flow IN (SELECT flow FROM deployments) AND kind = ?1 AND record = ?2";
        self.execute(sends, [kind, id])?;
        self.execute("DELETE FROM looks WHERE kind = ?1 AND record = ?2", [kind, id])?;
        match &*table.entity.def.name {
            "Conversation" => drop(self.delete_messages(id)?),
            ARTICLE => self.forget_words(id)?,
            "Contact" => drop(self.execute("DELETE FROM done WHERE contact = ?1", [id])?),
            _ => {}
        }
        Ok(deleted)
    }

    fn write_record(&self, table: &Table, sql: &str, params: Vec<Sql>) -> StoreResult<usize> {
        self.still_open()?;
        let result =
            self.conn.prepare_cached(sql).and_then(|mut statement| statement.execute(params_from_iter(params)));
        result.map_err(|error| {
            // "UNIQUE constraint failed: e_contact.f_email"
            let message = error.to_string();
            let column = message.rsplit('.').next().unwrap_or_default();
            let field = (table.entity.def.fields.iter()).find(|field| column_name(&field.name) == column);
            self.unique_error(&table.entity.def.name, field.map_or("value", |field| &field.name), error)
        })
    }

    fn column_of(&self, table: &Table, at: usize, values: &[Value]) -> StoreResult<Sql> {
        let field = &table.entity.def.fields[at];
        let value = values.get(at).unwrap_or(&Value::Null);
        column_value(value, &field.ty)
            .map_err(|why| self.invalid(format!("{}.{}", table.entity.def.name, field.name), why))
    }

    fn data_of(&self, table: &Table, values: &[Value], extra: &Map<String, serde_json::Value>) -> StoreResult<String> {
        let def = &table.entity.def;
        if values.len() != def.fields.len() {
            return Err(self.invalid(&*def.name, format!("{} values for {} fields", values.len(), def.fields.len())));
        }
        let mut json = Map::with_capacity(values.len() + extra.len());
        for (field, value) in def.fields.iter().zip(values) {
            // Nothing written where nothing is read: most fields of most records are empty.
            if value.is_null() && field.default.is_null() {
                continue;
            }
            let spelled =
                to_json(value, &field.ty).map_err(|why| self.invalid(format!("{}.{}", def.name, field.name), why))?;
            json.insert(field.name.to_string(), spelled);
        }
        json.extend(extra.iter().map(|(name, value)| (name.clone(), value.clone())));
        serde_json::to_string(&json).map_err(|error| self.invalid(&*def.name, error.to_string()))
    }
}
