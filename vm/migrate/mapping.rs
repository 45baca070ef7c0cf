//! What a person says of places, flows and options that have another name now.

use serde::{Deserialize, Serialize};
use std::fmt;

/// What a person says is the same over two versions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Mapping {
    /// A place or a flow: `old_ask=ask_contact`.
    Place {
        /// A place of the old version: an anchor (`old_ask`, `#old_ask`), what stands behind the flow in a key
        /// (`/ask:email`), a whole key (`onboarding.onboarding/ask:email`), or a flow (`onboarding.onboarding`).
        from: String,
        /// What it is called now, likewise.
        to: String,
    },
    /// An option of a question: `ask."Yes"="Certainly"`.
    Option {
        /// The place of the old version that asks, as above.
        place: String,
        /// The option as it was.
        from: OptionName,
        /// The option as it is now.
        to: OptionName,
    },
}

/// How a person says which option of a question is meant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum OptionName {
    /// What it says: `"Yes"`.
    Label(String),
    /// Its anchor, or the variant it stands for: `#yes`.
    Name(String),
    /// Where it stands, from 1.
    Number(u16),
}

/// Why a mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum MappingError {
    /// It is not written as `old=new`.
    Form(String),
    /// No run waits at a place of that name.
    NothingThere(String),
    /// The new version has no place of that name.
    NoSuchPlace {
        /// What was said.
        to: String,
        /// A name like it that there is.
        nearest: Option<String>,
    },
    /// One thing becomes two.
    Twice {
        /// What was said of it.
        from: String,
        /// What it is to be called now.
        to: [String; 2],
    },
    /// The question has no such option, or several.
    NoSuchOption {
        /// Where.
        place: String,
        /// What was said.
        option: OptionName,
        /// In the new version, rather than in an older one.
        now: bool,
        /// What it offers.
        offered: Vec<OptionName>,
    },
}

impl fmt::Display for OptionName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            OptionName::Label(label) => write!(f, "\"{}\"", label.replace('\\', "\\\\").replace('"', "\\\"")),
            OptionName::Name(name) => write!(f, "#{name}"),
            OptionName::Number(number) => write!(f, "{number}"),
        }
    }
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MappingError::Form(text) => write!(
                f,
                "`{text}` is no mapping: write the old name, `=`, the new one, as in `old_ask=ask_contact`, or for an option \
                 `ask.\"Yes\"=\"Certainly\"`"
            ),
            MappingError::NothingThere(from) => write!(f, "no run of an older version waits at `{from}`"),
            MappingError::NoSuchPlace { to, nearest: Some(nearest) } => {
                write!(f, "the new version has no place `{to}`; did you mean `{nearest}`?")
            }
            MappingError::NoSuchPlace { to, nearest: None } => write!(f, "the new version has no place `{to}`"),
            MappingError::Twice { from, to: [first, second] } => {
                write!(f, "`{from}` is mapped twice, to `{first}` and to `{second}`")
            }
            MappingError::NoSuchOption { place, option, now, offered } => {
                let offers = offered.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
                let version = if *now { "the new version" } else { "no older version" };
                let verb = if *now { "does not offer" } else { "offers" };
                let it = if offers.is_empty() { String::new() } else { format!("; it offers {offers}") };
                write!(f, "{version} {verb} {option} at `{place}`{it}")
            }
        }
    }
}

impl std::str::FromStr for OptionName {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        if let Some(name) = text.strip_prefix('#').filter(|name| !name.is_empty()) {
            return Ok(OptionName::Name(name.to_owned()));
        }
        if let Some(label) = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')) {
            return unescaped(label).map(OptionName::Label).ok_or(());
        }
        text.parse().ok().filter(|number| *number > 0).map(OptionName::Number).ok_or(())
    }
}

/// What stands between quotes, with `\"` and `\\` for those two.
fn unescaped(text: &str) -> Option<String> {
    let mut plain = String::with_capacity(text.len());
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => plain.push(chars.next().filter(|c| matches!(c, '"' | '\\'))?),
            '"' => return None,
            c => plain.push(c),
        }
    }
    Some(plain)
}

/// Both sides of the first `=` that stands in no quotes.
fn sides(text: &str) -> Option<(&str, &str)> {
    let (mut quoted, mut escaped) = (false, false);
    let at = text.char_indices().find(|(_, c)| {
        let plain = !escaped;
        escaped = plain && quoted && *c == '\\';
        quoted ^= plain && *c == '"';
        *c == '=' && !quoted
    });
    let (at, _) = at?;
    Some((text.get(..at)?.trim(), text.get(at + 1..)?.trim()))
}

/// A place, and the option of it that is meant: what follows a dot in quotes, at `#`, or as a number.
fn option_of(text: &str) -> Option<(&str, &str)> {
    let parts = text.match_indices('.').filter_map(|(at, _)| Some((text.get(..at)?, text.get(at + 1..)?)));
    let is_option = |option: &str| {
        option.starts_with(['"', '#']) || (!option.is_empty() && option.bytes().all(|byte| byte.is_ascii_digit()))
    };
    parts.into_iter().find(|(_, option)| is_option(option))
}

impl std::str::FromStr for Mapping {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || MappingError::Form(text.to_owned());
        let (from, to) = sides(text).filter(|(from, to)| !from.is_empty() && !to.is_empty()).ok_or_else(form)?;
        if let Some((place, option)) = option_of(from) {
            let name = |text: &str| text.parse().map_err(|()| form());
            return match place.is_empty() {
                true => Err(form()),
                false => Ok(Mapping::Option { place: place.to_owned(), from: name(option)?, to: name(to)? }),
            };
        }
        match to.contains(['=', '"']) {
            true => Err(form()),
            false => Ok(Mapping::Place { from: from.to_owned(), to: to.to_owned() }),
        }
    }
}
