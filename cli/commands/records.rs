//! `flow contacts`, `flow companies`, `flow teammates`, `flow tickets` and so on: list, show, add, set, delete, import,
//! export.

use super::history::{People, RecordHistory};
use crate::io::Io;
use crate::session::{Intent, Session, Where, record};
use crate::table::table;
use crate::trouble::Trouble;
use crate::values::{Moments, json_value, parse};
use clap::Subcommand;
use flow_bytecode::schema::{self, EntityDef, SchemaType, spoken};
use flow_lang::diag::render::clean;
use flow_vm::engine::{RecordFilter, RecordView};
use serde_json::{Map, Value};
use std::path::PathBuf;

/// What to do with records.
#[derive(Debug, Subcommand)]
pub enum Deed {
    /// Import a file: CSV, as a CRM exports it, or JSON
    #[command(after_help = "Examples:
  flow contacts import contacts.csv --country NO
  flow contacts import contacts.csv --no-runs
  flow tickets import tickets.jsonl")]
    Import(ImportOptions),
    /// What can be done with every kind of record.
    #[command(flatten)]
    Look(Look),
    /// Add a record
    #[command(after_help = "Examples:
  flow teammates add name='Grace Hopper' email=grace@example.com teams=support,sales
  flow contacts add email=ada@example.com first_name=Ada tags=vip")]
    Add(AddOptions),
}

/// What to do with conversations: what flows make, and what was said elsewhere.
#[derive(Debug, Subcommand)]
pub enum Talks {
    /// Import conversations with what was said in them: CSV with a row a message, or JSON. Nobody is told of it
    #[command(after_help = "Examples:
  flow conversations import conversations.csv
  flow conversations import conversations.jsonl")]
    Import(ImportOptions),
    /// What can be done with every kind of record.
    #[command(flatten)]
    Look(Look),
}

/// What to do with records that only flows make.
#[derive(Debug, Subcommand)]
pub enum Look {
    /// Export all records to a file that can be imported again
    #[command(after_help = "Examples:
  flow contacts export -o contacts.csv
  flow tickets export --format jsonl")]
    Export(ExportOptions),
    /// List records
    #[command(after_help = "Examples:
  flow contacts list --json
  flow contacts list --where tags=vip
  flow tickets list --contact ada@example.com")]
    List(ListOptions),
    /// Show one record with all its fields, what was written about it, and what was said
    #[command(after_help = "Examples:
  flow contacts show ada@example.com
  flow tickets show 7 --json")]
    Show(ShowOptions),
    /// Write into a record; an empty value takes one away
    #[command(after_help = "Examples:
  flow teammates set grace@example.com available=no away_until=2026-04-01T08:00:00Z
  flow tickets set 7 status=solved assignee=grace@example.com")]
    Set(SetOptions),
    /// Delete a record; a contact with everything that belongs to it, for ever
    #[command(after_help = "Examples:
  flow contacts delete ada@example.com
  flow tickets delete 7 --yes")]
    Delete(DeleteOptions),
}

/// Options of `import`.
#[derive(Debug, clap::Args)]
pub struct ImportOptions {
    /// The file: commas, semicolons or tabs; UTF-8
    pub file: PathBuf,
    /// Where phone numbers without a country code are from, two letters
    #[arg(long, value_name = "CODE")]
    pub country: Option<String>,
    /// Begin no flow with what is imported
    #[arg(long)]
    pub no_runs: bool,
    /// Do not ask, however many runs begin
    #[arg(short, long)]
    pub yes: bool,
    /// One JSON object: `imported`, `merged`, `refused`, `blank`, `begins`, `reasons`, `columns`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Options of `list`.
#[derive(Debug, clap::Args)]
pub struct ListOptions {
    /// Only those of this contact
    #[arg(long, value_name = "EMAIL")]
    pub contact: Option<String>,
    /// Only those whose field has this value, or has it among others: a field that is indexed
    #[arg(long = "where", value_name = "FIELD=VALUE", conflicts_with = "contact")]
    pub equals: Option<String>,
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

/// Options of `export`.
#[derive(Debug, clap::Args)]
pub struct ExportOptions {
    /// The file; standard output where none is given, or `-`
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// The format; that of the file's name where it is not given, else csv
    #[arg(long, value_enum)]
    pub format: Option<Format>,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// How records are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// A table that spreadsheets open.
    Csv,
    /// One JSON object a line.
    Jsonl,
}

/// Options of `add`.
#[derive(Debug, clap::Args)]
pub struct AddOptions {
    /// Its fields
    #[arg(required = true, value_name = "FIELD=VALUE")]
    pub fields: Vec<String>,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Options of `set`.
#[derive(Debug, clap::Args)]
pub struct SetOptions {
    /// The record: its email or other unique value, or its id
    pub record: String,
    /// What to write
    #[arg(required = true, value_name = "FIELD=VALUE")]
    pub fields: Vec<String>,
    /// One JSON object
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Options of `delete`.
#[derive(Debug, clap::Args)]
pub struct DeleteOptions {
    /// The record: its email or other unique value, or its id
    pub record: String,
    /// Do not ask
    #[arg(short, long)]
    pub yes: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Carries out `flow contacts …` (`Contact`), `flow teammates …` (`Teammate`) and so on.
///
/// # Errors
/// There is no such record, the file cannot be read, or the store.
pub fn run(entity: &str, deed: &Deed, io: &mut Io) -> Result<(), Trouble> {
    match deed {
        Deed::Import(options) => super::import::run(entity, options, io),
        Deed::Add(options) => super::edit::add(entity, options, io),
        Deed::Look(look) => self::look(entity, look, io),
    }
}

/// Carries out `flow conversations …`.
///
/// # Errors
/// As [`run`].
pub fn talks(deed: &Talks, io: &mut Io) -> Result<(), Trouble> {
    match deed {
        Talks::Import(options) => super::import::run("Conversation", options, io),
        Talks::Look(look) => self::look("Conversation", look, io),
    }
}

/// Carries out `flow notifications …` (`Notification`) and what else only flows make.
///
/// # Errors
/// As [`run`].
pub fn look(entity: &str, look: &Look, io: &mut Io) -> Result<(), Trouble> {
    match look {
        Look::Export(options) => super::export::run(entity, options, io),
        Look::List(options) => list(entity, options, io),
        Look::Show(options) => show(entity, options, io),
        Look::Set(options) => super::edit::set(entity, options, io),
        Look::Delete(options) => super::edit::delete(entity, options, io),
    }
}

/// Several of a kind of record, as the commands are called.
pub fn plural(entity: &str) -> String {
    schema::plural(&spoken(entity))
}

/// What a list shows of a kind of record.
fn columns(entity: &str) -> [&'static str; 5] {
    match entity {
        "Contact" => ["email", "first_name", "last_name", "phone", "city"],
        "Company" => ["name", "domain", "industry", "city", "country"],
        "Conversation" => ["contact", "status", "assignee", "channel", "subject"],
        "Teammate" => ["name", "email", "teams", "available", "away_until"],
        "FollowUp" => ["title", "due", "owner", "contact", "done"],
        "Sale" => ["title", "stage", "amount", "owner", "contact"],
        "Article" => ["name", "title", "url", "text", "created"],
        "Notification" => ["to", "text", "contact", "read", "created"],
        _ => ["subject", "status", "priority", "assignee", "contact"],
    }
}

pub(super) fn open(place: &Where, io: &mut Io) -> Result<Session, Trouble> {
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

/// `--where tags=vip`, as what the store is asked.
fn equals(
    session: &Session,
    definition: &EntityDef,
    options: &ListOptions,
    io: &Io,
) -> Result<Option<(String, flow_bytecode::Value)>, Trouble> {
    if let Some(contact) = &options.contact {
        let contact = record(session, "Contact", contact)?;
        return Ok(Some(("contact".to_owned(), flow_bytecode::Value::Int(contact.id))));
    }
    let Some(text) = &options.equals else { return Ok(None) };
    let Some((name, text)) = text.split_once('=') else {
        return Err(Trouble::usage(format!("`{text}` is not `FIELD=VALUE`")).help("write it as in `--where tags=vip`"));
    };
    let indexed = || definition.fields.iter().filter(|field| field.indexed || field.unique);
    let Some(field) = indexed().find(|field| *field.name == *name) else {
        let known: Vec<&str> = indexed().map(|field| &*field.name).collect();
        let message = format!("{} are not found by `{name}`", plural(&definition.name));
        return Err(Trouble::usage(message).help(format!("known here: {}", known.join(", "))));
    };
    let ty = present(&field.ty);
    let ty = if let SchemaType::List(item) = ty { item } else { ty };
    let value = if let SchemaType::Assignee = ty {
        match text.contains('@') {
            true => flow_bytecode::Value::text(format!("teammate:{}", record(session, "Teammate", text)?.id)),
            false => flow_bytecode::Value::text(format!("team:{}", text.trim_start_matches("team:"))),
        }
    } else {
        parse(text, ty, session, &io.folder)?
    };
    Ok(Some((name.to_owned(), value)))
}

fn list(entity: &str, options: &ListOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let definition = definition(&session, entity)?;
    let filter = RecordFilter {
        entity: entity.to_owned(),
        equals: equals(&session, &definition, options, io)?,
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
            _ if filter.equals.is_some() => "None has this value.".to_owned(),
            "Notification" => "Flows make them.".to_owned(),
            "Conversation" => {
                "Flows make them; `flow conversations import FILE.csv` takes those of elsewhere.".to_owned()
            }
            _ => format!("`flow {word} add` adds one, `flow {word} import FILE.csv` many."),
        };
        return io.line(format!("No {word}. {made}"));
    }
    let columns = columns(entity);
    let (mut people, moments) = (People::new(&session), session.moments());
    let mut head = vec!["ID".to_owned()];
    head.extend(columns.iter().map(|column| column.to_uppercase().replace('_', " ")));
    let mut rows: Vec<[String; 6]> = Vec::new();
    rows.extend(head.try_into().ok());
    for record in &records {
        let mut row = vec![record.id.to_string()];
        row.extend(columns.iter().map(|column| shown(record, &definition, column, &mut people, &moments)));
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

pub(super) fn show(entity: &str, options: &ShowOptions, io: &mut Io) -> Result<(), Trouble> {
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
    io.line(paint.bold(format!("{} {}", spoken(entity), record.id)))?;
    let moments = session.moments();
    let mut people = People::new(&session);
    for (name, _) in &record.fields {
        let text = shown(&record, &definition, name, &mut people, &moments);
        let text = if text.is_empty() { paint.dim("-") } else { clean(&text).into_owned() };
        io.paragraph(&format!("  {} {text}", paint.dim(format!("{name:<14}"))), 17)?;
    }
    history.show(&session, &mut people, io)
}

/// A field for people: whom it names by name, moments as clocks here show them.
fn shown(record: &RecordView, definition: &EntityDef, name: &str, people: &mut People, moments: &Moments) -> String {
    let ty = definition.fields.iter().find(|field| *field.name == *name).map(|field| present(&field.ty));
    let value = record.fields.iter().find(|(field, _)| **field == *name).and_then(|(_, value)| value.as_int());
    match (ty, value) {
        (Some(SchemaType::Instant), Some(us)) => moments.show(us),
        _ => people.field(record, definition, name),
    }
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
