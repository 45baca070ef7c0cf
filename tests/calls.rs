//! Calls of services as whole programs, over a real connection: what is never sent, and what is told of a call that is tried again.

use flow_bytecode::Value;
use flow_tests::ledger::{Arrival, Ledger, Reply, reply};
use flow_tests::openapi;
use flow_vm::engine::{Control, SourceLine};
use flow_vm::seam::Clock;
use std::time::Duration;

/// What a flow yields, or how it failed.
fn run(program: &str, ledger: &Ledger) -> Result<Value, String> {
    openapi::run(&program.replace("http://peer", &ledger.url()), &[ledger.host()])
}

fn yes(_: &Arrival, _: usize) -> (u16, String) {
    (200, "{}".to_owned())
}

/// Of each call that is made, method and path; of each that fails, how.
fn tried(declared: &str, calls: &[&str]) -> String {
    let ledger = Ledger::start(Duration::ZERO, yes);
    let one = |call: &&str| {
        format!(
            "    try {{ {call} }} on failure as failure {{ told = \"{{{{told}}}}.{{{{failure.kind}}}}: {{{{failure.message}}}}\\n\" }}\n"
        )
    };
    let body: String = calls.iter().map(one).collect();
    let program = format!(
        "{declared}\nflow f() -> Text {{\n    var told = \"\"\n    let nothing = \"  \".trim()\n{body}    return told\n}}\n"
    );
    let told = match run(&program, &ledger) {
        Ok(Value::Text(told)) => told.to_string(),
        other => panic!("{other:?}"),
    };
    let seen: String = ledger.arrivals().iter().map(|one| format!("{} {}\n", one.method, one.path)).collect();
    format!("{told}--\n{seen}")
}

/// `DELETE /orders/` is another request than `DELETE /orders/A1`, and may do a lot more.
#[test]
fn an_empty_part_of_a_path_calls_nobody() {
    let declared = r#"
connector shop from openapi "specs/shop.json" with { server: "http://peer", auth: .none }
record Person { id: Text }
@once
action crm.forget(person: Person, why: Text) = http { method: .delete, url: "http://peer/users/{{person.id}}?why={{why}}" }
"#;
    let told = tried(
        declared,
        &[
            "shop.orders_delete(id: nothing)",
            "shop.orders_delete(id: nothing + \" \")",
            "shop.orders_delete(id: nothing + \"..\")",
            "crm.forget(person: Person(id: nothing), why: \"x\")",
            "http.delete(url: \"http://peer/carts/{{nothing.trim()}}\")",
            "http.delete(url: \"http://peer/carts/{{nothing}}/items\")",
            // What is there is sent, and behind the path nothing is missed.
            "shop.orders_delete(id: \".a\")",
            "crm.forget(person: Person(id: \"7\"), why: nothing)",
        ],
    );
    insta::assert_snapshot!(told, @r"
    .invalid: `id` is empty, which makes the path of the address another one: nothing was sent
    .invalid: `id` is empty, which makes the path of the address another one: nothing was sent
    .invalid: `id` is `..`, which makes the path of the address another one: nothing was sent
    .invalid: `person.id` is empty, which makes the path of the address another one: nothing was sent
    .invalid: what is filled in is empty, which makes the path of the address another one: nothing was sent
    .invalid: `nothing` is empty, which makes the path of the address another one: nothing was sent
    --
    DELETE /orders/.a
    DELETE /users/7?why=
    ");
}

fn begin(program: &str, ledger: &Ledger) -> openapi::Begun {
    openapi::begin(&program.replace("http://peer", &ledger.url()), &[ledger.host()])
}

/// A service may ask for time, and not for ever.
#[test]
fn how_long_a_service_asks_to_wait_is_bounded() {
    let date = |year| format!("Wed, 21 Oct {year} 07:28:30 GMT");
    let day = 86_400;
    let backoff = 1;
    for (asked, seconds) in [
        ("7".to_owned(), 7),
        ("999999999".to_owned(), day),
        ("99999999999999999999999".to_owned(), day),
        (date(2026), 30),
        (date(2099), day),
        (date(2025), backoff),
        ("-5".to_owned(), backoff),
        ("1.5".to_owned(), backoff),
        ("soon".to_owned(), backoff),
        (String::new(), backoff),
    ] {
        let said = asked.clone();
        let ledger = Ledger::start_with(Duration::ZERO, move |_, _| Reply {
            headers: vec![("date", "Wed, 21 Oct 2026 07:28:00 GMT".to_owned()), ("retry-after", said.clone())],
            ..reply(429, "")
        });
        let program = r#"flow f() { http.post(url: "http://peer/x", json: {}) with { retry: 1 } }"#;
        let begun = begin(program, &ledger);
        let due = begun.engine.next_due().expect("it is known").expect("it is tried again");
        assert_eq!((due - begun.clock.now_us()) / 1_000_000, seconds, "Retry-After: {asked}");
    }
}

/// Whoever looks at a call that waits sees why, how often and until when, and nothing secret.
#[test]
fn why_a_call_is_tried_again_is_told() {
    let ledger = Ledger::start(Duration::ZERO, |arrival, like| match like {
        0 => (503, format!("\"down for {}\"", arrival.header("authorization"))),
        1 => (429, "\"slowly\"".to_owned()),
        _ => (200, "{}".to_owned()),
    });
    let program = r#"
secret token
@read
action shop.stock(item: Text) -> Json = http {
    url: "http://peer/stock/{{item}}", headers: { Authorization: "Bearer {{secret.token}}" }
}
flow f() {
    let stock = shop.stock(item: "mug") with { retry: 3, backoff: 10 seconds }
}
"#;
    let begun = begin(program, &ledger);
    let mut told = String::new();
    for _ in 0..2 {
        let shown = begun.engine.show(begun.run).expect("the run is shown");
        let call = shown.calls.first().expect("it waits for the call");
        let failure = call.failure.as_ref().expect("it has failed before");
        let due = (call.not_before.expect("it is tried again") - begun.clock.now_us()) / 1_000_000;
        let line = call.source.as_ref().expect("it stands in the source").line;
        told += &format!(
            "{} .{}, {}; attempt {}, in {due} s, line {line}\n",
            call.state, failure.kind, failure.message, call.attempt
        );
        begun.clock.advance(due * 1_000_000);
        begun.engine.run_until_idle().expect("the engine goes on");
    }
    let shown = begun.engine.show(begun.run).expect("the run is shown");
    assert!(shown.calls.is_empty(), "{:?}", shown.calls);
    for turn in &shown.timeline {
        let did: String = turn.did.iter().map(|did| format!("  {did}\n")).collect();
        told += &format!("{}\n{did}", turn.wake);
    }
    assert!(!told.contains(openapi::SECRET), "{told}");
    insta::assert_snapshot!(told, @r#"
    retrying .unreachable, answered 503 Service Unavailable: "down for Bearer [secret token]"; attempt 1, in 10 s, line 8
    retrying .rate_limited, answered 429 Too Many Requests: "slowly"; attempt 2, in 20 s, line 8
    start
      requested shop.stock
    attempt 1 of shop.stock failed
      tries again at Mon 2 Mar 2026 08:00:10 UTC, because of .unreachable, answered 503 Service Unavailable: "down for Bearer [secret token]"
    attempt 2 of shop.stock failed
      tries again at Mon 2 Mar 2026 08:00:30 UTC, because of .rate_limited, answered 429 Too Many Requests: "slowly"
    done shop.stock
      finished
    "#);
}

/// Where several paths wait, a call in doubt is shown where it stands, and what was sent is what left.
#[test]
fn a_doubt_is_shown_where_the_call_stands() {
    let ledger = Ledger::start(Duration::ZERO, |_, _| (0, String::new()));
    let line = |source: &Option<SourceLine>| source.as_ref().and_then(|source| source.text.clone()).unwrap_or_default();
    let mut told = String::new();
    for call in [
        "shop.orders_create(item: \"mug\", amount: 2, to: shop.AddressInput(street: \"S 1\", country: .no), for_: none)",
        "notes.contacts_change(id: \"7\", owner: null, note: none, address: notes.ContactsChangeAddress(street: \"S 1\", floor: null))",
        "search.orders(state: \"open\")",
    ] {
        let program = r#"
connector shop from openapi "specs/shop.json" with { server: "http://peer", auth: .none }
connector notes from openapi "specs/nulls.yaml" with { server: "http://peer", auth: .none }
@once
action search.orders(state: Text, by: Text? = null) = http {
    method: .post
    url: "http://peer/find"
    query_fields: { state: state, by: by }
}
flow f() {
    parallel {
        path slow { wait 3 days }
        path order {
            let none: Text? = null
            CALL
        }
    }
}
"#;
        let begun = begin(&program.replace("CALL", call), &ledger);
        let shown = begun.engine.show(begun.run).expect("the run is shown");
        for call in &shown.calls {
            told += &format!("{} at {}: {}\n", call.state, call.place, line(&call.source));
            told += &format!("  {}({})\n", call.action, call.arguments);
        }
        for turn in &shown.timeline {
            told += &format!("  {} -> {}\n", turn.wake, line(&turn.source));
        }
        let sent = ledger.arrivals().pop().expect("it was sent");
        told += &format!("{} {}\n\n", sent.path, sent.body);
    }
    insta::assert_snapshot!(told, @r#"
    in_doubt at main.f/order/call:shop.orders_create: shop.orders_create(item: "mug", amount: 2, to: shop.AddressInput(street: "S 1", country: .no), for_: none)
      shop.orders_create(json: {"item":"mug","amount":2,"to":{"street":"S 1","country":"no"}})
      start -> parallel {
      in doubt shop.orders_create -> shop.orders_create(item: "mug", amount: 2, to: shop.AddressInput(street: "S 1", country: .no), for_: none)
    /orders {"item":"mug","amount":2,"to":{"street":"S 1","country":"no"}}

    in_doubt at main.f/order/call:notes.contacts_change: notes.contacts_change(id: "7", owner: null, note: none, address: notes.ContactsChangeAddress(street: "S 1", floor: null))
      notes.contacts_change(json: {"owner":null,"note":null,"address":{"street":"S 1","floor":null}})
      start -> parallel {
      in doubt notes.contacts_change -> notes.contacts_change(id: "7", owner: null, note: none, address: notes.ContactsChangeAddress(street: "S 1", floor: null))
    /contacts/7 {"owner":null,"note":null,"address":{"street":"S 1","floor":null}}

    in_doubt at main.f/order/call:search.orders: search.orders(state: "open")
      search.orders(query_fields: {"state":"open"})
      start -> parallel {
      in doubt search.orders -> search.orders(state: "open")
    /find?state=open
    "#);
}

/// Where a document says that a text is a moment, an `Instant` goes out as RFC 3339 writes it; a text goes as it is.
#[test]
fn a_moment_is_sent_as_rfc_3339() {
    let ledger = Ledger::start(Duration::ZERO, |_, _| (200, r#"{"booked": "2026-03-02T08:00:00Z"}"#.to_owned()));
    let program = r#"
connector slots from openapi "specs/moments.yaml" with { server: "http://peer" }
@once
@moments(at)
action own.note(at: Text, day: Date) = http { method: .post, url: "http://peer/notes", json: { at: at, day: day } }
flow f() -> Text {
    let nine = date("2026-03-01").at(10:00, in: "Europe/Oslo")
    let slot = slots.slots_book(from: nine, until_: now, x_asked: nine + 90 seconds, due: nine + 1 day, note: "n")
    slots.slots_book(from: slot.booked, due: "soon")
    let none: List<Instant> = []
    slots.slots_book(from: "a", due: "b", until_: none.first, x_asked: [nine].first)
    own.note(at: nine, day: date("2026-03-01"))
    return slot.booked
}
"#;
    let result = run(program, &ledger);
    let seen = ledger
        .arrivals()
        .iter()
        .map(|one| format!("{} {} {}\n", one.path, one.header("x-asked"), one.body))
        .collect::<String>();
    insta::assert_snapshot!(format!("{seen}{result:?}"), @r#"
    /slots/2026-03-01T09%3A00%3A00Z?until=2026-03-02T08%3A00%3A00Z 2026-03-01T09:01:30Z {"due":"2026-03-02T09:00:00Z","note":"n"}
    /slots/2026-03-02T08%3A00%3A00Z  {"due":"soon"}
    /slots/a 2026-03-01T09:00:00Z {"due":"b"}
    /notes  {"at":"2026-03-01T09:00:00Z","day":"2026-03-01"}
    Ok(Text("2026-03-02T08:00:00Z"))
    "#);
}
