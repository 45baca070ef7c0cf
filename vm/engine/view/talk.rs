//! Questions, answers, and what was said.

use super::run::{RunId, RunView};
use crate::action::Message;
use flow_bytecode::program::Expects;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

/// What an answer carries back, so that a stale one is noticed: run, path and revision of the wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct WaitToken {
    /// The run that asked.
    pub run: RunId,
    /// Its path.
    pub path: u16,
    /// The revision of that path's wait.
    pub revision: u32,
}

impl fmt::Display for WaitToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.run, self.path, self.revision)
    }
}

impl FromStr for WaitToken {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is not the token of a prompt");
        let mut parts = text.split('.');
        let (Some(run), Some(path), Some(revision), None) = (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        Ok(WaitToken {
            run: run.parse()?,
            path: path.parse().map_err(|_| wrong())?,
            revision: revision.parse().map_err(|_| wrong())?,
        })
    }
}

/// A prompt that is shown in a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PromptView {
    /// Goes back with the answer.
    pub token: WaitToken,
    /// The key of the place that asks, for `flow answer --at`.
    pub place: String,
    /// The conversation.
    pub conversation: i64,
    /// What is asked.
    pub text: Arc<str>,
    /// Labels, in order; empty for a free answer.
    pub options: Vec<Arc<str>>,
    /// What kind of answer is awaited.
    pub expects: Expects,
}

/// Who an answer is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum AnswerTo {
    /// The prompt with this token.
    Token(WaitToken),
    /// The newest prompt of this run, or the one at this anchor.
    Run {
        /// The run.
        run: RunId,
        /// The place's key or the anchor in it.
        at: Option<String>,
    },
    /// The newest prompt in this conversation.
    Conversation(i64),
}

/// What became of an answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answered {
    /// The run has gone on with it, durably.
    Accepted(RunId),
    /// This very answer was given to this prompt before.
    Duplicate(RunId),
    /// The prompt is over: answered otherwise, timed out or taken over.
    Late(RunId),
    /// Nobody asks: nothing was done.
    NotWaiting,
}

/// How far a reader of [`super::Control::watch`] has come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cursor {
    /// The number of the last message seen in each conversation.
    pub messages: Vec<(i64, i64)>,
    /// The last state of the run seen.
    pub revision: i64,
    /// Also what other runs say and ask in these conversations.
    #[serde(default)]
    pub whole: bool,
}

impl Cursor {
    /// The number of the last message seen in a conversation.
    pub fn seen(&self, conversation: i64) -> i64 {
        self.messages.iter().find(|(other, _)| *other == conversation).map_or(0, |(_, number)| *number)
    }

    /// Notes a message as seen.
    pub fn see(&mut self, conversation: i64, number: i64) {
        match self.messages.iter_mut().find(|(other, _)| *other == conversation) {
            Some((_, last)) => *last = number.max(*last),
            None => self.messages.push((conversation, number)),
        }
    }
}

/// What is new about a run and the conversations it talks in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// For the next call.
    pub cursor: Cursor,
    /// The run, or what it became by `launch`.
    pub run: RunView,
    /// The conversations it talks in: the one it is about, then in the order it came to them.
    pub conversations: Vec<i64>,
    /// What was said since in these by the run and by people, oldest first, with its number in its conversation. What other
    /// runs say is there only for a reader of the whole.
    pub messages: Vec<(i64, Said)>,
    /// What the run asks now, in the order it was asked. In each conversation this is what an answer would go to. For a
    /// reader of the whole, whichever run asks.
    pub prompts: Vec<PromptView>,
    /// For a reader of the whole: another run about one of these conversations is about to take a step, and may ask.
    pub stirring: bool,
    /// Nothing more happens by itself now: it waits for time, an event or a person, or is over.
    pub at_rest: bool,
}

/// A message of a transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// `flow`, `contact`, `teammate`.
    pub from: Arc<str>,
    /// What is said.
    pub text: Arc<str>,
    /// Typed parts beside the text: (`image` | `video` | `link` | `article` | `article_title` |
    /// `article_url` | `file` | `option`, value). A question that is
    /// asked again has the part `refused`: what would have fitted.
    pub parts: Vec<(Arc<str>, Arc<str>)>,
    /// Microseconds since 1970.
    pub at: i64,
    /// Where.
    pub conversation: i64,
    /// The flow whose message it is, when a flow's.
    pub flow: Option<Arc<str>>,
}

impl From<Said> for Message {
    fn from(said: Said) -> Self {
        Message { from: said.from, text: said.text, parts: said.parts }
    }
}
