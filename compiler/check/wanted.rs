//! What words name that nobody has declared yet.

use crate::hir::SymbolKind;
use crate::resolve::Project;
use crate::syntax::ast::{Call, Expr, ExprKind, StrPart};
use crate::template::{HoleKind, Words};

/// What a template with these words would take, as one would declare it: `(contact: Contact, order: Order)`; nothing where
/// they name nobody but the contact.
pub(super) fn params(p: &Project, words: &Words) -> String {
    let mut found: Vec<&str> = Vec::new();
    for hole in &words.holes {
        match &hole.kind {
            HoleKind::Shown(Some(expr)) | HoleKind::If(Some(expr)) | HoleKind::For(_, Some(expr)) => {
                names(expr, &mut found);
            }
            _ => {}
        }
    }
    let items = words.holes.iter().filter_map(|hole| match &hole.kind {
        HoleKind::For(Some((item, _)), _) => Some(&**item),
        _ => None,
    });
    let items: Vec<&str> = items.collect();
    let mut wanted: Vec<String> = Vec::new();
    for name in found {
        let param = format!("{name}: {}", ty(p, name));
        if !items.contains(&name) && !known(p, name) && !wanted.contains(&param) {
            wanted.push(param);
        }
    }
    match wanted.as_slice() {
        [] => String::new(),
        [contact] if contact == "contact: Contact" => String::new(),
        several => format!("({})", several.join(", ")),
    }
}

/// The type that is most likely meant: the one of that name, if there is one.
fn ty(p: &Project, name: &str) -> String {
    let camel = |part: &str| {
        let mut chars = part.chars();
        chars.next().map_or_else(String::new, |first| first.to_ascii_uppercase().to_string() + chars.as_str())
    };
    let wanted: String = name.split('_').map(camel).collect();
    let is = |known: &str| known.rsplit('.').next() == Some(wanted.as_str());
    let there = p.hir.records.iter().any(|record| is(&record.name))
        || p.hir.entities.iter().any(|entity| is(&entity.name))
        || p.hir.enums.iter().any(|found| is(&found.name));
    if there { wanted } else { "…".to_owned() }
}

/// Whether a name means something without being declared where it stands.
fn known(p: &Project, name: &str) -> bool {
    let begins = |known: &str| known.split_once('.').is_some_and(|(first, _)| first == name);
    let word = |word: &str| matches!(word, "secret" | "template" | "team" | "tag" | "article" | "now");
    word(name)
        || p.hir.symbols.iter().any(|(kind, known, _)| *kind == SymbolKind::Calendar && **known == *name)
        || p.hir.actions.iter().any(|action| *action.name == *name || begins(&action.name))
        || p.hir.flows.iter().any(|flow| begins(&flow.name))
        || p.hir.calendars.iter().any(|calendar| *calendar.name == *name)
        || p.hir.enums.iter().any(|found| *found.name == *name)
        || p.hir.records.iter().any(|record| *record.name == *name)
}

/// The names at the beginning of everything that an expression looks at.
fn names<'e>(expr: &'e Expr, out: &mut Vec<&'e str>) {
    let call = |call: &'e Call, out: &mut Vec<&'e str>| {
        if let ExprKind::Field { base, .. } = &call.callee.kind {
            names(base, out);
        }
        call.args.iter().for_each(|arg| names(&arg.value, out));
    };
    match &expr.kind {
        ExprKind::Name(name) => out.push(name),
        ExprKind::Str(text) => {
            for part in &text.parts {
                if let StrPart::Expr(expr) = part {
                    names(expr, out);
                }
            }
        }
        ExprKind::Field { base, .. } => names(base, out),
        ExprKind::Call(inner) => call(inner, out),
        ExprKind::Unary { operand, .. } => names(operand, out),
        ExprKind::Binary { left, right, .. } => {
            names(left, out);
            names(right, out);
        }
        ExprKind::List(items) => items.iter().for_each(|item| names(item, out)),
        ExprKind::Map(entries) => entries.iter().for_each(|entry| names(&entry.value, out)),
        ExprKind::Switch(switch) => {
            names(&switch.subject, out);
            switch.arms.iter().for_each(|arm| names(&arm.value, out));
        }
        _ => {}
    }
}
