//! Programs of a project that flows run: what they get, what comes back, and where they are ended.
#![cfg(unix)]

use flow_bytecode::Value;
use flow_stdlib::channel::Channels;
use flow_stdlib::script::Scripts;
use flow_tests::office::{Office, kind, result, why};
use flow_vm::engine::{Control, RunFilter, RunStatus};
use serde_json::json;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::time::{Duration, Instant};

const PROGRAM: &str = r#"
record Profile { employees: Int, country: Text? }

flow enrich(name: Text) -> Int {
    return script.execute(name, input: { email: "ada@example.com", size: 3 }).output.decode(Profile).employees
}

flow run(name: Text) -> Json { return script.execute(name).output }
/// Goes on at once: what the script leaves behind is kept with its own run.
flow goes_on(contact: Contact) {
    start script.run("slow", input: { who: contact.first_name ?? "somebody" })
    contact.add_note("went on")
}
flow waits() -> Json { return script.run("slow").output }

flow logged(name: Text) -> Text { return script.execute(name).log }
"#;

const SECRET: &str = "sesame-4711-open-wide";

/// A folder with these scripts, and an engine that may run them.
struct Stage {
    office: Office,
    folder: tempfile::TempDir,
}

impl Stage {
    fn new(files: &[(&str, &str)], change: impl FnOnce(&mut Scripts)) -> Stage {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let inside = folder.path().join("scripts");
        std::fs::create_dir(&inside).expect("a folder");
        for (name, text) in files {
            let path = inside.join(name);
            std::fs::write(&path, text).expect("a script is written");
            let mode = if text.starts_with("#!") { 0o755 } else { 0o644 };
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).expect("its mode is set");
        }
        let mut scripts = Scripts { folder: Some(inside), ..Scripts::default() };
        change(&mut scripts);
        let secrets = [("crm_token", SECRET.to_owned())];
        Stage { office: Office::with_scripts(scripts, Channels::default(), &[], &secrets, PROGRAM), folder }
    }

    fn yields(&self, flow: &str, name: &str) -> Value {
        result(&self.office.run(flow, json!({ "name": name })))
    }

    /// The kind of failure, and what it says.
    fn fails(&self, name: &str) -> (String, String) {
        let run = self.office.run("run", json!({ "name": name }));
        assert_eq!(run.run.status, RunStatus::Failed, "{:?}", run.run.failure);
        (kind(&run), why(&run))
    }

    fn written(&self, name: &str) -> String {
        std::fs::read_to_string(self.folder.path().join(name)).expect("it was written")
    }
}

#[test]
fn a_flow_goes_on_beside_it() {
    let slow =
        "#!/bin/sh\nread -r input\nwhile [ ! -e go ]; do sleep 0.01; done\necho \"$input\"\necho 'took its time' >&2\n";
    let stage = Stage::new(&[("slow", slow)], |_| {});
    let contact = stage.office.record("Contact", json!({ "first_name": "Ada" }));
    let run = stage.office.start("goes_on", json!({ "contact": contact }));
    while stage.office.shown(run).run.status != RunStatus::Finished {
        std::thread::sleep(Duration::from_millis(5));
    }
    let all = RunFilter { limit: 10, ..RunFilter::default() };
    let beside = || {
        let runs = stage.office.engine().runs(&all).expect("runs are listed");
        runs.into_iter().find(|run| run.flow == "script.run").expect("it is a run of its own")
    };
    assert_ne!(beside().status, RunStatus::Finished, "nobody waited for it");
    std::fs::write(stage.folder.path().join("go"), "").expect("a file");
    stage.office.settle();
    let shown = stage.office.shown(beside().run);
    assert_eq!(shown.run.status, RunStatus::Finished, "{:?}", shown.run.failure);
    let told = format!("{:?}", shown.result);
    assert!(told.contains("who") && told.contains("Ada") && told.contains("took its time"), "{told}");
    let waited = result(&stage.office.run("waits", json!({})));
    assert_eq!(waited, Value::Null, "it had no input");
}

/// Whether a process is there and not only waited for.
fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(Path::new("/proc").join(pid.trim()).join("stat")).unwrap_or_default();
    stat.rsplit(") ").next().is_some_and(|rest| !rest.is_empty() && !rest.starts_with('Z'))
}

#[test]
fn it_gets_its_input_and_its_output_is_read() {
    let stage = Stage::new(
        &[
            ("enrich.sh", "#!/bin/sh\ncat > got.json\necho '{\"employees\": 12}'\n"),
            ("words", "#!/bin/sh\necho ' two words '\necho 'a remark' >&2\n"),
            ("deaf", "#!/bin/sh\nexec <&-\n"),
        ],
        |_| {},
    );
    assert_eq!(stage.yields("enrich", "enrich"), Value::Int(12));
    assert_eq!(stage.written("got.json"), r#"{"email":"ada@example.com","size":3}"#, "it runs in the project's folder");
    assert_eq!(stage.yields("enrich", "enrich.sh"), Value::Int(12));
    assert_eq!(stage.yields("run", "words"), Value::text("two words"));
    assert_eq!(stage.yields("logged", "words"), Value::text("a remark"));
    assert_eq!(stage.yields("run", "deaf"), Value::Null);
}

#[test]
fn it_sees_of_the_environment_what_it_is_given() {
    let show = "#!/bin/sh\nenv | cut -d= -f1 | sort | tr '\\n' ' '\necho \"$CRM_TOKEN\" >&2\n";
    let stage = Stage::new(&[("show", show)], |scripts| {
        scripts.environment = vec!["CARGO_PKG_NAME".to_owned(), "NOT_THERE_AT_ALL".to_owned()];
        scripts.secrets.insert("CRM_TOKEN".to_owned(), "crm_token".to_owned());
    });
    let Value::Text(seen) = stage.yields("run", "show") else { panic!("a text") };
    let allowed = ["PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PWD", "_", "OLDPWD", "SHLVL"];
    for name in seen.split(' ') {
        let asked = ["CARGO_PKG_NAME", "CRM_TOKEN", "FLOW_KEY"].contains(&name);
        assert!(asked || allowed.contains(&name), "it sees {name}");
    }
    assert!(seen.contains("CARGO_PKG_NAME") && seen.contains("FLOW_KEY") && seen.contains("CRM_TOKEN"), "{seen}");
    assert_eq!(
        stage.yields("logged", "show"),
        Value::text("[secret crm_token]"),
        "what it tells of a secret is hidden"
    );
}

#[test]
fn how_it_ends_is_told() {
    let stage = Stage::new(
        &[
            ("three", "#!/bin/sh\necho x >> count\necho 'first' >&2\necho 'no such customer' >&2\nexit 3\n"),
            ("killed", "#!/bin/sh\nkill -TERM $$\n"),
            ("nothing", "#!/no/such/program\n"),
            ("text", "no program"),
        ],
        |_| {},
    );
    assert_eq!(stage.fails("three"), ("failed".into(), "`three` ended with code 3: no such customer".into()));
    assert_eq!(stage.written("count"), "x\n", "it is run once");
    assert_eq!(stage.fails("killed"), ("failed".into(), "`killed` was ended by signal 15".into()));
    assert!(stage.fails("nothing").1.contains("its first line names"), "{:?}", stage.fails("nothing"));
    let (kind, message) = stage.fails("text");
    assert!(kind == "invalid" && message.contains("chmod +x"), "{kind}: {message}");
}

#[test]
fn one_that_takes_too_long_is_ended_with_all_that_it_started() {
    let slow = "#!/bin/sh\nsleep 600 &\necho $! > child\necho $$ > own\necho 'still at it' >&2\nwait\n";
    let stage = Stage::new(&[("slow", slow)], |scripts| scripts.timeout = Duration::from_millis(800));
    let begun = Instant::now();
    assert_eq!(stage.fails("slow"), ("timeout".into(), "`slow` was ended after 0.8 seconds: still at it".into()));
    assert!(begun.elapsed() < Duration::from_secs(60), "nobody waited for it");
    for pid in ["own", "child"] {
        let pid = stage.written(pid);
        let gone = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(10));
            !lives(&pid)
        });
        assert!(gone, "{pid} goes on");
    }
}

#[test]
fn what_it_leaves_behind_is_ended_with_it() {
    let stage = Stage::new(&[("quick", "#!/bin/sh\nsleep 600 &\necho $! > child\necho done\n")], |_| {});
    let begun = Instant::now();
    assert_eq!(stage.yields("run", "quick"), Value::text("done"));
    assert!(begun.elapsed() < Duration::from_secs(60), "its pipes were not waited for");
    let pid = stage.written("child");
    assert!((0..200).any(|_| !lives(&pid) || {
        std::thread::sleep(Duration::from_millis(10));
        false
    }));
}

#[test]
fn memory_and_output_have_limits() {
    let greedy = "#!/bin/sh\nexec awk 'BEGIN { s = \"0123456789\"; while (length(s) < 1000000000) s = s s; print \"had it\" }'\n";
    let loud = "#!/bin/sh\nhead -c 5000000 /dev/zero | tr '\\0' 'x'\n";
    let stage = Stage::new(&[("greedy", greedy), ("loud", loud)], |scripts| {
        scripts.memory = 64 << 20;
        scripts.output = 1_000;
    });
    assert_eq!(stage.fails("greedy").0, "failed", "it got its gigabyte");
    let Value::Text(kept) = stage.yields("run", "loud") else { panic!("a text") };
    assert_eq!(*kept, *format!("{}\n[4999000 bytes more]", "x".repeat(1_000)));
}

#[test]
fn data_that_is_cut_says_so() {
    let much =
        "#!/bin/sh\nprintf '{\"employees\": 12, \"text\": \"'\nhead -c 2000 /dev/zero | tr '\\0' 'x'\nprintf '\"}'\n";
    let stage = Stage::new(&[("much", much)], |scripts| scripts.output = 1_000);
    let (kind, said) = stage.fails("much");
    assert_eq!(kind, "limit");
    assert!(said.starts_with("`much` ended well, and its output was cut at 1000 bytes: 10"), "{said}");
    let stage = Stage::new(&[("much", much)], |_| {});
    assert_eq!(stage.yields("enrich", "much"), Value::Int(12));
}

#[test]
fn nothing_outside_the_folder_is_run() {
    let stage = Stage::new(&[("one.sh", "#!/bin/sh\n"), ("two.sh", "#!/bin/sh\n"), ("two.py", "#!/bin/sh\n")], |_| {});
    let scripts = stage.folder.path().join("scripts");
    let outside = stage.folder.path().join("outside.sh");
    std::fs::copy(scripts.join("one.sh"), &outside).expect("copied");
    std::os::unix::fs::symlink(&outside, scripts.join("link.sh")).expect("linked");
    std::fs::create_dir(scripts.join("folder")).expect("a folder");
    for name in
        ["../outside.sh", "/bin/true", "..", ".", "", "one.sh; true", "scripts/one.sh", ".hidden", "o\u{0}ne", "ø"]
    {
        let (kind, message) = stage.fails(name);
        assert!(kind == "invalid" && message.contains("no script's name"), "{name}: {kind}: {message}");
    }
    for (name, told) in [
        ("three", "there is no script `three`"),
        ("two", "several scripts"),
        ("link", "no file of the folder"),
        ("folder", "no file of the folder"),
    ] {
        let (kind, message) = stage.fails(name);
        assert!(kind == "invalid" && message.contains(told), "{name}: {kind}: {message}");
    }
}
