use super::*;
use crate::store::{RunFilter, RunRow, public_id};
use rusqlite::Connection;
use std::fs;

fn refusal(result: StoreResult<SqliteStore>) -> String {
    match result {
        Ok(_) => panic!("it opened"),
        Err(error) => error.to_string(),
    }
}

#[test]
fn durability_is_set_and_read_back() -> Tested {
    let folder = folder();
    let store = open(&folder)?;
    let pragma = |name: &str| {
        let sql = format!("PRAGMA {name}");
        store.core.conn.query_row(&sql, [], |row| row.get::<_, rusqlite::types::Value>(0)).unwrap()
    };
    use rusqlite::types::Value::{Integer, Text};
    assert_eq!(pragma("journal_mode"), Text("wal".into()));
    for (name, value) in [
        ("synchronous", 2),
        ("temp_store", 2),
        ("page_size", 2_048),
        ("cache_size", -32_768),
        ("secure_delete", 1),
        ("foreign_keys", 0),
        ("wal_autocheckpoint", 0),
        ("user_version", KNOWN),
    ] {
        assert_eq!(pragma(name), Integer(value), "{name}");
    }
    Ok(())
}

#[test]
fn what_is_not_there_is_said() {
    let folder = folder();
    let file = folder.path().join("flow.db");
    let message = refusal(SqliteStore::open(&file, &Options { create: false, ..options() }));
    assert_eq!(
        message,
        format!("there is no database at {}: `flow run` makes one, or name another with --db", file.display())
    );
    assert!(!file.exists() && !folder.path().join("flow.db.lock").exists());
    let file = folder.path().join("missing/flow.db");
    assert!(matches!(SqliteStore::open(&file, &options()), Err(StoreError::NoFolder { .. })));
    assert!(matches!(Readers::open(&file, &options(), 1, 100), Err(StoreError::NoFolder { .. })));
}

#[test]
fn an_empty_file_is_made_only_where_making_it_was_cut_off() -> Tested {
    let folder = folder();
    let (file, lock) = (folder.path().join("flow.db"), folder.path().join("flow.db.lock"));
    fs::write(&file, "").unwrap();
    let message = refusal(open(&folder));
    assert!(message.contains("flow.db is empty") && message.contains("restore a backup"), "{message}");
    assert_eq!(fs::metadata(&file).unwrap().len(), 0);
    // What a process that is killed between making the file and its first page leaves.
    fs::write(&lock, r#"{"pid":1,"host":"here","address":null,"making":true}"#).unwrap();
    drop(open(&folder)?);
    assert!(fs::metadata(&file).unwrap().len() > 0);
    fs::write(&file, "").unwrap();
    assert!(matches!(open(&folder), Err(StoreError::Empty { .. })));
    // While it serves it is made, whatever it says of itself.
    fs::remove_file(&file).unwrap();
    let store = open(&folder)?;
    assert!(!owner(&file)?.unwrap().making);
    drop(store);
    Ok(())
}

#[test]
fn other_files_are_refused_and_left_alone() {
    let folder = folder();
    let file = folder.path().join("flow.db");
    fs::write(&file, "Dear diary, today I was not a database at all, whatever they said about me. ".repeat(20))
        .unwrap();
    let before = fs::read(&file).unwrap();
    assert!(matches!(open(&folder), Err(StoreError::NotADatabase { .. })));
    assert_eq!(fs::read(&file).unwrap(), before);
    fs::remove_file(&file).unwrap();
    Connection::open(&file).unwrap().execute_batch("CREATE TABLE theirs (x)").unwrap();
    assert!(matches!(open(&folder), Err(StoreError::NotADatabase { .. })));
    fs::remove_file(&file).unwrap();
    fs::create_dir(&file).unwrap();
    assert!(matches!(open(&folder), Err(StoreError::NotADatabase { .. })));
}

#[test]
fn a_cut_off_file_is_refused_or_told_by_check() -> Tested {
    let folder = folder();
    drop(open(&folder)?);
    let file = folder.path().join("flow.db");
    let length = fs::metadata(&file).unwrap().len();
    for kept in [100, 2_048, length / 2, length - 2_048] {
        let whole = fs::read(&file).unwrap();
        fs::write(&file, &whole[..usize::try_from(kept).unwrap()]).unwrap();
        let found = open(&folder).and_then(|mut store| store.check());
        assert!(found.as_ref().map_or(true, |report| !report.problems.is_empty()), "{kept}: {found:?}");
        for left in ["flow.db-wal", "flow.db-shm"] {
            let _ = fs::remove_file(folder.path().join(left));
        }
        fs::write(&file, whole).unwrap();
    }
    assert_eq!(open(&folder)?.check()?.problems, [""; 0]);
    Ok(())
}

#[test]
fn a_newer_file_is_refused_naming_both_formats() -> Tested {
    let folder = folder();
    drop(open(&folder)?);
    let file = folder.path().join("flow.db");
    Connection::open(&file).unwrap().execute_batch("PRAGMA user_version = 9").unwrap();
    let message = format!("{} has format 9, this program knows up to {KNOWN}: use a newer `flow`", file.display());
    assert_eq!(refusal(open(&folder)), message);
    assert!(matches!(Readers::open(&file, &options(), 1, 100), Err(StoreError::Newer { found: 9, known: KNOWN, .. })));
    Ok(())
}

#[test]
fn one_process_owns_it() -> Tested {
    let folder = folder();
    let file = folder.path().join("flow.db");
    assert_eq!(owner(&file)?, None);
    let mut store = open(&folder)?;
    store.set_address(Some("127.0.0.1:4180".into()))?;
    let found = owner(&file)?.unwrap();
    assert_eq!((found.pid, found.address.as_deref()), (std::process::id(), Some("127.0.0.1:4180")));
    let message = refusal(open(&folder));
    assert!(message.contains(&format!("is in use by process {} on ", std::process::id())), "{message}");
    assert!(message.contains("http://127.0.0.1:4180"), "{message}");
    drop(store);
    assert_eq!(owner(&file)?, None);
    open(&folder).map(drop)
}

#[test]
fn who_is_taken_over_writes_no_more() -> Tested {
    let folder = folder();
    let mut first = open(&folder)?;
    // As if someone had removed the lock file by hand.
    let mut second = SqliteStore::open(&folder.path().join("flow.db"), &Options { lock: false, ..options() })?;
    assert!(matches!(first.begin().map(drop), Err(StoreError::Fenced { .. })));
    second.begin()?.commit()?;
    assert!(matches!(first.begin().map(drop), Err(StoreError::Fenced { .. })));
    Ok(())
}

#[test]
fn another_programs_lock_is_said() -> Tested {
    let folder = folder();
    let mut store = open(&folder)?;
    let other = Connection::open(folder.path().join("flow.db")).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(matches!(store.begin().map(drop), Err(StoreError::Busy { .. })));
    other.execute_batch("ROLLBACK").unwrap();
    store.begin()?.commit()
}

#[test]
fn a_read_only_file_is_said() -> Tested {
    let folder = folder();
    drop(open(&folder)?);
    let file = folder.path().join("flow.db");
    let mut access = fs::metadata(&file).unwrap().permissions();
    access.set_readonly(true);
    fs::set_permissions(&file, access.clone()).unwrap();
    // The superuser may write anyway; everybody else is told.
    if fs::OpenOptions::new().append(true).open(&file).is_err() {
        assert!(matches!(open(&folder), Err(StoreError::ReadOnly { .. })));
    }
    Ok(())
}

#[test]
fn an_older_file_is_copied_and_upgraded() -> Tested {
    let folder = folder();
    let file = folder.path().join("flow.db");
    drop(open(&folder)?);
    // A copy from an upgrade that did not get to its end.
    let backup = migrate::backup_path(&file, KNOWN + 1);
    fs::write(&backup, "half").unwrap();
    let store = SqliteStore::open_with(&file, &options(), &upgrade())?;
    let version = |conn: &Connection| conn.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0)).unwrap();
    assert_eq!(version(&store.core.conn), KNOWN + 1);
    assert_eq!(store.install().id, *b"0123456789abcdef");
    assert_eq!(version(&Connection::open(&backup).unwrap()), KNOWN);
    drop(store);
    assert!(matches!(open(&folder), Err(StoreError::Newer { found, known: KNOWN, .. }) if found == KNOWN + 1));
    Ok(())
}

#[test]
fn a_failed_upgrade_leaves_the_file_as_it_was() -> Tested {
    let folder = folder();
    let file = folder.path().join("flow.db");
    drop(open(&folder)?);
    let broken = and("CREATE TABLE half (x); SELECT * FROM nowhere");
    assert!(SqliteStore::open_with(&file, &options(), &broken).is_err());
    let tables = "SELECT count(*) FROM sqlite_schema WHERE name = 'half'";
    let store = open(&folder)?;
    assert_eq!(store.core.conn.query_row(tables, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    Ok(())
}

/// The file a release made opens for good. Before the first release `FLOW_BLESS=1` makes it anew.
#[test]
fn the_golden_file_of_format_1_opens() -> Tested {
    let golden = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("store/sqlite/tests/golden/format-1.db");
    let folder = folder();
    let file = folder.path().join("flow.db");
    let tables = |store: &SqliteStore| {
        let sql = "SELECT name, sql FROM sqlite_schema ORDER BY name";
        store.core.list("", sql, [], |row| Ok((row.get::<_, String>(0)?, row.get::<_, Option<String>>(1)?)))
    };
    let fresh = tables(&open(&folder)?)?;
    if std::env::var_os("FLOW_BLESS").is_some() {
        fs::copy(&file, &golden).unwrap();
    }
    fs::copy(&golden, &file).unwrap();
    let mut store = open(&folder)?;
    assert_eq!(tables(&store)?, fresh);
    assert_eq!(store.check()?.problems, [""; 0]);
    Ok(())
}

#[test]
fn the_view_shows_the_same_id_as_the_program() -> Tested {
    let folder = folder();
    let store = open(&folder)?;
    let ids = [1, 31, 32, 1_048_575, 1_048_576, 123_456_789_012, i64::MAX - 1];
    for id in ids {
        let sql =
            "INSERT INTO runs (id, program, flow, status, events, revision, epoch, attempts, effects, journal, floor,
                   created_at, updated_at, snapshot, crc) VALUES (?1, 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 0, 0, x'', 0)";
        store.core.execute(sql, [id])?;
    }
    let shown: Vec<String> = store.core.list("", "SELECT id FROM runs_readable", [], |row| row.get(0))?;
    assert_eq!(shown, ids.map(|id| public_id::encode(public_id::IdKind::Run, id)));
    for view in ["intents_readable", "events_readable", "journal_readable"] {
        store.core.execute(&format!("CREATE TEMP TABLE t_{view} AS SELECT * FROM {view}"), [])?;
    }
    Ok(())
}

#[test]
fn readers_see_what_is_committed_and_stop_in_time() -> Tested {
    let folder = folder();
    let mut store = open(&folder)?;
    let readers = Readers::open(&folder.path().join("flow.db"), &options(), 2, 50)?;
    let mut txn = store.begin()?;
    let mut run = RunRow::new(1, 1, 1, 5);
    txn.insert_run(&mut run)?;
    assert_eq!(readers.read(|reader| reader.run(run.id))?, None);
    txn.commit()?;
    assert_eq!(readers.read(|reader| reader.run(run.id))?, Some(run));
    let mut txn = store.begin()?;
    for _ in 0..30_000 {
        txn.insert_run(&mut RunRow::new(1, 1, 1, 5))?;
    }
    txn.commit()?;
    let slow = readers.read(|reader| {
        loop {
            reader.runs(&RunFilter { flow: Some(2), limit: 1, ..RunFilter::default() })?;
        }
        #[allow(unreachable_code)]
        Ok(())
    });
    assert!(matches!(slow, Err(StoreError::TooSlow { limit_ms: 50, .. })), "{slow:?}");
    readers.read(|reader| reader.next_due()).map(drop)
}

#[test]
fn the_log_is_copied_and_emptied() -> Tested {
    let folder = folder();
    let mut store = SqliteStore::open(&folder.path().join("flow.db"), &Options { log_pages: 50, ..options() })?;
    for at in 0..200 {
        let mut txn = store.begin()?;
        txn.insert_run(&mut RunRow::new(1, 1, 1, at))?;
        txn.commit()?;
    }
    let counted = store.statistics();
    assert_eq!(counted.commits, 200);
    assert!(counted.checkpoints >= 5 && counted.log_pages_now < 100, "{counted:?}");
    assert!(counted.flushes >= 200 + 2 * counted.checkpoints);
    store.truncate_log()?;
    assert_eq!(store.check()?.log_bytes, 0);
    Ok(())
}

/// What stands ahead of use in the log is no part of it: after the power went out everything committed is there.
#[test]
fn a_log_that_grows_has_room_ahead() -> Tested {
    let (folder, copy) = (folder(), folder());
    let mut store = open(&folder)?;
    let length = || fs::metadata(folder.path().join("flow.db-wal")).unwrap().len();
    let mut lengths = std::collections::BTreeSet::new();
    for at in 0..400 {
        let mut txn = store.begin()?;
        txn.insert_run(&mut RunRow::new(1, 1, 1, at))?;
        txn.commit()?;
        lengths.insert(length());
    }
    let used = store.statistics().log_pages_now * (2_048 + 24);
    assert!(used > 1 << 20 && length() > used, "{} for {used}", length());
    let grown = lengths.iter().filter(|length| **length > 512 << 10).count();
    assert!((1..6).contains(&grown), "it grew {grown} times");
    for file in ["flow.db", "flow.db-wal"] {
        fs::copy(folder.path().join(file), copy.path().join(file)).unwrap();
    }
    let mut after = open(&copy)?;
    let runs = after.begin()?.runs(&RunFilter { limit: 1_000, ..RunFilter::default() })?;
    assert_eq!(runs.len(), 400);
    assert_eq!(after.check()?.problems, Vec::<String>::new());
    store.truncate_log()?;
    assert_eq!(length(), 0);
    store.begin()?.commit()
}

#[test]
fn after_an_unknown_commit_it_must_be_opened_again() -> Tested {
    let folder = folder();
    let mut store = open(&folder)?;
    store.core.conn.commit_hook(Some(|| true)).unwrap();
    let mut txn = store.begin()?;
    txn.insert_run(&mut RunRow::new(1, 1, 1, 5))?;
    let error = txn.commit().unwrap_err();
    assert!(matches!(error, StoreError::UnknownCommit { .. }) && error.needs_reopen(), "{error}");
    assert!(matches!(store.begin().map(drop), Err(StoreError::MustReopen { .. })));
    assert!(matches!(store.truncate_log(), Err(StoreError::MustReopen { .. })));
    drop(store);
    open(&folder)?.begin()?.commit()
}

#[test]
fn when_the_disk_is_full_nothing_half_done_is_kept() -> Tested {
    let folder = folder();
    let mut store = open(&folder)?;
    store.core.conn.execute_batch("PRAGMA max_page_count = 60").unwrap();
    let mut txn = store.begin()?;
    let mut run = RunRow::new(1, 1, 1, 5);
    run.snapshot = vec![7; 3_000];
    let error = (0..100).find_map(|_| txn.insert_run(&mut run).err());
    assert!(matches!(error, Some(StoreError::Full { .. })), "{error:?}");
    // Who goes on regardless does not get a row in by itself.
    for _ in 0..3 {
        let _ = txn.savepoint();
        let _ = txn.insert_run(&mut RunRow::new(1, 1, 1, 5));
        let _ = txn.release();
    }
    let committed = txn.commit().is_ok();
    drop(store);
    let found = open(&folder)?.begin()?.runs(&RunFilter { limit: 99, ..RunFilter::default() })?.len();
    assert_eq!(found > 0, committed, "{found}");
    Ok(())
}

/// Runs as a child of the test below, which kills it; by itself it has nothing to do.
#[test]
fn commits_until_killed() -> Tested {
    let Some(file) = std::env::var_os("FLOW_TEST_DATABASE") else { return Ok(()) };
    let mut store = SqliteStore::open(std::path::Path::new(&file), &options())?;
    for at in 0..5 {
        let mut txn = store.begin()?;
        txn.insert_run(&mut RunRow::new(1, 1, 1, at))?;
        txn.commit()?;
    }
    Ok(())
}

#[cfg(unix)]
#[test]
fn killed_at_a_point_it_keeps_what_was_committed_and_no_more() -> Tested {
    use std::os::unix::process::ExitStatusExt;
    for (at, kept) in [("1:3", 2), ("3:3", 2), ("4:3", 3), ("11:1", 0)] {
        let folder = folder();
        let file = folder.path().join("flow.db");
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::sqlite::tests::files::commits_until_killed"])
            .envs([("FLOW_CRASH_AT", at.as_ref()), ("FLOW_TEST_DATABASE", file.as_os_str())])
            .output()
            .unwrap();
        assert_eq!(child.status.signal(), Some(9), "{at}: {}", String::from_utf8_lossy(&child.stdout));
        let mut store = open(&folder)?;
        assert_eq!(store.begin()?.runs(&RunFilter { limit: 9, ..RunFilter::default() })?.len(), kept, "{at}");
        assert_eq!(store.check()?.problems, [""; 0]);
    }
    Ok(())
}

/// The format that this program writes.
const KNOWN: i64 = migrate::MIGRATIONS.len() as i64;

/// What there is, and one format more.
fn and(next: &'static str) -> Vec<&'static str> {
    migrate::MIGRATIONS.iter().copied().chain([next]).collect()
}

fn upgrade() -> Vec<&'static str> {
    and("ALTER TABLE runs ADD COLUMN lane INTEGER NOT NULL DEFAULT 0")
}

/// Runs as a child of the test below, which kills it; by itself it has nothing to do.
#[test]
fn upgrades_until_killed() -> Tested {
    let Some(file) = std::env::var_os("FLOW_TEST_DATABASE") else { return Ok(()) };
    SqliteStore::open_with(std::path::Path::new(&file), &options(), &upgrade()).map(drop)
}

#[cfg(unix)]
#[test]
fn killed_in_an_upgrade_it_is_as_before_and_can_be_upgraded_again() -> Tested {
    use std::os::unix::process::ExitStatusExt;
    let points = [crate::seam::CrashPoint::AfterBackup, crate::seam::CrashPoint::InMigration];
    for (point, time) in points.iter().flat_map(|point| (1..=20).map(move |time| (point, time))) {
        let folder = folder();
        let file = folder.path().join("flow.db");
        let mut store = open(&folder)?;
        let mut txn = store.begin()?;
        (0..time).try_for_each(|at| txn.insert_run(&mut RunRow::new(1, 1, 1, at)).map(drop))?;
        txn.commit()?;
        drop(store);
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "store::sqlite::tests::files::upgrades_until_killed"])
            .env("FLOW_CRASH_AT", (*point as u32).to_string())
            .env("FLOW_TEST_DATABASE", &file)
            .output()
            .unwrap();
        assert_eq!(child.status.signal(), Some(9), "{point:?}: {}", String::from_utf8_lossy(&child.stdout));
        let count = |conn: &Connection| conn.query_row("SELECT count(*) FROM runs", [], |row| row.get::<_, i64>(0));
        assert_eq!(count(&open(&folder)?.core.conn).unwrap(), time, "the old program still reads it");
        let store = SqliteStore::open_with(&file, &options(), &upgrade())?;
        assert_eq!(count(&store.core.conn).unwrap(), time);
        assert_eq!(count(&Connection::open(migrate::backup_path(&file, KNOWN + 1)).unwrap()).unwrap(), time);
    }
    Ok(())
}
