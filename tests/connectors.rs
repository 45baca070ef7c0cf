//! Connectors over a real connection: what of a document arrives at the other side, and what comes back.

use flow_bytecode::Value;
use flow_lang::compile::Compiled;
use flow_lang::diag::render::short;
use flow_openapi::{Connector, Document};
use flow_tests::ledger::{Arrival, Ledger};
use flow_tests::openapi::{self, documents, place};
use std::fmt::Write;
use std::time::Duration;

/// Compiles a program whose services are at the ledger's address.
fn compiled(program: &str, ledger: &Ledger) -> Compiled {
    openapi::compiled(&program.replace("http://peer", &ledger.url()), &[ledger.host()])
}

/// What a flow yields, or how it failed.
fn run(program: &str, ledger: &Ledger) -> Result<Value, String> {
    openapi::run(&program.replace("http://peer", &ledger.url()), &[ledger.host()])
}

/// What arrived, without what every request has.
fn seen(ledger: &Ledger) -> String {
    let mut out = String::new();
    for arrival in ledger.arrivals() {
        writeln!(out, "{} {}", arrival.method, arrival.path).expect("a text");
        let mut headers = arrival.headers.clone();
        headers.sort();
        let usual = ["host", "content-length", "accept", "accept-encoding", "user-agent"];
        for (name, value) in headers.iter().filter(|(name, _)| !usual.contains(&name.as_str())) {
            let value = if name == "idempotency-key" { "…" } else { value };
            writeln!(out, "  {name}: {value}").expect("a text");
        }
        if !arrival.body.is_empty() {
            writeln!(out, "  {}", arrival.body).expect("a text");
        }
    }
    out
}

fn shot(name: &str, text: String) {
    insta::with_settings!({ snapshot_path => "suite/openapi", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, text);
    });
}

const ORDER: &str = r#"{"id": "A1", "state": "not-paid", "amount": 2, "lines": [{"item": "mug", "order": {"id": "A0"}}],
    "replaces": {"id": "A0"}, "to": {"street": "Storgata 1", "country": "no"}, "meta": {"k": "v"}, "+1": 7, "unknown": 1}"#;

fn shop(arrival: &Arrival, _: usize) -> (u16, String) {
    match (&*arrival.method, arrival.path.split('?').next().unwrap_or_default()) {
        ("GET", "/orders") => (200, format!("[{ORDER}]")),
        ("GET", "/ping") => (200, "\"pong\"".to_owned()),
        ("GET", "/payments/7") => (
            200,
            r#"{"id": 7, "means": {"kind": "bank", "iban": "NO93"}, "either": {"a": "b"}, "size": 1.5}"#.to_owned(),
        ),
        ("DELETE", _) | ("POST", "/orders/A%201/notes") => (204, String::new()),
        _ => (200, ORDER.to_owned()),
    }
}

#[test]
fn every_part_of_a_request_stands_where_the_document_says() {
    let ledger = Ledger::start(Duration::ZERO, shop);
    let program = r#"
secret token
connector shop from openapi "specs/shop.json" with {
    server: "http://peer"
    auth: .bearer(secret.token)
    headers: { "Shop-Version": "2026-11" }
}
flow f() -> Text {
    let order = shop.orders_get(id: "A 1/..?", expand: ["lines", "to"], x_trace: "t1")
    let placed = shop.orders_create(
        item: "mug \"big\"", amount: 2, to: shop.AddressInput(street: "Storgata 1", country: .no), tags: ["a", "b"],
        for_: "Ada", gift_wrap: .box
    )
    shop.orders_replace(id: "A1", state: "not-paid", amount: 3, lines: [shop.LineInput(item: "cup")], meta: { k: "v" })
    shop.notes_add(id: "A 1", body_id: "n1")
    let all = shop.orders_list(state: .not_paid, sort: "-date", page: 2, created: shop.OrdersListCreated(gte: 5))
    shop.orders_delete(id: "A1")
    let payment = shop.get_payments_id(id: 7)
    let means = payment.means else { return "no means" }
    let street = order.to?.street ?? "?"
    let item = placed.lines.first?.item ?? "?"
    let one = all.first else { return "none" }
    return "{{street}}, {{item}}, {{one.state}}, {{means.iban ?? "?"}}, {{payment.size ?? 0}}, {{shop.ping()}}"
}
"#;
    let result = run(program, &ledger);
    shot("shop", format!("{}-> {result:?}\n", seen(&ledger)));
}

#[test]
fn forms_keys_and_basic_authorisation() {
    let ledger = Ledger::start(Duration::ZERO, |_, _| {
        (
            200,
            r#"{"id": "ch_1", "amount": 100, "status": "succeeded", "customer": {"id": "c1"}, "refunded": null}"#
                .to_owned(),
        )
    });
    let program = r#"
secret token
connector pay from openapi "specs/pay.yaml" with {
    server: "http://peer", auth: .basic(user: secret.token, password: secret.token), keyed: 24 hours
}
flow f() -> Text {
    let charge = pay.post_charges(amount: 100, currency: "nok", expand: ["customer", "refunds"], metadata: { order: "A&1" })
    let later = pay.get_charges_charge(charge: charge.id, expand: ["customer"])
    pay.patch_charges_charge(charge: charge.id)
    return "{{later.status}} {{later.id}}"
}
"#;
    let result = run(program, &ledger);
    let arrivals = ledger.arrivals();
    assert!(arrivals[0].key.is_some() && arrivals[1].key.is_none() && arrivals[2].key.is_some());
    assert_ne!(arrivals[0].key, arrivals[2].key);
    shot("pay", format!("{}-> {result:?}\n", seen(&ledger)));
}

#[test]
fn documents_of_version_2_and_keys_in_the_address() {
    let ledger = Ledger::start(Duration::ZERO, |arrival, _| match arrival.path.split('?').next() {
        Some("/users") if arrival.method == "GET" => {
            (200, r#"{"members": [{"id": 1, "name": "Ada"}], "next_cursor": null}"#.to_owned())
        }
        Some("/users") => (201, r#"{"id": 2, "name": "Bo"}"#.to_owned()),
        Some("/chat.postMessage") => (200, r#"{"ok": false, "error": "not_in_channel"}"#.to_owned()),
        _ => (200, r#"{"id": "ch_1", "amount": 100, "status": "failed", "customer": null}"#.to_owned()),
    });
    let program = r##"
secret token
connector talk from openapi "specs/chat.json" with { server: "http://peer", parameters: { token: secret.token } }
connector pay from openapi "specs/pay.yaml" with { server: "http://peer", auth: .key(secret.token) }
flow f() -> Text {
    let posted = talk.chat_post_message(channel: "#a b", text: "1 < 2 & \"3\"", users: ["u1", "u2"], mrkdwn: false)
    let users = talk.users_list(ids: [1, 2])
    let added = talk.users_add(name: "Bo")
    let charge = pay.get_charges_charge(charge: "c 1")
    return "{{posted.error ?? "?"}} {{users.members?.first?.name ?? "?"}} {{added.id ?? 0}} {{charge.status}}"
}
"##;
    let result = run(program, &ledger);
    shot("chat", format!("{}-> {result:?}\n", seen(&ledger)));
}

/// The ready connector of Slack against one that answers as Slack does: 200, whatever it says.
#[test]
fn a_service_that_says_no_with_200_is_heard() {
    let slack = std::fs::read_to_string(
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../connectors/slack/slack.flow"),
    )
    .expect("the connector is there");
    let slack =
        slack.replace("slack_token", "token").replace("parameters:", "server: \"http://peer\"\n        parameters:");
    let post = "let posted = slack.chat_post_message(channel: \"#sales\", text: \"Hi\")";
    let program = format!(
        "{slack}\nflow f() -> Text {{\n    try {{\n        {post} with {{ retry: 2, backoff: 1 second }}\n        return posted.ts\n    }} on failure as failure {{\n        return \"{{{{failure.kind}}}}: {{{{failure.message}}}}\"\n    }}\n}}\n"
    );
    let message = r#""channel": "C1", "ts": "1.2", "message": {"type": "message", "text": "Hi", "user": "U1", "ts": "1.2", "team": "T1"}"#;
    for (body, said, arrived) in [
        (format!(r#"{{"ok": true, {message}}}"#), "1.2", 1),
        (r#"{"ok": false, "error": "channel_not_found"}"#.to_owned(), "rejected: channel_not_found", 1),
        (r#"{"ok": false}"#.to_owned(), r#"rejected: answered 200 OK: {"ok": false}"#, 1),
        // Slow down: the same request again, and no more than `retry` says.
        (r#"{"ok": false, "error": "ratelimited"}"#.to_owned(), "rate_limited: ratelimited", 3),
        // "It is possible some aspect of the operation succeeded."
        (r#"{"ok": false, "error": "fatal_error"}"#.to_owned(), "in_doubt: fatal_error", 1),
        // Neither yes nor no.
        (
            r#"{"status": "fine"}"#.to_owned(),
            "in_doubt: answered 200 OK: {\"status\": \"fine\"}, where `ok` is neither true nor false",
            1,
        ),
        (format!(r#"{{"ok": "true", {message}}}"#), "in_doubt: ", 1),
        (String::new(), "in_doubt: ", 1),
    ] {
        let ledger = Ledger::start(Duration::ZERO, {
            let body = body.clone();
            move |_, _| (200, body.clone())
        });
        let result = run(&program, &ledger).expect("it is caught");
        let result = result.as_text().map(|text| text.to_string()).unwrap_or_default();
        assert!(result == said || (said.ends_with(": ") && result.starts_with(said)), "{body}: {result}");
        assert_eq!(ledger.arrivals().len(), arrived, "{body}");
    }
}

/// A template says it in the same words; here by a list of errors, as GraphQL has them.
#[test]
fn a_template_hears_a_no_with_200() {
    let program = r#"
record Found { data: Int? }
@once
action graph.change(id: Text) -> Found = http {
    method: .post
    url: "http://peer/graphql"
    json: { query: "mutation", variables: { id: id } }
    refused: { when: "errors", why: "errors.0.message" }
}
flow f() -> Text {
    try { return "{{graph.change(id: "1").data ?? 0}}" } on failure as failure { return "{{failure.kind}}: {{failure.message}}" }
}
"#;
    for (body, said) in [
        (r#"{"data": 7}"#, "7"),
        (r#"{"data": 7, "errors": []}"#, "7"),
        (r#"{"data": null, "errors": [{"message": "no such id"}]}"#, "rejected: no such id"),
    ] {
        let ledger = Ledger::start(Duration::ZERO, move |_, _| (200, body.to_owned()));
        assert_eq!(run(program, &ledger), Ok(Value::text(said)), "{body}");
        assert_eq!(ledger.arrivals().len(), 1);
    }
}

#[test]
fn what_a_service_refuses_is_a_failure_and_what_it_sends_otherwise_says_where() {
    for (status, body, said) in [
        (422, "{\"message\": \"no\"}", "rejected"),
        (200, "{\"id\": \"A1\"}", "state"),
        (200, "{\"id\": 1, \"state\": \"open\", \"amount\": 1, \"lines\": []}", "expected text"),
    ] {
        let ledger = Ledger::start(Duration::ZERO, move |_, _| (status, body.to_owned()));
        let program = "connector shop from openapi \"specs/shop.json\" with { server: \"http://peer\" }\n\
                       flow f() -> Text { let order = shop.orders_get(id: \"A1\")\n return order.id }\n";
        let failed = run(program, &ledger).expect_err("it does not fit");
        assert!(failed.contains(said), "{said}: {failed}");
    }
}

/// Left out is not the same as null: a service clears what is null.
#[test]
fn a_null_is_sent_where_it_is_given_and_the_document_has_one() {
    for (given, sent) in [
        ("owner: null", r#"{"owner":null}"#),
        ("owner: \"bo\", note: null", r#"{"owner":"bo","note":null}"#),
        // A value that is missing is given, too.
        ("owner: missing, note: missing, size: null", r#"{"owner":null,"note":null,"size":null}"#),
        ("owner: \"bo\", note: \"n\", size: 3", r#"{"owner":"bo","note":"n","size":3}"#),
        // A name is never null: that is left out.
        ("owner: \"bo\", name: null", r#"{"owner":"bo"}"#),
        // What nobody describes is sent as it is.
        ("owner: \"bo\", more: { a: null, b: [{ c: null }] }", r#"{"owner":"bo","more":{"a":null,"b":[{"c":null}]}}"#),
        (
            "owner: \"bo\", more: null, labels: { old: null, new: \"x\" }",
            r#"{"owner":"bo","more":null,"labels":{"old":null,"new":"x"}}"#,
        ),
        ("owner: \"bo\", address: null", r#"{"owner":"bo","address":null}"#),
        // Within a record what has to be there is null, and the rest is left out.
        (
            "owner: \"bo\", address: crm.ContactsChangeAddress(street: \"S\", floor: null, door: null)",
            r#"{"owner":"bo","address":{"street":"S","floor":null}}"#,
        ),
        (
            "owner: \"bo\", others: [crm.ContactsChangeOthers(street: \"S\", floor: 2), crm.ContactsChangeOthers(street: \"T\", floor: null, door: \"d\")]",
            r#"{"owner":"bo","others":[{"street":"S","floor":2},{"street":"T","floor":null,"door":"d"}]}"#,
        ),
    ] {
        let ledger = Ledger::start(Duration::ZERO, |_, _| (204, String::new()));
        let program = format!(
            "connector crm from openapi \"specs/nulls.yaml\" with {{ server: \"http://peer\" }}\n\
             flow f() {{ let missing = Email.parse(\"nobody\")\n crm.contacts_change(id: \"c1\", {given})\n if missing != null {{ stop }} }}\n"
        );
        let result = run(&program, &ledger);
        assert!(result.is_ok(), "{given}: {result:?}");
        assert_eq!(ledger.arrivals()[0].body, sent, "{given}");
    }
}

/// An effect class follows from the method: what may be repeated without harm is asked or sent again.
#[test]
fn a_request_that_broke_off_is_repeated_only_where_that_does_no_harm() {
    for (call, again) in [
        ("shop.orders_list()", true),
        ("shop.orders_delete(id: \"A1\")", true),
        ("shop.notes_add(id: \"A1\", body_id: \"n\")", false),
        ("keyed.notes_add(id: \"A1\", body_id: \"n\")", true),
        ("own.notes_add(id: \"A1\", body_id: \"n\")", true),
        ("own.orders_delete(id: \"A1\")", false),
    ] {
        let ledger = Ledger::start(Duration::ZERO, |arrival, like| match like {
            0 => (0, String::new()),
            _ if arrival.method == "GET" => (200, "[]".to_owned()),
            _ => (204, String::new()),
        });
        let program = format!(
            "connector shop from openapi \"specs/shop.json\" with {{ server: \"http://peer\" }}\n\
             connector keyed from openapi \"specs/shop.json\" with {{ server: \"http://peer\", keyed: 1 hour }}\n\
             connector own from openapi \"specs/shop.json\" with {{\n    server: \"http://peer\"\n    \
             operations: {{ notes_add: .repeatable, orders_delete: .once }}\n}}\n\
             flow f() {{ {call} with {{ retry: 2 }} }}\n"
        );
        let result = run(&program, &ledger);
        let arrivals = ledger.arrivals();
        assert_eq!(arrivals.len(), if again { 2 } else { 1 }, "{call}: {result:?}");
        assert!(arrivals.iter().all(|arrival| arrival.key == arrivals[0].key), "{call}");
        assert_eq!(result.is_ok(), again, "{call}: {result:?}");
    }
}

/// Names, types, documentation and templates of everything in the documents of each version.
#[test]
fn declarations_of_each_version() {
    for name in ["shop.json", "pay.yaml", "chat.json", "pages.yaml", "nulls.yaml"] {
        let bytes = std::fs::read(place(name)).expect("the document is there");
        let document = Document::read(&bytes).expect("a document");
        let connector = Connector { name: "x".to_owned(), ..Connector::default() };
        let names: Vec<&str> = document.operations().map(|one| one.name).collect();
        let declared = document.declare(&connector, &names, &[]).expect("it can be declared");
        let refused: String = declared.problems.iter().map(|(name, why)| format!("// {name}: {why}\n")).collect();
        shot(&format!("declared_{}", name.replace('.', "_")), format!("{}\n{refused}", declared.source));
    }
}

/// All that a real document has is declared without a mistake: the part of GitHub's that the examples use, too.
#[test]
fn what_is_declared_compiles() {
    let ledger = Ledger::start(Duration::ZERO, shop);
    for described in documents() {
        let Ok(document) = &described.document else { continue };
        let named: String = document.operations().map(|one| format!("// svc.{}\n", one.name)).collect();
        let program = format!(
            "connector svc from openapi \"{}\" with {{ auth: .none }}\n{named}flow f() {{ }}\n",
            described.path
        );
        let compiled = compiled(&program, &ledger);
        let said: Vec<String> = compiled.diagnostics.iter().map(|one| short(one, &compiled.sources)).collect();
        assert!(said.is_empty(), "{}:\n{}", described.path, said.join("\n"));
    }
}

/// The ready connectors: each with what a flow would call first of it.
#[test]
fn ready_ones_compile() {
    let calls = [
        (
            "github",
            "let issue = github.issues_create(owner: \"o\", repo: \"r\", title: \"t\", labels: [\"bug\"])\n    return issue.html_url",
        ),
        ("slack", "let posted = slack.chat_post_message(channel: \"#general\", text: \"Hi\")\n    return posted.ts"),
        (
            "stripe",
            "let made = stripe.post_customers(email: \"ada@example.com\", metadata: { plan: \"pro\" })\n    return made.id",
        ),
        (
            "twilio",
            "let sent = twilio.create_message(to: \"+4790000000\", from: \"+4790000001\", body: \"Hi\")\n    return sent.sid ?? \"?\"",
        ),
        ("intercom", "let note = intercom.create_note(contact_id: 1, body: \"Hi\")\n    return note.id ?? \"?\""),
        ("jira", "let made = jira.create_issue(fields: { summary: \"It is broken\" })\n    return made.key ?? \"?\""),
        (
            "zendesk",
            "let comment = zendesk.TicketCreateInputInputComment(body: \"Hi\")\n    let made = zendesk.create_ticket(ticket: zendesk.TicketCreateInputInput(comment: comment, priority: .high))\n    return \"{{made.ticket?.id ?? 0}}\"",
        ),
        (
            "hubspot",
            "let made = hubspot.post_crm_v3_objects_contacts_create(properties: { email: \"ada@example.com\" }, associations: [])\n    return made.id",
        ),
        (
            "chatwoot",
            "let sent = chatwoot.create_a_new_message_in_a_conversation(conversation_id: 7, content: \"Hi\", message_type: .outgoing)\n    return \"{{sent.id ?? 0}}\"",
        ),
        ("shopify", "let found = shopify.orders_get(order_id: 1)\n    return found.order.name ?? \"?\""),
    ];
    let ledger = Ledger::start(Duration::ZERO, shop);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../connectors");
    let folders = std::fs::read_dir(&folder)
        .expect("the folder is there")
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir());
    assert_eq!(folders.count(), calls.len(), "each is tried");
    let mut told = String::new();
    for (name, call) in calls {
        let file = folder.join(name).join(format!("{name}.flow"));
        let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        // What stands in for the service's document here may be written in the other of the two forms.
        let is_here = |form: &str| documents().iter().any(|known| *known.path == *format!("specs/{name}.{form}"));
        let (form, other) = if is_here("json") { ("json", "yaml") } else { ("yaml", "json") };
        let text = text.replace(&format!("specs/{name}.{other}"), &format!("specs/{name}.{form}"));
        let compiled = compiled(&format!("{text}\nflow f() -> Text {{\n    {call}\n}}\n"), &ledger);
        for one in &compiled.diagnostics {
            writeln!(told, "{name}: {}", short(one, &compiled.sources)).expect("a text");
        }
    }
    assert!(told.is_empty(), "{told}");
}
