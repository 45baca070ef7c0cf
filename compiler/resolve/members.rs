//! Second pass, part one: fields of records and entities, with what `extend` adds.

use super::collect::duplicate;
use super::{Map, Project, TypeDef, few, nearest};
use crate::check::Module;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{EntityField, EntityId, RecordField, RecordId, Ty};
use crate::syntax::ast::{self, ItemKind};
use std::sync::Arc;

use super::signatures::{DefaultFor, Defaults};

/// Fills in the fields of records and entities.
pub(crate) fn extend_and_fill<'a>(
    project: &mut Project,
    modules: &[Module<'a>],
    defaults: &mut Defaults<'a>,
    out: &mut Vec<Diagnostic>,
) {
    // Declared fields come before those of `extend`, whatever the order of the files.
    for (index, module) in modules.iter().enumerate() {
        for item in &module.tree.items {
            match &item.kind {
                ItemKind::Record(decl) => record(project, index, module.library, decl, defaults, out),
                ItemKind::Entity(decl) if module.library => {
                    if let Some(id) = project.entity(decl.name.as_str()) {
                        entity(project, index, id, decl, false, defaults, out);
                    }
                }
                _ => {}
            }
        }
    }
    for (index, module) in modules.iter().enumerate() {
        for item in &module.tree.items {
            if let ItemKind::Extend(decl) = &item.kind {
                extend(project, index, decl, defaults, out);
            }
        }
    }
    recursion(project, out);
}

fn record<'a>(
    project: &mut Project,
    module: usize,
    library: bool,
    decl: &'a ast::FieldsDecl,
    defaults: &mut Defaults<'a>,
    out: &mut Vec<Diagnostic>,
) {
    let scope = if library { Some(&project.library) } else { project.modules.get(module) };
    let Some(TypeDef::Record(id)) = scope.and_then(|scope| scope.types.get(decl.name.as_str())).copied() else {
        return;
    };
    // Of two records of one name only the first is in the tables.
    if project.hir.records.get(id.0 as usize).is_none_or(|record| record.span != decl.name.span) {
        return;
    }
    let mut names: Map<u32> = Map::default();
    let mut fields = Vec::with_capacity(decl.fields.len());
    let mut spans: Vec<Span> = Vec::with_capacity(decl.fields.len());
    for field in &decl.fields {
        let name = field.name.name.shared().clone();
        if let Some(first) = names.get(&name) {
            let first = spans.get(*first as usize).copied().unwrap_or(decl.name.span);
            out.push(duplicate("field", &name, field.name.span, first));
            continue;
        }
        let ty = stored(project.ty(module, &field.ty, out), field, out);
        if let Some(default) = &field.default {
            defaults.push(DefaultFor::Record(id, fields.len()), module, default, ty.clone(), field.name.span);
        }
        if let Some(first) = field.annotations.first() {
            out.push(unknown_annotation(first, &[]));
        }
        names.insert(name.clone(), fields.len() as u32);
        spans.push(field.name.span);
        let doc = field.docs.clone().unwrap_or_default();
        fields.push(RecordField { name, ty, default: None, doc, span: field.name.span });
    }
    if let Some(record) = project.hir.records.get_mut(id.0 as usize) {
        record.fields = fields;
    }
    let at = id.0 as usize;
    if project.record_fields.len() <= at {
        project.record_fields.resize_with(at + 1, Map::default);
    }
    project.record_fields[at] = names;
}

fn entity<'a>(
    project: &mut Project,
    module: usize,
    id: EntityId,
    decl: &'a ast::FieldsDecl,
    custom: bool,
    defaults: &mut Defaults<'a>,
    out: &mut Vec<Diagnostic>,
) {
    let at = id.0 as usize;
    for field in &decl.fields {
        let name = field.name.name.shared().clone();
        let first = project
            .entity_field(id, &name)
            .and_then(|first| project.hir.entities.get(at)?.fields.get(first as usize))
            .map(|field| field.span);
        if let Some(first) = first {
            out.push(duplicate("field", &name, field.name.span, first));
            continue;
        }
        if project.method(id, &name).is_some() {
            continue;
        }
        let ty = stored(project.ty(module, &field.ty, out), field, out);
        let mut made = EntityField {
            name: name.clone(),
            ty: ty.clone(),
            default: None,
            readonly: false,
            indexed: false,
            unique: false,
            custom,
            doc: field.docs.clone().unwrap_or_else(|| Arc::from("")),
            span: field.name.span,
        };
        for annotation in &field.annotations {
            match annotation.name.as_str() {
                "readonly" => made.readonly = true,
                "indexed" => made.indexed = true,
                "unique" => made.unique = true,
                _ => out.push(unknown_annotation(annotation, &["readonly", "indexed", "unique"])),
            }
        }
        // A record that was there before the field has to read as something.
        if custom && field.default.is_none() && !ty.is_optional() && ty != Ty::Error && !matches!(ty, Ty::List(_)) {
            out.push(
                Diagnostic::new(
                    Code::MissingArgument,
                    field.name.span,
                    format!("The new property `{name}` needs a value for those who do not have one yet."),
                )
                .at("neither a default nor `?`")
                .help("Give a default, as in `score: Int = 0`, or say that it may be missing, as in `score: Int?`.")
                .fix(
                    "say that it may be missing",
                    vec![(Span::new(field.ty.span.file, field.ty.span.end, field.ty.span.end), "?".to_owned())],
                ),
            );
        }
        let Some(target) = project.hir.entities.get_mut(at) else { return };
        let index = target.fields.len();
        if let Some(default) = &field.default {
            defaults.push(DefaultFor::Entity(id, index), module, default, ty, field.name.span);
        }
        target.fields.push(made);
        if let Some(names) = project.entity_fields.get_mut(at) {
            names.insert(name, index as u32);
        }
    }
}

fn extend<'a>(
    project: &mut Project,
    module: usize,
    decl: &'a ast::FieldsDecl,
    defaults: &mut Defaults<'a>,
    out: &mut Vec<Diagnostic>,
) {
    let name = decl.name.as_str();
    match project.entity(name) {
        Some(id) => entity(project, module, id, decl, true, defaults, out),
        None => {
            let mut diagnostic =
                Diagnostic::new(Code::UnknownType, decl.name.span, format!("There is no entity `{name}` to extend."));
            let entities = project.hir.entities.iter().map(|entity| &*entity.name);
            let near = project.nearest(name, entities.clone()).map(str::to_owned);
            diagnostic = match &near {
                Some(near) => diagnostic
                    .help(format!("Did you mean `{near}`?"))
                    .fix(format!("replace `{name}` by `{near}`"), vec![(decl.name.span, near.clone())]),
                None => diagnostic.help(format!("Only entities can be extended: {}.", few(entities))),
            };
            out.push(diagnostic);
            // Its fields are there as they were meant.
            if let Some(id) = near.and_then(|near| project.entity(&near)) {
                entity(project, module, id, decl, true, defaults, out);
            }
        }
    }
}

/// Refuses types that no record may hold.
fn stored(ty: Ty, field: &ast::FieldDecl, out: &mut Vec<Diagnostic>) -> Ty {
    let refused = match ty.present() {
        Ty::Secret => "A secret is never stored; a run holds its name only.",
        Ty::Failure => "A failure lives in the flow that catches it; store its `kind` or `message`.",
        Ty::Run => "A run cannot be a field.",
        _ => return ty,
    };
    let code = if ty.present() == Ty::Secret { Code::SecretOutside } else { Code::OtherKindOfName };
    out.push(
        Diagnostic::new(code, field.ty.span, format!("The field `{}` cannot have this type.", field.name.name))
            .at("cannot be a field")
            .help(refused),
    );
    Ty::Error
}

pub(super) fn unknown_annotation(annotation: &ast::Annotation, known: &[&str]) -> Diagnostic {
    let name = annotation.name.as_str();
    let diagnostic =
        Diagnostic::new(Code::UnknownSetting, annotation.name.span, format!("There is no `@{name}` here."));
    match nearest(name, known.iter().copied()) {
        Some(near) => diagnostic
            .help(format!("Did you mean `@{near}`?"))
            .fix(format!("replace `@{name}` by `@{near}`"), vec![(annotation.name.span, near.to_owned())]),
        None if known.is_empty() => diagnostic.help("Nothing is annotated here; remove it."),
        None => diagnostic.help(format!("Known here: @{}.", known.join(", @"))),
    }
}

/// Refuses records that contain themselves, by whatever way: a value of one could not be written down.
fn recursion(project: &mut Project, out: &mut Vec<Diagnostic>) {
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        New,
        Open,
        Done,
    }
    let count = project.hir.records.len();
    project.record_fields.resize_with(count, Map::default);
    let mut marks = vec![Mark::New; count];
    let mut broken = Vec::new();
    // A stack of (record, next field), so that a long chain of records is no deep recursion.
    for start in 0..count {
        if marks[start] != Mark::New {
            continue;
        }
        marks[start] = Mark::Open;
        let mut stack = vec![(start, 0_usize)];
        while let Some((record, next)) = stack.last_mut() {
            let Some(field) = project.hir.records.get(*record).and_then(|item| item.fields.get(*next)) else {
                marks[*record] = Mark::Done;
                stack.pop();
                continue;
            };
            let (record, at) = (*record, *next);
            *next += 1;
            let Some(RecordId(inner)) = record_within(&field.ty) else { continue };
            let inner = inner as usize;
            match marks.get(inner) {
                Some(Mark::New) => {
                    marks[inner] = Mark::Open;
                    stack.push((inner, 0));
                }
                Some(Mark::Open) => broken.push((record, at, inner)),
                _ => {}
            }
        }
    }
    for (record, field, inner) in broken {
        let name = project.hir.records.get(inner).map_or_else(|| Arc::from(""), |item| item.name.clone());
        let Some(item) = project.hir.records.get_mut(record) else { continue };
        let Some(part) = item.fields.get_mut(field) else { continue };
        part.ty = Ty::Error;
        out.push(
            Diagnostic::new(
                Code::RecursiveType,
                item.span,
                format!("The record `{}` contains itself, through its field `{}`.", bare(&item.name), part.name),
            )
            .at(format!("`{}` leads back to `{}`", part.name, bare(&name)))
            .help("Hold an id instead, as in `parent_id: Text?`, or take it as `Json` and decode it step by step."),
        );
    }
}

fn record_within(ty: &Ty) -> Option<RecordId> {
    match ty {
        Ty::Record(id) => Some(*id),
        Ty::List(inner) | Ty::Map(inner) | Ty::Optional(inner) => record_within(inner),
        _ => None,
    }
}

/// A name without its file's.
fn bare(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}
