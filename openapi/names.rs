//! From names on the wire to names in Flow.

use std::collections::HashSet;

/// Words that are no names in Flow; as a name such a word gets an `_` behind it.
pub const RESERVED: &[&str] = &[
    "let", "var", "if", "else", "switch", "choice", "ask", "say", "wait", "parallel", "race", "split", "try", "launch",
    "start", "return", "stop", "fail", "for", "while", "repeat", "break", "continue", "again", "fire", "expect", "and",
    "or", "not", "true", "false", "null", "with", "undo", "as", "until", "forever",
];

/// Names that mean something in a template already, and so are no good for a parameter.
const MEANT: &[&str] = &["secret", "now", "today", "money", "date", "self", "http"];

/// Types of the language, whose names no other can have.
pub const TYPES: &[&str] = &[
    "Text",
    "Bool",
    "Int",
    "Number",
    "Money",
    "Duration",
    "Instant",
    "Date",
    "TimeOfDay",
    "TimeZone",
    "Email",
    "Phone",
    "Url",
    "Secret",
    "File",
    "Json",
    "List",
    "Map",
    "Failure",
    "Run",
    "Assignee",
    "Tag",
    "Team",
    "Template",
    "Selection",
    "ArticleName",
    "Calendar",
    "Project",
    "Interest",
    "Link",
    "TicketCategory",
    "EventName",
];

/// Whether a text is a name of Flow as it stands.
pub(crate) fn is_name(text: &str) -> bool {
    let mut letters = text.bytes();
    letters.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && letters.all(|letter| letter.is_ascii_alphanumeric() || letter == b'_')
        && text.bytes().any(|letter| letter.is_ascii_alphanumeric())
}

/// Whether a text is a name and no reserved word.
pub(crate) fn is_free_name(text: &str) -> bool {
    is_name(text) && !RESERVED.contains(&text)
}

/// The words of a name: apart at what is neither letter nor digit, and where capitals begin.
fn words(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut word = String::new();
    for (at, letter) in letters.iter().copied().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
            continue;
        }
        let before = at.checked_sub(1).and_then(|before| letters.get(before)).copied().unwrap_or(' ');
        let after = letters.get(at + 1).copied().unwrap_or(' ');
        // `PRReview` is `PR` and `Review`, `v1Charges` is `v1` and `Charges`.
        let begins = letter.is_ascii_uppercase()
            && (before.is_ascii_lowercase()
                || before.is_ascii_digit()
                || before.is_ascii_uppercase() && after.is_ascii_lowercase());
        if begins {
            words.extend((!word.is_empty()).then(|| std::mem::take(&mut word)));
        }
        word.push(letter.to_ascii_lowercase());
    }
    words.extend((!word.is_empty()).then_some(word));
    words
}

/// `issues/list-for-repo` as `issues_list_for_repo`, `PostCharges` as `post_charges`; a reserved word gets an `_` behind it,
/// and what begins with a digit one before it. Empty where there is no letter or digit in it.
pub fn snake(text: &str) -> String {
    let name = words(text).join("_");
    if RESERVED.contains(&name.as_str()) {
        format!("{name}_")
    } else if name.starts_with(|letter: char| letter.is_ascii_digit()) {
        format!("_{name}")
    } else {
        name
    }
}

/// A name for a parameter.
pub(crate) fn parameter(text: &str) -> String {
    let name = snake(text);
    match () {
        () if name.is_empty() => "value".to_owned(),
        () if MEANT.contains(&name.as_str()) => format!("{name}_"),
        () => name,
    }
}

/// `full-repository` as `FullRepository`; a type of the language gets an `_` behind it.
pub(crate) fn pascal(text: &str) -> String {
    let mut name = String::new();
    for word in words(text) {
        let mut letters = word.chars();
        name.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        name.push_str(letters.as_str());
    }
    match () {
        () if name.is_empty() => "Thing".to_owned(),
        () if name.starts_with(|letter: char| letter.is_ascii_digit()) => format!("T{name}"),
        () if TYPES.contains(&name.as_str()) => format!("{name}_"),
        () => name,
    }
}

/// The name, or with the first number from 2 on behind it that nobody has yet.
pub(crate) fn unique(name: String, taken: &mut HashSet<String>) -> String {
    if taken.insert(name.clone()) {
        return name;
    }
    let mut number = 2_u32;
    loop {
        let next = format!("{name}_{number}");
        if taken.insert(next.clone()) {
            return next;
        }
        number = number.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_known_services() {
        for (wire, name) in [
            ("issues/create", "issues_create"),
            ("PostCharges", "post_charges"),
            ("issues/list-for-repo", "issues_list_for_repo"),
            ("chat_postMessage", "chat_post_message"),
            ("com.atlassian.jira.rest.getIssue", "com_atlassian_jira_rest_get_issue"),
            ("getPRReview", "get_pr_review"),
            ("listV1Charges", "list_v1_charges"),
            ("AccountSid", "account_sid"),
            ("X-GitHub-Api-Version", "x_git_hub_api_version"),
            ("repeat", "repeat_"),
            ("2fa", "_2fa"),
            ("expand[]", "expand"),
            ("æøå", ""),
        ] {
            assert_eq!(snake(wire), name, "{wire}");
        }
        assert_eq!(pascal("full-repository"), "FullRepository");
        assert_eq!(pascal("api.v2010.account.message"), "ApiV2010AccountMessage");
        assert_eq!(pascal("file"), "File_");
        assert_eq!(parameter("secret"), "secret_");
    }
}
