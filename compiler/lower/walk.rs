//! Questions about expressions, answered by walking them.

use crate::hir::{AskKind, Expr, ExprKind, TemplatePart};

/// Whether an expression does something to the world, or waits.
pub(super) fn has_effect(expr: &Expr) -> bool {
    match &expr.kind {
        ExprKind::Action { args, class, .. } => {
            *class != flow_bytecode::program::EffectClass::Pure || args.iter().any(has_effect)
        }
        ExprKind::Call { .. } | ExprKind::Start { .. } | ExprKind::Ask(_) => true,
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
        | ExprKind::Secret(_)
        | ExprKind::Local(_) => false,
        ExprKind::Template(parts) => parts.iter().any(|part| match part {
            TemplatePart::Text(_) => false,
            TemplatePart::Hole(hole) | TemplatePart::UrlHole(hole) => has_effect(hole),
        }),
        ExprKind::Field { base, .. } | ExprKind::Part { base, .. } | ExprKind::EventPart { base, .. } => {
            has_effect(base)
        }
        ExprKind::Chain { base, then, .. } => has_effect(base) || has_effect(then),
        ExprKind::Coalesce { left, right } | ExprKind::Binary(_, left, right) | ExprKind::Item(left, right) => {
            has_effect(left) || has_effect(right)
        }
        ExprKind::Unwrap(inner)
        | ExprKind::Wrap(inner)
        | ExprKind::Convert(_, inner)
        | ExprKind::Unary(_, inner)
        | ExprKind::Len(inner)
        | ExprKind::Decode(inner)
        | ExprKind::Raise(inner) => has_effect(inner),
        ExprKind::List(items) | ExprKind::Record(_, items) | ExprKind::Intrinsic(_, items) => {
            items.iter().any(has_effect)
        }
        ExprKind::Map(pairs) => pairs.iter().any(|(_, value)| has_effect(value)),
        ExprKind::Switch { subject, arms, otherwise } => {
            has_effect(subject)
                || arms.iter().any(|(_, value)| has_effect(value))
                || otherwise.as_deref().is_some_and(has_effect)
        }
        ExprKind::Let { bindings, body } => bindings.iter().any(|(_, value)| has_effect(value)) || has_effect(body),
    }
}

/// What a channel should expect as an answer.
pub(super) fn expects(kind: &AskKind) -> flow_bytecode::program::Expects {
    use crate::hir::Ty;
    use flow_bytecode::program::Expects;
    match kind {
        AskKind::From { .. } | AskKind::Enum(_) => Expects::Choice,
        AskKind::As(ty) => match ty.present() {
            Ty::Email => Expects::Email,
            Ty::Phone => Expects::Phone,
            Ty::Url => Expects::Url,
            Ty::Int => Expects::Int,
            Ty::Number => Expects::Number,
            Ty::Date => Expects::Date,
            Ty::File => Expects::File,
            Ty::Bool => Expects::Bool,
            _ => Expects::Text,
        },
    }
}
