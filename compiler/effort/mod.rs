//! Counts the effort that is spent, in tests: whether twice the input takes twice the work can be told so without a clock.
//!
//! Counted are visits and comparisons of what has once been gone through too often: places, patterns, nodes of a program,
//! names that are guessed at, flows that are looked at again. Outside of tests nothing of it is left.

#[cfg(test)]
mod tests;

#[cfg(test)]
thread_local! {
    static SPENT: std::cell::Cell<Option<u64>> = const { std::cell::Cell::new(None) };
}

/// So much has been spent.
#[inline(always)]
pub(crate) fn spent(amount: usize) {
    #[cfg(test)]
    SPENT.with(|spent| spent.set(spent.get().map(|spent| spent + amount as u64)));
    #[cfg(not(test))]
    let _ = amount;
}

/// Whether work is counted on this thread, so that it has to be done here.
#[inline(always)]
pub(crate) fn is_counted() -> bool {
    #[cfg(test)]
    return SPENT.with(|spent| spent.get().is_some());
    #[cfg(not(test))]
    false
}

/// How much is spent on this.
#[cfg(test)]
fn counted(work: impl FnOnce()) -> u64 {
    SPENT.with(|spent| spent.set(Some(0)));
    work();
    SPENT.with(|spent| spent.replace(None)).unwrap_or_default()
}
