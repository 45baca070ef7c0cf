//! What a step has used up. Counters, never a clock.

use super::Limits;
use super::raise::{Outcome, Raise};
use super::run::Busy;
use flow_bytecode::Value;

/// What this step has used up.
#[derive(Debug)]
pub(crate) struct Meter {
    /// Jumps backwards and calls left before failure `.limit`.
    edges_left: u64,
    /// Instructions, counted when jumping backwards (by the distance) and calling (by the length of the callee).
    instructions: u64,
    /// Bytes made.
    bytes: u64,
    /// Local effects.
    effects: u32,
    /// Calls that leave the machine.
    calls: u32,
    /// Failures caught after the fuel was gone.
    last_catches: u32,
    limits: Limits,
}

impl Meter {
    /// Nothing used yet.
    pub fn new(limits: &Limits) -> Self {
        Meter {
            edges_left: limits.back_edges_max,
            instructions: 0,
            bytes: 0,
            effects: 0,
            calls: 0,
            last_catches: 0,
            limits: *limits,
        }
    }

    /// The limits it measures against.
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Goes on after steps that did not end with a wait.
    pub fn carry(&mut self, busy: Busy) {
        self.edges_left = self.edges_left.saturating_sub(busy.rounds);
        self.calls = self.calls.saturating_add(busy.calls);
    }

    /// What has been used up, what was carried included.
    pub fn busy(&self) -> Busy {
        Busy { rounds: self.limits.back_edges_max - self.edges_left, calls: self.calls }
    }

    /// A call that leaves the machine.
    pub fn call(&mut self) -> Outcome<()> {
        if self.calls >= self.limits.calls_max {
            return Err(Raise::limit(format!("more than {} calls with no wait between them", self.limits.calls_max)));
        }
        self.calls += 1;
        Ok(())
    }

    /// A jump backwards over so many instructions, or a call of a function of that length.
    #[inline(always)]
    pub fn edge(&mut self, instructions: usize) -> Outcome<()> {
        self.instructions += instructions as u64;
        match self.edges_left.checked_sub(1) {
            Some(left) => {
                self.edges_left = left;
                Ok(())
            }
            None => Err(endless(self.limits.back_edges_max)),
        }
    }

    /// Bytes made, or looked at one by one.
    #[inline(always)]
    pub fn produce(&mut self, bytes: usize) -> Outcome<()> {
        self.bytes += bytes as u64;
        if self.bytes > self.limits.live_bytes_max {
            return Err(Raise::limit(format!(
                "one step made more than {} bytes of values",
                self.limits.live_bytes_max
            )));
        }
        Ok(())
    }

    /// A container of so many items.
    #[inline(always)]
    pub fn container(&mut self, items: usize) -> Outcome<()> {
        if items > self.limits.items_max {
            return Err(Raise::limit(format!("a list or map would have more than {} items", self.limits.items_max)));
        }
        self.produce(items * size_of::<Value>())
    }

    /// A text of so many bytes.
    #[inline(always)]
    pub fn text(&mut self, bytes: usize) -> Outcome<()> {
        if bytes > self.limits.text_bytes_max {
            return Err(Raise::limit(format!("a text would be longer than {} bytes", self.limits.text_bytes_max)));
        }
        self.produce(bytes)
    }

    /// Whether one more failure may be caught. A handler that is out of fuel itself still gets some, so that it can tell
    /// somebody; not for ever, or a handler that covers itself would never end.
    pub fn catch(&mut self) -> bool {
        match self.edges_left.checked_sub(1) {
            Some(left) => self.edges_left = left,
            None => self.last_catches += 1,
        }
        self.last_catches <= 256
    }

    /// A local effect.
    pub fn effect(&mut self) {
        self.effects += 1;
    }

    /// Whether the step should end at the next pause.
    pub fn used_up(&self) -> bool {
        self.instructions >= self.limits.step_instructions
            || self.effects >= self.limits.step_effects
            || self.bytes >= self.limits.step_bytes
    }
}

#[cold]
fn endless(rounds: u64) -> Raise {
    Raise::limit(format!("a loop went round more than {rounds} times without waiting"))
}
