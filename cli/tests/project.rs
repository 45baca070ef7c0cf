//! `new`, `check`, `build`, `disasm`, `explain`, `completions`.
#![allow(clippy::expect_used, clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on must say where")]

mod common;

use common::Scratch;

#[test]
fn a_new_project_compiles_and_is_not_written_over() {
    let scratch = Scratch::empty();
    let done = scratch.flow(&["new", "help desk"]).expect(0);
    insta::assert_snapshot!(done.transcript());
    scratch.flow(&["check", "help desk", "--deny", "warnings"]).expect(0);
    scratch.flow(&["new", "help desk"]).expect(2).says("is not empty");
    scratch.write("file", "");
    scratch.flow(&["new", "file"]).expect(2).says("is a file");
}

const WRONG: &str =
    "flow greet(conversation: Conversation) {\n    let contact = conversation.contcat\n    say \"Hi\"\n}\n";

#[test]
fn a_mistake_is_shown_in_every_format() {
    let project = Scratch::project();
    project.write("wrong.flow", WRONG);
    for format in ["human", "short"] {
        let done = project.flow(&["check", "--format", format]).expect(1);
        insta::assert_snapshot!(format!("mistake_{format}"), done.transcript());
    }
    let json = project.flow(&["check", "--json"]).expect(1).out;
    let first: serde_json::Value = serde_json::from_str(json.lines().next().unwrap()).unwrap();
    assert_eq!((&first["file"], &first["line"]), (&"wrong.flow".into(), &2.into()));
    let sarif: serde_json::Value =
        serde_json::from_str(&project.flow(&["check", "--format", "sarif"]).expect(1).out).unwrap();
    assert_eq!(sarif["runs"][0]["results"][0]["ruleId"], first["code"]);
}

#[test]
fn a_built_program_is_listed_beside_its_source() {
    let project = Scratch::project();
    project.flow(&["build", "-o", "x.flowc"]).expect(0).says("built x.flowc");
    let listing = project.flow(&["disasm", "x.flowc"]).expect(0).out;
    assert!(listing.contains("hello.hello") && listing.contains("What is it about?"), "{listing}");
    assert_eq!(project.flow(&["disasm", "hello.flow"]).expect(0).out, listing);
    project.flow(&["disasm", "x.flowc", "--function", "helo"]).expect(2).says("no function's name");
    let mut bytes = std::fs::read(project.at("x.flowc")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    project.write("x.flowc", &bytes);
    project.flow(&["disasm", "x.flowc"]).expect(1).says("corrupt");
    project.write("x.flowc", "no program");
    project.flow(&["disasm", "x.flowc"]).expect(1).says("no compiled Flow program");
    project.flow(&["disasm", "y.flowc"]).expect(2);
}

#[test]
fn codes_are_explained() {
    let scratch = Scratch::empty();
    let page = scratch.flow(&["explain", "e0001"]).expect(0).out;
    assert!(page.contains("E0001"));
    let codes = scratch.flow(&["explain", "--json"]).expect(0).out;
    assert!(codes.lines().count() > 5 && codes.lines().all(|line| line.starts_with("{\"code\":")));
    scratch.flow(&["explain", "E0O01"]).expect(2).says("did you mean E0001?");
}

#[test]
fn every_shell_gets_completions() {
    let scratch = Scratch::empty();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        assert!(scratch.flow(&["completions", shell]).expect(0).out.contains("explain"), "{shell}");
    }
}

#[test]
fn the_examples_give_nothing_to_complain_about() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    let done = Scratch::empty().flow(&["check", examples, "--deny", "warnings"]).expect(0);
    assert_eq!(done.out, "");
}
