//! What belongs to a record beside its fields: notes, messages, conversations, tickets, runs.

use super::records::{definition, object, plural};
use super::runs::flow_name;
use crate::io::Io;
use crate::session::{Session, record};
use crate::talk::{Names, moment, place_words};
use crate::trouble::Trouble;
use crate::values::show_value;
use flow_bytecode::Value;
use flow_bytecode::schema::{EntityDef, SchemaType};
use flow_lang::diag::render::clean;
use flow_vm::engine::{History, RecordFilter, RecordView, RunFilter, RunView};
use serde_json::{Map, json};
use std::collections::HashMap;

/// Related records and runs shown of one record, at most.
const RELATED_MAX: usize = 50;

/// Records by their names, looked up once.
pub struct People<'a> {
    session: &'a Session,
    known: HashMap<(String, i64), Option<String>>,
}

impl<'a> People<'a> {
    /// Nobody is known yet.
    pub fn new(session: &'a Session) -> Self {
        People { session, known: HashMap::new() }
    }

    /// A field of a record for people: whom it names is called by name.
    pub fn field(&mut self, record: &RecordView, definition: &EntityDef, name: &str) -> String {
        let value = record.fields.iter().find(|(field, _)| **field == *name).map(|(_, value)| value);
        let ty = definition.fields.iter().find(|field| *field.name == *name).map(|field| &field.ty);
        match (value, ty) {
            (Some(value), Some(ty)) => self.value(value, ty),
            _ => String::new(),
        }
    }

    fn value(&mut self, value: &Value, ty: &SchemaType) -> String {
        match (value, ty) {
            (Value::Null, _) => String::new(),
            (value, SchemaType::Optional(inner)) => self.value(value, inner),
            (Value::Int(id), SchemaType::Entity(entity)) => {
                let id = *id;
                let shown = format!("{} {id}", flow_bytecode::schema::spoken(entity));
                self.name(entity, id).map_or(shown, |name| format!("{name} ({id})"))
            }
            (Value::List(items), SchemaType::List(inner)) => {
                items.iter().map(|item| self.value(item, inner)).collect::<Vec<_>>().join(", ")
            }
            (Value::Text(text), SchemaType::Assignee) => match text.split_once(':') {
                Some(("team", team)) => format!("team {team}"),
                Some(("teammate", id)) => {
                    let name = id.parse().ok().and_then(|id| self.name("Teammate", id));
                    name.unwrap_or_else(|| format!("teammate {id}"))
                }
                _ if &**text == "ai" => "the assistant".to_owned(),
                _ => text.to_string(),
            },
            _ => show_value(value, ty),
        }
    }

    fn name(&mut self, entity: &str, id: i64) -> Option<String> {
        let session = self.session;
        let find = || {
            let record = record(session, entity, &id.to_string()).ok()?;
            ["email", "name", "first_name", "subject", "title"].iter().find_map(|wanted| {
                let (_, value) = record.fields.iter().find(|(field, _)| **field == **wanted)?;
                value.as_text().filter(|text| !text.is_empty()).map(|text| text.to_string())
            })
        };
        self.known.entry((entity.to_owned(), id)).or_insert_with(find).clone()
    }
}

/// Everything that belongs to one record.
pub struct RecordHistory {
    history: History,
    /// By kind: records that name this one.
    related: Vec<(&'static str, Vec<RecordView>)>,
    runs: Vec<RunView>,
}

impl RecordHistory {
    /// Looks it up.
    ///
    /// # Errors
    /// The store.
    pub fn load(session: &Session, entity: &str, id: i64) -> Result<Self, Trouble> {
        let kinds: &[(&'static str, &str)] = match entity {
            "Contact" => {
                &[("Conversation", "contact"), ("Ticket", "contact"), ("FollowUp", "contact"), ("Sale", "contact")]
            }
            "Company" => &[("Contact", "companies"), ("Sale", "company")],
            "Teammate" => &[("FollowUp", "owner"), ("Ticket", "assignee"), ("Conversation", "assignee")],
            "Conversation" => &[("Ticket", "conversation")],
            _ => &[],
        };
        let mut related = Vec::new();
        for (kind, field) in kinds {
            let mate = matches!(*field, "owner" | "assignee");
            let who = if mate { Value::text(format!("teammate:{id}")) } else { Value::Int(id) };
            let equals = Some(((*field).to_owned(), who));
            let filter =
                RecordFilter { entity: (*kind).to_owned(), equals, limit: RELATED_MAX, ..RecordFilter::default() };
            related.push((*kind, session.control.records(&filter)?));
        }
        // A run about a contact's conversation or ticket is one about the contact.
        let belonging = related
            .iter()
            .filter(|(kind, _)| *kind != "Contact")
            .flat_map(|(kind, records)| records.iter().map(|record| ((*kind).to_owned(), record.id)));
        let mut runs = Vec::new();
        for subject in std::iter::once((entity.to_owned(), id)).chain(belonging) {
            let filter = RunFilter { subject: Some(subject), limit: RELATED_MAX, ..RunFilter::default() };
            runs.extend(session.control.runs(&filter)?);
        }
        runs.sort_by_key(|run| std::cmp::Reverse(run.started));
        runs.truncate(RELATED_MAX);
        Ok(RecordHistory { history: session.control.history(entity, id)?, related, runs })
    }

    /// As JSON, beside the record's fields.
    ///
    /// # Errors
    /// The store.
    pub fn insert(&self, map: &mut Map<String, serde_json::Value>, session: &Session) -> Result<(), Trouble> {
        let notes = self.history.notes.iter();
        let notes = notes.map(
            |note| json!({ "at": moment(note.at), "run": note.run.map(|run| run.to_string()), "text": *note.text }),
        );
        map.insert("notes".into(), notes.collect());
        if map.contains_key("channel") {
            let said = self.history.messages.iter().map(
                |said| json!({ "from": *said.from, "flow": said.flow, "text": *said.text, "at": moment(said.at) }),
            );
            map.insert("said".into(), said.collect());
        }
        for (kind, records) in &self.related {
            let definition = definition(session, kind)?;
            map.insert(plural(kind), records.iter().map(|record| object(record, &definition)).collect());
        }
        map.insert("runs".into(), self.runs.iter().map(|run| run.run.to_string()).collect());
        Ok(())
    }

    /// For people, below the record's fields; what there is none of is left out.
    ///
    /// # Errors
    /// Standard output cannot be written, or the store.
    pub fn show(&self, session: &Session, people: &mut People, io: &mut Io) -> Result<(), Trouble> {
        let (paint, moments) = (io.paint(), session.moments());
        if !self.history.messages.is_empty() {
            title("said", io)?;
            let mut names = Names::new(session);
            for said in &self.history.messages {
                let name = clean(&names.speaker(said)).into_owned();
                let name = if &*said.from == "contact" { paint.good(name) } else { paint.bold(name) };
                let text = clean(&said.text).replace('\n', "\n      ");
                io.paragraph(&format!("  {}  {name}: {text}", paint.dim(moments.show(said.at))), 6)?;
            }
        }
        if !self.history.notes.is_empty() {
            title("notes", io)?;
            for note in &self.history.notes {
                let by = note.run.map(|run| format!("  {run}")).unwrap_or_default();
                let text = clean(&note.text).replace('\n', "\n      ");
                io.paragraph(&format!("  {}  {text}{}", paint.dim(moments.show(note.at)), paint.dim(by)), 6)?;
            }
        }
        for (kind, records) in self.related.iter().filter(|(_, records)| !records.is_empty()) {
            title(&plural(kind), io)?;
            let definition = definition(session, kind)?;
            for record in records {
                let shown: Vec<String> = about(kind)
                    .iter()
                    .map(|field| (field, people.field(record, &definition, field)))
                    .filter(|(_, text)| !text.is_empty())
                    .map(|(field, text)| if *field == "assignee" { format!("with {text}") } else { text })
                    .collect();
                io.paragraph(&format!("  {}  {}", paint.bold(record.id), clean(&shown.join(", "))), 6)?;
            }
        }
        if !self.runs.is_empty() {
            title("runs", io)?;
            for run in &self.runs {
                let status = super::runs::status_color(run.status, &run.status.name().replace('_', " "), paint);
                let place = run.places.first().map(|place| place_words(place)).filter(|place| place.starts_with('#'));
                let place = place.map(|place| format!(" at {place}")).unwrap_or_default();
                io.paragraph(&format!("  {}  {}  {status}{place}", paint.bold(run.run), flow_name(&run.flow)), 6)?;
            }
        }
        Ok(())
    }
}

/// What is told of a record in a line.
fn about(kind: &str) -> &'static [&'static str] {
    match kind {
        "Contact" => &["email", "first_name", "last_name"],
        "Conversation" => &["subject", "channel", "status", "assignee"],
        "FollowUp" => &["title", "kind", "due", "done"],
        "Sale" => &["title", "stage", "amount"],
        _ => &["subject", "status", "priority", "assignee"],
    }
}

fn title(text: &str, io: &mut Io) -> Result<(), Trouble> {
    let text = io.paint().bold(text);
    io.line(format!("\n{text}"))
}
