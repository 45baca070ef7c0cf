//! Records from a CRM's export: a table in CSV, or objects in JSON.
//!
//! A row is taken whole or refused whole, with every reason. Empty cells overwrite nothing. Rows that are of one record,
//! by its email address or another unique field, are merged in order: the later value wins. The same file read twice
//! changes nothing the second time.

mod cell;
mod columns;
mod diary;
pub mod export;
mod json;
pub mod leave;
mod numbers;
mod one;
mod parcel;
mod read;
mod report;
#[cfg(test)]
mod tests;
pub mod texts;
mod write;

pub use one::{One, REMOVE, SET};
pub(super) use one::{remove, set};
pub use parcel::{ACTION, LOOK, Parcel, begins};
pub(super) use parcel::{look, take};
pub use read::ReadError;
pub use report::{Column, ImportError, Reason, Report};

use cell::{Cell, Reader};
use flow_bytecode::schema::{EntityDef, FieldDef, Schema, plural, spoken};
use flow_vm::action::{ActionError, Workspace};
use flow_vm::machine::has_phones;
use read::Row;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// How a file is to be read.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Settings {
    /// `Contact` or `Company`.
    pub entity: String,
    /// The country of phone numbers without one, two letters as in `NO`.
    pub country: Option<String>,
    /// No flow begins with what is imported.
    #[serde(default)]
    pub no_runs: bool,
}

/// A file on its way into the workspace.
pub struct Import<'a> {
    schema: &'a Schema,
    entity: &'a EntityDef,
    country: Option<String>,
    no_runs: bool,
    columns: Vec<Column>,
    fields: Vec<Option<&'a FieldDef>>,
    rows: std::vec::IntoIter<Row>,
    /// It is a table that was exported here.
    marked: bool,
    /// Companies this file has named, by name in lower case: `ACME` and `Acme` are one.
    companies: HashMap<String, i64>,
    report: Report,
}

impl<'a> Import<'a> {
    /// Reads a file, and which column fills which field. Nothing is written yet.
    ///
    /// # Errors
    /// Why the file as a whole cannot be imported.
    pub fn new(bytes: &[u8], schema: &'a Schema, settings: &Settings) -> Result<Self, ImportError> {
        let entity = entity(schema, settings)?;
        let country = settings.country.clone();
        let is_json = json::is_json(bytes);
        let within =
            (&*entity.name == "Conversation").then_some(json::Within { list: texts::MESSAGES, prefix: "message" });
        let mut rows = if is_json { json::rows(bytes, within)? } else { read::rows(bytes)? }.into_iter();
        let header = rows.next().ok_or(ReadError::Empty)?;
        let (columns, fields) = columns::map(&header.cells, entity);
        let keys = write::keys(entity);
        let first = rows.as_slice().first();
        if let Some(other) =
            columns::of_another_kind(&header.cells, first.map(|row| &*row.cells), entity, schema, &keys)
        {
            let expected = entity.fields.iter().filter(|field| !field.readonly && &*field.name != "diary");
            return Err(ImportError::Other {
                found: plural(&spoken(other)),
                wanted: plural(&spoken(&entity.name)),
                expected: expected.map(|field| &*field.name).collect::<Vec<_>>().join(", "),
            });
        }
        let own = columns::own_column(&header.cells).is_some();
        if !own && !fields.iter().flatten().any(|field| keys.contains(&&*field.name)) {
            return Err(ImportError::NoKey { wanted: keys.join(", ") });
        }
        let companies = HashMap::new();
        let marked = own && !is_json;
        let no_runs = settings.no_runs;
        Ok(Import {
            schema,
            entity,
            country,
            no_runs,
            columns,
            fields,
            rows,
            marked,
            companies,
            report: Report::default(),
        })
    }

    /// Every column, and what it fills.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// What became of the rows so far.
    pub fn report(&self) -> &Report {
        &self.report
    }

    /// Rows that are still to be written.
    pub fn rows_left(&self) -> usize {
        self.rows.len()
    }

    /// Writes the next rows, at most so many, in the workspace's transaction. Returns whether there are more.
    ///
    /// # Errors
    /// A fault, when the store cannot be read or written; the transaction is then to be given up.
    pub fn batch(&mut self, workspace: &mut dyn Workspace, rows_max: usize) -> Result<bool, ActionError> {
        for _ in 0..rows_max {
            let Some(row) = self.rows.next() else { break };
            self.row(workspace, &row)?;
        }
        if self.no_runs {
            workspace.begin(false)?;
        }
        Ok(self.rows.len() > 0)
    }

    fn row(&mut self, workspace: &mut dyn Workspace, row: &Row) -> Result<(), ActionError> {
        if row.cells.iter().all(String::is_empty) {
            self.report.blank += 1;
            return Ok(());
        }
        let own = self.own_column().and_then(|at| row.cells.get(at)).map(String::as_str);
        let reasons = match self.cells(row) {
            Ok(cells) => match self.write(workspace, own, cells)? {
                Ok(write::Written::Created) => {
                    self.report.imported += 1;
                    return Ok(());
                }
                Ok(write::Written::Merged) => {
                    self.report.merged += 1;
                    return Ok(());
                }
                Err(refusal) => {
                    let at = refusal.field.and_then(|name| self.column_of(&name));
                    let header = at.map(|at| self.columns[at].header.as_str());
                    let value = at.and_then(|at| row.cells.get(at)).map_or("", String::as_str);
                    vec![Reason::new(row.line, header, value, refusal.reason)]
                }
            },
            Err(reasons) => reasons,
        };
        self.report.refused += 1;
        self.report.reasons.extend(reasons);
        Ok(())
    }

    fn write(
        &mut self,
        workspace: &mut dyn Workspace,
        own: Option<&str>,
        cells: Vec<(&FieldDef, Cell)>,
    ) -> Result<Result<write::Written, write::Refusal>, ActionError> {
        let (schema, companies) = (self.schema, &mut self.companies);
        match &*self.entity.name {
            texts::NOTE => texts::note(schema, workspace, own, cells),
            "Conversation" => {
                let own = own.and_then(|own| write::own_number("Conversation", own));
                texts::conversation(schema, companies, workspace, own, cells)
            }
            _ => write::write(schema, self.entity, companies, workspace, (own, cells)),
        }
    }

    /// The column of records' own numbers, in a file that was exported here.
    fn own_column(&self) -> Option<usize> {
        self.columns.iter().position(|column| column.header == columns::OWN_COLUMN)
    }

    fn column_of(&self, name: &str) -> Option<usize> {
        self.fields.iter().position(|field| field.is_some_and(|field| &*field.name == name))
    }

    /// The values of a row by field, or everything that is wrong with it.
    fn cells(&self, row: &Row) -> Result<Vec<(&'a FieldDef, Cell)>, Vec<Reason>> {
        let mut cells = Vec::new();
        let mut reasons = Vec::new();
        let surplus = row.cells.get(self.columns.len()..).unwrap_or_default();
        if let Some(value) = surplus.iter().find(|cell| !cell.is_empty()) {
            let reason = format!("the row has {} cells, the header {}", row.cells.len(), self.columns.len());
            reasons.push(Reason::new(row.line, None, value, reason));
        }
        let reader = Reader { schema: self.schema, country: self.country.as_deref(), marked: self.marked };
        for ((text, field), column) in row.cells.iter().zip(&self.fields).zip(&self.columns) {
            let Some(field) = field.filter(|_| !text.is_empty()) else { continue };
            match reader.read(&field.ty, text) {
                Ok(cell) => cells.push((field, cell)),
                Err(reason) => reasons.push(Reason::new(row.line, Some(&column.header), text, reason)),
            }
        }
        if reasons.is_empty() { Ok(cells) } else { Err(reasons) }
    }
}

/// What is imported, where that and the country are known.
fn entity<'a>(schema: &'a Schema, settings: &Settings) -> Result<&'a EntityDef, ImportError> {
    if let Some(unknown) = settings.country.as_ref().filter(|name| !has_phones(name)) {
        return Err(ImportError::Country(unknown.clone()));
    }
    let found = schema.entities.iter().find(|entity| *entity.name == *settings.entity);
    found.ok_or_else(|| ImportError::Entity(settings.entity.clone()))
}
