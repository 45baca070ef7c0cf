//! Checks a program before it first runs.

mod access;
mod again;
mod entries;
mod facts;
mod flow;
mod registers;
mod shape;
mod tables;

use crate::parallel;
use crate::program::Program;

/// What is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifyError {
    /// Index of the function, if the error is in one.
    pub function: Option<u16>,
    /// Its instruction.
    pub pc: Option<u16>,
    /// A sentence.
    pub message: String,
}

impl std::fmt::Display for VerifyError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.function, self.pc) {
            (Some(function), Some(pc)) => write!(f, "function {function} at {pc}: {}", self.message),
            (Some(function), None) => write!(f, "function {function}: {}", self.message),
            _ => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for VerifyError {}

/// Errors told, at most.
const ERRORS_MAX: usize = 64;
/// From so many functions on, several are checked at a time.
const PARALLEL_FUNCTIONS: usize = 200;
/// Nothing here recurses.
const STACK_BYTES: usize = 512 << 10;

/// Checks a program: after it the machine meets no index, register, type or jump that is not there.
///
/// # Errors
/// Everything found, by function and instruction; at most 64 of them.
pub fn verify(program: &Program) -> Result<(), Vec<VerifyError>> {
    let (errors, _) = follow(program);
    match errors.is_empty() {
        true => Ok(()),
        false => Err(errors.found),
    }
}

/// How much is looked at to verify a program: instructions followed, ways, and what is compared where they meet. It tells without a
/// clock what a larger program costs.
pub fn effort(program: &Program) -> u64 {
    follow(program).1
}

fn follow(program: &Program) -> (Errors, u64) {
    let mut errors = Errors { found: Vec::new() };
    let mut effort = 0;
    tables::check(program, &mut errors);
    if errors.is_empty() {
        entries::check(program, &mut errors);
    }
    if errors.is_empty() {
        let places = places_by_function(program);
        let functions: Vec<_> = (0u16..).zip(program.functions.iter().zip(&places)).collect();
        let much = functions.len() >= PARALLEL_FUNCTIONS;
        let found = parallel::map(&functions, much, STACK_BYTES, |(index, (function, places))| {
            let mut errors = Errors { found: Vec::new() };
            let effort = flow::check(program, *index, function, places, &mut errors);
            (errors.found, effort)
        });
        effort = found.iter().map(|(_, effort)| effort).sum();
        errors.found = found.into_iter().flat_map(|(found, _)| found).take(ERRORS_MAX).collect();
    }
    (errors, effort)
}

/// The places that stand in one function: (instruction, index of the place), by instruction.
type PlacesOf<'a> = &'a [(u16, u16)];

fn places_by_function(program: &Program) -> Vec<Vec<(u16, u16)>> {
    let mut places = vec![Vec::new(); program.functions.len()];
    for (index, place) in (0u16..).zip(&program.places) {
        if let Some(places) = places.get_mut(usize::from(place.function)) {
            places.push((place.pc, index));
        }
    }
    places.iter_mut().for_each(|places| places.sort_unstable());
    places
}

/// What was found so far.
struct Errors {
    found: Vec<VerifyError>,
}

impl Errors {
    fn table(&mut self, message: &str) {
        self.add(None, None, message);
    }

    fn at(&mut self, function: u16, pc: Option<usize>, message: &str) {
        self.add(Some(function), pc.and_then(|pc| u16::try_from(pc).ok()), message);
    }

    fn add(&mut self, function: Option<u16>, pc: Option<u16>, message: &str) {
        let error = VerifyError { function, pc, message: message.to_owned() };
        if !self.many() && !self.found.contains(&error) {
            self.found.push(error);
        }
    }

    fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    fn many(&self) -> bool {
        self.found.len() >= ERRORS_MAX
    }
}
