//! What the writer is asked to do.

use super::control::{Deployment, Migration};
use super::error::EngineError;
use super::follow::FollowWake;
use super::pending::Reply;
use super::turn::TurnWake;
use super::view::{Answered, Deployed, Fired, Matching, MigrationReport, RunId};
use crate::action::{ActionError, Workspace};
use flow_bytecode::{Failure, Value};

/// What a person does in the workspace, in a transaction of its own. Called again if the batch must be taken again.
pub(super) type Deed = Box<dyn FnMut(&mut dyn Workspace) -> Result<Value, ActionError> + Send>;

/// One thing to do in a batch.
pub(super) enum Job {
    /// A wake for a run.
    Wake {
        run: i64,
        wake: TurnWake,
        reply: Tell,
    },
    /// Whatever is in the inbox of a run.
    Inbox {
        run: i64,
    },
    /// An answer to the newest prompt in a conversation.
    AnswerIn {
        conversation: i64,
        answer: Value,
        reply: Reply<Answered>,
    },
    Start {
        flow: String,
        args: Vec<(String, Value)>,
        reply: Reply<RunId>,
    },
    Fire {
        event: String,
        args: Vec<(String, Value)>,
        delivery: Option<(String, String)>,
        reply: Reply<Fired>,
    },
    /// The next who must be told of a change.
    FanOut,
    /// The next of what is to be erased; or, once nothing is left, that it is told.
    Erase {
        told: bool,
    },
    /// Triggers whose moment has come.
    Timers,
    /// Holds a flow, or no longer.
    Pause {
        flow: String,
        on: bool,
        reply: Reply<bool>,
    },
    /// Lets in who belongs to the audience of a flow already, a page at a time.
    Matching {
        flow: String,
        after: i64,
        reply: Reply<Matching>,
    },
    Act {
        deed: Deed,
        reply: Reply<Result<Value, Failure>>,
    },
    Deploy {
        deployment: Box<Deployment>,
        dry: bool,
        reply: Reply<Deployed>,
    },
    Migrate {
        migration: Box<Migration>,
        reply: Reply<MigrationReport>,
    },
}

/// Who waits for the end of a wake.
pub(super) enum Tell {
    Nobody,
    Done(Reply<()>),
    Answered(Reply<Answered>),
}

impl Job {
    /// A wake nobody waits for.
    pub fn wake(run: i64, wake: TurnWake) -> Self {
        Job::Wake { run, wake, reply: Tell::Nobody }
    }

    pub fn due(run: i64) -> Self {
        Job::wake(run, TurnWake::Due)
    }

    /// The run it is for; 0 when that is found in the transaction, or it is for none.
    pub fn run(&self) -> i64 {
        match self {
            Job::Wake { run, .. } | Job::Inbox { run } => *run,
            _ => 0,
        }
    }

    /// Tells whoever waits that it was not done.
    pub fn refuse(self, error: EngineError) {
        match self {
            Job::Wake { reply, .. } => match reply {
                Tell::Nobody => {}
                Tell::Done(reply) => reply.send(Err(error)),
                Tell::Answered(reply) => reply.send(Err(error)),
            },
            Job::Inbox { .. } | Job::Timers | Job::FanOut | Job::Erase { .. } => {}
            Job::Pause { reply, .. } => reply.send(Err(error)),
            Job::Matching { reply, .. } => reply.send(Err(error)),
            Job::AnswerIn { reply, .. } => reply.send(Err(error)),
            Job::Start { reply, .. } => reply.send(Err(error)),
            Job::Fire { reply, .. } => reply.send(Err(error)),
            Job::Act { reply, .. } => reply.send(Err(error)),
            Job::Deploy { reply, .. } => reply.send(Err(error)),
            Job::Migrate { reply, .. } => reply.send(Err(error)),
        }
    }

    /// Whether it can be done again without doing anything twice, whatever became of the first time.
    pub fn may_be_repeated(&self) -> bool {
        match self {
            Job::Wake { wake, reply, .. } => {
                matches!(reply, Tell::Nobody) && !matches!(wake, TurnWake::Follow(FollowWake::Changed))
            }
            Job::Inbox { .. } | Job::Timers | Job::FanOut | Job::Erase { .. } => true,
            _ => false,
        }
    }
}

/// What a job's sender is told after the commit.
pub(super) enum Done {
    Told(super::turn::Told),
    Started(RunId),
    Fired(Fired),
    Acted(Result<Value, Failure>),
    Paused(bool),
    Matched(Matching),
    Deployed(Deployed),
    Migrated(MigrationReport),
    Refused(EngineError),
    Nothing,
}

impl Done {
    /// Tells the sender.
    pub fn tell(self, job: Job) {
        use super::turn::Told;
        match (self, job) {
            (Done::Refused(error) | Done::Told(Told::Refused(error)), job) => job.refuse(error),
            (
                Done::Told(Told::Answered(answered)),
                Job::Wake { reply: Tell::Answered(reply), .. } | Job::AnswerIn { reply, .. },
            ) => {
                reply.send(Ok(answered));
            }
            (Done::Told(_), Job::Wake { reply: Tell::Done(reply), .. }) => reply.send(Ok(())),
            (Done::Started(run), Job::Start { reply, .. }) => reply.send(Ok(run)),
            (Done::Fired(fired), Job::Fire { reply, .. }) => reply.send(Ok(fired)),
            (Done::Acted(result), Job::Act { reply, .. }) => reply.send(Ok(result)),
            (Done::Deployed(deployed), Job::Deploy { reply, .. }) => reply.send(Ok(deployed)),
            (Done::Migrated(report), Job::Migrate { reply, .. }) => reply.send(Ok(report)),
            (Done::Paused(changed), Job::Pause { reply, .. }) => reply.send(Ok(changed)),
            (Done::Matched(matching), Job::Matching { reply, .. }) => reply.send(Ok(matching)),
            (
                _,
                Job::Wake { reply: Tell::Nobody, .. }
                | Job::Inbox { .. }
                | Job::Timers
                | Job::FanOut
                | Job::Erase { .. },
            ) => {}
            (_, job) => job.refuse(EngineError::internal("a job ended as another")),
        }
    }
}
