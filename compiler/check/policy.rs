//! `with { timeout, retry, backoff }`: how a call that leaves the machine is tried.

use super::args::entry_twice;
use super::body::Body;
use super::fit::Why;
use crate::diag::{Code, Diagnostic, Span};
use crate::hir::{CallExtras, CallPolicy, ExprKind, Ty};
use crate::resolve::{ATTEMPT_MAX_US, annotation_duration, nearest};
use crate::syntax::ast;
use flow_bytecode::program::EffectClass;

/// More attempts than this are a mistake and not a policy.
pub(super) const RETRY_MAX: i64 = 1000;

const KEYS: &[&str] = &["timeout", "retry", "backoff", "approval", "approve_within", "key"];

impl Body<'_> {
    /// The policy of a call, the signature's where it says nothing.
    pub fn policy(
        &mut self,
        written: Option<&ast::Policy>,
        defaults: CallPolicy,
        class: EffectClass,
    ) -> (CallPolicy, Option<Box<CallExtras>>) {
        let mut policy = defaults;
        let mut extras = CallExtras::default();
        let mut within = None;
        let Some(written) = written else { return (policy, None) };
        for (index, entry) in written.entries.iter().enumerate() {
            let key = entry.key.as_str();
            let first = written.entries.iter().take(index).position(|other| other.key.name == entry.key.name);
            if let Some(first) = first {
                let message = format!("`{key}` is given twice.");
                self.out.push(entry_twice(Code::DoubledArgument, &written.entries, index, first, message));
                continue;
            }
            match key {
                "timeout" => {
                    if let Some(time) = self.policy_time(entry, 1, ATTEMPT_MAX_US) {
                        policy.timeout_us = time;
                    }
                }
                "backoff" => {
                    if let Some(time) = self.policy_time(entry, 0, ATTEMPT_MAX_US) {
                        policy.backoff_us = time;
                    }
                }
                "retry" => {
                    let value = self.need(&entry.value, &Ty::Int, Why::Plain("`retry` is"));
                    match value.kind {
                        ExprKind::Int(retry) if (0..=RETRY_MAX).contains(&retry) => policy.retry = retry as u32,
                        _ if value.ty == Ty::Error => {}
                        _ => self.out.push(
                            Diagnostic::new(
                                Code::BadNumber,
                                entry.value.span,
                                format!("`retry` is a whole number from 0 to {RETRY_MAX}, as written."),
                            )
                            .help("It counts further attempts after the first."),
                        ),
                    }
                }
                "approval" => {
                    let by = self.need(&entry.value, &Ty::Assignee, Why::Plain("who approves is"));
                    if matches!(&by.kind, ExprKind::Text(text) if **text == *"ai") {
                        self.out.push(
                            Diagnostic::new(Code::WrongType, entry.value.span, "A person approves, not the AI.")
                                .at("nobody who can decide")
                                .help("Name a team or a teammate: `approval: .finance`."),
                        );
                    }
                    extras.approval = Some((by, None));
                }
                "approve_within" => within = Some((entry.span, self.policy_time(entry, 1, i64::MAX))),
                "key" => {
                    let key = self.need(&entry.value, &Ty::Text, Why::Plain("a key is"));
                    if matches!(&key.kind, ExprKind::Text(text) if text.is_empty()) {
                        self.out.push(
                            Diagnostic::new(Code::MissingArgument, entry.value.span, "An empty text is no key.")
                                .at("nothing to tell calls apart by")
                                .help("Write what this effect is called, as in `\"refund-{{order}}\"`; or remove it."),
                        );
                    }
                    if !matches!(class, EffectClass::Keyed { .. }) {
                        self.out.push(
                            Diagnostic::new(
                                Code::PolicyNotAllowed,
                                entry.span,
                                "A key has an effect only on actions that are declared `@keyed`.",
                            )
                            .at("the other side does not look at it")
                            .help(
                                "Remove it, or declare the action `@keyed(24 hours)` where its other side knows keys.",
                            ),
                        );
                    }
                    extras.key = Some(key);
                }
                _ => {
                    self.expr(&entry.value, Some(&Ty::Error));
                    let diagnostic =
                        Diagnostic::new(Code::UnknownSetting, entry.key.span, format!("A call has no policy `{key}`."));
                    self.out.push(match nearest(key, KEYS.iter().copied()) {
                        Some(near) => diagnostic
                            .help(format!("Did you mean `{near}`?"))
                            .fix(format!("replace `{key}` by `{near}`"), vec![(entry.key.span, near.to_owned())]),
                        None => diagnostic
                            .help("Known are `timeout`, `retry`, `backoff`, `approval`, `approve_within` and `key`."),
                    });
                }
            }
        }
        match (&mut extras.approval, within) {
            (Some((_, limit)), Some((_, time))) => *limit = time,
            (None, Some((span, _))) => self.out.push(
                Diagnostic::new(Code::PolicyNotAllowed, span, "`approve_within` has an effect only beside `approval`.")
                    .at("nobody is asked")
                    .help("Say who approves: `approval: .finance`."),
            ),
            _ => {}
        }
        let some = extras.approval.is_some() || extras.key.is_some();
        (policy, some.then(|| Box::new(extras)))
    }

    /// A length of time as written: the policy is part of the program and not computed.
    fn policy_time(&mut self, entry: &ast::Entry, least: i64, most: i64) -> Option<i64> {
        let key = entry.key.as_str();
        let span = entry.value.span;
        if let ast::ExprKind::Int(amount) = entry.value.kind {
            let unit = if amount == 1 { "second" } else { "seconds" };
            self.out.push(
                Diagnostic::new(Code::MissingUnit, span, format!("`{key}: {amount}` needs a unit."))
                    .at("seconds? days?")
                    .help(format!("Write `{key}: {amount} {unit}`, or minutes, hours, days.")),
            );
            return None;
        }
        let value = self.need(&entry.value, &Ty::Duration, Why::Plain(&format!("`{key}` is")));
        if value.ty == Ty::Error {
            return None;
        }
        let told = |message: String| Diagnostic::new(Code::BadDuration, span, message);
        let diagnostic = match annotation_duration(&entry.value) {
            None => told(format!("`{key}` is a length of time as written, as in `20 seconds`."))
                .help("A policy is part of the program, so it cannot be computed."),
            Some(time) if time < least => told(format!("`{key}` has to be longer than nothing."))
                .at("no time at all")
                .help("Write how long, as in `20 seconds`."),
            Some(time) if time > most => told(format!("`{key}` can be a day at most."))
                .at("longer than a day")
                .help("Write a shorter one; what takes longer is left to `wait`."),
            Some(time) => return Some(time),
        };
        self.out.push(diagnostic);
        None
    }

    /// Refuses a policy where it would do nothing.
    pub fn no_policy(&mut self, call: &ast::Call, what: &str) {
        let Some(policy) = &call.policy else { return };
        self.out.push(
            Diagnostic::new(Code::PolicyNotAllowed, policy.span, format!("A policy has no effect on {what}."))
                .at("nothing to try again or to wait for")
                .help("Only calls that leave the machine have a time limit and further attempts; remove it.")
                .fix("remove the policy", vec![(Span { start: call.args_span.end, ..policy.span }, String::new())]),
        );
    }
}
