//! Why a command did not do as asked, what to do about it, and the exit code that goes with it.

use crate::io::Io;
use crate::paint::hang;
use flow_lang::diag::render::clean;
use flow_vm::engine::{EngineError, ErrorKind, MappingError};

/// Why a command ends early.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Trouble {
    /// Wrong usage: exit code 2.
    Usage(Words),
    /// The rules of the project or the state of a run say no: exit code 1.
    Refused(Words),
    /// The store or the machine: exit code 3.
    Machine(Words),
    /// All has been said already; only the exit code is left.
    Said(u8),
}

/// What is wrong and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    /// A sentence without a full stop.
    pub message: String,
    /// What to do, a sentence.
    pub help: Option<String>,
}

impl From<String> for Words {
    fn from(message: String) -> Self {
        Words { message, help: None }
    }
}

impl From<&str> for Words {
    fn from(message: &str) -> Self {
        message.to_owned().into()
    }
}

impl Trouble {
    /// Wrong usage.
    pub fn usage(message: impl Into<Words>) -> Self {
        Trouble::Usage(message.into())
    }

    /// The project or a run says no.
    pub fn refused(message: impl Into<Words>) -> Self {
        Trouble::Refused(message.into())
    }

    /// The store or the machine.
    pub fn machine(message: impl Into<Words>) -> Self {
        Trouble::Machine(message.into())
    }

    /// The same, with an exit code that is no lower.
    #[must_use]
    pub fn at_least(self, code: u8) -> Self {
        match self {
            Trouble::Said(said) => Trouble::Said(said.max(code)),
            other => other,
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        if let Trouble::Usage(words) | Trouble::Refused(words) | Trouble::Machine(words) = &mut self {
            words.help = Some(text.into());
        }
        self
    }

    /// Says what to do about it, where something is known.
    #[must_use]
    pub fn maybe_help(self, text: Option<String>) -> Self {
        match text {
            Some(text) => self.help(text),
            None => self,
        }
    }

    /// What is wrong, for a sentence of somebody else's.
    pub fn words(&self) -> String {
        match self {
            Trouble::Usage(words) | Trouble::Refused(words) | Trouble::Machine(words) => words.message.clone(),
            Trouble::Said(_) => "there are errors".to_owned(),
        }
    }

    /// 1, 2 or 3.
    pub fn exit_code(&self) -> u8 {
        match self {
            Trouble::Refused(_) => 1,
            Trouble::Usage(_) => 2,
            Trouble::Machine(_) => 3,
            Trouble::Said(code) => *code,
        }
    }

    /// Says it on standard error.
    ///
    /// # Errors
    /// Standard error cannot be written.
    pub fn show(&self, io: &mut Io) -> Result<(), Trouble> {
        let (Trouble::Usage(words) | Trouble::Refused(words) | Trouble::Machine(words)) = self else {
            return Ok(());
        };
        // What was printed before should stand above it.
        let _ = io.flush();
        let paint = io.err_paint();
        let columns = if io.terminal.error { io.terminal.width } else { usize::MAX };
        let mut text = hang(&format!("{} {}", paint.bad("error:"), clean(&words.message)), columns, 7);
        text.push('\n');
        if let Some(help) = &words.help {
            text.push_str(&hang(&format!("{} {}", paint.note("help:"), clean(help)), columns, 6));
            text.push('\n');
        }
        io.write_err(&text)
    }
}

impl From<EngineError> for Trouble {
    fn from(error: EngineError) -> Self {
        let words = match &error {
            EngineError::Store { message, advice } => {
                Words { message: message.clone(), help: Some(advice.clone()).filter(|advice| !advice.is_empty()) }
            }
            EngineError::Argument { message, signature } => {
                Words { message: message.clone(), help: Some(format!("the signature is `{signature}`")) }
            }
            EngineError::UnknownFlow { name, nearest } => Words {
                message: format!("there is no flow `{name}`"),
                help: Some(match nearest {
                    Some(nearest) => format!("did you mean `{nearest}`?"),
                    None => "`flow flows` lists them".to_owned(),
                }),
            },
            EngineError::UnknownEvent { name, nearest } => Words {
                message: format!("there is no event `{name}`"),
                help: nearest.as_ref().map(|nearest| format!("did you mean `{nearest}`?")),
            },
            EngineError::UnknownRun { run } => Words {
                message: format!("there is no run {run}"),
                help: Some("`flow runs` lists them; `--db` names another database".to_owned()),
            },
            EngineError::State { run, .. } => {
                Words { message: error.to_string(), help: Some(format!("`flow show {run}` shows what happened")) }
            }
            EngineError::Owned { path, owner } => Words {
                message: format!("{path} is in use by {owner}, and it does not answer"),
                help: Some("wait until it ends, or end it; what it has acknowledged is kept".to_owned()),
            },
            EngineError::Link { problems } if !problems.is_empty() => {
                let older = problems.iter().any(|problem| problem.contains(" of an older version of "));
                let help = "keep the declaration as it was until those runs have ended: `flow runs --flow FLOW` lists \
                            them, `flow cancel RUN` ends one; or give what is new another name";
                Words {
                    message: format!("the program cannot be deployed:\n  {}", problems.join("\n  ")),
                    help: older.then(|| help.to_owned()),
                }
            }
            EngineError::Mapping { problem } => {
                let help = match problem {
                    MappingError::NothingThere(_) => {
                        "`flow migrate --dry-run` shows where runs of older versions wait; the project's \
                        text is the newest version only after `flow deploy`"
                    }
                    MappingError::NoSuchPlace { .. } => {
                        "`flow build --manifest` lists the places of the files; they count once `flow deploy` has made them the newest version"
                    }
                    MappingError::NoSuchOption { .. } => {
                        "an option is called by its words in quotes, by its anchor as `#yes`, or by its number from 1"
                    }
                    MappingError::Twice { .. } => "leave one of the two out",
                    MappingError::Form(_) => "`flow migrate --help` shows examples",
                };
                Words { message: error.to_string(), help: Some(help.to_owned()) }
            }
            _ => Words { message: error.to_string(), help: None },
        };
        match error.kind() {
            ErrorKind::Usage => Trouble::Usage(words),
            ErrorKind::Refused => Trouble::Refused(words),
            ErrorKind::Machine => Trouble::Machine(words),
        }
    }
}
