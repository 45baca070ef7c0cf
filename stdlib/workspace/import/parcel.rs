//! Rows on their way to the process that owns the database: so many at a time, each lot one transaction there.

use super::read::Row;
use super::{Import, Report, Settings, cell, columns, write};
use flow_bytecode::schema::{Schema, SchemaType};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{ActionError, Workspace};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// What takes a parcel's rows, called by name in the process that owns the database.
pub const ACTION: &str = "import.rows";

/// What says which flows begin with a parcel's rows, called by name: it does as [`ACTION`] would, and undoes it.
pub const LOOK: &str = "import.look";

/// The kind of the failure by which [`LOOK`] undoes what it did, and tells what it saw.
const SEEN: &str = "seen";

/// Bytes of cells after which a parcel is sent, whatever the number of its rows.
const CELLS_BYTES_MAX: usize = 4 << 20;

/// Rows that are written together or not at all.
#[derive(Debug, Clone)]
pub struct Parcel {
    /// The lines where its first and its last row begin, from 1; the header counts.
    pub lines: (usize, usize),
    /// The arguments of [`ACTION`].
    pub args: Vec<Value>,
}

/// As it is written down for the other process.
#[derive(Serialize, Deserialize)]
struct Content {
    settings: Settings,
    schema: Schema,
    header: Vec<String>,
    rows: Vec<Row>,
    companies: HashMap<String, i64>,
    #[serde(default)]
    marked: bool,
}

/// What comes back.
#[derive(Serialize, Deserialize)]
struct Receipt {
    report: Report,
    companies: HashMap<String, i64>,
}

impl Import<'_> {
    /// The next rows, at most so many, for another process to write. `None` when there are no more. What became of them
    /// is told by [`Import::took`].
    pub fn parcel(&mut self, rows_max: usize) -> Option<Parcel> {
        let mut rows: Vec<Row> = Vec::new();
        let mut bytes = 0;
        while rows.len() < rows_max && bytes < CELLS_BYTES_MAX {
            let Some(row) = self.rows.next() else { break };
            bytes += row.cells.iter().map(String::len).sum::<usize>();
            rows.push(row);
        }
        let lines = (rows.first()?.line, rows.last()?.line);
        let content = Content {
            settings: Settings {
                entity: self.entity.name.to_string(),
                country: self.country.clone(),
                no_runs: self.no_runs,
            },
            schema: self.schema.clone(),
            header: self.columns.iter().map(|column| column.header.clone()).collect(),
            companies: self.companies_of(&rows),
            marked: self.marked,
            rows,
        };
        // Texts and numbers by name: nothing of it cannot be written as JSON.
        let text = serde_json::to_string(&content).unwrap_or_default();
        Some(Parcel { lines, args: vec![Value::text(text)] })
    }

    /// Adds what the owner of the database says of a parcel to the report.
    ///
    /// # Errors
    /// The answer is of another version.
    pub fn took(&mut self, answer: &Value) -> Result<(), String> {
        let receipt: Receipt = serde_json::from_str(answer.as_text().map_or("", |text| &**text))
            .map_err(|error| format!("the process that owns the database speaks another version ({error})"))?;
        self.companies.extend(receipt.companies);
        self.report.add(receipt.report);
        Ok(())
    }

    /// The companies among those this file has named already that these rows name.
    fn companies_of(&self, rows: &[Row]) -> HashMap<String, i64> {
        let cells = rows.iter().flat_map(|row| row.cells.iter().zip(&self.fields));
        let cells = cells.filter(|(_, field)| field.is_some_and(|field| holds_companies(&field.ty)));
        // A cell of several counts whole and in its parts: a name too many costs nothing.
        let names = cells.flat_map(|(cell, _)| cell.split(cell::SEPARATORS).map(str::trim).chain([cell.as_str()]));
        let keys = names.map(write::company_key);
        keys.filter_map(|key| self.companies.get(&key).map(|id| (key, *id))).collect()
    }
}

fn holds_companies(ty: &SchemaType) -> bool {
    match ty {
        SchemaType::Entity(name) => &**name == "Company",
        SchemaType::Optional(inner) | SchemaType::List(inner) => holds_companies(inner),
        _ => false,
    }
}

/// Carries a parcel out: every row of it is written or refused in the caller's transaction.
pub fn take(workspace: &mut dyn Workspace, args: &[Value]) -> Result<Value, ActionError> {
    let text = args.first().and_then(Value::as_text).map_or("", |text| &**text);
    let invalid = |error: &dyn std::fmt::Display| ActionError::Failure(Failure::new("invalid", error.to_string()));
    let content: Content = serde_json::from_str(text).map_err(|error| invalid(&error))?;
    let Content { settings, schema, header, rows, companies, marked } = content;
    let entity = super::entity(&schema, &settings).map_err(|error| invalid(&error))?;
    let (columns, fields) = columns::map(&header, entity);
    let mut import = Import {
        schema: &schema,
        entity,
        country: settings.country,
        no_runs: settings.no_runs,
        columns,
        fields,
        rows: rows.into_iter(),
        marked,
        companies,
        report: Report::default(),
    };
    import.batch(workspace, usize::MAX)?;
    let receipt = Receipt { report: import.report, companies: import.companies };
    serde_json::to_string(&receipt).map(Value::text).map_err(|error| ActionError::Fault(error.to_string()))
}

/// Carries a parcel out, sees who begins with it, and fails with that, so that nothing of it has happened.
pub fn look(workspace: &mut dyn Workspace, args: &[Value]) -> Result<Value, ActionError> {
    take(workspace, args)?;
    let seen: Vec<(String, u64)> =
        workspace.begin(true)?.into_iter().map(|(flow, count)| (flow.to_string(), count)).collect();
    let seen = serde_json::to_string(&seen).map_err(|error| ActionError::Fault(error.to_string()))?;
    Err(Failure::new(SEEN, seen).into())
}

/// How many runs of which flows begin, as [`LOOK`] has told by its failure.
///
/// # Errors
/// It is another failure.
pub fn begins(failure: &Failure) -> Result<Vec<(String, u64)>, String> {
    let seen = (&*failure.kind == SEEN).then(|| serde_json::from_str(&failure.message).ok());
    seen.flatten().ok_or_else(|| failure.message.to_string())
}
