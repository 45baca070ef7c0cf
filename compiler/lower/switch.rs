//! `switch`, as a statement and as a value: one look into a table.

use super::MarkKind;
use super::constant::bank;
use super::expr::{BOOL, NUMBER, is_text};
use super::func::{Gen, RegTy};
use super::ir::{Ins, Label, Reg, Switch};
use crate::hir::{Block, Expr, Pattern, SwitchArm, Ty};
use flow_bytecode::op::Cmp;
use flow_bytecode::{Bank, Op};

impl<'h> Gen<'_, 'h> {
    /// A switch statement.
    pub fn switch(&mut self, subject: &'h Expr, arms: &'h [SwitchArm], otherwise: &'h Block) {
        let (end, default) = (self.label(), self.label());
        let labels: Vec<Label> = arms.iter().map(|_| self.label()).collect();
        self.dispatch(subject, arms.iter().map(|arm| &*arm.patterns).zip(labels.iter().copied()), default);
        for (arm, label) in arms.iter().zip(labels) {
            self.bind(label);
            self.branch_reached(&arm.body);
            self.block(&arm.body);
            self.jump(end);
        }
        self.bind(default);
        if !otherwise.stmts.is_empty() {
            self.branch_reached(otherwise);
        }
        self.block(otherwise);
        self.bind(end);
    }

    /// A switch that yields a value.
    pub fn switch_value(
        &mut self,
        subject: &'h Expr,
        arms: &'h [(Vec<Pattern>, Expr)],
        otherwise: Option<&'h Expr>,
        dest: Reg,
    ) {
        let fills = self.fills.take();
        let (end, default) = (self.label(), self.label());
        let labels: Vec<Label> = arms.iter().map(|_| self.label()).collect();
        self.dispatch(subject, arms.iter().map(|arm| &*arm.0).zip(labels.iter().copied()), default);
        for (arm, label) in arms.iter().zip(labels) {
            self.bind(label);
            self.reached(MarkKind::Arm, arm.1.span);
            self.fills = fills;
            self.into(&arm.1, dest);
            self.jump(end);
        }
        self.bind(default);
        match otherwise {
            Some(value) => {
                self.reached(MarkKind::Arm, value.span);
                self.fills = fills;
                self.into(value, dest);
            }
            // The arms are exhaustive for the types as they were compiled.
            None => self.raise("invalid", "no arm of the switch fits"),
        }
        self.bind(end);
    }

    /// Goes to the first label whose patterns fit, or to the default.
    fn dispatch<'p>(&mut self, subject: &'h Expr, arms: impl Iterator<Item = (&'p [Pattern], Label)>, default: Label) {
        let mark = self.mark();
        let mut reg = self.value(subject);
        let mut cases: Vec<(&'p Pattern, Label)> = Vec::new();
        let mut null = default;
        for (patterns, label) in arms {
            for pattern in patterns {
                match pattern {
                    Pattern::Null if null == default => null = label,
                    Pattern::Null => {}
                    _ => cases.push((pattern, label)),
                }
            }
        }
        let mut ty = &subject.ty;
        if let Ty::Optional(inner) = ty {
            self.jump_on(Op::JumpNull, reg, null);
            ty = inner;
            if !cases.is_empty() {
                let present = self.temporary_of(inner);
                self.present(inner, present, reg);
                reg = present;
            }
        }
        if cases.is_empty() {
            self.jump(default);
        } else if bank(ty) == Bank::Scalar {
            self.table(Op::SwitchI, reg, &cases, default);
        } else if is_text(ty) {
            self.table(Op::SwitchT, reg, &cases, default);
        } else {
            self.compare_each(ty, reg, &cases, default);
        }
        self.release(mark);
    }

    fn table(&mut self, op: Op, reg: Reg, cases: &[(&Pattern, Label)], default: Label) {
        if !self.fun.reachable {
            return;
        }
        let mut table = Switch { cases: Vec::with_capacity(cases.len()), default };
        for (pattern, label) in cases {
            let index = match pattern {
                Pattern::Text(text) => self.tables.text(text),
                Pattern::Scalar(scalar) => self.tables.scalar(*scalar),
                Pattern::Bool(value) => self.tables.scalar(i64::from(*value)),
                Pattern::Number(_) | Pattern::Null => continue,
            };
            table.cases.push((index, *label));
        }
        self.switch_on(op, reg, table);
    }

    /// Writes the instruction that looks into a switch table.
    pub fn switch_on(&mut self, op: Op, reg: Reg, table: Switch) {
        if !self.fun.reachable {
            return;
        }
        for (_, label) in &table.cases {
            self.use_label(*label);
        }
        self.use_label(table.default);
        let index = self.fun.switches.len() as u32;
        self.fun.switches.push(table);
        self.push(Ins::new(op, 0, reg.0, index, 0));
    }

    /// Numbers have no table.
    fn compare_each(&mut self, ty: &'h Ty, reg: Reg, cases: &[(&Pattern, Label)], default: Label) {
        for (pattern, label) in cases {
            let mark = self.mark();
            let other = self.temporary(Bank::Reference, RegTy::Hir(if *ty == Ty::Number { &NUMBER } else { ty }));
            let op = match pattern {
                Pattern::Number(number) => {
                    let index = self.tables.number(*number, None);
                    self.wide(Op::ConstR, other, index);
                    Op::CmpN
                }
                Pattern::Text(text) => {
                    self.text(other, text);
                    Op::EqR
                }
                Pattern::Scalar(scalar) if *ty == Ty::Number => {
                    let index = self.tables.number((*scalar).into(), None);
                    self.wide(Op::ConstR, other, index);
                    Op::CmpN
                }
                Pattern::Scalar(_) | Pattern::Bool(_) | Pattern::Null => continue,
            };
            let holds = self.temporary_of(&BOOL);
            self.push(Ins::new(op, Cmp::Eq as u8, holds.0, reg.0, other.0));
            self.jump_on(Op::JumpIf, holds, *label);
            self.release(mark);
        }
        self.jump(default);
    }
}
