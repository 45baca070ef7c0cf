//! The suspended state on disk: compact, total, checked.
//!
//! ```text
//! format:u8 | hash:8 bytes of the program's | effects | revisions | paths | path … | crc32:4 bytes, little endian
//! path   = id | parent | branch | state:u8 | (revision | frames | frame …)?
//! frame  = place | live registers in the order of the suspension table, untagged
//! state  = 0 waiting | 1 paused | 2 joining | 3 calling, effect | 4 failed, effect, failure | 5 done, its result as Json | 6 dead
//! ```
//! Numbers are LEB128, signed ones zigzag. What a value is made of is decided by its type in the program; see
//! [`values`] for each. The windows of frames follow from the calls they stand at, so no offset is stored.

mod reader;
mod values;
mod writer;

use crate::machine::{Frame, Loaded, Path, PathState, Run};
use flow_bytecode::program::Place;
use flow_bytecode::{Bank, Op, Type};
use reader::Reader;
use std::sync::Arc;
use writer::Writer;

/// Why a snapshot was not written or not read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// The bytes are not what was written: too short, trailing bytes, a wrong checksum, an index out of range.
    #[error("the stored state is corrupt: {0}")]
    Corrupt(&'static str),
    /// Written by another format version.
    #[error("the stored state has format {0}, this machine reads {FORMAT}")]
    Format(u8),
    /// Written by another program.
    #[error("the stored state belongs to another program")]
    Program,
    /// A register does not hold what the suspension table says.
    #[error("`{0}` does not hold a value of its type")]
    Shape(String),
}

/// The format this machine writes.
pub const FORMAT: u8 = 1;

/// Containers within containers that are written and read.
const DEPTH_MAX: usize = 96;

/// Paths of a run.
const PATHS_MAX: u64 = 4096;

/// Frames of a path.
const FRAMES_MAX: u64 = 4096;

/// Registers of a bank over all frames of a path.
const REGISTERS_MAX: usize = 1 << 18;

/// Paths that room is made for before they are read.
const PATHS_ROOM: usize = 8;

/// Frames that room is made for before they are read.
const FRAMES_ROOM: usize = 16;

/// Registers of a bank that room is made for before they are read.
const REGISTERS_ROOM: usize = 16;

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
    writer.number(u64::from(run.effects));
    writer.number(u64::from(run.revision));
    writer.number(run.paths.len() as u64);
    for path in &run.paths {
        write_path(&mut writer, path)?;
    }
    let checksum = crc32fast::hash(out.get(from..).unwrap_or_default());
    out.extend_from_slice(&checksum.to_le_bytes());
    Ok(())
}

fn write_path(writer: &mut Writer<'_>, path: &Path) -> Result<(), SnapshotError> {
    writer.number(u64::from(path.id));
    writer.number(u64::from(path.parent));
    writer.number(u64::from(path.branch));
    match &path.state {
        PathState::Runnable(_) => return Err(SnapshotError::Shape("a path in the midst of a step".to_owned())),
        PathState::Waiting => writer.byte(0),
        PathState::Paused => writer.byte(1),
        PathState::Joining => writer.byte(2),
        PathState::Calling(effect) => {
            writer.byte(3);
            writer.number(u64::from(*effect));
        }
        PathState::Failed(effect, failure) => {
            writer.byte(4);
            writer.number(u64::from(*effect));
            writer.failure(failure);
        }
        PathState::Done(result) => {
            writer.byte(5);
            writer.json(result, DEPTH_MAX)?;
            return Ok(());
        }
        PathState::Dead => {
            writer.byte(6);
            return Ok(());
        }
    }
    writer.number(u64::from(path.revision));
    writer.number(path.frames.len() as u64);
    for frame in &path.frames {
        let Some((index, place)) = writer.program.place_at(frame.function, frame.pc) else {
            return Err(SnapshotError::Shape(format!("function {} at {}", frame.function, frame.pc)));
        };
        writer.number(u64::from(index));
        write_frame(writer, path, frame, place)?;
    }
    Ok(())
}

fn write_frame(writer: &mut Writer<'_>, path: &Path, frame: &Frame, place: &Place) -> Result<(), SnapshotError> {
    let wrong = |name: &str| SnapshotError::Shape(format!("{name} at {}", place.key));
    let program = writer.program.program();
    for live in &place.live {
        let register = usize::from(live.register);
        match live.bank {
            Bank::Scalar => {
                let scalar = path.scalars.get(frame.scalars as usize + register).ok_or_else(|| wrong(&live.name))?;
                let bool = matches!(program.types.get(usize::from(live.ty.0)), Some(Type::Bool));
                if bool && !(0..=1).contains(scalar) {
                    return Err(wrong(&live.name));
                }
                writer.scalar(*scalar);
            }
            Bank::Reference => {
                let value = path.references.get(frame.references as usize + register);
                let value = value.ok_or_else(|| wrong(&live.name))?;
                writer.value(live.ty, value, DEPTH_MAX).map_err(|_| wrong(&live.name))?;
            }
        }
    }
    Ok(())
}

/// Decodes a run.
///
/// # Errors
/// Any byte that is not as it was written is an error, never a wrong run.
pub fn decode(bytes: &[u8], program: &Loaded) -> Result<Run, SnapshotError> {
    let mut run = Run::default();
    decode_into(bytes, program, &mut run)?;
    Ok(run)
}

/// Like [`decode`], into a run that is used no more: most of what decoding costs is memory, which is taken from there.
///
/// # Errors
/// As [`decode`]; the run is empty then.
pub fn decode_into(bytes: &[u8], program: &Loaded, run: &mut Run) -> Result<(), SnapshotError> {
    let mut spare = std::mem::take(&mut run.paths);
    let corrupt = SnapshotError::Corrupt;
    let (&format, _) = bytes.split_first().ok_or(corrupt("empty"))?;
    if format != FORMAT {
        return Err(SnapshotError::Format(format));
    }
    let (body, checksum) = bytes.split_last_chunk::<4>().ok_or(corrupt("too short"))?;
    if crc32fast::hash(body) != u32::from_le_bytes(*checksum) {
        return Err(corrupt("wrong checksum"));
    }
    let mut reader = Reader { program, rest: body.get(1..).unwrap_or_default() };
    if reader.take(8)? != &program.hash()[..8] {
        return Err(SnapshotError::Program);
    }
    let (effects, revision) = (reader.narrow()?, reader.narrow()?);
    let count = reader.count(PATHS_MAX)?;
    // The main path comes first and is most often the only one: its memory is used again, the others' is not.
    let mut old = spare.drain(..).next();
    let mut paths = spare;
    paths.reserve(count.min(PATHS_ROOM));
    for _ in 0..count {
        let path = read_path(&mut reader, old.take())?;
        // Ascending ids, the main path first and its own parent, every other below one that came before or comes after.
        let ordered = paths.last().map_or(path.id == 0 && path.parent == 0, |last| last.id < path.id);
        if !ordered || (!paths.is_empty() && path.parent == path.id) {
            return Err(corrupt("paths out of order"));
        }
        paths.push(path);
    }
    if !reader.rest.is_empty() {
        return Err(corrupt("trailing bytes"));
    }
    let joins = |id: u16| paths.iter().any(|path| path.id == id && path.state == PathState::Joining);
    if !paths.iter().skip(1).all(|path| joins(path.parent)) {
        return Err(corrupt("a branch without a join"));
    }
    *run = Run { paths, effects, revision };
    Ok(())
}

fn read_path(reader: &mut Reader<'_>, old: Option<Path>) -> Result<Path, SnapshotError> {
    let corrupt = SnapshotError::Corrupt;
    let (id, parent, branch) = (reader.narrow()?, reader.narrow()?, reader.narrow()?);
    let state = match reader.byte()? {
        0 => PathState::Waiting,
        1 => PathState::Paused,
        2 => PathState::Joining,
        3 => PathState::Calling(reader.narrow()?),
        4 => PathState::Failed(reader.narrow()?, Arc::new(reader.failure()?)),
        5 => PathState::Done(reader.json(DEPTH_MAX)?),
        6 => PathState::Dead,
        _ => return Err(corrupt("state of a path")),
    };
    let (mut frames, mut scalars, mut references) = match old {
        Some(old) => (old.frames, old.scalars, old.references),
        None => (Vec::new(), Vec::new(), Vec::new()),
    };
    frames.clear();
    scalars.clear();
    references.clear();
    let mut path = Path { id, parent, branch, revision: 0, state, frames, scalars, references };
    if matches!(path.state, PathState::Done(_) | PathState::Dead) {
        return match id {
            0 => Err(corrupt("the main path has ended")),
            _ => Ok(path),
        };
    }
    path.revision = reader.narrow()?;
    let count = reader.count(FRAMES_MAX)?;
    path.frames.reserve_exact(count.min(FRAMES_ROOM));
    // Room for most runs at once, rather than frame by frame.
    path.scalars.reserve(REGISTERS_ROOM);
    path.references.reserve(REGISTERS_ROOM);
    for at in 0..count {
        read_frame(reader, &mut path, at + 1 == count)?;
    }
    match path.frames.is_empty() {
        true => Err(corrupt("a path without frames")),
        false => Ok(path),
    }
}

fn read_frame(reader: &mut Reader<'_>, path: &mut Path, innermost: bool) -> Result<(), SnapshotError> {
    let corrupt = SnapshotError::Corrupt;
    let program = reader.program.program();
    let index = reader.count(u64::from(u16::MAX))?;
    let place = program.places.get(index).ok_or(corrupt("place"))?;
    let function = program.functions.get(usize::from(place.function)).ok_or(corrupt("function"))?;
    let instr = function.code.get(usize::from(place.pc)).ok_or(corrupt("instruction"))?;
    let fits = match (instr.op, &path.state) {
        (Op::Call, _) => !innermost,
        (Op::Wait, PathState::Waiting)
        | (Op::Pause, PathState::Paused)
        | (Op::Join, PathState::Joining)
        | (Op::ActExternal, PathState::Calling(_) | PathState::Failed(..)) => innermost,
        _ => false,
    };
    if !fits {
        return Err(corrupt("a frame at a place of another kind"));
    }
    let (scalars, references) = match path.frames.last() {
        None => (0, 0),
        Some(caller) => {
            // Where the callee's window begins is said by the call.
            let code = program.functions.get(usize::from(caller.function)).map(|function| &function.code);
            let call = code.and_then(|code| code.get(usize::from(caller.pc))).ok_or(corrupt("call"))?;
            if call.a != place.function {
                return Err(corrupt("a frame that was not called"));
            }
            (caller.scalars + u32::from(call.b), caller.references + u32::from(call.c))
        }
    };
    let (to, above) =
        (scalars as usize + usize::from(function.scalars), references as usize + usize::from(function.references));
    if to > REGISTERS_MAX || above > REGISTERS_MAX {
        return Err(corrupt("too many registers"));
    }
    if path.scalars.len() < to {
        path.scalars.resize(to, 0);
    }
    if path.references.len() < above {
        path.references.resize(above, flow_bytecode::Value::Null);
    }
    for live in &place.live {
        let register = usize::from(live.register);
        match live.bank {
            Bank::Scalar => {
                let scalar = reader.scalar()?;
                if matches!(program.types.get(usize::from(live.ty.0)), Some(Type::Bool)) && !(0..=1).contains(&scalar) {
                    return Err(corrupt("a bool"));
                }
                *path.scalars.get_mut(scalars as usize + register).ok_or(corrupt("register"))? = scalar;
            }
            Bank::Reference => {
                let value = reader.value(live.ty, DEPTH_MAX)?;
                *path.references.get_mut(references as usize + register).ok_or(corrupt("register"))? = value;
            }
        }
    }
    path.frames.push(Frame { function: place.function, pc: place.pc, scalars, references });
    Ok(())
}
