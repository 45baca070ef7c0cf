//! Intents: external actions asked for, one row per waiting path, replaced in place.

use super::core::{Core, damaged, rows, verify};
use super::crc::Crc;
use crate::store::{IntentRow, IntentState, StoreResult};
use flow_bytecode::program::{EffectClass, Policy};
use rusqlite::{Row, params};

/// Columns in order; a macro because SQL is put together when compiled.
macro_rules! columns {
    () => {
        "run, path, effect, state, program, place, action, class, class_arg, attempt, not_before, timeout, retry, backoff, \
         key, destination, request, crc"
    };
}

pub(super) const SELECT_ALL: &str = concat!("SELECT ", columns!(), " FROM intents");

fn class_code(class: EffectClass) -> (i64, i64) {
    match class {
        EffectClass::Pure => (0, 0),
        EffectClass::Local => (1, 0),
        EffectClass::Query => (7, 0),
        EffectClass::Read => (2, 0),
        EffectClass::Keyed { window_us } => (3, window_us),
        EffectClass::Verified { by } => (4, by.into()),
        EffectClass::Once => (5, 0),
        EffectClass::Repeatable => (6, 0),
    }
}

fn class_of(code: i64, arg: i64) -> rusqlite::Result<EffectClass> {
    let class = match code {
        0 => EffectClass::Pure,
        1 => EffectClass::Local,
        2 => EffectClass::Read,
        3 => EffectClass::Keyed { window_us: arg },
        4 => EffectClass::Verified { by: u16::try_from(arg).map_err(|_| damaged("its class is unknown"))? },
        5 => EffectClass::Once,
        6 => EffectClass::Repeatable,
        7 => EffectClass::Query,
        _ => return Err(damaged("its class is unknown")),
    };
    // The checksum is of what was read: what a class does not use must not hide something.
    match class_code(class) == (code, arg) {
        true => Ok(class),
        false => Err(damaged("its class has an argument too many")),
    }
}

fn crc_of(intent: &IntentRow) -> i64 {
    let (class, class_arg) = class_code(intent.class);
    Crc::of(b'i')
        .int(intent.run)
        .int(intent.path.into())
        .int(intent.effect.into())
        .int(intent.state as i64)
        .int(intent.program)
        .int(intent.place.into())
        .int(intent.action)
        .int(class)
        .int(class_arg)
        .int(intent.attempt.into())
        .int(intent.not_before)
        .int(intent.policy.timeout_us)
        .int(intent.policy.retry.into())
        .int(intent.policy.backoff_us)
        .text(&intent.key)
        .text(&intent.destination)
        .bytes(&intent.request)
        .end()
}

/// Reads a row of the columns above.
pub(super) fn read(row: &Row<'_>) -> rusqlite::Result<IntentRow> {
    let intent = IntentRow {
        run: row.get(0)?,
        path: row.get(1)?,
        effect: row.get(2)?,
        state: match row.get::<_, i64>(3)? {
            0 => IntentState::Queued,
            1 => IntentState::Sending,
            2 => IntentState::InDoubt,
            3 => IntentState::Unapproved,
            _ => return Err(damaged("its state is unknown")),
        },
        program: row.get(4)?,
        place: row.get(5)?,
        action: row.get(6)?,
        class: class_of(row.get(7)?, row.get(8)?)?,
        attempt: row.get(9)?,
        not_before: row.get(10)?,
        policy: Policy { timeout_us: row.get(11)?, retry: row.get(12)?, backoff_us: row.get(13)? },
        key: row.get(14)?,
        destination: row.get(15)?,
        request: row.get(16)?,
    };
    verify(row.get(17)?, crc_of(&intent))?;
    Ok(intent)
}

impl Core {
    pub(super) fn intent(&mut self, run: i64, path: u16) -> StoreResult<Option<IntentRow>> {
        let sql = concat!("SELECT ", columns!(), " FROM intents WHERE run = ?1 AND path = ?2");
        self.first_of("intents", run, sql, params![run, path], read)
    }

    pub(super) fn intents_of(&mut self, run: i64) -> StoreResult<Vec<IntentRow>> {
        let sql = concat!("SELECT ", columns!(), " FROM intents WHERE run = ?1 ORDER BY path");
        self.list("intents", sql, [run], read)
    }

    pub(super) fn intents_after(
        &mut self,
        after: (i64, u16),
        limit: usize,
    ) -> StoreResult<Vec<StoreResult<IntentRow>>> {
        let sql =
            concat!("SELECT ", columns!(), " FROM intents WHERE (run, path) > (?1, ?2) ORDER BY run, path LIMIT ?3");
        self.list_each("intents", sql, params![after.0, after.1, rows(limit)], read)
    }

    pub(super) fn put_intent(&mut self, intent: &IntentRow) -> StoreResult<()> {
        let (class, class_arg) = class_code(intent.class);
        let sql = concat!(
            "INSERT OR REPLACE INTO intents (",
            columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18)"
        );
        self.execute(
            sql,
            params![
                intent.run,
                intent.path,
                intent.effect,
                intent.state as i64,
                intent.program,
                intent.place,
                intent.action,
                class,
                class_arg,
                intent.attempt,
                intent.not_before,
                intent.policy.timeout_us,
                intent.policy.retry,
                intent.policy.backoff_us,
                &*intent.key,
                &*intent.destination,
                &*intent.request,
                crc_of(intent),
            ],
        )
        .map(drop)
    }

    pub(super) fn update_intent(&mut self, intent: &IntentRow) -> StoreResult<bool> {
        let sql = "UPDATE intents SET state = ?4, attempt = ?5, not_before = ?6, request = ?7, key = ?8, crc = ?9, retry = ?10,
                   backoff = ?11
                   WHERE run = ?1 AND path = ?2 AND effect = ?3";
        let changed = self.execute(
            sql,
            params![
                intent.run,
                intent.path,
                intent.effect,
                intent.state as i64,
                intent.attempt,
                intent.not_before,
                &*intent.request,
                &*intent.key,
                crc_of(intent),
                intent.policy.retry,
                intent.policy.backoff_us,
            ],
        )?;
        Ok(changed == 1)
    }

    pub(super) fn delete_intent(&mut self, run: i64, path: u16, effect: u32) -> StoreResult<bool> {
        let sql = "DELETE FROM intents WHERE run = ?1 AND path = ?2 AND effect = ?3";
        Ok(self.execute(sql, params![run, path, effect])? == 1)
    }
}
