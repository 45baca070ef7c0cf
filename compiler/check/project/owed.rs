//! What is owed to whom on a way through a flow, and what is known of a whole flow from that.

use crate::check::places::Place;
use crate::diag::Span;
use crate::hir::{FlowId, LocalId};
use crate::resolve::Project;
use std::collections::HashSet;

/// More than so many questions in the air at once are not told apart.
const OWED_MAX: usize = 32;

/// What made a conversation owed a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Question {
    /// It was owed one already when the flow was entered.
    Before,
    /// It was in other hands when the flow was entered, or closed, and is not any more.
    Taken(Held),
    /// A question, by its words.
    Asked(Span),
}

/// Since when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Since {
    pub question: Question,
    /// The arm of a choice that was taken.
    pub way: Option<Span>,
}

/// A conversation that is owed a word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Owed {
    pub place: Place,
    pub since: Since,
}

/// What holds at a place of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    /// It can be reached.
    pub alive: bool,
    pub owed: Vec<Owed>,
    /// What was owed until somebody was given the conversation, or it was closed: taken from them, or opened again, it is
    /// owed once more.
    pub held: Vec<(Held, Owed)>,
}

/// How a conversation came to be in other hands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Held {
    Assigned,
    Closed,
}

impl State {
    pub fn begin() -> State {
        State { alive: true, owed: Vec::new(), held: Vec::new() }
    }

    pub fn dead() -> State {
        State { alive: false, owed: Vec::new(), held: Vec::new() }
    }

    pub fn owe(&mut self, owed: Owed) {
        if !self.owed.contains(&owed) && self.owed.len() < OWED_MAX {
            self.owed.push(owed);
        }
    }

    /// A word has been said in a conversation, or in any where it cannot be told in which.
    pub fn settle(&mut self, place: Option<&Place>) {
        let other = |owed: &Owed| place.is_some_and(|place| owed.place != *place);
        self.owed.retain(other);
        self.held.retain(|(_, owed)| other(owed));
    }

    /// A conversation is in other hands.
    pub fn hold(&mut self, by: Held, place: &Place) {
        if by == Held::Closed {
            self.held.retain(|(_, owed)| owed.place != *place);
        }
        for owed in std::mem::take(&mut self.owed) {
            if owed.place == *place { self.keep(by, owed) } else { self.owed.push(owed) }
        }
    }

    /// It is not any more.
    pub fn let_go(&mut self, by: Held, place: &Place) {
        for (held, owed) in std::mem::take(&mut self.held) {
            match held == by && owed.place == *place {
                true => self.owe(owed),
                false => self.held.push((held, owed)),
            }
        }
    }

    pub fn keep(&mut self, by: Held, owed: Owed) {
        let held = (by, owed);
        if !self.held.contains(&held) && self.held.len() < OWED_MAX {
            self.held.push(held);
        }
    }

    /// The arm that is taken.
    pub fn by(&mut self, way: Span) {
        for owed in &mut self.owed {
            if matches!(owed.since.question, Question::Asked(_)) {
                owed.since.way = Some(way);
            }
        }
    }

    /// Either this or the other.
    pub fn join(&mut self, other: State) {
        if !other.alive {
            return;
        }
        if !self.alive {
            *self = other;
            return;
        }
        other.owed.into_iter().for_each(|owed| self.owe(owed));
        other.held.into_iter().for_each(|(by, owed)| self.keep(by, owed));
    }

    /// This and the other side by side, both begun with `before`.
    pub fn beside(&mut self, other: &State, before: &State) {
        self.owed.retain(|owed| !before.owed.contains(owed) || other.owed.contains(owed));
        for owed in other.owed.iter().filter(|owed| !before.owed.contains(owed)) {
            self.owe(owed.clone());
        }
        other.held.iter().for_each(|(by, owed)| self.keep(*by, owed.clone()));
    }
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum End {
    /// By this arm, without a word in it.
    Way(Span),
    /// At this statement, or this brace.
    Place(Span),
    /// By a launch of a flow that says nothing.
    Launch(Span),
    /// In a call of a flow that says nothing.
    Call(Span),
}

impl End {
    pub fn span(self) -> Span {
        match self {
            End::Way(span) | End::Place(span) | End::Launch(span) | End::Call(span) => span,
        }
    }
}

/// Questions that stay in the air, and how.
#[derive(Debug, Clone, Default)]
pub(super) struct Ends {
    pub found: Vec<(Span, End)>,
    known: HashSet<(Span, End)>,
    /// The conversations, beside `found` where they are told.
    places: Vec<Place>,
}

impl Ends {
    pub fn add(&mut self, question: Span, end: End) {
        crate::effort::spent(1);
        if self.known.insert((question, end)) {
            self.found.push((question, end));
        }
    }

    pub fn add_in(&mut self, question: Span, end: End, place: &Place) {
        self.found.push((question, end));
        self.places.push(place.clone());
    }

    /// Those in conversations that no caller can name.
    pub fn beyond_params(mut self, p: &Project, id: FlowId) -> Ends {
        let params = p.hir.flows.get(id.0 as usize).map_or(0, |flow| flow.params.len());
        let mut at = 0;
        self.found.retain(|_| {
            let own = self.places.get(at).is_some_and(|place| !is_param(place, params));
            at += 1;
            own
        });
        self
    }
}

fn is_param(place: &Place, params: usize) -> bool {
    place.steps.is_empty() && (place.root.0 as usize) < params
}

/// What a flow does to the conversations it is given. Everything in it only grows while flows are gone through.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Summary {
    /// It can come to its end.
    pub returns: bool,
    /// Something in it may fail.
    pub fails: bool,
    /// Parameters that may be owed a word still when it returns.
    pub keeping: Vec<LocalId>,
    /// The same where it ends the run.
    pub stopping: Vec<LocalId>,
    /// Questions of its own that are in the air when it returns; those that hands were found for, with whose.
    pub leaving: Vec<(LocalId, Option<Held>, Since)>,
    /// Parameters in whose conversations it may find hands for what was owed before, and whose.
    pub holding: Vec<(LocalId, Held)>,
    /// Parameters whose conversations may still be in the hands that they were in.
    pub still: Vec<(LocalId, Held)>,
    /// Parameters whose conversations it may take from those hands: where it returns, and where it ends the run.
    pub taking: Vec<(LocalId, Held)>,
    pub stop_taking: Vec<(LocalId, Held)>,
}

fn note<T: PartialEq>(all: &mut Vec<T>, one: T) {
    if all.len() < OWED_MAX && !all.contains(&one) {
        all.push(one);
    }
}

impl Summary {
    /// Notes what is owed where the flow ends the run.
    pub fn stops(&mut self, owed: &Owed) {
        let param = owed.place.root;
        match owed.since.question {
            Question::Before if !self.stopping.contains(&param) => self.stopping.push(param),
            Question::Taken(from) => note(&mut self.stop_taking, (param, from)),
            Question::Before | Question::Asked(_) => {}
        }
    }

    /// Notes what is owed where the flow returns, and what would be but for somebody's hands.
    pub fn leaves(&mut self, state: &State, params: usize) {
        for owed in state.owed.iter().filter(|owed| is_param(&owed.place, params)) {
            let param = owed.place.root;
            match owed.since.question {
                Question::Before if !self.keeping.contains(&param) => self.keeping.push(param),
                Question::Before => {}
                Question::Taken(from) => note(&mut self.taking, (param, from)),
                Question::Asked(_) => note(&mut self.leaving, (param, None, owed.since)),
            }
        }
        for (by, owed) in state.held.iter().filter(|(_, owed)| is_param(&owed.place, params)) {
            let param = owed.place.root;
            match owed.since.question {
                Question::Before => note(&mut self.holding, (param, *by)),
                Question::Taken(from) => note(&mut self.still, (param, from)),
                Question::Asked(_) => note(&mut self.leaving, (param, Some(*by), owed.since)),
            }
        }
    }

    /// Whether a run that becomes this flow may end with a word owed, which is in these hands before.
    pub fn may_end_owing(&self, param: LocalId, held: Option<Held>) -> bool {
        match held {
            None => self.keeping.contains(&param) || self.stopping.contains(&param),
            Some(by) => self.taking.contains(&(param, by)) || self.stop_taking.contains(&(param, by)),
        }
    }
}
