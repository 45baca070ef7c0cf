//! Values that stand for what a preview is not given, as flows write them.

use super::{Source, Sources};
use flow_lang::syntax::ast::{ItemKind, TypeExpr, TypeKind};

/// Records within records are made so deep.
const DEPTH_MAX: usize = 6;

/// A value of a type, called by a name; none where the type says too little.
pub(super) fn example(name: &str, ty: &TypeExpr, sources: &Sources, depth: usize) -> Option<String> {
    let words = name.replace('_', " ");
    match &ty.kind {
        TypeKind::Optional(_) => Some("null".to_owned()),
        TypeKind::Named { path, args } => {
            let named = path.dotted();
            if let ("List", Some(item)) = (named.as_str(), args.first()) {
                return Some(format!("[{}]", example(name, item, sources, depth)?));
            }
            Some(match named.as_str() {
                "Text" => format!("\"{words}\""),
                "Int" => "3".to_owned(),
                "Number" => "19.90".to_owned(),
                "Bool" => "true".to_owned(),
                "Money" => "money(19.90, .eur)".to_owned(),
                "Duration" => "1 hour".to_owned(),
                "Date" => "date(\"2026-03-02\")".to_owned(),
                "Instant" => "now".to_owned(),
                "TimeOfDay" => "09:00".to_owned(),
                "Email" => "\"grace@example.com\"".to_owned(),
                "Phone" => "\"+47 22 33 44 55\"".to_owned(),
                "Url" => format!("\"https://example.com/{name}\""),
                "TimeZone" => "\"Europe/Oslo\"".to_owned(),
                "Contact" => {
                    "Contact(first_name: \"Ada\", last_name: \"Lovelace\", email: \"ada@example.com\")".to_owned()
                }
                "Company" => "Company(name: \"Acme\")".to_owned(),
                other => return declared(other, sources, depth),
            })
        }
        _ => None,
    }
}

/// A value of a type that the project declares.
fn declared(named: &str, sources: &Sources, depth: usize) -> Option<String> {
    if depth >= DEPTH_MAX {
        return None;
    }
    let bare = named.rsplit('.').next().unwrap_or(named);
    let items = |source: &Source| source.tree.items.clone();
    sources.0.iter().flat_map(items).find_map(|item| match item.kind {
        ItemKind::Enum(decl) if decl.name.as_str() == bare => Some(format!(".{}", decl.variants.first()?.name.name)),
        ItemKind::Record(decl) if decl.name.as_str() == bare => {
            let given = decl.fields.iter().filter(|field| field.default.is_none());
            let fields: Option<Vec<String>> = given
                .map(|field| {
                    let value = example(field.name.as_str(), &field.ty, sources, depth + 1)?;
                    Some(format!("{}: {value}", field.name.name))
                })
                .collect();
            Some(format!("{named}({})", fields?.join(", ")))
        }
        _ => None,
    })
}
