//! `choice`: shown with the options whose guards hold, answered by label, beginning or number.

use super::MarkKind;
use super::expr::{INT, TEXT};
use super::func::{ArmIr, Around, Gen, OnIr, PlaceKindIr, RegTy};
use super::ir::{Ins, Label, Reg, Switch};
use crate::hir::{Choice, ChoiceOption, Expr, ExprKind, LocalId, TemplatePart, Ty};
use flow_bytecode::program::Expects;
use flow_bytecode::{Bank, Intrinsic, Op, Type, TypeId, Value};
use std::fmt::Write as _;
use std::sync::Arc;

impl<'h> Gen<'_, 'h> {
    /// `choice`
    pub fn choice(&mut self, choice: &'h Choice) {
        let within = choice.anchor.as_ref().map(|anchor| self.names.enter_anchor(anchor));
        let (show, end) = (self.label(), self.label());
        // Evaluated once; everything else is evaluated anew each time the choice is shown.
        let conversation = self.value(&choice.conversation);
        let shown_from = self.mark();
        self.bind(show);
        let prompt = self.temporary_of(&TEXT);
        self.into(&choice.prompt, prompt);
        let options = self.temporary(Bank::Reference, RegTy::Hir(&TEXT));
        self.name_reference(options_name(choice.options.iter().map(|option| option.anchor.as_deref())));
        let arms = self.options(&choice.options, options);
        let (answered, late) = (self.label(), self.label());
        self.nothing_to_choose(choice, options, late);
        let due = choice.after.as_ref().and_then(|(due, _)| self.due(due));
        let answer = self.temporary_of(&TEXT);

        let mut waits = vec![ArmIr {
            on: OnIr::Answer {
                conversation,
                prompt,
                options: Some(options),
                labels: choice.options.iter().map(|option| self.label_of(&option.label)).collect(),
                expects: Expects::Choice,
                bind: answer,
            },
            target: answered,
        }];
        if let Some(due) = due {
            waits.push(ArmIr { on: OnIr::After { due }, target: late });
        }
        let key = self.names.place(choice.anchor.as_deref(), "choice", None, None);
        self.place(key, PlaceKindIr::Wait { arms: waits }, Ins::new(Op::Wait, 0, 0, 0, 0));

        self.bind(answered);
        let other = self.label();
        let labels: Vec<Label> = choice.options.iter().map(|_| self.label()).collect();
        self.pick(answer, options, arms, &labels, other, show);
        self.release(shown_from);

        self.fun.around.push(Around::Choice { show });
        for (option, label) in choice.options.iter().zip(labels) {
            self.bind(label);
            let inner = option.anchor.as_ref().map(|anchor| self.names.enter_anchor(anchor));
            self.reached(MarkKind::Arm, option.span);
            self.block(&option.body);
            if let Some(inner) = inner {
                self.names.leave(inner);
            }
            self.jump(end);
        }
        self.bind(other);
        if let Some((bind, body)) = &choice.otherwise {
            self.other_answer(*bind, answer);
            self.branch_reached(body);
            self.block(body);
            self.jump(end);
        } else {
            self.refuse_option();
            self.jump(show);
        }
        if let Some((_, body)) = &choice.after {
            self.bind(late);
            self.branch_reached(body);
            self.block(body);
        }
        self.fun.around.pop();
        self.bind(end);
        if let Some(within) = within {
            self.names.leave(within);
        }
    }

    /// A choice of which every option is hidden must not keep anybody waiting. With an `else` it is an open question;
    /// otherwise nobody could answer: its time is up at once, or it fails.
    fn nothing_to_choose(&mut self, choice: &'h Choice, options: Reg, late: Label) {
        if choice.otherwise.is_some() || choice.options.iter().any(|option| option.guard.is_none()) {
            return;
        }
        let some = self.label();
        let mark = self.mark();
        let length = self.temporary_of(&INT);
        self.op2(Op::Len, length, options);
        self.jump_on(Op::JumpIf, length, some);
        self.release(mark);
        if choice.after.is_some() {
            self.jump(late);
        } else {
            let which = match (&choice.anchor, super::constant::text(self.hir, &choice.prompt)) {
                (Some(anchor), _) => format!(" `#{anchor}`"),
                (None, Some(text)) => format!(" \"{text}\""),
                (None, None) => String::new(),
            };
            let message = format!(
                "the choice{which} has nothing to choose: the `if` of every option says no; \
                 an `else`, or an option without `if`, helps"
            );
            self.raise("invalid", &message);
        }
        self.bind(some);
    }

    /// Binds what was written instead of choosing.
    fn other_answer(&mut self, bind: Option<LocalId>, answer: Reg) {
        if let Some(local) = bind {
            let dest = self.declare(local);
            self.copy(Bank::Reference, dest, answer);
        }
    }

    /// What an option says that the source has there; of what is only known when it is shown, that there is something.
    fn label_of(&mut self, label: &Expr) -> u32 {
        if let Some(text) = super::constant::text(self.hir, label) {
            return self.tables.text(&text);
        }
        let mut text = String::new();
        if let ExprKind::Template(parts) = &label.kind {
            for part in parts {
                match part {
                    TemplatePart::Text(part) => text.push_str(part),
                    _ => text.push_str("{{}}"),
                }
            }
        }
        self.tables.text(&text.into())
    }

    /// A new temporary with the numbers of the options of a list, which has all of them so far: which of them is which
    /// may differ in another version, so that a run that waits keeps it.
    pub fn arms(&mut self, count: usize) -> Reg {
        let numbers = self.list_of(&INT);
        let arms = self.temporary(Bank::Reference, RegTy::Id(numbers));
        self.name_reference("arms()".to_owned());
        let all = (0..count).map(|position| Value::Int(position as i64)).collect();
        let index = self.tables.constant(Value::List(Arc::new(all)));
        self.wide(Op::ConstR, arms, index);
        arms
    }

    /// The list of visible labels, and one of the positions of the visible options.
    fn options(&mut self, options: &'h [ChoiceOption], dest: Reg) -> Reg {
        let texts = self.list_of(&TEXT);
        self.retype_reference(RegTy::Id(texts));
        let first_guarded = options.iter().position(|option| option.guard.is_some());
        let always = &options[..first_guarded.unwrap_or(options.len())];
        let mark = self.mark();
        let (window, count) = self.window_of(always.iter().map(|option| &option.label));
        self.op_window(Op::List, 0, dest, u32::from(count), window, count);
        self.release(mark);
        let arms = self.arms(always.len());
        let numbers = self.list_of(&INT);
        for (position, option) in options.iter().enumerate().skip(always.len()) {
            let hidden = self.label();
            if let Some(guard) = &option.guard {
                self.branch(guard, hidden, false);
            }
            let mark = self.mark();
            let (_, window) = self.window();
            let list = self.temporary(Bank::Reference, RegTy::Id(texts));
            self.copy(Bank::Reference, list, dest);
            let label = self.temporary_of(&TEXT);
            self.into(&option.label, label);
            self.op_window(Op::Intrinsic, Intrinsic::ListAppend as u8, dest, 2, window, 2);
            self.release(mark);
            let (_, window) = self.window();
            let list = self.temporary(Bank::Reference, RegTy::Id(numbers));
            self.copy(Bank::Reference, list, arms);
            self.boxed_int(position as i64);
            self.op_window(Op::Intrinsic, Intrinsic::ListAppend as u8, arms, 2, window, 2);
            self.release(mark);
            self.bind(hidden);
        }
        arms
    }

    /// Goes to the option that an answer picks. A file never fits: the choice is shown again.
    fn pick(&mut self, answer: Reg, options: Reg, arms: Reg, labels: &[Label], other: Label, show: Label) {
        let mark = self.mark();
        self.text_answer(answer, show);
        let position = self.match_option(answer, options, other);
        self.op(Op::ItemS, position, arms, position);
        let cases = labels.iter().enumerate().map(|(at, label)| (self.tables.scalar(at as i64), *label));
        let table = Switch { cases: cases.collect(), default: other };
        self.switch_on(Op::SwitchI, position, table);
        self.release(mark);
    }

    /// Makes sure that an answer is a text, and goes elsewhere when it is a file.
    pub fn text_answer(&mut self, answer: Reg, file: Label) {
        let mark = self.mark();
        let checked = self.parse(Intrinsic::ParseText, answer, &Ty::Text, false);
        self.jump_on(Op::JumpNull, checked, file);
        self.op2(Op::SomeR, answer, checked);
        self.release(mark);
    }

    /// The position that a text picks from a list of labels, or elsewhere.
    pub fn match_option(&mut self, answer: Reg, options: Reg, none: Label) -> Reg {
        let position = self.temporary_of(&INT);
        let mark = self.mark();
        let (_, window) = self.window();
        let text = self.temporary_of(&TEXT);
        self.copy(Bank::Reference, text, answer);
        let texts = self.list_of(&TEXT);
        let list = self.temporary(Bank::Reference, RegTy::Id(texts));
        self.copy(Bank::Reference, list, options);
        let number = self.tables.intern(Type::Int);
        let number = self.tables.intern(Type::Optional(number));
        let found = self.temporary(Bank::Reference, RegTy::Id(number));
        self.op_window(Op::Intrinsic, Intrinsic::MatchOption as u8, found, 2, window, 2);
        self.jump_on(Op::JumpNull, found, none);
        self.op2(Op::UnboxS, position, found);
        self.release(mark);
        position
    }

    /// A new temporary with what an answer is, parsed, or null; phone numbers are parsed without a country.
    pub fn parse(&mut self, how: Intrinsic, answer: Reg, ty: &Ty, country: bool) -> Reg {
        let ty = self.tables.ty(&ty.clone().optional());
        let parsed = self.temporary(Bank::Reference, RegTy::Id(ty));
        let mark = self.mark();
        let (_, window) = self.window();
        let text = self.temporary_of(&TEXT);
        self.copy(Bank::Reference, text, answer);
        let mut count = 1;
        if country {
            let text = self.tables.intern(Type::Text);
            let text = self.tables.intern(Type::Optional(text));
            let none = self.temporary(Bank::Reference, RegTy::Id(text));
            self.op2(Op::NullR, none, Reg(0));
            count = 2;
        }
        self.op_window(Op::Intrinsic, how as u8, parsed, u32::from(count), window, count);
        self.release(mark);
        parsed
    }

    /// The type of a list.
    pub fn list_of(&mut self, item: &Ty) -> TypeId {
        let item = self.tables.ty(item);
        self.tables.intern(Type::List(item))
    }
}

/// What a list of options is called in a suspended run: by the options' anchors, else their positions. So a program that
/// offers other options at the same place is seen to differ, and one that words them otherwise is not.
pub(super) fn options_name<'a>(anchors: impl Iterator<Item = Option<&'a str>>) -> String {
    let mut name = String::from("options(");
    for (position, anchor) in anchors.enumerate() {
        if position > 0 {
            name.push(',');
        }
        match anchor {
            Some(anchor) => name.push_str(anchor),
            None => {
                let _ = write!(name, "{}", position + 1);
            }
        }
    }
    name.push(')');
    name
}
