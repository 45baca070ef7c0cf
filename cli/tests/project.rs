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
fn several_projects_are_one_sarif_log() {
    let scratch = Scratch::empty();
    for name in ["desk", "shop"] {
        scratch.flow(&["new", name]).expect(0);
        scratch.write(&format!("{name}/wrong.flow"), WRONG);
    }
    let done = scratch.flow(&["check", "desk", "shop", "--format", "sarif"]).expect(1);
    let log: serde_json::Value = serde_json::from_str(&done.out).unwrap();
    let runs = log["runs"].as_array().unwrap();
    let named: Vec<_> = runs.iter().map(|run| run["automationDetails"]["id"].as_str().unwrap()).collect();
    assert_eq!(named, ["desk/", "shop/"]);
    assert!(runs.iter().all(|run| run["results"].as_array().is_some_and(|results| !results.is_empty())), "{log}");
}

#[test]
fn what_one_edit_mends_is_mended() {
    let project = Scratch::project();
    let wrong = WRONG.replace("say \"Hi\"", "say \"Hi {{contact.frist_name ?? \"you\"}}\"");
    let other = "flow other() {\n    nothing_near_this()\n}\n";
    project.write("wrong.flow", &wrong);
    project.write("other.flow", other);
    let done = project.flow(&["check", "--fix", "--format", "short"]).expect(1).says("fixed: 2 edits in 1 file");
    assert!(done.out.contains("nothing_near_this") && !done.out.contains("wrong.flow"), "{}", done.out);
    let mended = std::fs::read_to_string(project.at("wrong.flow")).unwrap();
    assert!(mended.contains("conversation.contact\n") && mended.contains("contact.first_name"), "{mended}");
    assert_eq!(std::fs::read_to_string(project.at("other.flow")).unwrap(), other);
    project.flow(&["check", "--fix", "--format", "short"]).expect(1).says("nothing that one edit would mend");
}

#[test]
fn what_a_person_has_to_decide_is_offered_and_not_carried_out() {
    let project = Scratch::project();
    let text =
        "flow greet(contact: Contact) {\n    let unused = 1\n    contact.add_note(\"{{contact.first_name}}\")\n}\n";
    project.write("wrong.flow", text);
    let done = project.flow(&["check", "--fix", "--json"]).expect(1).says("nothing that one edit would mend");
    let told: Vec<serde_json::Value> = done.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let offered = |code: &str| {
        let told = told.iter().find(|told| told["code"] == code).unwrap();
        told["fixes"][0]["edits"][0].to_string()
    };
    assert!(offered("W0101").contains("_unused"), "{}", done.out);
    assert!(offered("E0302").contains('…'), "{}", done.out);
    assert_eq!(std::fs::read_to_string(project.at("wrong.flow")).unwrap(), text);
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

/// What a shell says when it is asked, where it is installed.
fn shell(scratch: &Scratch, program: &str, args: &[&str]) -> Option<String> {
    let output = std::process::Command::new(program).args(args).current_dir(scratch.path()).output().ok()?;
    assert!(output.status.success(), "{program}: {}", String::from_utf8_lossy(&output.stderr));
    Some(String::from_utf8(output.stdout).unwrap())
}

#[test]
fn completions_complete_in_the_shells_that_are_here() {
    let scratch = Scratch::empty();
    for (name, file) in [("bash", "flow.bash"), ("zsh", "_flow"), ("fish", "flow.fish")] {
        scratch.write(file, scratch.flow(&["completions", name]).expect(0).out);
    }
    let bash = "source ./flow.bash; COMP_WORDS=(flow run --f); COMP_CWORD=2; _flow flow --f run; echo ${COMPREPLY[@]}";
    if let Some(said) = shell(&scratch, "bash", &["--norc", "-c", bash]) {
        assert_eq!(said.trim(), "--fast-forward");
    }
    let bash =
        "source ./flow.bash; COMP_WORDS=(flow explain W); COMP_CWORD=2; _flow flow W explain; echo ${COMPREPLY[@]}";
    if let Some(said) = shell(&scratch, "bash", &["--norc", "-c", bash]) {
        assert!(
            said.split_whitespace().count() > 3 && said.split_whitespace().all(|code| code.starts_with('W')),
            "{said}"
        );
    }
    assert!(scratch.flow(&["completions", "zsh"]).expect(0).out.contains("E0102\\:\"no such field or method\""));
    let zsh = "autoload -U compinit; fpath=($PWD $fpath); compinit -u -d dump; print $_comps[flow]; whence -w _flow";
    if let Some(said) = shell(&scratch, "zsh", &["-fc", zsh]) {
        assert!(said.contains("_flow: function"), "{said}");
    }
    if let Some(said) =
        shell(&scratch, "fish", &["--no-config", "-c", "source flow.fish; complete -C 'flow runs --status in'"])
    {
        assert!(said.starts_with("in_doubt"), "{said}");
    }
    let fish = "source flow.fish; complete -C 'flow explain E010'; complete -C 'flow new --'";
    if let Some(said) = shell(&scratch, "fish", &["--no-config", "-c", fish]) {
        assert!(said.contains("E0102\tno such field or method") && said.contains("--help"), "{said}");
    }
}

#[test]
fn the_examples_give_nothing_to_complain_about() {
    let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../examples");
    let done = Scratch::empty().flow(&["check", examples, "--deny", "warnings"]).expect(0);
    assert_eq!(done.out, "");
}

#[test]
fn the_doctor_says_what_every_other_command_would_stumble_over() {
    let project = Scratch::project();
    let told = |code: i32| project.flow(&["doctor"]).expect(code).out;
    assert!(told(0).contains("flow.db is not there yet"));
    project.flow(&["run", "hello.flow", "--detach"]).expect(0);
    assert!(told(0).contains("is sound"));
    let settings = std::fs::read_to_string(project.at("flow.toml")).unwrap();
    project.write("flow.toml", format!("{settings}\n[net]\nallow = [\"nonsense\"]\n"));
    project.flow(&["doctor"]).expect(2).says("`nonsense` is no address");
    project.write("flow.toml", format!("{settings}\n[net.secret_hosts]\nshop_tokn = [\"shop.example.com\"]\n"));
    project.write("shop.flow", "secret shop_token\n");
    let secrets = told(1);
    for command in [&["check"][..], &["run", "hello.flow"]] {
        project.flow(command).expect(2).says("so `shop_token` would go to any host").says("did you mean `shop_token`?");
    }
    assert!(secrets.contains("did you mean `shop_token`?") && secrets.contains("shop_token is not set"), "{secrets}");
    project.write("flow.toml", &settings);
    project.write(".env", "SHOP_TOKEN=hush\n");
    let set = told(0);
    assert!(set.contains("shop_token is set") && !set.contains("hush"), "{set}");
    // A call that fails: the run can be tried again, and somebody should know.
    project.write("flow.toml", format!("{settings}\n[net]\nallow = [\"127.0.0.1:1\"]\n"));
    project.write("shop.flow", "flow ask_shop() {\n    http.post(url: \"https://127.0.0.1:1/x\")\n}\n");
    project.flow(&["run", "shop.flow"]).expect(1);
    assert!(told(0).contains("1 run failed at a call"));
    project.write("shop.flow", "flow ask_shop() {\n    sya\n}\n");
    assert!(told(1).contains("`flow check` shows them"));
}

#[test]
fn files_are_laid_out_in_place_or_only_listed() {
    let project = Scratch::project();
    project.write("crooked.flow", "flow  crooked( contact:Contact ){contact.add_note( \"x\" )}\n");
    project.write("broken.flow", "flow broken( contact:Contact ){ let = }\n");
    let straight = "flow crooked(contact: Contact) { contact.add_note(\"x\") }\n";
    let listed = project.flow(&["fmt", "--check"]).expect(1);
    assert_eq!(listed.out, "crooked.flow\n");
    project.flow(&["fmt"]).expect(1).says("laid out 1 file").says("broken.flow has errors");
    assert_eq!(std::fs::read_to_string(project.at("crooked.flow")).unwrap(), straight);
    project.flow(&["fmt", "--check"]).expect(1).says("broken.flow has errors");
    std::fs::remove_file(project.at("broken.flow")).unwrap();
    project.flow(&["fmt", "--check"]).expect(0).says("as they should be");
    let piped =
        project.flow_with(&["fmt", "-"], "flow  crooked( contact:Contact ){contact.add_note( \"x\" )}").expect(0);
    assert_eq!(piped.out, straight);
    project.flow_with(&["fmt", "-", "--check"], straight).expect(0);
    project.flow_with(&["fmt", "-"], "flow broken( {").expect(1).says("standard input has errors");
    project.flow(&["fmt", "nothing.flow"]).expect(2).says("there is no file");
    project.write("latin.flow", b"flow a() { stop } // \xe9\n");
    project.flow(&["fmt", "latin.flow"]).expect(2).says("is not UTF-8");
}

#[test]
fn a_reader_that_goes_away_makes_no_mistake_right() {
    let project = Scratch::project();
    project.write("wrong.flow", "flow f(contact: Contact) {\n".to_owned() + &"    nobody()\n".repeat(20_000) + "}\n");
    for format in ["human", "short", "json", "sarif"] {
        let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_flow"))
            .args(["check", "--format", format])
            .current_dir(project.path())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        assert_eq!(child.wait().unwrap().code(), Some(1), "{format}");
    }
}

const LINKED: &str = "/// Pays back: see [the *notes*](../docs/a%20b.md#part), [`hello`](../hello.flow), [itself](#flow.billing.refund.refund),
/// [gone](gone.md), [the web](https://example.com/x), [bad](javascript:alert), [root](/etc/passwd), [nothing](#nowhere).
flow refund(contact: Contact) { contact.add_note(\"Paid.\") }
";

/// The pages stand elsewhere than the files whose documentation they show.
#[test]
fn links_of_documentation_lead_where_they_led() {
    let project = Scratch::project();
    for folder in ["billing", "docs"] {
        std::fs::create_dir(project.at(folder)).unwrap();
    }
    project.write("docs/a b.md", "Notes.");
    project.write("billing/refund.flow", LINKED);
    let page = |name: &str| std::fs::read_to_string(project.at(name)).unwrap();
    let broken =
        |err: &str, what: &str| err.contains(&format!("billing/refund.flow: the link to {what} leads nowhere\n"));

    let err = project.flow(&["doc", "-o", "out/pages"]).expect(0).err;
    assert!(broken(&err, "gone.md") && broken(&err, "#nowhere") && err.matches("leads nowhere").count() == 2, "{err}");
    let html = page("out/pages/billing.refund.html");
    for there in [
        "<a href=\"../../docs/a%20b.md#part\">the <em>notes</em></a>",
        "<a href=\"hello.html\"><code>hello</code></a>",
        "<a href=\"billing.refund.html#flow.billing.refund.refund\">itself</a>",
        "<a href=\"https://example.com/x\">the web</a>",
    ] {
        assert!(html.contains(there), "{there}: {html}");
    }
    for gone in ["gone.md", "javascript", "passwd", "#nowhere"] {
        assert!(!html.contains(gone), "{gone}: {html}");
    }

    project.flow(&["doc", "-o", "pages", "--format", "markdown"]).expect(0);
    let markdown = page("pages/billing.refund.md");
    for there in [
        "[the notes](<../docs/a%20b.md#part>)",
        "[`hello`](<hello.md>)",
        "[itself](<billing.refund.md#flow.billing.refund.refund>)",
        "[the web](https://example.com/x)",
        "\\[gone\\](gone.md)",
    ] {
        assert!(markdown.contains(there), "{there}: {markdown}");
    }
}

/// Mails have a way out where `track` is set; that nobody hears of it is told then, and not else.
#[test]
fn a_way_out_of_mails_that_nobody_hears_of_is_a_warning() {
    let project = Scratch::empty();
    let email = "[email]\nserver = \"smtps://mail.example.com\"\nfrom = \"hello@acme.example\"\n";
    project.write("flow.toml", email);
    let sends = "flow hello(to: Email) { email.send(to: to, subject: \"Hi\", text: \"Hi\") }\n";
    project.write("mails.flow", sends);
    project.flow(&["check"]).expect(0).says("nothing to complain about");
    project.write("flow.toml", format!("{email}track = \"https://go.acme.example\"\n"));
    project.flow(&["check", "--format", "short"]).expect(0).shows("W0605").shows("email.unsubscribed");
    let hears = "flow no_more(mail: Mail)\n    on email.unsubscribed\n{\n    let contact = mail.contact else { stop }\n    contact.add_note(\"no more\")\n}\n";
    project.write("mails.flow", format!("{sends}\n{hears}"));
    project.flow(&["check"]).expect(0).says("nothing to complain about");
}
