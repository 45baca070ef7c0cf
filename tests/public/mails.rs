//! `flow mails`: what went out and what came in, in one list, until whom it was with is forgotten.

use crate::killed::{flow, project};
use flow_tests::post::{Does, Post};
use serde_json::Value;

fn objects(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("an object a line")).collect()
}

#[test]
fn mails_of_both_ways_are_listed_shown_exported_and_forgotten() {
    let post = Post::start(|_, _| Does::Goes);
    let terminal = project(&post);
    let sent = post.received().pop().expect("a mail");
    let sent = mail_parser::MessageParser::default().parse(&sent.data).expect("a mail").message_id().map(str::to_owned);
    let sent = sent.expect("a number");
    let answer = format!("From: ada@example.com\nMessage-ID: <1@example.com>\nIn-Reply-To: <{sent}>\n\nYes, please.\n");
    flow(&terminal, "mail receive", &answer);
    let other = "From: alan@example.com\nMessage-ID: <2@example.com>\nSubject: =1+1\n\nHello there\n";
    flow(&terminal, "mail receive", other);

    let listed = objects(&flow(&terminal, "mails list --json", ""));
    let told =
        |mail: &Value| ["mail", "way", "address", "became"].map(|name| mail[name].as_str().unwrap_or("").to_owned());
    let told: Vec<[String; 4]> = listed.iter().map(told).collect();
    assert_eq!(
        told,
        [
            ["incoming-mail-2", "in", "alan@example.com", "in conversation 2"],
            ["incoming-mail-1", "in", "ada@example.com", "answers mail-1"],
            ["mail-1", "out", "ada@example.com", "answered"],
        ]
    );
    assert!(listed.iter().all(|mail| mail["at"].is_string()), "{listed:?}");
    assert_eq!(listed[2]["message_id"], format!("<{sent}>"));
    let seen = flow(&terminal, "mails list", "");
    assert!(seen.contains("incoming-mail-2  in") && seen.contains("=1+1"), "{seen}");
    for (options, count) in [("--way out", 1), ("--way in", 2), ("--contact ada@example.com", 2), ("--limit 1", 1)] {
        assert_eq!(objects(&flow(&terminal, &format!("mails list --json {options}"), "")).len(), count, "{options}");
    }
    assert!(flow(&terminal, "mails show incoming-mail-1", "").contains("Yes, please."));
    assert_eq!(objects(&flow(&terminal, "mails show mail-1 --json", ""))[0]["to"], "ada@example.com");
    let args = ["flow", "mails", "show", "ticket-1"].map(str::to_owned);
    assert!(terminal.flow(&args, "").0.contains("`ticket-1` is no mail"));

    let table = flow(&terminal, "mails export", "");
    assert!(table.starts_with("mail,way,at,address,subject,became,") && table.lines().count() == 4, "{table}");
    assert!(table.contains(",'=1+1,") && table.contains(",Hello there"), "{table}");
    let exported = objects(&flow(&terminal, "mails export --format jsonl", ""));
    assert_eq!(
        (exported.len(), &exported[0]["mail"], &exported[1]["text"]),
        (3, &"mail-1".into(), &"Yes, please.".into())
    );

    flow(&terminal, "contacts delete ada@example.com --yes", "");
    let left = flow(&terminal, "mails export --format jsonl", "");
    assert!(objects(&left).len() == 1 && !left.contains("ada@example.com"), "{left}");
}
