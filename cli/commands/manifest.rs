//! The manifest of waiting places: what a run is known by while it waits, whatever the source says by then.

use crate::io::Io;
use crate::trouble::Trouble;
use flow_bytecode::disasm::type_name;
use flow_bytecode::program::{ArmKind, Place, PlaceKind, Program};
use flow_vm::engine::Deployment;
use serde_json::{Value, json};

/// Lists every place, by key.
///
/// # Errors
/// Standard output cannot be written.
pub fn show(deployment: &Deployment, io: &mut Io) -> Result<(), Trouble> {
    let mut places: Vec<&Place> = deployment.program.places.iter().collect();
    places.sort_by(|one, other| one.key.cmp(&other.key));
    places.into_iter().try_for_each(|place| io.line(object(place, deployment).to_string()))
}

fn object(place: &Place, deployment: &Deployment) -> Value {
    let program = &deployment.program;
    let named = place.live.iter().filter(|live| !live.name.is_empty());
    let keeps: Vec<Value> =
        named.map(|live| json!({ "name": &*live.name, "type": type_name(program, live.ty) })).collect();
    let (file, line) = source(place, deployment).unzip();
    json!({ "place": &*place.key, "waits_for": waits_for(program, &place.kind), "file": file, "line": line, "keeps": keeps })
}

/// Where the place stands in the source: file, and line from 1.
fn source(place: &Place, deployment: &Deployment) -> Option<(String, u32)> {
    let lines = deployment.debug.lines.get(usize::from(place.function))?;
    let at = lines.partition_point(|(first, ..)| *first <= place.pc).checked_sub(1)?;
    let (_, file, line, _) = lines.get(at)?;
    Some((deployment.debug.files.get(usize::from(*file))?.to_string(), *line))
}

/// In the words of the language: `on`, `when`, `after`, `answer`, or what is called.
fn waits_for(program: &Program, kind: &PlaceKind) -> Vec<String> {
    match kind {
        PlaceKind::Call => vec!["call".to_owned()],
        PlaceKind::Pause => vec!["next step".to_owned()],
        PlaceKind::Action { action, .. } => {
            let name = program.actions.get(usize::from(*action)).map_or("action", |action| &*action.name);
            vec![format!("action {name}")]
        }
        PlaceKind::Join { paths, .. } => paths.iter().map(|path| format!("path {}", path.name)).collect(),
        PlaceKind::Wait { arms } => arms
            .iter()
            .map(|arm| match &arm.on {
                ArmKind::After { .. } => "after".to_owned(),
                ArmKind::When { .. } => "when".to_owned(),
                ArmKind::Answer { .. } => "answer".to_owned(),
                ArmKind::Event { event, .. } => {
                    format!("on {}", program.events.get(usize::from(*event)).map_or("event", |event| &*event.name))
                }
            })
            .collect(),
    }
}
