use super::*;
use crate::store::*;
use rusqlite::Connection;
use rusqlite::types::Value as Sql;

/// Sets a column behind the store's back, as bit rot does.
fn rot(folder: &TempDir, sql: &str) {
    Connection::open(folder.path().join("flow.db")).unwrap().execute_batch(sql).unwrap();
}

#[test]
fn every_column_of_a_run_is_covered() -> Tested {
    let folder = folder();
    let mut store = open(&folder)?;
    let mut txn = store.begin()?;
    let mut run = RunRow::new(1, 2, 3, 4);
    run.subject = Some(Subject { kind: 5, id: 6 });
    run.parent = Some(Parent { run: 7, effect: 8 });
    run.failure = Some(RunFailure { kind: "a".into(), message: "b".into() });
    run.result = Some(vec![9]);
    run.snapshot = vec![10];
    txn.insert_run(&mut run)?;
    txn.insert_run(&mut RunRow::new(1, 1, 1, 1))?;
    txn.commit()?;
    let columns: Vec<String> =
        store.core.list("", "SELECT cid, name FROM pragma_table_info('runs')", [], |row| row.get(1))?;
    assert_eq!(columns.len(), 24);
    for column in columns.iter().filter(|column| *column != "id") {
        let kept =
            store.core.first(&format!("SELECT {column} FROM runs WHERE id = 1"), [], |row| row.get::<_, Sql>(0))?;
        for (other, why) in [("99", "changed"), ("'x'", "retyped"), ("NULL", "missing")] {
            let set = format!("UPDATE OR IGNORE runs SET {column} = {other} WHERE id = 1");
            store.core.execute(&set, []).ok();
            let now =
                store.core.first(&format!("SELECT {column} FROM runs WHERE id = 1"), [], |row| row.get::<_, Sql>(0))?;
            let mut txn = store.begin()?;
            let found = txn.run(1);
            assert!(now == kept || found.as_ref().is_err_and(StoreError::is_row), "{column} {why}: {found:?}");
            assert!(txn.run(2)?.is_some());
            drop(txn);
            store.core.execute(&format!("UPDATE runs SET {column} = ?1 WHERE id = 1"), [&kept])?;
        }
    }
    assert_eq!(store.begin()?.run(1)?, Some(run));
    Ok(())
}

#[test]
fn a_damaged_run_is_set_aside_alone() -> Tested {
    let folder = folder();
    let mut store = open(&folder)?;
    let mut txn = store.begin()?;
    for due in [10, 20] {
        txn.insert_run(&mut RunRow::new(1, 1, 1, due))?;
    }
    txn.commit()?;
    rot(&folder, "UPDATE runs SET snapshot = x'00', due = NULL WHERE id = 1");
    let mut txn = store.begin()?;
    let message = txn.run(1).unwrap_err().to_string();
    assert!(message.starts_with("row 1 of runs in ") && message.contains("flow doctor"), "{message}");
    assert!(txn.runs(&RunFilter { limit: 5, ..RunFilter::default() }).is_err_and(|error| error.is_row()));
    let failure = RunFailure { kind: "damaged".into(), message };
    txn.quarantine(1, &failure, 30)?;
    txn.commit()?;
    let mut txn = store.begin()?;
    assert_eq!(txn.run(1)?.map(|run| run.status), Some(RunStatus::Quarantined));
    assert_eq!(txn.due(50, 5)?, [(20, 2)]);
    drop(txn);
    assert_eq!(store.check()?.problems, [""; 0]);
    Ok(())
}

/// A store with one row in every table whose rows have a checksum.
fn one_of_each(folder: &TempDir) -> StoreResult<SqliteStore> {
    let mut store = open(folder)?;
    let mut txn = store.begin()?;
    let subject = Subject { kind: 1, id: 1 };
    let delivery = |id: &str| Some(Delivery { source: 1, id: id.into() });
    let mut run = RunRow::new(1, 1, 1, 1);
    run.snapshot = b"snapshot".to_vec();
    txn.insert_run(&mut run)?;
    txn.append_journal(1, 0, 1, b"turn")?;
    let args = b"args".to_vec();
    txn.add_event(&mut EventRow { number: 0, kind: 1, subject: Some(subject), at: 1, args, delivery: delivery("e") })?;
    txn.add_inbox(&mut InboxRow { id: 0, run: 1, at: 1, delivery: delivery("i"), payload: b"wake".to_vec() })?;
    txn.add_note(&mut NoteRow { id: 0, on: subject, at: 1, run: 0, text: "note".into() })?;
    let (from, text) = ("flow".into(), "message".into());
    txn.add_message(&mut MessageRow { conversation: 1, number: 0, at: 1, from, text, parts: vec![], run: 0, flow: 0 })?;
    txn.put_intent(&intent(1))?;
    let code = b"code";
    txn.put_program(blake3::hash(code).as_bytes(), code, 1)?;
    txn.commit()?;
    Ok(store)
}

fn intent(run: i64) -> IntentRow {
    IntentRow {
        run,
        path: 0,
        effect: 1,
        state: IntentState::Queued,
        program: 1,
        place: 0,
        action: 1,
        class: flow_bytecode::program::EffectClass::Once,
        key: "key".into(),
        destination: "there".into(),
        request: Arc::from(&b"request"[..]),
        attempt: 0,
        not_before: 0,
        policy: flow_bytecode::program::Policy { timeout_us: 1, retry: 0, backoff_us: 0 },
    }
}

/// A value with one byte of it another one, for each of its bytes.
fn one_byte_off(value: &Sql) -> Vec<Sql> {
    match value {
        Sql::Integer(int) => (0..8).map(|byte| Sql::Integer(int ^ 1 << (byte * 8))).collect(),
        Sql::Blob(bytes) => {
            let flip = |at: usize| bytes.iter().enumerate().map(|(i, byte)| byte ^ u8::from(i == at)).collect();
            (0..bytes.len()).map(|at| Sql::Blob(flip(at))).collect()
        }
        Sql::Text(text) => {
            let flip = |at: usize| text.bytes().enumerate().map(|(i, byte)| byte ^ u8::from(i == at)).collect();
            (0..text.len()).filter_map(|at| String::from_utf8(flip(at)).ok().map(Sql::Text)).collect()
        }
        _ => vec![Sql::Integer(0)],
    }
}

#[test]
fn every_byte_of_every_row_counts() -> Tested {
    let folder = folder();
    let mut store = one_of_each(&folder)?;
    let mut tried = 0;
    for table in ["runs", "intents", "journal", "events", "inbox", "notes", "messages"] {
        let sql = format!("SELECT cid, name FROM pragma_table_info('{table}')");
        let columns: Vec<String> = store.core.list("", &sql, [], |row| row.get(1))?;
        for column in columns {
            let kept = store.core.first(&format!("SELECT {column} FROM {table}"), [], |row| row.get::<_, Sql>(0))?;
            let kept = kept.expect("there is a row");
            let set = format!("UPDATE {table} SET {column} = ?1");
            for other in one_byte_off(&kept) {
                store.core.execute(&set, [&other])?;
                let problems = store.check()?.problems;
                assert!(
                    problems.iter().any(|line| line.starts_with(table)),
                    "{table}.{column} as {other:?}: {problems:?}"
                );
                tried += 1;
            }
            store.core.execute(&set, [&kept])?;
        }
    }
    assert!(tried > 400, "{tried}");
    assert_eq!(store.check()?.problems, [""; 0]);
    Ok(())
}

#[test]
fn check_names_every_damaged_row() -> Tested {
    let folder = folder();
    let mut store = one_of_each(&folder)?;
    let report = store.check()?;
    assert_eq!(report.problems, [""; 0]);
    assert!(report.rows.contains(&("messages".into(), 1)) && report.file_bytes > 0);
    for table in ["runs", "journal", "events", "inbox", "notes", "messages"] {
        rot(&folder, &format!("UPDATE {table} SET crc = crc + 1"));
    }
    rot(&folder, "UPDATE programs SET code = x'00'");
    assert_eq!(
        store.check()?.problems,
        [
            "runs 1: its checksum does not fit",
            "journal 1: its checksum does not fit",
            "events 1: its checksum does not fit",
            "inbox 1: its checksum does not fit",
            "notes 1: its checksum does not fit",
            "messages 1: its checksum does not fit",
            "programs 1: its hash does not fit",
        ]
    );
    Ok(())
}

#[test]
fn a_damaged_intent_does_not_hide_the_others() -> Tested {
    let folder = folder();
    let mut store = open(&folder)?;
    let mut txn = store.begin()?;
    for run in 1..=3 {
        txn.put_intent(&intent(run))?;
    }
    txn.commit()?;
    rot(&folder, "UPDATE intents SET state = 1 WHERE run = 2");
    let mut txn = store.begin()?;
    let found: Vec<_> = txn.intents_after((0, 0), 9)?.iter().map(|row| row.as_ref().map(|row| row.run).ok()).collect();
    assert_eq!(found, [Some(1), None, Some(3)]);
    Ok(())
}
