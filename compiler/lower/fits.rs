//! What an answer has to be, in words for whoever gave another one.

use super::ask::Limit;
use super::expr::TEXT;
use super::func::Gen;
use super::ir::{Piece, Reg};
use crate::hir::{AskKind, Expr, Ty};
use flow_bytecode::Op;
use std::sync::Arc;

/// One of the options is what a choice takes.
const AN_OPTION: &str = "one of the options";

impl<'h> Gen<'_, 'h> {
    /// Says that none of the options was chosen.
    pub fn refuse_option(&mut self) {
        self.refuse(vec![Part::Word(AN_OPTION)]);
    }

    /// Says that an answer was not what is asked for.
    pub fn refuse_answer(&mut self, kind: &AskKind, min: Option<Limit<'h>>, max: Option<Limit<'h>>) {
        let AskKind::As(ty) = kind else { return self.refuse_option() };
        let ty = ty.present();
        let text = ty == Ty::Text;
        let mut parts = vec![Part::Word(noun(&ty))];
        parts.extend(match (min, max) {
            (None, None) => vec![],
            (Some(min), Some(max)) if text => vec![Part::Word(" of "), min.into(), Part::Word(" to "), max.into()],
            (Some(min), Some(max)) => vec![Part::Word(" from "), min.into(), Part::Word(" to "), max.into()],
            (Some(min), None) if text => vec![Part::Word(" of at least "), min.into()],
            (None, Some(max)) if text => vec![Part::Word(" of at most "), max.into()],
            (Some(min), None) => vec![Part::Word(", not below "), min.into()],
            (None, Some(max)) => vec![Part::Word(", not above "), max.into()],
        });
        if text && parts.len() > 1 {
            parts.push(Part::Word(" characters"));
        }
        self.refuse(parts);
    }

    fn refuse(&mut self, parts: Vec<Part<'h>>) {
        let mark = self.mark();
        let words = self.temporary_of(&TEXT);
        if let [Part::Word(word)] = parts.as_slice() {
            self.text(words, &Arc::from(*word));
        } else {
            let mut pieces = Vec::with_capacity(parts.len());
            for part in parts {
                pieces.push(match part {
                    Part::Word(word) => Piece::Text(self.tables.text(&Arc::from(word))),
                    Part::Limit(limit) => self.shown(limit),
                });
            }
            self.fill(pieces, words);
        }
        self.op2(Op::Refuse, words, Reg(0));
        self.release(mark);
    }

    fn shown(&mut self, limit: Limit<'h>) -> Piece {
        let (reg, expr): (Reg, &'h Expr) = match limit {
            Limit::Constant(expr) => (self.value(expr), expr),
            Limit::Held(reg, expr) => (reg, expr),
        };
        let ty = self.tables.ty(&expr.ty);
        Piece::Hole { bank: super::constant::bank(&expr.ty), reg, ty, escape: flow_bytecode::program::Escape::None }
    }
}

/// A part of what fits.
enum Part<'h> {
    Word(&'static str),
    Limit(Limit<'h>),
}

impl<'h> From<Limit<'h>> for Part<'h> {
    fn from(limit: Limit<'h>) -> Self {
        Part::Limit(limit)
    }
}

fn noun(ty: &Ty) -> &'static str {
    match ty {
        Ty::Email => "an email address, such as name@example.com",
        Ty::Phone => "a phone number with its country code, such as +47 900 12 345",
        Ty::Url => "a link, such as https://example.com",
        Ty::Int => "a whole number",
        Ty::Number => "a number",
        Ty::Date => "a date, such as 2026-03-01",
        Ty::TimeOfDay => "a time, such as 09:30",
        Ty::Bool => "yes or no",
        Ty::File => "a file",
        _ => "a text",
    }
}
