//! Types as written, understood.

use super::{Project, SYMBOL_KINDS};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Reference, Ty};
use crate::syntax::ast::{Ident, TypeExpr, TypeKind};
use std::sync::Arc;

/// The language's own type of this name.
pub(super) fn builtin(name: &str) -> Option<Ty> {
    Some(match name {
        "Text" => Ty::Text,
        "Bool" => Ty::Bool,
        "Int" => Ty::Int,
        "Number" => Ty::Number,
        "Money" => Ty::Money(None),
        "Duration" => Ty::Duration,
        "Instant" => Ty::Instant,
        "Date" => Ty::Date,
        "TimeOfDay" => Ty::TimeOfDay,
        "TimeZone" => Ty::TimeZone,
        "Email" => Ty::Email,
        "Phone" => Ty::Phone,
        "Url" => Ty::Url,
        "Secret" => Ty::Secret,
        "File" => Ty::File,
        "Json" => Ty::Json,
        "Failure" => Ty::Failure,
        "Run" => Ty::Run,
        "Assignee" => Ty::Assignee,
        // `Secret` is a type of its own, above.
        _ => Ty::Symbol(SYMBOL_KINDS.iter().copied().find(|kind| kind.type_name() == name)?),
    })
}

/// The names of the language's own types.
pub(crate) const BUILTIN_NAMES: &[&str] = &[
    "Text",
    "Bool",
    "Int",
    "Number",
    "Money",
    "Duration",
    "Instant",
    "Date",
    "TimeOfDay",
    "TimeZone",
    "Email",
    "Phone",
    "Url",
    "Secret",
    "File",
    "Json",
    "Failure",
    "Run",
    "Assignee",
    "List",
    "Map",
    "Tag",
    "Team",
    "Template",
    "Selection",
    "ArticleName",
    "Calendar",
    "Project",
    "Interest",
    "Link",
    "TicketCategory",
];

/// Names people bring from other languages.
fn known_elsewhere(name: &str) -> Option<&'static str> {
    Some(match name {
        "String" | "string" | "str" | "Str" => "Text",
        "Integer" | "integer" | "int" | "Long" => "Int",
        "Float" | "float" | "Double" | "double" | "Decimal" | "decimal" | "number" => "Number",
        "Boolean" | "boolean" | "bool" => "Bool",
        "DateTime" | "Timestamp" | "datetime" => "Instant",
        "Array" | "array" | "Vec" | "list" => "List",
        "map" | "Dict" | "Object" | "Dictionary" | "HashMap" => "Map",
        "User" | "Customer" | "Person" => "Contact",
        "Any" | "any" | "Unknown" => "Json",
        _ => return None,
    })
}

/// A type with types in it, as other languages write it: `Array<Text>`, `Optional<Text>`.
fn container_elsewhere(name: &str, written: &TypeExpr, args: &[TypeExpr]) -> Option<Diagnostic> {
    let [inner] = args else { return None };
    let told = |what: &str, written_so: String| {
        Diagnostic::new(Code::UnknownType, written.span, format!("There is no type `{name}`."))
            .at("nothing declares this type")
            .help(format!("{what} is written `{written_so}`."))
    };
    let head = Span::new(written.span.file, written.span.start, inner.span.start);
    Some(match known_elsewhere(name) {
        Some(near @ ("List" | "Map")) => {
            let what = if near == "List" { "A list" } else { "A map, whose keys are texts," };
            told(what, format!("{near}<Text>")).fix(format!("write `{near}`"), vec![(head, format!("{near}<"))])
        }
        _ if matches!(name, "Set" | "Iterable" | "Sequence") => {
            told("A list", "List<Text>".to_owned()).fix("write `List`", vec![(head, "List<".to_owned())])
        }
        _ if matches!(name, "Optional" | "Option" | "Maybe" | "Nullable") => {
            let tail = Span::new(written.span.file, inner.span.end, written.span.end);
            told("What may be missing", "Text?".to_owned())
                .fix("write `?`", vec![(head, String::new()), (tail, "?".to_owned())])
        }
        _ => return None,
    })
}

impl Project {
    /// The type that is written there; what it is not is reported and yields `Ty::Error`.
    pub fn ty(&self, module: usize, written: &TypeExpr, out: &mut Vec<Diagnostic>) -> Ty {
        match &written.kind {
            TypeKind::Error => Ty::Error,
            TypeKind::Optional(inner) => self.ty(module, inner, out).optional(),
            TypeKind::Named { path, args } => {
                let name = path.dotted();
                if name == "List" || name == "Map" {
                    return self.container(module, &name, written, args, out);
                }
                if let Some(diagnostic) = container_elsewhere(&name, written, args) {
                    out.push(diagnostic);
                    return Ty::Error;
                }
                if let Some(first) = args.first() {
                    out.push(
                        Diagnostic::new(Code::UnknownType, written.span, format!("`{name}` takes no type in `< >`."))
                            .at(format!("`{name}` stands alone"))
                            .label(first.span, "nothing can stand here")
                            .fix("remove the types", vec![(written.span, name)]),
                    );
                    return Ty::Error;
                }
                self.named(module, &name, written, out)
            }
        }
    }

    /// What the names in a type that is written there stand for.
    pub fn named_in(&self, module: usize, written: &TypeExpr, out: &mut Vec<Reference>) {
        match &written.kind {
            TypeKind::Error => {}
            TypeKind::Optional(inner) => self.named_in(module, inner, out),
            TypeKind::Named { path, args } => {
                args.iter().for_each(|inner| self.named_in(module, inner, out));
                let [before @ .., name] = path.segments.as_slice() else { return };
                let found = match before {
                    [] => self.type_named(module, name.as_str()).ok().flatten(),
                    of => {
                        let of: Vec<&str> = of.iter().map(Ident::as_str).collect();
                        self.type_in(&of.join("."), name.as_str())
                    }
                };
                if let Some(def) = found.filter(|_| builtin(name.as_str()).is_none() || !before.is_empty()) {
                    out.push(Reference { span: name.span, to: def.definition() });
                }
            }
        }
    }

    fn container(
        &self,
        module: usize,
        name: &str,
        written: &TypeExpr,
        args: &[TypeExpr],
        out: &mut Vec<Diagnostic>,
    ) -> Ty {
        let [inner] = args else {
            let diagnostic = match args {
                [key, value] if name == "Map" => {
                    let of = Span::new(key.span.file, key.span.start, value.span.start);
                    Diagnostic::new(
                        Code::UnknownType,
                        written.span,
                        "The keys of a `Map` are texts, and are not named.",
                    )
                    .label(key.span, "the type of the keys")
                    .help("Write what it holds alone, as in `Map<Int>`.")
                    .fix("leave the keys out", vec![(of, String::new())])
                }
                [] => Diagnostic::new(Code::UnknownType, written.span, format!("`{name}` needs to know of what."))
                    .help(format!("Write what it holds, as in `{name}<Text>`.")),
                _ => Diagnostic::new(Code::UnknownType, written.span, format!("`{name}` holds values of one type."))
                    .help(format!("Write what it holds, as in `{name}<Text>`.")),
            };
            out.push(diagnostic);
            return Ty::Error;
        };
        let inner = self.ty(module, inner, out);
        match (&inner, name) {
            (Ty::Error, _) => Ty::Error,
            (_, "List") => Ty::List(Arc::new(inner)),
            _ => Ty::Map(Arc::new(inner)),
        }
    }

    fn named(&self, module: usize, name: &str, written: &TypeExpr, out: &mut Vec<Diagnostic>) -> Ty {
        if let Some(ty) = builtin(name) {
            return ty;
        }
        let in_library = || self.module_titles.get(module).is_some_and(|title| title.is_empty());
        let of_library = || in_library() || self.library_flows.contains(&module);
        if (name == super::chosen::ENUM && in_library()) || (name == super::chosen::RECORD && of_library()) {
            return Ty::Text;
        }
        let found = match name.rsplit_once('.') {
            Some((of, bare)) => Ok(self.type_in(of, bare)),
            None => self.type_named(module, name),
        };
        match found {
            Ok(Some(def)) => def.ty(),
            Ok(None) => {
                out.push(self.unknown_type(module, name, written));
                Ty::Error
            }
            Err(several) => {
                let names: Vec<_> = several.iter().map(|def| self.full_type_name(*def)).collect();
                let mut diagnostic = Diagnostic::new(
                    Code::AmbiguousType,
                    written.span,
                    format!("Several files declare a type `{name}`; which is meant?"),
                )
                .help(format!("Say which, with the name of its file in front: `{}`.", names.join("` or `")));
                for name in names {
                    diagnostic = diagnostic.fix(format!("use `{name}`"), vec![(written.span, name.to_string())]);
                }
                out.push(diagnostic);
                Ty::Error
            }
        }
    }

    /// Whether a name stands for a record where it is used.
    pub fn is_record(&self, module: usize, name: &str) -> bool {
        matches!(self.type_named(module, name), Ok(Some(super::TypeDef::Record(_))))
    }

    fn unknown_type(&self, module: usize, name: &str, written: &TypeExpr) -> Diagnostic {
        let diagnostic = Diagnostic::new(Code::UnknownType, written.span, format!("There is no type `{name}`."))
            .at("nothing declares this type");
        let own = self.modules.get(module).map(|scope| &scope.types);
        let declared = own.into_iter().flat_map(|types| types.keys());
        let declared = declared.chain(self.library.types.keys()).chain(self.shared_types.keys()).map(|name| &**name);
        let near = known_elsewhere(name).or_else(|| self.nearest(name, declared.chain(BUILTIN_NAMES.iter().copied())));
        match near {
            Some(near) => diagnostic
                .help(format!("Did you mean `{near}`?"))
                .fix(format!("replace `{name}` by `{near}`"), vec![(written.span, near.to_owned())]),
            None => diagnostic.help(format!(
                "Declare it, as in `enum {name} {{ … }}` or `record {name} {{ … }}`, or use a type of the language."
            )),
        }
    }
}
