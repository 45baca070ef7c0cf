//! A run, read.

use super::cursor::{Cursor, text_into};
use super::plan::{Spot, What};
use super::values::{read, read_json};
use super::{DEPTH_MAX, FORMAT, FRAMES_MAX, PATHS_MAX, REGISTERS_MAX, SnapshotError};
use crate::machine::{Busy, Frame, Loaded, Path, PathState, Run, Undo, has_shape};
use flow_bytecode::program::FunctionKind;
use flow_bytecode::{Op, Value};
use std::sync::Arc;

/// Steps that can be taken back, at most: the size of a run ends before.
const UNDOS_MAX: u64 = 1 << 17;

/// Paths that room is made for before they are read.
const PATHS_ROOM: usize = 4;

/// Frames that room is made for before they are read.
const FRAMES_ROOM: usize = 16;

/// Registers of a bank that room is made for before they are read: most runs have fewer.
const REGISTERS_ROOM: usize = 16;

/// Decodes a run.
///
/// # Errors
/// Any byte that is not as it was written is an error, never a wrong run.
pub fn decode(bytes: &[u8], program: &Loaded) -> Result<Run, SnapshotError> {
    let mut run = Run::default();
    decode_into(bytes, program, &mut run)?;
    Ok(run)
}

/// Like [`decode`], into a run that is used no more: its memory is used again.
///
/// # Errors
/// As [`decode`]; the run is empty then.
pub fn decode_into(bytes: &[u8], program: &Loaded, run: &mut Run) -> Result<(), SnapshotError> {
    let read = check(bytes, program)
        .and_then(|body| read_run(program, Cursor { rest: body }, run).map_err(SnapshotError::Corrupt));
    if read.is_err() {
        *run = Run::default();
    }
    read
}

/// What stands between the program's hash and the checksum, when both are right.
fn check<'a>(bytes: &'a [u8], program: &Loaded) -> Result<&'a [u8], SnapshotError> {
    let corrupt = SnapshotError::Corrupt;
    let (&format, _) = bytes.split_first().ok_or(corrupt("empty"))?;
    if format != FORMAT {
        return Err(SnapshotError::Format(format));
    }
    let (body, checksum) = bytes.split_last_chunk::<4>().ok_or(corrupt("too short"))?;
    if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return Err(corrupt("wrong checksum"));
    }
    match body.get(1..).unwrap_or_default().split_at_checked(8) {
        None => Err(corrupt("too short")),
        Some((hash, body)) if hash == &program.hash()[..8] => Ok(body),
        Some(_) => Err(SnapshotError::Program),
    }
}

fn read_run(program: &Loaded, from: Cursor<'_>, run: &mut Run) -> Result<(), &'static str> {
    let mut at = from;
    run.effects = at.narrow().ok_or("its counters")?;
    run.revision = at.narrow().ok_or("its counters")?;
    let count = at.count(PATHS_MAX).ok_or("the count of paths")?;
    run.paths.truncate(count);
    run.paths.reserve_exact(count.min(PATHS_ROOM).saturating_sub(run.paths.len()));
    let mut last = None;
    for index in 0..count {
        if index == run.paths.len() {
            run.paths.push(Path::empty());
        }
        let path = run.paths.get_mut(index).ok_or("paths out of order")?;
        at = read_path(program, at, path)?;
        // Ascending ids, the main path first and its own parent, every other below one that came before or comes after.
        match last {
            None if path.id == 0 && path.parent == 0 => {}
            Some(last) if last < path.id && path.parent != path.id => {}
            _ => return Err("paths out of order"),
        }
        last = Some(path.id);
    }
    run.undo.clear();
    run.failing = None;
    run.busy = Busy::default();
    if !at.rest.is_empty() {
        at = read_undo(program, at, run).ok_or("what takes it back")?;
    }
    if !at.rest.is_empty() {
        return Err("trailing bytes");
    }
    match run.paths.iter().skip(1).all(|path| joins(program, run, path).is_some()) {
        true => Ok(()),
        false => Err("a branch without a join"),
    }
}

/// A branch has a parent that waits for it, and what it has yielded is what its function does.
fn joins(program: &Loaded, run: &Run, branch: &Path) -> Option<()> {
    let parent = run.paths.iter().find(|path| path.id == branch.parent && path.state == PathState::Joining)?;
    if let PathState::Done(result) = &branch.state {
        let (_, spot) = parent.frames.last().and_then(|frame| program.spot_at(frame.function, frame.pc))?;
        let ty = spot.yields.get(usize::from(branch.branch))?;
        return has_shape(program.program(), *ty, result, DEPTH_MAX).then_some(());
    }
    Some(())
}

/// What takes back what the run did.
fn read_undo<'a>(program: &Loaded, from: Cursor<'a>, run: &mut Run) -> Option<Cursor<'a>> {
    let mut at = from;
    run.failing = match at.byte()? {
        0 => None,
        1 => Some(Arc::new(at.failure(program)?)),
        _ => return None,
    };
    let count = at.count(UNDOS_MAX)?;
    for _ in 0..count {
        let function = at.narrow()?;
        let code = program.program().functions.get(usize::from(function))?;
        if code.kind != FunctionKind::Undo {
            return None;
        }
        let mut args = Vec::with_capacity(code.params.len());
        for ty in &code.params {
            let mut value = Value::Null;
            at = read(program, at, *ty, DEPTH_MAX, &mut value)?;
            args.push(value);
        }
        run.undo.push(Undo { function, args });
    }
    // Nothing to take back is not written.
    (run.failing.is_some() || count > 0).then_some(at)
}

#[inline(always)]
fn read_path<'a>(program: &Loaded, from: Cursor<'a>, path: &mut Path) -> Result<Cursor<'a>, &'static str> {
    let mut at = from;
    path.frames.clear();
    path.scalars.clear();
    path.references.clear();
    path.id = at.narrow().ok_or("a path")?;
    path.parent = at.narrow().ok_or("a path")?;
    path.branch = at.narrow().ok_or("a path")?;
    path.revision = 0;
    path.state = read_state(program, &mut at).ok_or("the state of a path")?;
    if matches!(path.state, PathState::Done(_) | PathState::Dead) {
        // The main path ends with its run.
        return if path.id == 0 { Err("the state of a path") } else { Ok(at) };
    }
    path.revision = at.narrow().ok_or("a path")?;
    let count = at.count(FRAMES_MAX).ok_or("the count of frames")?;
    path.frames.reserve_exact(count.min(FRAMES_ROOM));
    path.scalars.reserve(REGISTERS_ROOM);
    path.references.reserve(REGISTERS_ROOM);
    let mut caller = None;
    for left in (0..count).rev() {
        let (spot, frame) = enter(program, &mut at, path, caller, left == 0)?;
        at = read_registers(program, at, path, spot, frame).ok_or("a register")?;
        path.frames.push(frame);
        caller = Some((spot, frame));
    }
    if caller.is_none() { Err("a frame that was not called, or at a place of another kind") } else { Ok(at) }
}

#[inline(always)]
fn read_state(program: &Loaded, at: &mut Cursor<'_>) -> Option<PathState> {
    Some(match at.byte()? {
        0 => PathState::Waiting,
        1 => PathState::Paused,
        2 => PathState::Joining,
        3 => PathState::Calling(at.narrow()?),
        4 => PathState::Failed(at.narrow()?, Arc::new(at.failure(program)?)),
        5 => {
            let mut result = Value::Null;
            *at = read_json(program, *at, DEPTH_MAX, &mut result)?;
            PathState::Done(result)
        }
        6 => PathState::Dead,
        _ => return None,
    })
}

/// The next frame inwards, called from where the one before stands; makes room for its registers.
#[inline(always)]
fn enter<'p>(
    program: &'p Loaded,
    at: &mut Cursor<'_>,
    path: &mut Path,
    caller: Option<(&Spot, Frame)>,
    innermost: bool,
) -> Result<(&'p Spot, Frame), &'static str> {
    let spot = at.count(u64::from(u16::MAX)).and_then(|place| program.spot(place)).ok_or("a place")?;
    let fits = match (spot.instr.op, &path.state) {
        (Op::Call, _) => !innermost,
        (Op::Wait, PathState::Waiting)
        | (Op::Pause, PathState::Paused)
        | (Op::Join, PathState::Joining)
        | (Op::ActExternal, PathState::Calling(_) | PathState::Failed(..)) => innermost,
        _ => false,
    };
    if !fits {
        return Err("a frame that was not called, or at a place of another kind");
    }
    let (scalars, references) = match caller {
        None => (0, 0),
        // Where the callee's window begins is said by the call.
        Some((caller, frame)) if caller.instr.a == spot.function => {
            (frame.scalars + u32::from(caller.instr.b), frame.references + u32::from(caller.instr.c))
        }
        Some(_) => return Err("a frame that was not called, or at a place of another kind"),
    };
    let to = scalars as usize + usize::from(spot.scalars);
    let above = references as usize + usize::from(spot.references);
    if to > REGISTERS_MAX || above > REGISTERS_MAX {
        return Err("too many registers");
    }
    if path.scalars.len() < to {
        path.scalars.resize(to, 0);
    }
    if path.references.len() < above {
        path.references.resize_with(above, Value::default);
    }
    Ok((spot, Frame { function: spot.function, pc: spot.pc, scalars, references }))
}

/// The live registers of a frame.
#[inline(always)]
fn read_registers<'a>(
    program: &Loaded,
    from: Cursor<'a>,
    path: &mut Path,
    spot: &Spot,
    frame: Frame,
) -> Option<Cursor<'a>> {
    let mut at = from;
    let scalars = path.scalars.get_mut(frame.scalars as usize..).unwrap_or_default();
    let references = path.references.get_mut(frame.references as usize..).unwrap_or_default();
    for kept in &spot.kept {
        let register = usize::from(kept.register);
        match kept.what {
            What::Scalar => *scalars.get_mut(register)? = at.scalar()?,
            What::Bool => match at.scalar()? {
                bool @ (0 | 1) => *scalars.get_mut(register)? = bool,
                _ => return None,
            },
            What::Text => at = text_into(program, at, references.get_mut(register)?)?,
            What::Value(ty) => at = read(program, at, ty, DEPTH_MAX, references.get_mut(register)?)?,
        }
    }
    Some(at)
}
