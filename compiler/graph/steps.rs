//! What a value does on its way: questions, calls of other flows, requests to the outside. The rest is told as it is written.

use super::build::{Builder, anchored, failure};
use super::label::{LABEL_MAX, STEP_MAX, TEXT_MAX, cut};
use super::{EdgeKind, NodeKind, values};
use crate::diag::Span;
use crate::hir::{Action, Ask, AskKind, Expr, ExprKind, Hir, Pattern, SwitchArm, Ty};
use flow_bytecode::program::EffectClass;
use std::collections::HashSet;

/// So many lines of plain steps are told in one node; how many more there are is said.
const LINES_MAX: usize = 6;

/// Actions that write to people.
const SAYING: [&str; 2] = ["Conversation.say", "chat.send"];

/// Whether a value talks, waits, or leaves the machine.
pub(super) fn talks_or_leaves(expr: &Expr) -> bool {
    let itself = match &expr.kind {
        ExprKind::Action(call) => call.class.is_external(),
        ExprKind::Call { .. } | ExprKind::Start { .. } | ExprKind::Ask(_) => true,
        _ => false,
    };
    let mut found = itself;
    expr.for_each_part(&mut |part| found = found || talks_or_leaves(part));
    found
}

/// Whether the arms of a switch leave nothing over.
pub(super) fn exhaustive(subject: &Expr, arms: &[SwitchArm], hir: &Hir) -> bool {
    let patterns = || arms.iter().flat_map(|arm| &arm.patterns);
    let texts: HashSet<&str> =
        patterns().filter_map(|pattern| if let Pattern::Text(text) = pattern { Some(&**text) } else { None }).collect();
    let null = !subject.ty.is_optional() || patterns().any(|pattern| *pattern == Pattern::Null);
    null && match subject.ty.present() {
        Ty::Enum(id) => hir.enums.get(id.0 as usize).is_some_and(|item| item.variants.len() <= texts.len()),
        Ty::Bool => [true, false].iter().all(|value| patterns().any(|pattern| *pattern == Pattern::Bool(*value))),
        _ => false,
    }
}

impl Builder<'_> {
    /// A statement that computes a value and puts it into `target`.
    pub fn value(&mut self, value: &Expr, span: Span, target: Option<String>) {
        let before = self.graph.nodes.len();
        self.effects(value);
        if self.says(value, span) {
            return;
        }
        let target = target.filter(|target| !target.is_empty());
        if self.graph.nodes.len() == before {
            let text = self.words.slice(span);
            self.plain(&text, span);
        } else if let (Some(target), Some(node)) = (target, self.graph.nodes.last_mut()) {
            // What is asked or fetched is told with the name it gets.
            node.text = cut(&format!("{}\n→ {target}", node.text), TEXT_MAX);
        }
    }

    /// A plain statement, told together with those right before it.
    fn plain(&mut self, text: &str, span: Span) {
        if let [open] = self.open.as_slice()
            && open.label.is_empty()
            && open.kind == EdgeKind::Next
            && open.from + 1 == self.graph.nodes.len()
            && open.from >= self.apart
            // What may fail does not make those before it look as if they could.
            && !self.fails
            && let Some(node) = self.graph.nodes.last_mut()
            && node.kind == NodeKind::Steps
        {
            node.text.push('\n');
            node.text.push_str(&cut(text, STEP_MAX));
            return;
        }
        self.node(NodeKind::Steps, "", &cut(text, STEP_MAX), span);
    }

    /// What is said to somebody.
    fn says(&mut self, value: &Expr, span: Span) -> bool {
        let sent = matches!(value.kind, ExprKind::Send { .. });
        let value = if let ExprKind::Send { call, .. } = &value.kind { &**call } else { value };
        let value = if let ExprKind::Wrap(call) = &value.kind { &**call } else { value };
        let ExprKind::Action(call) = &value.kind else { return false };
        let args = &call.args;
        let Some(action) = self.hir.actions.get(call.action.0 as usize) else { return false };
        if !SAYING.contains(&&*action.name) {
            return false;
        }
        let text = action.params.iter().position(|param| &*param.name == "text").and_then(|at| args.get(at));
        let mut text = text.map(|text| self.words.prose(text)).unwrap_or_default();
        for part in ["image", "video", "article"] {
            let given = action.params.iter().position(|param| &*param.name == part).and_then(|at| args.get(at));
            if let Some(given) = given.filter(|given| !matches!(given.kind, ExprKind::Null)) {
                text.push_str(&format!("\n+ {part} {}", self.words.prose(given)));
            }
        }
        let node = self.node(NodeKind::Say, "say", &text, span);
        if sent {
            self.held_back(node);
        }
        true
    }

    /// A node for everything a value does, in the order it is done.
    pub fn effects(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Ask(ask) => return self.ask(ask, expr.span),
            ExprKind::Call { flow, args } | ExprKind::Start { flow, args } => {
                args.iter().for_each(|arg| self.effects(arg));
                let started = matches!(expr.kind, ExprKind::Start { .. });
                let (kind, title) = if started { (NodeKind::Start, "start") } else { (NodeKind::Call, "call") };
                let said = self.words.slice(expr.span);
                let said = said.strip_prefix("start ").unwrap_or(&said);
                let node = self.node(kind, title, &cut(said, TEXT_MAX), expr.span);
                self.leads_to(node, *flow);
                if !started {
                    self.may_fail(node);
                }
                return;
            }
            ExprKind::Send { call, .. } => {
                let before = self.graph.nodes.len();
                self.effects(call);
                let call = self.graph.nodes.len().checked_sub(1).filter(|last| *last >= before);
                return call.into_iter().for_each(|call| self.held_back(call));
            }
            // JSON of another shape, and a failure raised where a value was wanted.
            ExprKind::Decode(_) | ExprKind::Raise(_) => {
                let before = self.graph.nodes.len();
                expr.for_each_part(&mut |part| self.effects(part));
                self.fails = true;
                // What a call yields is read where it is made.
                if self.graph.nodes.len() > before {
                    self.failed_within(self.graph.nodes.len() - 1);
                }
                return;
            }
            _ => expr.for_each_part(&mut |part| self.effects(part)),
        }
        if let ExprKind::Action(call) = &expr.kind
            && call.class.is_external()
        {
            if let Some((by, within)) = call.extras.as_ref().and_then(|extras| extras.approval.as_ref()) {
                self.approval(by, *within, expr.span);
            }
            if let Some(action) = self.hir.actions.get(call.named().0 as usize) {
                self.external(action, call.class, expr.span);
            }
        }
    }

    /// A message waits for the hours that the header names.
    fn held_back(&mut self, node: usize) {
        let hours = self.flow.entry.as_ref().and_then(|entry| entry.send_within.as_deref());
        if let (Some(hours), Some(node)) = (hours, self.graph.nodes.get_mut(node)) {
            node.text.push_str(&format!("\nmay wait for {hours}"));
        }
    }

    /// A call that somebody has to say yes to first: the run waits, and a no is a failure.
    fn approval(&mut self, by: &Expr, within: Option<i64>, span: Span) {
        let by = self.words.slice(by.span);
        let by = by.strip_prefix('.').unwrap_or(&by);
        let text = within.map(|within| format!("within {}", values::duration(within))).unwrap_or_default();
        let node = self.node(NodeKind::Approval, &format!("wait for approval by {by}"), &text, span);
        let (label, kinds) = match within {
            Some(_) => ("denied, or too late", ".denied, .expired"),
            None => ("denied", ".denied"),
        };
        if !self.may_fail_as(node, label) {
            self.open = vec![failure((node, label))];
            self.node(NodeKind::End, "fail", kinds, span);
        }
        self.open_from(node, "approved");
    }

    fn external(&mut self, action: &Action, class: EffectClass, span: Span) {
        let class = values::class(class);
        let text = cut(&self.words.slice(span), TEXT_MAX);
        let node = self.node(NodeKind::External, &format!("{} {class}", action.name), &text, span);
        if let Some(node) = self.graph.nodes.get_mut(node) {
            node.action = Some((action.name.to_string(), class));
        }
        self.may_fail(node);
    }

    fn ask(&mut self, ask: &Ask, span: Span) {
        let mut text = self.words.prose(&ask.prompt);
        let kind = match &ask.kind {
            AskKind::As(ty) => ty.show(self.hir).to_string(),
            AskKind::From { list, .. } => format!("one of {}", self.words.slice(list.span)),
            AskKind::Enum(id) => {
                let labels = self.hir.enums.get(id.0 as usize).map(|item| &item.variants);
                let labels: Vec<&str> = labels.into_iter().flatten().map(|(_, label)| &**label).collect();
                labels.join(" · ")
            }
        };
        let mut rules = vec![cut(&kind, LABEL_MAX)];
        for (word, limit) in [("at least", &ask.min), ("at most", &ask.max), ("retries", &ask.retries)] {
            rules.extend(limit.iter().map(|limit| format!("{word} {}", self.words.slice(limit.span))));
        }
        rules.extend(ask.timeout.iter().map(|timeout| format!("within {}", self.due(timeout))));
        text.push_str(&format!("\n{}", rules.join(", ")));
        self.node(NodeKind::Ask, &anchored("ask", ask.anchor.as_deref()), &text, span);
    }
}

impl super::Node {
    /// Its text, cut to what a picture has room for: (line, …).
    pub fn lines(&self) -> Vec<String> {
        let all: Vec<&str> = self.text.lines().collect();
        let mut shown: Vec<String> = all.iter().take(LINES_MAX).map(|line| (*line).to_owned()).collect();
        if all.len() > LINES_MAX {
            shown.push(format!("… {} more", all.len() - LINES_MAX));
        }
        shown
    }
}
