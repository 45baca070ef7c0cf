//! Mails that tell what became of others (RFC 3462, RFC 3464).

use super::bounds;
use super::flat;
use super::read::number;
use mail_parser::{Message, MessageParser, MimeHeaders, PartType};

/// The mail that came back, and why; or why a report tells of none. `None` where it is no report.
pub fn of(mail: &Message) -> Option<Result<(String, String), &'static str>> {
    let kind = mail.content_type().filter(|kind| kind.ctype().eq_ignore_ascii_case("multipart"))?;
    if !kind.subtype().is_some_and(|sub| sub.eq_ignore_ascii_case("report")) {
        return None;
    }
    let mut failed = None;
    let mut about = None;
    for part in &mail.parts {
        let kind = part.content_type().and_then(|kind| Some((kind.ctype(), kind.subtype()?)));
        let is = |one: &str, other: &str| {
            kind.is_some_and(|(of, sub)| of.eq_ignore_ascii_case(one) && sub.eq_ignore_ascii_case(other))
        };
        let is_mail = kind.is_some_and(|(of, sub)| of.eq_ignore_ascii_case("message") && flat::is_mail(sub));
        match &part.body {
            // The types of its headers alone, too, as `flat` leaves them.
            body if is_mail || is("text", "rfc82--headers") => {
                let original = bytes(body);
                let original = bounds::check(original)
                    .ok()
                    .and_then(|()| MessageParser::default().parse(original))
                    .filter(|mail| !mail.parts.is_empty());
                about = original.and_then(|mail| number(mail.message_id()?));
            }
            body if is("message", "delivery-status") || is("message", "globa--delivery-status") => {
                failed = reason(&String::from_utf8_lossy(bytes(body)));
            }
            _ => {}
        }
    }
    Some(match (failed, about) {
        (Some(reason), Some(about)) => Ok((about, reason)),
        (Some(_), None) => Err("it is a report of a mail that came back, and does not say which"),
        (None, _) => Err("it is a report of a mail server, and no mail has come back"),
    })
}

fn bytes<'a>(body: &'a PartType) -> &'a [u8] {
    match body {
        PartType::Text(text) | PartType::Html(text) => text.as_bytes(),
        PartType::Binary(bytes) | PartType::InlineBinary(bytes) => bytes,
        _ => &[],
    }
}

/// Why a mail failed for good, from the fields of a delivery status.
fn reason(fields: &str) -> Option<String> {
    let field = |name: &str| {
        fields.lines().find_map(|line| {
            let (known, value) = line.split_once(':')?;
            known.trim().eq_ignore_ascii_case(name).then(|| value.trim())
        })
    };
    if !field("Action").is_some_and(|action| action.eq_ignore_ascii_case("failed")) {
        return None;
    }
    let said = field("Diagnostic-Code").or_else(|| field("Status")).unwrap_or("nobody took it");
    let said = said.split_once(';').map_or(said, |(_, words)| words.trim());
    Some(said.chars().filter(|one| !one.is_control()).take(500).collect())
}
