//! `flow contacts` and `flow companies`: list, show, import. `flow conversations` and `flow tickets`: list, show.

use super::history::{People, RecordHistory};
use crate::io::Io;
use crate::session::{Intent, Session, Where, record};
use crate::table::table;
use crate::trouble::Trouble;
use crate::values::json_value;
use clap::Subcommand;
use flow_bytecode::schema::{EntityDef, SchemaType};
use flow_lang::diag::render::clean;
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

/// What to do with records that only flows make.
#[derive(Debug, Subcommand)]
pub enum Look {
    /// List records
    #[command(after_help = "Examples:
  flow conversations list
  flow tickets list --contact ada@example.com")]
    List(ListOf),
    /// Show one record with all its fields, what was written about it, and what was said
    #[command(after_help = "Examples:
  flow conversations show 1
  flow tickets show 7 --json")]
    Show(ShowOptions),
}

/// Options of `list` where records belong to a contact.
#[derive(Debug, clap::Args)]
pub struct ListOf {
    /// Only those of this contact
    #[arg(long, value_name = "EMAIL")]
    pub contact: Option<String>,
    /// What every list takes.
    #[command(flatten)]
    pub options: ListOptions,
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
        Deed::List(options) => list(entity, options, None, io),
        Deed::Show(options) => show(entity, options, io),
    }
}

/// Carries out `flow conversations …` (`Conversation`) or `flow tickets …` (`Ticket`).
///
/// # Errors
/// As [`run`].
pub fn look(entity: &str, look: &Look, io: &mut Io) -> Result<(), Trouble> {
    match look {
        Look::List(list_of) => list(entity, &list_of.options, list_of.contact.as_deref(), io),
        Look::Show(options) => show(entity, options, io),
    }
}

/// Several of a kind of record, as the commands are called.
pub fn plural(entity: &str) -> &'static str {
    match entity {
        "Contact" => "contacts",
        "Company" => "companies",
        "Conversation" => "conversations",
        _ => "tickets",
    }
}

/// What a list shows of a kind of record.
fn columns(entity: &str) -> [&'static str; 5] {
    match entity {
        "Contact" => ["email", "first_name", "last_name", "phone", "city"],
        "Company" => ["name", "domain", "industry", "city", "country"],
        "Conversation" => ["contact", "status", "assignee", "channel", "subject"],
        _ => ["subject", "status", "priority", "assignee", "contact"],
    }
}

fn open(place: &Where, io: &mut Io) -> Result<Session, Trouble> {
    let project = place.project(io)?;
    Session::open(&project, &place.database(&project, io), Intent::Look, io)
}

pub(super) fn definition(session: &Session, entity: &str) -> Result<EntityDef, Trouble> {
    let schema = session.control.schema()?;
    schema.entities.into_iter().find(|definition| &*definition.name == entity).ok_or_else(|| {
        Trouble::refused(format!("the database knows no {entity} yet"))
            .help("`flow run` or an import deploys the project")
    })
}

fn list(entity: &str, options: &ListOptions, contact: Option<&str>, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let definition = definition(&session, entity)?;
    let contact = contact.map(|contact| record(&session, "Contact", contact)).transpose()?;
    let filter = RecordFilter {
        entity: entity.to_owned(),
        equals: contact.map(|contact| ("contact".to_owned(), flow_bytecode::Value::Int(contact.id))),
        after: options.after,
        limit: options.limit.clamp(1, 1_000_000),
        ..RecordFilter::default()
    };
    let records = session.control.records(&filter)?;
    if options.json {
        return records.iter().try_for_each(|record| io.line(object(record, &definition).to_string()));
    }
    if records.is_empty() {
        let word = plural(entity);
        let made = match entity {
            "Contact" | "Company" => format!("`flow {word} import FILE.csv` adds some."),
            _ => "Flows make them.".to_owned(),
        };
        return io.line(format!("No {word}. {made}"));
    }
    let columns = columns(entity);
    let mut people = People::new(&session);
    let mut head = vec!["ID".to_owned()];
    head.extend(columns.iter().map(|column| column.to_uppercase().replace('_', " ")));
    let mut rows: Vec<[String; 6]> = Vec::new();
    rows.extend(head.try_into().ok());
    for record in &records {
        let mut row = vec![record.id.to_string()];
        row.extend(columns.iter().map(|column| people.field(record, &definition, column)));
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
        let page = if filter.equals.is_some() { String::new() } else { format!("--after {last}, or ") };
        let more = paint.dim(format!("there may be more: {page}--limit"));
        io.line(more)?;
    }
    Ok(())
}

fn show(entity: &str, options: &ShowOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let definition = definition(&session, entity)?;
    let record = record(&session, entity, &options.record)?;
    let history = RecordHistory::load(&session, entity, record.id)?;
    if options.json {
        let mut object = object(&record, &definition);
        if let Some(map) = object.as_object_mut() {
            history.insert(map, &session)?;
        }
        return io.line(object.to_string());
    }
    let paint = io.paint();
    io.line(paint.bold(format!("{} {}", flow_bytecode::schema::spoken(entity), record.id)))?;
    let moments = session.moments();
    let mut people = People::new(&session);
    for (name, value) in &record.fields {
        let ty = definition.fields.iter().find(|field| field.name == *name).map(|field| &field.ty);
        let text = match (ty.map(present), value.as_int()) {
            (Some(SchemaType::Instant), Some(us)) => moments.show(us),
            _ => people.field(&record, &definition, name),
        };
        let text = if text.is_empty() { paint.dim("-") } else { clean(&text).into_owned() };
        io.paragraph(&format!("  {} {text}", paint.dim(format!("{name:<14}"))), 17)?;
    }
    history.show(&session, &mut people, io)
}

fn present(ty: &SchemaType) -> &SchemaType {
    if let SchemaType::Optional(inner) = ty { inner } else { ty }
}

/// A record as JSON: `id`, and every field.
pub(super) fn object(record: &RecordView, definition: &EntityDef) -> Value {
    let mut object = Map::new();
    object.insert("id".into(), record.id.into());
    for (name, value) in &record.fields {
        let ty =
            definition.fields.iter().find(|field| field.name == *name).map_or(&SchemaType::Json, |field| &field.ty);
        object.insert(name.to_string(), json_value(value, ty));
    }
    Value::Object(object)
}
