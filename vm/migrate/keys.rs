//! Keys of places over two versions: which are the same, and what a person says is the same.

use super::mapping::Mapping;
use crate::nearest::nearest;
use flow_bytecode::Program;
use std::collections::BTreeMap;

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
        let Mapping::Place { from, to } = self else { return None };
        let (flow, place) = split(key);
        let (from_flow, from_place) = split(from);
        // A name with a dot before anything else names a flow: anchors have none.
        if from_flow.contains('.') {
            if from_flow != flow {
                return None;
            }
            let (to_flow, to_place) = split(to);
            if from_place.is_empty() {
                return Some(format!("{to}{place}"));
            }
            let left = after(place, from_place)?;
            return Some(match to_flow.contains('.') {
                true => format!("{to_flow}{to_place}{left}"),
                false => format!("{flow}{}{left}", rest(to)),
            });
        }
        let left = after(place, &rest(from))?;
        Some(match split(to).0.contains('.') {
            true => format!("{to}{left}"),
            false => format!("{flow}{}{left}", rest(to)),
        })
    }

    /// Whether it is about a whole flow.
    fn is_of_flow(&self) -> bool {
        matches!(self, Mapping::Place { from, .. } if matches!(split(from), (flow, "") if flow.contains('.')))
    }
}

/// Whether a person who says `name` means the place of this key.
pub(super) fn means(name: &str, key: &str) -> bool {
    let (flow, place) = split(key);
    match split(name) {
        (of, within) if of.contains('.') => of == flow && place == within,
        _ => place == rest(name),
    }
}

/// What a key is called now, by all that a person says: of a place first, then of the flow in which it stands.
pub(super) fn mapped(key: &str, mappings: &[Mapping]) -> Option<String> {
    let place = mappings.iter().filter(|mapping| !mapping.is_of_flow()).find_map(|mapping| mapping.apply(key));
    let so_far = place.as_deref().unwrap_or(key);
    mappings.iter().filter(|mapping| mapping.is_of_flow()).find_map(|mapping| mapping.apply(so_far)).or(place)
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
