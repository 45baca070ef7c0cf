//! A workspace in memory, for tests: no more than the trait promises.

use flow_bytecode::schema::{CategoryDef, LinkDef};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{ActionError, Message, Past, Workspace};
use std::collections::{BTreeMap, HashMap};

/// The moment at which every test plays.
pub const NOW: i64 = 1_800_000_000_000_000;

/// Records, and everything that happened.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Fake {
    pub records: BTreeMap<(String, i64), HashMap<String, Value>>,
    pub messages: Vec<(i64, Message)>,
    pub notes: Vec<(String, i64, String)>,
    pub events: Vec<(String, Vec<Value>)>,
    pub ended: Vec<(i64, Failure)>,
    pub writes: usize,
    pub kept: HashMap<String, i64>,
}

/// Microseconds.
pub const HOUR: i64 = 3_600_000_000;

const UNIQUE: [(&str, &str); 6] = [
    ("Contact", "email"),
    ("Contact", "external_id"),
    ("Company", "domain"),
    ("Company", "external_id"),
    ("Teammate", "email"),
    ("Article", "name"),
];
const INDEXED: [(&str, &str); 11] = [
    ("FollowUp", "contact"),
    ("Sale", "contact"),
    ("Contact", "phone"),
    ("Contact", "selections"),
    ("Contact", "companies"),
    ("Contact", "tags"),
    ("Company", "name"),
    ("Conversation", "contact"),
    ("Ticket", "contact"),
    ("Teammate", "teams"),
    ("FollowUp", "diary"),
];

fn default(entity: &str, field: &str) -> Value {
    match (entity, field) {
        (_, "blocked") => Value::Bool(false),
        ("Conversation", "channel") => Value::text("chat"),
        ("Conversation" | "Ticket", "status") => Value::text("open"),
        ("Ticket", "priority") => Value::text("medium"),
        _ => Value::Null,
    }
}

impl Fake {
    fn check_unique(&self, entity: &str, id: i64, field: &str, value: &Value) -> Result<(), ActionError> {
        let taken = !value.is_null()
            && UNIQUE.contains(&(entity, field))
            && self.records.iter().any(|((e, i), fields)| e == entity && *i != id && fields.get(field) == Some(value));
        if taken { Err(Failure::new("invalid", format!("`{field}` is taken")).into()) } else { Ok(()) }
    }

    pub fn record(&mut self, entity: &str, id: i64) -> Result<&mut HashMap<String, Value>, ActionError> {
        let gone = || Failure::new("gone", format!("there is no {entity} {id}")).into();
        self.records.get_mut(&(entity.to_string(), id)).ok_or_else(gone)
    }

    /// Names of the events raised, without those that only say that something was written.
    pub fn raised(&self) -> Vec<&str> {
        let names = self.events.iter().map(|(name, _)| name.as_str());
        names.filter(|name| !name.ends_with(".changed") && !name.ends_with(".created")).collect()
    }
}

impl Workspace for Fake {
    fn log(&mut self, _line: &str) {}

    fn now(&self) -> i64 {
        NOW
    }

    fn actor(&self) -> (i64, u32) {
        (1, 1)
    }

    fn flow(&mut self) -> Result<Option<std::sync::Arc<str>>, ActionError> {
        Ok(Some("main.welcome".into()))
    }

    fn get(&mut self, entity: &str, id: i64, field: &str) -> Result<Value, ActionError> {
        Ok(self.record(entity, id)?.get(field).cloned().unwrap_or_else(|| default(entity, field)))
    }

    fn set(&mut self, entity: &str, id: i64, field: &str, value: Value) -> Result<(), ActionError> {
        self.check_unique(entity, id, field, &value)?;
        self.record(entity, id)?.insert(field.to_string(), value);
        self.writes += 1;
        let changed = (format!("{}.changed", flow_bytecode::schema::snake_case(entity)), vec![Value::Int(id)]);
        if !self.events.contains(&changed) {
            self.events.push(changed);
        }
        Ok(())
    }

    fn create(&mut self, entity: &str, fields: Vec<(&str, Value)>) -> Result<i64, ActionError> {
        for (field, value) in &fields {
            self.check_unique(entity, 0, field, value)?;
        }
        let id = self.records.len() as i64 + 1;
        let fields = fields.into_iter().map(|(field, value)| (field.to_string(), value)).collect();
        self.records.insert((entity.to_string(), id), fields);
        self.events.push((format!("{}.created", flow_bytecode::schema::snake_case(entity)), vec![Value::Int(id)]));
        Ok(id)
    }

    fn has_note(&mut self, _: &str, _: i64, _: Option<i64>, _: &str) -> Result<bool, ActionError> {
        Ok(false)
    }

    fn begin(&mut self, _enter: bool) -> Result<Vec<(std::sync::Arc<str>, u64)>, ActionError> {
        Ok(Vec::new())
    }

    fn delete(&mut self, entity: &str, id: i64) -> Result<bool, ActionError> {
        Ok(self.records.remove(&(entity.to_string(), id)).is_some())
    }

    fn erase(&mut self, contact: i64) -> Result<(), ActionError> {
        self.record("Contact", contact)?;
        self.delete("Contact", contact).map(drop)
    }

    fn find(&mut self, entity: &str, field: &str, value: &Value, limit: usize) -> Result<Vec<i64>, ActionError> {
        if !UNIQUE.contains(&(entity, field)) && !INDEXED.contains(&(entity, field)) {
            return Err(ActionError::Fault(format!("{entity}.{field} is not indexed")));
        }
        let matching = self.records.iter().filter(|((e, _), fields)| {
            let held = fields.get(field);
            e == entity && (held == Some(value) || matches!(held, Some(Value::List(items)) if items.contains(value)))
        });
        Ok(matching.map(|((_, id), _)| *id).take(limit).collect())
    }

    /// Those that hold one of the words as it is, by number.
    fn search_articles(&mut self, words: &str, limit: usize) -> Result<Vec<i64>, ActionError> {
        let holds = |fields: &HashMap<String, Value>| {
            let text = |name| fields.get(name).and_then(Value::as_text).map(|text| text.to_lowercase());
            let all = format!("{} {}", text("title").unwrap_or_default(), text("text").unwrap_or_default());
            words.to_lowercase().split_whitespace().any(|word| all.contains(word))
        };
        let articles = self.records.iter().filter(|((entity, _), fields)| entity == "Article" && holds(fields));
        Ok(articles.map(|((_, id), _)| *id).take(limit).collect())
    }

    fn recall(&mut self, name: &str) -> Result<Option<i64>, ActionError> {
        Ok(self.kept.get(name).copied())
    }

    fn remember(&mut self, name: &str, value: i64) -> Result<(), ActionError> {
        self.kept.insert(name.to_string(), value);
        Ok(())
    }

    fn key(&self, _purpose: &str) -> [u8; 32] {
        [0; 32]
    }

    fn hear(&mut self, conversation: i64, text: &str) -> Result<bool, ActionError> {
        let message = Message { from: "contact".into(), text: text.into(), parts: Vec::new() };
        self.add_message(conversation, message).map(|_| false)
    }

    fn category(&mut self, name: &str) -> Result<Option<CategoryDef>, ActionError> {
        let rule = |team: &str, in_turn| CategoryDef { name: name.into(), team: team.into(), in_turn };
        Ok(match name {
            "billing" => Some(rule("finance", false)),
            "outage" => Some(rule("support", true)),
            _ => None,
        })
    }

    fn links(&mut self) -> Result<Vec<LinkDef>, ActionError> {
        Ok(Vec::new())
    }

    fn done_at(&mut self, contact: i64, event: &str) -> Result<Option<i64>, ActionError> {
        Ok(self.kept.get(&format!("done {contact} {event}")).copied())
    }

    /// `office` is open from 8 to 16 UTC every day.
    fn next_open(&mut self, calendar: &str, _zone: Option<&str>, at: i64) -> Result<(i64, Option<i64>), ActionError> {
        if calendar != "office" {
            return Err(Failure::new("invalid", "no such calendar").into());
        }
        let day = at.div_euclid(24 * HOUR) * 24 * HOUR;
        let open = |day: i64| (day + 8 * HOUR, Some(day + 16 * HOUR));
        Ok(match at - day {
            from if from < 8 * HOUR => open(day),
            from if from < 16 * HOUR => (at, open(day).1),
            _ => open(day + 24 * HOUR),
        })
    }

    fn add_message(&mut self, conversation: i64, message: Message) -> Result<i64, ActionError> {
        self.record("Conversation", conversation)?;
        self.messages.push((conversation, message));
        Ok(self.messages.len() as i64)
    }

    fn messages(&mut self, conversation: i64, limit: usize) -> Result<Vec<Message>, ActionError> {
        let said: Vec<_> =
            self.messages.iter().filter(|(of, _)| *of == conversation).map(|(_, one)| one.clone()).collect();
        Ok(said[said.len().saturating_sub(limit)..].to_vec())
    }

    fn add_note(&mut self, entity: &str, id: i64, text: &str) -> Result<i64, ActionError> {
        self.record(entity, id)?;
        self.notes.push((entity.to_string(), id, text.to_string()));
        Ok(self.notes.len() as i64)
    }

    fn keep(&mut self, entity: &str, fields: Vec<(&str, Value)>) -> Result<i64, ActionError> {
        let events = self.events.len();
        let id = self.create(entity, fields)?;
        self.events.truncate(events);
        Ok(id)
    }

    fn keep_message(&mut self, conversation: i64, past: Past) -> Result<bool, ActionError> {
        self.add_message(conversation, past.message).map(|_| true)
    }

    fn keep_note(&mut self, entity: &str, id: i64, _at: Option<i64>, text: &str) -> Result<bool, ActionError> {
        self.add_note(entity, id, text).map(|_| true)
    }

    fn raise(&mut self, event: &str, args: Vec<Value>) -> Result<(), ActionError> {
        let declared = crate::declarations().iter().any(|(_, text)| text.contains(&format!("event {event}(")));
        if !declared {
            return Err(ActionError::Fault(format!("{event} is not declared")));
        }
        self.events.push((event.to_string(), args));
        Ok(())
    }

    fn end_prompts(&mut self, conversation: i64, failure: Failure) -> Result<(), ActionError> {
        self.ended.push((conversation, failure));
        Ok(())
    }
}
