//! A letter as the bytes that travel: MIME by lettre, whose types let no line break into a header.

use super::attach::File;
use super::letter::{Letter, mailbox};
use super::words;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use lettre::Message;
use lettre::address::Envelope;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, MultiPart, SinglePart};
use std::time::{Duration, UNIX_EPOCH};

/// A mail ready to be handed over.
pub struct Composed {
    /// Who it is from and to, for the server.
    pub envelope: Envelope,
    /// Headers and body.
    pub bytes: Vec<u8>,
}

/// Writes a letter down, as of a moment (microseconds since 1970).
///
/// # Errors
/// A sentence, when it is none.
pub fn compose(letter: &Letter, now_us: i64, files: Vec<File>) -> Result<Composed, String> {
    if letter.subject.trim().is_empty() {
        return Err("a mail has a subject".to_owned());
    }
    if letter.subject.chars().any(char::is_control) {
        return Err("the subject of a mail is one line".to_owned());
    }
    let (text, html) = match (letter.text.trim().is_empty(), letter.html.trim().is_empty()) {
        (true, true) => return Err("a mail says something: give `text` or `html`".to_owned()),
        (false, true) => (letter.text.clone(), words::html_of(&letter.text)),
        (true, false) => (words::text_of(&letter.html), words::page_of(&letter.html)),
        (false, false) => (letter.text.clone(), words::page_of(&letter.html)),
    };
    let moment = UNIX_EPOCH + Duration::from_micros(u64::try_from(now_us).unwrap_or(0));
    let mut builder = Message::builder()
        .from(mailbox(&letter.from)?)
        .date(moment)
        .message_id(Some(letter.message_id.clone()))
        // By RFC 3834: so that whoever is away does not answer a machine.
        .raw_header(header("Auto-Submitted", if letter.answers { "auto-replied" } else { "auto-generated" })?);
    builder = match letter.subject.contains(ENCODED) || is_unfoldable(&letter.subject) {
        true => builder.raw_header(encoded("Subject", &letter.subject)?),
        false => builder.subject(letter.subject.as_str()),
    };
    for to in &letter.to {
        builder = builder.to(mailbox(to)?);
    }
    if let Some(reply_to) = &letter.reply_to {
        builder = builder.reply_to(mailbox(reply_to)?);
    }
    if let Some(before) = &letter.thread {
        builder = builder.in_reply_to(before.clone()).references(letter.references.as_ref().unwrap_or(before).clone());
    }
    if let Some(url) = &letter.unsubscribe {
        if url.chars().any(|one| one <= ' ' || one == '<' || one == '>' || !one.is_ascii()) {
            return Err("the address to unsubscribe at has a character that headers cannot hold".to_owned());
        }
        builder = builder.raw_header(header("List-Unsubscribe", &format!("<{url}>"))?);
        if url.starts_with("https://") {
            // By RFC 8058: a POST to that address is enough.
            builder = builder.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click")?);
        }
    }
    let both = MultiPart::alternative().singlepart(SinglePart::plain(text)).singlepart(SinglePart::html(html));
    let message = if files.is_empty() {
        builder.multipart(both)
    } else {
        let mut mixed = MultiPart::mixed().multipart(both);
        for file in files {
            let kind = ContentType::parse(&file.media_type)
                .or_else(|_| ContentType::parse("application/octet-stream"))
                .map_err(|error| error.to_string())?;
            mixed = mixed.singlepart(Attachment::new(file.name).body(file.bytes, kind));
        }
        builder.multipart(mixed)
    };
    let message = message.map_err(|error| format!("no mail can be made of it: {error}"))?;
    Ok(Composed { envelope: message.envelope().clone(), bytes: message.formatted() })
}

/// What an encoded word begins with (RFC 2047). Whoever writes one would have it read as what it stands for.
pub const ENCODED: &str = "=?";

/// Bytes of a text in one encoded word: 75 characters with its frame.
const WORD_BYTES_MAX: usize = 42;

/// Letters between two blanks that a line has room for, beside the header's name (RFC 5322, 2.1.1: 78 in a line).
const FOLDED_MAX: usize = 64;

/// Whether lines that fit cannot be made of it: they end at a blank, and at several a reader may lose some.
fn is_unfoldable(subject: &str) -> bool {
    subject.split(' ').any(|word| word.len() > FOLDED_MAX) || (subject.len() > FOLDED_MAX && subject.contains("  "))
}

/// A header of encoded words alone.
fn encoded(name: &'static str, value: &str) -> Result<HeaderValue, String> {
    let mut words: Vec<String> = vec![String::new()];
    for character in value.chars() {
        match words.last_mut() {
            Some(word) if word.len() + character.len_utf8() <= WORD_BYTES_MAX => word.push(character),
            _ => words.push(character.to_string()),
        }
    }
    let words: Vec<String> = words.iter().map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word))).collect();
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| error.to_string())?;
    Ok(HeaderValue::dangerous_new_pre_encoded(name, value.to_owned(), words.join("\r\n ")))
}

fn header(name: &'static str, value: &str) -> Result<HeaderValue, String> {
    let name = HeaderName::new_from_ascii(name.to_owned()).map_err(|error| error.to_string())?;
    Ok(HeaderValue::new(name, value.to_owned()))
}
