//! `flow fire`

use super::drift::Drift;
use super::moved::{MOVED_SHOWN, Seen, carry_on, show, went_on};
use super::runs::{flow_name, object};
use super::wake::open;
use crate::io::Io;
use crate::session::{Session, Where};
use crate::talk::Names;
use crate::trouble::Trouble;
use crate::values::{kept_out, parse_arguments};
use flow_bytecode::Value;
use flow_bytecode::schema::{EventDef, SchemaType};
use flow_lang::diag::render::clean;
use flow_vm::engine::{Cursor, EngineError, Fired, ParamView};
use serde_json::json;
use std::sync::Arc;
use std::time::Duration;

/// Options of `flow fire`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Example:
  flow fire guide_opened contact=ada@example.com
  flow fire webhook:shop/paid @body.json --delivery shop/1042")]
pub struct Options {
    /// The event
    pub event: String,
    /// Its arguments, `name=value`
    #[arg(value_name = "name=value")]
    pub args: Vec<String>,
    /// How it is raised and told.
    #[command(flatten)]
    pub raising: Raising,
}

/// What everything that raises an event takes.
#[derive(Debug, clap::Args)]
pub struct Raising {
    /// A delivery `source/id`: the same one counts once
    #[arg(long, value_name = "SOURCE/ID")]
    pub delivery: Option<String>,
    /// One JSON object, `event`, `recorded` (`now`, `before`), `refused` by rules of entry, `files_changed` (since what is deployed), and one for each run that moved, as `flow runs --json` shows it
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Raises it, and shows whom it woke.
///
/// # Errors
/// There is no such event, the arguments do not fit, or the store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let (session, drift) = options.raising.open(io)?;
    if options.event.starts_with("webhook:") {
        return webhook(options, &drift, &session, io);
    }
    let schema = session.control.schema()?;
    let Some(event) = schema.events.iter().find(|event| *event.name == *options.event) else {
        let near = crate::nearest::nearest(&options.event, schema.events.iter().map(|event| &*event.name));
        if let Some(near) = near {
            let nearest = Some(near.to_owned());
            return Err(EngineError::UnknownEvent { name: options.event.clone(), nearest }.into());
        }
        // Events of the library are the many, and raised by the library.
        let own: Vec<&str> =
            schema.events.iter().map(|event| &*event.name).filter(|name| !name.contains('.')).collect();
        let help = match own.as_slice() {
            [] => "the project declares none; a line such as `event paid(contact: Contact)` does".to_owned(),
            own => format!("the project has {}; what was added since counts after `flow deploy`", own.join(", ")),
        };
        return Err(Trouble::usage(format!("there is no event `{}`", options.event)).help(help));
    };
    let params = carried(event);
    let args = parse_arguments(&event.name, &params, &options.args, &session, &io.folder)?;
    raise(&options.event, &options.raising, args, (&session, &drift), io)
}

/// A webhook as if it had come from outside: its body is `@file.json`.
fn webhook(options: &Options, drift: &Drift, session: &Session, io: &mut Io) -> Result<(), Trouble> {
    let body = ParamView { name: "body".to_owned(), ty: SchemaType::Json, optional: true };
    let given: Vec<String> = match options.args.as_slice() {
        [file] if file.starts_with('@') => vec![format!("body={file}")],
        other => other.to_vec(),
    };
    let args = parse_arguments(&options.event, &[body], &given, session, &io.folder)?;
    raise(&options.event, &options.raising, args, (session, drift), io)
}

/// What an event carries.
pub(super) fn carried(event: &EventDef) -> Vec<ParamView> {
    let view = |(name, ty): &(Arc<str>, SchemaType)| ParamView {
        name: name.to_string(),
        ty: ty.clone(),
        optional: matches!(ty, SchemaType::Optional(_)),
    };
    event.params.iter().map(view).collect()
}

impl Raising {
    /// Opens the engine, and says where the files have changed since the deploy.
    ///
    /// # Errors
    /// There is no such project or database, or the store.
    pub(super) fn open(&self, io: &mut Io) -> Result<(Session, Drift), Trouble> {
        let session = open(&self.place, io)?;
        let drift = Drift::of(&self.place, &session, io)?;
        if !self.json {
            drift.tell(&session, io)?;
        }
        Ok((session, drift))
    }
}

/// Raises an event, and shows whom it woke.
///
/// # Errors
/// The arguments do not fit, or the store.
pub(super) fn raise(
    event: &str,
    options: &Raising,
    args: Vec<(String, Value)>,
    (session, drift): (&Session, &Drift),
    io: &mut Io,
) -> Result<(), Trouble> {
    let delivery = match &options.delivery {
        None => None,
        Some(text) => {
            let parts = text.split_once('/').filter(|(source, id)| !source.is_empty() && !id.is_empty());
            let (source, id) =
                parts.ok_or_else(|| Trouble::usage(format!("`{text}` is not SOURCE/ID")).help("such as shop/1042"))?;
            Some((source.to_owned(), id.to_owned()))
        }
    };
    let mut seen = Seen::default();
    seen.look(session)?;
    let before_us = session.moments().now_us();
    let counted = session.control.counts()?;
    let fired = session.control.fire(event, args, delivery)?;
    // Whoever it wakes goes on now, and not only when somebody next opens the engine.
    let steps = carry_on(session, io)?;
    let moved = seen.look(session)?;
    let refused = kept_out(&counted, &session.control.counts()?);
    if options.json {
        let recorded = if fired == Fired::Accepted { "now" } else { "before" };
        let refused: Vec<_> =
            refused.iter().map(|(flow, rule, count)| json!({ "flow": flow, "why": rule, "count": count })).collect();
        let first = json!({
            "event": event, "recorded": recorded, "refused": refused, "files_changed": drift.changed(),
        });
        io.line(first.to_string())?;
        return moved.iter().try_for_each(|run| io.line(object(run).to_string()));
    }
    if fired == Fired::Duplicate {
        return io.line(format!("this delivery of {} was recorded before; nothing was changed", event));
    }
    let nobody = if refused.is_empty() { "nobody waited for it" } else { "nobody was let in" };
    let went_on = went_on(moved.len(), steps, &seen, nobody);
    io.line(format!("{} is recorded; {went_on}", event))?;
    for (flow, rule, count) in &refused {
        io.line(format!("  {}: {count} not, `{rule}`", flow_name(flow)))?;
    }
    let mut names = Names::new(session);
    for run in moved.iter().take(MOVED_SHOWN) {
        show(run, session, false, io)?;
        let watched = session.control.watch(run.run, Cursor::default(), Duration::ZERO)?;
        for (_, said) in watched.messages.iter().filter(|(_, said)| said.at >= before_us) {
            let (who, text) = (io.paint().bold(names.speaker(said)), clean(&said.text).replace('\n', " "));
            io.paragraph(&format!("    {who}: {text}"), 6)?;
        }
    }
    if moved.len() > MOVED_SHOWN {
        let runs = io.paint().note(session.command("runs"));
        io.line(format!("… and {} more; {runs} lists them", moved.len() - MOVED_SHOWN))?;
    }
    Ok(())
}
