//! Actions that choose among the variants of an enum, `ai.classify(ticket, categories: Category)`: for each enum there is a
//! record of what comes out, whose field of type `Enum` is a variant of it.

use super::Project;
use crate::check::Module;
use crate::hir::{EnumId, Record, RecordId, Ty};
use crate::syntax::ast::{self, ItemKind, TypeKind};
use std::sync::Arc;

/// In the library: the type of a parameter that takes the name of an enum, and of what is chosen.
pub(super) const ENUM: &str = "Enum";

/// In the library: the type of a parameter that takes the name of a record, which is described to it as a text.
pub(super) const RECORD: &str = "Record";

/// Whether a type is written `Record`.
pub(crate) fn is_record(ty: &ast::TypeExpr) -> bool {
    matches!(&ty.kind, TypeKind::Named { path, args } if args.is_empty() && path.dotted() == RECORD)
}

/// Whether a type is written `Enum`.
pub(super) fn is_enum(ty: &ast::TypeExpr) -> bool {
    matches!(&ty.kind, TypeKind::Named { path, args } if args.is_empty() && path.dotted() == ENUM)
}

/// Makes the records, one for each enum: those that nothing names are no part of a program.
pub(crate) fn chosen(project: &mut Project, modules: &[Module<'_>]) {
    let made: Vec<RecordId> = project.hir.actions.iter().filter_map(|action| Some(action.outward.chooses?.1)).collect();
    let Some(template) = made.first().copied() else { return };
    let Some(record) = project.hir.records.get(template.0 as usize).cloned() else { return };
    let fields = modules.iter().filter(|module| module.library).flat_map(|module| &module.tree.items);
    let fields = fields.filter_map(|item| match &item.kind {
        ItemKind::Record(decl) if decl.name.span == record.span => Some(&decl.fields),
        _ => None,
    });
    let places: Vec<&str> =
        fields.flatten().filter(|field| is_enum(&field.ty)).map(|field| field.name.as_str()).collect();
    let names = project.record_fields.get(template.0 as usize).cloned().unwrap_or_default();
    for (at, one) in project.hir.enums.iter().enumerate() {
        let mut own = Record { name: Arc::from(format!("{}<{}>", record.name, one.name)), ..record.clone() };
        for field in own.fields.iter_mut().filter(|field| places.contains(&&*field.name)) {
            field.ty = Ty::Enum(EnumId(at as u32));
        }
        project.chosen.push(RecordId(project.hir.records.len() as u32));
        project.hir.records.push(own);
        project.record_fields.push(names.clone());
    }
}
