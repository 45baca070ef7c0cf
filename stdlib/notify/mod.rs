//! The family `notify`: messages to teammates.

use crate::channel::{Channels, Sms, refusal};
use crate::email::{Letter, Post, message_id};
use crate::http::Net;
use crate::sms;
use crate::workspace::{members, value};
use flow_bytecode::{Failure, Value};
use flow_vm::action::{
    ActionError, Attempt, BoxFuture, External, Implementation, Outcome, Registry, StoredRequest, Workspace,
};
use std::sync::Arc;

/// Teammates of one team that are told, at most.
pub const TEAM_MAX: usize = 100;

/// Adds the family's actions.
pub fn register(registry: &mut Registry, net: &Arc<Net>, channels: &Channels) {
    let mail = ByEmail { post: Post::new(net, channels) };
    registry.add("notify.email", Implementation::External(Arc::new(mail)));
    let text = BySms { net: net.clone(), settings: channels.sms.clone() };
    registry.add("notify.sms", Implementation::External(Arc::new(text)));
}

/// What an assignee's teammates have in a field: each value once, in the order of the teammates.
fn reach(workspace: &mut dyn Workspace, to: &str, field: &str, what: &str) -> Result<Vec<String>, ActionError> {
    let nobody = |message: String| ActionError::Failure(Failure::new("undeliverable", message));
    let teammates = if let Some(id) = to.strip_prefix("teammate:") {
        vec![id.parse::<i64>().map_err(|_| nobody(format!("`{to}` is no teammate")))?]
    } else if let Some(team) = to.strip_prefix("team:") {
        let found = members(workspace, team)?;
        if found.is_empty() {
            return Err(nobody(format!("there is nobody in the team `{team}`")));
        }
        if found.len() > TEAM_MAX {
            let message = format!("more than {TEAM_MAX} teammates are in the team `{team}`");
            return Err(Failure::new("limit", message).into());
        }
        found
    } else {
        return Err(nobody("the assistant has no address: a message goes to a teammate or a team".to_owned()));
    };
    let mut found: Vec<String> = Vec::new();
    for teammate in teammates {
        if let Value::Text(value) = workspace.get("Teammate", teammate, field)?
            && !found.iter().any(|known| **known == *value)
        {
            found.push(value.to_string());
        }
    }
    if found.is_empty() {
        let who = if to.starts_with("team:") { "nobody in the team has" } else { "the teammate has no" };
        let article = if to.starts_with("team:") { format!(" {what}") } else { format!(" {}", strip(what)) };
        return Err(nobody(format!("{who}{article}")));
    }
    Ok(found)
}

/// Without its article.
fn strip(what: &str) -> &str {
    what.split_once(' ').map_or(what, |(_, rest)| rest)
}

fn without_workspace() -> Failure {
    Failure::new("invalid", "whom to tell is not known without the workspace")
}

struct ByEmail {
    post: Post,
}

impl External for ByEmail {
    fn prepare(&self, _: &[Value]) -> Result<StoredRequest, Failure> {
        Err(without_workspace())
    }

    /// `notify.email(to, subject, text)`
    fn begin(&self, workspace: &mut dyn Workspace, key: &str, args: &[Value]) -> Result<StoredRequest, ActionError> {
        let settings = self.post.settings()?;
        let text = |at: usize| value(args, at).as_text().map(ToString::to_string).unwrap_or_default();
        let letter = Letter {
            mail: None,
            from: settings.from.clone(),
            to: reach(workspace, &text(0), "email", "an email address")?,
            reply_to: settings.reply_to.clone(),
            subject: text(1),
            text: text(2),
            html: String::new(),
            attachments: Vec::new(),
            message_id: message_id(key, &settings.from),
            thread: None,
            references: None,
            answers: false,
            unsubscribe: None,
        };
        Ok(self.post.store(&letter)?)
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(self.post.deliver(request, attempt))
    }

    fn traces(&self, request: &StoredRequest) -> Vec<(&'static str, String)> {
        Letter::load(request).map(|letter| letter.traces()).unwrap_or_default()
    }

    fn known_result(&self, _: &StoredRequest) -> Option<Value> {
        Some(Value::Null)
    }

    fn stands_in(&self) -> bool {
        true
    }
}

struct BySms {
    net: Arc<Net>,
    settings: Option<Sms>,
}

impl External for BySms {
    fn prepare(&self, _: &[Value]) -> Result<StoredRequest, Failure> {
        Err(without_workspace())
    }

    /// `notify.sms(to, text)`
    fn begin(&self, workspace: &mut dyn Workspace, _: &str, args: &[Value]) -> Result<StoredRequest, ActionError> {
        let text = |at: usize| value(args, at).as_text().map(ToString::to_string).unwrap_or_default();
        let words = text(1);
        let mut all = Vec::new();
        let mut destination = String::new();
        // Before anybody is looked for: without settings nothing is of use.
        sms::message(&self.net, self.settings.as_ref(), "+0", &words, None)?;
        for number in reach(workspace, &text(0), "phone", "a phone number")? {
            let request = sms::message(&self.net, self.settings.as_ref(), &number, &words, None)?;
            destination = request.destination;
            all.push(request.bytes);
        }
        let bytes = serde_json::to_vec(&all).map_err(|error| Failure::new("invalid", error.to_string()))?;
        Ok(StoredRequest { destination, bytes })
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(async move {
            let Ok(all) = serde_json::from_slice::<Vec<Vec<u8>>>(&request.bytes) else {
                return refusal("invalid", "the stored messages cannot be read");
            };
            let (mut told, mut last) = (0, refusal("undeliverable", "nobody is told"));
            for bytes in all {
                let one = StoredRequest { destination: request.destination.clone(), bytes };
                match crate::channel::send(&self.net, &one, attempt, sms::read).await {
                    Outcome::Done(_) => told += 1,
                    // It may have got there, and so may those before it: nobody is told twice.
                    doubt @ (Outcome::InDoubt { .. } | Outcome::Unclear { .. }) => return doubt,
                    // Nobody knows of it yet: all may be tried again.
                    failed @ Outcome::Failed { retryable: true, .. } if told == 0 => return failed,
                    Outcome::Failed { failure, retryable: true, .. } => {
                        let message = format!("told {told}, and then no more: {}", failure.message);
                        return refusal("undeliverable", message);
                    }
                    failed => last = failed,
                }
            }
            if told > 0 { Outcome::Done(Value::Null) } else { last }
        })
    }

    fn known_result(&self, _: &StoredRequest) -> Option<Value> {
        Some(Value::Null)
    }

    fn stands_in(&self) -> bool {
        true
    }
}
