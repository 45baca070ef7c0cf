//! JSON to values and back, without losing a digit.
//!
//! Numbers are exact decimals here as everywhere in the language; a general parser would bring them through binary
//! floating point.

use super::secrets::Part;
use flow_bytecode::Value;
use rust_decimal::Decimal;
use std::collections::HashMap;
use std::str::FromStr;
use std::sync::Arc;

/// How deep lists and objects may stand in each other.
pub const DEPTH_MAX: usize = 64;
/// How many items a list or an object may have.
pub const ITEMS_MAX: usize = 100_000;
/// From here on an object's keys are looked up in a table.
const TABLE_FROM: usize = 16;

/// Where a text is not JSON, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not JSON at line {line}, column {column}: {message}")]
pub struct JsonError {
    /// From 1.
    pub line: usize,
    /// From 1, in bytes.
    pub column: usize,
    /// What is wrong.
    pub message: &'static str,
}

/// Reads JSON.
///
/// # Errors
/// Where it is not JSON, or is past a limit.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let mut parser = Parser { bytes, at: 0 };
    let value = parser.value(0).and_then(|value| {
        parser.space();
        if parser.at == bytes.len() { Ok(value) } else { Err("something follows the value") }
    });
    value.map_err(|message| {
        let before = &bytes[..parser.at.min(bytes.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        JsonError { line, column: before.len() - line_start + 1, message }
    })
}

type Parsed<T> = Result<T, &'static str>;

struct Parser<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Parser<'_> {
    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }

    fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.at += usize::from(found);
        found
    }

    fn value(&mut self, depth: usize) -> Parsed<Value> {
        self.space();
        match self.peek() {
            Some(b'{') => self.object(depth),
            Some(b'[') => self.list(depth),
            Some(b'"') => Ok(Value::Text(self.string()?)),
            Some(b'-' | b'0'..=b'9') => self.number(),
            Some(b't') => self.word(b"true", Value::Bool(true)),
            Some(b'f') => self.word(b"false", Value::Bool(false)),
            Some(b'n') => self.word(b"null", Value::Null),
            Some(_) => Err("expected a value"),
            None => Err("it ends too early"),
        }
    }

    fn word(&mut self, word: &[u8], value: Value) -> Parsed<Value> {
        if self.bytes[self.at..].starts_with(word) {
            self.at += word.len();
            Ok(value)
        } else {
            Err("expected a value")
        }
    }

    fn list(&mut self, depth: usize) -> Parsed<Value> {
        if depth == DEPTH_MAX {
            return Err("it is nested deeper than 64");
        }
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.eat(b']') {
            return Ok(Value::List(Arc::new(items)));
        }
        loop {
            if items.len() == ITEMS_MAX {
                return Err("the list has more than 100,000 items");
            }
            items.push(self.value(depth + 1)?);
            self.space();
            if self.eat(b']') {
                return Ok(Value::List(Arc::new(items)));
            }
            if !self.eat(b',') {
                return Err("expected `,` or `]`");
            }
        }
    }

    fn object(&mut self, depth: usize) -> Parsed<Value> {
        if depth == DEPTH_MAX {
            return Err("it is nested deeper than 64");
        }
        self.at += 1;
        let mut fields = Fields::default();
        self.space();
        if self.eat(b'}') {
            return Ok(Value::Map(Arc::new(fields.list)));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err("expected a name in quotes");
            }
            let name = self.string()?;
            self.space();
            if !self.eat(b':') {
                return Err("expected `:`");
            }
            let value = self.value(depth + 1)?;
            fields.put(name, value)?;
            self.space();
            if self.eat(b'}') {
                return Ok(Value::Map(Arc::new(fields.list)));
            }
            if !self.eat(b',') {
                return Err("expected `,` or `}`");
            }
        }
    }

    fn number(&mut self) -> Parsed<Value> {
        let start = self.at;
        self.eat(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits()?,
            _ => return Err("expected a digit"),
        }
        let whole_end = self.at;
        if self.eat(b'.') {
            self.digits()?;
        }
        let mantissa_end = self.at;
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if !self.eat(b'+') {
                self.eat(b'-');
            }
            self.digits()?;
        }
        let text = std::str::from_utf8(&self.bytes[start..self.at]).map_err(|_| "expected a number")?;
        if self.at == whole_end
            && let Ok(int) = text.parse::<i64>()
        {
            return Ok(Value::Int(int));
        }
        let too_large = "the number has more than 28 digits";
        let number = if self.at == mantissa_end {
            Decimal::from_str(text).map_err(|_| too_large)?
        } else {
            Decimal::from_scientific(text).map_err(|_| too_large)?
        };
        Ok(Value::Number(number))
    }

    fn digits(&mut self) -> Parsed<()> {
        let start = self.at;
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        if self.at == start { Err("expected a digit") } else { Ok(()) }
    }

    fn string(&mut self) -> Parsed<Arc<str>> {
        self.at += 1;
        let mut text: Option<String> = None;
        let mut start = self.at;
        loop {
            match self.peek() {
                None => return Err("the text has no end"),
                Some(b'"') => {
                    let run = self.run(start)?;
                    self.at += 1;
                    return Ok(match text {
                        None => run.into(),
                        Some(text) => (text + &run).into(),
                    });
                }
                Some(b'\\') => {
                    let run = self.run(start)?;
                    let text = text.get_or_insert_default();
                    text.push_str(&run);
                    self.at += 1;
                    let unescaped = self.escape()?;
                    text.push(unescaped);
                    start = self.at;
                }
                Some(0..=0x1f) => return Err("a control character stands in a text"),
                Some(_) => self.at += 1,
            }
        }
    }

    fn run(&self, start: usize) -> Parsed<String> {
        let run = std::str::from_utf8(&self.bytes[start..self.at]).map_err(|_| "the text is not UTF-8")?;
        Ok(run.to_string())
    }

    fn escape(&mut self) -> Parsed<char> {
        let byte = self.peek().ok_or("the text has no end")?;
        self.at += 1;
        Ok(match byte {
            b'"' | b'\\' | b'/' => char::from(byte),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.unicode()?,
            _ => return Err("unknown escape"),
        })
    }

    /// A lone half of a pair becomes the replacement character, as browsers show it.
    fn unicode(&mut self) -> Parsed<char> {
        let first = self.hex()?;
        if (0xd800..0xdc00).contains(&first) && self.bytes[self.at..].starts_with(b"\\u") {
            let back = self.at;
            self.at += 2;
            let second = self.hex()?;
            if (0xdc00..0xe000).contains(&second) {
                let scalar = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return char::from_u32(scalar).ok_or("unknown escape");
            }
            self.at = back;
        }
        Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER))
    }

    fn hex(&mut self) -> Parsed<u32> {
        let digits = self.bytes.get(self.at..self.at + 4).ok_or("the text has no end")?;
        let text = std::str::from_utf8(digits).map_err(|_| "unknown escape")?;
        if !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("unknown escape");
        }
        self.at += 4;
        u32::from_str_radix(text, 16).map_err(|_| "unknown escape")
    }
}

/// An object's fields in order; of a name that comes twice the last value counts, in the first's place.
#[derive(Default)]
struct Fields {
    list: Vec<(Arc<str>, Value)>,
    table: HashMap<Arc<str>, usize>,
}

impl Fields {
    fn put(&mut self, name: Arc<str>, value: Value) -> Parsed<()> {
        let known = if self.list.len() < TABLE_FROM {
            self.list.iter().position(|(other, _)| *other == name)
        } else {
            if self.table.is_empty() {
                self.table = self.list.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
            }
            self.table.get(&name).copied()
        };
        if let Some(at) = known {
            self.list[at].1 = value;
            return Ok(());
        }
        if self.list.len() == ITEMS_MAX {
            return Err("the object has more than 100,000 names");
        }
        if !self.table.is_empty() {
            self.table.insert(name.clone(), self.list.len());
        }
        self.list.push((name, value));
        Ok(())
    }
}

/// Writes a value as JSON; secrets stay names.
///
/// # Errors
/// A sentence, for a value that JSON cannot hold or one nested too deep.
pub fn write(value: &Value) -> Result<Vec<Part>, String> {
    let mut writer = Writer::default();
    writer.value(value, 0)?;
    writer.flush();
    Ok(writer.parts)
}

#[derive(Default)]
struct Writer {
    parts: Vec<Part>,
    text: String,
}

impl Writer {
    fn flush(&mut self) {
        if !self.text.is_empty() {
            self.parts.push(Part::Text(std::mem::take(&mut self.text)));
        }
    }

    fn value(&mut self, value: &Value, depth: usize) -> Result<(), String> {
        if depth > DEPTH_MAX {
            return Err(format!("the JSON is nested deeper than {DEPTH_MAX}"));
        }
        match value {
            Value::Null => self.text.push_str("null"),
            Value::Bool(bool) => self.text.push_str(if *bool { "true" } else { "false" }),
            Value::Int(int) => self.text.push_str(&int.to_string()),
            Value::Number(number) => self.text.push_str(&number.to_string()),
            Value::Text(text) => self.quoted(text),
            Value::List(items) | Value::Record(items) => {
                self.text.push('[');
                for (at, item) in items.iter().enumerate() {
                    if at > 0 {
                        self.text.push(',');
                    }
                    self.value(item, depth + 1)?;
                }
                self.text.push(']');
            }
            Value::Map(fields) => {
                self.text.push('{');
                for (at, (name, item)) in fields.iter().enumerate() {
                    if at > 0 {
                        self.text.push(',');
                    }
                    self.quoted(name);
                    self.text.push(':');
                    self.value(item, depth + 1)?;
                }
                self.text.push('}');
            }
            Value::Secret(parts) => {
                self.text.push('"');
                for part in parts.iter() {
                    match part {
                        flow_bytecode::value::SecretPart::Text(text) => escape_into(text, &mut self.text),
                        flow_bytecode::value::SecretPart::Name(name) => {
                            self.flush();
                            self.parts.push(Part::Secret(name.to_string()));
                        }
                    }
                }
                self.text.push('"');
            }
            Value::Money(money) => {
                let currency = String::from_utf8_lossy(&money.currency);
                self.text.push_str(&format!("{{\"amount\":{},\"currency\":\"{currency}\"}}", money.amount));
            }
            Value::File(_) => return Err("a file cannot be sent as JSON".to_string()),
            Value::Failure(_) => return Err("a failure cannot be sent as JSON".to_string()),
        }
        Ok(())
    }

    fn quoted(&mut self, text: &str) {
        self.text.push('"');
        escape_into(text, &mut self.text);
        self.text.push('"');
    }
}

/// Appends a text as it stands between the quotes of a JSON string.
pub fn escape_into(text: &str, out: &mut String) {
    for character in text.chars() {
        match character {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..='\u{1f}' => out.push_str(&format!("\\u{:04x}", u32::from(character))),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn text_of(parts: &[Part]) -> String {
        parts.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "?" }).collect()
    }

    #[test]
    fn numbers_keep_every_digit() {
        let value = parse(br#"{"a": 19.90, "b": 9223372036854775807, "c": 9223372036854775808, "d": 1.5e3, "e": -0}"#);
        let value = value.expect("JSON");
        let written = text_of(&write(&value).expect("writes"));
        assert_eq!(written, r#"{"a":19.90,"b":9223372036854775807,"c":9223372036854775808,"d":1500,"e":0}"#);
    }

    #[test]
    fn what_is_no_json_says_where() {
        for (text, line, column) in
            [("{\n  \"a\": tru }", 2, 8), ("[1,]", 1, 4), ("", 1, 1), ("1 2", 1, 3), ("01", 1, 2), ("1e999", 1, 6)]
        {
            let error = parse(text.as_bytes()).expect_err(text);
            assert_eq!((error.line, error.column), (line, column), "{text}: {error}");
        }
        for text in ["\"\\x\"", "\"\u{1}\"", "\"abc", "{\"a\" 1}", "{1:2}", "[1 2]", "nul", "-", "1.", "+1", "NaN"] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"\"\xff\"").is_err());
    }

    #[test]
    fn depth_and_doubles() {
        let deep = |n: usize| "[".repeat(n) + &"]".repeat(n);
        assert!(parse(deep(DEPTH_MAX).as_bytes()).is_ok());
        assert!(parse(deep(DEPTH_MAX + 1).as_bytes()).is_err());
        assert!(parse("[".repeat(1_000_000).as_bytes()).is_err());
        let many: String = (0..40).map(|at| format!("\"k{}\":{at},", at % 20)).collect();
        let Ok(Value::Map(fields)) = parse(format!("{{{many}\"k0\":99}}").as_bytes()) else { panic!("an object") };
        assert_eq!(fields.len(), 20);
        assert_eq!(fields[0], ("k0".into(), Value::Int(99)));
        assert_eq!(parse(br#""\ud83d\ude00\ud83dx""#), Ok(Value::text("😀\u{fffd}x")));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = parse(&bytes);
        }

        #[test]
        fn what_is_written_is_read_back(text in "\\PC*|[\u{0}-\u{20}\"\\\\]*", int in any::<i64>()) {
            let value = Value::Map(Arc::new(vec![(text.as_str().into(), Value::List(Arc::new(vec![
                Value::Int(int), Value::text(text.as_str()), Value::Null, Value::Bool(true),
            ])))]));
            let written = text_of(&write(&value).expect("writes"));
            prop_assert_eq!(parse(written.as_bytes()), Ok(value.clone()));
            let other: serde_json::Value = serde_json::from_str(&written).expect("another parser reads it");
            prop_assert_eq!(&other[&text][1], &serde_json::Value::String(text));
        }
    }
}
