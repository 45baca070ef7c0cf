//! `flow start`, `flow pause`, `flow unpause`: what people do to flows.

use super::moved::{Seen, carry_on, went_on};
use super::wake::open;
use crate::io::Io;
use crate::session::{Session, Where};
use crate::trouble::Trouble;
use crate::values::parse_arguments;
use flow_vm::engine::{EngineError, FlowView};
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
    /// What happens as JSON lines
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
/// There is no such flow, the arguments do not fit, a rule of entry refuses, or the store.
pub fn start(options: &StartOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let view = known(&session, &options.flow)?;
    if options.matching {
        return matching(options, &session, io);
    }
    let args = parse_arguments(&view.name, &view.params, &options.args, &session, &io.folder)?;
    let run = session.control.start(&options.flow, args)?;
    carry_on(&session, io)?;
    let detail = session.control.show(run)?;
    if options.json {
        return io.line(super::runs::object(&detail.run).to_string());
    }
    io.line(format!("{run} of {} is {}", view.name, detail.run.status.name().replace('_', " ")))
}

fn known(session: &Session, flow: &str) -> Result<FlowView, Trouble> {
    let flows = session.control.flows()?;
    let nearest = crate::nearest::nearest(flow, flows.iter().map(|known| known.name.as_str())).map(str::to_owned);
    let found = flows.into_iter().find(|known| known.name == flow);
    found.ok_or_else(|| EngineError::UnknownFlow { name: flow.to_owned(), nearest }.into())
}

fn matching(options: &StartOptions, session: &Session, io: &mut Io) -> Result<(), Trouble> {
    let mut seen = Seen::default();
    seen.look(session)?;
    let (mut started, mut refused) = (0, Vec::<(String, u64)>::new());
    let mut after = 0;
    loop {
        let page = session.control.start_matching(&options.flow, after)?;
        if !page.audience {
            return Err(Trouble::usage(format!("`{}` has no audience", options.flow))
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
        let object = json!({ "flow": options.flow, "started": started, "refused": refused });
        return io.line(object.to_string());
    }
    let moved = seen.look(session)?;
    let went_on = went_on(moved.len(), steps, &seen, "nobody belongs to its audience");
    io.line(format!("{started} entered {}; {went_on}", options.flow))?;
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
    let news = session.control.pause(&options.flow, true)?;
    if options.json {
        return io.line(json!({ "flow": options.flow, "paused": true, "changed": news }).to_string());
    }
    let unpause = io.paint().note(session.command(&format!("unpause {}", options.flow)));
    io.line(match news {
        true => format!("{} is paused: what lets somebody in or wakes its runs is kept until {unpause}", options.flow),
        false => format!("{} was paused before; {unpause} lets it go on", options.flow),
    })
}

/// `flow unpause`
///
/// # Errors
/// There is no such flow, or the store.
pub fn unpause(options: &PauseOptions, io: &mut Io) -> Result<(), Trouble> {
    let session = open(&options.place, io)?;
    let mut seen = Seen::default();
    seen.look(&session)?;
    let news = session.control.pause(&options.flow, false)?;
    let steps = carry_on(&session, io)?;
    if options.json {
        return io.line(json!({ "flow": options.flow, "paused": false, "changed": news }).to_string());
    }
    let moved = seen.look(&session)?;
    let went_on = went_on(moved.len(), steps, &seen, "nothing had waited for that");
    io.line(match news {
        true => format!("{} goes on; {went_on}", options.flow),
        false => format!("{} was not paused", options.flow),
    })
}
