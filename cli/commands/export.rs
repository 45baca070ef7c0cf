//! `flow contacts export -o contacts.csv`

use super::records::{ExportOptions, Format, definition, open, plural};
use crate::io::Io;
use crate::session::Session;
use crate::talk::moment;
use crate::trouble::Trouble;
use crate::values::counted;
use flow_bytecode::Value;
use flow_bytecode::schema::{EntityDef, Schema};
use flow_stdlib::workspace::import::export::{self, Names, OWN_COLUMN};
use flow_stdlib::workspace::import::texts::{MESSAGE_COLUMNS, MESSAGES};
use flow_vm::engine::{Numbered, RecordFilter, RecordView};
use serde_json::{Map, json};
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
    let known = Known::new(&session)?;
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
            let talks = &*self.definition.name == "Conversation";
            let said = MESSAGE_COLUMNS.iter().filter(|_| talks).map(|name| (*name).to_owned());
            to(&export::line(std::iter::once(OWN_COLUMN.to_owned()).chain(names).chain(said)))?;
        }
        let mut count = 0;
        let mut after = 0;
        loop {
            let entity = self.definition.name.to_string();
            let filter = RecordFilter { entity, after, limit: PAGE, ..RecordFilter::default() };
            let records = self.known.session.control.records(&filter)?;
            let Some(last) = records.last() else { return Ok(count) };
            after = last.id;
            let mut said = match &*self.definition.name {
                "Conversation" => Some(said_in(self.known.session, &records)?),
                _ => None,
            };
            for record in &records {
                match &mut said {
                    Some(said) => to(&self.talk(record, &said.remove(&record.id).unwrap_or_default()))?,
                    None => to(&self.row(record, Vec::new(), None))?,
                }
            }
            count += records.len();
        }
    }

    /// A conversation: in a table a row a message, else one object with all of them.
    fn talk(&mut self, record: &RecordView, said: &[Numbered]) -> String {
        if self.format == Format::Jsonl {
            return self.row(record, Vec::new(), Some(said.iter().map(message).collect()));
        }
        if said.is_empty() {
            return self.row(record, vec![String::new(); MESSAGE_COLUMNS.len()], None);
        }
        said.iter().map(|said| self.row(record, message_cells(said), None)).collect()
    }

    fn row(&mut self, record: &RecordView, more: Vec<String>, messages: Option<serde_json::Value>) -> String {
        let own = export::own_name(&self.definition.name, record.id);
        let value = |name: &str| record.fields.iter().find(|(field, _)| **field == *name).map(|(_, value)| value);
        let fields = export::columns(self.definition).map(|field| (field, value(&field.name).unwrap_or(&Value::Null)));
        let known = &mut self.known;
        if self.format == Format::Csv {
            let cells = fields.map(|(field, value)| export::cell(value, &field.ty, known));
            let cells: Vec<String> = std::iter::once(own).chain(cells).chain(more).collect();
            return export::line(cells.into_iter());
        }
        let mut object = Map::new();
        object.insert(OWN_COLUMN.to_owned(), own.into());
        for (field, value) in fields {
            object.insert(field.name.to_string(), export::json(value, &field.ty, known));
        }
        object.extend(messages.map(|messages| (MESSAGES.to_owned(), messages)));
        format!("{}\n", serde_json::Value::Object(object))
    }
}

/// What was said in these conversations, which follow each other.
fn said_in(session: &Session, conversations: &[RecordView]) -> Result<HashMap<i64, Vec<Numbered>>, Trouble> {
    let mut found: HashMap<i64, Vec<Numbered>> = HashMap::new();
    let (Some(first), Some(last)) = (conversations.first(), conversations.last()) else { return Ok(found) };
    let mut after = (first.id, 0);
    loop {
        let page = session.control.said(after, PAGE)?;
        let full = page.len() == PAGE;
        for one in page {
            after = (one.said.conversation, one.number);
            if after.0 > last.id {
                return Ok(found);
            }
            found.entry(after.0).or_default().push(one);
        }
        if !full {
            return Ok(found);
        }
    }
}

fn message(one: &Numbered) -> serde_json::Value {
    let Numbered { number, said } = one;
    json!({
        "number": number, "at": moment(said.at), "from": *said.from, "flow": said.flow, "text": said.text.trim(),
        "parts": said.parts,
    })
}

/// As [`MESSAGE_COLUMNS`] has them.
fn message_cells(one: &Numbered) -> Vec<String> {
    let Numbered { number, said } = one;
    let at = moment(said.at).as_str().unwrap_or_default().to_owned();
    let flow = said.flow.as_ref().map(ToString::to_string).unwrap_or_default();
    let parts = if said.parts.is_empty() { String::new() } else { json!(said.parts).to_string() };
    let text = export::harmless(said.text.trim().to_owned());
    vec![number.to_string(), at, said.from.to_string(), flow, text, parts]
}

/// What other records are known by, each looked up once.
pub(super) struct Known<'a> {
    session: &'a Session,
    schema: Schema,
    names: HashMap<(String, i64), Option<Arc<str>>>,
}

impl<'a> Known<'a> {
    /// Nothing is known yet.
    ///
    /// # Errors
    /// The store.
    pub(super) fn new(session: &'a Session) -> Result<Self, Trouble> {
        Ok(Known { session, schema: session.control.schema()?, names: HashMap::new() })
    }

    /// A company by its name, where no other is called so.
    fn company(&self, record: Option<&RecordView>) -> Option<Arc<str>> {
        let text = |name: &str| {
            let (_, value) = record?.fields.iter().find(|(field, _)| **field == *name)?;
            value.as_text().cloned()
        };
        let name = text("name")?;
        let alone =
            self.session.records_by("Company", "name", Value::Text(name.clone())).is_ok_and(|all| all.len() < 2);
        if alone { Some(name) } else { text("domain").or_else(|| text("external_id")) }
    }

    /// A conversation by its contact and when it began.
    fn conversation(&mut self, record: &RecordView) -> Option<Arc<str>> {
        let field = |name: &str| record.fields.iter().find(|(field, _)| **field == *name)?.1.as_int();
        let contact = field("contact")?;
        let name = self.of("Contact", contact)?;
        export::conversation_name(&name, field("started")?).map(Into::into)
    }
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
            "Company" => self.company(record.as_ref()),
            "Conversation" => record.as_ref().and_then(|record| self.conversation(record)),
            _ => unique.find_map(|field| text(&field.name)),
        };
        let found = found.or_else(|| record.as_ref().map(|_| export::own_name(entity, id).into()));
        if self.names.len() >= NAMES_MAX {
            self.names.clear();
        }
        self.names.insert((entity.to_owned(), id), found.clone());
        found
    }
}
