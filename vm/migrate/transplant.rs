//! A run of one program as a run of another.

use super::fit::{Typed, convert};
use super::options::Fate;
use super::plan::{Misfit, Move, Plan};
use crate::machine::{Frame, Loaded, Path, PathState, Run, Undo};
use flow_bytecode::program::{FunctionKind, PlaceKind};
use flow_bytecode::{Bank, Failure, Type, Value};
use std::sync::Arc;

/// Values within values that are made over.
const DEPTH_MAX: usize = 96;

/// Why a run does not move: the place of the old program at which that is seen, and what is wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Stuck {
    pub place: u16,
    pub misfit: Misfit,
}

/// What becomes of a run.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is a run of the new program now.
    Moves(Run),
    /// It stays as it is.
    Stays(Stuck),
}

/// Makes a run over. The run given is not changed.
///
/// # Errors
/// `None` when the run does not fit the program it is said to be of.
pub(crate) fn transplant(run: &Run, old: &Loaded, new: &Loaded, plan: &Plan) -> Option<Verdict> {
    let mut moved = Run { effects: run.effects, revision: run.revision, ..Run::default() };
    let at = |frame: &Frame| old.spot_at(frame.function, frame.pc).map(|(place, _)| place);
    for path in &run.paths {
        match make_over(path, run, old, new, plan) {
            Ok(path) => moved.paths.push(path),
            Err(Some(stuck)) => return Some(Verdict::Stays(stuck)),
            Err(None) => return None,
        }
    }
    for path in moved.paths.iter().skip(1) {
        if !joins(path, &moved, new) {
            let place = run.paths.iter().find(|other| other.id == path.parent)?.frames.last().and_then(at)?;
            let misfit = Misfit::breaks("the new version has other paths there");
            return Some(Verdict::Stays(Stuck { place, misfit }));
        }
    }
    match undos(run, old, new) {
        Ok(undo) => moved.undo = undo,
        Err(why) => {
            let place = run.paths.first()?.frames.last().and_then(at)?;
            return Some(Verdict::Stays(Stuck { place, misfit: Misfit::breaks(why) }));
        }
    }
    Some(Verdict::Moves(moved))
}

/// What takes back what the run has done, in the new program: blocks are known by their names, equals by nothing.
fn undos(run: &Run, old: &Loaded, new: &Loaded) -> Result<Vec<Undo>, &'static str> {
    const OTHERS: &str = "what it has done could not be taken back in the new version";
    if run.failing.is_some() {
        return Err("it is taking back what it did");
    }
    let mut made = Vec::with_capacity(run.undo.len());
    for undo in &run.undo {
        let was = old.program().functions.get(usize::from(undo.function)).ok_or(OTHERS)?;
        let alone = |loaded: &Loaded| {
            let functions = (0..).zip(&loaded.program().functions);
            let mut found =
                functions.filter(|(_, function)| function.kind == FunctionKind::Undo && function.name == was.name);
            found.next().map(|(index, _)| index).filter(|_| found.next().is_none())
        };
        let (Some(_), Some(function)) = (alone(old), alone(new)) else { return Err(OTHERS) };
        let is = new.program().functions.get(usize::from(function)).ok_or(OTHERS)?;
        // They have no names: two of one type may have changed places.
        let alike = (1..was.params.len()).any(|at| was.params[..at].contains(&was.params[at]));
        if is.params.len() != was.params.len() || alike {
            return Err(OTHERS);
        }
        let typed = was.params.iter().zip(&is.params).zip(&undo.args).map(|((was, is), value)| {
            let (was, is) = (Typed { program: old.program(), id: *was }, Typed { program: new.program(), id: *is });
            convert(was, is, value, DEPTH_MAX).map_err(|_| OTHERS)
        });
        made.push(Undo { function, args: typed.collect::<Result<_, _>>()? });
    }
    Ok(made)
}

/// Whether a branch is one of those that its parent waits for: the function it runs is called after it.
fn joins(path: &Path, run: &Run, program: &Loaded) -> bool {
    let Some(frame) = path.frames.first() else { return true };
    let function = program.program().functions.get(usize::from(frame.function));
    let parent = run.paths.iter().find(|other| other.id == path.parent).and_then(|parent| parent.frames.last());
    let place = parent.and_then(|frame| program.spot_at(frame.function, frame.pc)).map(|(place, _)| usize::from(place));
    match (function, place.and_then(|place| program.program().places.get(place)).map(|place| &place.kind)) {
        (Some(function), Some(PlaceKind::Join { paths, .. })) => {
            let name = paths.get(usize::from(path.branch)).map(|path| &*path.name);
            function.kind == FunctionKind::Path && function.name.rsplit('/').next() == name
        }
        _ => false,
    }
}

fn make_over(path: &Path, run: &Run, old: &Loaded, new: &Loaded, plan: &Plan) -> Result<Path, Option<Stuck>> {
    let mut made = Path::empty();
    (made.id, made.parent, made.revision) = (path.id, path.parent, path.revision);
    made.branch = match path.id {
        0 => path.branch,
        _ => branch(path, run, old, new, plan)?,
    };
    made.state = match &path.state {
        PathState::Failed(effect, failure) => {
            let failure = Failure { origin: None, ..(**failure).clone() };
            PathState::Failed(*effect, Arc::new(failure))
        }
        PathState::Done(result) if !result.is_null() => {
            // Its result is what it wrote: positions of a record that its frames would have named.
            let parent = run.paths.iter().find(|other| other.id == path.parent).ok_or(None)?;
            let place = parent.frames.last().and_then(|frame| old.spot_at(frame.function, frame.pc)).ok_or(None)?.0;
            match finished(path, place, result, old, new, plan) {
                Some(result) => PathState::Done(result),
                None => {
                    let misfit = Misfit::breaks("a path has finished there, and the new version has others");
                    return Err(Some(Stuck { place, misfit }));
                }
            }
        }
        other => other.clone(),
    };
    let mut caller: Option<(flow_bytecode::Instr, Frame)> = None;
    for frame in &path.frames {
        let (place, _) = old.spot_at(frame.function, frame.pc).ok_or(None)?;
        let stuck = |misfit: Misfit| Some(Stuck { place, misfit });
        let to = plan.place(place).map_err(stuck)?;
        let spot = new.spot(usize::from(to.place)).ok_or(None)?;
        let (scalars, references) = match caller {
            None => (0, 0),
            Some((instr, above)) if instr.a == spot.function => {
                (above.scalars + u32::from(instr.b), above.references + u32::from(instr.c))
            }
            Some(_) => return Err(stuck(Misfit::breaks("the new version calls another flow on the way there"))),
        };
        let frame_now = Frame { function: spot.function, pc: spot.pc, scalars, references };
        room(
            &mut made,
            scalars as usize + usize::from(spot.scalars),
            references as usize + usize::from(spot.references),
        );
        carry(path, frame, &mut made, &frame_now, to, old, new).map_err(stuck)?;
        made.frames.push(frame_now);
        caller = Some((spot.instr, frame_now));
    }
    Ok(made)
}

fn room(path: &mut Path, scalars: usize, references: usize) {
    if path.scalars.len() < scalars {
        path.scalars.resize(scalars, 0);
    }
    if path.references.len() < references {
        path.references.resize_with(references, Value::default);
    }
}

/// Copies what is kept at a frame's place.
fn carry(
    from: &Path,
    frame: &Frame,
    to: &mut Path,
    frame_now: &Frame,
    plan: &Move,
    old: &Loaded,
    new: &Loaded,
) -> Result<(), Misfit> {
    for carry in &plan.carries {
        let was = Typed { program: old.program(), id: carry.from.ty };
        let is = Typed { program: new.program(), id: carry.to.ty };
        let register = usize::from(carry.from.register);
        let value = match carry.from.bank {
            Bank::Scalar => {
                let scalar = from.scalars.get(frame.scalars as usize + register).copied().unwrap_or(0);
                match was.ty() {
                    Some(Type::Bool) => Value::Bool(scalar != 0),
                    _ => Value::Int(scalar),
                }
            }
            Bank::Reference => from.references.get(frame.references as usize + register).cloned().unwrap_or_default(),
        };
        let value = convert(was, is, &value, DEPTH_MAX)
            .map_err(|why| Misfit::breaks(format!("{} {why}", named(&carry.to.name))))?;
        let value = match &carry.arms {
            None => value,
            Some(fates) => offered(&value, fates)?,
        };
        let register = usize::from(carry.to.register);
        match carry.to.bank {
            Bank::Scalar => {
                let slot = to.scalars.get_mut(frame_now.scalars as usize + register);
                if let (Some(slot), Some(scalar)) = (slot, value.as_int()) {
                    *slot = scalar;
                }
            }
            Bank::Reference => {
                if let Some(slot) = to.references.get_mut(frame_now.references as usize + register) {
                    *slot = value;
                }
            }
        }
    }
    Ok(())
}

/// Which options were offered, by their numbers in the new version.
fn offered(arms: &Value, fates: &[Fate]) -> Result<Value, Misfit> {
    let Value::List(arms) = arms else { return Err(Misfit::breaks("the list of options is none")) };
    let now = |arm: &Value| {
        let fate = arm.as_int().and_then(|arm| fates.get(usize::try_from(arm).ok()?));
        let fate = fate.ok_or_else(|| Misfit::breaks("an option was offered that its program does not have"))?;
        fate.goes().map(|to| Value::Int(to.into()))
    };
    Ok(Value::List(Arc::new(arms.iter().map(now).collect::<Result<_, _>>()?)))
}

fn named(name: &str) -> String {
    if name.is_empty() { "an intermediate value".to_owned() } else { format!("`{name}`") }
}

/// The number of a path's branch in the join of the new program: the one with its name.
fn branch(path: &Path, run: &Run, old: &Loaded, new: &Loaded, plan: &Plan) -> Result<u16, Option<Stuck>> {
    let parent = run.paths.iter().find(|other| other.id == path.parent).ok_or(None)?;
    let frame = parent.frames.last().ok_or(None)?;
    let (place, _) = old.spot_at(frame.function, frame.pc).ok_or(None)?;
    let to = plan.place(place).map_err(|misfit| Some(Stuck { place, misfit }))?;
    let paths = |loaded: &Loaded, place: u16| match loaded.program().places.get(usize::from(place)).map(|it| &it.kind) {
        Some(PlaceKind::Join { paths, .. }) => Some(paths.iter().map(|path| path.name.clone()).collect::<Vec<_>>()),
        _ => None,
    };
    let (was, is) = (paths(old, place).ok_or(None)?, paths(new, to.place).ok_or(None)?);
    let name = was.get(usize::from(path.branch)).ok_or(None)?;
    let found = is.iter().position(|other| other == name).and_then(|at| u16::try_from(at).ok());
    found.ok_or_else(|| Some(Stuck { place, misfit: Misfit::breaks("the new version has other paths there") }))
}

/// The result of a branch that has finished, for the new program; `None` where it cannot be told what that is.
fn finished(path: &Path, place: u16, result: &Value, old: &Loaded, new: &Loaded, plan: &Plan) -> Option<Value> {
    let to = plan.place(place).ok()?.place;
    let result_type = |loaded: &Loaded, place: u16, branch: usize| {
        let program = loaded.program();
        let place = program.places.get(usize::from(place))?;
        let PlaceKind::Join { paths, .. } = &place.kind else { return None };
        let name = &paths.get(branch)?.name;
        let flow = super::keys::split(&place.key).0;
        let mut found = program.functions.iter().filter(|function| {
            function.kind == FunctionKind::Path
                && super::keys::split(&function.name).0 == flow
                && function.name.rsplit('/').next() == Some(&**name)
        });
        let only = found.next()?.result;
        found.all(|other| other.result == only).then_some((only, name.clone()))
    };
    let (was, name) = result_type(old, place, usize::from(path.branch))?;
    let PlaceKind::Join { paths, .. } = &new.program().places.get(usize::from(to))?.kind else { return None };
    let (is, _) = result_type(new, to, paths.iter().position(|other| other.name == name)?)?;
    let typed = |loaded: &'_ Loaded, id| (loaded.program().clone(), id);
    let ((was_program, was), (is_program, is)) = (typed(old, was), typed(new, is));
    convert(Typed { program: &was_program, id: was }, Typed { program: &is_program, id: is }, result, DEPTH_MAX).ok()
}
