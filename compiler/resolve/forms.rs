//! Forms: each is an event, `form.demo.submitted`, that carries the contact and what was filled in.

use super::Project;
use super::collect::duplicate;
use super::signatures::Params;
use crate::diag::{Code, Diagnostic};
use crate::hir::{Event, EventId, Ty};
use crate::syntax::ast;
use std::sync::Arc;

/// The contact who filled it in.
const WHO: &str = "contact";

/// Declares the event of a form.
pub(super) fn form(project: &mut Project, module: usize, decl: &ast::FieldsDecl, out: &mut Vec<Diagnostic>) {
    let name: Arc<str> = Arc::from(format!("form.{}.submitted", decl.name.name));
    if let Some(first) = project.events.get(&name).and_then(|id| project.hir.events.get(id.0 as usize)) {
        out.push(duplicate("form", decl.name.as_str(), decl.name.span, first.span));
        return;
    }
    let mut carried: Vec<(Arc<str>, Ty)> = Vec::new();
    carried.extend(project.entity("Contact").map(|contact| (Arc::from(WHO), Ty::Entity(contact))));
    let mut names = Params::new(project, module);
    for field in &decl.fields {
        if field.name.as_str() == WHO {
            out.push(
                Diagnostic::new(Code::DuplicateName, field.name.span, "Who filled the form in is `contact` already.")
                    .at("this name is taken")
                    .help("Give the field another name: the contact is found by its email address or phone number."),
            );
            continue;
        }
        if let Some(default) = &field.default {
            out.push(
                Diagnostic::new(Code::NotYet, default.span, "Defaults of what a form asks are not carried out yet.")
                    .help("Say that it may be missing, as in `company: Text?`."),
            );
        }
        let Some(ty) = names.named("field", &field.name, &field.ty, out) else { continue };
        if !can_be_typed(&ty.present()) {
            let shown = ty.show(&project.hir).to_string();
            let shown = shown.rsplit('.').next().unwrap_or(&shown);
            out.push(
                Diagnostic::new(Code::NotAskable, field.ty.span, format!("Nobody can fill a `{shown}` into a form."))
                    .help("A form asks for texts, numbers, dates, addresses, yes or no, and enums."),
            );
        }
        carried.push((field.name.name.shared().clone(), ty));
    }
    let id = EventId(project.hir.events.len() as u32);
    project.events.insert(name.clone(), id);
    project.hir.events.push(Event { name, params: carried, span: decl.name.span });
}

/// Whether a person can type it.
fn can_be_typed(ty: &Ty) -> bool {
    matches!(
        ty,
        Ty::Error
            | Ty::Text
            | Ty::Bool
            | Ty::Int
            | Ty::Number
            | Ty::Date
            | Ty::TimeOfDay
            | Ty::Email
            | Ty::Phone
            | Ty::Url
            | Ty::Enum(_)
    )
}
