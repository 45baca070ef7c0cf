//! What lowering writes before registers have numbers: the machine's instructions with wide operands.
//!
//! A register is a *slot* (a variable of its own for the whole function) or a *temporary* (a position on one of two stacks,
//! one per bank). Temporaries follow the nesting of expressions, so allocating them is pushing and popping, arguments of a
//! call lie side by side at the top by construction, and nothing that must survive a call lies above its window.

use flow_bytecode::{Bank, Op};

/// A register before numbering: a slot, or a temporary (bit 31).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Reg(pub u32);

impl Reg {
    const TEMPORARY: u32 = 1 << 31;

    /// A variable's.
    pub fn slot(index: u32) -> Reg {
        Reg(index)
    }

    /// A position on the stack of its bank.
    pub fn temporary(index: u32) -> Reg {
        Reg(index | Reg::TEMPORARY)
    }

    /// Whether it is a temporary.
    pub fn is_temporary(self) -> bool {
        self.0 & Reg::TEMPORARY != 0
    }

    /// The slot, or the position.
    pub fn index(self) -> u32 {
        self.0 & !Reg::TEMPORARY
    }
}

/// A jump target; bound to an instruction once that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Label(pub u32);

/// An instruction. 32-bit operands of the machine (`bc`) stand in `b`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ins {
    pub op: Op,
    pub k: u8,
    /// Reference registers of the window, where there is one.
    pub window: u16,
    /// Scalar registers of the window of a `Call` or `Fork`.
    pub scalars: u16,
    pub a: u32,
    pub b: u32,
    pub c: u32,
}

impl Ins {
    /// An instruction without a window.
    pub fn new(op: Op, k: u8, a: u32, b: u32, c: u32) -> Ins {
        Ins { op, k, window: 0, scalars: 0, a, b, c }
    }
}

/// What an operand is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A number.
    Plain,
    /// A 32-bit number.
    Wide,
    /// A jump target.
    Label,
    /// A jump target of 32 bits.
    WideLabel,
    /// Reads a scalar.
    UseS,
    /// Reads a reference.
    UseR,
    /// Writes a scalar.
    DefS,
    /// Writes a reference.
    DefR,
    /// Reads a window of references.
    Window,
    /// Reads a window of scalars; a call leaves a scalar result there.
    CallS,
    /// Reads a window of references; a call leaves a result there.
    CallR,
    /// Index of a place of this function.
    Place,
    /// Likewise, 32 bits.
    WidePlace,
    /// Index of a template of this function.
    Template,
    /// Index of a switch of this function.
    Switch,
}

/// The roles of the operands `a`, `b` and `c`.
pub(super) fn roles(op: Op) -> [Role; 3] {
    ROLES[op as u8 as usize]
}

/// By opcode: looked up several times for every instruction.
static ROLES: [[Role; 3]; 256] = {
    let mut table = [[Role::Plain; 3]; 256];
    let mut index = 0;
    while index < Op::ALL.len() {
        let op = Op::ALL[index];
        table[op as u8 as usize] = roles_of(op);
        index += 1;
    }
    table
};

const fn roles_of(op: Op) -> [Role; 3] {
    use Role::{
        CallR, CallS, DefR, DefS, Label, Place, Plain, Switch, Template, UseR, UseS, Wide, WideLabel, WidePlace, Window,
    };
    match op {
        Op::MoveS | Op::NegI | Op::Not => [DefS, UseS, Plain],
        Op::MoveR | Op::SomeR | Op::NegN => [DefR, UseR, Plain],
        Op::IntS | Op::ConstS | Op::Split | Op::MaySend => [DefS, Wide, Plain],
        Op::SendAt => [DefS, Plain, Plain],
        Op::Mark => [Plain, Wide, Plain],
        Op::ConstR => [DefR, Wide, Plain],
        Op::NullR => [DefR, Plain, Plain],
        Op::BoxI | Op::BoxB | Op::NumI => [DefR, UseS, Plain],
        Op::UnboxS | Op::IsNull | Op::Len => [DefS, UseR, Plain],
        Op::AddI | Op::SubI | Op::MulI | Op::RemI | Op::CmpI => [DefS, UseS, UseS],
        Op::AddK => [DefS, UseS, Plain],
        Op::AddN | Op::SubN | Op::MulN | Op::DivN => [DefR, UseR, UseR],
        Op::CmpN | Op::EqR | Op::CmpT => [DefS, UseR, UseR],
        Op::Jump => [Plain, WideLabel, Plain],
        Op::JumpIf | Op::JumpUnless => [UseS, WideLabel, Plain],
        Op::JumpCmpI => [UseS, UseS, Label],
        Op::JumpNull | Op::JumpNotNull => [UseR, WideLabel, Plain],
        Op::JumpEqT => [UseR, UseR, Label],
        Op::JumpField => [UseS, Plain, Label],
        Op::SwitchT => [UseR, Switch, Plain],
        Op::SwitchI => [UseS, Switch, Plain],
        Op::FieldS => [DefS, UseS, Plain],
        Op::FieldR => [DefR, UseS, Plain],
        Op::SetField => [UseS, UseR, Plain],
        Op::Record | Op::List | Op::Map | Op::Intrinsic => [DefR, Plain, Window],
        Op::PartR => [DefR, UseR, Plain],
        Op::PartS => [DefS, UseR, Plain],
        Op::ItemR => [DefR, UseR, UseS],
        Op::ItemS => [DefS, UseR, UseS],
        Op::Template => [DefR, Template, Plain],
        Op::Decode => [DefR, UseR, Plain],
        Op::Arg | Op::Return | Op::Stop => [Plain, Plain, Plain],
        Op::Call => [Plain, CallS, CallR],
        Op::ReturnS => [UseS, Plain, Plain],
        Op::ReturnR | Op::Fail | Op::Refuse => [UseR, Plain, Plain],
        Op::Act => [Plain, DefR, Window],
        Op::ActExternal => [Plain, Place, CallR],
        Op::Fire | Op::Launch => [Plain, Plain, Window],
        Op::Start => [Plain, DefS, Window],
        Op::Wait | Op::Pause | Op::Join => [Plain, WidePlace, Plain],
        Op::Fork | Op::Undo => [Plain, CallS, CallR],
        #[allow(unreachable_patterns, reason = "the machine may learn opcodes that lowering does not use yet")]
        _ => [Plain, Plain, Plain],
    }
}

/// Whether control never falls through to the next instruction.
pub(super) fn ends(op: Op) -> bool {
    matches!(
        op,
        Op::Jump
            | Op::SwitchT
            | Op::SwitchI
            | Op::ReturnS
            | Op::ReturnR
            | Op::Return
            | Op::Stop
            | Op::Fail
            | Op::Launch
            | Op::Wait
    )
}

/// What a call leaves behind, in `k` of [`Op::Call`] until it is encoded.
pub(super) mod result {
    /// Nothing.
    pub const NONE: u8 = 0;
    /// A scalar.
    pub const SCALAR: u8 = 1;
    /// A reference.
    pub const REFERENCE: u8 = 2;
}

/// A piece of a text being put together.
#[derive(Debug, Clone, Copy)]
pub(super) enum Piece {
    /// A constant.
    Text(u32),
    /// A register, shown as its type is shown.
    Hole { bank: Bank, reg: Reg, ty: flow_bytecode::TypeId, escape: flow_bytecode::program::Escape },
}

/// A switch table.
#[derive(Debug, Clone)]
pub(super) struct Switch {
    /// (constant or scalar, target).
    pub cases: Vec<(u32, Label)>,
    /// Everything else.
    pub default: Label,
}
