//! Paths: forked, finished, failed, cancelled, joined.

use super::run::{Path, PathState};
use super::step::{Turn, instr_at, join_of, out_of_range, place_of};
use super::{Fault, Status};
use flow_bytecode::program::{JoinMode, Place};
use flow_bytecode::{Failure, Value};
use std::sync::Arc;

impl Turn<'_> {
    /// A path has come to a join: its branches begin.
    pub fn join(&mut self, at: usize, forks: Vec<Path>) -> Result<(), Fault> {
        let revision = self.next_revision();
        let parent = self.path_mut(at)?;
        parent.revision = revision;
        parent.state = PathState::Joining;
        let parent = parent.id;
        let branches = join_of(self.join_place(at)?)?.1.len();
        if branches != forks.len() {
            return Err(Fault(format!("a join of {branches} paths after {} forks", forks.len())));
        }
        for mut fork in forks {
            // Ids are reused: they stay below the limit, and revisions tell their waits apart.
            let used = self.run.paths.iter().enumerate().find(|(index, path)| usize::from(path.id) != *index);
            let index = used.map_or(self.run.paths.len(), |(index, _)| index);
            fork.id = u16::try_from(index).map_err(|_| out_of_range("path"))?;
            fork.parent = parent;
            self.run.paths.insert(index, fork);
        }
        match self.run.paths.iter().position(|path| path.id == parent) {
            Some(at) if branches == 0 => self.path_mut(at)?.advance(),
            _ => Ok(()),
        }
    }

    fn join_place(&self, at: usize) -> Result<&Place, Fault> {
        let instr = instr_at(self.cx.program, self.path(at)?.top()?)?;
        place_of(self.cx.program, instr.bc())
    }

    fn is_main(&self, at: usize) -> Result<bool, Fault> {
        let path = self.path(at)?;
        Ok(path.id == path.parent)
    }

    /// A path has finished.
    pub fn done(&mut self, at: usize, result: Value) -> Result<(), Fault> {
        if self.is_main(at)? {
            if self.run.failing.is_some() {
                return self.take_back();
            }
            self.ended = Some(Status::Finished(result));
            return Ok(());
        }
        let path = self.path_mut(at)?;
        path.state = PathState::Done(result);
        path.release();
        let (parent, branch) = (path.parent, path.branch);
        self.try_join(parent, branch, None)
    }

    /// A path has failed, uncaught.
    pub fn failed(&mut self, at: usize, failure: Arc<Failure>) -> Result<(), Fault> {
        let outcome_of = self.outcome_of;
        if self.is_main(at)? {
            if self.run.failing.is_some() {
                self.undo_failed.push((*failure).clone());
                self.forget(0);
                return self.take_back();
            }
            if !self.run.undo.is_empty() {
                return self.fail(failure);
            }
            // At the call itself, and because of its outcome: only then is there something to do again.
            let frame = *self.path(at)?.top()?;
            let here = failure.origin == Some((frame.function, frame.pc));
            let call = instr_at(self.cx.program, &frame)?.op == flow_bytecode::Op::ActExternal;
            let path = self.path_mut(at)?;
            match outcome_of {
                Some(effect) if here && call => path.state = PathState::Failed(effect, failure),
                _ => self.ended = Some(Status::Failed { failure: (*failure).clone(), retryable: false }),
            }
            return Ok(());
        }
        let path = self.path_mut(at)?;
        path.state = PathState::Dead;
        path.release();
        let (id, parent, branch) = (path.id, path.parent, path.branch);
        self.cancel_children(id);
        let at = self.position(parent)?;
        let name = join_of(self.join_place(at)?)?.1.get(usize::from(branch)).map(|path| path.name.clone());
        self.failed_paths.push((name.unwrap_or_default(), (*failure).clone()));
        self.try_join(parent, branch, Some(failure))
    }

    /// A branch has ended: goes on with its parent when that was what it waited for.
    fn try_join(&mut self, parent: u16, branch: u16, failure: Option<Arc<Failure>>) -> Result<(), Fault> {
        let at = self.position(parent)?;
        let instr = instr_at(self.cx.program, self.path(at)?.top()?)?;
        let program = self.cx.program;
        let (mode, branches) = join_of(place_of(program, instr.bc())?)?;
        let running = self.children(parent).any(|path| !matches!(path.state, PathState::Done(_) | PathState::Dead));
        match (mode, failure) {
            (JoinMode::First, None) => {}
            (_, _) if running => return Ok(()),
            (JoinMode::First, Some(failure)) => {
                self.cancel_children(parent);
                let at = self.position(parent)?;
                // Raised anew where the paths meet: that is where the flow can catch it.
                let failure = Failure { origin: None, ..(*failure).clone() };
                self.path_mut(at)?.state = PathState::Runnable(Some(Arc::new(failure)));
                return Ok(());
            }
            (JoinMode::All, _) => {}
        }
        let mut results: Vec<Option<Value>> = vec![None; branches.len()];
        for path in &mut self.run.paths {
            if path.parent != parent || path.id == parent || (*mode == JoinMode::First && path.branch != branch) {
                continue;
            }
            if let (PathState::Done(result), Some(slot)) = (&mut path.state, results.get_mut(usize::from(path.branch)))
            {
                *slot = Some(std::mem::take(result));
            }
        }
        self.cancel_children(parent);
        let at = self.position(parent)?;
        let path = self.path_mut(at)?;
        for (branch, result) in branches.iter().zip(results) {
            path.set_scalar(branch.done, i64::from(result.is_some()))?;
            path.set_reference(branch.result, result.unwrap_or_default())?;
        }
        path.advance()
    }

    fn children(&self, parent: u16) -> impl Iterator<Item = &Path> {
        self.run.paths.iter().filter(move |path| path.parent == parent && path.id != parent)
    }

    fn position(&self, id: u16) -> Result<usize, Fault> {
        self.run.paths.iter().position(|path| path.id == id).ok_or_else(|| out_of_range("path"))
    }

    /// Removes every path below one, and what they asked for in this step.
    pub fn cancel_children(&mut self, parent: u16) {
        let mut gone = vec![parent];
        let mut next = 0;
        while let Some(above) = gone.get(next).copied() {
            gone.extend(self.children(above).map(|path| path.id));
            next += 1;
        }
        for id in gone.into_iter().skip(1) {
            self.forget(id);
            self.run.paths.retain(|path| path.id != id);
            self.cx.paths_left += 1;
        }
    }
}

impl Path {
    /// Lets go of frames and registers.
    fn release(&mut self) {
        self.frames = Vec::new();
        self.scalars = Vec::new();
        self.references = Vec::new();
    }
}
