//! Mails that nobody has written.

use mail_parser::Message;

/// Why a mail is passed over, if it is: a machine wrote it, and it would answer our answer.
pub fn passed_over(mail: &Message) -> Option<String> {
    let header = |name: &'static str| {
        let text = mail.header_raw(name)?.trim().to_ascii_lowercase();
        (!text.is_empty()).then_some(text)
    };
    let first = |text: &String| text.split([';', ' ', ',']).next().unwrap_or_default().to_owned();
    // RFC 3834, section 5: everything but `no` was sent by itself.
    if header("Auto-Submitted").as_ref().map(first).is_some_and(|kind| kind != "no") {
        return Some("it is an automatic answer (Auto-Submitted)".to_owned());
    }
    // Older than that, and still written. Not `list`: a mailbox of a team is often a list.
    if header("Precedence")
        .as_ref()
        .map(first)
        .is_some_and(|kind| ["bulk", "junk", "auto_reply"].contains(&kind.as_str()))
    {
        return Some("it went out to many, or by itself (Precedence)".to_owned());
    }
    for name in ["X-Autoreply", "X-Autorespond", "X-Auto-Reply", "X-Mail-Autoreply"] {
        if header(name).is_some_and(|value| value != "no") {
            return Some(format!("it is an automatic answer ({name})"));
        }
    }
    // RFC 5321, section 4.5.5: nobody is to answer what comes from nowhere.
    if header("Return-Path").is_some_and(|path| path == "<>") {
        return Some("it is from a mail server (an empty Return-Path)".to_owned());
    }
    None
}
