//! `flow teammates add`, `flow contacts set`, `flow contacts delete`: what a person does to one record.

use super::deploy::deployed;
use super::moved::carry_on;
use super::records::{AddOptions, DeleteOptions, SetOptions, definition, object, plural};
use crate::io::{Io, quoted};
use crate::nearest::nearest;
use crate::session::{Intent, Session, record};
use crate::trouble::Trouble;
use crate::values::counted;
use flow_bytecode::Value;
use flow_bytecode::schema::{EntityDef, Schema, SchemaType, spoken};
use flow_lang::diag::render::clean;
use flow_stdlib::workspace::import::leave::{named, naming};
use flow_stdlib::workspace::import::{One, REMOVE, SET};
use flow_vm::engine::RecordFilter;
use std::collections::BTreeSet;
use std::io::BufRead;

/// `name=value` as typed.
fn fields(given: &[String], definition: &EntityDef) -> Result<Vec<(String, String)>, Trouble> {
    let one = spoken(&definition.name);
    let mut fields: Vec<(String, String)> = Vec::new();
    for text in given {
        let Some((name, value)) = text.split_once('=') else {
            return Err(Trouble::usage(format!("`{text}` is not `FIELD=VALUE`"))
                .help("write it as in `city=Oslo`; an empty value takes one away: `city=`"));
        };
        let known = || definition.fields.iter().map(|field| &*field.name).filter(|name| *name != "diary");
        if !known().any(|known| known == name) {
            let help = match nearest(name, known()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("known here: {}", known().collect::<Vec<_>>().join(", ")),
            };
            return Err(Trouble::usage(format!("a {one} has no `{name}`")).help(help));
        }
        if fields.iter().any(|(other, _)| other == name) {
            return Err(Trouble::usage(format!("`{name}` is given twice")));
        }
        fields.push((name.to_owned(), value.trim().to_owned()));
    }
    Ok(fields)
}

fn write(
    session: &Session,
    entity: &str,
    id: Option<i64>,
    given: &[String],
    country: Option<String>,
    io: &Io,
) -> Result<i64, Trouble> {
    let fields = fields(given, &definition(session, entity)?)?;
    check_companies(session, &definition(session, entity)?, &fields)?;
    let one = One { entity: entity.to_owned(), id, fields, country, schema: session.control.schema()? };
    let id = session.call(SET, vec![one.argument()])?.as_int().unwrap_or(0);
    // Whoever it wakes goes on now, and not only when somebody next opens the engine.
    carry_on(session, io)?;
    Ok(id)
}

/// Companies looked through for the one that was meant.
const COMPANIES_MAX: usize = 10_000;

/// A company that is named is there: a mistyped one is not made in passing.
fn check_companies(session: &Session, definition: &EntityDef, fields: &[(String, String)]) -> Result<(), Trouble> {
    for (name, text) in fields.iter().filter(|(_, text)| !text.is_empty()) {
        let Some(field) = definition.fields.iter().find(|field| *field.name == **name) else { continue };
        // As a file's cells are read: the strongest sign stands between two.
        let between = match field.ty {
            _ if !names_company(&field.ty) => continue,
            SchemaType::List(_) => ['|', ';', ','].into_iter().find(|sign| text.contains(*sign)),
            _ => None,
        };
        for company in text.split(|one| Some(one) == between).map(str::trim).filter(|name| !name.is_empty()) {
            match record(session, "Company", company) {
                Ok(_) => continue,
                // One of several, rather than none.
                Err(several) if !session.records_by("Company", "name", Value::text(company))?.is_empty() => {
                    return Err(several);
                }
                Err(_) => {}
            }
            let filter = RecordFilter { entity: "Company".to_owned(), limit: COMPANIES_MAX, ..RecordFilter::default() };
            let all = session.control.records(&filter)?;
            let names = all.iter().filter_map(|record| {
                record.fields.iter().find(|(field, _)| &**field == "name").and_then(|(_, value)| value.as_text())
            });
            let near = nearest(company, names.map(|name| &**name));
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let add = session.command(&format!("companies add name={}", quoted(company)));
            return Err(Trouble::usage(format!("`{name}`: there is no company `{}`", clean(company)))
                .help(format!("{near}`{add}` adds it")));
        }
    }
    Ok(())
}

fn names_company(ty: &SchemaType) -> bool {
    match ty {
        SchemaType::Optional(inner) | SchemaType::List(inner) => names_company(inner),
        SchemaType::Entity(entity) => &**entity == "Company",
        _ => false,
    }
}

/// Adds a record.
///
/// # Errors
/// A field that is none, a value that does not fit, or the store.
pub fn add(entity: &str, options: &AddOptions, io: &mut Io) -> Result<(), Trouble> {
    let (project, session) = deployed(&options.place, io)?;
    let id = write(&session, entity, None, &options.fields, project.config.project.country, io)?;
    told(&session, entity, id, "added", options.json, io)
}

/// Writes into a record.
///
/// # Errors
/// As [`add`], and when there is no such record.
pub fn set(entity: &str, options: &SetOptions, io: &mut Io) -> Result<(), Trouble> {
    let (project, session) = deployed(&options.place, io)?;
    let id = record(&session, entity, &options.record)?.id;
    write(&session, entity, Some(id), &options.fields, project.config.project.country, io)?;
    told(&session, entity, id, "changed", options.json, io)
}

fn told(session: &Session, entity: &str, id: i64, how: &str, json: bool, io: &mut Io) -> Result<(), Trouble> {
    if json {
        let record = record(session, entity, &id.to_string())?;
        return io.line(object(&record, &definition(session, entity)?).to_string());
    }
    let text = format!("{} {id} {how}", spoken(entity));
    io.line(io.paint().good(text))
}

/// More records than are counted.
const LEFT_MAX: usize = 1_000_000;

/// How many records name one, by kind: `2 contacts, 1 ticket`.
fn left_behind(session: &Session, schema: &Schema, entity: &str, id: i64) -> Result<String, Trouble> {
    let mut counts = Vec::new();
    for (of, fields) in naming(schema, entity) {
        let mut found = BTreeSet::new();
        for field in fields.iter().filter(|field| field.indexed) {
            let filter = RecordFilter {
                entity: of.name.to_string(),
                equals: Some((field.name.to_string(), named(&field.ty, id))),
                limit: LEFT_MAX,
                ..RecordFilter::default()
            };
            found.extend(session.control.records(&filter)?.into_iter().map(|record| record.id));
        }
        match found.len() {
            0 => {}
            1 => counts.push(counted(1, &spoken(&of.name))),
            count => counts.push(format!("{count} {}", plural(&of.name))),
        }
    }
    Ok(counts.join(", "))
}

/// Deletes a record; a contact with everything that belongs to it.
///
/// # Errors
/// There is no such record, nobody has confirmed it, or the store.
pub fn delete(entity: &str, options: &DeleteOptions, io: &mut Io) -> Result<(), Trouble> {
    // Whatever the files are like now: who asks to be forgotten need not wait until they are mended.
    let project = options.place.project(io)?;
    let session = Session::open(&project, &options.place.database(&project, io), Intent::Wake, io)?;
    let id = record(&session, entity, &options.record)?.id;
    let what = format!("{} {id} ({})", spoken(entity), clean(&options.record));
    let schema = session.control.schema()?;
    let left = if entity == "Contact" { String::new() } else { left_behind(&session, &schema, entity, id)? };
    if !options.yes {
        if !io.terminal.input {
            return Err(Trouble::usage(format!("{what} is not deleted: nobody was asked"))
                .help("it cannot be undone; `--yes` says that it is meant"));
        }
        let more = match entity {
            "Contact" => " with everything that belongs to it".to_owned(),
            _ => match left.as_str() {
                "" => String::new(),
                left => format!(", and take it out of {left}"),
            },
        };
        io.write_err(&format!("delete {what}{more}, for ever? [y/N] "))?;
        let mut answer = String::new();
        let read = io.input.read_line(&mut answer);
        if read.is_err() || !matches!(answer.trim().to_lowercase().as_str(), "y" | "yes") {
            return Err(Trouble::refused("nothing was deleted"));
        }
    }
    // Names and types: nothing of it cannot be written as JSON.
    let known = Value::text(serde_json::to_string(&schema).unwrap_or_default());
    session.call(REMOVE, vec![Value::text(entity), Value::Int(id), known])?;
    carry_on(&session, io)?;
    let text = match entity {
        "Contact" => format!("contact {id} is deleted, and nothing of it is left"),
        _ if left.is_empty() => format!("{} {id} is deleted", spoken(entity)),
        _ => format!("{} {id} is deleted, and taken out of {left}", spoken(entity)),
    };
    io.line(io.paint().good(text))
}
