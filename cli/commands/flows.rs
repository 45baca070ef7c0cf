//! `flow start`, `flow pause`, `flow unpause`: what people do to flows.

use super::drift::Drift;
use super::moved::{Seen, carry_on, went_on};
use super::runs::flow_name;
use super::wake::open;
use crate::io::Io;
use crate::session::{Session, Where};
use crate::talk::{ended, failure_lines};
use crate::trouble::Trouble;
use crate::values::parse_arguments;
use flow_vm::engine::{EngineError, FlowView, RunFilter, RunStatus};
use serde_json::json;

/// Options of `flow start`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow start onboarding.welcome contact=ada@example.com
  flow start onboarding.welcome --matching")]
pub struct StartOptions {
    /// The flow, as deployed: FILE.FLOW
    pub flow: String,
    /// Its arguments; `@file.json` reads a record
    #[arg(value_name = "name=value")]
    pub args: Vec<String>,
    /// Let everyone in who belongs to its audience already
    #[arg(long, conflicts_with = "args")]
    pub matching: bool,
    /// One JSON object: the run, as `flow runs --json` shows it, with `files_changed` (since what is deployed); with `--matching`
    /// `flow`, `started`, `refused`, `files_changed`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Options of `flow pause` and `flow unpause`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow pause onboarding.welcome
  flow unpause onboarding.welcome")]
pub struct PauseOptions {
    /// The flow, as deployed: FILE.FLOW
    pub flow: String,
    /// What happened as a JSON line
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// `flow start`
///
/// # Errors
/// There is no such flow, the arguments do not fit, a rule of entry refuses, the run fails at once, or the store.
pub fn start(options: &StartOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let drift = Drift::of(&options.place, &session, io)?;
    if !options.json {
        drift.tell(&session, io)?;
    }
    let view = known(&session, &options.flow)?;
    if options.matching {
        return matching(options, &view.name, &drift, &session, io);
    }
    let args = parse_arguments(&view.name, &view.params, &options.args, &session, &io.folder)?;
    let run = session.control.start(&view.name, args)?;
    carry_on(&session, io)?;
    let detail = session.control.show(run)?;
    let failed = matches!(detail.run.status, RunStatus::Failed | RunStatus::Quarantined | RunStatus::InDoubt);
    if options.json {
        let mut object = super::runs::object(&detail.run);
        object["files_changed"] = json!(drift.changed());
        io.line(object.to_string())?;
    } else {
        io.line(format!("{run} of {} is {}", view.name, detail.run.status.name().replace('_', " ")))?;
        if failed {
            let paint = io.paint();
            io.line(ended(&detail.run, paint))?;
            for line in failure_lines(&detail, &|words| session.command(words), &session.moments(), paint) {
                io.line(line)?;
            }
        }
    }
    if failed { Err(Trouble::Said(1)) } else { Ok(()) }
}

fn known(session: &Session, flow: &str) -> Result<FlowView, Trouble> {
    let flows = session.control.flows()?;
    let unknown = unknown(&flows, flow);
    called(flows, flow)?.ok_or(unknown)
}

/// Nothing is called like that; what is called nearly like that is offered, by the name that is near.
fn unknown(flows: &[FlowView], flow: &str) -> Trouble {
    let whole = flows.iter().map(|known| known.name.as_str());
    let short = whole.clone().flat_map(|name| [flow_name(name), name.rsplit('.').next().unwrap_or(name)]);
    let nearest = crate::nearest::nearest(flow, whole.chain(short)).map(str::to_owned);
    EngineError::UnknownFlow { name: flow.to_owned(), nearest }.into()
}

/// The whole name of a flow that runs are asked for by. They outlive the flow they are in: one that is not deployed any more
/// is asked for by its whole name, or as lists show it.
///
/// # Errors
/// None or several are called like that, or the store.
pub fn whole_name(session: &Session, flow: Option<&str>) -> Result<Option<String>, Trouble> {
    let Some(flow) = flow else { return Ok(None) };
    let flows = session.control.flows()?;
    let unknown = unknown(&flows, flow);
    if let Some(known) = called(flows, flow)? {
        return Ok(Some(known.name));
    }
    let of_its_file = format!("{flow}.{}", flow.rsplit('.').next().unwrap_or(flow));
    for name in [flow.to_owned(), of_its_file] {
        let filter = RunFilter { flow: Some(name.clone()), limit: 1, ..RunFilter::default() };
        if !session.control.runs(&filter)?.is_empty() {
            return Ok(Some(name));
        }
    }
    Err(unknown)
}

/// The flow of that whole name, or the only one of which that is the file or the last word.
fn called(mut flows: Vec<FlowView>, flow: &str) -> Result<Option<FlowView>, Trouble> {
    if let Some(at) = flows.iter().position(|known| known.name == flow) {
        return Ok(Some(flows.swap_remove(at)));
    }
    flows.retain(|known| flow_name(&known.name) == flow || known.name.rsplit('.').next() == Some(flow));
    match flows.as_slice() {
        [] | [_] => Ok(flows.pop()),
        several => {
            let names: Vec<&str> = several.iter().map(|known| known.name.as_str()).collect();
            Err(Trouble::usage(format!("several flows are called `{flow}`"))
                .help(format!("say which: {}", names.join(", "))))
        }
    }
}

fn matching(options: &StartOptions, flow: &str, drift: &Drift, session: &Session, io: &mut Io) -> Result<(), Trouble> {
    let mut seen = Seen::default();
    seen.look(session)?;
    let (mut started, mut refused) = (0, Vec::<(String, u64)>::new());
    let mut after = 0;
    loop {
        let page = session.control.start_matching(flow, after)?;
        if !page.audience {
            return Err(Trouble::usage(format!("`{}` has no audience", flow))
                .help("a line `on audience(…)` in its header says who belongs to it"));
        }
        started += page.started;
        for (why, count) in page.refused {
            match refused.iter_mut().find(|(other, _)| *other == why) {
                Some((_, sum)) => *sum += count,
                None => refused.push((why, count)),
            }
        }
        match page.next {
            Some(next) => after = next,
            None => break,
        }
    }
    let steps = carry_on(session, io)?;
    if options.json {
        let refused: Vec<_> = refused.iter().map(|(why, count)| json!({ "why": why, "count": count })).collect();
        let files_changed = drift.changed();
        let object = json!({ "flow": flow, "started": started, "refused": refused, "files_changed": files_changed });
        return io.line(object.to_string());
    }
    let moved = seen.look(session)?;
    let nobody = if refused.is_empty() { "nobody belongs to its audience" } else { "its rules let nobody in" };
    let went_on = went_on(moved.len(), steps, &seen, nobody);
    io.line(format!("{started} entered {}; {went_on}", flow))?;
    for (why, count) in refused {
        io.line(format!("  {count} not: {why}"))?;
    }
    Ok(())
}

/// `flow pause`
///
/// # Errors
/// There is no such flow, or the store.
pub fn pause(options: &PauseOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let flow = known(&session, &options.flow)?.name;
    let news = session.control.pause(&flow, true)?;
    if options.json {
        return io.line(json!({ "flow": flow, "paused": true, "changed": news }).to_string());
    }
    let unpause = io.paint().note(session.command(&format!("unpause {flow}")));
    io.line(match news {
        true => format!("{flow} is paused: what lets somebody in or wakes its runs is kept until {unpause}"),
        false => format!("{flow} was paused before; {unpause} lets it go on"),
    })
}

/// `flow unpause`
///
/// # Errors
/// There is no such flow, or the store.
pub fn unpause(options: &PauseOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let flow = known(&session, &options.flow)?.name;
    let mut seen = Seen::default();
    seen.look(&session)?;
    let news = session.control.pause(&flow, false)?;
    let steps = carry_on(&session, io)?;
    if options.json {
        return io.line(json!({ "flow": flow, "paused": false, "changed": news }).to_string());
    }
    let moved = seen.look(&session)?;
    let went_on = went_on(moved.len(), steps, &seen, "nothing had waited for that");
    io.line(match news {
        true => format!("{flow} goes on; {went_on}"),
        false => format!("{flow} was not paused"),
    })
}
