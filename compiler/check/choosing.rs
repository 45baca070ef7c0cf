//! Calls that choose among the variants of an enum: `ai.classify(ticket, categories: Category)`.

use super::body::Body;
use crate::diag::{Code, Diagnostic};
use crate::hir::{ActionId, Enum, Expr, ExprKind, Param, Ty};
use crate::syntax::ast;
use std::sync::Arc;

impl Body<'_> {
    /// The arguments of such a call, with what there is to choose from, a text, in the place of the enum's name; and the
    /// type of what comes out. `None` where the argument is no enum, which has been told.
    pub(super) fn choice_args(
        &mut self,
        action: ActionId,
        at: usize,
        slots: &[Param],
        args: &[ast::Arg],
    ) -> Option<(Vec<ast::Arg>, Option<Ty>)> {
        let mut args = args.to_vec();
        // What is missing is told with the others.
        let Some(arg) = given(slots, at, &mut args) else { return Some((args, None)) };
        let Some(Ty::Enum(id)) = self.enum_to_choose_from(action, &arg.value) else { return None };
        let def = self.p.hir.enums.get(id.0 as usize)?;
        let choices: Arc<str> = labels(def).to_string().into();
        stand_in(arg, choices);
        let record = self.p.chosen.get(id.0 as usize)?;
        Some((args, Some(Ty::Record(*record))))
    }

    fn enum_to_choose_from(&mut self, action: ActionId, value: &ast::Expr) -> Option<Ty> {
        let ty = self.type_argument(value)?;
        if matches!(ty, Ty::Enum(_)) {
            return Some(ty);
        }
        let (name, ty) =
            (self.p.hir.actions.get(action.0 as usize).map(|action| action.name.clone()), self.p.show(&ty));
        let name = name.unwrap_or_default();
        self.wrong(
            Diagnostic::new(Code::WrongType, value.span, format!("`{name}` chooses among the variants of an enum."))
                .at(format!("this is `{ty}`"))
                .help("Declare one, as in `enum Category { billing, outage }`, and name it here."),
        );
        None
    }

    /// Whether this is such a call.
    pub(super) fn chooses(&self, call: &Expr) -> bool {
        let ExprKind::Action(call) = &call.kind else { return false };
        self.p.hir.actions.get(call.action.0 as usize).is_some_and(|action| action.outward.chooses.is_some())
    }

    /// What comes out of such a call.
    pub(super) fn chosen(&self, made: Expr, ty: Ty) -> Expr {
        let span = made.span;
        Expr { kind: ExprKind::Decode(Box::new(made)), ty, span }
    }
}

/// The argument for a parameter, where it is given.
pub(super) fn given<'a>(slots: &[Param], at: usize, args: &'a mut [ast::Arg]) -> Option<&'a mut ast::Arg> {
    let name = slots.get(at).map(|slot| slot.name.clone());
    let place = args.iter().enumerate().position(|(index, arg)| match &arg.name {
        Some(given) => name.as_ref().is_some_and(|name| **name == *given.as_str()),
        None => index == at,
    });
    args.get_mut(place?)
}

/// Puts a text in the place of the name of a type.
pub(super) fn stand_in(arg: &mut ast::Arg, text: Arc<str>) {
    let span = arg.value.span;
    let text = ast::StrLit { span, parts: vec![ast::StrPart::Text { text, span }], block: false };
    arg.value = ast::Expr::new(arg.value.id, span, ast::ExprKind::Str(text));
}

/// What there is to choose from, as JSON: name, label and documentation of each variant.
pub(super) fn labels(def: &Enum) -> serde_json::Value {
    let mut docs = def.docs.iter();
    let mut all = Vec::with_capacity(def.variants.len());
    for (name, label) in &def.variants {
        let doc = docs.next().map_or("", |doc| &**doc);
        all.push(serde_json::json!({ "name": **name, "label": **label, "doc": doc }));
    }
    serde_json::Value::Array(all)
}
