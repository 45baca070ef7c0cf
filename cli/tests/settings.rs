//! Settings that are of the right type and cannot work: told by `flow check`, or at the start, and never with a secret's value.
#![cfg(unix)]
#![allow(clippy::expect_used, reason = "a test that cannot go on says where")]

mod common;
use common::Scratch;
use std::os::unix::fs::PermissionsExt;

const VALUE: &str = "sesame-open-4711";

fn project(settings: &str, program: &str, secrets: &str) -> Scratch {
    let project = Scratch::empty();
    project.write("flow.toml", settings);
    project.write("desk.flow", program);
    project.write(".env", secrets);
    project
}

#[test]
fn what_the_settings_show_is_told_by_check() {
    for (settings, said) in [
        ("[net]\nallow = [\"*\"]\n", "flow.toml:2: [net] `allow`: `*` is no address"),
        ("[net.secret_hosts]\nt = [\"https://a.example\"]\n", "flow.toml:2: [net.secret_hosts] `t`"),
        ("[sms]\naccount = \"acme\"\ntoken = \"t\"\nfrom = \"Acme\"\n", "[sms] `account` is no account's number"),
        (
            "[scripts]\nsecrets = { TOKEN = \"sesame-Open-4711\" }\n",
            "[scripts] `secrets`: what `TOKEN` is to be is no name",
        ),
    ] {
        let project = project(settings, "flow f() { stop }\n", "");
        let told = project.flow(&["check"]).expect(2).says(said);
        assert!(!told.err.contains("4711"), "{}", told.err);
    }
}

#[test]
fn what_a_secret_is_not_is_told_at_the_start() {
    let slack = "flow f() { slack.post(channel: \"#sales\", text: \"Hi\") }\n";
    let teams = "flow f() { teams.post(team: \"A\", channel: \"B\", text: \"Hi\") }\n";
    let webhook = "flow f() { webhook.send(url: \"https://nowhere.invalid/x\", json: { a: 1 }) }\n";
    for (settings, program, name, why) in [
        ("[slack]\nwebhooks = { \"#sales\" = \"hook\" }\n", slack, "slack", "is no address of a webhook"),
        ("[teams]\nwebhooks = { \"A/B\" = \"hook\" }\n", teams, "teams", "is no address of a webhook"),
        ("[webhook]\nsecret = \"hook\"\n", webhook, "webhook", "`whsec_` and 24 to 64 bytes in Base64"),
    ] {
        let project = project(settings, program, &format!("HOOK={VALUE}\n"));
        project.flow(&["check"]).expect(0);
        let started = project.flow(&["run", "desk.flow:f"]);
        let said = format!("the secret `hook` of `[{name}]`");
        let told = started.says(&said).says(why).says("FLOW_SECRET_HOOK");
        assert!(!format!("{}{}", told.out, told.err).contains(VALUE), "{name}: {}{}", told.out, told.err);
        let found = project.flow(&["doctor"]).expect(1).shows(&format!("{name}: its secret hook")).shows(why);
        assert!(!found.out.contains(VALUE), "{}", found.out);
    }
    let settings = "[webhook.in]\npaid = \"hook\"\n";
    let project = project(settings, "flow f(x: Text) on webhook(\"paid\") { stop }\n", &format!("HOOK={VALUE}\n"));
    project.flow(&["doctor"]).expect(1).shows("the secret hook cannot sign");
}

#[test]
fn a_script_that_lacks_a_secret_is_told_of() {
    let settings = "[scripts]\nsecrets = { CRM_TOKEN = \"crm_token\" }\n";
    let project = project(settings, "flow f() { script.execute(\"look\") }\n", "");
    std::fs::create_dir(project.at("scripts")).expect("a folder");
    project.write("scripts/look.sh", "#!/bin/sh\necho 1\n");
    std::fs::set_permissions(project.at("scripts/look.sh"), std::fs::Permissions::from_mode(0o755)).expect("its mode");
    let lacks = "`script.execute` will fail: the secret `crm_token` of `[scripts]` is not set";
    project.flow(&["run", "desk.flow:f"]).expect(1).says(lacks).says("FLOW_SECRET_CRM_TOKEN");
    project.flow(&["doctor"]).expect(1).shows("the secret crm_token is not set");
    project.write(".env", "CRM_TOKEN=x\n");
    project.flow(&["run", "desk.flow:f"]).expect(0);
    project.flow(&["doctor"]).expect(0);
}

/// A key that is not set is told at the start, once, with what it is for and how it is set; and never asked for in vain.
#[test]
fn a_call_that_lacks_a_secret_is_told_of() {
    let settings = "[ai]\nprovider = \"openai\"\nmodel = \"m\"\nkey = \"ai_key\"\n";
    let program = r#"
secret shop_token, unused_token
@once
action shop.close(id: Text) = http {
    method: .post
    url: "https://nowhere.invalid/{{id}}"
    headers: { Authorization: "Bearer {{secret.shop_token}}", "X-Again": secret.shop_token }
}
flow f(id: Text = "7") {
    shop.close(id: id)
    shop.close(id: id)
}
flow g(ticket: Ticket) { ticket.add_note(ai.respond(prompt: "Hi")) }
flow h() { stop }
"#;
    let project = project(settings, program, "");
    let lacks = "`shop.close` will fail: the secret `shop_token` is not set";
    let model = "will fail: the secret `ai_key` of `[ai]` is not set";
    let told = project.flow(&["run", "desk.flow:h"]).expect(0);
    let told = told.says(lacks).says(model).says("FLOW_SECRET_SHOP_TOKEN").says("FLOW_SECRET_AI_KEY");
    assert_eq!(told.err.matches("shop_token").count(), 1, "{}", told.err);
    assert!(!told.err.contains("unused_token"), "{}", told.err);
    project.flow(&["doctor"]).expect(1).shows("shop_token is not set").shows("ai: its secret ai_key is not set");
    project.write(".env", "SHOP_TOKEN=x\nAI_KEY=y\n");
    let told = project.flow(&["run", "desk.flow:h"]).expect(0);
    assert!(!told.err.contains("not set"), "{}", told.err);
}
