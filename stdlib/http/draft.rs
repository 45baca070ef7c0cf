//! A request as it is stored with its intent: everything but the values of its secrets.

use super::fields;
use super::guard::Guard;
use super::json;
use super::refused::Refused;
use super::secrets::{Part, parts_of};
use flow_bytecode::{Failure, Value};
use flow_vm::action::StoredRequest;
use reqwest::Url;
use reqwest::header::{HeaderName, HeaderValue};
use serde::{Deserialize, Serialize};

/// The longest address, in bytes: what servers and proxies accept.
pub const URL_BYTES_MAX: usize = 8 * 1024;
/// The largest body that is sent, in bytes.
pub const SENT_BYTES_MAX: usize = 1024 * 1024;
/// Stands in for a secret while the form of an address is checked.
const STAND_IN: &str = "x";

/// A request, before its secrets are filled in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// `GET`.
    pub method: String,
    /// The address; secrets stand after the host only.
    pub url: Vec<Part>,
    /// Added to the address.
    pub query: Vec<(String, Vec<Part>)>,
    /// Names in lower case.
    pub headers: Vec<(String, Vec<Part>)>,
    /// What is sent.
    pub body: Option<Body>,
    /// The header that carries the idempotency key.
    pub key_header: Option<String>,
    /// How it says who it is from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub auth: Option<Auth>,
    /// A name and a password, sent as `Authorization: Basic …`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub basic: Option<Credentials>,
    /// How the other side says no with a status of 2xx.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<Refused>,
}

/// How a request says who it is from, beside its headers. Holds names of secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Auth {
    /// `Authorization: Bearer`.
    Bearer(String),
    /// `Authorization: Basic`, with a user in the clear.
    Basic(String, String),
    /// Signed by Standard Webhooks.
    Signed(String),
}

impl Auth {
    /// The secret's name.
    pub fn secret(&self) -> &str {
        match self {
            Auth::Bearer(secret) | Auth::Basic(_, secret) | Auth::Signed(secret) => secret,
        }
    }
}

/// A name and a password.
pub type Credentials = (Vec<Part>, Vec<Part>);

/// What is sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Body {
    /// JSON as text; a secret in it stands between quotes.
    Json(Vec<Part>),
    /// Names and values.
    Form(Vec<(String, Vec<Part>)>),
    /// Plain text.
    Text(Vec<Part>),
}

/// Arguments of an HTTP action, by name; null where the action has no such parameter.
pub struct Arguments<'a> {
    /// `GET`.
    pub method: &'a str,
    /// The address.
    pub url: &'a Value,
    /// A map.
    pub query: &'a Value,
    /// A map.
    pub headers: &'a Value,
    /// Null when there is none.
    pub json: &'a Value,
    /// A map, or null.
    pub form: &'a Value,
    /// Null when there is none.
    pub text: &'a Value,
    /// The header that carries the idempotency key, or null.
    pub key_header: &'a Value,
    /// What only templates say.
    pub added: Added<'a>,
}

/// Arguments of `http.request` that templates are for; null where nothing is said.
#[derive(Debug, Clone, Copy)]
pub struct Added<'a> {
    /// A map of anything that has a text: added to the address.
    pub query: &'a Value,
    /// The same, as a form.
    pub form: &'a Value,
    /// The same, as headers.
    pub headers: &'a Value,
    /// How lists in these are written, by field.
    pub lists: &'a Value,
    /// Whether fields of `json` that are null are left out.
    pub omit_null: &'a Value,
    /// Fields of `json` that stay though they are null.
    pub nulls: &'a Value,
    /// A map with `user` and `password`.
    pub basic: &'a Value,
    /// How the service says no with a status of 2xx.
    pub refused: &'a Value,
}

impl Added<'_> {
    /// Nothing is said.
    pub const NONE: Added<'static> = Added {
        query: &Value::Null,
        form: &Value::Null,
        headers: &Value::Null,
        lists: &Value::Null,
        omit_null: &Value::Null,
        nulls: &Value::Null,
        basic: &Value::Null,
        refused: &Value::Null,
    };
}

/// Headers that belong to the connection, not to the caller.
const OWN_HEADERS: [&str; 8] =
    ["host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer", "proxy-authorization"];

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("invalid", message.into())
}

impl Draft {
    /// A request of these arguments.
    ///
    /// # Errors
    /// `.invalid`, saying which argument makes no request.
    pub fn new(arguments: &Arguments<'_>, guard: &Guard) -> Result<(Draft, Url), Failure> {
        let url = parts_of(arguments.url).ok_or_else(|| invalid("the address is no text"))?;
        let checked = check_url(&url, guard)?;
        let mut headers = Vec::new();
        let added = &arguments.added;
        let more = fields::pairs("header_fields", added.headers, added.lists)?;
        for (name, value) in pairs("headers", arguments.headers)?.into_iter().chain(more) {
            headers.push((check_header(&name, &value)?, value));
        }
        let mut query = pairs("query", arguments.query)?;
        query.extend(fields::pairs("query_fields", added.query, added.lists)?);
        let body = body(arguments)?;
        let key_header = match arguments.key_header {
            Value::Null => None,
            Value::Text(name) => Some(check_header(name, &[])?),
            _ => return Err(invalid("`key_header` is no text")),
        };
        let basic = basic(added.basic)?;
        let refused = Refused::of(added.refused)?;
        let method = arguments.method.to_string();
        Ok((Draft { method, url, query, headers, body, key_header, auth: None, basic, refused }, checked))
    }

    /// As it is stored with its intent.
    ///
    /// # Errors
    /// `.invalid` when it is larger than what is sent.
    pub fn store(&self, url: &Url) -> Result<StoredRequest, Failure> {
        let bytes = serde_json::to_vec(self).map_err(|error| invalid(error.to_string()))?;
        if bytes.len() > SENT_BYTES_MAX {
            return Err(Failure::new("limit", format!("the request is larger than {SENT_BYTES_MAX} bytes")));
        }
        let host = url.host_str().unwrap_or_default();
        let destination = url.port().map_or_else(|| host.to_string(), |port| format!("{host}:{port}"));
        Ok(StoredRequest { destination, bytes })
    }

    /// From what was stored.
    ///
    /// # Errors
    /// A sentence, when it is not of this form.
    pub fn load(request: &StoredRequest) -> Result<Draft, String> {
        serde_json::from_slice(&request.bytes)
            .map_err(|_| "the stored request is of a form that is not known here".to_string())
    }
}

/// How a stored request is found on the other side: `POST https://shop.example.com/refunds`, with `…` for a secret and
/// without what stands behind the path.
pub fn traces(request: &StoredRequest) -> Vec<(&'static str, String)> {
    let Ok(draft) = Draft::load(request) else { return Vec::new() };
    let part = |part: &Part| match part {
        Part::Text(text) => text.clone(),
        Part::Secret(_) => "…".to_owned(),
    };
    let url: String = draft.url.iter().map(part).collect();
    let path = url.split(['?', '#']).next().unwrap_or_default();
    // A name and a password in the address are nobody's business.
    let shown = match path.split_once("://").map(|(scheme, rest)| (scheme, rest.split_once('/').unwrap_or((rest, ""))))
    {
        Some((scheme, (host, rest))) if host.contains('@') => {
            format!("{scheme}://…@{}/{rest}", host.rsplit('@').next().unwrap_or_default())
        }
        _ => path.to_owned(),
    };
    vec![("request", format!("{} {shown}", draft.method))]
}

fn body(arguments: &Arguments<'_>) -> Result<Option<Body>, Failure> {
    let form_fields = arguments.added.form;
    let given =
        [arguments.json, arguments.form, arguments.text, form_fields].iter().filter(|value| !value.is_null()).count();
    if given > 1 {
        return Err(invalid("give only one of `json`, `form`, `form_fields` and `text`"));
    }
    if given == 1 && arguments.method == "HEAD" {
        return Err(invalid("a HEAD request has no body"));
    }
    Ok(if !arguments.json.is_null() {
        let json = match arguments.added.omit_null {
            Value::Bool(true) => &fields::without_null(arguments.json, &fields::names(arguments.added.nulls)?),
            _ => arguments.json,
        };
        Some(Body::Json(json::write(json).map_err(invalid)?))
    } else if !form_fields.is_null() {
        Some(Body::Form(fields::pairs("form_fields", form_fields, arguments.added.lists)?))
    } else if !arguments.form.is_null() {
        Some(Body::Form(pairs("form", arguments.form)?))
    } else if arguments.text.is_null() {
        None
    } else {
        Some(Body::Text(parts_of(arguments.text).ok_or_else(|| invalid("`text` is no text"))?))
    })
}

/// A name and a password.
fn basic(value: &Value) -> Result<Option<Credentials>, Failure> {
    if value.is_null() {
        return Ok(None);
    }
    let (mut user, mut password) = (None, None);
    for (name, parts) in pairs("basic", value)? {
        match name.as_str() {
            "user" if parts.iter().any(|part| matches!(part, Part::Text(text) if text.contains(':'))) => {
                return Err(invalid("the `user` of `basic` has a `:` in it, which would end it"));
            }
            "user" => user = Some(parts),
            "password" => password = Some(parts),
            other => return Err(invalid(format!("`basic` has `user` and `password`, not `{}`", other.escape_debug()))),
        }
    }
    match (user, password) {
        (Some(user), Some(password)) => Ok(Some((user, password))),
        _ => Err(invalid("`basic` has both `user` and `password`")),
    }
}

/// The entries of a map of texts; one that is null is left out.
fn pairs(name: &str, value: &Value) -> Result<Vec<(String, Vec<Part>)>, Failure> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Map(entries) => entries
            .iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(key, value)| {
                let parts = parts_of(value).ok_or_else(|| invalid(format!("`{key}` in `{name}` is no text")))?;
                Ok((key.to_string(), parts))
            })
            .collect(),
        _ => Err(invalid(format!("`{name}` is no map"))),
    }
}

/// A header's name in lower case.
fn check_header(name: &str, value: &[Part]) -> Result<String, Failure> {
    let parsed = HeaderName::from_bytes(name.as_bytes())
        .map_err(|_| invalid(format!("`{}` is no name of a header", name.escape_debug())))?;
    if OWN_HEADERS.contains(&parsed.as_str()) {
        return Err(invalid(format!("the header `{parsed}` is set by the connection itself")));
    }
    for part in value {
        if let Part::Text(text) = part {
            HeaderValue::from_str(text)
                .map_err(|_| invalid(format!("the header `{parsed}` has a character that headers cannot hold")))?;
        }
    }
    Ok(parsed.as_str().to_string())
}

/// The address with a stand-in for every secret, checked.
fn check_url(parts: &[Part], guard: &Guard) -> Result<Url, Failure> {
    let before: &str = match parts.first() {
        Some(Part::Text(text)) => text,
        _ => "",
    };
    // Who is called must be readable from the flow: a secret in the host would be sent to whom it names.
    let host_is_closed = before.split_once("://").is_some_and(|(_, rest)| rest.contains(['/', '?', '#']));
    if parts.len() > 1 && !host_is_closed {
        return Err(invalid("a secret may stand after the host of an address only"));
    }
    if before.is_empty() {
        return Err(invalid("an address begins with https://"));
    }
    let text: String =
        parts.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { STAND_IN }).collect();
    let url = parse_url(&text).map_err(invalid)?;
    guard.check(&url).map_err(|refusal| invalid(refusal.to_string()))?;
    Ok(url)
}

/// Reads an address that has nothing in it which would silently become another one.
///
/// # Errors
/// A sentence.
pub fn parse_url(text: &str) -> Result<Url, String> {
    if text.len() > URL_BYTES_MAX {
        return Err(format!("the address is longer than {URL_BYTES_MAX} bytes"));
    }
    // The parser drops tabs and newlines, and takes `\` for `/`.
    if text.contains(|character: char| character <= ' ' || character == '\\') {
        return Err("the address has a space or a character that addresses cannot hold".to_string());
    }
    let path = text.split(['?', '#']).next().unwrap_or_default();
    // Of `…/orders/..` a hole may be the author: another path than the one the flow shows would be called.
    if path.split('/').skip(3).any(is_dots) {
        return Err("the path of the address goes back up with `.` or `..`".to_string());
    }
    Url::parse(text)
        .map_err(|_| "the address is none: it is written as in `https://shop.example.com/orders`".to_string())
}

fn is_dots(segment: &str) -> bool {
    let plain = segment.to_ascii_lowercase().replace("%2e", ".");
    plain == "." || plain == ".."
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_say_what_they_are() {
        for wrong in [
            "https://a.example/orders/..",
            "https://a.example/orders/%2E%2e/x",
            "https://a.example/./x?y",
            "https://a.example\\@b.example/",
            "https://a.example/a b",
            "https://a.example/a\nb",
            "https:/",
            "orders/1",
        ] {
            assert!(parse_url(wrong).is_err(), "{wrong}");
        }
        for right in ["https://a.example/orders/...", "https://a.example/?q=../x", "https://a.example/a..b"] {
            assert!(parse_url(right).is_ok(), "{right}");
        }
    }
}
