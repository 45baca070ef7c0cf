//! Flows that are paused: their births and wakes are held, in the order in which they came, until they are not.

use super::desk::Desk;
use super::follow::FollowWake;
use super::job::Done;
use super::outcome::Verdict;
use super::person;
use super::turn::{Told, Trouble, TurnWake};
use super::view::{Answered, RunId};
use crate::store::{InboxRow, RunFilter, RunRow, RunStatus};

/// Runs looked at in one go when a flow is no longer paused.
const PAGE: usize = 1_000;

/// Holds a flow, or no longer; whether that is news.
pub(super) fn pause(desk: &mut Desk, flow: &str, on: bool) -> Result<Done, Trouble> {
    let newest = match person::newest(desk, flow)? {
        Ok(newest) => newest,
        Err(error) => return Ok(Done::Refused(error)),
    };
    let id = newest.name_id();
    let now = desk.now;
    let changed = desk.txn.pause(id, on.then_some(now))?;
    desk.memory.paused_or_not();
    if !on {
        // A person's deed: it may take a while, and what it wakes goes on a few at a time.
        let status = vec![RunStatus::Ready, RunStatus::Waiting];
        let mut filter = RunFilter { status, flow: Some(id), limit: PAGE, ..RunFilter::default() };
        loop {
            let page = desk.txn.runs(&filter)?;
            desk.inboxes.extend(page.iter().map(|run| run.id));
            match page.last() {
                Some(last) if page.len() == PAGE => filter.before = Some(last.id),
                _ => break,
            }
        }
        desk.inboxes.sort_unstable();
    }
    Ok(Done::Paused(changed))
}

/// Whether a wake is held while a flow is paused. What a person decides about one run is not.
fn is_held(wake: &TurnWake) -> bool {
    match wake {
        TurnWake::Cancel | TurnWake::Retry | TurnWake::Resolve(_) | TurnWake::Decide(_) => false,
        TurnWake::Follow(FollowWake::Replaced | FollowWake::Erased) => false,
        // Another attempt, or a doubt, moves nothing.
        TurnWake::Outcome { verdict, .. } => matches!(verdict, Verdict::Finished(_) | Verdict::Adopted(_)),
        _ => true,
    }
}

/// Puts the wakes of a paused flow's run where they are found again. Those that are not held are given back.
pub(super) fn hold(
    desk: &mut Desk,
    row: &mut RunRow,
    wakes: &mut dyn Iterator<Item = TurnWake>,
) -> Result<Result<Vec<Told>, Vec<TurnWake>>, Trouble> {
    let wakes: Vec<TurnWake> = wakes.collect();
    if !wakes.iter().all(is_held) {
        return Ok(Err(wakes));
    }
    let mut told = Vec::new();
    for wake in wakes {
        let held = match wake {
            TurnWake::Due => {
                row.due = None;
                desk.txn.save_run(row)?;
                FollowWake::Due
            }
            TurnWake::Follow(FollowWake::Begin) => {
                told.push(Told::Nothing);
                continue;
            }
            TurnWake::Follow(follow) => follow,
            TurnWake::Answer { at, answer } => {
                keep(desk, row.id, &FollowWake::Answer { at, answer })?;
                told.push(Told::Answered(Answered::Accepted(RunId(row.id))));
                continue;
            }
            TurnWake::Outcome {
                path,
                effect,
                verdict: Verdict::Finished(outcome) | Verdict::Adopted(outcome),
                kept,
            } => {
                if let Some(kept) = kept {
                    kept.finish(desk, (row.id, effect), &outcome)?;
                    desk.announce_changes()?;
                }
                // The request is over; what became of it is in the inbox.
                desk.txn.delete_intent(row.id, path, effect)?;
                FollowWake::Outcome { path, effect, outcome }
            }
            _ => continue,
        };
        keep(desk, row.id, &held)?;
        told.push(Told::Nothing);
    }
    Ok(Ok(told))
}

fn keep(desk: &mut Desk, run: i64, wake: &FollowWake) -> Result<(), Trouble> {
    let mut row = InboxRow { id: 0, run, at: desk.now, delivery: None, payload: wake.encode() };
    desk.txn.add_inbox(&mut row)?;
    Ok(())
}
