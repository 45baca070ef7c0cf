//! The family `email`.

mod attach;
mod compose;
pub mod incoming;
mod letter;
mod record;
mod reply;
mod smtp;
#[cfg(test)]
mod tests;
pub mod track;
mod words;

pub use letter::check_sender;
pub(crate) use letter::{Letter, message_id};

use crate::channel::{Channels, Email, not_set, refusal};
use crate::http::Net;
use crate::http::secrets::Revealed;
use crate::workspace::value;
use flow_bytecode::{Failure, Value};
use flow_vm::action::{
    ActionError, Attempt, BoxFuture, External, Implementation, Outcome, Registry, StoredRequest, Workspace,
};
use std::sync::Arc;
use std::time::Duration;

/// The text and the page of a mail, of which one may be empty: then it is made of the other.
pub fn parts(text: &str, html: &str) -> (String, String) {
    match (text.trim().is_empty(), html.trim().is_empty()) {
        (true, true) => (String::new(), String::new()),
        (false, true) => (text.to_owned(), words::html_of(text)),
        (true, false) => (words::text_of(html), words::page_of(html)),
        (false, false) => (text.to_owned(), words::page_of(html)),
    }
}

/// Adds the family's actions.
pub fn register(registry: &mut Registry, net: &Arc<Net>, channels: &Channels) {
    let action = SendEmail { post: Post::new(net, channels) };
    registry.add("email.send", Implementation::External(Arc::new(action)));
    let reply = reply::Reply { post: Post::new(net, channels) };
    registry.add("Ticket.reply", Implementation::External(Arc::new(reply)));
    track::register(registry);
    incoming::register(registry);
}

/// Hands letters to the mail server.
pub(crate) struct Post {
    net: Arc<Net>,
    settings: Option<Email>,
}

impl Post {
    pub fn new(net: &Arc<Net>, channels: &Channels) -> Post {
        Post { net: net.clone(), settings: channels.email.clone() }
    }

    /// What is set.
    ///
    /// # Errors
    /// Nothing is.
    pub fn settings(&self) -> Result<&Email, Failure> {
        self.settings.as_ref().ok_or_else(|| not_set("email"))
    }

    /// As it is stored.
    ///
    /// # Errors
    /// `.invalid` when no mail can be made of it; `.limit` when it is too large.
    pub fn store(&self, letter: &Letter) -> Result<StoredRequest, Failure> {
        let server = &self.settings()?.server;
        // What cannot be written as a mail is found out here, not when it leaves.
        compose::compose(letter, 0, Vec::new()).map_err(|why| Failure::new("invalid", why))?;
        let destination = format!("{}:{}", server.host, server.port);
        letter.store(destination)
    }

    /// Hands a stored letter over.
    pub async fn deliver(&self, request: &StoredRequest, attempt: Attempt<'_>) -> Outcome {
        match Letter::load(request) {
            Ok(letter) => self.hand_over(&letter, attempt).await,
            Err(why) => refusal("invalid", why),
        }
    }

    /// Hands a letter over.
    pub async fn hand_over(&self, letter: &Letter, attempt: Attempt<'_>) -> Outcome {
        let settings = match self.settings() {
            Ok(settings) => settings,
            Err(failure) => return refusal("invalid", failure.message.to_string()),
        };
        let progress = smtp::Progress::default();
        let timeout = Duration::from_micros(u64::try_from(attempt.timeout_us).unwrap_or(0));
        let mut secrets = Revealed::new(attempt.secrets);
        let whole = async {
            let files = attach::fetch(&self.net, &letter.attachments, attempt).await?;
            let message = compose::compose(letter, attempt.now_us, files).map_err(|why| refusal("invalid", why))?;
            smtp::hand_over(&self.net, settings, &message, timeout, &mut secrets, &progress).await
        };
        let result = match tokio::time::timeout(timeout, whole).await {
            Ok(result) => result,
            Err(_) => Err(progress.broke("timeout", format!("no answer within {} s", timeout.as_secs_f64()))),
        };
        match result {
            Ok(()) => Outcome::Done(letter.mail.map_or(Value::Null, Value::Int)),
            Err(outcome) => outcome,
        }
    }
}

struct SendEmail {
    post: Post,
}

impl External for SendEmail {
    fn prepare(&self, _: &[Value]) -> Result<StoredRequest, Failure> {
        Err(Failure::new("invalid", "a mail is not sent without its record"))
    }

    /// `email.send(to, subject, text, html, attachments, reply_to, thread, unsubscribe, template, track)`
    fn begin(&self, workspace: &mut dyn Workspace, key: &str, args: &[Value]) -> Result<StoredRequest, ActionError> {
        let settings = self.post.settings()?;
        let text = |at: usize| value(args, at).as_text().map(ToString::to_string);
        let to = text(0).ok_or_else(|| Failure::new("invalid", "a mail goes to an address"))?;
        let thread = match value(args, 6) {
            Value::Int(before) => text_field(workspace, "Mail", before, "message_id")?,
            _ => None,
        };
        let mut letter = Letter {
            mail: None,
            from: settings.from.clone(),
            to: vec![to.clone()],
            reply_to: text(5).or_else(|| settings.reply_to.clone()),
            subject: text(1).unwrap_or_default(),
            text: text(2).unwrap_or_default(),
            html: text(3).unwrap_or_default(),
            attachments: attach::of(&value(args, 4))?,
            message_id: message_id(key, &settings.from),
            thread,
            references: None,
            answers: false,
            unsubscribe: text(7),
        };
        let public = settings.track.clone().map(|base| (base, track::Links::new(workspace.key(track::PURPOSE))));
        let with_links = value(args, 9) != Value::Bool(false);
        let tracked = |letter: &Letter, mail: i64| {
            let mut letter = letter.clone();
            if let Some((base, links)) = &public {
                track::way_out(&mut letter, base, links, mail);
                if with_links {
                    track::track(&mut letter, base, links, mail);
                }
            }
            letter
        };
        // Looked at as it will be, but for the number of its record: no number makes it larger.
        self.post.store(&tracked(&letter, 0))?;
        let contact = workspace.find("Contact", "email", &Value::text(to.as_str()), 1)?;
        let template = text(8).map(|template| ("template", Value::text(template)));
        let contact = contact.first().map(|contact| ("contact", Value::Int(*contact)));
        let mail = record::write(workspace, &letter, &to, template.into_iter().chain(contact))?;
        letter.mail = Some(mail);
        Ok(self.post.store(&tracked(&letter, mail))?)
    }

    fn keeps_record(&self) -> bool {
        true
    }

    fn finish(
        &self,
        workspace: &mut dyn Workspace,
        request: &StoredRequest,
        outcome: &Result<Value, Failure>,
    ) -> Result<(), ActionError> {
        let mail = Letter::load(request).ok().and_then(|letter| letter.mail);
        let Some(mail) = mail else { return Ok(()) };
        if outcome.is_err() {
            return record::failed(workspace, mail);
        }
        if record::note_sent(workspace, mail)? { workspace.raise("email.sent", vec![Value::Int(mail)]) } else { Ok(()) }
    }

    fn doubt(&self, workspace: &mut dyn Workspace, request: &StoredRequest) -> Result<(), ActionError> {
        match Letter::load(request).ok().and_then(|letter| letter.mail) {
            Some(mail) => record::doubted(workspace, mail, true),
            None => Ok(()),
        }
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        Box::pin(self.post.deliver(request, attempt))
    }

    fn traces(&self, request: &StoredRequest) -> Vec<(&'static str, String)> {
        Letter::load(request).map(|letter| letter.traces()).unwrap_or_default()
    }

    fn known_result(&self, request: &StoredRequest) -> Option<Value> {
        Letter::load(request).ok()?.mail.map(Value::Int)
    }

    fn stands_in(&self) -> bool {
        true
    }
}

fn text_field(
    workspace: &mut dyn Workspace,
    entity: &str,
    mail: i64,
    field: &str,
) -> Result<Option<String>, ActionError> {
    Ok(workspace.get(entity, mail, field)?.as_text().map(ToString::to_string))
}
