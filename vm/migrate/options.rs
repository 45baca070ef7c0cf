//! Which option of a question is which in another version.

use super::mapping::OptionName;
use super::plan::Misfit;
use crate::nearest::nearest;
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
    /// It may be one or another: why that is so, and the mapping that is most likely meant.
    Unclear(Arc<str>, Option<Arc<str>>),
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
            Fate::Unclear(why, suggestion) => {
                Err(Misfit { mappable: true, why: why.clone(), suggestion: suggestion.clone() })
            }
        }
    }
}

/// Options named that another may be.
const CANDIDATES_SHOWN: usize = 4;

/// An option as its program has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Offer<'p> {
    /// Its anchor, or the variant it stands for.
    pub name: Option<&'p str>,
    /// What it says, where that is in the program.
    pub label: Option<&'p str>,
}

impl Offer<'_> {
    /// How people call it, where it is at that position.
    pub fn shown(&self, at: usize) -> OptionName {
        match (self.name, self.label) {
            (Some(name), _) => OptionName::Name(name.to_owned()),
            (None, Some(label)) => OptionName::Label(label.to_owned()),
            (None, None) => OptionName::Number(u16::try_from(at + 1).unwrap_or(u16::MAX)),
        }
    }
}

/// The position of the only option that is meant by a name.
pub(super) fn meant(offers: &[Offer<'_>], name: &OptionName) -> Option<usize> {
    let is = |(at, offer): &(usize, &Offer<'_>)| match name {
        OptionName::Label(label) => offer.label == Some(label),
        OptionName::Name(name) => offer.name == Some(name),
        OptionName::Number(number) => *at + 1 == usize::from(*number),
    };
    let mut found = offers.iter().enumerate().filter(is).map(|(at, _)| at);
    found.next().filter(|_| found.next().is_none())
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

/// What becomes of each option of the question at a place. A person's word (`said`: positions) says which is which; without,
/// an anchor does; without, the same words do, wherever they stand now; and options that say something else are the same as
/// long as each stands where it stood and none was added or taken away but those that say what they said.
pub(super) fn fates(place: &str, old: &[Offer<'_>], new: &[Offer<'_>], said: &[(usize, usize)]) -> Vec<Fate> {
    let named = |(at, was): (usize, &Offer<'_>)| match said.iter().find(|(from, _)| *from == at) {
        Some((_, to)) => Some(*to),
        None => was.name.and_then(|name| new.iter().position(|is| is.name == Some(name))),
    };
    let mut to: Vec<Option<usize>> = old.iter().enumerate().map(named).collect();
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
    // What was not offered before may be what is missing now, by another name.
    let is_new = |(at, is): &(usize, &Offer<'_>)| {
        !taken[*at] && is.name.is_none_or(|name| old.iter().all(|was| was.name != Some(name)))
    };
    let candidates: Vec<OptionName> = new.iter().enumerate().filter(is_new).map(|(at, is)| is.shown(at)).collect();
    let fate = |(at, was): (usize, &Offer<'_>)| match to[at] {
        Some(found) => Fate::Goes(found as u16),
        None if left(at) && free(at) && (same || wordless) => Fate::Goes(at as u16),
        None if !candidates.is_empty() => unclear(place, &was.shown(at), &candidates),
        None => Fate::Gone(match was.shown(at) {
            OptionName::Name(name) => format!("`#{name}`").into(),
            OptionName::Number(number) => format!("number {number}").into(),
            label @ OptionName::Label(_) => label.to_string().into(),
        }),
    };
    old.iter().enumerate().map(fate).collect()
}

/// An option that may be any of those that are left.
fn unclear(place: &str, was: &OptionName, candidates: &[OptionName]) -> Fate {
    let shown = |name: &OptionName| match name {
        OptionName::Number(number) => format!("number {number}"),
        OptionName::Name(_) => format!("`{name}`"),
        OptionName::Label(_) => name.to_string(),
    };
    let names: Vec<String> = candidates.iter().map(ToString::to_string).collect();
    let perhaps = match names.as_slice() {
        [only] => Some(only.clone()),
        several => nearest(&was.to_string(), several.iter().map(String::as_str)),
    };
    let mut among: Vec<String> = candidates.iter().take(CANDIDATES_SHOWN).map(shown).collect();
    if candidates.len() > CANDIDATES_SHOWN {
        among.push("another".to_owned());
    }
    let last = among.pop().unwrap_or_default();
    let before = if among.is_empty() { String::new() } else { format!("{} or ", among.join(", ")) };
    let why = format!("whether option {} is {before}{last} now cannot be told", shown(was));
    Fate::Unclear(why.into(), perhaps.map(|now| format!("{place}.{was}={now}").into()))
}
