//! What a customer writes stays what a customer writes: two hundred payloads through each sink, read back by parsers that are
//! not ours.

use super::email::{read, takes};
use super::slack;
use flow_stdlib::channel::{Channels, Teams};
use flow_tests::ledger::{Ledger, reply};
use flow_tests::office::{Office, kind};
use flow_vm::engine::{RunDetail, RunStatus};
use pulldown_cmark::{Event, Parser, Tag};
use scraper::Html;
use serde_json::json;
use std::time::Duration;

const PROGRAM: &str = r##"
flow mail(name: Text) {
    email.send(
        to: "ada@example.com",
        subject: "Hi {{name}}",
        text: "Hello {{name}}",
        html: "<p title=\"{{name}}\">Hello <b>{{name}}</b><a href=\"https://acme.example/who/{{name}}?a=1\"></a></p>",
    )
}

flow plain(name: Text) { email.send(to: "ada@example.com", subject: "Hi", text: "Hello {{name}}") }

flow slack(name: Text) { slack.post(channel: "#sales", text: "<!here> *{{name}}* & so on") }

flow whole(name: Text) { slack.post(channel: "#sales", text: name) }

flow teams(name: Text) { teams.post(team: "t", channel: "c", text: "**New:** {{name}}") }
"##;

/// Pieces that mean something somewhere.
const PIECES: [&str; 44] = [
    "<script>alert(1)</script>",
    "</p>",
    "<img src=x onerror=alert(1)>",
    "\"",
    "'",
    "' onload='x",
    "\" onload=\"x",
    "&",
    "&amp;",
    "&lt;b&gt;",
    "<!-- ",
    "-->",
    "]]>",
    "<![CDATA[",
    "<!here>",
    "<!channel>",
    "<@U123>",
    "<#C1|general>",
    "<https://evil.example|here>",
    "*bold*",
    "_it_",
    "~no~",
    "`code`",
    "```",
    "[a](https://evil.example)",
    "![a](https://evil.example/x.png)",
    "<https://evil.example>",
    "\\",
    "\\n",
    "{{name}}",
    "{{",
    "}}",
    "${x}",
    "%0d%0a",
    "=0D=0A",
    "=?utf-8?q?=0ABcc=3A?=",
    "Bcc: eve@example.com",
    "\",\"x\":\"",
    "\u{202e}",
    "ü🎉",
    "--",
    "a b",
    "x",
    ">",
];

/// Those that no header holds.
const BREAKS: [&str; 6] =
    ["\r\nBcc: eve@example.com", "\nBcc: eve@example.com", "\r", "\n.\r\nMAIL FROM:<x>", "\0", "\r\n\r\n<b>body</b>"];

/// Two hundred texts, the same each time; every fourth with a line break in it.
pub fn payloads() -> Vec<String> {
    let mut state = 20_261_122_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((state >> 33) as usize) % below
    };
    let mut all = Vec::new();
    for index in 0..200 {
        let mut text = PIECES[index % PIECES.len()].to_owned();
        for _ in 0..next(4) {
            text.push_str(PIECES[next(PIECES.len())]);
        }
        if index % 4 == 3 {
            text.push_str(BREAKS[next(BREAKS.len())]);
            text.push('x');
        }
        all.push(text);
    }
    all
}

pub fn broken(payload: &str) -> bool {
    payload.chars().any(char::is_control)
}

pub fn runs(office: &Office, flow: &str, payloads: &[String]) -> Vec<RunDetail> {
    let runs: Vec<_> = payloads.iter().map(|payload| office.start(flow, json!({ "name": payload }))).collect();
    office.settle();
    runs.into_iter().map(|run| office.shown(run)).collect()
}

/// The texts between tags, as a browser has them.
pub fn words(html: &Html) -> String {
    html.root_element().text().collect::<String>().replace("\r\n", "\n").trim().to_owned()
}

pub fn elements(html: &Html) -> Vec<String> {
    let all =
        html.root_element().descendants().filter_map(|node| node.value().as_element().map(|one| one.name().to_owned()));
    all.collect()
}

#[test]
fn nothing_gets_into_a_mails_headers_or_becomes_a_tag() {
    let (post, payloads) = (takes(), payloads());
    let office = Office::open(super::email::channels(&post), &[post.host()], &[], PROGRAM);
    let runs = runs(&office, "mail", &payloads);
    let received = post.received();
    let sent = payloads.iter().filter(|payload| !broken(payload)).count();
    assert_eq!(received.len(), sent);
    for (payload, run) in payloads.iter().zip(&runs) {
        match broken(payload) {
            true => assert_eq!(kind(run), "invalid", "{payload:?}"),
            false => assert_eq!(run.run.status, RunStatus::Finished, "{payload:?}: {:?}", run.run.failure),
        }
    }
    let mut left: Vec<&String> = payloads.iter().filter(|payload| !broken(payload)).collect();
    for mail in &received {
        assert_eq!(mail.to, ["ada@example.com"]);
        let message = read(mail);
        let mut names: Vec<&str> = message.headers_raw().map(|(name, _)| name).collect();
        names.sort_unstable();
        let expected =
            ["Auto-Submitted", "Content-Type", "Date", "From", "MIME-Version", "Message-ID", "Subject", "To"];
        assert_eq!(names, expected, "{mail:?}");
        let subject = message.subject().expect("a subject");
        let at = left.iter().position(|payload| format!("Hi {payload}").trim_end() == subject.trim_end());
        let payload = left.remove(at.unwrap_or_else(|| panic!("nobody wrote {subject:?}")));
        assert_eq!(message.text_body_count(), 1);
        assert_eq!(message.body_text(0).expect("text").trim_end(), format!("Hello {payload}").trim_end());
        let html = Html::parse_document(&message.body_html(0).expect("HTML"));
        assert_eq!(elements(&html), ["html", "head", "meta", "body", "p", "b", "a"], "{payload:?}");
        let anchor = scraper::Selector::parse("a").expect("a selector");
        let links = html.select(&anchor);
        let link = links.filter_map(|link| link.value().attr("href")).collect::<String>();
        let address = url::Url::parse(&link).expect("an address");
        let last = address.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or_default();
        let last = percent_encoding::percent_decode_str(last).decode_utf8().expect("UTF-8");
        assert_eq!(
            (address.host_str(), address.query(), &*last),
            (Some("acme.example"), Some("a=1"), payload.as_str())
        );
        assert_eq!(words(&html), format!("Hello {payload}").trim(), "{payload:?}");
        let titles: Vec<_> = html.select(&scraper::Selector::parse("p").expect("a selector")).collect();
        assert_eq!(titles[0].value().attrs().collect::<Vec<_>>(), [("title", payload.as_str())]);
    }
    assert!(left.is_empty());
}

#[test]
fn html_made_of_text_has_no_tags_of_anybodys() {
    let (post, payloads) = (takes(), payloads());
    let office = Office::open(super::email::channels(&post), &[post.host()], &[], PROGRAM);
    runs(&office, "plain", &payloads);
    let received = post.received();
    assert_eq!(received.len(), payloads.len());
    for mail in &received {
        let message = read(mail);
        assert_eq!((message.subject(), mail.to.len(), message.text_body_count()), (Some("Hi"), 1, 1));
        let html = Html::parse_document(&message.body_html(0).expect("HTML"));
        let foreign = elements(&html)
            .into_iter()
            .find(|name| !["html", "head", "meta", "body", "p", "br"].contains(&name.as_str()));
        assert_eq!(foreign, None, "{:?}", message.body_html(0));
    }
}

/// Slack's mrkdwn: what stands between `<` and `>`, and the text around it without character references.
fn mrkdwn(text: &str) -> (Vec<String>, String) {
    let (mut marks, mut plain, mut rest) = (Vec::new(), String::new(), text);
    while let Some((before, after)) = rest.split_once('<') {
        plain.push_str(before);
        let (mark, tail) = after.split_once('>').expect("what is opened is closed");
        marks.push(mark.to_owned());
        rest = tail;
    }
    plain.push_str(rest);
    assert!(!plain.contains('>'), "{text}");
    (marks, plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))
}

#[test]
fn nothing_becomes_a_mention_or_a_link_in_slack() {
    let payloads = payloads();
    let ledger = Ledger::start_with(Duration::ZERO, |_, _| reply(200, r#"{"ok":true,"channel":"C1","ts":"1.1"}"#));
    let channels = Channels { slack: Some(slack::settings(&ledger)), ..Channels::default() };
    let office = Office::open(channels, &[ledger.host()], &[], PROGRAM);
    runs(&office, "slack", &payloads);
    let mut left = payloads.clone();
    for arrival in ledger.arrivals() {
        let body = arrival.json();
        assert_eq!(body.as_object().expect("an object").keys().collect::<Vec<_>>(), ["text", "channel"]);
        let (marks, plain) = mrkdwn(body["text"].as_str().expect("a text"));
        assert_eq!(marks, ["!here"]);
        let at = left.iter().position(|payload| plain == format!(" *{payload}* & so on"));
        left.remove(at.unwrap_or_else(|| panic!("nobody wrote {plain:?}")));
    }
    assert_eq!(left, Vec::<String>::new());
    runs(&office, "whole", &payloads);
    for arrival in &ledger.arrivals()[payloads.len()..] {
        assert_eq!(mrkdwn(arrival.json()["text"].as_str().expect("a text")).0, Vec::<String>::new());
    }
}

#[test]
fn a_card_holds_one_text_in_which_nothing_is_a_link() {
    let payloads = payloads();
    let ledger = Ledger::start_with(Duration::ZERO, |_, _| reply(202, ""));
    let webhooks = [("t/c".to_owned(), "hook".to_owned())].into();
    let teams = Teams { server: ledger.url(), token: None, graph: None, webhooks };
    let channels = Channels { teams: Some(teams), ..Channels::default() };
    let hook = [("hook", format!("{}/hook", ledger.url()))];
    let office = Office::open(channels, &[ledger.host()], &hook, PROGRAM);
    runs(&office, "teams", &payloads);
    let arrivals = ledger.arrivals();
    assert_eq!(arrivals.len(), payloads.len());
    let mut left = payloads;
    for arrival in arrivals {
        let body = arrival.json();
        let card = &body["attachments"][0]["content"];
        assert_eq!(card["body"].as_array().map(Vec::len), Some(1));
        let block = card["body"][0].as_object().expect("a block");
        assert_eq!(block.keys().collect::<Vec<_>>(), ["type", "text", "wrap"]);
        let text = block["text"].as_str().expect("a text");
        let (mut plain, mut strong) = (String::new(), 0);
        for event in Parser::new(text) {
            match event {
                Event::Start(Tag::Strong) => strong += 1,
                Event::Start(Tag::Link { .. } | Tag::Image { .. } | Tag::Emphasis | Tag::HtmlBlock)
                | Event::Code(_)
                | Event::Html(_)
                | Event::InlineHtml(_) => panic!("{text:?} holds {event:?}"),
                Event::Text(text) => plain.push_str(&text),
                _ => {}
            }
        }
        assert_eq!(strong, 1, "{text:?}");
        let same = |payload: &String| plain.trim() == format!("New: {payload}").trim();
        // Line breaks, and NUL, which Markdown shows as a sign of its own, are read in other ways.
        let at = left.iter().position(same).or_else(|| left.iter().position(|payload| broken(payload)));
        left.remove(at.unwrap_or_else(|| panic!("nobody wrote {plain:?}")));
    }
}
