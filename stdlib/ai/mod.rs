//! The family `ai`: a language model over the wire, or what stands in for one.

mod answer;
mod ask;
mod assist;
mod classify;
mod collect;
mod concepts;
mod live;
mod quote;
#[cfg(test)]
mod sentences;
mod settings;
mod words;

pub use settings::{Ai, Provider};

use crate::channel::{Channels, refusal};
use crate::http::Net;
use crate::http::draft::Draft;
use crate::http::outcome::{Effect, of_trouble};
use crate::http::secrets::Revealed;
use ask::{Question, Turn};
use classify::Label;
use collect::Wanted;
use flow_bytecode::{Failure, Value};
use flow_vm::action::{
    ActionError, Attempt, BoxFuture, External, Implementation, Outcome, Registry, StoredRequest, Workspace,
};
use live::{Live, Shown};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use std::time::Duration;

/// Where an answer comes from that no model gives.
const HERE: &str = "this machine";

/// Adds the family's actions.
pub fn register(registry: &mut Registry, net: &Arc<Net>, channels: &Channels) {
    for (name, deed) in [
        ("ai.respond", Deed::Respond),
        ("ai.classify", Deed::Classify(About::Ticket)),
        ("ai.answer", Deed::Answer),
        ("ai.collect", Deed::Collect),
        ("ai.classify_text", Deed::Classify(About::Text)),
    ] {
        let action = Think { net: net.clone(), settings: channels.ai.clone(), deed };
        registry.add(name, Implementation::External(Arc::new(action)));
    }
}

/// What an action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Deed {
    /// `ai.respond`
    Respond,
    /// `ai.answer`
    Answer,
    /// `ai.collect`
    Collect,
    /// `ai.classify`, `ai.classify_text`
    Classify(About),
}

/// What is classified.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum About {
    /// Subject and description of a ticket.
    Ticket,
    /// A text.
    Text,
}

struct Think {
    net: Arc<Net>,
    settings: Option<Ai>,
    deed: Deed,
}

/// A request as it is stored.
#[derive(Debug, Serialize, Deserialize)]
enum Stored {
    /// The answer is there already.
    Here(Value),
    /// A model is asked.
    Model { question: Question, wants: Wants },
}

/// What an answer has to be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Wants {
    /// Any text.
    Text,
    /// One of the categories, and a mood.
    Category(Vec<Label>),
    /// An answer from the articles of these names.
    Answer(Vec<String>),
    /// What is known of the fields of a record, and what to ask next.
    Fields(Box<Wanted>),
}

impl Wants {
    /// The value of an answer.
    fn read(&self, answer: &str) -> Result<Value, String> {
        match self {
            Wants::Text => Ok(Value::text(answer.trim())),
            Wants::Category(labels) => classify::read(answer, labels),
            Wants::Answer(names) => assist::read(answer, names),
            Wants::Fields(wanted) => collect::read(answer, wanted),
        }
    }

    /// What of an answer is words for people.
    fn shown(&self) -> Shown {
        match self {
            Wants::Text => Shown::Whole,
            Wants::Answer(_) => Shown::Field("text"),
            Wants::Fields(_) => Shown::Field("ask"),
            Wants::Category(_) => Shown::Nothing,
        }
    }
}

fn invalid(message: impl Into<String>) -> Failure {
    Failure::new("invalid", message.into())
}

/// An argument that is a text, where it is given.
fn text(args: &[Value], at: usize) -> Option<&Arc<str>> {
    args.get(at).and_then(Value::as_text)
}

impl Think {
    fn store(&self, stored: &Stored) -> Result<StoredRequest, Failure> {
        let destination = match (stored, &self.settings) {
            (Stored::Model { question, .. }, Some(ai)) => question.draft(ai, &self.net)?.1,
            _ => HERE.to_owned(),
        };
        let bytes = serde_json::to_vec(stored).map_err(|error| invalid(error.to_string()))?;
        Ok(StoredRequest { destination, bytes })
    }

    fn respond(&self, workspace: &mut dyn Workspace, args: &[Value]) -> Result<Stored, ActionError> {
        let prompt = text(args, 0).ok_or_else(|| invalid("a prompt is a text"))?;
        if prompt.trim().is_empty() {
            return Err(invalid("the prompt is empty").into());
        }
        let Some(ai) = &self.settings else {
            // One word in common with an article, of several, says little: "Answer: when do you open?" is not "open the page".
            let enough = if words::telling(prompt).len() > 1 { 2 } else { 1 };
            let passage = quote::passage(workspace, prompt, None)?.filter(|passage| passage.fits >= enough);
            return Ok(Stored::Here(Value::text(quote::answer(passage.as_ref()))));
        };
        let mut question = Question::new(ai, text(args, 1).map(|text| text.to_string()), vec![Turn::user(&**prompt)]);
        if let Some(model) = text(args, 2) {
            question.model = model.to_string();
        }
        match args.get(3) {
            Some(Value::Number(number)) => question.temperature = Some(*number),
            Some(Value::Int(number)) => question.temperature = Some(Decimal::from(*number)),
            _ => {}
        }
        if question.temperature.is_some_and(|one| !(Decimal::ZERO..=Decimal::TWO).contains(&one)) {
            return Err(invalid("a temperature is from 0 to 2").into());
        }
        if let Some(most) = args.get(4).and_then(Value::as_int) {
            let most = u32::try_from(most).ok().filter(|most| *most > 0);
            question.max_tokens = Some(most.ok_or_else(|| invalid("`max_tokens` is a number above 0"))?);
        }
        Ok(Stored::Model { question, wants: Wants::Text })
    }

    fn classify(&self, workspace: &mut dyn Workspace, about: About, args: &[Value]) -> Result<Stored, ActionError> {
        let written = match (about, args.first()) {
            (About::Ticket, Some(Value::Int(ticket))) => {
                let mut field = |name| Ok::<_, ActionError>(workspace.get("Ticket", *ticket, name)?.as_text().cloned());
                let (subject, description) = (field("subject")?, field("description")?);
                let parts: Vec<Arc<str>> = subject.into_iter().chain(description).collect();
                parts.join("\n\n")
            }
            (About::Text, Some(Value::Text(text))) => text.to_string(),
            _ => return Err(invalid("there is nothing to classify").into()),
        };
        let labels = classify::labels(text(args, 1).map_or("", |text| text))?;
        let Some(ai) = &self.settings else {
            return Ok(Stored::Here(classify::by_words(&written, &labels)));
        };
        // A model wants something to look at.
        let turn = if written.trim().is_empty() { "(nothing was written)".to_owned() } else { written };
        let mut question = Question::new(ai, Some(classify::system(&labels)), vec![Turn::user(turn)]);
        question.schema = Some(classify::schema(&labels));
        Ok(Stored::Model { question, wants: Wants::Category(labels) })
    }

    fn answer(&self, workspace: &mut dyn Workspace, args: &[Value]) -> Result<Stored, ActionError> {
        let (Some(Value::Int(conversation)), Some(Value::List(sources))) = (args.first(), args.get(1)) else {
            return Err(invalid("an answer is given in a conversation, from articles").into());
        };
        let said = workspace.messages(*conversation, assist::MESSAGES_MAX)?;
        let articles = assist::articles(workspace, sources)?;
        let Some(ai) = self.settings.as_ref().filter(|_| !articles.is_empty()) else {
            return Ok(Stored::Here(assist::by_words(workspace, &said, &articles)?));
        };
        let names: Vec<String> = articles.iter().map(|article| article.name.to_string()).collect();
        let mut question = Question::new(ai, Some(assist::SYSTEM.to_owned()), assist::turns(&said, &articles));
        question.schema = Some(assist::schema(&names));
        Ok(Stored::Model { question, wants: Wants::Answer(names) })
    }

    fn collect(&self, workspace: &mut dyn Workspace, args: &[Value]) -> Result<Stored, ActionError> {
        let (Some(Value::Int(conversation)), Some(goal), Some(described)) =
            (args.first(), text(args, 1), text(args, 2))
        else {
            return Err(invalid("fields are collected in a conversation, for a goal").into());
        };
        let (mut wanted, known) = (collect::wanted(described)?, args.get(3));
        let Some(ai) = &self.settings else {
            return Ok(Stored::Here(collect::by_words(&wanted, known, text(args, 4).map(|said| &**said))));
        };
        let said = workspace.messages(*conversation, assist::MESSAGES_MAX)?;
        let turns = collect::turns(known, &wanted, &said);
        let nobody = said.iter().all(|message| &*message.from != "contact");
        wanted.unsaid = nobody && known.is_none_or(Value::is_null);
        let today = collect::day(workspace.now());
        let mut question = Question::new(ai, Some(collect::system(goal, &wanted, &today)), turns);
        question.schema = Some(collect::schema(&wanted));
        Ok(Stored::Model { question, wants: Wants::Fields(Box::new(wanted)) })
    }

    /// Asks; where the answer does not fit, once more, with what was wrong.
    async fn ask(&self, question: Question, wants: &Wants, attempt: Attempt<'_>) -> Outcome {
        let Some(ai) = &self.settings else {
            return refusal("invalid", "`[ai]` is not set in flow.toml any more");
        };
        let mut question = question;
        let progress = attempt.progress.filter(|progress| ai.stream && progress.wanted());
        question.stream = progress.is_some() && wants.shown() != Shown::Nothing;
        let mut again = true;
        loop {
            let draft = match question.draft(ai, &self.net) {
                Ok((draft, _)) => draft,
                Err(failure) => return refusal(&failure.kind, &*failure.message),
            };
            let key = ai.key.as_ref().and_then(|name| Some((name.as_str(), attempt.secrets.get(name)?)));
            // What was shown goes with it, however the attempt ends.
            let live = progress.filter(|_| question.stream);
            let live = live.map(|progress| Live::new(progress, attempt.run, question.anthropic, wants.shown(), key));
            let answer = match self.send(&draft, question.anthropic, attempt, live).await {
                Ok(answer) => answer,
                Err(outcome) => return outcome,
            };
            match wants.read(&answer) {
                Ok(value) => return Outcome::Done(value),
                Err(wrong) if again => {
                    again = false;
                    question.turns.push(Turn { assistant: true, text: answer });
                    question.turns.push(Turn::user(format!("That does not fit: {wrong}. Answer again, as asked.")));
                }
                Err(wrong) => return refusal("invalid", format!("the model's answer does not fit, twice: {wrong}")),
            }
        }
    }

    async fn send(
        &self,
        draft: &Draft,
        anthropic: bool,
        attempt: Attempt<'_>,
        mut live: Option<Live<'_>>,
    ) -> Result<String, Outcome> {
        let timeout = Duration::from_micros(u64::try_from(attempt.timeout_us).unwrap_or(0));
        let mut secrets = Revealed::new(attempt.secrets);
        let mut heard = |part: &[u8]| {
            if let Some(live) = &mut live {
                live.heard(part);
            }
        };
        match self.net.send_heard(draft, (attempt.key, attempt.now_us), timeout, &mut secrets, &mut heard).await {
            Ok(reply) => answer::read(anthropic, &reply),
            Err(trouble) => Err(of_trouble(trouble, Effect::Read)),
        }
    }
}

impl External for Think {
    fn prepare(&self, _: &[Value]) -> Result<StoredRequest, Failure> {
        Err(invalid("it is asked within a step"))
    }

    fn begin(&self, workspace: &mut dyn Workspace, _: &str, args: &[Value]) -> Result<StoredRequest, ActionError> {
        let stored = match self.deed {
            Deed::Respond => self.respond(workspace, args)?,
            Deed::Answer => self.answer(workspace, args)?,
            Deed::Collect => self.collect(workspace, args)?,
            Deed::Classify(about) => self.classify(workspace, about, args)?,
        };
        Ok(self.store(&stored)?)
    }

    fn stands_in(&self) -> bool {
        true
    }

    fn stand_in(&self, request: &StoredRequest) -> Value {
        match serde_json::from_slice(&request.bytes) {
            Ok(Stored::Here(value)) => value,
            _ => Value::Null,
        }
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            match serde_json::from_slice(&request.bytes) {
                Ok(Stored::Here(value)) => Outcome::Done(value),
                Ok(Stored::Model { question, wants }) => {
                    // Both questions within the time of one attempt.
                    let whole = Duration::from_micros(u64::try_from(attempt.timeout_us).unwrap_or(0));
                    let asked = self.ask(question, &wants, attempt);
                    tokio::time::timeout(whole, asked).await.unwrap_or_else(|_| Outcome::Failed {
                        failure: Failure::new("timeout", "no answer within the time"),
                        retryable: true,
                        retry_after_us: None,
                    })
                }
                Err(error) => refusal("invalid", error.to_string()),
            }
        })
    }
}
