//! Templates of mails: what each is filled in with.

use super::signatures::{DefaultFor, Defaults, Params, documentation};
use super::{Map, Project};
use crate::check::Module;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Param, Ty};
use crate::syntax::ast::{self, ItemKind, NameKind};
use std::sync::Arc;

/// `template welcome`, `template receipt(order: Order)`
#[derive(Debug)]
pub(crate) struct TemplateDef {
    /// Its name.
    pub name: Arc<str>,
    /// What it is filled in with; a template without parentheses has one, `contact: Contact`.
    pub params: Vec<Param>,
    /// Its parameters are written.
    pub written: bool,
    /// Its words name the contact.
    pub names_contact: bool,
    /// Where it is declared.
    pub span: Span,
    /// Index of the module that declares it.
    pub module: usize,
}

/// Templates by name, and as they were declared.
#[derive(Debug, Default)]
pub(crate) struct Templates {
    /// In order.
    pub all: Vec<TemplateDef>,
    /// Their positions.
    pub by_name: Map<usize>,
}

/// Fills in what templates take.
pub(crate) fn templates<'a>(
    project: &mut Project,
    modules: &[Module<'a>],
    defaults: &mut Defaults<'a>,
    out: &mut Vec<Diagnostic>,
) {
    for (index, module) in modules.iter().enumerate() {
        for item in &module.tree.items {
            let ItemKind::Names(decl) = &item.kind else { continue };
            for declared in &decl.names {
                match (decl.kind, &declared.params) {
                    (NameKind::Template, params) => {
                        template(project, index, declared, params.as_deref(), defaults, out);
                    }
                    (_, None) => {}
                    (kind, Some(_)) => out.push(
                        Diagnostic::new(
                            Code::UnexpectedToken,
                            declared.span,
                            format!("A {} takes nothing.", kind.word()),
                        )
                        .help("Only a `template` is filled in with something."),
                    ),
                }
            }
        }
    }
}

fn template<'a>(
    project: &mut Project,
    index: usize,
    declared: &'a ast::DeclaredName,
    written: Option<&'a [ast::Param]>,
    defaults: &mut Defaults<'a>,
    out: &mut Vec<Diagnostic>,
) {
    let name = declared.name.name.shared().clone();
    // That it is declared twice has been told.
    if project.templates.by_name.contains_key(&name) {
        return;
    }
    let id = project.templates.all.len();
    let mut list: Vec<Param> = Vec::new();
    match written {
        Some(written) => {
            let mut params = Params::new(project, index);
            for param in written {
                let Some(ty) = params.next(param, out) else { continue };
                if let Some(default) = &param.default {
                    let target = DefaultFor::Template(id, list.len());
                    defaults.push(target, index, default, ty.clone(), param.name.span);
                }
                list.push(Param {
                    name: param.name.name.shared().clone(),
                    ty,
                    default: None,
                    doc: documentation(param),
                    span: param.name.span,
                });
            }
        }
        None => list.extend(project.entity("Contact").map(|contact| Param {
            name: Arc::from("contact"),
            ty: Ty::Entity(contact),
            default: None,
            doc: Arc::from(""),
            span: Span::default(),
        })),
    }
    project.templates.by_name.insert(name.clone(), id);
    project.templates.all.push(TemplateDef {
        name,
        params: list,
        written: written.is_some(),
        names_contact: false,
        span: declared.name.span,
        module: index,
    });
}
