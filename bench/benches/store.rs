//! What the store alone can do: the engine's statements replayed without machine, network or queue.
//!
//! `cargo bench -p flow-bench --bench store` prints a table. `FLOW_BENCH_DIR` chooses the disk. A step reads a run, writes it,
//! writes its next intent and a journal row, inside a savepoint; a commit holds a batch of steps. `strace -f -c -e fsync,fdatasync`
//! around it counts flushes; the table reckons them (one per commit, two per copy of the log), which agrees.
#![allow(missing_docs)]

use flow_bench as _;
use flow_bytecode::program::{EffectClass, Policy};
use flow_vm::seam::{Clock, SeededRng, SystemClock};
use flow_vm::store::sqlite::{Options, SqliteStore};
use flow_vm::store::{IntentRow, IntentState, NameClass, RunRow, RunStatus, Statistics, Store, StoreResult, Subject};
use std::path::Path;
use std::sync::Arc;

const HOT_RUNS: u64 = 2_000;
const HOT_STEPS: u64 = 200_000;
const SUSPENDED_RUNS: u64 = 100_000;
const RANDOM_STEPS: u64 = 100_000;
/// Bytes of a typical snapshot, stored request and journal row.
const SNAPSHOT_BYTES: usize = 120;
const REQUEST_BYTES: usize = 180;
const JOURNAL_BYTES: usize = 60;
const NOW: i64 = 1_772_323_200_000_000;

fn main() -> StoreResult<()> {
    let folder = match std::env::var_os("FLOW_BENCH_DIR") {
        Some(folder) => tempfile::tempdir_in(folder),
        None => tempfile::tempdir(),
    };
    let Ok(folder) = folder else {
        eprintln!("no folder to work in: set FLOW_BENCH_DIR to one that can be written");
        return Ok(());
    };
    println!(
        "{:<50}{:>10}{:>12}{:>12}{:>10}{:>14}",
        "", "steps/s", "CPU us/step", "KiB/step", "flushes", "checkpoints"
    );
    // An argument keeps the lines whose name has it: `-- hot`, `-- random`.
    let wanted =
        |name: &str| std::env::args().skip(1).filter(|word| !word.starts_with('-')).all(|word| name.contains(&word));
    if wanted("hot") {
        hot(folder.path())?;
    }
    if wanted("random") {
        random(folder.path())?;
    }
    println!("memory, whole process: {} KiB", resident_kib().unwrap_or(0));
    Ok(())
}

fn hot(folder: &Path) -> StoreResult<()> {
    for batch in [1, 64, 256] {
        let mut bench = Bench::open(&folder.join(format!("hot-{batch}.db")))?;
        bench.fill(HOT_RUNS)?;
        let steps = if batch == 1 { HOT_STEPS / 10 } else { HOT_STEPS };
        bench.measure(
            &format!("2,000 hot runs, outcome + intent, batch {batch}"),
            steps,
            batch,
            Step::Outcome,
            HOT_RUNS,
        )?;
        if batch > 1 {
            bench.measure(
                &format!("the same with the `sending` mark, batch {batch}"),
                steps,
                batch,
                Step::Sending,
                HOT_RUNS,
            )?;
        }
    }
    Ok(())
}

fn random(folder: &Path) -> StoreResult<()> {
    let file = folder.join("random.db");
    let mut bench = Bench::open(&file)?;
    bench.fill(SUSPENDED_RUNS)?;
    bench.store.truncate_log()?;
    let bytes = std::fs::metadata(&file).map_or(0, |found| found.len());
    for batch in [64, 256, 1_024] {
        let name = format!("100,000 suspended, a random signal, batch {batch}");
        bench.measure(&name, RANDOM_STEPS, batch, Step::Signal, SUSPENDED_RUNS)?;
        let name = format!("the same, its timeout begins anew, batch {batch}");
        bench.measure(&name, RANDOM_STEPS, batch, Step::Renew, SUSPENDED_RUNS)?;
        let name = format!("the earliest due, and wait again, batch {batch}");
        bench.measure(&name, RANDOM_STEPS, batch, Step::Timer, SUSPENDED_RUNS)?;
    }
    for batch in [64, 256] {
        let name = format!("100,000 suspended, random outcome, batch {batch}");
        bench.measure(&name, RANDOM_STEPS, batch, Step::Outcome, SUSPENDED_RUNS)?;
    }
    println!(
        "bytes on disk per suspended run: {} (state {SNAPSHOT_BYTES}, its first journal row included)",
        bytes / SUSPENDED_RUNS
    );
    Ok(())
}

#[derive(Clone, Copy, PartialEq)]
enum Step {
    /// An outcome comes in, the next intent goes out.
    Outcome,
    /// The same, and the intent is marked as sending in a transaction before.
    Sending,
    /// A signal comes in, the run waits on.
    Signal,
    /// A signal comes in, and the run waits for the next for as long again.
    Renew,
    /// Its time has come, and the run waits for as long again.
    Timer,
}

struct Bench {
    store: SqliteStore,
    clock: SystemClock,
    rng: SeededRng,
    ids: Vec<i64>,
    flow: i64,
    action: i64,
    /// The latest due moment given: waits of one length end in the order they began.
    latest: i64,
}

impl Bench {
    fn open(file: &Path) -> StoreResult<Self> {
        let options = Options { create: true, ..Options::default() };
        let mut store = SqliteStore::open(file, &options)?;
        let mut txn = store.begin()?;
        let flow = txn.intern(NameClass::Flow, "refunds.refund")?;
        let action = txn.intern(NameClass::Action, "http.post")?;
        txn.commit()?;
        Ok(Bench {
            store,
            clock: SystemClock::default(),
            rng: SeededRng::new(1),
            ids: Vec::new(),
            flow,
            action,
            latest: NOW + 1_000_000,
        })
    }

    fn fill(&mut self, runs: u64) -> StoreResult<()> {
        let mut txn = self.store.begin()?;
        for at in 0..runs {
            let mut run = RunRow::new(1, self.flow, 1, NOW);
            run.status = RunStatus::Waiting;
            run.subject = Some(Subject { kind: 1, id: at as i64 });
            run.due = None;
            run.snapshot = vec![at as u8; SNAPSHOT_BYTES];
            txn.insert_run(&mut run)?;
            run.journal = txn.append_journal(run.id, 0, NOW, &[1; JOURNAL_BYTES])?;
            if runs > HOT_RUNS {
                run.due = Some(NOW + (at * 7_919 % 1_000_000) as i64);
            }
            txn.save_run(&mut run)?;
            self.ids.push(run.id);
        }
        txn.commit()
    }

    fn measure(&mut self, name: &str, steps: u64, batch: u64, step: Step, runs: u64) -> StoreResult<()> {
        let before = self.store.statistics();
        let (started, cpu) = (self.clock.boot_us(), cpu_us());
        let mut done = 0;
        while done < steps {
            let mut ids: Vec<i64> = (0..batch)
                .map(|at| if runs == HOT_RUNS { done + at } else { self.rng.below(runs) })
                .map(|at| self.ids[(at % runs) as usize])
                .collect();
            if step == Step::Timer {
                let due = self.store.begin()?.due(i64::MAX, ids.len())?;
                ids = due.into_iter().map(|(_, id)| id).collect();
            }
            self.batch(&ids, step)?;
            done += batch;
        }
        let seconds = (self.clock.boot_us() - started).max(1) as f64 / 1e6;
        let now = self.store.statistics();
        let cpu_per_step = (cpu_us() - cpu) as f64 / done as f64;
        self.report(name, done, (seconds, cpu_per_step), before, now);
        Ok(())
    }

    fn report(&self, name: &str, steps: u64, (seconds, cpu): (f64, f64), before: Statistics, now: Statistics) {
        let per_step = |count: u64| count as f64 / steps as f64;
        let kib = per_step(now.log_pages - before.log_pages) * now.page_bytes as f64 / 1_024.0;
        let (flushes, checkpoints) = (per_step(now.flushes - before.flushes), now.checkpoints - before.checkpoints);
        println!("{name:<50}{:>10.0}{cpu:>12.1}{kib:>12.2}{flushes:>10.4}{checkpoints:>14}", steps as f64 / seconds);
    }

    fn batch(&mut self, ids: &[i64], step: Step) -> StoreResult<()> {
        if step == Step::Sending {
            let mut txn = self.store.begin()?;
            for id in ids {
                if let Some(mut intent) = txn.intent(*id, 0)? {
                    intent.state = IntentState::Sending;
                    intent.attempt += 1;
                    txn.update_intent(&intent)?;
                }
            }
            txn.commit()?;
        }
        let mut txn = self.store.begin()?;
        for id in ids {
            txn.savepoint()?;
            let Some(mut run) = txn.run(*id)? else { continue };
            run.effects += 1;
            run.updated_at += 1;
            if matches!(step, Step::Renew | Step::Timer) {
                self.latest += 1;
                run.due = Some(self.latest);
            } else if step != Step::Signal {
                txn.put_intent(&IntentRow {
                    run: run.id,
                    path: 0,
                    effect: run.effects,
                    state: IntentState::Queued,
                    program: run.program,
                    place: 4,
                    action: self.action,
                    class: EffectClass::Read,
                    key: Arc::from("9f2c7d1e5a3b8c60"),
                    destination: Arc::from("api.example.com"),
                    request: Arc::from([7; REQUEST_BYTES]),
                    attempt: 0,
                    not_before: 0,
                    policy: Policy { timeout_us: 30_000_000, retry: 2, backoff_us: 1_000_000 },
                })?;
            }
            run.journal = txn.append_journal(run.id, run.journal, run.updated_at, &[1; JOURNAL_BYTES])?;
            txn.save_run(&mut run)?;
            txn.release()?;
        }
        txn.commit()
    }
}

/// CPU time of this process, microseconds: unlike the clock it does not count what else runs on the machine.
fn cpu_us() -> i64 {
    // Fields 14 and 15, in hundredths of a second; only Linux says.
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let after_name = stat.rsplit(')').next().unwrap_or_default();
    after_name.split_whitespace().skip(11).take(2).filter_map(|ticks| ticks.parse::<i64>().ok()).sum::<i64>() * 10_000
}

/// Memory of this process, KiB; only Linux says.
fn resident_kib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}
