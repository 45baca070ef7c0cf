//! `flow contacts export -o contacts.csv`

use super::records::{ExportOptions, Format, definition, open, plural};
use crate::io::Io;
use crate::session::Session;
use crate::trouble::Trouble;
use crate::values::counted;
use flow_bytecode::Value;
use flow_bytecode::schema::{EntityDef, Schema};
use flow_stdlib::workspace::import::export::{self, Names, OWN_COLUMN};
use flow_vm::engine::{RecordFilter, RecordView};
use serde_json::Map;
use std::collections::HashMap;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

/// Records read at a time.
const PAGE: usize = 1_000;
/// Names of other records kept, at most.
const NAMES_MAX: usize = 100_000;

/// Writes every record of a kind.
///
/// # Errors
/// The file cannot be written, or the store.
pub fn run(entity: &str, options: &ExportOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let definition = definition(&session, entity)?;
    let known = Known { session: &session, schema: session.control.schema()?, names: HashMap::new() };
    let mut table = Table { format: Format::Csv, definition: &definition, known };
    let write = |format: Format, to: &mut dyn FnMut(&str) -> Result<(), Trouble>| {
        table.format = format;
        table.write(to)
    };
    let said = |count| match count {
        1 => counted(count, &flow_bytecode::schema::spoken(entity)),
        _ => format!("{count} {}", plural(entity)),
    };
    export_to(options, io, write, said)
}

/// Writes a table to where it is wanted, and says how many records it has.
///
/// # Errors
/// The file cannot be written, or what `write` says.
pub(super) fn export_to(
    options: &ExportOptions,
    io: &mut Io,
    write: impl FnOnce(Format, &mut dyn FnMut(&str) -> Result<(), Trouble>) -> Result<usize, Trouble>,
    said: impl Fn(usize) -> String,
) -> Result<(), Trouble> {
    let by_name = |path: &Path| path.extension().is_some_and(|end| end == "json" || end == "jsonl" || end == "ndjson");
    let format = options.format.unwrap_or_else(|| match options.output.as_deref().is_some_and(by_name) {
        true => Format::Jsonl,
        false => Format::Csv,
    });
    let Some(output) = options.output.as_ref().filter(|path| path.as_os_str() != "-") else {
        return write(format, &mut |text| io.write(text)).map(drop);
    };
    let path = io.path(output);
    let wrong = |error: std::io::Error| Trouble::machine(format!("{} cannot be written: {error}", path.display()));
    // Beside it first: a file that was there stays whole until the new one is.
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let draft = folder.join(format!(".{name}.{}.part", std::process::id()));
    let written = std::fs::File::create(&draft).map_err(wrong).and_then(|file| {
        let mut file = std::io::BufWriter::new(file);
        let count = write(format, &mut |text| file.write_all(text.as_bytes()).map_err(wrong))?;
        file.into_inner().map_err(|error| wrong(error.into_error()))?.sync_all().map_err(wrong)?;
        std::fs::rename(&draft, &path).map_err(wrong)?;
        Ok(count)
    });
    if written.is_err() {
        let _ = std::fs::remove_file(&draft);
    }
    let text = format!("{} in {}", said(written?), output.display());
    io.line(io.paint().good(text))
}

struct Table<'a> {
    format: Format,
    definition: &'a EntityDef,
    known: Known<'a>,
}

impl Table<'_> {
    /// Writes the whole table; returns how many records it has.
    fn write(&mut self, to: &mut dyn FnMut(&str) -> Result<(), Trouble>) -> Result<usize, Trouble> {
        if self.format == Format::Csv {
            let names = export::columns(self.definition).map(|field| field.name.to_string());
            to(&export::line(std::iter::once(OWN_COLUMN.to_owned()).chain(names)))?;
        }
        let mut count = 0;
        let mut after = 0;
        loop {
            let entity = self.definition.name.to_string();
            let filter = RecordFilter { entity, after, limit: PAGE, ..RecordFilter::default() };
            let records = self.known.session.control.records(&filter)?;
            let Some(last) = records.last() else { return Ok(count) };
            after = last.id;
            for record in &records {
                to(&self.row(record))?;
            }
            count += records.len();
        }
    }

    fn row(&mut self, record: &RecordView) -> String {
        let own = export::own_name(&self.definition.name, record.id);
        let value = |name: &str| record.fields.iter().find(|(field, _)| **field == *name).map(|(_, value)| value);
        let fields = export::columns(self.definition).map(|field| (field, value(&field.name).unwrap_or(&Value::Null)));
        let known = &mut self.known;
        if self.format == Format::Csv {
            let cells = fields.map(|(field, value)| export::cell(value, &field.ty, known));
            return export::line(std::iter::once(own).chain(cells));
        }
        let mut object = Map::new();
        object.insert(OWN_COLUMN.to_owned(), own.into());
        for (field, value) in fields {
            object.insert(field.name.to_string(), export::json(value, &field.ty, known));
        }
        format!("{}\n", serde_json::Value::Object(object))
    }
}

/// What other records are known by, each looked up once.
struct Known<'a> {
    session: &'a Session,
    schema: Schema,
    names: HashMap<(String, i64), Option<Arc<str>>>,
}

impl Names for Known<'_> {
    fn of(&mut self, entity: &str, id: i64) -> Option<Arc<str>> {
        if let Some(known) = self.names.get(&(entity.to_owned(), id)) {
            return known.clone();
        }
        let def = self.schema.entities.iter().find(|def| *def.name == *entity)?;
        let filter = RecordFilter { entity: entity.to_owned(), id: Some(id), ..RecordFilter::default() };
        let record = self.session.control.records(&filter).ok()?.into_iter().next();
        let text = |name: &str| {
            let (_, value) = record.as_ref()?.fields.iter().find(|(field, _)| **field == *name)?;
            value.as_text().cloned()
        };
        let mut unique = def.fields.iter().filter(|field| field.unique);
        let found = match entity {
            "Company" => text("name"),
            _ => unique.find_map(|field| text(&field.name)),
        };
        if self.names.len() >= NAMES_MAX {
            self.names.clear();
        }
        self.names.insert((entity.to_owned(), id), found.clone());
        found
    }
}
