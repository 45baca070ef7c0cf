//! Carries committed intents out: a slot for each, a mark before those that must not be sent twice, the outcome judged and
//! typed before it goes back to the writer. Never with a transaction open.

use super::kept::Kept;
use super::link::Linked;
use super::outcome::{Verdict, adopt, asked_for, asks_first, inquiry_of, judge, request_of, sends_max};
use super::pace::Paces;
use super::writer::Ask;
use crate::action::{Attempt, BoxFuture, External, Found, Implementation, Outcome, Progress, Secrets, StoredRequest};
use crate::seam::{Clock, CrashPoint, crash_point};
use crate::store::IntentRow;
use flow_bytecode::Value;
use flow_bytecode::program::EffectClass;
use std::collections::{HashMap, VecDeque};
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

/// How much longer than its own time limit an action may take before the engine gives it up.
const GRACE: Duration = Duration::from_secs(5);

/// A committed intent with what carries it out.
pub(super) struct Planned {
    pub row: IntentRow,
    pub linked: Arc<Linked>,
}

/// What became of one.
pub(super) struct Judged {
    pub run: i64,
    pub path: u16,
    pub effect: u32,
    pub verdict: Verdict,
    /// What its action keeps about it.
    pub kept: Option<Kept>,
    /// Until when the other side wants nothing more.
    pub held: Option<i64>,
}

/// What the dispatcher is told.
pub(super) enum Order {
    /// To be carried out when a slot is free.
    Send(Vec<Planned>),
    /// Marked as being sent; they hold their slots.
    Marked(Vec<Planned>),
    /// The mark was not made: they give their slots back and wait again.
    Unmarked(Vec<Planned>),
    /// Cancelled before they were sent: they give their slots back.
    Dropped(Vec<Planned>),
    /// The other side wants nothing more until a moment.
    Held(Arc<str>, i64),
    /// An attempt has ended: its slot is free.
    Ended(Arc<str>),
    Stop,
}

/// What attempts need.
#[derive(Clone)]
pub(super) struct Means {
    pub secrets: Arc<dyn Secrets>,
    pub clock: Arc<dyn Clock>,
    pub progress: Option<Arc<dyn Progress>>,
}

impl Planned {
    pub fn of(row: IntentRow, linked: &Arc<Linked>) -> Self {
        Planned { row, linked: linked.clone() }
    }

    fn external(&self) -> Option<&Arc<dyn External>> {
        let place = self.linked.program().places.get(usize::from(self.row.place))?;
        let flow_bytecode::program::PlaceKind::Action { action, .. } = &place.kind else { return None };
        self.external_of(*action)
    }

    fn external_of(&self, action: u16) -> Option<&Arc<dyn External>> {
        match &self.linked.actions.get(usize::from(action))?.implementation {
            Implementation::External(external) => Some(external),
            _ => None,
        }
    }

    /// What asks whether it has happened, with its request, where that is asked first.
    fn inquiry(&self) -> Option<(Arc<dyn External>, StoredRequest)> {
        match self.row.class {
            EffectClass::Verified { .. } if !asks_first(&self.row) => None,
            // By the program's table: the row keeps the number of the version in which it was made.
            EffectClass::Verified { .. } => {
                let place = self.linked.program().places.get(usize::from(self.row.place))?;
                let flow_bytecode::program::PlaceKind::Action { action, .. } = &place.kind else { return None };
                let EffectClass::Verified { by } = self.linked.program().actions.get(usize::from(*action))?.class
                else {
                    return None;
                };
                Some((self.external_of(by)?.clone(), inquiry_of(&self.row)?))
            }
            _ => None,
        }
    }

    /// Whether it is answered in this process, at once.
    pub fn is_immediate(&self) -> bool {
        !self.must_be_marked() && self.external().is_some_and(|external| external.is_immediate())
    }

    /// Whether what became of it would be in doubt, were the machine to die while it is sent.
    fn must_be_marked(&self) -> bool {
        !matches!(self.row.class, EffectClass::Read | EffectClass::Repeatable)
    }

    /// Carries it out on this thread. Only for those that are immediate.
    pub fn perform_here(mut self, means: &Means) -> Judged {
        self.row.attempt += 1;
        let (run, path, effect) = (self.row.run, self.row.path, self.row.effect);
        let mut attempt = self.attempt(means, false);
        match poll_once(&mut attempt) {
            Some((planned, ended)) => planned.judged(ended, means.clock.now_us()),
            // It is not what it says it is: nothing was changed, so it may be asked again.
            None => Judged {
                run,
                path,
                effect,
                verdict: Verdict::Finished(Err(flow_bytecode::Failure::new(
                    "failed",
                    "an action was not ready at once",
                ))),
                kept: None,
                held: None,
            },
        }
    }

    fn judged(&self, ended: Ended, now: i64) -> Judged {
        let held = match &ended {
            Ended::Sent(Outcome::Failed { retry_after_us, .. }) => {
                asked_for(*retry_after_us).map(|wait| now.saturating_add(wait))
            }
            _ => None,
        };
        let kept =
            self.external().and_then(|external| Kept::of(external, &self.row.destination, request_of(&self.row)));
        let verdict = match ended {
            Ended::Sent(outcome) => judge(&self.row, &self.linked, outcome, now),
            Ended::Happened(value) => adopt(&self.row, &self.linked, value),
        };
        Judged { run: self.row.run, path: self.row.path, effect: self.row.effect, verdict, kept, held }
    }

    fn attempt(self, means: &Means, limited: bool) -> Performing {
        let (secrets, progress) = (means.secrets.clone(), means.progress.clone());
        let external = self.external().cloned();
        let inquiry = self.inquiry();
        let now_us = means.clock.now_us();
        Box::pin(async move {
            let Some(external) = external else {
                let failure = flow_bytecode::Failure::new("invalid", "nothing here carries out this action");
                return (self, Ended::Sent(Outcome::Failed { failure, retryable: false, retry_after_us: None }));
            };
            let request =
                StoredRequest { destination: self.row.destination.to_string(), bytes: request_of(&self.row).to_vec() };
            let attempt = Attempt {
                key: &self.row.key,
                number: self.row.attempt,
                now_us,
                timeout_us: self.row.policy.timeout_us,
                secrets: &*secrets,
                run: self.row.run,
                progress: progress.as_deref(),
            };
            let limit = Duration::from_micros(self.row.policy.timeout_us.max(0).unsigned_abs()) + GRACE;
            if asks_first(&self.row) {
                let found = match &inquiry {
                    Some((finder, inquiry)) => {
                        let found = finder.find(inquiry, attempt);
                        let late = |_| Found::Unknown("it was not said in time".to_owned());
                        if limited {
                            tokio::time::timeout(limit, found).await.unwrap_or_else(late)
                        } else {
                            found.await
                        }
                    }
                    None => Found::Unknown("nothing here asks".to_owned()),
                };
                match found {
                    Found::Happened(value) => return (self, Ended::Happened(value)),
                    Found::Unknown(why) => {
                        let message = format!("whether it happened could not be found out: {why}");
                        return (self, Ended::Sent(Outcome::InDoubt { message }));
                    }
                    Found::Nothing if self.row.attempt > sends_max(&self.row) => {
                        let message = "no attempt has got through: the other side says that it has not happened";
                        let failure = flow_bytecode::Failure::new("timeout", message);
                        let failed = Outcome::Failed { failure, retryable: false, retry_after_us: None };
                        return (self, Ended::Sent(failed));
                    }
                    Found::Nothing => {}
                }
            }
            let outcome = external.perform(&request, attempt);
            let outcome = if limited {
                tokio::time::timeout(limit, outcome).await.unwrap_or_else(|_| Outcome::InDoubt {
                    message: "the action did not end within its time limit".to_owned(),
                })
            } else {
                outcome.await
            };
            drop(request);
            (self, Ended::Sent(outcome))
        })
    }
}

/// How an attempt ended.
enum Ended {
    /// It was sent, or the asking before went wrong.
    Sent(Outcome),
    /// The other side says that an attempt before it has happened.
    Happened(Value),
}

type Performing = BoxFuture<'static, (Planned, Ended)>;

/// Polls a future once, without waking anything up later.
fn poll_once(performing: &mut Performing) -> Option<(Planned, Ended)> {
    match Pin::new(performing).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(done) => Some(done),
        Poll::Pending => None,
    }
}

pub(super) struct Dispatcher {
    pub orders: Receiver<Order>,
    /// For tasks, to say that they have ended.
    pub to_self: Sender<Order>,
    pub writer: Sender<Ask>,
    pub runtime: tokio::runtime::Handle,
    pub means: Means,
    /// Attempts under way at most, and to one destination.
    pub slots: usize,
    pub slots_each: usize,
    queues: HashMap<Arc<str>, Queue>,
    /// Destinations with something waiting, in turn.
    turns: VecDeque<Arc<str>>,
    busy: usize,
    paces: Paces,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Planned>,
    busy: usize,
    in_turns: bool,
}

impl Dispatcher {
    pub fn new(
        orders: Receiver<Order>,
        to_self: Sender<Order>,
        writer: Sender<Ask>,
        runtime: tokio::runtime::Handle,
        means: Means,
        slots: (usize, usize),
    ) -> Self {
        Dispatcher {
            orders,
            to_self,
            writer,
            runtime,
            means,
            slots: slots.0.max(1),
            slots_each: slots.1.max(1),
            queues: HashMap::new(),
            turns: VecDeque::new(),
            busy: 0,
            paces: Paces::default(),
        }
    }

    /// Serves until told to stop.
    pub fn run(mut self) {
        while let Ok(order) = self.orders.recv() {
            let mut judged = Vec::new();
            let mut next = Some(order);
            // Everything that has come meanwhile goes in one round, and its outcomes in one message.
            while let Some(order) = next {
                if matches!(order, Order::Stop) {
                    return;
                }
                self.take(order, &mut judged);
                next = self.orders.try_recv().ok();
            }
            let mut later = Vec::new();
            let marks = self.fill(&mut judged, &mut later);
            // Before the marks: no more are marked as being sent than there are slots.
            if !judged.is_empty() && !self.tell(judged) {
                return;
            }
            if !later.is_empty() && self.writer.send(Ask::Later(later)).is_err() {
                return;
            }
            if !marks.is_empty() && self.writer.send(Ask::Mark(marks)).is_err() {
                return;
            }
        }
    }

    fn take(&mut self, order: Order, judged: &mut Vec<Judged>) {
        match order {
            Order::Send(list) => list.into_iter().for_each(|planned| self.wait(planned, false)),
            Order::Unmarked(list) => {
                for planned in list {
                    self.free(&planned.row.destination.clone());
                    self.wait(planned, true);
                }
            }
            Order::Dropped(list) => {
                list.iter().for_each(|planned| self.free(&planned.row.destination));
            }
            Order::Marked(list) => {
                crash_point(CrashPoint::BeforeSend);
                for planned in list {
                    self.begin(planned, judged);
                }
            }
            Order::Held(destination, until) => self.hold(&destination, Some(until)),
            Order::Ended(destination) => self.free(&destination),
            Order::Stop => {}
        }
    }

    fn wait(&mut self, planned: Planned, first: bool) {
        let destination = planned.row.destination.clone();
        let queue = self.queues.entry(destination.clone()).or_default();
        match first {
            true => queue.waiting.push_front(planned),
            false => queue.waiting.push_back(planned),
        }
        if !queue.in_turns {
            queue.in_turns = true;
            self.turns.push_back(destination);
        }
    }

    fn free(&mut self, destination: &Arc<str>) {
        self.busy = self.busy.saturating_sub(1);
        if let Some(queue) = self.queues.get_mut(destination) {
            queue.busy = queue.busy.saturating_sub(1);
            if !queue.waiting.is_empty() && !queue.in_turns {
                queue.in_turns = true;
                self.turns.push_back(destination.clone());
            } else if queue.waiting.is_empty() && queue.busy == 0 && !queue.in_turns {
                self.queues.remove(destination);
            }
        }
    }

    /// Gives free slots away, to destinations in turn. Returns those that must be marked first.
    fn fill(&mut self, judged: &mut Vec<Judged>, later: &mut Vec<(i64, Planned)>) -> Vec<Planned> {
        let mut marks = Vec::new();
        let now = self.means.clock.now_us();
        while self.busy < self.slots {
            let Some(destination) = self.turns.pop_front() else { break };
            let Some(queue) = self.queues.get_mut(&destination) else { continue };
            queue.in_turns = false;
            if queue.busy >= self.slots_each {
                // Back in turn when one of its attempts ends.
                continue;
            }
            let Some(planned) = queue.waiting.pop_front() else { continue };
            let gap = planned.external().map_or(0, |external| external.gap_us());
            if let Err(at) = self.paces.may_begin(&destination, gap, now) {
                // The writer keeps what is for later: in here it would hold up nothing but itself.
                later.push((at, planned));
                if !queue.waiting.is_empty() {
                    queue.in_turns = true;
                    self.turns.push_front(destination);
                } else if queue.busy == 0 {
                    self.queues.remove(&destination);
                }
                continue;
            }
            queue.busy += 1;
            self.busy += 1;
            if !queue.waiting.is_empty() {
                queue.in_turns = true;
                self.turns.push_back(destination);
            }
            match planned.must_be_marked() {
                true => marks.push(planned),
                false => {
                    let mut planned = planned;
                    planned.row.attempt += 1;
                    self.begin(planned, judged);
                }
            }
        }
        marks
    }

    fn hold(&mut self, destination: &Arc<str>, until: Option<i64>) {
        if let Some(until) = until {
            self.paces.hold(destination, until, self.means.clock.now_us());
        }
    }

    /// Begins an attempt. One that is ready at once needs no task.
    fn begin(&mut self, planned: Planned, judged: &mut Vec<Judged>) {
        let destination = planned.row.destination.clone();
        let copy = Planned { row: planned.row.clone(), linked: planned.linked.clone() };
        let clock = self.means.clock.clone();
        let lost = move || copy.judged(Ended::Sent(Outcome::InDoubt { message: BROKE.to_owned() }), clock.now_us());
        let mut performing = planned.attempt(&self.means, true);
        let entered = self.runtime.enter();
        let polled = catch_unwind(AssertUnwindSafe(|| poll_once(&mut performing)));
        drop(entered);
        match polled {
            Ok(Some((planned, outcome))) => {
                crash_point(CrashPoint::BeforeOutcome);
                let ended = planned.judged(outcome, self.means.clock.now_us());
                self.hold(&destination, ended.held);
                judged.push(ended);
                self.free(&destination);
            }
            Ok(None) => {
                crash_point(CrashPoint::Sent);
                let task = Task {
                    judged: Some(lost()),
                    destination,
                    writer: self.writer.clone(),
                    dispatcher: self.to_self.clone(),
                    means: self.means.clone(),
                };
                self.runtime.spawn(task.run(performing));
            }
            Err(_) => {
                judged.push(lost());
                self.free(&destination);
            }
        }
    }

    /// Hands outcomes to the writer; false when it is gone.
    fn tell(&self, judged: Vec<Judged>) -> bool {
        self.writer.send(Ask::Outcomes(judged)).is_ok()
    }
}

const BROKE: &str = "what carries the action out broke down";

/// An attempt that takes its time.
struct Task {
    /// What is told when it ends; at first, what is told if it breaks down.
    judged: Option<Judged>,
    destination: Arc<str>,
    writer: Sender<Ask>,
    dispatcher: Sender<Order>,
    means: Means,
}

impl Task {
    async fn run(mut self, performing: Performing) {
        let (planned, outcome) = performing.await;
        crash_point(CrashPoint::BeforeOutcome);
        self.judged = Some(planned.judged(outcome, self.means.clock.now_us()));
    }
}

impl Drop for Task {
    /// Also when the action panics: somebody waits for its outcome, and its slot must be free again.
    fn drop(&mut self) {
        if let Some(judged) = self.judged.take() {
            // What the other side wants is known before anything more goes there; and the outcome before the slot is free,
            // or one more than there are slots would be marked as being sent.
            if let Some(until) = judged.held {
                let _ = self.dispatcher.send(Order::Held(self.destination.clone(), until));
            }
            let _ = self.writer.send(Ask::Outcomes(vec![judged]));
            let _ = self.dispatcher.send(Order::Ended(self.destination.clone()));
        }
    }
}
