//! Runs that have not begun and must wait: behind another in a queue, or for their flow to be unpaused.

use super::births::{may_begin, release};
use super::desk::Desk;
use super::follow::FollowWake;
use super::journal::{Cause, Stop, Turn as Row};
use super::turn::{self, Rules, Told, Trouble, TurnWake};
use super::view::{Answered, RunId};
use crate::store::{RunRow, RunStatus};

/// Wakes for a run that is held: it begins when it may, and can be cancelled.
pub(super) fn take(
    desk: &mut Desk,
    rules: &Rules,
    mut row: RunRow,
    wakes: &mut dyn Iterator<Item = TurnWake>,
) -> Result<Vec<Told>, Trouble> {
    let run = RunId(row.id);
    let mut told = Vec::new();
    for wake in wakes {
        let cause = match wake {
            TurnWake::Cancel => Cause::Cancel,
            TurnWake::Follow(FollowWake::Replaced) => Cause::Replaced,
            TurnWake::Follow(FollowWake::Erased) => Cause::Erased,
            TurnWake::Due | TurnWake::Follow(FollowWake::Begin) => {
                if row.status == RunStatus::Waiting && may_begin(desk, &row)? {
                    release(desk, &mut row)?;
                } else if row.due.is_some() {
                    // Not yet its turn: it would be asked for ever.
                    row.due = None;
                    desk.txn.save_run(&mut row)?;
                }
                told.push(Told::Nothing);
                continue;
            }
            TurnWake::Answer { .. } => {
                told.push(Told::Answered(Answered::NotWaiting));
                continue;
            }
            TurnWake::Retry | TurnWake::Resolve(_) | TurnWake::Decide(_) => {
                let message = "has not begun".to_owned();
                told.push(Told::Refused(super::error::EngineError::State { run, message }));
                continue;
            }
            TurnWake::Outcome { .. } | TurnWake::Follow(_) => {
                told.push(Told::Nothing);
                continue;
            }
        };
        told.push(Told::Done);
        cancel(desk, &mut row, cause)?;
        return Ok(told);
    }
    if row.status == RunStatus::Ready {
        turn::take(desk, rules, row.id, &mut std::iter::once(TurnWake::Due))?;
    }
    Ok(told)
}

fn cancel(desk: &mut Desk, row: &mut RunRow, cause: Cause) -> Result<(), Trouble> {
    let turn = Row { program: row.program, causes: vec![cause], did: Vec::new(), stop: Stop::Cancelled };
    let mut payload = Vec::new();
    turn.encode(&mut payload);
    row.journal = desk.txn.append_journal(row.id, row.journal, desk.now, &payload)?;
    row.status = RunStatus::Cancelled;
    row.updated_at = desk.now;
    // Nothing is left to begin.
    row.snapshot.clear();
    super::envelope::Envelope::default().write(&mut row.snapshot);
    desk.txn.save_run(row)?;
    desk.txn.unwatch(row.id)?;
    super::births::next_in_queue(desk, row.flow, row.subject)
}
