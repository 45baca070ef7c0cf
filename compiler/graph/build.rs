//! From checked statements to nodes and edges.

use super::head::declaration;
use super::label::{LABEL_MAX, TEXT_MAX, Words, cut};
use super::{Edge, EdgeKind, Graph, Node, NodeKind, values};
use crate::diag::Span;
use crate::diag::render::Sources;
use crate::hir::{ArmKind, Block, Choice, Due, Flow, FlowId, Fork, Hir, Split, Stmt, StmtKind, SwitchArm, Wait};
use crate::hir::{Expr, LocalId};
use crate::syntax::parse;

/// An end that the next node takes up.
#[derive(Debug, Clone)]
pub(super) struct Open {
    pub from: usize,
    pub label: String,
    pub kind: EdgeKind,
}

/// How a failure is called that has no name of its own.
const FAILED: &str = "failed";

/// The way that leads on from what has failed.
pub(super) fn failure((from, label): (usize, &str)) -> Open {
    Open { from, label: label.to_owned(), kind: EdgeKind::Failure }
}

/// A loop around the statement at hand.
struct Around {
    head: usize,
    breaks: Vec<Open>,
}

pub(super) struct Builder<'a> {
    pub words: Words<'a>,
    pub hir: &'a Hir,
    pub flow: &'a Flow,
    pub graph: Graph,
    /// Ends that lead to what comes next; none where nothing does.
    pub open: Vec<Open>,
    loops: Vec<Around>,
    choices: Vec<usize>,
    /// For each `try` around: the nodes that may fail, and how that is called.
    pub failing: Vec<Vec<(usize, &'static str)>>,
    /// What the next node says may fail, beside what it does.
    pub fails: bool,
    /// Where the innermost `try` begins, or the last one ended: what stands before is told apart.
    pub apart: usize,
}

/// The graph of a flow.
pub(super) fn build(sources: &Sources, hir: &Hir, id: FlowId) -> Option<Graph> {
    let flow = hir.flows.get(id.0 as usize)?;
    let source = sources.get(flow.span.file)?;
    let parsed = parse(flow.span.file, &source.text);
    let graph = Graph { name: flow.name.to_string(), file: source.path.to_string(), ..Graph::default() };
    let words = Words { sources, comments: parsed.comments };
    let mut builder = Builder {
        words,
        hir,
        flow,
        graph,
        open: Vec::new(),
        loops: Vec::new(),
        choices: Vec::new(),
        failing: Vec::new(),
        fails: false,
        apart: 0,
    };
    builder.header(declaration(&parsed.tree.items, flow.span));
    builder.block(&flow.body);
    if !builder.open.is_empty() {
        let end = Span::new(flow.span.file, flow.span.end, flow.span.end);
        let last = flow.body.stmts.last().map_or(end, |stmt| Span::new(stmt.span.file, stmt.span.end, stmt.span.end));
        builder.node(NodeKind::End, "end", "", last);
    }
    Some(builder.graph)
}

impl Builder<'_> {
    /// A node that nothing leads to yet.
    pub fn loose(&mut self, kind: NodeKind, title: &str, text: &str, span: Span) -> usize {
        let node = Node { title: cut(title, LABEL_MAX), line: self.words.line(span), ..Node::plain(kind, text) };
        self.graph.nodes.push(node);
        self.graph.nodes.len() - 1
    }

    /// A node that every open end leads to, and that is the open end from there on.
    pub fn node(&mut self, kind: NodeKind, title: &str, text: &str, span: Span) -> usize {
        let to = self.loose(kind, title, text, span);
        self.close(to);
        self.open_from(to, "");
        self.failed_within(to);
        to
    }

    /// What is computed for a node, and may fail, fails there.
    pub fn failed_within(&mut self, node: usize) {
        if std::mem::take(&mut self.fails) {
            self.may_fail(node);
        }
    }

    /// Leads every open end to a node.
    fn close(&mut self, to: usize) {
        // A way from a node to itself has no room: there is a step on it.
        let (own, rest) = std::mem::take(&mut self.open).into_iter().partition(|open| open.from == to);
        self.open = rest;
        self.step_between(own, to);
        for open in std::mem::take(&mut self.open) {
            let kind = if to <= open.from { EdgeKind::Back } else { open.kind };
            let edge = Edge { from: open.from, to, label: open.label, kind };
            if !self.graph.edges.contains(&edge) {
                self.graph.edges.push(edge);
            }
        }
    }

    /// Leads ends of a node back to it by way of a step that says so.
    fn step_between(&mut self, own: Vec<Open>, to: usize) {
        if own.is_empty() {
            return;
        }
        let line = self.graph.nodes.get(to).map_or(1, |node| node.line);
        let again = Node { line, ..Node::plain(NodeKind::Steps, "again") };
        self.graph.nodes.push(again);
        let step = self.graph.nodes.len() - 1;
        for open in own {
            self.graph.edges.push(Edge { from: open.from, to: step, label: open.label, kind: open.kind });
        }
        self.graph.edges.push(Edge { from: step, to, label: String::new(), kind: EdgeKind::Back });
    }

    /// The one open end.
    pub fn open_from(&mut self, from: usize, label: &str) {
        self.open = vec![Open { from, label: cut(label, LABEL_MAX), kind: EdgeKind::Next }];
    }

    /// A block, from one open end; gives the ends that it leaves.
    fn branch(&mut self, from: usize, label: &str, block: &Block) -> Vec<Open> {
        self.open_from(from, label);
        self.block(block);
        std::mem::take(&mut self.open)
    }

    pub fn block(&mut self, block: &Block) {
        for stmt in &block.stmts {
            if self.open.is_empty() {
                return;
            }
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let { local, value } => {
                if !self.local_name(*local).is_empty() || super::steps::talks_or_leaves(value) {
                    self.value(value, stmt.span, Some(self.local_name(*local)));
                }
            }
            StmtKind::Guard { local, value, otherwise } => self.guard(*local, value, otherwise, stmt.span),
            StmtKind::Assign { local, value } => self.value(value, stmt.span, Some(self.local_name(*local))),
            StmtKind::SetField { base, value, entity, field } => {
                let name = self.hir.entities.get(entity.0 as usize).and_then(|item| item.fields.get(*field as usize));
                let target = format!("{}.{}", self.words.slice(base.span), name.map_or("", |field| &field.name));
                self.value(value, stmt.span, Some(target));
            }
            StmtKind::Expr(value) => self.value(value, stmt.span, None),
            StmtKind::If { condition, then, otherwise } => self.decide(condition, then, otherwise, stmt.span),
            StmtKind::Switch { subject, arms, otherwise } => self.switch(subject, arms, otherwise, stmt.span),
            StmtKind::For { item, pages, list, filter, body } => {
                pages.iter().for_each(|pages| self.effects(&pages.call));
                self.effects(list);
                let mut text = format!("{} in {}", self.local_name(*item), self.words.slice(list.span));
                if let Some(filter) = filter {
                    text.push_str(&format!(" where {}", self.words.slice(filter.span)));
                }
                self.repeat("for each", &text, "each", "after the last", body, stmt.span);
            }
            StmtKind::While { condition, body } => {
                let text = self.words.slice(condition.span);
                self.repeat("while", &text, "yes", "no", body, stmt.span);
            }
            StmtKind::Repeat { times, body } => {
                let text = format!("{} times", self.words.slice(times.span));
                self.repeat("repeat", &text, "again", "done", body, stmt.span);
            }
            // What takes a step back is no way through the flow: it is told with the step.
            StmtKind::Undo(body) => self.undo(body),
            StmtKind::Break => {
                let open = std::mem::take(&mut self.open);
                if let Some(around) = self.loops.last_mut() {
                    around.breaks.extend(open);
                }
            }
            StmtKind::Continue => {
                if let Some(head) = self.loops.last().map(|around| around.head) {
                    self.close(head);
                }
            }
            StmtKind::Again => {
                if let Some(choice) = self.choices.last().copied() {
                    self.close(choice);
                }
            }
            StmtKind::Return(value) => {
                value.iter().for_each(|value| self.effects(value));
                let text = value.as_ref().map(|value| self.words.slice(value.span)).unwrap_or_default();
                self.end("return", &text, stmt.span);
            }
            StmtKind::Stop => self.end("stop", "", stmt.span),
            StmtKind::Fail(value) => {
                self.effects(value);
                let said = self.words.slice(stmt.span);
                let said = said.strip_prefix("fail").unwrap_or(&said).trim_start();
                let node = self.node(NodeKind::End, "fail", said, stmt.span);
                self.may_fail(node);
                self.open.clear();
            }
            StmtKind::Launch { flow, args } => {
                args.iter().for_each(|arg| self.effects(arg));
                let said = self.words.slice(stmt.span);
                let node =
                    self.node(NodeKind::Launch, "launch", said.strip_prefix("launch ").unwrap_or(&said), stmt.span);
                self.leads_to(node, *flow);
                self.open.clear();
            }
            StmtKind::Fire { args, .. } => {
                args.iter().for_each(|arg| self.effects(arg));
                let said = self.words.slice(stmt.span);
                self.node(NodeKind::Start, "fire", said.strip_prefix("fire ").unwrap_or(&said), stmt.span);
            }
            StmtKind::Choice(choice) => self.choice(choice, stmt.span),
            StmtKind::Wait(wait) => self.wait(wait, stmt.span),
            StmtKind::Fork(fork) => self.fork(fork, stmt.span),
            StmtKind::Split(split) => self.split(split, stmt.span),
            StmtKind::Try { body, failure, handler } => self.attempt(body, *failure, handler, stmt.span),
            StmtKind::Block(block) => self.block(block),
        }
    }

    pub fn local_name(&self, local: LocalId) -> String {
        self.flow.locals.get(local.0 as usize).map(|local| local.name.to_string()).unwrap_or_default()
    }

    /// The node is where a flow leads into another.
    pub fn leads_to(&mut self, node: usize, flow: FlowId) {
        let name = self.hir.flows.get(flow.0 as usize).map(|flow| flow.name.to_string());
        if let Some(node) = self.graph.nodes.get_mut(node) {
            node.flow = name;
        }
    }

    /// The innermost `try` catches what fails there.
    pub fn may_fail(&mut self, node: usize) {
        self.may_fail_as(node, FAILED);
    }

    /// The same, told in other words; says whether there is a `try` around.
    pub fn may_fail_as(&mut self, node: usize, label: &'static str) -> bool {
        let Some(nodes) = self.failing.last_mut() else { return false };
        if !nodes.contains(&(node, label)) {
            nodes.push((node, label));
        }
        true
    }

    fn end(&mut self, title: &str, text: &str, span: Span) {
        self.node(NodeKind::End, title, text, span);
        self.open.clear();
    }

    fn decide(&mut self, condition: &Expr, then: &Block, otherwise: &Block, span: Span) {
        self.effects(condition);
        let text = self.words.slice(condition.span);
        let node = self.node(NodeKind::Decision, "if", &text, span);
        let mut ends = self.branch(node, "yes", then);
        ends.extend(self.branch(node, "no", otherwise));
        self.open = ends;
    }

    fn switch(&mut self, subject: &Expr, arms: &[SwitchArm], otherwise: &Block, span: Span) {
        self.effects(subject);
        let node = self.node(NodeKind::Decision, "switch", &self.words.slice(subject.span), span);
        let mut ends = Vec::new();
        for arm in arms {
            let label: Vec<String> =
                arm.patterns.iter().map(|pattern| values::pattern(pattern, &subject.ty, self.hir)).collect();
            ends.extend(self.branch(node, &label.join(", "), &arm.body));
        }
        if !otherwise.stmts.is_empty() || !super::steps::exhaustive(subject, arms, self.hir) {
            ends.extend(self.branch(node, "else", otherwise));
        }
        self.open = ends;
    }

    /// How the request that has just been made is taken back.
    fn undo(&mut self, body: &Block) {
        let lines: Vec<String> =
            body.stmts.iter().map(|stmt| cut(&format!("undo: {}", self.words.slice(stmt.span)), TEXT_MAX)).collect();
        let request = |node: &&mut Node| matches!(node.kind, NodeKind::External | NodeKind::Approval);
        if let Some(node) = self.graph.nodes.iter_mut().rev().find(request) {
            for line in lines {
                node.text.push('\n');
                node.text.push_str(&line);
            }
        }
    }

    fn repeat(&mut self, title: &str, text: &str, inside: &str, after: &str, body: &Block, span: Span) {
        let head = self.node(NodeKind::Loop, title, text, span);
        self.loops.push(Around { head, breaks: Vec::new() });
        self.open_from(head, inside);
        self.block(body);
        self.close(head);
        let breaks = self.loops.pop().map(|around| around.breaks).unwrap_or_default();
        self.open_from(head, after);
        self.open.extend(breaks);
    }

    fn choice(&mut self, choice: &Choice, span: Span) {
        let title = anchored("choice", choice.anchor.as_deref());
        let node = self.node(NodeKind::Choice, &title, &self.words.prose(&choice.prompt), span);
        self.choices.push(node);
        let mut ends = Vec::new();
        for option in &choice.options {
            let mut label = self.words.prose(&option.label);
            if let Some(guard) = &option.guard {
                label.push_str(&format!(" (if {})", self.words.slice(guard.span)));
            }
            ends.extend(self.branch(node, &label, &option.body));
        }
        if let Some((_, body)) = &choice.otherwise {
            ends.extend(self.branch(node, "anything else", body));
        }
        if let Some((due, body)) = &choice.after {
            let label = format!("after {}", self.due(due));
            ends.extend(self.branch(node, &label, body));
        }
        self.choices.pop();
        self.open = ends;
    }

    fn wait(&mut self, wait: &Wait, span: Span) {
        let title = anchored("wait", wait.anchor.as_deref());
        if let [arm] = wait.arms.as_slice()
            && arm.span == span
        {
            let said = self.words.slice(span);
            let said = said.strip_prefix("wait").unwrap_or(&said).trim_start();
            let said = match &wait.anchor {
                Some(anchor) => said.strip_prefix(&format!("#{anchor}")).unwrap_or(said).trim_start(),
                None => said,
            };
            self.node(NodeKind::Wait, &title, &cut(said, LABEL_MAX), span);
            return;
        }
        let node = self.node(NodeKind::Wait, &title, "whichever comes first", span);
        let mut ends = Vec::new();
        for arm in wait.arms.iter().filter(|arm| !matches!(arm.kind, ArmKind::After(Due::Never))) {
            let label = self.words.head(arm.span);
            ends.extend(self.branch(node, &label, &arm.body));
        }
        self.open = ends;
    }

    /// A moment as it is written.
    pub(super) fn due(&self, due: &Due) -> String {
        let mut spans = Vec::new();
        match due {
            Due::After(expr) | Due::Until(expr) => spans.push(expr.span),
            Due::Calendar { days, months, at, zone } => {
                spans.extend([days.span, months.span, zone.span]);
                spans.extend(at.as_ref().map(|at| at.span));
            }
            Due::UntilDate { date, at, zone } => {
                spans.extend([date.span, zone.span]);
                spans.extend(at.as_ref().map(|at| at.span));
            }
            Due::Never => {}
        }
        spans.into_iter().reduce(Span::to).map(|span| self.words.slice(span)).unwrap_or_default()
    }

    fn fork(&mut self, fork: &Fork, span: Span) {
        let (word, text, joined) = match fork.race {
            true => ("race", "the first to finish wins", "the first has finished"),
            false => ("parallel", "side by side", "all are done"),
        };
        let node = self.node(NodeKind::Fork, &anchored(word, fork.anchor.as_deref()), text, span);
        let (mut ends, mut fails) = (Vec::new(), false);
        for path in &fork.paths {
            self.failing.push(Vec::new());
            ends.extend(self.branch(node, &path.name, &path.body));
            // A path that fails is skipped, whatever is around: no `try` hears of it.
            let failing = self.failing.pop().unwrap_or_default();
            fails |= !failing.is_empty();
            let refused = failing.into_iter().filter(|(_, label)| *label != FAILED);
            ends.extend(refused.map(failure));
        }
        self.open = ends;
        if !self.open.is_empty() {
            let join = self.node(NodeKind::Join, joined, "", Span::new(span.file, span.end, span.end));
            // Nobody wins a race in which every path has failed.
            if fork.race && fails {
                self.may_fail(join);
            }
        }
    }

    fn split(&mut self, split: &Split, span: Span) {
        let title = anchored("split", split.anchor.as_deref());
        let node = self.node(NodeKind::Decision, &title, "by who it is about", span);
        let mut ends = Vec::new();
        for side in &split.sides {
            let percent = rust_decimal::Decimal::new(i64::from(side.share), 4).normalize();
            ends.extend(self.branch(node, &format!("{percent}% {}", side.name), &side.body));
        }
        self.open = ends;
    }

    fn attempt(&mut self, body: &Block, bound: Option<LocalId>, handler: &Block, span: Span) {
        let first = self.graph.nodes.len();
        self.failing.push(Vec::new());
        self.apart = first;
        self.block(body);
        self.apart = self.graph.nodes.len();
        let mut failing = self.failing.pop().unwrap_or_default();
        let mut ends = std::mem::take(&mut self.open);
        if failing.is_empty() && first < self.graph.nodes.len() {
            failing.push((first, FAILED));
        }
        let name = bound.map(|local| self.local_name(local)).filter(|name| !name.is_empty());
        let title = name.map_or_else(|| "on failure".to_owned(), |name| format!("on failure as {name}"));
        let at = handler.stmts.first().map_or(span, |stmt| stmt.span);
        self.open = failing.into_iter().map(failure).collect();
        if !self.open.is_empty() {
            self.node(NodeKind::Failure, &title, "", at);
            self.block(handler);
            ends.append(&mut self.open);
        }
        self.open = ends;
    }

    fn guard(&mut self, local: LocalId, value: &Expr, otherwise: &Block, span: Span) {
        let name = self.local_name(local);
        let node = if super::steps::talks_or_leaves(value) {
            self.value(value, value.span, Some(name));
            self.open.last().map(|open| open.from)
        } else {
            let text = format!("{name} = {}", self.words.slice(value.span));
            Some(self.node(NodeKind::Decision, "is it there?", &text, span))
        };
        let Some(node) = node else { return };
        let asked = self.graph.nodes.get(node).is_some_and(|node| node.kind == NodeKind::Ask);
        let (there, missing) = if asked { ("answered", "no answer") } else { ("yes", "no") };
        let ends = self.branch(node, missing, otherwise);
        self.open_from(node, there);
        self.open.extend(ends);
    }
}

/// `wait #nudge`
pub(super) fn anchored(word: &str, anchor: Option<&str>) -> String {
    anchor.map_or_else(|| word.to_owned(), |anchor| format!("{word} #{anchor}"))
}
