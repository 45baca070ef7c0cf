//! Instructions: 64 bits each, `op:8 k:8 a:16 b:16 c:16`.
//!
//! Notation in the documentation of each opcode: `S[x]` a scalar register, `R[x]` a reference register, `bc` the 32-bit
//! number `b | c << 16`. Jump targets are absolute instruction indices within the function. A *window* is a run of
//! consecutive reference registers that starts at the given register; arguments in a window are boxed.

use serde::{Deserialize, Serialize};

/// One instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instr {
    /// What to do.
    pub op: Op,
    /// A small extra operand: a comparison, a count, an intrinsic.
    pub k: u8,
    /// First operand.
    pub a: u16,
    /// Second operand.
    pub b: u16,
    /// Third operand.
    pub c: u16,
}

impl Instr {
    /// An instruction with all operands.
    pub fn new(op: Op, k: u8, a: u16, b: u16, c: u16) -> Self {
        Instr { op, k, a, b, c }
    }

    /// An instruction with one register and a 32-bit operand.
    pub fn wide(op: Op, a: u16, bc: u32) -> Self {
        Instr { op, k: 0, a, b: (bc & 0xffff) as u16, c: (bc >> 16) as u16 }
    }

    /// The 32-bit operand `b | c << 16`.
    pub fn bc(self) -> u32 {
        u32::from(self.b) | u32::from(self.c) << 16
    }
}

/// Comparisons, in the `k` operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[repr(u8)]
pub enum Cmp {
    /// `==`
    Eq = 0,
    /// `!=`
    Ne = 1,
    /// `<`
    Lt = 2,
    /// `<=`
    Le = 3,
    /// `>`
    Gt = 4,
    /// `>=`
    Ge = 5,
}

macro_rules! ops {
    ($($name:ident = $number:literal, $mnemonic:literal, $doc:literal;)*) => {
        /// Opcodes. `docs/opcodes.md` is made from these lines.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[repr(u8)]
        pub enum Op { $(#[doc = $doc] $name = $number,)* }

        impl Op {
            /// Every opcode, by number.
            pub const ALL: &'static [Op] = &[$(Op::$name,)*];

            /// The name in listings.
            pub fn mnemonic(self) -> &'static str {
                match self { $(Op::$name => $mnemonic,)* }
            }

            /// What it does, with its operands.
            pub fn doc(self) -> &'static str {
                match self { $(Op::$name => $doc,)* }
            }

            /// The opcode with this number.
            pub fn from_byte(byte: u8) -> Option<Op> {
                match byte { $($number => Some(Op::$name),)* _ => None }
            }
        }
    };
}

ops! {
    // Moves and constants
    MoveS = 0, "move.s", "S[a] = S[b]";
    MoveR = 1, "move.r", "R[a] = R[b] (shared, never copied)";
    IntS = 2, "int", "S[a] = bc as a signed 32-bit number";
    ConstS = 3, "const.s", "S[a] = scalars[bc]";
    ConstR = 4, "const.r", "R[a] = constants[bc]";
    NullR = 5, "null", "R[a] = null";
    BoxI = 6, "box.i", "R[a] = Int(S[b])";
    BoxB = 7, "box.b", "R[a] = Bool(S[b] != 0)";
    UnboxS = 8, "unbox", "S[a] = the scalar boxed in R[b]; fails .invalid when it is null";
    SomeR = 9, "some", "R[a] = R[b], an optional reference known to be present, as its inner type; fails .invalid when it is null";

    // Scalars
    AddI = 10, "add.i", "S[a] = S[b] + S[c]; fails .overflow";
    SubI = 11, "sub.i", "S[a] = S[b] - S[c]; fails .overflow";
    MulI = 12, "mul.i", "S[a] = S[b] * S[c]; fails .overflow";
    NegI = 13, "neg.i", "S[a] = -S[b]; fails .overflow";
    AddK = 14, "add.k", "S[a] = S[b] + c as a signed 16-bit number; fails .overflow";
    RemI = 15, "rem.i", "S[a] = S[b] rem S[c]; fails .invalid when S[c] is 0";
    Not = 16, "not", "S[a] = 1 - S[b], for booleans";
    CmpI = 17, "cmp.i", "S[a] = S[b] k S[c], signed";

    // References
    NumI = 20, "num.i", "R[a] = Number(S[b])";
    AddN = 21, "add.n", "R[a] = R[b] + R[c], numbers or amounts of one currency; fails .overflow, .currency";
    SubN = 22, "sub.n", "R[a] = R[b] - R[c], numbers or amounts of one currency; fails .overflow, .currency";
    MulN = 23, "mul.n", "R[a] = R[b] * R[c], numbers, or an amount times a number (half-even to the minor unit); fails .overflow";
    DivN = 24, "div.n", "R[a] = R[b] / R[c], numbers, or an amount by a number; fails .overflow, .invalid when R[c] is 0";
    NegN = 25, "neg.n", "R[a] = -R[b], a number or an amount";
    CmpN = 26, "cmp.n", "S[a] = R[b] k R[c], numbers, or amounts of one currency; fails .currency";
    EqR = 27, "eq.r", "S[a] = whether R[b] equals R[c], deeply; null equals null (k = 0), or differs (k = 1)";
    CmpT = 28, "cmp.t", "S[a] = R[b] k R[c], texts by code point";
    IsNull = 29, "is.null", "S[a] = whether R[b] is null (k = 0), or is not (k = 1)";

    // Jumps. A jump backwards costs fuel.
    Jump = 30, "jump", "go to bc";
    JumpIf = 31, "jump.if", "go to bc if S[a] is not 0";
    JumpUnless = 32, "jump.unless", "go to bc if S[a] is 0";
    JumpCmpI = 33, "jump.cmp.i", "go to c if S[a] k S[b]";
    JumpNull = 34, "jump.null", "go to bc if R[a] is null";
    JumpNotNull = 35, "jump.some", "go to bc if R[a] is not null";
    JumpEqT = 36, "jump.eq.t", "go to c if the texts R[a] and R[b] are equal (k = 0), or differ (k = 1)";
    JumpField = 37, "jump.field", "go to c if field b of entity S[a], a text, equals constants[a of the next word] (k = 0), or differs or is null (k = 1); takes two words, the second is `arg`";
    SwitchT = 38, "switch.t", "go to where switches[bc] sends the text R[a]";
    SwitchI = 39, "switch.i", "go to where switches[bc] sends S[a]";

    // The workspace
    FieldS = 40, "field.s", "S[a] = field c of entity S[b]; the field is a scalar and always present";
    FieldR = 41, "field.r", "R[a] = field c of entity S[b]";
    SetField = 42, "set", "field c of entity S[a] = R[b], boxed";

    // Records, lists, maps, text
    Record = 50, "record", "R[a] = the record records[b] with the fields in the window at c";
    PartR = 51, "part.r", "R[a] = field c of the record R[b]";
    PartS = 52, "part.s", "S[a] = field c of the record R[b], a scalar";
    List = 53, "list", "R[a] = the list of the b values in the window at c";
    Map = 54, "map", "R[a] = the map of b pairs, key and value in turn in the window at c";
    Len = 55, "len", "S[a] = length of the list or map R[b], or characters of the text R[b]";
    ItemR = 56, "item.r", "R[a] = item S[c] of the list R[b]; fails .invalid outside it";
    ItemS = 57, "item.s", "S[a] = item S[c] of the list R[b], a scalar; fails .invalid outside it";
    Template = 58, "template", "R[a] = templates[bc] filled in; Text, or Secret where a part is one; costs fuel by the byte";
    Decode = 59, "decode", "R[a] = the JSON value R[b] as types[c]; fails .invalid, saying where it did not fit";
    Intrinsic = 60, "intrinsic", "R[a] = intrinsic k of the b values in the window at c; boxed result";
    Arg = 61, "arg", "an operand of the instruction before; never executed";

    Mark = 62, "mark", "place bc of the source is reached, for whoever asks what tests reach; does nothing else";

    // Calls and effects
    Call = 70, "call", "call functions[a] with its parameters in S[b..] and R[c..]; the result is in S[b] or R[c]; a place";
    ReturnS = 71, "return.s", "leave the function with S[a]";
    ReturnR = 72, "return.r", "leave the function with R[a]";
    Return = 73, "return", "leave the function with nothing";
    Stop = 74, "stop", "end the whole run, finished";
    Fail = 75, "fail", "raise the failure R[a]";
    Act = 76, "act", "R[b] = the pure or local action actions[a] of the window at c; fails as its signature says";
    ActExternal = 77, "act.external", "ask for the external action actions[a] of the window at c and wait; the outcome is in R[c]; b is the place; behind the arguments stand, with bit 0 of k, who has to approve it, a text, and within how long, microseconds or null, and, with bit 1, the idempotency key, a text, with bit 2, the arguments of the action that asks whether it happened, with bit 3, those that the source calls it with, for whoever approves it";
    Fire = 78, "fire", "raise the event events[a] with the window at c";
    Start = 79, "start", "S[b] = the id of a new run of flow_refs[a] with the window at c";
    Launch = 80, "launch", "become flow_refs[a] with the window at c";
    Refuse = 81, "refuse", "the answer was refused: the next prompt of this path says that R[a], a text, would fit";

    Split = 82, "split", "S[a] = the side, from 0, of splits[bc] that the run's subject falls on";
    Undo = 83, "undo", "should the run fail uncaught, functions[a] runs with S[b..] and R[c..] as they are now, before those of earlier undos";
    SendAt = 84, "send.at", "S[a] = the moment from which on the header of the run's flow lets a message go out, or 0 when it may go now";
    MaySend = 85, "may.send", "S[a] = whether the header of the run's flow lets actions[bc] send one more message, which then counts; with k = 1 fails .limit when it does not";

    // Places
    Wait = 90, "wait", "wait at places[bc], as its arms say";
    Pause = 91, "pause", "go on, or, when the step's budget is used up, wait at places[bc] for the next step";
    Fork = 92, "fork", "a new path k of the group being built runs functions[a] with S[b..] and R[c..] copied";
    Join = 93, "join", "wait at places[bc] for the paths forked since the last join, as its kind says";
}
