//! How fast messages leave: no faster than a channel takes them, and nothing while the other side wants nothing.

use super::{slack, sms};
use flow_stdlib::channel::Channels;
use flow_tests::ledger::{Ledger, Reply, reply};
use flow_tests::office::{Office, result};
use flow_vm::seam::Clock;
use serde_json::json;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const PROGRAM: &str = r#"
flow post(channel: Text) { slack.post(channel: channel, text: "Hello") }
flow tell(to: Phone) { sms.send(to: to, text: "Hello") }
"#;

fn office(ledger: &Ledger) -> Office {
    let channels =
        Channels { slack: Some(slack::settings(ledger)), sms: Some(sms::settings(ledger)), ..Channels::default() };
    Office::open(channels, &[ledger.host()], &[], PROGRAM)
}

#[test]
fn a_slack_channel_gets_a_message_a_second_and_others_are_not_held_up() {
    let ledger = Ledger::start_with(Duration::ZERO, |_, _| reply(200, r#"{"ok":true,"channel":"C1","ts":"1.1"}"#));
    let office = office(&ledger);
    for _ in 0..5 {
        office.start("post", json!({ "channel": "sales" }));
    }
    office.start("post", json!({ "channel": "support" }));
    office.now();
    let channels = |ledger: &Ledger| -> Vec<String> {
        ledger.arrivals().iter().map(|one| one.json()["channel"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let mut first = channels(&ledger);
    first.sort();
    assert_eq!(first, ["sales", "support"]);
    for second in 1..5 {
        office.clock.advance(1_000_000);
        office.now();
        assert_eq!(channels(&ledger).len(), 2 + second, "after {second} s");
    }
    office.settle();
    assert_eq!((channels(&ledger).len(), office.seconds()), (6, 4.0));
}

#[test]
fn a_429_holds_everything_that_goes_there() {
    // When each came, by the engine's clock.
    let times: Arc<Mutex<Vec<i64>>> = Arc::default();
    let clock: Arc<Mutex<Option<flow_vm::seam::ManualClock>>> = Arc::default();
    let (seen, at) = (times.clone(), clock.clone());
    let ledger = Ledger::start_with(Duration::ZERO, move |_, _| {
        let now = at.lock().expect("whole").as_ref().map_or(0, Clock::now_us);
        let mut seen = seen.lock().expect("whole");
        seen.push(now);
        match seen.len() {
            1 => Reply {
                headers: vec![("retry-after", "60".into())],
                ..reply(429, r#"{"code":20429,"message":"slow"}"#)
            },
            _ => reply(201, r#"{"sid":"SM1","status":"queued"}"#),
        }
    });
    let office = office(&ledger);
    *clock.lock().expect("whole") = Some(office.clock.clone());
    office.start("tell", json!({ "to": "+4722334455" }));
    office.now();
    // These come after it was said, and before it is over.
    let others: Vec<_> = (0..6).map(|_| office.start("tell", json!({ "to": "+4722334456" }))).collect();
    office.now();
    assert_eq!(times.lock().expect("whole").len(), 1, "nothing goes there meanwhile");
    office.clock.advance(59_000_000);
    office.now();
    assert_eq!(times.lock().expect("whole").len(), 1);
    office.settle();
    let times = times.lock().expect("whole").clone();
    assert_eq!(times.len(), 8);
    assert!(times[1..].iter().all(|time| time - times[0] == 60_000_000), "{times:?}");
    for run in others {
        result(&office.shown(run));
    }
}
