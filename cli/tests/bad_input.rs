//! Whatever is given, the command says what is wrong and what to do, with the right exit code, and does not panic.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;

#[test]
fn files_that_are_not_there_are_told_with_the_nearest_name() {
    let project = Scratch::project();
    project.flow(&["check", "helo.flow"]).expect(2).says("there is no file helo.flow").says("did you mean hello.flow?");
    project.flow(&["run", "helo.flow"]).expect(2).says("did you mean hello.flow?");
    project.flow(&["check", "nowhere/x.flow"]).expect(2).says("no folder nowhere");
    project.flow(&["run", "hello.flow:helo"]).expect(2).says("has no flow `helo`").says("did you mean `hello`?");
}

#[test]
fn a_folder_is_no_file() {
    let project = Scratch::project();
    std::fs::create_dir(project.at("x.flow")).unwrap();
    project.flow(&["run", "x.flow"]).expect(2).says("x.flow is a folder");
    project.flow(&["check", "x.flow"]).expect(2).says("x.flow is a folder");
    project.flow(&["run", "."]).expect(2).says("is a folder");
}

#[test]
fn an_empty_file_is_fine_and_has_nothing_to_run() {
    let scratch = Scratch::empty();
    scratch.write("empty.flow", "");
    scratch.flow(&["check", "empty.flow"]).expect(0);
    scratch.flow(&["run", "empty.flow"]).expect(2).says("no flow to run");
}

#[test]
fn garbage_is_diagnosed_within_bounds() {
    let scratch = Scratch::empty();
    // Bytes from a small generator: the same garbage every time.
    let mut state = 1u32;
    let mut garbage = |length: usize| -> Vec<u8> {
        std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(length)
        .collect()
    };
    let texts: [(&str, Vec<u8>); 8] = [
        ("bytes", garbage(1 << 20)),
        ("printable", garbage(1 << 20).into_iter().map(|byte| b' ' + byte % 95).collect()),
        ("too long", vec![b'a'; (1 << 20) + 1]),
        ("one line", vec![b'x'; 1 << 20]),
        ("deep", "(".repeat(10_000).into_bytes()),
        ("deep blocks", format!("flow a() {}", "{ ".repeat(10_000)).into_bytes()),
        ("invalid", b"flow a() {\n    say \"\xff\"\n}\n".to_vec()),
        ("nul", b"flow a() {\n    \0\n}\n".to_vec()),
    ];
    for (name, text) in texts {
        scratch.write("x.flow", &text);
        for format in ["human", "json", "sarif", "short"] {
            let done = scratch.flow(&["check", "x.flow", "--format", format]);
            assert_eq!(done.code, 1, "{name}: {}", done.err);
            assert!(!done.out.is_empty(), "{name} as {format}");
            assert!(done.out.len() < 2_000_000, "{name} as {format} prints {} bytes", done.out.len());
            if format == "json" {
                for line in done.out.lines() {
                    let object: serde_json::Value = serde_json::from_str(line).expect(name);
                    assert!(object["code"].is_string() && object["line"].as_u64() >= Some(1), "{line}");
                }
            }
        }
        scratch.flow(&["run", "x.flow"]).expect(1);
    }
}

#[test]
fn line_ends_of_windows_are_line_ends() {
    let scratch = Scratch::empty();
    scratch.write("x.flow", "team support\r\n\r\nflow a(conversation: Conversation) {\r\n    say \"Hi\"\r\n}\r\n");
    scratch.flow(&["check", "x.flow", "--format", "short"]).expect(0);
    scratch.write("x.flow", "team support\r\n\r\nflow a(conversation: Conversation) {\r\n    sya \"Hi\"\r\n}\r\n");
    let done = scratch.flow(&["check", "x.flow", "--format", "short"]).expect(1);
    assert!(done.out.contains("x.flow:4:"), "{}", done.out);
}

#[test]
fn settings_that_do_not_fit_are_refused_with_their_line() {
    let project = Scratch::project();
    project.write("flow.toml", "[project]\nnmae = \"x\"\n");
    project.flow(&["check"]).expect(2).says("flow.toml:2: unknown key `nmae`").says("did you mean `name`?");
    project.write("flow.toml", "[project\n");
    project.flow(&["check"]).expect(2).says("flow.toml:1:");
}

#[cfg(unix)]
#[test]
fn a_link_does_not_lead_out_of_the_project() {
    let (project, outside) = (Scratch::project(), Scratch::empty());
    outside.write("secret.flow", "team a\n");
    std::os::unix::fs::symlink(outside.at("secret.flow"), project.at("link.flow")).unwrap();
    project.flow(&["check"]).expect(1).says("link.flow is a link that leads out of the project");
}

#[test]
fn arguments_that_do_not_fit_show_the_signature() {
    let project = Scratch::project();
    project
        .write("order.flow", "flow order(contact: Contact, size: Int = 1) {\n    contact.add_note(\"{{size}}\")\n}\n");
    let run = |args: &[&str]| {
        let mut line = vec!["run", "order.flow"];
        line.extend(args);
        project.flow(&line).expect(2).says("order(contact: Contact, size: Int = …)")
    };
    run(&["contcat=ada@example.com"]).says("did you mean `contact`?");
    run(&["contact=nobody@example.com"]).says("there is no contact `nobody@example.com`");
    run(&["size=big"]).says("`big` is not an Int");
    run(&[]).says("`contact` is missing");
}

#[test]
fn usage_errors_end_with_two_and_help_with_zero() {
    let scratch = Scratch::empty();
    scratch.flow(&["chekc"]).expect(2).says("check");
    scratch.flow(&["check", "--format", "xml"]).expect(2);
    scratch.flow(&["show", "r_zzz"]).expect(2);
    scratch.flow(&["show", "17"]).expect(2).says("no run's id");
    assert!(scratch.flow(&["--version"]).expect(0).out.starts_with("flow "));
    for command in [
        "new",
        "check",
        "build",
        "disasm",
        "explain",
        "run",
        "runs",
        "show",
        "answer",
        "fire",
        "cancel",
        "retry",
        "resume",
        "doctor",
        "completions",
    ] {
        let done = scratch.flow(&[command, "--help"]).expect(0);
        assert!(
            done.out.contains("Example") && done.out.contains(&format!("flow {command}")),
            "{command}: {}",
            done.out
        );
    }
    for deed in ["import", "list", "show"] {
        for records in ["contacts", "companies"] {
            assert!(scratch.flow(&[records, deed, "--help"]).expect(0).out.contains("Example"), "{records} {deed}");
        }
    }
}

/// A loop that starts runs without end must not fill the disk.
#[test]
fn a_run_starts_ten_thousand_others_and_no_more() {
    let project = Scratch::project();
    let program = "flow child() {}\n\nflow many(count: Int) {\n    repeat count { start child() }\n}\n";
    project.write("children.flow", program);
    project.flow(&["run", "children.flow:many", "count=10000", "--detach"]).expect(0);
    let done = project.flow(&["run", "children.flow:many", "count=10001", "--detach"]).expect(1);
    let said = format!("{}{}", done.out, done.err);
    assert!(said.contains("at most 10000 others") && said.contains(".limit"), "{said}");
}
