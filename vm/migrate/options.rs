//! Which option of a question is which in another version.

use super::plan::Misfit;
use flow_bytecode::program::{ArmKind, Place, PlaceKind};
use flow_bytecode::{Program, Value};
use std::sync::Arc;

/// What becomes of an option that was offered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It is this one now.
    Goes(u16),
    /// There is none like it any more.
    Gone(Arc<str>),
    /// It may be one or another.
    Unclear(Arc<str>),
}

impl Fate {
    /// Its number in the new version.
    ///
    /// # Errors
    /// Why a run to which it was shown does not move.
    pub fn goes(&self) -> Result<u16, Misfit> {
        match self {
            Fate::Goes(to) => Ok(*to),
            Fate::Gone(option) => Err(Misfit::breaks(format!("the new version does not offer {option} any more"))),
            Fate::Unclear(option) => {
                let why = format!("which option {option} is now cannot be told; an anchor on each says it");
                Err(Misfit { mappable: true, why: why.into(), suggestion: None })
            }
        }
    }
}

/// An option as its program has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offer<'p> {
    /// Its anchor, or the variant it stands for.
    pub name: Option<&'p str>,
    /// What it says, where that is in the program.
    pub label: Option<&'p str>,
}

/// The options of the question that a place asks, where it offers some: `names` is what their list is called there.
pub(super) fn offers<'p>(program: &'p Program, place: &'p Place, names: &'p str) -> Vec<Offer<'p>> {
    let labels = match &place.kind {
        PlaceKind::Wait { arms } => arms.iter().find_map(|arm| match &arm.on {
            ArmKind::Answer { labels, .. } => Some(labels.as_slice()),
            _ => None,
        }),
        _ => None,
    };
    let label = |at: usize| match program.constants.get(*labels?.get(at)? as usize) {
        Some(Value::Text(text)) if !text.is_empty() => Some(&**text),
        _ => None,
    };
    let names = names.strip_prefix("options(").and_then(|names| names.strip_suffix(')')).unwrap_or_default();
    let names = names.split(',').filter(|name| !name.is_empty()).enumerate();
    // What has no anchor is called by its number.
    let anchor = |name: &'p str| Some(name).filter(|name| !name.bytes().all(|byte| byte.is_ascii_digit()));
    names.map(|(at, name)| Offer { name: anchor(name), label: label(at) }).collect()
}

/// What becomes of each option. An anchor says which is which; without, the same words do, wherever they stand now; and
/// options that say something else are the same as long as each stands where it stood and none was added or taken away
/// but those that say what they said.
pub(super) fn fates(old: &[Offer<'_>], new: &[Offer<'_>]) -> Vec<Fate> {
    let mut to: Vec<Option<usize>> =
        old.iter().map(|was| was.name.and_then(|name| new.iter().position(|is| is.name == Some(name)))).collect();
    let mut taken: Vec<bool> = (0..new.len()).map(|at| to.contains(&Some(at))).collect();
    let only = |offers: &[Offer<'_>], label: &str| {
        let mut found = offers.iter().enumerate().filter(|(_, offer)| offer.label == Some(label));
        let first = found.next()?.0;
        found.next().is_none().then_some(first)
    };
    for (at, was) in old.iter().enumerate() {
        let Some(label) = was.label.filter(|label| to[at].is_none() && only(old, label) == Some(at)) else { continue };
        // Two anchors that differ say that they are not the same.
        let found =
            only(new, label).filter(|found| !taken[*found] && (was.name.is_none() || new[*found].name.is_none()));
        if let Some(found) = found {
            to[at] = Some(found);
            taken[found] = true;
        }
    }
    let left = |at: usize| old.get(at).is_some_and(|was| was.name.is_none() && to[at].is_none());
    let free = |at: usize| new.get(at).is_some_and(|is| is.name.is_none() && !taken[at]);
    let longest = old.len().max(new.len());
    let same = (0..longest).all(|at| left(at) == free(at));
    // Where nothing tells options apart but their order, more of them behind the others leave those where they were.
    let wordless = old.iter().chain(new).all(|offer| offer.label.is_none() && offer.name.is_none());
    let any_free = (0..new.len()).any(free);
    let fate = |(at, was): (usize, &Offer<'_>)| {
        let shown = || match (was.name, was.label) {
            (Some(name), _) => format!("`#{name}`").into(),
            (None, Some(label)) => format!("\"{label}\"").into(),
            (None, None) => format!("number {}", at + 1).into(),
        };
        match to[at] {
            Some(found) => Fate::Goes(found as u16),
            None if left(at) && free(at) && (same || wordless) => Fate::Goes(at as u16),
            None if was.name.is_none() && any_free => Fate::Unclear(shown()),
            None => Fate::Gone(shown()),
        }
    };
    old.iter().enumerate().map(fate).collect()
}
