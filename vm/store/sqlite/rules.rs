//! What flows' headers remember.

use super::core::{damaged, rows, verify};
use super::crc::Crc;
use super::read::HasCore;
use super::txn::SqliteTxn;
use crate::store::{
    CONDITIONS, FanoutRow, GoalRow, NameId, ReadRules, StoreResult, Subject, Tally, TimerRow, WriteRules,
};
use rusqlite::{Row, params};

fn timer_crc(timer: &TimerRow) -> i64 {
    Crc::of(b't').int(timer.flow).int(timer.trigger.into()).int(timer.record).int(timer.due).text(&timer.spec).end()
}

const TIMER: &str = "flow, trigger, record, due, spec, crc";

/// Reads a timer, columns in order of the table.
pub(super) fn read_timer(row: &Row<'_>) -> rusqlite::Result<TimerRow> {
    let timer =
        TimerRow { flow: row.get(0)?, trigger: row.get(1)?, record: row.get(2)?, due: row.get(3)?, spec: row.get(4)? };
    verify(row.get(5)?, timer_crc(&timer))?;
    Ok(timer)
}

pub(super) fn goal_crc(goal: &GoalRow) -> i64 {
    Crc::of(b'g')
        .int(goal.run)
        .int(goal.flow)
        .int(goal.program)
        .opt(goal.until)
        .opt(goal.reached)
        .bytes(&goal.args)
        .end()
}

/// Reads a goal, columns in order of the table.
pub(super) fn read_goal(row: &Row<'_>) -> rusqlite::Result<GoalRow> {
    let goal = GoalRow {
        run: row.get(0)?,
        flow: row.get(1)?,
        program: row.get(2)?,
        until: row.get(3)?,
        reached: row.get(4)?,
        args: row.get(5)?,
    };
    verify(row.get(6)?, goal_crc(&goal))?;
    Ok(goal)
}

fn entry_crc(flow: NameId, key: &str, at: i64) -> i64 {
    Crc::of(b'o').int(flow).text(key).int(at).end()
}

/// Reads an entry, columns in order of the table.
pub(super) fn read_entry(row: &Row<'_>) -> rusqlite::Result<i64> {
    let at = row.get(2)?;
    verify(row.get(3)?, entry_crc(row.get(0)?, &row.get::<_, String>(1)?, at))?;
    Ok(at)
}

fn read_fanout(row: &Row<'_>) -> rusqlite::Result<FanoutRow> {
    Ok(FanoutRow {
        id: row.get(0)?,
        subject: Subject { kind: row.get(1)?, id: row.get(2)? },
        look: (row.get(3)?, row.get(4)?),
        run: row.get(5)?,
        at: row.get(6)?,
    })
}

impl<T: HasCore> ReadRules for T {
    fn last_entry(&mut self, flow: NameId, key: &str) -> StoreResult<Option<i64>> {
        let sql = "SELECT flow, key, at, crc FROM entries WHERE flow = ?1 AND key = ?2";
        self.core_mut().first_of("entries", flow, sql, params![flow, key], read_entry)
    }

    fn paused(&mut self) -> StoreResult<Vec<(NameId, i64)>> {
        let sql = "SELECT flow, at FROM paused ORDER BY flow";
        self.core_mut().list("paused", sql, [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn tallies(&mut self) -> StoreResult<Vec<(NameId, Tally, u64)>> {
        let sql = "SELECT flow, what, count FROM tallies ORDER BY flow, what";
        self.core_mut().list("tallies", sql, [], |row| {
            let what: u16 = row.get(1)?;
            let what = Tally::ALL.get(usize::from(what)).ok_or_else(|| damaged("it counts what is unknown"))?;
            Ok((row.get(0)?, *what, row.get::<_, i64>(2)?.unsigned_abs()))
        })
    }

    fn live_runs(&mut self, flow: NameId, subject: Option<Subject>) -> StoreResult<Vec<i64>> {
        match subject {
            Some(subject) => {
                let sql = "SELECT id FROM runs
                           WHERE subject_kind = ?1 AND subject = ?2 AND flow = ?3 AND status IN (0, 1) ORDER BY id";
                self.core_mut().list("runs", sql, [subject.kind, subject.id, flow], |row| row.get(0))
            }
            None => {
                let sql = "SELECT id FROM runs WHERE flow = ?1 AND subject IS NULL AND status IN (0, 1) ORDER BY id";
                self.core_mut().list("runs", sql, [flow], |row| row.get(0))
            }
        }
    }

    fn timers_due(&mut self, now: i64, limit: usize) -> StoreResult<Vec<TimerRow>> {
        let sql = format!("SELECT {TIMER} FROM timers WHERE due <= ?1 ORDER BY due, flow, trigger, record LIMIT ?2");
        self.core_mut().list("timers", &sql, params![now, rows(limit)], read_timer)
    }

    fn next_timer(&mut self) -> StoreResult<Option<i64>> {
        self.core_mut().first("SELECT due FROM timers ORDER BY due LIMIT 1", [], |row| row.get(0))
    }

    fn timer(&mut self, flow: NameId, trigger: u16, record: i64) -> StoreResult<Option<TimerRow>> {
        let sql = format!("SELECT {TIMER} FROM timers WHERE flow = ?1 AND trigger = ?2 AND record = ?3");
        self.core_mut().first_of("timers", flow, &sql, params![flow, trigger, record], read_timer)
    }

    fn timers_of(&mut self, flow: NameId, record: i64) -> StoreResult<Vec<TimerRow>> {
        let sql = format!("SELECT {TIMER} FROM timers WHERE flow = ?1 AND record = ?2 ORDER BY trigger");
        self.core_mut().list("timers", &sql, [flow, record], read_timer)
    }

    fn is_member(&mut self, flow: NameId, trigger: u16, record: i64) -> StoreResult<bool> {
        let sql = "SELECT 1 FROM members WHERE flow = ?1 AND trigger = ?2 AND record = ?3";
        let found = self.core_mut().first(sql, params![flow, trigger, record], |row| row.get::<_, i64>(0))?;
        Ok(found.is_some())
    }

    fn lookers(&mut self, subject: Subject, after: (i64, i64), limit: usize) -> StoreResult<Vec<(i64, i64)>> {
        let sql = "SELECT watcher, owner FROM looks
                   WHERE kind = ?1 AND record = ?2 AND (watcher, owner) > (?3, ?4) ORDER BY watcher, owner LIMIT ?5";
        let values = params![subject.kind, subject.id, after.0, after.1, rows(limit)];
        self.core_mut().list("looks", sql, values, |row| Ok((row.get(0)?, row.get(1)?)))
    }

    fn goal(&mut self, run: i64) -> StoreResult<Option<GoalRow>> {
        let sql = "SELECT run, flow, program, until, reached, args, crc FROM goals WHERE run = ?1";
        self.core_mut().first_of("goals", run, sql, [run], read_goal)
    }

    fn sends_since(&mut self, flow: NameId, subject: Subject, since: i64) -> StoreResult<u64> {
        let sql = "SELECT count(*) FROM sends WHERE flow = ?1 AND kind = ?2 AND record = ?3 AND at > ?4";
        let values = [flow, subject.kind, subject.id, since];
        Ok(self.core_mut().first(sql, values, |row| row.get::<_, i64>(0))?.unwrap_or(0).unsigned_abs())
    }

    fn next_fanout(&mut self) -> StoreResult<Option<FanoutRow>> {
        let sql = "SELECT id, kind, record, watcher, owner, run, at FROM fanouts ORDER BY id LIMIT 1";
        self.core_mut().first(sql, [], read_fanout)
    }

    fn fanouts_of(&mut self, subject: Subject) -> StoreResult<Vec<FanoutRow>> {
        let sql = "SELECT id, kind, record, watcher, owner, run, at FROM fanouts WHERE kind = ?1 AND record = ?2";
        self.core_mut().list("fanouts", sql, [subject.kind, subject.id], read_fanout)
    }

    fn changed_after(&mut self, subject: Subject, run: i64, limit: usize) -> StoreResult<Vec<i64>> {
        // Each half is a stretch of an index; the union of two short lists is short.
        let sql = "SELECT id FROM (
                     SELECT id FROM (SELECT id FROM runs
                       WHERE subject_kind = ?1 AND subject = ?2 AND id > ?3 AND events & ?4 <> 0 AND status IN (0, 1)
                       ORDER BY id LIMIT ?5)
                     UNION
                     SELECT id FROM (SELECT r.id AS id FROM watches w CROSS JOIN runs r ON r.id = w.run
                       WHERE w.kind = ?1 AND w.id = ?2 AND w.run > ?3 AND r.events & ?4 <> 0 AND r.status IN (0, 1)
                       ORDER BY w.run LIMIT ?5))
                   ORDER BY id LIMIT ?5";
        let values = params![subject.kind, subject.id, run, CONDITIONS, rows(limit)];
        self.core_mut().list("runs", sql, values, |row| row.get(0))
    }
}

impl WriteRules for SqliteTxn<'_> {
    fn put_entry(&mut self, flow: NameId, key: &str, at: i64) -> StoreResult<()> {
        let sql = "INSERT INTO entries (flow, key, at, crc) VALUES (?1, ?2, ?3, ?4)
                   ON CONFLICT DO UPDATE SET at = excluded.at, crc = excluded.crc";
        self.core().execute(sql, params![flow, key, at, entry_crc(flow, key, at)]).map(drop)
    }

    fn pause(&mut self, flow: NameId, at: Option<i64>) -> StoreResult<bool> {
        let changed = match at {
            Some(at) => self.core().execute("INSERT OR IGNORE INTO paused (flow, at) VALUES (?1, ?2)", [flow, at])?,
            None => self.core().execute("DELETE FROM paused WHERE flow = ?1", [flow])?,
        };
        Ok(changed > 0)
    }

    fn tally(&mut self, flow: NameId, what: Tally) -> StoreResult<()> {
        let sql = "INSERT INTO tallies (flow, what, count) VALUES (?1, ?2, 1)
                   ON CONFLICT DO UPDATE SET count = count + 1";
        self.core().execute(sql, [flow, what as i64]).map(drop)
    }

    fn put_timer(&mut self, timer: &TimerRow) -> StoreResult<()> {
        let sql = "INSERT INTO timers (flow, trigger, record, due, spec, crc) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                   ON CONFLICT DO UPDATE SET due = excluded.due, spec = excluded.spec, crc = excluded.crc";
        let values = params![timer.flow, timer.trigger, timer.record, timer.due, timer.spec.as_str(), timer_crc(timer)];
        self.core().execute(sql, values).map(drop)
    }

    fn delete_timer(&mut self, flow: NameId, trigger: u16, record: i64) -> StoreResult<bool> {
        let sql = "DELETE FROM timers WHERE flow = ?1 AND trigger = ?2 AND record = ?3";
        Ok(self.core().execute(sql, params![flow, trigger, record])? > 0)
    }

    fn delete_timers(&mut self, flow: NameId) -> StoreResult<()> {
        self.core().execute("DELETE FROM timers WHERE flow = ?1", [flow]).map(drop)
    }

    fn set_member(&mut self, flow: NameId, trigger: u16, record: i64, is: bool) -> StoreResult<()> {
        let sql = match is {
            true => "INSERT OR IGNORE INTO members (flow, trigger, record) VALUES (?1, ?2, ?3)",
            false => "DELETE FROM members WHERE flow = ?1 AND trigger = ?2 AND record = ?3",
        };
        self.core().execute(sql, params![flow, trigger, record]).map(drop)
    }

    fn clear_members(&mut self, flow: NameId) -> StoreResult<()> {
        self.core().execute("DELETE FROM members WHERE flow = ?1", [flow])?;
        self.core().execute("DELETE FROM looks WHERE watcher = ?1", [flow]).map(drop)
    }

    fn put_looks(&mut self, watcher: i64, owner: i64, read: &[Subject]) -> StoreResult<()> {
        self.core().execute("DELETE FROM looks WHERE watcher = ?1 AND owner = ?2", [watcher, owner])?;
        for subject in read {
            let sql = "INSERT OR IGNORE INTO looks (kind, record, watcher, owner) VALUES (?1, ?2, ?3, ?4)";
            self.core().execute(sql, [subject.kind, subject.id, watcher, owner])?;
        }
        Ok(())
    }

    fn put_goal(&mut self, goal: &GoalRow) -> StoreResult<()> {
        let sql = "INSERT OR REPLACE INTO goals (run, flow, program, until, reached, args, crc)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let values = params![goal.run, goal.flow, goal.program, goal.until, goal.reached, goal.args, goal_crc(goal)];
        self.core().execute(sql, values).map(drop)
    }

    fn purge_goals(&mut self, before: i64, limit: usize) -> StoreResult<u64> {
        let sql = "SELECT run FROM goals WHERE reached IS NULL AND until < ?1 ORDER BY until LIMIT ?2";
        let runs: Vec<i64> = self.core().list("goals", sql, params![before, rows(limit)], |row| row.get(0))?;
        for run in &runs {
            self.delete_goal(*run)?;
        }
        Ok(runs.len() as u64)
    }

    fn delete_goal(&mut self, run: i64) -> StoreResult<()> {
        self.core().execute("DELETE FROM goals WHERE run = ?1", [run])?;
        self.core().execute("DELETE FROM looks WHERE watcher = 0 AND owner = ?1", [run]).map(drop)
    }

    fn add_send(&mut self, flow: NameId, subject: Subject, at: i64, by: (i64, u32)) -> StoreResult<()> {
        let sql = "INSERT OR IGNORE INTO sends (flow, kind, record, at, run, effect) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        self.core().execute(sql, params![flow, subject.kind, subject.id, at, by.0, by.1]).map(drop)
    }

    fn purge_sends(&mut self, flow: NameId, subject: Subject, before: i64) -> StoreResult<()> {
        let sql = "DELETE FROM sends WHERE flow = ?1 AND kind = ?2 AND record = ?3 AND at <= ?4";
        self.core().execute(sql, [flow, subject.kind, subject.id, before]).map(drop)
    }

    fn put_fanout(&mut self, fanout: &mut FanoutRow) -> StoreResult<()> {
        if fanout.id == 0 {
            fanout.id = self.core_mut().next_id("fanouts")?;
        }
        let sql = "INSERT OR REPLACE INTO fanouts (id, kind, record, watcher, owner, run, at)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let (subject, look) = (fanout.subject, fanout.look);
        let values = [fanout.id, subject.kind, subject.id, look.0, look.1, fanout.run, fanout.at];
        self.core().execute(sql, values).map(drop)
    }

    fn delete_fanout(&mut self, id: i64) -> StoreResult<()> {
        self.core().execute("DELETE FROM fanouts WHERE id = ?1", [id]).map(drop)
    }
}
