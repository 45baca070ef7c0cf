//! `flow runs`

use super::flows::whole_name;
use crate::io::Io;
use crate::paint::Paint;
use crate::session::{Intent, Session, Where};
use crate::table::table;
use crate::talk::{moment, place_words};
use crate::trouble::Trouble;
use crate::values::Moments;
use clap::ValueEnum;
use flow_vm::engine::{Held, RunFilter, RunStatus, RunView};
use serde_json::{Value, json};

/// Options of `flow runs`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow runs
  flow runs --status waiting --flow onboarding.onboarding
  flow runs --json | jq 'select(.status == \"failed\")'")]
pub struct Options {
    /// Only runs in this state; may be given several times
    #[arg(long, value_enum)]
    pub status: Vec<Status>,
    /// Only runs of this flow
    #[arg(long)]
    pub flow: Option<String>,
    /// At most that many, newest first
    #[arg(long, default_value_t = 50)]
    pub limit: usize,
    /// One JSON object a line: `run`, `flow`, `subject`, `status`, `place`, `until`, `started`, `updated`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// A state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "snake_case")]
pub enum Status {
    /// Goes on
    Running,
    /// Waits for time, an event, a condition or an answer
    Waiting,
    /// What became of an action is not known
    #[value(aliases = ["in doubt", "in-doubt"])]
    InDoubt,
    /// Has ended well
    Finished,
    /// Has failed
    Failed,
    /// Was ended by a person
    Cancelled,
    /// Is set aside
    Quarantined,
}

impl Status {
    fn engine(self) -> RunStatus {
        match self {
            Status::Running => RunStatus::Running,
            Status::Waiting => RunStatus::Waiting,
            Status::InDoubt => RunStatus::InDoubt,
            Status::Finished => RunStatus::Finished,
            Status::Failed => RunStatus::Failed,
            Status::Cancelled => RunStatus::Cancelled,
            Status::Quarantined => RunStatus::Quarantined,
        }
    }
}

/// Lists.
///
/// # Errors
/// The store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let project = options.place.project(io)?;
    let session = Session::open(&project, &options.place.database(&project, io), Intent::Look, io)?;
    let flow = whole_name(&session, options.flow.as_deref())?;
    let filter = RunFilter {
        statuses: options.status.iter().map(|status| status.engine()).collect(),
        flow,
        limit: options.limit.clamp(1, 100_000),
        ..RunFilter::default()
    };
    let runs = session.control.runs(&filter)?;
    if options.json {
        return runs.iter().try_for_each(|run| io.line(object(run).to_string()));
    }
    if runs.is_empty() {
        let any = options.status.is_empty() && options.flow.is_none();
        return io.line(if any { "No runs. `flow run FILE` starts one." } else { "No such runs." });
    }
    let (paint, moments) = (io.paint(), session.moments());
    let mut rows = vec![["RUN", "STATUS", "FLOW", "WHERE", "UNTIL", "ABOUT", "UPDATED"].map(str::to_owned)];
    for run in &runs {
        let about = run.subject.as_ref().map(|(entity, id)| format!("{} {id}", flow_bytecode::schema::spoken(entity)));
        let until = run.until.map(|until| moments.show(until));
        rows.push([
            run.run.to_string(),
            run.status.name().replace('_', " "),
            flow_name(&run.flow).to_owned(),
            whereabouts(run, &moments),
            until.unwrap_or_default(),
            about.unwrap_or_default(),
            moments.relative(run.updated),
        ]);
    }
    table(&rows, io, |row, column, cell| match (column, row.checked_sub(1).and_then(|at| runs.get(at))) {
        (_, None) => paint.dim(cell),
        (1, Some(run)) => status_color(run.status, cell, paint),
        (0, _) => paint.bold(cell),
        _ => cell.to_owned(),
    })?;
    if runs.len() == filter.limit {
        io.line(paint.dim("there may be more: --limit"))?;
    }
    Ok(())
}

/// Where a run waits: for whose approval, at which place, or before its beginning.
fn whereabouts(run: &RunView, moments: &Moments) -> String {
    if let (Some(call), true) = (&run.postponed, run.approvals.is_empty()) {
        let what = if call.attempts == 0 { "held" } else { "retrying" };
        return format!("{what} {}", call.action);
    }
    if !run.approvals.is_empty() {
        let mut by: Vec<&str> = run.approvals.iter().map(|approval| approval.by.as_str()).collect();
        by.dedup();
        return format!("approval by {}", by.join(", "));
    }
    if let Some(doubt) = run.doubts.first() {
        let more = if run.doubts.len() > 1 { format!(" and {} more", run.doubts.len() - 1) } else { String::new() };
        return format!("{} sent {}{more}", doubt.action, moments.relative(doubt.sent));
    }
    match run.held {
        Some(Held::Paused) => "flow is paused".to_owned(),
        Some(Held::Behind(other)) => format!("after {other}"),
        None => run.places.first().map(|place| place_words(place)).unwrap_or_default(),
    }
}

/// A flow as people call it: by its file, where it is named like that.
pub fn flow_name(flow: &str) -> &str {
    match flow.rsplit_once('.') {
        Some((module, name)) if module.rsplit('.').next() == Some(name) => module,
        _ => flow,
    }
}

/// A state in its colour.
pub fn status_color(status: RunStatus, text: &str, paint: Paint) -> String {
    match status {
        RunStatus::Running | RunStatus::Waiting => paint.note(text),
        RunStatus::Finished => paint.good(text),
        RunStatus::InDoubt | RunStatus::Cancelled => paint.warn(text),
        RunStatus::Failed | RunStatus::Quarantined => paint.bad(text),
    }
}

/// A run as JSON.
pub fn object(run: &RunView) -> Value {
    let mut object = json!({
        "run": run.run.to_string(),
        "flow": run.flow,
        "subject": run.subject.as_ref().map(|(entity, id)| json!({ "entity": entity, "id": id })),
        "status": run.status.name(),
        "place": run.places.first(),
        "until": run.until.map(moment),
        "started": moment(run.started),
        "updated": moment(run.updated),
        "failure": run.failure.as_ref().map(|failure| json!({ "kind": *failure.kind, "message": *failure.message })),
        "retryable": run.retryable,
    });
    if let (false, Some(map)) = (run.approvals.is_empty(), object.as_object_mut()) {
        let each = run.approvals.iter().map(|approval| {
            let mut object = json!({
                "by": approval.by, "action": approval.action, "place": approval.place,
                "until": approval.until.map(moment),
            });
            if let (false, Some(fields)) = (approval.arguments.is_empty(), object.as_object_mut()) {
                fields.insert("arguments".to_owned(), approval.arguments.as_str().into());
            }
            object
        });
        map.insert("approvals".into(), each.collect());
    }
    if let (false, Some(fields)) = (run.doubts.is_empty(), object.as_object_mut()) {
        let each = run.doubts.iter().map(|doubt| {
            json!({
                "action": doubt.action, "place": doubt.place, "destination": doubt.destination, "sent": moment(doubt.sent),
            })
        });
        fields.insert("doubts".to_owned(), each.collect());
    }
    if let (Some(call), Some(fields)) = (&run.postponed, object.as_object_mut()) {
        let call = json!({ "action": call.action, "attempts": call.attempts, "until": moment(call.until) });
        fields.insert("postponed".to_owned(), call);
    }
    if let (Some(held), Some(fields)) = (run.held, object.as_object_mut()) {
        let held = match held {
            Held::Paused => json!({ "paused": true }),
            Held::Behind(other) => json!({ "behind": other.to_string() }),
        };
        fields.insert("held".to_owned(), held);
    }
    if let (Some(goal), Some(fields)) = (&run.goal, object.as_object_mut()) {
        let goal = json!({ "until": goal.until.map(moment), "reached": goal.reached.map(moment) });
        fields.insert("goal".to_owned(), goal);
    }
    object
}
