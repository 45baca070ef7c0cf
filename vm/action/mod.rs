//! Actions: what carries out what a flow declares.
//!
//! Values that cross this border are self-describing: an enum's variant, a tag or a team is the `Text` of its name, a
//! record is a `Map` by field name, an entity is the `Int` of its id.

use flow_bytecode::schema::{CategoryDef, LinkDef};
use flow_bytecode::{Failure, Value};
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

/// A boxed future, for traits that are kept behind a pointer.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Computes a pure action from its arguments.
pub type PureFn = fn(args: &[Value]) -> Result<Value, Failure>;

/// Carries out a local action in the step's transaction.
pub type LocalFn = fn(workspace: &mut dyn Workspace, args: &[Value]) -> Result<Value, ActionError>;

/// What carries out an action.
#[derive(Clone)]
pub enum Implementation {
    /// Computed from its arguments alone.
    Pure(PureFn),
    /// Reads and writes the workspace in the step's transaction.
    Local(LocalFn),
    /// Reads the workspace as the present transaction sees it, and changes nothing.
    Query(LocalFn),
    /// Leaves the machine.
    External(Arc<dyn External>),
}

/// Why a local action did not do as asked.
#[derive(Debug, Clone, PartialEq)]
pub enum ActionError {
    /// A value the flow can catch.
    Failure(Failure),
    /// The store cannot be read or written.
    Fault(String),
}

impl From<Failure> for ActionError {
    fn from(failure: Failure) -> Self {
        ActionError::Failure(failure)
    }
}

/// Implementations by action name, `sms.send`, `Contact.add_tags`.
#[derive(Clone, Default)]
pub struct Registry {
    actions: HashMap<Arc<str>, Implementation>,
}

impl Registry {
    /// Adds an implementation; a later one replaces an earlier one.
    pub fn add(&mut self, name: &str, implementation: Implementation) {
        self.actions.insert(name.into(), implementation);
    }

    /// The name of every action that is carried out, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.actions.keys().map(|name| &**name)
    }

    /// The implementation of this name.
    pub fn get(&self, name: &str) -> Option<&Implementation> {
        self.actions.get(name)
    }
}

/// The workspace as a local action sees it: the step's transaction.
pub trait Workspace {
    /// The step's logical time, microseconds since 1970.
    fn now(&self) -> i64;

    /// The run and the number of the effect being carried out; (0, 0) when a person acts.
    fn actor(&self) -> (i64, u32);

    /// The flow of the run that acts, by its full name; none when a person does.
    ///
    /// # Errors
    /// A fault when the store cannot be read.
    fn flow(&mut self) -> Result<Option<Arc<str>>, ActionError>;

    /// A field of a record.
    ///
    /// # Errors
    /// `.gone` when there is no such record.
    fn get(&mut self, entity: &str, id: i64, field: &str) -> Result<Value, ActionError>;

    /// Writes a field; raises `<entity>.changed` once per record and step.
    ///
    /// # Errors
    /// `.gone`, or `.invalid` when a unique value is taken or the value does not fit the field's type.
    fn set(&mut self, entity: &str, id: i64, field: &str, value: Value) -> Result<(), ActionError>;

    /// Creates a record; fields not given take their defaults. Raises `<entity>.created`. Returns its id.
    ///
    /// # Errors
    /// `.invalid` when a value does not fit or a unique one is taken.
    fn create(&mut self, entity: &str, fields: Vec<(&str, Value)>) -> Result<i64, ActionError>;

    /// Deletes a record with its notes; whether it was there. Runs about it end with `.gone` where they need it.
    ///
    /// # Errors
    /// A fault when the store cannot be written.
    fn delete(&mut self, entity: &str, id: i64) -> Result<bool, ActionError>;

    /// Deletes a contact with all records that belong to it, ends the runs about them, and has whatever else is known of
    /// the contact erased. Raises `contact.erased` when nothing is left.
    ///
    /// # Errors
    /// `.gone` when there is no such contact.
    fn erase(&mut self, contact: i64) -> Result<(), ActionError>;

    /// Ids of the records whose indexed field equals the value, or holds it where it is a list; ascending, at most `limit`.
    ///
    /// # Errors
    /// A fault when the field is not indexed.
    fn find(&mut self, entity: &str, field: &str, value: &Value, limit: usize) -> Result<Vec<i64>, ActionError>;

    /// Ids of the articles that fit these words best, the best first; at most `limit`. Whatever stands in `words` is looked
    /// for: nothing in it is a sign of some query language.
    ///
    /// # Errors
    /// A fault when the store cannot be read.
    fn search_articles(&mut self, words: &str, limit: usize) -> Result<Vec<i64>, ActionError>;

    /// A number kept under a name, as [`Workspace::remember`] left it.
    ///
    /// # Errors
    /// A fault when the store cannot be read.
    fn recall(&mut self, name: &str) -> Result<Option<i64>, ActionError>;

    /// Keeps a number under a name.
    ///
    /// # Errors
    /// A fault when the store cannot be written.
    fn remember(&mut self, name: &str, value: i64) -> Result<(), ActionError>;

    /// A key of this installation for a purpose: the same each time, another for every installation and every purpose.
    fn key(&self, purpose: &str) -> [u8; 32];

    /// What a contact says in a conversation from outside: what is asked there last is answered with it; where nothing is
    /// asked it is a message like any other. Whether it answers.
    ///
    /// # Errors
    /// `.gone` when there is no such conversation.
    fn hear(&mut self, conversation: i64, text: &str) -> Result<bool, ActionError>;

    /// Who gets what is of a category; `None` where it says nothing.
    ///
    /// # Errors
    /// A fault when the store cannot be read.
    fn category(&mut self, name: &str) -> Result<Option<CategoryDef>, ActionError>;

    /// The links of the project that say where they lead.
    ///
    /// # Errors
    /// A fault when the store cannot be read.
    fn links(&mut self) -> Result<Vec<LinkDef>, ActionError>;

    /// When a contact last had an event that flows ask about; its name with dots, or with `_` in their place.
    ///
    /// # Errors
    /// A fault when the store cannot be read.
    fn done_at(&mut self, contact: i64, event: &str) -> Result<Option<i64>, ActionError>;

    /// The first moment from `at` on at which a calendar of the project is open, and when it closes after that, if ever;
    /// `zone` is for a calendar that has none.
    ///
    /// # Errors
    /// `.invalid` when no such calendar is known or it has no zone.
    fn next_open(&mut self, calendar: &str, zone: Option<&str>, at: i64) -> Result<(i64, Option<i64>), ActionError>;

    /// Writes a line into the timeline of the run that acts, for the people who look at it.
    fn log(&mut self, line: &str);

    /// Appends a message to a conversation's transcript; returns its number.
    ///
    /// # Errors
    /// `.gone` when there is no such conversation.
    fn add_message(&mut self, conversation: i64, message: Message) -> Result<i64, ActionError>;

    /// What was said last in a conversation, the oldest first; at most `limit`.
    ///
    /// # Errors
    /// A fault when the store cannot be read.
    fn messages(&mut self, conversation: i64, limit: usize) -> Result<Vec<Message>, ActionError>;

    /// Adds an internal note to a record.
    ///
    /// # Errors
    /// `.gone` when there is no such record.
    fn add_note(&mut self, entity: &str, id: i64, text: &str) -> Result<i64, ActionError>;

    /// Keeps a record that was made elsewhere: as [`Workspace::create`], but nobody is told, and no flow begins.
    ///
    /// # Errors
    /// `.invalid` when a value does not fit.
    fn keep(&mut self, entity: &str, fields: Vec<(&str, Value)>) -> Result<i64, ActionError>;

    /// Keeps what was said elsewhere, and when: nobody is told, and nothing goes on. Whether it is new: the same at the
    /// same moment is known again, also where it has another number.
    ///
    /// # Errors
    /// `.gone` when there is no such conversation.
    fn keep_message(&mut self, conversation: i64, past: Past) -> Result<bool, ActionError>;

    /// Keeps a note that was written elsewhere, at that moment, or now. Whether it is new.
    ///
    /// # Errors
    /// `.gone` when there is no such record.
    fn keep_note(&mut self, entity: &str, id: i64, at: Option<i64>, text: &str) -> Result<bool, ActionError>;

    /// Whether a record has a note that says this, at that moment, or at any.
    ///
    /// # Errors
    /// `.gone` when there is no such record.
    fn has_note(&mut self, entity: &str, id: i64, at: Option<i64>, text: &str) -> Result<bool, ActionError>;

    /// Raises an event by name, with its arguments in order of declaration.
    ///
    /// # Errors
    /// A fault when the event is not declared.
    fn raise(&mut self, event: &str, args: Vec<Value>) -> Result<(), ActionError>;

    /// Lets in whoever begins with what was done so far, or with `enter` false nobody, now or later. How many of which
    /// flows begin, by their full names.
    ///
    /// # Errors
    /// A fault when the store cannot be read or written.
    fn begin(&mut self, enter: bool) -> Result<Vec<(Arc<str>, u64)>, ActionError>;

    /// Ends every wait for an answer in a conversation with the failure the asking runs see.
    ///
    /// # Errors
    /// A fault when the store cannot be written.
    fn end_prompts(&mut self, conversation: i64, failure: Failure) -> Result<(), ActionError>;
}

/// A message in a conversation.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// `flow`, `contact`, `teammate`.
    pub from: Arc<str>,
    /// What is said.
    pub text: Arc<str>,
    /// Typed parts beside the text: (`image` | `video` | `link` | `article` | `article_title` |
    /// `article_url` | `file` | `option`, value).
    pub parts: Vec<(Arc<str>, Arc<str>)>,
}

/// A message that was said elsewhere.
#[derive(Debug, Clone, PartialEq)]
pub struct Past {
    /// Which of its conversation it was there, from 1.
    pub number: Option<i64>,
    /// When, microseconds since 1970; now where nobody knows.
    pub at: Option<i64>,
    /// The flow that said it, where one did.
    pub flow: Option<Arc<str>>,
    /// What was said.
    pub message: Message,
}

/// An action that leaves the machine.
pub trait External: Send + Sync {
    /// Within the step: the request as it will be stored and sent, without any secret's value. Pure.
    ///
    /// # Errors
    /// `.invalid` when the arguments make no request.
    fn prepare(&self, args: &[Value]) -> Result<StoredRequest, Failure>;

    /// As [`External::prepare`], for an action that keeps a record of what it sends, or has to look something up: called
    /// once for each effect, in the transaction in which its intent is written. `key` is the effect's idempotency key.
    ///
    /// # Errors
    /// As [`External::prepare`]; nothing may be written before one.
    fn begin(&self, _workspace: &mut dyn Workspace, _key: &str, args: &[Value]) -> Result<StoredRequest, ActionError> {
        self.prepare(args).map_err(ActionError::from)
    }

    /// Whether [`External::finish`] or [`External::doubt`] does anything.
    fn keeps_record(&self) -> bool {
        false
    }

    /// In the step that hears what became of a request; also when the run that made it does not wait for it any more.
    ///
    /// # Errors
    /// As those of a local action; a failure is nobody's.
    fn finish(
        &self,
        _workspace: &mut dyn Workspace,
        _request: &StoredRequest,
        _outcome: &Result<Value, Failure>,
    ) -> Result<(), ActionError> {
        Ok(())
    }

    /// In the step that hears that nobody knows what became of a request. [`External::finish`] follows when somebody says so;
    /// where a flow has caught the doubt, or its run is over, never.
    ///
    /// # Errors
    /// As [`External::finish`].
    fn doubt(&self, _workspace: &mut dyn Workspace, _request: &StoredRequest) -> Result<(), ActionError> {
        Ok(())
    }

    /// What the action yields when it has happened, as far as its request says: so that who says that it has need not.
    fn known_result(&self, _request: &StoredRequest) -> Option<Value> {
        None
    }

    /// What somebody who looks for a request on the other side needs to find it, a word for each: `("subject", "Hello")`.
    /// Never the value of a secret.
    fn traces(&self, _request: &StoredRequest) -> Vec<(&'static str, String)> {
        Vec::new()
    }

    /// Whether a call counts as sent in a test that says nothing else of it. Of others a test has to say what stands for
    /// them.
    fn stands_in(&self) -> bool {
        false
    }

    /// What a call that counts as sent yields there.
    fn stand_in(&self, request: &StoredRequest) -> Value {
        self.known_result(request).unwrap_or_default()
    }

    /// The shortest time between the beginnings of two requests to one destination, microseconds.
    fn gap_us(&self) -> i64 {
        0
    }

    /// Whether [`External::perform`] is ready the first time it is polled and never blocks, because it is answered in this
    /// process: the engine may then poll it where it stands, without a task.
    fn is_immediate(&self) -> bool {
        false
    }

    /// After the intent is committed: sends the stored request.
    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome>;

    /// Asks whether something has happened, with the stored request of an action that finds it.
    fn find<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Found> {
        Box::pin(async move {
            match self.perform(request, attempt).await {
                Outcome::Done(Value::Null) => Found::Nothing,
                Outcome::Done(value) => Found::Happened(value),
                Outcome::Failed { failure, .. } | Outcome::Unclear { failure, .. } => {
                    Found::Unknown(failure.message.to_string())
                }
                Outcome::InDoubt { message } => Found::Unknown(message),
            }
        })
    }
}

/// What the other side says of something that may have happened.
#[derive(Debug, Clone, PartialEq)]
pub enum Found {
    /// It has: the result, self-describing.
    Happened(Value),
    /// It has not.
    Nothing,
    /// It could not be asked; why, a sentence.
    Unknown(String),
}

/// A request as it is stored with its intent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredRequest {
    /// Who it goes to, for pacing and for people: a host, with a `#channel` where each has a pace of its own.
    pub destination: String,
    /// Its bytes, in the action's own format.
    pub bytes: Vec<u8>,
}

/// Who is shown the words of an answer while they come. It is a preview: nothing of it is kept, and nothing hangs on it.
pub trait Progress: Send + Sync {
    /// Whether anybody looks.
    fn wanted(&self) -> bool;

    /// What a run's attempt has been told so far; empty when it is over, however that ended.
    fn words(&self, run: i64, words: &str);
}

/// One attempt at a stored request.
#[derive(Clone, Copy)]
pub struct Attempt<'a> {
    /// The idempotency key: the same for every attempt at this effect.
    pub key: &'a str,
    /// 1 for the first.
    pub number: u32,
    /// When it begins, microseconds since 1970.
    pub now_us: i64,
    /// How long this attempt may take, microseconds.
    pub timeout_us: i64,
    /// Looks up a secret's value by name.
    pub secrets: &'a dyn Secrets,
    /// The run that it is for.
    pub run: i64,
    /// Who is shown what comes while it comes.
    pub progress: Option<&'a dyn Progress>,
}

/// Where secrets are kept.
pub trait Secrets: Send + Sync {
    /// The value of a secret; `None` when it is not set.
    fn get(&self, name: &str) -> Option<String>;
}

/// What became of an attempt.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It happened; the result, self-describing.
    Done(Value),
    /// It provably did not happen, or the other side refused it.
    Failed {
        /// As the flow sees it.
        failure: Failure,
        /// Whether another attempt may do better.
        retryable: bool,
        /// How long the other side asks to wait, microseconds.
        retry_after_us: Option<i64>,
    },
    /// It may have happened, and what came back, or did not, is a failure where that does not matter: of a call that changes
    /// nothing, or that may be made twice. Of any other it is in doubt.
    Unclear {
        /// What it is where it does not matter.
        failure: Failure,
        /// Whether another attempt may do better.
        retryable: bool,
    },
    /// It may have happened.
    InDoubt {
        /// What is known, a sentence.
        message: String,
    },
}
