//! Scripts of a project: what is told of one that is not there, and what a run shows of one that was run.
#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

mod common;
use common::Scratch;
use std::os::unix::fs::PermissionsExt;

fn project(program: &str) -> Scratch {
    let project = Scratch::empty();
    project.write("flow.toml", "");
    project.write("desk.flow", program);
    std::fs::create_dir(project.at("scripts")).expect("a folder");
    let path = project.at("scripts/look.sh");
    std::fs::write(&path, "#!/bin/sh\necho '{\"found\": 12}'\necho 'asked the register' >&2\n").expect("a script");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("its mode is set");
    project
}

#[test]
fn a_name_that_no_file_has_is_a_warning() {
    let project = project("flow f() { start script.run(\"look\") }\n");
    project.flow(&["check"]).expect(0).says("nothing to complain about");
    project.write("desk.flow", "flow f() { start script.run(\"lok\") }\n");
    project.flow(&["check", "--format", "short"]).expect(0).shows("W0606").shows("There is no script `lok`");
    std::fs::remove_dir_all(project.at("scripts")).expect("it is there");
    project.write("desk.flow", "flow f() { start script.run(\"look\") }\n");
    project.flow(&["check", "--format", "short"]).expect(0).shows("W0606");
}

#[test]
fn what_is_there_and_cannot_be_run_is_a_warning_too() {
    let project = project("flow f() { start script.run(\"look\") }\n");
    let mode = |mode| std::fs::set_permissions(project.at("scripts/look.sh"), std::fs::Permissions::from_mode(mode));
    mode(0o644).expect("its mode is set");
    project.flow(&["check", "--format", "short"]).expect(0).shows("W0606").shows("nobody may execute it");
    mode(0o755).expect("its mode is set");
    project.flow(&["check"]).expect(0).says("nothing to complain about");
    std::fs::rename(project.at("scripts/look.sh"), project.at("look.sh")).expect("it is moved");
    std::os::unix::fs::symlink(project.at("look.sh"), project.at("scripts/look.sh")).expect("a link");
    project.flow(&["check", "--format", "short"]).expect(0).shows("W0606").shows("leads out of the folder");
}

/// What a script wrote is with the run of its own, and with the flow that waited for it.
#[test]
fn a_run_shows_what_its_script_wrote() {
    let project = project(
        "flow f() { start script.run(\"look\") }\nflow g() -> ScriptResult { return script.execute(\"look\") }\n",
    );
    project.flow(&["run", "desk.flow:f"]).expect(0);
    let listed = project.flow(&["runs", "--json"]).expect(0).out;
    let id = |flow: &str| {
        let line = listed.lines().find(|line| line.contains(flow)).expect("it is listed");
        let at = line.find("r_").expect("an id");
        line[at..].split('"').next().expect("its end").to_owned()
    };
    project.flow(&["show", &id("script.run")]).expect(0).shows("asked the register").shows("\"found\":12");
    project.flow(&["run", "desk.flow:g"]).expect(0);
    let listed = project.flow(&["runs", "--json"]).expect(0).out;
    let line = listed.lines().find(|line| line.contains("desk.g")).expect("it is listed");
    let id = line[line.find("r_").expect("an id")..].split('"').next().expect("its end");
    project.flow(&["show", id]).expect(0).shows("wrote: asked the register");
}
