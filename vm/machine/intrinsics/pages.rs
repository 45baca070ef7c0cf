//! Which page comes after one, by what a service answered.

use crate::machine::raise::{Outcome, Raise};
use flow_bytecode::Value;
use std::sync::Arc;

/// A cursor longer than that is none.
const CURSOR_BYTES_MAX: usize = 4 * 1024;

/// How pages are turned: the parts of a rule, in the order of the instruction's list.
struct Rule<'a> {
    by: &'a str,
    wire: &'a str,
    items: &'a str,
    next: &'a str,
    more: &'a str,
}

/// What the parameter is for the next page, or nothing when there is none. `before` is what it was for this one.
///
/// # Errors
/// `.invalid`: the service names the same page again, or one that cannot be asked for.
pub fn next(rule: &Value, headers: &Value, body: &Value, before: &Value) -> Outcome<Option<String>> {
    let rule = rule_of(rule)?;
    let items = match at(body, rule.items) {
        Value::List(items) => items.as_slice(),
        _ => &[],
    };
    let goes_on = match (rule.more, at(body, rule.more)) {
        ("", _) => None,
        (_, Value::Bool(more)) => Some(*more),
        _ => None,
    };
    if goes_on == Some(false) {
        return Ok(None);
    }
    let counted = |from: i64, by: i64| {
        let next = before.as_int().unwrap_or(from).checked_add(by);
        next.map(|next| next.to_string()).ok_or_else(|| invalid("pages are counted beyond what a number holds"))
    };
    let found = match rule.by {
        "link" => linked(at(headers, "link"), rule.wire)?,
        "cursor" => cursor(at(body, rule.next), rule.wire),
        // Whoever does not say that there is more has said all.
        "last" if !rule.more.is_empty() && goes_on.is_none() => None,
        "last" => items.last().and_then(|last| cursor(at(last, rule.next), rule.wire)),
        "number" if !items.is_empty() => Some(counted(1, 1)?),
        "offset" if !items.is_empty() => Some(counted(0, i64::try_from(items.len()).unwrap_or(i64::MAX))?),
        _ => None,
    };
    let Some(found) = found else { return Ok(None) };
    if found.len() > CURSOR_BYTES_MAX {
        return Err(invalid(format!("what it names the next page by is longer than {CURSOR_BYTES_MAX} bytes")));
    }
    let again = match before {
        Value::Text(before) => **before == *found,
        Value::Int(before) => found.parse() == Ok(*before),
        _ => false,
    };
    match again {
        true => Err(invalid(format!("the service names the page `{}` as the next one again", shown(&found)))),
        false => Ok(Some(found)),
    }
}

fn invalid(message: impl Into<String>) -> Raise {
    Raise::failure("invalid", message)
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

fn rule_of(rule: &Value) -> Outcome<Rule<'_>> {
    let Value::List(parts) = rule else { return Err(Raise::shape("a list", rule)) };
    let text = |at: usize| parts.get(at).and_then(Value::as_text).map_or("", |text| text);
    Ok(Rule { by: text(0), wire: text(1), items: text(2), next: text(3), more: text(4) })
}

/// What stands at a path of names; null where there is nothing.
fn at<'v>(value: &'v Value, path: &str) -> &'v Value {
    const NULL: &Value = &Value::Null;
    let names = path.split('.').filter(|name| !name.is_empty());
    names.fold(value, |value, name| match value {
        Value::Map(fields) => fields.iter().find(|(known, _)| **known == *name).map_or(NULL, |(_, value)| value),
        _ => NULL,
    })
}

/// A cursor, which may be the address of the next page: then it is that address's parameter.
fn cursor(value: &Value, wire: &str) -> Option<String> {
    match value {
        Value::Text(text) if text.is_empty() => None,
        Value::Text(text) => Some(parameter(text, wire).unwrap_or_else(|| text.to_string())),
        Value::Int(number) => Some(number.to_string()),
        _ => None,
    }
}

/// The parameter of the address that a header `Link` calls the next one (RFC 8288, 3).
fn linked(header: &Value, wire: &str) -> Outcome<Option<String>> {
    let Some(header) = header.as_text() else { return Ok(None) };
    let Some(address) = next_of(header) else { return Ok(None) };
    match parameter(address, wire) {
        Some(found) => Ok(Some(found)),
        None => Err(invalid(format!("the address of the next page has no `{wire}`"))),
    }
}

/// Of `<a>; rel="next", <b>; rel="last"` the first. A comma may stand in an address, but no `>`.
fn next_of(header: &str) -> Option<&str> {
    let mut rest = header;
    loop {
        let (_, behind) = rest.split_once('<')?;
        let (address, behind) = behind.split_once('>')?;
        let (parameters, after) = match behind.find('<') {
            Some(end) => behind.split_at(end),
            None => (behind, ""),
        };
        let is_next = parameters.split([';', ',']).any(|one| {
            let (name, value) = one.split_once('=').unwrap_or((one, ""));
            let mut words = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel") && words.any(|word| word.eq_ignore_ascii_case("next"))
        });
        if is_next {
            return Some(address);
        }
        rest = after;
    }
}

/// A parameter of an address, without its percent signs.
fn parameter(address: &str, wire: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let query = query.split('#').next().unwrap_or_default();
    query.split('&').find_map(|pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name) == wire).then(|| decoded(value)).filter(|value| !value.is_empty())
    })
}

fn decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let hex = |at: usize| behind.get(at).and_then(|byte| char::from(*byte).to_digit(16));
        let (byte, taken) = match (first, hex(0), hex(1)) {
            (b'%', Some(high), Some(low)) => ((high * 16 + low) as u8, 2),
            (b'+', ..) => (b' ', 0),
            (other, ..) => (*other, 0),
        };
        bytes.push(byte);
        rest = behind.get(taken..).unwrap_or_default();
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// As a text parameter.
pub fn text(next: Option<String>) -> Value {
    next.map_or(Value::Null, |next| Value::Text(Arc::from(next)))
}

/// As a whole number.
///
/// # Errors
/// `.invalid`: it is none.
pub fn number(next: Option<String>) -> Outcome<Value> {
    let Some(next) = next else { return Ok(Value::Null) };
    match next.parse() {
        Ok(number) => Ok(Value::Int(number)),
        Err(_) => Err(invalid(format!("it names the next page `{}`, and that is no number", shown(&next)))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(parts: &[&str]) -> Value {
        Value::List(Arc::new(parts.iter().map(|part| Value::text(*part)).collect()))
    }

    fn map(pairs: Vec<(&str, Value)>) -> Value {
        Value::Map(Arc::new(pairs.into_iter().map(|(name, value)| (name.into(), value)).collect()))
    }

    fn asked(rule: &[&str], headers: Value, body: Value, before: Value) -> Result<Option<String>, String> {
        next(&list(rule), &headers, &body, &before).map_err(|raise| format!("{raise:?}"))
    }

    fn link(header: &str, before: Value) -> Result<Option<String>, String> {
        asked(&["link", "page"], map(vec![("link", Value::text(header))]), Value::Null, before)
    }

    #[test]
    fn of_links_the_next_one_counts() {
        let both = "<https://x.example/i?page=1>; rel=\"prev\", <https://x.example/i?a=1,2&page=3>; rel=\"next\", <https://x.example/i?page=9>; rel=\"last\"";
        assert_eq!(link(both, Value::Int(2)), Ok(Some("3".to_owned())));
        assert_eq!(
            link("</i?page=a%2Bb%26+c#x>; title=\"next\"; rel=\"up NEXT\"", Value::Null),
            Ok(Some("a+b& c".to_owned()))
        );
        for ended in
            ["<https://x.example/i?page=1>; rel=\"first\"", "", "<<<", "nonsense", "<a?page=1>; title=\"next\""]
        {
            assert_eq!(link(ended, Value::Null), Ok(None), "{ended}");
        }
        assert!(link(both, Value::Int(3)).is_err_and(|said| said.contains("again")));
        assert!(
            link("<https://x.example/i?after=1>; rel=next", Value::Null).is_err_and(|said| said.contains("no `page`"))
        );
    }

    #[test]
    fn cursors_last_items_and_numbers() {
        let body = |next: Value| map(vec![("meta", map(vec![("next", next)])), ("data", list(&["a", "b"]))]);
        let cursor = |next: Value, before: Value| {
            asked(&["cursor", "cursor", "data", "meta.next"], Value::Null, body(next), before)
        };
        assert_eq!(cursor(Value::text("c1"), Value::Null), Ok(Some("c1".to_owned())));
        assert_eq!(cursor(Value::text("/v1/i?x=1&cursor=c%202"), Value::Null), Ok(Some("c 2".to_owned())));
        assert_eq!(cursor(Value::text(""), Value::text("c1")), Ok(None));
        assert_eq!(cursor(Value::Null, Value::text("c1")), Ok(None));
        assert!(cursor(Value::text("c1"), Value::text("c1")).is_err());

        let last = |more: Value| {
            let items =
                Value::List(Arc::new(vec![map(vec![("id", Value::text("i1"))]), map(vec![("id", Value::text("i2"))])]));
            asked(
                &["last", "after", "data", "id", "has_more"],
                Value::Null,
                map(vec![("data", items), ("has_more", more)]),
                Value::text("i0"),
            )
        };
        assert_eq!(last(Value::Bool(true)), Ok(Some("i2".to_owned())));
        assert_eq!(last(Value::Bool(false)), Ok(None));
        assert_eq!(last(Value::Null), Ok(None));

        let numbered = |by: &str, items: Value, before: Value| asked(&[by, "page"], Value::Null, items, before);
        assert_eq!(numbered("number", list(&["a"]), Value::Null), Ok(Some("2".to_owned())));
        assert_eq!(numbered("number", list(&["a"]), Value::Int(0)), Ok(Some("1".to_owned())));
        assert_eq!(numbered("number", list(&[]), Value::Int(4)), Ok(None));
        assert_eq!(numbered("offset", list(&["a", "b"]), Value::Int(4)), Ok(Some("6".to_owned())));
        assert_eq!(numbered("offset", list(&["a", "b"]), Value::Null), Ok(Some("2".to_owned())));
        assert!(numbered("number", list(&["a"]), Value::Int(i64::MAX)).is_err());
        assert!(number(Some("x".to_owned())).is_err());
    }
}
