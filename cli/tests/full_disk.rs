//! A disk that is full at the k-th write, for every k of a few commands: one clear error, nothing acknowledged that is not
//! stored, nothing lost once there is room again. And a database that is taken away while it is worked on.
//!
//! The disk is full by way of a small library put before the C library's: it sees every write of the process, SQLite's and
//! ours, and answers what the system would.
#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::{Done, Scratch, serving};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

const SHIM: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long count;

/* Whether this write, to the database or what lies beside it, finds no room: FLOW_FULL_AT=k, FLOW_FULL_WITH=errno. */
static int full(int fd) {
    const char *at = getenv("FLOW_FULL_AT");
    if (!at) return 0;
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    if (!strstr(path, "flow.db")) return 0;
    if (atomic_fetch_add(&count, 1) + 1 < atol(at)) return 0;
    const char *with = getenv("FLOW_FULL_WITH");
    errno = with ? atoi(with) : ENOSPC;
    return 1;
}

#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
ssize_t write(int fd, const void *bytes, size_t n) { return full(fd) ? -1 : NEXT(write)(fd, bytes, n); }
ssize_t pwrite(int fd, const void *bytes, size_t n, off_t at) { return full(fd) ? -1 : NEXT(pwrite)(fd, bytes, n, at); }
ssize_t pwrite64(int fd, const void *bytes, size_t n, off64_t at) {
    return full(fd) ? -1 : NEXT(pwrite64)(fd, bytes, n, at);
}
"#;

/// The library, made once for a test.
fn shim(folder: &Scratch) -> PathBuf {
    folder.write("shim.c", SHIM);
    let library = folder.at("shim.so");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-o"]).arg(&library).arg(folder.at("shim.c")).arg("-ldl");
    let made = compiler.status().expect("a C compiler, which building SQLite takes too");
    assert!(made.success());
    library
}

fn full(project: &Scratch, library: &Path, at: usize, errno: i32, args: &[&str]) -> Done {
    let (at, errno) = (at.to_string(), errno.to_string());
    let library = library.to_str().unwrap();
    let variables = [("LD_PRELOAD", library), ("FLOW_FULL_AT", &*at), ("FLOW_FULL_WITH", &*errno)];
    project.flow_in(args, "", &variables)
}

const ENOSPC: i32 = 28;
const EDQUOT: i32 = 122;

fn says_so(done: &Done, what: &str) {
    assert_eq!(done.code, 3, "{what}: {}{}", done.out, done.err);
    assert!(done.err.contains("the disk is full"), "{what}: {}", done.err);
    assert!(done.err.to_lowercase().contains("free some space, then `flow resume`"), "{what}: {}", done.err);
}

/// Names of the contacts and ids of the runs that are there.
fn there(project: &Scratch) -> (String, String) {
    let people = project.flow(&["contacts", "list", "--json"]).expect(0).out;
    (people, project.flow(&["runs", "--json"]).expect(0).out)
}

#[test]
fn each_command_is_done_or_says_that_the_disk_is_full() {
    let tools = Scratch::empty();
    let library = shim(&tools);
    let project = Scratch::project();
    project.flow(&["run", "hello.flow", "--detach"]).expect(0);
    let mut refusals = 0;
    for at in 1..60 {
        let errno = if at % 3 == 0 { EDQUOT } else { ENOSPC };
        let what = format!("write {at}, error {errno}");
        project.write("people.csv", format!("Email\np{at}@example.com\n"));
        let imported = full(&project, &library, at, errno, &["contacts", "import", "people.csv"]);
        let started = full(&project, &library, at, errno, &["run", "hello.flow", "--detach"]);
        let (people, runs) = there(&project);
        for done in [&imported, &started] {
            if done.code != 0 {
                says_so(done, &what);
                refusals += 1;
            }
        }
        assert!(imported.code != 0 || people.contains(&format!("p{at}@example.com")), "{what}: an import is lost");
        assert!(started.code != 0 || runs.contains(&started.run_id()), "{what}: a run is lost");
    }
    assert!(refusals > 20, "only {refusals} writes came to the full disk");
    assert!(project.flow(&["doctor"]).expect(0).err.is_empty());
}

/// How it ended, within some seconds, and what it said.
fn ended(mut owner: Child) -> Done {
    let begun = Instant::now();
    while owner.try_wait().unwrap().is_none() {
        if begun.elapsed() > Duration::from_secs(20) {
            owner.kill().unwrap();
            panic!("it did not notice");
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    let output = owner.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Done { code: output.status.code().unwrap_or(-1), out: text(output.stdout), err: text(output.stderr) }
}

#[test]
fn an_owner_whose_disk_fills_up_acknowledges_nothing_more_and_ends() {
    let tools = Scratch::empty();
    let library = shim(&tools);
    for (at, errno) in [(12, ENOSPC), (19, EDQUOT), (26, ENOSPC), (33, ENOSPC), (47, EDQUOT), (60, ENOSPC)] {
        let what = format!("write {at}, error {errno}");
        let project = Scratch::project();
        project.flow(&["run", "hello.flow", "--detach"]).expect(0);
        let (at, errno) = (at.to_string(), errno.to_string());
        let library = library.to_str().unwrap();
        let variables = [("LD_PRELOAD", library), ("FLOW_FULL_AT", &*at), ("FLOW_FULL_WITH", &*errno)];
        let owner = serving(&project, &variables);
        let mut acknowledged = Vec::new();
        for _ in 0..60 {
            let done = project.flow(&["run", "hello.flow", "--detach"]);
            if done.code != 0 {
                assert_eq!(done.code, 3, "{what}: {}", done.err);
                break;
            }
            acknowledged.push(done.run_id());
            if acknowledged.len() > 40 {
                break;
            }
        }
        says_so(&ended(owner), &what);
        let (_, runs) = there(&project);
        for run in &acknowledged {
            assert!(runs.contains(run), "{what}: {run} was acknowledged and is lost");
        }
    }
}

/// Deleted, renamed or replaced under the process that serves it: that is noticed, and nothing is acknowledged into the void.
#[test]
fn a_database_that_is_taken_away_ends_its_owner() {
    for how in ["deleted", "renamed", "replaced", "its log deleted"] {
        let project = Scratch::project();
        let first = project.flow(&["run", "hello.flow", "--detach"]).expect(0).run_id();
        let owner = serving(&project, &[]);
        let acknowledged = project.flow(&["run", "hello.flow", "--detach"]).expect(0).run_id();
        match how {
            "deleted" => std::fs::remove_file(project.at("flow.db")).unwrap(),
            "its log deleted" => std::fs::remove_file(project.at("flow.db-wal")).unwrap(),
            "renamed" => std::fs::rename(project.at("flow.db"), project.at("away.db")).unwrap(),
            _ => {
                std::fs::copy(project.at("flow.db"), project.at("other.db")).unwrap();
                std::fs::rename(project.at("other.db"), project.at("flow.db")).unwrap();
            }
        }
        let asked = project.flow(&["answer", &acknowledged, "2"]);
        assert_ne!(asked.code, 0, "{how}: acknowledged into the void: {}", asked.out);
        let done = ended(owner);
        assert_eq!(done.code, 3, "{how}: {}{}", done.out, done.err);
        assert!(done.err.contains("was deleted, renamed or replaced"), "{how}: {}", done.err);
        if how == "renamed" {
            // What was acknowledged before is in the file, wherever it is now.
            let runs = project.flow(&["runs", "--db", "away.db", "--json"]).expect(0).out;
            assert!(runs.contains(&first) && runs.contains(&acknowledged), "{runs}");
        }
    }
}
