//! A value of a type, as a person could have written it to begin with.

use crate::hir::{SymbolKind, Ty};
use crate::resolve::Project;

/// Records within records are written so deep.
const DEPTH_MAX: usize = 4;

/// A value of a type. `None` for what no text makes.
pub(super) fn sample(p: &Project, ty: &Ty) -> Option<String> {
    within(p, ty, DEPTH_MAX)
}

fn within(p: &Project, ty: &Ty, depth: usize) -> Option<String> {
    Some(match ty {
        Ty::Text => "\"…\"".to_owned(),
        Ty::Email => "\"ada@example.com\"".to_owned(),
        Ty::Phone => "\"+4791234567\"".to_owned(),
        Ty::Url => "\"https://example.com\"".to_owned(),
        Ty::TimeZone => "\"Europe/Oslo\"".to_owned(),
        Ty::Int | Ty::Number => "1".to_owned(),
        Ty::Bool => "true".to_owned(),
        Ty::Money(_) => "money(1, .eur)".to_owned(),
        Ty::Duration => "1 day".to_owned(),
        Ty::Instant => "now".to_owned(),
        Ty::Date => "date(\"2026-01-01\")".to_owned(),
        Ty::TimeOfDay => "09:00".to_owned(),
        Ty::Optional(_) | Ty::Null => "null".to_owned(),
        Ty::List(_) => "[]".to_owned(),
        Ty::Map(_) | Ty::Json => "{}".to_owned(),
        Ty::Enum(id) => format!(".{}", p.hir.enums.get(id.0 as usize)?.variants.first()?.0),
        Ty::Assignee => format!(".{}", p.symbol_names(SymbolKind::Team).min()?),
        Ty::Symbol(kind) => format!(".{}", p.symbol_names(*kind).min()?),
        Ty::Record(id) => {
            let depth = depth.checked_sub(1)?;
            let record = p.hir.records.get(id.0 as usize)?;
            let needed = record.fields.iter().filter(|field| field.default.is_none() && !field.ty.is_optional());
            let field =
                |field: &crate::hir::RecordField| Some(format!("{}: {}", field.name, within(p, &field.ty, depth)?));
            format!("{}({})", p.show(ty), needed.map(field).collect::<Option<Vec<_>>>()?.join(", "))
        }
        _ => return None,
    })
}

/// A record of the workspace, as a test makes one.
pub(super) fn made(p: &Project, ty: &Ty) -> Option<String> {
    let Ty::Entity(id) = ty else { return sample(p, ty) };
    let entity = &p.hir.entities.get(id.0 as usize)?.name;
    Some(match &**entity {
        "Contact" => "Contact(first_name: \"Ada\", email: \"ada@example.com\")".to_owned(),
        "Conversation" => "Conversation(contact: Contact(first_name: \"Ada\", email: \"ada@example.com\"))".to_owned(),
        "Ticket" => {
            "Ticket(subject: \"…\", contact: Contact(first_name: \"Ada\", email: \"ada@example.com\"))".to_owned()
        }
        other => format!("{other}(name: \"…\")"),
    })
}
