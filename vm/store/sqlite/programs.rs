//! Programs, what people see of their source, and the newest program of each flow.

use super::core::{Core, damaged};
use crate::store::{DeploymentRow, NameClass, NameId, ProgramRow, SourceRow, StoreResult, Written};
use rusqlite::params;

impl Core {
    pub(super) fn program(&mut self, id: i64) -> StoreResult<Option<ProgramRow>> {
        self.first_of("programs", id, "SELECT id, hash, code FROM programs WHERE id = ?1", [id], |row| {
            let program = ProgramRow { id: row.get(0)?, hash: row.get(1)?, code: row.get(2)? };
            // The hash is its checksum.
            if blake3::hash(&program.code) == program.hash {
                Ok(program)
            } else {
                Err(damaged("its hash does not fit"))
            }
        })
    }

    pub(super) fn program_by_hash(&mut self, hash: &[u8; 32]) -> StoreResult<Option<i64>> {
        self.first("SELECT id FROM programs WHERE hash = ?1", [hash], |row| row.get(0))
    }

    pub(super) fn put_program(&mut self, hash: &[u8; 32], code: &[u8], at: i64) -> StoreResult<Written> {
        if let Some(id) = self.program_by_hash(hash)? {
            return Ok(Written::Before(id));
        }
        if blake3::hash(code) != *hash {
            return Err(self.invalid("a program", "its hash is not that of its code"));
        }
        let id = self.next_id("programs")?;
        let sql = "INSERT INTO programs (id, hash, at, code) VALUES (?1, ?2, ?3, ?4)";
        self.execute(sql, params![id, hash, at, code])?;
        Ok(Written::New(id))
    }

    pub(super) fn program_source(&mut self, program: i64) -> StoreResult<SourceRow> {
        let sql = "SELECT debug, files FROM program_sources WHERE program = ?1";
        let source = self.first_of("program_sources", program, sql, [program], |row| {
            let files: String = row.get(1)?;
            let files = serde_json::from_str(&files).map_err(|_| damaged("its files do not read"))?;
            Ok(SourceRow { debug: row.get(0)?, files })
        })?;
        Ok(source.unwrap_or_default())
    }

    pub(super) fn put_program_source(&mut self, program: i64, source: &SourceRow) -> StoreResult<()> {
        let files =
            serde_json::to_string(&source.files).map_err(|error| self.invalid("a source", error.to_string()))?;
        let sql = "INSERT OR REPLACE INTO program_sources (program, debug, files) VALUES (?1, ?2, ?3)";
        self.execute(sql, params![program, source.debug, files]).map(drop)
    }

    pub(super) fn deployment(&mut self, flow: NameId) -> StoreResult<Option<DeploymentRow>> {
        let Some((program, at)) = self.first("SELECT program, at FROM deployments WHERE flow = ?1", [flow], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?
        else {
            return Ok(None);
        };
        Ok(Some(DeploymentRow { flow, name: self.name(NameClass::Flow, flow)?, program, at }))
    }

    pub(super) fn deployments(&mut self) -> StoreResult<Vec<DeploymentRow>> {
        let sql =
            "SELECT d.flow, n.name, d.program, d.at FROM deployments d JOIN names n ON n.class = 2 AND n.id = d.flow
                   ORDER BY n.name";
        self.list("deployments", sql, [], |row| {
            Ok(DeploymentRow { flow: row.get(0)?, name: row.get(1)?, program: row.get(2)?, at: row.get(3)? })
        })
    }

    pub(super) fn deploy(&mut self, flow: NameId, program: i64, at: i64) -> StoreResult<()> {
        let sql = "INSERT OR REPLACE INTO deployments (flow, program, at) VALUES (?1, ?2, ?3)";
        self.execute(sql, [flow, program, at]).map(drop)
    }

    pub(super) fn undeploy(&mut self, flow: NameId) -> StoreResult<()> {
        self.execute("DELETE FROM deployments WHERE flow = ?1", [flow]).map(drop)
    }
}
