//! `split`: sides by share, for whom is settled by who they are.

use super::body::Body;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{Side, Split, StmtKind};
use crate::resolve::Map;
use crate::syntax::ast;
use flow_bytecode::program::SPLIT_WHOLE;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;

impl Body<'_> {
    #[inline(never)]
    pub fn split(&mut self, item: &ast::Split, span: Span) -> Option<StmtKind> {
        let head = Span::new(span.file, span.start, span.start.saturating_add(5));
        let anchor = self.anchor(item.anchor.as_ref());
        let mut names: Map<Span> = Map::default();
        let mut sum = Decimal::ZERO;
        let mut whole = true;
        let mut sides = Vec::with_capacity(item.arms.len());
        let mut join = self.fork();
        for arm in &item.arms {
            let share = self.share(&arm.share);
            sum = sum.checked_add(share.unwrap_or_default()).unwrap_or(Decimal::MAX);
            whole &= share.is_some();
            if let Some(name) = &arm.name
                && let Some(first) = names.insert(name.name.shared().clone(), name.span)
            {
                self.out.push(
                    Diagnostic::new(Code::DuplicateName, name.span, format!("Two sides are called `{}`.", name.name))
                        .at("used again here")
                        .label(first, "used first here")
                        .help("Sides are told apart by their names, also where they are counted."),
                );
            }
            if share == Some(Decimal::ZERO) {
                self.out.push(
                    Diagnostic::new(Code::Unreachable, arm.share.span, "Nobody comes to this side: its share is 0%.")
                        .at("never taken")
                        .help("Give it a share of the 100%; or take it out, which moves nobody to another side."),
                );
            }
            self.branch(&join, &[]);
            let body = self.block(&arm.body);
            self.branch_end(&mut join);
            let (Some(name), Some(share)) = (&arm.name, share) else { continue };
            let parts = (share * Decimal::from(SPLIT_WHOLE / 100)).to_u32().unwrap_or_default();
            sides.push(Side { name: name.name.shared().clone(), share: parts, body, span: name.span });
        }
        self.join(join);
        if let ([only], true) = (item.arms.as_slice(), whole && sum == Decimal::ONE_HUNDRED) {
            self.out.push(
                Diagnostic::new(Code::BadPercent, head, "This split has one side, so there is nothing to split.")
                    .label(only.share.span, "everyone comes here")
                    .help("Give it another side, with a share of the 100%; or write what it does without `split`."),
            );
        } else if item.arms.is_empty() {
            self.out.push(
                Diagnostic::new(Code::BadPercent, head, "This split has no sides.")
                    .help("Give it two or more, one a line, as in `50% gentle -> welcome_gently(contact)`."),
            );
        } else if whole && sum != Decimal::ONE_HUNDRED {
            self.out.push(
                Diagnostic::new(
                    Code::BadPercent,
                    head,
                    format!("The sides of this split make {}%, not 100%.", sum.normalize()),
                )
                .help("Change them so that they make 100% together."),
            );
        }
        Some(StmtKind::Split(Split { anchor, sides }))
    }

    /// The share of a side in percent, as fine as shares are kept.
    fn share(&mut self, written: &ast::Expr) -> Option<Decimal> {
        let ast::ExprKind::Percent(text) = &written.kind else {
            self.broken |= written.kind == ast::ExprKind::Error;
            return None;
        };
        let share = Decimal::from_str_exact(text).ok()?.normalize();
        if share.scale() > 4 {
            self.out.push(
                Diagnostic::new(Code::BadPercent, written.span, "A share has four decimals at most.")
                    .at("finer than that")
                    .help("Round it; together the sides make 100%."),
            );
            return None;
        }
        Some(share)
    }
}
