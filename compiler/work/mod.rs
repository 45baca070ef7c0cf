//! Counts what is done, in tests: whether twice the input takes twice the work can be told so without a clock.
//!
//! Counted are visits and comparisons of what has once been gone through too often: places, patterns, nodes of a program,
//! names that are guessed at, flows that are looked at again. Outside of tests nothing of it is left.

#[cfg(test)]
mod tests;

#[cfg(test)]
thread_local! {
    static DONE: std::cell::Cell<Option<u64>> = const { std::cell::Cell::new(None) };
}

/// So much has been done.
#[inline(always)]
pub(crate) fn done(amount: usize) {
    #[cfg(test)]
    DONE.with(|done| done.set(done.get().map(|done| done + amount as u64)));
    #[cfg(not(test))]
    let _ = amount;
}

/// Whether work is counted on this thread, so that it has to be done here.
#[inline(always)]
pub(crate) fn is_counted() -> bool {
    #[cfg(test)]
    return DONE.with(|done| done.get().is_some());
    #[cfg(not(test))]
    false
}

/// How much is done by this.
#[cfg(test)]
fn counted(work: impl FnOnce()) -> u64 {
    DONE.with(|done| done.set(Some(0)));
    work();
    DONE.with(|done| done.replace(None)).unwrap_or_default()
}
