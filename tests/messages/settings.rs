//! Channels as `flow.toml` sets them, by the command: what is told where one is missing, and that a message leaves where
//! it is not.

use flow_tests::ledger::{Ledger, reply};
use flow_tests::terminal::Terminal;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

const SECRET: &str = "sesame-4711-open-wide";

const PROGRAM: &str = r#"
flow tell(to: Phone) {
    let sent = sms.send(to: to, text: "Hello")
    wait 1 day
    sms.send(to: to, text: "Still there? {{sent.id}}")
}

flow quiet(contact: Contact) { contact.add_note("nothing leaves") }
"#;

fn flow(terminal: &Terminal, line: &str) -> (String, ExitCode) {
    let args: Vec<String> = std::iter::once("flow").chain(line.split(' ')).map(str::to_owned).collect();
    let (printed, code) = terminal.flow(&args, "");
    assert!(!printed.contains(SECRET), "`{line}` prints the secret:\n{printed}");
    (printed, code)
}

fn holds(terminal: &Terminal, line: &str, code: ExitCode, parts: &[&str]) {
    let (printed, ended) = flow(terminal, line);
    assert_eq!(ended, code, "`{line}`:\n{printed}");
    for part in parts {
        assert!(printed.contains(part), "`{line}` does not say `{part}`:\n{printed}");
    }
}

/// Names of files in a folder that hold the secret.
fn leaks(folder: &Path) -> Vec<String> {
    let all = std::fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("an entry").path());
    let found = all.filter(|path| path.is_file() && !path.ends_with(".env")).filter(|path| {
        let bytes = std::fs::read(path).unwrap_or_default();
        bytes.windows(SECRET.len()).any(|window| window == SECRET.as_bytes())
    });
    found.map(|path| path.display().to_string()).collect()
}

#[test]
fn a_channel_that_is_missing_is_told_of_from_the_check_to_the_start() {
    let terminal = Terminal::open();
    terminal.write("desk.flow", PROGRAM);
    terminal.write("flow.toml", "[project]\nname = \"desk\"\n");
    let lacks = "`sms.send` will fail: flow.toml has no section `[sms]`";
    holds(&terminal, "check", ExitCode::SUCCESS, &["W0601", "needs `[sms]`"]);
    holds(&terminal, "check --deny warnings", ExitCode::FAILURE, &["W0601"]);
    holds(&terminal, "doctor", ExitCode::SUCCESS, &[lacks]);
    holds(&terminal, "deploy", ExitCode::SUCCESS, &[lacks]);
    holds(&terminal, "resume --until-idle", ExitCode::SUCCESS, &[lacks]);
    let failed = "nothing was sent: `[sms]` is not set in flow.toml";
    holds(&terminal, "run desk.flow:tell to=+4722334455", ExitCode::FAILURE, &[lacks, failed]);
}

#[test]
fn a_secret_that_is_missing_is_told_of_and_nothing_leaves() {
    let ledger = Ledger::start_with(Duration::ZERO, |_, _| reply(201, r#"{"sid":"SM1","status":"queued"}"#));
    let terminal = Terminal::open();
    terminal.write("desk.flow", PROGRAM);
    terminal.write("flow.toml", &settings(&ledger));
    let lacks = "`sms.send` will fail: the secret `sms_token` of `[sms]` is not set";
    holds(&terminal, "check --deny warnings", ExitCode::SUCCESS, &[]);
    holds(&terminal, "doctor", ExitCode::FAILURE, &["sms: its secret sms_token is not set", "FLOW_SECRET_SMS_TOKEN"]);
    let told = [lacks, "the secret `sms_token` is not set"];
    holds(&terminal, "run desk.flow:tell to=+4722334455", ExitCode::FAILURE, &told);
    assert_eq!(ledger.arrivals(), []);
    // Once it is there the run goes on from where it failed.
    terminal.write(".env", &format!("SMS_TOKEN={SECRET}\n"));
    holds(&terminal, "doctor", ExitCode::SUCCESS, &["sms is set"]);
    let listed = flow(&terminal, "runs").0;
    let run = listed.split_whitespace().find(|word| word.starts_with("r_")).expect("the run is listed");
    flow(&terminal, &format!("retry {run}"));
    let arrivals = ledger.arrivals();
    assert_eq!(arrivals.len(), 1);
    assert_eq!(arrivals[0].body, "To=%2B4722334455&From=%2B4721000000&Body=Hello");
    assert!(arrivals[0].header("authorization").starts_with("Basic "));
    assert_eq!(leaks(terminal.folder()), Vec::<String>::new());
}

#[test]
fn a_secret_that_belongs_to_another_host_stays_here() {
    let ledger = Ledger::start_with(Duration::ZERO, |_, _| reply(201, r#"{"sid":"SM1","status":"queued"}"#));
    let terminal = Terminal::open();
    terminal.write("desk.flow", PROGRAM);
    terminal.write(".env", &format!("SMS_TOKEN={SECRET}\n"));
    let bound = "\n[net.secret_hosts]\nsms_token = [\"api.twilio.com\"]\n";
    terminal.write("flow.toml", &format!("{}{bound}", settings(&ledger)));
    holds(&terminal, "doctor", ExitCode::SUCCESS, &["sms is set"]);
    let told = ["the secret `sms_token` may not be sent to `127.0.0.1`"];
    holds(&terminal, "run desk.flow:tell to=+4722334455", ExitCode::FAILURE, &told);
    assert_eq!(ledger.arrivals(), []);
}

#[test]
fn where_nothing_leads_and_what_nobody_signs_is_told_with_the_lines_that_lack() {
    let terminal = Terminal::open();
    terminal.write(
        "desk.flow",
        "team support\n\nflow tell(contact: Contact) {\n    slack.post(channel: \"#sales\", text: \"New\")\n    teams.post(team: \"Sales\", channel: \"New leads\", \
         text: \"New\")\n}\n\nflow paid()\n    on webhook(\"shop/paid\")\n{\n    notifications.create(to: team.support, text: \"Paid.\")\n}\n",
    );
    let set = |slack: &str, teams: &str, more: &str| {
        let text = format!("[project]\nname = \"desk\"\n[slack]\n{slack}\n[teams]\n{teams}\n{more}");
        terminal.write("flow.toml", &text);
    };
    let near = "webhooks = { \"#seles\" = \"a_hook\" }";
    set(near, "webhooks = { \"Sales/Week\" = \"b_hook\" }", "[webhook.in]\n\"shop/payed\" = \"c_hook\"\n");
    let told = ["W0607", "leads to `#sales`", "leads to `Sales/New leads`", "W0608", "the webhook `shop/paid`"];
    let lines = [
        "\"#sales\" = \"sales_hook\"",
        "\"Sales/New leads\" = \"sales_new_leads_hook\"",
        "\"shop/paid\" = \"shop_paid_hook\"",
    ];
    let meant = ["Did you mean `#seles`?", "Did you mean `shop/payed`?"];
    let (printed, code) = flow(&terminal, "check --format short");
    assert_eq!(code, ExitCode::SUCCESS, "{printed}");
    let json = flow(&terminal, "check --json").0.replace("\\\"", "\"");
    for part in told.iter().chain(&lines).chain(&meant) {
        assert!(json.contains(part), "`{part}` is missing in: {json}");
    }
    holds(&terminal, "check --deny warnings", ExitCode::FAILURE, &["3 warnings"]);
    // With the lines that were offered there is nothing to say; nor where everything is reached.
    set(
        "webhooks = { \"#sales\" = \"sales_hook\" }",
        "webhooks = { \"Sales/New leads\" = \"sales_new_leads_hook\" }",
        "[webhook.in]\n\"shop/paid\" = \"shop_paid_hook\"\n",
    );
    holds(&terminal, "check --deny warnings", ExitCode::SUCCESS, &[]);
    set("token = \"t\"", "token = \"t\"", "[webhook.in]\n\"shop/paid\" = \"shop_paid_hook\"\n");
    holds(&terminal, "check --deny warnings", ExitCode::SUCCESS, &[]);
}

fn settings(ledger: &Ledger) -> String {
    format!(
        "[project]\nname = \"desk\"\n\n[net]\nallow = [\"{}\"]\n\n[sms]\nserver = \"{}\"\naccount = \"AC1\"\n\
         token = \"sms_token\"\nfrom = \"+4721000000\"\n",
        ledger.host(),
        ledger.url()
    )
}
