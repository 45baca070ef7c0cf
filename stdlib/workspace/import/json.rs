//! Objects in JSON as a table: a list of them, or one a line. Every key is a column.

use super::read::{ReadError, Row};
use serde_json::{Map, Value};

/// An object, and the line where it stands.
type Numbered = (usize, Map<String, Value>);

/// Whether a file begins like JSON.
pub fn is_json(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    matches!(bytes.iter().find(|byte| !byte.is_ascii_whitespace()), Some(b'[' | b'{'))
}

/// A list of objects within each, every one of which makes a row with what stands beside the list.
#[derive(Clone, Copy)]
pub struct Within {
    /// The list's key.
    pub list: &'static str,
    /// What stands before the keys of its objects, with `_` between: `at` becomes `message_at`, and `number` `message`.
    pub prefix: &'static str,
}

impl Within {
    fn apart(self, (line, mut object): Numbered) -> Result<Vec<Numbered>, ReadError> {
        let wrong = || ReadError::Json { line, detail: format!("`{}` is a list of objects", self.list) };
        let list = match object.remove(self.list) {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(list)) => list,
            Some(_) => return Err(wrong()),
        };
        let mut rows = Vec::with_capacity(list.len().max(1));
        for item in list {
            let Value::Object(item) = item else { return Err(wrong()) };
            let mut row = object.clone();
            for (key, value) in item {
                let key = if key == "number" { self.prefix.to_string() } else { format!("{}_{key}", self.prefix) };
                // Lists of lists are no cell.
                let value = match value {
                    Value::Array(items) if items.is_empty() => Value::Null,
                    Value::Array(items) => Value::String(Value::Array(items).to_string()),
                    other => other,
                };
                row.insert(key, value);
            }
            rows.push((line, row));
        }
        if rows.is_empty() {
            rows.push((line, object));
        }
        Ok(rows)
    }
}

/// Every object as a row, the keys first. In a list, lines are counted by objects.
///
/// # Errors
/// Why it is no such file.
pub fn rows(bytes: &[u8], within: Option<Within>) -> Result<Vec<Row>, ReadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut objects = match bytes.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'[') => list(bytes)?,
        _ => lines(bytes)?,
    };
    if let Some(within) = within {
        let apart: Vec<Vec<Numbered>> = objects.into_iter().map(|one| within.apart(one)).collect::<Result<_, _>>()?;
        objects = apart.into_iter().flatten().collect();
    }
    let mut keys: Vec<String> = Vec::new();
    let mut known = std::collections::HashSet::new();
    for (_, object) in &objects {
        for key in object.keys() {
            if known.insert(key.clone()) {
                keys.push(key.clone());
            }
        }
    }
    if keys.is_empty() {
        return Err(ReadError::Empty);
    }
    let mut rows = Vec::with_capacity(objects.len() + 1);
    for (line, mut object) in objects {
        let cells = keys.iter().map(|key| object.remove(key).map_or_else(String::new, |value| cell(&value))).collect();
        rows.push(Row { line, cells });
    }
    rows.insert(0, Row { line: 0, cells: keys });
    Ok(rows)
}

fn list(bytes: &[u8]) -> Result<Vec<Numbered>, ReadError> {
    let wrong = |error: serde_json::Error| ReadError::Json { line: error.line(), detail: error.to_string() };
    let all: Vec<Value> = serde_json::from_slice(bytes).map_err(wrong)?;
    all.into_iter().enumerate().map(|(at, value)| object(at + 1, value)).collect()
}

fn lines(bytes: &[u8]) -> Result<Vec<Numbered>, ReadError> {
    let mut objects = Vec::new();
    for (at, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        if line.iter().all(u8::is_ascii_whitespace) {
            continue;
        }
        let wrong = |error: serde_json::Error| ReadError::Json { line: at + 1, detail: error.to_string() };
        objects.push(object(at + 1, serde_json::from_slice(line).map_err(wrong)?)?);
    }
    Ok(objects)
}

fn object(line: usize, value: Value) -> Result<Numbered, ReadError> {
    match value {
        Value::Object(object) => Ok((line, object)),
        _ => Err(ReadError::Json { line, detail: "each record is an object".to_string() }),
    }
}

/// A value as a cell: several are told apart by lines, so that commas belong to them.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.trim().to_string(),
        Value::Array(items) if !items.is_empty() => {
            let items: Vec<String> = items.iter().map(cell).collect();
            format!("{}\n", items.join("\n"))
        }
        Value::Array(_) => String::new(),
        other => other.to_string(),
    }
}
