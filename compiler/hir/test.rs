//! What only tests do.

use super::{ActionId, EntityId, FlowId, Hir};

/// Something that a test does or asks. It is lowered to a call of a local action of this [`TestOp::name`], which whoever
/// runs the test carries out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TestOp {
    /// `Contact(first_name: "Ada")`: the fields given, by name. Yields the record.
    Create(EntityId),
    /// `mock …`: what the action yields from now on. Arguments to match by name, then `returns`, `then returns`, `fails` with
    /// `why`, in the order of the calls they are for.
    Mock(ActionId),
    /// Whether the action was called, with the arguments given by name. Yields a `Bool`.
    Called(ActionId),
    /// How often it was called, likewise. Yields an `Int`.
    Calls(ActionId),
    /// Whether a run of the flow was started. Yields a `Bool`.
    Started(FlowId),
    /// The newest run of the flow. Yields a `Run`.
    Latest(FlowId),
    /// `run.answer(text, at: #anchor)`
    Answer,
    /// `run.said(text)`: whether the run said something that contains it.
    Said,
    /// `run.waiting`, `run.waiting(#anchor)`
    Waiting,
    /// `run.finished`
    Finished,
    /// `run.failed`, `run.failed(.kind)`
    Failed,
    /// `run.cancelled`
    Cancelled,
    /// `run.refused`: whether the rules of the flow's header did not let it in.
    Refused,
    /// `run.cancel()`
    Cancel,
    /// `run.retry()`
    Retry,
    /// `run.approve(at: #anchor)`: somebody says yes to an action that waits for it.
    Approve,
    /// `run.deny("why", at: #anchor)`
    Deny,
    /// A part of an `expect` begins: where it starts and ends.
    Expecting,
    /// It does not hold: where it starts and ends, and the sides of a comparison with where they stand.
    Unmet,
    /// A statement begins: where it starts and ends.
    Step,
}

/// What the names of test operations begin with; no action that people declare can.
pub const TEST_PREFIX: &str = "test ";

impl TestOp {
    /// Its name in a test program: `test said`, `test create Contact`.
    pub fn name(self, hir: &Hir) -> String {
        let (word, of) = match self {
            TestOp::Create(id) => ("create", hir.entities.get(id.0 as usize).map(|entity| &entity.name)),
            TestOp::Mock(id) => ("mock", hir.actions.get(id.0 as usize).map(|action| &action.name)),
            TestOp::Called(id) => ("called", hir.actions.get(id.0 as usize).map(|action| &action.name)),
            TestOp::Calls(id) => ("calls", hir.actions.get(id.0 as usize).map(|action| &action.name)),
            TestOp::Started(id) => ("started", hir.flows.get(id.0 as usize).map(|flow| &flow.name)),
            TestOp::Latest(id) => ("latest", hir.flows.get(id.0 as usize).map(|flow| &flow.name)),
            TestOp::Answer => ("answer", None),
            TestOp::Said => ("said", None),
            TestOp::Waiting => ("waiting", None),
            TestOp::Finished => ("finished", None),
            TestOp::Failed => ("failed", None),
            TestOp::Cancelled => ("cancelled", None),
            TestOp::Refused => ("refused", None),
            TestOp::Cancel => ("cancel", None),
            TestOp::Retry => ("retry", None),
            TestOp::Approve => ("approve", None),
            TestOp::Deny => ("deny", None),
            TestOp::Expecting => ("expecting", None),
            TestOp::Unmet => ("unmet", None),
            TestOp::Step => ("step", None),
        };
        match of {
            Some(of) => format!("{TEST_PREFIX}{word} {of}"),
            None => format!("{TEST_PREFIX}{word}"),
        }
    }
}
