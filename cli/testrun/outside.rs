//! What stands for everything outside in a test: mocks, and a record of every call.

use flow_bytecode::{Failure, Value};
use flow_vm::action::{ActionError, Attempt, BoxFuture, External, Outcome, StoredRequest, Workspace};
use flow_vm::seam::{Clock, ManualClock, Marks};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// What a mocked call yields.
#[derive(Debug, Clone)]
pub enum Yield {
    /// Its result, self-describing.
    Returns(Value),
    /// Its failure.
    Fails(Failure),
}

/// `mock action(matches) …`
#[derive(Debug)]
pub struct Mock {
    /// Which action.
    pub action: Arc<str>,
    /// (position of the parameter, what it must be).
    pub matches: Vec<(usize, Value)>,
    /// One call after the other; the last one holds from then on. Never empty.
    pub yields: Vec<Yield>,
    /// How many calls it has answered.
    pub used: usize,
}

/// A call that left, or would have left, the machine.
#[derive(Debug, Clone)]
pub struct Call {
    /// Which action.
    pub action: Arc<str>,
    /// Self-describing, in the order of its parameters.
    pub args: Vec<Value>,
    /// When it was first made, microseconds since 1970.
    pub at: i64,
    /// What became of each attempt; none where nothing stands for the action.
    pub yielded: Vec<String>,
}

/// Everything outside, of one test.
#[derive(Debug, Default)]
pub struct Outside {
    /// The newest first to be asked.
    pub mocks: Vec<Mock>,
    /// In the order they were made.
    pub calls: Vec<Call>,
    /// Where a call stands among them, by its action and its key.
    known: HashMap<(Arc<str>, String), usize>,
    /// The first call that nothing stands for.
    pub unmocked: Option<usize>,
}

/// Shared by a test and its engine.
#[derive(Debug, Clone, Default)]
pub struct Shared(Arc<Mutex<Outside>>);

impl Shared {
    /// Looks at it. Nothing panics while holding it.
    pub fn lock(&self) -> MutexGuard<'_, Outside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Stands for an action.
pub struct Stand {
    /// Its name.
    pub action: Arc<str>,
    /// Where it is recorded and answered.
    pub outside: Shared,
    /// The test's time.
    pub clock: ManualClock,
    /// What the test reaches.
    pub marks: Marks,
    /// What carries it out outside of tests, where its calls count as sent.
    pub real: Option<Arc<dyn External>>,
}

/// A request in a test: the arguments, and what the action itself makes of them.
#[derive(Serialize, Deserialize)]
struct Asked {
    args: Vec<Value>,
    real: Option<(String, Vec<u8>)>,
}

impl Asked {
    fn real(&self) -> Option<StoredRequest> {
        let (destination, bytes) = self.real.clone()?;
        Some(StoredRequest { destination, bytes })
    }
}

impl External for Stand {
    fn prepare(&self, args: &[Value]) -> Result<StoredRequest, Failure> {
        self.store(args, None)
    }

    fn begin(&self, workspace: &mut dyn Workspace, key: &str, args: &[Value]) -> Result<StoredRequest, ActionError> {
        let mocked = self.outside.lock().mocks.iter().any(|mock| self.fits(mock, args));
        let real = match &self.real {
            Some(real) if !mocked => Some(real.begin(workspace, key, args)?),
            _ => None,
        };
        Ok(self.store(args, real)?)
    }

    fn keeps_record(&self) -> bool {
        self.real.as_ref().is_some_and(|real| real.keeps_record())
    }

    fn finish(
        &self,
        workspace: &mut dyn Workspace,
        request: &StoredRequest,
        outcome: &Result<Value, Failure>,
    ) -> Result<(), ActionError> {
        let asked: Option<Asked> = serde_json::from_slice(&request.bytes).ok();
        match (&self.real, asked.and_then(|asked| asked.real())) {
            (Some(real), Some(request)) => real.finish(workspace, &request, outcome),
            _ => Ok(()),
        }
    }

    fn doubt(&self, workspace: &mut dyn Workspace, request: &StoredRequest) -> Result<(), ActionError> {
        let asked: Option<Asked> = serde_json::from_slice(&request.bytes).ok();
        match (&self.real, asked.and_then(|asked| asked.real())) {
            (Some(real), Some(request)) => real.doubt(workspace, &request),
            _ => Ok(()),
        }
    }

    fn is_immediate(&self) -> bool {
        true
    }

    fn perform<'a>(&'a self, request: &'a StoredRequest, attempt: Attempt<'a>) -> BoxFuture<'a, Outcome> {
        let outcome = self.answer(request, attempt.key);
        Box::pin(std::future::ready(outcome))
    }
}

impl Stand {
    fn fits(&self, mock: &Mock, args: &[Value]) -> bool {
        mock.action == self.action && mock.matches.iter().all(|(position, wanted)| args.get(*position) == Some(wanted))
    }

    fn store(&self, args: &[Value], real: Option<StoredRequest>) -> Result<StoredRequest, Failure> {
        let real = real.map(|request| (request.destination, request.bytes));
        let asked = Asked { args: args.to_vec(), real };
        let bytes = serde_json::to_vec(&asked).map_err(|error| Failure::new("invalid", error.to_string()))?;
        Ok(StoredRequest { destination: self.action.to_string(), bytes })
    }

    fn answer(&self, request: &StoredRequest, key: &str) -> Outcome {
        let asked: Asked = match serde_json::from_slice(&request.bytes) {
            Ok(asked) => asked,
            Err(error) => return failed(Failure::new("invalid", error.to_string())),
        };
        let sent = self.real.as_ref().zip(asked.real()).map(|(real, request)| real.stand_in(&request));
        let args = asked.args;
        let mut outside = self.outside.lock();
        let outside = &mut *outside;
        let at = *outside.known.entry((self.action.clone(), key.to_owned())).or_insert_with(|| {
            let (action, at) = (self.action.clone(), self.clock.now_us());
            outside.calls.push(Call { action, args: args.clone(), at, yielded: Vec::new() });
            outside.calls.len() - 1
        });
        let Some(mock) = outside.mocks.iter_mut().rev().find(|mock| self.fits(mock, &args)) else {
            if let Some(value) = sent {
                if let Some(call) = outside.calls.get_mut(at) {
                    call.yielded.push("sent".to_owned());
                }
                return Outcome::Done(value);
            }
            outside.unmocked.get_or_insert(at);
            // No test says that this call fails: what handles that is not tested by it.
            self.marks.close();
            return failed(Failure::new("failed", format!("nothing stands for `{}` in this test", self.action)));
        };
        let last = mock.yields.len().saturating_sub(1);
        let yields = mock.yields.get(mock.used.min(last)).cloned();
        mock.used += 1;
        let (told, outcome) = match yields {
            Some(Yield::Returns(value)) => ("returned".to_owned(), Outcome::Done(value)),
            Some(Yield::Fails(failure)) => {
                let told = format!("failed .{}: {}", failure.kind, failure.message);
                (told, outcome_of(failure))
            }
            None => ("returned".to_owned(), Outcome::Done(Value::Null)),
        };
        if let Some(call) = outside.calls.get_mut(at) {
            call.yielded.push(told);
        }
        outcome
    }
}

fn failed(failure: Failure) -> Outcome {
    Outcome::Failed { failure, retryable: false, retry_after_us: None }
}

/// What a service would have done to fail like that.
fn outcome_of(failure: Failure) -> Outcome {
    match &*failure.kind {
        "in_doubt" => Outcome::InDoubt { message: failure.message.to_string() },
        kind => {
            let retryable = matches!(kind, "timeout" | "unreachable" | "rate_limited");
            Outcome::Failed { failure, retryable, retry_after_us: None }
        }
    }
}
