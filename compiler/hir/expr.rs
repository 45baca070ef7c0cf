//! Checked expressions.

use super::{ActionId, Due, EntityId, EnumId, EventId, FlowId, LocalId, RecordId, SymbolKind, TestOp, Ty};
use crate::diag::Span;
use flow_bytecode::Intrinsic;
use flow_bytecode::op::Cmp;
use flow_bytecode::program::{EffectClass, Escape};
use rust_decimal::Decimal;
use std::sync::Arc;

/// A checked expression.
#[derive(Debug, Clone)]
pub struct Expr {
    /// What it computes.
    pub kind: ExprKind,
    /// The type of what it yields.
    pub ty: Ty,
    /// Where it stands.
    pub span: Span,
}

/// What an expression computes. Operands are evaluated left to right.
#[derive(Debug, Clone)]
pub enum ExprKind {
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// An exact decimal.
    Number(Decimal),
    /// An amount with its currency.
    Money(Decimal, [u8; 3]),
    /// A text without holes; also an email, phone, URL or time zone literal in its normal form.
    Text(Arc<str>),
    /// Microseconds.
    Duration(i64),
    /// Days since 1970-01-01.
    Date(i32),
    /// Microseconds since midnight.
    TimeOfDay(i64),
    /// A variant, by position.
    Variant(EnumId, u32),
    /// The kind of a failure, without its dot.
    FailureKind(Arc<str>),
    /// A declared name: `.vip`. A secret is [`ExprKind::Secret`].
    Symbol(SymbolKind, Arc<str>),
    /// `secret.shop_token`
    Secret(Arc<str>),
    /// A text with holes. Of type `Secret` when a part is one.
    Template(Vec<TemplatePart>),
    /// A name.
    Local(LocalId),
    /// A field of an entity, as it is now.
    Field {
        /// The entity.
        base: Box<Expr>,
        /// Its type.
        entity: EntityId,
        /// Index into its fields.
        field: u32,
    },
    /// A field of a record.
    Part {
        /// The record.
        base: Box<Expr>,
        /// Its type.
        record: RecordId,
        /// Index into its fields.
        field: u32,
    },
    /// A parameter of an event bound by an arm.
    EventPart {
        /// The event.
        base: Box<Expr>,
        /// Which.
        event: EventId,
        /// Index into its parameters.
        param: u32,
    },
    /// `base?.…`: null when the base is, else `then`, in which `local` is the base's value. `ty` is optional.
    Chain {
        /// Optional.
        base: Box<Expr>,
        /// Holds the present value.
        local: LocalId,
        /// What follows; optional or not.
        then: Box<Expr>,
    },
    /// `left ?? right`
    Coalesce {
        /// Optional.
        left: Box<Expr>,
        /// Used when it is null.
        right: Box<Expr>,
    },
    /// `T?` used as `T`, known to be present. Should it be null after all, the failure `.invalid` is raised.
    Unwrap(Box<Expr>),
    /// `T` used as `T?`.
    Wrap(Box<Expr>),
    /// A conversion that loses nothing.
    Convert(Convert, Box<Expr>),
    /// One operand.
    Unary(Unary, Box<Expr>),
    /// Two operands. Types agree after conversions.
    Binary(Binary, Box<Expr>, Box<Expr>),
    /// A list.
    List(Vec<Expr>),
    /// A map or a JSON object.
    Map(Vec<(Arc<str>, Expr)>),
    /// A record with every field, in order, defaults filled in.
    Record(RecordId, Vec<Expr>),
    /// Length of a text (characters), list or map.
    Len(Box<Expr>),
    /// An item of a list.
    Item(Box<Expr>, Box<Expr>),
    /// A built-in operation. Arguments as [`Intrinsic`] documents them; `ty` is its result's type.
    Intrinsic(Intrinsic, Vec<Expr>),
    /// A JSON value as the type of this expression; fails `.invalid`.
    Decode(Box<Expr>),
    /// An action, every parameter given in order.
    Action(Box<ActionCall>),
    /// A call that sends a message, where the header of some flow says when and how often that may be. What it is called
    /// with is computed before it waits.
    Send {
        /// What the source calls.
        action: ActionId,
        /// The call.
        call: Box<Expr>,
        /// This is null when the message is skipped; else, where its value is used, that is a failure.
        may_skip: bool,
    },
    /// A flow, waited for.
    Call {
        /// Which.
        flow: FlowId,
        /// Every parameter in order.
        args: Vec<Expr>,
    },
    /// A run of its own.
    Start {
        /// Which.
        flow: FlowId,
        /// Every parameter in order.
        args: Vec<Expr>,
    },
    /// A question.
    Ask(Box<Ask>),
    /// A switch that yields a value. `ty` is the arms' common type.
    Switch {
        /// What is looked at; evaluated once.
        subject: Box<Expr>,
        /// In order.
        arms: Vec<(Vec<Pattern>, Expr)>,
        /// Everything else; `None` when the arms are exhaustive.
        otherwise: Option<Box<Expr>>,
    },
    /// Names for the rest: each value is computed once, in order.
    Let {
        /// (name, value).
        bindings: Vec<(LocalId, Expr)>,
        /// The rest.
        body: Box<Expr>,
    },
    /// A text for each item of a list, one after the other.
    Each {
        /// The list.
        list: Box<Expr>,
        /// The item.
        item: LocalId,
        /// What is made of it, a text that only looks.
        body: Box<Expr>,
    },
    /// What only tests do: each argument has a name.
    Test(TestOp, Vec<(Arc<str>, Expr)>),
    /// `fail` and guards as a value of type `Never`: raises the failure.
    Raise(Box<Expr>),
}

/// A part of a text.
#[derive(Debug, Clone)]
pub enum TemplatePart {
    /// As written.
    Text(Arc<str>),
    /// A hole; its type can be shown, and is not optional.
    Hole(Expr),
    /// A hole that is escaped for where it stands: in a URL, in HTML.
    Escaped(Escape, Expr),
    /// A hole in the path of an address that is called, and what it is called.
    Path(Arc<str>, Expr),
}

/// Conversions that lose nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Convert {
    /// `Int` to `Number`.
    IntToNumber,
    /// `Email`, `Phone`, `Url`, `TimeZone` to `Text`: the same value.
    ToText,
    /// A literal or checked text to `Email` …: the same value.
    Refine,
    /// `Text` to `Secret`.
    TextToSecret,
    /// `Team` to `Assignee`.
    TeamToAssignee,
    /// `Teammate` to `Assignee`.
    TeammateToAssignee,
    /// Anything JSON can hold to `Json`: enums by name, records by field, dates and instants as text.
    ToJson,
}

/// Operators of one operand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unary {
    /// `-`, of `Int`, `Number`, `Money`, `Duration`.
    Negate,
    /// `not`
    Not,
}

/// Operators of two operands. The operands' types decide the instruction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Binary {
    /// `+`: numbers, amounts, durations, instant and duration, texts.
    Add,
    /// `-`: numbers, amounts, durations, instant and duration, two instants.
    Subtract,
    /// `*`: numbers, amount and number, duration and whole number.
    Multiply,
    /// `/`: yields a `Number` of two whole numbers.
    Divide,
    /// `==`, `!=` of any type with equality, `<` … of ordered ones.
    Compare(Cmp),
    /// `and`, with short cut.
    And,
    /// `or`, with short cut.
    Or,
}

/// A pattern of a switch.
#[derive(Debug, Clone, Eq, Hash)]
#[allow(
    clippy::derived_hash_with_manual_eq,
    reason = "what is equal is what would be derived; it is only counted in tests"
)]
pub enum Pattern {
    /// A variant's, symbol's or failure kind's name, or a text.
    Text(Arc<str>),
    /// A whole number, date, duration …: its scalar.
    Scalar(i64),
    /// A number.
    Number(Decimal),
    /// `true`, `false`
    Bool(bool),
    /// `null`
    Null,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Pattern) -> bool {
        crate::effort::spent(1);
        match (self, other) {
            (Pattern::Text(one), Pattern::Text(other)) => one == other,
            (Pattern::Scalar(one), Pattern::Scalar(other)) => one == other,
            (Pattern::Number(one), Pattern::Number(other)) => one == other,
            (Pattern::Bool(one), Pattern::Bool(other)) => one == other,
            (Pattern::Null, Pattern::Null) => true,
            _ => false,
        }
    }
}

/// A call of an action.
#[derive(Debug, Clone)]
pub struct ActionCall {
    /// What carries it out.
    pub action: ActionId,
    /// What the source calls, when that is an action whose template this is.
    pub template: Option<ActionId>,
    /// Every parameter in order.
    pub args: Vec<Expr>,
    /// The class it is called with: that of its signature, or of the template that calls it.
    pub class: EffectClass,
    /// Policy, defaults filled in; meaningless for pure and local ones.
    pub policy: CallPolicy,
    /// What else it is called with; most are called with nothing else.
    pub extras: Option<Box<CallExtras>>,
}

// A program is walked many times: twice the size, and half as much of it stays in the cache.
const _: () = assert!(size_of::<Expr>() <= 72);

impl ActionCall {
    /// What the source calls.
    pub fn named(&self) -> ActionId {
        self.template.unwrap_or(self.action)
    }
}

/// Policy of an external call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CallPolicy {
    /// Per attempt, microseconds.
    pub timeout_us: i64,
    /// Further attempts.
    pub retry: u32,
    /// Before the first further attempt, microseconds.
    pub backoff_us: i64,
}

/// What an external call is made with beside its arguments.
#[derive(Debug, Clone, Default)]
pub struct CallExtras {
    /// Who has to approve it, an `Assignee`, and within how many microseconds.
    pub approval: Option<(Expr, Option<i64>)>,
    /// The flow's own idempotency key, a `Text`.
    pub key: Option<Expr>,
    /// How the other side is asked whether it happened, for a `@verified` action.
    pub verifier: Option<Verifier>,
    /// What the source calls it with, where that is an action with a template that somebody has to approve.
    pub asked: Vec<Expr>,
}

/// A call that is made only when another one is in doubt.
#[derive(Debug, Clone)]
pub struct Verifier {
    /// What carries it out.
    pub action: ActionId,
    /// The action whose template it is.
    pub template: Option<ActionId>,
    /// Its arguments.
    pub args: Vec<Expr>,
}

impl CallExtras {
    /// Whether no value stands behind the arguments of the call.
    pub fn is_bare(&self) -> bool {
        let asks = self.verifier.as_ref().is_some_and(|verifier| !verifier.args.is_empty());
        self.approval.is_none() && self.key.is_none() && !asks && self.asked.is_empty()
    }
}

impl Default for CallPolicy {
    /// 30 seconds, no further attempt, one second before the first.
    fn default() -> Self {
        CallPolicy { timeout_us: 30_000_000, retry: 0, backoff_us: 1_000_000 }
    }
}

/// A question. Its expression's type is optional when it has a timeout, a number of retries or a list to pick from.
#[derive(Debug, Clone)]
pub struct Ask {
    /// Where it is asked.
    pub conversation: Expr,
    /// The words.
    pub prompt: Expr,
    /// `#name`
    pub anchor: Option<Arc<str>>,
    /// What is asked for.
    pub kind: AskKind,
    /// Reckoned from the first showing.
    pub timeout: Option<Due>,
    /// An `Int`: how often it is asked again.
    pub retries: Option<Expr>,
    /// Shown after an answer that does not fit.
    pub hint: Option<Expr>,
    /// Smallest answer, of the answer's type (`Int`, `Number`, `Date`); for `Text` an `Int`, its length.
    pub min: Option<Expr>,
    /// Largest answer, likewise.
    pub max: Option<Expr>,
}

/// What is asked for.
#[allow(clippy::large_enum_variant, reason = "there are few questions, and each stands in a box of its own")]
#[derive(Debug, Clone)]
pub enum AskKind {
    /// `as T`: Text, Email, Phone, Url, Int, Number, Date, TimeOfDay, Bool or File.
    As(Ty),
    /// `from list show expr`
    From {
        /// What to pick from.
        list: Expr,
        /// An item, for `show`.
        item: LocalId,
        /// Its label, a text.
        show: Expr,
    },
    /// `from Topic`
    Enum(EnumId),
}

impl Expr {
    /// Whether it does more than look, its parts aside: it calls, starts or asks.
    pub fn does_something(&self) -> bool {
        match &self.kind {
            ExprKind::Action(call) => !call.class.only_looks(),
            ExprKind::Call { .. } | ExprKind::Start { .. } | ExprKind::Ask(_) | ExprKind::Test(..) => true,
            _ => false,
        }
    }

    /// Every expression directly within this one.
    pub fn for_each_part<'e>(&'e self, each: &mut dyn FnMut(&'e Expr)) {
        match &self.kind {
            ExprKind::Template(parts) => {
                for part in parts {
                    if let TemplatePart::Hole(hole) | TemplatePart::Escaped(_, hole) | TemplatePart::Path(_, hole) =
                        part
                    {
                        each(hole);
                    }
                }
            }
            ExprKind::Field { base, .. } | ExprKind::Part { base, .. } | ExprKind::EventPart { base, .. } => each(base),
            ExprKind::Chain { base, then, .. } => {
                each(base);
                each(then);
            }
            ExprKind::Coalesce { left, right } | ExprKind::Binary(_, left, right) | ExprKind::Item(left, right) => {
                each(left);
                each(right);
            }
            ExprKind::Unwrap(inner)
            | ExprKind::Wrap(inner)
            | ExprKind::Convert(_, inner)
            | ExprKind::Unary(_, inner)
            | ExprKind::Len(inner)
            | ExprKind::Decode(inner)
            | ExprKind::Send { call: inner, .. }
            | ExprKind::Raise(inner) => each(inner),
            ExprKind::List(items) | ExprKind::Intrinsic(_, items) | ExprKind::Record(_, items) => {
                items.iter().for_each(each)
            }
            ExprKind::Map(pairs) => pairs.iter().for_each(|(_, value)| each(value)),
            ExprKind::Test(_, args) => args.iter().for_each(|(_, value)| each(value)),
            ExprKind::Action(call) => {
                call.args.iter().for_each(&mut *each);
                if let Some(extras) = &call.extras {
                    extras.approval.iter().for_each(|(by, _)| each(by));
                    extras.key.iter().for_each(&mut *each);
                    extras.verifier.iter().flat_map(|verifier| &verifier.args).for_each(&mut *each);
                    extras.asked.iter().for_each(each);
                }
            }
            ExprKind::Switch { subject, arms, otherwise } => {
                each(subject);
                arms.iter().for_each(|(_, value)| each(value));
                otherwise.iter().for_each(|value| each(value));
            }
            ExprKind::Each { list, body, .. } => {
                each(list);
                each(body);
            }
            ExprKind::Let { bindings, body } => {
                bindings.iter().for_each(|(_, value)| each(value));
                each(body);
            }
            _ => {}
        }
    }
}
