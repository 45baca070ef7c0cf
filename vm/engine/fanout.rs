//! A change to what many look at. Few are told in the transaction of the change; more are told a page at a time, each page
//! in a transaction of its own, so that nobody else waits for them. How far that has come is a row in the store.

use super::audience;
use super::desk::Desk;
use super::follow::{Follow, FollowWake};
use super::turn::Trouble;
use crate::machine::Limits;
use crate::store::{FanoutRow, StoreResult, Subject};

/// Who is told at once, at most; and who is told in one go later.
const PAGE: usize = 128;
/// Every run was told.
const NO_RUN: i64 = i64::MAX;
/// Every condition that belongs to no run was looked at.
const NO_LOOK: (i64, i64) = (i64::MAX, i64::MAX);
/// Before the first of them.
const FIRST_LOOK: (i64, i64) = (-1, -1);

/// Wakes the runs with conditions on a record that has changed.
pub(super) fn wake(desk: &mut Desk, subject: Subject) -> StoreResult<()> {
    let waiting = desk.txn.waiting_for_change(subject, PAGE + 1)?;
    if waiting.len() > PAGE {
        return later(desk, FanoutRow { id: 0, subject, run: 0, look: NO_LOOK, at: desk.now });
    }
    desk.follows.extend(waiting.into_iter().map(|run| Follow { run, wake: FollowWake::Changed }));
    Ok(())
}

/// Looks again at the conditions of audiences and goals that have read a record.
pub(super) fn look_again(desk: &mut Desk, limits: &Limits, subject: Subject) -> Result<(), Trouble> {
    let lookers = desk.txn.lookers(subject, FIRST_LOOK, PAGE + 1)?;
    if lookers.len() > PAGE {
        return Ok(later(desk, FanoutRow { id: 0, subject, run: NO_RUN, look: FIRST_LOOK, at: desk.now })?);
    }
    audience::look_again(desk, limits, &lookers)
}

/// One that has not begun tells of this change as well.
fn later(desk: &mut Desk, mut row: FanoutRow) -> StoreResult<()> {
    let begun = (row.run, row.look);
    if desk.txn.fanouts_of(row.subject)?.iter().all(|other| (other.run, other.look) != begun) {
        desk.txn.put_fanout(&mut row)?;
    }
    desk.fans_out = true;
    Ok(())
}

/// The next page of the oldest.
pub(super) fn page(desk: &mut Desk, limits: &Limits) -> Result<(), Trouble> {
    let Some(mut row) = desk.txn.next_fanout()? else { return Ok(()) };
    if row.run != NO_RUN {
        let runs = desk.txn.changed_after(row.subject, row.run, PAGE)?;
        row.run = runs.last().filter(|_| runs.len() == PAGE).copied().unwrap_or(NO_RUN);
        desk.follows.extend(runs.into_iter().map(|run| Follow { run, wake: FollowWake::Changed }));
    } else if row.look != NO_LOOK {
        let lookers = desk.txn.lookers(row.subject, row.look, PAGE)?;
        row.look = lookers.last().filter(|_| lookers.len() == PAGE).copied().unwrap_or(NO_LOOK);
        audience::look_again(desk, limits, &lookers)?;
    }
    match row.run == NO_RUN && row.look == NO_LOOK {
        true => desk.txn.delete_fanout(row.id)?,
        false => desk.txn.put_fanout(&mut row)?,
    }
    desk.fans_out |= desk.txn.next_fanout()?.is_some();
    Ok(())
}
