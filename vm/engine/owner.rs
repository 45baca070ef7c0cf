//! The other end of the local API: asks the process that owns a database.

use super::control::{Control, Deployment, Migration};
use super::error::EngineError;
use super::local_api::token_path;
use super::protocol::{PATIENCE_MAX, Question, Reply};
use super::view::{
    Act, AnswerTo, Answered, Cursor, Decision, Deployed, Fired, FlowCounts, FlowView, Health, History, Matching,
    MigrationReport, NoteOn, Numbered, RecordFilter, RecordView, Resolution, RunDetail, RunFilter, RunId, RunView,
    Watched,
};
use super::writer::store_error;
use crate::store::sqlite::owner;
use flow_bytecode::schema::Schema;
use flow_bytecode::{Failure, Value};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HOST};
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;
use tokio::net::TcpStream;

/// Bytes of an answer, at most.
const ANSWER_MAX: usize = 256 << 20;
/// How long the owner may take to take a call.
const CONNECT_TIME: Duration = Duration::from_secs(2);

/// The process that owns a database, asked over its local API.
#[derive(Debug, Clone)]
pub struct Owner {
    address: SocketAddr,
    token: String,
    path: String,
    who: String,
}

impl Owner {
    /// The owner of a database; `None` when nobody owns it, so that this process may open it itself.
    ///
    /// # Errors
    /// [`EngineError::Owned`] when somebody does who does not take calls.
    pub fn connect(database: &Path) -> Result<Option<Owner>, EngineError> {
        let Some(info) = owner(database).map_err(|error| store_error(&error))? else { return Ok(None) };
        let path = database.display().to_string();
        let who = info.to_string();
        let closed = || EngineError::Owned { path: path.clone(), owner: who.clone() };
        let address: SocketAddr =
            info.address.as_deref().and_then(|address| address.parse().ok()).ok_or_else(closed)?;
        if !address.ip().is_loopback() {
            // The lock file can be written by whoever can write the folder: the token goes to nobody else's machine.
            return Err(closed());
        }
        let token = std::fs::read_to_string(token_path(database)).map_err(|_| closed())?;
        Ok(Some(Owner { address, token, path, who }))
    }

    /// Who it is, for people.
    pub fn describe(&self) -> &str {
        &self.who
    }

    fn ask(&self, question: &Question, patience: Option<Duration>) -> Result<Reply, EngineError> {
        let body = serde_json::to_vec(question).map_err(|error| EngineError::internal(error.to_string()))?;
        // On a thread of its own, so that it can be called from anywhere, async code included.
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
                let runtime = runtime.map_err(|error| EngineError::internal(error.to_string()))?;
                runtime.block_on(async {
                    match patience {
                        Some(patience) => tokio::time::timeout(patience, self.call(body))
                            .await
                            .unwrap_or_else(|_| Err(self.unreachable("it does not answer"))),
                        None => self.call(body).await,
                    }
                })
            });
            asked.join().unwrap_or_else(|_| Err(EngineError::internal("asking the owner broke down")))
        })
    }

    fn unreachable(&self, why: &str) -> EngineError {
        EngineError::Store {
            message: format!("{} is served by {}, which cannot be reached: {why}", self.path, self.who),
            advice: "Look after that process, or stop it and try again".to_owned(),
        }
    }

    async fn call(&self, body: Vec<u8>) -> Result<Reply, EngineError> {
        let connected = tokio::time::timeout(CONNECT_TIME, TcpStream::connect(self.address)).await;
        let stream = match connected {
            Ok(Ok(stream)) => stream,
            Ok(Err(error)) => return Err(self.unreachable(&error.to_string())),
            Err(_) => return Err(self.unreachable("it does not take the call")),
        };
        let broken = |error: hyper::Error| self.unreachable(&error.to_string());
        let (mut sender, connection) =
            hyper::client::conn::http1::handshake(TokioIo::new(stream)).await.map_err(broken)?;
        let connection = tokio::spawn(connection);
        let request = Request::post("/v1")
            .header(HOST, self.address.to_string())
            .header(AUTHORIZATION, format!("Bearer {}", self.token))
            .header(CONTENT_TYPE, "application/json")
            .body(Full::new(Bytes::from(body)))
            .map_err(|error| EngineError::internal(error.to_string()))?;
        let response = sender.send_request(request).await.map_err(broken)?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_MAX).collect().await;
        let body = body.map_err(|error| self.unreachable(&error.to_string()))?.to_bytes();
        connection.abort();
        if status != StatusCode::OK {
            return Err(self.unreachable(&String::from_utf8_lossy(&body)));
        }
        serde_json::from_slice::<Result<Reply, EngineError>>(&body)
            .map_err(|_| self.unreachable("it speaks another version"))?
    }

    /// A question whose answer comes at once.
    fn quick(&self, question: &Question) -> Result<Reply, EngineError> {
        self.ask(question, Some(2 * PATIENCE_MAX))
    }
}

/// The answer of the kind that belongs to the question.
macro_rules! expect {
    ($answered:expr, $kind:path) => {
        match $answered? {
            $kind(answer) => Ok(answer),
            _ => Err(EngineError::internal("the owner answered another question")),
        }
    };
}

impl Control for Owner {
    fn deploy(&self, deployment: Deployment) -> Result<Deployed, EngineError> {
        expect!(self.ask(&Question::Deploy(Box::new(deployment)), None), Reply::Deployed)
    }

    fn migrate(&self, migration: Migration) -> Result<MigrationReport, EngineError> {
        expect!(self.ask(&Question::Migrate(Box::new(migration)), None), Reply::Migrated)
    }

    fn check_deploy(&self, deployment: &Deployment) -> Result<(), EngineError> {
        self.ask(&Question::CheckDeploy(Box::new(deployment.clone())), None).map(drop)
    }

    fn start(&self, flow: &str, args: Vec<(String, Value)>) -> Result<RunId, EngineError> {
        expect!(self.quick(&Question::Start { flow: flow.to_owned(), args }), Reply::Run)
    }

    fn pause(&self, flow: &str, on: bool) -> Result<bool, EngineError> {
        expect!(self.quick(&Question::Pause { flow: flow.to_owned(), on }), Reply::Paused)
    }

    fn start_matching(&self, flow: &str, after: i64) -> Result<Matching, EngineError> {
        expect!(self.ask(&Question::StartMatching { flow: flow.to_owned(), after }, None), Reply::Matching)
    }

    fn counts(&self) -> Result<Vec<FlowCounts>, EngineError> {
        expect!(self.quick(&Question::Counts), Reply::Counts)
    }

    fn answer(&self, to: AnswerTo, answer: Value) -> Result<Answered, EngineError> {
        expect!(self.quick(&Question::Answer { to, answer }), Reply::Answered)
    }

    fn fire(
        &self,
        event: &str,
        args: Vec<(String, Value)>,
        delivery: Option<(String, String)>,
    ) -> Result<Fired, EngineError> {
        expect!(self.quick(&Question::Fire { event: event.to_owned(), args, delivery }), Reply::Fired)
    }

    fn cancel(&self, run: RunId) -> Result<(), EngineError> {
        self.quick(&Question::Cancel(run)).map(drop)
    }

    fn retry(&self, run: RunId) -> Result<(), EngineError> {
        self.quick(&Question::Retry(run)).map(drop)
    }

    fn resolve(&self, run: RunId, resolution: Resolution) -> Result<(), EngineError> {
        self.quick(&Question::Resolve(run, resolution)).map(drop)
    }

    fn decide(&self, run: RunId, decision: Decision) -> Result<(), EngineError> {
        self.quick(&Question::Decide(run, decision)).map(drop)
    }

    fn perform(&self, acts: Vec<Act>) -> Result<Vec<Result<Value, Failure>>, EngineError> {
        expect!(self.ask(&Question::Perform(acts), None), Reply::Performed)
    }

    fn watch(&self, run: RunId, since: Cursor, patience: Duration) -> Result<Watched, EngineError> {
        let patience_ms = u64::try_from(patience.as_millis()).unwrap_or(u64::MAX);
        let watched = expect!(self.quick(&Question::Watch { run, since, patience_ms }), Reply::Watched);
        watched.map(|watched| *watched)
    }

    fn runs(&self, filter: &RunFilter) -> Result<Vec<RunView>, EngineError> {
        expect!(self.quick(&Question::Runs(filter.clone())), Reply::Runs)
    }

    fn show(&self, run: RunId) -> Result<RunDetail, EngineError> {
        expect!(self.quick(&Question::Show(run)), Reply::Detail).map(|detail| *detail)
    }

    fn records(&self, filter: &RecordFilter) -> Result<Vec<RecordView>, EngineError> {
        expect!(self.quick(&Question::Records(filter.clone())), Reply::Records)
    }

    fn history(&self, entity: &str, id: i64) -> Result<History, EngineError> {
        expect!(self.quick(&Question::History { entity: entity.to_owned(), id }), Reply::History)
    }

    fn notes(&self, after: i64, limit: usize) -> Result<Vec<NoteOn>, EngineError> {
        expect!(self.quick(&Question::Notes { after, limit }), Reply::Notes)
    }

    fn said(&self, after: (i64, i64), limit: usize) -> Result<Vec<Numbered>, EngineError> {
        expect!(self.quick(&Question::Said { after, limit }), Reply::Said)
    }

    fn flows(&self) -> Result<Vec<FlowView>, EngineError> {
        expect!(self.quick(&Question::Flows), Reply::Flows)
    }

    fn schema(&self) -> Result<Schema, EngineError> {
        expect!(self.quick(&Question::Schema), Reply::Schema)
    }

    fn health(&self) -> Result<Health, EngineError> {
        expect!(self.quick(&Question::Health), Reply::Health)
    }

    fn run_until_idle(&self) -> Result<(), EngineError> {
        self.ask(&Question::Idle, None).map(drop)
    }
}
