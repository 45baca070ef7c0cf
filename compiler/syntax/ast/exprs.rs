//! Expressions: everything that has a value.

use std::sync::Arc;

use super::{Anchor, Ident, Name, TypeExpr};
use crate::diag::Span;

/// The number of an expression, unique in its file and dense from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ExprId(pub u32);

impl ExprId {
    /// As an index into a side table of `File::expr_count` entries.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// An expression.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// Its number in the file.
    pub id: ExprId,
    /// Where it stands; parentheses around it are not part of it.
    pub span: Span,
    /// What it says.
    pub kind: ExprKind,
    depth: u16,
}

impl Expr {
    /// An expression; its depth follows from its parts.
    pub fn new(id: ExprId, span: Span, kind: ExprKind) -> Self {
        let depth = kind.depth_of_parts().saturating_add(1);
        Expr { id, span, kind, depth }
    }

    /// The longest way down from here, itself included. The parser keeps it at or below `syntax::NESTING_MAX`.
    pub fn depth(&self) -> u16 {
        self.depth
    }
}

/// The forms of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// Could not be understood; already reported.
    Error,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// `42`
    Int(i64),
    /// `19.90`: the exact text, without `_`.
    Number(Arc<str>),
    /// `50%`: the exact text before the sign, without `_`.
    Percent(Arc<str>),
    /// `"Hi {{name}}"`
    Str(StrLit),
    /// `3 days`, `2 business days in support_hours`
    Duration(DurationLit),
    /// `09:00`
    Time(TimeLit),
    /// `contact`
    Name(Name),
    /// `.trial`
    Variant(Ident),
    /// `contact.email`, `contact.company?.city`
    Field {
        /// What stands before the dot.
        base: Box<Expr>,
        /// The name after it.
        name: Ident,
        /// Written `?.`: missing when the base is.
        optional: bool,
    },
    /// `sms.send(to: phone) with { retry: 3 }`
    Call(Box<Call>),
    /// `not x`, `-x`
    Unary {
        /// Which operator.
        op: UnaryOp,
        /// What it is applied to.
        operand: Box<Expr>,
    },
    /// `a + b`
    Binary {
        /// Which operator.
        op: BinaryOp,
        /// Where the operator itself stands.
        op_span: Span,
        /// The left side.
        left: Box<Expr>,
        /// The right side.
        right: Box<Expr>,
    },
    /// `[1, 2]`
    List(Vec<Expr>),
    /// `{ a: 1 }`
    Map(Vec<Entry>),
    /// `switch city { "Oslo" -> 1` newline `else -> 2 }` as a value.
    Switch(Box<SwitchExpr>),
    /// `ask "Your email?" as Email, retries: 2`
    Ask(Box<Ask>),
    /// `start onboarding(contact)`: the call it starts.
    Start(Box<Expr>),
    /// `#nudge` as an argument (tests).
    Anchor(Anchor),
}

/// A text with its interpolations.
#[derive(Debug, Clone, PartialEq)]
pub struct StrLit {
    /// With its quotes.
    pub span: Span,
    /// Texts and expressions in turn; none for `""`. Escapes are resolved, a block string's indentation is dropped.
    pub parts: Vec<StrPart>,
    /// Written with `"""`.
    pub block: bool,
}

impl StrLit {
    /// The text, if nothing is interpolated.
    pub fn plain(&self) -> Option<&str> {
        match self.parts.as_slice() {
            [] => Some(""),
            [StrPart::Text { text, .. }] => Some(text),
            _ => None,
        }
    }
}

/// A piece of a string.
#[derive(Debug, Clone, PartialEq)]
pub enum StrPart {
    /// Literal text, never empty.
    Text {
        /// What it means, after escapes.
        text: Arc<str>,
        /// The source it came from.
        span: Span,
    },
    /// `{{ expression }}`
    Expr(Expr),
}

/// `3 days`: a number with its unit.
#[derive(Debug, Clone, PartialEq)]
pub struct DurationLit {
    /// How many.
    pub amount: i64,
    /// Of what.
    pub unit: Unit,
    /// `in support_hours`: which calendar counts the business units.
    pub calendar: Option<Box<Expr>>,
}

/// Units of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unit {
    /// `second(s)`
    Second,
    /// `minute(s)`
    Minute,
    /// `hour(s)`
    Hour,
    /// `day(s)`
    Day,
    /// `week(s)`
    Week,
    /// `month(s)`: a calendar unit.
    Month,
    /// `year(s)`: a calendar unit.
    Year,
    /// `business hour(s)`: counted by a calendar.
    BusinessHour,
    /// `business day(s)`: counted by a calendar.
    BusinessDay,
}

impl Unit {
    /// The word for one of it: `business day`.
    pub fn word(self) -> &'static str {
        match self {
            Unit::Second => "second",
            Unit::Minute => "minute",
            Unit::Hour => "hour",
            Unit::Day => "day",
            Unit::Week => "week",
            Unit::Month => "month",
            Unit::Year => "year",
            Unit::BusinessHour => "business hour",
            Unit::BusinessDay => "business day",
        }
    }
}

/// `09:00`; always a real time of day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeLit {
    /// 0 to 23.
    pub hour: u8,
    /// 0 to 59.
    pub minute: u8,
    /// 0 to 59.
    pub second: u8,
}

/// A call.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// What is called: a name, a field (`sms.send`), a variant (`.bearer`).
    pub callee: Expr,
    /// From `(` to `)`.
    pub args_span: Span,
    /// In source order.
    pub args: Vec<Arg>,
    /// `with { … }`
    pub policy: Option<Policy>,
}

/// `with { timeout: 20 seconds, retry: 3 }`
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// From `with` to `}`.
    pub span: Span,
    /// Its entries.
    pub entries: Vec<Entry>,
}

/// An argument: `x` or `to: x`.
#[derive(Debug, Clone, PartialEq)]
pub struct Arg {
    /// Name and value.
    pub span: Span,
    /// `to`, when named.
    pub name: Option<Ident>,
    /// What is handed over.
    pub value: Expr,
}

/// `key: value` of a map, a policy, a calendar, an HTTP template.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// Key and value.
    pub span: Span,
    /// A name, or a text written as `"X-Token"`.
    pub key: Ident,
    /// The value.
    pub value: Expr,
}

/// Prefix operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Neg,
}

/// Operators between two values, loosest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`
    Eq,
    /// `!=`
    Ne,
    /// `<`
    Lt,
    /// `<=`
    Le,
    /// `>`
    Gt,
    /// `>=`
    Ge,
    /// `??`
    Default,
    /// `+`
    Add,
    /// `-`
    Sub,
    /// `*`
    Mul,
    /// `/`
    Div,
}

impl BinaryOp {
    /// As written.
    pub fn symbol(self) -> &'static str {
        match self {
            BinaryOp::Or => "or",
            BinaryOp::And => "and",
            BinaryOp::Eq => "==",
            BinaryOp::Ne => "!=",
            BinaryOp::Lt => "<",
            BinaryOp::Le => "<=",
            BinaryOp::Gt => ">",
            BinaryOp::Ge => ">=",
            BinaryOp::Default => "??",
            BinaryOp::Add => "+",
            BinaryOp::Sub => "-",
            BinaryOp::Mul => "*",
            BinaryOp::Div => "/",
        }
    }

    /// How tightly it binds; `or` is 1. Comparisons (3) do not chain; `??` (4) groups to the right, all others to the left.
    /// `not` stands between `and` and the comparisons, `-x` above `*`.
    pub fn precedence(self) -> u8 {
        match self {
            BinaryOp::Or => 1,
            BinaryOp::And => 2,
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => 3,
            BinaryOp::Default => 4,
            BinaryOp::Add | BinaryOp::Sub => 5,
            BinaryOp::Mul | BinaryOp::Div => 6,
        }
    }
}

/// `switch` as a value.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchExpr {
    /// What is looked at.
    pub subject: Expr,
    /// In source order.
    pub arms: Vec<SwitchExprArm>,
}

/// One arm of a `switch` that is a value.
#[derive(Debug, Clone, PartialEq)]
pub struct SwitchExprArm {
    /// The whole arm.
    pub span: Span,
    /// What it matches; empty for `else`.
    pub patterns: Vec<Expr>,
    /// Its value.
    pub value: Expr,
}

/// `ask #name "Your name?" as Text, timeout: 10 minutes`
#[derive(Debug, Clone, PartialEq)]
pub struct Ask {
    /// `#name`
    pub anchor: Option<Anchor>,
    /// The question.
    pub prompt: Expr,
    /// What kind of answer.
    pub answer: AskAnswer,
    /// `retries: 2, hint: "…", in: other`
    pub args: Vec<Arg>,
}

/// Where the type of an answer comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum AskAnswer {
    /// Neither `as` nor `from`: a `Text`.
    Text,
    /// `as Email`
    As(TypeExpr),
    /// `from contact.companies show name`, `from Topic`
    From {
        /// A list, or the name of an enum.
        source: Expr,
        /// The field that people see.
        show: Option<Ident>,
    },
}

impl ExprKind {
    /// The depth of the deepest expression directly below.
    fn depth_of_parts(&self) -> u16 {
        fn of_args(args: &[Arg]) -> u16 {
            args.iter().map(|arg| arg.value.depth).max().unwrap_or(0)
        }
        fn of_entries(entries: &[Entry]) -> u16 {
            entries.iter().map(|entry| entry.value.depth).max().unwrap_or(0)
        }
        fn of_exprs(exprs: &[Expr]) -> u16 {
            exprs.iter().map(|expr| expr.depth).max().unwrap_or(0)
        }
        match self {
            ExprKind::Error
            | ExprKind::Null
            | ExprKind::Bool(_)
            | ExprKind::Int(_)
            | ExprKind::Number(_)
            | ExprKind::Percent(_)
            | ExprKind::Time(_)
            | ExprKind::Name(_)
            | ExprKind::Variant(_)
            | ExprKind::Anchor(_) => 0,
            ExprKind::Str(text) => text.parts.iter().map(StrPart::depth).max().unwrap_or(0),
            ExprKind::Duration(duration) => duration.calendar.as_ref().map_or(0, |calendar| calendar.depth),
            ExprKind::Field { base, .. } => base.depth,
            ExprKind::Call(call) => {
                let policy = call.policy.as_ref().map_or(0, |policy| of_entries(&policy.entries));
                call.callee.depth.max(of_args(&call.args)).max(policy)
            }
            ExprKind::Unary { operand, .. } => operand.depth,
            ExprKind::Binary { left, right, .. } => left.depth.max(right.depth),
            ExprKind::List(items) => of_exprs(items),
            ExprKind::Map(entries) => of_entries(entries),
            ExprKind::Switch(switch) => {
                let arms = switch.arms.iter().map(|arm| of_exprs(&arm.patterns).max(arm.value.depth)).max();
                switch.subject.depth.max(arms.unwrap_or(0))
            }
            ExprKind::Ask(ask) => {
                let from = match &ask.answer {
                    AskAnswer::From { source, .. } => source.depth,
                    AskAnswer::Text | AskAnswer::As(_) => 0,
                };
                ask.prompt.depth.max(from).max(of_args(&ask.args))
            }
            ExprKind::Start(call) => call.depth,
        }
    }
}

impl StrPart {
    fn depth(&self) -> u16 {
        match self {
            StrPart::Text { .. } => 0,
            StrPart::Expr(expr) => expr.depth,
        }
    }
}
