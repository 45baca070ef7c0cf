//! Calls that collect the fields of a record in conversation: `ai.mission(conversation, goal: "…", collect: Lead)`.
//!
//! A flow of the library is compiled once, for whatever records it is called: it is given the record described as a text, and
//! yields JSON, which the call reads as that record. So neither types nor the machine know type parameters, and a run
//! holds no more than what was collected: the text is a constant of its program.

use super::body::Body;
use super::choosing::{given, labels, stand_in};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Expr, ExprKind, FlowId, Param, RecordId, Ty};
use crate::resolve::is_record;
use crate::syntax::ast;
use serde_json::json;
use std::sync::Arc;

/// The arguments of such a call with the record described in its name's place, and which record it is: none where it is
/// not given, or handed on by a flow of the library.
pub(super) type Described = (Vec<ast::Arg>, Option<RecordId>);

impl Body<'_> {
    /// The parameter of a flow of the library that takes the name of a record.
    pub(super) fn collects(&self, flow: FlowId) -> Option<usize> {
        let source = self.p.flow_sources.get(flow.0 as usize)?;
        let params = &source.decl.params;
        params.iter().position(|param| is_record(&param.ty)).filter(|_| self.p.library_flows.contains(&source.module))
    }

    /// `None` where the argument is no record that can be collected, which has been told.
    pub(super) fn record_args(
        &mut self,
        callee: &str,
        at: usize,
        slots: &[Param],
        args: &[ast::Arg],
    ) -> Option<Described> {
        let mut args = args.to_vec();
        // What is missing is told with the others.
        let Some(arg) = given(slots, at, &mut args) else { return Some((args, None)) };
        let handed_on = matches!(&arg.value.kind, ast::ExprKind::Name(name) if self.local(name).is_some());
        if handed_on && self.p.library_flows.contains(&self.module) {
            return Some((args, None));
        }
        let span = arg.value.span;
        let record = match self.type_argument(&arg.value)? {
            Ty::Record(record) => record,
            other => {
                let other = self.p.show(&other);
                self.wrong(
                    Diagnostic::new(Code::WrongType, span, format!("`{callee}` collects the fields of a record."))
                        .at(format!("this is `{other}`"))
                        .help("Declare one, as in `record Lead { email: Email, company: Text }`, and name it here."),
                );
                return None;
            }
        };
        let text = self.described(record, callee, span)?;
        stand_in(arg, text);
        Some((args, Some(record)))
    }

    /// The record as JSON: what is to be known, how it is called, and what stands above it in the source.
    fn described(&mut self, id: RecordId, callee: &str, span: Span) -> Option<Arc<str>> {
        let p = self.p;
        let record = p.hir.records.get(id.0 as usize)?;
        let name = p.show(&Ty::Record(id));
        let (mut fields, mut needed_any) = (Vec::with_capacity(record.fields.len()), false);
        for field in &record.fields {
            let needed = field.default.is_none() && !field.ty.is_optional();
            let ty = field.ty.present();
            let (many, one) = match &ty {
                Ty::List(item) => (true, (**item).clone()),
                other => (false, other.clone()),
            };
            needed_any |= needed;
            // What is wrong with it has been told where it stands.
            if one == Ty::Error {
                self.broken = true;
                return None;
            }
            let Some(kind) = kind(&one) else {
                if !needed {
                    continue;
                }
                let message = format!("`{}` of `{name}` cannot be collected in conversation.", field.name);
                let shown = p.show(&field.ty);
                self.wrong(
                    Diagnostic::new(Code::NotCollected, span, message)
                        .at(format!("`{callee}` would have to ask for it"))
                        .label(field.span, format!("a `{shown}` is not said in words"))
                        .help(format!(
                            "Make it one that may be missing, `{}: {shown}?`, or give it a default, and fill it in afterwards. \
                             Collected are Text, Email, Phone, Url, Int, Number, Date, TimeOfDay, Bool, enums, and lists of them.",
                            field.name
                        )),
                );
                return None;
            };
            let choices = match &one {
                Ty::Enum(id) => p.hir.enums.get(id.0 as usize).map(labels).unwrap_or_default(),
                _ => json!([]),
            };
            fields.push(json!({
                "name": *field.name, "doc": *field.doc, "kind": kind, "many": many, "needed": needed, "choices": choices,
            }));
        }
        if !needed_any {
            self.wrong(
                Diagnostic::new(Code::NotCollected, span, format!("There is nothing to collect of `{name}`."))
                    .at("every field may be missing, or has a default")
                    .label(record.span, "declared here")
                    .help("Leave the `?` and the default out of what has to be known."),
            );
            return None;
        }
        Some(json!({ "name": name, "doc": *record.doc, "fields": fields }).to_string().into())
    }

    /// What such a call yields: JSON, or nothing, read as the record.
    pub(super) fn collected(&self, call: Expr, record: RecordId) -> Expr {
        let span = call.span;
        Expr { kind: ExprKind::Decode(Box::new(call)), ty: Ty::Record(record).optional(), span }
    }

    /// Whether this is such a call.
    pub(super) fn is_collecting(&self, call: &Expr) -> bool {
        matches!(call.kind, ExprKind::Call { flow, .. } if self.collects(flow).is_some())
    }
}

/// What people say in words, by the name that the description has for it. Of what `ask … as` takes all but files.
fn kind(ty: &Ty) -> Option<&'static str> {
    Some(match ty {
        Ty::Text => "text",
        Ty::Email => "email",
        Ty::Phone => "phone",
        Ty::Url => "url",
        Ty::Int => "int",
        Ty::Number => "number",
        Ty::Date => "date",
        Ty::TimeOfDay => "time",
        Ty::Bool => "bool",
        Ty::Enum(_) => "enum",
        _ => return None,
    })
}
