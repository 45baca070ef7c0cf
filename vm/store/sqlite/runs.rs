//! Runs.

use super::core::{Core, damaged, rows, verify};
use super::crc::Crc;
use crate::store::row::StoredKeys;
use crate::store::{Parent, RunFailure, RunFilter, RunRow, RunStatus, StoreError, StoreResult, Subject, Written};
use rusqlite::types::Value as Sql;
use rusqlite::{Row, params, params_from_iter};
use std::sync::LazyLock;

pub(super) const COLUMNS: &str = "id, program, flow, status, subject_kind, subject, due, events, revision, epoch, attempts, \
     effects, journal, floor, asks_in, created_at, updated_at, parent, parent_effect, failure_kind, failure, result, snapshot, crc";

static SELECT: LazyLock<String> = LazyLock::new(|| format!("SELECT {COLUMNS} FROM runs WHERE id = ?1"));
static INSERT: LazyLock<String> = LazyLock::new(|| {
    let marks: Vec<_> = (1..=24).map(|at| format!("?{at}")).collect();
    format!("INSERT INTO runs ({COLUMNS}) VALUES ({})", marks.join(", "))
});

const DUE: usize = 1;
const STATUS: usize = 2;
const SUBJECT: usize = 4;
const OUTCOME: usize = 8;

/// An UPDATE for each set of columns that change: SQLite rewrites the entry of every index whose columns are named, even
/// when the value stays.
static UPDATES: LazyLock<Vec<String>> = LazyLock::new(|| {
    (0..16)
        .map(|what| {
            let mut sql = String::from("UPDATE runs SET revision = ?2 + 1");
            for (needed, columns) in [
                (0, "program = ?4, flow = ?5, events = ?6, attempts = ?7, effects = ?8, journal = ?9, floor = ?10, asks_in = ?11, updated_at = ?12"),
                (DUE, "due = ?13"),
                (STATUS, "status = ?14"),
                (SUBJECT, "subject_kind = ?15, subject = ?16"),
                (OUTCOME, "failure_kind = ?17, failure = ?18, result = ?19"),
                (0, "snapshot = ?20, crc = ?21"),
            ] {
                if what & needed == needed {
                    sql.push_str(", ");
                    sql.push_str(columns);
                }
            }
            sql + " WHERE id = ?1 AND revision = ?2 AND epoch = ?3"
        })
        .collect()
});

fn crc_of(run: &RunRow) -> i64 {
    let failure = run.failure.as_ref();
    Crc::of(b'r')
        .int(run.id)
        .int(run.program)
        .int(run.flow)
        .int(run.status as i64)
        .opt(run.subject.map(|subject| subject.kind))
        .opt(run.subject.map(|subject| subject.id))
        .opt(run.due)
        .int(run.events)
        .int(run.revision)
        .int(run.epoch)
        .int(run.attempts.into())
        .int(run.effects.into())
        .int(run.journal)
        .int(run.floor)
        .opt(run.asks_in)
        .int(run.created_at)
        .int(run.updated_at)
        .opt(run.parent.map(|parent| parent.run))
        .opt(run.parent.map(|parent| parent.effect.into()))
        .opt(failure.map(|_| 1))
        .text(failure.map_or("", |failure| &failure.kind))
        .text(failure.map_or("", |failure| &failure.message))
        .opt(run.result.as_ref().map(|_| 1))
        .bytes(run.result.as_deref().unwrap_or_default())
        .bytes(&run.snapshot)
        .end()
}

fn keys_of(run: &RunRow) -> StoredKeys {
    StoredKeys {
        due: run.due,
        status: run.status,
        subject: run.subject,
        outcome: run.failure.is_some() || run.result.is_some(),
    }
}

fn pair<A, B>(a: Option<A>, b: Option<B>) -> rusqlite::Result<Option<(A, B)>> {
    match (a, b) {
        (Some(a), Some(b)) => Ok(Some((a, b))),
        (None, None) => Ok(None),
        _ => Err(damaged("half of a pair is missing")),
    }
}

/// Reads a row of [`COLUMNS`].
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<RunRow> {
    let mut run = RunRow {
        id: row.get(0)?,
        program: row.get(1)?,
        flow: row.get(2)?,
        status: RunStatus::from_code(row.get(3)?).ok_or_else(|| damaged("its status is unknown"))?,
        subject: pair(row.get(4)?, row.get(5)?)?.map(|(kind, id)| Subject { kind, id }),
        due: row.get(6)?,
        events: row.get(7)?,
        revision: row.get(8)?,
        epoch: row.get(9)?,
        attempts: row.get(10)?,
        effects: row.get(11)?,
        journal: row.get(12)?,
        floor: row.get(13)?,
        asks_in: row.get(14)?,
        created_at: row.get(15)?,
        updated_at: row.get(16)?,
        parent: pair(row.get(17)?, row.get(18)?)?.map(|(run, effect)| Parent { run, effect }),
        failure: pair(row.get(19)?, row.get(20)?)?.map(|(kind, message)| RunFailure { kind, message }),
        result: row.get(21)?,
        snapshot: row.get(22)?,
        stored: StoredKeys::default(),
    };
    verify(row.get(23)?, crc_of(&run))?;
    run.stored = keys_of(&run);
    Ok(run)
}

impl Core {
    pub(super) fn run(&mut self, id: i64) -> StoreResult<Option<RunRow>> {
        self.first_of("runs", id, &SELECT, [id], read)
    }

    pub(super) fn child(&mut self, parent: Parent) -> StoreResult<Option<i64>> {
        let sql = "SELECT id FROM runs WHERE parent = ?1 AND parent_effect = ?2";
        self.first(sql, params![parent.run, parent.effect], |row| row.get(0))
    }

    pub(super) fn has_children(&mut self, run: i64, count: u32) -> StoreResult<bool> {
        let Some(others) = count.checked_sub(1) else { return Ok(true) };
        let sql = "SELECT 1 FROM runs WHERE parent = ?1 LIMIT 1 OFFSET ?2";
        Ok(self.first(sql, params![run, others], |row| row.get::<_, i64>(0))?.is_some())
    }

    pub(super) fn runs(&mut self, filter: &RunFilter) -> StoreResult<Vec<RunRow>> {
        let mut values = vec![Sql::Integer(filter.before.unwrap_or(i64::MAX))];
        let mut sql = format!("SELECT {COLUMNS} FROM runs WHERE id < ?1");
        let mut condition = |column: &str, value: i64| {
            values.push(Sql::Integer(value));
            sql.push_str(&format!(" AND {column} = ?{}", values.len()));
        };
        if let Some(flow) = filter.flow {
            condition("flow", flow);
        }
        if let Some(subject) = filter.subject {
            condition("subject_kind", subject.kind);
            condition("subject", subject.id);
        }
        if !filter.status.is_empty() {
            // Codes, not text from outside: written out so that the planner can see that the index of trouble fits.
            let codes: Vec<_> = filter.status.iter().map(|status| (*status as i64).to_string()).collect();
            sql.push_str(&format!(" AND status IN ({})", codes.join(", ")));
        }
        values.push(Sql::Integer(rows(filter.limit)));
        sql.push_str(&format!(" ORDER BY id DESC LIMIT ?{}", values.len()));
        self.list("runs", &sql, params_from_iter(values), read)
    }

    pub(super) fn count_runs(&mut self) -> StoreResult<Vec<(RunStatus, u64)>> {
        self.list("runs", "SELECT status, count(*) FROM runs GROUP BY status ORDER BY status", [], |row| {
            Ok((
                RunStatus::from_code(row.get(0)?).ok_or_else(|| damaged("its status is unknown"))?,
                row.get::<_, i64>(1)?.unsigned_abs(),
            ))
        })
    }

    pub(super) fn insert_run(&mut self, run: &mut RunRow) -> StoreResult<Written> {
        if let Some(parent) = run.parent
            && let Some(id) = self.child(parent)?
        {
            return Ok(Written::Before(id));
        }
        run.id = self.next_id("runs")?;
        run.revision = 1;
        self.write_run(run)?;
        run.stored = keys_of(run);
        Ok(Written::New(run.id))
    }

    pub(super) fn save_run(&mut self, run: &mut RunRow) -> StoreResult<()> {
        let keys = keys_of(run);
        let changed = usize::from(keys.due != run.stored.due) * DUE
            + usize::from(keys.status != run.stored.status) * STATUS
            + usize::from(keys.subject != run.stored.subject) * SUBJECT
            + usize::from(keys.outcome || run.stored.outcome) * OUTCOME;
        let revision = run.revision;
        run.revision += 1;
        let failure = run.failure.as_ref();
        let values = params![
            run.id,
            revision,
            run.epoch,
            run.program,
            run.flow,
            run.events,
            run.attempts,
            run.effects,
            run.journal,
            run.floor,
            run.asks_in,
            run.updated_at,
            run.due,
            run.status as i64,
            run.subject.map(|subject| subject.kind),
            run.subject.map(|subject| subject.id),
            failure.map(|failure| &failure.kind),
            failure.map(|failure| &failure.message),
            run.result,
            run.snapshot,
            crc_of(run),
        ];
        let written = UPDATES.get(changed).map_or(Ok(0), |sql| self.execute(sql, values))?;
        if written != 1 {
            return Err(StoreError::Stale { file: self.file.to_path_buf(), run: run.id, revision });
        }
        run.stored = keys;
        Ok(())
    }

    /// Writes the row anew from what can still be read of it, column by column.
    pub(super) fn quarantine(&mut self, id: i64, failure: &RunFailure, at: i64) -> StoreResult<()> {
        let sql = &*SELECT;
        let Some(mut run) = self.first(sql, [id], |row| Ok(salvage(row, id)))? else {
            return Err(self.unknown(format!("run {id}")));
        };
        run.status = RunStatus::Quarantined;
        run.failure = Some(failure.clone());
        run.updated_at = at;
        run.revision += 1;
        // Every column is written, the keys of the indexes from what is really there: a damaged entry must go too.
        let delete = "DELETE FROM runs WHERE id = ?1";
        if let Err(StoreError::Corrupt { .. }) = self.execute(delete, [id]) {
            // A damaged column no longer leads to its entry in the index: the indexes are made anew from the rows.
            self.execute("REINDEX runs", [])?;
            self.execute(delete, [id])?;
        }
        self.execute("DELETE FROM watches WHERE run = ?1", [id])?;
        self.remove_prompts_of(id)?;
        self.write_run(&run)
    }

    fn write_run(&self, run: &RunRow) -> StoreResult<()> {
        let failure = run.failure.as_ref();
        self.execute(
            &INSERT,
            params![
                run.id,
                run.program,
                run.flow,
                run.status as i64,
                run.subject.map(|subject| subject.kind),
                run.subject.map(|subject| subject.id),
                run.due,
                run.events,
                run.revision,
                run.epoch,
                run.attempts,
                run.effects,
                run.journal,
                run.floor,
                run.asks_in,
                run.created_at,
                run.updated_at,
                run.parent.map(|parent| parent.run),
                run.parent.map(|parent| parent.effect),
                failure.map(|failure| &failure.kind),
                failure.map(|failure| &failure.message),
                run.result,
                run.snapshot,
                crc_of(run),
            ],
        )
        .map(drop)
    }

    pub(super) fn delete_run(&mut self, id: i64) -> StoreResult<()> {
        let newest = self.first("SELECT journal FROM runs WHERE id = ?1", [id], |row| row.get::<_, i64>(0))?;
        let mut at = newest.unwrap_or(0);
        while at > 0 {
            let sql = "DELETE FROM journal WHERE id = ?1 AND run = ?2 RETURNING prev";
            at = self.first(sql, [at, id], |row| row.get(0))?.unwrap_or(0);
        }
        self.remove_prompts_of(id)?;
        for sql in [
            "DELETE FROM intents WHERE run = ?1",
            "DELETE FROM inbox WHERE run = ?1 AND taken = 0",
            "DELETE FROM watches WHERE run = ?1",
            "DELETE FROM touches WHERE run = ?1",
            "DELETE FROM runs WHERE id = ?1",
        ] {
            self.execute(sql, [id])?;
        }
        Ok(())
    }
}

/// Whatever of a row still reads; what does not is left empty. It waits for nothing.
fn salvage(row: &Row<'_>, id: i64) -> RunRow {
    let int = |at: usize| row.get::<_, i64>(at).unwrap_or(0);
    let small = |at: usize| row.get::<_, u32>(at).unwrap_or(0);
    let mut run = RunRow::new(int(1), int(2), int(9), int(15));
    run.id = id;
    run.due = None;
    run.subject = pair(row.get(4).unwrap_or(None), row.get(5).unwrap_or(None))
        .unwrap_or(None)
        .map(|(kind, id)| Subject { kind, id });
    run.revision = int(8);
    run.attempts = small(10);
    run.effects = small(11);
    run.journal = int(12);
    run.floor = int(13);
    run.parent = pair(row.get(17).unwrap_or(None), row.get(18).unwrap_or(None))
        .unwrap_or(None)
        .map(|(run, effect)| Parent { run, effect });
    run.snapshot = row.get(22).unwrap_or_default();
    run
}
