//! What `flow doctor` looks at: the file's structure, every checksum, every indexed column of a record.

use super::core::Core;
use super::{finding, intents, log, records, rules, runs, texts};
use crate::store::{CheckReport, StoreError, StoreResult};
use rusqlite::Row;
use rusqlite::types::Value as Sql;

/// Problems told one by one; more are counted.
const PROBLEMS_MAX: usize = 100;

impl Core {
    pub(super) fn check(&mut self) -> StoreResult<CheckReport> {
        let mut report = CheckReport::default();
        let structure: Vec<String> = self.list("", "PRAGMA integrity_check", [], |row| row.get(0))?;
        report.problems.extend(structure.into_iter().filter(|line| line != "ok"));
        self.check_table(&mut report, "runs", &format!("SELECT {} FROM runs", runs::COLUMNS), |row| {
            runs::read(row).map(drop)
        })?;
        self.check_table(&mut report, "intents", intents::SELECT_ALL, |row| intents::read(row).map(drop))?;
        for (table, read) in [
            ("journal", (|row| log::read_journal(row).map(drop)) as fn(&Row<'_>) -> rusqlite::Result<()>),
            ("events", |row| log::read_event(row).map(drop)),
            ("inbox", |row| log::read_inbox(row).map(drop)),
            ("notes", |row| texts::read_note(row).map(drop)),
            ("entries", |row| rules::read_entry(row).map(drop)),
            ("timers", |row| rules::read_timer(row).map(drop)),
            ("goals", |row| rules::read_goal(row).map(drop)),
        ] {
            self.check_table(&mut report, table, &format!("SELECT * FROM {table}"), read)?;
        }
        let prompts = "SELECT conversation, seq, run, path, revision, at, expects, options, text, crc FROM prompts";
        self.check_table(&mut report, "prompts", prompts, |row| finding::read_prompt(row).map(drop))?;
        let messages = "SELECT conversation, number, at, run, flow, sender, text, parts, crc FROM messages";
        self.check_table(&mut report, "messages", messages, |row| texts::read_message(row).map(drop))?;
        self.check_programs(&mut report)?;
        self.check_records(&mut report)?;
        if report.problems.len() > PROBLEMS_MAX {
            let more = report.problems.len() - PROBLEMS_MAX;
            report.problems.truncate(PROBLEMS_MAX);
            report.problems.push(format!("and {more} more"));
        }
        let bytes = |suffix: &str| {
            let mut name = self.file.as_os_str().to_owned();
            name.push(suffix);
            std::fs::metadata(name).map_or(0, |found| found.len())
        };
        report.file_bytes = bytes("");
        report.log_bytes = bytes("-wal");
        Ok(report)
    }

    fn check_table(
        &mut self,
        report: &mut CheckReport,
        table: &str,
        sql: &str,
        mut read: impl FnMut(&Row<'_>) -> rusqlite::Result<()>,
    ) -> StoreResult<()> {
        // One row at a time, not as a list: a table may be larger than memory.
        let mut statement = self.conn.prepare(sql).map_err(|error| self.error(error))?;
        let mut rows = statement.query([]).map_err(|error| self.error(error))?;
        let mut count = 0;
        loop {
            match rows.next() {
                Ok(Some(row)) => {
                    count += 1;
                    if let Err(error) = read(row) {
                        let id = row.get(0).unwrap_or(0);
                        report.problems.push(problem(table, id, &self.row_error(table, id, error)));
                    }
                }
                Ok(None) => break,
                Err(error) => {
                    report.problems.push(format!("{table}: reading stopped after {count} rows: {error}"));
                    break;
                }
            }
        }
        report.rows.push((table.into(), count));
        Ok(())
    }

    fn check_programs(&mut self, report: &mut CheckReport) -> StoreResult<()> {
        let ids: Vec<i64> = self.list("programs", "SELECT id FROM programs ORDER BY id", [], |row| row.get(0))?;
        report.rows.push(("programs".into(), ids.len() as u64));
        for id in ids {
            if let Err(error) = self.program(id) {
                report.problems.push(problem("programs", id, &error));
            }
        }
        Ok(())
    }

    /// Checksums of records, and that each indexed column says what the JSON says.
    fn check_records(&mut self, report: &mut CheckReport) -> StoreResult<()> {
        let mut tables: Vec<_> = self.catalog.tables.values().cloned().collect();
        tables.sort_by(|a, b| a.name.cmp(&b.name));
        for table in tables {
            let columns: String = table.columns.iter().map(|(_, column)| format!(", {column}")).collect();
            let sql = format!("SELECT id, data, crc{columns} FROM {}", table.name);
            self.check_table(report, &table.name, &sql, |row| {
                let record = records::read(row, &table)?;
                for (at, (field, _)) in table.columns.iter().enumerate() {
                    let ty = &table.entity.def.fields[*field].ty;
                    let wanted = records::column_value(&record.values[*field], ty);
                    if wanted.as_ref() != Ok(&row.get::<_, Sql>(at + 3)?) {
                        return Err(super::core::damaged("an indexed column differs from the record"));
                    }
                }
                Ok(())
            })?;
            self.check_lists(&table, &mut report.problems)?;
        }
        Ok(())
    }
}

fn problem(table: &str, id: i64, error: &StoreError) -> String {
    match error {
        StoreError::CorruptRow { detail, .. } => format!("{table} {id}: {detail}"),
        other => format!("{table} {id}: {other}"),
    }
}
