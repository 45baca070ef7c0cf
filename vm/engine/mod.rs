//! Runs flows durably: takes wakes, steps runs in transactions, carries out what they ask for.
//!
//! - **The transaction is the step.** One writer thread takes wakes in batches and commits each batch once. What a
//!   transaction has not committed has not happened; nothing leaves and nothing is acknowledged before its commit.
//! - **No request leaves before its intent is committed**, and what was under way when the machine died is resolved by its
//!   effect class at the next start.
//! - **A failure is a value, a fault is not**: a fault rolls the run's step back and counts; after five the run is set aside
//!   and everything else goes on.
//! - Nothing of a suspended run is in memory.
//!
//! People and channels use [`Control`]: [`Engine`] answers in process, [`Owner`] asks the process that owns the database.

mod approval;
mod aside;
mod audience;
mod batch;
mod births;
mod chain;
mod config;
mod control;
mod deploy;
mod desk;
mod dispatch;
mod doubt;
mod elsewhere;
mod entry;
mod envelope;
mod erase;
mod error;
mod events;
mod fallback;
mod fanout;
mod follow;
mod former;
mod handle;
mod header;
mod held;
mod history;
mod job;
mod journal;
mod kept;
mod keys;
mod lanes;
mod leave;
mod link;
mod listen;
mod local_api;
mod marshal;
mod memory;
mod migrate;
mod outcome;
mod owner;
mod pace;
mod past;
mod pause;
mod pending;
mod person;
mod prompts;
mod protocol;
mod read;
mod records;
mod recovery;
mod sample;
mod schedule;
mod sending;
mod sent;
mod settle;
mod shared;
mod sidefile;
mod timeline;
mod triggers;
mod turn;
mod view;
mod watch;
mod webhook;
mod wire;
mod world;
mod writer;

pub use crate::migrate::{Mapping, MappingError};
pub use config::{EngineConfig, Fallback, StoreOpener};
pub use control::{Control, Deployment, Migration};
pub use error::{EngineError, ErrorKind};
pub use handle::Engine;
pub use listen::{Bounds, Listening};
pub use local_api::LocalApi;
pub use owner::Owner;
pub use pending::Pending;
pub use view::{
    Act, AnswerTo, Answered, ApprovalView, CallView, Cursor, Decision, Deployed, DoubtView, Fired, FlowCounts,
    FlowView, GoalView, Health, Held, History, Matching, MigrationReport, NoteOn, NoteView, Numbered, ParamView,
    PlaceFate, PlaceReport, Postponed, PromptView, RecordFilter, RecordView, Resolution, Resolved, RunDetail,
    RunFilter, RunId, RunStatus, RunView, Said, SourceLine, TimelineEntry, WaitToken, Watched,
};
pub use webhook::take as take_webhook;

#[cfg(test)]
mod tests;
