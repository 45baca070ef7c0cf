//! A run, written.

use super::plan::{Spot, What};
use super::writer::Writer;
use super::{DEPTH_MAX, FORMAT, SnapshotError};
use crate::machine::{Frame, Loaded, Path, PathState, Run};
use flow_bytecode::Value;

/// Encodes a run between steps.
///
/// # Errors
/// `Shape` when a live register does not hold what the suspension table says: a fault of the step.
pub fn encode(run: &Run, program: &Loaded) -> Result<Vec<u8>, SnapshotError> {
    let mut out = Vec::with_capacity(192);
    encode_into(run, program, &mut out)?;
    Ok(out)
}

/// Like [`encode`], appending to a buffer.
///
/// # Errors
/// As [`encode`].
pub fn encode_into(run: &Run, program: &Loaded, out: &mut Vec<u8>) -> Result<(), SnapshotError> {
    let from = out.len();
    let mut writer = Writer { program, out };
    writer.byte(FORMAT);
    writer.bytes(&program.hash()[..8]);
    writer.numbers([run.effects.into(), run.revision.into(), run.paths.len() as u64]);
    for path in &run.paths {
        write_path(&mut writer, path)?;
    }
    write_undo(&mut writer, run)?;
    let checksum = crc32fast::hash(out.get(from..).unwrap_or_default());
    out.extend_from_slice(&checksum.to_le_bytes());
    Ok(())
}

/// What takes back what the run did, and why it does so; nothing for most runs.
fn write_undo(writer: &mut Writer<'_>, run: &Run) -> Result<(), SnapshotError> {
    if run.undo.is_empty() && run.failing.is_none() {
        return Ok(());
    }
    match &run.failing {
        None => writer.byte(0),
        Some(failure) => {
            writer.byte(1);
            writer.failure(failure);
        }
    }
    writer.number(run.undo.len() as u64);
    for undo in &run.undo {
        writer.number(u64::from(undo.function));
        let function = writer.program.program().functions.get(usize::from(undo.function));
        let params = function.map(|function| function.params.as_slice()).unwrap_or_default();
        if params.len() != undo.args.len() {
            return Err(SnapshotError::Shape("an undo with other arguments".to_owned()));
        }
        for (ty, value) in params.iter().zip(&undo.args) {
            let wrong = |_| SnapshotError::Shape("an argument of an undo".to_owned());
            writer.value(*ty, value, DEPTH_MAX).map_err(wrong)?;
        }
    }
    Ok(())
}

fn write_path(writer: &mut Writer<'_>, path: &Path) -> Result<(), SnapshotError> {
    let head = |state| [path.id.into(), path.parent.into(), path.branch.into(), state];
    match &path.state {
        PathState::Runnable(_) => return Err(SnapshotError::Shape("a path in the midst of a step".to_owned())),
        PathState::Waiting => writer.numbers(head(0)),
        PathState::Paused => writer.numbers(head(1)),
        PathState::Joining => writer.numbers(head(2)),
        PathState::Calling(effect) => {
            writer.numbers(head(3));
            writer.number(u64::from(*effect));
        }
        PathState::Failed(effect, failure) => {
            writer.numbers(head(4));
            writer.number(u64::from(*effect));
            writer.failure(failure);
        }
        PathState::Done(result) => {
            writer.numbers(head(5));
            let deep = |_| SnapshotError::Shape("the result of a path".to_owned());
            return writer.json(result, DEPTH_MAX).map_err(deep);
        }
        PathState::Dead => {
            writer.numbers(head(6));
            return Ok(());
        }
    }
    writer.numbers([path.revision.into(), path.frames.len() as u64]);
    for frame in &path.frames {
        let Some((index, spot)) = writer.program.spot_at(frame.function, frame.pc) else {
            return Err(SnapshotError::Shape(format!("function {} at {}", frame.function, frame.pc)));
        };
        writer.number(u64::from(index));
        if let Err(kept) = write_frame(writer, path, frame, spot) {
            return Err(wrong(writer.program, index, kept));
        }
    }
    Ok(())
}

/// Writes the live registers of a frame; the number of the one that does not hold what it should.
#[inline]
fn write_frame(writer: &mut Writer<'_>, path: &Path, frame: &Frame, spot: &Spot) -> Result<(), usize> {
    let scalars = path.scalars.get(frame.scalars as usize..).unwrap_or_default();
    let references = path.references.get(frame.references as usize..).unwrap_or_default();
    // The suspension table has the scalars first.
    let (first, others) = spot.kept.split_at_checked(spot.kept_scalars).unwrap_or_default();
    writer.scalars(first, scalars)?;
    for (at, kept) in others.iter().enumerate() {
        let value = references.get(usize::from(kept.register));
        match (kept.what, value) {
            (What::Text, Some(Value::Text(text))) => writer.text(text),
            (What::Value(ty), Some(value)) => writer.value(ty, value, DEPTH_MAX).map_err(|_| first.len() + at)?,
            _ => return Err(first.len() + at),
        }
    }
    Ok(())
}

#[cold]
fn wrong(program: &Loaded, place: u16, kept: usize) -> SnapshotError {
    let place = program.program().places.get(usize::from(place));
    let live = place.and_then(|place| place.live.get(kept));
    let (key, name) = (place.map_or("", |place| &place.key), live.map_or("", |live| &live.name));
    SnapshotError::Shape(format!("{name} at {key}"))
}
