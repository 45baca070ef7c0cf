//! A mail as it is stored with its intent: what it says, and not yet how it is written.

use super::attach::Attached;
use flow_bytecode::Failure;
use flow_vm::action::StoredRequest;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};

/// The largest letter that is stored, in bytes. What is attached by its address is not in it.
pub const STORED_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A mail to be written.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Letter {
    /// Its record, where it has one.
    pub mail: Option<i64>,
    /// Who it is from: `Acme <hello@acme.example>`.
    pub from: String,
    /// Addresses.
    pub to: Vec<String>,
    /// Who answers go to.
    pub reply_to: Option<String>,
    /// In a line.
    pub subject: String,
    /// Empty where it is made of the other.
    pub text: String,
    /// Empty where it is made of the other.
    pub html: String,
    /// What goes along.
    pub attachments: Vec<Attached>,
    /// `<…@…>`
    pub message_id: String,
    /// The number of the mail before.
    pub thread: Option<String>,
    /// The numbers of the mails before it, the oldest first, where more are known than that one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub references: Option<String>,
    /// It answers a mail that somebody has written to us.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub answers: bool,
    /// Where no more is asked for.
    pub unsubscribe: Option<String>,
}

impl Letter {
    /// As it is stored.
    ///
    /// # Errors
    /// `.limit` when it is too large.
    pub fn store(&self, destination: String) -> Result<StoredRequest, Failure> {
        let bytes = serde_json::to_vec(self).map_err(|error| Failure::new("invalid", error.to_string()))?;
        if bytes.len() > STORED_BYTES_MAX {
            let message =
                format!("the mail is larger than {STORED_BYTES_MAX} bytes; attach large files by their `url`");
            return Err(Failure::new("limit", message));
        }
        Ok(StoredRequest { destination, bytes })
    }

    /// From what was stored.
    ///
    /// # Errors
    /// A sentence, when it is not of this form.
    pub fn load(request: &StoredRequest) -> Result<Letter, String> {
        serde_json::from_slice(&request.bytes).map_err(|error| format!("the stored mail cannot be read: {error}"))
    }
}

impl Letter {
    /// How it is found in the log of a mail server.
    pub fn traces(&self) -> Vec<(&'static str, String)> {
        vec![("to", self.to.join(", ")), ("subject", self.subject.clone()), ("message_id", self.message_id.clone())]
    }
}

/// The number of a mail: the same for every attempt at one effect, and never another's.
pub fn message_id(key: &str, from: &str) -> String {
    let domain = from.trim_end_matches('>').rsplit_once('@').map_or("localhost", |(_, domain)| domain);
    format!("<{key}@{domain}>")
}

/// Whether mail can be from somebody: `hello@acme.example`, `Acme <hello@acme.example>`.
///
/// # Errors
/// A sentence.
pub fn check_sender(text: &str) -> Result<(), String> {
    mailbox(text).map(drop)
}

/// An address, with a name or without.
///
/// # Errors
/// A sentence.
pub fn mailbox(text: &str) -> Result<Mailbox, String> {
    let wrong = || format!("`{}` is not an address of mail", text.escape_debug());
    if text.chars().any(char::is_control) {
        return Err(wrong());
    }
    text.parse().map_err(|_| wrong())
}
