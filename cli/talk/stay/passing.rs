//! Time that passes at once, where that was asked for.

use super::Stay;
use crate::io::Io;
use crate::trouble::Trouble;
use flow_vm::engine::Watched;
use flow_vm::seam::Clock;

impl Stay<'_> {
    /// Lets the time pass to the next moment something happens; false where it cannot.
    pub(super) fn pass_time(&mut self, until: Option<i64>, io: &mut Io) -> Result<bool, Trouble> {
        let (Some(clock), Some(until)) = (&self.company.fast_forward, until) else { return Ok(false) };
        let from = clock.now_us();
        clock.advance_to(until);
        self.begin(io)?;
        self.face.jumped(from, &self.session.moments(), io)?;
        self.session.control.run_until_idle()?;
        Ok(true)
    }

    /// Lets the pause before a call's next attempt pass, where nothing is under way meanwhile.
    pub(super) fn pass_pause(&mut self, watched: &Watched, io: &mut Io) -> Result<(), Trouble> {
        let Some(clock) = &self.company.fast_forward else { return Ok(()) };
        let now = clock.now_us();
        let calls = self.session.control.show(watched.run.run)?.calls;
        let pauses: Option<Vec<i64>> =
            calls.iter().map(|call| call.not_before.filter(|moment| call.attempt > 0 && *moment > now)).collect();
        let next = pauses.and_then(|pauses| pauses.into_iter().min());
        if next.is_some() {
            self.pass_time(earliest(next, watched.run.until), io)?;
        }
        Ok(())
    }
}

/// The earlier of two moments that may be missing.
pub(super) fn earliest(one: Option<i64>, other: Option<i64>) -> Option<i64> {
    one.into_iter().chain(other).min()
}
