//! Keys of places over two versions: which are the same, and what a person says is the same.

use crate::nearest::nearest;
use flow_bytecode::Program;
use std::collections::BTreeMap;
use std::fmt;

/// What a person says of places or flows that have another name now: `old_ask=ask_contact`.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Mapping {
    /// A place of the old version: an anchor (`old_ask`, `#old_ask`), what stands behind the flow in a key
    /// (`/ask:email`), a whole key (`onboarding.onboarding/ask:email`), or a flow (`onboarding.onboarding`).
    pub from: String,
    /// What it is called now, likewise.
    pub to: String,
}

/// Why a mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
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
}

impl fmt::Display for MappingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            MappingError::Form(text) => {
                write!(f, "`{text}` is no mapping: write the old name, `=`, the new one, as in `old_ask=ask_contact`")
            }
            MappingError::NothingThere(from) => write!(f, "no run of an older version waits at `{from}`"),
            MappingError::NoSuchPlace { to, nearest: Some(nearest) } => {
                write!(f, "the new version has no place `{to}`; did you mean `{nearest}`?")
            }
            MappingError::NoSuchPlace { to, nearest: None } => write!(f, "the new version has no place `{to}`"),
        }
    }
}

impl std::str::FromStr for Mapping {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('=') {
            Some((from, to)) if !from.trim().is_empty() && !to.trim().is_empty() && !to.contains('=') => {
                Ok(Mapping { from: from.trim().to_owned(), to: to.trim().to_owned() })
            }
            _ => Err(MappingError::Form(text.to_owned())),
        }
    }
}

/// A key's flow, and the rest: `onboarding.onboarding` and `#nudge/ask:email`.
pub(super) fn split(key: &str) -> (&str, &str) {
    key.split_at(key.find(['#', '/']).unwrap_or(key.len()))
}

/// A key without its ordinal.
pub(super) fn base(key: &str) -> &str {
    match key.rsplit_once('~') {
        Some((base, ordinal)) if !ordinal.is_empty() && ordinal.bytes().all(|byte| byte.is_ascii_digit()) => base,
        _ => key,
    }
}

/// A name as people write it, as it stands in a key: an anchor needs no `#`.
fn rest(name: &str) -> String {
    match name.starts_with(['#', '/']) {
        true => name.to_owned(),
        false => format!("#{name}"),
    }
}

/// `within` when it is the name itself or something inside what it names; what follows the name then.
fn after<'k>(within: &'k str, name: &str) -> Option<&'k str> {
    within.strip_prefix(name).filter(|left| left.is_empty() || left.starts_with(['/', '~']))
}

impl Mapping {
    /// What an old key is called by this mapping, if it is about it.
    pub(super) fn apply(&self, key: &str) -> Option<String> {
        let (flow, place) = split(key);
        let (from_flow, from_place) = split(&self.from);
        // A name with a dot before anything else names a flow: anchors have none.
        if from_flow.contains('.') {
            if from_flow != flow {
                return None;
            }
            let (to_flow, to_place) = split(&self.to);
            if from_place.is_empty() {
                return Some(format!("{}{place}", self.to));
            }
            let left = after(place, from_place)?;
            return Some(match to_flow.contains('.') {
                true => format!("{to_flow}{to_place}{left}"),
                false => format!("{flow}{}{left}", rest(&self.to)),
            });
        }
        let left = after(place, &rest(&self.from))?;
        Some(match split(&self.to).0.contains('.') {
            true => format!("{}{left}", self.to),
            false => format!("{flow}{}{left}", rest(&self.to)),
        })
    }
}

/// What a key is called now, by all that a person says: of a place first, then of the flow in which it stands.
pub(super) fn mapped(key: &str, mappings: &[Mapping]) -> Option<String> {
    let of_flow = |mapping: &&Mapping| matches!(split(&mapping.from), (flow, "") if flow.contains('.'));
    let place = mappings.iter().filter(|mapping| !of_flow(mapping)).find_map(|mapping| mapping.apply(key));
    let so_far = place.as_deref().unwrap_or(key);
    mappings.iter().filter(of_flow).find_map(|mapping| mapping.apply(so_far)).or(place)
}

/// What a flow is called now.
pub(crate) fn flow_name(flow: &str, mappings: &[Mapping]) -> String {
    mappings.iter().find_map(|mapping| mapping.apply(flow)).unwrap_or_else(|| flow.to_owned())
}

/// How many places share a key but for the ordinal.
pub(super) fn equals(program: &Program) -> BTreeMap<&str, usize> {
    let mut counts = BTreeMap::new();
    for place in &program.places {
        *counts.entry(base(&place.key)).or_insert(0) += 1;
    }
    counts
}

/// The key that is spelt most like one that is missing, within the same flow; none where nothing is alike.
pub(super) fn similar(program: &Program, key: &str) -> Option<String> {
    let (flow, place) = split(key);
    let others = program.places.iter().map(|place| split(&place.key)).filter(|(other, _)| *other == flow);
    nearest(place, others.map(|(_, place)| place)).map(|place| format!("{flow}{place}"))
}
