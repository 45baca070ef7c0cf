//! `flow flows`

use super::runs::flow_name;
use crate::io::Io;
use crate::session::{Intent, Session, Where};
use crate::table::table;
use crate::talk::moment;
use crate::trouble::Trouble;
use flow_vm::engine::{FlowCounts, FlowView};
use serde_json::{Map, Value, json};

/// Options of `flow flows`.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  flow flows
  flow flows --json | jq 'select(.paused != null)'")]
pub struct Options {
    /// One JSON object a line: `flow`, `begins`, `paused`, `counts`
    #[arg(long)]
    pub json: bool,
    /// Which project and which database
    #[command(flatten)]
    pub place: Where,
}

/// Lists.
///
/// # Errors
/// The store.
pub fn run(options: &Options, io: &mut Io) -> Result<(), Trouble> {
    let project = options.place.project(io)?;
    let session = Session::open(&project, &options.place.database(&project, io), Intent::Look, io)?;
    let (mut flows, counted) = (session.control.flows()?, session.control.counts()?);
    // What a project calls of the library is none of its own.
    flows.retain(|flow| !flow_stdlib::is_library_flow(&flow.name));
    let counts = |flow: &FlowView| counted.iter().find(|counts| counts.flow == flow.name);
    let moments = session.moments();
    if options.json {
        return flows.iter().try_for_each(|flow| {
            let counts = counts(flow);
            let paused = counts.and_then(|counts| counts.paused).map(moment);
            let numbers: Map<String, Value> = counts
                .into_iter()
                .flat_map(|counts| &counts.counts)
                .map(|(what, count)| (what.replace(' ', "_"), json!(count)))
                .collect();
            let object = json!({ "flow": flow.name, "begins": flow.begins, "paused": paused, "counts": numbers });
            io.line(object.to_string())
        });
    }
    if flows.is_empty() {
        return io.line("No flows. `flow deploy` brings those of the project in.");
    }
    let paint = io.paint();
    let mut rows = vec![["FLOW", "STATE", "BEGINS ON", "COUNTED"].map(str::to_owned)];
    for flow in &flows {
        let counts = counts(flow);
        let since = counts.and_then(|counts| counts.paused);
        rows.push([
            flow_name(&flow.name).to_owned(),
            since.map(|at| format!("paused {}", moments.relative(at))).unwrap_or_default(),
            flow.begins.join(", "),
            counts.map(in_words).unwrap_or_default(),
        ]);
    }
    table(&rows, io, |row, column, cell| match (row, column) {
        (0, _) => paint.dim(cell),
        (_, 0) => paint.bold(cell),
        _ => cell.to_owned(),
    })
}

fn in_words(counts: &FlowCounts) -> String {
    let said: Vec<String> = counts.counts.iter().map(|(what, count)| format!("{what} {count}")).collect();
    said.join(", ")
}
