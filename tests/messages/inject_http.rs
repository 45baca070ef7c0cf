//! The same two hundred payloads in each place of an HTTP request: a part of a path, a query, a form, a header, a value of
//! JSON. Read back by parsers that are not ours.

use super::inject::{broken, payloads};
use flow_stdlib::channel::Channels;
use flow_tests::ledger::{Arrival, Ledger, reply};
use flow_tests::office::{Office, kind};
use flow_vm::engine::RunStatus;
use serde_json::json;
use std::borrow::Cow;
use std::time::Duration;

const PROGRAM: &str = r##"
@once
action shop.url(base: Url, name: Text) = http {
    method: .post
    url: "{{base}}/a/{{name}}/z?first=1&who={{name}}&last=2"
    query: { more: name }
}

@once
action shop.form(base: Url, name: Text) = http { method: .post, url: "{{base}}/form", form: { who: "<{{name}}>", last: "2" } }

@once
action shop.header(base: Url, name: Text) = http { method: .post, url: "{{base}}/header", headers: { X_Who: "a {{name}} z" } }

@once
action shop.body(base: Url, name: Text) = http { method: .post, url: "{{base}}/body", json: { who: "a {{name}} z", list: [name], last: 2 } }

flow url(base: Url, name: Text) { shop.url(base: base, name: name) }
flow form(base: Url, name: Text) { shop.form(base: base, name: name) }
flow header(base: Url, name: Text) { shop.header(base: base, name: name) }
flow body(base: Url, name: Text) { shop.body(base: base, name: name) }
"##;

/// Every payload through one flow; what arrived, and which of the runs were refused.
fn sent(flow: &str) -> (Vec<String>, Vec<Arrival>, Vec<bool>) {
    let payloads = payloads();
    let ledger = Ledger::start_with(Duration::ZERO, |_, _| reply(200, ""));
    let office = Office::open(Channels::default(), &[ledger.host()], &[], PROGRAM);
    let begin = |payload: &String| office.start(flow, json!({ "base": ledger.url(), "name": payload }));
    let begun: Vec<_> = payloads.iter().map(begin).collect();
    office.settle();
    let refused = begun.into_iter().map(|run| {
        let run = &office.shown(run);
        let failed = run.run.status != RunStatus::Finished;
        assert!(!failed || kind(run) == "invalid", "{:?}", run.run.failure);
        failed
    });
    let refused = refused.collect();
    (payloads, ledger.arrivals(), refused)
}

/// Each payload was seen exactly once, by what `read` finds of it; the rest of the request is as the flow wrote it.
fn once_each(payloads: Vec<String>, found: impl Iterator<Item = String>) {
    let mut left = payloads;
    for found in found {
        let at = left.iter().position(|payload| *payload == found);
        left.remove(at.unwrap_or_else(|| panic!("nobody wrote {found:?}")));
    }
    assert_eq!(left, Vec::<String>::new());
}

fn pairs(text: &str) -> Vec<(String, String)> {
    let owned = |text: Cow<'_, str>| text.into_owned();
    url::form_urlencoded::parse(text.as_bytes()).map(|(name, value)| (owned(name), owned(value))).collect()
}

#[test]
fn a_url_keeps_its_parts() {
    let (payloads, arrivals, refused) = sent("url");
    let seen = arrivals.iter().map(|arrival| {
        let url = url::Url::parse(&format!("http://shop.example{}", arrival.path)).expect("a URL");
        let parts: Vec<&str> = url.path_segments().expect("a path").collect();
        let [before, part, after] = parts[..] else { panic!("{} has other parts", arrival.path) };
        assert_eq!((before, after, url.fragment()), ("a", "z", None));
        let part = percent_encoding::percent_decode_str(part).decode_utf8().expect("UTF-8").into_owned();
        let query = pairs(url.query().unwrap_or_default());
        let wanted = [("first", "1"), ("who", part.as_str()), ("last", "2"), ("more", part.as_str())];
        assert_eq!(query, wanted.map(|(name, value)| (name.to_owned(), value.to_owned())));
        part
    });
    assert_eq!(refused.iter().filter(|refused| **refused).count(), 0);
    once_each(payloads, seen);
}

#[test]
fn a_form_keeps_its_fields() {
    let (payloads, arrivals, refused) = sent("form");
    let seen = arrivals.iter().map(|arrival| {
        let fields = pairs(&arrival.body);
        assert_eq!((fields.len(), &*fields[0].0, &fields[1]), (2, "who", &("last".to_owned(), "2".to_owned())));
        let value = fields[0].1.strip_prefix('<').and_then(|rest| rest.strip_suffix('>'));
        value.expect("what the flow wrote is there").to_owned()
    });
    assert_eq!(refused.iter().filter(|refused| **refused).count(), 0);
    once_each(payloads, seen);
}

#[test]
fn json_keeps_its_shape() {
    let (payloads, arrivals, refused) = sent("body");
    let seen = arrivals.iter().map(|arrival| {
        let body = arrival.json();
        let who = body["who"].as_str().and_then(|who| who.strip_prefix("a ")?.strip_suffix(" z"));
        let who = who.expect("what the flow wrote is there").to_owned();
        assert_eq!(body, json!({ "who": format!("a {who} z"), "list": [who], "last": 2 }));
        who
    });
    assert_eq!(refused.iter().filter(|refused| **refused).count(), 0);
    once_each(payloads, seen);
}

#[test]
fn a_header_is_one_header_or_nothing_is_sent() {
    let (payloads, arrivals, refused) = sent("header");
    for (payload, refused) in payloads.iter().zip(&refused) {
        assert_eq!(*refused, broken(payload), "{payload:?}");
    }
    let names: Vec<Vec<&str>> =
        arrivals.iter().map(|arrival| arrival.headers.iter().map(|(name, _)| name.as_str()).collect()).collect();
    assert!(names.windows(2).all(|pair| pair[0] == pair[1]), "another header came in");
    let seen = arrivals.iter().map(|arrival| {
        let value = arrival.header("x_who");
        assert_eq!((arrival.path.as_str(), arrival.body.as_str()), ("/header", ""));
        let value = value.strip_prefix("a ").and_then(|rest| rest.strip_suffix(" z"));
        value.expect("what the flow wrote is there").to_owned()
    });
    once_each(payloads.into_iter().filter(|payload| !broken(payload)).collect(), seen);
}
