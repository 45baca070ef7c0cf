//! `name=value` as typed on the command line, by the type of the parameter.

use super::units::duration;
use super::{show::type_name, units};
use crate::nearest::nearest;
use crate::trouble::Trouble;
use flow_bytecode::Value;
use flow_bytecode::schema::SchemaType;
use flow_vm::engine::ParamView;
use flow_vm::machine::phone;
use flow_vm::store::from_json;
use std::num::IntErrorKind;
use std::path::Path;
use std::sync::Arc;

/// Finds records by what a person calls them.
pub trait Lookup {
    /// The id of the record: by email, domain, external number or id, whatever the entity has.
    ///
    /// # Errors
    /// There is none, or the store cannot be read.
    fn find(&self, entity: &str, text: &str) -> Result<i64, Trouble>;

    /// Where phone numbers without a country code are from.
    fn country(&self) -> Option<&str> {
        None
    }
}

/// Arguments of a flow or event, as typed.
///
/// # Errors
/// A name that is no parameter, one given twice, one missing, or a value that does not fit: with the signature.
pub fn parse_arguments(
    callee: &str,
    params: &[ParamView],
    given: &[String],
    lookup: &dyn Lookup,
    folder: &Path,
) -> Result<Vec<(String, Value)>, Trouble> {
    let signature = || format!("the signature is `{}`", signature(callee, params));
    let mut args: Vec<(String, Value)> = Vec::new();
    for argument in given {
        let Some((name, text)) = argument.split_once('=') else {
            return Err(Trouble::usage(format!("`{argument}` is not `name=value`")).help(signature()));
        };
        let Some(param) = params.iter().find(|param| param.name == name) else {
            let near = nearest(name, params.iter().map(|param| param.name.as_str()));
            let near = near.map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
            let message = format!("`{callee}` has no parameter `{name}`");
            return Err(Trouble::usage(message).help(format!("{near}{}", signature())));
        };
        if args.iter().any(|(other, _)| other == name) {
            return Err(Trouble::usage(format!("`{name}` is given twice")).help(signature()));
        }
        let value = parse(text, &param.ty, lookup, folder).map_err(|trouble| match trouble {
            Trouble::Usage(words) => {
                let help = words.help.map(|help| format!("{help}; ")).unwrap_or_default();
                Trouble::usage(format!("`{name}`: {}", words.message)).help(format!("{help}{}", signature()))
            }
            other => other,
        })?;
        args.push((name.to_owned(), value));
    }
    Ok(args)
}

/// `refund(order: Text, notify: Bool = …)`
pub fn signature(callee: &str, params: &[ParamView]) -> String {
    let params: Vec<String> = params
        .iter()
        .map(|param| {
            let default = if param.optional { " = …" } else { "" };
            format!("{}: {}{default}", param.name, type_name(&param.ty))
        })
        .collect();
    format!("{callee}({})", params.join(", "))
}

/// A value of this type. `@file.json` reads it from a file.
///
/// # Errors
/// A usage error that says what was expected.
pub fn parse(text: &str, ty: &SchemaType, lookup: &dyn Lookup, folder: &Path) -> Result<Value, Trouble> {
    if let Some(file) = text.strip_prefix('@')
        && !matches!(ty, SchemaType::Text)
    {
        let path = folder.join(file);
        let content = crate::project::read(&path)?;
        let json: serde_json::Value = serde_json::from_str(&content)
            .map_err(|error| Trouble::usage(format!("{} is not JSON: {error}", path.display())))?;
        return value_of(&json, ty).map_err(|why| Trouble::usage(format!("{}: {why}", path.display())));
    }
    let expected = |example: &str| {
        Trouble::usage(format!("`{text}` is not {}", with_article(&type_name(ty))))
            .help(format!("write it as {example}"))
    };
    let from_text = |example: &str| from_json(&text.into(), ty).map_err(|_| expected(example));
    match ty {
        SchemaType::Optional(_) if text.is_empty() || text == "null" => Ok(Value::Null),
        SchemaType::Optional(inner) => parse(text, inner, lookup, folder),
        SchemaType::Text | SchemaType::Assignee => Ok(Value::text(text)),
        SchemaType::Bool => match text.to_ascii_lowercase().as_str() {
            "true" | "yes" | "y" | "1" => Ok(Value::Bool(true)),
            "false" | "no" | "n" | "0" => Ok(Value::Bool(false)),
            _ => Err(expected("true or false")),
        },
        SchemaType::Int => match text.trim().parse::<i64>() {
            Ok(int) => Ok(Value::Int(int)),
            Err(error) if matches!(error.kind(), IntErrorKind::PosOverflow | IntErrorKind::NegOverflow) => {
                Err(Trouble::usage(format!("`{text}` is too large for an Int")).help(format!(
                    "an Int lies between {} and {}",
                    i64::MIN,
                    i64::MAX
                )))
            }
            Err(_) => Err(expected("42")),
        },
        SchemaType::Number => text.trim().parse().map(Value::Number).map_err(|_| expected("19.90")),
        SchemaType::Money => {
            from_json(&text.into(), ty).map_err(|why| Trouble::usage(why).help("write it as \"19.90 EUR\""))
        }
        SchemaType::Duration => duration(text).map(Value::Int).ok_or_else(|| expected("\"3 days\" or 90s")),
        SchemaType::Instant => from_text("2026-03-01T09:00:00Z"),
        SchemaType::Date => from_text("2026-03-01"),
        SchemaType::TimeOfDay => from_text("09:00"),
        SchemaType::TimeZone => match jiff::tz::TimeZone::get(text) {
            Ok(_) => Ok(Value::text(text)),
            Err(_) => Err(expected("Europe/Oslo")),
        },
        SchemaType::Email => match flow_bytecode::address::email(text) {
            Some(address) => Ok(Value::text(address)),
            None => Err(expected("ada@example.com")),
        },
        SchemaType::Phone => match phone(text, lookup.country()) {
            Some(full) => Ok(Value::text(full)),
            None => Err(expected("+4790012345, with the country code")),
        },
        SchemaType::Url => {
            let fits = text.starts_with("https://") || text.starts_with("http://");
            if fits { Ok(Value::text(text)) } else { Err(expected("https://example.com")) }
        }
        SchemaType::Enum(_, variants) => {
            let wanted = text.strip_prefix('.').unwrap_or(text);
            let found = variants.iter().find(|(name, label)| &**name == wanted || label.eq_ignore_ascii_case(wanted));
            let Some((name, _)) = found else {
                let names: Vec<&str> = variants.iter().map(|(name, _)| &**name).collect();
                let near = nearest(wanted, names.iter().copied()).map(|near| format!("did you mean `{near}`? "));
                return Err(Trouble::usage(format!("`{text}` is not {}", with_article(&type_name(ty)))).help(format!(
                    "{}it is one of {}",
                    near.unwrap_or_default(),
                    names.join(", ")
                )));
            };
            Ok(Value::Text(name.clone()))
        }
        SchemaType::Symbol(_) => Ok(Value::text(text.strip_prefix('.').unwrap_or(text))),
        SchemaType::Entity(entity) => lookup.find(entity, text).map(Value::Int),
        SchemaType::File => {
            Err(Trouble::usage("a file cannot be given on the command line").help("send it in the conversation"))
        }
        SchemaType::Json | SchemaType::Record(..) | SchemaType::List(_) | SchemaType::Map(_) => {
            if let SchemaType::List(inner) = ty
                && !text.trim_start().starts_with('[')
            {
                let items = text.split(',').filter(|item| !item.trim().is_empty());
                let items: Result<Vec<Value>, Trouble> =
                    items.map(|item| parse(item.trim(), inner, lookup, folder)).collect();
                return Ok(Value::List(Arc::new(items?)));
            }
            let json: serde_json::Value = serde_json::from_str(text).map_err(|_| expected("JSON, or @file.json"))?;
            value_of(&json, ty).map_err(Trouble::usage)
        }
    }
}

/// JSON of no declared type as a value.
///
/// # Errors
/// A number that no value can hold.
pub fn untyped(json: &serde_json::Value) -> Result<Value, String> {
    value_of(json, &SchemaType::Json)
}

/// JSON as a self-describing value: records as maps by field name, with every unknown name refused.
fn value_of(json: &serde_json::Value, ty: &SchemaType) -> Result<Value, String> {
    match (ty, json) {
        (SchemaType::Optional(_), serde_json::Value::Null) => Ok(Value::Null),
        (SchemaType::Optional(inner), json) => value_of(json, inner),
        (SchemaType::Record(_, fields), serde_json::Value::Object(map)) => {
            let mut pairs = Vec::new();
            for (key, json) in map {
                let Some((name, ty)) = fields.iter().find(|(name, _)| **name == *key) else {
                    let near = nearest(key, fields.iter().map(|(name, _)| &**name));
                    let near = near.map(|near| format!(", did you mean `{near}`?")).unwrap_or_default();
                    return Err(format!("{} has no field `{key}`{near}", type_name(ty)));
                };
                let value = value_of(json, ty).map_err(|why| format!("{key}: {why}"))?;
                pairs.push((name.clone(), value));
            }
            Ok(Value::Map(Arc::new(pairs)))
        }
        (SchemaType::List(inner), serde_json::Value::Array(items)) => {
            Ok(Value::List(Arc::new(items.iter().map(|item| value_of(item, inner)).collect::<Result<_, _>>()?)))
        }
        (SchemaType::Map(inner), serde_json::Value::Object(map)) => {
            let pair = |(key, json): (&String, &serde_json::Value)| Ok((key.as_str().into(), value_of(json, inner)?));
            Ok(Value::Map(Arc::new(map.iter().map(pair).collect::<Result<_, String>>()?)))
        }
        (SchemaType::Duration, serde_json::Value::String(text)) if units::duration(text).is_some() => {
            Ok(units::duration(text).map_or(Value::Null, Value::Int))
        }
        _ => from_json(json, ty),
    }
}

fn with_article(name: &str) -> String {
    let vowel = name.starts_with(['A', 'E', 'I', 'O']);
    format!("{} {name}", if vowel { "an" } else { "a" })
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Nobody;

    impl Lookup for Nobody {
        fn find(&self, entity: &str, text: &str) -> Result<i64, Trouble> {
            if text == "ada@example.com" {
                Ok(7)
            } else {
                Err(Trouble::usage(format!("there is no {entity} `{text}`")))
            }
        }
    }

    fn plan() -> SchemaType {
        SchemaType::Enum("Plan".into(), vec![("trial".into(), "Trial".into()), ("pro".into(), "Professional".into())])
    }

    fn read(text: &str, ty: &SchemaType) -> Result<Value, Trouble> {
        parse(text, ty, &Nobody, Path::new(""))
    }

    #[test]
    fn every_type_is_read() {
        use SchemaType::*;
        assert_eq!(read("yes", &Bool), Ok(Value::Bool(true)));
        assert_eq!(read("42", &Int), Ok(Value::Int(42)));
        assert_eq!(read("3 days", &Duration), Ok(Value::Int(259_200_000_000)));
        assert_eq!(read("1970-01-03", &Date), Ok(Value::Int(2)));
        assert_eq!(read("00:00:01", &TimeOfDay), Ok(Value::Int(1_000_000)));
        assert_eq!(read("Professional", &plan()), Ok(Value::text("pro")));
        assert_eq!(read(".pro", &plan()), Ok(Value::text("pro")));
        assert_eq!(read("+47 900 12 345", &Phone), Ok(Value::text("+4790012345")));
        assert_eq!(read("ada@example.com", &Entity("Contact".into())), Ok(Value::Int(7)));
        assert_eq!(read("", &Optional(Box::new(Int))), Ok(Value::Null));
        assert_eq!(read("1, 2", &List(Box::new(Int))), Ok(Value::List(Arc::new(vec![Value::Int(1), Value::Int(2)]))));
        assert_eq!(read("@handle", &Text), Ok(Value::text("@handle")));
        let order = Record("shop.Order".into(), vec![("id".into(), Text), ("count".into(), Int)]);
        let expected = Value::Map(Arc::new(vec![("id".into(), Value::text("A1")), ("count".into(), Value::Int(2))]));
        assert_eq!(read("{\"id\": \"A1\", \"count\": 2}", &order), Ok(expected));
    }

    #[test]
    fn what_does_not_fit_says_what_would() {
        use SchemaType::*;
        for (text, ty) in [
            ("maybe", Bool),
            ("4.5", Int),
            ("x", Number),
            ("19.90", Money),
            ("19.999 EUR", Money),
            ("99999999999999999999", Int),
            ("3", Duration),
            ("yesterday", Instant),
            ("2026-02-30", Date),
            ("25:00", TimeOfDay),
            ("Europe/Olso", TimeZone),
            ("ada", Email),
            ("900", Phone),
            ("example.com", Url),
            ("prof", plan()),
            ("{", Json),
            ("x", File),
        ] {
            let Err(Trouble::Usage(words)) = read(text, &ty) else { panic!("{text} was taken as {ty:?}") };
            assert!(words.help.is_some(), "{}", words.message);
        }
    }

    #[test]
    fn arguments_show_the_signature_when_wrong() {
        let params = [
            ParamView { name: "contact".into(), ty: SchemaType::Entity("Contact".into()), optional: false },
            ParamView { name: "size".into(), ty: SchemaType::Int, optional: true },
        ];
        let read = |given: &[&str]| {
            let given: Vec<String> = given.iter().map(|text| (*text).to_owned()).collect();
            parse_arguments("shop.order", &params, &given, &Nobody, Path::new(""))
        };
        assert!(read(&["contact=ada@example.com", "size=3"]).is_ok());
        for (given, message) in [
            (&["contcat=x"][..], "`shop.order` has no parameter `contcat`"),
            (&["size=big"], "`size`: `big` is not an Int"),
            (&["size=1", "size=2"], "`size` is given twice"),
            (&["size"], "`size` is not `name=value`"),
        ] {
            let Err(Trouble::Usage(words)) = read(given) else { panic!("{given:?} was taken") };
            assert_eq!(words.message, message);
            assert!(words.help.unwrap().contains("shop.order(contact: Contact, size: Int = …)"));
        }
    }
}
