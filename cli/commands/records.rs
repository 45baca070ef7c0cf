//! `flow contacts` and `flow companies`: list, show, import.

use crate::io::Io;
use crate::session::{Intent, Session, Where, record};
use crate::table::table;
use crate::trouble::Trouble;
use crate::values::{json_value, show_value};
use clap::Subcommand;
use flow_bytecode::schema::{EntityDef, SchemaType};
use flow_vm::engine::{RecordFilter, RecordView};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What to do with records.
#[derive(Debug, Subcommand)]
pub enum Deed {
    /// Import a CSV file, as a CRM exports it
    #[command(after_help = "Example:
  flow contacts import contacts.csv --country NO")]
    Import(ImportOptions),
    /// List records
    #[command(after_help = "Example:
  flow contacts list --json")]
    List(ListOptions),
    /// Show one record with all its fields
    #[command(after_help = "Example:
  flow contacts show ada@example.com")]
    Show(ShowOptions),
}

/// Options of `import`.
#[derive(Debug, clap::Args)]
pub struct ImportOptions {
    /// The file: commas, semicolons or tabs; UTF-8
    pub file: PathBuf,
    /// Where phone numbers without a country code are from, two letters
    #[arg(long, value_name = "CODE")]
    pub country: Option<String>,
    /// One JSON object: `imported`, `merged`, `refused`, `blank`, `reasons`, `columns`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Options of `list`.
#[derive(Debug, clap::Args)]
pub struct ListOptions {
    /// At most that many
    #[arg(long, default_value_t = 100)]
    pub limit: usize,
    /// Only records with an id above this
    #[arg(long, default_value_t = 0)]
    pub after: i64,
    /// One JSON object a line, every field
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Options of `show`.
#[derive(Debug, clap::Args)]
pub struct ShowOptions {
    /// The record: its email or other unique value, or its id
    pub record: String,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Carries out `flow contacts …` (`Contact`) or `flow companies …` (`Company`).
///
/// # Errors
/// There is no such record, the file cannot be read, or the store.
pub fn run(entity: &str, deed: &Deed, io: &mut Io) -> Result<(), Trouble> {
    match deed {
        Deed::Import(options) => super::import::run(entity, options, io),
        Deed::List(options) => list(entity, options, io),
        Deed::Show(options) => show(entity, options, io),
    }
}

fn open(place: &Where, io: &mut Io) -> Result<Session, Trouble> {
    let project = place.project(io)?;
    Session::open(&project, &place.database(&project, io), Intent::Look, io)
}

fn definition(session: &Session, entity: &str) -> Result<EntityDef, Trouble> {
    let schema = session.control.schema()?;
    schema.entities.into_iter().find(|definition| &*definition.name == entity).ok_or_else(|| {
        Trouble::refused(format!("the database knows no {entity} yet"))
            .help("`flow run` or an import deploys the project")
    })
}

fn list(entity: &str, options: &ListOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let definition = definition(&session, entity)?;
    let filter = RecordFilter {
        entity: entity.to_owned(),
        after: options.after,
        limit: options.limit.clamp(1, 1_000_000),
        ..RecordFilter::default()
    };
    let records = session.control.records(&filter)?;
    if options.json {
        return records.iter().try_for_each(|record| io.line(object(record, &definition).to_string()));
    }
    if records.is_empty() {
        let word = if entity == "Contact" { "contacts" } else { "companies" };
        return io.line(format!("No {word}. `flow {word} import FILE.csv` adds some."));
    }
    let columns: [&str; 5] = match entity {
        "Contact" => ["email", "first_name", "last_name", "phone", "city"],
        _ => ["name", "domain", "industry", "city", "country"],
    };
    let mut head = vec!["ID".to_owned()];
    head.extend(columns.iter().map(|column| column.to_uppercase().replace('_', " ")));
    let mut rows: Vec<[String; 6]> = Vec::new();
    rows.extend(head.try_into().ok());
    for record in &records {
        let mut row = vec![record.id.to_string()];
        row.extend(columns.iter().map(|column| field(record, &definition, column)));
        rows.extend(<[String; 6]>::try_from(row).ok());
    }
    let paint = io.paint();
    table(&rows, io, |row, column, cell| match (row, column) {
        (0, _) => paint.dim(cell),
        (_, 1) => paint.bold(cell),
        _ => cell.to_owned(),
    })?;
    if records.len() == filter.limit {
        let last = records.last().map_or(0, |record| record.id);
        let more = paint.dim(format!("there may be more: --after {last}, or --limit"));
        io.line(more)?;
    }
    Ok(())
}

fn field(record: &RecordView, definition: &EntityDef, name: &str) -> String {
    let value = record.fields.iter().find(|(field, _)| **field == *name);
    let ty = definition.fields.iter().find(|field| *field.name == *name).map(|field| &field.ty);
    match (value, ty) {
        (Some((_, value)), Some(ty)) => show_value(value, ty),
        _ => String::new(),
    }
}

fn show(entity: &str, options: &ShowOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let definition = definition(&session, entity)?;
    let record = record(&session, entity, &options.record)?;
    if options.json {
        return io.line(object(&record, &definition).to_string());
    }
    let paint = io.paint();
    io.line(paint.bold(format!("{} {}", entity.to_lowercase(), record.id)))?;
    let moments = session.moments();
    for (name, value) in &record.fields {
        let ty = definition.fields.iter().find(|field| field.name == *name).map(|field| &field.ty);
        let text = match (ty, value.as_int()) {
            (Some(SchemaType::Instant), Some(us)) => moments.show(us),
            (Some(ty), _) => show_value(value, ty),
            (None, _) => String::new(),
        };
        let text = if text.is_empty() { paint.dim("-") } else { flow_lang::diag::render::clean(&text).into_owned() };
        io.line(format!("  {} {text}", paint.dim(format!("{name:<14}"))))?;
    }
    Ok(())
}

/// A record as JSON: `id`, and every field.
fn object(record: &RecordView, definition: &EntityDef) -> Value {
    let mut object = Map::new();
    object.insert("id".into(), record.id.into());
    for (name, value) in &record.fields {
        let ty =
            definition.fields.iter().find(|field| field.name == *name).map_or(&SchemaType::Json, |field| &field.ty);
        object.insert(name.to_string(), json_value(value, ty));
    }
    Value::Object(object)
}
