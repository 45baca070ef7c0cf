//! Statements: what a flow does, in order.

use super::{Anchor, Arg, Expr, Ident, Path, StrLit, TypeExpr};
use crate::diag::Span;

/// Statements in order.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    /// With its braces, if it has any.
    pub span: Span,
    /// In source order.
    pub stmts: Vec<Stmt>,
    /// Its closing brace; of no width, at its end, where there is none.
    pub close: Span,
    /// `false` for the single statement after an arm's `->`.
    pub braced: bool,
}

/// A statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Stmt {
    /// Where it stands.
    pub span: Span,
    /// What it says.
    pub kind: StmtKind,
}

/// The forms of a statement.
#[derive(Debug, Clone, PartialEq)]
pub enum StmtKind {
    /// Could not be understood; already reported.
    Error,
    /// `let x = e else { … }`, `var n = 0`
    Let(Box<Let>),
    /// `contact.plan = .pro`, `n += 1`
    Assign(Box<Assign>),
    /// A call (also `start f(x)`, or `ask` whose answer nobody keeps). Anything else has been reported.
    Call(Box<CallStmt>),
    /// `if … { } else if … { } else { }`
    If(Box<If>),
    /// `switch e { … }`
    Switch(Box<Switch>),
    /// `for x in xs where … { }`
    For(Box<For>),
    /// `while … { }`
    While(Box<While>),
    /// `repeat 3 { }`
    Repeat(Box<Repeat>),
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `again`: shows the enclosing `choice` anew.
    Again,
    /// `stop`: ends the whole run, finished.
    Stop,
    /// `return`, `return e`
    Return(Option<Box<Expr>>),
    /// `fail "why"`, `fail .declined, "why"`, `fail failure`
    Fail(Box<Fail>),
    /// `launch f(x)`: the call that takes over.
    Launch(Box<Expr>),
    /// `fire trial_ending(contact, days_left: 3)`
    Fire(Box<Fire>),
    /// `say "…", image: "…"`
    Say(Box<Say>),
    /// `choice #topic "…" { … }`
    Choice(Box<Choice>),
    /// `wait …` in all its forms.
    Wait(Box<Wait>),
    /// `parallel { path … }`
    Parallel(Box<Paths>),
    /// `race { path … }`
    Race(Box<Paths>),
    /// `split #tone { 50% gentle -> … }`
    Split(Box<Split>),
    /// `try { … } on failure as f { … }`
    Try(Box<Try>),
    /// `expect run.finished` (tests)
    Expect(Box<Expr>),
    /// `mock shopify.refund_order fails .declined` (tests)
    Mock(Box<Mock>),
    /// `advance 3 days`, `advance until due at 09:00` (tests)
    Advance(Box<WaitKind>),
}

/// `let` or `var`.
#[derive(Debug, Clone, PartialEq)]
pub struct Let {
    /// `var`: may be written again.
    pub mutable: bool,
    /// The new name.
    pub name: Ident,
    /// `: T`
    pub ty: Option<TypeExpr>,
    /// The value.
    pub value: Expr,
    /// `undo { … }`
    pub undo: Option<Block>,
    /// `else { … }`: runs when the value is missing, and must leave.
    pub otherwise: Option<Block>,
}

/// A write.
#[derive(Debug, Clone, PartialEq)]
pub struct Assign {
    /// A name or a field; anything else has been reported.
    pub target: Expr,
    /// `=`, `+=` or `-=`.
    pub op: AssignOp,
    /// Where the operator stands.
    pub op_span: Span,
    /// The new value, or what is added.
    pub value: Expr,
    /// `undo { … }`
    pub undo: Option<Block>,
    /// `else { … }`: runs when the value is missing.
    pub otherwise: Option<Block>,
}

/// Operators of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AssignOp {
    /// `=`
    Set,
    /// `+=`
    Add,
    /// `-=`
    Sub,
}

/// A call that stands alone.
#[derive(Debug, Clone, PartialEq)]
pub struct CallStmt {
    /// `Call`, `Start` or `Ask`.
    pub expr: Expr,
    /// `undo { … }`
    pub undo: Option<Block>,
}

/// `if` with all its branches side by side, so that a long chain is no deep tree.
#[derive(Debug, Clone, PartialEq)]
pub struct If {
    /// `if` and every `else if`; at least one.
    pub branches: Vec<Branch>,
    /// The last `else`.
    pub otherwise: Option<Block>,
}

/// A condition and what it guards.
#[derive(Debug, Clone, PartialEq)]
pub struct Branch {
    /// The condition.
    pub condition: Expr,
    /// What happens then.
    pub body: Block,
}

/// `switch` as a statement.
#[derive(Debug, Clone, PartialEq)]
pub struct Switch {
    /// What is looked at.
    pub subject: Expr,
    /// In source order.
    pub arms: Vec<SwitchArm>,
    /// Where its closing brace stands.
    pub close: Span,
}

/// One arm of a `switch`.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchArm {
    /// The whole arm.
    pub span: Span,
    /// What it matches; empty for `else`.
    pub patterns: Vec<Expr>,
    /// What happens.
    pub body: Block,
}

/// `for x in xs where x.open { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct For {
    /// The name of each element.
    pub name: Ident,
    /// The list.
    pub list: Expr,
    /// `where …`
    pub filter: Option<Expr>,
    /// What happens with each.
    pub body: Block,
}

/// `while … { }`
#[derive(Debug, Clone, PartialEq)]
pub struct While {
    /// Looked at before each round.
    pub condition: Expr,
    /// A round.
    pub body: Block,
}

/// `repeat 3 { }`
#[derive(Debug, Clone, PartialEq)]
pub struct Repeat {
    /// How often.
    pub count: Expr,
    /// A round.
    pub body: Block,
}

/// `fail .declined, "why"`
#[derive(Debug, Clone, PartialEq)]
pub struct Fail {
    /// A kind, a text, or a caught failure.
    pub what: Expr,
    /// The text after a kind.
    pub why: Option<Expr>,
}

/// `fire trial_ending(contact, days_left: 3)`
#[derive(Debug, Clone, PartialEq)]
pub struct Fire {
    /// The event.
    pub event: Path,
    /// Its fields.
    pub args: Vec<Arg>,
}

/// `say "…", image: "…", in: other`
#[derive(Debug, Clone, PartialEq)]
pub struct Say {
    /// What is said.
    pub text: Expr,
    /// `image:`, `video:`, `link:`, `article:`, `in:` …
    pub args: Vec<Arg>,
}

/// `choice #topic "Pick a topic" { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// `#topic`
    pub anchor: Option<Anchor>,
    /// The question.
    pub prompt: Expr,
    /// `in: other` …
    pub args: Vec<Arg>,
    /// In source order.
    pub arms: Vec<ChoiceArm>,
}

/// One arm of a `choice`.
#[derive(Debug, Clone, PartialEq)]
pub struct ChoiceArm {
    /// The whole arm.
    pub span: Span,
    /// When it is taken.
    pub kind: ChoiceArmKind,
    /// What happens then; empty for `Error`.
    pub body: Block,
}

/// When an arm of a `choice` is taken.
#[derive(Debug, Clone, PartialEq)]
pub enum ChoiceArmKind {
    /// Could not be understood; already reported.
    Error,
    /// `#change "Change my plan" if contact.plan != .trial`
    Option {
        /// `#change`
        anchor: Option<Anchor>,
        /// What people see.
        label: StrLit,
        /// `if …`: shown only then.
        guard: Option<Expr>,
    },
    /// `else as text`
    Else {
        /// The name of what was written instead.
        name: Option<Ident>,
    },
    /// `after 15 minutes`
    After(Moment),
}

/// A length of time from now, or a moment, with the wall-clock time it is moved to: `3 days at 15:00 in contact.timezone`.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// From the amount to the zone.
    pub span: Span,
    /// `3 days`, or what stands after `until`.
    pub amount: Expr,
    /// `at 15:00`
    pub at: Option<Expr>,
    /// `in contact.timezone`
    pub zone: Option<Expr>,
}

/// `wait`
#[derive(Debug, Clone, PartialEq)]
pub struct Wait {
    /// `#nudge`
    pub anchor: Option<Anchor>,
    /// What for.
    pub kind: WaitKind,
}

/// What a `wait` waits for.
#[derive(Debug, Clone, PartialEq)]
pub enum WaitKind {
    /// `wait 3 days at 15:00 in zone`
    For(Moment),
    /// `wait until due at 09:00 in zone`
    Until(Moment),
    /// `wait { … }`
    Arms {
        /// `wait forever`: there need be no `after`.
        forever: bool,
        /// In source order.
        arms: Vec<WaitArm>,
    },
}

/// One arm of a `wait`.
#[derive(Debug, Clone, PartialEq)]
pub struct WaitArm {
    /// The whole arm.
    pub span: Span,
    /// When it is taken.
    pub kind: WaitArmKind,
    /// What happens then; empty for `Error`.
    pub body: Block,
}

/// When an arm of a `wait` is taken.
#[derive(Debug, Clone, PartialEq)]
pub enum WaitArmKind {
    /// Could not be understood; already reported.
    Error,
    /// `on ticket.replied(ticket) as reply where reply.public`
    On(EventPattern),
    /// `when contact.plan == .pro`
    When(Expr),
    /// `after 3 days at 10:00 in contact.timezone`
    After(Moment),
}

/// An event with what it must carry.
#[derive(Debug, Clone, PartialEq)]
pub struct EventPattern {
    /// Name, arguments, `as` and `where`.
    pub span: Span,
    /// `ticket.replied`; in a flow's header also `audience`, `schedule`, `webhook`.
    pub event: Path,
    /// What its fields must be; empty without parentheses.
    pub args: Vec<Arg>,
    /// `as reply`
    pub name: Option<Ident>,
    /// `where …`
    pub filter: Option<Expr>,
}

/// The paths of `parallel` and `race`.
#[derive(Debug, Clone, PartialEq)]
pub struct Paths {
    /// `parallel #both`
    pub anchor: Option<Anchor>,
    /// In source order.
    pub paths: Vec<PathArm>,
}

/// `path alert { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct PathArm {
    /// The whole path.
    pub span: Span,
    /// Its name; `None` only where it could not be understood.
    pub name: Option<Ident>,
    /// What it does.
    pub body: Block,
}

/// `split #tone { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Split {
    /// `#tone`
    pub anchor: Option<Anchor>,
    /// In source order.
    pub arms: Vec<SplitArm>,
}

/// `50% gentle -> …`
#[derive(Debug, Clone, PartialEq)]
pub struct SplitArm {
    /// The whole arm.
    pub span: Span,
    /// An `ExprKind::Percent`, or `Error`.
    pub share: Expr,
    /// Its name; `None` only where it could not be understood.
    pub name: Option<Ident>,
    /// What happens.
    pub body: Block,
}

/// `try { … } on failure as f { … }`
#[derive(Debug, Clone, PartialEq)]
pub struct Try {
    /// What may fail.
    pub body: Block,
    /// `as f`
    pub name: Option<Ident>,
    /// What happens then.
    pub handler: Block,
}

/// `mock shopify.refund_order(order_id: "A1") returns Refund(…)`
#[derive(Debug, Clone, PartialEq)]
pub struct Mock {
    /// The action.
    pub action: Path,
    /// Which calls; `None` without parentheses: all of them.
    pub args: Option<Vec<Arg>>,
    /// What they yield, none for nothing, one call after the other; the last one holds from then on.
    pub outcomes: Vec<MockOutcome>,
}

/// What a mocked action yields.
#[derive(Debug, Clone, PartialEq)]
pub enum MockOutcome {
    /// `returns e`
    Returns(Expr),
    /// `fails .declined, "why"`
    Fails(Fail),
}
