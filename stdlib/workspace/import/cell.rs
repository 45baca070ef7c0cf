//! A cell to a value of its field's type. What can be read in two ways is refused rather than guessed.

use super::columns::plain;
use super::numbers;
use flow_bytecode::Value;
use flow_bytecode::address;
use flow_bytecode::schema::{Schema, SchemaType};
use flow_vm::machine;
use std::sync::Arc;

/// The longest value, in bytes.
const CELL_BYTES_MAX: usize = 64 * 1024;

/// What stands between the values of a cell that holds several, where nothing stronger does.
pub const SEPARATORS: [char; 4] = [',', ';', '|', '\n'];
/// What stands between them for certain: then a comma belongs to a value, as in `Acme, Inc.|`.
pub const STRONG_SEPARATORS: [char; 2] = ['|', '\n'];

/// The values of a cell that holds several.
pub fn parts(text: &str) -> impl Iterator<Item = &str> {
    let strong = text.contains(STRONG_SEPARATORS);
    let separators = if strong { &STRONG_SEPARATORS[..] } else { &SEPARATORS[..] };
    text.split(separators).map(str::trim).filter(|part| !part.is_empty())
}

/// What stands before a text that a spreadsheet would take for a formula.
const NO_FORMULA: char = '\'';

/// Whether a spreadsheet would take a text for a formula and carry it out: OWASP, "CSV Injection".
pub fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A text as it stands in a cell of a file that a spreadsheet opens.
pub fn no_formula(text: String) -> String {
    if is_formula(&text) || text.strip_prefix(NO_FORMULA).is_some_and(is_formula) {
        return format!("{NO_FORMULA}{text}");
    }
    text
}

/// The text that [`no_formula`] was given.
fn without_mark(text: &str) -> &str {
    let inner = text.strip_prefix(NO_FORMULA);
    inner.filter(|inner| is_formula(inner) || inner.strip_prefix(NO_FORMULA).is_some_and(is_formula)).unwrap_or(text)
}

/// A value, or one that only the workspace can tell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// As it will be written.
    Value(Value),
    /// The name of a company, found or created when the row is written.
    Company(String),
    /// What another record is known by, which must be there: the entity, and its email address or number.
    Record(Arc<str>, Arc<str>),
    /// Several.
    List(Vec<Cell>),
}

/// What cells are read against.
pub struct Reader<'a> {
    /// For the names that a project declares.
    pub schema: &'a Schema,
    /// For numbers without a country.
    pub country: Option<&'a str>,
    /// Texts that a spreadsheet would take for formulas have a mark.
    pub marked: bool,
}

impl Reader<'_> {
    /// The value of a text that is not empty.
    ///
    /// # Errors
    /// A sentence.
    pub fn read(&self, ty: &SchemaType, text: &str) -> Result<Cell, String> {
        if text.len() > CELL_BYTES_MAX {
            return Err(format!("longer than {CELL_BYTES_MAX} bytes"));
        }
        let value = match ty {
            SchemaType::Optional(inner) => return self.read(inner, text),
            SchemaType::List(inner) => {
                return parts(text).map(|part| self.read(inner, part)).collect::<Result<_, _>>().map(Cell::List);
            }
            SchemaType::Entity(name) if &**name == "Company" => return Ok(Cell::Company(text.to_string())),
            SchemaType::Entity(name) => return Ok(Cell::Record(name.clone(), address_or(text))),
            SchemaType::Assignee => return self.assignee(text),
            SchemaType::Text => Some(Value::text(if self.marked { without_mark(text) } else { text })),
            SchemaType::Bool => bool(text).map(Value::Bool),
            SchemaType::Int => text.parse().ok().map(Value::Int),
            SchemaType::Number => return numbers::decimal(text).map(|number| Cell::Value(Value::Number(number))),
            SchemaType::Money => return numbers::money(text).map(|money| Cell::Value(Value::Money(money))),
            SchemaType::Email => email(text).map(Value::Text),
            SchemaType::Phone => return self.phone(text).map(Cell::Value),
            SchemaType::Url => url(text),
            SchemaType::Duration => text
                .parse::<jiff::SignedDuration>()
                .ok()
                .and_then(|span| i64::try_from(span.as_micros()).ok().map(Value::Int)),
            SchemaType::Date => return numbers::date(text).map(|days| Cell::Value(Value::Int(days))),
            SchemaType::Instant => numbers::instant(text).map(Value::Int),
            SchemaType::TimeOfDay => numbers::time_of_day(text).map(Value::Int),
            SchemaType::TimeZone => zone(text),
            SchemaType::Enum(_, variants) => {
                let wanted = plain(text);
                let fits = |(name, label): &&(Arc<str>, Arc<str>)| plain(name) == wanted || plain(label) == wanted;
                variants.iter().find(fits).map(|(name, _)| Value::Text(name.clone()))
            }
            SchemaType::Symbol(kind) => self.symbol(kind, text),
            _ => None,
        };
        value.map(Cell::Value).ok_or_else(|| self.expected(ty))
    }

    fn expected(&self, ty: &SchemaType) -> String {
        match ty {
            SchemaType::Bool => "not yes or no".to_string(),
            SchemaType::Int => no("whole number"),
            SchemaType::Duration => "not a length of time as in 1h30m".to_string(),
            SchemaType::Email => no("email address"),
            SchemaType::Url => "not an address that begins with https:// or http://".to_string(),
            SchemaType::Instant => "not a moment as in 2026-03-01T09:00:00Z".to_string(),
            SchemaType::TimeOfDay => "not a time as in 09:00".to_string(),
            SchemaType::TimeZone => "not a time zone as in Europe/Oslo".to_string(),
            SchemaType::Enum(_, variants) => {
                let labels: Vec<&str> = variants.iter().map(|(_, label)| &**label).collect();
                format!("none of {}", labels.join(", "))
            }
            SchemaType::Symbol(kind) => format!("not a declared {kind}"),
            _ => "cannot be read".to_string(),
        }
    }

    fn symbol(&self, kind: &str, text: &str) -> Option<Value> {
        let wanted = plain(text);
        let mut names = self.schema.symbols.iter().filter(|(other, _)| &**other == kind).map(|(_, name)| name);
        names.find(|name| plain(name) == wanted).map(|name| Value::Text(name.clone()))
    }

    fn assignee(&self, text: &str) -> Result<Cell, String> {
        if let Some(email) = email(text) {
            return Ok(Cell::Record("Teammate".into(), email));
        }
        if text == "ai" || text.strip_prefix("teammate-").is_some_and(|id| id.parse::<i64>().is_ok()) {
            let mate = || Cell::Record("Teammate".into(), text.into());
            return Ok(if text == "ai" { Cell::Value(Value::text(text)) } else { mate() });
        }
        let team = text.strip_prefix("team:").unwrap_or(text);
        match self.symbol("team", team) {
            Some(Value::Text(team)) => Ok(Cell::Value(Value::text(format!("team:{team}")))),
            _ => Err("neither a declared team nor the email address of a teammate".to_string()),
        }
    }

    fn phone(&self, text: &str) -> Result<Value, String> {
        // Spreadsheets keep the plus sign of a number only behind an apostrophe.
        let text = text.trim_start_matches('\'');
        if !text.starts_with('+') && !text.starts_with("00") && self.country.is_none() {
            return Err("a phone number without a country; give a default country".to_string());
        }
        machine::phone(text, self.country).map(Value::text).ok_or_else(|| no("phone number"))
    }
}

fn no(what: &str) -> String {
    let article = if what.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("not {article} {what}")
}

/// An email address, perhaps copied from a link.
fn email(text: &str) -> Option<Arc<str>> {
    address::email(text.strip_prefix("mailto:").unwrap_or(text)).map(Into::into)
}

/// What a record is known by: an address in its normal form, else the text.
pub fn address_or(text: &str) -> Arc<str> {
    email(text).unwrap_or_else(|| text.into())
}

fn url(text: &str) -> Option<Value> {
    address::url(text).map(Value::text)
}

fn zone(text: &str) -> Option<Value> {
    let zone = jiff::tz::TimeZone::get(&text.replace(' ', "_")).ok()?;
    zone.iana_name().map(Value::text)
}

fn bool(text: &str) -> Option<bool> {
    match plain(text).as_str() {
        "yes" | "y" | "true" | "t" | "1" | "x" | "on" | "ja" | "oui" | "sí" | "si" => Some(true),
        "no" | "n" | "false" | "f" | "0" | "off" | "nein" | "nei" | "non" => Some(false),
        _ => None,
    }
}
