//! A mail in the form of RFC 5322, read by mail-parser. Whatever comes in, nothing here panics: mails are made by anybody.

use super::answer;
use super::bounds::{self, PARTS_MAX};
use super::judge;
use super::take::{BOUNCED, RECEIVED};
use crate::email::words;
use flow_bytecode::{Value, address};
use mail_parser::{HeaderValue, Message, MessageParser, PartType};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Bytes of a mail, at most.
pub const MAIL_MAX: usize = 25 * 1024 * 1024;
/// Bytes of what a mail says that are looked at, at most: what is quoted in it, and what is markup, is not kept.
const LOOKED_AT_MAX: usize = 2 << 20;
/// Bytes of its text that are kept, at most.
const TEXT_MAX: usize = 64 * 1024;
/// Characters of its subject that are kept, at most.
const SUBJECT_MAX: usize = 500;
/// Mails before it that are looked for, at most.
const BEFORE_MAX: usize = 30;
/// Bytes of a number in the world's mail, at most: RFC 5322 has lines of 998.
const ID_MAX: usize = 998;

/// What is to be done with a mail.
#[derive(Debug, Clone, PartialEq)]
pub enum Handed {
    /// The engine is to carry out an action of this name with these arguments: it yields what became of the mail.
    To(&'static str, Vec<Value>),
    /// Nothing, and why: a sentence.
    Passed(String),
}

/// Reads a mail. `own` are addresses of our own, in lower case.
///
/// # Errors
/// It is no mail, or more than is taken: a sentence.
pub fn read(bytes: &[u8], own: &[String]) -> Result<Handed, String> {
    if bytes.len() > MAIL_MAX {
        return Err(format!("a mail has at most {MAIL_MAX} bytes"));
    }
    bounds::check(bytes)?;
    // The parser is not ours, and what it reads is anybody's.
    let read = std::panic::catch_unwind(|| read_flat(&super::flat::flat(bytes), own));
    read.unwrap_or_else(|_| Err("this mail cannot be read".to_owned()))
}

fn read_flat(bytes: &[u8], own: &[String]) -> Result<Handed, String> {
    let mail = MessageParser::default().parse(bytes).filter(|mail| !mail.parts.is_empty());
    let mail = mail.ok_or_else(|| "this is no mail: it has no headers".to_owned())?;
    if mail.parts.len() > PARTS_MAX {
        return Err(format!("a mail has at most {PARTS_MAX} parts"));
    }
    if let Some(bounce) = super::bounce::of(&mail) {
        return Ok(match bounce {
            Ok((message_id, reason)) => Handed::To(BOUNCED, vec![Value::text(message_id), Value::text(reason)]),
            Err(why) => Handed::Passed(why.to_owned()),
        });
    }
    if let Some(why) = judge::passed_over(&mail) {
        return Ok(Handed::Passed(why));
    }
    let from = mail.from().and_then(|from| from.first());
    let address = from.and_then(|from| from.address()).and_then(address::email);
    let Some(address) = address else { return Err("it says nothing of who it is from".to_owned()) };
    if own.iter().any(|own| own.eq_ignore_ascii_case(&address)) {
        return Ok(Handed::Passed("it is from an address of our own".to_owned()));
    }
    let name = from.and_then(|from| from.name()).map(|name| line(name, 200)).filter(|name| !name.is_empty());
    let id = mail.message_id().and_then(number).unwrap_or_else(|| {
        // The same mail again is the same: it is told by what is in it.
        let hash: Vec<String> = Sha256::digest(bytes).iter().take(16).map(|byte| format!("{byte:02x}")).collect();
        format!("<{}@missing.invalid>", hash.concat())
    });
    let subject = mail.subject().map(|subject| line(subject, SUBJECT_MAX)).filter(|subject| !subject.is_empty());
    let said = answer::without_quotes(&said(&mail));
    let text =
        cut(if said.is_empty() { subject.as_deref().unwrap_or("(nothing)") } else { &said }, TEXT_MAX).to_owned();
    let answers = numbers(mail.in_reply_to());
    let before = numbers(mail.references());
    // The nearest first.
    let mut related = answers.clone();
    related.extend(before.iter().rev().filter(|id| !answers.contains(id)).cloned());
    let mut references = before;
    let known = references.clone();
    references.extend(answers.into_iter().filter(|id| !known.contains(id)));
    let list = |ids: Vec<String>| Value::List(Arc::new(ids.into_iter().map(Value::text).collect()));
    let optional = |text: Option<String>| text.map_or(Value::Null, Value::text);
    let args = vec![
        Value::text(id),
        Value::text(address),
        optional(name),
        optional(subject),
        Value::text(text),
        list(related),
        list(references),
    ];
    Ok(Handed::To(RECEIVED, args))
}

/// What a mail says: its text, or what people read of its HTML.
fn said(mail: &Message) -> String {
    for part in mail.text_bodies() {
        match &part.body {
            PartType::Text(text) if !text.trim().is_empty() => return cut(text, LOOKED_AT_MAX).replace("\r\n", "\n"),
            PartType::Html(html) => {
                let html = cut(html, LOOKED_AT_MAX);
                let answer = words::answer_of(html);
                // Whoever only quotes says what is quoted.
                return if answer.is_empty() { words::text_of(html) } else { answer };
            }
            _ => {}
        }
    }
    String::new()
}

/// The number of a mail as we keep it: in its angle brackets.
pub(super) fn number(text: &str) -> Option<String> {
    let text = text.trim().trim_matches(['<', '>']);
    let fits =
        !text.is_empty() && text.len() <= ID_MAX && text.chars().all(|one| !one.is_whitespace() && !one.is_control());
    (fits && !text.contains(['<', '>'])).then(|| format!("<{text}>"))
}

fn numbers(header: &HeaderValue) -> Vec<String> {
    let all = header.as_text_list().unwrap_or_default();
    // The nearest are the last.
    let from = all.len().saturating_sub(BEFORE_MAX);
    all.iter().skip(from).filter_map(|one| number(one)).collect()
}

/// In a line, with nothing in it that steers a terminal.
fn line(text: &str, most: usize) -> String {
    let text: String = text.chars().map(|one| if one.is_control() { ' ' } else { one }).take(most).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Not more than so many bytes.
fn cut(text: &str, most: usize) -> &str {
    let end = (0..=most.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.get(..end).unwrap_or_default()
}
