//! Checked statements.

use super::entry::Filter;
use super::{EntityId, EventId, Expr, FlowId, LocalId, Pattern};
use crate::diag::Span;
use std::sync::Arc;

/// Statements in order.
#[derive(Debug, Clone, Default)]
pub struct Block {
    /// In order.
    pub stmts: Vec<Stmt>,
}

/// A checked statement.
#[derive(Debug, Clone)]
pub struct Stmt {
    /// What it does.
    pub kind: StmtKind,
    /// Where it stands.
    pub span: Span,
}

/// What a statement does.
#[derive(Debug, Clone)]
pub enum StmtKind {
    /// `let` and `var`: the value has the local's type.
    Let {
        /// The name.
        local: LocalId,
        /// Its value.
        value: Expr,
    },
    /// `let x = e else { … }`: the local has the present type, the block leaves.
    Guard {
        /// The name.
        local: LocalId,
        /// Optional.
        value: Expr,
        /// Never falls through.
        otherwise: Block,
    },
    /// `n = e`
    Assign {
        /// The variable.
        local: LocalId,
        /// Its new value.
        value: Expr,
    },
    /// `contact.plan = .pro`
    SetField {
        /// The entity.
        base: Box<Expr>,
        /// Its type.
        entity: EntityId,
        /// Index into its fields.
        field: u32,
        /// Its new value, of the field's type.
        value: Expr,
    },
    /// An expression for its effect.
    Expr(Expr),
    /// `if`
    If {
        /// A `Bool`.
        condition: Expr,
        /// When it holds.
        then: Block,
        /// When it does not.
        otherwise: Block,
    },
    /// `switch` as a statement.
    Switch {
        /// What is looked at; evaluated once.
        subject: Expr,
        /// In order.
        arms: Vec<SwitchArm>,
        /// Everything else; empty when exhaustive or absent.
        otherwise: Block,
    },
    /// `for x in xs where … { }`: the list is evaluated once, or once for each page.
    For {
        /// The item.
        item: LocalId,
        /// Where the list comes in pages.
        pages: Option<Box<Pages>>,
        /// The list.
        list: Expr,
        /// `where`, a `Bool` over the item.
        filter: Option<Box<Expr>>,
        /// The body.
        body: Block,
    },
    /// `while`
    While {
        /// A `Bool`.
        condition: Expr,
        /// The body.
        body: Block,
    },
    /// `repeat 3 { }`
    Repeat {
        /// An `Int`, evaluated once.
        times: Expr,
        /// The body.
        body: Block,
    },
    /// `break`
    Break,
    /// `continue`
    Continue,
    /// `again`: shows the choice anew.
    Again,
    /// `return`
    Return(Option<Expr>),
    /// `stop`
    Stop,
    /// `fail`: a value of type `Failure`.
    Fail(Expr),
    /// `launch`
    Launch {
        /// Which.
        flow: FlowId,
        /// Every parameter in order.
        args: Vec<Expr>,
    },
    /// `fire`
    Fire {
        /// Which.
        event: EventId,
        /// Every parameter in order.
        args: Vec<Expr>,
    },
    /// `choice`
    Choice(Box<Choice>),
    /// `wait`
    Wait(Wait),
    /// `parallel` and `race`
    Fork(Fork),
    /// `split`
    Split(Split),
    /// `undo`: how to take back what stands right before it.
    Undo(Block),
    /// `try`
    Try {
        /// What may fail.
        body: Block,
        /// The failure, of type `Failure`.
        failure: Option<LocalId>,
        /// What happens then.
        handler: Block,
    },
    /// A block of its own, from desugaring.
    Block(Block),
}

/// An arm of a switch.
#[derive(Debug, Clone)]
pub struct SwitchArm {
    /// Any of these.
    pub patterns: Vec<Pattern>,
    /// The arm.
    pub body: Block,
}

/// A choice.
#[derive(Debug, Clone)]
pub struct Choice {
    /// Where it is offered.
    pub conversation: Expr,
    /// The words.
    pub prompt: Expr,
    /// `#topic`
    pub anchor: Option<Arc<str>>,
    /// In order.
    pub options: Vec<ChoiceOption>,
    /// `else as text`: the name and the arm. Without it, what fits no option is asked again.
    pub otherwise: Option<(Option<LocalId>, Block)>,
    /// `after`
    pub after: Option<(Due, Block)>,
}

/// An option of a choice.
#[derive(Debug, Clone)]
pub struct ChoiceOption {
    /// Its label, a text.
    pub label: Expr,
    /// `#name`
    pub anchor: Option<Arc<str>>,
    /// Evaluated when the choice is shown.
    pub guard: Option<Expr>,
    /// The arm.
    pub body: Block,
    /// Its label in the source.
    pub span: Span,
}

/// A wait; `wait 3 days` is one `after` arm with nothing in it.
#[derive(Debug, Clone)]
pub struct Wait {
    /// `#nudge`
    pub anchor: Option<Arc<str>>,
    /// In order.
    pub arms: Vec<Arm>,
}

/// An arm of a wait.
#[derive(Debug, Clone)]
pub struct Arm {
    /// What it listens to.
    pub kind: ArmKind,
    /// What happens then.
    pub body: Block,
    /// Where it stands.
    pub span: Span,
}

/// What an arm listens to.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "there are few arms, and each lives in a vector once")]
pub enum ArmKind {
    /// `after`
    After(Due),
    /// `on event(args) as name`
    Event {
        /// Which.
        event: EventId,
        /// (parameter, what it must equal).
        matches: Vec<(u32, Expr)>,
        /// Takes the event.
        bind: Option<LocalId>,
        /// `where`
        filter: Option<Filter>,
    },
    /// `when condition`: a `Bool` over fields, variables and pure calls.
    When(Expr),
}

/// A moment to come, reckoned from when the run arrives at the wait.
#[derive(Debug, Clone)]
pub enum Due {
    /// Elapsed time: a `Duration`.
    After(Expr),
    /// Calendar days and months, at a time of day (or the present one), in a zone.
    Calendar {
        /// An `Int`.
        days: Expr,
        /// An `Int`.
        months: Expr,
        /// A `TimeOfDay`.
        at: Option<Expr>,
        /// A `TimeZone`.
        zone: Expr,
    },
    /// An `Instant`.
    Until(Expr),
    /// A date, or the date of an instant, at a time of day in a zone.
    UntilDate {
        /// A `Date`, or an `Instant`.
        date: Expr,
        /// A `TimeOfDay`; midnight, or the instant's own, when absent.
        at: Option<Expr>,
        /// A `TimeZone`.
        zone: Expr,
    },
    /// `wait forever`: no arm of its own.
    Never,
}

/// `parallel` or `race`.
#[derive(Debug, Clone)]
pub struct Fork {
    /// `race`: the first to finish wins.
    pub race: bool,
    /// `#name`
    pub anchor: Option<Arc<str>>,
    /// In order.
    pub paths: Vec<Path>,
}

/// A split: which side is taken is settled by whom the run is about.
#[derive(Debug, Clone)]
pub struct Split {
    /// `#tone`
    pub anchor: Option<Arc<str>>,
    /// In order; their shares make a whole.
    pub sides: Vec<Side>,
}

/// A side of a split.
#[derive(Debug, Clone)]
pub struct Side {
    /// Its name.
    pub name: Arc<str>,
    /// Parts of a million.
    pub share: u32,
    /// Its body.
    pub body: Block,
    /// Its name in the source.
    pub span: Span,
}

/// A path of a fork.
#[derive(Debug, Clone)]
pub struct Path {
    /// Its name.
    pub name: Arc<str>,
    /// Its body.
    pub body: Block,
    /// Variables declared outside that it writes; readable after the block.
    pub writes: Vec<LocalId>,
    /// Its name in the source.
    pub span: Span,
}

#[cfg(test)]
mod tests {
    use super::Stmt;
    use crate::hir::Expr;

    /// Programs are gone through again and again, which takes as long as reading them from memory.
    #[test]
    fn statements_and_expressions_are_small() {
        assert!(size_of::<Expr>() <= 120, "{}", size_of::<Expr>());
        assert!(size_of::<Stmt>() <= 192, "{}", size_of::<Stmt>());
    }
}

/// `call(…).pages(max: 10)`: what is called again for each page.
#[derive(Debug, Clone)]
pub struct Pages {
    /// What the call takes, computed once.
    pub bindings: Vec<(LocalId, Expr)>,
    /// At most so many pages, an `Int`.
    pub max: Expr,
    /// The parameter that says which page, `Text?` or `Int?`.
    pub cursor: LocalId,
    /// What it is for the first page.
    pub first: Expr,
    /// What was answered.
    pub reply: LocalId,
    /// The call, with the cursor. The loop's list is computed from its reply.
    pub call: Expr,
    /// What the cursor is for the next page, or null.
    pub next: Expr,
}
