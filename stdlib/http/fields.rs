//! Values as names and texts: what a query, a form or headers can hold.
//!
//! A field of a record is `record[field]`. How a list is written is said by its field: `repeat` (the default) gives each item
//! the field's name, `comma`, `space` and `pipe` make one text, `brackets` numbers them, `list[0]`. What is null is left out.

use super::secrets::{Part, parts_of};
use flow_bytecode::{Failure, Value};

/// How deep records and lists may stand in each other.
const DEPTH_MAX: usize = 16;
/// How many names come of one value.
const FIELDS_MAX: usize = 10_000;

type Pairs = Vec<(String, Vec<Part>)>;

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("invalid", message.into())
}

/// The fields of an argument, `lists` saying how each one's list is written.
///
/// # Errors
/// `.invalid`, naming what has no text.
pub fn pairs(argument: &str, value: &Value, lists: &Value) -> Result<Pairs, Failure> {
    let entries = match value {
        Value::Null => return Ok(Vec::new()),
        Value::Map(entries) => entries,
        _ => return Err(invalid(format!("`{argument}` has no fields"))),
    };
    let style_of = |field: &str| match lists {
        Value::Map(lists) => lists.iter().find(|(name, _)| **name == *field).and_then(|(_, style)| style.as_text()),
        _ => None,
    };
    let mut out = Vec::new();
    for (name, value) in entries.iter() {
        let style = match style_of(name).map_or("repeat", |style| &**style) {
            "repeat" => Style::Repeat,
            "comma" => Style::Joined(","),
            "space" => Style::Joined(" "),
            "pipe" => Style::Joined("|"),
            "brackets" => Style::Brackets,
            other => return Err(invalid(format!("a list is not written as `{other}`"))),
        };
        put(argument, name.to_string(), value, style, 0, &mut out)?;
    }
    Ok(out)
}

#[derive(Debug, Clone, Copy)]
enum Style {
    Repeat,
    Joined(&'static str),
    Brackets,
}

fn put(
    argument: &str,
    name: String,
    value: &Value,
    style: Style,
    depth: usize,
    out: &mut Pairs,
) -> Result<(), Failure> {
    if depth > DEPTH_MAX || out.len() == FIELDS_MAX {
        return Err(Failure::new(
            "limit",
            format!("`{argument}` has too many values in each other, or too many fields"),
        ));
    }
    match (value, style) {
        (Value::Null, _) => {}
        (Value::Map(entries), _) => {
            for (field, value) in entries.iter() {
                // Inside of a record nothing but the number tells two items apart.
                put(argument, format!("{name}[{field}]"), value, Style::Brackets, depth + 1, out)?;
            }
        }
        (Value::List(items), Style::Joined(between)) => {
            let mut all = Vec::new();
            for item in items.iter().filter(|item| !item.is_null()) {
                if !all.is_empty() {
                    all.push(Part::Text(between.to_owned()));
                }
                all.extend(text(argument, &name, item)?);
            }
            out.push((name, all));
        }
        (Value::List(items), style) => {
            for (at, item) in items.iter().enumerate() {
                let plain = matches!(style, Style::Repeat) && !matches!(item, Value::Map(_) | Value::List(_));
                let name = if plain { name.clone() } else { format!("{name}[{at}]") };
                put(argument, name, item, Style::Brackets, depth + 1, out)?;
            }
        }
        (value, _) => {
            let parts = text(argument, &name, value)?;
            out.push((name, parts));
        }
    }
    Ok(())
}

fn text(argument: &str, name: &str, value: &Value) -> Result<Vec<Part>, Failure> {
    match value {
        Value::Bool(value) => Ok(vec![Part::Text(value.to_string())]),
        value => parts_of(value).ok_or_else(|| invalid(format!("`{name}` in `{argument}` is no text"))),
    }
}

/// A value without the fields that are null, at every level, but for those that are named: `a/b` is the field `b` in `a`, or
/// in each item of the list `a`; of `a/*` everything in `a` stays as it is.
pub fn without_null(value: &Value, kept: &[&str]) -> Value {
    match value {
        Value::Map(entries) => {
            let field = |(name, value): &(std::sync::Arc<str>, Value)| {
                let inside = |path: &&str| path.strip_prefix(&**name).and_then(|rest| rest.strip_prefix('/')).is_some();
                let rest = |path: &&'_ str| path.get(name.len() + 1..).map(str::to_owned);
                if value.is_null() {
                    return kept.iter().any(|path| *path == &**name).then(|| (name.clone(), Value::Null));
                }
                let within: Vec<String> = kept.iter().filter(|path| inside(path)).filter_map(rest).collect();
                let within: Vec<&str> = within.iter().map(String::as_str).collect();
                let value = if within.contains(&"*") { value.clone() } else { without_null(value, &within) };
                Some((name.clone(), value))
            };
            Value::Map(std::sync::Arc::new(entries.iter().filter_map(field).collect()))
        }
        Value::List(items) => {
            Value::List(std::sync::Arc::new(items.iter().map(|item| without_null(item, kept)).collect()))
        }
        other => other.clone(),
    }
}

/// The names in a list of texts.
///
/// # Errors
/// `.invalid` when it is something else.
pub fn names(value: &Value) -> Result<Vec<&str>, Failure> {
    let wrong = || Failure::new("invalid", "`nulls` is no list of names");
    match value {
        Value::Null => Ok(Vec::new()),
        Value::List(items) => items.iter().map(|item| item.as_text().map(|text| &**text).ok_or_else(wrong)).collect(),
        _ => Err(wrong()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::json;
    use super::*;

    fn written(value: &str, lists: &str) -> String {
        let (value, lists) =
            (json::parse(value.as_bytes()).expect("JSON"), json::parse(lists.as_bytes()).expect("JSON"));
        let pairs = pairs("form_fields", &value, &lists).expect("fields");
        let shown = pairs.iter().map(|(name, parts)| {
            let text: String =
                parts.iter().map(|part| if let Part::Text(text) = part { text.as_str() } else { "?" }).collect();
            format!("{name}={text}")
        });
        shown.collect::<Vec<_>>().join("&")
    }

    #[test]
    fn each_kind_of_list_and_record_has_its_form() {
        for (value, lists, form) in [
            (r#"{"a": 1, "b": null, "c": true, "d": 19.90, "e": ""}"#, "null", "a=1&c=true&d=19.90&e="),
            (r#"{"a": ["x", "y"]}"#, "{}", "a=x&a=y"),
            (r#"{"a": ["x", "y"]}"#, r#"{"a": "comma"}"#, "a=x,y"),
            (r#"{"a": ["x", null, "y"]}"#, r#"{"a": "pipe"}"#, "a=x|y"),
            (r#"{"a": ["x", "y"]}"#, r#"{"a": "brackets"}"#, "a[0]=x&a[1]=y"),
            (r#"{"a": {"b": {"c": 1}, "d": [2, 3]}}"#, "{}", "a[b][c]=1&a[d][0]=2&a[d][1]=3"),
            (r#"{"a": [{"b": 1}, {"b": 2}]}"#, "{}", "a[0][b]=1&a[1][b]=2"),
            (r#"{"a": []}"#, "{}", ""),
        ] {
            assert_eq!(written(value, lists), form, "{value}");
        }
    }

    #[test]
    fn what_has_no_text_is_named() {
        let value = json::parse(br#"{"a": [[1]]}"#).expect("JSON");
        let lists = json::parse(br#"{"a": "comma"}"#).expect("JSON");
        assert!(pairs("query_fields", &value, &lists).expect_err("no text").message.contains("`a` in `query_fields`"));
        let lists = json::parse(br#"{"a": "commas"}"#).expect("JSON");
        assert!(pairs("query_fields", &value, &lists).expect_err("no style").message.contains("commas"));
        let deep = format!("{{\"a\": {}1{}}}", "[".repeat(40), "]".repeat(40));
        let deep = json::parse(deep.as_bytes()).expect("JSON");
        assert_eq!(&*pairs("form_fields", &deep, &Value::Null).expect_err("too deep").kind, "limit");
    }

    #[test]
    fn null_goes_at_every_level() {
        let value = json::parse(br#"{"a": null, "b": [{"c": null, "d": 1}, null]}"#).expect("JSON");
        let kept = json::parse(br#"{"b": [{"d": 1}, null]}"#).expect("JSON");
        assert_eq!(without_null(&value, &[]), kept);
        let value = br#"{"a": null, "b": [{"c": null, "d": null}], "e": {"f": {"g": null}}, "h": null}"#;
        let value = json::parse(value).expect("JSON");
        let kept = json::parse(br#"{"a": null, "b": [{"c": null}], "e": {"f": {"g": null}}}"#).expect("JSON");
        assert_eq!(without_null(&value, &["a", "b/c", "e/*", "x", "hh", "a/y"]), kept);
    }
}
