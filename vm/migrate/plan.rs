//! From the places of one program to those of another.

use super::fit::{Typed, misfit, same};
use super::keys::{base, equals, mapped, means, similar, split};
use super::mapping::{Mapping, MappingError, OptionName};
use super::options::{Fate, Offer, fates, meant, offers};
use crate::nearest::nearest;
use flow_bytecode::program::{ArmKind, Live, Place, PlaceKind};
use flow_bytecode::{Bank, Program};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

/// Where every place of the old program goes.
pub(crate) struct Plan {
    places: Vec<Result<Move, Misfit>>,
}

/// A place that goes on as another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Move {
    /// The place in the new program.
    pub place: u16,
    /// Per live register of the new place, where its value comes from.
    pub carries: Vec<Carry>,
}

/// A live register and what it is filled from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Carry {
    pub from: Live,
    pub to: Live,
    /// It says which options were offered: what each of them is now.
    pub arms: Option<Arc<[Fate]>>,
}

/// Why runs at a place do not move.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Misfit {
    /// A person can say where they belong; otherwise what they hold does not fit.
    pub mappable: bool,
    /// A clause: `the new version has no such place`.
    pub why: Arc<str>,
    /// A place of the new version that might be meant.
    pub suggestion: Option<Arc<str>>,
}

impl Misfit {
    pub fn breaks(why: impl Into<Arc<str>>) -> Self {
        Misfit { mappable: false, why: why.into(), suggestion: None }
    }
}

impl Plan {
    /// Compares two programs, place by place.
    pub fn new(old: &Program, new: &Program, mappings: &[Mapping]) -> Plan {
        let mut by_key: HashMap<&str, u16> = HashMap::with_capacity(new.places.len());
        by_key.extend(new.places.iter().map(|place| &*place.key).zip(0..));
        let (before, now) = (equals(old), equals(new));
        let comparison = Comparison { old, new, by_key, before, now, mappings };
        let places = old.places.iter().map(|place| comparison.place(place)).collect();
        Plan { places }
    }

    /// Where runs at a place go, or why they do not.
    pub fn place(&self, place: u16) -> Result<&Move, Misfit> {
        match self.places.get(usize::from(place)) {
            Some(Ok(to)) => Ok(to),
            Some(Err(misfit)) => Err(misfit.clone()),
            None => Err(Misfit::breaks("the place is not one of its program")),
        }
    }
}

/// Checks that every mapping leads somewhere.
///
/// # Errors
/// The first that names no place of the new program, is about no place of the old ones, or says of a place or an option
/// something else than one before.
pub(crate) fn check(mappings: &[Mapping], olds: &[&Program], new: &Program) -> Result<(), MappingError> {
    for (at, mapping) in mappings.iter().enumerate() {
        let Mapping::Place { from, to } = mapping else {
            check_option(at, mappings, olds, new)?;
            continue;
        };
        let mut others = mappings.iter().take(at).filter_map(|before| match before {
            Mapping::Place { from: other, to: before } if other == from && before != to => Some(before),
            _ => None,
        });
        if let Some(before) = others.next() {
            return Err(MappingError::Twice { from: from.clone(), to: [before.clone(), to.clone()] });
        }
        let places = olds.iter().flat_map(|old| &old.places).filter(|place| mapping.apply(&place.key).is_some());
        let mut applied = places.filter_map(|place| mapped(&place.key, mappings));
        let Some(first) = applied.next() else { return Err(MappingError::NothingThere(from.clone())) };
        let leads = |key: &str| new.places.iter().any(|place| *place.key == *key || base(&place.key) == key);
        if !leads(&first) && !applied.any(|key| leads(&key)) {
            let nearest = similar(new, &first);
            return Err(MappingError::NoSuchPlace { to: to.clone(), nearest });
        }
    }
    Ok(())
}

/// Checks that what is said of an option is about one that was offered, and one that is.
fn check_option(at: usize, mappings: &[Mapping], olds: &[&Program], new: &Program) -> Result<(), MappingError> {
    let Some(Mapping::Option { place: name, from, to }) = mappings.get(at) else { return Ok(()) };
    let wrong = |option: &OptionName, now, offers: &[Offer<'_>]| MappingError::NoSuchOption {
        place: name.clone(),
        option: option.clone(),
        now,
        offered: offers.iter().enumerate().map(|(at, offer)| offer.shown(at)).collect(),
    };
    let mut problem = MappingError::NothingThere(name.clone());
    for old in olds {
        for old_place in old.places.iter().filter(|place| means(name, &place.key)) {
            let was_offered = offered(old, old_place);
            let is = meant(&was_offered, from);
            if is.is_none() {
                problem = wrong(from, false, &was_offered);
                continue;
            }
            let key = mapped(&old_place.key, mappings).unwrap_or_else(|| old_place.key.to_string());
            let Some(place) = new.places.iter().find(|place| *place.key == *key) else {
                problem = MappingError::NoSuchPlace { nearest: similar(new, &key), to: key };
                continue;
            };
            let offered = offered(new, place);
            let Some(goes) = meant(&offered, to) else {
                problem = wrong(to, true, &offered);
                continue;
            };
            let mut others = mappings.iter().take(at).filter_map(|before| match before {
                Mapping::Option { place: other, from, to } if means(other, &old_place.key) => {
                    (meant(&was_offered, from) == is && meant(&offered, to) != Some(goes)).then_some(to)
                }
                _ => None,
            });
            return match others.next() {
                Some(before) => Err(MappingError::Twice {
                    from: format!("{name}.{from}"),
                    to: [before.to_string(), to.to_string()],
                }),
                None => Ok(()),
            };
        }
    }
    Err(problem)
}

/// What the question at a place offers.
fn offered<'p>(program: &'p Program, place: &'p Place) -> Vec<Offer<'p>> {
    let options = place.live.iter().find(|live| live.name.starts_with("options("));
    options.map(|live| offers(program, place, &live.name)).unwrap_or_default()
}

/// Places that are told by their names.
const LIKE_MAX: usize = 4;

struct Comparison<'p> {
    old: &'p Program,
    new: &'p Program,
    by_key: HashMap<&'p str, u16>,
    before: BTreeMap<&'p str, usize>,
    now: BTreeMap<&'p str, usize>,
    mappings: &'p [Mapping],
}

impl Comparison<'_> {
    fn place(&self, place: &Place) -> Result<Move, Misfit> {
        let mapped = mapped(&place.key, self.mappings);
        let key = mapped.as_deref().unwrap_or(&place.key);
        let Some((index, to)) = self.by_key.get(key).and_then(|at| Some((*at, self.new.places.get(usize::from(*at))?)))
        else {
            return Err(self.missing(place, key));
        };
        if mapped.is_none() {
            let base = base(key);
            let (before, now) = (self.before.get(base).copied().unwrap_or(1), self.now.get(base).copied().unwrap_or(1));
            if before != now {
                // No mapping is offered: the key that stayed may well be that of another wait by now.
                let like = self.new.places.iter().map(|other| &*other.key).filter(|other| self::base(other) == base);
                let why = format!(
                    "there {} like it and {} now{}: which is which only `--map` can say; `flow build --manifest` \
                     tells where each stands, and an anchor on each prevents this",
                    was(before),
                    is(now),
                    few(like)
                );
                return Err(Misfit { mappable: true, why: why.into(), suggestion: None });
            }
        }
        self.kinds(&place.kind, &to.kind)?;
        let carries = self.carries(place, to)?;
        Ok(Move { place: index, carries })
    }

    fn missing(&self, place: &Place, key: &str) -> Misfit {
        let (flow, _) = split(key);
        if !self.new.places.iter().any(|other| split(&other.key).0 == flow) {
            let gone = !self.new.functions.iter().any(|function| *function.name == *flow);
            let why = match gone {
                true => format!("the new version has no flow `{flow}`"),
                false => "the flow does not wait any more in the new version".to_owned(),
            };
            let suggestion = if gone { self.renamed(flow) } else { None };
            return Misfit { mappable: true, why: why.into(), suggestion };
        }
        // A place that is new, in the same flow, where everything fits, is most likely the one that was renamed.
        let fitting = self.new.places.iter().filter(|other| {
            split(&other.key).0 == flow
                && self.kinds(&place.kind, &other.kind).is_ok()
                && self.carries(place, other).is_ok()
        });
        let likely = |places: Vec<&Arc<str>>| -> Option<Arc<str>> {
            let fresh = places.into_iter().filter(|key| !self.old.places.iter().any(|old| old.key == **key));
            match fresh.collect::<Vec<_>>().as_slice() {
                [only] => Some((*only).clone()),
                several => nearest(key, several.iter().map(|key| &***key)).map(Arc::from),
            }
        };
        let why = "the new version has no such place";
        if let Some(suggestion) = likely(fitting.map(|other| &other.key).collect()) {
            return Misfit { mappable: true, why: why.into(), suggestion: Some(suggestion) };
        }
        // Else the one that would be it but for what these runs do not hold: both are said at once.
        let alike = self
            .new
            .places
            .iter()
            .filter(|other| split(&other.key).0 == flow && self.kinds(&place.kind, &other.kind).is_ok());
        let other = likely(alike.map(|other| &other.key).collect());
        let other = other.and_then(|key| self.new.places.iter().find(|other| other.key == key));
        let why = match other.and_then(|other| Some((other, self.carries(place, other).err()?))) {
            Some((other, misfit)) => {
                format!("{why}; of `{}`, which is most like it: {}", split(&other.key).1, misfit.why)
            }
            None => why.to_owned(),
        };
        Misfit { mappable: true, why: why.into(), suggestion: None }
    }

    /// The flow that is most likely the one that is gone: it is new, and waits at the same places or is called nearly the same.
    fn renamed(&self, flow: &str) -> Option<Arc<str>> {
        let is_old = |name: &str| self.old.flows.iter().any(|old| *old.name == *name);
        let fresh = || self.new.flows.iter().map(|flow| &flow.name).filter(|name| !is_old(name));
        let within = |places: &[Place], flow: &str| -> BTreeSet<String> {
            let of_flow = places.iter().map(|place| split(&place.key)).filter(|(of, _)| *of == flow);
            of_flow.map(|(_, rest)| rest.to_owned()).collect()
        };
        let wanted = within(&self.old.places, flow);
        let mut same = fresh().filter(|name| within(&self.new.places, name) == wanted);
        match (same.next(), same.next()) {
            (Some(only), None) => Some(only.clone()),
            _ => nearest(flow, fresh().map(|name| &**name)).map(Arc::from),
        }
    }

    /// Whether a run that waits for the one can go on as one that waits for the other.
    fn kinds(&self, from: &PlaceKind, to: &PlaceKind) -> Result<(), Misfit> {
        let other = |what: &str| Err(Misfit::breaks(format!("the new version {what} there")));
        match (from, to) {
            (PlaceKind::Call, PlaceKind::Call) | (PlaceKind::Pause, PlaceKind::Pause) => Ok(()),
            (PlaceKind::Action { action: from, .. }, PlaceKind::Action { action: to, .. }) => {
                let from = self.old.actions.get(usize::from(*from));
                let to = self.new.actions.get(usize::from(*to));
                let (Some(from), Some(to)) = (from, to) else { return other("calls another action") };
                let typed = |program, id| Typed { program, id };
                if from.name != to.name {
                    return Err(Misfit::breaks(format!("the new version calls `{}` there", to.name)));
                }
                if from.class != to.class || from.via != to.via {
                    return Err(Misfit::breaks(format!("`{}` has another effect class now", to.name)));
                }
                if !same(typed(self.old, from.result), typed(self.new, to.result)) {
                    return Err(Misfit::breaks(format!("`{}` has another result now", to.name)));
                }
                Ok(())
            }
            (PlaceKind::Wait { arms: from }, PlaceKind::Wait { arms: to }) => {
                let expects = |arms: &[flow_bytecode::program::Arm]| {
                    arms.iter().find_map(|arm| match &arm.on {
                        ArmKind::Answer { expects, .. } => Some(*expects),
                        _ => None,
                    })
                };
                match (expects(from), expects(to)) {
                    (from, to) if from == to => Ok(()),
                    (Some(_), Some(_)) => other("asks for something else"),
                    (Some(_), None) => other("asks nothing"),
                    (None, _) => other("asks a question, which these runs have not asked"),
                }
            }
            (PlaceKind::Join { mode: from, paths: old }, PlaceKind::Join { mode: to, paths: new }) => {
                if from != to {
                    return other("joins its paths in another way");
                }
                match old.len() == new.len() && old.iter().all(|path| new.iter().any(|other| other.name == path.name)) {
                    true => Ok(()),
                    false => other("has other paths"),
                }
            }
            _ => other("waits for something else"),
        }
    }

    fn carries(&self, from: &Place, to: &Place) -> Result<Vec<Carry>, Misfit> {
        let (old, new) = (roles(self.old, from), roles(self.new, to));
        let fates = self.options((from, &old), (to, &new))?;
        let mut taken = vec![false; old.len()];
        let mut carries = Vec::with_capacity(new.len());
        for (role, live) in &new {
            let matches = |at: &usize| {
                old.get(*at).is_some_and(|(other, _)| role == other) && !taken.get(*at).copied().unwrap_or(true)
            };
            let Some(at) = (0..old.len()).find(matches) else { return Err(Misfit::breaks(role.lacking())) };
            if let Some(taken) = taken.get_mut(at) {
                *taken = true;
            }
            let Some((_, source)) = old.get(at) else { continue };
            let (was, is) = (Typed { program: self.old, id: source.ty }, Typed { program: self.new, id: live.ty });
            if let Some(why) = misfit(was, is) {
                return Err(Misfit::breaks(format!("{} {why}", role.shown())));
            }
            let arms = fates.clone().filter(|_| *role == Role::Arms);
            carries.push(Carry { from: (*source).clone(), to: (*live).clone(), arms });
        }
        Ok(carries)
    }

    /// What becomes of the options that were offered, where some were.
    fn options(
        &self,
        (from, old): (&Place, &[(Role, &Live)]),
        (to, new): (&Place, &[(Role, &Live)]),
    ) -> Result<Option<Arc<[Fate]>>, Misfit> {
        let names = |roles: &[(Role, &Live)]| {
            roles.iter().find_map(|(role, live)| matches!(role, Role::Options).then(|| live.name.clone()))
        };
        let (Some(before), Some(now)) = (names(old), names(new)) else { return Ok(None) };
        let (before, now) = (offers(self.old, from, &before), offers(self.new, to, &now));
        let said = self.mappings.iter().filter_map(|mapping| match mapping {
            Mapping::Option { place, from: was, to: is } if means(place, &from.key) => {
                Some((meant(&before, was)?, meant(&now, is)?))
            }
            _ => None,
        });
        let fates = fates(&from.key, &before, &now, &said.collect::<Vec<_>>());
        let numbered = |roles: &[(Role, &Live)]| roles.iter().any(|(role, _)| *role == Role::Arms);
        // Without numbers an answer goes by where its option stands in the list.
        let stays = |(at, fate): (usize, &Fate)| *fate == Fate::Goes(at as u16);
        match (numbered(old), numbered(new)) {
            (true, true) => Ok(Some(fates.into())),
            (false, false) if fates.iter().enumerate().all(stays) => Ok(None),
            _ => Err(Misfit::breaks(Role::Options.lacking())),
        }
    }
}

fn was(count: usize) -> String {
    if count == 1 { "was 1".to_owned() } else { format!("were {count}") }
}

/// Some of many, each between back quotes.
fn few<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    let shown = names.iter().take(LIKE_MAX).map(String::as_str).collect::<Vec<_>>().join(", ");
    match names.len().checked_sub(LIKE_MAX) {
        Some(more @ 1..) => format!(", {shown} and {more} more"),
        _ if names.is_empty() => String::new(),
        _ => format!(", {shown}"),
    }
}

fn is(count: usize) -> String {
    if count == 1 { "is 1".to_owned() } else { format!("are {count}") }
}

/// What a live register is for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Role {
    /// A variable of the flow's.
    Variable(Arc<str>),
    /// The options of a prompt, as they were shown.
    Options,
    /// Which of all options those are.
    Arms,
    /// The conversation it asks in.
    Conversation,
    /// What it has asked.
    Prompt,
    /// The n-th moment it goes on at.
    After(usize),
    /// What the n-th event is compared with.
    Match(Arc<str>, u16),
    /// The n-th that nobody has named.
    Unnamed(Bank, usize),
}

impl Role {
    fn shown(&self) -> String {
        match self {
            Role::Variable(name) => format!("`{name}`"),
            Role::Options | Role::Arms => "the list of options".to_owned(),
            Role::Conversation => "the conversation".to_owned(),
            Role::Prompt => "the question".to_owned(),
            Role::After(_) => "its time limit".to_owned(),
            Role::Match(event, _) => format!("what `{event}` is compared with"),
            Role::Unnamed(..) => "an intermediate value".to_owned(),
        }
    }

    fn lacking(&self) -> String {
        match self {
            Role::Variable(name) => format!("`{name}` is needed there now, and these runs have no value for it"),
            Role::Options | Role::Arms => "the new version offers other options there".to_owned(),
            Role::After(_) => "the new version has a time limit there, which these runs know nothing of".to_owned(),
            Role::Match(event, _) => format!("the new version waits for `{event}` there, and these runs do not"),
            other => format!("{} is needed there now, and these runs have none", other.shown()),
        }
    }
}

/// The live registers of a place, each with what it is for.
fn roles<'p>(program: &'p Program, place: &'p Place) -> Vec<(Role, &'p Live)> {
    let mut unnamed = 0;
    let live = place.live.iter().map(|live| {
        let role = match (&*live.name, by_arm(program, place, live)) {
            // No variable has a bracket in its name.
            ("arms()", _) => Role::Arms,
            (name, _) if name.starts_with("options(") => Role::Options,
            ("", Some(role)) => role,
            ("", None) => {
                unnamed += 1;
                Role::Unnamed(live.bank, unnamed)
            }
            _ => Role::Variable(live.name.clone()),
        };
        (role, live)
    });
    live.collect()
}

/// What an arm uses a register for.
fn by_arm(program: &Program, place: &Place, live: &Live) -> Option<Role> {
    let PlaceKind::Wait { arms } = &place.kind else { return None };
    let mut afters = 0;
    for arm in arms {
        match &arm.on {
            ArmKind::After { due } => {
                if live.bank == Bank::Scalar && *due == live.register {
                    return Some(Role::After(afters));
                }
                afters += 1;
            }
            ArmKind::Answer { conversation, prompt, .. } => {
                if live.bank == Bank::Scalar && *conversation == live.register {
                    return Some(Role::Conversation);
                }
                if live.bank == Bank::Reference && *prompt == live.register {
                    return Some(Role::Prompt);
                }
            }
            ArmKind::Event { event, matches, .. } => {
                let found = matches.iter().find(|(_, bank, register)| (*bank, *register) == (live.bank, live.register));
                if let (Some((param, ..)), Some(event)) = (found, program.events.get(usize::from(*event))) {
                    return Some(Role::Match(event.name.clone(), *param));
                }
            }
            ArmKind::When { .. } => {}
        }
    }
    None
}
