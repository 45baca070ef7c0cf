//! Texts with secrets in them: names until the request leaves, values only on the wire.

use flow_bytecode::Value;
use flow_bytecode::value::SecretPart;
use flow_vm::action::Secrets;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::Url;
use reqwest::header::{HeaderMap, HeaderValue};
use serde::{Deserialize, Serialize};

/// A value shorter than this is not looked for in what comes back: it would be found everywhere.
const REDACT_BYTES_MIN: usize = 8;

/// A part of a text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Part {
    /// As it stands.
    Text(String),
    /// The name of a secret.
    Secret(String),
}

/// The parts of a text, a secret, or a number used as a text.
pub fn parts_of(value: &Value) -> Option<Vec<Part>> {
    let text = match value {
        Value::Text(text) => text.to_string(),
        Value::Int(int) => int.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Secret(parts) => {
            let part = |part: &SecretPart| match part {
                SecretPart::Text(text) => Part::Text(text.to_string()),
                SecretPart::Name(name) => Part::Secret(name.to_string()),
            };
            return Some(parts.iter().map(part).collect());
        }
        _ => return None,
    };
    Some(vec![Part::Text(text)])
}

/// Secrets while a request is being sent: looks them up, and remembers their values to keep them out of what comes back.
pub struct Revealed<'a> {
    source: &'a dyn Secrets,
    values: Vec<(String, String)>,
}

impl<'a> Revealed<'a> {
    /// Nothing is revealed yet.
    pub fn new(source: &'a dyn Secrets) -> Self {
        Revealed { source, values: Vec::new() }
    }

    /// The text, each secret's value passed through `escape` for where it stands.
    ///
    /// # Errors
    /// A sentence, when a secret is not set.
    pub fn text(&mut self, parts: &[Part], escape: fn(&str) -> String) -> Result<String, String> {
        let mut text = String::new();
        for part in parts {
            match part {
                Part::Text(plain) => text.push_str(plain),
                Part::Secret(name) => {
                    let value = self.source.get(name).ok_or_else(|| format!("the secret `{name}` is not set"))?;
                    let escaped = escape(&value);
                    text.push_str(&escaped);
                    for spelling in spellings(&value) {
                        self.remember(name, spelling);
                    }
                    self.remember(name, escaped);
                }
            }
        }
        Ok(text)
    }

    /// Keeps a value out of what comes back.
    pub fn remember(&mut self, name: &str, value: String) {
        if value.len() >= REDACT_BYTES_MIN && !self.values.iter().any(|(_, known)| *known == value) {
            self.values.push((name.to_string(), value));
            // Of two values of which one contains the other, the longer is replaced first.
            self.values.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        }
    }

    /// The headers of an answer without any value revealed to the other side.
    pub fn redact_headers(&self, headers: &mut HeaderMap) {
        for value in headers.values_mut() {
            let Ok(text) = std::str::from_utf8(value.as_bytes()) else { continue };
            let shown = self.redact(text.to_owned());
            if shown != text {
                *value = HeaderValue::from_str(&shown).unwrap_or(HeaderValue::from_static("[secret]"));
            }
        }
    }

    /// A text from the other side without any value revealed to it.
    pub fn redact(&self, text: String) -> String {
        self.values.iter().fold(text, |text, (name, value)| {
            if text.contains(value.as_str()) { text.replace(value.as_str(), &format!("[secret {name}]")) } else { text }
        })
    }
}

/// How a value may be written by whoever says it again: as it is, within JSON, with and without what is not ASCII, and
/// within an address or a form.
fn spellings(value: &str) -> Vec<String> {
    let quoted = serde_json::Value::from(value).to_string();
    let json = quoted.trim_start_matches('"').strip_suffix('"').unwrap_or(&quoted).to_owned();
    let ascii: String = json
        .chars()
        .map(|char| match char.is_ascii() {
            true => char.to_string(),
            false => char.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")).collect(),
        })
        .collect();
    let address = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
    let form = Url::parse_with_params("https://a.example/", [("k", value)]).ok();
    let form = form.and_then(|url| Some(url.query()?.strip_prefix("k=")?.to_owned())).unwrap_or_default();
    let slashes = json.replace('/', "\\/");
    vec![value.to_owned(), json, ascii, slashes, address, form]
}

#[cfg(test)]
mod tests {
    use super::*;

    struct One(&'static str);

    impl Secrets for One {
        fn get(&self, _: &str) -> Option<String> {
            Some(self.0.to_owned())
        }
    }

    /// Read back by those who write it: whatever the spelling, nothing of the value is left.
    #[test]
    fn a_value_is_found_however_it_is_spelled() {
        for value in [r#"ab"cd\ef/canary"#, "plain-canary-1", "grüße & \"canary\" 100%", "\"quoted-canary\""] {
            let one = One(Box::leak(value.to_owned().into_boxed_str()));
            let mut revealed = Revealed::new(&one);
            revealed.text(&[Part::Secret("tok".to_owned())], str::to_string).unwrap();
            let json = serde_json::json!({ "t": value, "in": format!("Bearer {value}") }).to_string();
            let query = Url::parse_with_params("https://a.example/", [("k", value)]).unwrap().to_string();
            let path = utf8_percent_encode(value, NON_ALPHANUMERIC).to_string();
            for said in [value.to_owned(), json, query, path] {
                let shown = revealed.redact(said.clone());
                assert!(shown.contains("[secret tok]"), "{said}: {shown}");
                assert!(!shown.contains("canary"), "{said}: {shown}");
            }
        }
    }

    #[test]
    fn headers_too() {
        let one = One("othercanary99");
        let mut revealed = Revealed::new(&one);
        revealed.text(&[Part::Secret("tok".to_owned())], str::to_string).unwrap();
        let mut headers = HeaderMap::new();
        headers.insert("x-echo", HeaderValue::from_static("Bearer othercanary99"));
        headers.insert("link", HeaderValue::from_static("<https://a.example/?k=othercanary99&page=2>; rel=\"next\""));
        headers.insert("x-other", HeaderValue::from_static("as it is"));
        revealed.redact_headers(&mut headers);
        assert_eq!(headers["x-echo"], "Bearer [secret tok]");
        assert_eq!(headers["link"], "<https://a.example/?k=[secret tok]&page=2>; rel=\"next\"");
        assert_eq!(headers["x-other"], "as it is");
    }
}
