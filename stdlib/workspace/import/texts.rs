//! Conversations with what was said in them, and notes: rows that were written elsewhere, at another time. Nobody is told of
//! them, and no flow begins.

use super::cell::{Cell, address_or};
use super::write::{Numbers, Refusal, Written, by_unique, check_records, known_by, own_number, resolve};
use flow_bytecode::Value;
use flow_bytecode::address;
use flow_bytecode::schema::{EntityDef, FieldDef, Schema, SchemaType, plural, spoken};
use flow_vm::action::{ActionError, Message, Past, Workspace};
use std::collections::HashMap;
use std::sync::Arc;

/// What notes are called among the kinds of records. No entity of a project can have this name.
pub const NOTE: &str = "note";
/// The columns of a note beside its own number: what kind of record it is on, which one, when it was written, what it says.
pub const NOTE_COLUMNS: [&str; 4] = ["kind", "record", "at", "text"];
/// The columns of a message behind those of its conversation: its number there, when, who (`contact`, `flow`, `teammate`),
/// which flow, what, and the parts beside the text as JSON.
pub const MESSAGE_COLUMNS: [&str; 6] =
    ["message", "message_at", "message_from", "message_flow", "message_text", "message_parts"];
/// Under this key a conversation in JSON has its messages.
pub const MESSAGES: &str = "messages";

/// Records that notes may be on.
pub const NOTED: [&str; 7] = ["Contact", "Company", "Conversation", "Ticket", "Teammate", "FollowUp", "Sale"];
/// Who says something in a conversation.
const SPEAKERS: [&str; 3] = ["contact", "flow", "teammate"];
/// Parts of a message that lead somewhere.
const ADDRESSES: [&str; 4] = ["image", "video", "link", "article_url"];
/// Its other parts.
const PARTS: [&str; 5] = ["article", "article_title", "file", "option", "refused"];
/// Conversations of one contact that are looked at.
const CONVERSATIONS_MAX: usize = 10_000;

fn field(name: &str, ty: SchemaType) -> FieldDef {
    let ty = SchemaType::Optional(Box::new(ty));
    FieldDef {
        name: name.into(),
        ty,
        default: Value::Null,
        indexed: false,
        unique: false,
        readonly: false,
        custom: false,
    }
}

/// The schema as files are read by it: with notes, and with messages in conversations.
pub fn readable(mut schema: Schema) -> Schema {
    let text = || SchemaType::Text;
    if let Some(conversation) = schema.entities.iter_mut().find(|entity| &*entity.name == "Conversation") {
        let types = [SchemaType::Int, SchemaType::Instant, text(), text(), text(), text()];
        conversation.fields.extend(MESSAGE_COLUMNS.into_iter().zip(types).map(|(name, ty)| field(name, ty)));
    }
    let types = [text(), text(), SchemaType::Instant, text()];
    let fields = NOTE_COLUMNS.into_iter().zip(types).map(|(name, ty)| field(name, ty)).collect();
    schema.entities.push(EntityDef { name: NOTE.into(), fields });
    schema
}

/// The cells of a row, by name.
struct Cells<'a>(Vec<(&'a FieldDef, Cell)>);

impl Cells<'_> {
    fn value(&self, name: &str) -> Option<&Value> {
        self.0.iter().find(|(field, _)| &*field.name == name).and_then(|(_, cell)| match cell {
            Cell::Value(value) => Some(value),
            _ => None,
        })
    }

    fn text(&self, name: &str) -> Option<Arc<str>> {
        self.value(name)?.as_text().cloned()
    }

    fn int(&self, name: &str) -> Option<i64> {
        self.value(name)?.as_int()
    }
}

fn refused<T>(field: &str, reason: impl Into<String>) -> Result<Result<T, Refusal>, ActionError> {
    Ok(Err(refusal(field, reason)))
}

fn refusal(field: &str, reason: impl Into<String>) -> Refusal {
    Refusal { field: Some(field.into()), reason: reason.into() }
}

/// Writes a note, with the number it was exported under if it was, or says why not.
pub fn note(
    schema: &Schema,
    workspace: &mut dyn Workspace,
    own: Option<&str>,
    cells: Vec<(&FieldDef, Cell)>,
) -> Result<Result<Written, Refusal>, ActionError> {
    let cells = Cells(cells);
    let kind = cells.text("kind").unwrap_or_else(|| "contact".into());
    let Some(entity) = NOTED.into_iter().find(|entity| spoken(entity) == *kind) else {
        let known: Vec<String> = NOTED.iter().map(|entity| spoken(entity).to_string()).collect();
        return refused("kind", format!("none of {}", known.join(", ")));
    };
    let Some(record) = cells.text("record") else { return refused("record", "a note needs the record that it is on") };
    let Some(text) = cells.text("text") else { return refused("text", "a note needs a text") };
    let record = address_or(&record);
    let found = match (known_by(schema, workspace, entity, &record)?, entity) {
        (None, "Company") => workspace.find("Company", "name", &Value::Text(record.clone()), 1)?.first().copied(),
        (found, _) => found,
    };
    let Some(id) = found else { return refused("record", format!("no {kind} is known by this")) };
    // A number of elsewhere may be a stranger's here: whose note it is is told by the note, which is there already.
    if own.is_some()
        && own_number(entity, &record).is_some()
        && by_unique(schema, workspace, entity, &record)?.is_none()
        && !workspace.has_note(entity, id, cells.int("at"), &text)?
    {
        let several = plural(&spoken(entity));
        return refused(
            "record",
            format!(
                "a number of the workspace it comes from, and here perhaps of another {kind}; import the {several} first"
            ),
        );
    }
    let new = workspace.keep_note(entity, id, cells.int("at"), &text)?;
    Ok(Ok(if new { Written::Created } else { Written::Merged }))
}

/// What a conversation is known by elsewhere: its contact, and when it began.
pub fn conversation_name(contact: &str, started: i64) -> Option<String> {
    let moment = jiff::Timestamp::from_microsecond(started).ok()?;
    Some(format!("{contact} {moment}"))
}

/// The conversation of that name.
pub fn conversation_by(schema: &Schema, workspace: &mut dyn Workspace, name: &str) -> Result<Option<i64>, ActionError> {
    let Some((contact, started)) = name.rsplit_once(' ') else { return Ok(None) };
    let Ok(started) = started.parse::<jiff::Timestamp>() else { return Ok(None) };
    let Some(contact) = known_by(schema, workspace, "Contact", &address_or(contact))? else { return Ok(None) };
    for id in workspace.find("Conversation", "contact", &Value::Int(contact), CONVERSATIONS_MAX)? {
        if workspace.get("Conversation", id, "started")?.as_int() == Some(started.as_microsecond()) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Writes a conversation with one message of it, or without any, or says why not. One that is there stays as it is: it is
/// known by its contact, its channel, its subject and when it began, and gets the messages that it lacks.
pub fn conversation(
    schema: &Schema,
    companies: &mut HashMap<String, i64>,
    workspace: &mut dyn Workspace,
    own: Option<i64>,
    cells: Vec<(&FieldDef, Cell)>,
) -> Result<Result<Written, Refusal>, ActionError> {
    let numbers = if is_home(workspace, own, &cells)? { Numbers::Here } else { Numbers::Elsewhere };
    for (field, cell) in &cells {
        if let Err(refusal) = check_records(schema, workspace, numbers, field, cell)? {
            return Ok(Err(refusal));
        }
    }
    let cells = Cells(cells);
    let past = match past(&cells) {
        Ok(past) => past,
        Err(refusal) => return Ok(Err(refusal)),
    };
    let mut fields: Vec<(&str, Value)> = Vec::new();
    for (field, cell) in cells.0.iter().filter(|(field, _)| !MESSAGE_COLUMNS.contains(&&*field.name)) {
        fields.push((&field.name, resolve(schema, companies, workspace, field, cell.clone())?));
    }
    let Some(contact) = fields.iter().find(|(name, _)| *name == "contact").map(|(_, value)| value.clone()) else {
        return refused("contact", "a conversation needs a contact");
    };
    let mut found = None;
    for id in workspace.find("Conversation", "contact", &contact, CONVERSATIONS_MAX)? {
        let mut same = true;
        for (name, value) in fields.iter().filter(|(name, _)| ["channel", "subject", "started"].contains(name)) {
            same &= workspace.get("Conversation", id, name)? == *value;
        }
        if same && (found.is_none() || own == Some(id)) {
            found = Some(id);
        }
    }
    let (id, made) = match found {
        Some(id) => (id, false),
        None => {
            if !fields.iter().any(|(name, _)| *name == "started") {
                let started = past.as_ref().and_then(|past| past.at).unwrap_or_else(|| workspace.now());
                fields.push(("started", Value::Int(started)));
            }
            match workspace.keep("Conversation", fields) {
                Ok(id) => (id, true),
                Err(ActionError::Failure(failure)) => {
                    return Ok(Err(Refusal { field: None, reason: failure.message.to_string() }));
                }
                Err(fault) => return Err(fault),
            }
        }
    };
    let new = match past {
        Some(past) => workspace.keep_message(id, past)?,
        None => false,
    };
    Ok(Ok(if new || made { Written::Created } else { Written::Merged }))
}

/// Whether a row was exported from this very workspace: here, too, the conversation of its number began when it says.
fn is_home(workspace: &mut dyn Workspace, own: Option<i64>, cells: &[(&FieldDef, Cell)]) -> Result<bool, ActionError> {
    let Some((_, Cell::Value(started))) = cells.iter().find(|(field, _)| &*field.name == "started") else {
        return Ok(false);
    };
    let Some(id) = own else { return Ok(false) };
    match workspace.get("Conversation", id, "started") {
        Ok(here) => Ok(here == *started),
        Err(ActionError::Failure(_)) => Ok(false),
        Err(fault) => Err(fault),
    }
}

/// The message of a row, if it has one.
fn past(cells: &Cells) -> Result<Option<Past>, Refusal> {
    let [number, at, from, flow, text, parts] = MESSAGE_COLUMNS;
    if MESSAGE_COLUMNS.iter().all(|name| cells.value(name).is_none()) {
        return Ok(None);
    }
    let speaker = cells.text(from).ok_or_else(|| refusal(from, "a message needs who said it"))?;
    if !SPEAKERS.contains(&&*speaker) {
        return Err(refusal(from, format!("none of {}", SPEAKERS.join(", "))));
    }
    let is_name = |name: &str| name.split('.').all(|part| !part.is_empty() && part.chars().all(is_letter));
    let by = cells.text(flow);
    if by.as_ref().is_some_and(|name| &*speaker != "flow" || !is_name(name)) {
        return Err(refusal(flow, "not the name of a flow that said it"));
    }
    let number_in_it = cells.int(number);
    if number_in_it.is_some_and(|number| number < 1) {
        return Err(refusal(number, "not a number from 1 on"));
    }
    let wrong = || refusal(parts, "not a list of pairs in JSON, as in [[\"link\",\"https://example.com\"]]");
    let all: Vec<(Arc<str>, Arc<str>)> = match cells.text(parts) {
        Some(text) => serde_json::from_str(&text).map_err(|_| wrong())?,
        None => Vec::new(),
    };
    for (kind, value) in &all {
        let leads = ADDRESSES.contains(&&**kind);
        if !leads && !PARTS.contains(&&**kind) {
            let known: Vec<&str> = ADDRESSES.into_iter().chain(PARTS).collect();
            return Err(refusal(parts, format!("has a part `{kind}`, which is none of {}", known.join(", "))));
        }
        if leads && address::url(value).is_none() {
            return Err(refusal(parts, format!("has a {kind} whose address does not begin with https:// or http://")));
        }
    }
    let message = Message { from: speaker, text: cells.text(text).unwrap_or_default(), parts: all };
    if message.text.is_empty() && message.parts.is_empty() && number_in_it.is_none() {
        return Err(refusal(text, "a message needs a text"));
    }
    Ok(Some(Past { number: number_in_it, at: cells.int(at), flow: by, message }))
}

fn is_letter(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}
