//! What the engine shows: plain data, the same in process and over the local API.

mod decision;
mod flow;
mod record;
mod run;
mod talk;

pub use decision::{ApprovalView, Decision, DoubtView, Resolution, Resolved};
pub use flow::{
    Deployed, Fired, FlowCounts, FlowView, Health, Matching, MigrationReport, ParamView, PlaceFate, PlaceReport,
};
pub use record::{Act, History, NoteOn, NoteView, Numbered, RecordFilter, RecordView};
pub use run::{
    CallView, GoalView, Held, Postponed, RunDetail, RunFilter, RunId, RunStatus, RunView, SourceLine, TimelineEntry,
};
pub use talk::{AnswerTo, Answered, Cursor, PromptView, Said, WaitToken, Watched};
