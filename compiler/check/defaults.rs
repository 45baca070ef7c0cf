//! Defaults of fields and parameters: constants, checked before any body.

use super::body::Body;
use super::fit::Why;
use super::http;
use crate::diag::{Code, Diagnostic};
use crate::hir::{Expr, ExprKind, Ty};
use crate::resolve::{DefaultFor, Defaults, Project};

/// Fills in every default; whether something could not be understood.
pub(super) fn fill<'a>(project: &mut Project, defaults: Defaults<'a>, out: &mut Vec<Diagnostic>) -> bool {
    let (mut broken, mut references) = (false, Vec::new());
    for default in defaults.0 {
        let name = name_of(project, default.target);
        let mut body = Body::new(project, default.module, out);
        body.enter();
        let value = body.need(default.value, &default.ty, Why::Local(&name, default.span));
        broken |= body.broken;
        references.append(&mut body.references);
        if value.ty != Ty::Error && !is_constant(&value) {
            body.out.push(
                Diagnostic::new(Code::NotConstant, default.value.span, "A default is a value as written.")
                    .at("computed")
                    .help(format!(
                        "Write the value itself; or let it be missing, `{name}: {}? = null`, and compute it where it is \
                         used: `{name} ?? …`.",
                        project.show(&default.ty.present())
                    )),
            );
        }
        store(project, default.target, value);
    }
    project.references.append(&mut references);
    broken | http::templates(project, out)
}

fn name_of(project: &Project, target: DefaultFor) -> String {
    let hir = &project.hir;
    let name = match target {
        DefaultFor::Record(id, at) => {
            hir.records.get(id.0 as usize).and_then(|it| it.fields.get(at)).map(|it| &it.name)
        }
        DefaultFor::Entity(id, at) => {
            hir.entities.get(id.0 as usize).and_then(|it| it.fields.get(at)).map(|it| &it.name)
        }
        DefaultFor::Action(id, at) => {
            hir.actions.get(id.0 as usize).and_then(|it| it.params.get(at)).map(|it| &it.name)
        }
        DefaultFor::Flow(id, at) => hir.flows.get(id.0 as usize).and_then(|it| it.locals.get(at)).map(|it| &it.name),
        DefaultFor::Template(id, at) => {
            project.templates.all.get(id).and_then(|it| it.params.get(at)).map(|it| &it.name)
        }
    };
    name.map_or_else(String::new, |name| name.to_string())
}

fn store(project: &mut Project, target: DefaultFor, value: Expr) {
    let (hir, templates) = (&mut project.hir, &mut project.templates);
    let place = match target {
        DefaultFor::Record(id, at) => {
            hir.records.get_mut(id.0 as usize).and_then(|it| it.fields.get_mut(at)).map(|it| &mut it.default)
        }
        DefaultFor::Entity(id, at) => {
            hir.entities.get_mut(id.0 as usize).and_then(|it| it.fields.get_mut(at)).map(|it| &mut it.default)
        }
        DefaultFor::Action(id, at) => {
            hir.actions.get_mut(id.0 as usize).and_then(|it| it.params.get_mut(at)).map(|it| &mut it.default)
        }
        DefaultFor::Flow(id, at) => {
            hir.flows.get_mut(id.0 as usize).and_then(|it| it.params.get_mut(at)).map(|it| &mut it.default)
        }
        DefaultFor::Template(id, at) => {
            templates.all.get_mut(id).and_then(|it| it.params.get_mut(at)).map(|it| &mut it.default)
        }
    };
    if let Some(place) = place {
        *place = Some(value);
    }
}

/// Whether an expression is a value as written.
fn is_constant(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Null
        | ExprKind::Bool(_)
        | ExprKind::Int(_)
        | ExprKind::Number(_)
        | ExprKind::Money(..)
        | ExprKind::Text(_)
        | ExprKind::Duration(_)
        | ExprKind::Date(_)
        | ExprKind::TimeOfDay(_)
        | ExprKind::Variant(..)
        | ExprKind::FailureKind(_)
        | ExprKind::Symbol(..)
        | ExprKind::Secret(_) => true,
        ExprKind::List(items) | ExprKind::Record(_, items) => items.iter().all(is_constant),
        ExprKind::Map(pairs) => pairs.iter().all(|(_, value)| is_constant(value)),
        ExprKind::Wrap(inner) | ExprKind::Convert(_, inner) | ExprKind::Unary(_, inner) => is_constant(inner),
        _ => false,
    }
}
