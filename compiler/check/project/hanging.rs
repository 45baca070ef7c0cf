//! Conversations left hanging: ways on which a question is asked and then nobody answers, closes or assigns.
//!
//! From a question on the conversation is *owed* a word. It is settled when the flow says something in it, closes it,
//! gives it to somebody, asks the next question, or hands it to an action or a run of its own. Where a run ends while a
//! word is owed, also where time ran out, the customer is left hanging. What fails uncaught is caught by the project's
//! fallback and not meant here, unless it fails on a path beside others, which only ends that path. Calls and launches are
//! followed.

use super::graph::{Graph, Way};
use super::owed::{End, Ends, Held, Owed, Question, Since, State, Summary};
use crate::check::places::{Place, place};
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{
    ActionId, Block, Choice, Expr, ExprKind, FlowId, Fork, LocalId, Node, Pattern, Stmt, StmtKind, SwitchArm, Ty, Wait,
};
use crate::resolve::Project;
use crate::syntax::ast::ClauseKind;
use std::collections::HashMap;

/// Rounds of a loop that are looked at, by how many loops are around it: what is owed after them does not change any more
/// but in rare programs, and loops in loops in loops must not take for ever.
const ROUNDS_MAX: [usize; 3] = [3, 3, 2];
/// More questions than these in the paths of one race are not told apart.
const ASKED_MAX: usize = 64;
/// Ways that one warning shows.
const WAYS_MAX: usize = 4;

/// Warns of every question after which a customer may be left hanging.
pub(super) fn look(p: &Project, graph: &Graph, out: &mut Vec<Diagnostic>) {
    let Some(conversation) = p.entity("Conversation").map(Ty::Entity) else { return };
    let known = graph.settle(Summary::default(), |id, known| Walk::over(p, &conversation, known, id, None).0);
    let mut told: Vec<(Span, Ends)> = Vec::new();
    let mut at: HashMap<Span, usize> = HashMap::new();
    for (id, ..) in graph.flows(p) {
        let (_, ends, left) = Walk::over(p, &conversation, &known, id, message_trigger(p, id));
        let left = if is_entry(p, graph, id) { left } else { left.beyond_params(p, id) };
        for (question, end) in ends.found.into_iter().chain(left.found) {
            let slot = *at.entry(question).or_insert_with(|| {
                told.push((question, Ends::default()));
                told.len() - 1
            });
            if let Some((_, ends)) = told.get_mut(slot) {
                ends.add(question, end);
            }
        }
    }
    // A flow of the library that is begun alone has nobody who could mend it.
    told.retain(|(question, _)| p.is_own(*question));
    let messages: Vec<Span> = graph.flows(p).filter_map(|(id, ..)| message_trigger(p, id)).collect();
    out.extend(told.into_iter().map(|(question, ends)| warning(question, &ends, messages.contains(&question))));
}

/// The trigger by which a flow takes what a customer has written: no other flow gets it then.
fn message_trigger(p: &Project, id: FlowId) -> Option<Span> {
    let source = p.flow_sources.get(id.0 as usize)?;
    source.decl.clauses.iter().find_map(|clause| match &clause.kind {
        ClauseKind::On(pattern) if pattern.event.dotted() == "message.received" => Some(clause.span),
        _ => None,
    })
}

fn warning(question: Span, ends: &Ends, message: bool) -> Diagnostic {
    let mut diagnostic = match message {
        true => Diagnostic::new(
            Code::LeftHanging,
            question,
            "Whoever wrote this message may be left hanging: the run can end without a word.",
        )
        .at("takes the message, which goes to no other flow then"),
        false => Diagnostic::new(
            Code::LeftHanging,
            question,
            "After this question the customer may be left hanging: the run can end without another word.",
        )
        .at("asked here"),
    };
    let mut ways: Vec<End> = ends.found.iter().map(|(_, end)| *end).collect();
    ways.sort_by_key(|end| end.span());
    for end in ways.iter().take(WAYS_MAX) {
        diagnostic = match end {
            End::Way(span) => diagnostic.label(*span, "on this way nobody answers, closes or assigns"),
            End::Place(span) if message => diagnostic.label(*span, "the run ends here, and nobody has answered"),
            End::Place(span) => diagnostic.label(*span, "the run ends here, with the question in the air"),
            End::Launch(span) => diagnostic.label(*span, "what is launched says nothing either"),
            End::Call(span) => diagnostic.label(*span, "what is called ends the run, and says nothing"),
        };
    }
    diagnostic.help(
        "On every way, also where time runs out, say something, or close the conversation, \
         `conversation.close()`, or give it to somebody, `conversation.assign(to: …)`.",
    )
}

/// Whether a run may begin with a flow, so that its end is the run's end.
fn is_entry(p: &Project, graph: &Graph, id: FlowId) -> bool {
    let from = graph.from.get(id.0 as usize).map_or(&[][..], Vec::as_slice);
    let triggered = p
        .flow_sources
        .get(id.0 as usize)
        .is_some_and(|source| source.decl.clauses.iter().any(|clause| matches!(clause.kind, ClauseKind::On(_))));
    triggered
        || !from.iter().any(|(other, way)| *way == Way::Call && *other != id)
        || from.iter().any(|(_, way)| *way != Way::Call)
}

/// A way through one flow.
pub(super) struct Walk<'w> {
    p: &'w Project,
    conversation: &'w Ty,
    known: &'w [Summary],
    /// How many of the flow's names are parameters.
    params: usize,
    /// Names for places that have another.
    aliases: HashMap<LocalId, Place>,
    /// What leaves each open loop: by `break`, by `continue`.
    loops: Vec<(State, State)>,
    /// What reaches the handler of each open `try`.
    raised: Vec<State>,
    /// How it came to the end of the flow.
    returned: Vec<(State, Span)>,
    /// Where runs end.
    stopped: Vec<(Vec<Owed>, End)>,
    /// Something may fail outside of every `try`.
    fails: bool,
}

impl<'w> Walk<'w> {
    /// What becomes of a flow's conversations; where runs end in it with a question in the air, and where it returns so.
    /// `message`: the run has begun with a message, by this trigger.
    fn over(
        p: &'w Project,
        conversation: &'w Ty,
        known: &'w [Summary],
        id: FlowId,
        message: Option<Span>,
    ) -> (Summary, Ends, Ends) {
        let (Some(flow), Some(source)) = (p.hir.flows.get(id.0 as usize), p.flow_sources.get(id.0 as usize)) else {
            return Default::default();
        };
        let mut walk = Walk {
            p,
            conversation,
            known,
            params: flow.params.len(),
            aliases: HashMap::new(),
            loops: Vec::new(),
            raised: Vec::new(),
            returned: Vec::new(),
            stopped: Vec::new(),
            fails: false,
        };
        let mut state = State::begin();
        for (index, param) in flow.locals.iter().take(flow.params.len()).enumerate() {
            if param.ty.present() == *conversation {
                let place = Place { root: LocalId(index as u32), steps: Vec::new() };
                if let Some(message) = message {
                    let question = Question::Asked(message);
                    state.owe(Owed { place: place.clone(), since: Since { question, way: None } });
                }
                for held in [Held::Assigned, Held::Closed] {
                    let since = Since { question: Question::Taken(held), way: None };
                    state.keep(held, Owed { place: place.clone(), since });
                }
                state.owe(Owed { place, since: Since { question: Question::Before, way: None } });
            }
        }
        walk.block(&flow.body, &mut state);
        walk.returned.push((state, source.decl.body.close));
        let mut ends = Ends::default();
        let mut summary = Summary { fails: walk.fails, ..Summary::default() };
        for (owed, end) in &walk.stopped {
            for owed in owed {
                match owed.since.question {
                    Question::Asked(question) => ends.add(question, owed.since.way.map_or(*end, End::Way)),
                    Question::Before | Question::Taken(_) => summary.stops(owed),
                }
            }
        }
        let mut left = Ends::default();
        for (state, span) in &walk.returned {
            summary.returns |= state.alive;
            for owed in &state.owed {
                if let Question::Asked(question) = owed.since.question {
                    left.add_in(question, owed.since.way.map_or(End::Place(*span), End::Way), &owed.place);
                }
            }
            summary.leaves(state, flow.params.len());
        }
        (summary, ends, left)
    }

    fn block(&mut self, block: &Block, state: &mut State) {
        for stmt in &block.stmts {
            if !state.alive {
                return;
            }
            self.stmt(stmt, state);
        }
    }

    fn branch(&mut self, block: &Block, state: &State, way: Option<Span>) -> State {
        let mut state = state.clone();
        if let Some(way) = way {
            state.by(way);
        }
        self.block(block, &mut state);
        state
    }

    fn stmt(&mut self, stmt: &Stmt, state: &mut State) {
        match &stmt.kind {
            StmtKind::Let { local, value } => {
                self.expr(value, state);
                if let (true, Some(place)) = (value.ty.present() == *self.conversation, self.place(value)) {
                    self.aliases.insert(*local, place);
                }
            }
            StmtKind::Guard { local, value, otherwise } => {
                self.expr(value, state);
                self.branch(otherwise, state, None);
                if let (true, Some(place)) = (value.ty.present() == *self.conversation, self.place(value)) {
                    self.aliases.insert(*local, place);
                }
            }
            StmtKind::If { condition, then, otherwise } => {
                self.expr(condition, state);
                let mut joined = self.branch(then, state, None);
                joined.join(self.branch(otherwise, state, None));
                *state = joined;
            }
            StmtKind::Switch { subject, arms, otherwise } => self.switch(subject, arms, otherwise, state),
            StmtKind::For { pages, list, filter, body, .. } => {
                if let Some(pages) = pages {
                    self.expr(&pages.call, state);
                }
                self.expr(list, state);
                self.rounds(filter.as_deref(), body, true, state);
            }
            StmtKind::While { condition, body } => {
                let ends = !matches!(condition.kind, ExprKind::Bool(true));
                self.rounds(Some(condition), body, ends, state);
            }
            StmtKind::Repeat { times, body } => {
                self.expr(times, state);
                self.rounds(None, body, true, state);
            }
            StmtKind::Break | StmtKind::Continue => {
                let gone = std::mem::replace(state, State::dead());
                if let Some((broken, continued)) = self.loops.last_mut() {
                    if matches!(stmt.kind, StmtKind::Break) { broken.join(gone) } else { continued.join(gone) }
                }
            }
            // The question is asked anew.
            StmtKind::Again => *state = State::dead(),
            StmtKind::Return(value) => {
                value.iter().for_each(|value| self.expr(value, state));
                self.returned.push((std::mem::replace(state, State::dead()), stmt.span));
            }
            StmtKind::Stop => {
                let gone = std::mem::replace(state, State::dead());
                self.stopped.push((gone.owed, End::Place(stmt.span)));
            }
            StmtKind::Fail(value) => {
                self.expr(value, state);
                self.raise(state);
                *state = State::dead();
            }
            StmtKind::Launch { flow, args } => {
                args.iter().for_each(|arg| self.expr(arg, state));
                self.launch(*flow, args, stmt.span, state);
            }
            StmtKind::Choice(choice) => self.choice(choice, state),
            StmtKind::Wait(wait) => self.wait(wait, state),
            StmtKind::Fork(fork) => self.fork(fork, state),
            StmtKind::Split(split) => {
                let mut joined = State::dead();
                for side in &split.sides {
                    joined.join(self.branch(&side.body, state, None));
                }
                *state = joined;
            }
            StmtKind::Try { body, handler, .. } => {
                let before = state.clone();
                self.raised.push(State::dead());
                self.block(body, state);
                let raised = self.raised.pop().unwrap_or(before.clone());
                let raised = if raised.alive { raised } else { before };
                state.join(self.branch(handler, &raised, None));
            }
            StmtKind::Block(body) => self.block(body, state),
            // It is carried out where the run fails, which lets go of everything.
            StmtKind::Undo(body) => {
                self.branch(body, state, None);
            }
            StmtKind::Assign { value, .. } | StmtKind::Expr(value) => self.expr(value, state),
            StmtKind::SetField { base, value, .. } => {
                self.expr(base, state);
                self.expr(value, state);
            }
            StmtKind::Fire { args, .. } => args.iter().for_each(|arg| self.expr(arg, state)),
        }
    }

    fn switch(&mut self, subject: &Expr, arms: &[SwitchArm], otherwise: &Block, state: &mut State) {
        self.expr(subject, state);
        let mut joined = State::dead();
        for arm in arms {
            joined.join(self.branch(&arm.body, state, None));
        }
        if !otherwise.stmts.is_empty() || !self.covers(&subject.ty, arms) {
            joined.join(self.branch(otherwise, state, None));
        }
        *state = joined;
    }

    /// Whether the arms of a switch leave nothing over.
    fn covers(&self, ty: &Ty, arms: &[SwitchArm]) -> bool {
        let values = match ty.present() {
            Ty::Bool => 2,
            Ty::Enum(id) => self.p.hir.enums.get(id.0 as usize).map_or(usize::MAX, |item| item.variants.len()),
            _ => return false,
        };
        let told = arms.iter().flat_map(|arm| &arm.patterns).filter(|pattern| **pattern != Pattern::Null).count();
        let null = arms.iter().flat_map(|arm| &arm.patterns).any(|pattern| *pattern == Pattern::Null);
        told >= values && (null || !ty.is_optional())
    }

    /// A loop; `ends`: it may go round no further time, or not once.
    fn rounds(&mut self, condition: Option<&Expr>, body: &Block, ends: bool, state: &mut State) {
        let mut entered = state.clone();
        let mut after = State::dead();
        for _ in 0..ROUNDS_MAX.get(self.loops.len()).copied().unwrap_or(1) {
            let before = entered.clone();
            let mut round = entered.clone();
            condition.iter().for_each(|condition| self.expr(condition, &mut round));
            if ends {
                after.join(round.clone());
            }
            self.loops.push((State::dead(), State::dead()));
            self.block(body, &mut round);
            if let Some((broken, continued)) = self.loops.pop() {
                after.join(broken);
                round.join(continued);
            }
            entered.join(round.clone());
            if ends {
                after.join(round);
            }
            if entered == before {
                break;
            }
        }
        *state = after;
    }

    fn choice(&mut self, choice: &Choice, state: &mut State) {
        self.expr(&choice.conversation, state);
        self.expr(&choice.prompt, state);
        for option in &choice.options {
            self.expr(&option.label, state);
            option.guard.iter().for_each(|guard| self.expr(guard, state));
        }
        self.asked(&choice.conversation, choice.prompt.span, state);
        let mut joined = State::dead();
        for option in &choice.options {
            joined.join(self.branch(&option.body, state, Some(option.span)));
        }
        let others = choice.otherwise.iter().map(|(_, body)| body);
        for body in others.chain(choice.after.iter().map(|(_, body)| body)) {
            let way = body.stmts.first().map(|stmt| stmt.span);
            joined.join(self.branch(body, state, way));
        }
        *state = joined;
    }

    fn wait(&mut self, wait: &Wait, state: &mut State) {
        let mut joined = State::dead();
        for arm in &wait.arms {
            joined.join(self.branch(&arm.body, state, None));
        }
        *state = joined;
    }

    fn fork(&mut self, fork: &Fork, state: &mut State) {
        // Whoever loses a race may have asked, and what was asked is withdrawn without a word.
        let asked = if fork.race { self.asked_beside(fork) } else { Vec::new() };
        let mut ends = Vec::with_capacity(fork.paths.len());
        for (at, path) in fork.paths.iter().enumerate() {
            let mut begin = state.clone();
            asked.iter().filter(|(other, _)| *other != at).for_each(|(_, owed)| begin.owe(owed.clone()));
            self.raised.push(State::dead());
            let mut end = self.branch(&path.body, &begin, None);
            let failed = self.raised.pop().unwrap_or_else(State::dead);
            // A path that fails is skipped, and the others go on.
            if !fork.race {
                end.join(failed);
            }
            ends.push(end);
        }
        let Some((first, rest)) = ends.split_first() else { return };
        // What one path settles is settled for all of them; in a race only the winner's word counts.
        let mut joined = first.clone();
        for end in rest {
            if fork.race { joined.join(end.clone()) } else { joined.beside(end, state) }
        }
        joined.alive = true;
        *state = joined;
    }

    /// What the paths of a race ask in conversations that the flow was given, each with its path.
    fn asked_beside(&self, fork: &Fork) -> Vec<(usize, Owed)> {
        let mut found = Vec::new();
        for (at, path) in fork.paths.iter().enumerate() {
            path.body.walk(&mut |node| {
                let (conversation, question) = match node {
                    Node::Expr(Expr { kind: ExprKind::Ask(ask), .. }) => (&ask.conversation, ask.prompt.span),
                    Node::Stmt(Stmt { kind: StmtKind::Choice(choice), .. }) => {
                        (&choice.conversation, choice.prompt.span)
                    }
                    _ => return,
                };
                let place = self.place(conversation).filter(|place| (place.root.0 as usize) < self.params);
                if let (Some(place), true) = (place, found.len() < ASKED_MAX) {
                    let since = Since { question: Question::Asked(question), way: None };
                    found.push((at, Owed { place, since }));
                }
            });
        }
        found
    }

    fn expr(&mut self, expr: &Expr, state: &mut State) {
        expr.parts(&mut |part| self.expr(part, state));
        match &expr.kind {
            ExprKind::Ask(ask) => self.asked(&ask.conversation, ask.prompt.span, state),
            ExprKind::Action(call) => {
                if call.class.is_external() {
                    self.raise(state);
                }
                self.action(call.named(), &call.args, state);
            }
            ExprKind::Decode(_) | ExprKind::Raise(_) => self.raise(state),
            ExprKind::Start { args, .. } => args.iter().for_each(|arg| self.settle(arg, state)),
            ExprKind::Call { flow, args } => {
                let before = state.clone();
                self.call(*flow, args, expr.span, state);
                if self.summary(*flow).fails {
                    self.raise(&before);
                    self.raise(state);
                }
            }
            _ => {}
        }
    }

    fn raise(&mut self, state: &State) {
        match self.raised.last_mut() {
            Some(raised) => raised.join(state.clone()),
            None => self.fails = true,
        }
    }

    fn asked(&mut self, conversation: &Expr, question: Span, state: &mut State) {
        self.settle(conversation, state);
        if let Some(place) = self.place(conversation) {
            state.owe(Owed { place, since: Since { question: Question::Asked(question), way: None } });
        }
    }

    fn action(&mut self, id: ActionId, args: &[Expr], state: &mut State) {
        let Some(action) = self.p.hir.actions.get(id.0 as usize) else { return };
        let about = |method: &str| action.name.strip_prefix("Conversation.") == Some(method);
        let of_conversation = action.name.starts_with("Conversation.");
        let held = [
            ("assign", Held::Assigned, true),
            ("unassign", Held::Assigned, false),
            ("close", Held::Closed, true),
            ("reopen", Held::Closed, false),
        ];
        let held = held.iter().find(|(method, ..)| about(method));
        let place = args.first().and_then(|conversation| self.place(conversation));
        if let (Some((_, by, taken)), Some(place)) = (held, &place) {
            if *taken { state.hold(*by, place) } else { state.let_go(*by, place) }
        } else if about("say") || about("close") || about("assign") || (of_conversation && action.outbound) {
            args.first().iter().for_each(|conversation| self.settle(conversation, state));
        } else if !of_conversation {
            args.iter().for_each(|arg| self.settle(arg, state));
            if action.outbound {
                // A message to the contact reaches them wherever they are.
                state.settle(None);
            }
        }
    }

    /// What is handed on is in other hands; of a conversation that cannot be told, every one may be meant.
    fn settle(&mut self, value: &Expr, state: &mut State) {
        if value.ty.present() != *self.conversation {
            return;
        }
        match self.place(value) {
            Some(place) => state.settle(Some(&place)),
            None if matches!(value.kind, ExprKind::Null) => {}
            None => state.settle(None),
        }
    }

    fn summary(&self, flow: FlowId) -> Summary {
        self.known.get(flow.0 as usize).cloned().unwrap_or_default()
    }

    fn call(&mut self, flow: FlowId, args: &[Expr], span: Span, state: &mut State) {
        let summary = self.summary(flow);
        for (index, arg) in args.iter().enumerate() {
            if arg.ty.present() != *self.conversation {
                continue;
            }
            let Some(place) = self.place(arg) else { continue };
            let index = LocalId(index as u32);
            let before = state.clone();
            let owed = before.owed.iter().filter(|owed| owed.place == place);
            let held = before.held.iter().filter(|(_, owed)| owed.place == place);
            let is_in = |all: &[(LocalId, Held)], by: Held| all.contains(&(index, by));
            let mut stopped: Vec<Owed> = Vec::new();
            if summary.stopping.contains(&index) {
                stopped.extend(owed.clone().cloned());
            }
            stopped
                .extend(held.clone().filter(|(by, _)| is_in(&summary.stop_taking, *by)).map(|(_, owed)| owed.clone()));
            if !stopped.is_empty() {
                self.stopped.push((stopped, End::Call(span)));
            }
            if !summary.keeping.contains(&index) {
                state.owed.retain(|owed| owed.place != place);
            }
            state.held.retain(|(by, owed)| owed.place != place || is_in(&summary.still, *by));
            held.filter(|(by, _)| is_in(&summary.taking, *by)).for_each(|(_, owed)| state.owe(owed.clone()));
            for (_, by) in summary.holding.iter().filter(|(param, _)| *param == index) {
                owed.clone().for_each(|owed| state.keep(*by, owed.clone()));
            }
            for (_, held, since) in summary.leaving.iter().filter(|(param, ..)| *param == index) {
                // What a flow of the library asks is asked, for whoever reads this, where it is called.
                let asks = matches!(since.question, Question::Asked(question) if !self.p.is_own(question));
                let since = if asks { Since { question: Question::Asked(span), way: None } } else { *since };
                let owed = Owed { place: place.clone(), since };
                match held {
                    None => state.owe(owed),
                    Some(by) => state.keep(*by, owed),
                }
            }
        }
        state.alive &= summary.returns;
    }

    fn launch(&mut self, flow: FlowId, args: &[Expr], span: Span, state: &mut State) {
        let summary = self.summary(flow);
        let gone = std::mem::replace(state, State::dead());
        let ends = |owed: &Owed, held: Option<Held>| {
            let param = args.iter().position(|arg| self.place(arg).as_ref() == Some(&owed.place));
            match param {
                Some(param) => summary.may_end_owing(LocalId(param as u32), held),
                None => held.is_none(),
            }
        };
        let mut owed: Vec<Owed> = gone.owed.iter().filter(|owed| ends(owed, None)).cloned().collect();
        owed.extend(gone.held.iter().filter(|(by, owed)| ends(owed, Some(*by))).map(|(_, owed)| owed.clone()));
        self.stopped.push((owed, End::Launch(span)));
    }

    /// The conversation that an expression names, by its first name.
    fn place(&self, expr: &Expr) -> Option<Place> {
        let mut place = place(expr)?;
        if let Some(first) = self.aliases.get(&place.root) {
            let steps = std::mem::replace(&mut place.steps, first.steps.clone());
            place.root = first.root;
            place.steps.extend(steps);
        }
        Some(place)
    }
}
