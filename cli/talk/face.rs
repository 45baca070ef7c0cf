//! What a conversation looks like to whoever follows it.

use crate::io::Io;
use crate::trouble::Trouble;
use crate::values::Moments;
use flow_vm::engine::{CallView, PromptView, RunView, Said};

/// A run that waits for something else than an answer.
pub struct Waiting<'a> {
    /// The run.
    pub run: &'a RunView,
    /// What it waits for, as the source has it; empty where that is one thing only.
    pub arms: Vec<String>,
    /// The command that goes on later.
    pub go_on: String,
}

/// How what happens is shown.
pub trait Face {
    /// Somebody said something. `name` is who, for people.
    ///
    /// # Errors
    /// It cannot be written.
    fn said(&mut self, said: &Said, name: &str, io: &mut Io) -> Result<(), Trouble>;

    /// What comes now is of another conversation than what was shown last.
    ///
    /// # Errors
    /// It cannot be written.
    fn turns_to(&mut self, conversation: &str, io: &mut Io) -> Result<(), Trouble>;

    /// The run asks, and an answer is read for it; `refused` is what would have fitted when the one before did not.
    ///
    /// # Errors
    /// It cannot be written.
    fn asks(&mut self, prompt: &PromptView, refused: Option<&str>, io: &mut Io) -> Result<(), Trouble>;

    /// The run waits for something else than an answer: for which things, as the source has them, and how to go on.
    ///
    /// # Errors
    /// It cannot be written.
    fn waits(&mut self, waiting: &Waiting, moments: &Moments, io: &mut Io) -> Result<(), Trouble>;

    /// Time has been let pass.
    ///
    /// # Errors
    /// It cannot be written.
    fn jumped(&mut self, from_us: i64, moments: &Moments, io: &mut Io) -> Result<(), Trouble>;

    /// A call outside takes a while.
    ///
    /// # Errors
    /// It cannot be written.
    fn calls(&mut self, call: &CallView, moments: &Moments, io: &mut Io) -> Result<(), Trouble>;

    /// A remark about the answer just given.
    ///
    /// # Errors
    /// It cannot be written.
    fn remark(&mut self, text: &str, io: &mut Io) -> Result<(), Trouble>;
}
